//! Difference to an earlier value.

use serde::{Deserialize, Serialize};

use super::{Cell, KnownSeries, Rule, out_of_range};

/// The newest value less the one looked at some sessions before, both as known now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Change {
    /// Sessions between the two looks.
    pub sessions: usize,
}

impl Rule for Change {
    fn doc(&self) -> String {
        format!("newest value less that of {} sessions before, both as known now", self.sessions)
    }
    fn unit(&self) -> &'static str {
        "of the series"
    }
    fn look_back(&self) -> usize {
        self.sessions + 1
    }
    fn defect(&self) -> Option<String> {
        out_of_range(self.sessions, 1)
    }
    fn at(&self, series: &KnownSeries<'_>, t: usize) -> Cell {
        match (series.back(t, 0), series.back(t, self.sessions)) {
            (Cell::Present(now), Cell::Present(then)) => Cell::finite(now - then),
            (Cell::Present(_), missing) | (missing, _) => missing,
        }
    }
}
