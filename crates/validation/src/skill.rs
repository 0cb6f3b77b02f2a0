//! Score skill: does the score order the forward returns of each day's names?

use proofmark_lifecycle::Evidence;
use proofmark_stats::rank::{ic_by_date, mean_ic_hac};
use proofmark_stats::regression::newey_west_lag;

use crate::ValidationError;
use crate::record::{Recorder, normal_interval};

/// Rank information coefficient of `scores` against forward returns, by date, under `name` (`score_skill`, `twin`...).
///
/// Grids are time-major over the rows of the span only, NaN where there is no score or no return.
///
/// # Errors
/// [`ValidationError::Grid`] when the grids differ in shape.
pub fn skill_evidence(
    recorder: &Recorder,
    name: &str,
    scores: &[f64],
    forward: &[f64],
    width: usize,
    horizon: usize,
) -> Result<Vec<Evidence>, ValidationError> {
    let daily = ic_by_date(scores, forward, width)?;
    let days = daily.ic.iter().flatten().count();
    let named: Vec<usize> = daily.names.iter().copied().filter(|n| *n > 0).collect();
    let names_per_day = (!named.is_empty()).then(|| named.iter().sum::<usize>() as f64 / named.len() as f64);
    let names = recorder.record(format!("{name}.names_per_day"), names_per_day, "names/day", named.len());
    let mut out = match mean_ic_hac(&daily.ic, newey_west_lag(days, horizon)) {
        Ok(mean) => {
            let bounds = normal_interval(mean.mean, mean.std_error, "Newey-West, normal");
            let stamp = |record: Evidence| match mean.n_effective {
                Some(n) => record.with_n_effective(n),
                None => record,
            };
            let note = format!("mean over {days} days of Spearman correlations, Newey-West lag {}", mean.lag);
            vec![
                stamp(recorder.record(format!("{name}.rank_ic"), mean.mean, "correlation", days))
                    .with_interval(bounds)
                    .with_note(note),
                stamp(recorder.record(format!("{name}.p_hac"), mean.p_one_sided, "p", days)),
                recorder.record(
                    format!("{name}.effective_observations"),
                    mean.n_effective,
                    "observations",
                    days,
                ),
            ]
        }
        Err(error) => vec![
            recorder.missing(format!("{name}.rank_ic"), "correlation", &error),
            recorder.missing(format!("{name}.p_hac"), "p", &error),
            recorder.missing(format!("{name}.effective_observations"), "observations", &error),
        ],
    };
    out.push(names);
    Ok(out)
}
