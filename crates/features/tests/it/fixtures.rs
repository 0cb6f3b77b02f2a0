//! Columns against figures of other tools, which `peers/features/fixtures.py` writes: Alpha158 by its formulas in NumPy
//! 2.4.6, TA-Lib by its Python wheel 0.8.2 over the C library 0.8.1.

use std::collections::BTreeMap;

use proofmark_features::registry;
use proofmark_market::{BarRow, Bars};
use proofmark_units::Date;

/// Column by name; the empty field is missing.
fn table(text: &str) -> (Vec<usize>, BTreeMap<String, Vec<f64>>) {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let names: Vec<String> = reader.headers().unwrap().iter().skip(1).map(str::to_owned).collect();
    let mut columns: BTreeMap<String, Vec<f64>> = BTreeMap::new();
    let mut rows = Vec::new();
    for record in reader.records().map(Result::unwrap) {
        rows.push(record[0].parse().unwrap());
        for (name, field) in names.iter().zip(record.iter().skip(1)) {
            let value = if field.is_empty() { f64::NAN } else { field.parse().unwrap() };
            columns.entry(name.clone()).or_default().push(value);
        }
    }
    (rows, columns)
}

fn bars() -> Bars {
    let (rows, columns) = table(include_str!("../fixtures/bars.csv"));
    let row = |t: &usize| {
        let date = Date::from_days(i32::try_from(*t).unwrap());
        let (event_time, known_at) = (date.midnight_utc(), date.midnight_utc());
        let [open, high, low, close, volume] =
            ["open", "high", "low", "close", "volume"].map(|name| columns[name][*t]);
        BarRow { date, event_time, known_at, open, high, low, close, volume }
    };
    Bars::from_rows("SIM".parse().unwrap(), &rows.iter().map(row).collect::<Vec<_>>()).unwrap()
}

/// Compares a set with a fixture; returns how many columns the fixture has.
fn compare(set: &str, text: &str, tolerance: f64) -> usize {
    let (rows, want) = table(text);
    let bars = bars();
    let set = registry().iter().find(|known| known.name == set).unwrap();
    let mut compared = 0;
    for feature in &set.features {
        let Some(want) = want.get(feature.name()) else { continue };
        let column = feature.compute(&bars);
        let size = column.iter().filter(|v| v.is_finite()).map(|v| v.abs()).sum::<f64>() / bars.len() as f64;
        for (row, want) in rows.iter().zip(want) {
            let got = column[*row];
            // Whole numbers of TA-Lib have no missing value: its warm-up is zeros.
            let warm_up = got.is_nan() && *want == 0.0 && set.name == "talib";
            let same = got == *want || got.is_nan() && want.is_nan() || warm_up;
            let near = (got - want).abs() <= tolerance * (size + want.abs());
            assert!(same || near, "{} at {row}: {got} against {want}", feature.name());
        }
        compared += 1;
    }
    assert_eq!(compared, want.len(), "a name of the fixture is not in the set");
    compared
}

#[test]
fn alpha158_agrees_with_its_formulas_in_numpy() {
    assert_eq!(compare("alpha158", include_str!("../fixtures/alpha158.csv"), 1e-9), 158);
}

#[test]
fn ta_lib_agrees_with_its_python_wheel() {
    assert_eq!(compare("talib", include_str!("../fixtures/talib.csv"), 1e-12), 209);
}
