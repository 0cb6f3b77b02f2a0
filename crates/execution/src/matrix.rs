//! What makes a square matrix a covariance.

/// Negative eigenvalues up to this share of the largest variance are rounding of a matrix without full rank.
const ROUNDING: f64 = 1e-10;

/// Whether a row-major `n x n` matrix is finite, symmetric and positive semidefinite; `Err` says what it must
/// be.
pub(crate) fn check_covariance(n: usize, matrix: &[f64]) -> Result<(), &'static str> {
    if matrix.len() != n * n {
        return Err("square, one row for each name");
    }
    if !matrix.iter().all(|c| c.is_finite()) {
        return Err("finite");
    }
    let largest = (0..n).map(|i| matrix[i * n + i].abs()).fold(0.0, f64::max);
    for i in 0..n {
        for j in 0..i {
            if (matrix[i * n + j] - matrix[j * n + i]).abs() > 1e-9 * largest {
                return Err("symmetric");
            }
        }
    }
    if largest > 0.0 && !has_cholesky_factor(n, matrix, ROUNDING * largest) {
        return Err("positive semidefinite");
    }
    if largest == 0.0 && matrix.iter().any(|c| *c != 0.0) {
        return Err("positive semidefinite");
    }
    Ok(())
}

/// Whether `matrix + shift x identity` is positive definite (Golub & Van Loan 2013, Matrix Computations,
/// 4.2.5).
fn has_cholesky_factor(n: usize, matrix: &[f64], shift: f64) -> bool {
    let mut lower = vec![0.0; n * n];
    for i in 0..n {
        for j in 0..=i {
            let (row_i, row_j) = (&lower[i * n..i * n + j], &lower[j * n..j * n + j]);
            let rest = matrix[i * n + j] - row_i.iter().zip(row_j).map(|(a, b)| a * b).sum::<f64>();
            if i != j {
                lower[i * n + j] = rest / lower[j * n + j];
            } else if rest + shift > 0.0 {
                lower[i * n + i] = (rest + shift).sqrt();
            } else {
                return false;
            }
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::check_covariance;

    #[test]
    fn a_covariance_is_finite_symmetric_and_semidefinite() {
        assert_eq!(check_covariance(2, &[1.0, 0.5, 0.5, 1.0]), Ok(()));
        assert_eq!(check_covariance(2, &[1.0, 1.0, 1.0, 1.0]), Ok(()), "rank one");
        assert_eq!(check_covariance(1, &[0.0]), Ok(()), "cash");
        assert_eq!(check_covariance(0, &[]), Ok(()));
        assert_eq!(check_covariance(2, &[1.0, 1.1, 1.1, 1.0]), Err("positive semidefinite"));
        assert_eq!(check_covariance(2, &[0.0, 0.1, 0.1, 0.0]), Err("positive semidefinite"));
        assert_eq!(check_covariance(1, &[-1.0]), Err("positive semidefinite"));
        assert_eq!(check_covariance(2, &[1.0, 0.5, 0.4, 1.0]), Err("symmetric"));
        assert_eq!(check_covariance(1, &[f64::NAN]), Err("finite"));
        assert_eq!(check_covariance(2, &[1.0]), Err("square, one row for each name"));
    }
}
