//! How much of a window's movement sits in few frequencies.

use std::f64::consts::TAU;
use std::sync::LazyLock;

use proofmark_market::Bars;

use crate::expr::Field;
use crate::{Feature, RowKernel};

/// Bars of the window.
const WINDOW: usize = 128;
/// Frequencies from 0 to half the bar rate.
const BINS: usize = WINDOW / 2 + 1;
const TOP: usize = 5;

/// Share of the spectrum's magnitude in its five largest bins.
pub(super) struct SpectralShare;

/// One turn of the circle in as many steps as the window has bars.
static CIRCLE: LazyLock<[(f64, f64); WINDOW]> =
    LazyLock::new(|| std::array::from_fn(|k| (TAU * k as f64 / WINDOW as f64).sin_cos()));

/// The share over `window`, oldest first; NaN where it is flat.
fn share(window: impl Iterator<Item = f64> + Clone) -> f64 {
    let mean = window.clone().sum::<f64>() / WINDOW as f64;
    let circle = &*CIRCLE;
    let mut magnitudes: [f64; BINS] = std::array::from_fn(|bin| {
        let (mut re, mut im) = (0.0, 0.0);
        for (t, value) in window.clone().enumerate() {
            let (sin, cos) = circle[bin * t % WINDOW];
            re += (value - mean) * cos;
            im += (value - mean) * sin;
        }
        re.hypot(im)
    });
    magnitudes.sort_unstable_by(|a, b| b.total_cmp(a));
    let total: f64 = magnitudes.iter().sum();
    // What rounding leaves of a flat window.
    if total <= 1e-9 * mean.abs() { f64::NAN } else { magnitudes[..TOP].iter().sum::<f64>() / total }
}

impl Feature for SpectralShare {
    fn name(&self) -> &'static str {
        "fft_energy_ratio"
    }
    fn doc(&self) -> &'static str {
        "share of the 5 largest of 65 magnitudes of the Fourier transform of the last 128 closes less their mean; \
         NaN where they are flat"
    }
    fn unit(&self) -> &'static str {
        "0 to 1"
    }
    fn source(&self) -> &'static str {
        "Market NN Plus Ultra, default feature registry"
    }
    fn inputs(&self) -> Vec<Field> {
        vec![Field::Close]
    }
    fn look_back(&self) -> usize {
        WINDOW
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        let mut column = vec![f64::NAN; bars.len().min(WINDOW - 1)];
        column.extend(bars.close().windows(WINDOW).map(|window| share(window.iter().copied())));
        column
    }
    fn stream(&self) -> Option<RowKernel> {
        let mut window = std::collections::VecDeque::with_capacity(WINDOW);
        Some(Box::new(move |row| {
            if window.len() == WINDOW {
                window.pop_front();
            }
            window.push_back(row.close);
            if window.len() < WINDOW { f64::NAN } else { share(window.iter().copied()) }
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wave_is_one_bin_and_noise_is_many() {
        // 100 and a wave of 8 turns a window: everything is in one bin.
        let wave = |t: usize| 100.0 + (TAU * 8.0 * t as f64 / WINDOW as f64).cos();
        assert!((share((0..WINDOW).map(wave)) - 1.0).abs() < 1e-9);
        // A single spike has the same magnitude in every bin but the mean's, which is 0.
        let spike = |t: usize| if t == 17 { 2.0 } else { 1.0 };
        assert!((share((0..WINDOW).map(spike)) - 5.0 / 64.0).abs() < 1e-12);
        assert!(share((0..WINDOW).map(|_| 3.0)).is_nan());
    }
}
