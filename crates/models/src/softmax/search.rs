//! Minimum of a smooth convex function with many parameters: limited-memory BFGS.
//!
//! Nocedal & Wright (2006), Numerical Optimization, algorithms 7.4 and 7.5, with a backtracking line search. Pairs without
//! positive curvature are left out, so the step is always one of descent.

use std::collections::VecDeque;

/// Largest absolute slope at which the search ends.
pub(super) const GRADIENT_MAX: f64 = 1e-7;
const ITERATIONS_MAX: usize = 2_000;
/// Pairs of steps and changes of slope that stand for the curvature.
const MEMORY: usize = 12;
/// Share of the decrease a straight line promises that a step must deliver.
const SUFFICIENT: f64 = 1e-4;

pub(super) struct Minimum {
    pub(super) at: Vec<f64>,
    pub(super) iterations: usize,
    pub(super) gradient: f64,
}

struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / (step . change)
    rho: f64,
}

/// Searches from `start`; `loss` writes the gradient into its second argument. The error holds iterations and gradient.
pub(super) fn minimise(
    start: Vec<f64>,
    loss: impl Fn(&[f64], &mut [f64]) -> f64,
) -> Result<Minimum, (usize, f64)> {
    let mut at = start;
    let mut slope = vec![0.0; at.len()];
    let mut value = loss(&at, &mut slope);
    let mut pairs: VecDeque<Pair> = VecDeque::with_capacity(MEMORY);
    for iterations in 0..ITERATIONS_MAX {
        let largest = slope.iter().fold(0.0_f64, |m, s| m.max(s.abs()));
        if largest <= GRADIENT_MAX {
            return Ok(Minimum { at, iterations, gradient: largest });
        }
        let direction = direction(&slope, &pairs);
        let promised = dot(&direction, &slope);
        let mut length = if pairs.is_empty() { 1.0 / dot(&slope, &slope).sqrt().max(1.0) } else { 1.0 };
        let mut next_slope = vec![0.0; at.len()];
        let (next, next_value) = loop {
            let next: Vec<f64> = at.iter().zip(&direction).map(|(a, d)| a + length * d).collect();
            let next_value = loss(&next, &mut next_slope);
            // Near the minimum the decrease is lost in rounding; a smaller slope is then progress enough.
            let flat = (next_value - value).abs() <= 1e-15 * value.abs()
                && dot(&next_slope, &next_slope) < dot(&slope, &slope);
            if next_value <= value + SUFFICIENT * length * promised || flat {
                break (next, next_value);
            }
            length *= 0.5;
            if length < 1e-20 {
                return Err((iterations, largest));
            }
        };
        let step: Vec<f64> = next.iter().zip(&at).map(|(n, a)| n - a).collect();
        let change: Vec<f64> = next_slope.iter().zip(&slope).map(|(n, s)| n - s).collect();
        let curvature = dot(&step, &change);
        if curvature > 1e-300 {
            if pairs.len() == MEMORY {
                pairs.pop_front();
            }
            pairs.push_back(Pair { step, change, rho: 1.0 / curvature });
        }
        (at, slope, value) = (next, next_slope, next_value);
    }
    Err((ITERATIONS_MAX, slope.iter().fold(0.0_f64, |m, s| m.max(s.abs()))))
}

/// The two-loop recursion: minus the approximate inverse Hessian times the slope.
fn direction(slope: &[f64], pairs: &VecDeque<Pair>) -> Vec<f64> {
    let mut q: Vec<f64> = slope.iter().map(|s| -s).collect();
    let mut alphas = Vec::with_capacity(pairs.len());
    for pair in pairs.iter().rev() {
        let alpha = pair.rho * dot(&pair.step, &q);
        add(&mut q, -alpha, &pair.change);
        alphas.push(alpha);
    }
    if let Some(last) = pairs.back() {
        let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
        q.iter_mut().for_each(|v| *v *= scale);
    }
    for (pair, alpha) in pairs.iter().zip(alphas.into_iter().rev()) {
        let beta = pair.rho * dot(&pair.change, &q);
        add(&mut q, alpha - beta, &pair.step);
    }
    q
}

fn add(to: &mut [f64], factor: f64, what: &[f64]) {
    to.iter_mut().zip(what).for_each(|(t, w)| *t += factor * w);
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_valley_is_followed_to_its_end() {
        // (x - 3)^2 + 100 (y + 1)^2
        let found = minimise(vec![0.0, 0.0], |at, slope| {
            slope[0] = 2.0 * (at[0] - 3.0);
            slope[1] = 200.0 * (at[1] + 1.0);
            (at[0] - 3.0).powi(2) + 100.0 * (at[1] + 1.0).powi(2)
        })
        .unwrap();
        assert!((found.at[0] - 3.0).abs() < 1e-6 && (found.at[1] + 1.0).abs() < 1e-8);
        assert!(found.iterations < 50);
    }
}
