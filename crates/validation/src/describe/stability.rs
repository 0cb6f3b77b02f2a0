//! Whether the result holds by year, by regime, by quarter, and whether the exposure does.

use proofmark_lifecycle::Evidence;
use proofmark_stats::active::rolling_betas;
use proofmark_stats::bootstrap::StationaryBootstrap;
use proofmark_stats::performance::{annualised, sharpe_per_period};
use proofmark_stats::stability::{Subperiod, ols_cusum, stability_bound, subperiods};
use proofmark_units::{Date, Seed};

use crate::record::{REPORT_DRAWS, Recorder};
use crate::stress::{MarketRegime, market_regimes};
use crate::{ActiveSpan, Books, Candidate};

/// Sessions of a quarter.
const QUARTER: usize = 63;
/// Sessions of a window of rolling betas: a year.
const WINDOW: usize = 252;
/// Only what lies below this quantile of stable returns is instability (EVIDENCE 2).
const QUANTILE: f64 = 0.01;

/// `stability.year.<y>.*`, `stability.regime.<r>.*`, quarters, the CUSUM of the active return and `rolling_beta.*`.
pub(super) fn stability_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    active: &ActiveSpan,
    seed: &Seed,
) -> Vec<Evidence> {
    let year = candidate.periods_per_year;
    let series = &active.fit.series;
    let years: Vec<i32> = active.dates.iter().map(|d| d.year()).collect();
    let mut out = parts(recorder, "year", year, subperiods(series, &years).unwrap_or_default());
    out.extend(by_regime(recorder, candidate, active));
    out.extend(quarters(recorder, candidate, books.net(), series, seed));
    let cusum = ols_cusum(series, active.fit.lag);
    out.push(match cusum {
        Ok(found) => recorder.record("stability.cusum_p", found.p, "p", found.n).with_note(format!(
            "the mean active return is constant; largest departure on {}",
            active.dates.get(found.row).map_or_else(|| "no date".to_owned(), Date::to_string)
        )),
        Err(error) => recorder.missing("stability.cusum_p", "p", error),
    });
    out.extend(betas(recorder, books));
    out
}

/// Active mean and appraisal ratio of each part, an annual figure each.
fn parts<L: std::fmt::Display>(
    recorder: &Recorder,
    kind: &str,
    year: f64,
    parts: Vec<Subperiod<L>>,
) -> Vec<Evidence> {
    let one = |part: Subperiod<L>| {
        let name = |what: &str| format!("stability.{kind}.{}.{what}", part.label);
        let ratio = part.sharpe.map(|s| annualised(s, year));
        [
            recorder.record(name("active_return"), part.mean * year, "fraction/year", part.n),
            match ratio {
                Some(ratio) => recorder.record(name("appraisal_ratio"), ratio, "ratio", part.n),
                None => recorder.missing(
                    name("appraisal_ratio"),
                    "ratio",
                    "fewer than five sessions, or no spread",
                ),
            },
        ]
    };
    parts.into_iter().flat_map(one).collect()
}

/// By the volatility regime of the session before each return, ranked among all seen until then: known in advance.
fn by_regime(recorder: &Recorder, candidate: &Candidate<'_>, active: &ActiveSpan) -> Vec<Evidence> {
    let regimes = market_regimes(candidate.panel);
    let known = |date: &Date| {
        let before = candidate.panel.dates.partition_point(|d| d < date).checked_sub(1)?;
        regimes[before]
    };
    let labels: Vec<Option<MarketRegime>> = active.dates.iter().map(known).collect();
    let found = subperiods(&active.fit.series, &labels).unwrap_or_default();
    let named = [
        (MarketRegime::Calm, "calm"),
        (MarketRegime::Normal, "normal"),
        (MarketRegime::Turbulent, "turbulent"),
    ];
    let mut out = Vec::new();
    for (regime, name) in named {
        match found.iter().find(|part| part.label == Some(regime)) {
            Some(part) => {
                let part = Subperiod { label: name, n: part.n, mean: part.mean, sharpe: part.sharpe };
                out.extend(parts(recorder, "regime", candidate.periods_per_year, vec![part]));
            }
            None => {
                let why = "no session followed one of this regime";
                out.push(recorder.missing(
                    format!("stability.regime.{name}.active_return"),
                    "fraction/year",
                    why,
                ));
                out.push(recorder.missing(format!("stability.regime.{name}.appraisal_ratio"), "ratio", why));
            }
        }
    }
    out
}

/// Whole quarters of 63 sessions; a rest at the end is left out.
fn quarters(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    net: &[f64],
    active: &[f64],
    seed: &Seed,
) -> Vec<Evidence> {
    let year = candidate.periods_per_year;
    let whole = net.len() / QUARTER;
    let worst = net
        .chunks_exact(QUARTER)
        .filter_map(sharpe_per_period)
        .min_by(f64::total_cmp)
        .map(|s| annualised(s, year));
    let mut out = vec![
        recorder.record("stability.quarters", whole as f64, "quarters", net.len()),
        match worst {
            Some(worst) => recorder.record("stability.worst_quarter_sharpe", worst, "ratio", whole * QUARTER).with_note(
                "net, annualised; a quarter's Sharpe ratio has a standard error of 2, so the worst of many is low by chance",
            ),
            None => recorder.missing("stability.worst_quarter_sharpe", "ratio", "no whole quarter with spread"),
        },
    ];
    let series = &active[..whole * QUARTER];
    let labels: Vec<usize> = (0..series.len()).map(|t| t / QUARTER).collect();
    let settings = StationaryBootstrap {
        draws: REPORT_DRAWS,
        min_block: candidate.horizon as f64,
        ..StationaryBootstrap::default()
    };
    let seed = seed.child("quarters");
    let names = [
        ("stability.worst_quarter_active_sharpe", "ratio"),
        ("stability.worst_quarter_quantile", "ratio"),
        ("stability.worst_quarter_p", "p"),
        ("stability.positive_quarters", "share"),
        ("stability.positive_quarters_p", "p"),
    ];
    match stability_bound(series, &labels, QUANTILE, &settings, seed) {
        Ok(found) => {
            let values = [
                annualised(found.worst_sharpe.observed, year),
                annualised(found.worst_sharpe.quantile, year),
                found.worst_sharpe.p,
                found.positive_share.observed,
                found.positive_share.p,
            ];
            let note = "active return; p: share of stable series of the same mean, spread and memory that do as badly";
            out.extend(names.iter().zip(values).map(|((name, unit), value)| {
                recorder.record(*name, value, unit, series.len()).with_seed(seed.as_u64()).with_note(note)
            }));
        }
        Err(error) => out.extend(names.iter().map(|(name, unit)| recorder.missing(*name, unit, &error))),
    }
    out
}

/// Lowest and highest beta over a year's window, a book at a time: how far one beta for the whole span misleads.
fn betas(recorder: &Recorder, books: &Books) -> Vec<Evidence> {
    let (net, factors) = (books.net(), books.factors());
    let windows = rolling_betas(net, &factors, WINDOW);
    let mut out = Vec::new();
    for (book, (name, _)) in factors.iter().enumerate() {
        let label = |what: &str| format!("rolling_beta.{name}.{what}");
        let betas: Result<Vec<f64>, String> = match &windows {
            Ok(windows) => Ok(windows.iter().filter_map(|w| w.betas[book]).collect()),
            Err(error) => Err(error.to_string()),
        };
        for (what, pick) in [("low", f64::min as fn(f64, f64) -> f64), ("high", f64::max)] {
            out.push(match &betas {
                Ok(betas) => match betas.iter().copied().reduce(pick) {
                    Some(beta) => recorder
                        .record(label(what), beta, "ratio", betas.len())
                        .with_note(format!("over all windows of {WINDOW} sessions")),
                    None => {
                        recorder.missing(label(what), "ratio", "the books before it span it in every window")
                    }
                },
                Err(why) => recorder.missing(label(what), "ratio", why),
            });
        }
    }
    out
}
