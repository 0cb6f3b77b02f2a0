//! Which sector a name belongs to, and since when that was known.

use std::collections::BTreeMap;

use proofmark_market::groups_at;
use proofmark_units::{Date, DateSpan, Symbol};
use serde::{Deserialize, Serialize};

use super::RegimeSpecError;

/// Sectors of names; one without a sector on a date is compared with nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged, expecting = "a table of sectors by symbol, or the name of a list with dates")]
pub enum Sectors {
    /// The same on every date.
    Always(BTreeMap<Symbol, String>),
    /// On the days on which each was known, as [`groups_at`] reads them.
    Dated(Vec<(Symbol, DateSpan, String)>),
    /// A list, which whoever reads files puts in its place as [`Sectors::Dated`]: nothing can be labelled before.
    List(String),
}

impl Sectors {
    pub(super) fn check(&self) -> Result<(), RegimeSpecError> {
        match self {
            Self::Always(_) | Self::Dated(_) => Ok(()),
            Self::List(name) => Err(RegimeSpecError {
                field: "sectors",
                value: format!("the list `{name}`"),
                rule: "a table, or the rows of a list",
            }),
        }
    }

    /// The sector of `symbol` on each of `dates`, ascending.
    pub(super) fn of(&self, symbol: &Symbol, dates: &[Date]) -> Vec<Option<&str>> {
        match self {
            Self::Always(sectors) => vec![sectors.get(symbol).map(String::as_str); dates.len()],
            Self::List(_) => vec![None; dates.len()],
            Self::Dated(told) => groups_at(told, symbol, dates),
        }
    }
}
