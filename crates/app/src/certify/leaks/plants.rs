//! The planted leaks themselves: what a careless pipeline would do, one function each.

use proofmark_features::{check_causality, usual_cuts};
use proofmark_labels::{LabelGrid, label_grid};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_models::Matrix;
use proofmark_units::Digest;
use proofmark_validation::train_test_overlap;

use super::Lab;
use crate::error::{AppError, Result};
use crate::run::canaries::{Seen, label_shift, overlap, permuted_labels, shuffled_future, vintage};
use crate::run::{Frame, training};

/// A feature written with the future in it, by what it does to the closes.
pub(super) fn feature(lab: &Lab, column: fn(&[f64]) -> Vec<f64>) -> Result<Seen> {
    let one = |bars: &Bars| {
        let compute = |bars: &Bars| vec![column(bars.close())];
        let report = check_causality(&["planted".to_owned()], &compute, bars, &usual_cuts(bars.len()));
        report.leaks.first().map_or(Ok(()), |leak| Err(leak.to_string()))
    };
    Ok(Seen::of(lab.bars.len(), lab.bars.iter().try_for_each(one)))
}

pub(super) fn centred_mean(close: &[f64]) -> Vec<f64> {
    let mean = |t: usize| {
        let window = &close[t.saturating_sub(5)..(t + 6).min(close.len())];
        window.iter().sum::<f64>() / window.len() as f64
    };
    (0..close.len()).map(mean).collect()
}

pub(super) fn back_fill(close: &[f64]) -> Vec<f64> {
    // Every fifth value is measured; the ones before take it over.
    (0..close.len()).map(|t| close[(t / 5 * 5 + 4).min(close.len() - 1)]).collect()
}

pub(super) fn whole_sample_score(close: &[f64]) -> Vec<f64> {
    let n = close.len() as f64;
    let mean = close.iter().sum::<f64>() / n;
    let sd = (close.iter().map(|c| (c - mean).powi(2)).sum::<f64>() / n).sqrt();
    close.iter().map(|c| (c - mean) / sd).collect()
}

pub(super) fn whole_sample_quantile(close: &[f64]) -> Vec<f64> {
    let mut sorted = close.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    close.iter().map(|c| sorted.partition_point(|v| v < c) as f64 / sorted.len() as f64).collect()
}

pub(super) fn repainting_pivot(close: &[f64]) -> Vec<f64> {
    let is_top = |t: usize| {
        let window = &close[t.saturating_sub(3)..(t + 4).min(close.len())];
        window.iter().all(|c| *c <= close[t])
    };
    (0..close.len()).map(|t| f64::from(u8::from(is_top(t)))).collect()
}

pub(super) fn next_return(close: &[f64]) -> Vec<f64> {
    (0..close.len()).map(|t| close.get(t + 1).map_or(0.0, |next| next / close[t] - 1.0)).collect()
}

pub(super) fn trend_of_the_whole_sample(close: &[f64]) -> Vec<f64> {
    let slope = (close[close.len() - 1] / close[0]).ln() / close.len() as f64;
    (0..close.len()).map(|t| (close[t] / close[0]).ln() - slope * t as f64).collect()
}

pub(super) fn label_from_the_close(lab: &Lab) -> Result<Seen> {
    let horizon = lab.pipeline.label.horizon();
    let early = |panel: &Panel| -> LabelGrid {
        let mut grid = label_grid(panel, &lab.pipeline.label);
        let width = panel.width();
        for cell in 0..panel.len().saturating_sub(horizon + 1) * width {
            grid.forward_return[cell] = panel.open[cell + (horizon + 1) * width] / panel.close[cell] - 1.0;
        }
        grid
    };
    label_shift::check(&lab.bars, horizon, &early)
}

pub(super) fn label_of_the_same_day(lab: &Lab) -> Result<Seen> {
    let same_day = |panel: &Panel| -> LabelGrid {
        let mut grid = label_grid(panel, &lab.pipeline.label);
        for (cell, start) in grid.start.iter_mut().enumerate() {
            *start = start.map(|_| panel.dates[cell / panel.width()]);
        }
        grid
    };
    label_shift::check(&lab.bars, lab.pipeline.label.horizon(), &same_day)
}

pub(super) fn restated_bars(lab: &Lab) -> Result<Seen> {
    let rows: Vec<BarRow> = (0..lab.bars[0].len())
        .map(|i| match lab.bars[0].row(i) {
            row if row.date < lab.test.start => row,
            row => BarRow { known_at: row.known_at.plus_seconds(200 * 86_400), ..row },
        })
        .collect();
    let restated = Bars::from_rows(lab.bars[0].symbol().clone(), &rows)
        .map_err(|e| AppError::bug("a restated bar is impossible").because(e))?;
    Ok(vintage::check(proofmark_features::TEACHER15, &[restated], &lab.universe, lab.test))
}

pub(super) fn rescaled_bars(lab: &Lab) -> Result<Seen> {
    // A vendor that adjusts volumes by the price of the last bar: what is later changes what is earlier.
    let leaky = |bars: &[Bars]| -> Result<Frame> {
        let scaled: Vec<Bars> = bars
            .iter()
            .map(|b| {
                let last = b.close()[b.len() - 1];
                let rows: Vec<BarRow> = (0..b.len())
                    .map(|i| BarRow { volume: b.row(i).volume * (1.0 + (i as f64) * last), ..b.row(i) })
                    .collect();
                Bars::from_rows(b.symbol().clone(), &rows)
                    .map_err(|e| AppError::bug("a scaled bar is impossible").because(e))
            })
            .collect::<Result<_>>()?;
        lab.build(&scaled)
    };
    shuffled_future::check(&leaky(&lab.bars)?, &lab.bars, lab.test.start, &lab.seed, &leaky)
}

pub(super) fn repeated_rows(lab: &Lab) -> Result<Seen> {
    let rows = overlap::row_digests(&lab.frame.dataset);
    let fold = lab.fold(&lab.frame)?;
    let mut fitted = fold.fit_rows().to_vec();
    fitted.extend(fold.test_rows().iter().take(3));
    Ok(Seen::of(rows.len(), train_test_overlap(&rows, &[(&fitted, fold.test_rows())])))
}

pub(super) fn duplicated_bars(lab: &Lab) -> Result<Seen> {
    // A vendor repeats a stretch of history later on: other dates, the same features.
    let rows = overlap::row_digests(&lab.frame.dataset);
    let fold = lab.fold(&lab.frame)?;
    let mut repeated: Vec<Digest> = rows;
    for (from, to) in fold.fit_rows().iter().zip(fold.test_rows()).take(20) {
        repeated[*to as usize] = repeated[*from as usize];
    }
    Ok(Seen::of(repeated.len(), train_test_overlap(&repeated, &[(fold.fit_rows(), fold.test_rows())])))
}

pub(super) fn scaler_of_all_rows(lab: &Lab) -> Result<Seen> {
    lab.another_future(&|frame, _| {
        let columns: Vec<&[f64]> =
            (0..frame.dataset.feature_names().len()).map(|j| frame.dataset.column(j)).collect();
        let x = Matrix::from_columns(&columns)
            .map_err(|e| AppError::bug("columns differ in length").because(e))?;
        let design = lab.pipeline.student.model.design(&x).map_err(training)?;
        let target: Vec<f64> =
            frame.dataset.class().iter().enumerate().map(|(i, _)| f64::from(u8::from(i % 2 == 0))).collect();
        Ok(crate::json::bytes(&lab.pipeline.student.model.fit_on(&design, &target, None).map_err(training)?))
    })
}

pub(super) fn threshold_of_the_test_block(lab: &Lab) -> Result<Seen> {
    lab.another_future(&|frame, fold| {
        let mut bytes = lab.fit(frame, fold)?;
        let rows = fold.test_rows();
        let mean = rows.iter().map(|r| frame.dataset.column(0)[*r as usize]).sum::<f64>() / rows.len() as f64;
        bytes.extend(mean.to_le_bytes());
        Ok(bytes)
    })
}

pub(super) fn outcome_in_the_score(lab: &Lab) -> Result<Seen> {
    // An evaluation that adds what the rows went on to earn, whatever was learnt.
    permuted_labels::check(&lab.frame, lab.test, &lab.pipeline, &lab.seed, &|dataset, span, student| {
        let mut scores = permuted_labels::score_alone(dataset, span, student)?;
        for (score, outcome) in scores.iter_mut().zip(&lab.frame.labels.forward_return) {
            *score += outcome;
        }
        Ok(scores)
    })
}
