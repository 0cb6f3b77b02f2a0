//! Writes the first inputs of every target, `DIR/TARGET/NAME`: files of a small simulated market as the product writes them,
//! replies in the vendors' documented forms, and the shipped configuration.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

// Our crates call coverage counters here too; they are in it.
use libfuzzer_sys as _;
use proofmark_app::data::{self, PlainFormat, Selection, SnapshotOrder};
use proofmark_app::ingest::{self, Synthetic};
use proofmark_app::progress::Silent;
use proofmark_app::workspace::{PIPELINES, Workspace};
use proofmark_lake::facts::{BookLevel, FundingPayment, SentimentScore};
use proofmark_lake::{Lake, Table};
use proofmark_market::Interval;
use proofmark_market::book::{Fixed, Level, Side};
use proofmark_units::Instant;

mod records;
mod texts;

use texts::{REPLIES, TEXTS};

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let out = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: seeds DIR")?);
    let world = out.join(".world");
    let _ = fs::remove_dir_all(&world);
    simulated(&world, &out)?;
    records::expressions(&out)?;
    records::regimes(&out)?;
    records::evidence(&world, &out)?;
    for (target, name, text) in TEXTS {
        put(&out, target, name, text.as_bytes())?;
    }
    for (name, text) in PIPELINES {
        put(&out, "pipeline", name, text.as_bytes())?;
    }
    for (first, name, body) in REPLIES {
        put(&out, "vendors", name, &[&[*first], body.as_bytes()].concat())?;
    }
    fs::remove_dir_all(world)?;
    Ok(())
}

fn put(out: &Path, target: &str, name: &str, bytes: &[u8]) -> Outcome {
    let folder = out.join(target);
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(name), bytes)?)
}

/// A simulated market of two names, in every form that the product writes.
fn simulated(root: &Path, out: &Path) -> Outcome {
    Workspace::init(root)?;
    let ws = Workspace::open(root)?;
    let world = Synthetic {
        scenario: "null".to_owned(),
        names: 2,
        seed: 7,
        start: "2020-01-01".parse()?,
        end: "2020-03-31".parse()?,
        strength: None,
    };
    ingest::synthetic(&ws, &world)?;
    let mut lake = Lake::open(ws.lake())?;
    let at: Instant = "2020-01-01T08:00:00Z".parse()?;
    let name = "BTCUSDT".parse::<proofmark_units::Symbol>()?;
    let delivery = proofmark_lake::Delivery { source: "seed".to_owned(), arrived_at: at };
    let (event_time, known_at) = (at, at);
    let payment =
        FundingPayment { symbol: name.clone(), event_time, known_at, rate: 1e-4, interval_hours: Some(8.0) };
    lake.append_facts(&[payment], &delivery)?;
    let score = SentimentScore {
        topic: name.clone(),
        event_time,
        known_at,
        provider: "lexicon".to_owned(),
        score: 0.25,
        confidence: None,
    };
    lake.append_facts(&[score], &delivery)?;
    let level = BookLevel {
        symbol: name.clone(),
        event_time,
        known_at,
        venue: "binance-spot".to_owned(),
        side: Side::Bid,
        level: 1,
        at: Level { price: Fixed::from_units(400_000_000), size: Fixed::from_units(1) },
        update_id: Some(7),
    };
    lake.append_facts(&[level], &delivery)?;

    put(out, "lake_manifest", "manifest.json", &fs::read(ws.lake().join("manifest.json"))?)?;
    let order = SnapshotOrder {
        symbols: Vec::new(),
        start: None,
        end: None,
        as_of: None,
        benchmark: None,
        observations: Vec::new(),
        calendar: "XNSE".to_owned(),
    };
    data::take_snapshot(&ws, &order)?;
    for entry in fs::read_dir(ws.lake().join("snapshots"))? {
        put(out, "snapshot", "record.json", &fs::read(entry?.path())?)?;
    }
    let settings = fs::read(root.join("proofmark.toml"))?;
    put(out, "settings", "proofmark.toml", &[b"@", settings.as_slice()].concat())?;
    let seed = root.join("seed");
    data::back_up(&ws, &seed, &Silent)?;
    put(out, "seed_manifest", "seed.json", &fs::read(seed.join("seed.json"))?)?;
    for (number, file) in lake.files().iter().enumerate() {
        let bytes = fs::read(ws.lake().join(file.path()))?;
        // The first byte of this target is the table's number.
        let table = Table::all().position(|table| table == file.table).unwrap_or_default();
        put(
            out,
            "lake_files",
            &format!("part-{number}"),
            &[&[u8::try_from(table)?], bytes.as_slice()].concat(),
        )?;
    }
    for (format, ending) in [(PlainFormat::Parquet, "parquet"), (PlainFormat::Csv, "csv")] {
        let to = root.join(ending);
        data::export(
            &ws,
            &Selection { symbols: Vec::new(), as_of: None, interval: Interval::Day1 },
            format,
            &to,
            &Silent,
        )?;
        for entry in fs::read_dir(to.join("bars"))? {
            let path = entry?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let bytes = fs::read(&path)?;
            if ending == "parquet" {
                put(out, "parquet_bars", &name, &bytes)?;
            } else {
                put(out, "csv_bars", &name, &[b"\0", bytes.as_slice()].concat())?;
            }
            put(out, "records", &name, &bytes)?;
        }
    }
    let market = root.join("market.db");
    data::export_sqlite(
        &ws,
        &Selection { symbols: Vec::new(), as_of: None, interval: Interval::Day1 },
        &market,
        &Silent,
    )?;
    put(out, "sqlite", "market.db", &fs::read(market)?)
}
