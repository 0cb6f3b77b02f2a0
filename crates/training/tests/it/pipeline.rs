//! Teacher, student, twin and scores on a world with a planted answer.

use std::cell::RefCell;

use proofmark_models::Calibrated;
use proofmark_training::{
    Dataset, Fold, FoldModels, RowWeights, ScoreError, StudentFit, TeacherFit, TrainError, TrainRules,
    TrainWindow, TrialKey, TrialLog, TrialLogError, TrialNumber, WalkForward, assemble_teacher, fit_student,
    fit_student_alone, fit_teacher, fit_teacher_block, fit_teacher_full, score_out_of_sample, score_students,
};
use proofmark_units::{Digest, Seed};

use crate::worlds::{date, planted, planted_with_returns, student, teacher};

/// Counts distinct keys.
#[derive(Default)]
pub(crate) struct Memory(RefCell<Vec<TrialKey>>);

impl TrialLog for Memory {
    fn record(&self, trial: &TrialKey) -> Result<TrialNumber, TrialLogError> {
        let mut keys = self.0.borrow_mut();
        let at = keys.iter().position(|key| key == trial).unwrap_or_else(|| {
            keys.push(trial.clone());
            keys.len() - 1
        });
        Ok(TrialNumber(at as u64 + 1))
    }
}

struct Broken;

impl TrialLog for Broken {
    fn record(&self, _: &TrialKey) -> Result<TrialNumber, TrialLogError> {
        Err(TrialLogError { what: "the ledger is read-only".to_owned(), source: None })
    }
}

pub(crate) fn key(seed: u64) -> TrialKey {
    TrialKey { pipeline_slice: Digest::of(b"slice"), lineage: Digest::of(b"lineage"), seed }
}

fn folds(ds: &Dataset) -> Vec<Fold> {
    let rules = TrainRules {
        window: TrainWindow::Anchored,
        embargo_sessions: 2,
        calibration_share: 0.15,
        min_train_rows: 500,
    };
    WalkForward { first_test: date("2012-01-01"), last: date("2013-06-28"), test_months: 12, rules }
        .folds(ds)
        .unwrap()
}

fn seed(fold: &Fold) -> Seed {
    Seed::root(11).child("fold").nth(fold.index() as u64)
}

fn fit(ds: &Dataset, fold: &Fold) -> (TeacherFit, StudentFit) {
    let taught = fit_teacher(ds, fold, &teacher(), None, &seed(fold)).unwrap();
    let distilled = fit_student(ds, fold, &taught.out_of_fold, &student(0.5), None).unwrap();
    (taught, distilled)
}

fn auc(score: &[f64], class: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*a].total_cmp(&score[*b]));
    let ranks: f64 = order.iter().enumerate().map(|(rank, i)| rank as f64 * class[*i]).sum();
    let ones: f64 = class.iter().sum();
    (ranks - ones * (ones - 1.0) / 2.0) / (ones * (class.len() as f64 - ones))
}

#[test]
fn the_planted_signal_is_learned_and_counted_as_one_trial() {
    let ds = planted(12, 910, 3);
    let folds = folds(&ds);
    assert_eq!(folds.len(), 2);
    let fits: Vec<_> = folds.iter().map(|fold| fit(&ds, fold)).collect();
    let models: Vec<FoldModels<'_>> = fits
        .iter()
        .map(|(t, s)| FoldModels { teacher: &t.model, student: &s.student, twin: &s.twin })
        .collect();
    let log = Memory::default();
    let grid = score_out_of_sample(&ds, &folds, &models, &log, &key(1)).unwrap();
    let again = score_out_of_sample(&ds, &folds, &models, &log, &key(1)).unwrap();
    assert_eq!((grid.trial, again.trial), (TrialNumber(1), TrialNumber(1)));
    let other = score_out_of_sample(&ds, &folds, &models, &log, &key(2)).unwrap();
    assert_eq!(other.trial, TrialNumber(2));
    let cells: Vec<usize> = (0..ds.len())
        .map(|row| ds.sessions()[row] as usize * grid.width + ds.symbol_indices()[row] as usize)
        .collect();
    for scores in [&grid.student, &grid.twin, &grid.teacher] {
        let tested: Vec<usize> =
            (0..ds.len()).filter(|row| scores[cells[*row]].is_finite() && ds.is_labelled(*row)).collect();
        assert!(tested.len() > 4_000);
        let p: Vec<f64> = tested.iter().map(|row| scores[cells[*row]]).collect();
        let y: Vec<f64> = tested.iter().map(|row| ds.class()[*row]).collect();
        assert!(auc(&p, &y) > 0.6, "{}", auc(&p, &y));
        assert!(p.iter().all(|p| (0.0..=1.0).contains(p)));
    }
    // Nothing outside the test blocks is scored, everything inside is.
    for (row, cell) in cells.iter().enumerate() {
        let inside = folds.iter().any(|fold| fold.test_span().contains(ds.date(row)));
        assert_eq!(grid.student[*cell].is_finite(), inside);
    }
    assert_eq!(grid.fold_of_date.iter().flatten().max(), Some(&1));
}

#[test]
fn tasks_in_any_order_on_any_thread_give_the_same_bytes() {
    let ds = planted(6, 910, 4);
    let fold = &folds(&ds)[0];
    let whole = fit_teacher(&ds, fold, &teacher(), None, &seed(fold)).unwrap();
    let plan = teacher().cross_fit.plan(&ds, fold).unwrap();
    let mut blocks: Vec<_> = plan
        .iter()
        .rev()
        .map(|block| fit_teacher_block(&ds, fold, block, &teacher(), None, &seed(fold)).unwrap())
        .collect();
    blocks.reverse();
    // As a runner would: through a file.
    let text = serde_json::to_string(&blocks).unwrap();
    let model = fit_teacher_full(&ds, fold, &teacher(), None, &seed(fold)).unwrap();
    let parts = assemble_teacher(fold, model.clone(), serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(parts, whole);
    let bytes = |fit: &TeacherFit| serde_json::to_vec(fit).unwrap();
    assert_eq!(bytes(&parts), bytes(&whole));
    assert_eq!(parts.out_of_fold.len(), fold.fit_rows().len());
    assert_eq!(parts.effective_parameters["trees"], 30);
    let error = assemble_teacher(fold, model, parts.blocks).unwrap_err();
    assert!(matches!(error, TrainError::OutOfFold { got: 0, .. }));
}

#[test]
fn the_twin_is_the_student_without_a_teacher() {
    let ds = planted(6, 910, 5);
    let fold = &folds(&ds)[0];
    let taught = fit_teacher(&ds, fold, &teacher(), None, &seed(fold)).unwrap();
    let soft = fit_student(&ds, fold, &taught.out_of_fold, &student(0.7), None).unwrap();
    assert_ne!(soft.student, soft.twin);
    let hard = fit_student(&ds, fold, &taught.out_of_fold, &student(0.0), None).unwrap();
    assert_eq!(hard.student, hard.twin);
    assert_eq!(hard.twin, soft.twin);
    assert_eq!(soft.student.platt.rows(), fold.calibration_rows().len());
    let short = fit_student(&ds, fold, &taught.out_of_fold[1..], &student(0.7), None);
    assert!(matches!(short, Err(TrainError::OutOfFold { .. })));
    let weight = fit_student(&ds, fold, &taught.out_of_fold, &student(1.5), None);
    assert_eq!(weight, Err(TrainError::SoftWeight { value: 1.5 }));
}

#[test]
fn the_forecast_reads_the_calibration_slice_alone() {
    let ds = planted(24, 910, 7);
    let fold = &folds(&ds)[0];
    let (_, fitted) = fit(&ds, fold);
    let forecast = fitted.forecast.clone().unwrap();
    let rows = fold.calibration_rows();
    assert!(rows.len() > 1_000);
    for each in [&forecast.by_score, &forecast.by_unit, &forecast.climatology] {
        assert_eq!(each.group_rows().sum::<usize>(), rows.len(), "every row of the slice and no other");
    }
    assert_eq!(forecast.by_score.group_rows().len(), rows.len() / 500);
    assert_eq!(fitted.effective_parameters()["forecast"]["levels"].as_array().unwrap().len(), 19);
    // The same bytes again, and through a file.
    let bytes = serde_json::to_vec(&fitted).unwrap();
    assert_eq!(serde_json::to_vec(&fit(&ds, fold).1).unwrap(), bytes);
    assert_eq!(serde_json::from_slice::<StudentFit>(&bytes).unwrap(), fitted);

    let slice = (ds.date(rows[0] as usize), ds.date(rows[rows.len() - 1] as usize));
    let inside = move |date| slice.0 <= date && date <= slice.1;
    let elsewhere =
        planted_with_returns(24, 910, 7, &|date, r| if inside(date) { r } else { 3.0 * r - 0.01 });
    assert_eq!(fit(&elsewhere, fold).1, fitted, "returns outside the slice change nothing");
    let within = planted_with_returns(24, 910, 7, &|date, r| if inside(date) { 3.0 * r } else { r });
    let other = fit(&within, fold).1;
    assert_eq!(other.student, fitted.student);
    let spread = |fit: &StudentFit| {
        let quantiles = fit.forecast.as_ref().unwrap().by_unit.quantiles(0.5).unwrap().to_vec();
        quantiles[18] - quantiles[0]
    };
    assert!((spread(&other) / spread(&fitted) - 3.0).abs() < 1e-9);
}

#[test]
fn a_short_slice_gives_a_student_without_a_forecast() {
    let ds = planted(4, 910, 8);
    let fold = &folds(&ds)[0];
    assert!(fold.calibration_rows().len() < 500);
    assert_eq!(fit(&ds, fold).1.forecast, None);
}

#[test]
fn without_a_record_there_is_no_score() {
    let ds = planted(4, 910, 6);
    let folds = folds(&ds);
    let fits: Vec<_> = folds.iter().map(|fold| fit(&ds, fold)).collect();
    let models: Vec<FoldModels<'_>> = fits
        .iter()
        .map(|(t, s)| FoldModels { teacher: &t.model, student: &s.student, twin: &s.twin })
        .collect();
    let error = score_out_of_sample(&ds, &folds, &models, &Broken, &key(1)).unwrap_err();
    assert!(matches!(error, ScoreError::Log(_)));
    let log = Memory::default();
    let error = score_out_of_sample(&ds, &folds, &models[..1], &log, &key(1)).unwrap_err();
    assert!(matches!(error, ScoreError::ModelCount { folds: 2, models: 1 }));
    let twice = [folds[0].clone(), folds[0].clone()];
    let error = score_out_of_sample(&ds, &twice, &models, &log, &key(1)).unwrap_err();
    assert!(matches!(error, ScoreError::OverlappingTests { .. }));
    let students: Vec<Calibrated> = fits.iter().map(|(_, s)| s.student.clone()).collect();
    let error = score_students(&ds, &folds, &students, &Broken, &key(1)).unwrap_err();
    assert!(matches!(error, ScoreError::Log(_)));
    let error = score_students(&ds, &folds, &students[..1], &log, &key(1)).unwrap_err();
    assert!(matches!(error, ScoreError::ModelCount { folds: 2, models: 1 }));
    assert!(log.0.borrow().is_empty());
}

#[test]
fn students_alone_score_as_beside_their_teachers_and_may_overlap() {
    let ds = planted(4, 910, 6);
    let folds = folds(&ds);
    let fits: Vec<_> = folds.iter().map(|fold| fit(&ds, fold)).collect();
    let models: Vec<FoldModels<'_>> = fits
        .iter()
        .map(|(t, s)| FoldModels { teacher: &t.model, student: &s.student, twin: &s.twin })
        .collect();
    let log = Memory::default();
    let grid = score_out_of_sample(&ds, &folds, &models, &log, &key(1)).unwrap();
    let students: Vec<Calibrated> = fits.iter().map(|(_, s)| s.student.clone()).collect();
    let scores = score_students(&ds, &folds, &students, &log, &key(1)).unwrap();
    for (fold, scores) in folds.iter().zip(&scores) {
        let cell = |row: &u32| {
            let row = *row as usize;
            ds.sessions()[row] as usize * grid.width + ds.symbol_indices()[row] as usize
        };
        let beside: Vec<f64> = fold.test_rows().iter().map(|row| grid.student[cell(row)]).collect();
        assert_eq!(*scores, beside);
    }
    let twice = [folds[0].clone(), folds[0].clone()];
    let same = [students[0].clone(), students[0].clone()];
    let again = score_students(&ds, &twice, &same, &log, &key(1)).unwrap();
    assert_eq!(again, [scores[0].clone(), scores[0].clone()]);
    assert_eq!(log.0.borrow().len(), 1, "however often it is looked at, it is one trial");
}

#[test]
fn weights_are_asked_for_the_rows_of_each_fit_alone_and_a_weight_of_zero_leaves_a_row_out() {
    let ds = planted(6, 910, 5);
    let fold = &folds(&ds)[0];
    let plain = fit(&ds, fold);
    let asked = std::sync::Mutex::new(Vec::new());
    let ones = |rows: &[u32]| {
        asked.lock().unwrap().push(rows.to_vec());
        vec![1.0; rows.len()]
    };
    let weighed = |weights: &dyn RowWeights| {
        let taught = fit_teacher(&ds, fold, &teacher(), Some(weights), &seed(fold)).unwrap();
        let student = fit_student(&ds, fold, &taught.out_of_fold, &student(0.5), Some(weights)).unwrap();
        (taught, student)
    };
    assert_eq!(weighed(&ones), plain, "equal weights are no weights, bit for bit");
    let mut wanted: Vec<Vec<u32>> = teacher()
        .cross_fit
        .plan(&ds, fold)
        .unwrap()
        .iter()
        .map(|block| block.train_rows().to_vec())
        .chain([fold.fit_rows().to_vec(), fold.fit_rows().to_vec()])
        .collect();
    let mut asked = asked.into_inner().unwrap();
    asked.sort();
    wanted.sort();
    assert_eq!(asked, wanted, "blocks, the full teacher and the student, and no calibration row");

    let odd = |rows: &[u32]| rows.iter().map(|row| f64::from(row % 2)).collect::<Vec<f64>>();
    let (taught, distilled) = weighed(&odd);
    let kept = fold.fit_rows().iter().filter(|row| *row % 2 == 1).count();
    assert_eq!(taught.effective_parameters["training_rows"], kept);
    assert_eq!(distilled.student.effective_parameters()["model"]["training_rows"], kept);
    assert_eq!(distilled.student.platt.rows(), fold.calibration_rows().len());
    assert_eq!(taught.out_of_fold.len(), fold.fit_rows().len(), "every fit row has an opinion all the same");
    // Two of three parts of the weight on some rows is a model of its own.
    let more = |rows: &[u32]| rows.iter().map(|row| 0.5 + f64::from(row % 2)).collect::<Vec<f64>>();
    assert_ne!(weighed(&more).1.twin, plain.1.twin);
    let short = |rows: &[u32]| vec![1.0; rows.len() - 1];
    let refused = fit_student_alone(&ds, fold, &plain.0.out_of_fold, &student(0.5), Some(&short));
    assert!(matches!(refused, Err(TrainError::Fit { .. })), "{refused:?}");
    let negative = |rows: &[u32]| vec![-1.0; rows.len()];
    let refused = fit_teacher(&ds, fold, &teacher(), Some(&negative), &seed(fold));
    assert!(matches!(refused, Err(TrainError::Fit { .. })));
}
