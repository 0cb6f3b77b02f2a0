//! Naive rules through the candidate's own machinery: what anybody could have had.

use proofmark_execution::book::{Book, run_naive_books};
use proofmark_lifecycle::Evidence;
use proofmark_stats::active::{active_return, appraisal_ratio};
use proofmark_stats::performance::{annualised, cagr, sharpe_per_period};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Seed;

use crate::record::Recorder;
use crate::{Books, Candidate, ValidationError};

/// What a naive rule earned on a span.
#[derive(Debug, Clone, PartialEq)]
pub struct NaiveBook {
    /// The rule.
    pub name: String,
    /// Net return a date, the first date excluded.
    pub net: Vec<f64>,
    /// Two-way turnover, book values a year.
    pub turnover: f64,
    /// Fills.
    pub trades: usize,
}

/// Runs every naive rule through the candidate's machinery.
///
/// # Errors
/// [`ValidationError::Book`].
pub fn naive_books(candidate: &Candidate<'_>, seed: &Seed) -> Result<Vec<NaiveBook>, ValidationError> {
    let Candidate { panel, config, costs, span, periods_per_year: year, .. } = *candidate;
    let books = run_naive_books(panel, config, costs, span, seed)
        .map_err(|source| ValidationError::Book { book: "naive rules".to_owned(), source })?;
    let one = |(name, book): (&str, Book)| NaiveBook {
        name: name.to_owned(),
        net: book.net_return.get(1..).unwrap_or_default().to_vec(),
        turnover: book.turnover_per_year(year),
        trades: book.fills.len(),
    };
    Ok(books.into_iter().map(one).collect())
}

/// Sharpe, return, turnover and appraisal ratio of every naive rule, as `naive.<rule>.<figure>`.
pub fn naive_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    naive: &[NaiveBook],
) -> Vec<Evidence> {
    let year = candidate.periods_per_year;
    let one = |rule: &NaiveBook| {
        let (name, net) = (&rule.name, &rule.net);
        let active = active_return(net, &books.factors(), newey_west_lag(net.len(), candidate.horizon)).ok();
        let appraisal = active.and_then(|fit| appraisal_ratio(&fit.series, year));
        let sharpe = sharpe_per_period(net).map(|s| annualised(s, year));
        let record = |what: &str, value: Option<f64>, unit: &str| {
            let record = recorder.record(format!("naive.{name}.{what}"), value, unit, net.len());
            if value.is_some() {
                record
            } else {
                record.with_note("no spread: it never traded, or equals a null book")
            }
        };
        [
            record("sharpe", sharpe, "ratio"),
            record("annual_return", cagr(net, year), "fraction/year"),
            record("appraisal_ratio", appraisal, "ratio"),
            record("turnover", Some(rule.turnover), "x equity/year"),
        ]
    };
    naive.iter().flat_map(one).collect()
}
