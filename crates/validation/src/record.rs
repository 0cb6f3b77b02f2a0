//! One place that stamps span, kind and source onto evidence records.

use proofmark_lifecycle::{Evidence, Interval, SpanKind};
use proofmark_stats::{bootstrap, normal};
use proofmark_units::{DateSpan, Digest};

/// Draws behind a number that no gate of the default policy reads, such as an interval.
pub(crate) const REPORT_DRAWS: usize = 1_000;

/// Stamps records of one span measured from one source.
#[derive(Debug, Clone)]
pub struct Recorder {
    /// What kind of span.
    pub kind: SpanKind,
    /// Its dates.
    pub span: DateSpan,
    /// Digest of the series the records are computed from.
    pub source: Digest,
}

impl Recorder {
    /// A record; a value that is not finite becomes `None`.
    pub fn record(
        &self,
        name: impl Into<String>,
        value: impl Into<Option<f64>>,
        unit: &str,
        n: usize,
    ) -> Evidence {
        Evidence::new(name, value, unit, n as u64, self.kind, self.span, self.source)
    }

    /// A record of something that could not be measured, with the reason.
    pub fn missing(&self, name: impl Into<String>, unit: &str, why: impl std::fmt::Display) -> Evidence {
        self.record(name, None, unit, 0).with_note(why.to_string())
    }
}

/// An interval of `stats` with the method that made it, scaled to the record's unit.
pub(crate) fn interval(from: Option<&bootstrap::Interval>, scale: f64, method: &str) -> Option<Interval> {
    let interval = from?;
    Interval::new(interval.low * scale, interval.high * scale, interval.level, method)
}

/// The 95 % interval of an estimate whose error is taken as normal, such as a Newey-West mean.
pub(crate) fn normal_interval(estimate: f64, std_error: f64, method: &str) -> Option<Interval> {
    let half = normal::quantile(0.975)? * std_error;
    Interval::new(estimate - half, estimate + half, 0.95, method)
}
