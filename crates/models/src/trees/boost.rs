//! The boosting loop, for any loss and any way to grow a tree.

use proofmark_units::Seed;
use rand::RngExt as _;

use super::Trees;
use super::bins::Binned;
use super::grow::Grower;
use super::histogram::{Packed, Scale};
use super::symmetric::SymmetricGrower;
use super::tree::{Tree, Walk};
use crate::Matrix;

/// Beyond this many rows the fixed-point gradients have fewer than 64 steps.
const ROWS_MAX: usize = 1 << 24;

/// First and second derivatives of a loss in the scores.
pub(super) trait Loss {
    /// Derivatives of each row at its score, in the returned units.
    fn derive(&self, scores: &[f64], packed: &mut [Packed]) -> Scale;
}

/// Which trees are grown.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    /// The leaf whose split gains most is split next.
    BestFirst,
    /// All leaves of a level are split before any of the next.
    LevelByLevel,
    /// One split for all leaves of a level.
    Symmetric,
}

/// What a tree may look like.
pub(super) struct Shape {
    pub(super) order: Order,
    pub(super) leaves: usize,
    pub(super) max_depth: usize,
    pub(super) min_leaf_rows: usize,
    pub(super) min_leaf_hessian: f64,
    pub(super) min_gain: f64,
    pub(super) l2: f64,
    /// Whether every row has one step of hessian, so that sums of hessians count rows.
    pub(super) hessian_counts_rows: bool,
}

pub(super) trait Grow {
    /// A tree on `rows` and `columns`, fitted to the packed derivatives. Also the rows of each leaf.
    fn grow<'g>(
        &'g mut self,
        rows: &[u32],
        columns: &[usize],
        packed: &[Packed],
        scale: Scale,
    ) -> (Tree, Vec<&'g [u32]>);
}

pub(super) struct Boosting {
    pub(super) trees: usize,
    pub(super) learning_rate: f64,
    pub(super) row_share: f64,
    pub(super) column_share: f64,
    pub(super) bins: usize,
    pub(super) shape: Shape,
}

impl Boosting {
    /// Trees added one by one to scores that start at `base`.
    pub(super) fn fit(&self, x: &Matrix<'_>, loss: &impl Loss, base: f64, seed: &Seed) -> Trees {
        let binned = Binned::fit(x, self.bins, &seed.child("bins"));
        let mut scores = vec![base; x.rows()];
        let mut packed: Vec<Packed> = vec![0; x.rows()];
        let mut grower: Box<dyn Grow + '_> = match self.shape.order {
            Order::BestFirst | Order::LevelByLevel => Box::new(Grower::new(&self.shape, &binned)),
            Order::Symmetric => Box::new(SymmetricGrower::new(&self.shape, &binned)),
        };
        let mut rows: Vec<u32> = (0..x.rows() as u32).collect();
        let mut left_out: Vec<u32> = Vec::new();
        let mut columns: Vec<usize> = (0..x.width()).collect();
        let mut trees = Vec::with_capacity(self.trees);
        for round in 0..self.trees {
            let scale = loss.derive(&scores, &mut packed);
            if self.row_share < 1.0 {
                let seed = seed.child("rows").nth(round as u64);
                (rows, left_out) = sample_rows(x.rows(), self.row_share, &seed);
            }
            if self.column_share < 1.0 {
                columns =
                    sample_columns(x.width(), self.column_share, &seed.child("columns").nth(round as u64));
            }
            let (tree, leaf_rows) = grower.grow(&rows, &columns, &packed, scale);
            for (rows, value) in leaf_rows.into_iter().zip(&tree.value) {
                let step = self.learning_rate * value;
                for row in rows {
                    scores[*row as usize] += step;
                }
            }
            let walk = Walk::new(&tree);
            for row in &left_out {
                let row = *row as usize;
                scores[row] += self.learning_rate * tree.value[walk.leaf(|column| x.column(column)[row])];
            }
            trees.push(tree);
        }
        Trees {
            base,
            learning_rate: self.learning_rate,
            l2: self.shape.l2,
            columns: x.width(),
            training_rows: x.rows(),
            bins: binned.cuts.iter().map(|cuts| cuts.bins() as u16).collect(),
            trees,
        }
    }
}

/// What there is too much of, how much, and how much there may be.
pub(super) fn too_large(x: &Matrix<'_>) -> Option<(&'static str, usize, usize)> {
    if x.rows() > ROWS_MAX {
        return Some(("rows", x.rows(), ROWS_MAX));
    }
    (x.width() > usize::from(u16::MAX)).then(|| ("columns", x.width(), u16::MAX.into()))
}

/// Each row with probability `share`, and the others; all rows should that keep none.
fn sample_rows(rows: usize, share: f64, seed: &Seed) -> (Vec<u32>, Vec<u32>) {
    let mut rng = seed.rng();
    let (kept, left_out): (Vec<u32>, Vec<u32>) = (0..rows as u32).partition(|_| rng.random::<f64>() < share);
    if kept.is_empty() { (left_out, kept) } else { (kept, left_out) }
}

/// `share` of the columns, ascending, at least one.
fn sample_columns(width: usize, share: f64, seed: &Seed) -> Vec<usize> {
    let mut rng = seed.rng();
    let mut columns: Vec<usize> = (0..width).collect();
    let wanted = ((width as f64 * share).round() as usize).clamp(1, width);
    for k in 0..wanted {
        let pick = rng.random_range(k as u32..width as u32) as usize;
        columns.swap(k, pick);
    }
    columns.truncate(wanted);
    columns.sort_unstable();
    columns
}
