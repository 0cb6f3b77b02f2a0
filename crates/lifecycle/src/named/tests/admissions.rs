//! Phases limit how many candidates go on; they never soften what one has to show.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::fixture::{good, judge, lost, policy, put, record, values, without};
use crate::candidate::CandidateStatus::{self, *};
use crate::evidence::EvidenceSet;
use crate::named::{AdmissionError, NamedVerdict, Ranked};

static SORTS: LazyLock<Vec<(CandidateStatus, NamedVerdict, bool)>> = LazyLock::new(sorts);

/// Candidates of every sort: passed, failed, unknown, judged by another policy, passed here and not by default.
fn sorts() -> Vec<(CandidateStatus, NamedVerdict, bool)> {
    let verdict = |set: &EvidenceSet| judge("gated_pipeline", set);
    vec![
        (ReadyForReview, verdict(&good()), true),
        (Approved, verdict(&good()), true),
        (Refused, verdict(&good()), false),
        (Inconclusive, verdict(&good()), false),
        (Failed, verdict(&good()), false),
        (Rejected, verdict(&good()), false),
        (Revoked, verdict(&good()), false),
        (ReadyForReview, verdict(&values(&good(), &[("money.candidate.sharpe", 0.29)])), false),
        (ReadyForReview, verdict(&values(&good(), &[("money.candidate.trades", 0.0)])), false),
        (ReadyForReview, verdict(&lost(&good(), &["deflated_sharpe.dsr"], "no spread")), false),
        (ReadyForReview, verdict(&EvidenceSet::new()), false),
        (ReadyForReview, judge("usdcop_h5", &good()), false),
        // Admission stands after the backtest: stress and paper come later.
        (ReadyForReview, verdict(&without(&good(), &["scenarios.run", "paper.sharpe"])), true),
    ]
}

proptest! {
    #[test]
    fn who_did_not_pass_is_admitted_in_no_phase(
        picks in proptest::collection::vec(0..13_usize, 0..40),
        trials in prop_oneof![0..600_u64, any::<u64>()],
    ) {
        let (policy, sorts) = (policy("gated_pipeline"), &*SORTS);
        let names: Vec<String> = (0..picks.len()).map(|i| format!("c{i}")).collect();
        let ranked: Vec<Ranked<'_>> = picks
            .iter()
            .zip(&names)
            .map(|(sort, id)| Ranked { id, judged: sorts[*sort].0, verdict: &sorts[*sort].1 })
            .collect();
        let phase = policy.phase_at(trials).unwrap();
        let admission = policy.admit(&ranked, phase);
        let passed: Vec<&String> =
            names.iter().zip(&picks).filter(|(_, sort)| sorts[**sort].2).map(|(name, _)| name).collect();
        let want: Vec<&String> = passed.into_iter().take(phase.admits).collect();
        prop_assert_eq!(admission.admitted.iter().collect::<Vec<_>>(), want, "the first that passed, in rank order");
        prop_assert_eq!(admission.admitted.len() + admission.held_back.len(), names.len());
    }
}

#[test]
fn those_held_back_are_told_why() {
    let (policy, sorts) = (policy("gated_pipeline"), &*SORTS);
    let ranked = |picks: &[(&'static str, usize)]| {
        let ranked: Vec<Ranked<'_>> = picks
            .iter()
            .map(|(id, sort)| Ranked { id, judged: sorts[*sort].0, verdict: &sorts[*sort].1 })
            .collect();
        policy.admit(&ranked, policy.phase_at(500).unwrap())
    };
    let admission = ranked(&[("a", 7), ("b", 0), ("b", 0), ("c", 0), ("d", 2), ("e", 11)]);
    assert_eq!((admission.phase.as_str(), admission.admits), ("mature", 1));
    assert_eq!(admission.admitted, ["b"]);
    let why: Vec<(&str, &str)> =
        admission.held_back.iter().map(|held| (held.id.as_str(), held.reason.as_str())).collect();
    assert_eq!(
        why,
        [
            ("a", "Gate `backtest`: fail."),
            ("b", "It is listed twice and counts once."),
            ("c", "It passed, but phase `mature` admits 1 at a time and better ones stand before it."),
            ("d", "The default policy leaves it refused."),
            ("e", "It was judged by another policy."),
        ]
    );
    let elsewhere = super::fixture::policy("usdcop_h5");
    let nobody = elsewhere.admit(
        &[Ranked { id: "x", judged: ReadyForReview, verdict: &judge("usdcop_h5", &good()) }],
        policy.phase_at(0).unwrap(),
    );
    assert!(nobody.admitted.is_empty(), "a policy without phases admits nobody");
    assert_eq!(elsewhere.phase(&good()), Err(AdmissionError::NoPhases { policy: "usdcop_h5".to_owned() }));
}

#[test]
fn an_unknown_number_of_trials_is_no_phase_and_never_the_first() {
    let policy = policy("gated_pipeline");
    for broken in [
        without(&good(), &["trials.n"]),
        lost(&good(), &["trials.n"], "permission denied"),
        values(&good(), &[("trials.n", -1.0)]),
        values(&good(), &[("trials.n", 4.5)]),
        values(&good(), &[("trials.n", f64::NAN)]),
        put(&good(), record("trials.n", 4.0, "files")),
    ] {
        let error = policy.phase(&broken).unwrap_err();
        assert!(matches!(error, AdmissionError::TrialsUnknown { .. }), "{error}");
        assert!(error.hint().contains("ledger"));
    }
    let why = policy.phase(&lost(&good(), &["trials.n"], "permission denied")).unwrap_err().to_string();
    assert_eq!(why, "failed to tell the phase: permission denied");
    assert_eq!(policy.phase(&good()).unwrap().name, "early");
}
