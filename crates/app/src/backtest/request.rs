//! What a back-test is asked.

use std::collections::BTreeMap;
use std::path::Path;

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::limits::Limits;
use proofmark_market::Interval;
use proofmark_units::{Date, Symbol};
use serde::Serialize;

use super::guards::GuardSettings;
use super::parts::PartsRequest;

use crate::error::{AppError, Result};

/// Whether more may be sold than is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Short {
    /// Never.
    Never,
    /// Within a session.
    WithinSession,
    /// Over night too.
    Allowed,
}

/// A rule, its settings, its data and its account.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BacktestRequest {
    /// The rule.
    pub strategy: String,
    /// What is set of it.
    pub set: Vec<(String, f64)>,
    /// Names to trade; empty = all of the lake.
    pub symbols: Vec<Symbol>,
    /// The calendar of the bars.
    pub calendar: String,
    /// How long the bars last; those of a session, or shorter ones that the lake holds.
    pub interval: Interval,
    /// First session; the bars before it are only read by the columns.
    pub from: Option<Date>,
    /// Last session.
    pub until: Option<Date>,
    /// Money to begin with, in the currency of the cost schedule.
    pub capital: f64,
    /// A shipped cost schedule, or `flat:BPS` for so many basis points a side.
    pub costs: String,
    /// Largest sum of absolute positions as a multiple of equity.
    pub leverage: f64,
    /// Deposit as a share of notional where only gains and losses change hands; `None` = paid in full.
    pub deposit: Option<f64>,
    /// Whether more may be sold than is held.
    pub shorting: Short,
    /// Most of a bar's volume that is taken; `None` = no cap, for bars without volume.
    pub participation: Option<f64>,
    /// Smallest step of quantity.
    pub lot: f64,
    /// Sessions after which the proceeds of a sale can buy again.
    pub settle_sessions: u16,
    /// Where the rule draws.
    pub seed: u64,
    /// Limits that every decision must pass; exits pass none.
    pub limits: Limits,
    /// Sector of each name that has one.
    pub sectors: BTreeMap<String, String>,
    /// Guards that watch the strategy; they stop decisions, never exits.
    pub guards: Option<GuardSettings>,
    /// How decisions go to the market; `None` = as one order each.
    pub parts: Option<PartsRequest>,
}

/// Sectors of names from a CSV file with the columns `symbol` and `sector`.
///
/// # Errors
/// The file cannot be read, lacks a column, or gives a name two sectors: the row is named.
pub fn read_sectors(path: &Path) -> Result<BTreeMap<String, String>> {
    let failed = |what: String| {
        AppError::input(format!("the sectors in {}: {what}", path.display()))
            .hint("a CSV file whose first line is `symbol,sector`")
    };
    let text =
        std::fs::read_to_string(path).map_err(|error| failed("cannot be read".to_owned()).because(error))?;
    let mut lines = text.lines().map(|line| line.split(',').map(str::trim).collect::<Vec<_>>()).enumerate();
    let head = lines.next().map(|(_, head)| head).unwrap_or_default();
    let place = |name: &str| head.iter().position(|column| column.eq_ignore_ascii_case(name));
    let (Some(symbol), Some(sector)) = (place("symbol"), place("sector")) else {
        return Err(failed("no columns `symbol` and `sector`".to_owned()));
    };
    let mut all = BTreeMap::new();
    for (row, fields) in lines.filter(|(_, fields)| fields.iter().any(|field| !field.is_empty())) {
        let (Some(symbol), Some(sector)) = (fields.get(symbol), fields.get(sector)) else {
            return Err(failed(format!("row {} has too few columns", row + 1)));
        };
        let before = all.insert((*symbol).to_owned(), (*sector).to_owned());
        if before.is_some_and(|before| before != **sector) {
            return Err(failed(format!("row {} gives `{symbol}` a second sector", row + 1)));
        }
    }
    Ok(all)
}

/// The limits in a file.
///
/// # Errors
/// The file cannot be read, or a setting of it is unknown or out of range.
pub fn read_limits(path: &Path) -> Result<Limits> {
    let text = std::fs::read_to_string(path).map_err(|error| {
        AppError::input(format!("the limits in {} cannot be read", path.display()))
            .hint("docs/LIMITS.md shows a file")
            .because(error)
    })?;
    Limits::from_toml(&text).map_err(|error| {
        AppError::input(format!("the limits in {} cannot be used", path.display()))
            .hint("docs/LIMITS.md lists every rule with its keys")
            .because(error)
    })
}

impl BacktestRequest {
    /// The cost schedule.
    pub(super) fn costs(&self) -> Result<CostSchedule> {
        if let Some(bps) = self.costs.strip_prefix("flat:") {
            let bps: f64 = bps.parse().map_err(|error| {
                AppError::input(format!("`{}` is no cost", self.costs))
                    .hint("`flat:5` is five basis points of the value a side")
                    .because(error)
            })?;
            if !(0.0..=10_000.0).contains(&bps) {
                return Err(AppError::input(format!("{bps} basis points a side are no cost"))
                    .hint("between 0 and 10,000"));
            }
            return Ok(CostSchedule::flat_bps(bps));
        }
        CostSchedule::named(&self.costs)
            .map_err(|error| AppError::input("the costs cannot be used").hint("or `flat:BPS`").because(error))
    }
}
