//! Simple ratios of shares after to shares before.

use serde::{Deserialize, Serialize};

/// `new` shares for each `old` ones, in lowest terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Ratio {
    /// Shares after.
    pub new: u32,
    /// Shares before.
    pub old: u32,
}

impl Ratio {
    /// Shares after for each share before.
    pub fn factor(self) -> f64 {
        f64::from(self.new) / f64::from(self.old)
    }
}

impl std::fmt::Display for Ratio {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.new, self.old)
    }
}

/// Ratios nearer to 1 than this would not stand out from trading.
pub(super) const LEAST_LOG: f64 = 0.173_95; // ln 1.19

/// Whole ratios above ten that are used in practice.
const LARGE: [u32; 9] = [11, 12, 15, 20, 25, 30, 40, 50, 100];

/// How much rarer reverse splits are than splits, a priori.
const REVERSE_SHARE: f64 = 0.25;

/// Every ratio that is looked for, with its share of all splits before anything is seen (the shares sum to 1).
///
/// Whole ratios to 10 and some above, halves to 10, and other fractions only as bonus issues use them: one new share for
/// each few held, or with up to four held fewer new ones than held. Consolidations are whole: one share for n. A ratio of
/// larger numbers is rarer: its share falls with the square of their sum.
pub fn simple_ratios() -> Vec<(Ratio, f64)> {
    let mut ratios: Vec<Ratio> = Vec::new();
    for new in 2..=10_u32 {
        for old in 1..new {
            let bonus = new == old + 1 || (old <= 4 && new < 2 * old);
            let far = (f64::from(new) / f64::from(old)).ln() >= LEAST_LOG;
            if coprime(new, old) && far && (old <= 2 || bonus) {
                ratios.push(Ratio { new, old });
            }
        }
    }
    ratios.extend(LARGE.iter().map(|n| Ratio { new: *n, old: 1 }));
    let consolidations = ratios.iter().filter(|r| r.old == 1).map(|r| Ratio { new: 1, old: r.new });
    ratios.extend(consolidations.collect::<Vec<_>>());
    let weight = |r: &Ratio| {
        let sum = f64::from(r.new + r.old);
        (if r.new > r.old { 1.0 } else { REVERSE_SHARE }) / (sum * sum)
    };
    let total: f64 = ratios.iter().map(weight).sum();
    ratios.into_iter().map(|r| (r, weight(&r) / total)).collect()
}

const fn coprime(a: u32, b: u32) -> bool {
    let (mut a, mut b) = (a, b);
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a == 1
}
