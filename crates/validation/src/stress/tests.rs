//! Planted worlds through the desk.

use std::collections::BTreeMap;

use proofmark_execution::book::{BookConfig, Sizing};
use proofmark_execution::costs::CostSchedule;
use proofmark_features::{Feature, TEACHER15, compute_set};
use proofmark_labels::LabelSpec;
use proofmark_market::{BarRow, Bars, Membership, Panel, Universe};
use proofmark_models::{Basis, Calibrated, Learner, LogisticRegression, Matrix, MissingInputs, Platt};
use proofmark_units::{DateSpan, Seed, Symbol};

use super::*;
use crate::planted::{day, uniforms, weekly_book};
use crate::{Candidate, run_books};

const SESSIONS: usize = 620;
const NAMES: usize = 6;

/// Rows that can be bars pass, the others are dropped by a rule of that name.
struct Structural;

impl Feed for Structural {
    fn receive(&self, symbol: &Symbol, rows: &[BarRow], _: bool) -> Received {
        let kept: Vec<BarRow> = rows.iter().copied().filter(BarRow::has_valid_prices).collect();
        let dropped = (rows.len() - kept.len()) as u64;
        let findings = if dropped > 0 {
            BTreeMap::from([("impossible".to_owned(), (dropped, true))])
        } else {
            BTreeMap::new()
        };
        Received { bars: Bars::from_rows(symbol.clone(), &kept).unwrap(), findings, dropped }
    }
}

/// Nothing is good enough.
struct Refusing;

impl Feed for Refusing {
    fn receive(&self, symbol: &Symbol, rows: &[BarRow], _: bool) -> Received {
        let findings = BTreeMap::from([("everything".to_owned(), (rows.len() as u64, true))]);
        Received { bars: Bars::from_rows(symbol.clone(), &[]).unwrap(), findings, dropped: rows.len() as u64 }
    }
}

/// A change given by a function.
struct Plan<F>(&'static str, Family, F);

impl<F: Fn(&StressWorld<'_>) -> Change + Sync> Scenario for Plan<F> {
    fn id(&self) -> &'static str {
        self.0
    }
    fn family(&self) -> Family {
        self.1
    }
    fn title(&self) -> &'static str {
        "Planted."
    }
    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        Ok((self.2)(world))
    }
}

struct Market {
    bars: Vec<Bars>,
    universe: Universe,
    benchmark: Bars,
    features: Vec<&'static dyn Feature>,
    models: Vec<(DateSpan, Calibrated)>,
    label: LabelSpec,
    config: BookConfig,
    costs: CostSchedule,
}

fn row(t: usize, open: f64, close: f64) -> BarRow {
    BarRow { volume: 1e6, ..crate::planted::row(t, open, close, 0.003) }
}

/// Six random walks whose volatility changes every hundred sessions; two frozen models, fitted on noise.
fn market() -> Market {
    let names = NAMES + 1;
    let mut all: Vec<Bars> = (0..names)
        .map(|s| {
            let mut uniform = uniforms(Seed::root(11).nth(s as u64));
            let mut close = 100.0;
            let rows: Vec<BarRow> = (0..SESSIONS)
                .map(|t| {
                    let size = if (t / 100) % 2 == 0 { 0.01 } else { 0.04 };
                    let open = close * (1.0 + size * 0.3 * uniform());
                    close = open * (1.0005 + size * uniform());
                    row(t, open, close)
                })
                .collect();
            Bars::from_rows(format!("N{s}").parse().unwrap(), &rows).unwrap()
        })
        .collect();
    let benchmark = all.pop().unwrap();
    let features: Vec<&'static dyn Feature> = TEACHER15[..4].to_vec();
    let columns: Vec<Vec<f64>> = compute_set(&features, &all[0]).columns;
    let x: Vec<&[f64]> = columns.iter().map(|c| &c[100..400]).collect();
    let x = Matrix::from_columns(&x).unwrap();
    let fit = |shift: usize| {
        let target: Vec<f64> = (0..300).map(|t| f64::from(u8::from((t * 7 + shift) % 13 < 7))).collect();
        let model = LogisticRegression { l2: 0.001, basis: Basis::Linear, missing: MissingInputs::Refuse }
            .fit(&x, &target, None, &Seed::root(1))
            .unwrap();
        let platt = Platt::fit(&model.log_odds(&x).unwrap(), &target).unwrap();
        Calibrated { model, platt }
    };
    let span = |from, to| DateSpan { start: day(from), end: day(to) };
    Market {
        universe: Universe {
            symbols: all.iter().map(|b| b.symbol().clone()).collect(),
            membership: Membership::WholeMarket,
            pauses: Vec::new(),
            groups: Vec::new(),
        },
        bars: all,
        benchmark,
        features,
        models: vec![(span(120, 399), fit(0)), (span(400, SESSIONS - 1), fit(5))],
        label: LabelSpec::FixedHorizon { horizon: 5, vol_window: 20, threshold: 0.0, relative: true },
        config: BookConfig {
            sizing: Sizing::InverseVolatility { window: 60, target_annual_volatility: None, max_weight: 0.5 },
            stop_loss: Some(0.15),
            take_profit: Some(0.3),
            max_hold: Some(60),
            ..weekly_book(0.5, 0.5)
        },
        costs: CostSchedule::named("nse_delivery").unwrap(),
    }
}

impl Market {
    fn inputs(&self) -> StressInputs<'_> {
        StressInputs {
            bars: &self.bars,
            universe: &self.universe,
            benchmark: Some((&self.benchmark, &[])),
            features: &self.features,
            models: &self.models,
            label: &self.label,
            config: &self.config,
            costs: &self.costs,
            window: DateSpan { start: day(500), end: day(SESSIONS - 1) },
            out_of_sample: DateSpan { start: day(120), end: day(SESSIONS - 1) },
            horizon: 5,
            periods_per_year: 252.0,
            drawdown_limit: 0.4,
            seed: Seed::root(3),
        }
    }

    fn desk(&self) -> StressDesk<'_> {
        StressDesk::new(self.inputs()).unwrap()
    }
}

fn tested(outcome: ScenarioOutcome) -> ScenarioRecord {
    match outcome {
        ScenarioOutcome::Tested(record) => *record,
        ScenarioOutcome::NotTested { id, why } => panic!("{id}: {why}"),
    }
}

fn run(desk: &StressDesk<'_>, id: &str) -> ScenarioRecord {
    tested(desk.run(scenario(id).unwrap(), &Structural).unwrap())
}

#[test]
fn the_unstressed_book_is_the_one_that_the_whole_panel_gives() {
    let market = market();
    let desk = market.desk();
    let panel = Panel::from_bars(&market.bars);
    let mut scores = vec![f64::NAN; panel.len() * panel.width()];
    for (s, bars) in market.bars.iter().enumerate() {
        let columns = compute_set(&market.features, bars).columns;
        let x: Vec<&[f64]> = columns.iter().map(|c| &c[500..]).collect();
        let p = market.models[1].1.predict(&Matrix::from_columns(&x).unwrap()).unwrap();
        for (t, p) in (500..).zip(p) {
            scores[panel.cell(t, s)] = p;
        }
    }
    let inputs = market.inputs();
    let whole = Candidate {
        panel: &panel,
        scores: &scores,
        span: inputs.window,
        config: inputs.config,
        costs: inputs.costs,
        benchmark: inputs.benchmark,
        horizon: 5,
        periods_per_year: 252.0,
    };
    let books = run_books(&whole, 1.0).unwrap();
    assert!(books.candidate.fills.len() > 20);
    assert_eq!(desk.unstressed(), &books);
    assert_eq!(desk.sessions().len(), SESSIONS - 500);
}

#[test]
fn the_same_bars_again_give_the_same_figures_bit_for_bit() {
    let market = market();
    let desk = market.desk();
    for family in [Family::Shock, Family::Fault] {
        let same = Plan("shock.none", family, |world: &StressWorld<'_>| Change {
            rows: (0..NAMES).map(|s| (s, world.rows(s))).collect(),
            costs: Some(world.costs.clone()),
            from: Some(world.sessions[0]),
            ..Change::default()
        });
        let record = tested(desk.run(&same, &Structural).unwrap());
        let plain = record.unstressed.clone().unwrap();
        assert_eq!(record.candidate.as_ref(), Some(&plain));
        assert_eq!(plain.fills, desk.unstressed().candidate.fills.len());
        assert!(record.feed.is_none_or(|f| !f.noticed && f.rows_dropped == 0));
        assert_ne!(record.failure, Failure::StopsTrading);
    }
}

#[test]
fn a_limit_down_cannot_be_exited_and_a_gap_can() {
    let market = market();
    let desk = market.desk();
    let gap = run(&desk, "shock.gap_20_exposed");
    let locked = run(&desk, "shock.limit_down_no_exit");
    let (gap_book, locked_book) = (gap.candidate.unwrap(), locked.candidate.unwrap());
    assert_eq!(locked.failure, Failure::CannotExit);
    assert!(locked_book.longest_blocked_exit >= 2);
    assert_eq!(gap_book.longest_blocked_exit, 0);
    assert_ne!(gap.failure, Failure::CannotExit);
    // Both lose about what the market lost while they were exposed; three locked sessions lose 27 %, not the stop's 15 %.
    let lost = |book: &BookFigures| {
        1.0 - (1.0 + book.total_return) / (1.0 + gap.unstressed.as_ref().unwrap().total_return)
    };
    assert!((0.10..0.25).contains(&lost(&gap_book)), "{}", lost(&gap_book));
    assert!((0.18..0.33).contains(&lost(&locked_book)), "{}", lost(&locked_book));
    let index = gap.beside.iter().find(|b| b.name == "benchmark").unwrap().total_return;
    let plain = desk.unstressed().benchmark.as_ref().unwrap()[1..].iter().fold(1.0, |w, r| w * (1.0 + r));
    assert!(((1.0 + index) / plain - 0.8).abs() < 1e-9);
}

#[test]
fn impossible_bars_never_trade_and_a_refused_feed_is_a_failure() {
    let market = market();
    let desk = market.desk();
    let zero = run(&desk, "fault.zero_tick");
    let feed = zero.feed.unwrap();
    assert!(feed.noticed && feed.rows_dropped == 1 && feed.rules[0].rule == "impossible");
    assert_eq!((feed.faulty_bars, feed.fills_on_faulty_bars, feed.unclean_fills_on_faulty_bars), (1, 0, 0));
    // A feed that lets a price ten times too high through sells into it: the phantom gain is shown.
    let bad = run(&desk, "fault.bad_tick");
    assert!(bad.feed.unwrap().unclean_fills_on_faulty_bars >= 1);
    assert!(bad.candidate.unwrap().total_return > 1.0);
    for id in ["fault.missing_bars_random", "fault.missing_bars_block", "fault.halt"] {
        let feed = run(&desk, id).feed.unwrap();
        assert!(feed.faulty_bars >= 10 && feed.fills_on_faulty_bars == 0, "{id}");
    }
    let all = Plan("fault.all", Family::Fault, |world: &StressWorld<'_>| Change {
        rows: (0..NAMES).map(|s| (s, world.rows(s))).collect(),
        from: Some(world.sessions[0]),
        ..Change::default()
    });
    let refused = tested(desk.run(&all, &Refusing).unwrap());
    assert_eq!((refused.failure, &refused.candidate), (Failure::DataRefused, &None));
    assert_eq!(refused.resilience, None);
}

#[test]
fn a_name_that_stays_away_is_written_off_and_that_is_no_trade_on_a_missing_bar() {
    let market = market();
    let desk = market.desk();
    let gone = Plan("fault.gone", Family::Fault, |world: &StressWorld<'_>| {
        let at = world.strike(When::MostExposed, 32).unwrap();
        let s = world.largest_holding(at).unwrap();
        let dates = &world.sessions[at..at + 30];
        let mut rows = world.rows(s);
        let faulty = rows.iter().filter(|r| dates.contains(&r.date)).map(|r| (r.date, s)).collect();
        rows.retain(|row| !dates.contains(&row.date));
        Change { rows: BTreeMap::from([(s, rows)]), from: Some(dates[0]), faulty, ..Change::default() }
    });
    let record = tested(desk.run(&gone, &Structural).unwrap());
    assert_eq!(record.feed.unwrap().fills_on_faulty_bars, 0);
    // The write-off is in the book: what was held is no longer valued after twenty sessions.
    assert_ne!(record.candidate, record.unstressed);
}

#[test]
fn scores_that_never_arrive_stop_the_trading() {
    let market = market();
    let desk = market.desk();
    let late = Plan("fault.never", Family::Fault, |world: &StressWorld<'_>| Change {
        delay: 100_000,
        from: Some(world.sessions[0]),
        ..Change::default()
    });
    let record = tested(desk.run(&late, &Structural).unwrap());
    assert_eq!(record.failure, Failure::StopsTrading);
    assert_eq!(record.candidate.unwrap().fills, 0);
    // One session late is a different book, not an empty one.
    let one = run(&desk, "fault.late_data");
    assert!(one.candidate.as_ref().unwrap().fills > 0 && one.candidate != one.unstressed);
}

#[test]
fn dearer_markets_cost_more() {
    let market = market();
    let desk = market.desk();
    let total = |r: &ScenarioRecord| r.candidate.as_ref().unwrap().total_return;
    let plain = run(&desk, "fault.fee_reset").unstressed.unwrap().total_return;
    assert!(total(&run(&desk, "shock.spread_5x")) < plain);
    assert!(total(&run(&desk, "fault.fee_reset")) < plain);
    let calm = run(&desk, "shock.volatility_3x");
    assert!(calm.candidate.unwrap().max_drawdown > calm.unstressed.unwrap().max_drawdown);
}

#[test]
fn the_list_and_the_paths_are_functions_of_the_seed() {
    let market = market();
    let (desk, again) = (market.desk(), market.desk());
    for scenario in SCENARIOS {
        let record = tested(desk.run(*scenario, &Structural).unwrap());
        assert_eq!(record, tested(again.run(*scenario, &Structural).unwrap()), "{}", scenario.id());
        assert_eq!(record.command, format!("proofmark stress RUN --scenario {}", scenario.id()));
        assert!(record.beside.len() >= 4 && record.precision.is_some(), "{}", scenario.id());
        let json = serde_json::to_string(&ScenarioOutcome::Tested(Box::new(record.clone()))).unwrap();
        assert_eq!(serde_json::from_str::<ScenarioOutcome>(&json).unwrap().tested(), Some(&record));
    }
    let spec = PathSpec { count: 3, sessions: 200 };
    let other = StressDesk::new(StressInputs { seed: Seed::root(4), ..market.inputs() }).unwrap();
    let paths: Vec<ScenarioOutcome> = (0..3).map(|k| desk.path(&spec, k).unwrap()).collect();
    for (k, path) in paths.iter().enumerate() {
        assert_eq!(*path, again.path(&spec, k).unwrap());
        assert_ne!(*path, other.path(&spec, k).unwrap());
        let record = path.tested().unwrap();
        assert_eq!(
            (record.id.as_str(), record.candidate.as_ref().unwrap().days),
            (path_names(3)[k].as_str(), 199)
        );
        assert!(record.active_mean.is_some() && record.candidate.as_ref().unwrap().fills > 0);
    }
    let summary = PathSummary::of(&paths);
    assert_eq!(summary.paths, 3);
    let median = summary.quantiles.iter().find(|(f, q, _)| f == "sharpe" && q == "q50").unwrap().2.unwrap();
    let mut sharpes: Vec<f64> = paths.iter().filter_map(|p| p.tested()?.candidate.as_ref()?.sharpe).collect();
    sharpes.sort_by(f64::total_cmp);
    assert_eq!(median, sharpes[1]);
}

#[test]
fn what_all_scenarios_amount_to_counts_what_was_not_tested() {
    let market = market();
    let desk = market.desk();
    let mut outcomes: Vec<ScenarioOutcome> =
        SCENARIOS.iter().map(|s| desk.run(*s, &Structural).unwrap()).collect();
    outcomes.push(ScenarioOutcome::NotTested { id: "period.long_ago".into(), why: "before the data".into() });
    let all = resilience(&outcomes);
    assert_eq!((all.tested, all.listed), (SCENARIOS.len(), SCENARIOS.len() + 1));
    assert_eq!(all.failures.values().sum::<usize>(), SCENARIOS.len());
    assert!(all.failures["cannot_exit"] >= 1);
    let scores: Vec<f64> = outcomes.iter().filter_map(|o| o.tested()?.resilience).collect();
    assert_eq!(all.scored, scores.len());
    assert!((all.score.unwrap() - scores.iter().sum::<f64>() / scores.len() as f64).abs() < 1e-9);
    let five = worst(&outcomes, 5);
    let returns: Vec<f64> = five.iter().map(|r| r.candidate.as_ref().unwrap().total_return).collect();
    assert!(five.len() == 5 && returns.is_sorted());
    let others = outcomes.iter().filter_map(|o| o.tested()?.candidate.as_ref().map(|c| c.total_return));
    assert_eq!(others.filter(|r| *r < returns[4]).count(), 4);
    assert_eq!(resilience(&[]).score, None);
}

#[test]
fn an_unknown_window_is_an_error() {
    let market = market();
    let window = DateSpan { start: day(5_000), end: day(5_100) };
    let error = StressDesk::new(StressInputs { window, ..market.inputs() }).err().unwrap();
    assert!(matches!(error, StressError::EmptyWindow { .. }));
}
