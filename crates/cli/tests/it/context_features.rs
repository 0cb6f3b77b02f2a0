//! `data context`: features of books, chains, other series and news as series of observations, with both times.

mod adjusted;
mod real;
mod within;

use std::path::Path;

use proofmark_lake::facts::{Article, BookLevel, Fact, OptionQuote};
use proofmark_lake::{Delivery, Lake, Observation};
use proofmark_market::BarRow;
use proofmark_market::book::{DepthMessage, DepthSnapshot, DepthUpdate, Fixed, Level, Side, Stamp};
use proofmark_market::options::{Black76, Right};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde_json::Value;

use crate::context::{pipeline, read};
use crate::proofmark::{Said, made, refused, run};

fn workspace() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    folder
}

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn lake(folder: &Path) -> Lake {
    Lake::open(folder.join("lake")).unwrap()
}

fn delivered(at: Instant) -> Delivery {
    Delivery { source: "planted".to_owned(), arrived_at: at }
}

fn facts<F: Fact>(folder: &Path, facts: &[F]) {
    lake(folder).append_facts(facts, &delivered(at("2024-06-01T00:00:00Z"))).unwrap();
}

/// Runs `data context` on a spec of that text.
fn context(folder: &Path, spec: &str, more: &[&str]) -> Said {
    std::fs::write(folder.join("spec.toml"), spec).unwrap();
    run(folder, &[&["data", "context", "spec.toml", "--json", "--quiet"], more].concat())
}

/// Date, known at and value of every row of a series.
fn rows(folder: &Path, series: &str) -> Vec<(String, String, f64)> {
    let row = |row: Observation| (row.date.to_string(), row.known_at.to_string(), row.value);
    lake(folder)
        .read_observations(&symbol(series), DateSpan::EVERY, None)
        .unwrap()
        .into_iter()
        .map(row)
        .collect()
}

/// What the closes see of a series.
fn view(
    folder: &Path,
    calendar: &str,
    series: &str,
    (from, to): (&str, &str),
    age: &str,
) -> Vec<Option<f64>> {
    let dates = ["--start-date", from, "--end-date", to, "--calendar", calendar, "--max-age", age];
    let said = run(folder, &[&["data", "view", "--series", series, "--json"], &dates[..]].concat());
    made(&said)["columns"][0]["values"].as_array().unwrap().iter().map(Value::as_f64).collect()
}

fn near(found: f64, wanted: f64) -> bool {
    (found - wanted).abs() < 1e-9
}

const BOOK: &str = "calendar = \"24/7\"\n\n[features]\nSPREAD = \"mic_spread_relative\"\nPAID = \"mic_effective_spread\"\nDEPTH = \"mic_depth_imbalance\"\n\n\
[input]\nkind = \"book_recordings\"\nsample_every = \"1h\"\nlevels = 1\nrealised_after = \"1m\"\n";

fn level(price: i64, size: i64) -> Level {
    let units = |value: i64| Fixed::from_units(value * 100_000_000);
    Level { price: units(price), size: units(size) }
}

/// Two days of a book: a spread of 2 on 100, then from the first noon on 4 on 101; one trade at 101 in the first morning.
fn record(folder: &Path) {
    let mut lake = lake(folder);
    let digest = Digest::of(b"a stream");
    let mut writer = lake.record_book(&symbol("XUSDT"), "venue", "stream", digest).unwrap().unwrap();
    let stamp = |text: &str| Stamp { event_time: at(text), known_at: at(text) };
    let mut row = 0;
    let mut push = |message: DepthMessage, text: &str| {
        writer.push(&message, at(text)).unwrap();
    };
    let mut next = || {
        row += 1;
        row
    };
    let begin = "2024-02-29T23:00:00Z";
    let levels = vec![(Side::Bid, level(99, 30)), (Side::Ask, level(101, 10))];
    let snapshot = DepthSnapshot { stamp: stamp(begin), row: next(), last_id: 1, levels, damaged: false };
    push(DepthMessage::Snapshot(snapshot), begin);
    let morning = "2024-03-01T06:00:00Z";
    let prints = vec![(Side::Bid, level(101, 2))];
    push(DepthMessage::Trade { stamp: stamp(morning), row: next(), id: Some(1), prints }, morning);
    let mut update = |text: &str, id: i64, levels: Vec<(Side, Level)>| {
        let update = DepthUpdate {
            stamp: stamp(text),
            row: next(),
            first_id: Some(id),
            previous_id: None,
            last_id: id,
            levels,
            damaged: false,
        };
        push(DepthMessage::Update(update), text);
    };
    update("2024-03-01T12:00:00Z", 2, vec![(Side::Ask, level(101, 0)), (Side::Ask, level(103, 10))]);
    update("2024-03-02T12:00:00Z", 3, vec![(Side::Bid, level(99, 10))]);
    update("2024-03-03T06:00:00Z", 4, vec![(Side::Bid, level(99, 20))]);
    writer.finish().unwrap();
}

#[test]
fn a_recorded_book_is_measured_by_session_and_missing_stays_missing() {
    let folder = workspace();
    let path = folder.path();
    record(path);
    let report = made(&context(path, BOOK, &["--store-as", "BOOK"]));
    let of = |feature: &str| {
        let all = report["series"].as_array().unwrap();
        all.iter().find(|own| own["feature"] == feature).unwrap().clone()
    };
    let count = |own: &Value| (own["values"].as_u64().unwrap(), own["missing"].as_u64().unwrap());
    // The recording covers the two days from midnight to midnight, and parts of those around them.
    assert_eq!(count(&of("mic_spread_relative")), (2, 0));
    assert_eq!(count(&of("mic_effective_spread")), (1, 1), "nothing traded on the second day");
    assert_eq!(of("mic_spread_relative")["stored"]["series"], "BOOK.SPREAD.XUSDT");

    let spread = rows(path, "BOOK.SPREAD.XUSDT");
    let half = 0.5 * (0.02 + 4.0 / 101.0);
    assert!(near(spread[0].2, half) && near(spread[1].2, 4.0 / 101.0), "{spread:?}");
    assert_eq!((spread[0].0.as_str(), spread[0].1.as_str()), ("2024-03-01", "2024-03-02T00:00:00Z"));
    // Samples after the first midnight up to the next: all 24 at (30 - 10) / 40; then half of them at 0.
    let depth = rows(path, "BOOK.DEPTH.XUSDT");
    assert!(near(depth[0].2, 0.5) && depth[1].2 > 0.2 && depth[1].2 < 0.3, "{depth:?}");
    let span = ("2024-02-29", "2024-03-03");
    let paid = view(path, "24/7", "BOOK.PAID.XUSDT", span, "1");
    assert_eq!((paid[0], paid[3]), (None, None), "not known yet, and too old");
    assert!(near(paid[1].unwrap(), 0.02) && near(paid[2].unwrap(), 0.02), "carried for a day: {paid:?}");

    // The same again adds nothing; another setting under the same name is refused, and nothing is written.
    let again = made(&context(path, BOOK, &["--store-as", "BOOK"]));
    assert!(again["series"].as_array().unwrap().iter().all(|own| own["stored"]["rows"] == 0), "{again}");
    let other = BOOK.replace("\"1h\"", "\"2h\"");
    refused(&context(path, &other, &["--store-as", "BOOK"]), &["stale values", "another name"]);
    assert_eq!(rows(path, "BOOK.SPREAD.XUSDT"), spread);
    // One more feature makes no series stale, and a session whose end was not seen has no value.
    let more = BOOK.replace("SPREAD =", "FLOW = \"mic_order_flow\"\nSPREAD =");
    made(&context(path, &more, &["--store-as", "BOOK"]));
    assert_eq!(rows(path, "BOOK.FLOW.XUSDT").len(), 2);

    // Bars of an hour: a session has the value of its last bar, also one that was not seen to its end.
    let hours = BOOK
        .replace("sample_every", "every = \"1h\"\nsample_every")
        .replace("\"1h\"\nlevels", "\"10m\"\nlevels");
    made(&context(path, &hours, &["--store-as", "HOUR"]));
    let spread = rows(path, "HOUR.SPREAD.XUSDT");
    let known: Vec<&str> = spread.iter().map(|row| row.1.as_str()).collect();
    assert_eq!(
        known,
        ["2024-03-01T00:00:00Z", "2024-03-02T00:00:00Z", "2024-03-03T00:00:00Z", "2024-03-03T06:00:00Z"]
    );
    assert!(near(spread[0].2, 0.02) && near(spread[1].2, 4.0 / 101.0), "{spread:?}");
}

#[test]
fn two_recordings_of_the_same_hours_are_refused() {
    let folder = workspace();
    let path = folder.path();
    record(path);
    let mut lake = lake(path);
    let mut writer =
        lake.record_book(&symbol("XUSDT"), "other", "again", Digest::of(b"another")).unwrap().unwrap();
    for (row, time) in ["2024-03-01T12:00:00Z", "2024-03-01T13:00:00Z"].into_iter().enumerate() {
        let stamp = Stamp { event_time: at(time), known_at: at(time) };
        let levels = vec![(Side::Bid, level(99, 1)), (Side::Ask, level(100, 1))];
        let snapshot = DepthSnapshot { stamp, row: row as u64 + 1, last_id: 1, levels, damaged: false };
        writer.push(&DepthMessage::Snapshot(snapshot), at(time)).unwrap();
    }
    writer.finish().unwrap();
    refused(&context(path, BOOK, &[]), &["the same hours", "`recordings`"]);
    let chosen = BOOK.replace("levels = 1", "levels = 1\nrecordings = \"stream\"");
    assert_eq!(made(&context(path, &chosen, &[]))["series"][2]["values"], 2);
    refused(&context(path, &chosen.replace("\"stream\"", "\"strm\""), &[]), &["`strm`", "stream#"]);
}

#[test]
fn snapshots_stand_for_a_while_and_a_day_nobody_looked_at_has_no_value() {
    let folder = workspace();
    let path = folder.path();
    let seen = |time: &str, ask: i64| {
        [(Side::Bid, level(99, 30)), (Side::Ask, level(ask, 10))].map(|(side, best)| BookLevel {
            symbol: symbol("XUSDT"),
            event_time: at(time),
            known_at: at(time),
            venue: "spot".to_owned(),
            side,
            level: 1,
            at: best,
            update_id: None,
        })
    };
    let early = [("00", 101), ("06", 101), ("12", 103), ("18", 103)];
    let early = early.map(|(hour, ask)| seen(&format!("2024-03-01T{hour}:00:00Z"), ask));
    let late = ["01", "07", "13", "19"].map(|hour| seen(&format!("2024-03-03T{hour}:00:00Z"), 101));
    facts(path, &[early, late].concat().concat());
    let spec = "calendar = \"24/7\"\n\n[features]\nSPREAD = \"mic_spread_relative\"\nSHARE = \"mic_quoted_share\"\n\n\
        [input]\nkind = \"book_snapshots\"\nvenue = \"spot\"\nstands_for = \"6h\"\nlevels = 1\n";
    made(&context(path, spec, &["--store-as", "B"]));
    let half = 0.5 * (0.02 + 4.0 / 101.0);
    let of = |series: &str| -> Vec<(String, f64)> {
        rows(path, series).into_iter().map(|row| (row.0, row.2)).collect()
    };
    let (spread, share) = (of("B.SPREAD.XUSDT"), of("B.SHARE.XUSDT"));
    assert_eq!(share.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["2024-03-01", "2024-03-03"]);
    assert!(near(spread[0].1, half) && near(spread[1].1, 0.02), "{spread:?}");
    assert!(near(share[0].1, 1.0) && near(share[1].1, 23.0 / 24.0), "{share:?}");
    refused(&context(path, &spec.replace("\"spot\"", "\"futures\""), &[]), &["futures", "spot"]);
    refused(&context(path, &spec.replace("mic_quoted_share", "mic_effective_spread"), &[]), &["trades"]);
}

#[test]
fn a_chain_has_a_surface_known_when_its_last_expiry_was() {
    let folder = workspace();
    let path = folder.path();
    let mut quotes = Vec::new();
    // No chain came on the 4th.
    for (session, volatility) in [("2024-01-02", 0.2), ("2024-01-03", 0.3), ("2024-01-05", 0.3)] {
        for (days, seconds) in [(20, 0), (100, 5)] {
            let seen = at(&format!("{session}T09:00:00Z")).plus_seconds(seconds);
            for strike in 80..=120 {
                for right in [Right::Call, Right::Put] {
                    let years = f64::from(days) / 365.0;
                    let price =
                        Black76::new(right, 100.0, f64::from(strike), years, 1.0).unwrap().price(volatility);
                    quotes.push(OptionQuote {
                        underlying: symbol("XIDX"),
                        event_time: seen,
                        known_at: seen.plus_seconds(1),
                        venue: "breeze".to_owned(),
                        expiry: day(session).plus_days(days),
                        strike: f64::from(strike),
                        right,
                        bid: Some(price),
                        ask: Some(price),
                        last: None,
                        volume: Some(if right == Right::Put { 3.0 } else { 2.0 }),
                        open_interest: Some(1.0),
                    });
                }
            }
        }
    }
    facts(path, &quotes);
    let spec = "calendar = \"XNSE\"\n\n[features]\nIV = \"opt_iv_30\"\nPCR = \"opt_put_call_volume\"\nRANK = \"opt_iv_rank\"\nRR = \"opt_risk_reversal\"\nTERM = \"opt_term_slope\"\nNET = \"opt_gamma_balance\"\n\n\
[input]\nkind = \"option_chains\"\nvenue = \"breeze\"\nvalue = { multiplier = 1.0, rate = 0.0, nearest = 10 }\n";
    let report = made(&context(path, spec, &["--store-as", "OPT"]));
    let volatility = rows(path, "OPT.IV.XIDX");
    assert_eq!(volatility[0].1, "2024-01-02T09:00:06Z", "when the later expiry was known");
    assert!((volatility[0].2 - 0.2).abs() < 1e-4 && (volatility[1].2 - 0.3).abs() < 1e-4, "{volatility:?}");
    assert!(rows(path, "OPT.PCR.XIDX").iter().all(|row| near(row.2, 1.5)));
    // A flat smile has no skew and no term; with as many calls as puts held the exposures cancel.
    for series in ["OPT.RR.XIDX", "OPT.TERM.XIDX", "OPT.NET.XIDX"] {
        assert!(rows(path, series).iter().all(|row| row.2.abs() < 1e-3), "{:?}", rows(path, series));
    }
    let of = |feature: &str| {
        let all = report["series"].as_array().unwrap();
        let own = all.iter().find(|own| own["feature"] == feature).unwrap();
        (own["values"].as_u64().unwrap(), own["missing"].as_u64().unwrap())
    };
    assert_eq!(of("opt_iv_30"), (3, 1), "a session without a chain is a session without a value");
    assert_eq!(of("opt_iv_rank"), (0, 4), "half a year is needed");
    assert!(!lake(path).series().contains(&symbol("OPT.RANK.XIDX")));
    let seen = view(path, "XNSE", "OPT.IV.XIDX", ("2024-01-01", "2024-01-03"), "3");
    assert!(seen[0].is_none() && (seen[1].unwrap() - 0.2).abs() < 1e-4, "{seen:?}");
    refused(&context(path, &spec.replace("\"breeze\"", "\"nse\""), &[]), &["no chain", "breeze"]);
}

const BETA: &str = "calendar = \"XNSE\"\n\n[features]\nBETA = \"mkt_beta\"\n\n[input]\nkind = \"benchmark\"\nbenchmark = \"SIMINDEX\"\nadjust = \"none\"\n";

fn simulated(folder: &Path, names: &str, end: &str) {
    let scenario = ["ingest", "synthetic", "--scenario", "null", "--names", names, "--seed", "5"];
    let dates = ["--start-date", "2010-01-01", "--end-date", end];
    assert_eq!(run(folder, &[scenario.as_slice(), &dates].concat()).exit, 0);
}

#[test]
fn beta_and_breadth_come_from_bars_and_stand_beside_them() {
    let folder = workspace();
    let path = folder.path();
    simulated(path, "3", "2010-12-31");
    made(&context(path, BETA, &["--store-as", "M"]));
    let found = rows(path, "M.BETA.SIM001");
    let bars = |name: &str| lake(path).read_bars(&symbol(name), DateSpan::EVERY, None).unwrap();
    let (own, index) = (bars("SIM001"), bars("SIMINDEX"));
    // The last one by the normal equation, over the returns of the last 60 sessions in which both have one.
    let close = |rows: &[BarRow], date: Date| {
        Some(rows[rows.binary_search_by_key(&date, |row| row.date).ok()?].close)
    };
    let moved =
        |rows: &[BarRow], t: usize| Some(close(rows, index[t].date)? / close(rows, index[t - 1].date)? - 1.0);
    let both = (index.len() - 60..index.len()).filter_map(|t| Some((moved(&own, t)?, moved(&index, t)?)));
    let (y, x): (Vec<f64>, Vec<f64>) = both.unzip();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let (my, mx) = (mean(&y), mean(&x));
    let cross: f64 = y.iter().zip(&x).map(|(y, x)| (y - my) * (x - mx)).sum();
    let beta = cross / x.iter().map(|x| (x - mx) * (x - mx)).sum::<f64>();
    let last = found.last().unwrap();
    assert!((last.2 - beta).abs() < 1e-12, "{last:?} and {beta}");
    let known = index.last().unwrap().known_at.max(own.last().unwrap().known_at);
    assert_eq!((last.0.clone(), last.1.clone()), (index.last().unwrap().date.to_string(), known.to_string()));
    assert!(found.len() > 200 && found.len() <= index.len() - 40, "{}", found.len());

    let breadth = "calendar = \"XNSE\"\n\n[features]\nAD = \"mkt_advance_decline\"\n\n[input]\nkind = \"members\"\nexclude = [\"SIMINDEX\"]\nadjust = \"splits\"\n";
    made(&context(path, breadth, &["--store-as", "M"]));
    let found = rows(path, "M.AD");
    assert!(found.iter().all(|row| (-1.0..=1.0).contains(&row.2)) && found.len() > 200);
    let all = ["SIM001", "SIM002", "SIM003"].map(bars);
    // Each against its own close before, on a date on which all have a bar.
    let place = |rows: &[BarRow], date: Date| rows.binary_search_by_key(&date, |row| row.date).ok();
    let on = all[0][9..]
        .iter()
        .map(|row| row.date)
        .find(|date| all.iter().all(|rows| place(rows, *date).is_some()));
    let sign = |rows: &Vec<BarRow>| {
        let t = place(rows, on.unwrap()).unwrap();
        (rows[t].close - rows[t - 1].close).signum()
    };
    let there = found.iter().find(|row| row.0 == on.unwrap().to_string()).unwrap();
    assert!(near(there.2, all.iter().map(sign).sum::<f64>() / 3.0), "{there:?}");

    // `data align` puts the series of each name beside its bars.
    let align = [
        "data",
        "align",
        "--to",
        "view",
        "--observations",
        "M.BETA.{symbol}",
        "--max-age",
        "5",
        "--symbols",
        "SIM001,SIM002",
    ];
    let said = run(path, &[&align[..], &["--quiet", "--json"]].concat());
    let axes = made(&said);
    assert!(axes["papers"]["shape"][2].as_u64().unwrap() > 4, "{axes}");
    refused(&context(path, &BETA.replace("SIMINDEX", "NIFTY"), &[]), &["NIFTY", "data symbols"]);
    refused(&context(path, BETA, &["bars.csv"]), &["reads the lake"]);
    refused(
        &context(path, BETA, &["--store-as", "A_NAME_THAT_IS_TOO_LONG_FOR_IT"]),
        &["cannot be a series", "32"],
    );
}

#[test]
fn series_are_read_as_each_close_knew_them() {
    let folder = workspace();
    let path = folder.path();
    let store = |name: &str, rows: &[(&str, &str, f64)], arrived: &str| {
        let row = |(date, known, value): &(&str, &str, f64)| Observation {
            date: day(date),
            known_at: at(known),
            value: *value,
        };
        let rows: Vec<Observation> = rows.iter().map(row).collect();
        lake(path).append_observations(&symbol(name), &rows, &delivered(at(arrived))).unwrap();
    };
    // Monday to Thursday; the close is at 10:00. The long yield of the 3rd is put right on the 5th.
    let arrived = "2024-01-01T00:00:00Z";
    let long = [("2024-01-01", "2024-01-02T08:00:00Z", 4.0), ("2024-01-03", "2024-01-03T08:00:00Z", 5.0)];
    store("LONG", &long, arrived);
    store("LONG", &[("2024-01-03", "2024-01-03T08:00:00Z", 7.0)], "2024-01-05T08:00:00Z");
    store("SHORT", &[("2024-01-01", "2024-01-02T08:00:00Z", 1.0)], arrived);
    let spec = "calendar = \"XNSE\"\n\n[features]\nSLOPE = \"mac_yield_slope\"\n\n[input]\nkind = \"yields\"\nlong = \"LONG\"\nshort = \"SHORT\"\nmax_age_days = 3\n";
    made(&context(path, spec, &["--store-as", "IN"]));
    let slope: Vec<(String, f64)> = rows(path, "IN.SLOPE").into_iter().map(|row| (row.1, row.2)).collect();
    let wanted =
        [("2024-01-02T10:00:00Z", 3.0), ("2024-01-03T10:00:00Z", 4.0), ("2024-01-04T10:00:00Z", 4.0)];
    // On the 5th the short yield is more than three days old: there is no slope, whatever the long one says.
    assert_eq!(slope, wanted.map(|(known, value)| (known.to_owned(), value)));

    // Months with a release three weeks later: against the month before, each error over those before it.
    let months: Vec<(String, String, f64)> = (1..=6)
        .map(|m| {
            let known = format!("2024-{:02}-20T12:00:00Z", m + 1);
            (format!("2024-{m:02}-28"), known, [1.0, 3.0, 2.0, 4.0, 4.0, 9.0][m - 1])
        })
        .collect();
    let months: Vec<(&str, &str, f64)> =
        months.iter().map(|(d, k, v)| (d.as_str(), k.as_str(), *v)).collect();
    store("CPI", &months, arrived);
    let spec = "calendar = \"XNSE\"\n\n[features]\nCPI = \"mac_surprise\"\n\n[input]\nkind = \"releases\"\nseries = \"CPI\"\nexpectation = { kind = \"seasonal\", season = 1 }\nerrors = 9\nleast = 2\n";
    let report = made(&context(path, spec, &["--store-as", "IN"]));
    // Errors 2, -1, 2, 0, 5; the first two have no scale.
    let found = rows(path, "IN.CPI");
    let scales = [(5.0_f64 / 2.0).sqrt(), 3.0_f64.sqrt(), (9.0_f64 / 4.0).sqrt()];
    for (row, (error, scale)) in found.iter().zip([2.0, 0.0, 5.0].iter().zip(scales)) {
        assert!(near(row.2, error / scale), "{found:?}");
    }
    assert_eq!(
        (found.len(), found[0].0.as_str()),
        (3, "2024-05-20"),
        "the day of the release, not its month"
    );
    assert_eq!(report["series"][0]["missing"], 2);
    let seen = view(path, "XNSE", "IN.CPI", ("2024-06-20", "2024-06-24"), "1");
    // Known at noon, after that day's close; too old after the weekend.
    assert_eq!(seen.iter().map(Option::is_some).collect::<Vec<_>>(), [false, true, false]);

    let level = "calendar = \"XNSE\"\n\n[features]\nP = \"mac_level_percentile\"\n\n[input]\nkind = \"level\"\nseries = \"LONG\"\nmax_age_days = 3\n";
    let said = context(path, level, &[]);
    assert_eq!(
        (said.exit, said.json()["series"][0]["values"].as_u64()),
        (1, Some(0)),
        "half a year is needed"
    );
    refused(&context(path, &level.replace("LONG", "LOGN"), &[]), &["LOGN", "data signals"]);
    refused(&context(path, &level.replace("= 3", "= 0"), &[]), &["max_age_days", "1 to"]);
}

#[test]
fn articles_are_counted_and_scored_as_they_were_first_told() {
    let folder = workspace();
    let path = folder.path();
    let article = |id: &str, known: &str, headline: &str| Article {
        topic: symbol("AAA"),
        event_time: at(known),
        known_at: at(known),
        provider: "feed".to_owned(),
        id: id.to_owned(),
        headline: headline.to_owned(),
        summary: None,
        url: None,
    };
    let told = [
        article("1", "2024-01-02T05:00:00Z", "Profit jumps"),
        article("2", "2024-01-02T06:00:00Z", "Profit jumps again"),
        article("3", "2024-01-04T12:00:00Z", "Profit falls"),
    ];
    facts(path, &told);
    let spec = "calendar = \"XNSE\"\n\n[features]\nN = \"news_count\"\nTONE = \"news_sentiment\"\nBUZZ = \"news_buzz\"\n\n[input]\nkind = \"news\"\nhalf_life = 2.0\nwindow = 10\nusual = 63\nleast = 21\n";
    made(&context(path, spec, &["--store-as", "NEWS"]));
    // The third came after the close of the 4th, so it is of the 5th; the days between had none, which is a count.
    let count: Vec<(String, f64)> = rows(path, "NEWS.N.AAA").into_iter().map(|row| (row.0, row.2)).collect();
    let wanted = [("2024-01-02", 2.0), ("2024-01-03", 0.0), ("2024-01-04", 0.0), ("2024-01-05", 1.0)];
    assert_eq!(count, wanted.map(|(date, count)| (date.to_owned(), count)));
    let tone = rows(path, "NEWS.TONE.AAA");
    assert_eq!(tone.iter().map(|row| row.0.as_str()).collect::<Vec<_>>(), ["2024-01-02", "2024-01-05"]);
    assert!(tone[0].2 > 0.0 && tone[1].2 < tone[0].2, "{tone:?}");
    assert!(!lake(path).series().contains(&symbol("NEWS.BUZZ.AAA")), "21 sessions are needed");
    // A headline that is edited later changes nothing: it was read as it was first told.
    facts(path, &[article("1", "2024-01-02T05:00:00Z", "Profit collapses")]);
    let again = made(&context(path, spec, &["--store-as", "NEWS"]));
    assert!(again["series"].as_array().unwrap().iter().all(|own| own["stored"]["rows"] == 0), "{again}");
}

#[test]
fn features_are_listed_and_slips_name_the_nearest() {
    let folder = workspace();
    let path = folder.path();
    let all = run(path, &["features", "context", "--json"]).json();
    let all = all["features"].as_array().unwrap();
    for name in ["mic_spread", "opt_iv_rank", "mkt_beta", "mac_surprise", "news_count"] {
        let own = all.iter().find(|own| own["name"] == name).unwrap_or_else(|| panic!("no `{name}`"));
        for key in ["inputs", "look_back", "lag", "unit", "source"] {
            assert!(!own[key].is_null(), "{own}");
        }
    }
    let one = run(path, &["features", "context", "opt_iv_rank"]);
    assert!(one.stdout.contains("252 rows") && one.stdout.contains("option chain"), "{}", one.stdout);
    refused(&run(path, &["features", "context", "opt_iv_rnk"]), &["`opt_iv_rank`"]);
    refused(&context(path, &BETA.replace("mkt_beta", "mkt_bet"), &[]), &["`mkt_beta`", "features context"]);
    refused(&context(path, &BETA.replace("mkt_beta", "mic_spread"), &[]), &["quotes", "mkt_correlation"]);
    refused(&context(path, &BETA.replace("adjust", "adjsut"), &[]), &["did you mean `adjust`"]);
    refused(
        &context(path, &BETA.replace("\"benchmark\"", "\"benchmrk\""), &[]),
        &["did you mean `benchmark`"],
    );
    refused(&context(path, BETA, &[]), &["no bars"]);
    let files = BOOK.replace("\"book_recordings\"", "\"book_files\"\nformat = \"binance\"");
    refused(&context(path, &files, &[]), &["none was named"]);
    refused(&context(path, &BOOK.replace("levels = 1", "levels = 0"), &[]), &["`input`", "1 to 1,000"]);
    refused(&context(path, &BOOK.replace("\"1h\"", "\"hourly\""), &[]), &["`hourly`", "1h"]);
    refused(&context(path, &BOOK.replace("24/7", "24/6"), &[]), &["24/6"]);
}

#[test]
fn a_pipeline_reads_a_stored_beta_of_each_name() {
    let folder = workspace();
    let path = folder.path();
    simulated(path, "10", "2016-12-31");
    made(&context(path, BETA, &["--store-as", "M"]));
    let column = "\n[[observations]]\nname = \"beta\"\nseries = \"M.BETA.{symbol}\"\nmax_age_days = 5\ntransform = { kind = \"level\" }\n";
    let file = pipeline(path, "beside_beta", column);
    let said = run(path, &["run", &file, "--json", "--quiet"]);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    let run_id = said.json()["run_id"].as_str().unwrap().to_owned();
    let audit = path.join("release").join(format!("audit_{run_id}"));
    let report = read(&audit.join("data_report.json"));
    let own = &report["observations"]["columns"][0];
    assert_eq!(own["column"], "beta");
    let counted = |key: &str| own["decisions"][key].as_u64().unwrap();
    assert_eq!(counted("expected"), counted("present") + counted("too_old") + counted("not_known"));
    assert!(counted("present") > 9 * counted("expected") / 10 && counted("not_known") > 0, "{own}");
    let release = read(&audit.join("gate_report.json"));
    let leaks = release["gates"].as_array().unwrap().iter().find(|g| g["gate"] == "leaks").unwrap().clone();
    assert_eq!(leaks["verdict"], "pass", "{leaks}");
    // The model says what made the column, and a pipeline may ask for it.
    let models = path.join("data/models").join(&run_id);
    let schema = read(&models.join("feature_schema.json"));
    let columns = schema["columns"].as_array().unwrap();
    let source = columns.iter().find(|own| own["name"] == "beta").unwrap()["source"].as_str().unwrap();
    let digest = made(&context(path, BETA, &[]))["series"][0]["spec"].as_str().unwrap().to_owned();
    assert_eq!(source, format!("observation series M.BETA.{{symbol}} by context:{digest}"));
    let asked = |digest: &str| format!("{column}source = \"context:{digest}\"\n");
    let stale = pipeline(path, "stale_beta", &asked(&"0".repeat(64)));
    refused(&run(path, &["run", &stale, "--json", "--quiet"]), &["stale values", &digest, "`beta`"]);
    let plan = pipeline(path, "asked_beta", &asked(&digest));
    let said = run(path, &["explain-split", &plan, "--json"]);
    assert!(!said.stderr.contains("stale values"), "{}", said.stderr);
}
