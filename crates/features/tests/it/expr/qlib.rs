//! The operators that have qlib's names against qlib's own values (`peers/features/operators.py` wrote them).

use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};

use super::program;

/// qlib's and pandas' running sums leave rounding behind: up to 5e-8 of a deviation, here where a wide window turns flat.
const NEAR: f64 = 1e-6;

fn numbers(line: &str) -> Vec<f64> {
    line.split(',').map(|text| if text.is_empty() { f64::NAN } else { text.parse().unwrap() }).collect()
}

#[test]
fn operators_agree_with_qlib() {
    let mut lines = include_str!("../../fixtures/qlib_operators.csv").lines();
    let rows: Vec<usize> = lines.next().unwrap().split(',').map(|row| row.parse().unwrap()).collect();
    let [close, volume] = [(); 2].map(|()| numbers(lines.next().unwrap()));
    let bar = |(t, (close, volume)): (usize, (&f64, &f64))| {
        let (date, at) = (Date::from_days(t as i32), Instant::from_nanos(0));
        let [open, high, low, close] = [*close; 4];
        BarRow { date, event_time: at, known_at: at, open, high, low, close, volume: *volume }
    };
    let bars: Vec<BarRow> = close.iter().zip(&volume).enumerate().map(bar).collect();
    let bars = Bars::from_rows("TEST".parse().unwrap(), &bars).unwrap();

    let (texts, wanted): (Vec<String>, Vec<Vec<f64>>) = lines
        .map(|line| line.split_once(';').unwrap())
        .map(|(text, line)| (text.to_owned(), numbers(line)))
        .unzip();
    assert!(texts.len() > 140, "{}", texts.len());
    let columns = program(&texts).columns(&bars).unwrap();
    for ((text, wanted), column) in texts.iter().zip(&wanted).zip(&columns) {
        for (want, row) in wanted.iter().zip(&rows) {
            let got = column[*row];
            let near = (got - want).abs() <= NEAR * (1.0 + want.abs());
            // With one known value qlib's slope divides the rounding of its running sums by 0.
            assert!(near || (got.is_nan() && !want.is_finite()), "{text} at {row}: {got} against {want}");
        }
    }
}
