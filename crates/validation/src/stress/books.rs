//! One world through features, frozen scores and books.

use proofmark_execution::book::{Book, NaiveRule, run_book};
use proofmark_execution::costs::CostSchedule;
use proofmark_features::{Feature, FeatureColumns, SetProgram};
use proofmark_labels::label_grid;
use proofmark_market::{Bars, Panel, Universe};
use proofmark_models::{Matrix, PredictError};
use proofmark_units::{Date, DateSpan};

use super::desk::{StressError, StressInputs};
use super::measure::{picked_share, precision};
use super::sensitivity::delayed_scores;
use crate::{ActiveSpan, Books, Candidate, ValidationError, active_span, run_books};

/// What a book sees: bars from the warm-up on, and the features of the same rows.
pub(super) struct Seen {
    pub(super) bars: Vec<Bars>,
    /// By name, then feature.
    pub(super) columns: Vec<Vec<Vec<f64>>>,
}

/// Everything that one run of the books needs.
pub(super) struct Bent<'b> {
    pub(super) seen: &'b Seen,
    pub(super) benchmark: Option<&'b Bars>,
    pub(super) costs: &'b CostSchedule,
    pub(super) delay: usize,
    pub(super) window: DateSpan,
    /// Sets the standings of a panel whose sessions are not those of its dates.
    pub(super) standing: Option<&'b dyn Fn(&mut Panel)>,
    /// Position of the model that scores a date.
    pub(super) model: &'b dyn Fn(Date) -> Option<usize>,
}

/// The books of one world.
pub(super) struct Ran {
    pub(super) books: Books,
    pub(super) hold: Book,
    pub(super) precision: Option<f64>,
    /// Active returns; `None` where they could not be regressed.
    pub(super) active: Option<ActiveSpan>,
}

pub(super) fn cut_bars(bars: &Bars, first: Date) -> Bars {
    bars.slice(bars.dates().partition_point(|d| *d < first)..bars.len())
}

/// The features of all bars by name, computed from the first one on, of the rows from `first` on.
pub(super) fn cut_columns(
    program: &SetProgram<'_>,
    bars: &[Bars],
    universe: &Universe,
    first: Date,
) -> Vec<Vec<Vec<f64>>> {
    let cut = |(bars, all): (&Bars, FeatureColumns)| {
        let from = bars.dates().partition_point(|d| *d < first);
        all.columns.into_iter().map(|mut column| column.split_off(from)).collect()
    };
    bars.iter().zip(program.panel(bars, &Panel::of(bars, universe))).map(cut).collect()
}

/// Scores, books and figures of a world.
pub(super) fn trade(inputs: &StressInputs<'_>, bent: &Bent<'_>) -> Result<Ran, StressError> {
    let mut panel = Panel::of(&bent.seen.bars, inputs.universe);
    if let Some(standing) = bent.standing {
        standing(&mut panel);
    }
    let scores = scores(inputs, &panel, bent)?;
    let own = Candidate {
        panel: &panel,
        scores: &scores,
        span: bent.window,
        config: inputs.config,
        costs: bent.costs,
        benchmark: bent.benchmark.zip(inputs.benchmark).map(|(bars, (_, income))| (bars, income)),
        horizon: inputs.horizon,
        periods_per_year: inputs.periods_per_year,
    };
    let books = run_books(&own, 1.0)?;
    let config = NaiveRule::BuyAndHold.config(inputs.config);
    let hold = run_book(&panel, None, &config, bent.costs, bent.window)
        .map_err(|source| ValidationError::Book { book: "buy_and_hold".to_owned(), source })?;
    let active = active_span(&own, &books).ok();
    let (from, to) = (panel.at_or_after(bent.window.start), panel.at_or_after(bent.window.end.plus_days(1)));
    let cells = from * panel.width()..to * panel.width();
    let labels = label_grid(&panel, inputs.label);
    Ok(Ran {
        precision: precision(
            &scores[cells.clone()],
            &labels.class[cells],
            panel.width(),
            picked_share(inputs.config),
        ),
        active,
        books,
        hold,
    })
}

/// Frozen scores on the panel's grid, from as many sessions before the window as the delay needs.
fn scores(inputs: &StressInputs<'_>, panel: &Panel, bent: &Bent<'_>) -> Result<Vec<f64>, PredictError> {
    let first = panel.at_or_after(bent.window.start).saturating_sub(bent.delay);
    let by_session: Vec<Option<usize>> = panel
        .dates
        .iter()
        .enumerate()
        .map(|(t, date)| if t < first { None } else { (bent.model)(*date) })
        .collect();
    let mut grid = vec![f64::NAN; panel.len() * panel.width()];
    for (m, (_, model)) in inputs.models.iter().enumerate() {
        if !by_session.contains(&Some(m)) {
            continue;
        }
        let mut cells = Vec::new();
        let mut columns: Vec<Vec<f64>> = vec![Vec::new(); inputs.features.len()];
        for (s, (bars, features)) in bent.seen.bars.iter().zip(&bent.seen.columns).enumerate() {
            let mut t = 0;
            for (row, date) in bars.dates().iter().enumerate() {
                while panel.dates[t] < *date {
                    t += 1;
                }
                let known = |(column, feature): (&Vec<f64>, &&dyn Feature)| {
                    column[row].is_finite() || feature.is_optional()
                };
                if by_session[t] == Some(m) && features.iter().zip(inputs.features).all(known) {
                    cells.push(panel.cell(t, s));
                    for (column, feature) in columns.iter_mut().zip(features) {
                        column.push(feature[row]);
                    }
                }
            }
        }
        if cells.is_empty() {
            continue;
        }
        let Ok(x) = Matrix::from_columns(&columns) else { continue };
        for (cell, score) in cells.iter().zip(model.predict(&x)?) {
            grid[*cell] = score;
        }
    }
    Ok(delayed_scores(&grid, panel.width(), bent.delay))
}
