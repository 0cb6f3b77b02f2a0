//! Import of CSV files as vendors delivered them; the peers are polars and DuckDB.

use std::path::{Path, PathBuf};

use proofmark_app::ingest::{self, Request};
use proofmark_app::progress::Silent;
use proofmark_app::workspace::Workspace;
use proofmark_benches::{Failure, program, timed};
use proofmark_lake::{Lake, Table};
use proofmark_market::Interval;
use proofmark_units::DateSpan;
use serde_json::{Value, json};

/// Below the shared data, and what the files are called here.
const FOLDERS: [(&str, &str); 3] =
    [("india/raw_vendor_csv", "vendor"), ("india/raw_bhavcopy", "market"), ("fx/raw_vendor_csv", "minutes")];

fn main() -> Result<(), Failure> {
    program(input, run)
}

fn input(folder: &Path) -> Result<(), Failure> {
    let shared = std::env::var_os("SHARED_DATA").ok_or("SHARED_DATA does not say where the files are")?;
    for (from, to) in FOLDERS {
        let to = folder.join(to);
        std::fs::create_dir_all(&to)?;
        for file in files(&Path::new(&shared).join(from))? {
            std::fs::copy(&file, to.join(file.file_name().unwrap_or_default()))?;
        }
    }
    Ok(())
}

fn files(folder: &Path) -> Result<Vec<PathBuf>, Failure> {
    let entries = std::fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let mut files: Vec<PathBuf> = entries.into_iter().map(|entry| entry.path()).collect();
    files.sort();
    Ok(files)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let of = |kind: &str| files(&folder.join(kind));
    let (vendor, market, minutes) = (of("vendor")?, of("market")?, of("minutes")?);
    // One workspace a kind and export: the same shares and instants come in several. New ones each turn: a file system that
    // has just lost thousands of files is slow to make new ones, and no import begins so.
    let turn = (1..).map(|turn| folder.join(format!("workspaces-{turn}"))).find(|turn| !turn.exists());
    let turn = turn.ok_or("every number is taken")?;
    let workspaces: Vec<Workspace> = ["vendor", "market", "a", "b"]
        .iter()
        .map(|name| {
            let root = turn.join(name);
            Workspace::init(&root)?;
            Ok(Workspace::open(&root)?)
        })
        .collect::<Result<_, Failure>>()?;
    let daily = Request { calendar: "XNSE".into(), ..Request::default() };
    let of_series = Request { series: vec!["EQ".into()], ..daily.clone() };
    let five = Request {
        calendar: "24/5".into(),
        symbol: Some("USDCOP".parse()?),
        zone: Some("UTC".into()),
        ..Request::default()
    };
    let (result, seconds) = timed(|| {
        ingest::csv(&workspaces[0], &vendor, &daily, &Silent)?;
        ingest::csv(&workspaces[1], &market, &of_series, &Silent)?;
        ingest::csv(&workspaces[2], &minutes[..1], &five, &Silent)?;
        ingest::csv(&workspaces[3], &minutes[1..], &five, &Silent)
    });
    result?;
    let mut figures = serde_json::Map::new();
    for (kind, among) in
        [("vendor", &workspaces[..1]), ("market", &workspaces[1..2]), ("minutes", &workspaces[2..])]
    {
        let (mut rows, mut sum) = (0, 0.0);
        for ws in among {
            for close in closes(&Lake::open(ws.root().join("lake"))?)? {
                rows += 1;
                sum += close;
            }
        }
        figures.insert(format!("{kind}_rows"), rows.into());
        figures.insert(format!("{kind}_close"), sum.into());
    }
    Ok(json!({ "timings": {"import": seconds}, "figures": figures }))
}

fn closes(lake: &Lake) -> Result<Vec<f64>, Failure> {
    let mut closes = Vec::new();
    for symbol in lake.symbols() {
        closes.extend(lake.read_bars(&symbol, DateSpan::EVERY, None)?.iter().map(|row| row.close));
    }
    let five = Interval::Minute5;
    for symbol in lake.names(Table::Intraday(five)) {
        closes.extend(lake.read_intraday(five, &symbol, DateSpan::EVERY, None)?.iter().map(|row| row.close));
    }
    Ok(closes)
}
