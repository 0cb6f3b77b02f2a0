//! Asking a vendor over HTTP: transport, rate limits, retries, circuit breaker, secrets.
//!
//! Nothing here reads a clock or sleeps by itself: [`Pace`] is handed in, so a test of an hour takes no time.

mod backoff;
mod breaker;
mod client;
mod error;
mod keys;
mod limiter;
mod request;
mod secret;
mod transport;

use std::time::Duration;

use proofmark_units::Instant;

pub use backoff::Retry;
pub use breaker::{Breaker, BreakerMemory, BreakerRules, BreakerState};
pub use client::{Attempt, Client, Counts, Judgement, by_status};
pub use error::FetchError;
pub use keys::Limits;
pub use limiter::TokenBucket;
pub(crate) use request::percent_encoded;
pub use request::{Request, Response};
pub use secret::{Redactor, Secret};
pub use transport::{HttpTransport, Transport, TransportError};

/// The clock and the way to wait, handed in by the caller.
pub trait Pace {
    /// Now, UTC.
    fn now(&self) -> Instant;
    /// Returns after `time`.
    fn sleep(&self, time: Duration);
}

/// `instant` moved by `time`.
pub(crate) fn later(instant: Instant, time: Duration) -> Instant {
    Instant::from_nanos(instant.nanos().saturating_add(i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)))
}

/// Time from `from` to `to`; zero if `to` is not later.
pub(crate) fn between(from: Instant, to: Instant) -> Duration {
    Duration::from_nanos(u64::try_from(to.nanos().saturating_sub(from.nanos())).unwrap_or(0))
}

#[cfg(test)]
pub(crate) mod still {
    use std::cell::Cell;

    use super::*;

    /// A clock that moves only when somebody sleeps.
    pub(crate) struct Still {
        now: Cell<Instant>,
        slept: Cell<Duration>,
    }

    impl Still {
        pub(crate) fn at(nanos: i64) -> Self {
            Self { now: Cell::new(Instant::from_nanos(nanos)), slept: Cell::new(Duration::ZERO) }
        }

        pub(crate) fn slept(&self) -> Duration {
            self.slept.get()
        }
    }

    impl Pace for Still {
        fn now(&self) -> Instant {
            self.now.get()
        }

        fn sleep(&self, time: Duration) {
            self.now.set(later(self.now.get(), time));
            self.slept.set(self.slept.get() + time);
        }
    }
}
