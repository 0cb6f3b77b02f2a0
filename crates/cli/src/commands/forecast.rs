//! `run` of a forecast pipeline.

use std::path::PathBuf;

use proofmark_app::error::{AppError, Result};
use proofmark_app::forecast::{self, ForecastRequest, ForecastSummary, Stage, Tested, Year};
use proofmark_app::workspace::Workspace;

use super::verdict_table;
use crate::args::{PhaseArg, RunArgs};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn start(ws: &Workspace, pipeline: PathBuf, args: &RunArgs, quiet: bool) -> Result<Output> {
    let asked = [
        (!args.symbols.is_empty() || args.symbols_file.is_some(), "--symbols"),
        (args.start_date.is_some(), "--start-date"),
        (args.end_date.is_some(), "--end-date"),
        (args.dry_run, "--dry-run"),
        (args.resume.is_some(), "--resume"),
        (args.champion.is_some(), "--champion"),
        (args.windows, "--windows"),
    ];
    if let Some((_, option)) = asked.iter().find(|(asked, _)| *asked) {
        return Err(AppError::input(format!("`{option}` is not for a forecast pipeline"))
            .hint("its file says which instrument, dates and models; copy the file to change them"));
    }
    let stage = match args.phase {
        PhaseArg::Backtest => Stage::Backtest,
        PhaseArg::Production => Stage::Production,
        PhaseArg::Both => Stage::Both,
    };
    let request =
        ForecastRequest { pipeline, stage, pictures: !args.no_png, seed: args.seed, workers: args.workers };
    let terminal = Terminal::new(quiet);
    let summary = forecast::start(ws, &request, &[&terminal])?;
    Ok(said(&summary))
}

fn said(summary: &ForecastSummary) -> Output {
    let mut text = String::new();
    if let Some(tested) = &summary.backtest {
        text.push_str(&backtest(tested));
    }
    if let Some(produced) = &summary.production {
        text.push_str(&format!(
            "\nProduction of the recipe approved as {}, known to {}:\n",
            produced.candidate,
            produced.known_to.map_or_else(|| "nothing".to_owned(), |date| date.to_string())
        ));
        if let Some(signal) = &produced.signal {
            let word =
                |key: &str| signal[key].as_str().map_or_else(|| signal[key].to_string(), str::to_owned);
            text.push_str(&format!(
                "  newest signal {} for {}: direction {}, leverage {}, skipped {}\n",
                word("signal_id"),
                word("signal_date"),
                word("direction"),
                word("leverage"),
                word("skip_trade")
            ));
        }
        text.extend(produced.files.iter().map(|file| format!("  {file}\n")));
    }
    let ready = summary.backtest.as_ref().is_none_or(|t| t.run.candidate.status == "ready-for-review");
    Output::new(summary, text).exit(u8::from(!ready))
}

fn backtest(tested: &Tested) -> String {
    let mut text = format!("\n{}  {}\n", tested.run.run_id, tested.run.candidate.status);
    text.push_str(&verdict_table(&tested.run));
    text.push_str("\nBy year, net of costs and carry, every session counted; active is what is beyond holding and being long or\nshort always with the same exits, a year, with its 95 % interval:\n\n");
    text.push_str(&table(&years(&tested.years)));
    if let Some(vote) = &tested.recommendation {
        text.push_str(&format!("\nThe automatic vote of the pipeline's policy: {vote}\n"));
    }
    text.push('\n');
    text.extend(tested.files.iter().map(|file| format!("  {file}\n")));
    if tested.pictures > 0 {
        text.push_str(&format!("  and {} pictures\n", tested.pictures));
    }
    text.push_str(&format!("\nNext: {}\n", tested.run.next));
    text
}

fn years(years: &[Year]) -> Vec<Vec<String>> {
    let percent = |v: f64| format!("{:+.1}%", v * 100.0);
    let known = |v: Option<f64>, show: &dyn Fn(f64) -> String| v.map_or_else(|| "-".to_owned(), show);
    let names = years.first().map(|year| year.beside.iter().map(|(name, _)| name.clone()).collect());
    let names: Vec<String> = names.unwrap_or_default();
    let head = ["year", "trades", "strategy", "Sharpe", "drawdown", "direction"].map(String::from);
    let mut rows = vec![
        head.into_iter().chain(names).chain(["active", "interval"].map(String::from)).collect::<Vec<_>>(),
    ];
    for year in years {
        let own = &year.strategy;
        let mut row = vec![
            year.year.map_or_else(|| "all".to_owned(), |year| year.to_string()),
            year.trades.to_string(),
            percent(own.total_return),
            known(own.sharpe, &|v| format!("{v:.2}")),
            known(own.max_drawdown, &|v| format!("{:.1}%", v * 100.0)),
            known(year.direction_accuracy, &|v| format!("{:.0}%", v * 100.0)),
        ];
        row.extend(year.beside.iter().map(|(_, book)| percent(book.total_return)));
        row.push(known(year.active, &percent));
        row.push(
            year.active_interval.map_or_else(
                || "-".to_owned(),
                |(low, high)| format!("{} to {}", percent(low), percent(high)),
            ),
        );
        rows.push(row);
    }
    rows
}
