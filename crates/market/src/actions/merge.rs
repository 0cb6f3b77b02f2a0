//! Declared and detected actions as one list: what was declared wins, and every disagreement is said.

use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use super::ratio::LEAST_LOG;
use super::{ActionKind, CorporateAction};

/// Days between a declared ex-date and the gap that is taken for the same event.
const SAME_EVENT_DAYS: i32 = 7;
/// Log distance of two factors that are still the same.
const SAME_FACTOR_LOG: f64 = 0.02;

/// Declared and detected actions do not say the same.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "finding", rename_all = "snake_case")]
pub enum Disagreement {
    /// The same event with another factor; for an `unexplained` or `unknown` gap, one that the factor does not explain.
    FactorDiffers {
        /// The share.
        symbol: Symbol,
        /// The declared ex-date.
        ex_date: Date,
        /// The declared factor.
        declared: f64,
        /// The detected factor, or the size of the gap.
        detected: f64,
    },
    /// The same event on another day: prices are then wrong between the two.
    DateDiffers {
        /// The share.
        symbol: Symbol,
        /// The declared ex-date.
        declared: Date,
        /// The day of the gap.
        detected: Date,
    },
    /// A declared split large enough to show, with bars before and after it and no gap.
    NotSeen {
        /// The share.
        symbol: Symbol,
        /// The declared ex-date.
        ex_date: Date,
        /// The declared factor.
        declared: f64,
    },
    /// A detected split that nobody declared; it is used.
    NotDeclared {
        /// The share.
        symbol: Symbol,
        /// The day of the gap.
        ex_date: Date,
        /// The detected factor.
        detected: f64,
    },
}

/// The merged list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Merged {
    /// Ascending by symbol and ex-date: every declared action, and the detected ones that no declared one explains.
    pub actions: Vec<CorporateAction>,
    /// In the order of the symbols and dates they are about.
    pub findings: Vec<Disagreement>,
}

/// Merges the two lists. `covered` holds the span of each symbol's bars: outside it nothing could be detected.
///
/// A declared split and the nearest detected gap of its symbol within a week are the same event, each used once. With
/// nothing declared the detected list comes back, without a finding.
pub fn merge(
    declared: &[CorporateAction],
    detected: &[CorporateAction],
    covered: &BTreeMap<Symbol, DateSpan>,
) -> Merged {
    let order = |a: &CorporateAction, b: &CorporateAction| {
        (&a.symbol, a.ex_date, a.kind).cmp(&(&b.symbol, b.ex_date, b.kind)).then(a.value.total_cmp(&b.value))
    };
    let mut declared = declared.to_vec();
    declared.sort_by(order);
    declared.dedup_by(|a, b| order(a, b).is_eq());
    let mut gaps: Vec<Option<CorporateAction>> = detected.iter().cloned().map(Some).collect();
    let mut findings: Vec<((Symbol, Date), Disagreement)> = Vec::new();
    for action in declared.iter().filter(|a| a.kind.is_split()) {
        let distance = |gap: &CorporateAction| (gap.ex_date.days() - action.ex_date.days()).abs();
        let same = gaps
            .iter_mut()
            .filter(|gap| {
                gap.as_ref().is_some_and(|g| g.symbol == action.symbol && distance(g) <= SAME_EVENT_DAYS)
            })
            .min_by_key(|gap| gap.as_ref().map(|g| (distance(g), g.ex_date)));
        let (symbol, ex_date) = (action.symbol.clone(), action.ex_date);
        let key = (symbol.clone(), ex_date);
        match same.and_then(Option::take) {
            Some(gap) => {
                if (gap.value / action.value).ln().abs() > allowed(&gap) {
                    let (declared, detected) = (action.value, gap.value);
                    let symbol = symbol.clone();
                    findings.push((
                        key.clone(),
                        Disagreement::FactorDiffers { symbol, ex_date, declared, detected },
                    ));
                }
                if gap.ex_date != ex_date {
                    let (declared, detected) = (ex_date, gap.ex_date);
                    findings.push((key, Disagreement::DateDiffers { symbol, declared, detected }));
                }
            }
            None => {
                let visible = action.value.ln().abs() >= LEAST_LOG;
                let inside =
                    covered.get(&symbol).is_some_and(|span| span.start < ex_date && ex_date < span.end);
                if visible && inside {
                    let declared = action.value;
                    findings.push((key, Disagreement::NotSeen { symbol, ex_date, declared }));
                }
            }
        }
    }
    let alone: Vec<CorporateAction> = gaps.into_iter().flatten().collect();
    if !declared.is_empty() {
        for gap in alone.iter().filter(|gap| gap.kind.is_split()) {
            let (symbol, ex_date, detected) = (gap.symbol.clone(), gap.ex_date, gap.value);
            findings
                .push(((symbol.clone(), ex_date), Disagreement::NotDeclared { symbol, ex_date, detected }));
        }
    }
    findings.sort_by(|a, b| a.0.cmp(&b.0));
    let mut actions: Vec<CorporateAction> = declared.into_iter().chain(alone).collect();
    actions.sort_by(order);
    Merged { actions, findings: findings.into_iter().map(|(_, finding)| finding).collect() }
}

/// How far a gap may lie from a declared factor: an opening price is not a ratio.
fn allowed(gap: &CorporateAction) -> f64 {
    match gap.kind {
        ActionKind::Unexplained | ActionKind::Unknown => 0.15,
        ActionKind::Split | ActionKind::ReverseSplit | ActionKind::Dividend => SAME_FACTOR_LOG,
    }
}
