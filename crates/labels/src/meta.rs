//! Meta-labels: whether a side that something else chose made money.

use proofmark_market::Panel;
use serde::{Deserialize, Serialize};

use crate::barrier::Side;
use crate::rule::{Outcome, Rule, require};
use crate::scaled_barrier::VolatilityBarrier;
use crate::series::Series;
use crate::{LabelGrid, LabelSpecError};

/// The exits of a meta-labelled position and what it costs: López de Prado (2018), sections 3.6 and 3.7.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MetaLabelSpec {
    /// Span of the exponentially weighted standard deviation of simple close-to-close returns up to the decision; at
    /// least 2.
    pub vol_span: usize,
    /// Distance of the stop from the entry, in these deviations, above 0.
    pub stop: f64,
    /// Distance of the target, in the same, above 0.
    pub target: f64,
    /// Bars from entry to the open at which the position is closed at the latest, at least 1.
    pub max_hold: usize,
    /// What entering and leaving cost together, a fraction of the entry price, at least 0.
    pub round_trip_cost: f64,
}

impl MetaLabelSpec {
    /// Refuses specs outside the ranges documented on the fields.
    ///
    /// # Errors
    /// [`LabelSpecError`] for the first field outside its range.
    pub fn check(&self) -> Result<(), LabelSpecError> {
        self.barriers().check()?;
        let cost = self.round_trip_cost;
        require(cost >= 0.0 && cost.is_finite(), "round_trip_cost", cost, "a fraction of at least 0")
    }

    const fn barriers(&self) -> VolatilityBarrier {
        let Self { vol_span, stop, target, max_hold, .. } = *self;
        VolatilityBarrier { vol_span, stop, target, max_hold }
    }
}

/// [`crate::LabelSpec::Meta`] where nobody says a side: long.
impl Rule for MetaLabelSpec {
    fn check(&self) -> Result<(), LabelSpecError> {
        Self::check(self)
    }

    fn unit(&self) -> String {
        format!(
            "{}, less a cost of {} for entering and leaving",
            self.barriers().unit(),
            self.round_trip_cost
        )
    }

    fn horizon(&self) -> usize {
        self.max_hold
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        self.barriers().units(series)
    }

    fn outcome(&self, series: &Series, k: usize, unit: f64) -> Option<Outcome> {
        self.barriers().outcome(series, k, unit)
    }

    fn classify(&self, grid: &mut LabelGrid, _width: usize) {
        net_of(grid, self.round_trip_cost, |_| Side::Long.sign());
    }
}

/// Makes scaled returns those of the positions, less their cost, and cuts the classes at 0.
fn net_of(grid: &mut LabelGrid, cost: f64, sign: impl Fn(usize) -> f64) {
    for cell in 0..grid.class.len() {
        grid.scaled_return[cell] = (sign(cell) * grid.forward_return[cell] - cost) / grid.unit[cell];
    }
    grid.classify_scaled(0.0);
}

/// A grid of sides does not fit the panel.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum MetaLabelError {
    /// The definition means nothing.
    #[error(transparent)]
    Spec(#[from] LabelSpecError),
    /// One side a cell is needed.
    #[error(
        "meta-labels of {cells} cells got {sides} sides; give one a cell, time-major, `None` for no position"
    )]
    Sides {
        /// Cells of the panel.
        cells: usize,
        /// Sides given.
        sides: usize,
    },
}

/// The meta-labels of the decisions that have a side: one a cell of `panel`, time-major, `None` for no position.
///
/// Class 1 where the position made more than its cost from the open of the symbol's own next bar to its exit, else 0; a
/// decision without a side has no label. [`LabelGrid::forward_return`] is the *instrument's* return, not turned by the
/// side; [`LabelGrid::scaled_return`] is the *position's* return less its cost, in units of the stop's distance. Spans
/// and missing labels are those of [`crate::LabelSpec::VolatilityBarrier`].
///
/// # Errors
/// [`MetaLabelError`] if the spec or the number of sides is wrong.
pub fn meta_label_grid(
    panel: &Panel,
    sides: &[Option<Side>],
    spec: &MetaLabelSpec,
) -> Result<LabelGrid, MetaLabelError> {
    spec.check()?;
    let cells = panel.len() * panel.width();
    if sides.len() != cells {
        return Err(MetaLabelError::Sides { cells, sides: sides.len() });
    }
    let rule = spec.barriers();
    let mut grid =
        LabelGrid::fill(panel, &rule, &|series, k, cell, unit| rule.touched(series, k, sides[cell]?, unit));
    net_of(&mut grid, spec.round_trip_cost, |cell| sides[cell].map_or(f64::NAN, Side::sign));
    Ok(grid)
}
