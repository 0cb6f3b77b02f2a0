//! What a book leaves behind.

use proofmark_units::{Date, Symbol};
use serde::{Deserialize, Serialize};

use super::BookConfig;
use crate::costs::{CostBreakdown, CostKind, Side};

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// Opened at or below the stop: filled at the open.
    GapExitSl,
    /// Opened at or above the target: filled at the open.
    GapExitTp,
    /// The low touched the stop: filled at the stop.
    SlHit,
    /// The high touched the target: filled at the target.
    TpHit,
    /// Held for the longest time: filled at the open.
    MaxHold,
    /// A decision no longer wanted it: filled at the open.
    Rebalance,
    /// Its bars stopped: written at the last close less the haircut.
    Delisted,
}

impl ExitReason {
    /// Stable name, as serialised.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GapExitSl => "gap_exit_sl",
            Self::GapExitTp => "gap_exit_tp",
            Self::SlHit => "sl_hit",
            Self::TpHit => "tp_hit",
            Self::MaxHold => "max_hold",
            Self::Rebalance => "rebalance",
            Self::Delisted => "delisted",
        }
    }
}

/// Why shares changed hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillReason {
    /// An order of the decision on this date.
    Decision(Date),
    /// A risk exit or a delisting.
    Exit(ExitReason),
}

/// One execution.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fill {
    /// Session of the fill.
    pub date: Date,
    /// The instrument.
    pub symbol: Symbol,
    /// Direction.
    pub side: Side,
    /// Shares, > 0.
    pub quantity: i64,
    /// Price before costs.
    pub price: f64,
    /// What it cost beyond the price.
    pub costs: CostBreakdown,
    /// Why.
    pub reason: FillReason,
}

/// A round trip, from flat to flat.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Trade {
    /// The instrument.
    pub symbol: Symbol,
    /// Session of the first buy.
    pub entry_date: Date,
    /// Mean buying price, by quantity.
    pub entry_price: f64,
    /// Session of the last sale.
    pub exit_date: Date,
    /// Mean selling price, by quantity.
    pub exit_price: f64,
    /// Shares bought, and sold, over the round trip.
    pub quantity: i64,
    /// quantity x (exit - entry) less costs.
    pub pnl: f64,
    /// All costs of its fills.
    pub costs: f64,
    /// Why the last shares were sold.
    pub reason: ExitReason,
    /// Sessions from entry to exit; 0 = the same session.
    pub days_held: usize,
    /// Worst excursion from the average entry price of the time, a fraction <= 0.
    pub mae: f64,
    /// Best excursion, a fraction >= 0.
    pub mfe: f64,
}

/// A position still held on the last date.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OpenPosition {
    /// The instrument.
    pub symbol: Symbol,
    /// Session of the first buy.
    pub entry_date: Date,
    /// Average entry price of the shares held.
    pub entry_price: f64,
    /// Shares held.
    pub quantity: i64,
    /// Price it is valued at.
    pub mark: f64,
    /// Gain so far, realised part included, less costs so far.
    pub pnl: f64,
    /// The mark is older than the last date.
    pub stale: bool,
}

/// Daily series and trades of one run. All series have the length of `dates`; entry 0 is the first decision date, on
/// which nothing is held yet (return 0). Money in the currency of the prices, the rest fractions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Book {
    /// Sessions of the panel within the span.
    pub dates: Vec<Date>,
    /// Cash plus positions at the close.
    pub equity: Vec<f64>,
    /// Cash, never negative.
    pub cash: Vec<f64>,
    /// Sum of position x mark.
    pub positions_value: Vec<f64>,
    /// equity / equity of the session before - 1.
    pub net_return: Vec<f64>,
    /// The same with the session's costs added back.
    pub gross_return: Vec<f64>,
    /// Costs of the session.
    pub costs: Vec<f64>,
    /// Costs by kind over the whole book.
    pub cost_by_kind: CostBreakdown,
    /// Bought plus sold value over the equity of the session before (two-way).
    pub turnover: Vec<f64>,
    /// positions_value / equity.
    pub exposure: Vec<f64>,
    /// Largest position / equity.
    pub max_name_weight: Vec<f64>,
    /// Names held.
    pub names_held: Vec<u32>,
    /// Names held whose mark is not of this session.
    pub stale_names: Vec<u32>,
    /// Round trips that ended, in order of their end.
    pub trades: Vec<Trade>,
    /// What is held on the last date.
    pub open_positions: Vec<OpenPosition>,
    /// Orders left when their five sessions were over.
    pub expired_orders: u64,
    /// Most sessions in a row for which one name's exit was due (stop, target, longest hold, or a waiting sale) and its
    /// bar was absent or [locked](super::run_book): 0 = every exit found a market.
    #[serde(default)]
    pub longest_blocked_exit: u32,
    /// Fills whose name had no known volume: no participation cap and no impact was applied.
    pub fills_without_volume: u64,
    /// Value-weighted mean over orders of (quantity / ADV) / equity: participation grows with capital by this factor.
    /// `None` = no order with known volume.
    pub participation_per_capital: Option<f64>,
    /// Every execution, in order. Not serialised: trades and series are the record.
    #[serde(skip)]
    pub fills: Vec<Fill>,
}

/// One step of the cost waterfall, from the gross to the net return.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct WaterfallStep {
    /// `gross`, a cost kind, or `net`.
    pub name: String,
    /// Arithmetic annual return: fraction of equity a year; costs are negative.
    pub annual: f64,
}

impl Book {
    /// Two-way turnover a year: mean of `turnover` x `periods_per_year` (0 for a book of one date).
    pub fn turnover_per_year(&self, periods_per_year: f64) -> f64 {
        mean(self.turnover.get(1..).unwrap_or_default()) * periods_per_year
    }

    /// Gross annual return, each cost kind that was paid, net annual return (arithmetic means x `periods_per_year`).
    ///
    /// A session's costs are divided by the equity before it; their sum is split between kinds by money. The steps
    /// between `gross` and `net` sum to the difference of the two.
    pub fn cost_waterfall(&self, periods_per_year: f64) -> Vec<WaterfallStep> {
        let annual = |series: &[f64]| mean(series.get(1..).unwrap_or_default()) * periods_per_year;
        let (gross, net) = (annual(&self.gross_return), annual(&self.net_return));
        let total = self.cost_by_kind.total();
        let mut steps = vec![WaterfallStep { name: "gross".to_owned(), annual: gross }];
        for kind in CostKind::ALL {
            let amount = self.cost_by_kind.get(kind);
            if amount > 0.0 {
                steps.push(WaterfallStep {
                    name: kind.name().to_owned(),
                    annual: (net - gross) * (amount / total),
                });
            }
        }
        steps.push(WaterfallStep { name: "net".to_owned(), annual: net });
        steps
    }

    /// Multiple of the declared costs at which the mean net return is zero; `None` without costs.
    pub fn break_even_multiple(&self) -> Option<f64> {
        let gross = mean(self.gross_return.get(1..).unwrap_or_default());
        let cost = gross - mean(self.net_return.get(1..).unwrap_or_default());
        (cost > 0.0).then(|| gross / cost)
    }

    pub(super) fn with_capacity(config: &BookConfig, sessions: usize) -> Self {
        let column = || Vec::with_capacity(sessions);
        let mut book = Self {
            dates: Vec::with_capacity(sessions),
            equity: column(),
            cash: column(),
            positions_value: column(),
            net_return: column(),
            gross_return: column(),
            costs: column(),
            cost_by_kind: CostBreakdown::default(),
            turnover: column(),
            exposure: column(),
            max_name_weight: column(),
            names_held: Vec::with_capacity(sessions),
            stale_names: Vec::with_capacity(sessions),
            trades: Vec::new(),
            open_positions: Vec::new(),
            expired_orders: 0,
            longest_blocked_exit: 0,
            fills_without_volume: 0,
            participation_per_capital: None,
            fills: Vec::new(),
        };
        if config.rebalance_every > 0 {
            book.fills.reserve(sessions);
        }
        book
    }
}

pub(super) fn mean(values: &[f64]) -> f64 {
    if values.is_empty() { 0.0 } else { values.iter().sum::<f64>() / values.len() as f64 }
}
