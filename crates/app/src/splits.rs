//! How a pipeline's data would be divided into training and test, in dates and counts.

use std::path::Path;

use proofmark_training::{InnerSplit, Nested, PurgedKFold, Split, SplitPlan};

use crate::error::{AppError, Result};
use crate::pipeline::{CrossValidationSpec, Overrides, Pipeline};
use crate::run::{combinatorial, prepare, train_rules, walk_forward};
use crate::workspace::Workspace;

/// Which division of a pipeline's rows to explain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The pipeline's own walk-forward.
    WalkForward,
    /// Purged k-fold over the same rows.
    KFold {
        /// Number of folds.
        folds: usize,
    },
    /// Combinatorial purged cross-validation over the same rows.
    Combinatorial {
        /// Groups of sessions.
        groups: usize,
        /// Groups tested at a time.
        test_groups: usize,
    },
    /// The pipeline's own walk-forward, with purged k-fold inside the fit rows of every fold: where a configuration may be
    /// chosen without another look at a test block.
    Nested {
        /// Number of inner folds.
        folds: usize,
    },
}

/// Explains how a pipeline's rows would be divided; nothing is trained or scored.
///
/// # Errors
/// A pipeline or lake that cannot be read, or a division that leaves too little to train on.
pub fn explain(workspace: &Workspace, pipeline: &Path, kind: Kind) -> Result<SplitPlan> {
    let pipeline = Pipeline::read(pipeline)?.with(&Overrides::default());
    let data = prepare(&workspace.lake(), &pipeline, None)?;
    let rules = train_rules(&pipeline);
    let own = Split::WalkForward(walk_forward(&pipeline, data.out_of_sample));
    let split = match kind {
        Kind::WalkForward => own,
        Kind::Nested { folds } => Split::Nested {
            outer: Box::new(own),
            inner: Nested {
                inner: InnerSplit::PurgedKFold { folds },
                calibration_share: rules.calibration_share,
                // The outer folds have the rows that the pipeline asks for; a share of them is never as many.
                min_train_rows: 1,
            },
        },
        Kind::KFold { folds } => Split::PurgedKFold(PurgedKFold {
            folds,
            embargo_sessions: rules.embargo_sessions,
            calibration_share: rules.calibration_share,
            min_train_rows: rules.min_train_rows,
        }),
        Kind::Combinatorial { groups, test_groups } => {
            let spec = CrossValidationSpec { groups, test_groups };
            Split::CombinatorialPurged(combinatorial(&pipeline, spec))
        }
    };
    split.explain(&data.frame.dataset).map_err(|e| {
        AppError::input("failed to divide the data")
            .hint("fewer or longer test blocks leave more to train on")
            .because(e)
    })
}
