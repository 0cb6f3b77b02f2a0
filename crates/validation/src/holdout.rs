//! The sealed last span: a veto, not a confirmation (EVIDENCE 5).

use proofmark_lifecycle::{Evidence, SpanKind};
use proofmark_stats::bootstrap::StationaryBootstrap;
use proofmark_stats::holdout::lower_quantile;
use proofmark_stats::moments::mean;
use proofmark_units::Seed;

use crate::record::Recorder;
use crate::{ActiveSpan, Track};

/// What the opened hold-out is compared with.
#[derive(Debug, Clone)]
pub struct HoldoutInput<'a> {
    /// Stamps records of the walk-forward span.
    pub walk_forward: Recorder,
    /// Walk-forward active returns; their betas are used unchanged, so nothing is fitted on the hold-out.
    pub active: &'a ActiveSpan,
    /// Quantile of the prediction.
    pub quantile: f64,
    /// Looks at this sealed span, this one included.
    pub looks: u64,
    /// Draws of the bootstrap.
    pub draws: usize,
    /// Its seed.
    pub seed: Seed,
}

/// The records behind the gate `holdout`; `recorder` stamps the hold-out span, `track` is what was earned over it.
pub fn holdout_evidence(recorder: &Recorder, track: &Track<'_>, input: &HoldoutInput<'_>) -> Vec<Evidence> {
    assert_eq!(recorder.kind, SpanKind::HoldOut, "hold-out records are stamped as such");
    let year = track.periods_per_year;
    let active = input.active.beyond(track.net, &track.factors);
    let settings = StationaryBootstrap {
        draws: input.draws,
        min_block: track.horizon as f64,
        ..StationaryBootstrap::default()
    };
    let measured = recorder
        .record("holdout.active_return", mean(&active).map(|m| m * year), "fraction/year", active.len())
        .with_note("net return less walk-forward betas times null books and benchmark");
    let bound = lower_quantile(&input.active.fit.series, active.len(), input.quantile, &settings, input.seed);
    let predicted = match bound {
        Ok(bound) => input
            .walk_forward
            .record(
                "holdout.lower_quantile",
                bound.quantile * year,
                "fraction/year",
                input.active.fit.series.len(),
            )
            .with_seed(input.seed.as_u64())
            .with_note(format!("{} quantile of the mean over {} sessions", bound.q, bound.length)),
        Err(error) => input.walk_forward.missing("holdout.lower_quantile", "fraction/year", error),
    };
    vec![measured, predicted, recorder.record("holdout.looks", input.looks as f64, "looks", active.len())]
}
