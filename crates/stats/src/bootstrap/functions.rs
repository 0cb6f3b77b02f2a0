//! Measures of one series as functions of means.

use super::smooth::FunctionOfMeans;

/// The mean of one column.
pub(super) struct Mean;

impl FunctionOfMeans for Mean {
    fn columns(&self) -> usize {
        1
    }

    fn at(&self, means: &[f64], gradient: &mut [f64]) -> Option<f64> {
        gradient[0] = 1.0;
        Some(means[0])
    }
}

/// Mean over population standard deviation from z and z^2 - 1, z standardised on the data, whose ratio is `level`.
pub(super) struct Ratio {
    /// Mean over population standard deviation of the data.
    pub(super) level: f64,
}

impl FunctionOfMeans for Ratio {
    fn columns(&self) -> usize {
        2
    }

    fn at(&self, means: &[f64], gradient: &mut [f64]) -> Option<f64> {
        let (mean, square) = (means[0], means[1]);
        let variance = 1.0 + square - mean * mean;
        if variance.is_nan() || variance <= 0.0 {
            return None;
        }
        let sd = variance.sqrt();
        let level = self.level + mean;
        gradient[0] = 1.0 / sd + level * mean / (sd * variance);
        gradient[1] = -level / (2.0 * sd * variance);
        Some(level / sd)
    }
}

/// Mean excess over the root of the mean squared shortfall.
pub(super) struct Downside;

impl FunctionOfMeans for Downside {
    fn columns(&self) -> usize {
        2
    }

    fn at(&self, means: &[f64], gradient: &mut [f64]) -> Option<f64> {
        let (excess, below) = (means[0], means[1]);
        let root = below.sqrt();
        // Prefix sums leave rounding of order 1e-13 where no shortfall was drawn.
        if root.is_nan() || root <= 1e-6 {
            return None;
        }
        gradient[0] = 1.0 / root;
        gradient[1] = -excess / (2.0 * below * root);
        Some(excess / root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gradients_are_the_slopes_of_the_values() {
        fn check(measure: &impl FunctionOfMeans, means: &[f64]) {
            let mut gradient = vec![0.0; means.len()];
            measure.at(means, &mut gradient).unwrap();
            for (j, slope) in gradient.iter().enumerate() {
                let moved = |step: f64| {
                    let mut means = means.to_vec();
                    means[j] += step;
                    measure.at(&means, &mut vec![0.0; means.len()]).unwrap()
                };
                assert!(((moved(1e-6) - moved(-1e-6)) / 2e-6 - slope).abs() < 1e-7, "{j}");
            }
        }
        check(&Mean, &[0.3]);
        check(&Ratio { level: 0.2 }, &[0.05, -0.1]);
        check(&Downside, &[0.05, 0.4]);
        assert_eq!(Ratio { level: 0.2 }.at(&[0.0, -1.0], &mut [0.0; 2]), None);
        assert_eq!(Downside.at(&[0.1, 1e-14], &mut [0.0; 2]), None);
    }
}
