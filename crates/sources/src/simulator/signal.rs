//! The planted signal: reversal of a stretched price, weaker where volume confirms the move.

use std::collections::VecDeque;

const WINDOW: usize = 20;

/// The last delivered bars of one symbol.
pub(super) struct Signal {
    last: Option<f64>,
    bars: VecDeque<Bar>,
    value: f64,
}

struct Bar {
    close: f64,
    log_return: f64,
    volume: f64,
}

impl Signal {
    pub(super) fn new() -> Self {
        Self { last: None, bars: VecDeque::with_capacity(WINDOW + 1), value: 0.0 }
    }

    /// Takes a delivered bar.
    pub(super) fn push(&mut self, close: f64, volume: f64) {
        if let Some(before) = self.last.replace(close) {
            self.bars.push_back(Bar { close, log_return: (close / before).ln(), volume });
            if self.bars.len() > WINDOW {
                self.bars.pop_front();
            }
            if self.bars.len() == WINDOW {
                self.value = self.evaluate(close);
            }
        }
    }

    /// The signal after the last delivered bar, about -1 to 1; 0 during the first 21 bars.
    ///
    /// With `x = tanh(1.5 z)`, `z` the distance of the close to the mean of the last 20 in units of `sigma * sqrt(20)`
    /// (`sigma`: standard deviation of the last 20 log returns), and `v` the share of signed volume in the last 20:
    /// `s = -x + 0.5 |x| v`. The second term is an interaction that a linear model of the features can only partly see.
    pub(super) const fn value(&self) -> f64 {
        self.value
    }

    fn evaluate(&self, close: f64) -> f64 {
        let n = WINDOW as f64;
        let (mut sum, mut returns, mut squares, mut signed, mut total) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for bar in &self.bars {
            let r = bar.log_return;
            sum += bar.close;
            returns += r;
            squares += r * r;
            signed += if r == 0.0 { 0.0 } else { r.signum() * bar.volume };
            total += bar.volume;
        }
        let sigma = ((squares - returns * returns / n) / (n - 1.0)).max(1e-8).sqrt();
        let z = (close / (sum / n) - 1.0) / (sigma * n.sqrt());
        let x = (1.5 * z).tanh();
        let v = if total > 0.0 { signed / total } else { 0.0 };
        -x + 0.5 * x.abs() * v
    }
}
