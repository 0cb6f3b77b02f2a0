//! Other processes and threads: kill -9, concurrent first openers, readers beside a writer.

use std::process::{Command, Stdio};
use std::time::Duration;

use proofmark_ledger::{EventFilter, EventKind, Ledger, Namespace};
use serde_json::json;

use crate::{Workspace, at, projections, run, span, trial};

const CHILD: &str = "PROOFMARK_TEST_LEDGER";

/// Not a test of its own: the process that `kill_leaves_whole_events_only` kills.
#[test]
fn child_appends_until_killed() {
    let Some(path) = std::env::var_os(CHILD) else { return };
    let ledger = Ledger::open(path.as_ref(), Namespace::Real).unwrap();
    for i in ledger.head().unwrap().seq.. {
        let dates = span("2010-01-01", "2019-12-31");
        ledger.record_trial(&trial(&i.to_string(), &["TCS"], dates), at(i.cast_signed())).unwrap();
    }
}

#[test]
fn kill_leaves_whole_events_only() {
    let workspace = Workspace::new();
    drop(workspace.ledger());
    let mut events = 0;
    for round in 0..6_u64 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "crash::child_appends_until_killed"])
            .env(CHILD, workspace.path())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        // Wait until it writes, then a little longer, so that the kill falls between and inside transactions.
        let reader = Ledger::open_read_only(&workspace.path()).unwrap();
        for _ in 0..2_000 {
            if reader.head().unwrap().seq > events {
                break;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        std::thread::sleep(Duration::from_millis(3 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        drop(reader);

        let ledger = workspace.ledger();
        let report = ledger.verify_chain().unwrap();
        assert!(report.events > events, "the child wrote nothing");
        events = report.events;
        assert_eq!(ledger.trials().unwrap().len() as u64, events, "each event with its projection");
        let before = projections(&workspace.path());
        ledger.rebuild().unwrap();
        assert_eq!(projections(&workspace.path()), before);
    }
}

#[test]
fn several_first_openers_and_writers_share_one_chain() {
    let workspace = Workspace::new();
    let path = workspace.path();
    std::thread::scope(|scope| {
        for writer in 0..6 {
            let path = &path;
            scope.spawn(move || {
                let ledger = Ledger::open(path, Namespace::Real).unwrap();
                for i in 0..10 {
                    let body = json!({ "writer": writer, "i": i });
                    ledger.append(EventKind::TaskFinished, Some(&run(writer)), &body, at(0)).unwrap();
                }
            });
        }
    });
    let ledger = workspace.ledger();
    assert_eq!(ledger.verify_chain().unwrap().events, 60);
    let mine = ledger.events(&EventFilter { run: Some(run(3)), ..EventFilter::default() }).unwrap();
    let order: Vec<i64> = mine.iter().map(|event| event.body["i"].as_i64().unwrap()).collect();
    assert_eq!(order, (0..10).collect::<Vec<_>>());
}

#[test]
fn one_ledger_is_shared_by_threads() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let ledger = &ledger;
            scope.spawn(move || {
                for i in 0..10 {
                    let dates = span("2010-01-01", "2019-12-31");
                    // Two threads at a time record the same trial.
                    let key = format!("{}-{i}", thread / 2);
                    ledger.record_trial(&trial(&key, &["TCS"], dates), at(0)).unwrap();
                }
            });
        }
    });
    assert_eq!(ledger.trials().unwrap().len(), 20);
}
