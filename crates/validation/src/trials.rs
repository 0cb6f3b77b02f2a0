//! Deflation: how much of the Sharpe ratio would the best of all trials show by luck?

use std::collections::BTreeMap;

use proofmark_lifecycle::Evidence;
use proofmark_stats::clusters::{DEFAULT_THRESHOLD, clusters};
use proofmark_stats::moments::{kurtosis, sd, skewness};
use proofmark_stats::performance::sharpe_per_period;
use proofmark_stats::sharpe::{dsr, psr};
use proofmark_units::{Date, Digest};
use serde::{Deserialize, Serialize};

use crate::active::ActiveSpan;
use crate::record::Recorder;

/// Active returns of one trial, as kept beside the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrialReturns {
    /// The trial.
    pub key: Digest,
    /// Dates.
    pub dates: Vec<Date>,
    /// Active return a date.
    pub active: Vec<f64>,
}

/// What the ledger knows about the lineage, this trial excluded.
#[derive(Debug, Clone, PartialEq)]
pub struct TrialFacts {
    /// Returns of the other trials.
    pub others: Vec<TrialReturns>,
    /// Other trials whose returns are missing: counted, and the ledger is incomplete.
    pub without_returns: usize,
    /// Trials declared in the pipeline file; each counts as one of its own kind.
    pub declared: u64,
}

/// The records behind the gate `deflated`.
///
/// N counts this trial, the others and the declared. N_eff counts clusters by correlation of active returns on shared
/// dates; a trial that shares fewer than 100 dates counts by itself. The spread of Sharpe ratios between trials is used
/// when it exceeds the null spread.
pub fn trial_evidence(recorder: &Recorder, active: &ActiveSpan, facts: &TrialFacts) -> Vec<Evidence> {
    let series = &active.fit.series;
    let n = series.len();
    let TrialCount { all, effective, between } = TrialCount::of(active, facts);
    let complete = facts.without_returns == 0;
    let shape = sharpe_per_period(series).zip(skewness(series)).zip(kurtosis(series));
    let deflated = |trials: u64| {
        let ((sr, g3), g4) = shape?;
        dsr(sr, n, g3, g4, usize::try_from(trials).ok()?, between)
    };
    let note = |trials: u64| match deflated(trials) {
        Some(d) => format!(
            "against the expected best of {trials}: Sharpe {:.4} a period, spread {:.4}",
            d.sr_star, d.sd_used
        ),
        None => "the active returns have no spread".to_owned(),
    };
    let plain = shape.and_then(|((sr, g3), g4)| psr(sr, 0.0, n, g3, g4));
    let lucky = deflated(effective).map(|d| d.sr_star);
    vec![
        recorder
            .record("trials.n", all as f64, "trials", n)
            .with_note(format!("{} declared in the pipeline file", facts.declared)),
        recorder
            .record("trials.n_effective", effective as f64, "trials", n)
            .with_note(format!("clusters of active returns at correlation {DEFAULT_THRESHOLD}")),
        recorder.record("trials.complete", f64::from(u8::from(complete)), "flag", n),
        recorder
            .record("deflated_sharpe.dsr", deflated(effective).map(|d| d.dsr), "probability", n)
            .with_note(note(effective)),
        recorder
            .record("deflated_sharpe.dsr_full_n", deflated(all).map(|d| d.dsr), "probability", n)
            .with_note(note(all)),
        recorder.record("deflated_sharpe.psr", plain, "probability", n),
        recorder
            .record("deflated_sharpe.best_of_n_luck", lucky, "Sharpe a period", n)
            .with_note("Sharpe ratio a period that the best of N_eff skill-less trials is expected to show"),
    ]
}

/// How many trials a result is deflated for.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TrialCount {
    /// This one, the others and the declared.
    pub(crate) all: u64,
    /// Clusters by correlation; what cannot be compared counts by itself.
    pub(crate) effective: u64,
    /// Spread of Sharpe ratios between the trials; `None` below two.
    pub(crate) between: Option<f64>,
}

impl TrialCount {
    pub(crate) fn of(active: &ActiveSpan, facts: &TrialFacts) -> Self {
        let series = &active.fit.series;
        let unseen = facts.without_returns as u64 + facts.declared;
        let (comparable, apart) = on_common_dates(active, &facts.others);
        let views: Vec<&[f64]> = comparable.iter().map(Vec::as_slice).collect();
        let clustered = clusters(&views, DEFAULT_THRESHOLD).map_or(views.len(), |c| c.n_effective);
        let sharpes: Vec<f64> = std::iter::once(series.as_slice())
            .chain(facts.others.iter().map(|t| t.active.as_slice()))
            .filter_map(sharpe_per_period)
            .collect();
        Self {
            all: 1 + facts.others.len() as u64 + unseen,
            effective: clustered as u64 + apart as u64 + unseen,
            between: (sharpes.len() >= 2).then(|| sd(&sharpes)).flatten(),
        }
    }
}

/// This series and those others that share at least 100 dates with it, all on the shared dates; and how many do not.
pub(crate) fn on_common_dates(active: &ActiveSpan, others: &[TrialReturns]) -> (Vec<Vec<f64>>, usize) {
    let mut common: Vec<Date> = active.dates.clone();
    let mut kept = Vec::new();
    for other in others {
        let theirs: std::collections::BTreeSet<Date> = other.dates.iter().copied().collect();
        let shared: Vec<Date> = common.iter().copied().filter(|d| theirs.contains(d)).collect();
        if shared.len() >= 100 {
            common = shared;
            kept.push(other);
        }
    }
    let pick = |dates: &[Date], values: &[f64]| -> Vec<f64> {
        let by_date: BTreeMap<Date, f64> = dates.iter().copied().zip(values.iter().copied()).collect();
        common.iter().filter_map(|d| by_date.get(d).copied()).collect()
    };
    let mut series = vec![pick(&active.dates, &active.fit.series)];
    series.extend(kept.iter().map(|other| pick(&other.dates, &other.active)));
    (series, others.len() - kept.len())
}
