//! The three-valued verdict and how verdicts combine.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a rule says about its evidence; written `pass`, `fail` or `cannot_tell`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The evidence is there and satisfies the rule.
    Pass,
    /// The evidence is there and breaks the rule.
    Fail,
    /// The evidence is missing, not a number, too thin or contradictory; never promoted.
    CannotTell,
}

impl Verdict {
    /// All verdicts as one: any fail fails; otherwise any cannot-tell is cannot-tell.
    ///
    /// Nothing judged is cannot-tell: an empty list of checks proves nothing.
    pub fn combine(verdicts: impl IntoIterator<Item = Self>) -> Self {
        let mut combined = None;
        for verdict in verdicts {
            combined = Some(match (combined, verdict) {
                (Some(Self::Fail), _) | (_, Self::Fail) => Self::Fail,
                (Some(Self::CannotTell), _) | (_, Self::CannotTell) => Self::CannotTell,
                (_, Self::Pass) => Self::Pass,
            });
        }
        combined.unwrap_or(Self::CannotTell)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::CannotTell => "cannot tell",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::Verdict::{self, CannotTell, Fail, Pass};

    #[test]
    fn every_pair_combines_as_the_rule_says() {
        for (left, right, want) in [
            (Pass, Pass, Pass),
            (Pass, CannotTell, CannotTell),
            (CannotTell, Pass, CannotTell),
            (CannotTell, CannotTell, CannotTell),
            (Pass, Fail, Fail),
            (Fail, Pass, Fail),
            (Fail, CannotTell, Fail),
            (CannotTell, Fail, Fail),
            (Fail, Fail, Fail),
        ] {
            assert_eq!(Verdict::combine([left, right]), want, "{left} {right}");
        }
        assert_eq!(Verdict::combine([]), CannotTell);
        assert_eq!(serde_json::to_string(&CannotTell).unwrap(), "\"cannot_tell\"");
    }
}
