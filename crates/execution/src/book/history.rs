//! What is known up to a session: each name's returns and volumes, appended one close at a time.

use proofmark_market::Panel;

use crate::costs::CostContext;

/// Bars behind the liquidity estimates of an order: average daily volume and the volatility of the impact law.
const LIQUIDITY_BARS: usize = 20;

/// Nothing here is later than the last session pushed; that is how look-ahead is kept out of sizes and costs. Of the bars
/// before a book's first session it holds those that an estimate can reach.
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

    /// Appends the sessions before `first`, of each name as many as a window of `window` returns needs.
    ///
    /// A stress replay starts late in a long panel, and whatever lies further back is read by nothing.
    pub(super) fn warm_up(&mut self, panel: &Panel, first: usize, window: usize) {
        let bars = window.max(LIQUIDITY_BARS) + 1;
        let starts: Vec<usize> = (0..panel.width())
            .map(|s| {
                let own = (0..first).rev().filter(|t| panel.close[panel.cell(*t, s)].is_finite());
                // One session more than the window where returns are aligned on sessions, not on own bars.
                own.take(bars).last().unwrap_or(first).min(first.saturating_sub(window + 1))
            })
            .collect();
        for (s, traded) in self.traded.iter_mut().enumerate() {
            *traded = (0..first).any(|t| has_volume(panel, panel.cell(t, s)));
        }
        for t in starts.iter().copied().min().unwrap_or(first)..first {
            for (s, start) in starts.iter().enumerate() {
                let log_return = if t >= *start { self.see(panel, t, s) } else { 0.0 };
                if let Some(aligned) = &mut self.aligned {
                    aligned.push(log_return);
                }
            }
        }
    }

    /// Appends the close of session `t`.
    pub(super) fn push(&mut self, panel: &Panel, t: usize) {
        for s in 0..panel.width() {
            let log_return = self.see(panel, t, s);
            if let Some(aligned) = &mut self.aligned {
                aligned.push(log_return);
            }
        }
    }

    /// Appends the bar of one name, if there is one; gives its log return, 0 without one.
    fn see(&mut self, panel: &Panel, t: usize, s: usize) -> f64 {
        let cell = panel.cell(t, s);
        let close = panel.close[cell];
        if !close.is_finite() {
            return 0.0;
        }
        let mut log_return = 0.0;
        if self.last_close[s].is_finite() {
            log_return = (close / self.last_close[s]).ln();
            self.returns[s].push(log_return);
        }
        self.last_close[s] = close;
        self.volumes[s].push(panel.volume[cell]);
        self.traded[s] |= has_volume(panel, cell);
        log_return
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

fn has_volume(panel: &Panel, cell: usize) -> bool {
    panel.close[cell].is_finite() && panel.volume[cell] > 0.0
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

#[cfg(test)]
mod tests {
    use proofmark_market::{BarRow, Bars};
    use proofmark_units::{Date, Seed};
    use rand_chacha::rand_core::Rng;

    use super::*;

    /// A name with every bar, one with holes, one that is listed late, one that ends early, one without a volume.
    fn panel(sessions: usize) -> Panel {
        let bars: Vec<Bars> = (0..5_u64)
            .map(|name| {
                let mut rng = Seed::root(8).nth(name).rng();
                let rows: Vec<BarRow> = (0..sessions)
                    .map(|t| (t, 90.0 + (rng.next_u64() % 2_000) as f64 / 100.0))
                    .filter(|(t, _)| match name {
                        1 => t % 7 > 1,
                        2 => *t >= sessions - 30,
                        3 => *t < sessions / 2,
                        _ => true,
                    })
                    .map(|(t, close)| {
                        let date = Date::from_days(15_000 + t as i32);
                        let event_time = date.midnight_utc();
                        let volume = if name == 4 { 0.0 } else { 1e3 + close };
                        let (open, high, low) = (close, close, close);
                        BarRow { date, event_time, known_at: event_time, open, high, low, close, volume }
                    })
                    .collect();
                Bars::from_rows(format!("N{name}").parse().unwrap(), &rows).unwrap()
            })
            .collect();
        Panel::from_bars(&bars)
    }

    #[test]
    fn a_short_warm_up_knows_what_all_bars_tell() {
        let panel = panel(400);
        let weights: Vec<(usize, f64)> = (0..panel.width()).map(|s| (s, 0.2)).collect();
        for (first, window) in
            [(0, 60), (1, 60), (15, 60), (61, 60), (200, 60), (390, 60), (390, 5), (399, 0)]
        {
            let (mut all, mut short) = (History::new(&panel, true), History::new(&panel, true));
            (0..first).for_each(|t| all.push(&panel, t));
            short.warm_up(&panel, first, window);
            for t in first..panel.len() {
                for s in 0..panel.width() {
                    assert_eq!(all.volatility(s, window), short.volatility(s, window), "{first} {t} {s}");
                    assert_eq!(all.adv(s), short.adv(s));
                    assert_eq!(all.has_traded(s), short.has_traded(s));
                    assert_eq!(all.context(s), short.context(s));
                }
                let risk = |h: &History| h.weighted_volatility(&weights, panel.width(), window);
                assert_eq!(risk(&all), risk(&short), "{first} {t}");
                all.push(&panel, t);
                short.push(&panel, t);
            }
        }
    }
}
