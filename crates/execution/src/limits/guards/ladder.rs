//! A drawdown ladder that is climbed more slowly than it is descended.

use serde::{Deserialize, Serialize};

use super::GuardError;
use crate::limits::{DrawdownLadder, LimitConfigError};

/// Holds the deepest step reached until the drawdown has shrunk to `recovery` less than where that step
/// begins.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HeldDrawdown {
    ladder: DrawdownLadder,
    recovery: f64,
    /// Steps that are in force.
    held: usize,
}

impl HeldDrawdown {
    /// A holder for this ladder, above its first step.
    ///
    /// # Errors
    /// [`LimitConfigError`] for a ladder whose steps do not descend or a negative `recovery` (a fraction of
    /// equity).
    pub fn new(ladder: DrawdownLadder, recovery: f64) -> Result<Self, LimitConfigError> {
        ladder.check()?;
        if !(0.0..1.0).contains(&recovery) {
            let setting = "drawdown.recovery".to_owned();
            return Err(LimitConfigError::Setting { setting, value: recovery, rule: "in [0, 1)" });
        }
        Ok(Self { ladder, recovery, held: 0 })
    }

    /// Takes the present drawdown, a positive fraction; the one that limits should be judged on, never below
    /// it.
    ///
    /// # Errors
    /// [`GuardError::Value`] outside [0, 1].
    pub fn update(&mut self, drawdown: f64) -> Result<f64, GuardError> {
        if !(0.0..=1.0).contains(&drawdown) {
            let rule = "a fraction in [0, 1]";
            return Err(GuardError::Value { what: "drawdown", value: drawdown, rule });
        }
        let begins = |held: usize| self.ladder.steps[held - 1].drawdown;
        let reached = self.ladder.steps.iter().filter(|step| drawdown >= step.drawdown).count();
        let mut held = self.held.min(self.ladder.steps.len()).max(reached);
        while held > reached && drawdown <= begins(held) - self.recovery {
            held -= 1;
        }
        self.held = held;
        Ok(if held > reached { begins(held) } else { drawdown })
    }
}
