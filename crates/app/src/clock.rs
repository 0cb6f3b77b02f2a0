//! The one place where the clock is read. Everything below takes instants as arguments.

use proofmark_units::Instant;

/// Now, UTC.
pub(crate) fn now() -> Instant {
    let nanos = jiff::Timestamp::now().as_nanosecond();
    Instant::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}
