//! How much money a rule can carry: the same rule at growing capital, with the impact of its own orders.

use proofmark_execution::strategies::{Params, Recipe};
use rayon::prelude::*;
use serde::Serialize;

use super::measures::{measures, years};
use super::simulate::{Outcome, Setting};
use super::summary::Fit;
use crate::error::Result;
use crate::progress::Work;

/// Most runs: the last is at a million times the capital.
const RUNS: usize = 13;

/// Share of the ordered value that did not trade from which more capital shows nothing but the cap.
const BOUND: f64 = 0.5;

/// A rule at growing capital.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Capacity {
    /// The schedule charges no impact, so that size costs nothing and a curve would be flat by construction.
    NotShown {
        /// Why.
        why: String,
    },
    /// By capital, the one asked for first.
    Curve {
        /// A run each.
        points: Vec<CapacityPoint>,
        /// Why it ends there.
        ended: &'static str,
    },
}

/// A run at one capital. The benchmarks keep the capital that was asked for: what a strategy of any size has to beat is what anyone could
/// hold, and a benchmark that cannot get in either would be beaten by staying out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CapacityPoint {
    /// Money to begin with.
    pub capital: f64,
    /// Compound gain a year after costs.
    pub annual_return: Option<f64>,
    /// Mean return a year after costs beyond the benchmarks.
    pub active_return: Option<f64>,
    /// Costs a year as a share of mean equity.
    pub annual_costs: Option<f64>,
    /// Costs in basis points of the value traded.
    pub cost_bps: Option<f64>,
    /// Share of the value of decisions that never traded; an order that was taken back for a new one counts each time.
    pub unfilled: Option<f64>,
}

impl CapacityPoint {
    pub(super) fn of(setting: &Setting<'_>, capital: f64, outcome: &Outcome, fit: &Fit) -> Self {
        let (log, span) = (&outcome.log, setting.feed.span());
        let years = years((span.start, span.end));
        let told = measures(log, &fit.own, capital, fit.per_year, years);
        let per_year = told.annual_turnover.zip(told.cost_bps);
        Self {
            capital,
            annual_return: told.annual_return,
            active_return: fit.active_return(),
            annual_costs: per_year.map(|(turnover, bps)| turnover * bps / 1e4),
            cost_bps: told.cost_bps,
            unfilled: (log.ordered > 0.0).then(|| log.unfilled / log.ordered),
        }
    }

    /// Why a run at more money would show nothing new.
    fn ends(&self, is_first: bool) -> Option<&'static str> {
        // Where there is nothing to beat, what is to be kept is the return itself.
        let kept = self.active_return.or(self.annual_return);
        if kept.is_none_or(|kept| kept <= 0.0) {
            return Some(match is_first {
                true => "there is no net return to lose",
                false => "the net return is gone",
            });
        }
        self.unfilled
            .filter(|share| *share >= BOUND)
            .map(|_| "the cap on participation keeps half of what is ordered from trading")
    }
}

/// Capital of a run, in steps of about the square root of ten: 1, 3, 10, 30, ..
fn capital_of(first: f64, run: usize) -> f64 {
    let factor = if run.is_multiple_of(2) { 1.0 } else { 3.0 };
    first * factor * 10_f64.powi((run / 2) as i32)
}

/// Runs the rule at more and more money, from `first`, until nothing is left to lose.
pub(super) fn curve(
    setting: &Setting<'_>,
    (rule, params): (&dyn Recipe, &Params),
    others: &[(&'static str, Outcome)],
    first: CapacityPoint,
    work: &Work<'_>,
) -> Result<Capacity> {
    let slippage = setting.costs.slippage().0;
    if slippage.impact_coefficient == 0.0 && slippage.permanent_coefficient == 0.0 {
        return Ok(Capacity::NotShown {
            why: format!(
                "the costs `{}` charge no impact, so orders of any size cost the same: they cannot show a capacity",
                setting.request.costs
            ),
        });
    }
    let mut points = vec![first];
    // Four runs ahead at once: what is beyond the end of the curve is dropped, so threads change nothing but the time.
    const AHEAD: usize = 4;
    loop {
        let last = points[points.len() - 1];
        if let Some(ended) = last.ends(points.len() == 1) {
            return Ok(Capacity::Curve { points, ended });
        }
        let next: Vec<usize> = (points.len()..RUNS).take(AHEAD).collect();
        if next.is_empty() {
            return Ok(Capacity::Curve { points, ended: "a million times the capital was enough" });
        }
        work.expect(next.len() as u64);
        let run = |run: &usize| {
            let capital = capital_of(first.capital, *run);
            let outcome = setting.run(rule, params, capital, setting.request.guards.as_ref())?;
            let fit = Fit::of(setting, capital, &outcome, others);
            work.step();
            Ok(CapacityPoint::of(setting, capital, &outcome, &fit))
        };
        for point in next.par_iter().map(run).collect::<Result<Vec<_>>>()? {
            let is_over =
                points.last().is_some_and(|last: &CapacityPoint| last.ends(points.len() == 1).is_some());
            if !is_over {
                points.push(point);
            }
        }
    }
}

impl Capacity {
    /// The table of a curve: a head and a row a capital, in words.
    pub fn rows(&self) -> Vec<Vec<String>> {
        let Self::Curve { points, .. } = self else { return Vec::new() };
        let percent =
            |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |v| format!("{:.2} %", v * 100.0));
        let head = ["capital", "return a year", "active a year", "costs a year", "bps of value", "unfilled"];
        let row = |point: &CapacityPoint| {
            vec![
                format!("{:.0}", point.capital),
                percent(point.annual_return),
                percent(point.active_return),
                percent(point.annual_costs),
                point.cost_bps.map_or_else(|| "-".to_owned(), |bps| format!("{bps:.1}")),
                percent(point.unfilled),
            ]
        };
        std::iter::once(head.map(str::to_owned).to_vec()).chain(points.iter().map(row)).collect()
    }

    /// Why a curve ends, or why there is none.
    pub fn told(&self) -> &str {
        match self {
            Self::NotShown { why } => why,
            Self::Curve { ended, .. } => ended,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capital_grows_by_threes_and_tens() {
        let all: Vec<f64> = (0..6).map(|run| capital_of(2.0, run)).collect();
        assert_eq!(all, [2.0, 6.0, 20.0, 60.0, 200.0, 600.0]);
        assert_eq!(capital_of(1.0, RUNS - 1), 1e6);
    }

    #[test]
    fn a_curve_ends_where_nothing_is_left() {
        let point = |active_return, annual_return, unfilled| CapacityPoint {
            capital: 1.0,
            annual_return,
            active_return,
            annual_costs: None,
            cost_bps: None,
            unfilled,
        };
        assert_eq!(point(Some(0.01), Some(0.1), Some(0.0)).ends(true), None);
        assert!(point(Some(-0.01), Some(0.1), None).ends(false).unwrap().contains("gone"));
        assert!(point(None, None, None).ends(true).unwrap().contains("no net return"));
        assert_eq!(point(None, Some(0.1), Some(0.49)).ends(false), None);
        assert!(point(None, Some(0.1), Some(0.5)).ends(false).unwrap().contains("participation"));
    }
}
