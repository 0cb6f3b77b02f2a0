//! The sines of the dominant cycle and its phase, computed together.

use proofmark_market::Bars;

use super::Function;
use crate::feature::Outputs;

/// Place of each column of [`Cycle`].
pub(super) const SINE: usize = 0;
pub(super) const PHASE: usize = 2;

/// The two outputs of `HT_SINE`, then that of `HT_DCPHASE`: the phase takes nearly all the time, and the sines are a step from it
/// (Ehlers 2001, Rocket Science for Traders, chapter 9).
#[derive(Clone)]
pub(super) struct Cycle {
    pub(super) phase: Function,
}

impl Outputs for Cycle {
    fn name(&self) -> &str {
        "HT_SINE, HT_DCPHASE"
    }
    fn compute(&self, bars: &Bars) -> Vec<Vec<f64>> {
        let phase = self.phase.compute(bars).swap_remove(0);
        // Rounded as the library rounds it.
        let radians = 1.0 / (45.0 / 1_f64.atan());
        let sine = phase.iter().map(|degrees| (degrees * radians).sin()).collect();
        let lead = phase.iter().map(|degrees| ((degrees + 45.0) * radians).sin()).collect();
        vec![sine, lead, phase]
    }
}
