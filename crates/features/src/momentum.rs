//! Relative strength and the three parts of MACD.
//!
//! Line and signal are fractions of the price, the histogram is in average true ranges: with one common scale
//! `line = signal + histogram` and `line = ema_26 - ema_12`, and the set would hold exact linear copies.

use crate::Indicator;
use crate::expr::Field;
use crate::kernels::{Window, ema_look_back, in_units};

pub(crate) const RSI_14: Indicator = Indicator {
    name: "rsi_14",
    doc: "(sum of gains - sum of losses) / (sum of both) over the last 14 closes' changes, that is RSI / 50 - 1; \
          0 while the price does not move",
    unit: "-1 to 1",
    source: "Wilder (1978) with simple means (Cutler's RSI)",
    inputs: &[Field::Close],
    look_back: 15,
    start: || {
        let (mut path, mut before) = (Window::<14>::new(), f64::NAN);
        Box::new(move |chunk, out| {
            let steps = chunk.close().iter().map(|close| {
                let step = [(close - before).abs()];
                before = *close;
                step
            });
            let lengths = path.sums(steps);
            let so_far = chunk.close_so_far();
            let first = so_far.len() - lengths.len();
            let lagged = (first..so_far.len()).map(|t| if t < 14 { f64::NAN } else { so_far[t - 14] });
            // Gains less losses are the change over the window. Rounding can put the quotient a last digit outside
            // its range.
            out.extend(chunk.close().iter().zip(lagged).zip(lengths).map(|((close, lagged), [length])| {
                in_units(close - lagged, *length, *close).clamp(-1.0, 1.0)
            }));
        })
    },
};

pub(crate) const MACD_LINE: Indicator = Indicator {
    name: "macd_line",
    doc: "(EMA(12) - EMA(26)) / EMA(26) of the closes",
    unit: "fraction of price",
    source: "Appel (1979), as percentage price oscillator",
    inputs: &[Field::Close],
    look_back: ema_look_back(26),
    start: || {
        Box::new(|chunk, out| {
            let rows = chunk.ema_12().iter().zip(chunk.ema_26());
            out.extend(rows.map(|(fast, slow)| (fast - slow) / slow));
        })
    },
};

pub(crate) const MACD_SIGNAL: Indicator = Indicator {
    name: "macd_signal",
    doc: "EMA(9) of the MACD line in price units / EMA(26) of the closes",
    unit: "fraction of price",
    source: "Appel (1979)",
    inputs: &[Field::Close],
    look_back: ema_look_back(26) + ema_look_back(9),
    start: || {
        Box::new(|chunk, out| {
            let rows = chunk.macd_signal_9().iter().zip(chunk.ema_26());
            out.extend(rows.map(|(signal, slow)| signal / slow));
        })
    },
};

pub(crate) const MACD_HISTOGRAM: Indicator = Indicator {
    name: "macd_histogram",
    doc: "(MACD line - its EMA(9)) / ATR(14), both in price units; 0 while the price does not move",
    unit: "ATR",
    source: "Aspray (1986); ATR: Wilder (1978) with a simple mean",
    inputs: &[Field::High, Field::Low, Field::Close],
    look_back: ema_look_back(26) + ema_look_back(9),
    start: || {
        Box::new(|chunk, out| {
            let line = chunk.ema_12().iter().zip(chunk.ema_26()).map(|(fast, slow)| fast - slow);
            let rows = line.zip(chunk.macd_signal_9()).zip(chunk.per_atr_14());
            out.extend(rows.map(|((line, signal), per_atr)| (line - signal) * per_atr));
        })
    },
};
