//! What a planned study can find at all, before anything is trained.

use serde::Serialize;

use super::{PassRules, required_active_sharpe};
use crate::normal;

/// A planned out-of-sample study.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StudyPlan {
    /// Out-of-sample sessions.
    pub sessions: usize,
    /// Sessions in a year.
    pub sessions_per_year: f64,
    /// Names scored a session.
    pub names: usize,
    /// Sessions over which a label runs.
    pub horizon: usize,
    /// Trials deflated for.
    pub n_trials: usize,
}

/// The least skill that a plan finds.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetectableSkill {
    /// True annual active Sharpe ratio, after costs, that passes the rules of the active return.
    pub active_sharpe: f64,
    /// True mean rank information coefficient that passes the score-skill test; `None` below 3 names.
    pub rank_ic: Option<f64>,
    /// Rank information coefficient from which that Sharpe ratio could come at best; `None` below 3 names.
    pub rank_ic_for_sharpe: Option<f64>,
    /// Probability with which they are found.
    pub power: f64,
}

/// The smallest true mean rank information coefficient that a one-sided test at `alpha` finds with probability `power`.
///
/// (z(1 - alpha) + z(power)) sqrt(horizon / (dates (names - 1))): on one date a rank correlation of independent names
/// has variance 1 / (names - 1) (Kendall 1948, Rank Correlation Methods), and coefficients whose labels overlap over
/// `horizon` dates carry the information of dates / horizon of them when the scores barely change; scores that change
/// faster need less. Names are independent once the move they share is ranked away; groups that move together need
/// more. `None` below 3 names, without dates or horizon, or for levels outside 0 to 1.
pub fn minimum_detectable_rank_ic(
    dates: usize,
    names: usize,
    horizon: usize,
    alpha: f64,
    power: f64,
) -> Option<f64> {
    if names < 3 || dates == 0 || horizon == 0 {
        return None;
    }
    let z = normal::quantile(1.0 - alpha)? + normal::quantile(power)?;
    Some((z * (horizon as f64 / (dates as f64 * (names - 1) as f64)).sqrt()).min(1.0))
}

impl StudyPlan {
    /// The least skill this plan finds with probability `power` under `rules`; the score-skill test is held at
    /// `rules.alpha`.
    ///
    /// Names and label horizon enter the rank coefficient only: the active return is one series whatever it is made of.
    /// `rank_ic_for_sharpe` turns the fundamental law round, IC >= Sharpe / sqrt(names x labels a year)
    /// (Grinold 1989, Journal of Portfolio Management 15(3), 30-37): costs and a long-only book need more, often twice
    /// that. `None` for an empty plan or levels outside 0 to 1.
    pub fn detectable(&self, rules: &PassRules, power: f64) -> Option<DetectableSkill> {
        if self.sessions == 0 || !(self.sessions_per_year > 0.0 && self.sessions_per_year.is_finite()) {
            return None;
        }
        let years = self.sessions as f64 / self.sessions_per_year;
        let active_sharpe = required_active_sharpe(years, self.n_trials, rules, power)?;
        let breadth = self.names as f64 * self.sessions_per_year / self.horizon as f64;
        Some(DetectableSkill {
            active_sharpe,
            rank_ic: minimum_detectable_rank_ic(self.sessions, self.names, self.horizon, rules.alpha, power),
            rank_ic_for_sharpe: (self.names >= 3 && self.horizon > 0)
                .then(|| (active_sharpe / breadth.sqrt()).clamp(-1.0, 1.0)),
            power,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_by_hand() {
        let plan = StudyPlan { sessions: 2520, sessions_per_year: 252.0, names: 24, horizon: 5, n_trials: 1 };
        let found = plan.detectable(&PassRules::default(), 0.8).unwrap();
        // (2.326348 + 0.841621) / sqrt(10), and the same times sqrt(5 / (2520 * 23)).
        assert!((found.active_sharpe - 1.001_799_8).abs() < 1e-6);
        assert!((found.rank_ic.unwrap() - 0.029_424_0).abs() < 1e-6, "{found:?}");
        assert!((found.rank_ic_for_sharpe.unwrap() - 1.001_799_8 / (24.0_f64 * 50.4).sqrt()).abs() < 1e-6);
        let more =
            StudyPlan { n_trials: 500, ..plan.clone() }.detectable(&PassRules::default(), 0.8).unwrap();
        assert!(more.active_sharpe > 1.7 && more.rank_ic == found.rank_ic);
        let single = StudyPlan { names: 1, ..plan.clone() }.detectable(&PassRules::default(), 0.8).unwrap();
        assert_eq!((single.rank_ic, single.rank_ic_for_sharpe), (None, None));
        assert_eq!(StudyPlan { sessions: 0, ..plan }.detectable(&PassRules::default(), 0.8), None);
        assert_eq!(minimum_detectable_rank_ic(100, 20, 0, 0.01, 0.8), None);
    }
}
