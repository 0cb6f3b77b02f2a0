//! Rivals that need no model: null books and naive rules, compared in active returns at equal volatility.

use proofmark_lifecycle::Evidence;
use proofmark_stats::active::{active_return, appraisal_ratio};
use proofmark_stats::comparison::{
    Block, JointBootstrap, VolatilityEstimator, VolatilityScaling, beats_every_rival,
    causal_volatility_scaling,
};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Seed;

use crate::record::Recorder;
use crate::{ActiveSpan, NaiveBook, Track};

/// Sessions behind a volatility estimate: a quarter of a year.
const WINDOW: usize = 63;
/// Annual volatility every series is scaled to; the test does not depend on it.
const TARGET: f64 = 0.10;
/// Largest factor: a book that hardly moved is not blown up into a rival.
pub(crate) const LEVERAGE_MAX: f64 = 10.0;

/// The footing on which returns are compared: scaled by their own past.
pub(crate) fn equal_volatility(periods_per_year: f64) -> VolatilityScaling {
    VolatilityScaling {
        estimator: VolatilityEstimator::Window(WINDOW),
        target: TARGET / periods_per_year.sqrt(),
        lag: 2,
        max_leverage: LEVERAGE_MAX,
    }
}

/// Who else could have earned it.
#[derive(Debug, Clone, Copy)]
pub struct Rivals<'a> {
    /// Naive rules run on the same span.
    pub naive: &'a [NaiveBook],
    /// Net returns of the champion on the same dates, or why there are none; `None` when there is no champion.
    pub champion: Option<Result<&'a [f64], &'a str>>,
    /// Bootstrap draws.
    pub draws: usize,
}

/// The records behind the gate `snooping`: the candidate's active returns against those of the naive rules, of the
/// champion where there is one (its net returns on the same dates), and of the null books, which are 0.
///
/// What rivals earn by holding what the null books hold is taken out of them by the same regression as out of the
/// candidate: otherwise the market's risk would drown a difference in skill. Series are scaled by their own past
/// volatility, known two sessions before (positions are taken at the open). p is that of [`beats_every_rival`]: the
/// candidate was fixed before this test, so the largest p over the rivals holds the level.
pub fn rival_evidence(
    recorder: &Recorder,
    track: &Track<'_>,
    active: &ActiveSpan,
    rivals: &Rivals<'_>,
    seed: &Seed,
) -> Vec<Evidence> {
    let Rivals { naive, champion, draws } = *rivals;
    let own = &active.fit.series;
    let lag = newey_west_lag(own.len(), track.horizon);
    let beyond = |net: &[f64]| active_return(net, &track.factors, lag).map(|fit| fit.series);
    let mut named: Vec<(&str, Vec<f64>)> = vec![("null books", vec![0.0; own.len()])];
    // A rule that never traded, or is a null book, has nothing beyond the null books either.
    let traded = naive.iter().filter(|b| b.trades > 0);
    named.extend(traded.filter_map(|b| Some((b.name.as_str(), beyond(&b.net).ok()?))));

    let scaling = equal_volatility(track.periods_per_year);
    let missing = |why: &dyn std::fmt::Display| {
        vec![recorder.missing("snooping.p_spa", "p", why), recorder.missing("snooping.rivals", "rivals", why)]
    };
    match champion {
        None => {}
        Some(Err(why)) => return missing(&why),
        Some(Ok(returns)) => match beyond(returns) {
            Ok(series) => named.push(("champion", series)),
            Err(error) => return missing(&error),
        },
    }
    if track.net.iter().all(|r| *r == 0.0) {
        return missing(&"the candidate never traded");
    }
    let mut scaled = Vec::with_capacity(named.len() + 1);
    for series in std::iter::once(own).chain(named.iter().map(|(_, series)| series)) {
        match causal_volatility_scaling(series, &scaling) {
            Ok(series) => scaled.push(series.values),
            Err(error) => return missing(&error),
        }
    }
    let settings = JointBootstrap { draws, block: Block::Automatic { min: track.horizon as f64 } };
    let series: Vec<&[f64]> = scaled[1..].iter().map(Vec::as_slice).collect();
    let seed = seed.child("rivals");
    let test = match beats_every_rival(&scaled[0], &series, &settings, seed) {
        Ok(test) => test,
        Err(error) => return missing(&error),
    };
    let n = test.n;
    let hardest = named[test.hardest].0;
    let margin = test.rivals[test.hardest].mean * track.periods_per_year;
    let mut out = vec![
        recorder
            .record("snooping.p_spa", test.p_value, "p", n)
            .with_seed(seed.as_u64())
            .with_note(format!("hardest rival: {hardest}; {} rivals at equal volatility", series.len())),
        recorder.record("snooping.rivals", series.len() as f64, "rivals", n),
        recorder.record("snooping.margin", margin, "fraction/year", n).with_note(format!(
            "mean active return less that of {hardest}, both at {TARGET} annual volatility"
        )),
    ];
    if let Some((_, theirs)) = named.iter().find(|(name, _)| *name == "champion") {
        let year = track.periods_per_year;
        let uplift =
            appraisal_ratio(own, year).zip(appraisal_ratio(theirs, year)).map(|(own, theirs)| own - theirs);
        out.push(recorder.record("champion.appraisal_uplift", uplift, "ratio", own.len()).with_note(
            "both beyond the candidate's null books, on the same dates; a difference, not a test",
        ));
    }
    for ((name, _), rival) in named.iter().zip(&test.rivals) {
        out.push(recorder.record(format!("snooping.p.{name}"), rival.p_value, "p", n).with_note(format!(
            "t {:.3}, mean block {:.1}, {} draws",
            rival.t, rival.block_length, rival.draws
        )));
    }
    out
}
