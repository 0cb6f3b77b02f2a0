//! What an account remembers of its fills: rolling notional and charges that are paid once a day.

use std::collections::VecDeque;

use proofmark_units::Date;
use serde::{Deserialize, Serialize};

/// Days of the rolling notional, the present one included.
const WINDOW_DAYS: i32 = 30;

/// State of one account at one venue or broker. Serialisable; the same fills in the same order give the same bits, also
/// across a save and a load in between.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Saved", into = "Saved")]
pub struct FeeState {
    /// Traded value by day, ascending.
    days: VecDeque<(Date, f64)>,
    /// Sum of the days before the last one, in their order; follows from `days`.
    earlier: f64,
    /// Last day on which each instrument paid its daily charge.
    charged: Vec<Option<Date>>,
}

/// The state without what follows from it.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Saved {
    days: VecDeque<(Date, f64)>,
    charged: Vec<Option<Date>>,
}

impl From<FeeState> for Saved {
    fn from(state: FeeState) -> Self {
        Self { days: state.days, charged: state.charged }
    }
}

impl TryFrom<Saved> for FeeState {
    type Error = &'static str;

    fn try_from(saved: Saved) -> Result<Self, Self::Error> {
        let days = &saved.days;
        if days.iter().zip(days.iter().skip(1)).any(|(before, after)| before.0 >= after.0) {
            return Err("the days of a fee state do not ascend");
        }
        if days.iter().any(|(_, value)| !(value.is_finite() && *value >= 0.0)) {
            return Err("a day of a fee state has no value >= 0");
        }
        let mut state = Self { days: saved.days, earlier: 0.0, charged: saved.charged };
        state.earlier = state.sum_before_last();
        Ok(state)
    }
}

impl FeeState {
    /// An account that has not traded, with room for so many instruments.
    pub fn new(instruments: usize) -> Self {
        let days = VecDeque::with_capacity(WINDOW_DAYS as usize + 1);
        Self { days, earlier: 0.0, charged: vec![None; instruments] }
    }

    fn sum_before_last(&self) -> f64 {
        self.days.iter().take(self.days.len().saturating_sub(1)).map(|(_, value)| value).sum()
    }

    /// Traded value of the 30 days that end with `date`, in the tiers' currency: what a fill on `date` finds before it
    /// is counted itself. Days after `date` do not count.
    #[inline]
    pub fn rolling_notional(&self, date: Date) -> f64 {
        match self.days.back() {
            Some((last, value)) if *last == date => self.earlier + value,
            _ => {
                let within = |day: Date| day <= date && day.days() > date.days() - WINDOW_DAYS;
                self.days.iter().filter(|(day, _)| within(*day)).map(|(_, value)| value).sum()
            }
        }
    }

    /// Whether `instrument` has paid its daily charge on `date`.
    #[inline]
    pub(super) fn is_charged(&self, instrument: u32, date: Date) -> bool {
        self.charged.get(instrument as usize).copied().flatten() == Some(date)
    }

    pub(super) fn set_charged(&mut self, instrument: u32, date: Date) {
        let place = instrument as usize;
        if place >= self.charged.len() {
            self.charged.resize(place + 1, None);
        }
        self.charged[place] = Some(date);
    }

    /// Counts `notional` (>= 0, in the tiers' currency) on `date`, which must not lie before the last one counted; an
    /// earlier date counts as that one.
    pub(super) fn count(&mut self, date: Date, notional: f64) {
        match self.days.back_mut() {
            Some((last, value)) if date <= *last => *value += notional,
            _ => {
                while self.days.front().is_some_and(|(day, _)| day.days() <= date.days() - WINDOW_DAYS) {
                    self.days.pop_front();
                }
                self.days.push_back((date, notional));
                self.earlier = self.sum_before_last();
            }
        }
    }
}
