//! Performance of every trial on every half of the blocks.

use rayon::prelude::*;

use super::{Measure, SelectionError};
use crate::moments::mean;

/// A variance below this fraction of the mean square about the whole span's mean is rounding.
const ROUNDING: f64 = 1e-12;
/// Halves worked through at a time; part of the order of results.
const CHUNK: usize = 128;

/// The pick of one half and what the other half says of it.
pub(super) struct Split {
    pub(super) trial: usize,
    pub(super) in_sample: f64,
    pub(super) out_of_sample: f64,
    /// Twice the average rank of the pick on the other half: whole, ties included.
    pub(super) twice_rank: usize,
    /// Mean performance of all trials on the other half.
    pub(super) mean: f64,
    /// Performance and rank of the candidate on the other half.
    pub(super) candidate: f64,
    pub(super) candidate_twice_rank: usize,
}

/// Sums over sets of blocks: of returns less the trial's mean and of their squares.
///
/// A set is looked up as its lower blocks plus its upper blocks, all subsets of which are tabled: one addition a sum.
pub(super) struct Halves {
    width: usize,
    blocks: usize,
    measure: Measure,
    means: Vec<f64>,
    lower: Table,
    upper: Table,
}

/// For every subset of some blocks a row of `width` sums, a row of sums of squares, and the number of periods.
struct Table {
    sums: Vec<f64>,
    squares: Vec<f64>,
    periods: Vec<usize>,
}

impl Table {
    fn new(trials: &[&[f64]], means: &[f64], spans: &[std::ops::Range<usize>]) -> Self {
        let width = trials.len();
        let subsets = 1_usize << spans.len();
        let mut table = Self {
            sums: vec![0.0; subsets * width],
            squares: vec![0.0; subsets * width],
            periods: vec![0; subsets],
        };
        for (block, span) in spans.iter().enumerate() {
            let row = (1 << block) * width;
            table.periods[1 << block] = span.len();
            for (j, trial) in trials.iter().enumerate() {
                for value in &trial[span.clone()] {
                    let centred = value - means[j];
                    table.sums[row + j] += centred;
                    table.squares[row + j] += centred * centred;
                }
            }
        }
        for subset in 1..subsets {
            let rest = subset & (subset - 1);
            if rest == 0 {
                continue;
            }
            let lowest = subset ^ rest;
            table.periods[subset] = table.periods[rest] + table.periods[lowest];
            for j in 0..width {
                table.sums[subset * width + j] =
                    table.sums[rest * width + j] + table.sums[lowest * width + j];
                table.squares[subset * width + j] =
                    table.squares[rest * width + j] + table.squares[lowest * width + j];
            }
        }
        table
    }
}

impl Halves {
    pub(super) fn new(trials: &[&[f64]], blocks: usize, measure: Measure) -> Result<Self, SelectionError> {
        let periods = trials[0].len();
        let spans: Vec<_> = (0..blocks).map(|b| b * periods / blocks..(b + 1) * periods / blocks).collect();
        if measure == Measure::Sharpe {
            for (trial, returns) in trials.iter().enumerate() {
                if constant_half(returns, &spans) {
                    return Err(SelectionError::Constant { trial });
                }
            }
        }
        let means = trials
            .iter()
            .enumerate()
            .map(|(trial, returns)| mean(returns).ok_or(SelectionError::NotFinite { trial, row: 0 }))
            .collect::<Result<Vec<f64>, _>>()?;
        let (low, high) = spans.split_at(blocks / 2);
        Ok(Self {
            width: trials.len(),
            blocks,
            measure,
            lower: Table::new(trials, &means, low),
            upper: Table::new(trials, &means, high),
            means,
        })
    }

    /// Fills `out` with the performance of every trial on a set of blocks.
    fn performances(&self, set: usize, out: &mut [f64]) {
        let half = self.blocks / 2;
        let (low, high) = (set & ((1 << half) - 1), set >> half);
        let row = |subset: usize| subset * self.width..(subset + 1) * self.width;
        let n = (self.lower.periods[low] + self.upper.periods[high]) as f64;
        let sums = self.lower.sums[row(low)].iter().zip(&self.upper.sums[row(high)]).zip(&self.means);
        match self.measure {
            Measure::Mean => {
                for (out, ((a, b), mean)) in out.iter_mut().zip(sums) {
                    *out = mean + (a + b) / n;
                }
            }
            Measure::Sharpe => {
                let squares = self.lower.squares[row(low)].iter().zip(&self.upper.squares[row(high)]);
                let (inverse, degrees) = (n.recip(), (n - 1.0).recip());
                for ((out, ((a, b), mean)), (c, d)) in out.iter_mut().zip(sums).zip(squares) {
                    let (sum, square) = (a + b, c + d);
                    let shift = sum * inverse;
                    let left = square - shift * sum;
                    let sharpe = (mean + shift) / (left * degrees).sqrt();
                    // Without spread a trial is idle, see `constant_half`.
                    *out = if left > ROUNDING * square { sharpe } else { 0.0 };
                }
            }
        }
    }

    /// Performance of one trial over the whole span.
    pub(super) fn overall(&self, trial: usize) -> f64 {
        let mut all = vec![0.0; self.width];
        self.performances((1 << self.blocks) - 1, &mut all);
        all[trial]
    }

    /// The best trial over the whole span, the first of equals.
    pub(super) fn best(&self) -> usize {
        let mut all = vec![0.0; self.width];
        self.performances((1 << self.blocks) - 1, &mut all);
        first_largest(&all)
    }

    /// Every half and its complement in turn, and the performances of all trials on all halves.
    pub(super) fn all(&self, candidate: usize) -> (Vec<Split>, Vec<f64>) {
        let full = (1_usize << self.blocks) - 1;
        // Each pair of complementary halves once: by the one that holds the first block.
        let sets: Vec<usize> =
            (1..=full).step_by(2).filter(|set| set.count_ones() as usize == self.blocks / 2).collect();
        let mut pooled = vec![0.0; 2 * sets.len() * self.width];
        let chunks: Vec<Vec<Split>> = sets
            .par_chunks(CHUNK)
            .zip(pooled.par_chunks_mut(2 * CHUNK * self.width))
            .map(|(sets, cells)| {
                let mut splits = Vec::with_capacity(2 * sets.len());
                for (set, pair) in sets.iter().zip(cells.chunks_exact_mut(2 * self.width)) {
                    let (one, other) = pair.split_at_mut(self.width);
                    self.performances(*set, one);
                    self.performances(full ^ set, other);
                    splits.push(split(one, other, candidate));
                    splits.push(split(other, one, candidate));
                }
                splits
            })
            .collect();
        (chunks.into_iter().flatten().collect(), pooled)
    }
}

fn split(inside: &[f64], outside: &[f64], candidate: usize) -> Split {
    let trial = first_largest(inside);
    Split {
        trial,
        in_sample: inside[trial],
        out_of_sample: outside[trial],
        twice_rank: twice_rank(outside, trial),
        mean: in_lanes(outside, 0.0, |sum, v| sum + v) / outside.len() as f64,
        candidate: outside[candidate],
        candidate_twice_rank: twice_rank(outside, candidate),
    }
}

fn first_largest(values: &[f64]) -> usize {
    let largest = in_lanes(values, f64::NEG_INFINITY, |a, b| if b > a { b } else { a });
    values.iter().position(|v| *v == largest).unwrap_or(0)
}

/// A reduction in four interleaved lanes, which do not wait for each other.
fn in_lanes(values: &[f64], start: f64, reduce: impl Fn(f64, f64) -> f64) -> f64 {
    let (fours, rest) = values.as_chunks::<4>();
    let mut lanes = [start; 4];
    for four in fours {
        for (lane, value) in lanes.iter_mut().zip(four) {
            *lane = reduce(*lane, *value);
        }
    }
    let lanes = reduce(reduce(lanes[0], lanes[1]), reduce(lanes[2], lanes[3]));
    rest.iter().fold(lanes, |all, value| reduce(all, *value))
}

/// Twice the average rank (from 1) of one value among all.
fn twice_rank(values: &[f64], of: usize) -> usize {
    let own = values[of];
    let (mut below, mut equal) = (0_u64, 0_u64);
    for value in values {
        below += u64::from(*value < own);
        equal += u64::from(*value == own);
    }
    (2 * below + equal + 1) as usize
}

/// Whether the trial earns one same return other than 0 throughout half of the blocks.
fn constant_half(returns: &[f64], spans: &[std::ops::Range<usize>]) -> bool {
    let constants: Vec<f64> = spans
        .iter()
        .filter_map(|span| {
            let part = &returns[span.clone()];
            (part[0] != 0.0 && part.iter().all(|v| *v == part[0])).then_some(part[0])
        })
        .collect();
    constants.iter().any(|c| constants.iter().filter(|other| *other == c).count() >= spans.len() / 2)
}
