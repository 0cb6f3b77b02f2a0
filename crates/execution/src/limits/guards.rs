//! What must be remembered between checks. Each guard is a small serialisable value with one `update`.
//!
//! Returns, losses and drawdowns are fractions; a number that can only be a percent is refused. Events come
//! in order of time; an older one is refused, so that a replay cannot pass unseen. No guard reads a clock.

mod accuracy;
mod daily_loss;
mod hysteresis;
mod insistence;
mod kill_switch;
mod ladder;
mod weekly_breaker;

use std::fmt;

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

pub use accuracy::{AccuracyReading, DirectionAccuracy, TradeWeek};
pub use daily_loss::{DailyEvent, DailyLossBreaker};
pub use hysteresis::Hysteresis;
pub use insistence::{InsistenceReading, LongInsistence, SignalWeek};
pub use kill_switch::{Cause, KillSwitch, Level, Transition};
pub use ladder::HeldDrawdown;
pub use weekly_breaker::{Resumed, Trip, Week, WeeklyBreaker};

/// Someone who answers for a decision; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Person(String);

impl Person {
    /// A person of this name.
    ///
    /// # Errors
    /// [`GuardError::NoPerson`] for a blank name.
    pub fn named(name: &str) -> Result<Self, GuardError> {
        let name = name.trim();
        if name.is_empty() { Err(GuardError::NoPerson) } else { Ok(Self(name.to_owned())) }
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Person {
    type Error = GuardError;

    fn try_from(name: String) -> Result<Self, GuardError> {
        Self::named(&name)
    }
}

impl From<Person> for String {
    fn from(person: Person) -> Self {
        person.0
    }
}

impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A guard refused an event.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GuardError {
    /// An event is not later than the one before.
    #[error("an event of {now} came after one of {last}")]
    Order {
        /// Time of the event before.
        last: String,
        /// Time of this one.
        now: String,
    },
    /// A number is impossible.
    #[error("`{what}` is {value}; it must be {rule}")]
    Value {
        /// Which number.
        what: &'static str,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A mark came for a day that was not opened.
    #[error("a mark of {0} came before that day's opening equity")]
    DayNotOpened(Date),
    /// Nobody was named.
    #[error("a resume names the person who answers for it")]
    NoPerson,
    /// No reason was given.
    #[error("a stop and a resume state their reason")]
    NoReason,
    /// Nothing is stopped.
    #[error("there is nothing to resume")]
    NotStopped,
}

fn later<T: PartialOrd + fmt::Display>(last: Option<T>, now: &T) -> Result<(), GuardError> {
    match last {
        Some(last) if *now <= last => Err(GuardError::Order { last: last.to_string(), now: now.to_string() }),
        _ => Ok(()),
    }
}

/// A return over a week or less. Beyond +-100 % it is taken for a percent.
fn fraction(what: &'static str, value: f64) -> Result<(), GuardError> {
    let rule = "a fraction within (-1, 1): 0.02 is 2 %";
    if value.abs() < 1.0 { Ok(()) } else { Err(GuardError::Value { what, value, rule }) }
}

fn reason(text: &str) -> Result<String, GuardError> {
    let text = text.trim();
    if text.is_empty() { Err(GuardError::NoReason) } else { Ok(text.to_owned()) }
}
