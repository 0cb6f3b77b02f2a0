//! Planted worlds: an edge that goes on, one that turns round, a better champion, a twin.

use proofmark_execution::book::BookConfig;
use proofmark_execution::costs::CostSchedule;
use proofmark_lifecycle::{EvidenceSet, GateResult, Policy, SpanKind, Verdict, judge_frozen};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_units::{DateSpan, Digest};

use super::*;
use crate::planted::{day, row, uniforms, weekly_book};
use crate::{active_span, naive_books, run_books};

const NAMES: usize = 12;
const START: usize = 100;
const WINDOW: usize = 1_000;
const SESSIONS: usize = 1_300;

struct World {
    panel: Panel,
    config: BookConfig,
    costs: CostSchedule,
}

/// Random walks with a common move.
fn world() -> World {
    let mut common = uniforms(Seed::root(4).child("common"));
    let moves: Vec<f64> = (0..SESSIONS).map(|_| 0.03 * common()).collect();
    let bars: Vec<Bars> = (0..NAMES)
        .map(|s| {
            let mut uniform = uniforms(Seed::root(4).nth(s as u64));
            let mut close = 100.0;
            let rows: Vec<BarRow> = (0..SESSIONS)
                .map(|t| {
                    let open: f64 = close * (1.0 + 0.005 * uniform());
                    close = open * (1.0003 + moves[t] + 0.04 * uniform());
                    row(t, open, close, 0.003)
                })
                .collect();
            Bars::from_rows(format!("N{s:02}").parse().unwrap(), &rows).unwrap()
        })
        .collect();
    World {
        panel: Panel::from_bars(&bars),
        config: weekly_book(0.34, 0.3),
        costs: CostSchedule::flat_bps(2.0),
    }
}

impl World {
    /// Scores in which `skill` of the coming week stands beside noise; from the window's start times `later`.
    fn scores(&self, skill: f64, later: f64, seed: u64) -> Vec<f64> {
        let mut noise = uniforms(Seed::root(seed));
        let mut out = vec![f64::NAN; self.panel.len() * NAMES];
        for t in 0..SESSIONS {
            for s in 0..NAMES {
                let at = |t: usize| self.panel.open[self.panel.cell(t, s)];
                let ahead = if t + 6 < SESSIONS { (at(t + 6) / at(t + 1) - 1.0) / 0.04 } else { 0.0 };
                let turned = if t >= WINDOW { later } else { 1.0 };
                let score = skill * turned * ahead + noise();
                out[self.panel.cell(t, s)] = 1.0 / (1.0 + (-score).exp());
            }
        }
        out
    }

    fn candidate<'a>(&'a self, scores: &'a [f64], first: usize, last: usize) -> Candidate<'a> {
        Candidate {
            panel: &self.panel,
            scores,
            span: DateSpan { start: day(first), end: day(last) },
            config: &self.config,
            costs: &self.costs,
            benchmark: None,
            horizon: 5,
            periods_per_year: 252.0,
        }
    }

    /// Validates `scores` on so many sessions of the window, against the champion's scores.
    fn validate(
        &self,
        scores: &[f64],
        sessions: usize,
        champion: Option<&[f64]>,
    ) -> (EvidenceSet, GateResult) {
        let seed = Seed::root(9).child("frozen");
        let sides = |scores: &[f64]| {
            let past = self.candidate(scores, START, WINDOW - 1);
            let books = run_books(&past, 1.0).unwrap();
            let active = active_span(&past, &books).unwrap();
            let later = run_books(&self.candidate(scores, WINDOW - 1, WINDOW + sessions - 1), 1.0).unwrap();
            (books, active, later)
        };
        let (past, active, later) = sides(scores);
        let theirs = champion.map(&sides);
        let before = naive_books(&self.candidate(scores, START, WINDOW - 1), &seed).unwrap();
        let candidate = self.candidate(scores, WINDOW - 1, WINDOW + sessions - 1);
        let naive = naive_books(&candidate, &seed).unwrap();
        let recorder = |kind| Recorder { kind, span: candidate.span, source: Digest::of(b"test") };
        let policy = Policy::default();
        let input = FrozenInput {
            walk_forward: recorder(SpanKind::OutOfSample),
            own: Later { active: &active, books: &later },
            before: Before { factors: &past.factors(), naive: &before },
            naive: &naive,
            champion: theirs.as_ref().map(|(_, active, books)| Later { active, books }),
            quantile: policy.frozen.quantile.value,
            level: policy.frozen.p_max.value,
            power: policy.frozen.power.value,
            draws: 999,
            seed,
        };
        let window = recorder(SpanKind::OutOfSample);
        let mut records = frozen_evidence(&window, &candidate, &input).evidence;
        for flag in ["frozen.model_unchanged", "frozen.after_training"] {
            records.push(window.record(flag, 1.0, "flag", 1));
        }
        records.push(window.record("frozen.looks", 1.0, "looks", 1));
        if champion.is_none() {
            records.push(window.record("frozen.without_champion", 1.0, "flag", 1));
        }
        let set = EvidenceSet::from_records(records).unwrap();
        let gate = judge_frozen(&set, &policy);
        (set, gate)
    }
}

#[test]
fn an_edge_that_goes_on_passes_where_the_window_is_long_enough() {
    let world = world();
    let scores = world.scores(0.5, 1.0, 1);
    let (set, gate) = world.validate(&scores, 250, None);
    assert_eq!(gate.verdict, Verdict::Pass, "{}", gate.reason);
    let value = |name: &str| set.value(name).unwrap_or_else(|| panic!("{name}"));
    assert_eq!(value("frozen.sessions"), 250.0);
    // A rule that never trades is the null books' test over again, in other draws.
    assert_eq!(value("frozen.rival.always_zero.mean"), value("frozen.rival.null_books.mean"));
    assert!(value("frozen.p_largest") >= value("frozen.rival.momentum_sign.p"));
    assert_eq!(
        set.iter().filter(|r| r.name.starts_with("frozen.rival.") && r.name.ends_with(".p")).count(),
        5
    );

    // The same edge, weaker, on two months: nothing fails, and so little cannot tell but for luck.
    let weak = |seed| world.validate(&world.scores(0.12, 1.0, seed), 45, None);
    let verdicts: Vec<Verdict> = (1..=6).map(|seed| weak(seed).1.verdict).collect();
    assert!(verdicts.iter().filter(|v| **v == Verdict::CannotTell).count() >= 4, "{verdicts:?}");
    let (set, _) = weak(1);
    let rival = |what: &str| set.value(&format!("frozen.rival.null_books.{what}")).unwrap();
    assert!(rival("detectable") > rival("walk_forward"));
}

#[test]
fn a_model_whose_sign_turns_round_fails() {
    let world = world();
    let (set, gate) = world.validate(&world.scores(0.5, -1.0, 1), 120, None);
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
    assert_eq!(gate.checks[0].verdict, Verdict::Fail, "{}", gate.checks[0].reason);
    assert!(set.value("frozen.active_return") < set.value("frozen.lower_quantile"));
    assert!(set.value("frozen.rival.null_books.p").unwrap() > 0.95);
}

#[test]
fn a_clearly_better_champion_fails_the_challenger_and_a_twin_does_not() {
    let world = world();
    let (scores, better) = (world.scores(0.4, 1.0, 1), world.scores(3.0, 1.0, 2));
    let champion = |gate: &GateResult| {
        let check = gate.checks.iter().find(|c| c.evidence == "frozen.champion.p_champion").unwrap();
        (check.verdict, check.value.unwrap())
    };
    let (set, gate) = world.validate(&scores, 250, Some(&better));
    assert_eq!(gate.verdict, Verdict::Fail);
    assert_eq!(champion(&gate).0, Verdict::Fail, "{:?}", champion(&gate));
    assert!(set.value("frozen.champion.p_candidate").unwrap() > 0.9);
    let uplift = set.get("frozen.champion.sharpe_uplift").unwrap();
    assert!(uplift.value.unwrap() < 0.0 && uplift.interval.is_some(), "{uplift:?}");

    let (set, gate) = world.validate(&scores, 250, Some(&scores));
    assert_eq!(champion(&gate), (Verdict::Pass, 1.0), "equal models: the champion is not better");
    assert_eq!(set.value("frozen.champion.p_candidate"), Some(1.0));
    assert_eq!(set.value("frozen.champion.mean"), Some(0.0));
    let uplift = set.get("frozen.champion.sharpe_uplift").unwrap();
    assert_eq!((uplift.value, &uplift.interval), (Some(0.0), &None), "no difference to resample");

    let (_, gate) = world.validate(&better, 250, Some(&scores));
    assert_eq!(champion(&gate).0, Verdict::Pass);
}

#[test]
fn a_book_that_never_trades_fails() {
    let world = world();
    let mut scores = world.scores(0.5, 1.0, 1);
    scores[WINDOW * NAMES - NAMES..].fill(0.0);
    let (set, gate) = world.validate(&scores, 120, None);
    assert_eq!(set.value("frozen.trades"), Some(0.0));
    assert_eq!(gate.verdict, Verdict::Fail, "{}", gate.reason);
}

#[test]
fn the_draws_depend_on_the_seed_alone() {
    let world = world();
    let scores = world.scores(0.4, 1.0, 1);
    let run = || world.validate(&scores, 60, Some(&scores)).0.digest();
    assert_eq!(run(), run());
}
