//! A measured mean against the low quantile that the walk-forward predicts for so many sessions.

use super::check::{Bound, Check, Domain, Rule, Spans};
use crate::display;
use crate::evidence::EvidenceSet;
use crate::policy::Threshold;
use crate::verdict::Verdict;

/// What is compared, and what to say.
pub(super) struct Prediction<'a> {
    pub(super) measured: &'a str,
    pub(super) predicted: &'a str,
    pub(super) quantile: &'a Threshold,
    /// The span that was measured, such as `hold-out`.
    pub(super) span: &'a str,
    pub(super) spans: Spans,
    pub(super) remedy: &'a str,
}

impl Prediction<'_> {
    /// Not below the prediction; without one, or in another unit, nothing can be told.
    pub(super) fn check(&self, evidence: &EvidenceSet) -> Check {
        let predicted = evidence.get(self.predicted);
        let quantile = display::with_unit(self.quantile.value, "fraction");
        let label =
            format!("Active return of the {} against the walk-forward's {quantile} quantile", self.span);
        let limit = predicted.and_then(|record| record.value).filter(|value| value.is_finite());
        let mut check = Rule {
            evidence: self.measured,
            label: &label,
            bound: Bound::AtLeast,
            limit: limit.unwrap_or(f64::NAN),
            unit: predicted.map_or("", |record| &record.unit),
            breach: Verdict::Fail,
            domain: Domain::ANY,
            spans: self.spans,
            remedy: self.remedy,
        }
        .check(evidence);
        let measured = evidence.get(self.measured);
        let units_differ = matches!((measured, predicted), (Some(a), Some(b)) if a.unit != b.unit);
        if limit.is_none() || units_differ {
            check.verdict = Verdict::CannotTell;
            check.margin = None;
            check.rule = format!("{label}: not below it");
            check.reason = match units_differ {
                true => format!("The {} and its prediction are in different units.", self.span),
                false => format!("The walk-forward's prediction for the {} is missing.", self.span),
            };
            check.what_would_change =
                Some(format!("`{}` must be recorded in the same unit.", self.predicted));
        }
        check
    }
}
