//! Models of a number.

mod boosters;
mod contract;
mod linear;
mod real;
mod zoo;

/// The matrix and targets of `tests/fixtures/make_regression_fixtures.py`, drawn again bit for bit.
pub(crate) fn draw(columns: usize, rows: usize) -> (Vec<Vec<f64>>, Vec<f64>) {
    let mut state: u64 = 88_172_645_463_325_252;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / 9_007_199_254_740_992.0 * 2.0 - 1.0
    };
    let (mut x, mut y) = (vec![Vec::new(); columns], Vec::new());
    for _ in 0..rows {
        let u: Vec<f64> = (0..columns).map(|_| uniform()).collect();
        let noise = uniform() + uniform() + uniform();
        let mut row = u.clone();
        row[1] = 50.0 + 10.0 * u[1];
        row[2] = 0.001 * u[2];
        row[3] = u[0] + 0.1 * u[3];
        x.iter_mut().zip(row).for_each(|(column, value)| column.push(value));
        y.push(3.0 + 0.8 * u[0] - 0.5 * u[1] + 0.3 * u[2] * u[4] + 0.25 * u[5] + noise);
    }
    (x, y)
}

/// The rows `from..to` of each column.
pub(crate) fn rows(columns: &[Vec<f64>], from: usize, to: usize) -> Vec<Vec<f64>> {
    columns.iter().map(|column| column[from..to].to_vec()).collect()
}

pub(crate) fn bits(values: &[f64]) -> Vec<u64> {
    values.iter().map(|v| v.to_bits()).collect()
}
