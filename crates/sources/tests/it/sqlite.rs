//! The market schema both ways: exact round trip, checks that hold, strangers' files, hostile ones.

use std::path::{Path, PathBuf};

use proofmark_lake::Observation;
use proofmark_lake::facts::Listing;
use proofmark_market::BarRow;
use proofmark_market::actions::{ActionKind, CorporateAction, DETECTED, Evidence, Ratio};
use proofmark_sources::sqlite::{MarketRead, MarketWriter, SeriesRows, read_market_sqlite};
use proofmark_sources::{ReadError, ReadOptions};
use proofmark_units::{Date, Digest, Instant, Symbol};
use rusqlite::Connection;

fn symbol(text: &str) -> Symbol {
    text.parse().unwrap()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn bar(day: &str, close: f64, volume: f64) -> BarRow {
    let event_time = date(day).midnight_utc().plus_seconds(36_000);
    BarRow {
        date: date(day),
        event_time,
        known_at: event_time.plus_seconds(1_800),
        open: 0.1 + 0.2,
        high: close.max(1.0) * 1.000_000_1,
        low: 0.1,
        close,
        volume,
    }
}

fn read(file: &Path) -> Result<MarketRead, ReadError> {
    read_market_sqlite(file, &ReadOptions::default())
}

/// A database made by these statements.
fn made(folder: &tempfile::TempDir, sql: &str) -> PathBuf {
    let file = folder.path().join("market.db");
    let _ = std::fs::remove_file(&file);
    Connection::open(&file).unwrap().execute_batch(sql).unwrap();
    file
}

const STRANGER: &str = "CREATE TABLE series (timestamp, symbol, close, open, high, low, volume);";

#[test]
fn what_goes_in_comes_out_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("market.db");
    let bars =
        [bar("1962-03-05", 2.0, 1.0), bar("2024-01-01", 1.0 / 3.0, f64::NAN), bar("2024-01-02", 5e200, 7.0)];
    let values = [Observation {
        date: date("2024-01-01"),
        known_at: date("2024-01-02").midnight_utc(),
        value: -1.0 / 7.0,
    }];
    let evidence = Evidence {
        gap: -0.69,
        market_gap: 0.1 + 0.2,
        scale: 0.02,
        ratio: Ratio { new: 2, old: 1 },
        fit: 0.003,
        turnover_change: None,
        range_change: Some(0.1),
        kept: 0.98,
        log_odds: Some(7.5),
    };
    let actions = [CorporateAction {
        symbol: symbol("M&M"),
        ex_date: date("2024-01-02"),
        kind: ActionKind::ReverseSplit,
        value: 0.1,
        known_at: date("2024-01-03").midnight_utc(),
        source: DETECTED.to_owned(),
        evidence: Some(evidence),
    }];
    let listings = [Listing {
        symbol: symbol("GONE"),
        first_session: date("2001-01-01"),
        last_session: Some(date("2019-06-28")),
        delisting_return: Some(-0.3),
        exchange: None,
        isin: Some("INE009A01021".to_owned()),
        known_at: date("2019-06-29").midnight_utc(),
    }];
    let mut writer = MarketWriter::create(&file).unwrap();
    assert_eq!(writer.bars(&symbol("M&M"), &bars).unwrap(), (3, Vec::new()));
    assert_eq!(writer.observations(&symbol("YIELD"), &values).unwrap(), 1);
    assert_eq!(writer.actions(&actions).unwrap(), []);
    assert_eq!(writer.actions(&actions).unwrap()[0].rule, "constraint", "its key came before");
    assert_eq!(writer.listings(&listings).unwrap(), []);
    writer.finish(Digest::of(b"x"), (3, 1), None, Instant::from_micros(7)).unwrap();

    let before = std::fs::read(&file).unwrap();
    let got = read(&file).unwrap();
    let SeriesRows::Timed(series) = &got.series else { panic!("the file states both times") };
    for (row, want) in series["M&M"].iter().zip(&bars) {
        let bits = |b: &BarRow| [b.open, b.high, b.low, b.close].map(f64::to_bits);
        assert_eq!((row.date, row.event_time, row.known_at), (want.date, want.event_time, want.known_at));
        assert_eq!(bits(row), bits(want));
        assert!(row.volume == want.volume || row.volume.is_nan() && want.volume.is_nan());
    }
    assert_eq!(got.observations[&symbol("YIELD")], values);
    assert_eq!((&got.actions[..], &got.listings[..]), (&actions[..], &listings[..]));
    assert_eq!((got.problems.len(), got.rows_read), (0, 6));
    assert_eq!(std::fs::read(&file).unwrap(), before, "reading writes nothing");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "and leaves nothing beside it");

    let connection = Connection::open(&file).unwrap();
    let text: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    assert_eq!(text, "ok");
    assert!(!connection.prepare("PRAGMA foreign_key_check").unwrap().exists([]).unwrap());
}

#[test]
fn bars_that_break_the_checks_are_listed_and_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let mut writer = MarketWriter::create(&folder.path().join("market.db")).unwrap();
    let good = bar("2024-01-05", 1.0, 1.0);
    let rows = [
        BarRow { close: -1.0, ..bar("2024-01-01", 1.0, 1.0) },
        bar("2024-01-02", 1.0, -5.0),
        bar("2024-01-03", 1.0, 1.0),
        bar("2024-01-03", 1.0, 2.0),
        bar("2024-01-04", 1.0, 1.0),
        bar("2024-01-04", 1.0, 1.0),
        good,
    ];
    let (written, left_out) = writer.bars(&symbol("A"), &rows).unwrap();
    let rules: Vec<&str> = left_out.iter().map(|row| row.rule).collect();
    assert_eq!((written, rules), (2, vec!["price_check", "volume_check", "session_twice", "session_twice"]));
}

#[test]
fn the_schema_itself_refuses_what_it_should() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("market.db");
    let mut writer = MarketWriter::create(&file).unwrap();
    writer.bars(&symbol("A"), &[bar("2024-01-01", 1.0, 1.0)]).unwrap();
    writer.finish(Digest::of(b"x"), (1, 0), None, Instant::from_micros(7)).unwrap();
    let connection = Connection::open(&file).unwrap();
    connection.execute_batch("PRAGMA foreign_keys = ON").unwrap();
    let series = |values: &str| {
        format!(
            "INSERT INTO series (timestamp, symbol, open, high, low, close, volume, session, known_at) VALUES ({values})"
        )
    };
    for (sql, complaint) in [
        (series("1704103200000000, 'A', 1, 1, 1, 1, 1, NULL, NULL"), "UNIQUE"),
        (series("1, 'NOBODY', 1, 1, 1, 1, 1, NULL, NULL"), "FOREIGN KEY"),
        (series("1, 'A', 1, 1, 1, 0, 1, NULL, NULL"), "CHECK"),
        (series("1, 'A', 1, 0.5, 1, 1, 1, NULL, NULL"), "CHECK"),
        (series("1, 'A', 1, 9e999, 1, 1, 1, NULL, NULL"), "CHECK"),
        (series("1, 'A', 1, 1, 1, 1, -1, NULL, NULL"), "CHECK"),
        (series("1, 'A', 1, 1, 1, NULL, 1, NULL, NULL"), "NOT NULL"),
        (series("'soon', 'A', 1, 1, 1, 1, 1, NULL, NULL"), "cannot store TEXT"),
        (series("1, 'A', 1, 1, 1, 1, 1, '2024-13-01', NULL"), "CHECK"),
        (series("1, 'A', 1, 1, 1, 1, 1, NULL, 0"), "CHECK"),
        ("INSERT INTO regimes VALUES (1, 'A', 'trend', NULL)".to_owned(), "NOT NULL"),
        ("INSERT INTO trades (timestamp, symbol, side) VALUES (1, 'A', 'sideways')".to_owned(), "CHECK"),
        (
            "INSERT INTO corporate_actions VALUES ('A', '2024-01-01', 'gift', 1, 's', 1, NULL)".to_owned(),
            "CHECK",
        ),
    ] {
        let error = connection.execute_batch(&sql).unwrap_err().to_string();
        assert!(error.contains(complaint), "{sql}: {error}");
    }
    connection.execute_batch(&series("1, 'A', 1, 1, 1, 1, NULL, '1970-01-01', 1")).unwrap();
}

#[test]
fn a_strangers_file_is_read_and_what_was_assumed_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let sql = format!(
        "{STRANGER} INSERT INTO series VALUES \
         ('2024-01-01T10:00:00Z', 'A', 2, 1, 3, 1, 10), ('2024-01-02 15:30:00+05:30', 'A', '2.5', 1, 3, 1, NULL); \
         CREATE TABLE indicators (timestamp, symbol, name, value); INSERT INTO indicators VALUES (1, 'A', 'rsi', 50);"
    );
    let got = read(&made(&folder, &sql)).unwrap();
    let SeriesRows::Dated(bars) = &got.series else { panic!("it states no session") };
    let rows = &bars["A"];
    assert_eq!((rows[0].date, rows[0].close, rows[0].volume), (date("2024-01-01"), 2.0, 10.0));
    assert_eq!((rows[1].date, rows[1].close, rows[1].volume.is_nan()), (date("2024-01-02"), 2.5, true));
    assert!(got.notes.iter().any(|note| note.contains("1 rows of `indicators`")), "{:?}", got.notes);

    // The same two instants in every unit.
    for (factor, unit) in [(1_i64, "seconds"), (1_000, "milliseconds"), (1_000_000_000, "nanoseconds")] {
        let stamps = [1_704_103_200_i64, 1_704_189_600].map(|stamp| stamp * factor);
        let rows = stamps.map(|stamp| format!("({stamp}, 'A', 2, 1, 3, 1, 10)")).join(", ");
        let got = read(&made(&folder, &format!("{STRANGER} INSERT INTO series VALUES {rows};"))).unwrap();
        let SeriesRows::Dated(bars) = &got.series else { panic!("it states no session") };
        let dates: Vec<String> = bars["A"].iter().map(|row| row.date.to_string()).collect();
        assert_eq!(dates, ["2024-01-01", "2024-01-02"]);
        assert!(got.notes[0].contains(unit), "{:?}", got.notes);
    }
}

#[test]
fn hostile_rows_are_listed_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let good = "(1704103200, 'A', 2, 1, 3, 1, 10)";
    let rows = [
        "(NULL, 'A', 2, 1, 3, 1, 10)",
        "('soon', 'A', 2, 1, 3, 1, 10)",
        "(99999999999, 'A', 2, 1, 3, 1, 10)",
        "(-9223372036854775808, 'A', 2, 1, 3, 1, 10)",
        "(1.5, 'A', 2, 1, 3, 1, 10)",
        "(1704189600, NULL, 2, 1, 3, 1, 10)",
        "(1704189600, '../up', 2, 1, 3, 1, 10)",
        "(1704189600, CAST(x'ff' AS TEXT), 2, 1, 3, 1, 10)",
        "(1704189600, 'A', 'much', 1, 3, 1, 10)",
        "(1704189600, 'A', 9e999, 1, 3, 1, 10)",
        "(1704189600, 'A', x'00', 1, 3, 1, 10)",
        "(1704189600, 'A', 2, NULL, 3, 1, 10)",
        "(1704276000, 'A', 2, 1, 3, 1, 10), (1704276000, 'A', 2, 1, 3, 1, 10)",
        "(1704362400, 'A', 2, 1, 3, 1, 10), (1704362400, 'A', 2.1, 1, 3, 1, 10)",
    ];
    let sql = format!("{STRANGER} INSERT INTO series VALUES {good}, {};", rows.join(", "));
    let got = read(&made(&folder, &sql)).unwrap();
    let rules: Vec<&str> = got.problems.iter().map(|problem| problem.rule).collect();
    assert_eq!(
        rules,
        [
            "missing_value",
            "bad_date",
            "bad_date",
            "bad_date",
            "bad_date",
            "missing_value",
            "bad_symbol",
            "bad_text",
            "bad_number",
            "bad_number",
            "bad_number",
            "missing_value",
            "duplicate_row",
            "conflicting_row",
            "conflicting_row"
        ]
    );
    assert_eq!(got.problems[1].row, 3);
    let SeriesRows::Dated(bars) = &got.series else { panic!("it states no session") };
    assert_eq!((bars.len(), bars["A"].len(), got.rows_read), (1, 2, 17));

    let few = ReadOptions { max_problems: 3, ..ReadOptions::default() };
    let error = read_market_sqlite(folder.path().join("market.db"), &few).unwrap_err();
    assert!(matches!(error, ReadError::TooManyProblems { .. }), "{error}");

    // Keys across tables, and rows known before they happened.
    let sql = "CREATE TABLE assets (symbol); INSERT INTO assets VALUES ('A'), (7), (NULL);
        CREATE TABLE series (timestamp, symbol, close, open, high, low, session, known_at);
        INSERT INTO series VALUES (1704103200, 'A', 2, 1, 3, 1, '2024-01-01', 1704103200),
            (1704103200, 'B', 2, 1, 3, 1, '2024-01-01', 1704103200),
            (1704189600, 'A', 2, 1, 3, 1, '2024-01-02', 1704189599),
            (1704189600, 'A', 2, 1, 3, 1, '2024-02-30', 1704189600);
        CREATE TABLE alt_observations (source, symbol, event_time, knowledge_time, field, value);
        INSERT INTO alt_observations VALUES ('s', NULL, 1704103200, 1704103200, 'cpi', 1.5),
            ('s', 'A', 1704103200, 1704103200, 'mood', 0.5), ('s', NULL, 1704103200, 1, 'cpi', 2),
            ('s', NULL, 1704103200, 1704103200, 'no such name', 2), ('s', NULL, 1704103200, 1704103200, 'cpi', NULL);";
    let got = read(&made(&folder, sql)).unwrap();
    let rules: Vec<&str> = got.problems.iter().map(|problem| problem.rule).collect();
    let late = "known_before_event";
    assert_eq!(rules, ["unknown_asset", late, "bad_date", late, "bad_symbol", "missing_value"]);
    let names: Vec<&str> = got.observations.keys().map(Symbol::as_str).collect();
    assert_eq!(names, ["A.mood", "cpi"]);
}

#[test]
fn files_that_are_no_market_are_refused_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let none = read(&folder.path().join("absent.db")).unwrap_err();
    assert!(matches!(none, ReadError::NotFound { .. }), "{none}");
    let text = folder.path().join("text.db");
    std::fs::write(&text, "date,open\n").unwrap();
    assert!(matches!(read(&text).unwrap_err(), ReadError::WrongFormat { .. }));

    let error = read(&made(&folder, "CREATE TABLE prices (x);")).unwrap_err();
    assert!(
        matches!(error, ReadError::MissingTable { .. }) && error.to_string().contains("prices"),
        "{error}"
    );
    // A view could compute anything, for ever.
    let sql = "CREATE VIEW series AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT x FROM n;";
    assert!(matches!(read(&made(&folder, sql)).unwrap_err(), ReadError::MissingTable { .. }));
    let error = read(&made(&folder, "CREATE TABLE series (timestamp, symbol);")).unwrap_err();
    assert!(matches!(error, ReadError::MissingColumn { role: "close", .. }), "{error}");
    assert!(matches!(read(&made(&folder, STRANGER)).unwrap_err(), ReadError::Empty { .. }));
    let sql =
        format!("{STRANGER} CREATE TABLE schema_version (version); INSERT INTO schema_version VALUES (2);");
    assert!(matches!(read(&made(&folder, &sql)).unwrap_err(), ReadError::NewerSchema { found: 2, .. }));

    // Every truncation and many flips of a good file: rows, problems or an error, never a panic.
    let rows: Vec<String> =
        (0..400).map(|i| format!("({}, 'A', 2, 1, 3, 1, 10)", 1_704_103_200 + i * 86_400)).collect();
    let good = made(&folder, &format!("{STRANGER} INSERT INTO series VALUES {};", rows.join(", ")));
    let bytes = std::fs::read(&good).unwrap();
    let bad = folder.path().join("bad.db");
    for cut in (0..bytes.len()).step_by(4_093) {
        std::fs::write(&bad, &bytes[..cut]).unwrap();
        let _ = read(&bad);
    }
    for at in (0..bytes.len()).step_by(1_021) {
        let mut flipped = bytes.clone();
        flipped[at] ^= 0x55;
        std::fs::write(&bad, flipped).unwrap();
        let _ = read(&bad);
    }
}
