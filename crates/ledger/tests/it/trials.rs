//! Trials, runs, events and progress.

use proofmark_ledger::{EventFilter, EventKind, Ledger, LedgerError, Progress, TrialNumber};
use proofmark_lifecycle::{CandidateStatus, Phase};
use serde_json::json;

use crate::{Workspace, at, run, span, start, symbols, trial};

#[test]
fn a_trial_counts_once_however_often_it_is_replayed() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let dates = span("2005-01-03", "2023-12-29");
    let first = trial("a", &["TCS"], dates);
    assert_eq!(ledger.record_trial(&first, at(0)).unwrap(), TrialNumber(1));
    assert_eq!(ledger.record_trial(&trial("b", &["TCS"], dates), at(1)).unwrap(), TrialNumber(2));
    assert_eq!(ledger.record_trial(&first, at(2)).unwrap(), TrialNumber(1));
    let mut replay = first.clone();
    replay.run_id = run(9);
    assert_eq!(ledger.record_trial(&replay, at(3)).unwrap(), TrialNumber(1));
    let trials = ledger.trials().unwrap();
    assert_eq!(trials.len(), 2);
    assert_eq!((trials[0].entry.clone(), trials[0].at), (first, at(0)));
    assert_eq!(ledger.events(&EventFilter::default()).unwrap().len(), 2);
}

#[test]
fn a_lineage_shares_a_symbol_and_a_date() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let dates = span("2010-01-01", "2019-12-31");
    for (key, names, dates) in [
        ("same", &["TCS", "INFY"][..], dates),
        ("one more bar", &["TCS", "INFY"], span("2010-01-01", "2020-01-01")),
        ("one shared symbol", &["INFY", "SBIN"], dates),
        ("one shared day", &["TCS"], span("2019-12-31", "2024-01-01")),
        ("other symbols", &["SBIN"], dates),
        ("later", &["TCS"], span("2020-01-01", "2024-01-01")),
        ("earlier", &["TCS"], span("2000-01-01", "2009-12-31")),
    ] {
        ledger.record_trial(&trial(key, names, dates), at(0)).unwrap();
    }
    let on_lineage = ledger.trials_on_lineage(&symbols(&["INFY", "TCS"]), dates).unwrap();
    let numbers: Vec<u64> = on_lineage.iter().map(|trial| trial.number.0).collect();
    assert_eq!(numbers, [1, 2, 3, 4]);
    assert!(ledger.trials_on_lineage(&[], dates).unwrap().is_empty());
}

#[test]
fn runs_count_their_attempts_and_end() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.start_run(&run(1), &start(), at(0)).unwrap();
    ledger.start_run(&run(2), &start(), at(5)).unwrap();
    ledger.start_run(&run(1), &start(), at(10)).unwrap();
    ledger.finish_run(&run(1), CandidateStatus::Refused, at(20)).unwrap();
    let runs = ledger.runs().unwrap();
    assert_eq!(runs.iter().map(|run| run.run_id.as_str()).collect::<Vec<_>>(), ["run_2", "run_1"]);
    assert_eq!((runs[1].attempts, runs[1].started, runs[1].ended), (2, at(0), Some(at(20))));
    assert_eq!(runs[1].status, Some(CandidateStatus::Refused));
    assert_eq!(runs[0].ended, None);
    let unknown = ledger.finish_run(&run(3), CandidateStatus::Failed, at(30));
    assert!(matches!(unknown, Err(LedgerError::UnknownRun { .. })));
}

#[test]
fn events_are_filtered_by_kind_run_and_number() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    for i in 0..6 {
        let kind = if i % 2 == 0 { EventKind::TaskFinished } else { EventKind::PhaseFinished };
        ledger.append(kind, Some(&run(i / 3)), &json!({ "i": i }), at(0)).unwrap();
    }
    ledger.append(EventKind::DataIngested, None, &json!({}), at(0)).unwrap();
    let count = |filter: EventFilter| ledger.events(&filter).unwrap().len();
    assert_eq!(count(EventFilter::default()), 7);
    assert_eq!(count(EventFilter { kind: Some(EventKind::TaskFinished), ..EventFilter::default() }), 3);
    assert_eq!(count(EventFilter { run: Some(run(1)), ..EventFilter::default() }), 3);
    assert_eq!(count(EventFilter { after: 5, ..EventFilter::default() }), 2);
    assert_eq!(count(EventFilter { limit: Some(4), ..EventFilter::default() }), 4);
    let events = ledger.events(&EventFilter::default()).unwrap();
    assert_eq!(events[3].body, json!({ "i": 3 }));
    assert_eq!(events[6].run_id, None);
    assert_eq!(ledger.head().unwrap().digest, events[6].digest);
}

#[test]
fn progress_is_seen_from_a_second_connection_and_is_not_an_event() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let progress = |phase, done| Progress {
        run_id: run(1),
        phase,
        done,
        total: 10,
        eta_seconds: (done > 0).then_some(12.5),
        at: at(done.cast_signed()),
    };
    for done in [0, 3, 7] {
        ledger.progress(&progress(Phase::TeacherTraining, done)).unwrap();
    }
    ledger.progress(&progress(Phase::DataIngestion, 10)).unwrap();
    let other = Ledger::open_read_only(&workspace.path()).unwrap();
    let seen = other.read_progress(&run(1)).unwrap();
    assert_eq!(seen, [progress(Phase::DataIngestion, 10), progress(Phase::TeacherTraining, 7)]);
    assert!(other.read_progress(&run(2)).unwrap().is_empty());
    assert!(other.events(&EventFilter::default()).unwrap().is_empty());
    assert!(other.progress(&progress(Phase::DataIngestion, 1)).is_err(), "opened for reading only");
}
