use proptest::prelude::*;

use super::CandidateStatus::{Approved, Failed, Inconclusive, ReadyForReview, Refused, Rejected, Revoked};
use super::*;
use crate::evidence::EvidenceSet;
use crate::gates::tests::passing_evidence;
use crate::{Policy, judge_all};

const ALL: [CandidateStatus; 7] =
    [ReadyForReview, Refused, Inconclusive, Failed, Approved, Rejected, Revoked];

fn approve() -> Action {
    Action::Approve { changed: Vec::new() }
}

fn open(verdict: Verdict) -> Action {
    Action::OpenHoldout { verdict }
}

#[test]
fn the_status_follows_from_the_gates_and_the_failed_phase() {
    let policy = Policy::default();
    let passing = judge_all(&passing_evidence(), &policy);
    assert_eq!(decide(&passing, None), ReadyForReview);
    assert_eq!(decide(&passing, Some(Phase::StressTests)), Failed);
    assert_eq!(decide(&passing[1..], None), Inconclusive, "a gate left out is cannot-tell");
    assert_eq!(decide(&[], None), Inconclusive);
    assert_eq!(decide(&judge_all(&EvidenceSet::new(), &policy), None), Inconclusive);
    let mut failing = passing;
    failing[2].verdict = Verdict::Fail;
    failing[3].verdict = Verdict::CannotTell;
    assert_eq!(decide(&failing, None), Refused);
}

#[test]
fn approval_refuses_each_thing_in_the_way() {
    let ready = Candidate::new(ReadyForReview, false);
    let opened = apply(ready, &open(Verdict::Pass)).unwrap();
    assert_eq!(apply(opened, &approve()).unwrap().status, Approved);
    assert_eq!(apply(ready, &approve()), Err(TransitionError::HoldoutUnopened));
    let dry = Candidate { dry_run: true, ..opened };
    assert_eq!(apply(dry, &approve()), Err(TransitionError::DryRun));
    let changed = Action::Approve { changed: vec!["student_model.json".to_owned()] };
    assert!(matches!(apply(opened, &changed), Err(TransitionError::BytesChanged { .. })));
    for verdict in [Verdict::Fail, Verdict::CannotTell] {
        let vetoed = apply(ready, &open(verdict)).unwrap();
        assert_eq!(vetoed.status, if verdict == Verdict::Fail { Refused } else { Inconclusive });
        assert_eq!(apply(vetoed, &approve()), Err(TransitionError::HoldoutNotPassed { verdict }));
    }
    for status in [Refused, Inconclusive, Failed, Approved, Rejected, Revoked] {
        let candidate =
            Candidate { status, judged: ReadyForReview, dry_run: false, holdout: Some(Verdict::Pass) };
        assert_eq!(apply(candidate, &approve()), Err(TransitionError::NotReadyForReview { status }));
    }
}

#[test]
fn the_hold_out_is_opened_once_and_only_when_every_gate_passed() {
    let opened = apply(Candidate::new(ReadyForReview, false), &open(Verdict::Pass)).unwrap();
    let again = apply(opened, &open(Verdict::Pass));
    assert_eq!(again, Err(TransitionError::HoldoutAlreadyOpened { verdict: Verdict::Pass }));
    for status in [Refused, Inconclusive, Failed] {
        let refused = apply(Candidate::new(status, false), &open(Verdict::Pass));
        assert_eq!(refused, Err(TransitionError::NotReadyForReview { status }));
    }
    assert_eq!(
        apply(Candidate::new(ReadyForReview, true), &open(Verdict::Pass)),
        Err(TransitionError::DryRun)
    );
}

#[test]
fn a_rejection_is_reset_to_what_the_gates_said() {
    for judged in [ReadyForReview, Refused, Inconclusive] {
        let rejected = apply(Candidate::new(judged, false), &Action::Reject).unwrap();
        assert_eq!(rejected.status, Rejected);
        assert_eq!(apply(rejected, &Action::Reset).unwrap(), Candidate::new(judged, false));
    }
    assert!(apply(Candidate::new(Failed, false), &Action::Reject).is_err());
    assert!(apply(Candidate::new(ReadyForReview, false), &Action::Reset).is_err());
    assert!(apply(Candidate::new(ReadyForReview, false), &Action::Revoke).is_err());
}

fn any_action() -> impl Strategy<Value = Action> {
    prop_oneof![
        prop_oneof![Just(Verdict::Pass), Just(Verdict::Fail), Just(Verdict::CannotTell)].prop_map(open),
        prop::collection::vec(Just("model.json".to_owned()), 0..2)
            .prop_map(|changed| Action::Approve { changed }),
        Just(Action::Reject),
        Just(Action::Reset),
        Just(Action::Revoke),
    ]
}

proptest! {
    #[test]
    fn no_order_of_actions_finds_a_way_round(
        judged in prop::sample::select(&ALL[..4]),
        dry_run in any::<bool>(),
        actions in prop::collection::vec(any_action(), 0..24),
    ) {
        let mut candidate = Candidate::new(judged, dry_run);
        let mut revoked = false;
        let mut looks = 0;
        for action in &actions {
            let before = candidate;
            let Ok(after) = apply(candidate, action) else { continue };
            candidate = after;
            looks += i32::from(matches!(action, Action::OpenHoldout { .. }));
            prop_assert!(looks <= 1, "the hold-out was opened twice");
            if candidate.status == Approved {
                prop_assert!(!dry_run && judged == ReadyForReview);
                prop_assert_eq!(before.holdout, Some(Verdict::Pass));
                prop_assert_eq!(action, &approve());
                prop_assert!(!revoked, "approved after it was revoked");
            }
            revoked |= candidate.status == Revoked;
            prop_assert!(!revoked || candidate.status == Revoked, "revoked is final");
            prop_assert_eq!(candidate.dry_run, dry_run);
            prop_assert!(judged != Failed, "nothing happens to a failed candidate");
        }
    }
}
