//! How much of each context column is there: over the decisions of members, by column, listed source and name.

use std::collections::BTreeMap;

use proofmark_lake::known::Cell;
use proofmark_market::Panel;
use proofmark_units::Symbol;
use serde::Serialize;

use super::Context;
use crate::error::Result;
use crate::ingest::listed_sources;

/// Below this share a column, or a name's part of it, is a risk: most of what a model would read is missing.
const SHARE_MIN: f64 = 0.8;

/// Decisions by what they found.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Counts {
    /// Decisions.
    pub(crate) expected: u64,
    /// Those with a value.
    pub(crate) present: u64,
    /// Those whose newest value describes a date too long ago.
    pub(crate) too_old: u64,
    /// Those by which nothing, or not enough of the past, was known.
    pub(crate) not_known: u64,
    /// `present` of `expected`, a fraction; `None` without decisions.
    pub(crate) share: Option<f64>,
}

impl Counts {
    fn count(&mut self, cell: Cell) {
        self.expected += 1;
        match cell {
            Cell::Present(_) => self.present += 1,
            Cell::TooOld => self.too_old += 1,
            Cell::NotKnown => self.not_known += 1,
        }
        self.share = Some(self.present as f64 / self.expected as f64);
    }

    fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.present += other.present;
        self.too_old += other.too_old;
        self.not_known += other.not_known;
        self.share = (self.expected > 0).then(|| self.present as f64 / self.expected as f64);
    }

    /// Whether too much is missing.
    pub(crate) fn is_thin(&self) -> bool {
        self.share.is_none_or(|share| share < SHARE_MIN)
    }
}

/// One column.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ColumnCoverage {
    pub(crate) column: String,
    pub(crate) series: String,
    /// The listed source; `None` for a series that was brought in under a name of its own.
    pub(crate) source: Option<String>,
    /// What the column holds, in words.
    pub(crate) what: String,
    /// Over sessions where one value serves every name, else over names and sessions.
    pub(crate) decisions: Counts,
    /// Where each name has a series of its own.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub(crate) by_symbol: BTreeMap<Symbol, Counts>,
}

/// All columns, and their sums by listed source.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ContextCoverage {
    pub(crate) columns: Vec<ColumnCoverage>,
    /// `own` for series without a listed source.
    pub(crate) by_source: BTreeMap<String, Counts>,
}

/// What the decisions of `panel` find; only those of members count.
pub(crate) fn context_coverage(context: &[Context], panel: &Panel) -> Result<ContextCoverage> {
    let listed = listed_sources()?;
    let source = |series: &str| {
        let holds = |source: &&proofmark_sources::ObservationSource| {
            source.series.iter().any(|own| own.id.as_str() == series)
        };
        listed.iter().find(holds).map(|source| source.id.clone())
    };
    let mut columns = Vec::new();
    let mut by_source: BTreeMap<String, Counts> = BTreeMap::new();
    for one in context {
        let (mut decisions, mut by_symbol) = (Counts::default(), BTreeMap::<Symbol, Counts>::new());
        for (t, date) in panel.dates.iter().enumerate() {
            let open = (0..panel.width()).filter(|s| panel.is_open(t, *s));
            for s in open {
                let symbol = &panel.symbols[s];
                let cell = one.cell(symbol, *date).unwrap_or(Cell::NotKnown);
                decisions.count(cell);
                if !one.spec.is_by_symbol() {
                    break;
                }
                by_symbol.entry(symbol.clone()).or_default().count(cell);
            }
        }
        let source = source(&one.spec.series);
        by_source.entry(source.clone().unwrap_or_else(|| "own".to_owned())).or_default().add(&decisions);
        columns.push(ColumnCoverage {
            column: one.spec.name.clone(),
            series: one.spec.series.clone(),
            source,
            what: one.column.doc.clone(),
            decisions,
            by_symbol,
        });
    }
    Ok(ContextCoverage { columns, by_source })
}

impl ContextCoverage {
    /// What is thin, one sentence a column: the column as a whole, and the names of which too much is missing.
    pub(crate) fn risks(&self) -> Vec<String> {
        const NAMED: usize = 8;
        let percent = |counts: &Counts| format!("{:.0} %", 100.0 * counts.share.unwrap_or(0.0));
        let mut out = Vec::new();
        for column in &self.columns {
            let all = &column.decisions;
            if all.is_thin() {
                out.push(format!(
                    "Context column `{}` has a value at {} of {} decisions ({}); {} were too old, {} not known.",
                    column.column,
                    all.present,
                    all.expected,
                    percent(all),
                    all.too_old,
                    all.not_known
                ));
            }
            let mut thin: Vec<(&Symbol, &Counts)> =
                column.by_symbol.iter().filter(|(_, counts)| counts.is_thin()).collect();
            if thin.is_empty() {
                continue;
            }
            thin.sort_by(|a, b| a.1.share.unwrap_or(0.0).total_cmp(&b.1.share.unwrap_or(0.0)));
            let named: Vec<String> = thin
                .iter()
                .take(NAMED)
                .map(|(symbol, counts)| format!("{symbol} {}", percent(counts)))
                .collect();
            let more = match thin.len().saturating_sub(NAMED) {
                0 => String::new(),
                more => format!(" and {more} more; data_report.json lists them"),
            };
            out.push(format!(
                "Context column `{}` is under {:.0} % coverage for {} of {} names: {}{more}.",
                column.column,
                100.0 * SHARE_MIN,
                thin.len(),
                column.by_symbol.len(),
                named.join(", ")
            ));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thin_columns_and_names_are_said_in_one_sentence_each() {
        let counts = |present: u64| {
            let mut counts = Counts::default();
            (0..10).for_each(|k| counts.count(if k < present { Cell::Present(1.0) } else { Cell::TooOld }));
            counts
        };
        let by_symbol: BTreeMap<Symbol, Counts> = (0..12)
            .map(|k| (format!("S{k:02}").parse().unwrap(), counts(if k < 2 { 9 } else { 4 })))
            .collect();
        let mut all = Counts::default();
        by_symbol.values().for_each(|own| all.add(own));
        assert_eq!((all.expected, all.present, all.too_old), (120, 58, 62));
        let column = ColumnCoverage {
            column: "news".into(),
            series: "NEWS.{symbol}".into(),
            source: None,
            what: String::new(),
            decisions: all,
            by_symbol,
        };
        let report = ContextCoverage { columns: vec![column], by_source: BTreeMap::new() };
        let risks = report.risks();
        assert!(risks[0].contains("58 of 120 decisions (48 %)"), "{risks:?}");
        assert!(risks[1].contains("10 of 12 names") && risks[1].contains("and 2 more"), "{risks:?}");
        assert!(!counts(8).is_thin() && counts(7).is_thin() && Counts::default().is_thin());
    }
}
