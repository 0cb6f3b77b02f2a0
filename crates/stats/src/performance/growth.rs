//! What returns add up to.

/// Value after each period of 1 invested before the first, as long as the returns.
pub fn wealth(returns: &[f64]) -> Vec<f64> {
    running(1.0, returns, |value, r| value * (1.0 + r))
}

/// Sum of the returns up to each period: what counts where they are not reinvested.
pub fn running_sum(returns: &[f64]) -> Vec<f64> {
    running(0.0, returns, |sum, r| sum + r)
}

fn running(start: f64, returns: &[f64], step: impl Fn(f64, f64) -> f64) -> Vec<f64> {
    let mut at = start;
    let next = |r: &f64| {
        at = step(at, *r);
        at
    };
    returns.iter().map(next).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_periods_by_hand() {
        assert_eq!(wealth(&[0.5, -0.5, 1.0]), [1.5, 0.75, 1.5]);
        assert_eq!(running_sum(&[0.5, -0.5, 1.0]), [0.5, 0.0, 1.0]);
        assert!(wealth(&[]).is_empty());
    }
}
