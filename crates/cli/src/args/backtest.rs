//! `backtest`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use proofmark_app::backtest::PartsRequest;
use proofmark_market::Interval;
use proofmark_units::{Date, Symbol};

#[derive(Debug, Args)]
pub(crate) struct BacktestArgs {
    /// The strategy; --list shows all with their settings.
    #[arg(required_unless_present = "list")]
    pub(crate) strategy: Option<String>,
    /// List every strategy and what may be set of it.
    #[arg(long)]
    pub(crate) list: bool,
    /// A setting of the strategy, as NAME=VALUE; may be given again.
    #[arg(long = "set", value_name = "NAME=VALUE", value_parser = setting)]
    pub(crate) settings: Vec<(String, f64)>,
    /// Only these names, separated by commas or spaces.
    #[arg(long, value_delimiter = ',', num_args = 1..)]
    pub(crate) symbols: Vec<Symbol>,
    /// The calendar of the bars: XNSE, XNYS, XBOG, 24/7 or 24/5.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
    /// How long the bars last: 1m, 5m, 15m, 30m, 1h or 1d. Shorter ones than a session are traded one by one, and the measures stay those
    /// of sessions.
    #[arg(long, default_value = "1d")]
    pub(crate) interval: Interval,
    /// First session traded; bars before it are only read by the strategy's columns.
    #[arg(long)]
    pub(crate) from: Option<Date>,
    /// Last session traded.
    #[arg(long)]
    pub(crate) until: Option<Date>,
    /// Money to begin with, in the currency of the costs.
    #[arg(long, default_value_t = 1_000_000.0)]
    pub(crate) capital: f64,
    /// A shipped cost schedule, or `flat:BPS` for so many basis points of the value a side.
    #[arg(long, default_value = "nse_delivery")]
    pub(crate) costs: String,
    /// Largest sum of absolute positions as a multiple of equity.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) leverage: f64,
    /// Deposit as a share of notional, for futures and leveraged currencies; without it positions are paid in full.
    #[arg(long)]
    pub(crate) deposit: Option<f64>,
    /// Whether more may be sold than is held.
    #[arg(long, value_enum, default_value_t = ShortChoice::Never)]
    pub(crate) short: ShortChoice,
    /// Most of a bar's volume that decisions take; 0 = no cap, for bars without volume.
    #[arg(long, default_value_t = 0.1)]
    pub(crate) participation: f64,
    /// Smallest step of quantity.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) lot: f64,
    /// Sessions after which the proceeds of a sale buy again.
    #[arg(long, default_value_t = 0)]
    pub(crate) settle: u16,
    /// Limits that every decision must pass, in TOML (docs/LIMITS.md); exits pass none.
    #[arg(long, value_name = "FILE")]
    pub(crate) limits: Option<PathBuf>,
    /// Guards that watch the strategy, in TOML (docs/LIMITS.md): daily and weekly breaker, held drawdown, kill switch, long insistence,
    /// direction accuracy. They stop decisions, never exits.
    #[arg(long, value_name = "FILE")]
    pub(crate) guards: Option<PathBuf>,
    /// Send decisions in parts: `twap:6` = six equal parts, `pov:0.1` = a tenth of the volume.
    #[arg(long, value_name = "WAY")]
    pub(crate) parts: Option<PartsRequest>,
    /// Run the strategy again at growing capital, until its net return is gone or the cap on participation binds.
    #[arg(long)]
    pub(crate) capacity: bool,
    /// Sectors of the names, a CSV file `symbol,sector`: for limits by sector and the gain by sector.
    #[arg(long, value_name = "FILE")]
    pub(crate) sectors: Option<PathBuf>,
    /// Seed of strategies that draw.
    #[arg(long, default_value_t = 7)]
    pub(crate) seed: u64,
    /// Write the summary, the equity curve, the round trips and the fills into this folder.
    #[arg(long, value_name = "DIR")]
    pub(crate) to: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ShortChoice {
    /// Never.
    Never,
    /// Within a session; what is short at its end is bought back.
    WithinSession,
    /// Over night too.
    Allowed,
}

fn setting(text: &str) -> Result<(String, f64), String> {
    let (name, value) = text.split_once('=').ok_or("a setting is NAME=VALUE, such as `stop=0.03`")?;
    let value = value.trim().parse().map_err(|error| format!("`{value}` is no number: {error}"))?;
    Ok((name.trim().to_owned(), value))
}
