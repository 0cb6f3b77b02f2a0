//! One fitted tree: columns of splits and leaves.

use serde::{Deserialize, Serialize};

use crate::Matrix;

/// Rows scored together, so that their inputs stay in the cache from tree to tree.
const BLOCK: usize = 1024;

/// A binary tree. Split 0 is the root; a child `c >= 0` is a split, `c < 0` is leaf `!c`; without splits the tree is
/// leaf 0. A row goes left unless its value is above the threshold, so a missing value goes left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// Column of each split.
    pub(crate) feature: Vec<u16>,
    /// Greatest value that goes left.
    pub(crate) threshold: Vec<f64>,
    pub(crate) left: Vec<i32>,
    pub(crate) right: Vec<i32>,
    /// Loss reduction of each split on its training rows: in nats, or in halves of the target's variance.
    pub(crate) gain: Vec<f64>,
    /// Step of each leaf in the score before the learning rate: log-odds, or the target's unit.
    pub(crate) value: Vec<f64>,
    /// Training rows of each leaf.
    pub(crate) rows: Vec<u32>,
}

impl Tree {
    /// Columns to be filled.
    pub(super) const fn empty() -> Self {
        Self {
            feature: vec![],
            threshold: vec![],
            left: vec![],
            right: vec![],
            gain: vec![],
            value: vec![],
            rows: vec![],
        }
    }

    /// Whether the splits of each level are the same one, and every leaf lies below the last level.
    pub(super) fn is_symmetric(&self) -> bool {
        let mut level = if self.feature.is_empty() { vec![] } else { vec![0_usize] };
        let mut seen = 0;
        while let Some(&first) = level.first() {
            seen += level.len();
            // Splits that share a child would double for ever.
            if seen > self.feature.len() {
                return false;
            }
            let asks = |split: usize| (self.feature[split], self.threshold[split].to_bits());
            if level.iter().any(|split| asks(*split) != asks(first)) {
                return false;
            }
            let below = level.iter().flat_map(|split| [self.left[*split], self.right[*split]]);
            let next: Vec<usize> = below.filter_map(|child| usize::try_from(child).ok()).collect();
            if !next.is_empty() && next.len() != 2 * level.len() {
                return false;
            }
            level = next;
        }
        seen == self.feature.len()
    }

    /// Number of leaves.
    pub const fn leaves(&self) -> usize {
        self.value.len()
    }

    /// Training rows of the smallest leaf.
    pub fn smallest_leaf(&self) -> u32 {
        self.rows.iter().copied().min().unwrap_or(0)
    }

    /// Longest path from the root to a leaf, in splits.
    pub fn depth(&self) -> usize {
        let mut depth = vec![0_usize; self.feature.len()];
        let mut deepest = 0;
        for split in 0..depth.len() {
            for child in [self.left[split], self.right[split]] {
                match usize::try_from(child) {
                    Ok(child) => depth[child] = depth[split] + 1,
                    Err(_) => deepest = deepest.max(depth[split] + 1),
                }
            }
        }
        deepest
    }

    /// What is inconsistent, if anything.
    pub(crate) fn defect(&self, columns: usize) -> Option<&'static str> {
        let (splits, leaves) = (self.feature.len(), self.value.len());
        let lengths = [self.threshold.len(), self.left.len(), self.right.len(), self.gain.len()];
        if lengths.iter().any(|n| *n != splits) || self.rows.len() != leaves || leaves != splits + 1 {
            return Some("its columns differ in length");
        }
        if self.feature.iter().any(|j| usize::from(*j) >= columns) {
            return Some("a split uses a column there is not");
        }
        if !self.threshold.iter().chain(&self.value).chain(&self.gain).all(|v| v.is_finite()) {
            return Some("a threshold, gain or leaf is not a number");
        }
        // Children come after their parent, so every walk ends.
        let wrong = |split: usize, child: i32| match usize::try_from(child) {
            Ok(child) => child <= split || child >= splits,
            Err(_) => usize::try_from(!child).is_ok_and(|leaf| leaf >= leaves),
        };
        (0..splits)
            .any(|s| wrong(s, self.left[s]) || wrong(s, self.right[s]))
            .then_some("a child points outside the tree")
    }
}

/// A split laid out for walking.
struct Step {
    threshold: f64,
    column: usize,
    child: [i32; 2],
}

/// A tree laid out for walking.
pub(crate) struct Walk(Vec<Step>);

impl Walk {
    pub(crate) fn new(tree: &Tree) -> Self {
        let step = |s: usize| Step {
            threshold: tree.threshold[s],
            column: tree.feature[s].into(),
            child: [tree.left[s], tree.right[s]],
        };
        Self((0..tree.feature.len()).map(step).collect())
    }

    /// The leaf of a row whose input in a column is `value(column)`.
    #[inline]
    pub(crate) fn leaf(&self, value: impl Fn(usize) -> f64) -> usize {
        let mut at = if self.0.is_empty() { !0 } else { 0_i32 };
        while let Ok(split) = usize::try_from(at) {
            let step = &self.0[split];
            at = step.child[usize::from(value(step.column) > step.threshold)];
        }
        !at as usize
    }
}

/// Adds `rate` times each tree's leaf value to `scores`, tree by tree for every row.
pub(crate) fn add_scores(trees: &[Tree], rate: f64, x: &Matrix<'_>, scores: &mut [f64]) {
    let walks: Vec<Walk> = trees.iter().map(Walk::new).collect();
    let width = x.width();
    let mut inputs = vec![0.0; BLOCK * width];
    for (block, scores) in scores.chunks_mut(BLOCK).enumerate() {
        for j in 0..width {
            let column = &x.column(j)[block * BLOCK..][..scores.len()];
            for (row, value) in inputs.chunks_exact_mut(width).zip(column) {
                row[j] = *value;
            }
        }
        for (tree, walk) in trees.iter().zip(&walks) {
            for (row, score) in inputs.chunks_exact(width).zip(scores.iter_mut()) {
                *score += rate * tree.value[walk.leaf(|column| row[column])];
            }
        }
    }
}
