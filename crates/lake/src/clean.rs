//! Raw rows to clean bars by the declared rules, with every dropped row listed.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_market::{BarRow, Bars, Calendar};
use proofmark_units::{Date, Symbol};
use serde::{Deserialize, Serialize};

use crate::Coverage;
use crate::quality::{Action, Context, Finding, RULES, Rule, Severity};
use crate::versions::bar_fact;

/// Which rules act; part of a snapshot's identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct CleanOptions {
    /// Only the rules without which bars cannot exist drop rows; the others still report. For showing a result
    /// without the cleaning.
    pub structural_only: bool,
    /// Whether the history before a symbol's last unexplained jump is set aside (`true`) or kept (`false`).
    pub set_aside_before_breaks: bool,
    /// Close-to-close moves that are known to be real, by symbol and date of the second close.
    pub explained_moves: BTreeMap<Symbol, BTreeSet<Date>>,
}

impl Default for CleanOptions {
    fn default() -> Self {
        Self { structural_only: false, set_aside_before_breaks: true, explained_moves: BTreeMap::new() }
    }
}

impl CleanOptions {
    fn acts(&self, rule: &dyn Rule) -> bool {
        rule.action() == Action::DropRow
            && (!self.structural_only || rule.is_structural())
            && (self.set_aside_before_breaks || rule.id() != "unexplained_break")
    }
}

/// What one rule found in one symbol.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleFindings {
    /// The rule.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What was done: [`Action::Flag`] also where the options kept a dropping rule from acting.
    pub action: Action,
    /// Every row it names, ascending.
    pub findings: Vec<Finding>,
}

impl RuleFindings {
    /// The first five findings.
    pub fn samples(&self) -> &[Finding] {
        &self.findings[..self.findings.len().min(5)]
    }

    /// Rows that this rule removed.
    pub fn dropped(&self) -> usize {
        if self.action == Action::DropRow { self.findings.len() } else { 0 }
    }
}

/// Clean bars of one symbol and the account of how they came about.
#[derive(Debug, Clone, PartialEq)]
pub struct CleanOutcome {
    /// The bars; `rows_in - rows_dropped()` of them.
    pub bars: Bars,
    /// Rules that found something, in the order of application.
    pub findings: Vec<RuleFindings>,
    /// Raw rows given.
    pub rows_in: usize,
    /// Sessions there against sessions expected; `None` without a bar.
    pub coverage: Option<Coverage>,
}

impl CleanOutcome {
    /// Rows removed by all rules together.
    pub fn rows_dropped(&self) -> usize {
        self.findings.iter().map(RuleFindings::dropped).sum()
    }
}

/// Applies [`RULES`] to the raw rows of one symbol.
///
/// The clean bars depend on the set of rows alone: neither on their order nor on equal rows coming twice. Two rules
/// (`bad_tick`, `unexplained_break`) judge a row by later ones: hindsight about data errors, which a live feed lacks.
pub fn clean(
    symbol: &Symbol,
    delivered: &[BarRow],
    calendar: &Calendar,
    options: &CleanOptions,
) -> CleanOutcome {
    let explained: Vec<Date> = options.explained_moves.get(symbol).into_iter().flatten().copied().collect();
    let context = Context { calendar, explained_moves: &explained };
    let mut rows = delivered.to_vec();
    if !rows.is_sorted_by(|a, b| a.date < b.date) {
        rows.sort_by_key(|row| (row.date, bar_fact(row), row.known_at, row.event_time));
    }
    let mut findings = Vec::new();
    for rule in RULES {
        let input = if rule.reads_delivery_order() { delivered } else { &rows };
        let found = rule.check(input, &context);
        if found.is_empty() {
            continue;
        }
        let acts = options.acts(*rule);
        if acts {
            let mut dropped = found.iter().map(|finding| finding.row).peekable();
            let mut index = 0;
            rows.retain(|_| {
                let drop = dropped.next_if_eq(&index).is_some();
                index += 1;
                !drop
            });
        }
        let action = if acts { Action::DropRow } else { Action::Flag };
        findings.push(RuleFindings { id: rule.id(), severity: rule.severity(), action, findings: found });
    }
    let bars = Bars::from_rows(symbol.clone(), &rows)
        .expect("the structural rules leave ascending dates, valid prices and times in order");
    let coverage = Coverage::of(bars.dates(), calendar);
    CleanOutcome { bars, findings, rows_in: delivered.len(), coverage }
}
