//! A study of a pipeline's features on the rows before its first test block.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use proofmark_features::SetProgram;
use proofmark_lake::durable;
use proofmark_market::{Bars, Panel};
use proofmark_units::Date;
use proofmark_validation::{FeatureGrid, Study, StudyInput, study};

use super::study_page;
use crate::error::{AppError, Result};
use crate::pipeline::{Overrides, Pipeline};
use crate::progress::{Reporter, Work};
use crate::run::prepare;
use crate::workspace::Workspace;

/// Quantiles whose turnover is measured.
const QUANTILES: usize = 5;

/// Studies the features of `pipeline` up to the session before its first test: out-of-sample rows have no place in what
/// features are chosen by. Drift is from the first half of those sessions to the second.
///
/// # Errors
/// A pipeline or lake that cannot be read, or fewer than two sessions before the first test.
pub fn study_pipeline(ws: &Workspace, pipeline: &Path, reporter: &dyn Reporter) -> Result<Study> {
    let work = Work::begin("study", 1, 1, vec![reporter]);
    work.expect(2);
    let pipeline = Pipeline::read(pipeline)?.with(&Overrides::default());
    let data = prepare(&ws.lake(), &pipeline, None)?;
    let (panel, first_test) = (&data.frame.panel, pipeline.split.first_test);
    let rows = panel.at_or_after(first_test);
    let features = data.features();
    let columns = SetProgram::new(&features).panel(&data.bars, panel);
    let grids: Vec<FeatureGrid<'_>> = (0..features.len())
        .map(|f| {
            let mut values = vec![f64::NAN; panel.len() * panel.width()];
            for (s, (bars, own)) in data.bars.iter().zip(&columns).enumerate() {
                panel.scatter(s, bars, &own.columns[f], &mut values);
            }
            only_members(panel, &mut values);
            values.truncate(rows * panel.width());
            FeatureGrid { name: features[f].name(), values }
        })
        .collect();
    let cells = (0..rows).flat_map(|t| (0..panel.width()).map(move |s| (t, s)));
    let there: Vec<bool> = cells.map(|(t, s)| panel.is_open(t, s)).collect();
    let years: Vec<i32> = panel.dates[..rows].iter().map(|date| date.year()).collect();
    let symbols: Vec<&str> = panel.symbols.iter().map(|symbol| symbol.as_str()).collect();
    work.step();
    let no_names = || AppError::input("no name has a bar");
    let horizon = NonZeroUsize::new(pipeline.label.horizon()).unwrap_or(NonZeroUsize::MIN);
    let input = StudyInput {
        features: &grids,
        width: NonZeroUsize::new(panel.width()).ok_or_else(no_names)?,
        symbols: &symbols,
        there: &there,
        years: &years,
        next_returns: &next_returns(panel, &data.bars, first_test)[..rows * panel.width()],
        earlier_rows: rows / 2,
        horizon,
        quantiles: QUANTILES,
    };
    let study = study(&input).map_err(|error| {
        AppError::input(format!("{rows} sessions before `split.first_test` cannot be studied"))
            .hint("bring earlier data, or test later")
            .because(error)
    })?;
    work.step();
    work.end("done");
    Ok(study)
}

/// Values of names that could not be held say nothing about a choice among those that could.
fn only_members(panel: &Panel, values: &mut [f64]) {
    for t in 0..panel.len() {
        for s in 0..panel.width() {
            if !panel.is_open(t, s) {
                values[panel.cell(t, s)] = f64::NAN;
            }
        }
    }
}

/// The return from the open after each decision to the open after that, where both come before `end`.
fn next_returns(panel: &Panel, bars: &[Bars], end: Date) -> Vec<f64> {
    let mut grid = vec![f64::NAN; panel.len() * panel.width()];
    for (s, bars) in bars.iter().enumerate() {
        let (dates, open) = (bars.dates(), bars.open());
        let value = |k: usize| match dates.get(k + 2) {
            Some(exit) if *exit < end => open[k + 2] / open[k + 1] - 1.0,
            _ => f64::NAN,
        };
        panel.scatter(s, bars, &(0..bars.len()).map(value).collect::<Vec<_>>(), &mut grid);
    }
    grid
}

/// Writes `study.json`, `study.md` and `study.html` into the folder `to`.
///
/// # Errors
/// A file cannot be written.
pub fn write_study(study: &Study, to: &Path) -> Result<Vec<PathBuf>> {
    let files = [
        ("study.json", crate::json::bytes(study)),
        ("study.md", study.markdown().into_bytes()),
        ("study.html", study_page(study).into_bytes()),
    ];
    let write = |(name, bytes): (&str, Vec<u8>)| {
        let path = to.join(name);
        durable::write_atomically(&path, &bytes).map_err(AppError::write)?;
        Ok(path)
    };
    files.into_iter().map(write).collect()
}
