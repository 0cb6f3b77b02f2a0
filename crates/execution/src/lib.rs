//! Costs, orders, fills, portfolio: the one engine.
//!
//! [`costs`] says what a fill costs on a date; [`book`] turns scores into daily money for a long-only cross-section.
//! [`engine`] is the event engine, [`strategies`] the rules that trade in it; [`fast`] is target weights over whole columns.
//! [`limits`] says what of a proposed book may be held, and [`sizing`] how large a position should be.
//!
//! Invariant: a decision after the close of session `t` reads nothing later than `t`, and its first possible fill is an
//! open after `t`.
//! Invariant: equity = cash + sum(position x mark) on every date, checked against an independent sum of flows.

pub mod book;
pub mod costs;
mod direction;
pub mod engine;
pub mod fast;
pub mod limits;
mod matrix;
pub mod sizing;
pub mod strategies;

pub use direction::Direction;
