//! Relative difference to an earlier value.

use serde::{Deserialize, Serialize};

use super::{Cell, KnownSeries, Rule, out_of_range};

/// The newest value over the one looked at some sessions before, less 1, both as known now; for series above 0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Growth {
    /// Sessions between the two looks.
    pub sessions: usize,
}

impl Rule for Growth {
    fn doc(&self) -> String {
        format!(
            "newest value over that of {} sessions before, less 1, both as known now; missing where either is not above 0",
            self.sessions
        )
    }
    fn unit(&self) -> &'static str {
        "fraction"
    }
    fn look_back(&self) -> usize {
        self.sessions + 1
    }
    fn defect(&self) -> Option<String> {
        out_of_range(self.sessions, 1)
    }
    fn at(&self, series: &KnownSeries<'_>, t: usize) -> Cell {
        match (series.back(t, 0), series.back(t, self.sessions)) {
            (Cell::Present(now), Cell::Present(then)) if now > 0.0 && then > 0.0 => {
                Cell::finite(now / then - 1.0)
            }
            (Cell::Present(_), Cell::Present(_)) => Cell::NotKnown,
            (Cell::Present(_), missing) | (missing, _) => missing,
        }
    }
}
