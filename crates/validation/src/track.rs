//! Net returns beside what they are regressed on: all that a test of returns reads, however they were earned.

use proofmark_stats::active::active_return;
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Date;

use crate::{ActiveSpan, Books, Candidate, ValidationError};

/// Net returns of a candidate on a list of dates, with those of its null books and benchmark on the same.
#[derive(Debug, Clone)]
pub struct Track<'a> {
    /// Dates of the returns, ascending.
    pub dates: &'a [Date],
    /// Net returns a period, fractions.
    pub net: &'a [f64],
    /// What the candidate is regressed on, by name, each as long as `net`.
    pub factors: Vec<(&'a str, &'a [f64])>,
    /// Periods from entry to exit of a decision: the least lag of every robust error.
    pub horizon: usize,
    /// Periods a year, for annualising.
    pub periods_per_year: f64,
}

impl<'a> Track<'a> {
    /// The returns of a candidate's books.
    pub fn of(candidate: &Candidate<'_>, books: &'a Books) -> Self {
        Self {
            dates: books.dates(),
            net: books.net(),
            factors: books.factors(),
            horizon: candidate.horizon,
            periods_per_year: candidate.periods_per_year,
        }
    }

    /// Regresses the net returns on the factors.
    ///
    /// # Errors
    /// [`ValidationError::Regression`] when there are too few periods or a return is not finite.
    pub fn active(&self) -> Result<ActiveSpan, ValidationError> {
        let fit = active_return(self.net, &self.factors, newey_west_lag(self.net.len(), self.horizon))?;
        Ok(ActiveSpan { dates: self.dates.to_vec(), fit })
    }
}
