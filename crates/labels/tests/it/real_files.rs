//! Every kind of label and every weight on eight real shares, when `../shared/data` is there.

use std::path::Path;

use proofmark_labels::weights::{Events, Pool, Span, attribution, average_uniqueness, sequential_bootstrap};
use proofmark_labels::{LabelSpec, Weighting, class_balance, label_grid};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_sources::{ReadOptions, read_bars_csv};
use proofmark_units::Seed;
use rand::RngExt as _;

fn shares() -> Option<Panel> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/india/raw_vendor_csv");
    if !folder.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return None;
    }
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let bars = files.iter().map(|path| {
        let name = path.file_name().unwrap().to_str().unwrap().split('.').next().unwrap().parse().unwrap();
        let options = ReadOptions { symbol_override: Some(name), ..ReadOptions::default() };
        let (symbol, rows) = read_bars_csv(path, &options).unwrap().bars.pop_first().unwrap();
        let at = |row: &proofmark_sources::RawRow| row.at(row.date.midnight_utc(), row.date.midnight_utc());
        let mut rows: Vec<BarRow> = rows.iter().map(at).filter(BarRow::has_valid_prices).collect();
        rows.sort_by_key(|row| row.date);
        rows.dedup_by_key(|row| row.date);
        Bars::from_rows(symbol, &rows).unwrap()
    });
    Some(Panel::from_bars(&bars.collect::<Vec<_>>()))
}

fn kinds() -> Vec<LabelSpec> {
    vec![
        LabelSpec::FixedHorizon { horizon: 5, vol_window: 20, threshold: 0.0, relative: true },
        LabelSpec::VolatilityScaled { horizon: 5, vol_span: 100, threshold: 0.0, relative: false },
        LabelSpec::TripleBarrier { stop_loss: 0.03, take_profit: 0.06, max_hold: 15 },
        LabelSpec::VolatilityBarrier { vol_span: 100, stop: 1.0, target: 1.0, max_hold: 10 },
        LabelSpec::TrendScan { min_horizon: 5, max_horizon: 20, threshold: 0.0 },
        LabelSpec::Ranked { horizon: 5, buckets: 4, min_names: 6 },
    ]
}

#[test]
fn every_kind_labels_and_weighs_real_shares() {
    let Some(panel) = shares() else { return };
    let cells: Vec<usize> = (0..panel.len() * panel.width()).collect();
    for spec in kinds() {
        let grid = label_grid(&panel, &spec);
        let events = Events::of(&panel, &grid, Pool::BySymbol);
        assert!(events.cells.len() > 30_000, "{spec:?}: {} labels", events.cells.len());
        for (cell, decided) in events.cells.iter().zip(&events.decided) {
            let (start, exit, end) = (grid.start[*cell], grid.exit[*cell], grid.end[*cell]);
            assert!(Some(*decided) < start && start <= exit && exit <= end, "{spec:?}");
            assert!(grid.class[*cell] == 0.0 || grid.class[*cell] == 1.0);
        }
        let unique = average_uniqueness(&events.spans);
        assert!(unique.iter().all(|u| *u > 0.0 && *u <= 1.0));
        let weights = attribution(&panel, &grid, &events);
        assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
        let sum: f64 = weights.iter().sum();
        assert!((sum / weights.len() as f64 - 1.0).abs() < 1e-9);
        let on_grid = |values: &[f64]| events.on_grid(values, grid.class.len());
        let (weights, unique) = (on_grid(&weights), on_grid(&unique));
        let weighting = Weighting { name: "attribution", weights: &weights, uniqueness: &unique };
        let balance = class_balance("all", &panel, &grid, weighting, &cells);
        let all = &balance[0];
        eprintln!(
            "{:?}: ones {} zeros {} missing {} independent {:.0} effective {:.0}",
            spec, all.ones, all.zeros, all.missing, all.independent, all.effective
        );
        assert_eq!(all.ones + all.zeros, events.cells.len());
        assert!(all.ones > 5_000 && all.zeros > 5_000);
        let labels = events.cells.len() as f64;
        assert!(all.independent < labels && all.effective < labels, "labels overlap, and returns differ");
    }
}

#[test]
fn sequential_draws_of_real_labels_overlap_less() {
    let Some(panel) = shares() else { return };
    let grid = label_grid(&panel, &kinds()[3]);
    let events = Events::of(&panel, &grid, Pool::BySymbol);
    let seed = Seed::root(11);
    let mean = |drawn: &[usize]| {
        let sample: Vec<Span> = drawn.iter().map(|label| events.spans[*label]).collect();
        average_uniqueness(&sample).iter().sum::<f64>() / sample.len() as f64
    };
    let draws = events.spans.len() / 4;
    let sequential = mean(&sequential_bootstrap(&events.spans, draws, &seed));
    let mut rng = seed.child("independent").rng();
    let independent: Vec<usize> = (0..draws).map(|_| rng.random_range(0..events.spans.len())).collect();
    eprintln!(
        "mean uniqueness of {draws} draws: sequential {sequential:.4}, independent {:.4}",
        mean(&independent)
    );
    assert!(sequential > mean(&independent));
}
