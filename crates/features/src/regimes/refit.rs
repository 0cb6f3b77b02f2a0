//! Fitting again as time goes on: what labels a bar was fitted before it.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::RegimeSpecError;
use super::rule::{at_least, require};

/// The fewest values between two fits: a fit reads all that came before it, so its cost is that of the square.
const EVERY_MIN: usize = 5;

/// When parameters are fitted: once there are `minimum` values, then again after every `every`, on all values so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refit {
    /// Values that one fit labels, at least 5.
    pub every: usize,
    /// Values of the first fit, at least 2.
    pub minimum: usize,
}

impl Refit {
    pub(super) fn check(self) -> Result<(), RegimeSpecError> {
        at_least(self.minimum, 2, "minimum", "at least 2")?;
        require(self.every >= EVERY_MIN, "every", self.every as f64, "at least 5")
    }

    /// The stretches of values that one fit labels, of `n` values of which the first `first` are read by the first fit. A
    /// fit reads what comes before its stretch and nothing in it; values that follow change no earlier stretch but the end
    /// of the last one.
    pub(super) fn stretches(self, first: usize, n: usize) -> impl Iterator<Item = Range<usize>> {
        let every = self.every.max(1);
        (first..n).step_by(every).map(move |from| from..from.saturating_add(every).min(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_by_hand() {
        let of = |n| Refit { every: 3, minimum: 4 }.stretches(4, n).collect::<Vec<_>>();
        assert_eq!(of(4), []);
        assert_eq!(of(9), [4..7, 7..9]);
        assert_eq!(of(10), [4..7, 7..10]);
    }
}
