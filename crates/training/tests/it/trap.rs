//! The shuffled-split trap: the same random walks give an AUC above 0.8 the wrong way and 0.5 the right way.
//!
//! The wrong way cannot be written with a [`Dataset`]; it is spelled out by hand below.

use proofmark_models::{GradientBoostedTrees, Learner as _, Matrix};
use proofmark_training::{
    Dataset, FoldModels, TrainRules, TrainWindow, WalkForward, fit_student, fit_teacher, score_out_of_sample,
};
use proofmark_units::Seed;
use rand::RngExt as _;

use crate::pipeline::{Memory, key};
use crate::worlds::{Labels, date, panel, student, teacher, trees, walks, weekdays};

const WALKS: usize = 80;
const ROWS: usize = 700;
const HORIZON: usize = 7;
const SEED: u64 = 20_260_101;

fn mean(window: &[f64]) -> f64 {
    window.iter().sum::<f64>() / window.len() as f64
}

fn deviation(window: &[f64]) -> f64 {
    let m = mean(window);
    (window.iter().map(|v| (v - m).powi(2)).sum::<f64>() / window.len() as f64).sqrt()
}

/// Raw levels of one walk at `t`: price, averages, bands, range. What a naive pipeline feeds its trees.
fn levels(close: &[f64], t: usize) -> Vec<f64> {
    let tail = |n: usize| &close[t + 1 - n..=t];
    let (m20, s20) = (mean(tail(20)), deviation(tail(20)));
    let high = tail(14).iter().copied().fold(f64::MIN, f64::max);
    let low = tail(14).iter().copied().fold(f64::MAX, f64::min);
    vec![close[t], mean(tail(5)), m20, mean(tail(50)), m20 + 2.0 * s20, m20 - 2.0 * s20, high, low, s20]
}

/// The same indicators as ratios, which do not remember where on the walk they are.
fn ratios(close: &[f64], t: usize) -> Vec<f64> {
    let l = levels(close, t);
    let price = l[0];
    vec![
        price / l[1] - 1.0,
        price / l[2] - 1.0,
        price / l[3] - 1.0,
        (price - l[2]) / l[8],
        (price - l[7]) / (l[6] - l[7]).max(1e-12),
        l[8] / price,
        price / close[t - 5] - 1.0,
    ]
}

fn auc(score: &[f64], class: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*a].total_cmp(&score[*b]));
    let (mut below, mut wins, mut begin) = (0.0, 0.0, 0);
    while begin < order.len() {
        let end = begin + order[begin..].partition_point(|i| score[*i] <= score[order[begin]]);
        let ones: f64 = order[begin..end].iter().map(|i| class[*i]).sum();
        let zeros = (end - begin) as f64 - ones;
        wins += ones * (below + zeros / 2.0);
        below += zeros;
        begin = end;
    }
    wins / (below * (class.len() as f64 - below))
}

/// One walk, the wrong way: overlapping labels, rows shuffled, 80 % to train and 20 % to test.
fn shuffled_auc(close: &[f64], walk: u64) -> Option<f64> {
    let rows: Vec<usize> = (49..ROWS - HORIZON).collect();
    let class_of = |t: usize| f64::from(u8::from(close[t + HORIZON] / close[t] - 1.0 > 0.02));
    let mut rng = Seed::root(SEED).child("shuffle").nth(walk).rng();
    let mut order = rows.clone();
    for k in (1..order.len()).rev() {
        order.swap(k, rng.random_range(0..k as u32 + 1) as usize);
    }
    let (train, test) = order.split_at(order.len() * 4 / 5);
    let columns = |rows: &[usize]| -> Vec<Vec<f64>> {
        let inputs: Vec<Vec<f64>> = rows.iter().map(|t| levels(close, *t)).collect();
        (0..inputs[0].len()).map(|j| inputs.iter().map(|row| row[j]).collect()).collect()
    };
    let classes = |rows: &[usize]| -> Vec<f64> { rows.iter().map(|t| class_of(*t)).collect() };
    let learner = GradientBoostedTrees { trees: 100, leaves: 31, max_depth: 9, min_leaf_rows: 5, ..trees() };
    let x = columns(train);
    let x = Matrix::from_columns(&x).unwrap();
    let model = learner.fit(&x, &classes(train), None, &Seed::root(SEED)).ok()?;
    let held = columns(test);
    let p = model.predict(&Matrix::from_columns(&held).unwrap()).unwrap();
    let class = classes(test);
    class.iter().any(|y| *y != class[0]).then(|| auc(&p, &class))
}

/// All walks, our way: pooled, stationary, purged walk-forward, scored out of sample.
fn honest_auc(close: &[Vec<f64>], seed: u64) -> [f64; 3] {
    let panel = panel(&weekdays(ROWS), close);
    let labels = Labels::of(&panel, HORIZON, 0.0);
    let width = ratios(&close[0], 49).len();
    let mut grids = vec![vec![f64::NAN; ROWS * close.len()]; width];
    for t in 49..ROWS {
        for (s, close) in close.iter().enumerate() {
            for (grid, value) in grids.iter_mut().zip(ratios(close, t)) {
                grid[panel.cell(t, s)] = value;
            }
        }
    }
    let names: Vec<String> = (0..width).map(|j| format!("f{j}")).collect();
    let ds = Dataset::from_panel(&panel, &names, &grids, labels.inputs(), 50).unwrap();
    let walk = WalkForward {
        first_test: date("2011-01-01"),
        last: *ds.dates().last().unwrap(),
        test_months: 6,
        rules: TrainRules {
            window: TrainWindow::Anchored,
            embargo_sessions: 5,
            calibration_share: 0.2,
            min_train_rows: 1_000,
        },
    };
    let folds = walk.folds(&ds).unwrap();
    let seed = Seed::root(seed);
    let fits: Vec<_> = folds
        .iter()
        .map(|fold| {
            let mut settings = teacher();
            settings.cross_fit.blocks = 2; // the first fold is short beside the look-back of 50
            let taught = fit_teacher(&ds, fold, &settings, None, &seed).unwrap();
            let distilled = fit_student(&ds, fold, &taught.out_of_fold, &student(0.5), None).unwrap();
            (taught, distilled)
        })
        .collect();
    let models: Vec<FoldModels<'_>> = fits
        .iter()
        .map(|(t, s)| FoldModels { teacher: &t.model, student: &s.student, twin: &s.twin })
        .collect();
    let grid = score_out_of_sample(&ds, &folds, &models, &Memory::default(), &key(1)).unwrap();
    [&grid.student, &grid.twin, &grid.teacher].map(|scores| {
        let tested: Vec<(f64, f64)> = (0..ds.len())
            .filter(|row| ds.is_labelled(*row))
            .map(|row| {
                let cell = ds.sessions()[row] as usize * grid.width + ds.symbol_indices()[row] as usize;
                (scores[cell], ds.class()[row])
            })
            .filter(|(p, _)| p.is_finite())
            .collect();
        let (p, y): (Vec<f64>, Vec<f64>) = tested.into_iter().unzip();
        auc(&p, &y)
    })
}

#[test]
fn a_shuffled_split_finds_skill_in_noise_and_ours_does_not() {
    let close = walks(WALKS, ROWS, SEED);
    let wrong: Vec<f64> =
        close.iter().take(40).enumerate().filter_map(|(s, close)| shuffled_auc(close, s as u64)).collect();
    assert_eq!(wrong.len(), 40);
    let wrong = mean(&wrong);
    assert!(wrong > 0.8, "the trap should look like skill, AUC {wrong}");
    for (name, right) in ["student", "twin", "teacher"].iter().zip(honest_auc(&close, SEED)) {
        assert!((right - 0.5).abs() < 0.02, "{name} finds skill in random walks, AUC {right}");
    }
}
