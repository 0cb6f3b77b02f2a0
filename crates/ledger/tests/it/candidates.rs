//! Candidates: recording, hold-out, votes, and what is refused.

use proofmark_ledger::{
    Decision, DecisionKind, EventFilter, HoldoutJudgement, Ledger, LedgerError, Namespace, NewCandidate,
};
use proofmark_lifecycle::mark::Environment;
use proofmark_lifecycle::{CandidateStatus, TransitionError, Verdict};
use proofmark_units::Digest;
use proptest::prelude::*;

use crate::{Workspace, at, candidate, look, projections, run};

fn decision(decision: DecisionKind) -> Decision {
    let approves = decision == DecisionKind::Approve;
    Decision {
        decision,
        actor: "R. Reviewer".to_owned(),
        reason: "read the briefing".to_owned(),
        environment: approves.then_some(Environment::Paper),
        mark: approves.then(|| Digest::of(b"mark")),
        key_id: approves.then(|| Digest::of(b"key")),
    }
}

fn judgement(verdict: Verdict) -> HoldoutJudgement {
    HoldoutJudgement { verdict, evidence: Digest::of(b"holdout") }
}

#[test]
fn from_review_over_the_hold_out_to_approval_and_revocation() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    ledger.record_candidate(&run(1), &candidate(CandidateStatus::ReadyForReview), at(0)).unwrap();
    let early = ledger.vote(&run(1), &decision(DecisionKind::Approve), &[], at(1)).unwrap_err();
    assert!(matches!(early, LedgerError::Transition { source: TransitionError::HoldoutUnopened, .. }));
    assert_eq!(ledger.open_holdout(&run(1), &look("a"), at(2)).unwrap(), 1);
    assert_eq!(ledger.open_holdout(&run(1), &look("a"), at(3)).unwrap(), 1, "again after a crash");
    ledger.judge_holdout(&run(1), &judgement(Verdict::Pass), at(4)).unwrap();
    let again = ledger.open_holdout(&run(1), &look("a"), at(5)).unwrap_err();
    assert!(matches!(
        again,
        LedgerError::Transition { source: TransitionError::HoldoutAlreadyOpened { .. }, .. }
    ));

    let changed = ["student_model.json".to_owned()];
    let refused = ledger.vote(&run(1), &decision(DecisionKind::Approve), &changed, at(6)).unwrap_err();
    assert!(matches!(refused, LedgerError::Transition { source: TransitionError::BytesChanged { .. }, .. }));
    let unsigned = Decision { mark: None, ..decision(DecisionKind::Approve) };
    assert!(matches!(ledger.vote(&run(1), &unsigned, &[], at(7)), Err(LedgerError::Incomplete { .. })));
    let nobody = Decision { actor: " ".to_owned(), ..decision(DecisionKind::Approve) };
    assert!(matches!(ledger.vote(&run(1), &nobody, &[], at(7)), Err(LedgerError::Incomplete { .. })));

    let own = Decision {
        actor: " ann AUTHOR".to_owned(),
        environment: Some(Environment::Live),
        ..decision(DecisionKind::Approve)
    };
    assert!(matches!(ledger.vote(&run(1), &own, &[], at(7)), Err(LedgerError::SamePerson { .. })));

    let approved = ledger.vote(&run(1), &decision(DecisionKind::Approve), &[], at(8)).unwrap();
    assert_eq!(approved.state.status, CandidateStatus::Approved);
    ledger.vote(&run(1), &decision(DecisionKind::Revoke), &[], at(9)).unwrap();
    let record = ledger.candidate(&run(1)).unwrap();
    assert_eq!(record.state.status, CandidateStatus::Revoked);
    assert_eq!(record.decisions.len(), 2);
    assert_eq!(record.decisions[0].at, at(8));
    assert_eq!(record.look.unwrap().0, at(2));
    assert_eq!(ledger.events(&EventFilter::default()).unwrap().len(), 5, "refused actions leave no event");
    ledger.verify_chain().unwrap();
}

#[test]
fn unknown_candidates_and_those_not_ready_are_refused() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    for result in [
        ledger.candidate(&run(1)).map(drop),
        ledger.vote(&run(1), &decision(DecisionKind::Approve), &[], at(0)).map(drop),
        ledger.open_holdout(&run(1), &look("a"), at(0)).map(drop),
        ledger.judge_holdout(&run(1), &judgement(Verdict::Pass), at(0)).map(drop),
    ] {
        assert!(matches!(result, Err(LedgerError::UnknownCandidate { .. })));
    }
    for (i, status) in
        [CandidateStatus::Refused, CandidateStatus::Inconclusive, CandidateStatus::Failed].iter().enumerate()
    {
        let id = run(u32::try_from(i).unwrap());
        ledger.record_candidate(&id, &candidate(*status), at(0)).unwrap();
        let error = ledger.vote(&id, &decision(DecisionKind::Approve), &[], at(1)).unwrap_err();
        assert!(matches!(
            error,
            LedgerError::Transition { source: TransitionError::NotReadyForReview { .. }, .. }
        ));
        assert!(ledger.open_holdout(&id, &look("a"), at(1)).is_err());
    }
    let ids: Vec<String> = ledger.candidates().unwrap().iter().map(|c| c.run_id.to_string()).collect();
    assert_eq!(ids, ["run_2", "run_1", "run_0"], "newest first");
}

#[test]
fn a_resumed_run_replaces_its_failure_and_nothing_else() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let ready = candidate(CandidateStatus::ReadyForReview);
    ledger.record_candidate(&run(1), &candidate(CandidateStatus::Failed), at(0)).unwrap();
    ledger.record_candidate(&run(1), &ready, at(1)).unwrap();
    ledger.record_candidate(&run(1), &ready, at(2)).unwrap();
    assert_eq!(ledger.events(&EventFilter::default()).unwrap().len(), 2);
    let other = NewCandidate { author: "Somebody else".to_owned(), ..ready };
    assert!(matches!(
        ledger.record_candidate(&run(1), &other, at(3)),
        Err(LedgerError::CandidateExists { .. })
    ));
    let smuggled = candidate(CandidateStatus::Approved);
    assert!(ledger.record_candidate(&run(2), &smuggled, at(4)).is_err(), "no candidate is born approved");
}

#[test]
fn dry_runs_and_real_runs_do_not_mix() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    let rehearsal = NewCandidate { dry_run: true, ..candidate(CandidateStatus::ReadyForReview) };
    let error = ledger.record_candidate(&run(1), &rehearsal, at(0)).unwrap_err();
    assert!(matches!(error, LedgerError::WrongNamespace { .. }));
    let own = workspace.path().with_file_name("dry_run.db");
    let ledger = Ledger::open(&own, Namespace::DryRun).unwrap();
    ledger.record_candidate(&run(1), &rehearsal, at(0)).unwrap();
    let error = ledger.vote(&run(1), &decision(DecisionKind::Approve), &[], at(1)).unwrap_err();
    assert!(matches!(error, LedgerError::Transition { source: TransitionError::DryRun, .. }));
    assert!(matches!(Ledger::open(&own, Namespace::Real), Err(LedgerError::Namespace { .. })));
}

#[test]
fn every_other_trial_that_looks_at_the_same_sealed_dates_counts() {
    let workspace = Workspace::new();
    let ledger = workspace.ledger();
    for i in 1..=4 {
        ledger.record_candidate(&run(i), &candidate(CandidateStatus::ReadyForReview), at(0)).unwrap();
    }
    assert_eq!(ledger.open_holdout(&run(1), &look("a"), at(1)).unwrap(), 1);
    assert_eq!(ledger.open_holdout(&run(2), &look("a"), at(2)).unwrap(), 1, "the same trial, replayed");
    assert_eq!(ledger.open_holdout(&run(3), &look("b"), at(3)).unwrap(), 2);
    let mut later = look("c");
    later.span = crate::span("2025-01-01", "2025-12-31");
    assert_eq!(ledger.open_holdout(&run(4), &later, at(4)).unwrap(), 1, "new data has arrived");
}

fn any_decision() -> impl Strategy<Value = DecisionKind> {
    prop::sample::select(vec![
        DecisionKind::Approve,
        DecisionKind::Reject,
        DecisionKind::Reset,
        DecisionKind::Revoke,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    #[test]
    fn projections_are_what_the_events_say_after_any_history(
        steps in prop::collection::vec((0_u32..3, 0_usize..4, any_decision()), 0..20),
    ) {
        let workspace = Workspace::new();
        let ledger = workspace.ledger();
        for (i, (id, step, kind)) in steps.iter().enumerate() {
            let now = at(i64::try_from(i).unwrap());
            // Refusals are part of the history: they must leave nothing.
            let _ = match step {
                0 => ledger.record_candidate(&run(*id), &candidate(CandidateStatus::ReadyForReview), now).map(drop),
                1 => ledger.open_holdout(&run(*id), &look(&id.to_string()), now).map(drop),
                2 => ledger.judge_holdout(&run(*id), &judgement(Verdict::Pass), now).map(drop),
                _ => ledger.vote(&run(*id), &decision(*kind), &[], now).map(drop),
            };
        }
        let before = projections(&workspace.path());
        ledger.rebuild().unwrap();
        prop_assert_eq!(projections(&workspace.path()), before);
        ledger.verify_chain().unwrap();
    }
}
