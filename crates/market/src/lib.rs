//! What a market is: calendars, universe membership, and columnar bars with two times on every row.
//!
//! Invariant: prices here are what the source delivered; adjustments are views, never edits.

pub mod actions;
mod bars;
mod calendar;
mod panel;
mod turnover;
mod universe;

pub use bars::{BarRow, Bars, BarsError};
pub use calendar::{Calendar, CalendarError};
pub use panel::Panel;
pub use turnover::turnover_members;
pub use universe::{Membership, Standing, Universe};
