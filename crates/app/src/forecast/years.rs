//! Each year out of sample beside what it has to beat: an honest table, whatever it says.

use proofmark_stats::bootstrap::{StationaryBootstrap, mean_test};
use proofmark_stats::performance::{annualised, max_drawdown, sharpe_per_period};
use proofmark_units::Seed;
use proofmark_validation::ActiveSpan;
use serde::Serialize;

use super::books::{Books, in_year, total};
use super::files::{Scope, direction_accuracy};
use super::series::Series;
use super::signals::Call;
use super::simulate::Traded;

/// Draws behind an interval.
const DRAWS: usize = 2_000;

/// One year.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Year {
    /// The year; `None` for all of them together.
    pub year: Option<i32>,
    /// The strategy.
    pub strategy: YearBook,
    /// What it has to beat, by name.
    pub beside: Vec<(String, YearBook)>,
    /// Round trips of the strategy.
    pub trades: usize,
    /// Share of its traded signals that pointed the right way.
    pub direction_accuracy: Option<f64>,
    /// Active return a year: beyond holding and being long or short always with the same exits.
    pub active: Option<f64>,
    /// Its 95 % interval, by stationary bootstrap.
    pub active_interval: Option<(f64, f64)>,
}

/// A book in a year.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct YearBook {
    /// Compounded gain.
    pub total_return: f64,
    /// Mean over deviation a year, of every session.
    pub sharpe: Option<f64>,
    /// Largest fall from a peak within it.
    pub max_drawdown: Option<f64>,
}

fn book(net: &[f64], per_year: f64) -> YearBook {
    YearBook {
        total_return: total(net),
        sharpe: sharpe_per_period(net).map(|s| annualised(s, per_year)),
        max_drawdown: max_drawdown(net).map(|fall| fall.depth),
    }
}

/// Every year, then all together.
pub(super) fn years(
    series: &Series,
    books: &Books,
    calls: &[Call],
    active: &ActiveSpan,
    horizon: usize,
    seed: &Seed,
) -> Vec<Year> {
    let own = &books.candidate;
    let mut listed: Vec<i32> = own.dates.iter().map(|date| date.year()).collect();
    listed.dedup();
    let scopes = listed.into_iter().map(Some).chain([None]);
    let per_year = series.calendar.periods_per_year();
    scopes
        .map(|year| {
            let scope = year.map_or(Scope::All, Scope::Year);
            let returns = |traded: &Traded| match year {
                Some(year) => in_year(&traded.dates, &traded.net, year),
                None => traded.net.clone(),
            };
            let beyond = match year {
                Some(year) => in_year(&active.dates, &active.fit.series, year),
                None => active.fit.series.clone(),
            };
            let settings = StationaryBootstrap {
                draws: DRAWS,
                min_block: horizon as f64,
                ..StationaryBootstrap::default()
            };
            let name = year.map_or_else(|| "all".to_owned(), |year| year.to_string());
            let test = mean_test(&beyond, &settings, seed.child("years").child(&name)).ok();
            Year {
                year,
                strategy: book(&returns(own), per_year),
                beside: books
                    .nulls
                    .iter()
                    .map(|(name, traded)| ((*name).to_owned(), book(&returns(traded), per_year)))
                    .collect(),
                trades: own
                    .log
                    .trips
                    .iter()
                    .filter(|trip| year.is_none_or(|year| trip.entered.utc_date().year() == year))
                    .count(),
                direction_accuracy: direction_accuracy(scope, series, calls),
                active: test.as_ref().map(|test| test.mean * per_year),
                active_interval: test
                    .and_then(|test| test.interval)
                    .map(|i| (i.low * per_year, i.high * per_year)),
            }
        })
        .collect()
}

/// The table of the years as Markdown, for the briefing and the documentation.
pub(super) fn markdown(years: &[Year]) -> String {
    let percent = |v: f64| format!("{:+.1} %", v * 100.0);
    let ratio = |v: Option<f64>| v.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"));
    let names: Vec<&str> = years
        .first()
        .map(|year| year.beside.iter().map(|(name, _)| name.as_str()).collect())
        .unwrap_or_default();
    let mut out = String::from(
        "\n## By year\n\nNet of costs and carry, every session counted. Active: beyond holding and being long or short always with the same exits, a year, with its 95 % interval.\n\n| year | trades | strategy | Sharpe | drawdown | direction |",
    );
    for name in &names {
        out.push_str(&format!(" {name} |"));
    }
    out.push_str(" active | interval |\n|---|---|---|---|---|---|");
    out.push_str(&"---|".repeat(names.len() + 2));
    for year in years {
        let own = &year.strategy;
        out.push_str(&format!(
            "\n| {} | {} | {} | {} | {} | {} |",
            year.year.map_or_else(|| "all".to_owned(), |year| year.to_string()),
            year.trades,
            percent(own.total_return),
            ratio(own.sharpe),
            own.max_drawdown.map_or_else(|| "-".to_owned(), |d| format!("{:.1} %", d * 100.0)),
            year.direction_accuracy.map_or_else(|| "-".to_owned(), |d| format!("{:.0} %", d * 100.0)),
        ));
        for (_, book) in &year.beside {
            out.push_str(&format!(" {} |", percent(book.total_return)));
        }
        let interval = year
            .active_interval
            .map_or_else(|| "-".to_owned(), |(low, high)| format!("{} to {}", percent(low), percent(high)));
        out.push_str(&format!(" {} | {interval} |", year.active.map_or_else(|| "-".to_owned(), percent)));
    }
    out.push('\n');
    out
}
