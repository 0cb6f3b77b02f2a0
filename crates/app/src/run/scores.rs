//! A model's scores over a span, on the panel's grid.

use proofmark_models::Matrix;
use proofmark_training::Dataset;
use proofmark_units::DateSpan;

use crate::error::{AppError, Result};

/// What `model` predicts for the rows of `span`, time-major as the panel, NaN elsewhere.
///
/// For models that were trained before the span: shocks, the hold-out, canaries. The walk-forward is scored through the
/// trial log.
pub(crate) fn score(
    dataset: &Dataset,
    span: DateSpan,
    model: impl FnOnce(&Matrix<'_>) -> Result<Vec<f64>>,
) -> Result<Vec<f64>> {
    let rows = dataset.rows_in(span);
    let columns: Vec<&[f64]> =
        (0..dataset.feature_names().len()).map(|j| &dataset.column(j)[rows.clone()]).collect();
    let x = Matrix::from_columns(&columns)
        .map_err(|e| AppError::bug("feature columns differ in length").because(e))?;
    let width = dataset.symbols().len();
    let mut grid = vec![f64::NAN; dataset.dates().len() * width];
    for (row, value) in rows.zip(model(&x)?) {
        grid[dataset.sessions()[row] as usize * width + dataset.symbol_indices()[row] as usize] = value;
    }
    Ok(grid)
}
