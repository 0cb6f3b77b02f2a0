//! `proofmark data options`.

use std::path::Path;

use proofmark_app::data::options::{
    self, ChainReport, ChainRequest, Deviation, ForwardFrom, PriceFrom, Style,
};
use proofmark_app::error::Result;

use super::from_caller;
use crate::args::options::{ForwardArg, OptionsArgs, PriceArg, StyleArg};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn options(root: &Path, args: OptionsArgs, quiet: bool) -> Result<Output> {
    let beside = |file: Option<std::path::PathBuf>| file.map(|file| from_caller(root, &file));
    let request = ChainRequest {
        as_of: args.as_of,
        price: args.price.map(|price| match price {
            PriceArg::Mid => PriceFrom::Mid,
            PriceArg::Last => PriceFrom::Last,
        }),
        forward: args.forward.map(|forward| match forward {
            ForwardArg::File => ForwardFrom::File,
            ForwardArg::Parity => ForwardFrom::Parity,
        }),
        futures: beside(args.futures),
        curve: beside(args.curve),
        rate: args.rate,
        style: match args.style {
            StyleArg::European => Style::European,
            StyleArg::American => Style::American,
        },
        spot: args.spot,
        nearest: args.nearest,
        underlyings: args.underlyings,
        underlying: args.underlying,
        columns: args.columns,
        date_format: args.date_format,
        zone: args.zone,
        to: beside(args.to),
    };
    let report = options::options(&from_caller(root, &args.file), &request, &Terminal::new(quiet))?;
    let exit = u8::from(report.is_empty());
    Ok(Output::new(&report, text(&report)).exit(exit))
}

fn text(report: &ChainReport) -> String {
    let head = [
        "underlying",
        "expiry",
        "moments",
        "years",
        "forward",
        "from",
        "parity",
        "discount",
        "from",
        "ATM",
        "RR 25",
        "BF 25",
        "used",
        "wide",
        "refused",
    ];
    let number = |value: Option<f64>, digits: usize| {
        value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
    };
    let from = |term: Option<(f64, &'static str)>| term.map_or("-", |(_, from)| from).to_owned();
    let mut rows = vec![head.map(String::from).to_vec()];
    for e in &report.expiries {
        let refused: Vec<String> = e.refused.iter().map(|(why, count)| format!("{why} {count}")).collect();
        rows.push(vec![
            e.underlying.clone(),
            e.expiry.to_string(),
            e.moments.to_string(),
            format!("{:.4}", e.years),
            number(e.forward.map(|(forward, _)| forward), 2),
            from(e.forward),
            number(e.parity.map(|fit| fit.forward), 2),
            number(e.discount.map(|(discount, _)| discount), 6),
            from(e.discount),
            number(e.smile.at_the_money, 4),
            number(e.risk_reversal, 4),
            number(e.butterfly, 4),
            e.used.to_string(),
            e.wide.to_string(),
            refused.join(", "),
        ]);
    }
    let mut text = table(&rows);
    let read: Vec<String> = report.columns.iter().map(|(role, name)| format!("{role}={name}")).collect();
    text.push_str(&format!(
        "\n{} was read with {}\n{} rows read, {} unreadable. Volatilities are fractions a year; ATM, risk reversal and butterfly are of each expiry's last moment.\n",
        report.file, read.join(" "), report.rows_read, report.unreadable
    ));
    if report.is_empty() {
        text.push_str(
            "No option has a volatility; the reasons are above. `no_discount` goes with --rate or --curve, `no_forward` with --futures or --forward parity.\n",
        );
    }
    let lines = [
        ("Our volatilities against the file's", &report.volatility_deviation),
        ("Prices of the file's volatilities against its prices", &report.price_deviation),
    ];
    for (what, deviation) in lines {
        text.push_str(&deviation.as_ref().map_or_else(String::new, |deviation| line(what, deviation)));
    }
    if let Some(first) = report.unreadable_samples.first() {
        text.push_str(&format!("unreadable, the first: {first}\n"));
    }
    if let Some(written) = &report.written {
        text.push_str(&format!("Written: {written}\n"));
    }
    text
}

fn line(what: &str, d: &Deviation) -> String {
    format!(
        "{what}: {} rows, median {:.2e}, 99th percentile {:.2e}, largest {:.2e} (row {}: {} and {}); {} over 1e-4, {} over 1e-3.\n",
        d.rows,
        d.median,
        d.percentile_99,
        d.largest,
        d.largest_row,
        d.largest_ours,
        d.largest_theirs,
        d.over_1e4,
        d.over_1e3
    )
}
