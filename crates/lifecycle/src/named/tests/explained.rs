//! `gates explain`: every rule says what it asks, why, whence, and how far away the candidate is.

use super::fixture::{good, lost, policy, values};
use crate::explain::{Distance, ExplainedGate, ExplainedRule, explain_gates, explain_named};
use crate::named::named_policies;
use crate::policy::Policy;
use crate::verdict::Verdict;

fn distance(rules: &[ExplainedRule], id: &str) -> Distance {
    rules.iter().find(|rule| rule.id == id).unwrap().distance.clone().unwrap()
}

#[test]
fn every_threshold_of_the_default_policy_is_explained_once() {
    let policy = Policy::default();
    let gates = explain_gates(&policy, None);
    let mut explained: Vec<&str> =
        gates.iter().flat_map(|gate| gate.thresholds.iter().map(|one| one.path.as_str())).collect();
    let mut paths: Vec<&str> = policy.thresholds().into_iter().map(|(path, _)| path).collect();
    explained.sort_unstable();
    paths.sort_unstable();
    assert_eq!(explained, paths, "a threshold group is named after its gate");
    assert!(
        gates.iter().all(|gate| gate.verdict.is_none() && gate.distances.is_empty() && gate.doc.len() > 80)
    );
    assert_eq!(gates.last().unwrap().gate, "frozen");
}

#[test]
fn default_gates_say_how_far_away_the_candidate_is() {
    let set = values(&good(), &[("active_return.p_bootstrap", 0.23), ("risk.max_drawdown", 0.6)]);
    let gates: Vec<ExplainedGate> = explain_gates(&Policy::default(), Some(&set));
    let of = |gate: &str| gates.iter().find(|explained| explained.gate == gate).unwrap();
    let p = &of("active_return").distances[0];
    assert_eq!((of("active_return").verdict, p.verdict), (Some(Verdict::Fail), Verdict::Fail));
    assert!((p.margin.unwrap() - (0.01 - 0.23)).abs() < 1e-15);
    assert_eq!(p.sentence, "would pass at Bootstrap p of the active return <= 0.01: off by 0.22.");
    assert_eq!(of("risk").distances[0].sentence, "passes exactly at the limit: Largest drawdown <= 60 %.");
    let canary = &of("leaks").distances[0];
    assert_eq!((canary.margin, canary.verdict), (None, Verdict::Pass), "a flag has no distance");
    let holdout = &of("holdout").distances[0];
    assert_eq!((holdout.verdict, holdout.margin), (Verdict::CannotTell, None), "not opened yet");
}

#[test]
fn named_rules_say_rule_unit_reason_source_formula_and_distance() {
    for policy in named_policies() {
        let rules = explain_named(policy, None);
        assert_eq!(rules.len(), policy.rules.len());
        assert!(rules.iter().all(|rule| rule.distance.is_none() && rule.applicable.is_none()));
        for rule in explain_named(policy, Some(&good())) {
            let distance = rule.distance.unwrap();
            assert!(distance.verdict == Verdict::Pass && !distance.sentence.is_empty(), "{}", rule.id);
            assert!(distance.margin.is_none_or(|margin| margin >= 0.0));
        }
    }
    let pipeline = policy("gated_pipeline");
    let set = values(
        &good(),
        &[("risk.max_drawdown", 0.18), ("money.candidate.sharpe", 4.5), ("active_return.annual_mean", 0.0)],
    );
    let rules =
        explain_named(pipeline, Some(&lost(&set, &["deflated_sharpe.dsr"], "the returns have no spread")));
    let drawdown = rules.iter().find(|rule| rule.id == "max_drawdown").unwrap();
    assert_eq!((drawdown.rule.as_str(), drawdown.unit.as_str()), ("Largest drawdown <= 15 %", "fraction"));
    assert_eq!(
        distance(&rules, "max_drawdown").sentence,
        "would pass at Largest drawdown <= 15 %: off by 3 percentage points."
    );
    assert_eq!(
        distance(&rules, "min_sharpe").sentence,
        "passes with 4.2 to spare: Annual Sharpe ratio >= 0.3."
    );
    let quarantined = distance(&rules, "plausible_sharpe");
    assert_eq!((quarantined.verdict, quarantined.margin), (Verdict::CannotTell, Some(-0.5)));
    assert_eq!(
        distance(&rules, "excess_interval").sentence,
        "lies exactly at the limit; would pass at Lower bound of the annual active return > 0 % a year, strictly."
    );
    let unknown = distance(&rules, "deflated_sharpe");
    assert_eq!((unknown.value, unknown.margin), (None, None));
    assert!(unknown.sentence.contains("the returns have no spread"), "{}", unknown.sentence);
}
