//! Growing one symmetric tree: each level asks one question of all its rows.
//!
//! Also called oblivious trees (Langley and Sage, "Oblivious decision trees and abstract cases", AAAI workshop on
//! case-based reasoning, 1994); CatBoost grows them (Prokhorenkova et al., NeurIPS 2018). A tree of depth d is d questions
//! and 2^d leaves, some of which may hold no training row.

use super::bins::Binned;
use super::boost::{Grow, Shape};
use super::grow::{GAIN_MIN, partition, two_of};
use super::histogram::{Histogram, Packed, Scale, unpack};
use super::tree::Tree;

/// Rows that took the same turns so far.
struct Part {
    /// A range of the grower's row list.
    begin: usize,
    end: usize,
    sum: Packed,
    /// Slot of its histogram.
    histogram: usize,
}

/// The split of a level.
struct Level {
    column: usize,
    /// Bins up to this one go left.
    bin: u8,
    /// Loss reduction in each part, which may be negative where others gain more.
    gain: Vec<f64>,
}

/// Working memory for growing symmetric trees on one binned matrix.
pub(super) struct SymmetricGrower<'a> {
    shape: &'a Shape,
    binned: &'a Binned,
    rows: Vec<u32>,
    scratch: Vec<u32>,
    pool: Vec<Histogram>,
}

impl<'a> SymmetricGrower<'a> {
    pub(super) const fn new(shape: &'a Shape, binned: &'a Binned) -> Self {
        Self { shape, binned, rows: Vec::new(), scratch: Vec::new(), pool: Vec::new() }
    }

    /// The split of all `parts` that reduces the summed loss most, by the gain that [`Grower`](super::grow::Grower) sums
    /// for one leaf. Ties go to the first column and bin.
    fn search(&self, parts: &[Part], columns: &[usize], scale: Scale) -> Option<Level> {
        let l2 = self.shape.l2 * scale.hessian;
        let strength = |(g, h): (f64, f64)| if h > 0.0 { g * g / (h + l2) } else { 0.0 };
        let before: f64 = parts.iter().map(|part| strength(unpack(part.sum))).sum();
        let mut left: Vec<Packed> = vec![0; parts.len()];
        let (mut most, mut best) = (before, None);
        for &j in columns {
            left.fill(0);
            let bins: Vec<_> = parts.iter().map(|part| self.pool[part.histogram].column(j)).collect();
            for bin in 0..self.binned.cuts[j].bins() - 1 {
                let mut some = false;
                let mut after = 0.0;
                for ((left, part), bins) in left.iter_mut().zip(parts).zip(&bins) {
                    some |= bins[bin] != 0;
                    *left = left.wrapping_add(bins[bin]);
                    after += strength(unpack(*left)) + strength(unpack(part.sum.wrapping_sub(*left)));
                }
                if some && after > most {
                    most = after;
                    best = Some((j, bin as u8));
                }
            }
        }
        let half_unit = 0.5 * scale.hessian / (scale.gradient * scale.gradient);
        if half_unit * (most - before) <= GAIN_MIN.max(self.shape.min_gain) {
            return None;
        }
        let (column, bin) = best?;
        let gain = |part: &Part| {
            let bins = &self.pool[part.histogram].column(column)[..=usize::from(bin)];
            let left = bins.iter().fold(0, |sum: Packed, bin| sum.wrapping_add(*bin));
            let after = strength(unpack(left)) + strength(unpack(part.sum.wrapping_sub(left)));
            half_unit * (after - strength(unpack(part.sum)))
        };
        Some(Level { column, bin, gain: parts.iter().map(gain).collect() })
    }

    /// The parts of the next level, two for each: the left one first. Histograms are made if there is a further level.
    fn split(&mut self, parts: Vec<Part>, level: &Level, packed: &[Packed], further: bool) -> Vec<Part> {
        let column = &self.binned.columns[level.column];
        let mut next = Vec::with_capacity(2 * parts.len());
        for part in parts {
            let rows = &mut self.rows[part.begin..part.end];
            let middle = part.begin + partition(rows, &mut self.scratch, column, level.bin);
            let left_sum = self.rows[part.begin..middle]
                .iter()
                .fold(0, |sum: Packed, row| sum.wrapping_add(packed[*row as usize]));
            let mut left = Part { end: middle, sum: left_sum, ..part };
            let mut right = Part { begin: middle, sum: part.sum.wrapping_sub(left_sum), ..part };
            if further {
                // Only the smaller side is summed; the larger is what remains of both.
                let (small, whole) = if middle - part.begin <= part.end - middle {
                    (&mut left, part.histogram)
                } else {
                    (&mut right, part.histogram)
                };
                small.histogram = self.build(small.begin, small.end, packed);
                let [rest, sides] = two_of(&mut self.pool, whole, small.histogram);
                rest.subtract(sides);
            }
            next.extend([left, right]);
        }
        next
    }

    /// Slot of a new histogram over a range of the row list.
    fn build(&mut self, begin: usize, end: usize, packed: &[Packed]) -> usize {
        let mut histogram = Histogram::new(self.binned.tiles_per_row);
        histogram.build(self.binned, &self.rows[begin..end], packed);
        self.pool.push(histogram);
        self.pool.len() - 1
    }

    /// The tree of `levels`: splits level by level, left to right, so that leaf k is reached by the bits of k.
    fn tree(&self, levels: &[Level], parts: &[Part], scale: Scale) -> Tree {
        let mut tree = Tree::empty();
        for (depth, level) in levels.iter().enumerate() {
            let threshold = self.binned.cuts[level.column].threshold(level.bin);
            let (width, last) = (1_i32 << depth, depth + 1 == levels.len());
            for (k, gain) in level.gain.iter().enumerate() {
                let child = if last { !(2 * k as i32) } else { 2 * width - 1 + 2 * k as i32 };
                let other = if last { !(2 * k as i32 + 1) } else { child + 1 };
                tree.feature.push(level.column as u16);
                tree.threshold.push(threshold);
                tree.left.push(child);
                tree.right.push(other);
                tree.gain.push(*gain);
            }
        }
        for part in parts {
            tree.value.push(scale.leaf(part.sum, self.shape.l2));
            tree.rows.push((part.end - part.begin) as u32);
        }
        tree
    }
}

impl Grow for SymmetricGrower<'_> {
    fn grow<'g>(
        &'g mut self,
        rows: &[u32],
        columns: &[usize],
        packed: &[Packed],
        scale: Scale,
    ) -> (Tree, Vec<&'g [u32]>) {
        self.rows.clear();
        self.rows.extend_from_slice(rows);
        self.scratch.resize(rows.len(), 0);
        self.pool.clear();
        let sum = rows.iter().fold(0, |sum: Packed, row| sum.wrapping_add(packed[*row as usize]));
        let histogram = self.build(0, rows.len(), packed);
        let mut parts = vec![Part { begin: 0, end: rows.len(), sum, histogram }];
        let mut levels: Vec<Level> = Vec::new();
        while levels.len() < self.shape.max_depth {
            let Some(level) = self.search(&parts, columns, scale) else { break };
            let further = levels.len() + 1 < self.shape.max_depth;
            parts = self.split(parts, &level, packed, further);
            levels.push(level);
        }
        let tree = self.tree(&levels, &parts, scale);
        let rows = &self.rows;
        (tree, parts.into_iter().map(|part| &rows[part.begin..part.end]).collect())
    }
}
