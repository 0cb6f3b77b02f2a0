//! The inputs of a forecast pipeline with the bars they are computed from, for whoever looks at them without a run.

use std::path::Path;
use std::sync::Arc;

use proofmark_features::Feature;
use proofmark_market::Bars;

use super::definition::ForecastPipeline;
use super::seal::{Seal, visible};
use super::series::Series;
use crate::error::Result;
use crate::pipeline::NamedFeatures;
use crate::run::context::{Context, with_context};

/// What a back-test computes its inputs from: nothing of the sealed span.
pub(crate) struct Columns {
    /// The instrument by session.
    pub(crate) bars: Bars,
    pub(crate) named: Arc<NamedFeatures>,
    context: Arc<[Context]>,
}

impl Columns {
    /// Reads what the lake holds now.
    ///
    /// # Errors
    /// The data cannot be read, or the seal leaves none.
    pub(crate) fn read(lake: &Path, pipeline: &ForecastPipeline) -> Result<Self> {
        let seal = Seal::set(lake, pipeline)?;
        let Series { bars, named, context, .. } =
            Series::read(lake, &visible(pipeline, seal.as_ref()), None)?;
        Ok(Self { bars, named, context })
    }

    /// Features, then observations.
    pub(crate) fn features(&self) -> Vec<&dyn Feature> {
        with_context(&self.named, &self.context)
    }
}
