//! Active return: what a candidate adds to books that hold the same things without a model.

use rayon::prelude::*;
use serde::Serialize;

use crate::performance::{annualised, sharpe_per_period};
use crate::regression::{RegressionError, ols_hac, ols_slopes};

/// Exposure of the candidate to one book.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BookBeta {
    /// Name of the book.
    pub name: String,
    /// Regression slope; `None` when the book is a linear combination of the earlier ones.
    pub beta: Option<f64>,
    /// Newey-West t of the slope.
    pub t: Option<f64>,
}

/// A candidate's active return over its books.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ActiveReturn {
    /// Intercept plus residual per period, a fraction; its mean is `alpha_per_period`.
    pub series: Vec<f64>,
    /// Regression intercept per period, a fraction.
    pub alpha_per_period: f64,
    /// Newey-West standard error of the intercept; 0 when the books explain the candidate exactly.
    pub std_error: f64,
    /// Newey-West t of the intercept; `None` when the books explain the candidate exactly.
    pub t_hac: Option<f64>,
    /// Probability of such a t or a larger one at a true intercept of 0, Student t.
    pub p_one_sided: Option<f64>,
    /// Exposures in the order of the books.
    pub betas: Vec<BookBeta>,
    /// Share of the candidate's variance that the books explain; `None` for a constant candidate.
    pub r2: Option<f64>,
    /// Lag of the Bartlett kernel.
    pub lag: usize,
    /// Observations minus parameters kept.
    pub degrees_of_freedom: usize,
}

/// The active return of `candidate` over named `books`, all net returns per period of the same periods.
///
/// Jensen (1968), Journal of Finance 23(2), 389-416, equation 8, with several books. Choose `lag` at or above the
/// label horizon ([`crate::regression::newey_west_lag`]). Without books the series is the candidate itself.
///
/// # Errors
/// As [`ols_hac`].
pub fn active_return(
    candidate: &[f64],
    books: &[(&str, &[f64])],
    lag: usize,
) -> Result<ActiveReturn, RegressionError> {
    let columns: Vec<&[f64]> = books.iter().map(|(_, returns)| *returns).collect();
    let fit = ols_hac(candidate, &columns, lag)?;
    let alpha = fit.intercept.estimate;
    Ok(ActiveReturn {
        series: fit.residuals.iter().map(|e| alpha + e).collect(),
        alpha_per_period: alpha,
        std_error: fit.intercept.std_error,
        t_hac: fit.intercept.t,
        p_one_sided: fit.intercept_p_one_sided(),
        betas: books
            .iter()
            .zip(&fit.slopes)
            .map(|((name, _), slope)| BookBeta {
                name: (*name).to_owned(),
                beta: slope.as_ref().map(|s| s.estimate),
                t: slope.as_ref().and_then(|s| s.t),
            })
            .collect(),
        r2: fit.r2,
        lag: fit.lag,
        degrees_of_freedom: fit.degrees_of_freedom,
    })
}

/// Annualised mean over standard deviation of an active return series; `None` as for [`sharpe_per_period`].
///
/// Treynor & Black (1973), Journal of Business 46(1), 66-86.
pub fn appraisal_ratio(series: &[f64], periods_per_year: f64) -> Option<f64> {
    sharpe_per_period(series).map(|s| annualised(s, periods_per_year))
}

/// Exposures over one window.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowBetas {
    /// Index of the last period inside the window.
    pub end: usize,
    /// Slope per book, in order; `None` where the book adds nothing to the earlier ones inside this window.
    pub betas: Vec<Option<f64>>,
}

/// Regression slopes on the books over every window of `window` periods, the last period of the window first known.
///
/// # Errors
/// As [`ols_hac`]; a window not above the number of books + 1, or longer than the series, is `TooFew`.
pub fn rolling_betas(
    candidate: &[f64],
    books: &[(&str, &[f64])],
    window: usize,
) -> Result<Vec<WindowBetas>, RegressionError> {
    let n = candidate.len();
    for (column, (_, returns)) in books.iter().enumerate() {
        if returns.len() != n {
            return Err(RegressionError::Length { column, expected: n, found: returns.len() });
        }
    }
    if window > n || window == 0 {
        return Err(RegressionError::TooFew { n: window.min(n), parameters: books.len() + 1 });
    }
    (window - 1..n)
        .into_par_iter()
        .map(|end| {
            let inside = end + 1 - window..end + 1;
            let columns: Vec<&[f64]> = books.iter().map(|(_, returns)| &returns[inside.clone()]).collect();
            ols_slopes(&candidate[inside.clone()], &columns).map(|betas| WindowBetas { end, betas })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wave(n: usize, step: f64) -> Vec<f64> {
        (0..n).map(|i| 0.01 * (i as f64 * step).sin()).collect()
    }

    #[test]
    fn exposure_is_taken_out_and_alpha_kept() {
        let (book, other) = (wave(600, 0.37), wave(600, 1.91));
        let noise = wave(600, 2.63);
        let candidate: Vec<f64> =
            (0..600).map(|i| 0.0004 + 1.3 * book[i] - 0.4 * other[i] + 0.1 * noise[i]).collect();
        let active = active_return(&candidate, &[("all", &book), ("index", &other)], 5).unwrap();
        assert!((active.alpha_per_period - 0.0004).abs() < 2e-5);
        assert!((active.betas[0].beta.unwrap() - 1.3).abs() < 0.01);
        assert!((active.betas[1].beta.unwrap() + 0.4).abs() < 0.01);
        let mean = crate::moments::mean(&active.series).unwrap();
        assert!((mean - active.alpha_per_period).abs() < 1e-15);
        assert!(active.p_one_sided.unwrap() < 1e-6);
        let rolling = rolling_betas(&candidate, &[("all", &book), ("index", &other)], 100).unwrap();
        assert_eq!((rolling.len(), rolling[0].end, rolling[500].end), (501, 99, 599));
        assert!(rolling.iter().all(|w| (w.betas[0].unwrap() - 1.3).abs() < 0.05));
    }

    #[test]
    fn a_candidate_that_is_its_book_has_nothing_active() {
        let book = wave(300, 0.37);
        let scaled: Vec<f64> = book.iter().map(|r| 1.3 * r).collect();
        let active = active_return(&scaled, &[("all", &book), ("again", &book)], 5).unwrap();
        assert!(active.series.iter().all(|r| *r == 0.0));
        assert_eq!(active.betas[1].beta, None);
        assert_eq!(appraisal_ratio(&active.series, 252.0), None);
    }

    #[test]
    fn without_books_the_candidate_is_its_own_active_return() {
        let candidate = wave(50, 0.7);
        let active = active_return(&candidate, &[], 2).unwrap();
        assert!(active.series.iter().zip(&candidate).all(|(a, b)| (a - b).abs() < 1e-16));
        assert!(rolling_betas(&candidate, &[], 51).is_err());
    }
}
