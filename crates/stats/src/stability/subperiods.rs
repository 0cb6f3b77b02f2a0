//! A result by subperiod or regime.

use serde::Serialize;

use crate::bootstrap::BootstrapError;
use crate::moments::mean;
use crate::performance::sharpe_per_period;

/// The fewest rows of a subperiod that count for its Sharpe ratio.
pub(super) const MIN_ROWS: usize = 5;

/// One subperiod or regime.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subperiod<L> {
    /// Label of the rows, such as a year or a regime.
    pub label: L,
    /// Rows.
    pub n: usize,
    /// Mean return per period.
    pub mean: f64,
    /// Per-period Sharpe ratio; `None` below five rows or without spread.
    pub sharpe: Option<f64>,
}

/// Why stability could not be judged.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StabilityError {
    /// Returns and labels differ in number.
    #[error("{returns} returns have {labels} labels")]
    Labels {
        /// Returns given.
        returns: usize,
        /// Labels given.
        labels: usize,
    },
    /// A return is NaN or infinite.
    #[error("the return at row {row} is not finite")]
    NotFinite {
        /// Row of the return.
        row: usize,
    },
    /// Fewer than two subperiods have a Sharpe ratio.
    #[error("stability needs two subperiods of at least {MIN_ROWS} rows with spread, {0} found")]
    Subperiods(usize),
    /// The series could not be resampled.
    #[error("the returns cannot be resampled")]
    Bootstrap(#[from] BootstrapError),
}

/// Returns by label, ascending; labels may be scattered (regimes) or contiguous (years).
///
/// # Errors
/// Another number of labels than returns, or a return that is not finite.
pub fn subperiods<L: Ord + Clone>(
    returns: &[f64],
    labels: &[L],
) -> Result<Vec<Subperiod<L>>, StabilityError> {
    Ok(grouped(returns, labels)?
        .into_iter()
        .map(|(label, rows)| Subperiod {
            label: label.clone(),
            n: rows.len(),
            mean: mean(&rows).unwrap_or(0.0),
            sharpe: if rows.len() < MIN_ROWS { None } else { sharpe_per_period(&rows) },
        })
        .collect())
}

/// Returns by label, ascending, in time order within.
pub(super) fn grouped<'a, L: Ord>(
    returns: &[f64],
    labels: &'a [L],
) -> Result<Vec<(&'a L, Vec<f64>)>, StabilityError> {
    if returns.len() != labels.len() {
        return Err(StabilityError::Labels { returns: returns.len(), labels: labels.len() });
    }
    if let Some(row) = returns.iter().position(|r| !r.is_finite()) {
        return Err(StabilityError::NotFinite { row });
    }
    let mut groups = std::collections::BTreeMap::<&L, Vec<f64>>::new();
    for (label, value) in labels.iter().zip(returns) {
        groups.entry(label).or_default().push(*value);
    }
    Ok(groups.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_by_label() {
        let labels = ["calm", "wild", "calm", "calm", "wild", "calm", "calm"];
        let table = subperiods(&[1.0, 9.0, 3.0, 2.0, 7.0, 2.0, 2.0], &labels).unwrap();
        assert_eq!((table[0].label, table[0].n, table[0].mean), ("calm", 5, 2.0));
        assert!((table[0].sharpe.unwrap() - 2.0 / 0.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!((table[1].label, table[1].n, table[1].mean, table[1].sharpe), ("wild", 2, 8.0, None));
        assert!(matches!(subperiods(&[1.0], &[1, 2]), Err(StabilityError::Labels { .. })));
        assert!(matches!(subperiods(&[f64::NAN], &[1]), Err(StabilityError::NotFinite { row: 0 })));
    }
}
