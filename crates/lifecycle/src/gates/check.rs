//! One comparison of one evidence record with one threshold: what all gates are made of.

use serde::{Deserialize, Serialize};

pub(crate) use super::bound::{Bound, Domain, Spans};
use crate::display;
use crate::evidence::{Evidence, EvidenceSet, Interval, SpanKind};
use crate::policy::{Threshold, Waiver};
use crate::verdict::Verdict;

/// The outcome of one comparison inside a gate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Check {
    /// Name of the evidence record that was read.
    pub evidence: String,
    /// What the comparison says.
    pub verdict: Verdict,
    /// The value read, in `unit`.
    pub value: Option<f64>,
    /// Unit of the value.
    pub unit: String,
    /// Interval of the value.
    pub interval: Option<Interval>,
    /// Observations behind the value.
    pub n: u64,
    /// The rule with its threshold.
    pub rule: String,
    /// Why, in a plain sentence.
    pub reason: String,
    /// What would have to change for a pass.
    pub what_would_change: Option<String>,
    /// How far the value lies on the passing side of the limit, in `unit`; negative is what is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// The waiver that turned a cannot-tell into a pass.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiver: Option<Waiver>,
}

/// A number printed beside a verdict that no rule reads.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reported {
    /// Name of the evidence record.
    pub evidence: String,
    /// The value, in `unit`.
    pub value: Option<f64>,
    /// Unit of the value.
    pub unit: String,
    /// Interval of the value.
    pub interval: Option<Interval>,
    /// Observations behind the value.
    pub n: u64,
}

/// The numbers of these names, for printing; a record nobody wrote is listed without a value.
pub(super) fn reported(evidence: &EvidenceSet, names: &[&str]) -> Vec<Reported> {
    let one = |name: &&str| {
        let record = evidence.get(name);
        Reported {
            evidence: (*name).to_owned(),
            value: record.and_then(|record| record.value),
            unit: record.map_or_else(String::new, |record| record.unit.clone()),
            interval: record.and_then(|record| record.interval.clone()),
            n: record.map_or(0, |record| record.n),
        }
    };
    names.iter().map(one).collect()
}

/// One rule: an evidence record, a bound, and what to say.
pub(crate) struct Rule<'a> {
    pub(crate) evidence: &'a str,
    /// What the value is, to begin a sentence with.
    pub(crate) label: &'a str,
    pub(crate) bound: Bound,
    pub(crate) limit: f64,
    pub(crate) unit: &'a str,
    /// The verdict when the bound does not hold: a fact can fail, a precondition is cannot-tell.
    pub(crate) breach: Verdict,
    pub(crate) domain: Domain,
    pub(crate) spans: Spans,
    /// What a person can do about a breach; a full sentence.
    pub(crate) remedy: &'a str,
}

impl<'a> Rule<'a> {
    /// A rule about the model's out-of-sample behaviour against a policy threshold; a breach fails.
    pub(super) fn new(evidence: &'a str, label: &'a str, bound: Bound, threshold: &'a Threshold) -> Self {
        Self {
            evidence,
            label,
            bound,
            limit: threshold.value,
            unit: &threshold.unit,
            breach: Verdict::Fail,
            domain: Domain::ANY,
            spans: Spans::Only(SpanKind::OutOfSample),
            remedy: "",
        }
    }

    /// A rule that a recorded flag is 1.
    pub(super) fn flag(evidence: &'a str, label: &'a str) -> Self {
        Self {
            evidence,
            label,
            bound: Bound::AtLeast,
            limit: 1.0,
            unit: "flag",
            breach: Verdict::Fail,
            domain: Domain::Flag,
            spans: Spans::Any,
            remedy: "",
        }
    }

    pub(super) fn domain(self, domain: Domain) -> Self {
        Self { domain, ..self }
    }

    pub(super) fn spans(self, spans: Spans) -> Self {
        Self { spans, ..self }
    }

    /// Makes this a precondition: a breach is cannot-tell.
    pub(super) fn precondition(self) -> Self {
        Self { breach: Verdict::CannotTell, ..self }
    }

    pub(super) fn remedy(self, remedy: &'a str) -> Self {
        Self { remedy, ..self }
    }

    /// The rule as reports print it.
    pub(crate) fn text(&self) -> String {
        match self.domain {
            Domain::Flag => format!("{}: yes", self.label),
            Domain::Between(..) => {
                let limit = display::with_unit(self.limit, self.unit);
                format!("{} {} {limit}", self.label, self.bound.sign())
            }
        }
    }

    pub(super) fn check(&self, set: &EvidenceSet) -> Check {
        self.check_record(set.get(self.evidence))
    }

    /// The comparison with one record, or with its absence.
    pub(crate) fn check_record(&self, record: Option<&Evidence>) -> Check {
        let value = record.and_then(|record| record.value).filter(|value| self.domain.contains(*value));
        let measured = matches!(self.domain, Domain::Between(..)); // a flag is no distance
        let margin = value.filter(|_| measured).map(|value| self.bound.margin(value, self.limit));
        let (verdict, reason, change) = self.judge(record);
        Check {
            evidence: self.evidence.to_owned(),
            verdict,
            value: record.and_then(|record| record.value),
            unit: record.map_or_else(|| self.unit.to_owned(), |record| record.unit.clone()),
            interval: record.and_then(|record| record.interval.clone()),
            n: record.map_or(0, |record| record.n),
            rule: self.text(),
            reason,
            what_would_change: change,
            margin: margin.filter(|margin| margin.is_finite()),
            waiver: None,
        }
    }

    fn judge(&self, record: Option<&Evidence>) -> (Verdict, String, Option<String>) {
        let label = self.label;
        let cannot = |reason: String, change: String| (Verdict::CannotTell, reason, Some(change));
        let Some(record) = record else {
            return cannot(
                format!("{label}: no evidence was recorded under `{}`.", self.evidence),
                format!("Run the stage that measures `{}`.", self.evidence),
            );
        };
        let Some(value) = record.value.filter(|value| value.is_finite()) else {
            let why = record.note.as_deref().unwrap_or("no reason was recorded");
            return cannot(
                format!("{label}: the value could not be computed ({why})."),
                format!("`{}` must be a number.", self.evidence),
            );
        };
        if !self.domain.contains(value) {
            return cannot(
                format!(
                    "{label}: {} is not a possible value ({}).",
                    display::number(value),
                    self.domain.describe()
                ),
                format!("The stage that writes `{}` must be mended.", self.evidence),
            );
        }
        if !self.spans.allows(record.span_kind) {
            return cannot(
                format!("{label}: measured {}, which this rule does not accept.", record.span_kind.label()),
                format!("`{}` must be measured on data that neither fit nor choice has seen.", self.evidence),
            );
        }
        let passed = self.bound.holds(value, self.limit);
        let verdict = if passed { Verdict::Pass } else { self.breach };
        let reason = match self.domain {
            Domain::Flag => format!("{label}: {}.", if value == 1.0 { "yes" } else { "no" }),
            Domain::Between(..) => {
                let (value, limit) = display::apart(value, self.limit, self.unit);
                let turn = if passed { ";" } else { ", but" };
                format!("{label} is {value}{turn} the rule asks for {} {limit}.", self.bound.sign())
            }
        };
        let change = (!passed).then(|| match self.remedy {
            "" => format!("Needed: {}.", self.text()),
            remedy => format!("Needed: {}. {remedy}", self.text()),
        });
        (verdict, reason, change)
    }
}
