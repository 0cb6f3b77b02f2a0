//! One line of a set before it is compiled.

use crate::{Definition, Formula};

/// What a formula of a shipped set is made of.
pub(super) struct Entry {
    pub(super) name: String,
    /// The expression.
    pub(super) text: String,
    pub(super) doc: String,
    pub(super) unit: &'static str,
    pub(super) source: &'static str,
    pub(super) stationary: bool,
}

impl Entry {
    pub(super) fn formula(&self) -> Formula {
        let Self { name, text, doc, unit, source, stationary } = self;
        let definition = Definition { name, text, doc, unit, source, is_stationary: *stationary, lag: 0 };
        Formula::new(&definition).expect("a test compiles every shipped expression")
    }
}
