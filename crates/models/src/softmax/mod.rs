//! Multinomial logistic regression on sparse rows, for inputs that are mostly zero, such as bags of words.

mod rows;
mod search;

use serde::{Deserialize, Serialize};

pub use self::rows::{SparseRows, SparseRowsError};
use self::search::{Minimum, minimise};
use crate::link::exp;

/// Settings of the multinomial logistic regression.
///
/// Minimises mean cross-entropy + l2 / 2 * |weights|^2; the intercepts are free. In the terms of scikit-learn
/// `C = 1 / (l2 * rows)`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SoftmaxRegression {
    /// Penalty, positive: without one, words that occur in one class alone have no finite weight.
    pub l2: f64,
}

/// A fitted multinomial logistic regression.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Softmax {
    /// One a class.
    intercepts: Vec<f64>,
    /// Column by column, one a class.
    weights: Vec<f64>,
    l2: f64,
    iterations: usize,
    gradient: f64,
}

/// A multinomial logistic regression could not be fitted.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SoftmaxError {
    /// There is no row or no column.
    #[error("cannot fit a model on {rows} rows of {columns} columns")]
    Empty {
        /// Rows given.
        rows: usize,
        /// Columns given.
        columns: usize,
    },
    /// Classes do not match the rows.
    #[error("{got} classes for {rows} rows")]
    LengthMismatch {
        /// Rows given.
        rows: usize,
        /// Classes given.
        got: usize,
    },
    /// A class is named that is not one of those counted.
    #[error("row {row} has class {class} of {classes}")]
    BadClass {
        /// Zero-based row.
        row: usize,
        /// Its class.
        class: usize,
        /// Number of classes.
        classes: usize,
    },
    /// A class has no row: its intercept would run away.
    #[error("class {class} has no row to learn from")]
    MissingClass {
        /// The class.
        class: usize,
    },
    /// The penalty is not a positive number.
    #[error("`l2` is {0}, it must be more than 0")]
    BadPenalty(f64),
    /// The search did not reach its tolerance.
    #[error("no convergence in {iterations} iterations, largest gradient {gradient:e}")]
    NotConverged {
        /// Iterations done.
        iterations: usize,
        /// Largest absolute gradient at the end.
        gradient: f64,
    },
}

impl SoftmaxRegression {
    /// Fits P(class | row).
    ///
    /// - `x`: one row a sample.
    /// - `class`: one a row, below `classes`; every class needs a row.
    ///
    /// # Errors
    /// [`SoftmaxError`]: bad shapes or penalty, a class without rows, no convergence.
    pub fn fit(&self, x: &SparseRows, class: &[usize], classes: usize) -> Result<Softmax, SoftmaxError> {
        if x.rows() == 0 || x.width() == 0 {
            return Err(SoftmaxError::Empty { rows: x.rows(), columns: x.width() });
        }
        if class.len() != x.rows() {
            return Err(SoftmaxError::LengthMismatch { rows: x.rows(), got: class.len() });
        }
        if !(self.l2.is_finite() && self.l2 > 0.0) {
            return Err(SoftmaxError::BadPenalty(self.l2));
        }
        let mut counts = vec![0_usize; classes];
        for (row, &c) in class.iter().enumerate() {
            *counts.get_mut(c).ok_or(SoftmaxError::BadClass { row, class: c, classes })? += 1;
        }
        if let Some(missing) = counts.iter().position(|count| *count == 0) {
            return Err(SoftmaxError::MissingClass { class: missing });
        }
        // Intercepts first, then the weights column by column.
        let mut start = vec![0.0; classes * (x.width() + 1)];
        for (intercept, count) in start.iter_mut().zip(&counts) {
            *intercept = (*count as f64 / x.rows() as f64).ln();
        }
        let loss = Loss { x, class, classes, l2: self.l2 };
        let Minimum { mut at, iterations, gradient } = minimise(start, |at, slope| loss.at(at, slope))
            .map_err(|(iterations, gradient)| SoftmaxError::NotConverged { iterations, gradient })?;
        let weights = at.split_off(classes);
        Ok(Softmax { intercepts: at, weights, l2: self.l2, iterations, gradient })
    }
}

/// Penalised mean cross-entropy and its gradient.
struct Loss<'a> {
    x: &'a SparseRows,
    class: &'a [usize],
    classes: usize,
    l2: f64,
}

impl Loss<'_> {
    fn at(&self, at: &[f64], slope: &mut [f64]) -> f64 {
        let k = self.classes;
        let (intercepts, weights) = at.split_at(k);
        slope.fill(0.0);
        let mut scores = vec![0.0; k];
        let mut loss = 0.0;
        let share = 1.0 / self.x.rows() as f64;
        for (row, &class) in self.class.iter().enumerate() {
            log_odds(intercepts, weights, self.x.row(row), &mut scores);
            loss += to_probabilities(&mut scores, class) * share;
            scores[class] -= 1.0;
            for (s, residual) in slope[..k].iter_mut().zip(&scores) {
                *s += residual * share;
            }
            for (column, value) in self.x.row(row) {
                let from = k * (column + 1);
                for (s, residual) in slope[from..from + k].iter_mut().zip(&scores) {
                    *s += residual * value * share;
                }
            }
        }
        let mut squares = 0.0;
        for (s, w) in slope[k..].iter_mut().zip(weights) {
            *s += self.l2 * w;
            squares += w * w;
        }
        loss + 0.5 * self.l2 * squares
    }
}

fn log_odds(
    intercepts: &[f64],
    weights: &[f64],
    row: impl Iterator<Item = (usize, f64)>,
    scores: &mut [f64],
) {
    let k = intercepts.len();
    scores.copy_from_slice(intercepts);
    for (column, value) in row {
        for (score, weight) in scores.iter_mut().zip(&weights[column * k..(column + 1) * k]) {
            *score += value * weight;
        }
    }
}

/// Turns log-odds into probabilities; returns the cross-entropy of `class`.
fn to_probabilities(scores: &mut [f64], class: usize) -> f64 {
    let top = scores.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = scores[class] - top;
    let mut sum = 0.0;
    for score in scores.iter_mut() {
        *score = exp((*score - top).max(-700.0));
        sum += *score;
    }
    for score in scores.iter_mut() {
        *score /= sum;
    }
    sum.ln() - own
}

impl Softmax {
    /// Number of classes.
    pub const fn classes(&self) -> usize {
        self.intercepts.len()
    }

    /// Number of input columns.
    pub fn width(&self) -> usize {
        self.weights.len() / self.classes().max(1)
    }

    /// Probability of each class, length [`classes`](Self::classes), summing to 1. `row` holds column and value;
    /// columns beyond [`width`](Self::width) are ignored, since nothing was learnt about them.
    pub fn predict(&self, row: &[(usize, f64)]) -> Vec<f64> {
        let mut scores = vec![0.0; self.classes()];
        let known = row.iter().copied().filter(|(column, _)| *column < self.width());
        log_odds(&self.intercepts, &self.weights, known, &mut scores);
        to_probabilities(&mut scores, 0);
        scores
    }

    /// What the fitted model is, read back from its own numbers.
    pub fn effective_parameters(&self) -> serde_json::Value {
        serde_json::json!({
            "classes": self.classes(),
            "columns": self.width(),
            "weights_nonzero": self.weights.iter().filter(|w| **w != 0.0).count(),
            "l2": self.l2,
            "iterations": self.iterations,
            "largest_gradient": self.gradient,
        })
    }

    /// What is inconsistent in a model that was read, if anything.
    pub fn defect(&self) -> Option<String> {
        let k = self.classes();
        if k < 2 || self.weights.is_empty() || !self.weights.len().is_multiple_of(k) {
            return Some("intercepts and weights differ in number".to_owned());
        }
        let finite = self.intercepts.iter().chain(&self.weights).all(|w| w.is_finite());
        (!finite).then(|| "a weight is not a number".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rows(width: usize, rows: &[&[(u32, f64)]]) -> SparseRows {
        let mut x = SparseRows::new(width);
        for row in rows {
            x.push(row).unwrap();
        }
        x
    }

    /// One column, two classes: at the minimum the slope of the penalised loss vanishes, which a reader can check.
    #[test]
    fn two_words_by_hand() {
        let x = rows(1, &[&[(0, 1.0)], &[]]);
        let fitted = SoftmaxRegression { l2: 0.1 }.fit(&x, &[0, 1], 2).unwrap();
        let [with, without] = [&[(0, 1.0)][..], &[]].map(|row| fitted.predict(row)[0]);
        // d/dw0 = (p(0|row 0) - 1) / 2 + 0.1 w0 = 0 and the free intercept gives p(0|row 0) + p(0|row 1) = 1.
        let w0 = fitted.weights[0];
        assert!(((with - 1.0) / 2.0 + 0.1 * w0).abs() < 1e-6);
        assert!((with + without - 1.0).abs() < 1e-6);
        assert!((fitted.weights[0] + fitted.weights[1]).abs() < 1e-9, "classes mirror each other");
    }

    #[test]
    fn wrong_shapes_are_refused() {
        let x = rows(2, &[&[(0, 1.0)], &[(1, 1.0)]]);
        let fit = |l2, class: &[usize], k| SoftmaxRegression { l2 }.fit(&x, class, k).unwrap_err();
        assert_eq!(fit(0.1, &[0], 2), SoftmaxError::LengthMismatch { rows: 2, got: 1 });
        assert_eq!(fit(0.1, &[0, 2], 2), SoftmaxError::BadClass { row: 1, class: 2, classes: 2 });
        assert_eq!(fit(0.1, &[0, 0], 2), SoftmaxError::MissingClass { class: 1 });
        assert_eq!(fit(0.0, &[0, 1], 2), SoftmaxError::BadPenalty(0.0));
        let none = SoftmaxRegression { l2: 0.1 }.fit(&SparseRows::new(3), &[], 2);
        assert_eq!(none.unwrap_err(), SoftmaxError::Empty { rows: 0, columns: 3 });
    }

    proptest! {
        #[test]
        fn probabilities_sum_to_one_and_the_same_rows_give_the_same_bits(
            data in prop::collection::vec((prop::collection::btree_map(0_u32..6, -2.0..2.0_f64, 0..5), 0_usize..3), 9..40)
        ) {
            let mut x = SparseRows::new(6);
            for (row, _) in &data {
                let row: Vec<(u32, f64)> = row.iter().map(|(c, v)| (*c, *v)).collect();
                x.push(&row).unwrap();
            }
            let class: Vec<usize> = data.iter().map(|(_, class)| *class).collect();
            let settings = SoftmaxRegression { l2: 0.01 };
            if let Ok(fitted) = settings.fit(&x, &class, 3) {
                prop_assert_eq!(&fitted, &settings.fit(&x, &class, 3).unwrap());
                prop_assert!(fitted.gradient <= search::GRADIENT_MAX);
                let sum: f64 = fitted.predict(&[(0, 1.0), (99, 1.0)]).iter().sum();
                prop_assert!((sum - 1.0).abs() < 1e-12);
            } else {
                prop_assert!((0..3).any(|c| !class.contains(&c)), "only a missing class may fail");
            }
        }
    }
}
