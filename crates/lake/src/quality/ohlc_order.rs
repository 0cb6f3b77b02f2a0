//! Rule `ohlc_order`.

use proofmark_market::BarRow;

use super::each_row;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct OhlcOrder;

impl Rule for OhlcOrder {
    fn id(&self) -> &'static str {
        "ohlc_order"
    }
    fn doc(&self) -> &'static str {
        "Open or close lies outside low to high; the row is dropped."
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
            let BarRow { open, high, low, close, .. } = bar;
            let ordered = low <= open && low <= close && open <= high && close <= high;
            (!ordered).then(|| format!("open {open}, high {high}, low {low}, close {close}"))
        })
    }
}
