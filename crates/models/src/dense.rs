//! Small dense matrices: inner products with one order of additions, Cholesky factors.

/// Inner product in four fixed lanes, which vectorises and has one order of additions.
pub(crate) fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut lanes = [0.0; 4];
    let ((a_four, a_rest), (b_four, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    for (x, y) in a_four.iter().zip(b_four) {
        for lane in 0..4 {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    let rest: f64 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest
}

/// Sum in four fixed lanes.
pub(crate) fn sum(values: &[f64]) -> f64 {
    let (fours, rest) = values.as_chunks::<4>();
    let mut lanes = [0.0; 4];
    for four in fours {
        for lane in 0..4 {
            lanes[lane] += four[lane];
        }
    }
    (lanes[0] + lanes[1]) + (lanes[2] + lanes[3]) + rest.iter().sum::<f64>()
}

/// Lower Cholesky factor of a symmetric matrix. A direction without curvature (a constant column without penalty) is
/// pinned, so its coefficient stays where it started; `None` when the matrix is not positive semi-definite.
pub(crate) fn cholesky(mut a: Vec<f64>, size: usize) -> Option<Vec<f64>> {
    let floor = (0..size).map(|i| a[i * size + i]).fold(0.0, f64::max) * 1e-14;
    for j in 0..size {
        let pivot = a[j * size + j] - (0..j).map(|k| a[j * size + k].powi(2)).sum::<f64>();
        if pivot.is_nan() || pivot < -1e3 * floor {
            return None;
        }
        let diagonal = if pivot <= floor { f64::INFINITY } else { pivot.sqrt() };
        a[j * size + j] = diagonal;
        for i in j + 1..size {
            let rest = a[i * size + j] - (0..j).map(|k| a[i * size + k] * a[j * size + k]).sum::<f64>();
            a[i * size + j] = rest / diagonal;
        }
    }
    Some(a)
}

/// Solves L L' x = b.
pub(crate) fn solve(lower: &[f64], b: &[f64]) -> Vec<f64> {
    let size = b.len();
    let mut x = b.to_vec();
    for i in 0..size {
        let done: f64 = (0..i).map(|k| lower[i * size + k] * x[k]).sum();
        x[i] = (x[i] - done) / lower[i * size + i];
    }
    for i in (0..size).rev() {
        let done: f64 = (i + 1..size).map(|k| lower[k * size + i] * x[k]).sum();
        x[i] = (x[i] - done) / lower[i * size + i];
    }
    x
}

/// The inverse of L L', full square, row-major.
pub(crate) fn inverse(lower: &[f64], size: usize) -> Vec<f64> {
    // Row j holds column j of the inverse of L, so that every inner product runs along rows.
    let mut columns = vec![0.0; size * size];
    for (j, column) in columns.chunks_exact_mut(size).enumerate() {
        column[j] = 1.0 / lower[j * size + j];
        for i in j + 1..size {
            let done = dot(&lower[i * size + j..i * size + i], &column[j..i]);
            column[i] = -done / lower[i * size + i];
        }
    }
    let mut inverse = vec![0.0; size * size];
    for i in 0..size {
        for j in 0..=i {
            let entry = dot(&columns[i * size + i..(i + 1) * size], &columns[j * size + i..(j + 1) * size]);
            inverse[i * size + j] = entry;
            inverse[j * size + i] = entry;
        }
    }
    inverse
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_three_by_three_system_by_hand() {
        // A = [[4, 2, 0], [2, 5, 2], [0, 2, 5]], x = [1, 2, 3], A x = [8, 18, 19]
        let lower = cholesky(vec![4.0, 2.0, 0.0, 2.0, 5.0, 2.0, 0.0, 2.0, 5.0], 3).unwrap();
        let x = solve(&lower, &[8.0, 18.0, 19.0]);
        for (got, want) in x.iter().zip([1.0, 2.0, 3.0]) {
            assert!((got - want).abs() < 1e-14);
        }
        assert!(cholesky(vec![1.0, 2.0, 2.0, 1.0], 2).is_none());
        // The adjugate over the determinant: det A = 64.
        let want = [21.0, -10.0, 4.0, -10.0, 20.0, -8.0, 4.0, -8.0, 16.0].map(|v| v / 64.0);
        for (got, want) in inverse(&lower, 3).iter().zip(want) {
            assert!((got - want).abs() < 1e-15, "{got} {want}");
        }
    }

    #[test]
    fn dot_counts_every_element() {
        let a: Vec<f64> = (1..=11).map(f64::from).collect();
        assert_eq!(dot(&a, &a), 506.0);
    }
}
