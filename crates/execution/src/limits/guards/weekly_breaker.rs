//! Losing weeks in a row, or a drawdown, stop a weekly strategy until a person resumes it.

use proofmark_units::{Date, Instant};
use serde::{Deserialize, Serialize};

use super::{GuardError, Person, fraction, later, reason};
use crate::limits::Standing;

/// One week of the strategy.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Week {
    /// Its last session.
    pub ends: Date,
    /// Net return on equity, a fraction; `None` = the strategy held nothing.
    pub net_return: Option<f64>,
}

/// Why the breaker tripped.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Trip {
    /// Consecutive weeks with a net loss.
    LosingWeeks {
        /// End of the week that tripped it.
        ends: Date,
        /// How many.
        weeks: u32,
    },
    /// Loss from the high-water mark of compounded equity.
    Drawdown {
        /// End of the week that tripped it.
        ends: Date,
        /// Positive fraction.
        drawdown: f64,
    },
}

/// A resume, for the event log.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resumed {
    /// What had tripped.
    pub trip: Trip,
    /// Who resumed.
    pub by: Person,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Instant,
}

/// Trips at `losing_weeks` consecutive losses or at a current drawdown of `drawdown`, whichever comes first.
///
/// A week loses when its net return is below 0. A week without a position neither lengthens nor ends a
/// streak. After a resume the streak is 0 and the high-water mark is present equity: the person has accepted
/// the loss, and the breaker is armed again at its full distance.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeeklyBreaker {
    losing_weeks: u32,
    drawdown: f64,
    equity: f64,
    high_water: f64,
    streak: u32,
    last: Option<Date>,
    trip: Option<Trip>,
}

impl WeeklyBreaker {
    /// Usual settings: 5 weeks, a drawdown of 0.12.
    ///
    /// # Errors
    /// [`GuardError::Value`] for 0 weeks or a drawdown outside (0, 1).
    pub fn new(losing_weeks: u32, drawdown: f64) -> Result<Self, GuardError> {
        if losing_weeks == 0 {
            return Err(GuardError::Value { what: "losing_weeks", value: 0.0, rule: ">= 1" });
        }
        if !(drawdown > 0.0 && drawdown < 1.0) {
            return Err(GuardError::Value {
                what: "drawdown",
                value: drawdown,
                rule: "a fraction in (0, 1)",
            });
        }
        Ok(Self { losing_weeks, drawdown, equity: 1.0, high_water: 1.0, streak: 0, last: None, trip: None })
    }

    /// Takes a week; what has tripped, now or before. A tripped breaker goes on counting.
    ///
    /// # Errors
    /// [`GuardError`] for weeks out of order, or a return that is no fraction.
    pub fn update(&mut self, week: Week) -> Result<Option<Trip>, GuardError> {
        later(self.last, &week.ends)?;
        let net = week.net_return.unwrap_or(0.0);
        fraction("net_return", net)?;
        self.last = Some(week.ends);
        if week.net_return.is_some() {
            self.streak = if net < 0.0 { self.streak + 1 } else { 0 };
        }
        self.equity *= 1.0 + net;
        self.high_water = self.high_water.max(self.equity);
        let drawdown = self.current_drawdown();
        if self.trip.is_none() {
            self.trip = if self.streak >= self.losing_weeks {
                Some(Trip::LosingWeeks { ends: week.ends, weeks: self.streak })
            } else if drawdown >= self.drawdown {
                Some(Trip::Drawdown { ends: week.ends, drawdown })
            } else {
                None
            };
        }
        Ok(self.trip)
    }

    /// Loss from the high-water mark, a positive fraction.
    pub fn current_drawdown(&self) -> f64 {
        1.0 - self.equity / self.high_water
    }

    /// Consecutive losing weeks.
    pub const fn streak(&self) -> u32 {
        self.streak
    }

    /// Arms the breaker again, on the word of a person.
    ///
    /// # Errors
    /// [`GuardError`] when nothing has tripped, nobody is named or no reason is given.
    pub fn resume(&mut self, person: &str, why: &str, at: Instant) -> Result<Resumed, GuardError> {
        let trip = self.trip.ok_or(GuardError::NotStopped)?;
        let resumed = Resumed { trip, by: Person::named(person)?, reason: reason(why)?, at };
        (self.trip, self.streak, self.high_water) = (None, 0, self.equity);
        Ok(resumed)
    }

    /// What a check has to respect: a tripped breaker closes the position.
    pub const fn standing(&self) -> Standing {
        Standing {
            additions_stopped: self.trip.is_some(),
            flatten: self.trip.is_some(),
            longs_paused: false,
            shorts_paused: false,
        }
    }
}
