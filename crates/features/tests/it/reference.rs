//! The indicators against TA-Lib and against direct formulas.

use proofmark_features::{Chunk, Feature, Indicator, Kernel, TEACHER15, compute_set};
use proofmark_market::Bars;
use ta_lib::{Core, MAType};

use crate::bars::{from_closes, simulated};

/// A shared average as a column of its own.
fn shared(bars: &Bars, start: fn() -> Kernel) -> Vec<f64> {
    Indicator { name: "", doc: "", unit: "", source: "", inputs: &[], look_back: 0, start }.compute(bars)
}

const EMA_12: fn() -> Kernel = || copy(|chunk| chunk.ema_12());
const EMA_26: fn() -> Kernel = || copy(|chunk| chunk.ema_26());
const MEAN_20: fn() -> Kernel = || copy(|chunk| chunk.mean_20());
const SD_20: fn() -> Kernel = || copy(|chunk| chunk.sd_20());

fn copy(column: for<'a> fn(&'a Chunk<'_>) -> &'a [f64]) -> Kernel {
    Box::new(move |chunk, out| out.extend_from_slice(column(chunk)))
}

/// Aligns a TA-Lib output, which starts at its first value, with the bars.
fn aligned(first: usize, values: &[f64], n: usize) -> Vec<f64> {
    let mut out = vec![f64::NAN; n];
    out[first..].copy_from_slice(&values[..n - first]);
    out
}

#[track_caller]
fn close_to(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    for (t, (a, b)) in got.iter().zip(want).enumerate() {
        assert!(
            (a.is_nan() && b.is_nan()) || (a - b).abs() <= 1e-9 * (1.0 + b.abs()),
            "row {t}: {a} against {b}"
        );
    }
}

#[test]
fn averages_and_bands_agree_with_ta_lib() {
    let bars = simulated(500, 31);
    let (close, n) = (bars.close(), bars.len());
    let core = Core::new();
    let mut out = vec![0.0; n];

    let range = core.ema(0, n - 1, close, 12, &mut out).unwrap();
    close_to(&shared(&bars, EMA_12), &aligned(range.beg_idx, &out, n));
    let range = core.ema(0, n - 1, close, 26, &mut out).unwrap();
    close_to(&shared(&bars, EMA_26), &aligned(range.beg_idx, &out, n));

    let (mut upper, mut middle, mut lower) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let range =
        core.bbands(0, n - 1, close, 20, 2.0, 2.0, MAType::SMA, &mut upper, &mut middle, &mut lower).unwrap();
    close_to(&shared(&bars, MEAN_20), &aligned(range.beg_idx, &middle, n));
    // TA-Lib divides by n, the specification by n - 1.
    let sample = (20.0_f64 / 19.0).sqrt();
    let sd: Vec<f64> = upper.iter().zip(&middle).map(|(u, m)| (u - m) / 2.0 * sample).collect();
    let got: Vec<f64> = shared(&bars, SD_20);
    for (a, b) in got[19..].iter().zip(&sd) {
        assert!((a - b).abs() <= 1e-7 * (1.0 + b), "{a} against {b}");
    }
}

#[test]
fn window_indicators_agree_with_direct_sums() {
    let bars = simulated(300, 33);
    let (o, h, l, c, v) = (bars.open(), bars.high(), bars.low(), bars.close(), bars.volume());
    assert_eq!(o.len(), 300);
    let set = compute_set(TEACHER15, &bars);
    let column = |name: &str| &set.columns[set.names.iter().position(|n| *n == name).unwrap()];
    for t in 60..300 {
        let range = |k: usize| (h[k] - l[k]).max((h[k] - c[k - 1]).abs()).max((l[k] - c[k - 1]).abs());
        let atr = (t - 13..=t).map(range).sum::<f64>() / 14.0;
        let near = |name: &str, want: f64| {
            let got = column(name)[t];
            assert!((got - want).abs() < 1e-9, "{name} at {t}: {got} against {want}");
        };
        near("atr_14", atr / c[t]);
        near("sma_20", (c[t] - c[t - 19..=t].iter().sum::<f64>() / 20.0) / atr);
        near("sma_50", (c[t] - c[t - 49..=t].iter().sum::<f64>() / 50.0) / atr);

        let change = |k: usize| c[k] - c[k - 1];
        let gains = (t - 13..=t).map(|k| change(k).max(0.0)).sum::<f64>() / 14.0;
        let losses = (t - 13..=t).map(|k| (-change(k)).max(0.0)).sum::<f64>() / 14.0;
        let rsi = 100.0 - 100.0 / (1.0 + gains / losses);
        near("rsi_14", (rsi - 50.0) / 50.0);

        let typical = |k: usize| (h[k] + l[k] + c[k]) / 3.0;
        let traded = v[t - 19..=t].iter().sum::<f64>();
        near("vwap", (c[t] - (t - 19..=t).map(|k| typical(k) * v[k]).sum::<f64>() / traded) / atr);
        let signed = (t - 19..=t).map(|k| if change(k) == 0.0 { 0.0 } else { change(k).signum() * v[k] });
        near("obv", signed.sum::<f64>() / traded);

        let movement = |k: usize| {
            let (rise, fall) = (h[k] - h[k - 1], l[k - 1] - l[k]);
            (if rise > fall { rise.max(0.0) } else { 0.0 }, if fall > rise { fall.max(0.0) } else { 0.0 })
        };
        let dx = |k: usize| {
            let tr: f64 = (k - 13..=k).map(range).sum();
            let up = (k - 13..=k).map(|j| movement(j).0).sum::<f64>() / tr;
            let down = (k - 13..=k).map(|j| movement(j).1).sum::<f64>() / tr;
            (up - down).abs() / (up + down)
        };
        near("adx_14", (t - 13..=t).map(dx).sum::<f64>() / 14.0);

        let mean = c[t - 19..=t].iter().sum::<f64>() / 20.0;
        let sd = (c[t - 19..=t].iter().map(|p| (p - mean).powi(2)).sum::<f64>() / 19.0).sqrt();
        near("bb_upper", (h[t] - mean - 2.0 * sd) / (4.0 * sd));
        near("bb_middle", 4.0 * sd / mean);
        near("bb_lower", (l[t] - mean + 2.0 * sd) / (4.0 * sd));
    }
}

#[test]
fn a_steady_rise_by_hand() {
    // Closes 101, 102, ...: every true range is 1, every change a gain.
    let closes: Vec<f64> = (0..120).map(|t| 101.0 + f64::from(t)).collect();
    let set = compute_set(TEACHER15, &from_closes(&closes, |_| 10.0));
    let last = |k: usize| set.columns[k][119];
    assert_eq!(last(0), 9.5); // 9.5 ranges above the mean of 20
    assert_eq!(last(1), 24.5);
    assert_eq!(last(4), 1.0); // RSI 100
    assert_eq!(last(5), 1.0 / 220.0);
    assert_eq!(last(6), 9.5);
    assert_eq!(last(13), 1.0); // ADX 100
    assert_eq!(last(14), 1.0);
}
