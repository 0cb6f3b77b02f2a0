//! Phase 5: signals, books, and everything that is tested on them.

use proofmark_stats::performance::{drawdown_series, running_sum, wealth};
use proofmark_training::Refit;
use proofmark_units::Digest;
use proofmark_validation::{ActiveSpan, TrialReturns};
use serde_json::json;

use super::Run;
use crate::error::{AppError, Result};
use crate::forecast::books::Books;
use crate::forecast::evidence;
use crate::forecast::signals::{Call, calls};
use crate::forecast::simulate::Market;
use crate::journal;
use crate::progress::Work;
use crate::run::{EvidenceFile, other_trials};
use crate::workspace;

impl Run<'_> {
    /// Signals, books and everything that is tested on them.
    pub(super) fn test(
        &mut self,
        walked: &[Refit],
        work: &Work<'_>,
    ) -> Result<(Vec<Call>, Books, ActiveSpan, EvidenceFile)> {
        work.expect(2);
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let calls = calls(pipeline, series, &self.decisions, walked)?;
        if calls.is_empty() {
            return Err(AppError::input("no decision has a forecast of every model")
                .hint("`zoo.min_rows` may ask for more history than there is before `data.first_test`"));
        }
        let market = Market::new(pipeline, series, &self.decisions)?;
        let books = Books::trade(pipeline, series, &market, &calls, &self.seed.child("books"))?;
        work.step();
        let declared = pipeline.trials.prior_declared;
        let trials = other_trials(self.origin, &self.inputs.prior_trials, declared);
        let (active, records) =
            evidence::measure(pipeline, series, &market, &calls, &books, &trials, &self.seed.child("tests"))?;
        work.step();
        self.keep_returns(&active)?;
        let own = &books.candidate;
        let mut equity = vec![json!({ "name": "candidate", "values": wealth(&own.net) })];
        equity.extend(books.nulls.iter().map(|(name, b)| json!({ "name": name, "values": wealth(&b.net) })));
        let curves = json!({
            "dates": own.dates,
            "equity": equity,
            "drawdown": drawdown_series(&own.net).map(|d| d.iter().map(|v| -v).collect::<Vec<f64>>()),
            "active_cumulated": running_sum(&active.fit.series),
            "net_returns": own.net,
        });
        let mut file = EvidenceFile::new("stat_tests.json", records);
        let body = json!({
            "status": "completed",
            "trials": { "prior": self.inputs.prior_trials, "declared": declared },
            "evidence": file.evidence,
        });
        self.artefacts.json("curves.json", &curves)?;
        file.sha256 = Some(self.artefacts.json("stat_tests.json", &body)?);
        Ok((calls, books, active, file))
    }

    /// Keeps the trial's returns for later trials on the same data; a replay's are kept already.
    fn keep_returns(&self, active: &ActiveSpan) -> Result<()> {
        let Some(log) = self.trials() else { return Ok(()) };
        let returns =
            TrialReturns { key: log.key, dates: active.dates.clone(), active: active.fit.series.clone() };
        let bytes = crate::json::bytes(&returns);
        workspace::write(&self.workspace.resolve(&journal::returns_path(&returns.key)), &bytes)?;
        log.record_with(Some(Digest::of(&bytes)))
            .map_err(journal::failed("record the trial's returns"))
            .map(drop)
    }
}
