//! Declared rules that find what is wrong with a symbol's raw bars, and what each of them does about it.

mod bad_tick;
mod carried_zero_volume;
mod duplicate_date;
mod frozen_run;
mod jumps;
mod known_before_event;
mod missing_session;
mod negative_volume;
mod off_calendar;
mod ohlc_order;
mod outside_calendar;
mod positive_finite_price;
mod price_jump;
mod session_gap;
mod unexplained_break;
mod unsorted;
mod wild_intraday_price;

use proofmark_market::{BarRow, Calendar};
use proofmark_units::Date;
use serde::{Deserialize, Serialize};

pub use jumps::{JUMP_DOWN, JUMP_UP};

/// Changes whenever a rule changes what it finds or does; part of a snapshot's identity.
pub const RULES_VERSION: u32 = 1;

/// Every rule, in the order of application: a rule sees the rows that the ones before it left.
pub const RULES: &[&dyn Rule] = &[
    &unsorted::Unsorted,
    &known_before_event::KnownBeforeEvent,
    &duplicate_date::DuplicateDate,
    &positive_finite_price::PositiveFinitePrice,
    &ohlc_order::OhlcOrder,
    &negative_volume::NegativeVolume,
    &outside_calendar::OutsideCalendar,
    &off_calendar::OffCalendar,
    &carried_zero_volume::CarriedZeroVolume,
    &bad_tick::BadTick,
    &price_jump::PriceJump,
    &unexplained_break::UnexplainedBreak,
    // After the breaks: a row that goes here must not take a break with it.
    &wild_intraday_price::WildIntradayPrice,
    &frozen_run::FrozenRun,
    &missing_session::MissingSession,
    &session_gap::SessionGap,
];

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Unusual, possibly real.
    Warning,
    /// Cannot be true.
    Error,
}

/// What a rule does with the rows it names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// The row is left out of the clean bars, and listed.
    DropRow,
    /// The row stays; the finding is for people.
    Flag,
}

/// One row that a rule names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Index among the rows that the rule was given.
    pub row: usize,
    /// The row's date, or the absent session's.
    pub date: Date,
    /// What was seen.
    pub detail: String,
}

/// What a rule may know besides the rows.
#[derive(Debug, Clone, Copy)]
pub struct Context<'a> {
    /// The exchange's sessions.
    pub calendar: &'a Calendar,
    /// Dates of this symbol whose close-to-close move is declared real or explained, ascending.
    pub explained_moves: &'a [Date],
}

/// One declared rule. Rows come ascending by date unless the rule asks for the order of delivery.
pub trait Rule: Sync {
    /// Stable name, `snake_case`.
    fn id(&self) -> &'static str;
    /// What it finds and does, one sentence.
    fn doc(&self) -> &'static str;
    /// How much its findings matter.
    fn severity(&self) -> Severity;
    /// What happens to the rows it names.
    fn action(&self) -> Action;
    /// What to do about its findings.
    fn hint(&self) -> &'static str {
        match self.action() {
            Action::DropRow => {
                "nothing is needed: the rows are set aside and stay in the lake; corrected rows, ingested, replace them"
            }
            Action::Flag => "look at the samples against another source; fetch the span anew if it is wrong",
        }
    }
    /// Whether bars cannot exist without it ([`proofmark_market::Bars`] promises what it ensures).
    fn is_structural(&self) -> bool {
        false
    }
    /// Whether it judges the order of delivery, not the values.
    fn reads_delivery_order(&self) -> bool {
        false
    }
    /// The rows that break the rule, ascending, each row at most once if the action drops it.
    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding>;
}

/// The findings of a rule that judges each row by itself.
fn each_row(rows: &[BarRow], complaint: impl Fn(&BarRow) -> Option<String>) -> Vec<Finding> {
    let found = rows
        .iter()
        .enumerate()
        .filter_map(|(row, bar)| complaint(bar).map(|detail| Finding { row, date: bar.date, detail }));
    found.collect()
}
