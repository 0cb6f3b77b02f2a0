//! What a person may do to a run between two steps.

use super::parents::Parts;
use super::step::Engine;
use super::watch::{GuardEvent, Guarded};
use crate::limits::guards::{Cause, GuardError, Level, Person};

impl<C, F> Engine<C, F> {
    /// Raises the kill switch to `level` in the name of a person: from the next step on decisions only reduce, and at
    /// [`Level::Flatten`] everything is closed. `false` where it is there or above, or the engine has neither limits nor guards.
    ///
    /// # Errors
    /// [`GuardError`] without a name or a reason, or for a second change at one instant.
    pub fn stop(&mut self, level: Level, person: &str, why: &str) -> Result<bool, GuardError> {
        let by = Cause::Person(Person::named(person)?);
        let Some(gate) = &mut self.gate else { return Ok(false) };
        let changed = gate.watch.kill_switch().stop(level, by, why, self.now)?;
        Ok(changed.map(|transition| self.note(GuardEvent::KillSwitch(transition))).is_some())
    }

    /// Lowers the kill switch, on the word of a person.
    ///
    /// # Errors
    /// [`GuardError`] when nothing is stopped, nobody is named, no reason is given, or the step is still that of the stop.
    pub fn resume(&mut self, person: &str, why: &str) -> Result<(), GuardError> {
        let gate = self.gate.as_mut().ok_or(GuardError::NotStopped)?;
        let transition = gate.watch.kill_switch().resume(person, why, self.now)?;
        self.note(GuardEvent::KillSwitch(transition));
        Ok(())
    }

    /// Arms a weekly breaker that tripped again, on the word of a person: its streak and its drawdown start from present equity.
    ///
    /// # Errors
    /// [`GuardError`] when it has not tripped, nobody is named or no reason is given.
    pub fn resume_weekly(&mut self, person: &str, why: &str) -> Result<(), GuardError> {
        let gate = self.gate.as_mut().ok_or(GuardError::NotStopped)?;
        let resumed = gate.watch.resume_weekly(person, why, self.now)?;
        self.note(GuardEvent::WeeklyResumed(resumed));
        Ok(())
    }

    /// From the next step on decisions of [`Desk::target_weights`](super::Desk::target_weights) and
    /// [`Desk::decide`](super::Desk::decide) go to the market in parts, or as one order each again. The caller, who knows the calendar, sets the deadline anew for each step. Orders that a rule sends otherwise, with
    /// brackets among them, are sent as they are; an exit ends the parents of its instrument.
    pub fn work_in_parts(&mut self, parts: Option<Parts>) {
        self.parts = parts;
    }

    fn note(&mut self, event: GuardEvent) {
        self.log.guarded.push(Guarded { time: self.now, event });
    }
}
