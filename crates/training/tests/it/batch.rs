//! The per-window batch: skips, records, the failure rule.

use proofmark_models::{GradientBoostedTrees, ModelFile};
use proofmark_training::{
    BatchConfig, BatchContext, BatchStatus, Dataset, RunCounts, RunStatus, TeacherRun, run_window,
    to_json_lines, windows,
};
use proofmark_units::{DateSpan, Instant, Seed};

use crate::worlds::{Labels, date, panel, planted, student, teacher, trees, weekdays};

fn config() -> BatchConfig {
    let mut small = teacher();
    small.trees = GradientBoostedTrees { min_leaf_rows: 5, ..trees() };
    BatchConfig {
        min_rows: 20,
        validation_share: 0.2,
        embargo_sessions: 0,
        failure_limit: 0.15,
        teacher: Some(small),
        student: Some(student(0.5)),
    }
}

fn context() -> BatchContext {
    BatchContext { batch_id: "batch_1".to_owned(), timestamp: Instant::from_nanos(0) }
}

#[test]
fn a_window_becomes_two_records_and_two_files() {
    let ds = planted(2, 400, 9);
    let spans = windows(date("2010-01-04"), date("2011-06-30"), 180).unwrap();
    let outcome = run_window(&ds, 1, spans[0], &config(), &context(), None, &Seed::root(2));
    let again = run_window(&ds, 1, spans[0], &config(), &context(), None, &Seed::root(2));
    assert_eq!(outcome, again);
    let (run, student) = (outcome.teacher.unwrap(), outcome.student.unwrap());
    assert_eq!((run.status, student.status), (RunStatus::Success, RunStatus::Success));
    assert_eq!(run.window_label, "S001_2010-01-04_to_2010-07-03");
    assert_eq!(run.artifacts_path.as_deref(), Some("teacher_models/S001_20100104_20100703.json"));
    let counts = run.sample_counts;
    // 130 weekdays, labels end 6 sessions after the decision: 124 rows, 25 of them later, 6 purged between.
    assert_eq!((counts.total, counts.val, counts.train), (124, 25, 93));
    assert_eq!(run.metrics.as_ref().unwrap().rows, 25);
    assert!(run.metrics.unwrap().span.end <= spans[0].end);
    assert_eq!(run.teacher_hyperparameters.unwrap()["trees"], 30);
    assert!(!run.promotable && !student.promotable);
    assert_eq!(student.teacher_run_id, Some(run.window_label));
    assert!(student.soft_label_rows > 0 && student.soft_label_rows <= counts.train);
    let bytes = outcome.teacher_model.unwrap().save_bytes().unwrap();
    assert!(ModelFile::load_bytes(&bytes, Some(ds.feature_names())).is_ok());
    assert!(outcome.student_model.is_some());
}

#[test]
fn windows_without_enough_to_learn_are_skipped_with_the_reason() {
    let ds = planted(1, 200, 9);
    let reason = |start: &str, end: &str| {
        let window = DateSpan { start: date(start), end: date(end) };
        let outcome = run_window(&ds, 0, window, &config(), &context(), None, &Seed::root(2));
        let run = outcome.teacher.unwrap();
        assert_eq!(run.status, RunStatus::Skipped);
        assert_eq!(run.attempts, 1);
        assert!(outcome.teacher_model.is_none());
        assert_eq!(outcome.student.unwrap().skip_reason, run.skip_reason);
        run.skip_reason.unwrap()
    };
    assert_eq!(reason("2001-01-01", "2001-06-30"), "no data in the window");
    // 25 sessions give 19 labels that end inside.
    assert_eq!(reason("2010-01-04", "2010-02-05"), "fewer than 20 labelled rows (19)");
}

#[test]
fn one_class_is_skipped_and_a_model_that_cannot_be_fitted_is_failed() {
    let dates = weekdays(130);
    let rising: Vec<f64> = (0..130).map(|t| 1.01_f64.powi(t)).collect();
    let panel = panel(&dates, &[rising]);
    let labels = Labels::of(&panel, 5, 0.0);
    let ds = Dataset::from_panel(&panel, &["f".to_owned()], &[vec![0.0; 130]], labels.inputs(), 1).unwrap();
    let window = DateSpan { start: dates[0], end: dates[129] };
    let outcome = run_window(&ds, 0, window, &config(), &context(), None, &Seed::root(2));
    assert_eq!(outcome.teacher.unwrap().skip_reason.as_deref(), Some("single class in the window"));

    let mut wrong = config();
    wrong.teacher.as_mut().unwrap().trees.bins = 1;
    let ds = planted(1, 200, 9);
    let outcome = run_window(&ds, 0, window, &wrong, &context(), None, &Seed::root(2));
    let run = outcome.teacher.unwrap();
    assert_eq!(run.status, RunStatus::Failed);
    assert_eq!(run.error.as_deref(), Some("`bins` is 1, it must be 2 to 254"));
    // The student still learns, from hard labels.
    let student = outcome.student.unwrap();
    assert_eq!((student.status, student.soft_label_rows), (RunStatus::Success, 0));
    assert_eq!(student.teacher_run_id, None);
}

#[test]
fn teachers_and_students_can_be_left_out() {
    let ds = planted(1, 200, 9);
    let window = DateSpan { start: date("2010-01-04"), end: date("2010-07-03") };
    let run = |config: &BatchConfig| run_window(&ds, 0, window, config, &context(), None, &Seed::root(2));
    let no_student = run(&BatchConfig { student: None, ..config() });
    assert!(no_student.teacher.is_some() && no_student.student.is_none());
    let no_teacher = run(&BatchConfig { teacher: None, ..config() });
    assert!(no_teacher.teacher.is_none());
    assert_eq!(no_teacher.student.unwrap().soft_label_rows, 0);
}

#[test]
fn fifteen_failures_of_a_hundred_pass_and_sixteen_do_not() {
    let status = |failed| RunCounts { success: 100 - failed, skipped: 0, failed }.status(0.15);
    assert_eq!(status(0), BatchStatus::Success);
    assert_eq!(status(15), BatchStatus::Partial);
    assert_eq!(status(16), BatchStatus::Failed);
    let counts = RunCounts::of([RunStatus::Skipped, RunStatus::Failed, RunStatus::Success]);
    assert_eq!(counts, RunCounts { success: 1, skipped: 1, failed: 1 });
}

#[test]
fn records_are_json_lines() {
    let ds = planted(1, 400, 9);
    let spans = windows(date("2010-01-04"), date("2011-06-30"), 180).unwrap();
    let runs: Vec<TeacherRun> = spans
        .iter()
        .filter_map(|span| run_window(&ds, 0, *span, &config(), &context(), None, &Seed::root(2)).teacher)
        .collect();
    let text = String::from_utf8(to_json_lines(&runs).unwrap()).unwrap();
    assert_eq!(text.lines().count(), runs.len());
    for (line, run) in text.lines().zip(&runs) {
        assert_eq!(&serde_json::from_str::<TeacherRun>(line).unwrap(), run);
        for field in ["batch_id", "window_label", "sample_counts", "teacher_hyperparameters", "attempts"] {
            assert!(line.contains(&format!("\"{field}\":")), "{field}");
        }
    }
}
