//! Whether the skill sits in a few names or features, with the number of them allowed for.

use proofmark_lifecycle::Evidence;
use proofmark_stats::comparison::{ComparisonError, Tail, romano_wolf};
use proofmark_stats::moments::mean;
use proofmark_stats::multiple::benjamini_hochberg;
use proofmark_stats::rank::{average_ranks, ic_by_date, mean_ic_hac, pearson};
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Seed;

use super::{DescribeInputs, joint};
use crate::record::{Recorder, normal_interval};
use crate::{Candidate, ValidationError};

/// Expected share of false ones among those named (Benjamini & Hochberg 1995).
const FALSE_DISCOVERIES: f64 = 0.10;
/// Probability of any false one among those named (Romano & Wolf 2005).
const FAMILY: f64 = 0.05;

/// Tests of one family, adjusted for their number.
struct Adjusted {
    bh: Vec<f64>,
    rw: Vec<f64>,
}

fn adjusted(
    series: &[Vec<f64>],
    tail: Tail,
    horizon: usize,
    seed: Seed,
) -> Result<Adjusted, ComparisonError> {
    let views: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
    let found = romano_wolf(&views, tail, &joint(horizon), seed)?;
    let alone: Vec<f64> = found.tests.iter().map(|t| t.p_value).collect();
    // Values of `romano_wolf` lie in 0 to 1, so the adjustment cannot refuse them.
    let bh = benjamini_hochberg(&alone).unwrap_or(alone);
    Ok(Adjusted { bh, rw: found.tests.iter().map(|t| t.p_adjusted).collect() })
}

/// `p_bh` and `p_rw` of the member at a place of its family, from `n` dates.
fn adjusted_ps(
    recorder: &Recorder,
    name: impl Fn(&str) -> String,
    found: &Result<Adjusted, ComparisonError>,
    at: usize,
    n: usize,
) -> [Evidence; 2] {
    let record = |what: &str, of: fn(&Adjusted) -> &[f64]| match found {
        Ok(found) => recorder.record(name(what), of(found)[at], "p", n),
        Err(error) => recorder.missing(name(what), "p", error),
    };
    [record("p_bh", |f| &f.bh), record("p_rw", |f| &f.rw)]
}

/// Counts of a family: how many, how many survive each adjustment.
fn counts(recorder: &Recorder, what: &str, n: usize, found: Result<&Adjusted, String>) -> Vec<Evidence> {
    let name = |suffix: &str| format!("breadth.{what}{suffix}");
    let mut out = vec![recorder.record(name(""), n as f64, what, n)];
    let survivors = |p: &[f64], level: f64| p.iter().filter(|p| **p <= level).count() as f64;
    match found {
        Ok(found) => {
            let note = "Benjamini-Hochberg: a tenth of those named is expected to be false";
            out.push(
                recorder
                    .record(name("_bh"), survivors(&found.bh, FALSE_DISCOVERIES), what, n)
                    .with_note(note),
            );
            let note = "Romano-Wolf: any false one among those named in 5 % of cases";
            out.push(recorder.record(name("_rw"), survivors(&found.rw, FAMILY), what, n).with_note(note));
        }
        Err(why) => {
            out.push(recorder.missing(name("_bh"), what, &why));
            out.push(recorder.missing(name("_rw"), what, why));
        }
    }
    out
}

/// What each name adds to the mean rank IC, and its p among all names: `symbol.<S>.rank_ic_part`, `.p_bh`, `.p_rw`.
///
/// A date's Spearman coefficient is a sum over names, (rank of score - mean)(rank of return - mean) / (n - 1) in units of
/// both spreads; a name's part is its term, 0 on dates without one, and the parts add up to `score_skill.rank_ic`.
pub(super) fn symbol_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    inputs: &DescribeInputs<'_>,
    seed: &Seed,
) -> Result<Vec<Evidence>, ValidationError> {
    let width = candidate.panel.width();
    // Only the shape is asked here: the same check as every grid of the suite.
    ic_by_date(&inputs.scores[..0], &inputs.forward[..0], width)?;
    let (parts, scored) = parts(inputs.scores, inputs.forward, width);
    let dates = parts.first().map_or(0, Vec::len);
    let present: Vec<usize> = (0..width.min(inputs.symbols.len())).filter(|s| scored[*s] > 0).collect();
    let series: Vec<Vec<f64>> = present.iter().map(|s| parts[*s].clone()).collect();
    let found = adjusted(&series, Tail::Greater, candidate.horizon, seed.child("symbols"));
    let mut out = counts(recorder, "symbols", present.len(), found.as_ref().map_err(ToString::to_string));
    let positive = series.iter().filter(|part| mean(part).is_some_and(|m| m > 0.0)).count() as f64;
    let share = (!present.is_empty()).then(|| positive / present.len() as f64);
    out.push(recorder.record("breadth.symbols_positive_share", share, "share", dates));
    for (i, s) in present.iter().enumerate() {
        let name = |what: &str| format!("symbol.{}.{what}", inputs.symbols[*s]);
        out.push(recorder.record(name("rank_ic_part"), mean(&series[i]), "correlation", scored[*s]));
        out.extend(adjusted_ps(recorder, name, &found, i, scored[*s]));
    }
    Ok(out)
}

/// Parts of the rank IC by name over the dates that have one, and the dates on which each name was ranked.
fn parts(scores: &[f64], forward: &[f64], width: usize) -> (Vec<Vec<f64>>, Vec<usize>) {
    let (mut parts, mut scored) = (vec![Vec::new(); width], vec![0; width]);
    for (row, outcome) in scores.chunks_exact(width).zip(forward.chunks_exact(width)) {
        let names: Vec<usize> =
            (0..width).filter(|s| row[*s].is_finite() && outcome[*s].is_finite()).collect();
        let of = |grid: &[f64]| average_ranks(&names.iter().map(|s| grid[*s]).collect::<Vec<f64>>());
        let Some((x, y)) = of(row).zip(of(outcome)) else { continue };
        // As `spearman`: at least three names, both sides with spread.
        if names.len() < 3 || pearson(&x, &y).is_none() {
            continue;
        }
        let centre = (names.len() + 1) as f64 / 2.0;
        let squares = |ranks: &[f64]| ranks.iter().map(|r| (r - centre).powi(2)).sum::<f64>();
        let scale = (squares(&x) * squares(&y)).sqrt();
        parts.iter_mut().for_each(|part| part.push(0.0));
        for (i, s) in names.iter().enumerate() {
            if let Some(last) = parts[*s].last_mut() {
                *last = (x[i] - centre) * (y[i] - centre) / scale;
            }
            scored[*s] += 1;
        }
    }
    (parts, scored)
}

/// The rank IC of each feature alone, out of sample, and its p among all features: `feature.<name>.rank_ic`, `.p_bh`,
/// `.p_rw`; two-sided, since a feature may point down.
pub(super) fn feature_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    inputs: &DescribeInputs<'_>,
    seed: &Seed,
) -> Result<Vec<Evidence>, ValidationError> {
    let width = candidate.panel.width();
    let coefficients: Vec<Vec<Option<f64>>> = inputs
        .features
        .iter()
        .map(|feature| ic_by_date(&feature.values, inputs.forward, width).map(|found| found.ic))
        .collect::<Result<_, _>>()?;
    let days = |ic: &[Option<f64>]| ic.iter().flatten().count();
    let most = coefficients.iter().map(|ic| days(ic)).max().unwrap_or(0);
    // One that hardly varies across names, as a market-wide one, would leave no date that all share.
    let kept: Vec<usize> = (0..coefficients.len()).filter(|f| 2 * days(&coefficients[*f]) > most).collect();
    let shared: Vec<usize> = (0..coefficients.first().map_or(0, Vec::len))
        .filter(|t| kept.iter().all(|f| coefficients[*f][*t].is_some()))
        .collect();
    let series: Vec<Vec<f64>> =
        kept.iter().map(|f| shared.iter().filter_map(|t| coefficients[*f][*t]).collect()).collect();
    let found = adjusted(&series, Tail::TwoSided, candidate.horizon, seed.child("features"));
    let mut out = counts(recorder, "features", kept.len(), found.as_ref().map_err(ToString::to_string));
    for (f, feature) in inputs.features.iter().enumerate() {
        let name = |what: &str| format!("feature.{}.{what}", feature.name);
        let ic = &coefficients[f];
        let n = days(ic);
        out.push(match mean_ic_hac(ic, newey_west_lag(n, candidate.horizon)) {
            Ok(mean) => recorder
                .record(name("rank_ic"), mean.mean, "correlation", n)
                .with_interval(normal_interval(mean.mean, mean.std_error, "Newey-West, normal")),
            Err(_) => recorder.missing(
                name("rank_ic"),
                "correlation",
                "fewer than two dates on which it differs between names",
            ),
        });
        let why =
            "it differs between names on fewer than half of the dates, so it is no member of the family";
        out.extend(match kept.iter().position(|k| *k == f) {
            Some(at) => adjusted_ps(recorder, name, &found, at, shared.len()),
            None => ["p_bh", "p_rw"].map(|what| recorder.missing(name(what), "p", why)),
        });
    }
    Ok(out)
}
