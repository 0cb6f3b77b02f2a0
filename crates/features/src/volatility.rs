//! Average true range and Bollinger bands.
//!
//! The bands are 2 sample standard deviations around the 20-bar mean. The close inside its bands is `sma_20` again in
//! another unit, so the three columns look at what else the bands say: where the high and the low of the bar stand,
//! and how wide the bands are.

use crate::expr::Field;
use crate::{Chunk, Indicator};

pub(crate) const ATR_14: Indicator = Indicator {
    name: "atr_14",
    doc: "ATR(14) / close",
    unit: "fraction of price",
    source: "Wilder (1978) with a simple mean",
    inputs: &[Field::High, Field::Low, Field::Close],
    look_back: 15,
    start: || {
        Box::new(|chunk, out| {
            out.extend(chunk.atr_14().iter().zip(chunk.close()).map(|(atr, close)| atr / close))
        })
    },
};

/// `(price - mean) / sd` over the last 20 closes, minus 2 for the upper band and plus 2 for the lower, over the width 4.
fn beyond_band(price: &[f64], band: f64, chunk: &Chunk<'_>, out: &mut Vec<f64>) {
    let rows = price.iter().zip(chunk.mean_20()).zip(chunk.sd_20()).zip(chunk.per_band_20());
    out.extend(rows.map(|(((price, mean), sd), per_band)| (price - mean - band * sd) * per_band));
}

pub(crate) const BB_UPPER: Indicator = Indicator {
    name: "bb_upper",
    doc: "(high - upper band) / band width, Bollinger(20, 2): above 0 the high broke out; 0 while the closes are flat",
    unit: "band widths",
    source: "Bollinger (2001), %b of the high",
    inputs: &[Field::High, Field::Close],
    look_back: 20,
    start: || Box::new(|chunk, out| beyond_band(chunk.high(), 2.0, chunk, out)),
};

pub(crate) const BB_MIDDLE: Indicator = Indicator {
    name: "bb_middle",
    doc: "band width / middle band, Bollinger(20, 2): how wide the bands are",
    unit: "fraction of price",
    source: "Bollinger (2001), BandWidth",
    inputs: &[Field::Close],
    look_back: 20,
    start: || {
        Box::new(|chunk, out| {
            out.extend(chunk.sd_20().iter().zip(chunk.mean_20()).map(|(sd, mean)| 4.0 * sd / mean))
        })
    },
};

pub(crate) const BB_LOWER: Indicator = Indicator {
    name: "bb_lower",
    doc: "(low - lower band) / band width, Bollinger(20, 2): below 0 the low broke out; 0 while the closes are flat",
    unit: "band widths",
    source: "Bollinger (2001), %b of the low",
    inputs: &[Field::Low, Field::Close],
    look_back: 20,
    start: || Box::new(|chunk, out| beyond_band(chunk.low(), -2.0, chunk, out)),
};
