//! How long a bar lasts.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How long a bar lasts; written `5m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Interval {
    /// One minute.
    Minute1,
    /// Five minutes.
    Minute5,
    /// Fifteen minutes.
    Minute15,
    /// Thirty minutes.
    Minute30,
    /// One hour.
    Hour1,
    /// One session.
    Day1,
}

/// Text was not an interval.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no interval; there are 1m, 5m, 15m, 30m, 1h and 1d")]
pub struct ParseIntervalError {
    /// The offending text.
    pub text: String,
}

impl Interval {
    /// Those shorter than a session, ascending.
    pub const INTRADAY: [Self; 5] =
        [Self::Minute1, Self::Minute5, Self::Minute15, Self::Minute30, Self::Hour1];

    /// As it is written: `1m`, `5m`, `15m`, `30m`, `1h` or `1d`.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Minute1 => "1m",
            Self::Minute5 => "5m",
            Self::Minute15 => "15m",
            Self::Minute30 => "30m",
            Self::Hour1 => "1h",
            Self::Day1 => "1d",
        }
    }

    /// Minutes of a bar; `None` for a session, whose length is the exchange's.
    pub const fn minutes(self) -> Option<u32> {
        match self {
            Self::Minute1 => Some(1),
            Self::Minute5 => Some(5),
            Self::Minute15 => Some(15),
            Self::Minute30 => Some(30),
            Self::Hour1 => Some(60),
            Self::Day1 => None,
        }
    }

    /// Bars of a full session of `session_minutes`; a last, shorter bar counts.
    pub const fn bars_per_session(self, session_minutes: u32) -> u32 {
        match self.minutes() {
            Some(minutes) => session_minutes.div_ceil(minutes),
            None => 1,
        }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

impl From<Interval> for &'static str {
    fn from(interval: Interval) -> Self {
        interval.id()
    }
}

impl TryFrom<String> for Interval {
    type Error = ParseIntervalError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl FromStr for Interval {
    type Err = ParseIntervalError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "1m" | "1minute" => Self::Minute1,
            "5m" | "5minute" => Self::Minute5,
            "15m" | "15minute" => Self::Minute15,
            "30m" | "30minute" => Self::Minute30,
            "1h" | "1hour" => Self::Hour1,
            "1d" | "1day" => Self::Day1,
            _ => return Err(ParseIntervalError { text: text.to_owned() }),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_of_the_nse_holds_375_minutes() {
        let bars = |text: &str| text.parse::<Interval>().unwrap().bars_per_session(375);
        assert_eq!([bars("1minute"), bars("5m"), bars("30m"), bars("1d")], [375, 75, 13, 1]);
        assert_eq!("1h".parse::<Interval>().unwrap().bars_per_session(1_440), 24);
        assert!("2m".parse::<Interval>().unwrap_err().to_string().contains("30m"));
    }
}
