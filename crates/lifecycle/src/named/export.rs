//! A named verdict as other systems read it: percent instead of fractions, for reports only.

use serde::{Deserialize, Serialize};

use super::file::NamedPolicy;
use super::verdict::{NamedVerdict, Recommendation};
use crate::display;
use crate::verdict::Verdict;

/// One rule in the shape of an approval file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportedGate {
    /// The rule's id.
    pub gate: String,
    /// What the value is.
    pub label: String,
    /// Whether it passed; unknown is not passed.
    pub passed: bool,
    /// The verdict, since `passed` cannot say why not.
    pub verdict: Verdict,
    /// A failure refuses.
    pub critical: bool,
    /// The value, in `unit`; the bound where the rule reads an interval's.
    pub value: Option<f64>,
    /// The threshold, in `unit`.
    pub threshold: f64,
    /// `%` for what is stored as a fraction; otherwise the stored unit.
    pub unit: String,
}

/// A named verdict for display.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Exported {
    /// The policy.
    pub policy: String,
    /// The advice.
    pub recommendation: Recommendation,
    /// Gates passed over gates counted, a fraction rounded to two decimals.
    pub confidence: Option<f64>,
    /// Every rule that applied.
    pub gates: Vec<ExportedGate>,
}

/// The verdict in the units of display. Never feed it back: nothing that judges reads percent.
pub fn exported(policy: &NamedPolicy, verdict: &NamedVerdict) -> Exported {
    let gates = policy
        .rules
        .iter()
        .filter_map(|rule| Some((rule, verdict.check(&rule.id)?)))
        .filter(|(_, named)| named.applicable)
        .map(|(rule, named)| {
            let shown = |value: f64| display::percent(value, &rule.unit).unwrap_or(value);
            ExportedGate {
                gate: rule.id.clone(),
                label: rule.label.clone(),
                passed: named.check.verdict == Verdict::Pass,
                verdict: named.check.verdict,
                critical: rule.critical,
                value: named.check.value.map(shown),
                threshold: shown(rule.limit),
                unit: match display::percent(1.0, &rule.unit) {
                    Some(_) => "%".to_owned(),
                    None => rule.unit.clone(),
                },
            }
        })
        .collect();
    Exported {
        policy: verdict.policy.clone(),
        recommendation: verdict.recommendation,
        confidence: verdict.confidence().map(|share| (share * 100.0).round() / 100.0),
        gates,
    }
}
