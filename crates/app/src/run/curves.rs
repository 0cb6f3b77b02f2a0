//! `curves.json` of a run, read back: what its walk-forward earned, date by date.

use proofmark_stats::active::active_return;
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::Date;
use proofmark_validation::ActiveSpan;
use serde::Deserialize;

use crate::error::{AppError, Result};
use crate::workspace::{self, Workspace};

/// The file's name in the audit folder.
pub(crate) const CURVES: &str = "curves.json";

/// Net returns of the walk-forward with the books beside them.
#[derive(Debug, Deserialize)]
pub(crate) struct Curves {
    pub(crate) dates: Vec<Date>,
    pub(crate) net_returns: Vec<f64>,
    equity: Vec<Equity>,
}

#[derive(Debug, Deserialize)]
struct Equity {
    name: String,
    values: Vec<f64>,
}

impl Curves {
    pub(crate) fn read(workspace: &Workspace, run: &str) -> Result<Self> {
        Self::parse(&workspace::read(&workspace.audit(run).join(CURVES))?)
    }

    pub(crate) fn parse(bytes: &[u8]) -> Result<Self> {
        serde_json::from_slice(bytes)
            .map_err(|e| AppError::environment(format!("`{CURVES}` is damaged")).because(e))
    }

    /// Returns of the null books and the benchmark, from their wealth.
    pub(crate) fn factors(&self) -> Vec<(&str, Vec<f64>)> {
        let returns = |e: &Equity| {
            let before = std::iter::once(&1.0).chain(&e.values);
            before.zip(&e.values).map(|(a, b)| b / a - 1.0).collect()
        };
        self.equity.iter().skip(1).map(|e| (e.name.as_str(), returns(e))).collect()
    }

    /// The walk-forward's regression: its betas hedge a later span, its series predicts it.
    pub(crate) fn active(&self, horizon: usize) -> Result<ActiveSpan> {
        let factors = self.factors();
        let factors: Vec<(&str, &[f64])> = factors.iter().map(|(n, r)| (*n, r.as_slice())).collect();
        let lag = newey_west_lag(self.net_returns.len(), horizon);
        let fit = active_return(&self.net_returns, &factors, lag)
            .map_err(|e| AppError::bug("the walk-forward cannot be regressed again").because(e))?;
        Ok(ActiveSpan { dates: self.dates.clone(), fit })
    }

    /// Net returns on `dates`, or the first date without one.
    pub(crate) fn net_on(&self, dates: &[Date]) -> std::result::Result<Vec<f64>, Date> {
        let at = |date: &Date| self.dates.binary_search(date).ok().and_then(|i| self.net_returns.get(i));
        dates.iter().map(|date| at(date).copied().ok_or(*date)).collect()
    }
}
