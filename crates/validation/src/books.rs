//! The candidate's book beside its null books and benchmark, over one span, by the same engine.

use proofmark_execution::book::{Book, BookConfig, BookError, run_book, run_null_books};
use proofmark_execution::costs::CostSchedule;
use proofmark_market::{Bars, Panel};
use proofmark_stats::bootstrap::BootstrapError;
use proofmark_stats::rank::GridShapeError;
use proofmark_stats::regression::RegressionError;
use proofmark_units::{Date, DateSpan};

use crate::benchmark_returns;

/// A candidate's decisions over a span, with everything needed to turn them into money.
#[derive(Debug, Clone, Copy)]
pub struct Candidate<'a> {
    /// Bars, ending where the span ends at the latest: nothing sealed is in here.
    pub panel: &'a Panel,
    /// Scores on the panel's grid, NaN where there is none.
    pub scores: &'a [f64],
    /// First and last decision date.
    pub span: DateSpan,
    /// How scores become positions.
    pub config: &'a BookConfig,
    /// What trading costs.
    pub costs: &'a CostSchedule,
    /// Benchmark index with the dividend yield to add (fractions a year), if the pipeline names one.
    pub benchmark: Option<(&'a Bars, &'a [(Date, f64)])>,
    /// Sessions from entry to exit of a label: the least lag of every robust error.
    pub horizon: usize,
    /// Sessions a year, for annualising.
    pub periods_per_year: f64,
}

/// Validation could not be done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ValidationError {
    /// A book could not be run.
    #[error("failed to run the book `{book}`")]
    Book {
        /// Which book.
        book: String,
        /// Why.
        #[source]
        source: BookError,
    },
    /// A regression could not be run.
    #[error("failed to regress the candidate on its null books")]
    Regression(#[from] RegressionError),
    /// A bootstrap could not be run.
    #[error("failed to resample")]
    Bootstrap(#[from] BootstrapError),
    /// Grids do not match.
    #[error("scores and outcomes do not lie on the same grid")]
    Grid(#[from] GridShapeError),
}

/// Books of one span on one list of dates.
#[derive(Debug, Clone, PartialEq)]
pub struct Books {
    /// The candidate's.
    pub candidate: Book,
    /// The null books, by name.
    pub nulls: Vec<(String, Book)>,
    /// The benchmark's total return a date, if there is one.
    pub benchmark: Option<Vec<f64>>,
    /// Dates on which the benchmark had no bar.
    pub benchmark_missing: usize,
}

/// Runs the candidate and its null books at `multiplier` times the declared costs.
///
/// # Errors
/// [`ValidationError::Book`] naming the book.
pub fn run_books(candidate: &Candidate<'_>, multiplier: f64) -> Result<Books, ValidationError> {
    let costs = candidate.costs.scaled(multiplier);
    let Candidate { panel, scores, span, config, .. } = *candidate;
    let named = |book: &str| {
        let book = book.to_owned();
        move |source| ValidationError::Book { book, source }
    };
    let (book, nulls) = rayon::join(
        || run_book(panel, Some(scores), config, &costs, span).map_err(named("candidate")),
        || run_null_books(panel, config, &costs, span).map_err(named("null books")),
    );
    let (book, nulls) = (book?, nulls?);
    let benchmark = candidate.benchmark.map(|(index, income)| benchmark_returns(index, income, &book.dates));
    let (benchmark, benchmark_missing) =
        benchmark.map_or((None, 0), |(returns, missing)| (Some(returns), missing));
    let nulls = nulls.into_iter().map(|(name, book)| (name.to_owned(), book)).collect();
    Ok(Books { candidate: book, nulls, benchmark, benchmark_missing })
}

impl Books {
    /// The candidate's net returns, without the first date, which has none.
    pub fn net(&self) -> &[f64] {
        self.candidate.net_return.get(1..).unwrap_or_default()
    }

    /// The dates of [`Books::net`].
    pub fn dates(&self) -> &[Date] {
        self.candidate.dates.get(1..).unwrap_or_default()
    }

    /// What the candidate is regressed on: null books, then the benchmark.
    pub fn factors(&self) -> Vec<(&str, &[f64])> {
        let nulls = self
            .nulls
            .iter()
            .map(|(name, book)| (name.as_str(), book.net_return.get(1..).unwrap_or_default()));
        let benchmark =
            self.benchmark.iter().map(|returns| ("benchmark", returns.get(1..).unwrap_or_default()));
        nulls.chain(benchmark).collect()
    }
}
