//! Rule `negative_volume`.

use proofmark_market::BarRow;

use super::each_row;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct NegativeVolume;

impl Rule for NegativeVolume {
    fn id(&self) -> &'static str {
        "negative_volume"
    }
    fn doc(&self) -> &'static str {
        "Volume is negative or infinite; the row is dropped."
    }
    fn severity(&self) -> Severity {
        Severity::Error
    }
    fn action(&self) -> Action {
        Action::DropRow
    }

    fn check(&self, rows: &[BarRow], _: &Context<'_>) -> Vec<Finding> {
        each_row(rows, |bar| {
            (bar.volume < 0.0 || bar.volume.is_infinite()).then(|| format!("volume is {}", bar.volume))
        })
    }
}
