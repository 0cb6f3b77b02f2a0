//! Rule `wild_intraday_price`.

use proofmark_market::BarRow;

use super::jumps::is_jump;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct WildIntradayPrice;

impl Rule for WildIntradayPrice {
    fn id(&self) -> &'static str {
        "wild_intraday_price"
    }
    fn doc(&self) -> &'static str {
        "Open, high or low is a jump away from both the close before and the own close, beyond -35 % or +50 %; the row is dropped, since fills and stops would read it."
    }
    fn severity(&self) -> Severity {
        Severity::Warning
    }
    fn action(&self) -> Action {
        Action::DropRow
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for row in 1..rows.len() {
            let (before, bar) = (rows[row - 1].close, &rows[row]);
            let prices = [("open", bar.open), ("high", bar.high), ("low", bar.low)];
            let wild = prices.iter().find(|(_, price)| is_jump(before, *price) && is_jump(bar.close, *price));
            if let Some((name, price)) = wild {
                let detail = format!("{name} {price} between closes {before} and {}", bar.close);
                findings.push(Finding { row, date: bar.date, detail });
            }
        }
        findings
    }
}
