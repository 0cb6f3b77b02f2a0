//! Rules that trade: each a small file and a line in [`recipes`].
//!
//! A rule names the columns it reads, in the expression language of the features, and the caller supplies their values; it
//! sees the market through a [`Desk`] and sends orders. It knows no file, no calendar and no label.
//!
//! Invariant: a rule reads the columns of a step and nothing later.

mod always_short;
mod buy_and_hold;
mod equal_weight;
mod exits;
mod exposure_matched;
mod follow;
mod intraday;
mod long_short;
mod min_variance;
mod momentum;
mod params;
mod signal;
mod smart_simple;
mod swing;
mod volatility_trail;

pub use exits::Exits;
pub use follow::{Follow, Plan};
use params::{EVERY, EXPOSURE};
pub use params::{Param, ParamError, Params};
pub use signal::{EntryType, Signal, SignalError};
pub use smart_simple::{Outlook, RegimeGate, SmartSimple};
pub use volatility_trail::{VolatilityTrail, Ways};

use crate::engine::{Desk, InstrumentId, Slice, Strategy};

/// Values of a rule's columns at one step, an instrument a row; NaN = not known.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    columns: usize,
    values: Vec<f64>,
}

impl Rows {
    /// Rows of so many columns for so many instruments, nothing known.
    pub fn new(instruments: usize, columns: usize) -> Self {
        Self { columns, values: vec![f64::NAN; instruments * columns] }
    }

    /// The row of an instrument.
    pub fn of(&self, instrument: InstrumentId) -> &[f64] {
        let start = instrument as usize * self.columns;
        &self.values[start..start + self.columns]
    }

    /// The row of an instrument, to be filled.
    pub fn of_mut(&mut self, instrument: InstrumentId) -> &mut [f64] {
        let start = instrument as usize * self.columns;
        &mut self.values[start..start + self.columns]
    }
}

/// A rule at work.
pub trait Trader {
    /// Reads a step and the columns known at it, and acts.
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>);
}

/// A rule as it is listed: what it is, what may be set, what it reads.
pub trait Recipe: Sync {
    /// Stable name.
    fn name(&self) -> &'static str;
    /// What it does, for whoever chooses.
    fn doc(&self) -> &'static str;
    /// What may be set.
    fn params(&self) -> &'static [Param];
    /// Expressions of the columns it reads, in the order of its rows.
    fn columns(&self, params: &Params) -> Vec<String>;
    /// The rule for so many instruments; `seed` where it draws.
    fn build(&self, params: &Params, instruments: usize, seed: u64) -> Box<dyn Trader>;
}

/// Every rule, in the order help prints them.
pub fn recipes() -> &'static [&'static dyn Recipe] {
    &[
        &buy_and_hold::BuyAndHold,
        &equal_weight::EqualWeight,
        &min_variance::MinVariance,
        &momentum::Momentum,
        &long_short::LongShort,
        &swing::Swing,
        &intraday::Intraday,
        &always_short::AlwaysShort,
        &exposure_matched::ExposureMatched,
    ]
}

/// The rule called `name`.
pub fn recipe(name: &str) -> Option<&'static dyn Recipe> {
    recipes().iter().copied().find(|recipe| recipe.name() == name)
}

/// A rule with the columns of the step that is about to be taken: what an engine can run.
pub struct Fed<'a> {
    /// The rule.
    pub trader: &'a mut dyn Trader,
    /// Its columns.
    pub rows: &'a Rows,
}

impl Strategy for Fed<'_> {
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        self.trader.decide(slice, self.rows, desk);
    }
}

/// Counts the sessions of a rule that acts every so many of them.
#[derive(Debug, Clone, Copy)]
struct Every {
    sessions: u64,
    seen: u64,
}

impl Every {
    const fn sessions(sessions: u64) -> Self {
        Self { sessions, seen: 0 }
    }

    /// Whether the step ends a session on which the rule acts; the first session is one.
    fn is_due(&mut self, slice: &Slice<'_>) -> bool {
        if !slice.ends_session() {
            return false;
        }
        self.seen += 1;
        self.sessions > 0 && (self.seen - 1).is_multiple_of(self.sessions)
    }
}
