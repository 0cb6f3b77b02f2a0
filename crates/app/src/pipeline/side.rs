//! The primary rule of a meta-label: an expression that takes a side.
//!
//! It becomes a column of the features that is missing where the rule takes no side, and a row without it is dropped, as for
//! any required feature. So training, books, canaries, stress and later data know the same decisions.

use proofmark_features::{OwnError, own_features};
use proofmark_labels::Side;

use crate::error::{AppError, Result};

/// Name of the column.
pub(crate) const NAME: &str = "side";

/// The expression of the column: that of the rule where it is above 0, else missing. The daily book holds nothing short, so
/// below 0 is no side.
///
/// # Errors
/// The rule is no expression, compares names (a date's rows would depend on each other's sides), or depends on every bar
/// since the first.
pub(crate) fn column(rule: &str) -> Result<String> {
    let refused = |error: OwnError| {
        AppError::input("pipeline key `label.side`")
            .hint("docs/EXPRESSIONS.md lists every operator with an example")
            .because(error)
    };
    let own = own_features(&[], &[(NAME, rule)], false).map_err(refused)?;
    if own.iter().any(|feature| feature.is_optional()) {
        return Err(AppError::input("pipeline key `label.side` compares names")
            .hint("the side of a name is its own: leave the `Cs...` operators to `features.expressions`"));
    }
    Ok(format!("If(({rule}) > 0, {rule}, 0 / 0)"))
}

/// The side of each cell by the column's grid.
pub(crate) fn of_grid(column: &[f64]) -> Vec<Option<Side>> {
    column.iter().map(|value| value.is_finite().then_some(Side::Long)).collect()
}
