//! The one place where the clock is read. Everything below takes instants as arguments.

use std::time::Duration;

use proofmark_sources::net::Pace;
use proofmark_units::Instant;

/// Now, UTC.
pub(crate) fn now() -> Instant {
    let nanos = jiff::Timestamp::now().as_nanosecond();
    Instant::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// The clock and real waiting, for sources that ask over the network.
pub(crate) struct Wall;

impl Pace for Wall {
    fn now(&self) -> Instant {
        now()
    }

    fn sleep(&self, time: Duration) {
        std::thread::sleep(time);
    }
}
