//! Returns over several sessions from those of one.

/// The compounded return of each cell over its own row and the `horizon - 1` after it; NaN where one of them has none.
pub(super) fn horizon_returns(next: &[f64], width: usize, horizon: usize) -> Vec<f64> {
    let compounded = |cell: usize| {
        let last = cell + (horizon - 1) * width;
        if last >= next.len() {
            return f64::NAN;
        }
        next[cell..=last].iter().step_by(width).fold(1.0, |wealth, r| wealth * (1.0 + r)) - 1.0
    };
    (0..next.len()).map(compounded).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compounded_by_hand() {
        let next = [0.1, 0.5, -0.5, f64::NAN, 0.2, 0.0];
        let two = horizon_returns(&next, 2, 2);
        assert!((two[0] - (1.1 * 0.5 - 1.0)).abs() < 1e-15 && (two[2] - (0.5 * 1.2 - 1.0)).abs() < 1e-15);
        assert!([1, 3, 4, 5].iter().all(|cell| two[*cell].is_nan()));
        assert_eq!(horizon_returns(&next[..3], 1, 1)[2], -0.5);
    }
}
