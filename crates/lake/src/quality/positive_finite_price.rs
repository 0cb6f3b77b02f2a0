//! Rule `positive_finite_price`.

use proofmark_market::BarRow;

use super::each_row;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct PositiveFinitePrice;

impl Rule for PositiveFinitePrice {
    fn id(&self) -> &'static str {
        "positive_finite_price"
    }
    fn doc(&self) -> &'static str {
        "A price is zero, negative, infinite or not a number; the row is dropped."
    }
    fn severity(&self) -> Severity {
        Severity::Error
    }
    fn action(&self) -> Action {
        Action::DropRow
    }
    fn is_structural(&self) -> bool {
        true
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        each_row(rows, |bar| {
            let prices = [("open", bar.open), ("high", bar.high), ("low", bar.low), ("close", bar.close)];
            let bad = prices.iter().find(|(_, price)| !(price.is_finite() && *price > 0.0));
            bad.map(|(name, price)| format!("{name} is {price}"))
        })
    }
}
