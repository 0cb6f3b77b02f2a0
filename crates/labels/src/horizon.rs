//! Fixed-horizon returns in units of the symbol's own volatility.

use crate::series::Series;

/// Sample standard deviation (n - 1) of the last `window` close-to-close log returns at each bar; NaN before there are
/// that many. Computed afresh in every window: nothing older than the window can matter.
pub(crate) fn trailing_sigma(close: &[f64], window: usize) -> Vec<f64> {
    let returns: Vec<f64> = close.windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let mut sigma = vec![f64::NAN; close.len()];
    if window < 2 {
        return sigma;
    }
    for (k, part) in returns.windows(window).enumerate() {
        let mean = part.iter().sum::<f64>() / window as f64;
        let squares: f64 = part.iter().map(|r| (r - mean) * (r - mean)).sum();
        sigma[k + window] = (squares / (window - 1) as f64).sqrt();
    }
    sigma
}

/// `sigma * sqrt(horizon)` of each bar; NaN where there is no unit to measure in: a window that is flat or not yet full.
pub(crate) fn units(sigma: &[f64], horizon: usize) -> Vec<f64> {
    let root = (horizon as f64).sqrt();
    sigma.iter().map(|sigma| if *sigma > 1e-9 { sigma * root } else { f64::NAN }).collect()
}

/// A label before the cross-section is looked at.
pub(crate) struct Outcome {
    /// Own bar at whose open the position is taken.
    pub(crate) entry: usize,
    /// Latest own bar the label may read.
    pub(crate) last: usize,
    /// Simple return from entry to exit.
    pub(crate) forward_return: f64,
}

/// The outcome of a decision at the close of own bar `k`; `None` without an entry or an exit.
pub(crate) fn fixed_horizon(series: &Series, k: usize, horizon: usize) -> Option<Outcome> {
    let entry = k + 1;
    let price = *series.open.get(entry)?;
    let (last, exit) = series.exit_at_open(entry.saturating_add(horizon))?;
    Some(Outcome { entry, last, forward_return: exit / price - 1.0 })
}
