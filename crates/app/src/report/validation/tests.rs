//! The report's sentences, on records with known values.

use proofmark_lifecycle::{Interval, Source, SpanKind};
use proofmark_units::{DateSpan, Digest};

use super::*;

fn record(name: &str, value: Option<f64>, unit: &str) -> Evidence {
    let span = DateSpan { start: "2010-01-01".parse().unwrap(), end: "2019-12-31".parse().unwrap() };
    Evidence::new(name, value, unit, 2_519, SpanKind::OutOfSample, span, Digest::of(b"x"))
}

fn report() -> ValidationReport {
    let records = [
        record("active_return.annual_mean", Some(0.08), "fraction/year").with_interval(Interval::new(
            0.02,
            0.14,
            0.95,
            "bootstrap",
        )),
        record("money.candidate.sharpe", Some(1.2), "ratio"),
        record("trials.n_effective", Some(10.0), "trials"),
        record("luck.expected_sharpe", Some(0.49), "ratio"),
        record("luck.quantile_95_sharpe", Some(0.81), "ratio"),
        record("student.top_precision", None, "share").with_note("no score reaches the call <b>"),
    ];
    let find = |name: &str| {
        let record = records.iter().find(|r| r.name == name)?;
        let source = Source { file: "f.json".into(), pointer: "/0".into(), sha256: Digest::of(b"f") };
        Some((record, Figure::of(record, source)))
    };
    ValidationReport::new(&[], &[], &find)
}

#[test]
fn the_key_sentences_stand_as_they_should() {
    let text = report().markdown(true);
    for want in [
        "> The market was simulated.",
        "No gate was judged.",
        "**Mean active return: 8 % a year (2 % a year to 14 % a year, 95 %, bootstrap), n = 2519.** It is what the book earned beyond its exposure",
        "**Absolute Sharpe ratio, net: 1.2, n = 2519. Without skill the best of 10 trial(s) is expected to show 0.49, and more than 0.81 in 5 % of cases.**",
        "not computed (no score reaches the call <b>)",
        "Brier skill over the training base rate: no record.",
        "[calibration_report.json](calibration_report.json)",
    ] {
        assert!(text.contains(want), "lacks `{want}`:\n{text}");
    }
}

#[test]
fn the_page_says_the_same_and_escapes_it() {
    let html = report().page(false);
    assert!(html.contains("expected to show 0.49") && html.contains("the call &lt;b&gt;"), "{html}");
    assert!(!html.contains("<script") && !html.contains("simulated"));
}

#[test]
fn every_sharpe_ratio_has_its_luck_and_no_record_is_told_twice() {
    let all: Vec<&Statement> = CHAPTERS.iter().flat_map(|c| c.statements).collect();
    for statement in &all {
        assert!(statement.means.ends_with('.') && statement.not.ends_with('.'), "{}", statement.record);
        // Ratios of the whole span; those of a part, of a plan, or luck itself are not what the search could have chosen.
        let ratio = ["sharpe", "appraisal_ratio"].iter().any(|s| statement.record.contains(s));
        let apart = ["luck.", "power.", "stability."].iter().any(|s| statement.record.starts_with(s));
        assert_eq!(
            statement.luck,
            (ratio && !apart) || statement.record == "neighbourhood.worst",
            "{}",
            statement.record
        );
    }
    let names: std::collections::BTreeSet<&str> = all.iter().map(|s| s.record).collect();
    assert_eq!(names.len(), all.len());
}
