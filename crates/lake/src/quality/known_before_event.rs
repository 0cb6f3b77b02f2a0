//! Rule `known_before_event`.

use proofmark_market::BarRow;

use super::each_row;
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct KnownBeforeEvent;

impl Rule for KnownBeforeEvent {
    fn id(&self) -> &'static str {
        "known_before_event"
    }
    fn doc(&self) -> &'static str {
        "The bar claims to be known before its session ended; it is dropped."
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
            (bar.known_at < bar.event_time)
                .then(|| format!("known {}, session ended {}", bar.known_at, bar.event_time))
        })
    }
}
