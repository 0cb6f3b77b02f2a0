//! The market schema in a SQLite file.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proofmark_lake::facts::Fact;
use proofmark_lake::{Delivery, Lake};
use proofmark_sources::sqlite::{MarketRead, SeriesRows, read_market_sqlite_metered};
use proofmark_units::{Date, Symbol};

use super::files::{
    Request, begin_reading, delay, list_problems, read_error, read_options, refuse_if_unreadable, source,
};
use super::placed::{Placed, Placing};
use super::summary::{Account, FileRead, Summary};
use crate::data::{calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::progress::Reporter;
use crate::workspace::Workspace;

/// Brings bars, dated values, corporate actions and listings of SQLite files with the market schema into the lake. The
/// files are opened read-only. Bars keep the session and the two times that the file states; where it states none, they
/// are placed as those of other files are, by the calendar of `request`.
///
/// # Errors
/// A file or the calendar cannot be used, or a symbol asked for is in none of the files; nothing is stored then.
pub fn sqlite(
    ws: &Workspace,
    files: &[PathBuf],
    request: &Request,
    reporter: &dyn Reporter,
) -> Result<Summary> {
    if files.is_empty() {
        return Err(AppError::input("no file to ingest was named").hint("give one or more files"));
    }
    let (calendar, delay) = (calendar(&request.calendar)?, delay(ws)?);
    let options = read_options(request)?;
    let mut account = Account::default();
    let mut seen: BTreeSet<Symbol> = BTreeSet::new();
    let mut deliveries = Vec::with_capacity(files.len());
    let reading = begin_reading(files, reporter);
    for file in files {
        let mut read = read_market_sqlite_metered(file, &options, &|bytes| reading.advance(bytes))
            .map_err(|error| read_error(file, error))?;
        let counts: usize = match &read.series {
            SeriesRows::Timed(bars) => bars.values().map(Vec::len).sum(),
            SeriesRows::Dated(bars) => bars.values().map(Vec::len).sum(),
        };
        refuse_if_unreadable(file, counts, &read.problems)?;
        account.read(read.rows_read);
        list_problems(&read.problems, request, &mut account);
        account.file(FileRead {
            file: source(file),
            columns: read.columns.to_string(),
            notes: std::mem::take(&mut read.notes),
        });
        let bars = match std::mem::replace(&mut read.series, SeriesRows::Timed([].into())) {
            SeriesRows::Dated(bars) => {
                let bars = request.tickers.join(bars);
                seen.extend(bars.keys().cloned());
                let twice = |rows: &Vec<proofmark_sources::RawRow>| {
                    let dates: BTreeSet<Date> = rows.iter().map(|row| row.date).collect();
                    dates.len() < rows.len()
                };
                let intraday = bars.values().any(twice);
                Placing { file, request, calendar: &calendar, delay }.bars(bars, intraday, &mut account)?
            }
            SeriesRows::Timed(bars) => {
                let mut batches = Vec::new();
                for (symbol, mut rows) in bars {
                    seen.insert(symbol.clone());
                    if request.wants(symbol.as_str()) {
                        rows.retain(|row| account.placeable(file, &symbol, row.date));
                        batches.push((symbol, rows));
                    } else {
                        account.not_asked(rows.len());
                    }
                }
                Placed::Daily(batches)
            }
        };
        deliveries.push((file, bars, read));
    }
    reading.end("done");
    if let Some(absent) = request.symbols.iter().find(|symbol| !seen.contains(*symbol)) {
        return Err(AppError::input(format!("no bar of `{absent}` in the files given"))
            .hint("look at the `symbol` column of `series`"));
    }
    let mut lake = open_lake(ws)?;
    for (file, bars, read) in deliveries {
        account.store(&mut lake, &[(source(file), bars)], reporter)?;
        store_others(&mut lake, file, request, read, &mut account)?;
    }
    Ok(account.finish())
}

/// What the file holds beside bars.
fn store_others(
    lake: &mut Lake,
    file: &Path,
    request: &Request,
    read: MarketRead,
    account: &mut Account,
) -> Result<()> {
    let delivery = Delivery { source: source(file), arrived_at: crate::clock::now() };
    for (series, rows) in read.observations {
        let report = lake
            .append_observations(&series, &rows, &delivery)
            .map_err(|error| lake_error("failed to store the values", error))?;
        account.stored(&report);
    }
    store_facts(lake, &delivery, request, &read.actions, account)?;
    store_facts(lake, &delivery, request, &read.listings, account)
}

fn store_facts<F: Fact + Clone>(
    lake: &mut Lake,
    delivery: &Delivery,
    request: &Request,
    facts: &[F],
    account: &mut Account,
) -> Result<()> {
    let wanted: Vec<F> = facts.iter().filter(|fact| request.wants(fact.name().as_str())).cloned().collect();
    account.not_asked(facts.len() - wanted.len());
    let reports = lake
        .append_facts(&wanted, delivery)
        .map_err(|error| lake_error(&format!("failed to store rows of `{}`", delivery.source), error))?;
    reports.iter().for_each(|report| account.stored(report));
    Ok(())
}
