//! A switch that does not flutter.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::{GuardError, later};

/// On at `enter` or above; off again at `leave` or below, and not before `cool_down_seconds` have passed
/// since it last read `enter` or above. An unknown value turns it on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hysteresis {
    enter: f64,
    leave: f64,
    cool_down_seconds: u32,
    on_since: Option<Instant>,
    last: Option<Instant>,
}

impl Hysteresis {
    /// A switch that is off.
    ///
    /// # Errors
    /// [`GuardError::Value`] unless `leave <= enter`, both finite.
    pub fn new(enter: f64, leave: f64, cool_down_seconds: u32) -> Result<Self, GuardError> {
        if !enter.is_finite() || !leave.is_finite() || leave > enter {
            let rule = "finite and not above `enter`";
            return Err(GuardError::Value { what: "leave", value: leave, rule });
        }
        Ok(Self { enter, leave, cool_down_seconds, on_since: None, last: None })
    }

    /// Takes a value; whether the switch is on.
    ///
    /// # Errors
    /// [`GuardError::Order`] for times out of order.
    pub fn update(&mut self, value: Option<f64>, at: Instant) -> Result<bool, GuardError> {
        later(self.last, &at)?;
        self.last = Some(at);
        let value = value.filter(|v| !v.is_nan());
        if value.is_none_or(|v| v >= self.enter) {
            self.on_since = Some(at);
        } else if let (Some(v), Some(since)) = (value, self.on_since)
            && v <= self.leave
            && at >= since.plus_seconds(i64::from(self.cool_down_seconds))
        {
            self.on_since = None;
        }
        Ok(self.is_on())
    }

    /// Whether the switch is on.
    pub const fn is_on(&self) -> bool {
        self.on_since.is_some()
    }
}
