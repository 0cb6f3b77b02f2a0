//! The shipped files say what their sources say, and a file that could be lenient by accident is refused.

use super::fixture::policy;
use crate::evidence::SpanKind;
use crate::gates::Bound::{self, Above, AtLeast, AtMost, Below};
use crate::named::{NamedPolicy, NamedPolicyError, SHIPPED, named_policies, named_policy};

fn text(name: &str) -> &'static str {
    SHIPPED.iter().find(|(shipped, _)| *shipped == name).unwrap().1
}

fn edited(from: &str, to: &str) -> Result<NamedPolicy, NamedPolicyError> {
    let text = text("usdcop_h5");
    assert!(text.contains(from), "{from}");
    NamedPolicy::from_toml(&text.replacen(from, to, 1))
}

#[test]
fn the_shipped_policies_are_read_under_their_own_names() {
    let policies = named_policies();
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["sensequant", "usdcop_h5", "gated_pipeline"]);
    assert_eq!(names, SHIPPED.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    assert!(named_policy("default").is_none(), "the default policy is typed and no list of rules");
    let rules: Vec<usize> = policies.iter().map(|policy| policy.rules.len()).collect();
    assert_eq!(rules, [21, 5, 36]);
    for policy in policies {
        let read: NamedPolicy = serde_json::from_str(&serde_json::to_string(policy).unwrap()).unwrap();
        assert_eq!(read.digest(), policy.digest());
    }
}

#[test]
fn the_shipped_thresholds_are_those_of_the_sources() {
    let rules: &[(&str, &str, Bound, f64, bool)] = &[
        ("usdcop_h5", "min_return", Above, -0.15, true),
        ("usdcop_h5", "min_sharpe_ratio", Above, 0.0, false),
        ("usdcop_h5", "max_drawdown", Below, 0.20, true),
        ("usdcop_h5", "min_trades", AtLeast, 10.0, false),
        ("usdcop_h5", "statistical_significance", Below, 0.05, false),
        ("sensequant", "enough_periods", AtLeast, 8.0 * 63.0, true),
        ("sensequant", "rank_skill", AtMost, 0.01, true),
        ("sensequant", "auc_null", AtMost, 0.01, false),
        ("sensequant", "auc_over_null", AtLeast, 0.02, false),
        ("sensequant", "folds_over_null", AtLeast, 0.70, false),
        ("sensequant", "net_sharpe_interval", Above, 0.0, true),
        ("sensequant", "deflated_sharpe", AtLeast, 0.95, true),
        ("sensequant", "data_snooping", AtMost, 0.05, true),
        ("sensequant", "overfitting", AtMost, 0.2, true),
        ("sensequant", "brier_skill", Above, 0.0, false),
        ("sensequant", "calibration_error", AtMost, 0.05, false),
        ("sensequant", "alpha_t", AtLeast, 2.0, true),
        ("sensequant", "worst_quarter", Above, -1.0, false),
        ("sensequant", "champion_sharpe", AtLeast, 0.1, false),
        ("gated_pipeline", "min_return", AtLeast, 0.0, true),
        ("gated_pipeline", "min_sharpe", AtLeast, 0.3, true),
        ("gated_pipeline", "max_drawdown", AtMost, 0.15, true),
        ("gated_pipeline", "overfitting", AtMost, 0.10, true),
        ("gated_pipeline", "scenario_excess", AtLeast, 0.60, false),
        ("gated_pipeline", "scenario_drawdown", AtMost, 0.25, true),
        ("gated_pipeline", "scenario_worst", AtMost, 0.40, true),
        ("gated_pipeline", "scenario_tail", AtLeast, -0.20, true),
        ("gated_pipeline", "scenario_ruin", AtMost, 0.0, true),
        ("gated_pipeline", "paper_win_rate", AtLeast, 0.60, false),
        ("gated_pipeline", "paper_sharpe", AtLeast, 0.5, false),
        ("gated_pipeline", "paper_drawdown", AtMost, 0.15, true),
        ("gated_pipeline", "plausible_sharpe", AtMost, 4.0, true),
        ("gated_pipeline", "plausible_hit_rate", AtMost, 0.75, true),
    ];
    for (name, id, bound, limit, critical) in rules {
        let policy = policy(name);
        let rule = policy.rules.iter().find(|rule| rule.id == *id).unwrap_or_else(|| panic!("{name}: {id}"));
        assert_eq!((rule.bound, rule.critical), (*bound, *critical), "{name}: {id}");
        assert_eq!(rule.limit.to_bits(), limit.to_bits(), "{name}: {id}");
    }
}

#[test]
fn every_rule_explains_itself_and_none_reads_percent_or_fitted_rows() {
    for policy in named_policies() {
        for rule in &policy.rules {
            assert!(!rule.unit.contains('%') && !rule.unit.contains("percent"), "{}", rule.id);
            assert!(!rule.spans.contains(&SpanKind::InSample));
            for sentence in [&rule.remedy, &rule.reason] {
                assert!(sentence.ends_with('.') && sentence.len() > 15, "{}: {sentence}", rule.id);
            }
            assert!(rule.breach_means.as_ref().is_none_or(|text| text.ends_with('.')), "{}", rule.id);
            assert!(!rule.label.ends_with('.') && rule.formula.len() > 15, "{}", rule.id);
        }
    }
}

#[test]
fn what_could_be_lenient_by_accident_is_refused() {
    use NamedPolicyError as E;
    assert!(matches!(edited("unknown = \"cannot_tell\"", "unknown = \"pass\""), Err(E::Parse(_))));
    assert!(matches!(edited("unknown = \"cannot_tell\"\n", ""), Err(E::Parse(_))));
    assert!(matches!(edited("critical = true\n", ""), Err(E::Parse(_))));
    assert!(matches!(edited("critical = true", "critical = true\nenabled = false"), Err(E::Parse(_))));
    assert!(matches!(edited("unit = \"fraction/year\"\n", ""), Err(E::Parse(_))));
    assert!(matches!(edited("unit = \"fraction/year\"", "unit = \" \""), Err(E::Unexplained { .. })));
    assert!(matches!(edited("format = 1", "format = 2"), Err(E::Newer { found: 2 })));
    assert!(matches!(edited("name = \"usdcop_h5\"", "name = \"default\""), Err(E::Reserved { .. })));
    assert!(matches!(edited("id = \"min_trades\"", "id = \"min_return\""), Err(E::Twice { .. })));
    assert!(matches!(edited("gate = \"min_trades\"", "gate = \"min_return\""), Err(E::Scattered { .. })));
    assert!(matches!(edited("limit = 0.2", "limit = 20"), Err(E::OutOfRange { .. })));
    assert!(matches!(edited("limit = 0.2", "limit = nan"), Err(E::OutOfRange { .. })));
    assert!(matches!(edited("limit = -0.15", "limit = -15"), Err(E::OutOfRange { .. })));
    assert!(matches!(edited("limit = 0.2", "limit = 0"), Err(E::DecidesNothing { .. })));
    assert!(matches!(edited("limit = 10\n", "limit = 0\n"), Err(E::DecidesNothing { .. })));
    assert!(matches!(edited("[\"out_of_sample\"]", "[]"), Err(E::Spans { .. })));
    assert!(matches!(edited("[\"out_of_sample\"]", "[\"in_sample\"]"), Err(E::Spans { .. })));
    assert!(matches!(edited("bound = \"above\"", "bound = \"above\"\nlevel = 0.95"), Err(E::Level { .. })));
    assert!(matches!(
        edited("bound = \"above\"", "bound = \"above\"\nreads = \"interval_low\""),
        Err(E::Level { .. })
    ));
    assert!(matches!(edited("n_min = 756", "n_min = 0"), Err(E::OutOfRange { .. })));
    assert!(matches!(edited("critical = true", "critical = true\ngraded = true"), Err(E::Grades { .. })));
    let head = text("usdcop_h5").split("[[rules]]").next().unwrap();
    assert!(matches!(NamedPolicy::from_toml(&format!("{head}\nrules = []")), Err(E::NoRules)));
    let error = edited("limit = 0.2", "limit = 20").unwrap_err();
    assert_eq!(error.to_string(), "`rules.max_drawdown.limit` is 20, possible are 0 to 1");
    assert!(error.hint().contains("15 % is 0.15"));
}

#[test]
fn grades_and_phases_must_cover_everything_and_carry_no_threshold() {
    use NamedPolicyError as E;
    let pipeline = |from: &str, to: &str| {
        let text = text("gated_pipeline");
        assert!(text.contains(from), "{from}");
        NamedPolicy::from_toml(&text.replacen(from, to, 1))
    };
    assert!(matches!(pipeline("share_min = 0.95", "share_min = 0.8"), Err(E::Grades { .. })));
    assert!(matches!(pipeline("share_min = 0.0", "share_min = 0.1"), Err(E::Grades { .. })));
    assert!(matches!(pipeline("share_min = 0.95", "share_min = 95"), Err(E::OutOfRange { .. })));
    assert!(matches!(pipeline("after = \"backtest\"", "after = \"trial\""), Err(E::Admission { .. })));
    assert!(matches!(pipeline("trials_below = 200", "trials_below = 50"), Err(E::Admission { .. })));
    assert!(matches!(pipeline("trials_below = 200\n", ""), Err(E::Admission { .. })));
    assert!(matches!(pipeline("admits = 10", "admits = 0"), Err(E::Admission { .. })));
    assert!(matches!(
        pipeline("name = \"mature\"", "name = \"mature\"\ntrials_below = 900"),
        Err(E::Admission { .. })
    ));
    // The source's phases carried thresholds. There is no key for one.
    for key in ["min_sharpe = -0.5", "limit = 0.8", "max_drawdown = 0.8", "critical = false"] {
        assert!(matches!(pipeline("admits = 10", &format!("admits = 10\n{key}")), Err(E::Parse(_))), "{key}");
    }
}

#[test]
fn the_digest_ignores_comments_and_follows_values() {
    let policy = policy("usdcop_h5");
    let commented = NamedPolicy::from_toml(&format!("# a comment\n{}", text("usdcop_h5"))).unwrap();
    assert_eq!(commented.digest(), policy.digest());
    assert_ne!(edited("limit = 10\n", "limit = 11\n").unwrap().digest(), policy.digest());
    assert_ne!(edited("critical = true", "critical = false").unwrap().digest(), policy.digest());
}
