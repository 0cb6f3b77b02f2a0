//! From a SQLite file, ours or a stranger's, to rows and row problems.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proofmark_lake::Observation;
use proofmark_lake::facts::Listing;
use proofmark_market::BarRow;
use proofmark_market::actions::CorporateAction;
use proofmark_units::{Instant, Symbol};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use super::VERSION;
use super::cell::{self, Unit};
use crate::collect::{Complaint, Place, Problems};
use crate::input::{ByRows, Meter};
use crate::{ColumnsUsed, RawRow, ReadError, ReadOptions, RowProblem, WrittenTime, input};

/// Rows after which the meter is told.
const METERED_ROWS: u64 = 1 << 14;

/// What a SQLite market file gave.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketRead {
    /// The bars of `series`.
    pub series: SeriesRows,
    /// The values of `alt_observations`, by series of the lake.
    pub observations: BTreeMap<Symbol, Vec<Observation>>,
    /// The rows of `corporate_actions`.
    pub actions: Vec<CorporateAction>,
    /// The rows of `listing`.
    pub listings: Vec<Listing>,
    /// Rows that could not be taken, in the order of tables and rows.
    pub problems: Vec<RowProblem>,
    /// Rows seen, readable or not.
    pub rows_read: u64,
    /// The columns of `series` that were used.
    pub columns: ColumnsUsed,
    /// How the file was understood, and which tables were left alone.
    pub notes: Vec<String>,
}

/// Bars of a market file, in the order of its rows.
#[derive(Debug, Clone, PartialEq)]
pub enum SeriesRows {
    /// The file says which session a bar belongs to and when it was known.
    Timed(BTreeMap<Symbol, Vec<BarRow>>),
    /// It says when a candle closed and no more.
    Dated(BTreeMap<Symbol, Vec<RawRow>>),
}

/// Reads the market schema from a SQLite file, which is opened read-only.
///
/// Stamps are whole numbers, whose unit is told by their size and said in the notes, or ISO 8601 text, in UTC where they
/// state no offset. Of rows with one key, equal ones count once and differing ones not at all; each is listed.
///
/// # Errors
/// [`ReadError`] when the file is no SQLite database, is damaged or of a newer schema, or has no `series` with
/// `timestamp`, `symbol` and `close`.
pub fn read_market_sqlite(path: impl AsRef<Path>, options: &ReadOptions) -> Result<MarketRead, ReadError> {
    read_market_sqlite_metered(path, options, &|_| {})
}

/// As [`read_market_sqlite`], and tells `meter` of the bytes of the file while the rows of `series` are read: each row
/// stands for its share of them.
///
/// # Errors
/// As [`read_market_sqlite`].
pub fn read_market_sqlite_metered(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    meter: Meter<'_>,
) -> Result<MarketRead, ReadError> {
    let file = path.as_ref();
    let connection = open(file, options)?;
    let mut reader = Reader {
        file,
        connection: &connection,
        problems: Problems::new(file, options.max_problems),
        rows_read: 0,
        notes: Vec::new(),
        assets: None,
        stated: None,
    };
    let tables = reader.tables()?;
    if !tables.contains("series") {
        let found = tables.iter().take(12).cloned().collect();
        return Err(ReadError::MissingTable { file: file.to_owned(), table: "series", found });
    }
    if tables.contains("schema_version") {
        let version: Option<i64> = connection
            .query_row("SELECT max(version) FROM schema_version", [], |row| row.get(0))
            .map_err(|source| reader.damaged(source))?;
        if let Some(found) = version.filter(|found| *found > VERSION) {
            return Err(ReadError::NewerSchema { file: file.to_owned(), found, known: VERSION });
        }
        if reader.columns("schema_version")?.iter().any(|column| column == "time_unit") {
            let unit: Option<String> = connection
                .query_row("SELECT max(time_unit) FROM schema_version", [], |row| row.get(0))
                .map_err(|source| reader.damaged(source))?;
            reader.stated = unit.filter(|unit| unit == "us").map(|_| Unit::Micros);
        }
    }
    if tables.contains("assets") {
        reader.assets = Some(reader.symbols()?);
    }
    let rows = reader.count("series")?;
    let (series, columns) = reader.series(&mut ByRows::new(file, rows, meter))?;
    let observations =
        if tables.contains("alt_observations") { reader.observations()? } else { BTreeMap::new() };
    let actions = if tables.contains("corporate_actions") { reader.actions()? } else { Vec::new() };
    let listings = if tables.contains("listing") { reader.listings()? } else { Vec::new() };
    const TAKEN: [&str; 7] = [
        "schema_version",
        "assets",
        "series",
        "alt_observations",
        "corporate_actions",
        "listing",
        "dataset_manifest",
    ];
    for table in tables.iter().filter(|table| !TAKEN.contains(&table.as_str())) {
        let rows = reader.count(table)?;
        if rows > 0 {
            reader
                .notes
                .push(format!("{rows} rows of `{table}` were left alone: the lake has no such table"));
        }
    }
    Ok(MarketRead {
        series,
        observations,
        actions,
        listings,
        problems: reader.problems.list,
        rows_read: reader.rows_read,
        columns,
        notes: reader.notes,
    })
}

fn open(file: &Path, options: &ReadOptions) -> Result<Connection, ReadError> {
    let mut handle = input::open(file)?;
    let length = handle.metadata().map_or(0, |data| data.len());
    let mut magic = [0_u8; 16];
    let starts = std::io::Read::read_exact(&mut handle, &mut magic).is_ok();
    if !starts || &magic != b"SQLite format 3\0" {
        let found = "it does not start with `SQLite format 3`".to_owned();
        return Err(ReadError::WrongFormat { file: file.to_owned(), expected: "a SQLite database", found });
    }
    if length > options.max_decompressed_bytes {
        return Err(ReadError::TooLarge { file: file.to_owned(), limit: options.max_decompressed_bytes });
    }
    let damaged = |source| ReadError::Database { file: file.to_owned(), source };
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags).map_err(damaged)?;
    // A stranger's schema may hold triggers, views and functions; none of them is to run.
    connection
        .execute_batch("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA query_only = ON;")
        .map_err(damaged)?;
    Ok(connection)
}

struct Reader<'a> {
    file: &'a Path,
    connection: &'a Connection,
    problems: Problems,
    rows_read: u64,
    notes: Vec<String>,
    /// Symbols of `assets`, if the file has that table.
    assets: Option<BTreeSet<String>>,
    /// The unit of stamps, where the file states it.
    stated: Option<Unit>,
}

/// A bar with its row number, before keys are compared.
struct Read<T> {
    row: u64,
    at: Instant,
    bar: T,
}

impl Reader<'_> {
    fn damaged(&self, source: rusqlite::Error) -> ReadError {
        ReadError::Database { file: self.file.to_owned(), source }
    }

    /// Tables proper: a view could compute anything.
    fn tables(&self) -> Result<BTreeSet<String>, ReadError> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
                   AND sql NOT LIKE 'CREATE VIRTUAL%'";
        let mut statement = self.connection.prepare(sql).map_err(|e| self.damaged(e))?;
        let names = statement.query_map([], |row| row.get(0)).map_err(|e| self.damaged(e))?;
        names.collect::<Result<_, _>>().map_err(|e| self.damaged(e))
    }

    fn columns(&self, table: &str) -> Result<Vec<String>, ReadError> {
        let sql = "SELECT name FROM pragma_table_info(?1)";
        let mut statement = self.connection.prepare(sql).map_err(|e| self.damaged(e))?;
        let names = statement.query_map([table], |row| row.get(0)).map_err(|e| self.damaged(e))?;
        names.collect::<Result<_, _>>().map_err(|e| self.damaged(e))
    }

    fn count(&self, table: &str) -> Result<u64, ReadError> {
        let sql = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
        let rows: i64 = self.connection.query_row(&sql, [], |row| row.get(0)).map_err(|e| self.damaged(e))?;
        Ok(rows.unsigned_abs())
    }

    fn symbols(&self) -> Result<BTreeSet<String>, ReadError> {
        self.needed("assets", &["symbol"])?;
        let sql = "SELECT symbol FROM assets WHERE typeof(symbol) = 'text'";
        let mut statement = self.connection.prepare(sql).map_err(|e| self.damaged(e))?;
        let names =
            statement.query_map([], |row| row.get_ref(0)?.as_str().map(str::to_owned).map_err(Into::into));
        names.map_err(|e| self.damaged(e))?.collect::<Result<_, _>>().map_err(|e| self.damaged(e))
    }

    /// The columns of `table`, with all of `roles` among them.
    fn needed(&self, table: &str, roles: &[&'static str]) -> Result<Vec<String>, ReadError> {
        let found = self.columns(table)?;
        match roles.iter().find(|role| !found.iter().any(|name| name == *role)) {
            None => Ok(found),
            Some(role) => Err(ReadError::MissingColumn {
                file: self.file.to_owned(),
                role,
                wanted: format!("`{role}` in table `{table}`"),
                found,
            }),
        }
    }

    /// Hands each row of `table` to `each`, the columns in order (NULL where the table has none); lists the rows that it
    /// complains about.
    fn each_row(
        &mut self,
        table: &str,
        columns: &[&str],
        there: &[String],
        mut each: impl FnMut(u64, &Row<'_>) -> Result<(), (Option<String>, Complaint)>,
    ) -> Result<(), ReadError> {
        let picked: Vec<String> = columns
            .iter()
            .map(
                |name| {
                    if there.iter().any(|c| c == name) { format!("\"{name}\"") } else { "NULL".to_owned() }
                },
            )
            .collect();
        let sql = format!("SELECT {} FROM \"{table}\"", picked.join(", "));
        let connection = self.connection;
        let mut statement = connection.prepare(&sql).map_err(|e| self.damaged(e))?;
        let mut rows = statement.query([]).map_err(|e| self.damaged(e))?;
        let mut number = 0;
        while let Some(row) = rows.next().map_err(|e| self.damaged(e))? {
            number += 1;
            self.rows_read += 1;
            if let Err((symbol, mut complaint)) = each(number, row) {
                complaint.detail = format!("table `{table}`: {}", complaint.detail);
                self.problems.push(Place { row: number, line: None }, symbol.as_deref(), None, complaint)?;
            }
        }
        Ok(())
    }

    /// The unit of the whole numbers in a column of stamps.
    fn unit(&mut self, table: &str, column: &str) -> Result<Unit, ReadError> {
        if let Some(unit) = self.stated {
            return Ok(unit);
        }
        let sql = format!("SELECT max(\"{column}\") FROM \"{table}\" WHERE typeof(\"{column}\") = 'integer'");
        let largest: Option<i64> =
            self.connection.query_row(&sql, [], |row| row.get(0)).map_err(|e| self.damaged(e))?;
        let Some(largest) = largest else { return Ok(Unit::Micros) };
        let unit = Unit::of(largest);
        self.notes.push(format!(
            "whole numbers in `{table}.{column}` were taken for {} since 1970, UTC",
            unit.name()
        ));
        Ok(unit)
    }

    fn series(&mut self, meter: &mut ByRows<'_>) -> Result<(SeriesRows, ColumnsUsed), ReadError> {
        const COLUMNS: [&str; 10] = [
            "timestamp",
            "symbol",
            "open",
            "high",
            "low",
            "close",
            "volume",
            "turnover",
            "session",
            "known_at",
        ];
        let there = self.needed("series", &["timestamp", "symbol", "close"])?;
        let unit = self.unit("series", "timestamp")?;
        let has = |name: &str| there.iter().any(|column| column == name);
        let given = |name: &str| has(name).then(|| name.to_owned());
        let columns = ColumnsUsed {
            symbol: given("symbol"),
            date: given(if has("session") { "session" } else { "timestamp" }),
            open: given("open"),
            high: given("high"),
            low: given("low"),
            close: "close".to_owned(),
            volume: given("volume"),
            turnover: given("turnover"),
        };
        let timed = has("session") && has("known_at");
        let mut timed_rows: BTreeMap<Symbol, Vec<Read<BarRow>>> = BTreeMap::new();
        let mut dated_rows: BTreeMap<Symbol, Vec<Read<RawRow>>> = BTreeMap::new();
        let assets = self.assets.take();
        self.each_row("series", &COLUMNS, &there, |number, row| {
            if number % METERED_ROWS == 0 {
                meter.read(METERED_ROWS);
            }
            let name = named(row, 1);
            let mut read = || -> Result<(), Complaint> {
                let symbol = symbol(row, 1, assets.as_ref())?;
                let at = cell::instant(get(row, 0), "timestamp", unit)?;
                let price = |place: usize| {
                    let column = COLUMNS[place];
                    cell::number(get(row, place), column)?
                        .ok_or_else(|| Complaint::new("missing_value", column, ""))
                };
                let amount = |place: usize| -> Result<f64, Complaint> {
                    Ok(cell::number(get(row, place), COLUMNS[place])?.unwrap_or(f64::NAN))
                };
                let (open, high, low, close) = (price(2)?, price(3)?, price(4)?, price(5)?);
                let (volume, turnover) = (amount(6)?, amount(7)?);
                let date = at.utc_date();
                let time = Some(WrittenTime {
                    nanos: at.nanos() - date.midnight_utc().nanos(),
                    offset_seconds: Some(0),
                });
                let raw = RawRow { date, open, high, low, close, volume, turnover, time };
                if timed {
                    let date = cell::date(get(row, 8), "session")?;
                    let known_at = cell::instant(get(row, 9), "known_at", unit)?;
                    refuse_early(at, known_at)?;
                    let bar = RawRow { date, ..raw }.at(at, known_at);
                    timed_rows.entry(symbol).or_default().push(Read { row: number, at, bar });
                } else {
                    dated_rows.entry(symbol).or_default().push(Read { row: number, at, bar: raw });
                }
                Ok(())
            };
            read().map_err(|complaint| (name, complaint))
        })?;
        meter.read(u64::MAX);
        self.assets = assets;
        if self.rows_read == 0 {
            return Err(ReadError::Empty { file: self.file.to_owned() });
        }
        if timed {
            let prices = |bar: &BarRow| [bar.open, bar.high, bar.low, bar.close, bar.volume];
            return Ok((SeriesRows::Timed(self.unique(timed_rows, prices)?), columns));
        }
        let midnight = |row: &RawRow| row.time.is_none_or(|time| time.nanos == 0);
        let how = if dated_rows.values().flatten().all(|read| midnight(&read.bar)) {
            "every stamp is midnight UTC and names its session"
        } else {
            "a bar belongs to the UTC date of its stamp"
        };
        self.notes.push(how.to_owned());
        let prices = |row: &RawRow| [row.open, row.high, row.low, row.close, row.volume];
        Ok((SeriesRows::Dated(self.unique(dated_rows, prices)?), columns))
    }

    /// Rows by symbol without those whose key came twice.
    fn unique<T>(
        &mut self,
        rows: BTreeMap<Symbol, Vec<Read<T>>>,
        prices: impl Fn(&T) -> [f64; 5],
    ) -> Result<BTreeMap<Symbol, Vec<T>>, ReadError> {
        let mut kept = BTreeMap::new();
        for (symbol, mut rows) in rows {
            rows.sort_by_key(|read| (read.at, read.row));
            let mut refused: Vec<(u64, &'static str)> = Vec::new();
            for same in rows.chunk_by(|a, b| a.at == b.at).filter(|same| same.len() > 1) {
                let bits = |read: &Read<T>| prices(&read.bar).map(f64::to_bits);
                let equal = same.iter().all(|read| bits(read) == bits(&same[0]));
                let rule = if equal { "duplicate_row" } else { "conflicting_row" };
                refused.extend(same.iter().skip(usize::from(equal)).map(|read| (read.row, rule)));
            }
            refused.sort_unstable();
            for (row, rule) in &refused {
                let detail = "table `series`: its timestamp and symbol came before".to_owned();
                let place = Place { row: *row, line: None };
                self.problems.push(place, Some(symbol.as_str()), None, Complaint { rule, detail })?;
            }
            rows.retain(|read| refused.binary_search_by_key(&read.row, |(row, _)| *row).is_err());
            if !rows.is_empty() {
                kept.insert(symbol, rows.into_iter().map(|read| read.bar).collect());
            }
        }
        Ok(kept)
    }

    fn observations(&mut self) -> Result<BTreeMap<Symbol, Vec<Observation>>, ReadError> {
        const COLUMNS: [&str; 5] = ["symbol", "event_time", "knowledge_time", "field", "value"];
        let there = self.needed("alt_observations", &["event_time", "knowledge_time", "field", "value"])?;
        let unit = self.unit("alt_observations", "event_time")?;
        let mut values: BTreeMap<Symbol, Vec<Observation>> = BTreeMap::new();
        self.each_row("alt_observations", &COLUMNS, &there, |_, row| {
            let name = named(row, 3);
            let mut read = || -> Result<(), Complaint> {
                let field = cell::text(get(row, 3), "field")?;
                // The series of an instrument carries its symbol in front.
                let series = match cell::if_any(get(row, 0), |c| cell::text(c, "symbol"))? {
                    None | Some("") => field.to_owned(),
                    Some(symbol) => format!("{symbol}.{field}"),
                };
                let series: Symbol =
                    series.parse().map_err(|_| Complaint::new("bad_symbol", "field", &series))?;
                let at = cell::instant(get(row, 1), "event_time", unit)?;
                let known_at = cell::instant(get(row, 2), "knowledge_time", unit)?;
                refuse_early(at, known_at)?;
                let value = cell::number(get(row, 4), "value")?
                    .ok_or_else(|| Complaint::new("missing_value", "value", ""))?;
                let row = Observation { date: at.utc_date(), known_at, value };
                values.entry(series).or_default().push(row);
                Ok(())
            };
            read().map_err(|complaint| (name, complaint))
        })?;
        Ok(values)
    }

    fn actions(&mut self) -> Result<Vec<CorporateAction>, ReadError> {
        const COLUMNS: [&str; 7] = ["symbol", "ex_date", "kind", "value", "source", "known_at", "evidence"];
        let there = self.needed("corporate_actions", &COLUMNS[..6])?;
        let unit = self.unit("corporate_actions", "known_at")?;
        let mut actions = Vec::new();
        self.each_row("corporate_actions", &COLUMNS, &there, |_, row| {
            let name = named(row, 0);
            let read = || -> Result<CorporateAction, Complaint> {
                let kind = cell::text(get(row, 2), "kind")?;
                let value = cell::number(get(row, 3), "value")?
                    .ok_or_else(|| Complaint::new("missing_value", "value", ""))?;
                let evidence = cell::if_any(get(row, 6), |c| cell::text(c, "evidence"))?;
                let json = |text: &str| {
                    serde_json::from_str(text).map_err(|_| Complaint::new("bad_text", "evidence", text))
                };
                Ok(CorporateAction {
                    symbol: symbol(row, 0, None)?,
                    ex_date: cell::date(get(row, 1), "ex_date")?,
                    kind: serde_json::from_value(kind.into())
                        .map_err(|_| Complaint::new("bad_text", "kind", kind))?,
                    value,
                    source: cell::text(get(row, 4), "source")?.to_owned(),
                    known_at: cell::instant(get(row, 5), "known_at", unit)?,
                    evidence: evidence.map(json).transpose()?,
                })
            };
            actions.push(read().map_err(|complaint| (name, complaint))?);
            Ok(())
        })?;
        Ok(actions)
    }

    fn listings(&mut self) -> Result<Vec<Listing>, ReadError> {
        const COLUMNS: [&str; 7] =
            ["symbol", "first_session", "last_session", "delisting_return", "exchange", "isin", "known_at"];
        let there = self.needed("listing", &["symbol", "first_session", "known_at"])?;
        let unit = self.unit("listing", "known_at")?;
        let mut listings = Vec::new();
        self.each_row("listing", &COLUMNS, &there, |_, row| {
            let name = named(row, 0);
            let text = |place: usize| -> Result<Option<String>, Complaint> {
                let text = cell::if_any(get(row, place), |c| cell::text(c, COLUMNS[place]))?;
                Ok(text.map(str::to_owned))
            };
            let read = || -> Result<Listing, Complaint> {
                Ok(Listing {
                    symbol: symbol(row, 0, None)?,
                    first_session: cell::date(get(row, 1), "first_session")?,
                    last_session: cell::if_any(get(row, 2), |c| cell::date(c, "last_session"))?,
                    delisting_return: cell::number(get(row, 3), "delisting_return")?,
                    exchange: text(4)?,
                    isin: text(5)?,
                    known_at: cell::instant(get(row, 6), "known_at", unit)?,
                })
            };
            listings.push(read().map_err(|complaint| (name, complaint))?);
            Ok(())
        })?;
        Ok(listings)
    }
}

/// A cell of a row that was selected with that many columns.
fn get<'a>(row: &'a Row<'_>, place: usize) -> ValueRef<'a> {
    row.get_ref(place).unwrap_or(ValueRef::Null)
}

/// A name for the list of problems, if the cell holds one.
fn named(row: &Row<'_>, place: usize) -> Option<String> {
    cell::text(get(row, place), "").ok().map(str::to_owned)
}

fn symbol(row: &Row<'_>, place: usize, assets: Option<&BTreeSet<String>>) -> Result<Symbol, Complaint> {
    let text = cell::text(get(row, place), "symbol")?;
    if assets.is_some_and(|assets| !assets.contains(text)) {
        return Err(Complaint::new("unknown_asset", "symbol", text));
    }
    text.trim().parse().map_err(|_| Complaint::new("bad_symbol", "symbol", text))
}

fn refuse_early(at: Instant, known_at: Instant) -> Result<(), Complaint> {
    if known_at < at {
        return Err(Complaint::new("known_before_event", "known_at", &known_at.to_string()));
    }
    Ok(())
}
