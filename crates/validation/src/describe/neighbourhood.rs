//! Whether the book's own parameters stand on a plateau or on a peak.

use proofmark_execution::book::{BookConfig, Selection};
use proofmark_lifecycle::Evidence;
use proofmark_stats::active::appraisal_ratio;
use proofmark_stats::stability::neighbourhood;
use rayon::prelude::*;

use crate::record::Recorder;
use crate::{ActiveSpan, Candidate, active_span, run_books};

/// How far below the base a neighbour may lie and still count as alike, in annual appraisal ratio.
const TOLERANCE: f64 = 0.25;

/// `neighbourhood.*`: the appraisal ratio when a quarter more or fewer names are held, or the book decides a session
/// earlier or later, everything else and the model as they are.
pub(super) fn neighbourhood_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    active: &ActiveSpan,
) -> Vec<Evidence> {
    let year = candidate.periods_per_year;
    let configs = neighbours(candidate.config);
    let ratios: Vec<f64> = configs
        .par_iter()
        .map(|config| {
            let own = Candidate { config, ..*candidate };
            let books = run_books(&own, 1.0).ok();
            let found = books.and_then(|books| active_span(&own, &books).ok());
            found.and_then(|active| appraisal_ratio(&active.fit.series, year)).unwrap_or(f64::NAN)
        })
        .collect();
    let base = appraisal_ratio(&active.fit.series, year);
    let found = base.and_then(|base| neighbourhood(base, &ratios, TOLERANCE));
    let names = [
        ("neighbourhood.median", "ratio"),
        ("neighbourhood.worst", "ratio"),
        ("neighbourhood.share_within", "share"),
        ("neighbourhood.plateau", "share"),
    ];
    let Some(found) = found else {
        let why = "no neighbour of the book's parameters has an appraisal ratio";
        return names.iter().map(|(name, unit)| recorder.missing(*name, unit, why)).collect();
    };
    let values = [Some(found.median), Some(found.worst), Some(found.share_within), found.plateau];
    names
        .iter()
        .zip(values)
        .map(|((name, unit), value)| {
            let record = recorder.record(*name, value, unit, found.n);
            match value {
                Some(_) => record.with_note(format!(
                    "appraisal ratios of {} neighbours one step away in one parameter of the book; the model's own are not varied",
                    found.n
                )),
                None => record.with_note("the candidate's own ratio is not above zero: there is no plateau to stand on"),
            }
        })
        .collect()
}

/// One step away in one parameter each.
fn neighbours(config: &BookConfig) -> Vec<BookConfig> {
    let mut out = Vec::new();
    if let Selection::TopFraction { fraction, hysteresis } = config.selection {
        for factor in [0.75, 1.25] {
            let selection = Selection::TopFraction {
                fraction: (fraction * factor).min(1.0),
                hysteresis: hysteresis.map(|h| (h * factor).min(1.0)),
            };
            out.push(BookConfig { selection, ..config.clone() });
        }
    }
    if config.rebalance_every > 0 {
        let steps = [config.rebalance_every - 1, config.rebalance_every + 1];
        out.extend(
            steps
                .into_iter()
                .filter(|every| *every > 0)
                .map(|rebalance_every| BookConfig { rebalance_every, ..config.clone() }),
        );
    }
    out
}
