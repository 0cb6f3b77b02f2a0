//! The zoo on the closes of USD/COP, when they are there.

use std::io::Read as _;
use std::path::Path;

use proofmark_models::{Matrix, Regression, RegressionFile, zoo};
use proofmark_units::Seed;

use super::contract::file_of;
use super::{bits, rows};

const HORIZON: usize = 5;

/// Last close of each date, in order.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn closes() -> Option<Vec<f64>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return None;
    }
    let file =
        std::fs::File::open(folder.join("fx/raw_vendor_csv/usdcop_m5_vendor_export_a.csv.gz")).unwrap();
    let mut text = String::new();
    flate2::read::GzDecoder::new(file).read_to_string(&mut text).unwrap();
    let mut closes: Vec<(&str, f64)> = Vec::new();
    for line in text.lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let (date, close) = (&cells[0][..10], cells[5].parse().unwrap());
        match closes.last_mut() {
            Some(last) if last.0 == date => last.1 = close,
            _ => closes.push((date, close)),
        }
    }
    assert!(closes.is_sorted_by(|a, b| a.0 < b.0));
    Some(closes.into_iter().map(|(_, close)| close).collect())
}

/// Returns over five spans, two volatilities and a distance from a mean, each of the closes up to its row; and the log
/// return over the next five closes.
fn samples(closes: &[f64]) -> (Vec<Vec<f64>>, Vec<f64>) {
    let log: Vec<f64> = closes.iter().map(|close| close.ln()).collect();
    let volatility = |t: usize, span: usize| {
        let squares: f64 = (t - span..t).map(|s| (log[s + 1] - log[s]).powi(2)).sum();
        (squares / span as f64).sqrt()
    };
    let (mut x, mut y) = (vec![Vec::new(); 8], Vec::new());
    for t in 60..log.len() - HORIZON {
        let mut row: Vec<f64> = [1, 2, 5, 10, 21].map(|span| log[t] - log[t - span]).to_vec();
        row.extend([volatility(t, 5), volatility(t, 21)]);
        row.push(log[t] - log[t - 59..=t].iter().sum::<f64>() / 60.0);
        x.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        y.push(log[t + HORIZON] - log[t]);
    }
    (x, y)
}

#[test]
fn the_zoo_fits_weekly_returns_of_usdcop() {
    let Some(closes) = closes() else { return };
    let (x, y) = samples(&closes);
    assert!(y.len() > 1_000, "{}", y.len());
    let split = y.len() * 3 / 5;
    // A row's outcome ends five closes later: rows whose outcome reaches past the split are left out.
    let known = split - HORIZON;
    let (train, held) = (rows(&x, 0, known), rows(&x, split, y.len()));
    let (train, held) = (Matrix::from_columns(&train).unwrap(), Matrix::from_columns(&held).unwrap());
    let mean = y[..known].iter().sum::<f64>() / known as f64;
    for model in zoo() {
        let fitted = model.fit(&train, &y[..known], &Seed::root(1)).unwrap();
        let predicted = fitted.predict(&held).unwrap();
        let again = model.fit(&train, &y[..known], &Seed::root(1)).unwrap().predict(&held).unwrap();
        assert_eq!(bits(&predicted), bits(&again), "{}", model.name());
        let bytes = file_of(fitted.clone()).save_bytes().unwrap();
        let loaded = RegressionFile::load_bytes(&bytes, None).unwrap();
        assert_eq!(bits(&loaded.model().predict(&held).unwrap()), bits(&predicted), "{}", model.name());
        // No model forecasts a week beyond what weeks were like.
        assert!(predicted.iter().all(|p| p.abs() < 0.2), "{}", model.name());
        let loss = |p: &dyn Fn(usize) -> f64| (split..y.len()).map(|i| (p(i) - y[i]).powi(2)).sum::<f64>();
        let r2 = 1.0 - loss(&|i| predicted[i - split]) / loss(&|_| mean);
        eprintln!("{}: out-of-sample R2 against the training mean {r2:.4}", model.name());
        if let Regression::Ard(ard) = &fitted {
            // Nothing here is worth a hundredth a week: the threshold in the unit of returns prunes everything.
            assert!(ard.kept().is_empty() && predicted.iter().all(|p| (p - mean).abs() < 1e-15));
        }
    }
}
