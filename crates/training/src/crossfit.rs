//! Cross-fitting inside a fold: predictions of training rows by models that did not see them.

use std::ops::Range;

use proofmark_units::DateSpan;
use serde::{Deserialize, Serialize};

use crate::split::Segment;
use crate::{Dataset, Fold, SplitError};

/// How the fit part is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CrossFit {
    /// Contiguous blocks of time, at least 2.
    pub blocks: usize,
}

/// One block: its rows are predicted by a model trained on `train_rows`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    index: usize,
    span: DateSpan,
    held: Range<usize>,
    train_rows: Vec<u32>,
    purged_before: usize,
    purged_after: usize,
}

impl CrossFit {
    /// Cuts the fit rows of `fold` into blocks of about equal size that never divide a session.
    ///
    /// Left out of a block's training: earlier samples whose label and embargo reach the block, and later samples
    /// that lie within label and embargo of the block or whose feature window touches a label of the block.
    ///
    /// # Errors
    /// [`SplitError::BadSetting`], [`SplitError::EmptyBlock`].
    pub fn plan(&self, ds: &Dataset, fold: &Fold) -> Result<Vec<Block>, SplitError> {
        plan(ds, fold.fit_rows(), self.blocks, fold.embargo_sessions())?
            .into_iter()
            .map(|block| {
                if block.train_rows.is_empty() {
                    Err(SplitError::EmptyBlock { block: block.index, blocks: self.blocks })
                } else {
                    Ok(block)
                }
            })
            .collect()
    }
}

/// The blocks of `rows` (ascending), some perhaps without anything to train on.
pub(crate) fn plan(
    ds: &Dataset,
    rows: &[u32],
    blocks: usize,
    embargo: u32,
) -> Result<Vec<Block>, SplitError> {
    if blocks < 2 {
        let value = blocks.to_string();
        return Err(SplitError::BadSetting { name: "blocks", value, rule: "at least 2" });
    }
    let mut edges: Vec<usize> =
        (0..=blocks).map(|k| session_edge(ds, rows, k * rows.len() / blocks)).collect();
    edges.dedup();
    let cut = |(index, edge): (usize, &[usize])| {
        let held = edge[0]..edge[1];
        let segment = Segment::of(ds, &rows[held.clone()]).expect("a block has rows");
        let (earlier, later) = (&rows[..held.start], &rows[held.end..]);
        let clear = |row: &u32| segment.clash(ds, *row, embargo).is_none();
        let mut train_rows: Vec<u32> = earlier.iter().copied().filter(clear).collect();
        let purged_before = earlier.len() - train_rows.len();
        train_rows.extend(later.iter().copied().filter(clear));
        let purged_after = earlier.len() + later.len() - purged_before - train_rows.len();
        let span =
            DateSpan { start: ds.dates()[segment.first as usize], end: ds.dates()[segment.last as usize] };
        Block { index, span, held, train_rows, purged_before, purged_after }
    };
    Ok(edges.windows(2).enumerate().map(cut).collect())
}

/// The first position at or after `position` where a session begins.
fn session_edge(ds: &Dataset, rows: &[u32], position: usize) -> usize {
    let Some(before) = position.checked_sub(1).and_then(|p| rows.get(p)) else {
        return position.min(rows.len());
    };
    let session = ds.session(*before);
    position + rows[position..].partition_point(|row| ds.session(*row) <= session)
}

impl Block {
    /// Position among the blocks, from 0.
    pub const fn index(&self) -> usize {
        self.index
    }
    /// First and last decision date of the rows that are predicted.
    pub const fn span(&self) -> DateSpan {
        self.span
    }
    /// Positions, within the fold's fit rows, that are predicted.
    pub fn held(&self) -> Range<usize> {
        self.held.clone()
    }
    /// Rows of the dataset that the block's model is trained on, ascending.
    pub fn train_rows(&self) -> &[u32] {
        &self.train_rows
    }
    /// Samples before the block left out of its training.
    pub const fn purged_before(&self) -> usize {
        self.purged_before
    }
    /// Samples after the block left out of its training.
    pub const fn purged_after(&self) -> usize {
        self.purged_after
    }
}
