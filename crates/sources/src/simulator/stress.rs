//! The worst stretches a world has lived through.

use std::ops::Range;

use proofmark_market::BarRow;
use proofmark_units::DateSpan;

use super::market::{Market, Regime};
use super::spec::WorldSpec;

const MIN_SESSIONS: usize = 20;
const MAX_PERIODS: usize = 4;

/// The bear regimes with the worst market returns (at most four), and the crash; ascending.
pub(super) fn stress_periods(spec: &WorldSpec, market: &Market, index: &[BarRow]) -> Vec<(String, DateSpan)> {
    let overlaps_crash =
        |run: &Range<usize>| market.crash.as_ref().is_some_and(|c| c.start < run.end && run.start < c.end);
    let mut bears: Vec<Range<usize>> = runs_of_bear(&market.regime);
    bears.retain(|run| run.len() >= MIN_SESSIONS && !overlaps_crash(run));
    let change = |run: &Range<usize>| index[run.end - 1].close / index[run.start].open;
    bears.sort_by(|a, b| change(a).total_cmp(&change(b)).then(a.start.cmp(&b.start)));
    bears.truncate(MAX_PERIODS);
    bears.sort_by_key(|run| run.start);

    let named = bears.into_iter().zip(1..).map(|(run, i)| (format!("sim_bear_{i}"), run));
    let mut periods: Vec<(String, Range<usize>)> =
        named.chain(market.crash.clone().map(|run| ("sim_crash".to_owned(), run))).collect();
    periods.sort_by_key(|(_, run)| run.start);
    let span =
        |run: Range<usize>| DateSpan { start: spec.sessions[run.start], end: spec.sessions[run.end - 1] };
    periods.into_iter().map(|(name, run)| (name, span(run))).collect()
}

fn runs_of_bear(regime: &[Regime]) -> Vec<Range<usize>> {
    let mut runs = Vec::new();
    let mut start = 0;
    for run in regime.chunk_by(|a, b| a == b) {
        if run[0] == Regime::Bear {
            runs.push(start..start + run.len());
        }
        start += run.len();
    }
    runs
}
