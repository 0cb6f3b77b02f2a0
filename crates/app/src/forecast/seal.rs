//! The sealed last part of a pipeline's data: fixed before a back-test, read when the hold-out is opened.
//!
//! A back-test takes a snapshot of its own that ends before the seal, so no sealed price can reach it. What is sealed is a second
//! snapshot, of which a back-test reads the last date alone; its id stands in `seal.json`, the one file of a run that a sealed row
//! can change.

use std::path::Path;

use proofmark_lifecycle::RunId;
use proofmark_units::{DateSpan, Digest};
use serde::{Deserialize, Serialize};

use super::definition::ForecastPipeline;
use super::series::Prices;
use crate::error::{AppError, Result};
use crate::workspace::{self, Workspace};

/// The file's name in the model folder of a run.
pub(super) const SEAL: &str = "seal.json";

/// `seal.json` of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Seal {
    /// Sealed sessions.
    pub(super) span: DateSpan,
    /// The snapshot that holds them, and everything before.
    pub(super) snapshot: Digest,
    /// Digest of the bars within sessions, those before the seal too.
    pub(super) intraday: Option<Digest>,
}

impl Seal {
    /// Seals the last months that the lake holds for a pipeline; `None` where it seals nothing.
    ///
    /// # Errors
    /// The data cannot be read, or no session is left between the first test and the seal.
    pub(super) fn set(root: &Path, pipeline: &ForecastPipeline) -> Result<Option<Self>> {
        let Some(months) = pipeline.data.holdout_months else { return Ok(None) };
        let whole = Prices::read(root, pipeline, None)?;
        let last = whole.bars.dates().last().copied();
        let last = last.ok_or_else(|| AppError::input("the snapshot holds no bar"))?;
        let start = last.plus_months(-i32::try_from(months).unwrap_or(i32::MAX / 2)).plus_days(1);
        let first_test = pipeline.data.first_test;
        if start <= first_test {
            return Err(AppError::input(format!(
                "no session is left between `data.first_test` ({first_test}) and the sealed span from {start}"
            ))
            .hint("bring more data, or move `data.first_test` earlier"));
        }
        let span = DateSpan { start, end: last };
        Ok(Some(Self { span, snapshot: whole.snapshot.id, intraday: whole.intraday_digest }))
    }

    /// The seal that a run recorded; `None` where its pipeline sealed nothing.
    pub(super) fn stored(workspace: &Workspace, run: &RunId) -> Result<Option<Self>> {
        let path = workspace.models(run.as_str()).join(SEAL);
        if !path.is_file() {
            return Ok(None);
        }
        serde_json::from_slice(&workspace::read(&path)?)
            .map(Some)
            .map_err(|e| AppError::environment(format!("`{}` is damaged", path.display())).because(e))
    }

    /// The pipeline as a back-test reads data: nothing of the sealed span.
    pub(super) fn visible(&self, pipeline: &ForecastPipeline) -> ForecastPipeline {
        pipeline.until(self.span.start.plus_days(-1))
    }
}

/// The pipeline as a back-test reads data, whether it seals any or not.
pub(super) fn visible(pipeline: &ForecastPipeline, seal: Option<&Seal>) -> ForecastPipeline {
    seal.map_or_else(|| pipeline.clone(), |seal| seal.visible(pipeline))
}
