//! What a pipeline's labels look like: classes by year and by name, and how much of them is their own.

use std::path::Path;

use proofmark_labels::weights::{Events, Pool, average_uniqueness};
use proofmark_labels::{ClassBalance, LabelGrid, Weighting, class_balance};
use proofmark_lake::durable;
use proofmark_market::Panel;
use proofmark_units::{Date, Seed};
use serde::Serialize;

use crate::error::{AppError, Result};
use crate::pipeline::{Overrides, Pipeline};
use crate::run::prepare;
use crate::workspace::Workspace;

/// Root of the seeds of a report: it belongs to no run, and draws the same every time.
const SEED: u64 = 1;

/// The labels of a pipeline before its sealed span.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LabelReport {
    /// The label, as the pipeline file has it.
    pub label: proofmark_labels::LabelSpec,
    /// What one unit of scaled return is.
    pub unit: String,
    /// Bars from entry to the latest exit.
    pub horizon: usize,
    /// Decisions with a label.
    pub labels: usize,
    /// Mean share of a label that no other label of the same name reads (Lopez de Prado 2018, section 4.4).
    pub uniqueness_by_symbol: f64,
    /// The same where labels of other names on the same sessions count as overlapping too.
    pub uniqueness_of_all: f64,
    /// Classes and weight by year, then over everything; names within each, all of them together first. The weights are
    /// those of the pipeline, of all its labels together; where it has none, the uniqueness by name.
    pub balance: Vec<ClassBalance>,
}

/// Labels the data of `pipeline`; nothing is trained or scored. Writes each label into the file `to`, a line one, where that is
/// named.
///
/// # Errors
/// A pipeline or lake that cannot be read, data without a label, or a file that cannot be written.
pub fn report(workspace: &Workspace, pipeline: &Path, to: Option<&Path>) -> Result<LabelReport> {
    let pipeline = Pipeline::read(pipeline)?.with(&Overrides::default());
    let frame = prepare(&workspace.lake(), &pipeline, None)?.frame;
    let (panel, grid) = (&frame.panel, &frame.labels);
    let own = Events::of(panel, grid, Pool::BySymbol);
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    let uniqueness = average_uniqueness(&own.spans);
    if uniqueness.is_empty() {
        return Err(AppError::input("no decision before the sealed span has a label")
            .hint("bring more data, or shorten the label's horizon"));
    }
    let cells = panel.len() * panel.width();
    let unique = own.on_grid(&uniqueness, cells);
    let (name, weights) = match pipeline.weights.is_off() {
        true => ("average uniqueness".to_owned(), unique.clone()),
        false => {
            let weights = pipeline.weights.weights(panel, grid, &own.cells, &Seed::root(SEED));
            let weights = weights.map_err(|e| AppError::input("pipeline key `weights`").because(e))?;
            (pipeline.weights.name(), own.on_grid(&weights, cells))
        }
    };
    let of = |part: &str, rows: std::ops::Range<usize>| {
        let cells: Vec<usize> =
            rows.flat_map(|t| (0..panel.width()).map(move |s| panel.cell(t, s))).collect();
        class_balance(
            part,
            panel,
            grid,
            Weighting { name: &name, weights: &weights, uniqueness: &unique },
            &cells,
        )
    };
    let mut balance = Vec::new();
    let mut first = 0;
    while let Some(date) = panel.dates.get(first) {
        let year = date.year();
        let after = first + panel.dates[first..].partition_point(|date| date.year() == year);
        balance.extend(of(&year.to_string(), first..after));
        first = after;
    }
    balance.extend(of("all", 0..panel.len()));
    if let Some(to) = to {
        durable::write_atomically(to, lines(panel, grid, &own.cells, &weights).as_bytes())
            .map_err(AppError::write)?;
    }
    Ok(LabelReport {
        unit: pipeline.label.unit(),
        horizon: pipeline.label.horizon(),
        labels: uniqueness.len(),
        uniqueness_by_symbol: mean(&uniqueness),
        uniqueness_of_all: mean(&average_uniqueness(&Events::of(panel, grid, Pool::All).spans)),
        balance,
        label: pipeline.label.clone(),
    })
}

/// The labels at `cells` as CSV, by date and name; what is not known is empty.
fn lines(panel: &Panel, grid: &LabelGrid, cells: &[usize], weights: &[f64]) -> String {
    let mut text =
        "date,symbol,class,forward_return,unit,scaled_return,statistic,start,exit,end,weight\n".to_owned();
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    let day = |date: Option<Date>| date.map_or_else(String::new, |date| date.to_string());
    let mut cells = cells.to_vec();
    cells.sort_unstable();
    for cell in cells {
        let (date, symbol) = (panel.dates[cell / panel.width()], &panel.symbols[cell % panel.width()]);
        let numbers = [&grid.class, &grid.forward_return, &grid.unit, &grid.scaled_return, &grid.statistic];
        let numbers = numbers.map(|column| number(column[cell])).join(",");
        let dates = [grid.start[cell], grid.exit[cell], grid.end[cell]].map(day).join(",");
        text.push_str(&format!("{date},{symbol},{numbers},{dates},{}\n", number(weights[cell])));
    }
    text
}
