//! Bars from files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use proofmark_market::Interval;
use proofmark_sources::{
    ColumnMap, Meter, ReadError, ReadOptions, ReadOutcome, RowProblem, Tickers, read_bars_csv_metered,
    read_bars_parquet_metered,
};
use proofmark_units::{Date, Symbol, Zone};
use rayon::prelude::*;

use super::placed::Placing;
use super::summary::{Account, FileRead, Summary};
use crate::data::{calendar, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Unit, Work};
use crate::workspace::Workspace;

/// Longest vendor delay that makes sense, in seconds.
const LONGEST_DELAY: u64 = 366 * 86_400;

/// How files are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// Exchange calendar whose session close makes a bar known.
    pub calendar: String,
    /// Store every row under this symbol.
    pub symbol: Option<Symbol>,
    /// Take only these symbols; empty takes all.
    pub symbols: Vec<Symbol>,
    /// Role (`date`, `symbol`, `open`, `high`, `low`, `close`, `volume`, `turnover`) and the file's column for it.
    pub columns: Vec<(String, String)>,
    /// How dates are written, such as `%d-%m-%Y`.
    pub date_format: Option<String>,
    /// The date of every row, for files without a date column.
    pub file_date: Option<Date>,
    /// Take only rows of these series (`EQ`), by the file's `series` column; empty takes all.
    pub series: Vec<String>,
    /// The zone of stamps that state no offset: `UTC`, `+05:30` or `Asia/Kolkata`. Its clocks also cut the sessions of
    /// `to_daily`.
    pub zone: Option<String>,
    /// Make one bar a session of intraday rows.
    pub to_daily: bool,
    /// How long an intraday bar lasts; told by the stamps when left out.
    pub interval: Option<Interval>,
    /// Intraday stamps say when a bar ends instead of when it begins.
    pub stamped_at_end: bool,
    /// Which instrument traded under which ticker when: rows go to the instrument's last ticker.
    pub tickers: Tickers,
}

/// Brings bars of CSV files, plain or gzipped, into the lake. `reporter` is told how far reading and storing are.
///
/// # Errors
/// A file, the calendar or a column cannot be used, or a symbol asked for is in none of the files; nothing is stored
/// then.
pub fn csv(ws: &Workspace, files: &[PathBuf], request: &Request, reporter: &dyn Reporter) -> Result<Summary> {
    bars(ws, files, request, reporter, |file, options, meter| read_bars_csv_metered(file, options, meter))
}

/// As [`csv`], from Parquet files.
///
/// # Errors
/// As [`csv`].
pub fn parquet(
    ws: &Workspace,
    files: &[PathBuf],
    request: &Request,
    reporter: &dyn Reporter,
) -> Result<Summary> {
    bars(ws, files, request, reporter, |file, options, meter| read_bars_parquet_metered(file, options, meter))
}

type Read = fn(&Path, &ReadOptions, Meter<'_>) -> std::result::Result<ReadOutcome, ReadError>;

fn bars(
    ws: &Workspace,
    files: &[PathBuf],
    request: &Request,
    reporter: &dyn Reporter,
    read: Read,
) -> Result<Summary> {
    if files.is_empty() {
        return Err(AppError::input("no file to ingest was named").hint("give one or more files"));
    }
    let calendar = calendar(&request.calendar)?;
    let options = read_options(request)?;
    let delay = delay(ws)?;
    let mut account = Account::default();
    let mut seen = BTreeSet::new();
    let mut deliveries = Vec::with_capacity(files.len());
    let reading = begin_reading(files, reporter);
    let one = |file: &PathBuf| read(file, &options, &|bytes| reading.advance(bytes));
    // Read side by side, told of in their order.
    let groups = at_once(files).into_iter();
    let outcomes = groups.flat_map(|group| group.par_iter().map(one).collect::<Vec<_>>());
    for (file, outcome) in files.iter().zip(outcomes) {
        let mut outcome = outcome.map_err(|error| read_error(file, error))?;
        refuse_if_unreadable(file, outcome.rows(), &outcome.problems)?;
        account.read(outcome.rows_read);
        account.not_asked(usize::try_from(outcome.rows_of_other_series).unwrap_or(usize::MAX));
        list_problems(&outcome.problems, request, &mut account);
        account.file(FileRead::of(source(file), &outcome));
        outcome.bars = request.tickers.join(outcome.bars);
        seen.extend(outcome.bars.keys().cloned());
        let intraday = outcome.is_intraday();
        let placing = Placing { file, request, calendar: &calendar, delay };
        let placed = placing.bars(outcome.bars, intraday, &mut account)?;
        deliveries.push((source(file), placed));
    }
    reading.end("done");
    if let Some(absent) = request.symbols.iter().find(|symbol| !seen.contains(*symbol)) {
        return Err(AppError::input(format!("no row of `{absent}` in the files given")).hint(held(&seen)));
    }
    let mut lake = open_lake(ws)?;
    account.store(&mut lake, &deliveries, reporter)?;
    Ok(account.finish())
}

/// Files that are read side by side: their rows are in memory together, so that large ones come one at a time.
fn at_once(files: &[PathBuf]) -> Vec<&[PathBuf]> {
    const BYTES: u64 = 16 << 20;
    let length = |file: &PathBuf| file.metadata().map_or(0, |data| data.len());
    let (mut groups, mut from, mut bytes) = (Vec::new(), 0, 0_u64);
    for (at, file) in files.iter().enumerate() {
        let more = length(file);
        if at > from && bytes.saturating_add(more) > BYTES {
            groups.push(&files[from..at]);
            (from, bytes) = (at, 0);
        }
        bytes = bytes.saturating_add(more);
    }
    groups.push(&files[from..]);
    groups
}

/// The phase of reading `files`, in bytes as they lie on the disk. A file that is not there is told of when it is read.
pub(super) fn begin_reading<'a>(files: &[PathBuf], reporter: &'a dyn Reporter) -> Work<'a> {
    let bytes = files.iter().filter_map(|file| file.metadata().ok()).map(|data| data.len()).sum();
    Work::begin_counting((Unit::Bytes, bytes), "read", 1, 2, vec![reporter])
}

/// Lists the unreadable rows of what was asked for, and counts the others.
pub(super) fn list_problems(problems: &[RowProblem], request: &Request, account: &mut Account) {
    for problem in problems {
        if problem.symbol.as_deref().is_some_and(|text| !request.wants(text)) {
            account.not_asked(1);
        } else {
            account.problem(problem);
        }
    }
}

/// The list of tickers in `file`.
///
/// # Errors
/// It cannot be read, or a row of it cannot be used.
pub fn tickers(file: &Path) -> Result<Tickers> {
    let bytes = std::fs::read(file).map_err(|e| {
        AppError::input(format!("failed to read the tickers in `{}`", file.display())).because(e)
    })?;
    Tickers::read(bytes.as_slice()).map_err(|e| {
        AppError::input(format!("the tickers in `{}` cannot be used", file.display()))
            .hint("the columns are isin,symbol,start,end; an empty end is an open one")
            .because(e)
    })
}

/// The zone of that name; `None` stays unknown.
pub(crate) fn zone(name: Option<&str>) -> Result<Option<Zone>> {
    name.map(Zone::named).transpose().map_err(|error| {
        AppError::input("the time zone cannot be used")
            .hint("`UTC`, an offset such as `+05:30`, or a name such as `Asia/Kolkata`")
            .because(error)
    })
}

impl Request {
    pub(super) fn wants(&self, symbol: &str) -> bool {
        self.symbols.is_empty() || self.symbols.iter().any(|wanted| wanted.as_str() == symbol)
    }

    /// The file's column that was named for `role`.
    pub(super) fn column(&self, role: &str) -> Option<&str> {
        self.columns.iter().find(|(name, _)| name == role).map(|(_, column)| column.as_str())
    }
}

/// A file as the lake names it: never with its folder, which says more about a machine than about the data.
pub(crate) fn source(file: &Path) -> String {
    file.file_name().unwrap_or(file.as_os_str()).to_string_lossy().into_owned()
}

/// A file of which not one row can be read was misunderstood, not merely dirty.
pub(super) fn refuse_if_unreadable(file: &Path, readable: usize, problems: &[RowProblem]) -> Result<()> {
    match problems {
        [first, ..] if readable == 0 => Err(AppError::input(format!(
            "not one row of `{}` can be read; the first: row {}: {}",
            file.display(),
            first.row,
            first.detail
        ))
        .hint("say how it is written with `--date-format` and `--column NAME=HEADER`")),
        _ => Ok(()),
    }
}

pub(crate) fn read_error(file: &Path, error: ReadError) -> AppError {
    let hint = match &error {
        ReadError::MissingColumn { role: "value", .. } => "name it with `--value-column HEADER`".to_owned(),
        ReadError::MissingColumn { role, .. } => format!("name it with `--column {role}=HEADER`"),
        ReadError::AmbiguousDate { .. } => {
            "say how dates are written, such as `--date-format %d-%m-%Y`".to_owned()
        }
        ReadError::NoSymbol { .. } => "say which it is with `--symbol NAME`".to_owned(),
        other => other.hint(),
    };
    AppError::input(format!("failed to ingest `{}`", file.display())).hint(hint).because(error)
}

pub(crate) fn read_options(request: &Request) -> Result<ReadOptions> {
    let mut columns = ColumnMap::default();
    for (role, column) in &request.columns {
        let slot = match role.as_str() {
            "symbol" => &mut columns.symbol,
            "date" => &mut columns.date,
            "open" => &mut columns.open,
            "high" => &mut columns.high,
            "low" => &mut columns.low,
            "close" => &mut columns.close,
            "volume" => &mut columns.volume,
            "turnover" => &mut columns.turnover,
            _ => {
                return Err(AppError::input(format!("a bar has no `{role}`")).hint(
                    "columns can be named for symbol, date, open, high, low, close, volume and turnover",
                ));
            }
        };
        if slot.replace(column.clone()).is_some() {
            return Err(AppError::input(format!("the column of `{role}` is named twice")).hint("keep one"));
        }
    }
    Ok(ReadOptions {
        columns,
        symbol_override: request.symbol.clone(),
        date_format: request.date_format.clone(),
        file_date: request.file_date,
        series: request.series.clone(),
        ..ReadOptions::default()
    })
}

/// The vendor's delay after a session's close, in seconds.
pub(super) fn delay(ws: &Workspace) -> Result<i64> {
    let seconds = ws.settings().number("ingest.delay_seconds");
    i64::try_from(seconds).ok().filter(|_| seconds <= LONGEST_DELAY).ok_or_else(|| {
        AppError::input(format!("setting `ingest.delay_seconds` is {seconds}, more than a year"))
            .hint("it is the vendor's delay after a session's close, in seconds")
    })
}

fn held(symbols: &BTreeSet<Symbol>) -> String {
    let some: Vec<&str> = symbols.iter().take(8).map(Symbol::as_str).collect();
    match symbols.len().saturating_sub(some.len()) {
        0 => format!("they hold {}", some.join(", ")),
        more => format!("they hold {} and {more} more", some.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use proofmark_units::{Date, DateSpan};

    use super::*;
    use crate::progress::{Silent, Snapshot};

    fn csv(ws: &Workspace, files: &[PathBuf], request: &Request) -> Result<Summary> {
        super::csv(ws, files, request, &Silent)
    }

    const GOOD: &str = "date,symbol,open,high,low,close,volume\n2024-01-01,AAA,1,2,1,2,10\n2024-01-02,AAA,x,2,1,2,10\n2024-01-06,AAA,1,2,1,2,10\n2024-01-03,BBB,1,2,1,2,10\n";

    struct Fixture {
        folder: tempfile::TempDir,
        ws: Workspace,
    }

    impl Fixture {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            Workspace::init(folder.path()).unwrap();
            let ws = Workspace::open(folder.path()).unwrap();
            Self { folder, ws }
        }

        fn file(&self, name: &str, text: &str) -> Vec<PathBuf> {
            let path = self.folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            vec![path]
        }
    }

    /// Keeps how each phase ended.
    #[derive(Default)]
    struct Ends(std::sync::Mutex<Vec<(&'static str, u64, u64)>>);

    impl Reporter for Ends {
        fn started(&self, _: &Snapshot) {}
        fn moved(&self, at: &Snapshot) {
            assert!(at.done <= at.total, "{at:?}");
        }
        fn ended(&self, at: &Snapshot, _: &str) {
            self.0.lock().unwrap().push((at.phase, at.done, at.total));
        }
        fn note(&self, _: &str) {}
    }

    #[test]
    fn progress_ends_at_every_byte_read_and_every_row_stored() {
        let f = Fixture::new();
        let mut text = "date,symbol,open,high,low,close,volume\n".to_owned();
        (1..=28).for_each(|day| text.push_str(&format!("2024-02-{day:02},AAA,1,2,1,2,10\n")));
        let files = f.file("bars.csv", &text);
        let ends = Ends::default();
        super::csv(&f.ws, &files, &request(), &ends).unwrap();
        let bytes = text.len() as u64;
        assert_eq!(*ends.0.lock().unwrap(), [("read", bytes, bytes), ("store", 28, 28)]);

        let folder = f.folder.path();
        let lake = open_lake(&f.ws).unwrap();
        let rows = lake.read_bars(&"AAA".parse().unwrap(), DateSpan::EVERY, None).unwrap();
        let path = folder.join("bars.parquet");
        std::fs::write(&path, proofmark_lake::plain::bars_parquet(&"AAA".parse().unwrap(), &rows).unwrap())
            .unwrap();
        let bytes = path.metadata().unwrap().len();
        let ends = Ends::default();
        super::parquet(&f.ws, &[path], &request(), &ends).unwrap();
        assert_eq!(*ends.0.lock().unwrap(), [("read", bytes, bytes), ("store", 28, 28)]);
    }

    fn request() -> Request {
        Request { calendar: "XNSE".into(), ..Request::default() }
    }

    fn balanced(s: &Summary) -> bool {
        let problems: u64 = s.problems.iter().map(|p| p.count).sum();
        s.rows_read
            == s.rows_added + s.rows_known + s.rows_restated + s.rows_not_asked + s.rows_aggregated + problems
    }

    #[test]
    fn intraday_rows_come_in_with_a_zone_and_a_length() {
        let f = Fixture::new();
        let text = "time,open,high,low,close,volume\n2024-01-02 09:15:00,1,2,1,2,10\n2024-01-02 15:00:00,2,3,2,3,5\n";
        let files = f.file("USDCOP.csv", text);
        let error = csv(&f.ws, &files, &request()).unwrap_err();
        assert!(error.hint_text().unwrap().contains("--zone"), "{error}");
        let kolkata = Request { zone: Some("Asia/Kolkata".into()), ..request() };
        let error = csv(&f.ws, &files, &kolkata).unwrap_err();
        assert!(error.hint_text().unwrap().contains("--interval"), "345 minutes are no interval: {error}");
        let hours = Request { interval: Some(Interval::Hour1), ..kolkata };
        assert_eq!(csv(&f.ws, &files, &hours).unwrap().rows_added, 2);
        let lake = open_lake(&f.ws).unwrap();
        let bars =
            lake.read_intraday(Interval::Hour1, &"USDCOP".parse().unwrap(), DateSpan::EVERY, None).unwrap();
        let ends: Vec<String> = bars.iter().map(|bar| bar.event_time.to_string()).collect();
        assert_eq!(
            ends,
            ["2024-01-02T04:45:00Z", "2024-01-02T10:00:00Z"],
            "the last one ends with the session"
        );
        let error = csv(&f.ws, &files, &Request { to_daily: true, ..request() }).unwrap_err();
        assert!(error.hint_text().unwrap().contains("--zone"), "{error}");
        let wrong = Request { to_daily: true, zone: Some("Nowhere".into()), ..request() };
        assert!(csv(&f.ws, &files, &wrong).unwrap_err().chain().join(" ").contains("Nowhere"));
        let asked = Request { to_daily: true, zone: Some("Asia/Kolkata".into()), ..request() };
        let summary = csv(&f.ws, &files, &asked).unwrap();
        assert_eq!((summary.rows_read, summary.rows_added, summary.rows_aggregated), (2, 1, 1));
        assert!(balanced(&summary));
        assert!(summary.files[0].columns.contains("date=time"), "{:?}", summary.files);
    }

    #[test]
    fn the_stamps_tell_how_long_bars_last_and_may_mark_their_end() {
        let f = Fixture::new();
        let text = "ts,symbol,open,high,low,close,volume\n\
                    2024-01-02 09:20:00,AAA,1,2,1,2,10\n2024-01-02 09:25:00,AAA,2,3,2,3,\n2024-01-02 15:30:00,AAA,2,3,2,3,5\n\
                    2024-01-03 00:00:00,AAA,2,3,2,3,5\n2024-01-02 09:20:00,BBB,1,2,1,2,10\n";
        let files = f.file("bars.csv", text);
        let asked = Request { zone: Some("+05:30".into()), stamped_at_end: true, ..request() };
        let summary = csv(&f.ws, &files, &asked).unwrap();
        assert_eq!((summary.rows_added, summary.symbols.len()), (5, 2));
        assert!(balanced(&summary));
        let read = || {
            let lake = open_lake(&f.ws).unwrap();
            assert_eq!(lake.intervals(), [Interval::Minute5]);
            lake.read_intraday(Interval::Minute5, &"AAA".parse().unwrap(), DateSpan::EVERY, None).unwrap()
        };
        let bars = read();
        assert_eq!(bars[0].start.to_string(), "2024-01-02T03:45:00Z");
        assert!(bars[1].volume.is_nan() && bars[1].turnover.is_nan());
        assert_eq!(bars[2].event_time.to_string(), "2024-01-02T10:00:00Z");
        assert_eq!(
            bars[3].session.to_string(),
            "2024-01-02",
            "what ends at midnight belongs to the day before"
        );
        assert_eq!(csv(&f.ws, &files, &asked).unwrap().rows_known, 5);
        let later = f.file("later.csv", &text.replace("AAA,2,3,2,3,\n", "AAA,2,4,2,4,7\n"));
        let summary = csv(&f.ws, &later, &asked).unwrap();
        assert_eq!((summary.rows_restated, summary.rows_known, summary.rows_added), (1, 4, 0));
        assert_eq!(read()[1].close, 4.0);
    }

    #[test]
    fn derivatives_are_named_by_their_parts_and_dated_by_the_file() {
        let f = Fixture::new();
        let text = "INSTRUMENT,SYMBOL    ,EXP_DATE  ,OPEN_PRICE ,HI_PRICE   ,LO_PRICE   ,CLOSE_PRICE,TRD_QTY\n\
                    FUTIDX    ,BANKNIFTY ,25/11/2025,00058761.20,00059067.40,00058695.80,00059027.40, 774165\n\
                    * - as available at the end of trading hours\n";
        let files = f.file("fo_2025-11-17.csv", text);
        let asked = Request {
            columns: vec![("symbol".into(), "SYMBOL+EXP_DATE".into())],
            date_format: Some("%d/%m/%Y".into()),
            ..request()
        };
        let summary = csv(&f.ws, &files, &asked).unwrap();
        assert_eq!(summary.symbols, ["BANKNIFTY-20251125".parse().unwrap()]);
        assert_eq!((summary.rows_added, summary.problems[0].rule.as_str()), (1, "footer"));
        assert!(summary.files[0].notes[0].contains("2025-11-17"), "{:?}", summary.files);
        assert!(balanced(&summary));
    }

    #[test]
    fn a_ticker_change_inside_a_file_is_told() {
        let f = Fixture::new();
        let text =
            "Date,Symbol,Open,High,Low,Close\n2011-06-28,INFOSYSTCH,1,1,1,1\n2011-06-29,INFY,1,1,1,1\n";
        let summary = csv(&f.ws, &f.file("INFY.csv", text), &request()).unwrap();
        let note = &summary.files[0].notes[0];
        assert!(note.contains("INFOSYSTCH to 2011-06-28") && note.contains("--symbol"), "{note}");
    }

    #[test]
    fn good_rows_are_kept_bad_ones_listed_and_a_second_time_adds_nothing() {
        let f = Fixture::new();
        let files = f.file("some.csv", GOOD);
        let first = csv(&f.ws, &files, &request()).unwrap();
        assert_eq!((first.rows_read, first.rows_added, first.symbols.len()), (4, 3, 2));
        assert_eq!(first.problems.len(), 1);
        assert_eq!((first.problems[0].rule.as_str(), first.problems[0].count), ("bad_number", 1));
        assert_eq!(first.problems[0].samples[0].row, Some(2));
        assert!(first.problems[0].samples[0].to_string().contains("some.csv row 2"));
        let second = csv(&f.ws, &files, &request()).unwrap();
        assert_eq!((second.rows_added, second.rows_known, second.rows_restated), (0, 3, 0));
        let third =
            csv(&f.ws, &f.file("late.csv", &GOOD.replace("BBB,1,2,1,2", "BBB,1,3,1,3")), &request()).unwrap();
        assert_eq!((third.rows_added, third.rows_known, third.rows_restated), (0, 2, 1));
        assert!([&first, &second, &third].into_iter().all(balanced));
    }

    #[test]
    fn a_bar_is_known_at_its_close_and_the_delay_and_an_off_calendar_one_is_kept() {
        let f = Fixture::new();
        std::fs::write(f.folder.path().join("proofmark.toml"), "format = 1\n[ingest]\ndelay_seconds = 60\n")
            .unwrap();
        let ws = Workspace::open(f.folder.path()).unwrap();
        csv(&ws, &f.file("some.csv", GOOD), &request()).unwrap();
        let lake = open_lake(&ws).unwrap();
        let date = |text: &str| text.parse::<Date>().unwrap();
        let span = DateSpan::new(date("2024-01-01"), date("2024-01-31")).unwrap();
        let rows = lake.read_bars(&"AAA".parse().unwrap(), span, None).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[1].date, date("2024-01-06"), "a Saturday without a session");
        assert_eq!(rows[1].event_time.to_string(), "2024-01-06T10:00:00Z");
        assert_eq!(rows[1].known_at.to_string(), "2024-01-06T10:01:00Z");
        assert_eq!(lake.files()[0].source, "some.csv");
    }

    #[test]
    fn only_the_symbols_asked_for_are_taken_and_an_absent_one_stores_nothing() {
        let f = Fixture::new();
        let files = f.file("some.csv", GOOD);
        let ask = |name: &str| Request { symbols: vec![name.parse().unwrap()], ..request() };
        let error = csv(&f.ws, &files, &ask("ZZZ")).unwrap_err();
        assert!(error.to_string().contains("ZZZ") && error.hint_text().unwrap().contains("AAA, BBB"));
        assert!(open_lake(&f.ws).unwrap().symbols().is_empty());
        let summary = csv(&f.ws, &files, &ask("BBB")).unwrap();
        assert_eq!((summary.rows_added, summary.rows_not_asked, summary.problems.len()), (1, 3, 0));
        assert!(balanced(&summary));
    }

    #[test]
    fn dates_no_timestamp_can_hold_are_listed_not_a_crash() {
        let f = Fixture::new();
        let files = f.file("far.csv", &GOOD.replace("2024-01-06", "9999-01-06"));
        let summary = csv(&f.ws, &files, &request()).unwrap();
        assert_eq!(summary.problems.len(), 2);
        assert!(balanced(&summary));
    }

    #[test]
    fn a_missing_column_and_a_hopeless_file_change_nothing() {
        let f = Fixture::new();
        let mut files = f.file("some.csv", GOOD);
        files.extend(f.file("bad.csv", "date,symbol,open,high,low\n2024-01-01,A,1,1,1\n"));
        let error = csv(&f.ws, &files, &request()).unwrap_err();
        assert_eq!(error.exit_code(), 2);
        assert!(error.chain().join("\n").contains("bad.csv"));
        assert!(error.hint_text().unwrap().contains("--column close="));
        let hopeless = f.file("junk.csv", "date,symbol,open,high,low,close\nnever,A,1,1,1,1\n");
        assert_eq!(csv(&f.ws, &hopeless, &request()).unwrap_err().exit_code(), 2);
        assert!(open_lake(&f.ws).unwrap().symbols().is_empty());
    }
}
