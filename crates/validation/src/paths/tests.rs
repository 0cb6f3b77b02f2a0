//! Planted scores: paths are the books of their groups, and what is incomplete shows nothing.

use proofmark_execution::book::BookConfig;
use proofmark_execution::costs::CostSchedule;
use proofmark_lifecycle::{EvidenceSet, SpanKind};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_stats::performance::{annualised, sharpe_per_period};
use proofmark_training::{Combinatorial, CombinatorialPurged, LabelInputs};
use proofmark_units::{Date, Seed};

use super::*;
use crate::planted::{day, row, uniforms, weekly_book};

const SESSIONS: usize = 480;
const NAMES: usize = 6;
const HORIZON: usize = 5;
const SPLIT: CombinatorialPurged = CombinatorialPurged {
    groups: 4,
    test_groups: 2,
    embargo_sessions: 2,
    calibration_share: 0.1,
    min_train_rows: 50,
};

struct World {
    panel: Panel,
    dataset: Dataset,
    config: BookConfig,
    costs: CostSchedule,
}

fn world() -> World {
    let mut shock = uniforms(Seed::root(3));
    let bars: Vec<Bars> = (0..NAMES)
        .map(|s| {
            let mut close = 100.0;
            let rows: Vec<BarRow> = (0..SESSIONS)
                .map(|t| {
                    let open = close;
                    close *= 1.0 + 0.0003 + 0.03 * shock();
                    row(t, open, close, 0.002)
                })
                .collect();
            Bars::from_rows(format!("N{s}").parse().unwrap(), &rows).unwrap()
        })
        .collect();
    let panel = Panel::from_bars(&bars);
    let cells = SESSIONS * NAMES;
    let (mut class, mut forward) = (vec![f64::NAN; cells], vec![f64::NAN; cells]);
    let (mut start, mut end): (Vec<Option<Date>>, Vec<Option<Date>>) = (vec![None; cells], vec![None; cells]);
    for t in 0..SESSIONS - HORIZON - 1 {
        for s in 0..NAMES {
            let cell = panel.cell(t, s);
            let (entry, exit) = (panel.cell(t + 1, s), panel.cell(t + 1 + HORIZON, s));
            forward[cell] = panel.close[exit] / panel.close[entry] - 1.0;
            class[cell] = f64::from(u8::from(forward[cell] > 0.0));
            (start[cell], end[cell]) = (Some(day(t + 1)), Some(day(t + 1 + HORIZON)));
        }
    }
    let unit = vec![0.02; cells];
    let labels =
        LabelInputs { class: &class, forward_return: &forward, unit: &unit, start: &start, end: &end };
    let dataset = Dataset::from_panel(&panel, &["f".to_owned()], &[vec![1.0; cells]], labels, 3).unwrap();
    World {
        panel,
        dataset,
        config: weekly_book(0.5, 0.5),
        costs: CostSchedule::named("nse_delivery").unwrap().with_earliest_rates_before(),
    }
}

impl World {
    fn candidate(&self) -> Candidate<'_> {
        Candidate {
            panel: &self.panel,
            scores: &[],
            span: DateSpan { start: day(0), end: day(SESSIONS - 1) },
            config: &self.config,
            costs: &self.costs,
            benchmark: None,
            horizon: HORIZON,
            periods_per_year: 252.0,
        }
    }

    /// Scores of every split: `skill` times the return to come, and noise that differs from split to split.
    fn scores(&self, plan: &Combinatorial<'_>, skill: f64) -> Vec<Vec<f64>> {
        let one = |split: usize| {
            let mut noise = uniforms(Seed::root(9).nth(split as u64));
            let fold = plan.fold(split).unwrap();
            let signal = |row: &u32| {
                let known = self.dataset.forward_return()[*row as usize];
                0.5 + 0.1 * noise() + if known.is_finite() { skill * known } else { 0.0 }
            };
            fold.test_rows().iter().map(signal).collect()
        };
        (0..plan.paths().n_splits()).map(one).collect()
    }

    fn records(&self, scored: Result<&[Vec<f64>], &str>) -> EvidenceSet {
        let plan = SPLIT.plan(&self.dataset).unwrap();
        let own = self.candidate();
        let recorder = Recorder { kind: SpanKind::OutOfSample, span: own.span, source: Digest::of(b"world") };
        let of = |scores| SplitScores { dataset: &self.dataset, groups: plan.groups(), scores };
        let scored = scored.map(of);
        let records = path_evidence(&recorder, &own, plan.paths(), scored.as_ref().map_err(|why| *why));
        EvidenceSet::from_records(records).unwrap()
    }
}

fn value(records: &EvidenceSet, name: &str) -> f64 {
    records.value(name).unwrap_or_else(|| panic!("{name}"))
}

#[test]
fn a_path_is_the_flat_started_books_of_its_groups() {
    let world = world();
    let plan = SPLIT.plan(&world.dataset).unwrap();
    let scores = world.scores(&plan, 1.0);
    let records = world.records(Ok(&scores));
    assert_eq!(
        (value(&records, "cross_validation.splits"), value(&records, "cross_validation.paths")),
        (6.0, 3.0)
    );
    for path in 0..3 {
        let (mut net, mut factors): (Vec<f64>, Vec<Vec<f64>>) = (Vec::new(), vec![Vec::new(); 2]);
        for (group, split) in plan.paths().splits_of(path).iter().enumerate() {
            // Scores of the whole split on the panel's grid: a book over the group's dates reads no others.
            let fold = plan.fold(*split).unwrap();
            let mut grid = vec![f64::NAN; SESSIONS * NAMES];
            for (row, score) in fold.test_rows().iter().zip(&scores[*split]) {
                grid[*row as usize] = *score;
            }
            let span = plan.groups()[group].decisions;
            let own = Candidate { scores: &grid, span, ..world.candidate() };
            let books = run_books(&own, 1.0).unwrap();
            assert_eq!(books.candidate.net_return[0], 0.0, "flat on its first date");
            net.extend_from_slice(books.net());
            for (series, (_, returns)) in factors.iter_mut().zip(books.factors()) {
                series.extend_from_slice(returns);
            }
        }
        assert_eq!(net.len(), SESSIONS - SPLIT.groups, "the first date of a group has no return");
        let named: Vec<(&str, &[f64])> =
            ["vol_scaled", "equal"].into_iter().zip(factors.iter().map(Vec::as_slice)).collect();
        let active = active_return(&net, &named, newey_west_lag(net.len(), HORIZON)).unwrap().series;
        for (measure, series) in [("appraisal_ratio", &active), ("net_sharpe", &net)] {
            let record = records.get(&format!("cross_validation.path.{path:03}.{measure}")).unwrap();
            let want = annualised(sharpe_per_period(series).unwrap(), 252.0);
            assert_eq!((record.value, record.n), (Some(want), net.len() as u64), "{path} {measure}");
        }
    }
}

#[test]
fn the_distribution_is_that_of_its_paths_and_sees_what_is_planted() {
    let world = world();
    let plan = SPLIT.plan(&world.dataset).unwrap();
    let (edge, null) =
        (world.records(Ok(&world.scores(&plan, 3.0))), world.records(Ok(&world.scores(&plan, 0.0))));
    for records in [&edge, &null] {
        for measure in MEASURES {
            let of = |what: &str| value(records, &format!("cross_validation.{measure}.{what}"));
            let mut paths: Vec<f64> =
                (0..3).map(|p| value(records, &format!("cross_validation.path.{p:03}.{measure}"))).collect();
            paths.sort_by(f64::total_cmp);
            assert_eq!([of("min"), of("median"), of("max")], paths[..]);
            assert!(of("min") <= of("q25") && of("q25") <= of("median"));
            assert!(of("median") <= of("q75") && of("q75") <= of("max"));
            assert!((of("mean") - paths.iter().sum::<f64>() / 3.0).abs() < 1e-12 && of("sd") > 0.0);
            let below = paths.iter().filter(|ratio| **ratio < 0.0).count();
            assert_eq!(of("share_below_zero"), below as f64 / 3.0);
        }
    }
    let ic = |records: &EvidenceSet, split: usize| {
        value(records, &format!("cross_validation.split.{split:03}.rank_ic"))
    };
    for split in 0..6 {
        assert!(ic(&edge, split) > 0.5 && ic(&null, split).abs() < 0.15, "{split}");
    }
    assert_eq!(value(&edge, "cross_validation.splits_positive"), 1.0);
    let median = "cross_validation.appraisal_ratio.median";
    assert!(value(&edge, median) > 3.0 && value(&edge, median) > value(&null, median) + 3.0);
}

#[test]
fn what_is_incomplete_has_a_reason_and_no_distribution() {
    let world = world();
    let plan = SPLIT.plan(&world.dataset).unwrap();
    let whole = world.scores(&plan, 1.0);
    let mut gap = whole.clone();
    gap[4][7] = f64::NAN;
    let short: Vec<Vec<f64>> = whole[..5].to_vec();
    type Scored<'a> = Result<&'a [Vec<f64>], &'a str>;
    let cases: [(Scored<'_>, &str); 3] = [
        (Err("split 2 was not fitted"), "split 2 was not fitted"),
        (Ok(&gap), "split 4 has scores of 1439 of its 1440 test rows"),
        (Ok(&short), "5 of 6 splits are scored"),
    ];
    for (scored, why) in cases {
        let records = world.records(scored);
        assert_eq!(value(&records, "cross_validation.splits"), 6.0);
        for record in records
            .iter()
            .filter(|r| !["cross_validation.splits", "cross_validation.paths"].contains(&r.name.as_str()))
        {
            assert_eq!(record.value, None, "{}", record.name);
            assert!(record.note.as_ref().is_some_and(|note| note.contains(why)), "{record:?}");
        }
        assert!(records.get("cross_validation.path.000.net_sharpe").is_none());
        assert!(records.get("cross_validation.appraisal_ratio.median").is_some());
    }
    // A book that never buys has no ratio, and says so.
    let empty = World { config: BookConfig { capital: 1.0, ..world.config.clone() }, ..world };
    let records = empty.records(Ok(&whole));
    let median = records.get("cross_validation.appraisal_ratio.median").unwrap();
    assert!(
        median.value.is_none() && median.note.as_ref().unwrap().contains("path 0 has no ratio"),
        "{median:?}"
    );
}

#[test]
fn threads_change_nothing() {
    let world = world();
    let plan = SPLIT.plan(&world.dataset).unwrap();
    let scores = world.scores(&plan, 0.5);
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| world.records(Ok(&scores)))
    };
    assert_eq!(on(1), on(3));
}
