//! Import of 5,000,000 minute bars from one CSV file into Parquet, one file a symbol; the peers are polars and DuckDB.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use proofmark_app::ingest::{self, Request};
use proofmark_app::progress::Silent;
use proofmark_app::workspace::Workspace;
use proofmark_benches::{Failure, minutes, program, timed};
use proofmark_lake::Lake;
use proofmark_market::Interval;
use proofmark_units::DateSpan;
use serde_json::{Value, json};

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    let mut file = std::io::BufWriter::new(std::fs::File::create(folder.join("minutes.csv"))?);
    file.write_all(b"symbol,ts,open,high,low,close,volume\n")?;
    let mut line = String::new();
    for (symbol, bars) in minutes()? {
        for bar in bars {
            let at = bar.start.to_string();
            let (day, clock) = (&at[..10], &at[11..19]);
            line.clear();
            writeln!(
                line,
                "{symbol},{day} {clock},{:.2},{:.2},{:.2},{:.2},{}",
                bar.open, bar.high, bar.low, bar.close, bar.volume
            )?;
            file.write_all(line.as_bytes())?;
        }
    }
    Ok(file.flush()?)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let root = folder.join("workspace");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    Workspace::init(&root)?;
    let ws = Workspace::open(&root)?;
    let request = Request { calendar: "XNSE".into(), zone: Some("UTC".into()), ..Request::default() };
    let (summary, seconds) = timed(|| ingest::csv(&ws, &[folder.join("minutes.csv")], &request, &Silent));
    summary?;
    // What is on the disk now, read back.
    let lake = Lake::open(root.join("lake"))?;
    let (mut rows, mut close, mut volume) = (0, 0.0, 0.0);
    let names = lake.names(proofmark_lake::Table::Intraday(Interval::Minute1));
    for symbol in &names {
        let bars = lake.read_intraday(Interval::Minute1, symbol, DateSpan::EVERY, None)?;
        rows += bars.len();
        close += bars.iter().map(|bar| bar.close).sum::<f64>();
        volume += bars.iter().map(|bar| bar.volume).sum::<f64>();
    }
    let bytes: u64 = lake.files().iter().map(|file| file.bytes).sum();
    Ok(json!({
        "timings": {"import": seconds},
        "figures": {"rows": rows, "symbols": names.len(), "close": close, "volume": volume},
        "bytes": bytes,
    }))
}
