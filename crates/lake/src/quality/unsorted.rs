//! Rule `unsorted`.

use proofmark_market::BarRow;

use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct Unsorted;

impl Rule for Unsorted {
    fn id(&self) -> &'static str {
        "unsorted"
    }
    fn doc(&self) -> &'static str {
        "The row was delivered after a later one; rows are sorted by date."
    }
    fn severity(&self) -> Severity {
        Severity::Info
    }
    fn action(&self) -> Action {
        Action::Flag
    }

    fn reads_delivery_order(&self) -> bool {
        true
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        let late = (1..rows.len()).filter(|row| rows[*row].date < rows[row - 1].date);
        let detail = |row: usize| format!("delivered after {}", rows[row - 1].date);
        late.map(|row| Finding { row, date: rows[row].date, detail: detail(row) }).collect()
    }
}
