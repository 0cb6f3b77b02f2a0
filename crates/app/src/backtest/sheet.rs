//! A back-test as a page: curves, months, returns, trades, costs, what each name brought.

use std::collections::BTreeMap;

use proofmark_stats::performance::{annualised, drawdown_series, sharpe_per_period};
use proofmark_units::Date;

use super::Backtest;
use super::measures::returns;
use super::{Capacity, PricePath, guard_in_words};
use crate::report::{
    Column, Form, Line, Mark, bars, columns, escape, noted_time_chart, page, price_chart, table, time_chart,
};

/// Sessions of the rolling Sharpe ratio: half a year.
const ROLLING: usize = 126;

/// The page: one file, no script, nothing fetched.
pub fn tear_sheet(backtest: &Backtest) -> String {
    let dates: Vec<Date> = backtest.equity.iter().map(|(date, _)| *date).collect();
    let own: Vec<f64> = backtest.equity.iter().map(|(_, equity)| *equity).collect();
    let mut curves = vec![(backtest.strategy, own.as_slice())];
    curves.extend(backtest.benchmarks.iter().map(|other| (other.name.as_str(), other.equity.as_slice())));
    let capital = backtest.request.capital;
    let own_returns = returns(capital, &own);
    let percent = |value: f64| format!("{:.0} %", value * 100.0);

    let mut body = format!(
        "<h1>{}</h1><p>{} names, {} to {}, {} sessions, bars of {}, costs <code>{}</code>.</p><p class=\"soft\">Caution: {}. Trial {}, one of {} on this data.</p>",
        escape(backtest.strategy),
        backtest.names,
        backtest.span.0,
        backtest.span.1,
        backtest.sessions,
        backtest.request.interval,
        escape(&backtest.request.costs),
        escape(backtest.caution),
        backtest.trial.key.short(),
        backtest.trial.on_data
    );
    body.push_str(&table(
        &std::iter::once("").chain(curves.iter().map(|(name, _)| *name)).collect::<Vec<_>>(),
        &backtest.rows(),
    ));
    body.push_str("<h2>Equity</h2>");
    body.push_str(&equity(backtest, &dates, &curves));
    body.push_str("<h2>Drawdown</h2>");
    body.push_str(&lines(
        "Fall from the peak",
        &dates,
        &curves,
        180.0,
        &|equity| {
            let falls = drawdown_series(&returns(capital, equity)).unwrap_or_default();
            falls.into_iter().map(|fall| -fall).collect()
        },
        &percent,
    ));
    if own.len() > ROLLING {
        body.push_str(&format!("<h2>Sharpe ratio over {ROLLING} sessions</h2>"));
        let per_year = backtest.sessions_per_year();
        body.push_str(&lines(
            "Rolling Sharpe ratio",
            &dates,
            &curves,
            180.0,
            &|equity| rolling(&returns(capital, equity), per_year),
            &|v| format!("{v:.1}"),
        ));
    }
    body.push_str("<h2>Months</h2>");
    body.push_str(&months(&dates, &own, capital));
    body.push_str("<h2>Returns of a session</h2>");
    body.push_str(&histogram(&own_returns));
    body.push_str("<h2>From gain before costs to gain</h2>");
    body.push_str(&waterfall(backtest));
    if let Some(capacity) = &backtest.capacity {
        body.push_str("<h2>By capital</h2>");
        body.push_str(&by_capital(capacity));
    }
    if !backtest.prices.is_empty() {
        body.push_str("<h2>Trades on price</h2><p class=\"soft\">The names with the largest gain or loss; prices without splits, a bar a step.</p>");
        backtest.prices.iter().for_each(|path| body.push_str(&trades(path)));
    }
    body.push_str("<h2>By name</h2>");
    body.push_str(&gains("name", &backtest.by_name));
    if !backtest.by_sector.is_empty() {
        body.push_str("<h2>By sector</h2>");
        body.push_str(&gains("sector", &backtest.by_sector));
    }
    body.push_str("<h2>By state of the market</h2><p class=\"soft\">Volatility of the last 20 sessions beside all before, as known before each session.</p>");
    body.push_str(&regimes(backtest));
    page(backtest.strategy, &body)
}

/// Equity with what guards did on it, and the same in words.
fn equity(backtest: &Backtest, dates: &[Date], curves: &[(&str, &[f64])]) -> String {
    let capital = backtest.request.capital;
    let values: Vec<Vec<f64>> =
        curves.iter().map(|(_, equity)| equity.iter().map(|e| e / capital).collect()).collect();
    let notes: Vec<Date> = backtest.guards.iter().map(|said| said.time.utc_date()).collect();
    let lines = named_lines(curves, &values);
    let format = |v: f64| format!("{v:.2}");
    let chart = noted_time_chart("Equity over the start", dates, &lines, &notes, 260.0, &format);
    let mut out = format!("<figure>{chart}</figure>");
    if !backtest.guards.is_empty() {
        let row = |(k, said): (usize, &proofmark_execution::engine::Guarded)| {
            vec![(k + 1).to_string(), said.time.to_string(), guard_in_words(&said.event)]
        };
        let rows: Vec<Vec<String>> = backtest.guards.iter().enumerate().map(row).collect();
        out.push_str("<h3>What guards did</h3><div class=\"wide\">");
        out.push_str(&table(&["", "at", "what"], &rows));
        out.push_str("</div>");
    }
    out
}

fn by_capital(capacity: &Capacity) -> String {
    let Capacity::Curve { points, ended } = capacity else {
        return format!("<p>No capacity to show: {}.</p>", escape(capacity.told()));
    };
    let rows = capacity.rows();
    let head: Vec<&str> = rows[0].iter().map(String::as_str).collect();
    let column = |point: &super::CapacityPoint| Column {
        label: format!("{:.0}", point.capital),
        value: point.active_return.or(point.annual_return).map(|value| (value, 0.0)),
    };
    let chart = columns("Net return a year by capital", &points.iter().map(column).collect::<Vec<_>>());
    format!(
        "<p class=\"soft\">Columns: net return a year beyond the benchmarks, where there are any, by capital. The curve ends there: {}. \
         Impact grows with the square root of an order's size.</p><figure>{chart}</figure>{}",
        escape(ended),
        table(&head, &rows[1..])
    )
}

fn trades(path: &PricePath) -> String {
    use proofmark_execution::Direction;
    let mark = |trade: &super::TradePoint| Mark {
        at: trade.bar,
        value: trade.price,
        form: match (trade.is_entry, trade.direction) {
            (false, _) => Form::Cross,
            (true, Direction::Long) => Form::Up,
            (true, Direction::Short) => Form::Down,
        },
        gained: trade.net.map(|net| net > 0.0),
    };
    let marks: Vec<Mark> = path.trades.iter().map(mark).collect();
    let chart = price_chart(&format!("{} with its trades", path.symbol), &path.dates, &path.close, &marks);
    format!("<h3>{}, net {:.2}</h3><figure>{chart}</figure>", escape(&path.symbol), path.net)
}

fn lines(
    title: &str,
    dates: &[Date],
    curves: &[(&str, &[f64])],
    height: f64,
    of: &dyn Fn(&[f64]) -> Vec<f64>,
    format: &dyn Fn(f64) -> String,
) -> String {
    let values: Vec<Vec<f64>> = curves.iter().map(|(_, equity)| of(equity)).collect();
    let lines = named_lines(curves, &values);
    format!("<figure>{}</figure>", time_chart(title, dates, &lines, height, format))
}

fn named_lines<'a>(curves: &[(&'a str, &[f64])], values: &'a [Vec<f64>]) -> Vec<Line<'a>> {
    const CLASSES: [&str; 3] = ["c0", "c1", "c2"];
    let named = curves.iter().zip(values).zip(CLASSES);
    named.map(|(((name, _), values), class)| Line { name, class, values }).collect()
}

fn rolling(returns: &[f64], per_year: f64) -> Vec<f64> {
    let windows = returns
        .windows(ROLLING)
        .map(|window| sharpe_per_period(window).map_or(f64::NAN, |sharpe| annualised(sharpe, per_year)));
    std::iter::repeat_n(f64::NAN, ROLLING - 1).chain(windows).collect()
}

/// Compound return by month and year; a month without a session is empty.
fn months(dates: &[Date], equity: &[f64], capital: f64) -> String {
    const HEAD: [&str; 14] =
        ["", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec", "year"];
    let mut ends: BTreeMap<(i32, u32), f64> = BTreeMap::new();
    for (date, equity) in dates.iter().zip(equity) {
        ends.insert((date.year(), date.month()), *equity);
    }
    let percent = |value: f64| format!("{:.1}", value * 100.0);
    let (mut rows, mut before): (Vec<Vec<String>>, f64) = (Vec::new(), capital);
    let years: Vec<i32> = ends.keys().map(|(year, _)| *year).collect();
    for year in years.first().copied().unwrap_or(0)..=years.last().copied().unwrap_or(-1) {
        let start = before;
        let mut row = vec![year.to_string()];
        for month in 1..=12 {
            row.push(ends.get(&(year, month)).map_or_else(String::new, |end| {
                let gain = end / before - 1.0;
                before = *end;
                percent(gain)
            }));
        }
        row.push(percent(before / start - 1.0));
        rows.push(row);
    }
    format!("<p class=\"soft\">Per cent, compounded.</p>{}", table(&HEAD, &rows))
}

/// Share of the sessions by return, in 21 equal bins between the 1 % and 99 % quantiles; the outer two hold the rest.
fn histogram(returns: &[f64]) -> String {
    const BINS: usize = 21;
    let mut sorted: Vec<f64> = returns.iter().copied().filter(|r| r.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (sorted.get(sorted.len() / 100), sorted.get(sorted.len() * 99 / 100))
    else {
        return "<p>No session.</p>".to_owned();
    };
    if high <= low {
        return "<p>Equity never moved.</p>".to_owned();
    }
    let mut counts = [0_usize; BINS];
    for r in &sorted {
        let bin = ((r - low) / (high - low) * BINS as f64).floor();
        counts[bin.clamp(0.0, (BINS - 1) as f64) as usize] += 1;
    }
    let column = |(k, count): (usize, &usize)| Column {
        label: format!("{:.1} %", (low + (high - low) * (k as f64 + 0.5) / BINS as f64) * 100.0),
        value: Some((*count as f64 / sorted.len() as f64, 0.0)),
    };
    let all: Vec<Column> = counts.iter().enumerate().map(column).collect();
    format!("<figure>{}</figure>", columns("Share of the sessions by return", &all))
}

fn waterfall(backtest: &Backtest) -> String {
    let gross: f64 = backtest.by_name.iter().map(|name| name.gross).sum();
    let income: f64 = backtest.by_name.iter().map(|name| name.net - name.gross + name.costs).sum();
    let mut steps = vec![("gain before costs".to_owned(), gross)];
    if income != 0.0 {
        steps.push(("dividends, funding, carry".to_owned(), income));
    }
    let interest = -(backtest.log.holding.interest + backtest.log.holding.deposit);
    if interest != 0.0 {
        steps.push(("interest".to_owned(), interest));
    }
    steps.extend(backtest.costs.iter().map(|cost| (cost.kind.to_owned(), -cost.amount)));
    let net = backtest.measures.final_equity - backtest.request.capital;
    steps.push(("gain".to_owned(), net));
    format!("<figure>{}</figure>", bars("From gain before costs to gain", &steps, &|v| format!("{v:.0}")))
}

fn regimes(backtest: &Backtest) -> String {
    let row = |part: &super::RegimeGain| {
        vec![part.regime.to_owned(), part.sessions.to_string(), format!("{:.2}", part.gain)]
    };
    table(&["volatility", "sessions", "gain"], &backtest.by_regime.iter().map(row).collect::<Vec<_>>())
}

fn gains(what: &str, parts: &[super::NameGain]) -> String {
    let mut all: Vec<_> = parts.iter().collect();
    if all.is_empty() {
        return "<p>Nothing was traded.</p>".to_owned();
    }
    all.sort_by(|a, b| b.net.total_cmp(&a.net).then(a.symbol.cmp(&b.symbol)));
    let money = |value: f64| format!("{value:.2}");
    let row = |gain: &&super::NameGain| {
        let figures = [gain.gross, gain.costs, gain.net].map(money);
        [vec![gain.symbol.clone(), gain.round_trips.to_string()], figures.to_vec()].concat()
    };
    let mut rows: Vec<Vec<String>> = all.iter().map(row).collect();
    let sum = |of: fn(&super::NameGain) -> f64| money(parts.iter().map(of).sum());
    let trips: usize = parts.iter().map(|gain| gain.round_trips).sum();
    rows.push(vec!["all".to_owned(), trips.to_string(), sum(|g| g.gross), sum(|g| g.costs), sum(|g| g.net)]);
    table(&[what, "round trips", "gross", "costs", "net"], &rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_compound_to_the_year_and_gaps_stay_empty() {
        let date = |text: &str| text.parse::<Date>().unwrap();
        let dates = [date("2023-11-30"), date("2024-01-31"), date("2024-03-28")];
        let html = months(&dates, &[110.0, 121.0, 60.5], 100.0);
        assert!(
            html.contains("<td>2023</td>")
                && html.contains("<td>10.0</td>")
                && html.contains("<td>-50.0</td>")
        );
        assert!(html.contains("<td>-45.0</td>"), "2024 lost 45 %: {html}");
    }

    #[test]
    fn a_curve_that_never_moves_or_is_empty_draws_no_histogram() {
        assert!(histogram(&[]).contains("No session"));
        assert!(histogram(&[0.0; 50]).contains("never moved"));
        assert!(histogram(&[-0.02, 0.01, 0.0, 0.03]).contains("<svg"));
    }

    #[test]
    fn the_rolling_ratio_starts_with_a_full_window() {
        let returns: Vec<f64> = (0..ROLLING + 2).map(|k| if k % 2 == 0 { 0.01 } else { -0.005 }).collect();
        let values = rolling(&returns, 252.0);
        assert_eq!(values.len(), returns.len());
        assert!(values[ROLLING - 2].is_nan() && values[ROLLING - 1].is_finite());
    }
}
