//! What the columns of the teacher set promise.

use proofmark_features::{TEACHER15, compute_set, feature_set, schema_digest, set_look_back};

use crate::bars::{changed, from_closes, simulated};

#[test]
fn fifteen_names_in_the_order_of_the_specification() {
    let names: Vec<&str> = TEACHER15.iter().map(|f| f.name()).collect();
    let want = "sma_20 sma_50 ema_12 ema_26 rsi_14 atr_14 vwap bb_upper bb_middle bb_lower macd_line macd_signal \
                macd_histogram adx_14 obv";
    assert_eq!(names, want.split_whitespace().collect::<Vec<_>>());
    assert!(feature_set("teacher15").is_some() && feature_set("teacher16").is_none());
    assert_eq!(set_look_back(TEACHER15), 121);
    assert_eq!(set_look_back(&[]), 0);
    assert_ne!(schema_digest(TEACHER15), schema_digest(&TEACHER15[1..]));
}

#[test]
fn sharing_changes_no_bit_and_nan_means_warm_up() {
    let bars = simulated(600, 1);
    let set = compute_set(TEACHER15, &bars);
    for (feature, column) in TEACHER15.iter().zip(&set.columns) {
        let alone = feature.compute(&bars);
        assert!(
            alone.iter().map(|v| v.to_bits()).eq(column.iter().map(|v| v.to_bits())),
            "{}",
            feature.name()
        );
        let first = column.iter().position(|v| !v.is_nan()).unwrap();
        assert!(first <= 49, "{} starts at {first}", feature.name());
        assert!(column[first..].iter().all(|v| v.is_finite()), "{}", feature.name());
    }
}

#[test]
fn no_column_is_a_linear_copy_of_the_others() {
    let bars = simulated(2_000, 2);
    let columns = compute_set(TEACHER15, &bars).columns;
    // Gram-Schmidt on the standardised columns: the part of each that the others before it do not explain.
    let mut basis: Vec<Vec<f64>> = Vec::new();
    for (feature, column) in TEACHER15.iter().zip(&columns) {
        let rows = &column[60..];
        let mean = rows.iter().sum::<f64>() / rows.len() as f64;
        let mut rest: Vec<f64> = rows.iter().map(|v| v - mean).collect();
        let norm = |v: &[f64]| v.iter().map(|x| x * x).sum::<f64>().sqrt();
        let whole = norm(&rest);
        for unit in &basis {
            let dot: f64 = rest.iter().zip(unit).map(|(a, b)| a * b).sum();
            rest.iter_mut().zip(unit).for_each(|(a, b)| *a -= dot * b);
        }
        let left = norm(&rest) / whole;
        assert!(left > 0.01, "{} is explained up to {left}", feature.name());
        let length = norm(&rest);
        basis.push(rest.iter().map(|v| v / length).collect());
    }
}

#[test]
fn a_price_that_does_not_move_is_neutral() {
    let bars = from_closes(&[123.45; 200], |_| 1_000.0);
    let set = compute_set(TEACHER15, &bars);
    for (name, column) in set.names.iter().zip(&set.columns) {
        let last = column[199];
        assert!(last.abs() < 1e-12, "{name} is {last}");
    }
}

#[test]
fn unknown_volume_poisons_nothing() {
    let bars = simulated(400, 3);
    let none = changed(&bars, |_, row| row.volume = f64::NAN);
    let holes = changed(&bars, |t, row| {
        if t % 7 == 0 {
            row.volume = [f64::NAN, 0.0][t % 2];
        }
    });
    for bars in [none, holes] {
        let set = compute_set(TEACHER15, &bars);
        assert!(set.columns.iter().all(|column| column[60..].iter().all(|v| v.is_finite())));
    }
    let set = compute_set(TEACHER15, &changed(&bars, |_, row| row.volume = f64::NAN));
    assert!(set.columns[14][60..].iter().all(|v| *v == 0.0), "no volume, no on-balance volume");
}

#[test]
fn prices_in_another_currency_give_the_same_features() {
    let bars = simulated(400, 4);
    let scaled = changed(&bars, |_, row| {
        for price in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
            *price *= 0.01;
        }
    });
    let (a, b) = (compute_set(TEACHER15, &bars), compute_set(TEACHER15, &scaled));
    for (name, (x, y)) in a.names.iter().zip(a.columns.iter().zip(&b.columns)) {
        assert!(x[60..].iter().zip(&y[60..]).all(|(x, y)| (x - y).abs() <= 1e-8 * (1.0 + x.abs())), "{name}");
    }
}

#[test]
fn short_histories_are_all_warm_up() {
    let bars = simulated(80, 5);
    for n in 0..14 {
        let set = compute_set(TEACHER15, &bars.slice(0..n));
        assert!(
            set.columns.iter().all(|column| column.len() == n && column.iter().all(|v| v.is_nan())),
            "{n} bars"
        );
    }
}
