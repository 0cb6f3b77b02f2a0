//! Pause, halt, flatten: one latch that only a person opens.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::{GuardError, Person, later, reason};
use crate::limits::Standing;

/// How much is stopped, from nothing to everything.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Trading is free.
    #[default]
    Running,
    /// Positions are only reduced; an operator expects to go on.
    Paused,
    /// Positions are only reduced; something broke.
    Halted,
    /// Every position is closed.
    Flatten,
}

/// Who or what stopped trading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// A rule, by its id.
    Rule(String),
    /// A person.
    Person(Person),
}

/// One change of level, for the event log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Transition {
    /// When.
    pub at: Instant,
    /// Level before.
    pub from: Level,
    /// Level after.
    pub to: Level,
    /// Who or what.
    pub by: Cause,
    /// Why.
    pub reason: String,
}

/// The latch. Anything may raise its level; only [`KillSwitch::resume`] lowers it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KillSwitch {
    level: Level,
    last: Option<Transition>,
}

impl KillSwitch {
    /// The present level.
    pub const fn level(&self) -> Level {
        self.level
    }

    /// The change that led to it; `None` before the first.
    pub const fn last(&self) -> Option<&Transition> {
        self.last.as_ref()
    }

    /// Raises the level to `to`; `None` where it is already there or above.
    ///
    /// # Errors
    /// [`GuardError`] without a reason, or for a time before the last change.
    pub fn stop(
        &mut self,
        to: Level,
        by: Cause,
        why: &str,
        at: Instant,
    ) -> Result<Option<Transition>, GuardError> {
        let reason = reason(why)?;
        if to <= self.level {
            return Ok(None);
        }
        self.change(Transition { at, from: self.level, to, by, reason }).map(Some)
    }

    /// Back to running, on the word of a person.
    ///
    /// # Errors
    /// [`GuardError`] when nothing is stopped, nobody is named, no reason is given, or the time is not after
    /// the stop.
    pub fn resume(&mut self, person: &str, why: &str, at: Instant) -> Result<Transition, GuardError> {
        if self.level == Level::Running {
            return Err(GuardError::NotStopped);
        }
        let by = Cause::Person(Person::named(person)?);
        self.change(Transition { at, from: self.level, to: Level::Running, by, reason: reason(why)? })
    }

    /// What a check has to respect.
    pub fn standing(&self) -> Standing {
        Standing {
            additions_stopped: self.level > Level::Running,
            flatten: self.level == Level::Flatten,
            ..Standing::default()
        }
    }

    fn change(&mut self, transition: Transition) -> Result<Transition, GuardError> {
        later(self.last.as_ref().map(|t| t.at), &transition.at)?;
        self.level = transition.to;
        self.last = Some(transition.clone());
        Ok(transition)
    }
}
