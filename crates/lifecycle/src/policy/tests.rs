use super::*;

fn edited(from: &str, to: &str) -> Result<Policy, PolicyError> {
    assert!(DEFAULT_POLICY.contains(from), "{from}");
    Policy::from_toml(&DEFAULT_POLICY.replacen(from, to, 1))
}

#[test]
fn the_shipped_policy_reads_and_leaves_nothing_out() {
    let policy = Policy::default();
    assert_eq!(policy.active_return.p_max.value.to_bits(), 0.01_f64.to_bits());
    assert!(policy.not_run.is_empty(), "every gate and canary of the policy is built");
    assert_eq!(policy.thresholds().len(), DEFAULT_POLICY.matches("value = ").count());
}

#[test]
fn unknown_missing_and_impossible_are_refused() {
    assert!(matches!(edited("[data.coverage_min]", "[data.coverage_mni]"), Err(PolicyError::Parse(_))));
    assert!(matches!(edited("unit = \"p\"", "unit = \"p\"\nvalu = 1"), Err(PolicyError::Parse(_))));
    assert!(matches!(edited("unit = \"p\"\n", ""), Err(PolicyError::Parse(_))));
    assert!(matches!(edited("value = 0.95", "value = 95"), Err(PolicyError::OutOfRange { .. })));
    assert!(matches!(edited("value = 0.95", "value = nan"), Err(PolicyError::OutOfRange { .. })));
    assert!(matches!(edited("format = 1", "format = 2"), Err(PolicyError::Newer { found: 2 })));
    assert!(matches!(edited("unit = \"p\"", "unit = \" \""), Err(PolicyError::Unexplained { .. })));
    let text = edited("unit = \"p\"", "unit = \"p\"\nvalu = 1").unwrap_err().to_string();
    assert!(text.contains("valu") && text.contains("line"), "{text}");
}

#[test]
fn an_implemented_gate_cannot_be_declared_not_run() {
    let with = |names: &[&str]| {
        let items: String =
            names.iter().map(|n| format!("[[not_run]]\nname = \"{n}\"\nreason = \"x\"\n")).collect();
        Policy::from_toml(&format!("{DEFAULT_POLICY}\n{items}"))
    };
    for gate in ["costs", "snooping", "selection", "holdout", "canary.fit_leak", "canary.vintage"] {
        assert_eq!(with(&[gate]).unwrap_err(), PolicyError::SwitchedOff { name: gate.to_owned() });
    }
    assert!(with(&["something_else"]).is_ok());
    assert!(matches!(with(&["a", "a"]), Err(PolicyError::Twice { .. })));
}

#[test]
fn only_a_named_person_with_a_reason_waives_and_only_what_is_waivable() {
    let waiver = |check: &str, by: &str, reason: &str| {
        Policy::default().with_waivers([Waiver {
            check: check.to_owned(),
            by: by.to_owned(),
            reason: reason.to_owned(),
            on: None,
        }])
    };
    let waived = waiver("data.universe_known_as_of", "R. Rao", "survivors only, research use").unwrap();
    assert_ne!(waived.digest(), Policy::default().digest());
    assert!(matches!(waiver("costs", "R. Rao", "x"), Err(PolicyError::NotWaivable { .. })));
    assert!(matches!(waiver("data.universe_known_as_of", " ", "x"), Err(PolicyError::Unexplained { .. })));
    assert!(matches!(
        waiver("data.universe_known_as_of", "R. Rao", ""),
        Err(PolicyError::Unexplained { .. })
    ));
}

#[test]
fn the_digest_ignores_comments_and_follows_values() {
    let commented = Policy::from_toml(&format!("# a comment\n{DEFAULT_POLICY}")).unwrap();
    assert_eq!(commented.digest(), Policy::default().digest());
    assert_ne!(edited("value = 0.95", "value = 0.96").unwrap().digest(), Policy::default().digest());
}
