//! What predictions earned once their labels were over, and training weights made of it.
//!
//! A reward is of a prediction that a model made out of sample: a label that a model was fitted on rewards nothing.

use serde::{Deserialize, Serialize};

/// Weight below which no rewarded row falls before scaling.
const LEAST_WEIGHT: f64 = 0.01;
/// Rewards are held between this many units on either side.
const MOST: f64 = 2.0;

/// `[rewards]` of a pipeline: how rewards become weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewardSpec {
    /// How a weight follows from a reward.
    pub weights: RewardWeights,
    /// How strongly, 0 to 10.
    #[serde(default = "one")]
    pub strength: f64,
    /// Cost of a position, in and out, as a fraction of its value.
    pub round_trip_cost: f64,
    /// A return of at most this size, a fraction, is neither up nor down.
    #[serde(default = "dead_band")]
    pub dead_band: f64,
}

const fn one() -> f64 {
    1.0
}

const fn dead_band() -> f64 {
    0.001
}

/// How a weight follows from a reward `r` and the strength `s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardWeights {
    /// 1 + s r, at least 0.01.
    Linear,
    /// exp(s r).
    Exponential,
}

/// A setting of rewards is out of range.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("`{setting}` is {value}; allowed are {allowed}")]
pub struct RewardError {
    /// Which.
    pub setting: &'static str,
    /// Its value.
    pub value: f64,
    /// What it may be.
    pub allowed: &'static str,
}

/// Which way a prediction points.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Down.
    Down,
    /// No view.
    Neutral,
    /// Up.
    Up,
}

impl Way {
    /// Up above an even chance, down below it.
    pub fn of_probability(up: f64) -> Self {
        match up.partial_cmp(&0.5) {
            Some(std::cmp::Ordering::Greater) => Self::Up,
            Some(std::cmp::Ordering::Less) => Self::Down,
            _ => Self::Neutral,
        }
    }

    const fn sign(self) -> f64 {
        match self {
            Self::Down => -1.0,
            Self::Neutral => 0.0,
            Self::Up => 1.0,
        }
    }
}

/// What one prediction earned.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reward {
    /// The size of the return with the sign of being right, a fraction; 0 without a view or a move.
    pub raw: f64,
    /// The same less the cost of the position, in units of the label's volatility, between -2 and 2.
    pub net: f64,
}

impl RewardSpec {
    /// # Errors
    /// [`RewardError`]: a strength outside 0 to 10, a cost or a dead band that is no fraction.
    pub fn check(&self) -> Result<(), RewardError> {
        let fraction = "0 or more and below 1";
        for (setting, value, most, allowed) in [
            ("strength", self.strength, 10.0 + f64::EPSILON, "0 to 10"),
            ("round_trip_cost", self.round_trip_cost, 1.0, fraction),
            ("dead_band", self.dead_band, 1.0, fraction),
        ] {
            if !(value >= 0.0 && value <= most) {
                return Err(RewardError { setting, value, allowed });
            }
        }
        Ok(())
    }

    /// What a prediction earned: `forward` is the return that followed, a fraction, `unit` the volatility that was known at the
    /// decision. A view costs a round trip whatever came; without one nothing is earned or paid.
    pub fn reward(&self, way: Way, forward: f64, unit: f64) -> Reward {
        let moved = if forward.abs() > self.dead_band { forward } else { 0.0 };
        let raw = way.sign() * moved;
        let cost = if way == Way::Neutral { 0.0 } else { self.round_trip_cost };
        Reward { raw, net: ((raw - cost) / unit).clamp(-MOST, MOST) }
    }

    /// Weights of rows by their net rewards, those of rewarded rows scaled to mean 1; a row without a reward weighs 1.
    pub fn weights(&self, rewards: &[Option<f64>]) -> Vec<f64> {
        let of = |reward: f64| match self.weights {
            RewardWeights::Linear => (1.0 + self.strength * reward).max(LEAST_WEIGHT),
            RewardWeights::Exponential => (self.strength * reward).exp(),
        };
        let known: Vec<f64> = rewards.iter().flatten().map(|reward| of(*reward)).collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        rewards.iter().map(|reward| reward.map_or(1.0, |reward| of(reward) / mean)).collect()
    }
}

/// Net rewards together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RewardSummary {
    /// How many.
    pub rewards: usize,
    /// Their mean, in units of volatility.
    pub mean: f64,
    /// Their sum.
    pub sum: f64,
    /// Standard deviation of the population.
    pub sd: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// Above 0.
    pub positive: usize,
    /// Below 0.
    pub negative: usize,
}

impl RewardSummary {
    /// `None` without a reward.
    pub fn of(net: &[f64]) -> Option<Self> {
        let first = *net.first()?;
        let n = net.len() as f64;
        let sum: f64 = net.iter().sum();
        let mean = sum / n;
        Some(Self {
            rewards: net.len(),
            mean,
            sum,
            sd: (net.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n).sqrt(),
            min: net.iter().copied().fold(first, f64::min),
            max: net.iter().copied().fold(first, f64::max),
            positive: net.iter().filter(|r| **r > 0.0).count(),
            negative: net.iter().filter(|r| **r < 0.0).count(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FREE: RewardSpec =
        RewardSpec { weights: RewardWeights::Linear, strength: 1.0, round_trip_cost: 0.0, dead_band: 0.001 };

    #[test]
    fn a_view_earns_the_move_it_saw_and_pays_for_itself() {
        let raw = |way, forward| FREE.reward(way, forward, 1.0).raw;
        assert_eq!((raw(Way::Up, 0.03), raw(Way::Up, -0.03), raw(Way::Down, -0.03)), (0.03, -0.03, 0.03));
        assert_eq!((raw(Way::Neutral, 0.3), raw(Way::Up, 0.001), raw(Way::Up, 0.0)), (0.0, 0.0, 0.0));
        assert_eq!(FREE.reward(Way::Up, 2.5, 1.0).net, 2.0);
        let dear = RewardSpec { round_trip_cost: 0.01, ..FREE };
        let near = |way, forward, wanted: f64| {
            let net = dear.reward(way, forward, 0.02).net;
            assert!((net - wanted).abs() < 1e-12, "{net} against {wanted}");
        };
        near(Way::Up, 0.03, 1.0);
        near(Way::Down, 0.03, -2.0);
        near(Way::Up, 0.0005, -0.5);
        near(Way::Neutral, 0.03, 0.0);
        assert_eq!(
            [0.7, 0.5, 0.2, f64::NAN].map(Way::of_probability),
            [Way::Up, Way::Neutral, Way::Down, Way::Neutral]
        );
    }

    #[test]
    fn weights_have_mean_one_among_the_rewarded_and_never_fall_to_nothing() {
        let close = |a: Vec<f64>, b: &[f64]| {
            assert!(a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12), "{a:?} {b:?}");
        };
        let some = |all: &[f64]| all.iter().copied().map(Some).collect::<Vec<_>>();
        close(FREE.weights(&some(&[0.5, 0.0, -0.5])), &[1.5, 1.0, 0.5]);
        // 0.01 and 1 before scaling.
        close(FREE.weights(&some(&[-2.0, 0.0])), &[0.02 / 1.01, 2.0 / 1.01]);
        close(FREE.weights(&[Some(0.5), None, Some(-0.5)]), &[1.5, 1.0, 0.5]);
        close(FREE.weights(&[None, None]), &[1.0, 1.0]);
        let steep = RewardSpec { weights: RewardWeights::Exponential, strength: 2.0, ..FREE };
        let [up, down] = [1.0_f64.exp(), (-1.0_f64).exp()];
        close(steep.weights(&some(&[0.5, -0.5])), &[2.0 * up / (up + down), 2.0 * down / (up + down)]);
    }

    #[test]
    fn settings_out_of_range_are_named_and_sums_are_by_hand() {
        assert_eq!(FREE.check(), Ok(()));
        let wrong = RewardSpec { strength: 11.0, ..FREE }.check().unwrap_err();
        assert!(wrong.to_string().contains("`strength` is 11"), "{wrong}");
        assert!(RewardSpec { round_trip_cost: f64::NAN, ..FREE }.check().is_err());
        let all = RewardSummary::of(&[1.0, -1.0, 3.0]).unwrap();
        assert_eq!((all.rewards, all.mean, all.sum, all.min, all.max), (3, 1.0, 3.0, -1.0, 3.0));
        assert!((all.sd - (8.0_f64 / 3.0).sqrt()).abs() < 1e-12 && (all.positive, all.negative) == (2, 1));
        assert_eq!(RewardSummary::of(&[]), None);
    }
}
