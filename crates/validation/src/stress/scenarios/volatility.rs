//! Every move larger, the mean kept.

use proofmark_market::BarRow;
use proofmark_stats::moments::mean;

use crate::stress::reprice::{bent, known_inside, log_returns};
use crate::stress::scenario::{CannotApply, Change, Family, Scenario};
use crate::stress::world::{StressWorld, rows_of};

/// Log moves of every name and of the benchmark, `factor` times as far from the name's mean log return of the window.
///
/// Open, high, low and close are each a move on the close before, so gaps and ranges widen alike and the order of the
/// four prices stays. Assumption: volumes and half spreads do not change with volatility; impact does, since it reads it.
pub(super) struct Volatility {
    /// 1 = nothing changes.
    pub(super) factor: f64,
}

impl Scenario for Volatility {
    fn id(&self) -> &'static str {
        "shock.volatility_3x"
    }
    fn family(&self) -> Family {
        Family::Shock
    }
    fn title(&self) -> &'static str {
        "Every price move is three times as large, around an unchanged mean."
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let widen = |rows: Vec<BarRow>| -> Vec<BarRow> {
            let returns = log_returns(&rows);
            let inside = |row: &BarRow| world.contains(row.date);
            let known = known_inside(&rows, &returns, inside);
            let Some(centre) = mean(&known) else { return rows };
            bent(&rows, inside, |_, x| (self.factor - 1.0) * (x - centre))
        };
        Ok(Change {
            rows: (0..world.bars.len()).map(|s| (s, widen(world.rows(s)))).collect(),
            benchmark: world.benchmark.map(|b| widen(rows_of(b))),
            from: world.sessions.first().copied(),
            what: "the whole window, all names".to_owned(),
            ..Change::default()
        })
    }
}
