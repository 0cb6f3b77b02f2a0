//! The two tables of forecasts: the canonical one of 29 columns, and what each model expects in numbers.

use std::fmt::Write as _;

use super::definition::family_word;
use super::series::Series;
use super::zoo::{Cell, Week, Zoo, category};

/// The columns of the canonical table.
pub(super) const COLUMNS: [&str; 29] = [
    "record_id",
    "view_type",
    "model_id",
    "model_name",
    "model_type",
    "horizon_days",
    "horizon_label",
    "horizon_category",
    "inference_week",
    "inference_year",
    "inference_date",
    "direction_accuracy",
    "rmse",
    "mae",
    "r2",
    "sharpe",
    "profit_factor",
    "max_drawdown",
    "total_return",
    "wf_direction_accuracy",
    "model_avg_direction_accuracy",
    "model_avg_rmse",
    "is_best_overall_model",
    "is_best_for_this_horizon",
    "best_da_for_this_horizon",
    "image_path",
    "image_backtest",
    "generated_at",
    "image_forecast",
];

/// Name of the picture of a model's past at a horizon.
pub(super) fn backtest_picture(model: &str, horizon: usize) -> String {
    format!("backtest_{model}_h{horizon}.png")
}

/// Name of the picture of what a model, or a mean of models, expects at the end of a week.
pub(super) fn forward_picture(what: &str, week: Week) -> String {
    format!("forward_{what}_{:04}_W{:02}.png", week.week.year, week.week.week)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |v| format!("{v}"))
}

/// Rows for every model and horizon: what is expected, a row a week, and the past as of the last week. `pictures` says whether there
/// are any. `generated_at` is when the newest bar became known, so that the same data gives the same bytes.
pub(super) fn canonical(zoo: &Zoo, series: &Series, pictures: bool) -> String {
    let mut out = COLUMNS.join(",");
    out.push('\n');
    let Some(last) = zoo.weeks.last() else { return out };
    let at = series.bars.known_ats().last().map_or_else(String::new, ToString::to_string);
    let mut id = 0;
    let mut row = |cell: &Cell, view: &str| {
        id += 1;
        let (model, week) = (zoo.models[cell.model], cell.week);
        let accuracy = |cell: &Cell| cell.errors.map(|e| e.direction_accuracy);
        let of_horizon = zoo.of_horizon(week, cell.horizon).filter_map(accuracy);
        let best = of_horizon.fold(f64::NEG_INFINITY, f64::max);
        let average = |model: usize| zoo.mean_of(week, model, |e| e.direction_accuracy);
        let best_of_all = (0..zoo.models.len()).filter_map(average).fold(f64::NEG_INFINITY, f64::max);
        let image = |name: String| if pictures { name } else { String::new() };
        let (backtest, forward) =
            (backtest_picture(model.name, cell.horizon), forward_picture(model.name, week));
        let shown = if view == "backtest" { backtest.clone() } else { forward.clone() };
        let (errors, trades) = (cell.errors, cell.trades);
        let fields = [
            id.to_string(),
            view.to_owned(),
            model.name.to_owned(),
            model.name.replace('_', " "),
            family_word(model.family).to_owned(),
            cell.horizon.to_string(),
            format!("{} sessions", cell.horizon),
            category(cell.horizon).0.to_owned(),
            week.week.to_string(),
            week.week.year.to_string(),
            week.date.to_string(),
            number(accuracy(cell)),
            number(errors.map(|e| e.rmse)),
            number(errors.map(|e| e.mae)),
            number(errors.and_then(|e| e.r2)),
            number(trades.and_then(|t| t.sharpe)),
            number(trades.and_then(|t| t.profit_factor)),
            number(trades.and_then(|t| t.max_drawdown)),
            number(trades.map(|t| t.total_return)),
            number(accuracy(cell)),
            number(average(cell.model)),
            number(zoo.mean_of(week, cell.model, |e| e.rmse)),
            (average(cell.model) == Some(best_of_all)).to_string(),
            (accuracy(cell) == Some(best)).to_string(),
            number(best.is_finite().then_some(best)),
            image(shown),
            image(backtest),
            at.clone(),
            image(forward),
        ];
        fields.join(",")
    };
    for cell in &zoo.cells {
        let line = row(cell, "forward_forecast");
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{line}");
    }
    for cell in zoo.cells.iter().filter(|cell| cell.week == *last) {
        let line = row(cell, "backtest");
        let _ = writeln!(out, "{line}");
    }
    out
}

/// What each model expects, beside what came where it is known. The move from the last close to the next first price is not
/// forecast, so the price is that of the last close moved by the forecast.
pub(super) fn expected(zoo: &Zoo, series: &Series) -> String {
    let mut out = String::from(
        "week,date,model,horizon,base_price,expected_log_return,expected_price,log_return,price\n",
    );
    let timeline = series.timeline();
    for cell in &zoo.cells {
        let base = series.bars.close()[cell.week.row];
        let price = series.bars.close().get(cell.week.row + cell.horizon).copied();
        let _ = writeln!(
            out,
            "{},{},{},{},{base},{},{},{},{}",
            cell.week.week,
            cell.week.date,
            zoo.models[cell.model].name,
            cell.horizon,
            number(cell.forecast),
            number(cell.forecast.map(|f| base * f.exp())),
            number(timeline.outcome(cell.week.row, cell.horizon)),
            number(price),
        );
    }
    out
}
