//! Distance of the close to its moving averages, in average true ranges.

use crate::expr::Field;
use crate::kernels::{Window, ema_look_back};
use crate::{Chunk, Indicator};

fn close_from(mean: &[f64], chunk: &Chunk<'_>, out: &mut Vec<f64>) {
    let rows = chunk.close().iter().zip(mean).zip(chunk.per_atr_14());
    out.extend(rows.map(|((close, mean), per_atr)| (close - mean) * per_atr));
}

pub(crate) const SMA_20: Indicator = Indicator {
    name: "sma_20",
    doc: "(close - mean of the last 20 closes) / ATR(14); 0 while the price does not move",
    unit: "ATR",
    source: "simple moving average; ATR: Wilder (1978) with a simple mean",
    inputs: &[Field::High, Field::Low, Field::Close],
    look_back: 20,
    start: || Box::new(|chunk, out| close_from(chunk.mean_20(), chunk, out)),
};

pub(crate) const SMA_50: Indicator = Indicator {
    name: "sma_50",
    doc: "(close - mean of the last 50 closes) / ATR(14); 0 while the price does not move",
    unit: "ATR",
    source: "simple moving average; ATR: Wilder (1978) with a simple mean",
    inputs: &[Field::High, Field::Low, Field::Close],
    look_back: 50,
    start: || {
        let mut window = Window::<50>::new();
        Box::new(move |chunk, out| {
            let sums = window.sums(chunk.close().iter().map(|close| [*close]));
            let rows = chunk.close().iter().zip(sums).zip(chunk.per_atr_14());
            out.extend(rows.map(|((close, [sum]), per_atr)| (close - sum * (1.0 / 50.0)) * per_atr));
        })
    },
};

pub(crate) const EMA_12: Indicator = Indicator {
    name: "ema_12",
    doc: "(close - exponential mean of the closes, span 12, seeded with the first 12) / ATR(14)",
    unit: "ATR",
    source: "exponential moving average, alpha = 2 / (span + 1); ATR: Wilder (1978) with a simple mean",
    inputs: &[Field::High, Field::Low, Field::Close],
    look_back: ema_look_back(12),
    start: || Box::new(|chunk, out| close_from(chunk.ema_12(), chunk, out)),
};

pub(crate) const EMA_26: Indicator = Indicator {
    name: "ema_26",
    doc: "(close - exponential mean of the closes, span 26, seeded with the first 26) / ATR(14)",
    unit: "ATR",
    source: "exponential moving average, alpha = 2 / (span + 1); ATR: Wilder (1978) with a simple mean",
    inputs: &[Field::High, Field::Low, Field::Close],
    look_back: ema_look_back(26),
    start: || Box::new(|chunk, out| close_from(chunk.ema_26(), chunk, out)),
};
