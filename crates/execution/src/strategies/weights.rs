//! Target weights that come from somewhere else: a model's scores, an optimiser, a file.

use super::{Rows, Trader};
use crate::engine::{Desk, Slice};

/// Brings each instrument with a bar to the weight its first column tells; an unknown weight leaves it as it is.
#[derive(Debug, Clone, Copy, Default)]
pub struct TargetWeights;

impl Trader for TargetWeights {
    fn decide(&mut self, slice: &Slice<'_>, rows: &Rows, desk: &mut Desk<'_>) {
        let weights: Vec<_> = slice
            .bars()
            .map(|(of, _)| (of, rows.of(of)[0]))
            .filter(|(_, weight)| weight.is_finite())
            .collect();
        desk.target_weights(&weights, "target");
    }
}
