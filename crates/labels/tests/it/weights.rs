//! Overlap, uniqueness, the sequential bootstrap, attribution, decay and balance: by hand and as properties.

use proofmark_labels::weights::{
    Events, Pool, SequentialBootstrap, Span, WeightBy, WeightSpec, attribution, average_uniqueness,
    concurrency, sequential_bootstrap, time_decay,
};
use proofmark_labels::{LabelSpec, Weighting, class_balance, label_grid};
use proofmark_units::{Date, Seed};
use proptest::prelude::*;

use crate::tables::{flat, panel};

fn spans(ends: &[(usize, usize)]) -> Vec<Span> {
    ends.iter().map(|(first, last)| Span::new(*first, *last).unwrap()).collect()
}

#[track_caller]
fn near(got: &[f64], want: &[f64]) {
    assert_eq!(got.len(), want.len());
    assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-12), "{got:?} {want:?}");
}

#[test]
fn the_example_of_the_book() {
    // Section 4.5.3: three labels over positions 0-2, 2-3 and 4-5; after drawing the second, 5/14, 3/14 and 6/14.
    let labels = spans(&[(0, 2), (2, 3), (4, 5)]);
    assert_eq!(concurrency(&labels), [1, 1, 2, 1, 1, 1]);
    near(&average_uniqueness(&labels), &[5.0 / 6.0, 0.75, 1.0]);
    let mut bootstrap = SequentialBootstrap::new(&labels);
    near(&bootstrap.probabilities(), &[1.0 / 3.0; 3]);
    bootstrap.take(1);
    near(&bootstrap.probabilities(), &[5.0 / 14.0, 3.0 / 14.0, 6.0 / 14.0]);
    assert_eq!(bootstrap.draw(5.0 / 14.0 + 1e-9), Some(1));
}

#[test]
fn nothing_to_draw() {
    assert_eq!(SequentialBootstrap::new(&[]).draw(0.5), None);
    assert!(sequential_bootstrap(&[], 5, &Seed::root(1)).is_empty());
    assert!(concurrency(&[]).is_empty() && average_uniqueness(&[]).is_empty());
    assert_eq!(Span::new(2, 1), None);
    let mut one = SequentialBootstrap::new(&spans(&[(3, 3)]));
    assert_eq!((one.draw(0.0), one.draw(1.0 - f64::EPSILON)), (Some(0), Some(0)));
}

/// Mean average uniqueness of the labels drawn, counted with their repetitions.
fn mean_uniqueness(labels: &[Span], drawn: &[usize]) -> f64 {
    let sample: Vec<Span> = drawn.iter().map(|label| labels[*label]).collect();
    average_uniqueness(&sample).iter().sum::<f64>() / sample.len() as f64
}

#[test]
fn sequential_draws_overlap_less_than_independent_ones() {
    // Section 4.5.4: labels of random starts and lengths; 200 repetitions, the mean is compared.
    let (mut sequential, mut independent) = (0.0, 0.0);
    for repetition in 0..200 {
        let seed = Seed::root(7).nth(repetition);
        let mut rng = seed.child("spans").rng();
        let labels: Vec<Span> = (0..10)
            .map(|_| {
                let first = rng.random_range(0..100);
                Span::new(first, first + rng.random_range(1..5)).unwrap()
            })
            .collect();
        sequential += mean_uniqueness(&labels, &sequential_bootstrap(&labels, 10, &seed));
        let drawn: Vec<usize> = (0..10).map(|_| rng.random_range(0..labels.len())).collect();
        independent += mean_uniqueness(&labels, &drawn);
    }
    assert!(sequential > independent + 0.02 * 200.0, "{sequential} {independent}");
}

fn any_spans() -> impl Strategy<Value = Vec<Span>> {
    let span = (0_usize..60, 0_usize..15).prop_map(|(first, more)| Span::new(first, first + more).unwrap());
    prop::collection::vec(span, 1..40)
}

/// Average uniqueness of every label against those drawn, by the definition.
fn by_definition(labels: &[Span], drawn: &[usize]) -> Vec<f64> {
    let covered =
        |t: usize| drawn.iter().filter(|d| labels[**d].first() <= t && t <= labels[**d].last()).count();
    labels
        .iter()
        .map(|span| {
            let shares = (span.first()..=span.last()).map(|t| 1.0 / (1.0 + covered(t) as f64));
            shares.sum::<f64>() / (span.last() - span.first() + 1) as f64
        })
        .collect()
}

proptest! {
    #[test]
    fn uniqueness_shares_out_the_covered_positions(labels in any_spans()) {
        let unique = average_uniqueness(&labels);
        prop_assert!(unique.iter().all(|u| *u > 0.0 && *u <= 1.0));
        let counts = concurrency(&labels);
        let covered = counts.iter().filter(|count| **count > 0).count() as f64;
        let bars: f64 = labels.iter().zip(&unique).map(|(span, u)| u * (span.last() - span.first() + 1) as f64).sum();
        prop_assert!((bars - covered).abs() < 1e-9, "{} {}", bars, covered);
        let others = labels.iter().enumerate().all(|(i, a)| {
            let alone = labels.iter().enumerate().all(|(j, b)| i == j || a.last() < b.first() || b.last() < a.first());
            alone == (unique[i] > 1.0 - 1e-12)
        });
        prop_assert!(others, "a label is whole exactly where it is alone");
    }

    #[test]
    fn probabilities_are_those_of_the_definition(labels in any_spans(), uniforms in prop::collection::vec(0.0_f64..1.0, 0..60)) {
        let mut bootstrap = SequentialBootstrap::new(&labels);
        let mut drawn = Vec::new();
        for uniform in uniforms {
            let want = by_definition(&labels, &drawn);
            let whole: f64 = want.iter().sum();
            let got = bootstrap.probabilities();
            for (got, want) in got.iter().zip(&want) {
                prop_assert!((got - want / whole).abs() < 1e-12);
            }
            let label = bootstrap.draw(uniform).unwrap();
            let below: f64 = got[..label].iter().sum();
            prop_assert!(uniform >= below - 1e-9 && uniform <= below + got[label] + 1e-9);
            drawn.push(label);
        }
    }

    #[test]
    fn decay_never_rises_with_age(labels in any_spans(), oldest in -0.9_f64..=1.0) {
        let unique = average_uniqueness(&labels);
        let days: Vec<Date> = (0..labels.len()).map(|k| Date::from_days((k / 2) as i32)).collect();
        let factors = time_decay(&days, &unique, oldest).unwrap();
        prop_assert!(factors.windows(2).all(|pair| pair[0] <= pair[1]));
        prop_assert!((factors[factors.len() - 1] - 1.0).abs() < 1e-12 && factors[0] >= oldest.max(0.0) - 1e-12);
    }
}

#[test]
fn decay_by_hand() {
    let days: Vec<Date> = [1, 2, 2, 3].map(Date::from_days).to_vec();
    let unique = [1.0, 0.5, 0.5, 2.0];
    near(&time_decay(&days, &unique, 1.0).unwrap(), &[1.0; 4]);
    near(&time_decay(&days, &unique, 0.0).unwrap(), &[0.25, 0.5, 0.5, 1.0]);
    near(&time_decay(&days, &unique, 0.5).unwrap(), &[0.625, 0.75, 0.75, 1.0]);
    // The oldest half has no weight.
    near(&time_decay(&days, &unique, -0.5).unwrap(), &[0.0, 0.0, 0.0, 1.0]);
    assert!(time_decay(&days, &unique, -1.0).is_err() && time_decay(&days, &unique, f64::NAN).is_err());
}

#[test]
fn attribution_by_hand_and_pools() {
    // Labels of two bars from the next open: decisions 0, 1, 2 span sessions 1-2, 2-3, 3-4 with horizon 1.
    let e = |x: f64| x.exp();
    let a = [
        flat(0, 1.0),
        (1, 1.0, e(0.1), 1.0, e(0.1)),
        (2, e(0.3), e(0.3), e(0.2), e(0.2)),
        (3, e(0.2), e(0.6), e(0.2), e(0.6)),
    ];
    let b = [flat(0, 1.0), flat(1, 1.0), flat(2, 1.0), flat(3, 1.0)];
    let panel = panel(&[&a, &b]);
    let grid = label_grid(&panel, &LabelSpec::TrendScan { min_horizon: 2, max_horizon: 2, threshold: 0.0 });
    let events = Events::of(&panel, &grid, Pool::BySymbol);
    assert_eq!(
        (events.cells.as_slice(), events.decided.as_slice()),
        (&[0, 1][..], &[Date::from_days(0); 2][..])
    );
    assert_eq!(average_uniqueness(&events.spans), [1.0; 2]);
    let all = Events::of(&panel, &grid, Pool::All);
    assert_eq!(average_uniqueness(&all.spans), [0.5; 2]);
    // The first label earned ln 0.2, the second nothing; together they weigh 2.
    near(&attribution(&panel, &grid, &events), &[2.0, 0.0]);
    assert!(events.on_grid(&[7.0, 8.0], 8)[2..].iter().all(|v| v.is_nan()));

    let one = LabelSpec::FixedHorizon { horizon: 1, vol_window: 2, threshold: 0.0, relative: false };
    let moves = [flat(0, 1.0), flat(1, 2.0), flat(2, 1.0), flat(3, 1.0), flat(4, e(0.4)), flat(5, e(1.0))];
    let panel = self::panel_of(&moves);
    let grid = label_grid(&panel, &one);
    let events = Events::of(&panel, &grid, Pool::BySymbol);
    // Decisions 2 and 3 span sessions 3-4 and 4-5. Flat bars move between closes: 0.4 into session 4, shared by two, and
    // 0.6 into session 5. The second label enters at the open of 4: it earned nothing there.
    assert_eq!(events.cells, [2, 3]);
    near(&attribution(&panel, &grid, &events), &[0.2 / 0.8 * 2.0, 0.6 / 0.8 * 2.0]);
}

fn panel_of(table: &[(i32, f64, f64, f64, f64)]) -> proofmark_market::Panel {
    panel(&[table])
}

#[test]
fn balance_counts_classes_and_what_they_are_worth() {
    let up: Vec<_> = (0..6).map(|d| flat(d, 100.0 + f64::from(d))).collect();
    let down: Vec<_> = (0..6).map(|d| flat(d, 100.0 - f64::from(d))).collect();
    let panel = panel(&[&up, &down]);
    let grid = label_grid(&panel, &LabelSpec::TrendScan { min_horizon: 2, max_horizon: 2, threshold: 0.0 });
    let events = Events::of(&panel, &grid, Pool::BySymbol);
    let unique = events.on_grid(&average_uniqueness(&events.spans), grid.class.len());
    let weights: Vec<f64> = grid.class.iter().map(|class| 1.0 + 2.0 * class).collect();
    let cells: Vec<usize> = (0..grid.class.len() + 3).collect();
    let weighting = Weighting { name: "three to one", weights: &weights, uniqueness: &unique };
    let balance = class_balance("all", &panel, &grid, weighting, &cells);
    assert_eq!(balance.len(), 3);
    let all = &balance[0];
    assert_eq!((all.symbol.clone(), all.ones, all.zeros, all.missing), (None, 3, 3, 6));
    assert!((all.weighted_share_of_ones.unwrap() - 0.75).abs() < 1e-12);
    // Weights 3 and 1, three each: (12)^2 / 30.
    assert!((all.effective - 4.8).abs() < 1e-12);
    // Spans 1-3, 2-4, 3-5 of a symbol: 1/1 + 1/2 + 1/3, 1/2 + 1/3 + 1/2, 1/3 + 1/2 + 1, each over 3.
    assert!((all.independent - 2.0 * 5.0 / 3.0).abs() < 1e-12, "{}", all.independent);
    assert_eq!((balance[1].ones, balance[2].zeros, balance[2].ones), (3, 3, 0));
    let none = class_balance("none", &panel, &grid, weighting, &[]);
    assert_eq!((none[0].effective, none[0].weighted_share_of_ones), (0.0, None));
}

#[test]
fn attribution_of_a_relative_label_begins_where_its_symbol_trades() {
    // The first symbol does not trade on session 3, where the second one's label begins.
    let a = [flat(0, 1.0), flat(1, 2.0), flat(2, 1.0), flat(4, 1.0), flat(5, 0.3_f64.exp())];
    let b = [flat(0, 1.0), flat(1, 2.0), flat(2, 1.0), flat(3, 1.0), flat(4, 0.1_f64.exp())];
    let panel = panel(&[&a, &b]);
    let spec = LabelSpec::FixedHorizon { horizon: 1, vol_window: 2, threshold: 0.0, relative: true };
    let grid = label_grid(&panel, &spec);
    let events = Events::of(&panel, &grid, Pool::BySymbol);
    assert_eq!(events.cells, [4, 5]);
    assert_eq!(
        (grid.start[4], grid.exit[4], grid.exit[5]),
        (grid.start[5], Some(Date::from_days(5)), Some(Date::from_days(4)))
    );
    near(&attribution(&panel, &grid, &events), &[0.3 / 0.4 * 2.0, 0.1 / 0.4 * 2.0]);
}

fn by(by: WeightBy) -> WeightSpec {
    WeightSpec { by, ..WeightSpec::default() }
}

#[test]
fn training_weights_by_hand_are_those_of_the_labels_given_and_have_mean_one() {
    let up: Vec<_> = (0..6).map(|d| flat(d, 100.0 + f64::from(d))).collect();
    let panel = panel(&[&up]);
    let grid = label_grid(&panel, &LabelSpec::TrendScan { min_horizon: 2, max_horizon: 2, threshold: 0.0 });
    let weights =
        |spec: WeightSpec, cells: &[usize]| spec.weights(&panel, &grid, cells, &Seed::root(1)).unwrap();
    // Spans 1-3, 2-4, 3-5: uniqueness 11/18, 8/18, 11/18, of mean 10/18.
    near(&weights(by(WeightBy::Uniqueness), &[0, 1, 2]), &[1.1, 0.8, 1.1]);
    // The middle label is not trained on and takes nothing; a cell without a label has no weight.
    near(&weights(by(WeightBy::Uniqueness), &[0, 2, 5]), &[1.0, 1.0, 0.0]);
    near(&weights(by(WeightBy::None), &[0, 1, 5]), &[1.0, 1.0, 0.0]);
    assert!(weights(by(WeightBy::Attribution), &[]).is_empty());
    // Factors 11/30, 19/30, 1 of sum 2, and with the oldest half gone 0, 8/30, 1.
    let decayed = |oldest| weights(WeightSpec { oldest, ..WeightSpec::default() }, &[0, 1, 2]);
    near(&decayed(0.0), &[0.55, 0.95, 1.5]);
    near(&decayed(-0.5), &[0.0, 16.0 / 38.0, 60.0 / 38.0]);
}

#[test]
fn sequential_draws_as_weights_are_counts_of_the_labels_given() {
    // Twelve labels of nine bars that begin one after the other, and one that is alone.
    let rows: Vec<_> = (0..60).map(|d| flat(d, 100.0 + f64::from(d % 7))).collect();
    let panel = panel(&[&rows]);
    let grid = label_grid(&panel, &LabelSpec::TrendScan { min_horizon: 8, max_horizon: 8, threshold: 0.0 });
    let crowded: Vec<usize> = (0..12).chain([40]).collect();
    let weights = |cells: &[usize], seed: u64| {
        by(WeightBy::Sequential).weights(&panel, &grid, cells, &Seed::root(seed)).unwrap()
    };
    let drawn = weights(&crowded, 1);
    assert_eq!(drawn, weights(&crowded, 1), "the same seed draws the same labels");
    assert!((2..9).any(|seed| weights(&crowded, seed) != drawn));
    // Counts over their mean among the labels drawn: 13 draws shared out.
    let present = drawn.iter().filter(|weight| **weight > 0.0).count() as f64;
    assert!(present < 13.0 && (drawn.iter().sum::<f64>() - present).abs() < 1e-12);
    for weight in &drawn {
        let times = weight * 13.0 / present;
        assert!((times - times.round()).abs() < 1e-9, "{times}");
    }
    // The lone label is drawn more often than one of the crowd.
    let over = |k: usize| (0..200).map(|seed| weights(&crowded, seed)[k]).sum::<f64>();
    assert!(over(12) > 1.5 * over(6), "{} {}", over(12), over(6));
    // A label that is not trained on takes nothing: alone, it is drawn in every draw.
    near(&weights(&[40], 3), &[1.0]);
}

#[test]
fn attribution_in_training_counts_the_labels_of_the_fold_alone() {
    let e = |x: f64| x.exp();
    let moves = [flat(0, 1.0), flat(1, 2.0), flat(2, 1.0), flat(3, 1.0), flat(4, e(0.4)), flat(5, e(1.0))];
    let panel = panel_of(&moves);
    let one = LabelSpec::FixedHorizon { horizon: 1, vol_window: 2, threshold: 0.0, relative: false };
    let grid = label_grid(&panel, &one);
    let weights =
        |cells: &[usize]| by(WeightBy::Attribution).weights(&panel, &grid, cells, &Seed::root(1)).unwrap();
    near(&weights(&[2, 3]), &[0.5, 1.5]);
    near(&weights(&[2]), &[1.0]);
}

#[test]
fn settings_are_read_checked_and_told_in_words() {
    let read = |text: &str| serde_json::from_str::<WeightSpec>(text);
    assert!(read("{}").unwrap().is_off() && WeightSpec::default().is_off());
    let all = read("{\"by\":\"attribution\",\"pool\":\"all\",\"oldest\":0.25}").unwrap();
    assert_eq!(all, WeightSpec { by: WeightBy::Attribution, pool: Pool::All, oldest: 0.25 });
    assert_eq!(all.name(), "return attribution (labels of all names overlap, oldest 0.25)");
    assert!(!all.is_off() && all.check().is_ok());
    assert!(!read("{\"oldest\":0.5}").unwrap().is_off(), "decay alone is a weight");
    assert!(read("{\"by\":\"unique\"}").is_err() && read("{\"decay\":1}").is_err());
    for oldest in [-1.0, 1.5, f64::NAN] {
        assert!(WeightSpec { oldest, ..all }.check().is_err());
    }
}

proptest! {
    #[test]
    fn prices_after_the_last_exit_change_no_weight(
        moves in prop::collection::vec(-0.1_f64..0.1, 40..80), cut in 20_usize..30, oldest in -0.9_f64..=1.0,
    ) {
        let walk = |other: f64| {
            let mut price = 100.0_f64;
            let bar = |(d, step): (usize, &f64)| {
                price *= if d > cut { (other * step).exp() } else { step.exp() };
                flat(d as i32, price)
            };
            let table: Vec<_> = moves.iter().enumerate().map(bar).collect();
            let panel = panel(&[&table]);
            let spec = LabelSpec::FixedHorizon { horizon: 3, vol_window: 2, threshold: 0.0, relative: false };
            let grid = label_grid(&panel, &spec);
            (panel, grid)
        };
        let ((panel, grid), (elsewhere, others)) = (walk(1.0), walk(-2.0));
        // Decisions whose exits, four sessions later, come before the cut.
        let cells: Vec<usize> = (0..cut - 4).collect();
        for by in [WeightBy::None, WeightBy::Uniqueness, WeightBy::Attribution, WeightBy::Sequential] {
            let spec = WeightSpec { by, pool: Pool::BySymbol, oldest };
            let weights = spec.weights(&panel, &grid, &cells, &Seed::root(1)).unwrap();
            let again = spec.weights(&elsewhere, &others, &cells, &Seed::root(1)).unwrap();
            prop_assert_eq!(&weights, &again);
            prop_assert!(weights.iter().all(|weight| weight.is_finite() && *weight >= 0.0));
            let kept: Vec<f64> = weights.into_iter().filter(|weight| *weight > 0.0).collect();
            let mean = kept.iter().sum::<f64>() / kept.len() as f64;
            prop_assert!((mean - 1.0).abs() < 1e-9, "{}", mean);
        }
    }
}
