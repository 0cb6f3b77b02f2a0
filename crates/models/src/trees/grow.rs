//! Growing one tree leaf by leaf.

use super::bins::Binned;
use super::boost::{Grow, Order, Shape};
use super::histogram::{Histogram, Packed, Scale, unpack};
use super::tree::Tree;

/// Gains below this are rounding, not structure: nats, or halves of the target's variance.
pub(super) const GAIN_MIN: f64 = 1e-9;

/// A split that could be made.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    gain: f64,
    column: usize,
    /// Bins up to this one go left.
    bin: u8,
    /// Packed sum of the left rows.
    left: Packed,
}

/// A leaf that may still be split.
struct Leaf {
    /// Its rows, as a range of the grower's row list.
    begin: usize,
    end: usize,
    sum: Packed,
    depth: usize,
    /// Where its index is to be written: the split above it and the side.
    parent: Option<(usize, bool)>,
    /// Slot of its histogram, until it is known that it cannot be split.
    histogram: Option<usize>,
    best: Option<Candidate>,
}

/// Working memory for growing trees on one binned matrix.
pub(crate) struct Grower<'a> {
    shape: &'a Shape,
    binned: &'a Binned,
    scale: Scale,
    rows: Vec<u32>,
    scratch: Vec<u32>,
    pool: Vec<Histogram>,
    free: Vec<usize>,
}

impl<'a> Grower<'a> {
    pub(crate) const fn new(shape: &'a Shape, binned: &'a Binned) -> Self {
        Self {
            shape,
            binned,
            scale: Scale { gradient: 1.0, hessian: 1.0 },
            rows: Vec::new(),
            scratch: Vec::new(),
            pool: Vec::new(),
            free: Vec::new(),
        }
    }

    /// Splits leaf `at` by its best candidate, or withdraws the candidate.
    fn split(
        &mut self,
        leaves: &mut Vec<Leaf>,
        at: usize,
        tree: &mut Tree,
        columns: &[usize],
        packed: &[Packed],
    ) {
        let leaf = &leaves[at];
        let (Some(candidate), Some(slot)) = (leaf.best, leaf.histogram) else { return };
        let (begin, end, sum, depth) = (leaf.begin, leaf.end, leaf.sum, leaf.depth);
        let column = &self.binned.columns[candidate.column];
        let left_rows = partition(&mut self.rows[begin..end], &mut self.scratch, column, candidate.bin);
        let needed = self.shape.min_leaf_rows;
        if left_rows < needed || end - begin - left_rows < needed {
            // The search estimates row counts from hessians; here the estimate was wrong, so count.
            let counts = self.count(&self.rows[begin..end]);
            leaves[at].best = self.search(&leaves[at], columns, Some(&counts));
            return;
        }
        let split = tree.feature.len();
        if let Some((above, right)) = leaves[at].parent {
            let side = if right { &mut tree.right } else { &mut tree.left };
            side[above] = split as i32;
        }
        tree.feature.push(candidate.column as u16);
        tree.threshold.push(self.binned.cuts[candidate.column].threshold(candidate.bin));
        tree.left.push(0);
        tree.right.push(0);
        tree.gain.push(candidate.gain);
        let middle = begin + left_rows;
        let child = |begin, end, sum, right| Leaf {
            begin,
            end,
            sum,
            depth: depth + 1,
            parent: Some((split, right)),
            histogram: None,
            best: None,
        };
        let mut left = child(begin, middle, candidate.left, false);
        let mut right = child(middle, end, sum.wrapping_sub(candidate.left), true);
        let last = leaves.len() + 1 >= self.shape.leaves;
        let (left_may, right_may) = (!last && self.may_split(&left), !last && self.may_split(&right));
        if left_may || right_may {
            // Only the smaller child is summed; the larger is what remains of the parent.
            let left_is_small = left_rows * 2 <= end - begin;
            let (small, large) =
                if left_is_small { (&mut left, &mut right) } else { (&mut right, &mut left) };
            let small_slot = self.take_slot();
            self.pool[small_slot].build(self.binned, &self.rows[small.begin..small.end], packed);
            let [parent, part] = two_of(&mut self.pool, slot, small_slot);
            parent.subtract(part);
            small.histogram = Some(small_slot);
            large.histogram = Some(slot);
            for (leaf, may) in [(&mut left, left_may), (&mut right, right_may)] {
                if may {
                    leaf.best = self.search(leaf, columns, None);
                }
                if leaf.best.is_none() {
                    self.free.extend(leaf.histogram.take());
                }
            }
        } else {
            self.free.push(slot);
        }
        leaves[at] = left;
        leaves.push(right);
    }

    fn may_split(&self, leaf: &Leaf) -> bool {
        leaf.depth < self.shape.max_depth && leaf.end - leaf.begin >= 2 * self.shape.min_leaf_rows
    }

    fn take_slot(&mut self) -> usize {
        self.free.pop().unwrap_or_else(|| {
            self.pool.push(Histogram::new(self.binned.tiles_per_row));
            self.pool.len() - 1
        })
    }

    /// Rows per column and bin.
    fn count(&self, rows: &[u32]) -> Vec<[u32; 256]> {
        let mut counts = vec![[0; 256]; self.binned.width()];
        for (counts, column) in counts.iter_mut().zip(&self.binned.columns) {
            for row in rows {
                counts[usize::from(column[*row as usize])] += 1;
            }
        }
        counts
    }

    /// The split of `leaf` that reduces the loss most: G_l^2 / (H_l + l2) + G_r^2 / (H_r + l2) - G^2 / (H + l2), halved
    /// (Chen and Guestrin, "XGBoost", KDD 2016, eq. 7). Ties go to the first column and bin.
    fn search(&self, leaf: &Leaf, columns: &[usize], counts: Option<&[[u32; 256]]>) -> Option<Candidate> {
        let histogram = &self.pool[leaf.histogram?];
        let (g, h) = unpack(leaf.sum);
        let rows = leaf.end - leaf.begin;
        let l2 = self.shape.l2 * self.scale.hessian;
        let rows_share = self.shape.min_leaf_rows as f64 / rows as f64;
        let h_of_rows = if self.shape.hessian_counts_rows {
            self.shape.min_leaf_rows as f64
        } else if counts.is_some() {
            0.0
        } else {
            rows_share * h
        };
        let h_min = (self.shape.min_leaf_hessian * self.scale.hessian).max(h_of_rows).max(1.0);
        // Candidates are compared as fractions, which saves a division at every bin.
        let (mut best_up, mut best_down, mut best) = (0.0_f64, 1.0_f64, None);
        for &j in columns {
            let mut left: Packed = 0;
            let mut left_rows = 0;
            let bins = self.binned.cuts[j].bins();
            for (bin, sum) in histogram.column(j)[..bins - 1].iter().enumerate() {
                if let Some(counts) = counts {
                    left_rows += counts[j][bin] as usize;
                }
                if *sum == 0 {
                    continue;
                }
                left = left.wrapping_add(*sum);
                let (g_left, h_left) = unpack(left);
                if h_left < h_min {
                    continue;
                }
                let (g_right, h_right) = (g - g_left, h - h_left);
                if h_right < h_min {
                    break;
                }
                let needed = self.shape.min_leaf_rows;
                if counts.is_some() && (left_rows < needed || rows - left_rows < needed) {
                    continue;
                }
                let (down_left, down_right) = (h_left + l2, h_right + l2);
                let up = g_left * g_left * down_right + g_right * g_right * down_left;
                let down = down_left * down_right;
                if up * best_down > best_up * down {
                    (best_up, best_down) = (up, down);
                    best = Some((j, bin as u8, left));
                }
            }
        }
        let (column, bin, left) = best?;
        let unit = self.scale.hessian / (self.scale.gradient * self.scale.gradient);
        let gain = 0.5 * unit * (best_up / best_down - g * g / (h + l2));
        (gain > GAIN_MIN.max(self.shape.min_gain)).then_some(Candidate { gain, column, bin, left })
    }
}

impl Grow for Grower<'_> {
    fn grow<'g>(
        &'g mut self,
        rows: &[u32],
        columns: &[usize],
        packed: &[Packed],
        scale: Scale,
    ) -> (Tree, Vec<&'g [u32]>) {
        self.scale = scale;
        self.rows.clear();
        self.rows.extend_from_slice(rows);
        self.scratch.resize(rows.len(), 0);
        self.free = (0..self.pool.len()).collect();
        let mut tree = Tree::empty();
        let sum = rows.iter().fold(0, |s: Packed, row| s.wrapping_add(packed[*row as usize]));
        let mut root =
            Leaf { begin: 0, end: rows.len(), sum, depth: 0, parent: None, histogram: None, best: None };
        if self.may_split(&root) {
            let slot = self.take_slot();
            self.pool[slot].build(self.binned, &self.rows, packed);
            root.histogram = Some(slot);
            root.best = self.search(&root, columns, None);
        }
        let mut leaves = vec![root];
        while leaves.len() < self.shape.leaves {
            let next = match self.shape.order {
                Order::LevelByLevel => shallowest_leaf(&leaves),
                Order::BestFirst | Order::Symmetric => best_leaf(&leaves),
            };
            let Some(at) = next else { break };
            self.split(&mut leaves, at, &mut tree, columns, packed);
        }
        for (index, leaf) in leaves.iter().enumerate() {
            if let Some((split, right)) = leaf.parent {
                let side = if right { &mut tree.right } else { &mut tree.left };
                side[split] = !(index as i32);
            }
            tree.value.push(self.scale.leaf(leaf.sum, self.shape.l2));
            tree.rows.push((leaf.end - leaf.begin) as u32);
        }
        let rows = &self.rows;
        (tree, leaves.into_iter().map(|leaf| &rows[leaf.begin..leaf.end]).collect())
    }
}

/// The leaf whose split gains most; the first of equals.
fn best_leaf(leaves: &[Leaf]) -> Option<usize> {
    let mut best: Option<(usize, f64)> = None;
    for (index, leaf) in leaves.iter().enumerate() {
        if let Some(candidate) = leaf.best
            && best.is_none_or(|(_, gain)| candidate.gain > gain)
        {
            best = Some((index, candidate.gain));
        }
    }
    best.map(|(index, _)| index)
}

/// The first leaf of the highest level that can be split.
fn shallowest_leaf(leaves: &[Leaf]) -> Option<usize> {
    (0..leaves.len()).filter(|at| leaves[*at].best.is_some()).min_by_key(|at| leaves[*at].depth)
}

/// Moves the rows whose bin is at most `bin` to the front, keeping the order of both sides; returns how many.
pub(super) fn partition(rows: &mut [u32], scratch: &mut [u32], column: &[u8], bin: u8) -> usize {
    let (mut left, mut right) = (0, 0);
    for k in 0..rows.len() {
        let row = rows[k];
        let goes_left = usize::from(column[row as usize] <= bin);
        rows[left] = row;
        scratch[right] = row;
        left += goes_left;
        right += 1 - goes_left;
    }
    rows[left..].copy_from_slice(&scratch[..right]);
    left
}

pub(super) fn two_of(pool: &mut [Histogram], a: usize, b: usize) -> [&mut Histogram; 2] {
    pool.get_disjoint_mut([a, b]).expect("a parent and its child have different histograms")
}
