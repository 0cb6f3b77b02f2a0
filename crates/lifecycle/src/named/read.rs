//! From an evidence set to the one number a named rule compares, and what speaks against comparing it.

use super::file::{AppliesFrom, NamedRule, Reads};
use crate::display;
use crate::evidence::{Evidence, EvidenceSet};
use crate::gates::Check;
use crate::gates::check::{Rule, Spans};
use crate::verdict::Verdict;

/// Levels are written by people and by programs; a 95 % interval is one at 0.95 up to rounding.
const LEVEL_TOLERANCE: f64 = 1e-9;

impl NamedRule {
    fn rule(&self) -> Rule<'_> {
        Rule {
            evidence: &self.evidence,
            label: &self.label,
            bound: self.bound,
            limit: self.limit,
            unit: &self.unit,
            breach: self.breach.verdict(),
            domain: self.domain.domain(),
            spans: Spans::Any, // judged here, with the file's own list
            remedy: &self.remedy,
        }
    }

    /// The rule with its threshold, as reports print it.
    pub fn text(&self) -> String {
        self.rule().text()
    }

    /// Judges this rule; the second value is whether it applied at all.
    pub(super) fn judge(&self, set: &EvidenceSet) -> (Check, bool) {
        if let Some(from) = &self.applies_from
            && let Some(reason) = too_few(from, set)
        {
            let mut check = self.rule().check_record(None);
            check.verdict = Verdict::Pass;
            check.reason = format!("{}: {reason}", self.label);
            check.what_would_change = None;
            return (check, false);
        }
        let record = self.number(set);
        let mut check = self.rule().check_record(record.as_ref());
        if let Some(record) = &record
            && record.value.is_some()
            && let Some((reason, change)) = self.objection(record, set)
        {
            check.verdict = Verdict::CannotTell;
            check.margin = None;
            check.reason = format!("{}: {reason}.", self.label);
            check.what_would_change = Some(change);
            return (check, true);
        }
        let readable = |value| self.domain.domain().contains(value);
        let breached =
            check.verdict != Verdict::Pass && record.and_then(|record| record.value).is_some_and(readable);
        if let Some(meaning) = self.breach_means.as_deref().filter(|_| breached) {
            check.reason = format!("{} {meaning}", check.reason);
        }
        (check, true)
    }

    /// The record with the number this rule reads as its value; `None` when nobody wrote the record.
    fn number(&self, set: &EvidenceSet) -> Option<Evidence> {
        let mut record = set.get(&self.evidence)?.clone();
        let unreadable = |record: &mut Evidence, why: String| {
            record.value = None;
            record.note = Some(why);
        };
        if let Some(level) = self.level {
            match record.interval.clone() {
                None => unreadable(&mut record, "no interval was recorded".to_owned()),
                Some(interval) if (interval.level - level).abs() > LEVEL_TOLERANCE => {
                    let found = display::number(interval.level);
                    unreadable(
                        &mut record,
                        format!("its interval has level {found}, the rule reads {level}"),
                    );
                }
                Some(interval) => {
                    record.value = Some(match self.reads {
                        Reads::IntervalHigh => interval.high,
                        Reads::IntervalLow | Reads::Value => interval.low,
                    });
                }
            }
        }
        if let Some(other) = &self.minus {
            match set.get(other).map(|second| (second, second.value)) {
                None => unreadable(&mut record, format!("`{other}`, which is subtracted, was not recorded")),
                Some((second, None)) => {
                    let why = second.note.as_deref().unwrap_or("no reason was recorded");
                    unreadable(&mut record, format!("`{other}`, which is subtracted, has no value: {why}"));
                }
                Some((second, Some(subtracted))) => {
                    record.value = record.value.map(|value| value - subtracted);
                    record.n = record.n.min(second.n);
                    record.interval = None; // an interval of the minuend is none of the difference
                }
            }
        }
        record.value = record.value.filter(|value| value.is_finite());
        Some(record)
    }

    /// Why a number that is there must not be compared, and what has to change.
    fn objection(&self, record: &Evidence, set: &EvidenceSet) -> Option<(String, String)> {
        let read = std::iter::once(record).chain(self.minus.as_deref().and_then(|name| set.get(name)));
        for one in read {
            let name = &one.name;
            if one.unit != self.unit {
                return Some((
                    format!("`{name}` is recorded in `{}`, the rule reads `{}`", one.unit, self.unit),
                    format!("`{name}` must be recorded in `{}`.", self.unit),
                ));
            }
            if !self.spans.contains(&one.span_kind) {
                let accepted: Vec<&str> = self.spans.iter().map(|kind| kind.label()).collect();
                return Some((
                    format!(
                        "`{name}` was measured {}, which this rule does not accept",
                        one.span_kind.label()
                    ),
                    format!("`{name}` must be measured {}.", accepted.join(" or ")),
                ));
            }
        }
        let change = || "A longer span or more names are needed.".to_owned();
        if let Some(least) = self.n_min.filter(|least| record.n < *least) {
            return Some((format!("it rests on {} observations, fewer than {least}", record.n), change()));
        }
        let least = self.effective_min?;
        let found = record.n_effective.unwrap_or(0.0);
        (found < least).then(|| {
            let (found, least) = (display::number(found), display::number(least));
            (format!("it rests on {found} effective observations, fewer than {least}"), change())
        })
    }
}

/// Why the rule does not apply; `None` when it does, or when the count cannot be believed.
fn too_few(from: &AppliesFrom, set: &EvidenceSet) -> Option<String> {
    let count = set.get(&from.evidence).filter(|record| record.unit == from.unit)?.value?;
    let complete = set.value(&from.complete) == Some(1.0);
    (complete && count >= 0.0 && count < from.at_least).then(|| {
        let (found, least) = (display::number(count), display::number(from.at_least));
        format!("not applicable, {found} of at least {least} {}. {}", from.unit, from.reason)
    })
}
