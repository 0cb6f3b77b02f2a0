//! Planted worlds: a record moves when the thing it speaks of is planted, and stays when it is not.

use std::collections::BTreeSet;

use proofmark_execution::book::BookConfig;
use proofmark_execution::costs::CostSchedule;
use proofmark_lifecycle::{EvidenceSet, SpanKind};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_units::DateSpan;

use super::*;
use crate::planted::{day, row, uniforms, weekly_book};
use crate::{Rivals, SuiteInputs, TrialReturns, active_span, naive_books, run_books, suite};

const SESSIONS: usize = 900;
const NAMES: usize = 8;
const HORIZON: usize = 5;

/// What is planted.
#[derive(Clone, Copy)]
struct Planted {
    /// How much of the next five sessions' return the score knows, in units of its spread.
    skill: f64,
    /// Names whose score knows it; the others' are noise.
    skilled_names: usize,
    /// Skill turns round in the second half.
    turns: bool,
    /// Which noise the score has besides.
    noise: u64,
}

const EDGE: Planted = Planted { skill: 1.0, skilled_names: NAMES, turns: false, noise: 0 };
const NONE: Planted = Planted { skill: 0.0, skilled_names: 0, turns: false, noise: 1 };

struct World {
    panel: Panel,
    scores: Vec<f64>,
    forward: Vec<f64>,
    config: BookConfig,
    costs: CostSchedule,
    symbols: Vec<Symbol>,
}

fn world(planted: Planted) -> World {
    let normals = |seed: Seed| {
        let mut uniform = uniforms(seed);
        move || (0..12).map(|_| uniform()).sum::<f64>()
    };
    let (mut shock, mut noise) = (normals(Seed::root(21)), normals(Seed::root(22).nth(planted.noise)));
    let symbols: Vec<Symbol> = (0..NAMES).map(|s| format!("N{s}").parse().unwrap()).collect();
    let bars: Vec<Bars> = symbols
        .iter()
        .map(|symbol| {
            let mut close = 100.0;
            let rows: Vec<BarRow> = (0..SESSIONS)
                .map(|t| {
                    let open = close;
                    close *= 1.0 + 0.0003 + 0.012 * shock();
                    row(t, open, close, 0.002)
                })
                .collect();
            Bars::from_rows(symbol.clone(), &rows).unwrap()
        })
        .collect();
    let panel = Panel::from_bars(&bars);
    let mut forward = vec![f64::NAN; SESSIONS * NAMES];
    let mut scores = forward.clone();
    for t in 0..SESSIONS {
        for s in 0..NAMES {
            if t + 1 + HORIZON < SESSIONS {
                let (entry, exit) =
                    (panel.close[panel.cell(t + 1, s)], panel.close[panel.cell(t + 1 + HORIZON, s)]);
                forward[t * NAMES + s] = exit / entry - 1.0;
            }
            let known = forward[t * NAMES + s] / (0.012 * (HORIZON as f64).sqrt());
            let sign = if planted.turns && t > SESSIONS / 2 { -1.0 } else { 1.0 };
            let skill = if s < planted.skilled_names { sign * planted.skill } else { 0.0 };
            let signal = if known.is_finite() { skill * known } else { 0.0 } + noise();
            scores[t * NAMES + s] = 1.0 / (1.0 + (-signal).exp());
        }
    }
    World {
        panel,
        scores,
        forward,
        config: weekly_book(0.375, 0.5),
        costs: CostSchedule::named("nse_delivery").unwrap().with_earliest_rates_before().scaled(0.25),
        symbols,
    }
}

impl World {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            panel: &self.panel,
            scores: &self.scores,
            span: DateSpan { start: day(0), end: day(SESSIONS - 1) },
            config: &self.config,
            costs: &self.costs,
            benchmark: None,
            horizon: HORIZON,
            periods_per_year: 252.0,
        }
    }

    /// Everything that is recorded, gates' records first; `luckier` other trials with the same dates.
    fn records(&self, others: Vec<TrialReturns>) -> EvidenceSet {
        let own = self.candidate();
        let recorder = Recorder { kind: SpanKind::OutOfSample, span: own.span, source: Digest::of(b"world") };
        let books = run_books(&own, 1.0).unwrap();
        let naive = naive_books(&own, &Seed::root(5)).unwrap();
        let trials = TrialFacts { others, without_returns: 0, declared: 0 };
        let inputs = SuiteInputs {
            scores: &self.scores,
            forward: &self.forward,
            rivals: Rivals { naive: &naive, champion: None, draws: 500 },
            trials: &trials,
        };
        let (active, mut records) = suite(&recorder, &own, &books, &inputs, &Seed::root(6)).unwrap();
        let noise: Vec<f64> = (0..self.scores.len()).map(|i| ((i * i) as f64 * 0.618).sin()).collect();
        let features = [
            FeatureGrid { name: "score_itself", values: self.scores.clone() },
            FeatureGrid { name: "noise", values: noise },
            FeatureGrid { name: "constant", values: vec![1.0; self.scores.len()] },
        ];
        let described = DescribeInputs {
            scores: &self.scores,
            forward: &self.forward,
            symbols: &self.symbols,
            features: &features,
            trials: &trials,
            rules: &PassRules::default(),
        };
        let found = describe(&recorder, &own, &books, &active, &described, &Seed::root(7)).unwrap();
        records.extend(found);
        EvidenceSet::from_records(records).unwrap()
    }

    fn active(&self) -> TrialReturns {
        let own = self.candidate();
        let active = active_span(&own, &run_books(&own, 1.0).unwrap()).unwrap();
        TrialReturns { key: Digest::of(b"other"), dates: active.dates, active: active.fit.series }
    }
}

fn value(set: &EvidenceSet, name: &str) -> f64 {
    set.get(name)
        .unwrap_or_else(|| panic!("no record {name}"))
        .value
        .unwrap_or_else(|| panic!("{name} is missing"))
}

#[test]
fn every_record_has_its_own_name_a_unit_observations_or_a_reason() {
    for planted in [EDGE, NONE] {
        // `from_records` has refused equal names.
        for record in &world(planted).records(Vec::new()) {
            assert!(!record.unit.is_empty(), "{}", record.name);
            match record.value {
                Some(_) => assert!(record.n > 0, "{} has no n", record.name),
                None => assert!(record.note.as_deref().is_some_and(|n| n.len() > 10), "{record:?}"),
            }
        }
    }
}

#[test]
fn skill_is_seen_by_rank_by_size_and_fades_with_the_lag() {
    let (edge, none) = (world(EDGE).records(Vec::new()), world(NONE).records(Vec::new()));
    assert!(
        value(&edge, "score_skill.pearson_ic") > 0.4 && value(&none, "score_skill.pearson_ic").abs() < 0.1
    );
    assert!(
        value(&edge, "score_skill.pearson_p_hac") < 0.001 && value(&none, "score_skill.pearson_p_hac") > 0.01
    );
    assert!(value(&edge, "score_skill.rank_icir") > 5.0 * value(&none, "score_skill.rank_icir").abs());
    // The score knows five sessions: one later it knows four of them, ten later none.
    let decay = |lag: usize| value(&edge, &format!("score_skill.decay.{lag}.rank_ic"));
    assert!(decay(1) > 0.2 && decay(1) > decay(2) && decay(2) > decay(5) && decay(10).abs() < 0.05);
}

#[test]
fn the_names_parts_add_up_to_the_rank_ic_and_name_who_carries_it() {
    let all = world(EDGE).records(Vec::new());
    let sum: f64 = (0..NAMES).map(|s| value(&all, &format!("symbol.N{s}.rank_ic_part"))).sum();
    assert!((sum - value(&all, "score_skill.rank_ic")).abs() < 1e-12);
    assert_eq!(value(&all, "breadth.symbols_rw"), NAMES as f64);

    let two = world(Planted { skilled_names: 2, ..EDGE }).records(Vec::new());
    let p = |s: usize| value(&two, &format!("symbol.N{s}.p_rw"));
    assert!(p(0) < 0.05 && p(1) < 0.05, "{} {}", p(0), p(1));
    assert!(value(&two, "symbol.N0.rank_ic_part") > 2.0 * value(&two, "symbol.N5.rank_ic_part"));
    assert!(value(&two, "breadth.symbols_rw") < NAMES as f64);
    for record in two.iter().filter(|e| e.name.ends_with(".p_bh")) {
        assert!(record.value.is_none_or(|p| (0.0..=1.0).contains(&p)));
    }

    let none = world(NONE).records(Vec::new());
    assert_eq!(value(&none, "breadth.symbols_rw"), 0.0);
}

#[test]
fn a_feature_with_skill_is_named_noise_is_not_and_a_constant_is_no_member() {
    let edge = world(EDGE).records(Vec::new());
    assert_eq!(value(&edge, "breadth.features"), 2.0);
    assert_eq!(value(&edge, "breadth.features_rw"), 1.0);
    assert!(value(&edge, "feature.score_itself.p_rw") < 0.01 && value(&edge, "feature.noise.p_rw") > 0.05);
    assert_eq!(value(&edge, "feature.score_itself.rank_ic"), value(&edge, "score_skill.rank_ic"));
    assert!(edge.get("feature.constant.p_bh").unwrap().value.is_none());
}

#[test]
fn intervals_by_every_scheme_hold_the_figure_and_agree() {
    let edge = world(EDGE).records(Vec::new());
    assert!(
        (value(&edge, "interval.sharpe.stationary.studentised") - value(&edge, "money.candidate.sharpe"))
            .abs()
            < 1e-9
    );
    assert!(
        (value(&edge, "interval.alpha.circular.percentile") - value(&edge, "active_return.annual_mean"))
            .abs()
            < 1e-9
    );
    assert_eq!(
        value(&edge, "interval.max_drawdown.stationary.percentile"),
        value(&edge, "money.candidate.max_drawdown")
    );
    let mut seen = 0;
    for record in edge.iter().filter(|e| e.name.starts_with("interval.")) {
        let bounds = record.interval.as_ref().unwrap_or_else(|| panic!("{} has none", record.name));
        assert!(bounds.low < bounds.high && record.seed.is_some());
        if !record.name.contains("calmar") && !record.name.contains("drawdown") {
            let value = record.value.unwrap();
            assert!(bounds.low < value && value < bounds.high, "{record:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, 2 * (3 * 2 + 2));
}

#[test]
fn more_trials_mean_more_luck_and_a_longer_record() {
    let own = world(EDGE);
    let one = own.records(Vec::new());
    assert_eq!(value(&one, "luck.expected_sharpe"), 0.0);
    assert_eq!(value(&one, "luck.min_backtest"), 0.0);
    assert!(one.get("search.confidence_set").unwrap().note.as_deref().unwrap().contains("one trial"));
    let other = world(NONE).active();
    let two = own.records(vec![other.clone()]);
    for name in
        ["luck.expected_sharpe", "luck.quantile_95_sharpe", "luck.min_backtest", "luck.min_track_record"]
    {
        assert!(value(&two, name) > value(&one, name), "{name}");
    }
    // The skilled one beats the null books and stands in the confidence set alone.
    assert_eq!(value(&two, "search.trials"), 2.0);
    assert!(value(&two, "search.p_spa") < 0.01 && value(&two, "search.p_reality_check") < 0.01);
    assert_eq!((value(&two, "search.superior"), value(&two, "search.own_superior")), (1.0, 1.0));
    assert_eq!(
        (value(&two, "search.confidence_set"), value(&two, "search.own_in_confidence_set")),
        (1.0, 1.0)
    );
    // Looked at from the other side the same search names the other trial.
    let skilled = TrialReturns { key: Digest::of(b"skilled"), ..own.active() };
    let poor = world(NONE).records(vec![skilled]);
    assert_eq!(
        (value(&poor, "search.own_superior"), value(&poor, "search.own_in_confidence_set")),
        (0.0, 0.0)
    );
}

#[test]
fn skill_that_turns_round_breaks_and_steady_skill_does_not() {
    let (steady, turned) =
        (world(EDGE).records(Vec::new()), world(Planted { turns: true, ..EDGE }).records(Vec::new()));
    assert!(value(&turned, "stability.cusum_p") < 0.001, "{}", value(&turned, "stability.cusum_p"));
    let (broken, whole) = (value(&turned, "stability.cusum_p"), value(&steady, "stability.cusum_p"));
    assert!(broken < whole / 20.0, "{broken} {whole}");
    let (worst, quarter) = ("stability.worst_quarter_active_sharpe", "stability.positive_quarters");
    assert!(value(&turned, worst) < 0.0 && value(&steady, worst) > value(&turned, worst));
    // The p and the quantile are two views of the same draws.
    for set in [&steady, &turned] {
        let (p, below) = (
            value(set, "stability.worst_quarter_p"),
            value(set, worst) < value(set, "stability.worst_quarter_quantile"),
        );
        assert!(if below { p < 0.012 } else { p > 0.009 }, "{p} {below}");
    }
    assert!(value(&steady, quarter) > 0.9 && value(&turned, quarter) < 0.8);
    assert_eq!(value(&steady, "stability.quarters"), ((SESSIONS - 1) / 63) as f64);
    // Years and regimes cut the same series: their sums are the whole's.
    for kind in ["stability.year.", "stability.regime."] {
        let rows: Vec<&Evidence> = steady
            .iter()
            .filter(|e| e.name.starts_with(kind) && e.name.ends_with(".active_return"))
            .collect();
        assert!(rows.len() >= 3, "{kind} {}", rows.len());
        assert!(rows.iter().map(|e| e.n).sum::<u64>() <= (SESSIONS - 1) as u64);
    }
    let years: f64 = steady
        .iter()
        .filter(|e| e.name.starts_with("stability.year.") && e.name.ends_with(".active_return"))
        .map(|e| e.value.unwrap() * e.n as f64)
        .sum();
    let mean = years / (SESSIONS - 1) as f64;
    assert!((mean - value(&steady, "active_return.annual_mean")).abs() < 1e-9);
    for record in steady.iter().filter(|e| e.name.starts_with("rolling_beta.") && e.name.ends_with(".low")) {
        let high = record.name.replace(".low", ".high");
        assert!(record.value.is_none() || record.value <= steady.value(&high), "{record:?}");
    }
}

#[test]
fn the_neighbourhood_of_skill_is_a_plateau() {
    let edge = world(EDGE).records(Vec::new());
    assert!(value(&edge, "neighbourhood.plateau") > 0.7, "{}", value(&edge, "neighbourhood.plateau"));
    assert!(value(&edge, "neighbourhood.worst") <= value(&edge, "neighbourhood.median"));
    assert_eq!(edge.get("neighbourhood.median").unwrap().n, 4);
}

#[test]
fn longer_spans_see_less_skill_and_more_trials_need_more() {
    use proofmark_stats::power::StudyPlan;
    let recorder = Recorder {
        kind: SpanKind::OutOfSample,
        span: DateSpan { start: day(0), end: day(9) },
        source: Digest::of(b"plan"),
    };
    let plan = StudyPlan { sessions: 2_520, sessions_per_year: 252.0, names: 24, horizon: 5, n_trials: 1 };
    let of = |plan: &StudyPlan| {
        let found = power_evidence(&recorder, "before", plan, &PassRules::default());
        EvidenceSet::from_records(found).unwrap()
    };
    let base = of(&plan);
    // (z(0.99) + z(0.8)) / sqrt(10 years).
    assert!(
        (value(&base, "power.before.active_sharpe") - (2.326_348 + 0.841_621) / 10_f64.sqrt()).abs() < 1e-5
    );
    let short = of(&StudyPlan { sessions: 630, ..plan.clone() });
    assert!(
        (value(&short, "power.before.active_sharpe") / value(&base, "power.before.active_sharpe") - 2.0)
            .abs()
            < 1e-9
    );
    let searched = of(&StudyPlan { n_trials: 50, ..plan.clone() });
    assert!(value(&searched, "power.before.found_at.1") < value(&base, "power.before.found_at.1"));
    let nothing = of(&StudyPlan { sessions: 0, ..plan });
    assert!(nothing.iter().all(|e| e.value.is_none() && e.note.is_some()));
}

#[test]
fn any_number_of_threads_gives_the_same_records() {
    let world = world(EDGE);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| world.records(vec![self::world(NONE).active()]).digest())
    };
    assert_eq!(BTreeSet::from([on(1), on(2), on(5)]).len(), 1);
}
