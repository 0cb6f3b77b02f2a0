//! The value itself.

use serde::{Deserialize, Serialize};

use super::{Cell, KnownSeries, Rule};

/// The newest value. A level that trends separates years and not states of the world: it is for series that return.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {}

impl Rule for Level {
    fn doc(&self) -> String {
        "newest value".to_owned()
    }
    fn unit(&self) -> &'static str {
        "of the series"
    }
    fn look_back(&self) -> usize {
        1
    }
    fn defect(&self) -> Option<String> {
        None
    }
    fn at(&self, series: &KnownSeries<'_>, t: usize) -> Cell {
        series.back(t, 0)
    }
}
