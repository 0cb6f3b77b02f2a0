//! Arguments of `proofmark data options`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::key_value;

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum StyleArg {
    /// Exercise on the last day alone: Black's formula on the forward.
    European,
    /// Exercise on any day: a Leisen-Reimer tree on the spot.
    American,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PriceArg {
    /// Half way between a bid above zero and an ask not below it.
    Mid,
    /// The last or closing price.
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ForwardArg {
    /// The file's column, or --futures.
    File,
    /// Put-call parity over the strikes nearest to the money.
    Parity,
}

/// Years to expiry are the file's own where it has such a column, else calendar days over 365 from the UTC date of the
/// chain. The discount factor is, in this order, that of --rate, of --curve, of the file, or the slope of put-call parity. A
/// price without a volatility is counted under its reason and gets no number.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  proofmark data options spx_chain_2024-11-11.parquet\n  proofmark data options spy_chain_2025-08-26.parquet --style american --spot 645.2 --rate 0.043 --to greeks.parquet\n  proofmark data options nse_fo_options_2025-11-17.csv.gz --futures nse_fo_futures_2025-11-17.csv.gz --date-format %d/%m/%Y --rate 0.055\nExit code 1 means that no option has a volatility."
)]
pub(crate) struct OptionsArgs {
    /// A chain: CSV, Parquet, or the JSON of `proofmark ingest breeze --chain`.
    pub(crate) file: PathBuf,
    /// When a chain of one moment was true and known, such as 2024-11-11T21:00:00Z; the end of the day in the file's name,
    /// in UTC, when left out.
    #[arg(long, value_parser = instant)]
    pub(crate) as_of: Option<proofmark_units::Instant>,
    /// Which price; the mid where the file has bids and asks, the last otherwise.
    #[arg(long, value_enum)]
    pub(crate) price: Option<PriceArg>,
    /// Where forwards come from; the file where it has them, parity otherwise.
    #[arg(long, value_enum)]
    pub(crate) forward: Option<ForwardArg>,
    /// Futures of the same expiries, as the exchange's CSV of the day.
    #[arg(long, value_name = "FILE")]
    pub(crate) futures: Option<PathBuf>,
    /// Discount factors by years: CSV with columns T and DF.
    #[arg(long, value_name = "FILE", conflicts_with = "rate")]
    pub(crate) curve: Option<PathBuf>,
    /// One continuous rate for all expiries, a fraction a year.
    #[arg(long, allow_negative_numbers = true)]
    pub(crate) rate: Option<f64>,
    /// When the options may be exercised.
    #[arg(long, value_enum, default_value = "european")]
    pub(crate) style: StyleArg,
    /// American: price of the underlying at the moment of the chain.
    #[arg(long, required_if_eq("style", "american"))]
    pub(crate) spot: Option<f64>,
    /// Strikes nearest to the money that make a forward by parity.
    #[arg(long, default_value_t = 10)]
    pub(crate) nearest: usize,
    /// Take only these underlyings.
    #[arg(long, value_delimiter = ',')]
    pub(crate) underlyings: Vec<String>,
    /// The underlying of every row, for a file that names none.
    #[arg(long)]
    pub(crate) underlying: Option<String>,
    /// Name a column: `--column strike=K`. Roles: underlying, expiry, right, strike, at, bid, ask, last, volume,
    /// open_interest, forward, discount, years, volatility.
    #[arg(long = "column", value_name = "ROLE=HEADER", value_parser = key_value)]
    pub(crate) columns: Vec<(String, String)>,
    /// How dates are written, such as `%d/%m/%Y`.
    #[arg(long)]
    pub(crate) date_format: Option<String>,
    /// Zone of stamps that state no offset: UTC, +05:30, Asia/Kolkata. Never guessed.
    #[arg(long)]
    pub(crate) zone: Option<String>,
    /// Write every contract with volatility and Greeks: Parquet, or JSON by the ending.
    #[arg(long, value_name = "FILE")]
    pub(crate) to: Option<PathBuf>,
}

fn instant(text: &str) -> Result<proofmark_units::Instant, String> {
    let quoted = serde_json::Value::String(text.to_owned());
    serde_json::from_value(quoted)
        .map_err(|_| format!("`{text}` is not an instant such as 2024-11-11T21:00:00Z"))
}
