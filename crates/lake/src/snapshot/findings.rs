//! What the rules found, over all symbols of a snapshot.

use std::collections::BTreeMap;

use proofmark_units::{Date, Symbol};
use serde::{Deserialize, Serialize};

use crate::clean::CleanOutcome;
use crate::quality::{Action, RULES, Rule, Severity};

/// What the rules found in all symbols together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleSummary {
    /// The rule.
    pub id: String,
    /// What it does, in words.
    pub doc: String,
    /// How much it matters.
    pub severity: Severity,
    /// What was done with the rows.
    pub action: Action,
    /// Findings over all symbols.
    pub count: u64,
    /// Findings by symbol.
    pub by_symbol: BTreeMap<Symbol, u64>,
    /// The first findings, at most five, from different symbols where there are several.
    pub samples: Vec<FindingSample>,
}

/// One finding, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FindingSample {
    /// The symbol.
    pub symbol: Symbol,
    /// The date.
    pub date: Date,
    /// What was seen.
    pub detail: String,
}

pub(super) fn summarise(outcomes: &[&CleanOutcome]) -> Vec<RuleSummary> {
    let summary = |rule: &&dyn Rule| {
        let found: Vec<_> = outcomes
            .iter()
            .filter_map(|o| Some((o.bars.symbol(), o.findings.iter().find(|f| f.id == rule.id())?)))
            .collect();
        let action = found.first()?.1.action;
        // One per symbol first, then more of the same: five samples should show how the rule acts, not one symbol.
        let nth = |n: usize| found.iter().filter_map(move |(symbol, f)| Some((*symbol, f.findings.get(n)?)));
        let samples = (0..5).flat_map(nth).take(5).map(|(symbol, finding)| FindingSample {
            symbol: symbol.clone(),
            date: finding.date,
            detail: finding.detail.clone(),
        });
        Some(RuleSummary {
            id: rule.id().to_owned(),
            doc: rule.doc().to_owned(),
            severity: rule.severity(),
            action,
            count: found.iter().map(|(_, f)| f.findings.len() as u64).sum(),
            by_symbol: found.iter().map(|(symbol, f)| ((*symbol).clone(), f.findings.len() as u64)).collect(),
            samples: samples.collect(),
        })
    };
    RULES.iter().filter_map(summary).collect()
}
