//! Decisions that go to the market in parts.

use std::fmt;
use std::str::FromStr;

use proofmark_execution::engine::{AtEnd, Pace, Parts};
use proofmark_market::Interval;
use serde::{Serialize, Serializer};

use super::feed::Feed;

/// Sessions of daily bars over which a decision follows the volume.
const POV_SESSIONS: usize = 20;

/// How decisions go to the market; written `twap:6` or `pov:0.1`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum PartsRequest {
    /// So many equal parts at equal distances of time: one a session on bars by session, else until the last bar of the session. The
    /// rest goes out as one order then, as does all of what is decided too late for parts.
    Twap {
        /// How many, at least 1.
        slices: u32,
    },
    /// A share of the volume since the decision, over at most 20 sessions of bars by session, else until the end of the session;
    /// the rest does not trade.
    Pov {
        /// Fraction of the volume, in (0, 1].
        share: f64,
    },
}

/// Text was no way to work an order.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no way to work an order: `twap:6` is six equal parts, `pov:0.1` a tenth of the volume")]
pub struct ParsePartsError {
    /// The text.
    pub text: String,
}

impl FromStr for PartsRequest {
    type Err = ParsePartsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || ParsePartsError { text: text.to_owned() };
        let (kind, value) = text.split_once(':').ok_or_else(wrong)?;
        let made = match kind {
            "twap" => {
                value.parse().ok().filter(|n| (1..=10_000).contains(n)).map(|slices| Self::Twap { slices })
            }
            "pov" => value.parse().ok().filter(|x| *x > 0.0 && *x <= 1.0).map(|share| Self::Pov { share }),
            _ => None,
        };
        made.ok_or_else(wrong)
    }
}

impl fmt::Display for PartsRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twap { slices } => write!(f, "twap:{slices}"),
            Self::Pov { share } => write!(f, "pov:{share}"),
        }
    }
}

impl Serialize for PartsRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl PartsRequest {
    /// The parts of what is decided at a step; `None` where no time is left for more than one.
    pub(super) fn at(self, feed: &Feed, step: usize, interval: Interval) -> Option<Parts> {
        let (pace, at_end, sessions) = match self {
            Self::Twap { slices } => (Pace::Twap { slices }, AtEnd::Cross, slices as usize),
            Self::Pov { share } => (Pace::Pov { share }, AtEnd::Cancel, POV_SESSIONS),
        };
        if interval == Interval::Day1 {
            return Some(Parts { pace, start: None, until: feed.session_end(step, sessions - 1), at_end });
        }
        // The night between a decision and its session is no time to trade in.
        let start = feed.session_start(step);
        let until = match self {
            // What is left then still meets the last bar of the session.
            Self::Twap { .. } => feed.last_order(step)?,
            Self::Pov { .. } => feed.session_end(step, 0),
        };
        let begins = start.map_or(feed.time(step), |start| start.max(feed.time(step)));
        (until > begins).then_some(Parts { pace, start, until, at_end })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_way_is_read_as_it_is_written() {
        for text in ["twap:6", "pov:0.1", "pov:1"] {
            assert_eq!(text.parse::<PartsRequest>().unwrap().to_string(), text);
        }
        for text in ["twap", "twap:0", "twap:-1", "twap:1.5", "pov:0", "pov:1.1", "pov:NaN", "vwap:3", ""] {
            let error = text.parse::<PartsRequest>().unwrap_err();
            assert!(error.to_string().contains("twap:6"), "{error}");
        }
    }
}
