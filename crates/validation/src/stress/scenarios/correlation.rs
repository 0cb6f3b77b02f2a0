//! One return for everybody.

use std::collections::BTreeMap;

use proofmark_market::BarRow;
use proofmark_stats::moments::{mean, sd};
use proofmark_units::Date;

use crate::stress::reprice::{bent, known_inside, log_returns};
use crate::stress::scenario::{CannotApply, Change, Family, Scenario};
use crate::stress::world::{StressWorld, rows_of};

/// Every name moves with the market: m + s z, where z is the standardised equal-weight log return of the date and m, s
/// are the name's own mean and standard deviation (ddof 1) in the window. Correlations are 1, volatilities stay.
///
/// Correlations rise in falling markets: Longin & Solnik (2001), Journal of Finance 56(2), 649-676. The difference to
/// the old return goes into the overnight gap; the bar keeps its own shape. The benchmark is bent alike.
pub(super) struct CorrelationToOne {
    /// Share of the way: 1 = full, 0 = nothing changes.
    pub(super) strength: f64,
}

impl CorrelationToOne {
    fn pull(&self, world: &StressWorld<'_>, z: &BTreeMap<Date, f64>, rows: Vec<BarRow>) -> Vec<BarRow> {
        let returns = log_returns(&rows);
        let inside = |row: &BarRow| world.contains(row.date) && z.contains_key(&row.date);
        let known = known_inside(&rows, &returns, inside);
        let Some((centre, spread)) = mean(&known).zip(sd(&known)) else { return rows };
        bent(&rows, inside, |k, _| self.strength * (centre + spread * z[&rows[k].date] - returns[k]))
    }
}

impl Scenario for CorrelationToOne {
    fn id(&self) -> &'static str {
        "shock.correlation_to_one"
    }
    fn family(&self) -> Family {
        Family::Shock
    }
    fn title(&self) -> &'static str {
        "All names move together, each at its own volatility."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let all: Vec<Vec<BarRow>> = (0..world.bars.len()).map(|s| world.rows(s)).collect();
        let mut moves: BTreeMap<Date, (f64, f64)> = BTreeMap::new();
        for rows in &all {
            for (row, r) in rows.iter().zip(log_returns(rows)) {
                if world.contains(row.date) && r.is_finite() {
                    let sum = moves.entry(row.date).or_default();
                    *sum = (sum.0 + r, sum.1 + 1.0);
                }
            }
        }
        let market: Vec<f64> = moves.values().map(|(sum, n)| sum / n).collect();
        let moments = mean(&market).zip(sd(&market).filter(|s| *s > 0.0));
        let (centre, spread) = moments
            .ok_or_else(|| CannotApply { why: "the market does not move in the window".to_owned() })?;
        let z = moves.keys().copied().zip(market.iter().map(|r| (r - centre) / spread)).collect();
        Ok(Change {
            benchmark: world.benchmark.map(|b| self.pull(world, &z, rows_of(b))),
            rows: all.into_iter().map(|rows| self.pull(world, &z, rows)).enumerate().collect(),
            from: world.sessions.first().copied(),
            what: "the whole window, all names".to_owned(),
            ..Change::default()
        })
    }
}
