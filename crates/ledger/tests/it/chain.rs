//! The hash chain: planted changes are found, projections are rebuilt.

use proofmark_ledger::{EventKind, Ledger, LedgerError, Namespace};
use proofmark_lifecycle::CandidateStatus;
use rusqlite::Connection;
use serde_json::json;

use crate::{Workspace, at, candidate, look, projections, run, span, start, trial};

fn filled() -> Workspace {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let dates = span("2010-01-01", "2019-12-31");
    ledger.start_run(&run(1), &start(), at(0)).unwrap();
    for key in ["a", "b", "c"] {
        ledger.record_trial(&trial(key, &["TCS", "M&M"], dates), at(1)).unwrap();
    }
    ledger.append(EventKind::PhaseFinished, Some(&run(1)), &json!({ "phase": "x" }), at(2)).unwrap();
    ledger.record_candidate(&run(1), &candidate(CandidateStatus::ReadyForReview), at(3)).unwrap();
    ledger.open_holdout(&run(1), &look("a"), at(4)).unwrap();
    ledger.finish_run(&run(1), CandidateStatus::ReadyForReview, at(5)).unwrap();
    let report = ledger.verify_chain().unwrap();
    assert_eq!((report.events, report.head), (8, ledger.head().unwrap()));
    workspace
}

/// Changes the file behind the ledger's back, as somebody with an SQLite shell would.
fn tamper(workspace: &Workspace, sql: &str) {
    let connection = Connection::open(workspace.path()).unwrap();
    connection
        .execute_batch("DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_removed;")
        .unwrap();
    assert_eq!(connection.execute(sql, []).unwrap(), 1, "{sql}");
}

#[test]
fn every_planted_change_is_found_and_named() {
    for (sql, seq) in [
        ("UPDATE events SET body = replace(body, '42', '43') WHERE seq = 3", 3),
        ("UPDATE events SET at = at + 1 WHERE seq = 5", 5),
        ("UPDATE events SET kind = 'task_finished' WHERE seq = 5", 5),
        ("UPDATE events SET run_id = 'run_2' WHERE seq = 5", 5),
        ("UPDATE events SET run_id = NULL WHERE seq = 5", 5),
        ("UPDATE events SET namespace = 'dry_run' WHERE seq = 1", 1),
        ("UPDATE events SET digest = prev_digest WHERE seq = 4", 4),
        ("UPDATE events SET prev_digest = digest WHERE seq = 4", 4),
        ("DELETE FROM events WHERE seq = 1", 1),
        ("DELETE FROM events WHERE seq = 4", 4),
        ("DELETE FROM events WHERE seq = 8", 8),
        ("UPDATE events SET seq = 9 WHERE seq = 8", 8),
    ] {
        let workspace = filled();
        let open = workspace.ledger();
        tamper(&workspace, sql);
        let found = |result: Result<_, LedgerError>| match result {
            Err(LedgerError::Chain { seq, .. }) => seq,
            other => panic!("{sql} gave {other:?}"),
        };
        assert_eq!(found(open.verify_chain().map(drop)), seq, "{sql}");
        assert_eq!(found(open.rebuild()), seq, "{sql}");
        assert_eq!(found(Ledger::open(&workspace.path(), Namespace::Real).map(drop)), seq, "{sql}");
        let reader = Ledger::open_read_only(&workspace.path()).unwrap();
        assert_eq!(found(reader.verify_chain().map(drop)), seq, "{sql}");
    }
}

#[test]
fn an_open_ledger_writes_nothing_on_top_of_a_changed_event() {
    let workspace = filled();
    let ledger = workspace.ledger();
    tamper(&workspace, "UPDATE events SET at = at + 1 WHERE seq = 8");
    let refused = ledger.append(EventKind::DataIngested, None, &json!({}), at(9));
    assert!(matches!(refused, Err(LedgerError::Chain { seq: 8, .. })));
}

#[test]
fn events_cannot_be_changed_through_sql_by_accident() {
    let workspace = filled();
    let connection = Connection::open(workspace.path()).unwrap();
    for sql in ["UPDATE events SET at = 0", "DELETE FROM events"] {
        let error = connection.execute(sql, []).unwrap_err();
        assert!(error.to_string().contains("append-only"), "{error}");
    }
}

#[test]
fn damaged_projections_are_rebuilt_from_the_events() {
    let workspace = filled();
    let ledger = workspace.ledger();
    let before = projections(&workspace.path());
    assert_eq!(before.len(), 1 + 3 + 1 + 1);
    let connection = Connection::open(workspace.path()).unwrap();
    connection
        .execute_batch("DELETE FROM trials WHERE number = 2; DELETE FROM looks; UPDATE runs SET seq = 99;")
        .unwrap();
    assert_ne!(projections(&workspace.path()), before);
    ledger.rebuild().unwrap();
    assert_eq!(projections(&workspace.path()), before);
}

#[test]
fn an_event_whose_body_does_not_fit_its_kind_is_refused_whole() {
    let workspace = filled();
    let ledger = workspace.ledger();
    let head = ledger.head().unwrap();
    for kind in [EventKind::TrialRecorded, EventKind::CandidateDecided, EventKind::RunStarted] {
        assert!(matches!(
            ledger.append(kind, Some(&run(1)), &json!({}), at(9)),
            Err(LedgerError::Body { .. })
        ));
    }
    let no_run = ledger.append(EventKind::RunStarted, None, &start(), at(9));
    assert!(matches!(no_run, Err(LedgerError::NoRun { .. })));
    assert_eq!(ledger.head().unwrap(), head);
}
