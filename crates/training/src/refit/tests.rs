use proofmark_models::zoo;
use proofmark_units::Digest;
use rand::RngExt as _;

use super::*;
use crate::TrialNumber;

struct Free;

impl TrialLog for Free {
    fn record(&self, _: &TrialKey) -> Result<TrialNumber, TrialLogError> {
        Ok(TrialNumber(1))
    }
}

struct Full;

impl TrialLog for Full {
    fn record(&self, _: &TrialKey) -> Result<TrialNumber, TrialLogError> {
        Err(TrialLogError { what: "the disk is full".to_owned(), source: None })
    }
}

fn key() -> TrialKey {
    TrialKey { pipeline_slice: Digest::of(b"p"), lineage: Digest::of(b"l"), seed: 1 }
}

/// A series whose next move leans on its input, and its inputs.
struct World {
    inputs: Vec<Vec<f64>>,
    open: Vec<f64>,
    close: Vec<f64>,
}

impl World {
    fn new(rows: usize, lean: f64) -> Self {
        let mut rng = Seed::root(11).rng();
        let mut draw = || rng.random_range(-1.0..1.0);
        let x: Vec<f64> = (0..rows).map(|_| draw()).collect();
        let noise: Vec<f64> = (0..rows).map(|_| draw()).collect();
        let (mut open, mut close) = (vec![100.0], vec![100.0]);
        for t in 1..rows {
            open.push(close[t - 1] * 1.0001);
            close.push(open[t] * (lean * x[t - 1] + 0.01 * noise[t]).exp());
        }
        Self { inputs: vec![x, noise], open, close }
    }

    fn timeline(&self) -> Timeline<'_> {
        Timeline { inputs: &self.inputs, open: &self.open, close: &self.close }
    }
}

const RULES: RefitRules = RefitRules { horizon: 1, min_rows: 60 };

#[test]
fn an_outcome_runs_from_the_next_first_price_and_trains_once_it_is_over() {
    let (open, close) = ([10.0, 11.0, 12.0, 13.0], [10.5, 11.5, 12.5, 13.5]);
    let inputs = [vec![1.0, f64::NAN, 3.0, 4.0]];
    let timeline = Timeline { inputs: &inputs, open: &open, close: &close };
    assert_eq!(timeline.outcome(0, 2), Some((12.5_f64 / 11.0).ln()));
    assert_eq!((timeline.outcome(2, 2), timeline.outcome(0, 0)), (None, None));
    // At row 2 the outcomes of rows 0 and 1 over one row are over; row 1 has no input.
    assert_eq!(timeline.known_at(2, 1), (vec![0], vec![(11.5_f64 / 11.0).ln()]));
    assert_eq!(timeline.known_at(3, 1).0, [0, 2]);
    assert_eq!(timeline.known_at(0, 1).0, Vec::<usize>::new());
}

#[test]
fn what_leans_on_an_input_is_forecast_and_noise_is_not() {
    let decisions: Vec<Vec<usize>> = (100..400).map(|row| vec![row]).collect();
    let skill = |lean: f64| {
        let world = World::new(402, lean);
        let timeline = world.timeline();
        let walk =
            refit_walk(&timeline, &zoo()[..2], &decisions, &RULES, &Seed::root(3), &Free, &key()).unwrap();
        assert_eq!(walk.len(), decisions.len());
        assert!(walk.iter().all(|r| r.failures.is_empty() && r.trained == r.row));
        let right = |r: &&Refit| r.forecasts[0].unwrap() * timeline.outcome(r.row, 1).unwrap() > 0.0;
        walk.iter().filter(right).count() as f64 / walk.len() as f64
    };
    assert!(skill(0.02) > 0.75);
    assert!((skill(0.0) - 0.5).abs() < 0.12);
}

#[test]
fn a_later_price_changes_no_earlier_forecast_and_threads_change_no_bit() {
    let (world, mut bent) = (World::new(300, 0.01), World::new(300, 0.01));
    for t in 201..300 {
        bent.close[t] *= 1.5;
        bent.open[t] *= 0.5;
        bent.inputs[0][t] = 9.0;
    }
    let decisions: Vec<Vec<usize>> = (150..=196).step_by(10).map(|row| (row..row + 5).collect()).collect();
    let walk = |world: &World, threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            refit_walk(&world.timeline(), &zoo(), &decisions, &RULES, &Seed::root(3), &Free, &key()).unwrap()
        })
    };
    assert_eq!(walk(&world, 1), walk(&bent, 3));
}

#[test]
fn nothing_is_forecast_without_a_record_or_rows() {
    let world = World::new(80, 0.0);
    let walk = |log: &dyn TrialLog, decisions: &[Vec<usize>]| {
        refit_walk(&world.timeline(), &zoo()[..1], decisions, &RULES, &Seed::root(3), log, &key())
    };
    assert!(matches!(walk(&Full, &[vec![70]]), Err(RefitError::Log(_))));
    assert_eq!(walk(&Free, &[vec![30], vec![59, 70]]).unwrap(), [], "too few rows");
}

#[test]
fn a_group_is_forecast_by_the_fit_of_its_first_decision() {
    let world = World::new(200, 0.01);
    let walk = |decisions: &[Vec<usize>]| {
        refit_walk(&world.timeline(), &zoo()[..1], decisions, &RULES, &Seed::root(3), &Free, &key()).unwrap()
    };
    let (week, each) = (walk(&[vec![150, 151]]), walk(&[vec![150], vec![151]]));
    assert_eq!((week[0].clone(), week[1].trained, each[1].trained), (each[0].clone(), 150, 151));
    assert_ne!(week[1].forecasts, each[1].forecasts);
}

#[test]
fn folds_of_the_past_are_purged_and_lie_after_what_they_are_fitted_on() {
    let world = World::new(301, 0.02);
    let rules = RefitRules { horizon: 5, ..RULES };
    let folds = PastFolds { first_share: 0.6, folds: 3, min_rows: 50 };
    let ridge = &zoo()[0];
    let tried = folds.forecasts(&world.timeline(), ridge, 300, &rules, &Seed::root(3)).unwrap();
    // 296 rows have an outcome by row 300: rows 177 to 295 are forecast.
    assert_eq!((tried.rows.first(), tried.rows.last(), tried.rows.len()), (Some(&177), Some(&295), 119));
    // What is after the decision is not looked at.
    let mut bent = World::new(301, 0.02);
    bent.close[300] *= 2.0;
    let at = |world: &World| folds.forecasts(&world.timeline(), ridge, 299, &rules, &Seed::root(3)).unwrap();
    assert_eq!(at(&world), at(&bent));
}
