//! The same figures by every way of resampling, so that no conclusion hangs on one of them.

use proofmark_lifecycle::Evidence;
use proofmark_stats::bootstrap::{
    ActiveMeasure, BlockScheme, Measure, MeasureError, MeasureInterval, StationaryBootstrap, active_interval,
    measure_interval,
};
use proofmark_units::Seed;

use crate::record::{REPORT_DRAWS, Recorder, interval};
use crate::{Books, Candidate};

/// `interval.<measure>.<scheme>.<kind>` for Sharpe, Sortino, alpha (studentised and percentile), Calmar and drawdown
/// (percentile: a figure of the path has no standard error), by stationary and by circular blocks.
pub(super) fn interval_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    seed: &Seed,
) -> Vec<Evidence> {
    let periods_per_year = candidate.periods_per_year;
    let settings = StationaryBootstrap {
        draws: REPORT_DRAWS,
        min_block: candidate.horizon as f64,
        ..StationaryBootstrap::default()
    };
    let factors = books.factors();
    let columns: Vec<&[f64]> = factors.iter().map(|(_, returns)| *returns).collect();
    let net = books.net();
    let of_net = |measure: Measure, scheme: BlockScheme, seed: Seed| {
        measure_interval(net, measure, scheme, &settings, seed)
    };
    let mut out = Vec::new();
    for (scheme, by) in [(BlockScheme::Stationary, "stationary"), (BlockScheme::Circular, "circular")] {
        let mut push = |measure: &str,
                        unit: &str,
                        path: bool,
                        draw: &dyn Fn(Seed) -> Result<MeasureInterval, MeasureError>| {
            let seed = seed.child("interval").child(measure).child(by);
            records(&mut out, recorder, (measure, by, unit, path), draw(seed), seed, net.len());
        };
        push("sharpe", "ratio", false, &|s| of_net(Measure::Sharpe { periods_per_year }, scheme, s));
        push("sortino", "ratio", false, &|s| {
            of_net(Measure::Sortino { target: 0.0, periods_per_year }, scheme, s)
        });
        push("alpha", "fraction/year", false, &|s| {
            active_interval(net, &columns, ActiveMeasure::Alpha { periods_per_year }, scheme, &settings, s)
        });
        push("calmar", "ratio", true, &|s| of_net(Measure::Calmar { periods_per_year }, scheme, s));
        push("max_drawdown", "fraction", true, &|s| of_net(Measure::MaxDrawdown, scheme, s));
    }
    out
}

/// One record a kind of interval; `what` is measure, scheme, unit, and whether it depends on the path.
fn records(
    out: &mut Vec<Evidence>,
    recorder: &Recorder,
    (measure, by, unit, path): (&str, &str, &str, bool),
    found: Result<MeasureInterval, MeasureError>,
    seed: Seed,
    n: usize,
) {
    let kinds: &[&str] = if path { &["percentile"] } else { &["studentised", "percentile"] };
    for kind in kinds {
        let name = format!("interval.{measure}.{by}.{kind}");
        let found = match &found {
            Ok(found) => found,
            Err(error) => {
                out.push(recorder.missing(name, unit, error));
                continue;
            }
        };
        let bounds = if *kind == "studentised" { &found.studentised } else { &found.percentile };
        let note = match (path, bounds) {
            (_, None) => "a tail of the draws is undefined: no interval".to_owned(),
            (true, Some(_)) => format!(
                "what other paths of these returns show, too narrow as a confidence interval; mean block {:.1}",
                found.block_length
            ),
            (false, Some(_)) => format!("mean block {:.1}, {} draws", found.block_length, found.draws),
        };
        out.push(
            recorder
                .record(name, found.value, unit, n)
                .with_interval(interval(bounds.as_ref(), 1.0, &format!("{by} blocks, {kind}")))
                .with_seed(seed.as_u64())
                .with_note(note),
        );
    }
}
