//! Distance to the trailing mean in standard deviations.

use serde::{Deserialize, Serialize};

use super::{Cell, KnownSeries, Rule, out_of_range};

/// (newest value - mean) / sample standard deviation of what the last sessions looked at, all as known now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ZScore {
    /// Sessions of the window, the decision's own included.
    pub sessions: usize,
}

impl Rule for ZScore {
    fn doc(&self) -> String {
        format!(
            "(newest value - mean) / standard deviation (n - 1) of the last {} sessions' values as known now; missing where \
             fewer than half of them have one or they do not differ",
            self.sessions
        )
    }
    fn unit(&self) -> &'static str {
        "standard deviations"
    }
    fn look_back(&self) -> usize {
        self.sessions
    }
    fn defect(&self) -> Option<String> {
        out_of_range(self.sessions, 3)
    }
    fn at(&self, series: &KnownSeries<'_>, t: usize) -> Cell {
        let now = match series.back(t, 0) {
            Cell::Present(now) => now,
            missing => return missing,
        };
        let values = || {
            (0..self.sessions).filter_map(|back| match series.back(t, back) {
                Cell::Present(value) => Some(value),
                _ => None,
            })
        };
        let n = values().count();
        if n < 2 || 2 * n < self.sessions {
            return Cell::NotKnown;
        }
        let mean = values().sum::<f64>() / n as f64;
        let squares: f64 = values().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (n - 1) as f64).sqrt();
        // Below 1e-12 of the mean the spread is rounding.
        if deviation <= 1e-12 * mean.abs() { Cell::NotKnown } else { Cell::finite((now - mean) / deviation) }
    }
}
