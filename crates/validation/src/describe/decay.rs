//! How the score's skill looks by size instead of rank, how steady it is, and how long it lasts.

use proofmark_lifecycle::Evidence;
use proofmark_stats::rank::{InformationCoefficients, ic_by_date, mean_ic_hac, pearson_ic_by_date};
use proofmark_stats::regression::newey_west_lag;
use proofmark_stats::skill::{LagReturns, ic_decay, ic_ratio};

use super::DescribeInputs;
use crate::record::{Recorder, normal_interval};
use crate::{Candidate, ValidationError};

/// Sessions by which the forward return is moved on; lag 0 is `score_skill.rank_ic`.
const LAGS: [usize; 6] = [1, 2, 5, 10, 21, 63];

/// `score_skill.pearson_ic`, `.pearson_p_hac`, `.icir`, `.rank_icir` and `.decay.<lag>.rank_ic`.
pub(super) fn decay_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    inputs: &DescribeInputs<'_>,
) -> Result<Vec<Evidence>, ValidationError> {
    let DescribeInputs { scores, forward, .. } = *inputs;
    let (width, horizon) = (candidate.panel.width(), candidate.horizon);
    let by_size = pearson_ic_by_date(scores, forward, width)?;
    let by_rank = ic_by_date(scores, forward, width)?;
    let days = |found: &InformationCoefficients| found.ic.iter().flatten().count();
    let n = days(&by_size);
    let mut out = match mean_ic_hac(&by_size.ic, newey_west_lag(n, horizon)) {
        Ok(mean) => vec![
            recorder
                .record("score_skill.pearson_ic", mean.mean, "correlation", n)
                .with_interval(normal_interval(mean.mean, mean.std_error, "Newey-West, normal"))
                .with_note("weighs by size, so one outlier can carry a date"),
            recorder.record("score_skill.pearson_p_hac", mean.p_one_sided, "p", n),
        ],
        Err(error) => vec![
            recorder.missing("score_skill.pearson_ic", "correlation", &error),
            recorder.missing("score_skill.pearson_p_hac", "p", &error),
        ],
    };
    for (name, found) in [("score_skill.icir", &by_size), ("score_skill.rank_icir", &by_rank)] {
        let n = days(found);
        let ratio = ic_ratio(&found.ic, candidate.periods_per_year, newey_west_lag(n, horizon));
        out.push(match ratio {
            Some(ratio) => recorder.record(name, ratio.annual_hac, "ratio", n).with_note(format!(
                "mean over spread a year, overlap of labels allowed for; {:.3} a date, {:.3} a year without allowing for it",
                ratio.per_date, ratio.annual
            )),
            None => recorder.missing(name, "ratio", "fewer than two dates have a coefficient, or all are alike"),
        });
    }
    for lag in LAGS {
        let name = format!("score_skill.decay.{lag}.rank_ic");
        let moved = (lag * width).min(forward.len());
        let mut later = forward[moved..].to_vec();
        later.resize(forward.len(), f64::NAN);
        let returns = LagReturns { lag, horizon, forward: &later };
        out.push(match ic_decay(scores, width, &[returns]).map(|points| points.into_iter().next()) {
            Ok(Some(point)) => recorder
                .record(name, point.ic.mean, "correlation", point.ic.n)
                .with_interval(normal_interval(point.ic.mean, point.ic.std_error, "Newey-West, normal"))
                .with_note(format!(
                    "for the return that begins {lag} sessions later; lags are not separate tests"
                )),
            Ok(None) => recorder.missing(name, "correlation", "no lag was computed"),
            Err(error) => recorder.missing(name, "correlation", error),
        });
    }
    Ok(out)
}
