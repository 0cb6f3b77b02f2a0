//! Rows of the lake into a SQLite file whose checks hold.

use std::path::{Path, PathBuf};

use proofmark_lake::Observation;
use proofmark_lake::facts::Listing;
use proofmark_market::BarRow;
use proofmark_market::actions::CorporateAction;
use proofmark_units::{Date, Digest, Instant, Symbol};
use rusqlite::{Connection, ErrorCode, params};
use serde::Serialize;

use super::{SCHEMA, VERSION};

/// The source of values that a lake of this program kept.
const SOURCE: &str = "lake";

const CONSTRAINT: &str = "constraint";

/// A row that the schema's keys and checks do not take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LeftOut {
    /// `price_check` (positive, finite, low to high), `volume_check`, `session_twice` (a session that one delivery held
    /// with different values), or `constraint`: a key that came before, or another check of the table.
    pub rule: &'static str,
    /// The symbol.
    pub symbol: Symbol,
    /// The session, ex-date or first session.
    pub date: Date,
}

/// A market file could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write {what} into `{}`", file.display())]
pub struct WriteMarketError {
    /// The file.
    pub file: PathBuf,
    /// The table or step.
    pub what: &'static str,
    /// SQLite's complaint.
    #[source]
    pub source: rusqlite::Error,
}

/// Writes one market file, table by table.
#[derive(Debug)]
pub struct MarketWriter {
    connection: Connection,
    file: PathBuf,
}

impl MarketWriter {
    /// Starts the file: every table of the schema, with keys and checks. `file` must be empty or absent; whoever calls
    /// sees to its durability.
    ///
    /// # Errors
    /// [`WriteMarketError`] when SQLite cannot write there.
    pub fn create(file: &Path) -> Result<Self, WriteMarketError> {
        let failed = |source| WriteMarketError { file: file.to_owned(), what: "the schema", source };
        let connection = Connection::open(file).map_err(failed)?;
        connection
            .execute_batch(
                "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA foreign_keys = ON; BEGIN;",
            )
            .and_then(|()| connection.execute_batch(SCHEMA))
            .and_then(|()| {
                connection.execute("INSERT INTO schema_version VALUES (?1, 'us')", [VERSION]).map(drop)
            })
            .map_err(failed)?;
        Ok(Self { connection, file: file.to_owned() })
    }

    fn failed(&self, what: &'static str) -> impl Fn(rusqlite::Error) -> WriteMarketError + '_ {
        move |source| WriteMarketError { file: self.file.clone(), what, source }
    }

    /// Names an instrument; naming it again changes nothing.
    ///
    /// # Errors
    /// [`WriteMarketError`].
    pub fn asset(&mut self, symbol: &Symbol) -> Result<(), WriteMarketError> {
        self.connection
            .prepare_cached("INSERT INTO assets (symbol) VALUES (?1) ON CONFLICT DO NOTHING")
            .and_then(|mut insert| insert.execute([symbol.as_str()]).map(drop))
            .map_err(self.failed("an asset"))
    }

    /// Writes bars of one symbol, ascending by session. Returns how many are in the file, and those that its checks do
    /// not take.
    ///
    /// # Errors
    /// [`WriteMarketError`].
    pub fn bars(
        &mut self,
        symbol: &Symbol,
        rows: &[BarRow],
    ) -> Result<(u64, Vec<LeftOut>), WriteMarketError> {
        self.asset(symbol)?;
        let failed = self.failed("bars");
        let sql = "INSERT INTO series (timestamp, symbol, close, open, high, low, volume, session, known_at) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
        let mut insert = self.connection.prepare_cached(sql).map_err(&failed)?;
        let (mut written, mut left_out) = (0, Vec::new());
        for same in rows.chunk_by(|a, b| a.date == b.date) {
            let fact = |row: &BarRow| [row.open, row.high, row.low, row.close, row.volume].map(f64::to_bits);
            let twice = same.iter().any(|row| fact(row) != fact(&same[0]));
            let row = &same[0];
            let rule = if twice { Some("session_twice") } else { refusing(row) };
            if let Some(rule) = rule {
                left_out.extend(same.iter().map(|row| LeftOut {
                    rule,
                    symbol: symbol.clone(),
                    date: row.date,
                }));
                continue;
            }
            let volume = Some(row.volume).filter(|volume| !volume.is_nan());
            let inserted = insert.execute(params![
                row.event_time.micros(),
                symbol.as_str(),
                row.close,
                row.open,
                row.high,
                row.low,
                volume,
                row.date.to_string(),
                row.known_at.micros()
            ]);
            if taken(inserted).map_err(&failed)? {
                written += 1;
            } else {
                left_out.push(LeftOut { rule: CONSTRAINT, symbol: symbol.clone(), date: row.date });
            }
        }
        Ok((written, left_out))
    }

    /// Writes the values of one series; of two values that one delivery gave a date, none.
    ///
    /// # Errors
    /// [`WriteMarketError`].
    pub fn observations(&mut self, series: &Symbol, rows: &[Observation]) -> Result<u64, WriteMarketError> {
        let failed = self.failed("observations");
        let sql = "INSERT INTO alt_observations (source, event_time, knowledge_time, field, value) \
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let mut insert = self.connection.prepare_cached(sql).map_err(&failed)?;
        let mut written = 0;
        for same in rows.chunk_by(|a, b| a.date == b.date) {
            let [row] = same else { continue };
            if row.value.is_finite() {
                let (event, known) = (row.date.midnight_utc().micros(), row.known_at.micros());
                insert.execute(params![SOURCE, event, known, series.as_str(), row.value]).map_err(&failed)?;
                written += 1;
            }
        }
        Ok(written)
    }

    /// Writes corporate actions; returns those that the table does not take.
    ///
    /// # Errors
    /// [`WriteMarketError`].
    pub fn actions(&mut self, actions: &[CorporateAction]) -> Result<Vec<LeftOut>, WriteMarketError> {
        let mut left_out = Vec::new();
        for action in actions {
            self.asset(&action.symbol)?;
            // Numbers and names always have a JSON form.
            let evidence = action.evidence.as_ref().and_then(|seen| serde_json::to_string(seen).ok());
            let inserted = self
                .connection
                .prepare_cached("INSERT INTO corporate_actions VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                .and_then(|mut insert| {
                    insert.execute(params![
                        action.symbol.as_str(),
                        action.ex_date.to_string(),
                        action.kind.name(),
                        action.value,
                        action.source,
                        action.known_at.micros(),
                        evidence
                    ])
                });
            if !taken(inserted).map_err(self.failed("corporate actions"))? {
                let (symbol, date) = (action.symbol.clone(), action.ex_date);
                left_out.push(LeftOut { rule: CONSTRAINT, symbol, date });
            }
        }
        Ok(left_out)
    }

    /// Writes listings; returns those that the table does not take.
    ///
    /// # Errors
    /// [`WriteMarketError`].
    pub fn listings(&mut self, listings: &[Listing]) -> Result<Vec<LeftOut>, WriteMarketError> {
        let mut left_out = Vec::new();
        for listing in listings {
            self.asset(&listing.symbol)?;
            let inserted = self
                .connection
                .prepare_cached("INSERT INTO listing VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)")
                .and_then(|mut insert| {
                    insert.execute(params![
                        listing.symbol.as_str(),
                        listing.first_session.to_string(),
                        listing.last_session.map(|date| date.to_string()),
                        listing.delisting_return,
                        listing.exchange,
                        listing.isin,
                        listing.known_at.micros()
                    ])
                });
            if !taken(inserted).map_err(self.failed("listings"))? {
                let (symbol, date) = (listing.symbol.clone(), listing.first_session);
                left_out.push(LeftOut { rule: CONSTRAINT, symbol, date });
            }
        }
        Ok(left_out)
    }

    /// Says what the file holds, and closes it.
    ///
    /// # Errors
    /// [`WriteMarketError`].
    pub fn finish(
        self,
        content: Digest,
        (bars, observations): (u64, u64),
        as_of: Option<Instant>,
        created_at: Instant,
    ) -> Result<(), WriteMarketError> {
        let counts = [bars, observations].map(|count| i64::try_from(count).unwrap_or(i64::MAX));
        let as_of = as_of.map(Instant::micros);
        self.connection
            .execute(
                "INSERT INTO dataset_manifest VALUES (?1, ?2, ?3, ?4, ?5)",
                params![content.to_string(), counts[0], counts[1], as_of, created_at.micros()],
            )
            .and_then(|_| self.connection.execute_batch("COMMIT; PRAGMA optimize;"))
            .map_err(self.failed("the manifest"))?;
        let Self { connection, file } = self;
        connection.close().map_err(|(_, source)| WriteMarketError { file, what: "the end", source })
    }
}

/// Whether the row went in; a key or check that refuses it is an answer, anything else an error.
fn taken(inserted: rusqlite::Result<usize>) -> rusqlite::Result<bool> {
    match inserted {
        Ok(_) => Ok(true),
        Err(error) if error.sqlite_error_code() == Some(ErrorCode::ConstraintViolation) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The check of `series` that the row does not pass.
fn refusing(row: &BarRow) -> Option<&'static str> {
    if !row.has_valid_prices() {
        Some("price_check")
    } else if row.volume < 0.0 || row.volume.is_infinite() {
        Some("volume_check")
    } else {
        None
    }
}
