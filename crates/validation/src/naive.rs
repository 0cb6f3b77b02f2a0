//! Naive rules through the candidate's own machinery: what anybody could have had.

use proofmark_execution::book::{NaiveRule, run_book};
use proofmark_lifecycle::Evidence;
use proofmark_stats::active::{active_return, appraisal_ratio};
use proofmark_stats::performance::{annualised, cagr, sharpe_per_period};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Seed;
use rayon::prelude::*;

use crate::record::Recorder;
use crate::{Books, Candidate, ValidationError};

/// Sharpe, return, turnover and appraisal ratio of every naive rule, as `naive.<rule>.<figure>`.
///
/// # Errors
/// [`ValidationError::Book`] naming the rule.
pub fn naive_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    seed: &Seed,
) -> Result<Vec<Evidence>, ValidationError> {
    let rules: Vec<Result<Vec<Evidence>, ValidationError>> = NaiveRule::ALL
        .par_iter()
        .map(|rule| {
            let Candidate { panel, config, costs, span, periods_per_year: year, .. } = *candidate;
            let scores = rule.scores(panel, seed);
            let name = rule.name();
            let book = run_book(panel, Some(&scores), &rule.config(config), costs, span)
                .map_err(|source| ValidationError::Book { book: name.to_owned(), source })?;
            let net = book.net_return.get(1..).unwrap_or_default();
            let active =
                active_return(net, &books.factors(), newey_west_lag(net.len(), candidate.horizon)).ok();
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
            Ok(vec![
                record("sharpe", sharpe, "ratio"),
                record("annual_return", cagr(net, year), "fraction/year"),
                record("appraisal_ratio", appraisal, "ratio"),
                record("turnover", Some(book.turnover_per_year(year)), "x equity/year"),
            ])
        })
        .collect();
    Ok(rules.into_iter().collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}
