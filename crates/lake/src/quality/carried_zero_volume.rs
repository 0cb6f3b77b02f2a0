//! Rule `carried_zero_volume`.

use proofmark_market::BarRow;

use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct CarriedZeroVolume;

impl Rule for CarriedZeroVolume {
    fn id(&self) -> &'static str {
        "carried_zero_volume"
    }
    fn doc(&self) -> &'static str {
        "Nothing traded and all four prices equal the close before: a carried price, dropped. Symbols that never show a volume are left alone."
    }
    fn severity(&self) -> Severity {
        Severity::Warning
    }
    fn action(&self) -> Action {
        Action::DropRow
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        if !rows.iter().any(|bar| bar.volume > 0.0) {
            return Vec::new();
        }
        let carried = (1..rows.len()).filter(|row| {
            let (before, bar) = (rows[row - 1].close, &rows[*row]);
            bar.volume == 0.0 && [bar.open, bar.high, bar.low, bar.close].iter().all(|price| *price == before)
        });
        let detail = |row: usize| format!("volume 0, all prices {}", rows[row].close);
        carried.map(|row| Finding { row, date: rows[row].date, detail: detail(row) }).collect()
    }
}
