//! A stretch of bars with the averages that several indicators share.
//!
//! Columns are computed chunk by chunk: intermediate values stay in the processor's cache, and only finished columns
//! are written to memory. Chunks start at the first bar and move forward, so their size changes no bit.

use proofmark_market::Bars;

use crate::expr::Row;
use crate::kernels::{Ema, Window, known_volume, larger, per, smaller};
use crate::{Kernel, RowKernel};

/// Rows in a chunk: its handful of intermediate columns fit the first-level cache.
const CHUNK_ROWS: usize = 512;

/// Bars before its own that a kernel finds in [`Chunk::close_so_far`], where there are as many.
pub const LONGEST_LAG: usize = 64;

/// Consecutive bars of one instrument, and averages over everything up to each of them.
///
/// Every column has one value a row of the chunk, NaN in its warm-up (rows counted from the instrument's first bar).
pub struct Chunk<'a> {
    columns: Columns<'a>,
    close_so_far: &'a [f64],
    averages: &'a Averages,
}

/// What an indicator may read of the bars of a chunk.
#[derive(Clone, Copy)]
struct Columns<'a> {
    high: &'a [f64],
    low: &'a [f64],
    close: &'a [f64],
    volume: &'a [f64],
}

impl<'a> Chunk<'a> {
    /// Highest prices.
    pub fn high(&self) -> &'a [f64] {
        self.columns.high
    }
    /// Lowest prices.
    pub fn low(&self) -> &'a [f64] {
        self.columns.low
    }
    /// Closing prices.
    pub fn close(&self) -> &'a [f64] {
        self.columns.close
    }
    /// Units traded; NaN where unknown.
    pub fn volume(&self) -> &'a [f64] {
        self.columns.volume
    }
    /// Closing prices to the end of the chunk, for lags: the chunk's own are the last. They go back to the instrument's
    /// first bar, or at least [`LONGEST_LAG`] bars before the chunk.
    pub fn close_so_far(&self) -> &'a [f64] {
        self.close_so_far
    }
    /// Average true range: simple mean of the last 14 true ranges, in price units; from row 14 (each true range needs
    /// the close before it).
    pub fn atr_14(&self) -> &'a [f64] {
        &self.averages.atr_14
    }
    /// 1 / [`Self::atr_14`], 0 where the price does not move: what turns a distance into average true ranges.
    pub fn per_atr_14(&self) -> &'a [f64] {
        &self.averages.per_atr_14
    }
    /// Simple mean of the last 20 closes; from row 19.
    pub fn mean_20(&self) -> &'a [f64] {
        &self.averages.mean_20
    }
    /// Sample standard deviation (n - 1) of the last 20 closes; from row 19.
    pub fn sd_20(&self) -> &'a [f64] {
        &self.averages.sd_20
    }
    /// 1 / (4 x [`Self::sd_20`]), 0 where the closes are flat: one over the width of the Bollinger bands.
    pub fn per_band_20(&self) -> &'a [f64] {
        &self.averages.per_band_20
    }
    /// Volume of the last 20 bars, unknown volume counting 0; from row 19.
    pub fn volume_20(&self) -> &'a [f64] {
        &self.averages.volume_20
    }
    /// Volume-weighted mean of `(high + low + close) / 3` over the last 20 bars; from row 19. Bars of unknown volume
    /// have no weight; where none has any, the simple mean of the closes.
    pub fn vwap_20(&self) -> &'a [f64] {
        &self.averages.vwap_20
    }
    /// Exponential mean of the closes with span 12; from row 11.
    pub fn ema_12(&self) -> &'a [f64] {
        &self.averages.ema_12
    }
    /// Exponential mean of the closes with span 26; from row 25.
    pub fn ema_26(&self) -> &'a [f64] {
        &self.averages.ema_26
    }
    /// Exponential mean with span 9 of the MACD line (`ema_12 - ema_26`), in price units; from row 33.
    pub fn macd_signal_9(&self) -> &'a [f64] {
        &self.averages.macd_signal_9
    }
}

/// Calls `visit` with every chunk of `bars`, in order.
pub(crate) fn for_each_chunk(bars: &Bars, mut visit: impl FnMut(&Chunk<'_>)) {
    let (mut running, mut averages) = (Running::new(), Averages::default());
    for start in (0..bars.len()).step_by(CHUNK_ROWS) {
        let rows = start..bars.len().min(start + CHUNK_ROWS);
        let columns = Columns {
            high: &bars.high()[rows.clone()],
            low: &bars.low()[rows.clone()],
            close: &bars.close()[rows.clone()],
            volume: &bars.volume()[rows.clone()],
        };
        running.advance(columns, &mut averages);
        visit(&Chunk { columns, close_so_far: &bars.close()[..rows.end], averages: &averages });
    }
}

/// A kernel on live bars: every bar is a chunk of its own, and the memory does not grow.
pub(crate) fn live(mut kernel: Kernel) -> RowKernel {
    let (mut running, mut averages) = (Running::new(), Averages::default());
    let (mut closes, mut out): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::with_capacity(1));
    Box::new(move |row: &Row| {
        if closes.len() >= 2 * LONGEST_LAG {
            closes.drain(..LONGEST_LAG);
        }
        closes.push(row.close);
        let columns = Columns {
            high: std::slice::from_ref(&row.high),
            low: std::slice::from_ref(&row.low),
            close: std::slice::from_ref(&row.close),
            volume: std::slice::from_ref(&row.volume),
        };
        running.advance(columns, &mut averages);
        out.clear();
        kernel(&Chunk { columns, close_so_far: &closes, averages: &averages }, &mut out);
        out.first().copied().unwrap_or(f64::NAN)
    })
}

/// The shared averages of one chunk.
#[derive(Default)]
struct Averages {
    atr_14: Vec<f64>,
    per_atr_14: Vec<f64>,
    mean_20: Vec<f64>,
    sd_20: Vec<f64>,
    per_band_20: Vec<f64>,
    volume_20: Vec<f64>,
    vwap_20: Vec<f64>,
    ema_12: Vec<f64>,
    ema_26: Vec<f64>,
    macd_signal_9: Vec<f64>,
}

/// What the averages carry from chunk to chunk.
struct Running {
    close_before: f64,
    ranges: Window<14>,
    /// Closes and their squares.
    closes: Window<20, 2>,
    /// Volume, and volume times typical price.
    traded: Window<20, 2>,
    fast: Ema,
    slow: Ema,
    signal: Ema,
}

impl Running {
    const fn new() -> Self {
        Self {
            close_before: f64::NAN,
            ranges: Window::new(),
            closes: Window::new(),
            traded: Window::new(),
            fast: Ema::new(12),
            slow: Ema::new(26),
            signal: Ema::new(9),
        }
    }

    fn advance(&mut self, columns: Columns<'_>, out: &mut Averages) {
        let Columns { high, low, close, volume } = columns;
        out.resize(close.len());

        let mut before = self.close_before;
        let ranges = high.iter().zip(low).zip(close).map(|((high, low), close)| {
            let range = larger(*high, before) - smaller(*low, before);
            before = *close;
            [range]
        });
        for (atr, [sum]) in out.atr_14.iter_mut().zip(self.ranges.sums(ranges)) {
            *atr = sum * (1.0 / 14.0);
        }
        for ((per_atr, atr), close) in out.per_atr_14.iter_mut().zip(&out.atr_14).zip(close) {
            *per_atr = per(*atr, *close);
        }
        self.close_before = before;

        let sums = self.closes.sums(close.iter().map(|close| [*close, close * close]));
        for ((mean, sd), [sum, squares]) in out.mean_20.iter_mut().zip(&mut out.sd_20).zip(sums) {
            *mean = sum * (1.0 / 20.0);
            let variance = (squares - 20.0 * *mean * *mean) * (1.0 / 19.0);
            // Below 1e-12 of the squared mean the difference is rounding: the window is flat.
            *sd = if variance <= 1e-12 * *mean * *mean { 0.0 * *mean } else { variance.sqrt() };
        }
        for ((per_band, sd), close) in out.per_band_20.iter_mut().zip(&out.sd_20).zip(close) {
            *per_band = per(4.0 * sd, *close);
        }

        let prices = high.iter().zip(low).zip(close).zip(volume);
        let traded = self.traded.sums(prices.map(|(((high, low), close), volume)| {
            let volume = known_volume(*volume);
            [volume, (high + low + close) * (1.0 / 3.0) * volume]
        }));
        let averages = out.volume_20.iter_mut().zip(&mut out.vwap_20).zip(&out.mean_20);
        for (((volume_20, vwap), mean), [volume, value]) in averages.zip(traded) {
            *volume_20 = *volume;
            *vwap = if *volume == 0.0 { *mean } else { value / volume };
        }

        // Copies stay in registers.
        let (mut fast, mut slow, mut signal) = (self.fast, self.slow, self.signal);
        let averages = out.ema_12.iter_mut().zip(&mut out.ema_26).zip(&mut out.macd_signal_9);
        for (((ema_12, ema_26), signal_9), close) in averages.zip(close) {
            (*ema_12, *ema_26) = (fast.push(*close), slow.push(*close));
            *signal_9 = signal.push(*ema_12 - *ema_26);
        }
        (self.fast, self.slow, self.signal) = (fast, slow, signal);
    }
}

impl Averages {
    fn resize(&mut self, rows: usize) {
        let columns = [
            &mut self.atr_14,
            &mut self.per_atr_14,
            &mut self.mean_20,
            &mut self.sd_20,
            &mut self.per_band_20,
            &mut self.volume_20,
            &mut self.vwap_20,
            &mut self.ema_12,
            &mut self.ema_26,
            &mut self.macd_signal_9,
        ];
        for column in columns {
            column.resize(rows, f64::NAN);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ema_follows_its_definition_across_chunks() {
        let rows: Vec<_> = (0..1_100)
            .map(|t| {
                let date = proofmark_units::Date::from_days(t);
                let price = 100.0 + f64::from(t * 37 % 11);
                let time = date.midnight_utc();
                let [open, high, low, close] = [price; 4];
                proofmark_market::BarRow {
                    date,
                    event_time: time,
                    known_at: time,
                    open,
                    high,
                    low,
                    close,
                    volume: 1.0,
                }
            })
            .collect();
        let bars = Bars::from_rows("TEST".parse().unwrap(), &rows).unwrap();
        let (mut got, mut signal) = (Vec::new(), Vec::new());
        for_each_chunk(&bars, |chunk| {
            got.extend_from_slice(chunk.ema_26());
            signal.extend_from_slice(chunk.macd_signal_9());
        });
        assert_eq!((got.len(), signal.len()), (1_100, 1_100));
        let mut want = bars.close()[..26].iter().sum::<f64>() / 26.0;
        for (close, got) in bars.close().iter().zip(&got).skip(26) {
            want += 2.0 / 27.0 * (close - want);
            assert!((got - want).abs() < 1e-9);
        }
        assert!(signal[..33].iter().all(|v| v.is_nan()) && signal[33..].iter().all(|v| v.is_finite()));
    }
}
