//! Small panels to test on.

use proofmark_market::{BarRow, Bars, Panel};
use proofmark_models::{Basis, GradientBoostedTrees, LogisticRegression, MissingInputs};
use proofmark_training::{CrossFit, Dataset, LabelInputs, StudentConfig, TeacherConfig};
use proofmark_units::{Date, Seed};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

/// `n` weekdays from 2010-01-04, a Monday.
pub(crate) fn weekdays(n: usize) -> Vec<Date> {
    let first = date("2010-01-04");
    (0..n as i32).map(|k| first.plus_days(k / 5 * 7 + k % 5)).collect()
}

/// A panel whose close is `close[s][t]`; NaN means no bar.
pub(crate) fn panel(dates: &[Date], close: &[Vec<f64>]) -> Panel {
    let bars: Vec<Bars> = close
        .iter()
        .enumerate()
        .map(|(s, close)| {
            let row = |(date, price): (&Date, &f64)| BarRow {
                date: *date,
                event_time: date.midnight_utc(),
                known_at: date.midnight_utc(),
                open: *price,
                high: *price,
                low: *price,
                close: *price,
                volume: 1.0,
            };
            let rows: Vec<BarRow> = dates.iter().zip(close).filter(|(_, p)| p.is_finite()).map(row).collect();
            Bars::from_rows(format!("S{s:03}").parse().unwrap(), &rows).unwrap()
        })
        .collect();
    Panel::from_bars(&bars)
}

/// Labels from close to close: entry one session after the decision, exit `horizon` later; 1 above `threshold`.
pub(crate) struct Labels {
    pub(crate) class: Vec<f64>,
    pub(crate) forward_return: Vec<f64>,
    /// 2 % a day over five sessions, for all.
    pub(crate) unit: Vec<f64>,
    pub(crate) start: Vec<Option<Date>>,
    pub(crate) end: Vec<Option<Date>>,
}

impl Labels {
    pub(crate) fn of(panel: &Panel, horizon: usize, threshold: f64) -> Self {
        let cells = panel.len() * panel.width();
        let mut labels = Self {
            class: vec![f64::NAN; cells],
            forward_return: vec![f64::NAN; cells],
            unit: vec![0.02 * 5.0_f64.sqrt(); cells],
            start: vec![None; cells],
            end: vec![None; cells],
        };
        for t in 0..panel.len().saturating_sub(horizon + 1) {
            for s in 0..panel.width() {
                let (cell, entry, exit) =
                    (panel.cell(t, s), panel.cell(t + 1, s), panel.cell(t + 1 + horizon, s));
                let forward = panel.close[exit] / panel.close[entry] - 1.0;
                if forward.is_finite() && panel.has_bar(t, s) {
                    labels.class[cell] = if forward > threshold { 1.0 } else { 0.0 };
                    labels.forward_return[cell] = forward;
                    labels.start[cell] = Some(panel.dates[t + 1]);
                    labels.end[cell] = Some(panel.dates[t + 1 + horizon]);
                }
            }
        }
        labels
    }

    pub(crate) fn inputs(&self) -> LabelInputs<'_> {
        LabelInputs {
            class: &self.class,
            forward_return: &self.forward_return,
            unit: &self.unit,
            start: &self.start,
            end: &self.end,
        }
    }
}

/// Random walks with daily volatility 2 %; `drift[s][t]` is added to each log return where given.
pub(crate) fn walks(symbols: usize, sessions: usize, seed: u64) -> Vec<Vec<f64>> {
    (0..symbols)
        .map(|s| {
            let mut rng = Seed::root(seed).child("walk").nth(s as u64).rng();
            let mut log_price: f64 = 4.0 + rng.random::<f64>();
            (0..sessions)
                .map(|_| {
                    let shock: f64 = StandardNormal.sample(&mut rng);
                    log_price += 0.02 * shock;
                    log_price.exp()
                })
                .collect()
        })
        .collect()
}

/// A world with a planted answer: feature `signal` is yesterday's hint of the next six sessions, `noise` is nothing.
pub(crate) fn planted(symbols: usize, sessions: usize, seed: u64) -> Dataset {
    planted_with_returns(symbols, sessions, seed, &|_, forward_return| forward_return)
}

/// The same with other forward returns, by decision date; classes and features stay.
pub(crate) fn planted_with_returns(
    symbols: usize,
    sessions: usize,
    seed: u64,
    change: &dyn Fn(Date, f64) -> f64,
) -> Dataset {
    let dates = weekdays(sessions);
    let mut hints = vec![vec![0.0_f64; sessions]; symbols];
    let mut close = vec![vec![0.0; sessions]; symbols];
    for s in 0..symbols {
        let mut rng = Seed::root(seed).child("planted").nth(s as u64).rng();
        let mut log_price = 4.0;
        for t in 0..sessions {
            let (a, b): (f64, f64) = (StandardNormal.sample(&mut rng), StandardNormal.sample(&mut rng));
            hints[s][t] = if t == 0 { a } else { 0.9 * hints[s][t - 1] + 0.44 * a };
            log_price += 0.02 * b + if t == 0 { 0.0 } else { 0.008 * hints[s][t - 1] };
            close[s][t] = f64::exp(log_price);
        }
    }
    let panel = panel(&dates, &close);
    let mut labels = Labels::of(&panel, 5, 0.0);
    for (cell, forward_return) in labels.forward_return.iter_mut().enumerate() {
        *forward_return = change(dates[cell / symbols], *forward_return);
    }
    let mut rng = Seed::root(seed).child("noise").rng();
    let grid = |f: &mut dyn FnMut(usize, usize) -> f64| -> Vec<f64> {
        (0..panel.len()).flat_map(|t| (0..panel.width()).map(move |s| (t, s))).map(|(t, s)| f(t, s)).collect()
    };
    let signal = grid(&mut |t, s| hints[s][t]);
    let noise = grid(&mut |_, _| StandardNormal.sample(&mut rng));
    let names = ["signal".to_owned(), "noise".to_owned()];
    Dataset::from_panel(&panel, &names, &[signal, noise], labels.inputs(), 1).unwrap()
}

pub(crate) fn trees() -> GradientBoostedTrees {
    GradientBoostedTrees {
        trees: 30,
        leaves: 8,
        max_depth: 5,
        learning_rate: 0.1,
        min_leaf_rows: 30,
        min_leaf_hessian: 1e-3,
        min_gain: 0.0,
        l2: 1.0,
        row_share: 1.0,
        column_share: 1.0,
        bins: 64,
    }
}

pub(crate) fn teacher() -> TeacherConfig {
    TeacherConfig { trees: trees(), cross_fit: CrossFit { blocks: 4 } }
}

pub(crate) fn student(soft_weight: f64) -> StudentConfig {
    StudentConfig {
        soft_weight,
        model: LogisticRegression { l2: 1e-3, basis: Basis::Linear, missing: MissingInputs::Refuse },
    }
}
