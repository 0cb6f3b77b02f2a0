use std::collections::BTreeMap;

use proofmark_units::{Date, DateSpan, Digest};

use super::*;
use crate::evidence::{Evidence, Interval, SpanKind};
use crate::gates::tests::passing_evidence;
use crate::named::NamedPolicy;
use crate::policy::{Policy, Waiver};
use crate::run::{Phase, PhaseStatus, tests::record};
use crate::{decide, judge_all};

/// The file that holds the evidence, and where each record stands in it.
fn file(evidence: &EvidenceSet) -> (Vec<u8>, BTreeMap<String, Source>) {
    let bytes = serde_json::to_vec(&serde_json::json!({ "evidence": evidence })).unwrap();
    let sha256 = Digest::of(&bytes);
    let source = |(i, e): (usize, &Evidence)| {
        let pointer = format!("/evidence/{i}/value");
        (e.name.clone(), Source { file: "stat_tests.json".to_owned(), pointer, sha256 })
    };
    let sources = evidence.iter().enumerate().map(source).collect();
    (bytes, sources)
}

fn briefing(evidence: &EvidenceSet, policy: &Policy) -> (Briefing, Vec<u8>) {
    let (bytes, sources) = file(evidence);
    let results = judge_all(evidence, policy);
    let mut run = record();
    run.synthetic = false;
    let mut briefing = Briefing::new(&run, decide(&results, None));
    briefing.training.symbols = vec!["TCS".parse().unwrap()];
    briefing.not_run = vec![crate::policy::NotRun {
        name: "calibration_drift".to_owned(),
        reason: "no stage measures it".to_owned(),
    }];
    let figure = |name: &str| Figure::of(evidence.get(name).unwrap(), sources[name].clone());
    briefing.statistical_tests.sharpe_ratio.value = Some(figure("active_return.appraisal_ratio"));
    briefing.tables.naive_rules = Some(Table {
        title: "Naive rules".to_owned(),
        note: None,
        columns: vec!["IC".to_owned(), "kind".to_owned()],
        rows: vec![Row {
            label: "momentum | sign".to_owned(),
            cells: vec![figure("score_skill.rank_ic").into(), "rule".into()],
        }],
    });
    briefing.set_gates(&results, evidence, &|name| sources.get(name).cloned());
    (briefing, bytes)
}

#[test]
fn every_figure_is_found_in_the_file_it_cites() {
    let (briefing, bytes) = briefing(&passing_evidence(), &Policy::default());
    let figures = briefing.figures();
    assert_eq!(
        figures.len(),
        passing_evidence().len() + 4,
        "one for each record, two more that the plausibility ceilings read too, one ratio, one table cell"
    );
    for (pointer, figure) in &figures {
        figure.verify(&bytes).unwrap_or_else(|error| panic!("{pointer}: {error}"));
    }
    let mut lie = figures[0].1.clone();
    lie.value = Some(0.5);
    assert!(matches!(lie.verify(&bytes), Err(FigureError::Value { .. })));
    lie.value = None;
    assert!(matches!(lie.verify(&bytes), Err(FigureError::Value { .. })));
    lie.source.pointer.push('x');
    assert!(matches!(lie.verify(&bytes), Err(FigureError::Nothing { .. })));
    let mut changed = bytes;
    changed[20] ^= 1;
    assert!(matches!(figures[0].1.verify(&changed), Err(FigureError::Digest { .. })));
}

#[test]
fn json_round_trips_with_the_keys_readers_know() {
    let (briefing, _) = briefing(&passing_evidence(), &Policy::default());
    let text = briefing.to_json();
    assert_eq!(serde_json::from_str::<Briefing>(&text).unwrap(), briefing);
    let value: serde_json::Value = serde_json::from_str(&text).unwrap();
    for pointer in [
        "/training/teacher/avg_precision",
        "/training/student/accuracy",
        "/validation/optimizer_best_config",
        "/statistical_tests/walk_forward_cv/avg_precision",
        "/statistical_tests/bootstrap/ci",
        "/statistical_tests/sortino_ratio/improvement",
        "/statistical_tests/benchmark/alpha",
        "/risk_assessment/manual_review_required/3",
        "/artifacts/manifest",
    ] {
        assert!(value.pointer(pointer).is_some(), "{pointer}");
    }
    assert_eq!(value["recommendation"], "approve_staging");
    assert_eq!(value["status"], "ready-for-review");
}

#[test]
fn waivers_and_caps_come_before_everything_else() {
    let carried_back = passing_evidence().into_iter().map(|e| match e.name.as_str() {
        "data.universe_known_as_of" => Evidence { value: Some(0.0), ..e },
        _ => e,
    });
    let evidence = EvidenceSet::from_records(carried_back).unwrap();
    let (capped, _) = briefing(&evidence, &Policy::default());
    assert_eq!(capped.status, CandidateStatus::Inconclusive);
    assert_eq!(capped.notices[0].kind, NoticeKind::Cap);
    assert_eq!(capped.recommendation, Recommendation::ReviewRequired);

    let waiver = Waiver {
        check: "data.universe_known_as_of".to_owned(),
        by: "R. Rao".to_owned(),
        reason: "research".to_owned(),
        on: None,
    };
    let (waived, _) = briefing(&evidence, &Policy::default().with_waivers([waiver]).unwrap());
    assert_eq!(waived.status, CandidateStatus::ReadyForReview);
    assert_eq!(waived.recommendation, Recommendation::ReviewRequired, "a waiver is never a clean approval");
    let page = render_markdown(&waived);
    let (notice, headline) = (page.find("R. Rao waived").unwrap(), page.find("Every gate passed").unwrap());
    assert!(notice < headline, "{page}");
}

#[test]
fn markdown_says_verdicts_in_words_and_never_ticks_a_box() {
    let failing = passing_evidence().into_iter().map(|e| match e.name.as_str() {
        "score_skill.p_hac" => Evidence { value: Some(0.4), ..e }.with_interval(Interval::new(
            0.3,
            0.5,
            0.95,
            "stationary bootstrap",
        )),
        _ => e,
    });
    let (briefing, _) = briefing(&EvidenceSet::from_records(failing).unwrap(), &Policy::default());
    let page = render_markdown(&briefing);
    for wanted in [
        "**Refused by: score_skill.**",
        "- **score_skill: fail.** HAC p of the rank IC is 0.4, but the rule asks for <= 0.01.",
        "  - in plain words: The score does not order the next returns better than chance.",
        "0.3 to 0.5 (95 %, stationary bootstrap)",
        "stat_tests.json#/evidence/",
        "| momentum \\| sign | 0.06 | rule |",
        "- [ ] The symbols and dates",
        "- calibration_drift: not run.",
        "recommendation: `review_required`",
    ] {
        assert!(page.contains(wanted), "`{wanted}` is not in\n{page}");
    }
    assert!(!page.contains("[x]") && !page.contains("NaN"));
}

#[test]
fn a_failed_run_names_phase_and_cause_and_nothing_is_approvable() {
    let mut run = record();
    assert!(Briefing::failed(&run).is_none());
    let at = run.created;
    run.start(Phase::StressTests, at);
    run.finish(Phase::StressTests, PhaseStatus::Failed, at, Some("no space left on device".to_owned()));
    let partial = Briefing::failed(&run).unwrap();
    assert_eq!(partial.status, CandidateStatus::Failed);
    assert_eq!(partial.recommendation, Recommendation::NotApplicable);
    let page = render_markdown(&partial);
    assert!(page.contains("**The run failed in phase `stress_tests`: no space left on device**"), "{page}");
    assert!(page.contains("This briefing is partial") && page.contains("--resume RUN"));
}

#[test]
fn recommendations_follow_the_table() {
    use CandidateStatus::{Failed, Inconclusive, ReadyForReview, Refused, Revoked};
    use Recommendation::{ApproveStaging, NotApplicable, ReviewRequired};
    for (status, dry_run, waived, issues, want) in [
        (ReadyForReview, false, false, 0, ApproveStaging),
        (ReadyForReview, true, false, 0, NotApplicable),
        (ReadyForReview, false, true, 0, ReviewRequired),
        (ReadyForReview, false, false, 1, ReviewRequired),
        (Refused, false, false, 0, ReviewRequired),
        (Inconclusive, false, false, 0, ReviewRequired),
        (Failed, false, false, 0, NotApplicable),
        (Revoked, false, false, 0, NotApplicable),
    ] {
        assert_eq!(Recommendation::of(status, dry_run, waived, issues), want, "{status}");
    }
}

#[test]
fn thinning_keeps_ends_peaks_and_troughs() {
    let start: Date = "2010-01-01".parse().unwrap();
    let mut values: Vec<f64> = (0..4_000).map(|i| f64::from(i % 17)).collect();
    values[1_234] = 1_000.0;
    values[2_345] = -1_000.0;
    values[3_000] = f64::NAN;
    let span = DateSpan { start, end: start.plus_days(3_999) };
    let curve = Curve {
        name: "equity".to_owned(),
        title: "Equity".to_owned(),
        unit: "INR".to_owned(),
        span_kind: SpanKind::OutOfSample,
        dates: (0..4_000).map(|i| start.plus_days(i)).collect(),
        values,
        source: Source {
            file: "returns.json".to_owned(),
            pointer: "/equity".to_owned(),
            sha256: Digest::of(b""),
        },
    };
    let thin = curve.thinned(400);
    assert!(thin.values.len() <= 402 && thin.values.len() == thin.dates.len());
    assert!(thin.values.contains(&1_000.0) && thin.values.contains(&-1_000.0));
    assert_eq!((thin.dates[0], *thin.dates.last().unwrap()), (span.start, span.end));
    assert!(thin.dates.is_sorted() && thin.values.iter().all(|value| value.is_finite()));
}

/// The briefing of passing evidence, with what `text`, a named policy, says of it.
fn chosen(text: &str) -> Briefing {
    let evidence = passing_evidence();
    let verdict = NamedPolicy::from_toml(text).unwrap().judge(&evidence);
    let (mut briefing, _) = briefing(&evidence, &Policy::default());
    briefing.status = verdict.cap(briefing.status);
    briefing.policies = vec![ChosenPolicy::new(&verdict)];
    briefing.conclude();
    briefing
}

#[test]
fn the_chosen_policy_is_named_with_what_it_says() {
    let (alone, _) = briefing(&passing_evidence(), &Policy::default());
    assert_eq!(alone.judged_by(), "`default`");
    assert!(!alone.to_json().contains("\"policies\""), "the default policy alone is not listed twice");

    let rule = |evidence: &str, limit: f64, critical: bool| {
        format!(
            r#"
            format = 1
            name = "house"
            about = "A rule of the house."
            unknown = "cannot_tell"
            [[rules]]
            id = "fall"
            gate = "fall"
            label = "Largest drawdown"
            evidence = "{evidence}"
            bound = "below"
            limit = {limit}
            unit = "fraction"
            domain = "share"
            spans = ["out_of_sample"]
            critical = {critical}
            remedy = "Size down."
            reason = "The house wants less."
            source = "House rules"
            formula = "Largest fall from a peak"
            "#
        )
    };
    let head =
        |briefing: &Briefing| format!("{} {} {}", briefing.status, briefing.judged_by(), briefing.headline());
    let said = |evidence: &str, limit: f64, critical: bool| head(&chosen(&rule(evidence, limit, critical)));
    let cases = [
        (
            said("risk.max_drawdown", 0.9, true),
            "ready-for-review `default` and `house` (PROMOTE) Every gate passed; a named person decides.",
        ),
        (
            said("risk.max_drawdown", 1e-6, true),
            "refused `default` and `house` (REJECT: failed fall) Refused by: the policy `house` (fall).",
        ),
        (
            said("risk.max_drawdown", 1e-6, false),
            "ready-for-review `default` and `house` (REVIEW: failed fall) Every gate of the default policy passed; `house` says REVIEW, so a named person must look.",
        ),
        (
            said("paper.max_drawdown", 0.9, true),
            "inconclusive `default` and `house` (REVIEW: cannot tell fall) Cannot be judged by: the policy `house` (fall).",
        ),
    ];
    for (said, expected) in cases {
        assert_eq!(said, expected);
    }
    assert!(
        render_markdown(&chosen(&rule("risk.max_drawdown", 0.9, true)))
            .contains("- judged by: `default` and")
    );
}
