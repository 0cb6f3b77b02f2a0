//! Scenarios as evidence records, and what they amount to together.

use std::collections::BTreeMap;

use proofmark_lifecycle::Evidence;
use serde::{Deserialize, Serialize};

use super::failure::Failure;
use super::measure::ScenarioRecord;
use super::scenario::ScenarioOutcome;
use crate::record::Recorder;

/// The score that the specification calls a pass.
const PASS: f64 = 50.0;

/// All scenarios together. The score stands beside coverage, failures and the worst drawdown, never alone, and no gate
/// reads it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resilience {
    /// Mean of the scenarios' scores, 0 to 100; `None` when none could be scored.
    pub score: Option<f64>,
    /// Lowest score.
    pub lowest: Option<f64>,
    /// Scenarios with a score.
    pub scored: usize,
    /// Share of those at 50 or above.
    pub share_at_50: Option<f64>,
    /// Scenarios that ran.
    pub tested: usize,
    /// Scenarios asked for.
    pub listed: usize,
    /// Largest drawdown of any scenario, a positive fraction.
    pub worst_drawdown: Option<f64>,
    /// Scenarios by failure class, every class listed.
    pub failures: BTreeMap<String, usize>,
    /// The formula in words.
    pub formula: String,
}

/// What the scenarios amount to.
pub fn resilience(outcomes: &[ScenarioOutcome]) -> Resilience {
    let records: Vec<&ScenarioRecord> = outcomes.iter().filter_map(ScenarioOutcome::tested).collect();
    let scores: Vec<f64> = records.iter().filter_map(|r| r.resilience).collect();
    let n = scores.len() as f64;
    let some = |value: f64| (!scores.is_empty()).then_some(value);
    let depth = records.iter().filter_map(|r| r.candidate.as_ref()?.max_drawdown).max_by(f64::total_cmp);
    let failures = Failure::ALL
        .iter()
        .map(|f| (f.name().to_owned(), records.iter().filter(|r| r.failure == *f).count()))
        .collect();
    Resilience {
        score: some(scores.iter().sum::<f64>() / n),
        lowest: scores.iter().copied().min_by(f64::total_cmp),
        scored: scores.len(),
        share_at_50: some(scores.iter().filter(|s| **s >= PASS).count() as f64 / n),
        tested: records.len(),
        listed: outcomes.len(),
        worst_drawdown: depth,
        failures,
        formula: "100 (0.4 (1 - drawdown) + 0.3 precision + 0.3 Sharpe / 2), each part held between 0 and its weight; mean over scenarios; reported, gated by nothing".to_owned(),
    }
}

/// The `count` scenarios with the lowest return, lowest first; scenarios whose data was refused have none and come last.
pub fn worst(outcomes: &[ScenarioOutcome], count: usize) -> Vec<&ScenarioRecord> {
    let mut records: Vec<&ScenarioRecord> = outcomes.iter().filter_map(ScenarioOutcome::tested).collect();
    let lost = |r: &ScenarioRecord| r.candidate.as_ref().map_or(f64::INFINITY, |c| c.total_return);
    records.sort_by(|a, b| lost(a).total_cmp(&lost(b)).then_with(|| a.id.cmp(&b.id)));
    records.truncate(count);
    records
}

/// Records of every shock, fault and path that ran, and of all of them together.
///
/// Periods have their own records ([`super::stress_evidence`]); paths are also reported as a distribution.
pub fn scenario_evidence(
    recorder: &Recorder,
    outcomes: &[ScenarioOutcome],
    all: &Resilience,
) -> Vec<Evidence> {
    let mut out = Vec::new();
    for record in outcomes.iter().filter_map(ScenarioOutcome::tested) {
        let own = Recorder { span: record.span, ..recorder.clone() };
        let name = |what: &str| format!("stress.{}.{what}", record.id);
        let book = record.candidate.as_ref();
        let n = book.map_or(0, |b| b.days);
        let total = own
            .record(name("total_return"), book.map(|b| b.total_return), "fraction", n)
            .with_note(format!("{}; failure: {}", record.what, record.failure.name()));
        out.push(match record.seed {
            Some(seed) => total.with_seed(seed),
            None => total,
        });
        if let Some(plain) = &record.unstressed {
            out.push(own.record(name("unstressed_return"), plain.total_return, "fraction", n));
        }
        out.push(own.record(name("max_drawdown"), book.and_then(|b| b.max_drawdown), "fraction", n));
        out.push(own.record(name("exposure"), book.and_then(|b| b.mean_exposure), "fraction", n));
        for beside in &record.beside {
            out.push(own.record(name(&beside.name), beside.total_return, "fraction", n));
        }
        if let Some(feed) = &record.feed {
            let fills = feed.fills_on_faulty_bars as f64;
            out.push(own.record(name("fills_on_faulty_bars"), fills, "fills", feed.faulty_bars));
            out.push(own.record(name("unclean_return"), feed.unclean_total_return, "fraction", n));
        }
    }
    let tested = all.tested as f64;
    out.push(
        recorder
            .record("stress.resilience.score", all.score, "score of 100", all.scored)
            .with_note("reported beside drawdowns and null books; no gate reads it"),
    );
    out.push(recorder.record("stress.resilience.lowest", all.lowest, "score of 100", all.scored));
    out.push(recorder.record("stress.scenarios.tested", tested, "scenarios", all.listed));
    let share = (all.listed > 0).then(|| tested / all.listed as f64);
    out.push(recorder.record("stress.scenarios.covered", share, "share", all.listed));
    out.push(recorder.record("stress.scenarios.worst_drawdown", all.worst_drawdown, "fraction", all.tested));
    for (class, count) in &all.failures {
        out.push(recorder.record(format!("stress.failures.{class}"), *count as f64, "scenarios", all.tested));
    }
    out
}
