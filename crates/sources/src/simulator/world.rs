//! What a simulation hands out: bars a pipeline may read, and the truth it may not.

use proofmark_market::BarRow;
use proofmark_units::{Date, DateSpan, Symbol};
use serde::{Deserialize, Serialize};

use super::Regime;

/// Name of a world's benchmark: equal-weight, rebalanced daily, total return (no dividend is paid in these worlds).
pub const BENCHMARK: &str = "SIMINDEX";

/// A simulated market.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// Bars of every symbol, ascending by symbol; prices are split-adjusted, rounded to 0.01.
    pub bars: Vec<SimulatedSymbol>,
    /// The benchmark [`BENCHMARK`], one bar a session, volume NaN.
    pub benchmark: SimulatedSymbol,
    /// What only the judge may read.
    pub truth: Truth,
    /// The world's own worst market stretches, ascending: bear regimes of at least 20 sessions (and the crash).
    pub stress_periods: Vec<(String, DateSpan)>,
    /// [`super::Scenario::Leak`] only: one column a symbol, aligned with its bars, holding the *next* bar's
    /// close-to-close return in units of daily volatility plus standard normal noise; noise alone at the last bar.
    pub leak_column: Option<Vec<Vec<f64>>>,
}

/// Bars of one simulated instrument.
#[derive(Debug, Clone, PartialEq)]
pub struct SimulatedSymbol {
    /// Name, `SIM001` and so on.
    pub symbol: Symbol,
    /// Bars, ascending.
    pub rows: Vec<BarRow>,
}

/// How the world was made. Columns follow [`World::bars`], rows `dates`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Truth {
    /// Every session.
    pub dates: Vec<Date>,
    /// Time-major, cell `t * symbols + s`: log return that the signal known at the close of session `t` adds to the
    /// open-to-close move of session `t + 1`; 0 where there is no signal.
    pub expected: Vec<f64>,
    /// Regime of each session.
    pub regime: Vec<Regime>,
    /// Market beta of each symbol.
    pub betas: Vec<f64>,
    /// Long-run daily volatility of each symbol, log return.
    pub sigmas: Vec<f64>,
    /// Sector of each symbol, 0 to 2.
    pub sectors: Vec<usize>,
    /// Splits, ascending by symbol and date; delivered prices are already adjusted for them.
    pub splits: Vec<Split>,
    /// Symbols that were not there from the start.
    pub listings: Vec<Listing>,
    /// Runs of sessions without bars.
    pub halts: Vec<Halt>,
}

/// A share split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// The symbol.
    pub symbol: Symbol,
    /// First session at the new price.
    pub date: Date,
    /// New shares for one old share.
    pub ratio: u32,
}

/// A symbol's first session, when that is not the world's first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Listing {
    /// The symbol.
    pub symbol: Symbol,
    /// Its first session.
    pub date: Date,
}

/// A trading halt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Halt {
    /// The symbol.
    pub symbol: Symbol,
    /// First and last session without a bar.
    pub span: DateSpan,
}
