//! Decisions: which weights are wanted at the close of which step.

use crate::engine::InstrumentId;

/// Targets are out of order, or not for the columns at hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TargetsError {
    /// A grid has not a cell for each bar.
    #[error(
        "a grid of {found} weights for {steps} steps of {instruments} instruments; hint: NaN = left as it is"
    )]
    Cells {
        /// Its cells.
        found: usize,
        /// Steps of the columns.
        steps: usize,
        /// Instruments of the columns.
        instruments: usize,
    },
    /// A target names a step or an instrument that the columns do not have.
    #[error(
        "a target of step {step}, instrument {instrument}; there are {steps} steps and {instruments} instruments"
    )]
    Beyond {
        /// Step named.
        step: usize,
        /// Instrument named.
        instrument: usize,
        /// Steps of the columns.
        steps: usize,
        /// Instruments of the columns.
        instruments: usize,
    },
    /// Targets do not ascend.
    #[error(
        "target {place} does not follow the one before it; hint: targets ascend by step, then instrument, each named once"
    )]
    Order {
        /// Place in the list.
        place: usize,
    },
}

/// Weights that are wanted, by step. A weight is the share of equity at the close of its step; what is not named is left as it
/// is. A weight that is not finite takes back what waits and asks for nothing.
pub trait Targets {
    /// Whether they are for columns of so many steps and instruments.
    ///
    /// # Errors
    /// [`TargetsError`].
    fn check(&self, steps: usize, instruments: usize) -> Result<(), TargetsError>;

    /// The first step from `step` on at which anything is named.
    fn next(&self, step: usize, instruments: usize) -> Option<usize>;

    /// Adds what is named at `step`, in the order of the instruments.
    fn named(&self, step: usize, instruments: usize, into: &mut Vec<(InstrumentId, f64)>);
}

/// A weight for each cell, `step * instruments + instrument` as in [`Columns`](super::Columns); NaN = left as it is.
#[derive(Debug, Clone, Copy)]
pub struct Grid<'a>(pub &'a [f64]);

impl Targets for Grid<'_> {
    fn check(&self, steps: usize, instruments: usize) -> Result<(), TargetsError> {
        let found = self.0.len();
        if steps.checked_mul(instruments) == Some(found) {
            Ok(())
        } else {
            Err(TargetsError::Cells { found, steps, instruments })
        }
    }

    fn next(&self, step: usize, instruments: usize) -> Option<usize> {
        let start = step * instruments;
        self.0[start..].iter().position(|weight| !weight.is_nan()).map(|k| (start + k) / instruments)
    }

    fn named(&self, step: usize, instruments: usize, into: &mut Vec<(InstrumentId, f64)>) {
        let start = step * instruments;
        let row = &self.0[start..start + instruments];
        into.extend((0..).zip(row.iter().copied()).filter(|(_, weight)| !weight.is_nan()));
    }
}

/// One weight of one step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// At the close of this step.
    pub step: usize,
    /// Of what.
    pub instrument: InstrumentId,
    /// Share of equity.
    pub weight: f64,
}

/// Only what is named, for rules that decide seldom.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Listed(Vec<Target>);

impl Listed {
    /// Targets ascending by step and instrument, each named once.
    ///
    /// # Errors
    /// [`TargetsError::Order`].
    pub fn new(targets: Vec<Target>) -> Result<Self, TargetsError> {
        let key = |target: &Target| (target.step, target.instrument);
        match targets.windows(2).position(|pair| key(&pair[0]) >= key(&pair[1])) {
            Some(place) => Err(TargetsError::Order { place: place + 1 }),
            None => Ok(Self(targets)),
        }
    }

    /// The targets.
    pub fn targets(&self) -> &[Target] {
        &self.0
    }
}

impl Targets for Listed {
    fn check(&self, steps: usize, instruments: usize) -> Result<(), TargetsError> {
        let is_beyond = |target: &&Target| target.step >= steps || target.instrument as usize >= instruments;
        match self.0.iter().find(is_beyond) {
            Some(&Target { step, instrument, .. }) => {
                Err(TargetsError::Beyond { step, instrument: instrument as usize, steps, instruments })
            }
            None => Ok(()),
        }
    }

    fn next(&self, step: usize, _: usize) -> Option<usize> {
        self.0.get(self.0.partition_point(|target| target.step < step)).map(|target| target.step)
    }

    fn named(&self, step: usize, _: usize, into: &mut Vec<(InstrumentId, f64)>) {
        let start = self.0.partition_point(|target| target.step < step);
        let here = self.0[start..].iter().take_while(|target| target.step == step);
        into.extend(here.map(|target| (target.instrument, target.weight)));
    }
}

/// One instrument held at `weight` from each step at which `is_long` turns true to that at which it turns false; before the
/// first step it counts as false, so a series that begins true buys at its first close.
pub fn long_flat(is_long: impl IntoIterator<Item = bool>, weight: f64) -> Listed {
    let mut before = false;
    let mut targets = Vec::new();
    for (step, now) in is_long.into_iter().enumerate() {
        if now != before {
            targets.push(Target { step, instrument: 0, weight: if now { weight } else { 0.0 } });
            before = now;
        }
    }
    Listed(targets)
}
