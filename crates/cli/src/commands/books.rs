//! `proofmark data books`.

use std::path::Path;

use proofmark_app::data::books::{self, BookFormat, BookReport, BookRequest};
use proofmark_app::error::{AppError, Result};
use proofmark_app::ingest::{self, RecordRequest};
use proofmark_app::workspace::Workspace;
use proofmark_market::book::{Fixed, Level};

use super::from_caller;
use crate::args::books::{BookFormatArg, BooksArgs, RecordArgs, StreamArg};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn books(root: &Path, args: BooksArgs, quiet: bool) -> Result<Output> {
    let files: Vec<_> = args.files.iter().map(|file| from_caller(root, file)).collect();
    let request = BookRequest {
        format: match args.format {
            BookFormatArg::Binance => BookFormat::Binance,
            BookFormatArg::BinanceFeed => BookFormat::BinanceFeed,
            BookFormatArg::Lobster => BookFormat::Lobster,
            BookFormatArg::Snapshots => BookFormat::Snapshots,
            BookFormatArg::Lake => BookFormat::Lake,
        },
        every_nanos: args.every,
        levels: args.levels,
        symbol: args.symbol,
        books: args.books.map(|file| from_caller(root, &file)),
        date: args.date,
        zone: args.zone,
        to: args.to.map(|file| from_caller(root, &file)),
    };
    let terminal = Terminal::new(quiet);
    let report = match (&args.files[..], args.format) {
        ([symbol], BookFormatArg::Lake) => {
            let symbol = symbol.to_string_lossy();
            let symbol = symbol.parse().map_err(|error: proofmark_units::ParseSymbolError| {
                AppError::input(format!("`{symbol}` is no symbol of the lake"))
                    .hint("with `--format lake` the symbol stands in place of the file")
                    .because(error)
            })?;
            let ws = Workspace::open(root)?;
            books::recorded_books(&ws, &symbol, args.recording.as_deref(), &request, &terminal)?
        }
        _ => books::books(&files, &request, &terminal)?,
    };
    let exit = u8::from(report.is_empty());
    Ok(Output::new(&report, text(&report)).exit(exit))
}

/// `proofmark ingest book`.
pub(super) fn record(ws: &Workspace, root: &Path, args: RecordArgs, quiet: bool) -> Result<Output> {
    let files: Vec<_> = args.files.iter().map(|file| from_caller(root, file)).collect();
    let format = match args.format {
        StreamArg::Binance => BookFormat::Binance,
        StreamArg::BinanceFeed => BookFormat::BinanceFeed,
    };
    let request = RecordRequest { format, symbol: args.symbol, venue: args.venue };
    let summary = ingest::book(ws, &files, &request, &Terminal::new(quiet))?;
    let mut text = String::new();
    for file in &summary.files {
        text.push_str(&match &file.added {
            Some(added) => format!(
                "{}: {} messages, {} rows in {} files, recorded as `{}`; {} rows could not be read.\n",
                file.file, added.messages, added.rows, added.files, added.source, file.unreadable
            ),
            None => format!("{}: the lake has this recording already.\n", file.file),
        });
        if let Some(first) = file.unreadable_samples.first() {
            text.push_str(&format!("  unreadable, the first: {first}\n"));
        }
    }
    text.push_str(&format!(
        "\nNext: `proofmark data books {} --format lake` rebuilds the book.\n",
        summary.symbol
    ));
    Ok(Output::new(&summary, text))
}

fn text(report: &BookReport) -> String {
    let shown = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let fixed = |value: Option<Fixed>| shown(value.map(|value| value.to_string()));
    let price = |level: Option<Level>| fixed(level.map(|level| level.price));
    let head = ["known at", "event time", "bid", "ask", "mid", "spread", "bid depth", "ask depth"];
    let mut rows = vec![head.map(String::from).to_vec()];
    for sample in &report.samples {
        rows.push(vec![
            sample.known_at.to_string(),
            sample.event_time.to_string(),
            price(sample.bid),
            price(sample.ask),
            shown(sample.mid.map(|mid| mid.to_string())),
            fixed(sample.spread),
            fixed(sample.depth[0]),
            fixed(sample.depth[1]),
        ]);
    }
    let mut text = if report.is_empty() {
        "The book was never known at an instant of the grid: there is no snapshot, or none lasted.\n"
            .to_owned()
    } else {
        format!("The last {} of {} rows:\n\n{}", report.samples.len(), report.rows, table(&rows))
    };
    text.push_str(&format!(
        "\n{} rows read, {} unreadable; {} instants without a known book; {} rows with a crossed book.\n",
        report.rows_read, report.unreadable, report.missing, report.crossed_rows
    ));
    if let Some(depth) = &report.depth {
        text.push_str(&format!(
            "{} snapshots, {} updates applied, {} held by a snapshot already, {} unused; {} trades.\n",
            depth.snapshots, depth.applied, depth.in_snapshot, depth.unused, depth.trades
        ));
        if depth.quotes_compared > 0 {
            text.push_str(&format!(
                "{} of {} best quotes of the venue at the book's own sequence number are equal.\n",
                depth.quotes_equal, depth.quotes_compared
            ));
        }
    }
    if let Some(orders) = &report.orders {
        text.push_str(&format!(
            "{} of {} rows equal the file's own book in every level that messages determine, {} of them in all levels; {} levels came into sight.\n",
            orders.rows_equal, orders.rows_compared, orders.rows_complete, orders.levels_revealed
        ));
    }
    if let Some(end) = &report.closing {
        text.push_str(&format!(
            "At the end ({}): best bid {}, best ask {}, {} and {} levels.\n",
            end.known_at,
            price(end.bid),
            price(end.ask),
            end.levels[0],
            end.levels[1]
        ));
    } else {
        text.push_str("At the end the book is not known.\n");
    }
    for (rule, count) in &report.problems.counts {
        text.push_str(&format!("{}: {count}\n", rule.name()));
        if let Some(first) = report.problems.samples.iter().find(|sample| sample.rule == *rule) {
            text.push_str(&format!("  first: {first}\n"));
        }
    }
    if let Some(first) = report.unreadable_samples.first() {
        text.push_str(&format!("unreadable, the first: {first}\n"));
    }
    if let Some(written) = &report.written {
        text.push_str(&format!("Written: {written}\n"));
    }
    text
}
