//! Comparisons of names at one date: here a row is a name. Missing values and infinities take no part and stay missing.

use super::super::graph::{Family, Reach, Reading, Scope};
use super::Kernel;

/// Measures of [`CROSS_SECTION`].
pub(in crate::expr) mod cross {
    pub(in crate::expr) const RANK: u8 = 0;
    pub(in crate::expr) const Z_SCORE: u8 = 1;
    pub(in crate::expr) const DEMEAN: u8 = 2;
    pub(in crate::expr) const MEAN: u8 = 3;
    pub(in crate::expr) const SCALE: u8 = 4;
    /// Its constant is the share cut at each end.
    pub(in crate::expr) const WINSORIZE: u8 = 5;
    pub(in crate::expr) const STD: u8 = 6;
    /// Its constant is the share below.
    pub(in crate::expr) const QUANTILE: u8 = 7;
    /// Its constant is the number of buckets.
    pub(in crate::expr) const BUCKET: u8 = 8;

    /// Whether values must be in order.
    pub(super) const fn sorts(what: u8) -> bool {
        matches!(what, RANK | WINSORIZE | QUANTILE | BUCKET)
    }
}

pub(in crate::expr) static CROSS_SECTION: Family = Family {
    name: "cross-section",
    scope: Scope::CrossSection,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, readings| Box::new(Names { readings: readings.to_vec(), sorted: Vec::new() }),
};

/// Within the name's group, which is the second input.
pub(in crate::expr) static BY_GROUP: Family = Family {
    name: "by group",
    scope: Scope::CrossSection,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, readings| {
        let readings = readings.iter().map(|own| Reading { what: within(own.what), ..*own }).collect();
        Box::new(ByGroup { one: Names { readings, sorted: Vec::new() }, sorted: Vec::new() })
    },
};

/// Measures of [`BY_GROUP`].
pub(in crate::expr) mod by_group {
    pub(in crate::expr) const DEMEAN: u8 = 0;
    pub(in crate::expr) const RANK: u8 = 1;
    pub(in crate::expr) const Z_SCORE: u8 = 2;
    pub(in crate::expr) const MEAN: u8 = 3;
}

/// The measure of a cross-section that a measure within groups is.
const fn within(what: u8) -> u8 {
    match what {
        by_group::RANK => cross::RANK,
        by_group::Z_SCORE => cross::Z_SCORE,
        by_group::MEAN => cross::MEAN,
        _ => cross::DEMEAN,
    }
}

/// What a line through the second input leaves of the first.
pub(in crate::expr) static RESIDUAL: Family = Family {
    name: "cross-sectional residual",
    scope: Scope::CrossSection,
    commutes: false,
    reach: |_| Reach::Bars(0),
    start: |_, _| Box::new(Residual),
};

struct Names {
    readings: Vec<Reading>,
    /// The known values and their names, ascending by value.
    sorted: Vec<(f64, usize)>,
}

impl Kernel for Names {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let values = inputs[0];
        let known = || values.iter().copied().filter(|v| v.is_finite());
        let n = known().count() as f64;
        let mean = known().sum::<f64>() / n;
        self.sorted.clear();
        if self.readings.iter().any(|reading| cross::sorts(reading.what)) {
            self.sorted.extend(values.iter().copied().zip(0..).filter(|(v, _)| v.is_finite()));
            self.sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        }
        let flat = known().all(|v| Some(v) == known().next());
        let squares: f64 = known().map(|v| (v - mean) * (v - mean)).sum();
        // Equal values leave rounding, not a deviation.
        let deviation = if flat && n > 1.0 { 0.0 } else { (squares / (n - 1.0)).sqrt() };
        for (out, reading) in outputs.iter_mut().zip(&self.readings) {
            let each: &dyn Fn(f64) -> f64 = match reading.what {
                cross::RANK => {
                    rank(&self.sorted, out);
                    continue;
                }
                cross::BUCKET => {
                    rank(&self.sorted, out);
                    let buckets = f64::from_bits(reading.bits);
                    out.iter_mut().for_each(|share| *share = (*share * buckets).ceil());
                    continue;
                }
                cross::STD => &move |_| deviation,
                cross::Z_SCORE => &move |v| if flat && n > 1.0 { 0.0 } else { (v - mean) / deviation },
                cross::QUANTILE => {
                    let value = quantile(&self.sorted, f64::from_bits(reading.bits));
                    &move |_| value
                }
                cross::DEMEAN => &|v| v - mean,
                cross::MEAN => &|_| mean,
                cross::SCALE => {
                    let size: f64 = known().map(f64::abs).sum();
                    &move |v| if size == 0.0 { 0.0 } else { v / size }
                }
                _ => {
                    let q = f64::from_bits(reading.bits);
                    let (low, high) = (quantile(&self.sorted, q), quantile(&self.sorted, 1.0 - q));
                    &move |v| {
                        if v < low {
                            low
                        } else if v > high {
                            high
                        } else {
                            v
                        }
                    }
                }
            };
            for (out, value) in out.iter_mut().zip(values) {
                *out = if value.is_finite() { each(*value) } else { f64::NAN };
            }
        }
    }
}

/// The average rank among equals over the number of known values.
fn rank(sorted: &[(f64, usize)], out: &mut [f64]) {
    out.fill(f64::NAN);
    for (first, equals) in runs(sorted, |a, b| a == b) {
        let rank = (first as f64 + 0.5 * (equals.len() as f64 + 1.0)) / sorted.len() as f64;
        for (_, name) in equals {
            out[*name] = rank;
        }
    }
}

fn quantile(sorted: &[(f64, usize)], q: f64) -> f64 {
    let Some(last) = sorted.len().checked_sub(1) else { return f64::NAN };
    let place = q * last as f64;
    let below = (place as usize).min(last);
    let (low, high) = (sorted[below].0, sorted[last.min(below + 1)].0);
    if low == high { low } else { low + (high - low) * (place - below as f64) }
}

/// Stretches of equal keys, each with the index of its first.
fn runs(
    sorted: &[(f64, usize)],
    same: impl Fn(f64, f64) -> bool,
) -> impl Iterator<Item = (usize, &[(f64, usize)])> {
    let mut first = 0;
    sorted.chunk_by(move |a, b| same(a.0, b.0)).map(move |run| {
        first += run.len();
        (first - run.len(), run)
    })
}

struct ByGroup {
    /// What is done in each group, as if it were the whole cross-section.
    one: Names,
    /// Groups and their names, ascending.
    sorted: Vec<(f64, usize)>,
}

impl Kernel for ByGroup {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let (values, groups) = (inputs[0], inputs[1]);
        outputs.iter_mut().for_each(|out| out.fill(f64::NAN));
        self.sorted.clear();
        let known = values.iter().zip(groups).map(|(value, group)| value.is_finite() && group.is_finite());
        self.sorted
            .extend(groups.iter().copied().zip(0..).zip(known).filter(|(_, known)| *known).map(|(g, _)| g));
        self.sorted.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        for (_, names) in runs(&self.sorted, |a, b| a == b) {
            let own: Vec<f64> = names.iter().map(|(_, name)| values[*name]).collect();
            let mut made = vec![vec![f64::NAN; own.len()]; outputs.len()];
            self.one.run(&[&own], &mut made);
            for (out, made) in outputs.iter_mut().zip(made) {
                names.iter().zip(made).for_each(|((_, name), value)| out[*name] = value);
            }
        }
    }
}

struct Residual;

impl Kernel for Residual {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let both = |(y, x): &(&f64, &f64)| y.is_finite() && x.is_finite();
        let known = || inputs[0].iter().zip(inputs[1]).filter(both);
        let n = known().count() as f64;
        let [mean_y, mean_x] =
            [known().map(|(y, _)| y).sum::<f64>() / n, known().map(|(_, x)| x).sum::<f64>() / n];
        let squares: f64 = known().map(|(_, x)| (x - mean_x).powi(2)).sum();
        let products: f64 = known().map(|(y, x)| (y - mean_y) * (x - mean_x)).sum();
        // Equal values leave rounding, not a slope.
        let flat = known().all(|(_, x)| Some(x) == known().next().map(|(_, first)| first));
        let slope = if flat { 0.0 } else { products / squares };
        for (out, pair) in outputs[0].iter_mut().zip(inputs[0].iter().zip(inputs[1])) {
            let of = |(y, x): (&f64, &f64)| y - mean_y - slope * (x - mean_x);
            *out = if both(&pair) { of(pair) } else { f64::NAN };
        }
    }
}
