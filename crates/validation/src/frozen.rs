//! A frozen candidate on a window later than its training, beside the champion, naive rules and null books.
//!
//! Whatever needs length (betas, volatilities, what is to be expected) comes from the walk-forward, so that every
//! comparison could have been made on the window's first day. Only means are measured on the window.

mod champion;
mod rivals;

use proofmark_lifecycle::Evidence;
use proofmark_stats::bootstrap::{BootstrapError, StationaryBootstrap, mean_test};
use proofmark_stats::holdout::lower_quantile;
use proofmark_stats::moments::{mean, sd};
use proofmark_stats::performance::max_drawdown;
use proofmark_stats::power::minimum_detectable_sharpe;
use proofmark_units::Seed;

use self::rivals::{Rival, rivals};
use crate::record::{Recorder, interval};
use crate::{ActiveSpan, Books, Candidate, NaiveBook};

/// A candidate: what its walk-forward said, and its books over the window.
#[derive(Debug, Clone, Copy)]
pub struct Later<'a> {
    /// The walk-forward's active returns with the betas that hedge the window.
    pub active: &'a ActiveSpan,
    /// Books over the window, of the candidate's own pipeline.
    pub books: &'a Books,
}

/// The walk-forward's own material, from which naive rules get their betas and volatilities.
#[derive(Debug, Clone, Copy)]
pub struct Before<'a> {
    /// Null books and benchmark, on the dates of the candidate's walk-forward.
    pub factors: &'a [(&'a str, &'a [f64])],
    /// Naive rules on the same dates.
    pub naive: &'a [NaiveBook],
}

/// What the window is judged by.
#[derive(Debug, Clone)]
pub struct FrozenInput<'a> {
    /// Stamps records of the walk-forward.
    pub walk_forward: Recorder,
    /// The candidate.
    pub own: Later<'a>,
    /// Its walk-forward.
    pub before: Before<'a>,
    /// Naive rules over the window.
    pub naive: &'a [NaiveBook],
    /// The champion.
    pub champion: Option<Later<'a>>,
    /// Quantile of the walk-forward's prediction.
    pub quantile: f64,
    /// Level at which a test counts, for its power.
    pub level: f64,
    /// Power of the minimum detectable effect.
    pub power: f64,
    /// Draws of each bootstrap.
    pub draws: usize,
    /// Seed.
    pub seed: Seed,
}

/// The records behind the gate `frozen`, and the books that reports print beside them.
#[derive(Debug, Clone, PartialEq)]
pub struct Frozen {
    /// The records.
    pub evidence: Vec<Evidence>,
    /// Active returns of the window.
    pub active: Vec<f64>,
    /// Rivals with their active returns at the candidate's walk-forward volatility, in the order of the records.
    pub rivals: Vec<(String, Vec<f64>)>,
}

/// Settings shared by all tests of a window.
struct Bench<'a> {
    recorder: &'a Recorder,
    walk_forward: &'a Recorder,
    settings: StationaryBootstrap,
    year: f64,
    level: f64,
    power: f64,
}

/// Measures a frozen candidate on the window that `recorder` stamps.
pub fn frozen_evidence(recorder: &Recorder, candidate: &Candidate<'_>, input: &FrozenInput<'_>) -> Frozen {
    let year = candidate.periods_per_year;
    let settings = StationaryBootstrap {
        draws: input.draws,
        min_block: candidate.horizon as f64,
        ..StationaryBootstrap::default()
    };
    let bench = Bench {
        recorder,
        walk_forward: &input.walk_forward,
        settings,
        year,
        level: input.level,
        power: input.power,
    };
    let net = input.own.books.net();
    let n = net.len();
    let active = input.own.active.beyond(net, &input.own.books.factors());
    let mut evidence = vec![
        recorder
            .record("frozen.active_return", mean(&active).map(|m| m * year), "fraction/year", n)
            .with_note("net return less walk-forward betas times null books and benchmark"),
        bench.predicted(&input.own.active.fit.series, n, input.quantile, input.seed.child("prediction")),
        recorder.record("frozen.sessions", n as f64, "sessions", n),
        recorder.record("frozen.trades", input.own.books.candidate.fills.len() as f64, "trades", n),
        recorder.record("frozen.max_drawdown", max_drawdown(net).map(|d| d.depth), "fraction", n),
    ];
    let rivals = rivals(candidate, input);
    let mut largest: Option<(f64, &str)> = None;
    for rival in &rivals {
        let records = bench.against(rival, &active, input.seed.child("rival").child(&rival.name));
        let p = records.first().and_then(|r| r.value);
        if let Some(p) = p.filter(|p| largest.is_none_or(|(most, _)| *p > most)) {
            largest = Some((p, &rival.name));
        }
        evidence.extend(records);
    }
    if let Some((p, hardest)) = largest {
        evidence.push(recorder.record("frozen.p_largest", p, "p", n).with_note(format!(
            "hardest rival: {hardest}; {} rivals, every one must be beaten",
            rivals.len()
        )));
    }
    if let Some(champion) = &input.champion {
        evidence.extend(bench.champion(input.own, champion, &active, &input.seed.child("champion")));
    }
    let rivals = rivals.into_iter().map(|r| (r.name, r.window)).collect();
    Frozen { evidence, active, rivals }
}

fn minus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

/// One-sided p of "the mean is not above 0" with the test behind it; a series without any difference has p 1.
fn p_above(series: &[f64], settings: &StationaryBootstrap, seed: Seed) -> Result<Tested, BootstrapError> {
    match mean_test(series, settings, seed) {
        Ok(test) => Ok(Tested {
            p: test.p_one_sided,
            note: format!(
                "t {:.3}, mean block {:.1} sessions, {} draws",
                test.t, test.block_length, test.draws
            ),
            interval: test.interval,
        }),
        Err(BootstrapError::NoSpread) if series.iter().all(|d| *d == 0.0) => {
            Ok(Tested { p: 1.0, note: "equal on every session".to_owned(), interval: None })
        }
        Err(error) => Err(error),
    }
}

struct Tested {
    p: f64,
    note: String,
    interval: Option<proofmark_stats::bootstrap::Interval>,
}

impl Bench<'_> {
    fn predicted(&self, before: &[f64], n: usize, quantile: f64, seed: Seed) -> Evidence {
        let (name, unit) = ("frozen.lower_quantile", "fraction/year");
        match lower_quantile(before, n, quantile, &self.settings, seed) {
            Ok(bound) => self
                .walk_forward
                .record(name, bound.quantile * self.year, unit, before.len())
                .with_seed(seed.as_u64())
                .with_note(format!("{} quantile of the mean over {} sessions", bound.q, bound.length)),
            Err(error) => self.walk_forward.missing(name, unit, error),
        }
    }

    /// `<name>.mean`, `.detectable` and `.walk_forward`: the difference, what the window could find, what was to be
    /// expected.
    fn difference(
        &self,
        name: &str,
        window: &[f64],
        before: &[f64],
        tested: Option<&Tested>,
    ) -> Vec<Evidence> {
        let (n, unit) = (window.len(), "fraction/year");
        let annual = |series: &[f64]| mean(series).map(|m| m * self.year);
        let bounds = tested.and_then(|t| t.interval.as_ref());
        let sharpe = minimum_detectable_sharpe(n, self.year, self.level, self.power);
        let detectable = sharpe.zip(sd(before)).map(|(sharpe, sd)| sharpe * sd * self.year.sqrt());
        vec![
            self.recorder.record(format!("{name}.mean"), annual(window), unit, n).with_interval(interval(
                bounds,
                self.year,
                "studentised stationary bootstrap",
            )),
            self.recorder.record(format!("{name}.detectable"), detectable, unit, n).with_note(format!(
                "least true difference that {n} sessions find with probability {} at level {}",
                self.power, self.level
            )),
            self.walk_forward.record(format!("{name}.walk_forward"), annual(before), unit, before.len()),
        ]
    }

    fn p(&self, name: &str, tested: &Result<Tested, BootstrapError>, n: usize, seed: Seed) -> Evidence {
        match tested {
            Ok(test) => {
                self.recorder.record(name, test.p, "p", n).with_seed(seed.as_u64()).with_note(&test.note)
            }
            Err(error) => self.recorder.missing(name, "p", error),
        }
    }

    fn against(&self, rival: &Rival, active: &[f64], seed: Seed) -> Vec<Evidence> {
        let name = format!("frozen.rival.{}", rival.name);
        let window = minus(active, &rival.window);
        let tested = p_above(&window, &self.settings, seed);
        let p = self.p(&format!("{name}.p"), &tested, window.len(), seed);
        let mut out = vec![p];
        out.extend(self.difference(&name, &window, &rival.before, tested.as_ref().ok()));
        out
    }
}

#[cfg(test)]
mod tests;
