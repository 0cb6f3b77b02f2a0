//! What SQL sees of a lake, and what it is refused.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use proofmark_lake::{Delivery, Lake, Observation};
use proofmark_market::{BarRow, Interval, IntradayBar};
use proofmark_sql::{Answer, Query, SqlError, query};
use proofmark_units::{Date, Instant, Symbol};
use serde_json::{Value, json};

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn delivery(source: &str, arrived: &str) -> Delivery {
    Delivery { source: source.to_owned(), arrived_at: date(arrived).midnight_utc() }
}

fn bar(day: &str, close: f64) -> BarRow {
    let date = date(day);
    let event_time = date.midnight_utc().plus_seconds(36_000);
    BarRow {
        date,
        event_time,
        known_at: event_time,
        open: 10.0,
        high: 20.0,
        low: 5.0,
        close,
        volume: f64::NAN,
    }
}

/// Two symbols, a restated close, a session that one delivery held twice; five minutes; a series.
fn lake(folder: &std::path::Path) -> Lake {
    let mut lake = Lake::open(folder).unwrap();
    let first = [bar("2024-01-01", 11.0), bar("2024-01-02", 12.0), bar("2024-01-02", 12.5)];
    lake.append_bars(&symbol("M&M"), &first, &delivery("one.csv", "2024-01-03")).unwrap();
    lake.append_bars(&symbol("AAA"), &first[..1], &delivery("one.csv", "2024-01-03")).unwrap();
    lake.append_bars(&symbol("AAA"), &[bar("2024-01-01", 9.0)], &delivery("two.csv", "2024-02-01")).unwrap();
    let session = date("2024-01-02");
    let start = session.midnight_utc().plus_seconds(13_500);
    let event_time = start.plus_seconds(300);
    let five = IntradayBar {
        session,
        start,
        event_time,
        known_at: event_time,
        open: 1.0,
        high: 2.0,
        low: 1.0,
        close: 1.5,
        volume: 3.0,
        turnover: 4.5,
    };
    lake.append_intraday(
        Interval::Minute5,
        &[(symbol("AAA"), vec![five])],
        &delivery("five.csv", "2024-01-03"),
    )
    .unwrap();
    let value =
        Observation { date: date("2024-01-01"), known_at: date("2024-01-12").midnight_utc(), value: 3.5 };
    lake.append_observations(&symbol("US_CPI"), &[value], &delivery("cpi.csv", "2024-01-12")).unwrap();
    lake
}

fn ask(lake: &Lake, sql: &str, as_of: Option<&str>) -> Result<Answer, SqlError> {
    let as_of: Option<Instant> = as_of.map(|day| date(day).midnight_utc());
    query(lake, &Query { sql: sql.to_owned(), as_of, limit: 100, memory: 64 << 20 })
}

#[track_caller]
fn rows(lake: &Lake, sql: &str, as_of: Option<&str>) -> Vec<Vec<Value>> {
    ask(lake, sql, as_of).unwrap().rows
}

#[test]
fn a_query_sees_what_was_known_and_every_version_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path());
    let sql = "SELECT symbol, session, close, ingested_from FROM bars ORDER BY symbol, session, close";
    let mm = [
        vec![json!("M&M"), json!("2024-01-01"), json!(11.0), json!("one.csv")],
        vec![json!("M&M"), json!("2024-01-02"), json!(12.0), json!("one.csv")],
        vec![json!("M&M"), json!("2024-01-02"), json!(12.5), json!("one.csv")],
    ];
    let now = rows(&lake, sql, None);
    assert_eq!(now[0], vec![json!("AAA"), json!("2024-01-01"), json!(9.0), json!("two.csv")]);
    assert_eq!(now[1..], mm, "a session that one delivery held twice is there twice, as in every read");
    let then = rows(&lake, sql, Some("2024-01-31"));
    assert_eq!((&then[0][2], then.len()), (&json!(11.0), 4));
    assert_eq!(rows(&lake, sql, Some("2024-01-01")), Vec::<Vec<Value>>::new());
    assert_eq!(rows(&lake, "SELECT count(*) FROM bars_versions", None), [[json!(5)]]);
    assert_eq!(
        rows(&lake, "SELECT volume FROM bars WHERE symbol = 'AAA'", None),
        [[Value::Null]],
        "unknown is no number"
    );
    assert_eq!(rows(&lake, "SELECT symbol, turnover FROM bars_5m", None), [[json!("AAA"), json!(4.5)]]);
    let cpi = "SELECT series, value FROM observations";
    assert_eq!(rows(&lake, cpi, None), [[json!("US_CPI"), json!(3.5)]]);
    assert_eq!(rows(&lake, cpi, Some("2024-01-11")).len(), 0);
}

#[test]
fn answers_agree_with_reads_of_the_lake() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path());
    for day in ["2024-01-01", "2024-01-02", "2024-01-20", "2024-03-01"] {
        for name in lake.symbols() {
            let mut read: Vec<f64> = lake
                .read_bars(&name, proofmark_units::DateSpan::EVERY, Some(date(day).midnight_utc()))
                .unwrap()
                .iter()
                .map(|row| row.close)
                .collect();
            read.sort_by(f64::total_cmp);
            let sql = format!("SELECT close FROM bars WHERE symbol = '{name}' ORDER BY close");
            let asked: Vec<f64> =
                rows(&lake, &sql, Some(day)).iter().map(|row| row[0].as_f64().unwrap()).collect();
            assert_eq!(asked, read, "{name} at {day}");
        }
    }
}

#[test]
fn rows_of_a_file_that_many_names_share_are_rows_like_any() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = lake(folder.path());
    let day = |close: f64| -> Vec<(Symbol, Vec<BarRow>)> {
        (0..20)
            .map(|n| (symbol(&format!("S{n:02}")), vec![bar("2024-01-02", close + f64::from(n))]))
            .collect()
    };
    lake.append_many(&[(delivery("market.csv", "2024-01-03"), &day(10.0))]).unwrap();
    lake.append_many(&[(delivery("again.csv", "2024-02-01"), &day(11.0)[..17])]).unwrap();
    assert!(lake.files().last().is_some_and(|file| file.first_row.is_some()), "the newest file is shared");
    let asked = |sql: &str, as_of| rows(&lake, sql, as_of);
    let counts = "SELECT count(*), count(DISTINCT symbol) FROM bars_versions";
    assert_eq!(asked(counts, None), [[json!(5 + 37), json!(22)]]);
    let close = "SELECT symbol, close, session, ingested_from FROM bars WHERE symbol = 'S03'";
    let row = |close: f64, from: &str| [json!("S03"), json!(close), json!("2024-01-02"), json!(from)];
    assert_eq!(asked(close, None), [row(14.0, "again.csv")]);
    assert_eq!(asked(close, Some("2024-01-31")), [row(13.0, "market.csv")]);
    let both = "SELECT symbol FROM bars WHERE symbol IN ('M&M', 'S19') ORDER BY symbol";
    assert_eq!(asked(both, None), [[json!("M&M")], [json!("M&M")], [json!("M&M")], [json!("S19")]]);
    assert_eq!(asked("SELECT 1 FROM bars_versions LIMIT 30", None).len(), 30);
}

#[test]
fn files_that_the_manifest_does_not_list_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path());
    let listed = lake.files().iter().find(|file| file.symbol == symbol("AAA")).unwrap().path();
    let from = folder.path().join(&listed);
    std::fs::copy(&from, from.with_file_name("part-000000000000.parquet")).unwrap();
    assert_eq!(rows(&lake, "SELECT count(*) FROM bars_versions", None), [[json!(5)]]);
}

#[test]
fn anything_but_one_query_is_refused_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path());
    let before: Vec<_> = lake.files().to_vec();
    let out = folder.path().join("out.csv");
    let copy = format!("COPY (SELECT 1) TO '{}'", out.display());
    let external = format!("CREATE EXTERNAL TABLE x STORED AS CSV LOCATION '{}'", folder.path().display());
    for sql in [
        "SELECT 1; SELECT 2",
        "",
        "DROP TABLE bars",
        "INSERT INTO bars_versions SELECT * FROM bars_versions",
        "DELETE FROM bars",
        "SET datafusion.execution.batch_size = 1",
        "CREATE TABLE t AS SELECT 1",
        &copy,
        &external,
        "CREATE VIEW v AS SELECT 1",
        "BEGIN",
        "EXPLAIN COPY (SELECT 1) TO 'x.csv'",
    ] {
        assert!(matches!(ask(&lake, sql, None), Err(SqlError::NotAQuery { .. })), "{sql}");
    }
    let file = format!("SELECT * FROM '{}'", folder.path().join("manifest.json").display());
    for sql in ["SELECT", "SELECT nothing FROM bars", "SELECT * FROM nowhere", "\u{0}", &file] {
        assert!(matches!(ask(&lake, sql, None), Err(SqlError::Engine(_))), "{sql}");
    }
    let long = format!("SELECT 1{}", "+1".repeat(40_000));
    assert!(matches!(ask(&lake, &long, None), Err(SqlError::NotAQuery { .. })));
    let deep = format!("SELECT {}1{}", "(".repeat(2_000), ")".repeat(2_000));
    assert!(matches!(ask(&lake, &deep, None), Err(SqlError::Engine(_))));
    let chain = format!("SELECT 1{}", "+1".repeat(1_000));
    assert_eq!(rows(&lake, &chain, None), [[json!(1_001)]], "the stack holds");
    assert!(!out.exists());
    assert_eq!(Lake::open(folder.path()).unwrap().files(), before);
    assert_eq!(ask(&lake, "EXPLAIN SELECT * FROM bars", None).unwrap().columns, ["plan_type", "plan"]);
}

#[test]
fn rows_and_memory_are_bounded() {
    let folder = tempfile::tempdir().unwrap();
    let lake = lake(folder.path());
    let few =
        query(&lake, &Query { sql: "SELECT * FROM bars".into(), as_of: None, limit: 2, memory: 64 << 20 })
            .unwrap();
    assert_eq!((few.rows.len(), few.more), (2, true));
    let many = "SELECT a.value + b.value AS v FROM generate_series(1, 3000) a, generate_series(1, 3000) b ORDER BY v DESC";
    let bounded = query(&lake, &Query { sql: many.into(), as_of: None, limit: 10, memory: 4 << 20 });
    let error = bounded.unwrap_err();
    assert!(error.hint().contains("--memory"), "{error:?}");
}

#[test]
fn an_empty_lake_has_no_tables() {
    let folder = tempfile::tempdir().unwrap();
    let lake = Lake::open(folder.path()).unwrap();
    assert!(matches!(ask(&lake, "SELECT * FROM bars", None), Err(SqlError::Engine(_))));
    assert_eq!(rows(&lake, "SELECT 1 + 1", None), [[json!(2)]]);
}
