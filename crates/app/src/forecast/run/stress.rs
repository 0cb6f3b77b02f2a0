//! Phase 6: named periods, shocks, and the book at other costs.

use proofmark_lifecycle::SpanKind;
use proofmark_units::{DateSpan, Digest};
use proofmark_validation::Recorder;
use serde_json::json;

use super::Run;
use crate::error::{AppError, Result};
use crate::forecast::books::{Books, total};
use crate::forecast::schedule::{Wanted, decisions_from};
use crate::forecast::series::Series;
use crate::forecast::signals::{Call, calls};
use crate::forecast::simulate::Traded;
use crate::forecast::stress::{Grounds, Stress, replay};
use crate::forecast::walk::walk;
use crate::run::EvidenceFile;
use crate::run::stress::listed;

/// What stress left behind.
pub(super) struct Stressed {
    pub(super) file: EvidenceFile,
    /// Periods and shocks that could not run, with the reason: risk items.
    pub(super) not_tested: Vec<(String, String)>,
}

impl Run<'_> {
    pub(super) fn stress(&mut self, calls: &[Call], books: &Books) -> Result<Stressed> {
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let spec = &pipeline.stress;
        // A replay reads the original workspace's file of periods: it is data, not an artefact.
        let listed = listed(spec.market.as_deref(), spec.file.as_deref(), self.origin.root())?;
        let periods = replay(pipeline, series, listed, calls, || self.earlier())?;
        let grounds =
            Grounds { pipeline, series, decisions: &self.decisions, calls, unstressed: &books.candidate };
        let shocks = grounds.shocks(|world| self.decide(world))?;
        let stress = Stress::new(pipeline, &self.policy, periods, shocks);

        let own = &books.candidate;
        let span = own.dates.first().zip(own.dates.last());
        let span = span.and_then(|(first, last)| DateSpan::new(*first, *last));
        let span = span.ok_or_else(|| AppError::bug("a tested book has no sessions"))?;
        let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of_f64s(&own.net) };
        let mut file = EvidenceFile::new("stress_summary.json", stress.evidence(&recorder, series));
        let mut body = stress.summary(series);
        body["status"] = "completed".into();
        body["costs"] = self.at_costs(books);
        body["evidence"] = json!(file.evidence);
        let not_tested = stress.not_tested();
        file.sha256 = Some(self.artefacts.json("stress_summary.json", &body)?);
        Ok(Stressed { file, not_tested })
    }

    /// The calls of decisions that are over before the first test.
    fn earlier(&self) -> Result<Vec<Call>> {
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let Some(first) = series.dates().first() else { return Ok(Vec::new()) };
        let mut decided = decisions_from(pipeline, series, *first, Wanted::Over);
        decided.retain(|decision| decision.last < pipeline.data.first_test);
        let walked = walk(pipeline, series, &decided, &self.seed, &*self.log(), &self.trial())?;
        calls(pipeline, series, &decided, &walked)
    }

    /// The calls of the run's decisions in a world of other prices: models are fitted and asked again on its inputs.
    fn decide(&self, world: &Series) -> Result<Vec<Call>> {
        let pipeline = &self.inputs.pipeline;
        let walked = walk(pipeline, world, &self.decisions, &self.seed, &*self.log(), &self.trial())?;
        calls(pipeline, world, &self.decisions, &walked)
    }

    /// The book at other multiples of the costs of a fill.
    fn at_costs(&self, books: &Books) -> serde_json::Value {
        let year = self.series.calendar.periods_per_year();
        let horizon = self.inputs.pipeline.horizon();
        let own = std::iter::once((1.0, &books.candidate));
        let mut rows: Vec<_> = own.chain(books.at_costs.iter().map(|(m, book)| (*m, book))).collect();
        rows.sort_by(|a, b| a.0.total_cmp(&b.0));
        let row = |(multiple, book): (f64, &Traded)| {
            let active = books.track_of(book, horizon, year).active().ok();
            json!({
                "costs": multiple,
                "total_return": total(&book.net),
                "active_mean": active.map(|active| active.fit.alpha_per_period * year),
                "round_trips": book.log.trips.len(),
            })
        };
        rows.into_iter().map(row).collect()
    }
}
