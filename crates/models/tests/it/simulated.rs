//! The matrix of `tests/fixtures/make_models_fixtures.py`, drawn again bit for bit.

pub(crate) const COLUMNS: usize = 10;

pub(crate) struct Simulated {
    pub(crate) columns: Vec<Vec<f64>>,
    pub(crate) class: Vec<f64>,
}

/// The rows `skip..skip + rows` of the fixture's matrix.
pub(crate) fn draw(skip: usize, rows: usize) -> Simulated {
    let mut state: u64 = 88_172_645_463_325_252;
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / 9_007_199_254_740_992.0
    };
    let mut out = Simulated { columns: vec![Vec::new(); COLUMNS], class: Vec::new() };
    for row in 0..skip + rows {
        let x: Vec<f64> = (0..COLUMNS).map(|_| uniform() * 2.0 - 1.0).collect();
        let score: f64 = x[0] + (x[1] + 1.0) * (x[2] + 1.0) + x[3].abs() - 1.5;
        let p = 0.5 + 0.35 * (score / (1.0 + score.abs()));
        let class = if uniform() < p { 1.0 } else { 0.0 };
        if row >= skip {
            out.columns.iter_mut().zip(&x).for_each(|(column, value)| column.push(*value));
            out.class.push(class);
        }
    }
    out
}

/// Area under the ROC curve; the scores are assumed distinct.
pub(crate) fn auc(score: &[f64], class: &[f64]) -> f64 {
    let mut order: Vec<usize> = (0..score.len()).collect();
    order.sort_by(|a, b| score[*a].total_cmp(&score[*b]));
    let ranks: f64 = order.iter().enumerate().map(|(rank, i)| rank as f64 * class[*i]).sum();
    let ones: f64 = class.iter().sum();
    (ranks - ones * (ones - 1.0) / 2.0) / (ones * (class.len() as f64 - ones))
}

pub(crate) fn log_loss(probability: &[f64], class: &[f64]) -> f64 {
    let loss = |(p, y): (&f64, &f64)| -(y * p.ln() + (1.0 - y) * (1.0 - p).ln());
    probability.iter().zip(class).map(loss).sum::<f64>() / class.len() as f64
}
