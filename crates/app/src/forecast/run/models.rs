//! Phases 2 and 4: what the models say at each decision, and the zoo at the end of each of the last weeks.

use std::collections::BTreeMap;

use proofmark_training::Refit;
use rayon::prelude::*;
use serde_json::json;

use super::Run;
use crate::error::{AppError, Result};
use crate::forecast::walk::walk;
use crate::forecast::zoo::Zoo;
use crate::forecast::{pictures, raster, tables};
use crate::progress::Work;

impl Run<'_> {
    /// The models at every decision.
    pub(super) fn train(&mut self, work: &Work<'_>) -> Result<Vec<Refit>> {
        work.expect(1);
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let walked = walk(pipeline, series, &self.decisions, &self.seed, &*self.log(), &self.trial())?;
        work.step();
        let mut failures = BTreeMap::<String, usize>::new();
        for (model, why) in walked.iter().flat_map(|refit| &refit.failures) {
            *failures.entry(format!("{}: {why}", pipeline.strategy.models[*model])).or_default() += 1;
        }
        for (what, n) in &failures {
            work.note(&format!("{n} fits failed: {what}"));
        }
        let rows: Vec<_> = walked
            .iter()
            .map(|refit| {
                json!({
                    "known_at_close_of": series.dates()[refit.row],
                    "trained_on": refit.trained,
                    "log_returns": refit.forecasts,
                })
            })
            .collect();
        let body = json!({
            "models": pipeline.strategy.models,
            "horizon": pipeline.horizon(),
            "inputs": series.names(),
            "decisions": rows,
            "failures": failures,
        });
        self.artefacts.json("decisions.json", &body)?;
        Ok(walked)
    }

    /// Every model at every horizon, with the tables and the pictures.
    pub(super) fn compare(&mut self, work: &Work<'_>) -> Result<usize> {
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        work.expect(Zoo::steps(pipeline));
        let zoo = Zoo::of(pipeline, series, &self.seed.child("zoo"), &*self.log(), &self.trial(), work)
            .map_err(|e| AppError::environment("failed to compare the models").because(e))?;
        for failure in &zoo.failures {
            work.note(failure);
        }
        let folder = self.artefacts.audit.join("forecasting");
        let drawn = if self.inputs.pictures { pictures::pictures(&zoo, series) } else { Vec::new() };
        let table = tables::canonical(&zoo, series, self.inputs.pictures);
        let expected = tables::expected(&zoo, series);
        self.artefacts.bytes(&folder.join("bi_dashboard_unified.csv"), table.as_bytes())?;
        self.artefacts.bytes(&folder.join("forecasts.csv"), expected.as_bytes())?;
        work.expect(drawn.len() as u64);
        let painted: Vec<(String, Vec<u8>)> = drawn
            .into_par_iter()
            .map(|picture| {
                let png = raster::png(&picture.svg)?;
                work.step();
                Ok((picture.name, png))
            })
            .collect::<Result<_>>()?;
        for (name, bytes) in &painted {
            self.artefacts.bytes(&folder.join(name), bytes)?;
        }
        Ok(painted.len())
    }
}
