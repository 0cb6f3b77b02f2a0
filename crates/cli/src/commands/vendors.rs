//! `ingest VENDOR`: the plan, the fetch and what the lake made of it, in words.

use std::path::Path;

use proofmark_app::error::{AppError, Result};
use proofmark_app::ingest::vendor::{self, Snapshot, Vendor, VendorReport, VendorRequest, Vintage};
use proofmark_app::ingest::{self, MembershipRequest};
use proofmark_app::workspace::Workspace;
use proofmark_sources::fetch::{Instrument, Refetch};
use proofmark_units::Symbol;

use super::{from_caller, ingest_text};
use crate::args::vendors::{MembershipArgs, RangeArgs, VendorCommand};
use crate::output::Output;
use crate::terminal::Terminal;

pub(super) fn ingest(ws: &Workspace, root: &Path, command: VendorCommand, quiet: bool) -> Result<Output> {
    let (vendor, range, calendar) = match command {
        VendorCommand::Binance(args) => {
            let futures = args.futures;
            if let Some(levels) = args.depth {
                return look(ws, root, &Snapshot::Depth { futures, levels }, &args.range);
            }
            let vendor = if args.funding { Vendor::BinanceFunding } else { Vendor::Binance { futures } };
            (vendor, args.range, "24/7")
        }
        VendorCommand::Breeze(args) => {
            if args.quote {
                return look(ws, root, &Snapshot::Quote { exchange: args.exchange }, &args.range);
            }
            if let Some(expiry) = args.chain {
                return look(ws, root, &Snapshot::Chain { expiry }, &args.range);
            }
            (Vendor::Breeze { exchange: args.exchange, version_1: args.v1 }, args.range, "XNSE")
        }
        VendorCommand::Twelvedata(range) => (Vendor::TwelveData, range, "24/7"),
        VendorCommand::Alpaca(args) => (Vendor::Alpaca { feed: args.feed }, args.range, "XNYS"),
        VendorCommand::Fred(args) => {
            let vintage = match args.lag_days {
                Some(days) => Vintage::Latest(days),
                None if args.vintages => Vintage::All,
                None => Vintage::First,
            };
            (Vendor::Fred(vintage), args.range, "24/7")
        }
        VendorCommand::News(args) if args.feed => return look(ws, root, &Snapshot::Feed, &args.range),
        VendorCommand::News(args) => (Vendor::News, args.range, "24/7"),
        VendorCommand::Headlines(args) => return super::headlines::ingest(ws, root, args, quiet),
        VendorCommand::Membership(args) => return membership(ws, root, args),
        VendorCommand::Book(args) => return super::books::record(ws, root, args, quiet),
        VendorCommand::Http(args) => {
            (Vendor::Http { config: from_caller(root, &args.config) }, args.range, "24/7")
        }
    };
    let request = VendorRequest {
        instruments: instruments(&range.symbols)?,
        interval: range.interval,
        start: range.start_date,
        end: range.end_date,
        calendar: range.calendar.unwrap_or_else(|| calendar.to_owned()),
        credentials: range.credentials.map(|path| from_caller(root, &path)),
        base_url: range.base_url,
        dry_run: range.dry_run,
        refetch: match range.refetch_below {
            _ if range.refetch => Refetch::All,
            Some(rows) => Refetch::Below(rows),
            None => Refetch::Nothing,
        },
    };
    let report = vendor::vendor(ws, &vendor, &request, &Terminal::new(quiet))?;
    let failed = report.fetched.as_ref().is_some_and(|f| !f.failures.is_empty());
    Ok(Output::new(&report, text(&report)).exit(u8::from(failed)))
}

fn membership(ws: &Workspace, root: &Path, args: MembershipArgs) -> Result<Output> {
    let request = MembershipRequest {
        files: args.files.iter().map(|file| from_caller(root, file)).collect(),
        index: args.index,
        columns: args.columns,
        date_format: args.date_format,
        zone: args.zone,
        known_when_effective: args.known_when_effective,
    };
    let summary = ingest::membership(ws, &request)?;
    let mut text = format!(
        "{} versions of stays in the files: {} new in the lake, {} already there, {} put an end to a stay or restate it.\n",
        summary.rows_read, summary.rows_added, summary.rows_known, summary.rows_restated
    );
    for file in &summary.files {
        text.push_str(&format!("\n{} was read with {}\n", file.file, file.columns));
    }
    for index in &summary.symbols {
        text.push_str(&format!("\nA pipeline holds its members with `list = \"lake:{index}\"`.\n"));
    }
    Ok(Output::new(&summary, text))
}

fn look(ws: &Workspace, root: &Path, what: &Snapshot, range: &RangeArgs) -> Result<Output> {
    let instruments = instruments(&range.symbols)?;
    let credentials = range.credentials.as_ref().map(|path| from_caller(root, path));
    let base = range.base_url.as_deref();
    let summary = vendor::snapshot(ws, what, &instruments, credentials.as_deref(), base, range.keep_days)?;
    let mut text = format!(
        "{} snapshots, {} rows new in the lake; {} older snapshots and {} of their rows removed.\n",
        summary.files.len(),
        summary.rows_added,
        summary.removed,
        summary.rows_forgotten
    );
    for line in summary.files.iter().chain(&summary.notes) {
        text.push_str(&format!("  {line}\n"));
    }
    Ok(Output::new(&summary, text))
}

/// `NAME` or `NAME=CODE`.
pub(super) fn instruments(texts: &[String]) -> Result<Vec<Instrument>> {
    let read = |text: &String| {
        let (name, code) = text.split_once('=').unwrap_or((text, text));
        let symbol: Symbol = name.parse().map_err(|error: proofmark_units::ParseSymbolError| {
            AppError::input(format!("`{name}` cannot name an instrument here"))
                .hint("give it a name and the vendor's code: `--symbols EURUSD=EUR/USD`")
                .because(error)
        })?;
        Ok(Instrument { symbol, code: code.to_owned() })
    };
    texts.iter().map(read).collect()
}

fn text(report: &VendorReport) -> String {
    let mut text = String::new();
    if report.dry_run {
        text.push_str(&format!("{}\n", report.plan_line()));
        for series in &report.plan.series {
            let (first, last) = (series.chunks.first(), series.chunks.last());
            let what = match (first, last) {
                (Some(first), Some(last)) => format!(
                    "{} chunks from {} to {}, {} days there already",
                    series.chunks.len(),
                    first.span.start,
                    last.span.end,
                    series.covered
                ),
                _ => format!("nothing missing, {} days there already", series.covered),
            };
            text.push_str(&format!("  {} ({}): {what}\n", series.instrument.symbol, series.instrument.code));
        }
        text.push_str("A dry run: nobody was asked and nothing was written.\n");
    }
    if let Some(fetched) = &report.fetched {
        text.push_str(&format!(
            "{} requests ({} repeated) brought {} rows in {} chunks; {} rows were left out.\n",
            fetched.requests, fetched.retries, fetched.rows, fetched.chunks, fetched.rows_left_out
        ));
        for empty in &fetched.days_without_rows {
            text.push_str(&format!(
                "  {}: {} days without a row, {} to {} (before its listing, a halt, or a hole)\n",
                empty.symbol, empty.days, empty.first, empty.last
            ));
        }
        for failure in &fetched.failures {
            text.push_str(&format!(
                "  failed: {} {} to {}: {}\n",
                failure.symbol, failure.start, failure.end, failure.error
            ));
        }
        if let Some(last) = fetched.failures.last() {
            text.push_str(&format!(
                "  {} chunks were not tried.\n\nhint: {}\n\n",
                fetched.chunks_not_tried, last.hint
            ));
        }
    }
    for note in &report.notes {
        text.push_str(&format!("{note}\n"));
    }
    if let Some(payments) = &report.payments {
        text.push_str(&format!(
            "Single payments: {} new in the lake, {} already there, {} restated.\n",
            payments.rows_added, payments.rows_known, payments.rows_restated
        ));
    }
    if let Some(summary) = &report.stored {
        text.push_str(&ingest_text(summary));
    }
    text
}
