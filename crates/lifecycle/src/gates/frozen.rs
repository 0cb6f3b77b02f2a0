//! Validation of a frozen candidate on a window later than its training, as a checklist.

use super::check::{Bound, Check, Domain, Rule, Spans, reported};
use super::prediction::Prediction;
use super::{Gate, GateResult};
use crate::display;
use crate::evidence::{Evidence, EvidenceSet};
use crate::policy::{Policy, Threshold};
use crate::verdict::Verdict;

/// See [`Gate::doc`].
#[derive(Debug, Clone, Copy)]
pub struct Frozen;

/// Numbers that are printed and that no rule reads.
const REPORTED: &[&str] = &[
    "frozen.champion.p_candidate",
    "frozen.champion.mean",
    "frozen.champion.detectable",
    "frozen.champion.sharpe_uplift",
    "student.precision",
    "student.recall",
    "student.rank_ic",
    "student.brier_skill",
];

impl Gate for Frozen {
    fn name(&self) -> &'static str {
        "frozen"
    }

    fn doc(&self) -> &'static str {
        "The frozen model on a window that begins after its last training label and the embargo; nothing is fitted. Its \
         active return (walk-forward betas) must not lie below the low quantile that the walk-forward predicts for so many sessions; \
         the champion must not be better; every naive rule and the null books must be beaten (one-sided studentised \
         stationary bootstrap each, the largest p decides: Berger 1982), where a window too short to show the \
         walk-forward's own advantage cannot tell; drawdown as in the gate `risk`; a book that never trades fails."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.frozen;
        let one = |unit: &str| Threshold {
            value: 1.0,
            unit: unit.to_owned(),
            reason: String::new(),
            source: String::new(),
        };
        let (trade, looked) = (one("trades"), Domain::Between(1.0, f64::MAX));
        let mut checks = vec![
            Prediction {
                measured: "frozen.active_return",
                predicted: "frozen.lower_quantile",
                quantile: &limits.quantile,
                span: "window",
                spans: Spans::NotInSample,
                remedy: "The model no longer does what it was judged for.",
            }
            .check(evidence),
            Rule::flag("frozen.model_unchanged", "The scored bytes are the candidate's model")
                .check(evidence),
            Rule::flag("frozen.after_training", "The window begins after training and embargo")
                .check(evidence),
            Rule::new("frozen.looks", "Trials that looked at these dates", Bound::AtMost, &limits.looks_max)
                .domain(looked)
                .spans(Spans::Any)
                .precondition()
                .remedy("Only later data is untouched.")
                .check(evidence),
            Rule::new("frozen.sessions", "Sessions of the window", Bound::AtLeast, &limits.min_sessions)
                .domain(Domain::NOT_NEGATIVE)
                .spans(Spans::NotInSample)
                .precondition()
                .remedy("Wait for more sessions, or widen the window.")
                .check(evidence),
            champion(evidence, &limits.champion_p_min),
        ];
        checks.extend(rivals(evidence, &limits.p_max));
        checks.push(
            Rule::new(
                "frozen.max_drawdown",
                "Drawdown in the window",
                Bound::AtMost,
                &policy.risk.max_drawdown,
            )
            .domain(Domain::SHARE)
            .spans(Spans::NotInSample)
            .check(evidence),
        );
        checks.push(
            Rule::new("frozen.trades", "Orders filled in the window", Bound::AtLeast, &trade)
                .domain(Domain::NOT_NEGATIVE)
                .spans(Spans::NotInSample)
                .remedy("A book that never trades shows nothing.")
                .check(evidence),
        );
        GateResult::from_checks(self.name(), checks, reported(evidence, REPORTED))
    }
}

/// The champion must not be better; a first candidate has none.
fn champion(evidence: &EvidenceSet, limit: &Threshold) -> Check {
    if evidence.get("frozen.without_champion").is_some() {
        return Rule::flag("frozen.without_champion", "There is no champion to compare with")
            .precondition()
            .remedy("Name the approved champion with `--baseline RUN`.")
            .check(evidence);
    }
    Rule::new("frozen.champion.p_champion", "p that the champion is better", Bound::Above, limit)
        .domain(Domain::PROBABILITY)
        .spans(Spans::NotInSample)
        .remedy("The champion does better on these dates; keep it.")
        .check(evidence)
}

/// One check for the null books and each naive rule.
fn rivals(evidence: &EvidenceSet, limit: &Threshold) -> Vec<Check> {
    let names: Vec<&str> = evidence
        .iter()
        .filter_map(|record| record.name.strip_prefix("frozen.rival.")?.strip_suffix(".p"))
        .collect();
    match names.is_empty() {
        // The same sentence as for any record that nobody wrote.
        true => vec![beaten(evidence, "null_books", limit)],
        false => names.into_iter().map(|name| beaten(evidence, name, limit)).collect(),
    }
}

/// Whether a rival is beaten. Where it is not, and is not shown better either, a window that could not have shown the
/// walk-forward's own advantage cannot tell.
fn beaten(evidence: &EvidenceSet, name: &str, limit: &Threshold) -> Check {
    let (record, label) = (format!("frozen.rival.{name}.p"), format!("p against {}", name.replace('_', " ")));
    let mut check = Rule::new(&record, &label, Bound::AtMost, limit)
        .domain(Domain::PROBABILITY)
        .spans(Spans::NotInSample)
        .remedy("The model must beat what needs no model.")
        .check(evidence);
    let value =
        |what: &str| evidence.get(&format!("frozen.rival.{name}.{what}")).filter(|r| r.value.is_some());
    let worse = check.value.is_some_and(|p| p >= 1.0 - limit.value);
    if check.verdict != Verdict::Fail || worse {
        return check;
    }
    let words = |record: Option<&Evidence>| {
        record
            .and_then(|r| Some(display::with_unit(r.value?, &r.unit)))
            .unwrap_or_else(|| "unknown".to_owned())
    };
    let (detectable, expected) = (value("detectable"), value("walk_forward"));
    let seen = detectable.zip(expected).filter(|(d, e)| d.unit == e.unit);
    if seen.is_some_and(|(detectable, expected)| detectable.value <= expected.value) {
        return check;
    }
    check.verdict = Verdict::CannotTell;
    check.reason = format!(
        "{label} is {}, and so short a window finds no less than {}; the walk-forward's own advantage was {}.",
        display::number(check.value.unwrap_or(f64::NAN)),
        words(detectable),
        words(expected)
    );
    check.what_would_change = Some("A longer window.".to_owned());
    check
}

#[cfg(test)]
mod tests {
    use proofmark_units::{DateSpan, Digest};

    use super::*;
    use crate::evidence::SpanKind;
    use crate::verdict::Verdict::{CannotTell, Fail, Pass};

    const PASSING: &[(&str, f64, &str)] = &[
        ("frozen.active_return", 0.08, "fraction/year"),
        ("frozen.lower_quantile", -0.10, "fraction/year"),
        ("frozen.model_unchanged", 1.0, "flag"),
        ("frozen.after_training", 1.0, "flag"),
        ("frozen.looks", 1.0, "looks"),
        ("frozen.sessions", 120.0, "sessions"),
        ("frozen.champion.p_champion", 0.6, "p"),
        ("frozen.rival.null_books.p", 0.01, "p"),
        ("frozen.rival.null_books.detectable", 0.12, "fraction/year"),
        ("frozen.rival.null_books.walk_forward", 0.08, "fraction/year"),
        ("frozen.rival.momentum_sign.p", 0.04, "p"),
        ("frozen.max_drawdown", 0.2, "fraction"),
        ("frozen.trades", 40.0, "trades"),
    ];

    fn judge(change: impl Fn(&str, f64) -> Option<f64>) -> GateResult {
        let span = DateSpan { start: "2024-01-01".parse().unwrap(), end: "2024-06-30".parse().unwrap() };
        let records = PASSING.iter().filter_map(|(name, value, unit)| {
            let value = change(name, *value)?;
            Some(Evidence::new(*name, value, *unit, 120, SpanKind::OutOfSample, span, Digest::of(b"s")))
        });
        Frozen.judge(&EvidenceSet::from_records(records).unwrap(), &Policy::default())
    }

    #[track_caller]
    fn with(name: &str, value: f64, want: Verdict) -> GateResult {
        let result = judge(|n, v| Some(if n == name { value } else { v }));
        assert_eq!(result.verdict, want, "{name} = {value}: {}", result.reason);
        result
    }

    #[test]
    fn every_criterion_passes_fails_or_cannot_tell() {
        assert_eq!(judge(|_, v| Some(v)).verdict, Pass);
        with("frozen.active_return", -0.11, Fail);
        with("frozen.model_unchanged", 0.0, Fail);
        with("frozen.after_training", 0.0, Fail);
        with("frozen.looks", 2.0, CannotTell);
        with("frozen.looks", 0.0, CannotTell);
        with("frozen.sessions", 39.0, CannotTell);
        with("frozen.champion.p_champion", 0.05, Fail);
        with("frozen.max_drawdown", 0.61, Fail);
        with("frozen.trades", 0.0, Fail);
        for (name, _, _) in PASSING {
            let missing = judge(|n, v| (n != *name).then_some(v));
            let optional = ["detectable", "walk_forward", "null_books.p", "momentum_sign.p"];
            let want = if optional.iter().any(|end| name.ends_with(end)) { Pass } else { CannotTell };
            assert_eq!(missing.verdict, want, "{name} missing: {}", missing.reason);
        }
        assert_eq!(judge(|n, v| (!n.starts_with("frozen.rival")).then_some(v)).verdict, CannotTell);
    }

    #[test]
    fn a_rival_that_is_not_beaten_fails_only_where_the_window_could_have_shown_it() {
        let rival = |p: f64, detectable: f64| {
            judge(|n, v| match n {
                "frozen.rival.null_books.p" => Some(p),
                "frozen.rival.null_books.detectable" => Some(detectable),
                _ => Some(v),
            })
        };
        let weak = rival(0.2, 0.30);
        assert_eq!(weak.verdict, CannotTell);
        assert!(weak.reason.contains("finds no less than 30 % a year"), "{}", weak.reason);
        assert_eq!(rival(0.2, 0.08).verdict, Fail, "found four times in five");
        assert_eq!(rival(0.95, 0.30).verdict, Fail, "the rival is shown better, whatever the power");
        assert_eq!(rival(0.04, 0.30).verdict, Pass);
        with("frozen.rival.momentum_sign.p", 0.3, CannotTell); // nothing is known of its power
    }

    #[test]
    fn a_first_candidate_has_no_champion_and_an_approved_one_cannot_be_left_out() {
        let without = |flag: f64| {
            let span = DateSpan { start: "2024-01-01".parse().unwrap(), end: "2024-06-30".parse().unwrap() };
            let kind = SpanKind::OutOfSample;
            let records = PASSING.iter().filter(|r| !r.0.starts_with("frozen.champion")).copied();
            let records = records
                .chain([("frozen.without_champion", flag, "flag")])
                .map(|(name, v, unit)| Evidence::new(name, v, unit, 120, kind, span, Digest::of(b"s")));
            Frozen.judge(&EvidenceSet::from_records(records).unwrap(), &Policy::default()).verdict
        };
        assert_eq!((without(1.0), without(0.0)), (Pass, CannotTell));
    }
}
