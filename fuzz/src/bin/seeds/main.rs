//! Writes the first inputs of every target, `DIR/TARGET/NAME`: files of a small simulated market as the product writes them,
//! replies in the vendors' documented forms, and the shipped configuration.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use proofmark_app::data::{self, PlainFormat, Selection};
use proofmark_app::ingest::{self, Synthetic};
use proofmark_app::progress::Silent;
use proofmark_app::workspace::{PIPELINES, Workspace};
use proofmark_lake::{Lake, Table};
use proofmark_lake::facts::{BookLevel, FundingPayment, SentimentScore};
use proofmark_market::Interval;
use proofmark_market::book::{Fixed, Level, Side};
use proofmark_units::Instant;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let out = PathBuf::from(std::env::args_os().nth(1).ok_or("usage: seeds DIR")?);
    let world = out.join(".world");
    let _ = fs::remove_dir_all(&world);
    simulated(&world, &out)?;
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
    let seed = root.join("seed");
    data::back_up(&ws, &seed, &Silent)?;
    put(out, "seed_manifest", "seed.json", &fs::read(seed.join("seed.json"))?)?;
    for (number, file) in lake.files().iter().enumerate() {
        let bytes = fs::read(ws.lake().join(file.path()))?;
        // The first byte of this target is the table's number.
        let table = Table::all().position(|table| table == file.table).unwrap_or_default();
        put(out, "lake_files", &format!("part-{number}"), &[&[u8::try_from(table)?], bytes.as_slice()].concat())?;
    }
    for (format, ending) in [(PlainFormat::Parquet, "parquet"), (PlainFormat::Csv, "csv")] {
        let to = root.join(ending);
        data::export(&ws, &Selection { symbols: Vec::new(), as_of: None, interval: Interval::Day1 }, format, &to, &Silent)?;
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
    data::export_sqlite(&ws, &Selection { symbols: Vec::new(), as_of: None, interval: Interval::Day1 }, &market, &Silent)?;
    put(out, "sqlite", "market.db", &fs::read(market)?)
}

/// `(target, name, text)`; where the first byte chooses, it is a character.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "csv_bars",
        "dd-mmm",
        "@Symbol, Date ,Open,High,Low,Close,Volume\r\r\nA,01-Jan-2024,1,2,0.5,1.5,\"1,000\"\r\r\ntotal,,,,,,\n",
    ),
    ("csv_bars", "no-symbol", "Cts,open,high,low,close\n2024-01-01T09:15:00+05:30,1,2,1,2\n"),
    (
        "feed",
        "rss",
        "<?xml version=\"1.0\"?><rss><channel><title>F</title><item><title>A &amp; b</title><link>https://f.example/1</link><pubDate>Mon, 15 Jan 2024 10:30:00 +0530</pubDate></item></channel></rss>",
    ),
    (
        "feed",
        "atom",
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>F</title><entry><title><![CDATA[x]]></title><link href='https://f.example/2'/><updated>2024-01-15T10:00:00Z</updated></entry></feed>",
    ),
    (
        "books",
        "feed",
        "A{\"stream\":\"btcusdt@depth\",\"data\":{\"e\":\"depthUpdate\",\"E\":1700000000000,\"s\":\"BTCUSDT\",\"U\":1,\"u\":2,\"b\":[[\"4.0\",\"1\"]],\"a\":[[\"4.1\",\"0\"]]}}\n",
    ),
    (
        "books",
        "lobster",
        "B34200.1,1,7,100,2239500,1\n34200.2,4,7,100,2239500,1\n\x002239500,100,2231800,100\n2239500,0,2231800,100\n",
    ),
    (
        "books",
        "depth",
        "C{\"symbol\":\"BTCUSDT\",\"kind\":\"binance-spot/depth\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"snapshot\":{\"venue\":\"binance-spot\",\"code\":\"BTCUSDT\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"exchange_time\":null,\"last_update_id\":7,\"bids\":[[4.0,431.0]],\"asks\":[[4.1,12.0]]}}",
    ),
    (
        "chains",
        "csv",
        "Aunderlying,expiry,strike,type,bid,ask,last,quote_date\nSPX,2024-03-15,5000,C,10.5,11,10.7,2024-01-15\n",
    ),
    (
        "chains",
        "filed",
        "C{\"symbol\":\"NIFTY\",\"kind\":\"breeze/chain\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"snapshot\":{\"code\":\"NIFTY\",\"expiry\":\"2024-01-25\",\"observed_at\":\"2024-01-01T00:00:00Z\",\"underlying\":21000.0,\"options\":[{\"right\":\"call\",\"strike\":21000.0,\"last\":1.0,\"bid\":0.9,\"ask\":1.1,\"volume\":5.0,\"open_interest\":7.0}],\"flaws\":[]}}",
    ),
    ("chains", "curve", "DT,DF\n0.1,0.995\n1,0.95\n"),
    ("chains", "futures", "Esymbol,date,expiry,settle\nVX,2024-01-15,2024-02-14,14.5\n"),
    ("observations", "valuation", "\0ts,pe,pb,div_yield\n2024-01-01,22.5,3.5,1.2\n"),
    ("observations", "monthly", "\x01date,value\n2024-01-01,3.2\n2024-02-01,.\n"),
    ("lists", "members", "symbol,start,end,category\nA,2020-01-01,,X\nB,2020-01-01,2021-01-01,X\n"),
    ("lists", "ranked", "symbol,ranked_in\nA,2019H2\nB,2019Q4\nC,2019-12\n"),
    ("lists", "actions", "symbol,ex_date,kind,value,announced\nA,2020-03-02,split,5,2020-02-10\n"),
    ("policy", "empty", "[[waiver]]\ncheck = \"x\"\n"),
    ("policy", "default", include_str!("../../../crates/lifecycle/policies/default.toml")),
    (
        "http_source",
        "json",
        "name = \"v\"\nurl = \"https://x.example/{code}?a={start}&b={end}\"\nformat = \"json\"\nrows = \"data.bars\"\ndate_format = \"unix_ms\"\n[fields]\ndate = \"t\"\nopen = \"o\"\nhigh = \"h\"\nlow = \"l\"\nclose = \"c\"\n",
    ),
    ("stamps", "instant", "2024-01-15T10:00:00.123456+05:30"),
    ("stamps", "zone", "America/New_York 2024-03-10"),
    ("stamps", "offset", "+05:30 2024-10-27"),
    ("models", "constant", "{\"format\":1,\"kind\":\"constant\",\"value\":0.5}"),
    ("models", "sentiment", "{\"format\":1,\"classes\":[]}"),
];

/// `(first byte, name, body)` of vendors' replies; a zero byte stands between two of them.
const REPLIES: &[(u8, &str, &str)] = &[
    (
        0,
        "binance-spot",
        "[[1704067200000,\"1\",\"2\",\"0.5\",\"1.5\",\"10\",1704153599999,\"0\",1,\"0\",\"0\",\"0\"]]",
    ),
    (
        1,
        "binance-usdm",
        "[[1704067200000,\"1\",\"2\",\"0.5\",\"1.5\",\"10\",1704153599999,\"0\",1,\"0\",\"0\",\"0\"]]",
    ),
    (2, "funding", "[{\"symbol\":\"AAA\",\"fundingTime\":1704067200000,\"fundingRate\":\"0.0001\"}]"),
    (
        3,
        "depth",
        "{\"lastUpdateId\":7,\"T\":1704067200000,\"bids\":[[\"4.0\",\"431.0\"]],\"asks\":[[\"4.1\",\"12\"]]}",
    ),
    (
        4,
        "breeze-v1",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"datetime\":\"2024-01-15 00:00:00\",\"open\":\"1\",\"high\":\"2\",\"low\":\"1\",\"close\":\"2\",\"volume\":\"5\"}],\"Status\":200,\"Error\":null}",
    ),
    (
        5,
        "breeze-v2",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"datetime\":\"2024-01-15 00:00:00\",\"open\":1.0,\"high\":2.0,\"low\":1.0,\"close\":2.0,\"volume\":5}],\"Status\":200,\"Error\":null}",
    ),
    (
        6,
        "breeze-quote",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"exchange_code\":\"NSE\",\"ltp\":10.5,\"best_bid_price\":10.4,\"best_bid_quantity\":\"5\",\"best_offer_price\":10.6,\"best_offer_quantity\":\"7\"}],\"Status\":200,\"Error\":null}",
    ),
    (
        7,
        "breeze-chain",
        "{\"Success\":{\"session_token\":\"QUIxMjM6dG9rZW4=\"},\"Status\":200,\"Error\":null}\0{\"Success\":[{\"strike_price\":21000,\"ltp\":10.5,\"best_bid_price\":10.4,\"best_offer_price\":10.6,\"total_quantity_traded\":\"5\",\"open_interest\":7,\"spot_price\":\"21010\"}],\"Status\":200,\"Error\":null}",
    ),
    (
        8,
        "twelvedata",
        "{\"meta\":{\"symbol\":\"AAA\"},\"values\":[{\"datetime\":\"2024-01-15\",\"open\":\"1\",\"high\":\"2\",\"low\":\"1\",\"close\":\"2\",\"volume\":\"5\"}],\"status\":\"ok\"}",
    ),
    (
        9,
        "alpaca",
        "{\"bars\":[{\"t\":\"2024-01-15T05:00:00Z\",\"o\":1,\"h\":2,\"l\":1,\"c\":2,\"v\":5}],\"symbol\":\"AAA\",\"next_page_token\":null}",
    ),
    (
        10,
        "fred",
        "{\"observations\":[{\"realtime_start\":\"2024-01-15\",\"realtime_end\":\"9999-12-31\",\"date\":\"2024-01-01\",\"value\":\"3.2\"}],\"count\":1}",
    ),
    (
        11,
        "fred-all",
        "{\"observations\":[{\"realtime_start\":\"2024-01-15\",\"realtime_end\":\"9999-12-31\",\"date\":\"2024-01-01\",\"value\":\".\"}],\"count\":1}",
    ),
    (
        12,
        "newsapi",
        "{\"status\":\"ok\",\"totalResults\":1,\"articles\":[{\"source\":{\"name\":\"P\"},\"title\":\"T\",\"description\":\"d\",\"url\":\"https://p.example/1\",\"publishedAt\":\"2024-01-15T08:00:00Z\"}]}",
    ),
    (13, "http-csv", "t,o,h,l,c\n2024-01-15,1,2,1,2\n"),
    (83, "http-json", "{\"data\":[{\"t\":\"2024-01-15\",\"o\":1,\"h\":2,\"l\":1,\"c\":2}]}"),
];
