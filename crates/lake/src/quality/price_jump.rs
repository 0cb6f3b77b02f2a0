//! Rule `price_jump`.

use proofmark_market::BarRow;

use super::jumps::{jumps, percent};
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct PriceJump;

impl Rule for PriceJump {
    fn id(&self) -> &'static str {
        "price_jump"
    }
    fn doc(&self) -> &'static str {
        "The close moves by less than -35 % or more than +50 % against the bar before and stays there: possibly a corporate action that nobody recorded."
    }
    fn severity(&self) -> Severity {
        Severity::Warning
    }
    fn action(&self) -> Action {
        Action::Flag
    }

    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding> {
        let finding = |(row, change): (usize, f64)| {
            let (before, bar) = (&rows[row - 1], &rows[row]);
            let change = percent(change);
            let detail = format!("close {} to {}, {change} since {}", before.close, bar.close, before.date);
            Finding { row, date: bar.date, detail }
        };
        jumps(rows, context).map(finding).collect()
    }
}
