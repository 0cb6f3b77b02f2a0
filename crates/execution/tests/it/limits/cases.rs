//! Every rule on books small enough to check by hand.

use proofmark_execution::limits::{
    Covariance, Factor, ForecastQuality, LimitConfigError, LimitError, Limits, MarketState, Mode, Scenarios,
    Standing, Subject, check, rule_ids,
};

use super::{close, judge, limits, only, state};

#[test]
fn two_names_of_100_in_a_sector_capped_at_100_are_halved() {
    let mut s = state(2);
    s.names.iter_mut().for_each(|n| n.sector = Some("banks".into()));
    let out = judge(&[0.0; 2], &[1.0, 1.0], &s, "[sector]\nmax = 1.0");
    close(&out.approved, &[0.5, 0.5]);
    let d = only(&out);
    assert_eq!(
        (d.rule.as_str(), d.mode, &d.subject),
        ("sector", Mode::Clip, &Subject::Sector("banks".into()))
    );
    assert_eq!((d.measured, d.limit, d.before), (Some(2.0), 1.0, 2.0));
    assert!((d.after - 1.0).abs() < 1e-12);
}

#[test]
fn a_pair_that_flips_every_day_has_turnover() {
    let out = judge(&[1.0, -1.0], &[-1.0, 1.0], &state(2), "[turnover]\nmax = 3.0\nmode = \"observe\"");
    assert_eq!(only(&out).measured, Some(4.0));
    assert_eq!(out.approved, [-1.0, 1.0]);
    // Closing takes 2 of 3, so half of each new side fits.
    let out = judge(&[1.0, -1.0], &[-1.0, 1.0], &state(2), "[turnover]\nmax = 3.0");
    close(&out.approved, &[-0.5, 0.5]);
    // Closing alone uses up more than the limit: it passes, and nothing is opened.
    let out = judge(&[1.0, -1.0], &[-1.0, 1.0], &state(2), "[turnover]\nmax = 1.0");
    assert_eq!(out.approved, [0.0, 0.0]);
    let spent = MarketState { turnover_spent: 0.75, ..state(1) };
    close(&judge(&[0.0], &[0.5], &spent, "[turnover]\nmax = 1.0").approved, &[0.25]);
}

#[test]
fn the_held_name_is_left_alone_when_the_new_one_is_cut() {
    let mut s = state(2);
    s.names[1].sector = Some("even".into());
    close(&judge(&[0.9, 0.0], &[0.9, 0.2], &s, "[sector]\nmax = 1.0").approved, &[0.9, 0.1]);
    // A book that breaks the limit already is only reduced.
    close(&judge(&[1.5, 0.5], &[1.5, 0.9], &s, "[sector]\nmax = 1.0").approved, &[0.75, 0.25]);
}

#[test]
fn single_names_and_sums() {
    let s = state(3);
    let toml = "[name]\nmax = 0.2\noverrides = { B = 0.3 }";
    close(&judge(&[0.0; 3], &[0.5, 0.5, -0.5], &s, toml).approved, &[0.2, 0.3, -0.2]);
    close(&judge(&[0.0; 3], &[0.5, 0.5, -1.0], &s, "[gross]\nmax = 1.0").approved, &[0.25, 0.25, -0.5]);
    // Longs 1.0, shorts 0.2: net 0.8 needs the longs at 0.6.
    close(&judge(&[0.0; 3], &[0.5, 0.5, -0.2], &s, "[net]\nmax = 0.4").approved, &[0.3, 0.3, -0.2]);
    close(&judge(&[0.0; 3], &[-0.5, -0.5, 0.2], &s, "[net]\nmax = 0.4").approved, &[-0.3, -0.3, 0.2]);
    // 0.6^2 + 0.8^2 = 1; a quarter of it is half of the weights.
    let toml = "[concentration]\nmax_herfindahl = 0.25";
    close(&judge(&[0.0; 3], &[0.6, 0.8, 0.0], &s, toml).approved, &[0.3, 0.4, 0.0]);
    let mut s = state(2);
    s.names[0].exposure_per_value = Some(3.0);
    close(&judge(&[0.0; 2], &[0.5, 0.5], &s, "[leverage]\nmax = 1.0").approved, &[0.25, 0.25]);
}

#[test]
fn a_factor_is_capped_on_the_side_that_is_too_high() {
    let mut s = state(3);
    s.factors = vec![Factor { name: "market".into(), loadings: vec![1.0, 2.0, 1.0] }];
    let toml = "[factor.max]\nmarket = 0.5";
    // 0.4 + 2 x 0.4 - 0.3 = 0.9; the longs' 1.2 must fall to 0.8.
    close(&judge(&[0.0; 3], &[0.4, 0.4, -0.3], &s, toml).approved, &[0.4 / 1.5, 0.4 / 1.5, -0.3]);
    let out = judge(&[0.0; 3], &[-0.4, -0.4, 0.3], &s, toml);
    assert_eq!(only(&out).subject, Subject::FactorBelow("market".into()));
    // A factor without loadings, and a loading that is unknown.
    assert_eq!(judge(&[0.1, 0.0, 0.0], &[0.3, 0.1, 0.0], &state(3), toml).approved, [0.1, 0.0, 0.0]);
    s.factors[0].loadings[1] = f64::NAN;
    assert_eq!(judge(&[0.0; 3], &[0.3, 0.3, 0.0], &s, toml).approved, [0.3, 0.0, 0.0], "not bought");
    let held = judge(&[0.0, 0.2, 0.5], &[0.3, 0.2, 0.1], &s, toml);
    assert_eq!(held.approved, [0.0, 0.2, 0.1], "held: nothing is added, reductions pass");
    assert!(only(&held).missing.as_deref().is_some_and(|m| m.contains("loading on market")));
}

#[test]
fn volume_limits_what_is_added() {
    // ADV is worth 10,000; 1 % of it is 100, all of equity.
    let s = state(1);
    let toml = "[adv]\nmax_participation = 0.01";
    close(&judge(&[0.0], &[1.5], &s, toml).approved, &[1.0]);
    assert_eq!(judge(&[3.0], &[0.5], &s, toml).approved, [0.5], "a reduction is not capped");
    // Turning from 0.4 to -2: closing takes 0.4 of the 1.0.
    close(&judge(&[0.4], &[-2.0], &s, toml).approved, &[-0.6]);
    let mut unknown = state(1);
    unknown.names[0].adv = None;
    assert_eq!(judge(&[0.1], &[0.2], &unknown, toml).approved, [0.1]);
    unknown.names[0].adv = Some(0.0);
    assert_eq!(judge(&[0.1], &[0.2], &unknown, toml).approved, [0.1]);
}

#[test]
fn losses_under_the_normal_distribution() {
    // Two names of 2 % volatility, correlation 0.5: sigma of (1, 1) is 0.02 x sqrt(3).
    let full = Covariance::Full(vec![4e-4, 2e-4, 2e-4, 4e-4]);
    let s = MarketState { covariance: Some(full), ..state(2) };
    let sigma = 0.02 * 3.0_f64.sqrt();
    let toml = "[value_at_risk]\nmax = 0.0402\nconfidence = 0.99\nmethod = \"normal\"";
    let out = judge(&[0.0; 2], &[1.0, 1.0], &s, toml);
    assert!((only(&out).measured.unwrap() - 2.326_347_874_040_841 * sigma).abs() < 1e-9);
    assert!((out.approved[0] - 0.0402 / (2.326_347_874_040_841 * sigma)).abs() < 1e-9);
    // pdf(2.3263) / 0.01 = 2.6652.
    let toml = "[expected_shortfall]\nmax = 0.0\nconfidence = 0.99\nmethod = \"normal\"\nmode = \"observe\"";
    let measured = only(&judge(&[0.0; 2], &[1.0, 1.0], &s, toml)).measured.unwrap();
    assert!((measured / sigma - 2.665_214).abs() < 1e-5, "{measured}");
    // The same matrix as one factor of variance 2e-4 with unit loadings and 2e-4 of each name's own.
    let factors = MarketState {
        factors: vec![Factor { name: "market".into(), loadings: vec![1.0, 1.0] }],
        covariance: Some(Covariance::Factors { covariance: vec![2e-4], specific: vec![2e-4, 2e-4] }),
        ..state(2)
    };
    let same = only(&judge(&[0.0; 2], &[1.0, 1.0], &factors, toml)).measured.unwrap();
    assert!((same - measured).abs() < 1e-15);
    assert_eq!(
        judge(&[0.1, 0.0], &[0.2, 0.2], &state(2), &toml.replace("observe", "clip")).approved,
        [0.1, 0.0]
    );
}

#[test]
fn losses_of_the_past() {
    // Worst of twenty days for one name: -5 %, then -4 %; the 5 % quantile lies 0.95 of the way from the
    // worst to the next.
    let mut days = vec![0.01; 18];
    days.extend([-0.04, -0.05]);
    let s = MarketState { scenarios: Some(Scenarios(days)), ..state(1) };
    let toml = |table: &str, confidence| {
        format!(
            "[{table}]\nmax = 0.0\nconfidence = {confidence}\nmethod = \"historical\"\nmode = \"observe\""
        )
    };
    let measured = |table, confidence| only(&judge(&[0.0], &[1.0], &s, &toml(table, confidence))).measured;
    assert!((measured("value_at_risk", 0.95).unwrap() - 0.0405).abs() < 1e-12);
    assert!((measured("expected_shortfall", 0.95).unwrap() - 0.05).abs() < 1e-12);
    // Twenty days hold no 1 % tail.
    let out = judge(&[0.2], &[1.0], &s, &toml("value_at_risk", 0.99).replace("observe", "clip"));
    assert_eq!((out.approved[0], only(&out).measured), (0.2, None));
}

#[test]
fn the_ladder_leaves_all_half_or_nothing() {
    let steps = "[{ drawdown = 0.05, scale = 0.5 }, { drawdown = 0.1, scale = 0.0 }]";
    let toml = &format!("[drawdown]\nfull_gross = 1.0\nsteps = {steps}");
    for (drawdown, left) in [(0.0, 1.0), (0.049, 1.0), (0.05, 0.5), (0.0999, 0.5), (0.1, 0.0), (0.4, 0.0)] {
        let s = MarketState { drawdown: Some(drawdown), ..state(2) };
        let out = judge(&[0.5, 0.5], &[0.5, 0.5], &s, toml);
        close(&out.approved, &[0.5 * left, 0.5 * left]);
        assert_eq!(judge(&[0.5, 0.5], &out.approved, &s, toml).approved, out.approved, "not halved twice");
    }
    let unknown = MarketState { drawdown: None, ..state(1) };
    assert_eq!(judge(&[0.1], &[0.3], &unknown, toml).approved, [0.1]);
}

#[test]
fn what_is_stale_or_unsure_is_not_added_to() {
    let mut s = state(4);
    s.names[1].data_age_seconds = Some(301.0);
    s.names[2].data_age_seconds = None;
    let out = judge(&[0.1; 4], &[0.2, 0.2, 0.2, 0.05], &s, "[stale_data]\nmax_age_seconds = 300");
    assert_eq!(out.approved, [0.2, 0.1, 0.1, 0.05]);
    assert_eq!((out.decisions[0].measured, out.decisions[1].measured), (Some(301.0), None));
    let sure = ForecastQuality { interval_width: Some(0.02), vacuity: Some(0.1), calibrated: Some(true) };
    let mut s = state(5);
    s.names.iter_mut().for_each(|n| n.forecast = sure);
    s.names[1].forecast.interval_width = Some(0.06);
    s.names[2].forecast.vacuity = Some(0.9);
    s.names[3].forecast.calibrated = Some(false);
    s.names[4].forecast.calibrated = None;
    let toml = "[low_confidence]\nmax_interval_width = 0.05\nmax_vacuity = 0.5\nrequire_calibrated = true";
    assert_eq!(judge(&[0.0; 5], &[0.1; 5], &s, toml).approved, [0.1, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn missing_inputs_never_pass() {
    let mut s = state(2);
    s.names[0].sector = None;
    assert_eq!(judge(&[0.0; 2], &[0.1, 0.1], &s, "[sector]\nmax = 1.0").approved, [0.0, 0.1]);
    assert_eq!(judge(&[0.2, 0.0], &[0.2, 0.1], &s, "[sector]\nmax = 1.0").approved, [0.2, 0.0]);
    s.names[0].exposure_per_value = None;
    assert_eq!(judge(&[0.0; 2], &[0.1, 0.1], &s, "[leverage]\nmax = 1.0").approved, [0.0, 0.1]);
    s.covariance = Some(Covariance::Full(vec![f64::NAN, f64::NAN, f64::NAN, 1e-4]));
    let toml = "[value_at_risk]\nmax = 1.0\nconfidence = 0.99\nmethod = \"normal\"";
    assert_eq!(judge(&[0.0; 2], &[0.1, 0.1], &s, toml).approved, [0.0, 0.1]);
}

#[test]
fn modes() {
    let s = state(2);
    let run = |mode: &str| {
        let toml = format!("[name]\nmax = 1.0\noverrides = {{ A = 0.2 }}\nmode = \"{mode}\"");
        judge(&[0.1, 0.1], &[0.3, 0.3], &s, &toml)
    };
    assert_eq!(run("observe").approved, [0.3, 0.3]);
    close(&run("clip").approved, &[0.2, 0.3]);
    assert_eq!(run("reject").approved, [0.1, 0.3]);
    let halted = run("halt");
    assert_eq!((halted.approved.as_slice(), halted.halted_by.as_deref()), (&[0.1, 0.1][..], Some("name")));
    assert!(["observe", "clip", "reject"].iter().all(|m| run(m).halted_by.is_none()));
}

#[test]
fn people_and_guards_are_obeyed_without_a_setting() {
    let s = |standing| MarketState { standing, ..state(2) };
    let free = Standing::default();
    let (now, then) = ([0.3, -0.3], [0.5, -0.1]);
    assert_eq!(judge(&now, &then, &s(free), "").approved, then);
    let stopped = Standing { additions_stopped: true, ..free };
    assert_eq!(judge(&now, &then, &s(stopped), "").approved, [0.3, -0.1]);
    let longs = Standing { longs_paused: true, ..free };
    assert_eq!(judge(&now, &[0.5, -0.5], &s(longs), "").approved, [0.3, -0.5]);
    assert_eq!(judge(&now, &[-0.5, -0.5], &s(longs), "").approved, [-0.5, -0.5]);
    let flat = Standing { flatten: true, ..free };
    assert_eq!(judge(&now, &then, &s(flat), "").approved, [0.0, 0.0]);
    let shorts = Standing { shorts_paused: true, ..free };
    assert_eq!(longs.and(shorts), Standing { longs_paused: true, shorts_paused: true, ..free });
}

#[test]
fn settings_are_strict() {
    let bad = |toml: &str| Limits::from_toml(toml).unwrap_err();
    assert!(bad("[gros]\nmax = 1.0").to_string().contains("gros"));
    assert!(bad("[gross]\nmaximum = 1.0").to_string().contains("maximum"));
    for toml in [
        "[gross]\nmax = nan",
        "[net]\nmax = -0.1",
        "[value_at_risk]\nmax = 0.1\nconfidence = 99.0\nmethod = \"normal\"",
        "[low_confidence]\nmax_vacuity = 1.5",
        "[drawdown]\nfull_gross = 1.0\nsteps = [{ drawdown = 0.1, scale = 0.5 }, \
         { drawdown = 0.05, scale = 0.0 }]",
        "[drawdown]\nfull_gross = 1.0\nsteps = [{ drawdown = 5.0, scale = 0.5 }]",
    ] {
        assert!(matches!(bad(toml), LimitConfigError::Setting { .. }), "{toml}");
    }
    assert_eq!(Limits::from_toml("").unwrap(), Limits::default());
    let all = limits("[gross]\nmax = 1.5\nmode = \"halt\"\n[sector]\nmax = 0.3");
    let back: Limits = serde_json::from_str(&serde_json::to_string(&all).unwrap()).unwrap();
    assert_eq!(back, all);
    assert_eq!(rule_ids().first(), Some(&"standing"));
}

#[test]
fn impossible_states_are_refused() {
    let refused = |s: &MarketState, current: &[f64], proposed: &[f64]| {
        check(current, proposed, s, &Limits::default()).unwrap_err()
    };
    let s = state(2);
    assert!(matches!(refused(&s, &[0.0], &[0.0, 0.0]), LimitError::Shape { .. }));
    assert!(matches!(refused(&s, &[0.0, f64::NAN], &[0.0, 0.0]), LimitError::Value { .. }));
    assert!(matches!(refused(&s, &[0.0; 2], &[0.0, f64::INFINITY]), LimitError::Value { .. }));
    let twice = MarketState { names: vec![s.names[0].clone(), s.names[0].clone()], ..s.clone() };
    assert_eq!(refused(&twice, &[0.0; 2], &[0.0; 2]), LimitError::Twice("A".into()));
    for (s, what) in [
        (MarketState { equity: 0.0, ..s.clone() }, "equity"),
        (MarketState { drawdown: Some(-0.95), ..s.clone() }, "drawdown"),
        (MarketState { drawdown: Some(12.0), ..s.clone() }, "drawdown"),
        (MarketState { turnover_spent: f64::NAN, ..s.clone() }, "turnover_spent"),
        (
            MarketState { covariance: Some(Covariance::Full(vec![1.0, 2.0, 2.0, 1.0])), ..s.clone() },
            "covariance",
        ),
        (
            MarketState { covariance: Some(Covariance::Full(vec![1.0, 0.2, 0.1, 1.0])), ..s.clone() },
            "covariance",
        ),
    ] {
        assert!(refused(&s, &[0.0; 2], &[0.0; 2]).to_string().contains(what), "{what}");
    }
    assert!(check(&[], &[], &MarketState::new(1.0, vec![]), &Limits::default()).unwrap().approved.is_empty());
}
