//! What a feature is: a named, documented, causal column over the bars of one instrument.

use proofmark_market::Bars;

use crate::chunk::{for_each_chunk, live};
use crate::expr::{Field, Row};
use crate::{Chunk, Formula};

/// The share of a recursive average's weight that bars older than [`Feature::look_back`] may still carry.
///
/// An exponential average never forgets; its look-back is where the weight left falls to this share, so a change of
/// `d` in every older price moves the average by at most `LOOK_BACK_WEIGHT * d`.
pub const LOOK_BACK_WEIGHT: f64 = 1e-3;

/// One feature: a column aligned with the bars it is computed from.
///
/// Row `t` may read bars `0..=t` and nothing later; [`crate::check_causality`] tests it bit for bit.
pub trait Feature: Sync {
    /// Stable name: in model files, reports and digests; never renamed.
    fn name(&self) -> &str;
    /// What the column holds: formula, range, and its rule for missing volume and flat prices.
    fn doc(&self) -> &str;
    /// Unit of the values, such as `ATR` or `fraction`.
    fn unit(&self) -> &str;
    /// Where the formula comes from.
    fn source(&self) -> &str;
    /// Whether a row may lack it: its NaN are missing values, not a warm-up, and drop no row.
    fn is_optional(&self) -> bool {
        false
    }
    /// Fields of the bars that matter to its values, ascending; none where it is not computed from bars.
    fn inputs(&self) -> Vec<Field> {
        vec![Field::Open, Field::High, Field::Low, Field::Close, Field::Volume]
    }
    /// Bars by which the column is delayed: row `t` reads bars `0..=t - lag`. 0: known at the bar's close.
    fn availability_lag(&self) -> usize {
        0
    }
    /// Whether the values stay in one range, whatever the price level; a model fitted on levels meets new ones.
    fn is_stationary(&self) -> bool {
        true
    }
    /// Number of bars, the current one included, that matter to a value; [`usize::MAX`] for every bar since the first.
    ///
    /// Exact (up to rounding) for windows; for recursive averages older bars carry at most [`LOOK_BACK_WEIGHT`].
    fn look_back(&self) -> usize;
    /// The column: one value a bar, NaN in the warm-up (the first rows, where the definition is incomplete).
    fn compute(&self, bars: &Bars) -> Vec<f64>;
    /// The computation it is an output of, where that has several, and its place among them: a set computes them once.
    fn one_of(&self) -> Option<(&dyn Outputs, usize)> {
        None
    }
    /// The same computation chunk by chunk, bit for bit, so that a set is computed in one pass over the bars; `None`
    /// where a feature has no such form.
    fn kernel(&self) -> Option<Kernel> {
        None
    }
    /// The same computation bar by bar from an instrument's first bar, bit for bit; `None` where a feature has no such
    /// form.
    fn stream(&self) -> Option<RowKernel> {
        None
    }
    /// The expression behind it where it compares names, so that one name's bars are not enough: [`Self::compute`] is
    /// then missing everywhere and [`crate::SetProgram::panel`] has its values.
    fn panel_text(&self) -> Option<&str> {
        None
    }
    /// The expression behind it, where there is one: a set computes all of its expressions together.
    fn formula(&self) -> Option<&Formula> {
        None
    }
}

/// Features that come out of one computation.
pub trait Outputs: Sync {
    /// Unique among the computations of a set.
    fn name(&self) -> &str;
    /// The column of each of them; what [`Feature::compute`] gives, bit for bit.
    fn compute(&self, bars: &Bars) -> Vec<Vec<f64>>;
}

/// A feature on its way through the bars: appends one value for every row of the next chunk.
pub type Kernel = Box<dyn FnMut(&Chunk<'_>, &mut Vec<f64>) + Send>;

/// A feature on its way through live bars: takes the next one and gives its value.
pub type RowKernel = Box<dyn FnMut(&Row) -> f64 + Send>;

/// A feature given by a kernel: the usual way to write one.
pub struct Indicator {
    /// See [`Feature::name`].
    pub name: &'static str,
    /// See [`Feature::doc`].
    pub doc: &'static str,
    /// See [`Feature::unit`].
    pub unit: &'static str,
    /// See [`Feature::source`].
    pub source: &'static str,
    /// See [`Feature::inputs`].
    pub inputs: &'static [Field],
    /// See [`Feature::look_back`].
    pub look_back: usize,
    /// A kernel at the instrument's first bar.
    pub start: fn() -> Kernel,
}

impl Feature for Indicator {
    fn name(&self) -> &str {
        self.name
    }
    fn doc(&self) -> &str {
        self.doc
    }
    fn unit(&self) -> &str {
        self.unit
    }
    fn source(&self) -> &str {
        self.source
    }
    fn inputs(&self) -> Vec<Field> {
        self.inputs.to_vec()
    }
    fn look_back(&self) -> usize {
        self.look_back
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        let (mut kernel, mut column) = ((self.start)(), Vec::with_capacity(bars.len()));
        for_each_chunk(bars, |chunk| kernel(chunk, &mut column));
        column
    }
    fn kernel(&self) -> Option<Kernel> {
        Some((self.start)())
    }
    fn stream(&self) -> Option<RowKernel> {
        Some(live((self.start)()))
    }
}
