//! What is known up to a session: each name's returns and volumes, appended one close at a time.

use proofmark_market::Panel;

use crate::costs::CostContext;

/// Bars behind the liquidity estimates of an order: average daily volume and the volatility of the impact law.
const LIQUIDITY_BARS: usize = 20;

/// Nothing here is later than the last session pushed; that is how look-ahead is kept out of sizes and costs.
pub(super) struct History {
    last_close: Vec<f64>,
    /// Close-to-close log returns over each name's own bars.
    returns: Vec<Vec<f64>>,
    /// Volumes of each name's own bars.
    volumes: Vec<Vec<f64>>,
    /// Whether a bar of the name ever had a volume.
    traded: Vec<bool>,
    /// Log returns on the panel's sessions, time-major, 0 without a bar; kept where a volatility target needs them.
    aligned: Option<Vec<f64>>,
    /// The last estimate for each name, and how many bars it knew.
    contexts: Vec<(usize, CostContext)>,
}

impl History {
    pub(super) fn new(panel: &Panel, keep_aligned: bool) -> Self {
        let width = panel.width();
        let columns = || (0..width).map(|_| Vec::with_capacity(panel.len())).collect::<Vec<Vec<f64>>>();
        Self {
            last_close: vec![f64::NAN; width],
            returns: columns(),
            volumes: columns(),
            traded: vec![false; width],
            contexts: vec![(0, CostContext::default()); width],
            aligned: keep_aligned.then(|| Vec::with_capacity(panel.len() * width)),
        }
    }

    /// Appends the close of session `t`.
    pub(super) fn push(&mut self, panel: &Panel, t: usize) {
        for s in 0..panel.width() {
            let cell = panel.cell(t, s);
            let close = panel.close[cell];
            let mut log_return = 0.0;
            if close.is_finite() {
                if self.last_close[s].is_finite() {
                    log_return = (close / self.last_close[s]).ln();
                    self.returns[s].push(log_return);
                }
                self.last_close[s] = close;
                self.volumes[s].push(panel.volume[cell]);
                self.traded[s] |= panel.volume[cell] > 0.0;
            }
            if let Some(aligned) = &mut self.aligned {
                aligned.push(log_return);
            }
        }
    }

    /// Standard deviation (ddof 1) of the last `window` returns; `None` with fewer returns or without movement.
    pub(super) fn volatility(&self, s: usize, window: usize) -> Option<f64> {
        let returns = &self.returns[s];
        standard_deviation(&returns[returns.len().checked_sub(window)?..])
    }

    /// Standard deviation of the weighted return over the last `window` sessions (a session without a bar counts 0).
    pub(super) fn weighted_volatility(
        &self,
        weights: &[(usize, f64)],
        width: usize,
        window: usize,
    ) -> Option<f64> {
        let aligned = self.aligned.as_ref()?;
        let start = aligned.len().checked_sub(window * width)?;
        let day = |row: &[f64]| weights.iter().map(|(s, w)| w * row[*s]).sum::<f64>();
        let days: Vec<f64> = aligned[start..].chunks_exact(width).map(day).collect();
        standard_deviation(&days)
    }

    /// Average daily volume in shares, over the bars among the last 20 whose volume is known.
    pub(super) fn adv(&self, s: usize) -> Option<f64> {
        let volumes = &self.volumes[s];
        let tail = &volumes[volumes.len().saturating_sub(LIQUIDITY_BARS)..];
        let (sum, n) = tail.iter().filter(|v| **v > 0.0).fold((0.0, 0.0), |(sum, n), v| (sum + v, n + 1.0));
        (n > 0.0).then(|| sum / n)
    }

    /// Whether the name ever showed a volume: for one that never does, volume 0 means unknown.
    pub(super) fn has_traded(&self, s: usize) -> bool {
        self.traded[s]
    }

    /// What an order in `s` is priced with.
    pub(super) fn context(&mut self, s: usize) -> CostContext {
        let bars = self.volumes[s].len();
        match self.contexts[s] {
            (at, context) if at == bars => context,
            _ => {
                let window = self.returns[s].len().clamp(2, LIQUIDITY_BARS);
                let sigma = self.volatility(s, window);
                let context = CostContext { sigma, adv: self.adv(s), dp_charged: false };
                self.contexts[s] = (bars, context);
                context
            }
        }
    }
}

/// ddof 1, in two passes; sums run in four lanes so that additions need not wait for each other (a fixed order: the
/// same numbers on every run).
fn standard_deviation(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    let mean = lane_sum(values, |x| x) / n;
    let variance = lane_sum(values, |x| (x - mean) * (x - mean)) / (n - 1.0);
    (variance > 0.0).then(|| variance.sqrt())
}

fn lane_sum(values: &[f64], f: impl Fn(f64) -> f64) -> f64 {
    let (chunks, rest) = values.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for chunk in chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(*x);
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest.iter().map(|x| f(*x)).sum::<f64>()
}
