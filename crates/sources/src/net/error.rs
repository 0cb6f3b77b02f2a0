//! Why a vendor did not deliver, and what mends it.

use std::time::Duration;

use super::TransportError;

/// A request failed for good. No message holds a secret: what a vendor said is cleaned and cut first.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// The network failed on every attempt.
    #[error("failed to ask {vendor} ({address}), {attempts} times")]
    Transport {
        /// The vendor.
        vendor: &'static str,
        /// The address without query.
        address: String,
        /// Requests made.
        attempts: u32,
        /// The last failure.
        #[source]
        source: TransportError,
    },
    /// The vendor answered with an error status.
    #[error("{vendor} answered {status} to {address}{}", quoted(said))]
    Status {
        /// The vendor.
        vendor: &'static str,
        /// The address without query.
        address: String,
        /// HTTP status.
        status: u16,
        /// What it said, cleaned and cut.
        said: String,
    },
    /// The vendor refused the arguments in its own words.
    #[error("{vendor} refused the request{}", quoted(said))]
    Refused {
        /// The vendor.
        vendor: &'static str,
        /// What it said, cleaned and cut.
        said: String,
    },
    /// The vendor is asked too often and wants a longer pause than is waited for.
    #[error("{vendor} limits the rate{}", asked(*pause))]
    RateLimited {
        /// The vendor.
        vendor: &'static str,
        /// The pause it asked for, if it said one.
        pause: Option<Duration>,
    },
    /// The day's requests are used up.
    #[error("the {per_day} requests a day that {vendor} allows are used up")]
    QuotaSpent {
        /// The vendor.
        vendor: &'static str,
        /// Requests a UTC day.
        per_day: u32,
    },
    /// The session of a broker has ended.
    #[error("the session of {vendor} has expired{}", quoted(said))]
    SessionExpired {
        /// The vendor.
        vendor: &'static str,
        /// What it said, cleaned and cut.
        said: String,
        /// How to begin a new one.
        hint: &'static str,
    },
    /// No credential is accepted.
    #[error("{vendor} does not accept the credentials{}", quoted(said))]
    NotAllowed {
        /// The vendor.
        vendor: &'static str,
        /// What it said, cleaned and cut.
        said: String,
    },
    /// The circuit breaker is open.
    #[error("{vendor} failed repeatedly and is not asked again for {} s", pause.as_secs().max(1))]
    BreakerOpen {
        /// The vendor.
        vendor: &'static str,
        /// Time to the next trial.
        pause: Duration,
    },
    /// The reply has another form than documented.
    #[error("the reply of {vendor} is not {wanted}: {found}")]
    Schema {
        /// The vendor.
        vendor: &'static str,
        /// What was expected.
        wanted: &'static str,
        /// What came, cleaned and cut.
        found: String,
    },
    /// The vendor gave as many rows as it ever gives, for a span that cannot be made smaller.
    #[error("{vendor} cut the reply at its cap of {cap} rows for {what}")]
    CutAtCap {
        /// The vendor.
        vendor: &'static str,
        /// Rows it gives at most.
        cap: u32,
        /// Which series and span.
        what: String,
    },
    /// The vendor has no such interval, market or span.
    #[error("{vendor} has no {what}")]
    NotOffered {
        /// The vendor.
        vendor: &'static str,
        /// What it does not have.
        what: String,
    },
}

impl FetchError {
    /// Whether asking for something else would fail in the same way, so that the whole job must end here.
    pub const fn ends_the_job(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::QuotaSpent { .. }
                | Self::SessionExpired { .. }
                | Self::NotAllowed { .. }
                | Self::BreakerOpen { .. }
                | Self::NotOffered { .. }
        )
    }

    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::Transport { source, .. } => source.hint().into(),
            Self::Status { status: 500.., .. } | Self::BreakerOpen { .. } => {
                "the vendor has a problem; run the same command later, finished chunks are kept".into()
            }
            Self::Status { .. } | Self::Refused { .. } | Self::NotOffered { .. } => {
                "check symbol, interval and dates against the vendor's documentation".into()
            }
            Self::RateLimited { .. } => {
                "run the same command later, finished chunks are kept; check that nothing else uses the key"
                    .into()
            }
            Self::QuotaSpent { .. } => "run the same command tomorrow (UTC), finished chunks are kept".into(),
            Self::SessionExpired { hint, .. } => (*hint).into(),
            Self::NotAllowed { .. } => {
                "check the credentials in the environment or the credentials file, and what they are allowed"
                    .into()
            }
            Self::Schema { .. } => {
                "the vendor may have changed its form, or something between here and there answered".into()
            }
            Self::CutAtCap { .. } => "ask for a coarser interval".into(),
        }
    }
}

fn quoted(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": `{said}`") }
}

fn asked(pause: Option<Duration>) -> String {
    pause.map_or_else(String::new, |pause| format!(" and asks for a pause of {} s", pause.as_secs()))
}
