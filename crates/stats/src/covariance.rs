//! Covariance of several columns, and its shrinkage.

/// A covariance pulled towards a multiple of the identity.
#[derive(Debug, Clone, PartialEq)]
pub struct Shrunk {
    /// Row-major n x n, in the squared unit of the columns.
    pub matrix: Vec<f64>,
    /// Weight of the identity's multiple, 0 to 1: 0 leaves the sample covariance.
    pub shrinkage: f64,
}

/// The estimate of Ledoit and Wolf (2004, Journal of Multivariate Analysis 88, 365-411): `s m I + (1 - s) S`, with `S` the sample
/// covariance (divisor: number of rows), `m` the mean variance, and `s` the share that is best against the squared error expected.
/// It is positive definite unless no column varies, also where columns outnumber rows.
///
/// `rows` is time-major (`cell = row * columns + column`). `None` below two rows, without columns, for a length that is no multiple of
/// `columns`, or where a value is missing or not finite.
pub fn ledoit_wolf(rows: &[f64], columns: usize) -> Option<Shrunk> {
    if columns == 0 || !rows.len().is_multiple_of(columns) || !rows.iter().all(|x| x.is_finite()) {
        return None;
    }
    let (n, t) = (columns, rows.len() / columns);
    if t < 2 {
        return None;
    }
    let mut centred = rows.to_vec();
    for column in 0..n {
        let mean = rows.iter().skip(column).step_by(n).sum::<f64>() / t as f64;
        centred.iter_mut().skip(column).step_by(n).for_each(|x| *x -= mean);
    }
    let mut matrix = vec![0.0; n * n];
    for row in centred.chunks_exact(n) {
        for (i, x) in row.iter().enumerate() {
            matrix[i * n..=i * n + i].iter_mut().zip(row).for_each(|(cell, y)| *cell += x * y);
        }
    }
    for i in 0..n {
        for j in 0..=i {
            matrix[i * n + j] /= t as f64;
            matrix[j * n + i] = matrix[i * n + j];
        }
    }
    let trace: f64 = (0..n).map(|i| matrix[i * n + i]).sum();
    let mean_variance = trace / n as f64;
    let squares: f64 = matrix.iter().map(|c| c * c).sum();
    // Squared distance of S from m I, and of one row's x x' from S on average over rows, by rows: both over n.
    let dispersion = squares - n as f64 * mean_variance * mean_variance;
    let fourth: f64 = centred
        .chunks_exact(n)
        .map(|row| row.iter().map(|x| x * x).sum::<f64>())
        .map(|norm| norm * norm)
        .sum();
    let noise = (fourth / t as f64 - squares) / t as f64;
    let shrinkage = if dispersion > 0.0 { (noise / dispersion).clamp(0.0, 1.0) } else { 0.0 };
    for (k, cell) in matrix.iter_mut().enumerate() {
        let target = if k / n == k % n { mean_variance } else { 0.0 };
        *cell = shrinkage * target + (1.0 - shrinkage) * *cell;
    }
    matrix.iter().all(|c| c.is_finite()).then_some(Shrunk { matrix, shrinkage })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_columns_by_hand() {
        // Centred already: S = [[1, 0], [0, 4]], m = 2.5. |S - m I|^2 = 4.5; rows have squared norms 5, so their x x' lies
        // 25 - 17 = 8 from S on average, 2 over four rows: a share of 4/9 goes to the identity.
        let rows = [1.0, 2.0, -1.0, -2.0, 1.0, -2.0, -1.0, 2.0];
        let got = ledoit_wolf(&rows, 2).unwrap_or(Shrunk { matrix: Vec::new(), shrinkage: 0.0 });
        assert!((got.shrinkage - 4.0 / 9.0).abs() < 1e-15, "{got:?}");
        let want = [5.0 / 3.0, 0.0, 0.0, 10.0 / 3.0];
        assert!(got.matrix.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?}");
    }

    #[test]
    fn what_cannot_be_estimated_is_none() {
        assert_eq!(ledoit_wolf(&[1.0, 2.0], 2), None, "one row");
        assert_eq!(ledoit_wolf(&[1.0, 2.0, 3.0], 2), None, "no rectangle");
        assert_eq!(ledoit_wolf(&[1.0, f64::NAN, 2.0, 3.0], 2), None, "missing");
        assert_eq!(ledoit_wolf(&[], 0), None);
        let still = ledoit_wolf(&[1.0; 8], 2);
        assert_eq!(still, Some(Shrunk { matrix: vec![0.0; 4], shrinkage: 0.0 }), "columns that never move");
    }
}
