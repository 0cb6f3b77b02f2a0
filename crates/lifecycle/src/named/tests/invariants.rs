//! Whatever happens to the evidence, a named policy only ever takes away.

use proptest::prelude::*;

use super::fixture::{good, with};
use crate::candidate::{CandidateStatus, decide};
use crate::evidence::{Evidence, EvidenceSet, SpanKind};
use crate::gates::judge_all;
use crate::named::{NamedVerdict, Recommendation, decide_with, named_policies};
use crate::policy::Policy;
use crate::verdict::Verdict;

/// One thing that can happen to one record.
fn damaged(set: &EvidenceSet, at: usize, how: u8, number: f64) -> EvidenceSet {
    let name = set.iter().nth(at % set.len()).unwrap().name.clone();
    with(set, &name, |e| match how {
        0 => None,
        1 => Some(Evidence { value: None, interval: None, ..e }),
        2 => Some(Evidence { unit: "percent".to_owned(), value: e.value.map(|value| value * 100.0), ..e }),
        3 => Some(Evidence { span_kind: SpanKind::InSample, ..e }),
        4 => Some(Evidence { value: e.value.map(|value| -value), ..e }),
        5 => Some(Evidence { n: 1, n_effective: Some(1.0), ..e }),
        _ => Some(Evidence { value: Some(number), ..e }),
    })
}

proptest! {
    #[test]
    fn a_named_policy_only_takes_away(
        damage in proptest::collection::vec((0..200_usize, 0..7_u8, prop_oneof![-5.0..5.0_f64, any::<f64>()]), 0..6),
    ) {
        let set = damage.iter().fold(good(), |set, (at, how, number)| {
            if set.is_empty() { set } else { damaged(&set, *at, *how, *number) }
        });
        let gates = judge_all(&set, &Policy::default());
        let named: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&set)).collect();
        let (alone, together) = (decide(&gates, None), decide_with(&gates, None, &named));
        // Not ready before, not ready after; and every step between is a step down.
        prop_assert!(alone == CandidateStatus::ReadyForReview || together != CandidateStatus::ReadyForReview);
        prop_assert!(alone != CandidateStatus::Refused || together == CandidateStatus::Refused);
        for verdict in &named {
            let applied = || verdict.checks.iter().filter(|check| check.applicable);
            let all_pass = applied().all(|check| check.check.verdict == Verdict::Pass);
            prop_assert_eq!(verdict.recommendation == Recommendation::Promote, all_pass);
            let critical = applied().any(|check| check.critical && check.check.verdict == Verdict::Fail);
            prop_assert_eq!(verdict.recommendation == Recommendation::Reject, critical);
            prop_assert!(verdict.gates_passed <= verdict.gates_total);
            for check in &verdict.checks {
                let finite = |value: Option<f64>| value.is_none_or(f64::is_finite);
                prop_assert!(finite(check.check.value) && finite(check.check.margin), "{:?}", check);
            }
        }
        let text = serde_json::to_string(&named).unwrap();
        prop_assert_eq!(serde_json::from_str::<Vec<NamedVerdict>>(&text).unwrap(), named, "nothing is lost in writing");
    }
}
