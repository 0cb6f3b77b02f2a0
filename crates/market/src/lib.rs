//! What a market is: calendars, universe membership, bars as columns with two times on every row, order books and the
//! pricing of options.
//!
//! Invariant: prices here are what the source delivered; adjustments are views, never edits.

pub mod actions;
pub mod align;
mod bars;
pub mod book;
mod calendar;
mod interval;
mod intraday;
pub mod options;
mod panel;
mod turnover;
mod universe;

pub use bars::{BarRow, Bars, BarsError};
pub use calendar::{Calendar, CalendarError};
pub use interval::{Interval, ParseIntervalError};
pub use intraday::IntradayBar;
pub use panel::Panel;
pub use turnover::turnover_members;
pub use universe::{Membership, Standing, Universe, groups_at};
