//! Exact bounds for a share that was counted.

use statrs::distribution::{Beta, ContinuousCDF as _};

/// Upper bound of the true share behind `k` of `n`: the share at which `k` or fewer would be seen with probability
/// `1 - level`. Clopper & Pearson (1934), Biometrika 26, one-sided. `None` for `n = 0`, `k > n` or a level outside 0 to 1.
pub fn upper_bound(k: u64, n: u64, level: f64) -> Option<f64> {
    if !valid(k, n, level) {
        return None;
    }
    if k == n {
        return Some(1.0);
    }
    if k == 0 {
        return Some(1.0 - (1.0 - level).powf(1.0 / n as f64));
    }
    Some(Beta::new(k as f64 + 1.0, (n - k) as f64).ok()?.inverse_cdf(level))
}

/// Lower bound of the true share behind `k` of `n`, one-sided, as [`upper_bound`].
pub fn lower_bound(k: u64, n: u64, level: f64) -> Option<f64> {
    valid(k, n, level).then(|| upper_bound(n - k, n, level)).flatten().map(|u| 1.0 - u)
}

fn valid(k: u64, n: u64, level: f64) -> bool {
    n > 0 && k <= n && level > 0.0 && level < 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_of_the_certification_rules() {
        // 0 of 300 and 4 of 1,000 are the counts whose one-sided 95 % bound is at most 1 %.
        assert!((upper_bound(0, 300, 0.95).unwrap() - 0.009_936).abs() < 1e-6);
        assert!(upper_bound(4, 1_000, 0.95).unwrap() <= 0.01 && upper_bound(5, 1_000, 0.95).unwrap() > 0.01);
        // Clopper & Pearson's classic case: 10 of 20 at two-sided 95 % is 0.272 to 0.728.
        assert!((upper_bound(10, 20, 0.975).unwrap() - 0.7280).abs() < 1e-4);
        assert!((lower_bound(10, 20, 0.975).unwrap() - 0.2720).abs() < 1e-4);
        assert_eq!((lower_bound(0, 5, 0.95), upper_bound(5, 5, 0.95)), (Some(0.0), Some(1.0)));
        assert_eq!(
            (upper_bound(1, 0, 0.95), upper_bound(3, 2, 0.95), upper_bound(1, 2, 1.0)),
            (None, None, None)
        );
    }
}
