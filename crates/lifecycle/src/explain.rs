//! What a gate asks, why, where the formula comes from, and how far a candidate is from passing.

use serde::{Deserialize, Serialize};

use crate::display;
use crate::evidence::{EvidenceSet, SpanKind};
use crate::gates::{Check, GATES, LATER_GATES};
use crate::named::NamedPolicy;
use crate::policy::{Policy, Threshold};
use crate::verdict::Verdict;

/// How far a candidate is from passing one rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Distance {
    /// The rule with its threshold.
    pub rule: String,
    /// Evidence it read.
    pub evidence: String,
    /// What the comparison says.
    pub verdict: Verdict,
    /// The value read, in `unit`.
    pub value: Option<f64>,
    /// Unit of value and margin.
    pub unit: String,
    /// How far the value lies on the passing side; negative is what is missing; `None` where distance has no meaning.
    pub margin: Option<f64>,
    /// The same as a sentence: `passes with ... to spare`, `would pass at ...`, or why it cannot be told.
    pub sentence: String,
}

impl Distance {
    /// The distance of one comparison.
    pub fn of(check: &Check) -> Self {
        let words = |margin: f64| display::distance(margin.abs(), &check.unit);
        let sentence = match (check.verdict, check.margin) {
            (Verdict::Pass, Some(margin)) if check.waiver.is_none() && margin == 0.0 => {
                format!("passes exactly at the limit: {}.", check.rule)
            }
            (Verdict::Pass, Some(margin)) if check.waiver.is_none() && margin > 0.0 => {
                format!("passes with {} to spare: {}.", words(margin), check.rule)
            }
            (Verdict::Pass, _) => check.reason.clone(),
            (_, Some(0.0)) => format!("lies exactly at the limit; would pass at {}, strictly.", check.rule),
            (_, Some(margin)) if margin < 0.0 => {
                format!("would pass at {}: off by {}.", check.rule, words(margin))
            }
            _ => match &check.what_would_change {
                Some(change) => format!("{} {change}", check.reason),
                None => check.reason.clone(),
            },
        };
        Self {
            rule: check.rule.clone(),
            evidence: check.evidence.clone(),
            verdict: check.verdict,
            value: check.value,
            unit: check.unit.clone(),
            margin: check.margin,
            sentence,
        }
    }
}

/// One threshold of the default policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedThreshold {
    /// Dotted path in the policy file.
    pub path: String,
    /// Number, unit, reason and source of the formula.
    pub threshold: Threshold,
}

/// One gate of the default policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedGate {
    /// The gate's name.
    pub gate: String,
    /// Rule, unit and formula in words.
    pub doc: String,
    /// Its thresholds.
    pub thresholds: Vec<ExplainedThreshold>,
    /// Its verdict on the evidence, where some was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verdict: Option<Verdict>,
    /// How far each of its checks is from passing; empty without evidence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub distances: Vec<Distance>,
}

/// Every gate of the default policy, those on later data last; with evidence, how far each check is from passing.
pub fn explain_gates(policy: &Policy, evidence: Option<&EvidenceSet>) -> Vec<ExplainedGate> {
    let gates = GATES.iter().chain(LATER_GATES);
    gates
        .map(|gate| {
            let thresholds = policy
                .thresholds()
                .into_iter()
                .filter(|(path, _)| read_by(path) == gate.name())
                .map(|(path, threshold)| ExplainedThreshold {
                    path: path.to_owned(),
                    threshold: threshold.clone(),
                })
                .collect();
            let result = evidence.map(|evidence| gate.judge(evidence, policy));
            ExplainedGate {
                gate: gate.name().to_owned(),
                doc: gate.doc().to_owned(),
                thresholds,
                verdict: result.as_ref().map(|result| result.verdict),
                distances: result.map(|r| r.checks.iter().map(Distance::of).collect()).unwrap_or_default(),
            }
        })
        .collect()
}

/// The gate that reads a threshold: the first part of its path.
fn read_by(path: &str) -> &str {
    path.split('.').next().unwrap_or(path)
}

/// One rule of a named policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ExplainedRule {
    /// The rule's id.
    pub id: String,
    /// The gate it belongs to.
    pub gate: String,
    /// The rule with its threshold.
    pub rule: String,
    /// Evidence it reads.
    pub evidence: String,
    /// Unit the evidence must be recorded in.
    pub unit: String,
    /// A failure refuses.
    pub critical: bool,
    /// Kinds of span it accepts.
    pub spans: Vec<SpanKind>,
    /// Why the threshold has this value.
    pub reason: String,
    /// Where the rule comes from, and what was repaired.
    pub source: String,
    /// The formula of the number.
    pub formula: String,
    /// Whether it applies to the evidence; `None` without evidence.
    pub applicable: Option<bool>,
    /// How far the candidate is from passing; `None` without evidence.
    pub distance: Option<Distance>,
}

/// Every rule of a named policy; with evidence, how far each is from passing.
pub fn explain_named(policy: &NamedPolicy, evidence: Option<&EvidenceSet>) -> Vec<ExplainedRule> {
    let verdict = evidence.map(|evidence| policy.judge(evidence));
    policy
        .rules
        .iter()
        .map(|rule| {
            let judged = verdict.as_ref().and_then(|verdict| verdict.check(&rule.id));
            ExplainedRule {
                id: rule.id.clone(),
                gate: rule.gate.clone(),
                rule: rule.text(),
                evidence: match &rule.minus {
                    Some(other) => format!("{} - {other}", rule.evidence),
                    None => rule.evidence.clone(),
                },
                unit: rule.unit.clone(),
                critical: rule.critical,
                spans: rule.spans.clone(),
                reason: rule.reason.clone(),
                source: rule.source.clone(),
                formula: rule.formula.clone(),
                applicable: judged.map(|judged| judged.applicable),
                distance: judged.map(|judged| Distance::of(&judged.check)),
            }
        })
        .collect()
}
