//! Looks at later windows are counted, also against sealed spans they touch.

use proofmark_ledger::{EventFilter, LedgerError, ValidationJudgement, ValidationLook};
use proofmark_lifecycle::{CandidateStatus, Verdict};
use proofmark_units::Digest;

use crate::{Workspace, at, candidate, look, projections, run, span, symbols};

fn window(trial: &str, first: &str, last: &str, baseline: Option<&str>) -> ValidationLook {
    ValidationLook {
        trial_key: Digest::of(trial.as_bytes()),
        symbols: symbols(&["TCS"]),
        span: span(first, last),
        baseline: baseline.map(|_| run(9)),
        baseline_key: baseline.map(|key| Digest::of(key.as_bytes())),
    }
}

#[test]
fn every_trial_counts_once_and_the_champion_not_at_all() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    for id in [1, 2, 3] {
        ledger.record_candidate(&run(id), &candidate(CandidateStatus::ReadyForReview), at(0)).unwrap();
    }
    let first = window("a", "2025-01-01", "2025-03-31", None);
    assert_eq!(ledger.open_validation(&run(1), &first, at(1)).unwrap(), 1);
    let events = ledger.events(&EventFilter::default()).unwrap().len();
    assert_eq!(ledger.open_validation(&run(1), &first, at(2)).unwrap(), 1, "again");
    assert_eq!(ledger.events(&EventFilter::default()).unwrap().len(), events, "the same look is one event");
    let wider = window("a", "2025-02-01", "2025-06-30", None);
    assert_eq!(ledger.open_validation(&run(1), &wider, at(3)).unwrap(), 1, "the same trial is one look");

    let other = window("b", "2025-03-31", "2025-05-31", None);
    assert_eq!(ledger.open_validation(&run(2), &other, at(4)).unwrap(), 2);
    let against = window("b", "2025-03-31", "2025-05-31", Some("a"));
    assert_eq!(ledger.open_validation(&run(2), &against, at(5)).unwrap(), 1, "the champion was fixed before");
    let apart = window("b", "2025-07-01", "2025-08-31", None);
    assert_eq!(ledger.open_validation(&run(2), &apart, at(6)).unwrap(), 1, "no date in common");

    // A sealed span that a validation of another trial has looked at is no longer untouched.
    let reached = window("c", "2024-12-01", "2024-12-31", None);
    ledger.open_validation(&run(3), &reached, at(7)).unwrap();
    assert_eq!(ledger.open_holdout(&run(1), &look("a"), at(8)).unwrap(), 2);

    let unknown = ledger.open_validation(&run(7), &first, at(9));
    assert!(matches!(unknown, Err(LedgerError::UnknownCandidate { .. })));
}

#[test]
fn a_judgement_is_kept_beside_the_candidate_and_leaves_its_state_alone() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let before =
        ledger.record_candidate(&run(1), &candidate(CandidateStatus::ReadyForReview), at(0)).unwrap();
    ledger.open_validation(&run(1), &window("a", "2025-01-01", "2025-03-31", None), at(1)).unwrap();
    let judgement = ValidationJudgement {
        span: span("2025-01-01", "2025-03-31"),
        baseline: None,
        verdict: Verdict::Fail,
        evidence: Digest::of(b"validation"),
    };
    for k in [2, 3] {
        let after = ledger.judge_validation(&run(1), &judgement, at(k)).unwrap();
        assert_eq!(after.validations.len(), 1);
        assert_eq!((&after.validations[0].judgement, after.validations[0].at), (&judgement, at(2)));
        assert_eq!(after.state, before.state);
    }
    let path = ledger.path().to_owned();
    let rows = projections(&path);
    ledger.rebuild().unwrap();
    assert_eq!(projections(&path), rows);
}
