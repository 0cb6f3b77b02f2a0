//! Every windowed operator against its definition, worked out anew for each window.

use proptest::prelude::*;

use super::{WINDOWS, bars_with, program, volumes};

/// The known pairs of a window, oldest first, with the number of their row (1 is the oldest).
struct Seen {
    rows: f64,
    at: Vec<f64>,
    x: Vec<f64>,
    last: f64,
}

impl Seen {
    fn new(window: &[f64]) -> Self {
        let known: Vec<(f64, f64)> = window
            .iter()
            .enumerate()
            .map(|(k, v)| (k as f64 + 1.0, *v))
            .filter(|(_, v)| v.is_finite())
            .collect();
        Self {
            rows: window.len() as f64,
            at: known.iter().map(|(k, _)| *k).collect(),
            x: known.iter().map(|(_, v)| *v).collect(),
            last: window[window.len() - 1],
        }
    }
    fn n(&self) -> f64 {
        self.x.len() as f64
    }
    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.x.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

fn mean(x: &[f64]) -> f64 {
    x.iter().sum::<f64>() / x.len() as f64
}

/// Sum of products of deviations from the means.
fn cross(x: &[f64], y: &[f64]) -> f64 {
    let (mx, my) = (mean(x), mean(y));
    x.iter().zip(y).map(|(x, y)| (x - mx) * (y - my)).sum()
}

fn power_sum(x: &[f64], power: i32) -> f64 {
    let m = mean(x);
    x.iter().map(|v| (v - m).powi(power)).sum()
}

fn deviation(x: &[f64]) -> f64 {
    if x.len() < 2 { f64::NAN } else { (cross(x, x) / (x.len() as f64 - 1.0)).sqrt() }
}

fn is_flat(x: &[f64]) -> bool {
    x.iter().all(|v| *v == x[0])
}

fn expected(name: &str, window: &[f64]) -> f64 {
    let seen = Seen::new(window);
    let (x, n) = (&seen.x, seen.n());
    if name == "Count" {
        return window.iter().filter(|v| !v.is_nan()).count() as f64;
    }
    if x.is_empty() {
        return f64::NAN;
    }
    let place = |best: f64| seen.at[x.iter().position(|v| *v == best).unwrap()];
    let missing = window.iter().position(|v| !v.is_finite()).map(|k| k as f64 + 1.0);
    let (largest, smallest) =
        (x.iter().copied().fold(f64::MIN, f64::max), x.iter().copied().fold(f64::MAX, f64::min));
    let weighted: f64 = seen.at.iter().zip(x).map(|(w, v)| w * v).sum();
    match name {
        "Sum" => x.iter().sum(),
        "Mean" => mean(x),
        "Product" => x.iter().product(),
        "Max" => largest,
        "Min" => smallest,
        "IdxMax" => missing.unwrap_or_else(|| place(largest)),
        "IdxMin" => missing.unwrap_or_else(|| place(smallest)),
        "TsArgMax" => place(largest),
        "TsArgMin" => place(smallest),
        "WMA" => weighted / (seen.rows * (seen.rows + 1.0) / 2.0) / n,
        "DecayLinear" => weighted / seen.at.iter().sum::<f64>(),
        "Std" => deviation(x),
        "Var" => deviation(x).powi(2),
        "Skew" if n < 3.0 || is_flat(x) => f64::NAN,
        "Skew" => {
            let (m2, m3) = (power_sum(x, 2) / n, power_sum(x, 3) / n);
            (n * (n - 1.0)).sqrt() / (n - 2.0) * m3 / m2.powf(1.5)
        }
        "Kurt" if n < 4.0 || is_flat(x) => f64::NAN,
        "Kurt" => {
            let (m2, m4) = (power_sum(x, 2) / n, power_sum(x, 4) / n);
            ((n * n - 1.0) * m4 / (m2 * m2) - 3.0 * (n - 1.0) * (n - 1.0)) / ((n - 2.0) * (n - 3.0))
        }
        "Mad" => {
            let m = mean(x);
            x.iter().map(|v| (v - m).abs()).sum::<f64>() / n
        }
        "Rank" if !seen.last.is_finite() => f64::NAN,
        "Rank" => {
            let less = x.iter().filter(|v| **v < seen.last).count() as f64;
            let equal = x.iter().filter(|v| **v == seen.last).count() as f64;
            (less + (equal + 1.0) / 2.0) / n
        }
        "Med" => {
            let (sorted, half) = (seen.sorted(), x.len() / 2);
            if x.len() % 2 == 1 { sorted[half] } else { (sorted[half - 1] + sorted[half]) / 2.0 }
        }
        "Quantile" => {
            let (sorted, h) = (seen.sorted(), 0.2 * (n - 1.0));
            let (low, high) = (sorted[h.floor() as usize], sorted[h.ceil() as usize]);
            low + (high - low) * (h - h.floor())
        }
        "Slope" => cross(&seen.at, x) / cross(&seen.at, &seen.at),
        "Resi" => {
            let slope = cross(&seen.at, x) / cross(&seen.at, &seen.at);
            seen.last - (mean(x) + slope * (seen.rows - mean(&seen.at)))
        }
        "Rsquare" if deviation(x) <= 2e-5 => f64::NAN,
        "Rsquare" => cross(&seen.at, x).powi(2) / (cross(&seen.at, &seen.at) * cross(x, x)),
        _ => panic!("{name} has no oracle"),
    }
}

/// Relative to the size of what was added up, since a sum of large values may cancel.
fn close(got: f64, want: f64, size: f64) -> bool {
    (got.is_nan() && !want.is_finite()) || (got - want).abs() <= 1e-11 * (want.abs() + size)
}

const ONE_COLUMN: [&str; 22] = [
    "Sum",
    "Mean",
    "Count",
    "Max",
    "Min",
    "IdxMax",
    "IdxMin",
    "TsArgMax",
    "TsArgMin",
    "WMA",
    "DecayLinear",
    "Std",
    "Skew",
    "Kurt",
    "Mad",
    "Rank",
    "Med",
    "Quantile",
    "Slope",
    "Resi",
    "Rsquare",
    "Product",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn windows_agree_with_their_definition(volumes in volumes(80..400)) {
        let bars = bars_with(&volumes);
        let mut cases = Vec::new();
        for name in ONE_COLUMN {
            let zero = if matches!(name, "Mad" | "Rank" | "Med" | "Quantile" | "Rsquare") { None } else { Some(0) };
            let least = match name { "Skew" => 3, "Kurt" => 5, _ => 1 };
            cases.extend(WINDOWS.into_iter().filter(|w| *w >= least).chain(zero).map(|window| (name, window)));
        }
        let texts: Vec<String> = cases.iter().map(|(name, window)| match *name {
            "Quantile" => format!("Quantile($volume, {window}, 0.2)"),
            // Products of large values leave the range of numbers.
            "Product" => format!("Product($volume / 1000, {window})"),
            _ => format!("{name}($volume, {window})"),
        }).collect();
        let columns = program(&texts).columns(&bars).unwrap();
        for ((name, window), column) in cases.iter().zip(columns) {
            for (t, got) in column.iter().enumerate() {
                let start = if *window == 0 { 0 } else { (t + 1).saturating_sub(*window) };
                let values: Vec<f64> = volumes[start..=t].iter().map(|v| if *name == "Product" { v / 1000.0 } else { *v }).collect();
                let want = expected(name, &values);
                // Shape measures lose digits where the spread is small beside the values.
                let size = match *name {
                    "Sum" | "Mean" | "WMA" | "DecayLinear" | "Slope" | "Resi" | "Std" | "Mad" | "Quantile" => 1e3,
                    "Skew" | "Kurt" | "Rsquare" => 1e4,
                    _ => 0.0,
                };
                prop_assert!(close(*got, want, size), "{name} over {window} at {t}: {got} against {want}");
            }
        }
    }

    #[test]
    fn pairs_agree_with_their_definition(volumes in volumes(80..300)) {
        let bars = bars_with(&volumes);
        let texts: Vec<String> = WINDOWS
            .iter()
            .flat_map(|w| ["Cov", "Corr"].map(|name| format!("{name}($volume, $close, {w})")))
            .collect();
        let columns = program(&texts).columns(&bars).unwrap();
        for (k, column) in columns.iter().enumerate() {
            let window = WINDOWS[k / 2];
            for (t, got) in column.iter().enumerate() {
                let rows = (t + 1).saturating_sub(window)..=t;
                let pairs: Vec<(f64, f64)> =
                    rows.clone().map(|r| (volumes[r], bars.close()[r])).filter(|(x, _)| x.is_finite()).collect();
                let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
                let flat = deviation(&x) <= 2e-5 || deviation(&bars.close()[rows]) <= 2e-5;
                let want = match k % 2 {
                    _ if x.len() < 2 => f64::NAN,
                    0 => cross(&x, &y) / (x.len() as f64 - 1.0),
                    _ if flat => f64::NAN,
                    _ => cross(&x, &y) / (cross(&x, &x) * cross(&y, &y)).sqrt(),
                };
                prop_assert!(close(*got, want, if k % 2 == 0 { 1e5 } else { 100.0 }), "{} at {t}: {got} against {want}", texts[k]);
            }
        }
    }

    #[test]
    fn what_happened_last_agrees_with_its_definition(volumes in volumes(80..300)) {
        let bars = bars_with(&volumes);
        let (open, high, low, close) = (bars.open(), bars.high(), bars.low(), bars.close());
        for window in WINDOWS {
            let texts = [
                format!("BarsSince($volume > $close, {window})"),
                format!("ValueWhen($close > $open, $volume, {window})"),
                format!("Touches($close, $volume / 100, {window})"),
            ];
            let columns = program(&texts).columns(&bars).unwrap();
            for t in 0..bars.len() {
                let rows = (t + 1).saturating_sub(window)..=t;
                let since = rows.clone().rev().find(|r| volumes[*r] > close[*r]).map_or(f64::NAN, |r| (t - r) as f64);
                let value = rows.clone().rev().find(|r| close[*r] > open[*r]).map_or(f64::NAN, |r| volumes[r]);
                let near = volumes[t] / 100.0;
                let apart = |r: usize| (low[r] - close[t]).max(close[t] - high[r]).max(0.0);
                let touches = rows.clone().filter(|r| near >= 0.0 && apart(*r) <= near).count() as f64;
                let touches = if near.is_finite() { touches } else { f64::NAN };
                for ((text, column), want) in texts.iter().zip(&columns).zip([since, value, touches]) {
                    let got = column[t];
                    // A range that ends exactly at the tolerance is a matter of the last bit here.
                    let edge = text.starts_with("Touches") && rows.clone().any(|r| (apart(r) - near).abs() < 1e-9);
                    let agree = got == want || (got.is_nan() && want.is_nan());
                    prop_assert!(agree || edge, "{text} at {t}: {got} against {want}");
                }
            }
        }
    }

    #[test]
    fn lags_and_averages_agree_with_their_definition(volumes in volumes(30..120)) {
        let bars = bars_with(&volumes);
        let texts = ["Ref($volume, 7)", "Ref($volume, 0)", "Delta($volume, 3)", "EMA($volume, 9)", "EMA($volume, 0.3)"]
            .map(str::to_owned);
        let columns = program(&texts).columns(&bars).unwrap();
        for t in 0..volumes.len() {
            let ago = |k: usize| t.checked_sub(k).map_or(f64::NAN, |t| volumes[t]);
            let ema = |alpha: f64| {
                let weighted = (0..=t).filter(|s| volumes[*s].is_finite()).map(|s| {
                    let weight = (1.0 - alpha).powi((t - s) as i32);
                    (weight, weight * volumes[s])
                });
                let (weights, sum) = weighted.fold((0.0, 0.0), |(a, b), (w, v)| (a + w, b + v));
                sum / weights
            };
            let wants = [ago(7), volumes[0], volumes[t] - ago(3), ema(0.2), ema(0.3)];
            for ((text, column), want) in texts.iter().zip(&columns).zip(wants) {
                let got = column[t];
                let same = got == want || (got.is_nan() && want.is_nan());
                prop_assert!(same || close(got, want, 1e3), "{text} at {t}: {got} against {want}");
            }
        }
    }
}

#[test]
fn a_flat_window_is_exactly_flat_and_what_left_is_gone() {
    // Wild, missing and infinite values, then 0.1 (which no sum of binary fractions gives exactly).
    let mut volumes = vec![1e18, f64::NAN, -3e17, f64::INFINITY, 5.0, 1e-9];
    volumes.extend([0.1; 200]);
    let names = ["Std", "Var", "Slope", "Resi", "Mad"].map(|name| format!("{name}($volume, 60)"));
    let columns = program(&names).columns(&bars_with(&volumes)).unwrap();
    for (name, column) in names.iter().zip(columns).filter(|(name, _)| !name.starts_with("Mad")) {
        assert!(column[66..].iter().all(|v| *v == 0.0), "{name}");
    }
}
