//! Pictures of forecasts, on a dark ground: how a model did, and what the models expect.

use std::fmt::Write as _;

use proofmark_stats::performance::wealth;

use super::series::Series;
use super::tables::{backtest_picture, forward_picture};
use super::zoo::{Cell, Week, Zoo};

const WIDTH: f64 = 960.0;
const HEIGHT: f64 = 480.0;
const GROUND: &str = "#0f172a";
const INK: &str = "#e2e8f0";
const SOFT: &str = "#64748b";
const LINE: &str = "#38bdf8";
const RIGHT: &str = "#34d399";
const WRONG: &str = "#f87171";
/// Sessions of history before a forecast.
const HISTORY: usize = 25;
/// Fewest points of a picture of the past.
const POINTS: usize = 5;

/// A drawing with the name of its file.
pub(super) struct Picture {
    pub(super) name: String,
    pub(super) svg: String,
}

/// A rectangle of a drawing with the ranges that it spans.
struct Panel {
    left: f64,
    width: f64,
    x: (f64, f64),
    y: (f64, f64),
}

impl Panel {
    const TOP: f64 = 56.0;
    const BOTTOM: f64 = 40.0;

    fn over(left: f64, width: f64, x: (f64, f64), values: impl Iterator<Item = f64>) -> Self {
        let (low, high) = values
            .filter(|v| v.is_finite())
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
        let (low, high) = if low < high { (low, high) } else { (low - 0.5, low + 0.5) };
        let room = (high - low) * 0.06;
        Self { left, width, x, y: (low - room, high + room) }
    }

    fn x(&self, value: f64) -> f64 {
        self.left + (value - self.x.0) / (self.x.1 - self.x.0).max(1e-12) * self.width
    }

    fn y(&self, value: f64) -> f64 {
        let height = HEIGHT - Self::TOP - Self::BOTTOM;
        Self::TOP + (self.y.1 - value) / (self.y.1 - self.y.0) * height
    }

    fn frame(&self, out: &mut String, title: &str, label: impl Fn(f64) -> String) {
        text(out, self.left, Self::TOP - 10.0, 13.0, INK, "start", title);
        for k in 0..=4 {
            let value = self.y.0 + (self.y.1 - self.y.0) * f64::from(k) / 4.0;
            let y = self.y(value);
            line(out, (self.left, y), (self.left + self.width, y), "#1e293b", "");
            text(out, self.left - 6.0, y + 4.0, 11.0, SOFT, "end", &label(value));
        }
    }

    fn path(&self, out: &mut String, points: impl Iterator<Item = (f64, f64)>, colour: &str, more: &str) {
        let mut d = String::new();
        for (x, y) in points.filter(|(_, y)| y.is_finite()) {
            let _ = write!(d, "{}{:.1} {:.1}", if d.is_empty() { "M" } else { "L" }, self.x(x), self.y(y));
        }
        let _ = write!(out, "<path d=\"{d}\" fill=\"none\" stroke=\"{colour}\" {more}/>");
    }

    fn dot(&self, out: &mut String, x: f64, y: f64, radius: f64, colour: &str) {
        let (x, y) = (self.x(x), self.y(y));
        let _ = write!(out, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\" fill=\"{colour}\"/>");
    }
}

fn text(out: &mut String, x: f64, y: f64, size: f64, colour: &str, anchor: &str, words: &str) {
    let words = crate::report::escape(words);
    let _ = write!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\" fill=\"{colour}\" text-anchor=\"{anchor}\">{words}</text>"
    );
}

fn line(out: &mut String, from: (f64, f64), to: (f64, f64), colour: &str, more: &str) {
    let ((x1, y1), (x2, y2)) = (from, to);
    let _ = write!(
        out,
        "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" stroke=\"{colour}\" {more}/>"
    );
}

fn open(title: &str, under: &str) -> String {
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{WIDTH}\" height=\"{HEIGHT}\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" font-family=\"Ubuntu\"><rect width=\"{WIDTH}\" height=\"{HEIGHT}\" fill=\"{GROUND}\"/>"
    );
    text(&mut out, 24.0, 26.0, 17.0, INK, "start", title);
    text(&mut out, WIDTH - 24.0, HEIGHT - 12.0, 11.0, SOFT, "end", under);
    out
}

fn closed(name: String, mut svg: String) -> Picture {
    svg.push_str("</svg>");
    Picture { name, svg }
}

/// Every picture of a run.
pub(super) fn pictures(zoo: &Zoo, series: &Series) -> Vec<Picture> {
    let mut out = Vec::new();
    if let Some(last) = zoo.weeks.last() {
        out.extend(zoo.cells.iter().filter(|cell| cell.week == *last).filter_map(|cell| past(zoo, cell)));
    }
    for week in &zoo.weeks {
        for (model, of) in zoo.models.iter().enumerate() {
            let own = [(of.name.to_owned(), path(zoo, *week, &[model]))];
            out.extend(forward(series, *week, of.name, &own, &[]));
        }
        let all: Vec<usize> = (0..zoo.models.len()).collect();
        let each: Vec<_> =
            all.iter().map(|m| (zoo.models[*m].name.to_owned(), path(zoo, *week, &[*m]))).collect();
        let consensus = [("mean of all models".to_owned(), path(zoo, *week, &all))];
        out.extend(forward(series, *week, "consensus", &consensus, &each));
        let ranked = zoo.ranked(*week);
        for (what, count) in [("ensemble_top_3", 3), ("ensemble_top_6_mean", 6)] {
            let chosen = &ranked[..count.min(ranked.len())];
            let mean = [(format!("mean of the {count} of the smallest error"), path(zoo, *week, chosen))];
            out.extend(forward(series, *week, what, &mean, &[]));
        }
        let best =
            [("the model of the smallest error at each horizon".to_owned(), best_of_breed(zoo, *week))];
        out.extend(forward(series, *week, "ensemble_best_of_breed", &best, &[]));
    }
    out
}

/// Mean forecast of some models by horizon.
fn path(zoo: &Zoo, week: Week, models: &[usize]) -> Vec<(usize, f64)> {
    let first = models.first().map(|model| zoo.of_model(week, *model)).into_iter().flatten();
    first
        .filter_map(|cell| {
            let said: Vec<f64> = zoo
                .of_horizon(week, cell.horizon)
                .filter(|other| models.contains(&other.model))
                .filter_map(|other| other.forecast)
                .collect();
            Some((cell.horizon, proofmark_stats::moments::mean(&said)?))
        })
        .collect()
}

fn best_of_breed(zoo: &Zoo, week: Week) -> Vec<(usize, f64)> {
    let horizons: Vec<usize> = zoo.of_model(week, 0).map(|cell| cell.horizon).collect();
    horizons
        .into_iter()
        .filter_map(|horizon| {
            let error = |cell: &&Cell| cell.errors.map_or(f64::INFINITY, |e| e.rmse);
            let best = zoo.of_horizon(week, horizon).min_by(|a, b| error(a).total_cmp(&error(b)))?;
            Some((horizon, best.forecast?))
        })
        .collect()
}

/// Forecast beside outcome on the past, and what trading its sign would have brought before costs.
fn past(zoo: &Zoo, cell: &Cell) -> Option<Picture> {
    let past = &cell.past;
    if past.rows.len() < POINTS {
        return None;
    }
    let model = zoo.models[cell.model].name;
    let mut out = open(
        &format!("{model}, {} sessions ahead, on the past of {}", cell.horizon, cell.week.date),
        "folds of the past, purged; before costs; no evidence",
    );
    let percent = |v: f64| format!("{:.1}%", v * 100.0);
    let reach = past.forecasts.iter().fold(1e-9_f64, |most, f| most.max(f.abs()));
    let scatter = Panel::over(84.0, 360.0, (-reach, reach), past.outcomes.iter().copied());
    scatter.frame(&mut out, "log return against forecast", percent);
    line(&mut out, (scatter.x(0.0), Panel::TOP), (scatter.x(0.0), HEIGHT - Panel::BOTTOM), SOFT, "");
    for (forecast, outcome) in past.forecasts.iter().zip(&past.outcomes) {
        let colour = if forecast * outcome > 0.0 { RIGHT } else { WRONG };
        scatter.dot(&mut out, *forecast, *outcome, 2.0, colour);
    }
    let apart = |values: &[f64]| values.iter().copied().step_by(cell.horizon).collect::<Vec<f64>>();
    let (said, came) = (apart(&past.forecasts), apart(&past.outcomes));
    let hold: Vec<f64> = came.iter().map(|y| y.exp_m1()).collect();
    let sign = |f: f64| if f > 0.0 { 1.0 } else { -f64::from(f < 0.0) };
    let own: Vec<f64> = said.iter().zip(&hold).map(|(f, r)| sign(*f) * r).collect();
    let (own, hold) = (wealth(&own), wealth(&hold));
    let equity = Panel::over(548.0, 380.0, (0.0, own.len() as f64 - 1.0), own.iter().chain(&hold).copied());
    equity.frame(&mut out, "sign of the forecast (bright) and holding, periods apart", |v| format!("{v:.2}"));
    let indexed = |values: Vec<f64>| values.into_iter().enumerate().map(|(k, v)| (k as f64, v));
    equity.path(&mut out, indexed(hold), SOFT, "stroke-width=\"1.5\"");
    equity.path(&mut out, indexed(own), LINE, "stroke-width=\"2\"");
    Some(closed(backtest_picture(model, cell.horizon), out))
}

/// The last sessions, then what is expected, and what came where it is known.
fn forward(
    series: &Series,
    week: Week,
    what: &str,
    main: &[(String, Vec<(usize, f64)>)],
    thin: &[(String, Vec<(usize, f64)>)],
) -> Option<Picture> {
    let (words, expected) = main.first()?;
    let far = expected.iter().map(|(horizon, _)| *horizon).max()?;
    let close = series.bars.close();
    let start = week.row.saturating_sub(HISTORY);
    let base = close[week.row];
    let known = week.row.min(close.len() - 1)..(week.row + far + 1).min(close.len());
    let prices = |of: &[(usize, f64)]| -> Vec<(f64, f64)> {
        std::iter::once((0.0, base)).chain(of.iter().map(|(h, f)| (*h as f64, base * f.exp()))).collect()
    };
    let every: Vec<f64> = close[start..known.end]
        .iter()
        .copied()
        .chain(prices(expected).into_iter().map(|(_, p)| p))
        .chain(thin.iter().flat_map(|(_, of)| prices(of)).map(|(_, p)| p))
        .collect();
    let mut out = open(
        &format!("{what}: {words}, from {}", week.date),
        "the move from the last close to the next first price is not forecast",
    );
    let at = |row: usize| row as f64 - week.row as f64;
    let panel = Panel::over(84.0, 840.0, (at(start), far as f64), every.into_iter());
    panel.frame(&mut out, "price; sessions from the last close", |v| format!("{v:.0}"));
    for horizon in expected.iter().map(|(horizon, _)| *horizon) {
        let x = panel.x(horizon as f64);
        text(&mut out, x, HEIGHT - Panel::BOTTOM + 16.0, 11.0, SOFT, "middle", &horizon.to_string());
    }
    if !thin.is_empty() {
        let horizons = 0..=expected.len();
        let lows_and_highs: Vec<(f64, f64, f64)> = horizons
            .filter_map(|k| {
                let all: Vec<(f64, f64)> =
                    thin.iter().filter_map(|(_, of)| prices(of).get(k).copied()).collect();
                let low = all.iter().map(|(_, p)| *p).reduce(f64::min)?;
                let high = all.iter().map(|(_, p)| *p).reduce(f64::max)?;
                Some((all[0].0, low, high))
            })
            .collect();
        let there = lows_and_highs.iter().map(|(x, _, high)| (*x, *high));
        let back = lows_and_highs.iter().rev().map(|(x, low, _)| (*x, *low));
        let mut d = String::new();
        for (x, y) in there.chain(back) {
            let _ = write!(d, "{}{:.1} {:.1}", if d.is_empty() { "M" } else { "L" }, panel.x(x), panel.y(y));
        }
        let _ = write!(out, "<path d=\"{d}Z\" fill=\"{LINE}\" fill-opacity=\"0.12\"/>");
        for (_, of) in thin {
            panel.path(&mut out, prices(of).into_iter(), SOFT, "stroke-width=\"1\"");
        }
    }
    let past = (start..=week.row).map(|row| (at(row), close[row]));
    panel.path(&mut out, past, INK, "stroke-width=\"2\"");
    panel.path(&mut out, prices(expected).into_iter(), LINE, "stroke-width=\"2.5\" stroke-dasharray=\"7 5\"");
    panel.path(&mut out, known.clone().map(|row| (at(row), close[row])), INK, "stroke-width=\"1\"");
    panel.dot(&mut out, 0.0, base, 4.0, INK);
    for (horizon, forecast) in expected {
        let price = base * forecast.exp();
        panel.dot(&mut out, *horizon as f64, price, 3.0, LINE);
        let words = format!("{price:.0} ({:+.1}%)", forecast.exp_m1() * 100.0);
        let (x, y) = (panel.x(*horizon as f64), panel.y(price) - 9.0);
        text(&mut out, x, y, 11.0, LINE, if *horizon == far { "end" } else { "middle" }, &words);
        if let Some(came) = close.get(week.row + horizon) {
            let hit = (came - base) * forecast > 0.0;
            let (x, y) = (panel.x(*horizon as f64), panel.y(*came));
            let colour = if hit { RIGHT } else { WRONG };
            line(&mut out, (x - 4.0, y - 4.0), (x + 4.0, y + 4.0), colour, "stroke-width=\"2\"");
            line(&mut out, (x - 4.0, y + 4.0), (x + 4.0, y - 4.0), colour, "stroke-width=\"2\"");
        }
    }
    Some(closed(forward_picture(what, week), out))
}
