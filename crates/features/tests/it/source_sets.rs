//! The sets taken from the four sources, against direct formulas.

use proofmark_features::{compute_set, registry};
use proofmark_market::Bars;

use crate::bars::simulated;

/// The columns of a set at one row, by name.
struct At {
    names: Vec<String>,
    columns: Vec<Vec<f64>>,
    row: usize,
    set: &'static str,
}

impl At {
    fn new(set: &'static str, bars: &Bars, row: usize) -> Self {
        let known = registry().iter().find(|known| known.name == set).unwrap();
        let computed = compute_set(&known.features, bars);
        Self { names: computed.names, columns: computed.columns, row, set }
    }

    #[track_caller]
    fn near(&self, name: &str, want: f64) {
        let place = self.names.iter().position(|known| known == name).unwrap();
        let got = self.columns[place][self.row];
        let (set, row) = (self.set, self.row);
        assert!(
            (got - want).abs() <= 1e-9 * (1.0 + want.abs()),
            "{name} of {set} at {row}: {got} and not {want}"
        );
    }

    /// Every column is missing before its first full window and known from there.
    #[track_caller]
    fn starts_at(&self, name: &str, row: usize) {
        let place = self.names.iter().position(|known| known == name).unwrap();
        let first = self.columns[place].iter().position(|value| !value.is_nan());
        assert_eq!(first, Some(row), "{name} of {}", self.set);
    }
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sd(values: &[f64]) -> f64 {
    let mean = mean(values);
    (values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

/// Exponential average over all values, weights falling by `1 - alpha`, at the last of them.
fn ema(values: &[f64], alpha: f64) -> f64 {
    let (mut sum, mut weight) = (0.0, 0.0);
    for value in values {
        (sum, weight) = (sum * (1.0 - alpha) + value, weight * (1.0 - alpha) + 1.0);
    }
    sum / weight
}

fn changes(x: &[f64]) -> Vec<f64> {
    x.windows(2).map(|pair| pair[1] - pair[0]).collect()
}

fn wilder_rsi(close: &[f64]) -> f64 {
    let steps = changes(close);
    let up: Vec<f64> = steps.iter().map(|step| step.max(0.0)).collect();
    let down: Vec<f64> = steps.iter().map(|step| (-step).max(0.0)).collect();
    100.0 - 100.0 / (1.0 + ema(&up, 1.0 / 14.0) / ema(&down, 1.0 / 14.0))
}

fn cci(bars: &Bars, row: usize, n: usize) -> f64 {
    let typical: Vec<f64> =
        (row + 1 - n..=row).map(|t| (bars.high()[t] + bars.low()[t] + bars.close()[t]) / 3.0).collect();
    let mean_deviation = typical.iter().map(|p| (p - mean(&typical)).abs()).sum::<f64>() / n as f64;
    (typical[n - 1] - mean(&typical)) / (0.015 * mean_deviation)
}

#[test]
fn usdcop_by_direct_formulas() {
    let bars = simulated(300, 71);
    let (t, c) = (250, bars.close());
    let at = At::new("usdcop21", &bars, t);
    let returns: Vec<f64> = c[..=t].windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
    at.near("close", c[t] / bars.open()[t] - 1.0);
    at.near("open", bars.open()[t] / c[t - 1] - 1.0);
    at.near("high", bars.high()[t] / c[t] - 1.0);
    at.near("low", bars.low()[t] / c[t] - 1.0);
    for (name, k) in [("return_1d", 1), ("return_5d", 5), ("return_10d", 10), ("return_20d", 20)] {
        at.near(name, c[t] / c[t - k] - 1.0);
        at.starts_at(name, k);
    }
    for (name, k) in [("volatility_5d", 5), ("volatility_10d", 10), ("volatility_20d", 20)] {
        at.near(name, sd(&returns[returns.len() - k..]));
        at.starts_at(name, k);
    }
    at.near("rsi_14d", wilder_rsi(&c[..=t]));
    at.starts_at("rsi_14d", 14);
    for (name, k) in [("ma_ratio_20d", 20), ("ma_ratio_50d", 50)] {
        at.near(name, c[t] / mean(&c[t + 1 - k..=t]));
        at.starts_at(name, k - 1);
    }
    // Day 0 of the calendar was a Thursday; the simulated world starts on Tuesday, 1 January 2008.
    let raw = At::new("usdcop21_raw", &bars, t);
    let date = bars.dates()[t];
    let (weekday, month) = (f64::from((date.days() + 3).rem_euclid(7)), f64::from(date.month()));
    raw.near("day_of_week", weekday);
    raw.near("month", month);
    let angle = |place: f64, of: f64| 2.0 * std::f64::consts::PI * place / of;
    at.near("day_of_week_sin", angle(weekday, 7.0).sin());
    at.near("day_of_week_cos", angle(weekday, 7.0).cos());
    at.near("month_sin", angle(month - 1.0, 12.0).sin());
    at.near("month_cos", angle(month - 1.0, 12.0).cos());
    let month_end = (0..300).filter(|t| bars.dates()[*t].plus_days(1).day() == 1).count();
    let flagged =
        at.columns[at.names.iter().position(|name| name == "is_month_end").unwrap()].iter().sum::<f64>();
    assert_eq!(flagged, month_end as f64);
    assert!(month_end > 5);
    raw.near("high", bars.high()[t]);
}

#[test]
fn neighbours_on_the_calendar_are_near_and_no_two_places_are_one() {
    let bars = simulated(600, 73);
    let set = registry().iter().find(|set| set.name == "usdcop21").unwrap();
    let column = |name: &str| set.features.iter().find(|f| f.name() == name).unwrap().compute(&bars);
    let (sin, cos) = (column("month_sin"), column("month_cos"));
    let at = |month: u32| {
        let row = bars.dates().iter().position(|date| date.month() == month).unwrap();
        (sin[row], cos[row])
    };
    let apart = |a: u32, b: u32| (at(a).0 - at(b).0).hypot(at(a).1 - at(b).1);
    assert!((apart(12, 1) - apart(6, 7)).abs() < 1e-12 && (apart(1, 7) - 2.0).abs() < 1e-12);
    assert!((1..12).all(|a| (a + 1..=12).all(|b| apart(a, b) > 0.5)));
}

#[test]
fn crypto_by_direct_formulas() {
    let bars = simulated(300, 72);
    let (t, h, l, c, v) = (260, bars.high(), bars.low(), bars.close(), bars.volume());
    let at = At::new("crypto14", &bars, t);
    at.near("close", c[t] / c[t - 1] - 1.0);
    at.near("volume", v[t] / mean(&v[t - 19..=t]));
    let line: Vec<f64> = (0..=t).map(|k| ema(&c[..=k], 2.0 / 13.0) - ema(&c[..=k], 2.0 / 27.0)).collect();
    let signal = ema(&line, 0.2);
    at.near("macd", line[t] / c[t]);
    at.near("macd_signal", signal / c[t]);
    at.near("macd_hist", (line[t] - signal) / c[t]);
    At::new("crypto14_raw", &bars, t).near("macd_signal", signal);
    at.starts_at("macd", 25);
    at.near("rsi_14", wilder_rsi(&c[..=t]));
    at.near("cci_14", cci(&bars, t, 14));

    let range = |k: usize| h[k].max(c[k - 1]) - l[k].min(c[k - 1]);
    let ranges: Vec<f64> = (1..=t).map(range).collect();
    let average = |k: usize| ema(&ranges[..k], 1.0 / 14.0);
    let recent: Vec<f64> = (t - 49..=t).map(average).collect();
    at.near("atr_regime_shift", average(t) / mean(&recent) - 1.0);
    let dx = |k: usize| {
        let (mut plus, mut minus) = (Vec::new(), Vec::new());
        for j in 1..=k {
            let (rise, fall) = (h[j] - h[j - 1], l[j - 1] - l[j]);
            plus.push(if rise > fall { rise.max(0.0) } else { 0.0 });
            minus.push(if fall > rise { fall.max(0.0) } else { 0.0 });
        }
        let (plus, minus) = (ema(&plus, 1.0 / 14.0), ema(&minus, 1.0 / 14.0));
        100.0 * (plus - minus).abs() / (plus + minus)
    };
    at.near("dx_14", dx(t));
    let all: Vec<f64> = (14..=t).map(dx).collect();
    let adx = |back: usize| ema(&all[..all.len() - back], 1.0 / 14.0);
    at.near("adx_curvature", adx(0) - 2.0 * adx(1) + adx(2));
    let highest = h[t - 20..t].iter().fold(0.0, |a: f64, b| a.max(*b));
    let ratio = v[t] / mean(&v[t - 19..=t]);
    at.near("breakout_volume", if c[t] > highest { ratio } else { 0.0 });
}

#[test]
fn plus_ultra_by_direct_formulas() {
    let bars = simulated(300, 73);
    let (t, h, l, c, v) = (270, bars.high(), bars.low(), bars.close(), bars.volume());
    let at = At::new("plus_ultra19", &bars, t);
    let logs: Vec<f64> = c[..=t].windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect();
    let last = |n: usize| &logs[logs.len() - n..];
    at.near("bollinger_band_width", 4.0 * sd(&c[t - 19..=t]) / mean(&c[t - 19..=t]));
    at.near("ema_ratio_12_26", ema(&c[..=t], 2.0 / 13.0) / ema(&c[..=t], 2.0 / 27.0));
    at.near("ema_distance_50", c[t] / ema(&c[..=t], 2.0 / 51.0) - 1.0);
    let typical = |k: usize| (h[k] + l[k] + c[k]) / 3.0;
    let traded: f64 = v[t - 19..=t].iter().sum();
    let vwap = (t - 19..=t).map(|k| typical(k) * v[k]).sum::<f64>() / traded;
    at.near("vwap_ratio", c[t] / vwap);
    let stochastic = |k: usize| {
        let low = l[k - 13..=k].iter().fold(f64::INFINITY, |a, b| a.min(*b));
        let high = h[k - 13..=k].iter().fold(0.0, |a: f64, b| a.max(*b));
        100.0 * (c[k] - low) / (high - low)
    };
    at.near("stochastic_k", stochastic(t));
    at.near("stochastic_d", (stochastic(t) + stochastic(t - 1) + stochastic(t - 2)) / 3.0);
    at.starts_at("stochastic_d", 15);
    let flow = |k: usize| if h[k] > l[k] { (2.0 * c[k] - h[k] - l[k]) / (h[k] - l[k]) * v[k] } else { 0.0 };
    at.near("chaikin_money_flow_20", (t - 19..=t).map(flow).sum::<f64>() / traded);
    let signed = |k: usize| if c[k] == c[k - 1] { 0.0 } else { (c[k] - c[k - 1]).signum() * v[k] };
    at.near("on_balance_volume", (t - 19..=t).map(signed).sum::<f64>() / traded);
    let twice = |steps: &[f64]| {
        let once: Vec<f64> = (1..=steps.len()).map(|k| ema(&steps[..k], 2.0 / 26.0)).collect();
        ema(&once, 2.0 / 14.0)
    };
    let steps = changes(&c[..=t]);
    let path: Vec<f64> = steps.iter().map(|step| step.abs()).collect();
    at.near("true_strength_index", 100.0 * twice(&steps) / twice(&path));
    at.near("commodity_channel_index_20", cci(&bars, t, 20));
    at.near("log_return_5", (c[t] / c[t - 5]).ln());
    at.near("realised_vol_20", sd(last(20)));
    At::new("plus_ultra19_raw", &bars, t).near("realised_vol_20", sd(last(20)) * 252_f64.sqrt());
    at.near("volume_zscore", (v[t] - mean(&v[t - 59..=t])) / sd(&v[t - 59..=t]));
    at.near("regime_score", (c[t] - mean(&c[t - 99..=t])) / sd(&c[t - 99..=t]));
    let moment = |p: i32| last(30).iter().map(|x| (x - mean(last(30))).powi(p)).sum::<f64>() / 30.0;
    // Adjusted for a sample of 30, as pandas does.
    at.near("rolling_skew_30", (30.0_f64 * 29.0).sqrt() / 28.0 * moment(3) / moment(2).powf(1.5));
    let excess = 29.0 / (28.0 * 27.0) * (31.0 * moment(4) / moment(2).powi(2) - 3.0 * 29.0);
    at.near("rolling_kurtosis_30", excess);
    at.starts_at("fft_energy_ratio", 127);
}

#[test]
fn the_teacher_in_levels_is_the_teacher_before_scaling() {
    let bars = simulated(300, 74);
    let (t, c) = (280, bars.close());
    let (levels, scaled) = (At::new("teacher15_raw", &bars, t), At::new("teacher15", &bars, t));
    let value = |of: &At, name: &str| of.columns[of.names.iter().position(|known| known == name).unwrap()][t];
    let atr = value(&scaled, "atr_14") * c[t];
    levels.near("atr_14", atr);
    levels.near("sma_20", c[t] - value(&scaled, "sma_20") * atr);
    levels.near("sma_50", c[t] - value(&scaled, "sma_50") * atr);
    levels.near("rsi_14", 50.0 + 50.0 * value(&scaled, "rsi_14"));
    levels.near("adx_14", 100.0 * value(&scaled, "adx_14"));
    let (middle, width) = (mean(&c[t - 19..=t]), 2.0 * sd(&c[t - 19..=t]));
    levels.near("bb_upper", middle + width);
    levels.near("bb_lower", middle - width);
    assert_eq!(levels.names, scaled.names, "the same fifteen in the same order");
}
