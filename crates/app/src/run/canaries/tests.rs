//! Every canary that needs no run is shown a clear market and a planted leak.

use proofmark_features::TEACHER15;
use proofmark_labels::{LabelGrid, LabelSpec, label_grid};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_units::{DateSpan, Seed};

use super::{Seen, label_shift, permuted_labels, shuffled_future, vintage};
use crate::pipeline::Pipeline;
use crate::run::prepare::Frame;

const LABEL: LabelSpec =
    LabelSpec::FixedHorizon { horizon: 5, vol_window: 20, threshold: 0.0, relative: false };

fn market() -> Vec<Bars> {
    let date = |text: &str| text.parse().unwrap();
    let world = crate::ingest::world("null", 4, 3, date("2010-01-01"), date("2012-12-31")).unwrap();
    world.bars.iter().map(|s| Bars::from_rows(s.symbol.clone(), &s.rows).unwrap()).collect()
}

fn pipeline() -> Pipeline {
    let text = include_str!("../../../../../pipelines/demo.toml");
    Pipeline { label: LABEL, ..Pipeline::parse(text, "demo.toml").unwrap() }
}

#[track_caller]
fn clear(seen: &Seen) {
    match seen {
        Seen::Clear(n) => assert!(*n > 0, "nothing was looked at"),
        Seen::Caught(what) | Seen::Blind(what) => panic!("{what}"),
    }
}

#[track_caller]
fn caught(seen: &Seen, word: &str) {
    match seen {
        Seen::Caught(what) => assert!(what.contains(word), "{what}"),
        Seen::Clear(_) | Seen::Blind(_) => panic!("not caught"),
    }
}

#[test]
fn a_feature_scaled_over_the_whole_sample_is_caught_by_a_shuffled_future() {
    let (bars, pipeline) = (market(), pipeline());
    let build = |bars: &[Bars]| Frame::build(&pipeline, TEACHER15, bars);
    let frame = build(&bars).unwrap();
    let from = "2012-01-01".parse().unwrap();
    let seed = Seed::root(1);
    clear(&shuffled_future::check(&frame, &bars, from, &seed, &build).unwrap());

    // Prices divided by their mean over all of history: every feature of a price level would know the future.
    let leaky = |bars: &[Bars]| {
        let scaled: Vec<Bars> = bars
            .iter()
            .map(|b| {
                let mean = b.volume().iter().sum::<f64>() / b.len() as f64;
                let rows: Vec<BarRow> = (0..b.len())
                    .map(|i| BarRow { volume: (b.row(i).volume - mean).max(0.0), ..b.row(i) })
                    .collect();
                Bars::from_rows(b.symbol().clone(), &rows).unwrap()
            })
            .collect();
        Frame::build(&pipeline, TEACHER15, &scaled)
    };
    let mut other = market();
    other.truncate(4);
    let frame = leaky(&bars).unwrap();
    // Shuffling keeps the mean of all volumes; another future does not have to.
    let later: Vec<Bars> = super::markets::other_future(&other, from).unwrap();
    let doubled = |_: &[Bars]| leaky(&later);
    caught(&shuffled_future::check(&frame, &bars, from, &seed, &doubled).unwrap(), "feature");
}

#[test]
fn a_label_that_starts_at_the_decisions_own_close_is_caught() {
    let bars = market();
    clear(&label_shift::check(&bars, 5, &|panel| label_grid(panel, &LABEL)).unwrap());
    let early = |panel: &Panel| -> LabelGrid {
        let mut grid = label_grid(panel, &LABEL);
        let width = panel.width();
        for cell in 0..panel.len().saturating_sub(6) * width {
            grid.forward_return[cell] = panel.open[cell + 6 * width] / panel.close[cell] - 1.0;
        }
        grid
    };
    caught(&label_shift::check(&bars, 5, &early).unwrap(), "own bar");
    let same_day = |panel: &Panel| -> LabelGrid {
        let mut grid = label_grid(panel, &LABEL);
        for (cell, start) in grid.start.iter_mut().enumerate() {
            *start = start.map(|_| panel.dates[cell / panel.width()]);
        }
        grid
    };
    caught(&label_shift::check(&bars, 5, &same_day).unwrap(), "on or before");
}

#[test]
fn a_bar_restated_later_is_caught() {
    let mut bars = market();
    let span = DateSpan { start: "2011-01-01".parse().unwrap(), end: "2012-12-31".parse().unwrap() };
    clear(&vintage::check(TEACHER15, &bars, span));
    // One name's year was delivered again, corrected, after it was over.
    let rows: Vec<BarRow> = (0..bars[2].len())
        .map(|i| {
            let row = bars[2].row(i);
            let restated =
                row.date >= "2011-03-01".parse().unwrap() && row.date <= "2011-12-31".parse().unwrap();
            let known_at = if restated { row.known_at.plus_seconds(400 * 86_400) } else { row.known_at };
            BarRow { known_at, ..row }
        })
        .collect();
    bars[2] = Bars::from_rows(bars[2].symbol().clone(), &rows).unwrap();
    caught(&vintage::check(TEACHER15, &bars, span), "restated");
}

#[test]
fn skill_that_survives_permuted_labels_is_caught_and_a_lucky_direction_is_not() {
    clear(&permuted_labels::judge(&[0.05, -0.06, 0.04, -0.02, 0.07, -0.05, 0.01, -0.03], 100));
    clear(&permuted_labels::judge(&[-0.05; 8], 100));
    caught(&permuted_labels::judge(&[0.05, 0.06, 0.04, 0.05, 0.07, 0.05, 0.06, 0.05], 100), "keep");
}
