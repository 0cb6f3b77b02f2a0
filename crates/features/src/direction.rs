//! Strength of direction.

use crate::Indicator;
use crate::expr::Field;
use crate::kernels::{Window, in_units};

pub(crate) const ADX_14: Indicator = Indicator {
    name: "adx_14",
    doc: "mean over 14 bars of |up - down| / (up + down), with up and down the sums of directional movement over 14 \
          bars, that is ADX / 100; a bar without directional movement in its window counts 0",
    unit: "0 to 1",
    source: "Wilder (1978) with simple means; the true range cancels out of DX",
    inputs: &[Field::High, Field::Low],
    look_back: 28,
    start: || {
        let (mut movement, mut dx) = (Window::<14, 2>::new(), Window::<14>::new());
        let (mut high_before, mut low_before) = (f64::NAN, f64::NAN);
        Box::new(move |chunk, out| {
            let steps = chunk.high().iter().zip(chunk.low()).map(|(high, low)| {
                let (rise, fall) = (high - high_before, low_before - low);
                (high_before, low_before) = (*high, *low);
                // A movement that does not count is 0; that of the first bar, without one before it, stays NaN.
                let up = if rise > fall && rise > 0.0 { rise } else { 0.0 * rise };
                let down = if fall > rise && fall > 0.0 { fall } else { 0.0 * fall };
                [up, down]
            });
            let sums = movement.sums(steps).iter().zip(chunk.high());
            let means =
                dx.sums(sums.map(|([up, down], high)| [in_units((up - down).abs(), up + down, *high)]));
            out.extend(means.iter().map(|[sum]| sum * (1.0 / 14.0)));
        })
    },
};
