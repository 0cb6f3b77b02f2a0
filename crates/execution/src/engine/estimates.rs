//! What cost models read of the market: each instrument's last volumes and returns, from finished bars only.

use proofmark_stats::moments::sd;

use super::event::Bar;
use crate::costs::CostContext;

/// Bars behind an estimate, as in the daily book. Volume and volatility of the same bars scale together in the square-root
/// law, so an estimate over minutes prices an order as one over days does.
const WINDOW: usize = 20;

#[derive(Debug, Clone, Copy)]
struct Window {
    volumes: [f64; WINDOW],
    returns: [f64; WINDOW],
    bars: usize,
    close: f64,
}

/// One window an instrument.
#[derive(Debug, Clone)]
pub(crate) struct Estimates {
    windows: Vec<Window>,
}

impl Estimates {
    /// Bars that an estimate depends on: those of the window, and the one that its first return starts from.
    pub(crate) const BARS: usize = WINDOW + 1;

    pub(crate) fn new(instruments: usize) -> Self {
        let empty = Window { volumes: [0.0; WINDOW], returns: [0.0; WINDOW], bars: 0, close: f64::NAN };
        Self { windows: vec![empty; instruments] }
    }

    /// Takes a finished bar.
    pub(crate) fn push(&mut self, instrument: u32, bar: &Bar) {
        let window = &mut self.windows[instrument as usize];
        window.volumes[window.bars % WINDOW] = bar.volume;
        if window.bars > 0 {
            window.returns[(window.bars - 1) % WINDOW] = (bar.close / window.close).ln();
        }
        window.close = bar.close;
        window.bars += 1;
    }

    /// Average volume a bar over the bars that had any, and the volatility of a bar; unknown before two returns.
    pub(crate) fn context(&self, instrument: u32) -> CostContext {
        let window = &self.windows[instrument as usize];
        let known = &window.volumes[..window.bars.min(WINDOW)];
        let (sum, n) = known.iter().filter(|v| **v > 0.0).fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        let adv = (n > 0.0).then(|| sum / n);
        let returns = &window.returns[..window.bars.saturating_sub(1).min(WINDOW)];
        let sigma = sd(returns).filter(|sigma| *sigma > 0.0);
        CostContext { sigma, adv, dp_charged: false }
    }
}
