//! Volume: the volume-weighted price of the last 20 sessions, and on-balance volume over the same window.
//!
//! Neutral rule: a bar whose volume is NaN, infinite, zero or negative has weight 0. Where no bar of the window traded,
//! the weighted price is the simple mean of the closes and on-balance volume is 0.

use crate::Indicator;
use crate::expr::Field;
use crate::kernels::{Window, known_volume};

pub(crate) const VWAP: Indicator = Indicator {
    name: "vwap",
    doc: "(close - volume-weighted mean of (high + low + close) / 3 over the last 20 bars) / ATR(14); bars of unknown \
          or zero volume have no weight, and if none has any it is the simple mean of the closes",
    unit: "ATR",
    source: "volume-weighted average price, rolling (a cumulative one depends on where the window starts)",
    inputs: &[Field::High, Field::Low, Field::Close, Field::Volume],
    look_back: 20,
    start: || {
        Box::new(|chunk, out| {
            let rows = chunk.close().iter().zip(chunk.vwap_20()).zip(chunk.per_atr_14());
            out.extend(rows.map(|((close, vwap), per_atr)| (close - vwap) * per_atr));
        })
    },
};

pub(crate) const OBV: Indicator = Indicator {
    name: "obv",
    doc: "change of on-balance volume over 20 bars / volume of these bars: the volume of rising less that of falling \
          closes, as a share; unknown volume counts 0, and no volume at all gives 0",
    unit: "-1 to 1",
    source: "Granville (1963), slope over a window (the level depends on where the window starts)",
    inputs: &[Field::Close, Field::Volume],
    look_back: 21,
    start: || {
        let (mut signed, mut before) = (Window::<20>::new(), f64::NAN);
        Box::new(move |chunk, out| {
            let steps = chunk.close().iter().zip(chunk.volume()).map(|(close, volume)| {
                let step = close - before;
                before = *close;
                // The first bar has no step: NaN, so that the first full window is that of row 20.
                let sign = if step == 0.0 { 0.0 } else { step.signum() };
                [sign * known_volume(*volume)]
            });
            let rows = signed.sums(steps).iter().zip(chunk.volume_20());
            out.extend(rows.map(|([signed], total)| {
                if *total == 0.0 { 0.0 * signed } else { (signed / total).clamp(-1.0, 1.0) }
            }));
        })
    },
};
