//! `data align`: many names on one calendar.

use std::path::PathBuf;

use clap::Args;
use proofmark_market::align::Field;
use proofmark_units::{Date, Instant, Symbol};

use super::data::as_of;

fn named_expression(text: &str) -> Result<(String, String), String> {
    let (name, expression) =
        text.split_once('=').ok_or("write NAME=TEXT, such as `mom20=$close / Ref($close, 20) - 1`")?;
    Ok((name.trim().to_owned(), expression.trim().to_owned()))
}

#[derive(Debug, Args)]
pub(crate) struct AlignArgs {
    /// The folder to make: long.parquet, values.npy, marks.npy, axes.json, manifest.json.
    #[arg(long, value_name = "DIR", required_unless_present = "check_only")]
    pub(crate) to: Option<PathBuf>,
    /// Only these symbols; all with bars when left out.
    #[arg(long, value_delimiter = ',', conflicts_with = "symbols_file")]
    pub(crate) symbols: Vec<Symbol>,
    /// Only the symbols of this file, one a line; `#` starts a comment.
    #[arg(long, value_name = "FILE")]
    pub(crate) symbols_file: Option<PathBuf>,
    /// Fields of the bars, in the order of the columns: open, high, low, close, volume.
    #[arg(long, value_delimiter = ',', default_values = ["close", "volume"])]
    pub(crate) fields: Vec<Field>,
    /// Calendar whose sessions are the rows.
    #[arg(long, default_value = "XNSE")]
    pub(crate) calendar: String,
    /// First session; that of the first bar when left out.
    #[arg(long)]
    pub(crate) start_date: Option<Date>,
    /// Last session; that of the last bar when left out.
    #[arg(long)]
    pub(crate) end_date: Option<Date>,
    /// Sessions that a price is carried into a gap, at most. Volume and returns never are.
    #[arg(long, value_name = "N", default_value_t = 5)]
    pub(crate) fill_limit: usize,
    /// Leave out the columns `log_return` and `gap`.
    #[arg(long)]
    pub(crate) no_returns: bool,
    /// A session without a bar counts as 0 units traded; its volume is missing otherwise.
    #[arg(long)]
    pub(crate) zero_volume: bool,
    /// Series of observations, one column each, as known at each close; with `{symbol}` in it one series a name.
    #[arg(long, value_delimiter = ',', value_name = "SERIES", requires = "max_age")]
    pub(crate) observations: Vec<String>,
    /// Days from the end of the date an observation describes to the close, at most.
    #[arg(long, value_name = "DAYS", requires = "observations")]
    pub(crate) max_age: Option<u32>,
    /// Also the features of this set, worked out from the bars of the view.
    #[arg(long, value_name = "SET")]
    pub(crate) features: Option<String>,
    /// Also an expression of your own, such as `mom20=$close / Ref($close, 20) - 1`. Repeat as needed.
    #[arg(long, value_name = "NAME=TEXT", value_parser = named_expression)]
    pub(crate) expression: Vec<(String, String)>,
    /// Refuse names of which a quality rule set rows aside.
    #[arg(long)]
    pub(crate) strict: bool,
    /// Threads; 0 means one a core. The files are the same with any number.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) jobs: usize,
    /// Only what was known then: an instant such as 2024-01-31T10:00:00Z, or a date, which means its end in UTC.
    #[arg(long, value_name = "TIME", value_parser = as_of)]
    pub(crate) as_of: Option<Instant>,
    /// Refuse names that share less of their dates with the calendar, a fraction.
    #[arg(long, value_name = "SHARE", default_value_t = 0.9)]
    pub(crate) min_overlap: f64,
    /// Replace an earlier view in that folder; other files are never replaced.
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Say what would be written, and write nothing.
    #[arg(long, conflicts_with = "check_only")]
    pub(crate) dry_run: bool,
    /// Look whether it can be made and how much of it is there, and write nothing.
    #[arg(long)]
    pub(crate) check_only: bool,
    /// Also write the papers and the coverage as JSON into this file.
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
}
