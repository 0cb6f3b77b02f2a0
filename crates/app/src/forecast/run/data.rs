//! Phase 1: what is known about the data, and every canary.

use proofmark_lifecycle::SpanKind;
use proofmark_validation::{DataFacts, Recorder, data_evidence};
use serde_json::json;

use super::Run;
use crate::error::Result;
use crate::forecast::canaries;
use crate::forecast::inputs::INPUTS;
use crate::forecast::seal::SEAL;
use crate::forecast::walk::strategy_models;
use crate::progress::Work;
use crate::run::{EvidenceFile, open_errors};

impl Run<'_> {
    /// What is known about the data, and every canary.
    pub(super) fn data(&mut self, work: &Work<'_>) -> Result<EvidenceFile> {
        let series = &self.series;
        let snapshot = &series.snapshot;
        let coverage = snapshot.coverage.get(&self.inputs.pipeline.data.symbol);
        let last = self.seal.map(|seal| seal.span.end).or_else(|| series.dates().last().copied());
        let end = self.inputs.pipeline.data.end.or(last);
        let stale =
            series.calendar.sessions().iter().filter(|d| Some(**d) > last && Some(**d) <= end).count();
        let facts = DataFacts {
            universe_known: true,
            membership: "one instrument, named in the pipeline".to_owned(),
            observed: coverage.map_or(0, |c| c.observed),
            expected: coverage.map_or(0, |c| c.expected),
            open_errors: open_errors(snapshot),
            stale_sessions: stale as u64,
        };
        let recorder =
            Recorder { kind: SpanKind::OutOfSample, span: snapshot.content.span, source: snapshot.id };
        let pipeline = &self.inputs.pipeline;
        work.expect(1);
        let mut records = data_evidence(&recorder, &facts);
        records.extend(canaries::look(
            pipeline,
            series,
            &strategy_models(pipeline),
            &self.decisions,
            &self.seed.child("canaries"),
        )?);
        work.step();
        let complete = (0..series.bars.len()).filter(|row| series.timeline().is_complete(*row)).count();
        let mut file = EvidenceFile::new("data_report.json", records);
        let mut body = json!({
            "evidence": file.evidence,
            "snapshot": { "id": snapshot.id, "span": snapshot.content.span, "calendar": snapshot.content.calendar, "cleaning": snapshot.content.cleaning },
            "intraday": series.intraday_digest,
            "rows_read": snapshot.rows_read,
            "rows_dropped": snapshot.rows_dropped,
            "findings": snapshot.findings,
            "coverage": snapshot.coverage,
            "inputs": series.names(),
            "sessions": series.bars.len(),
            "complete_sessions": complete,
        });
        if let Some(seal) = &self.seal {
            body["sealed"] = json!(seal.span);
        }
        file.sha256 = Some(self.artefacts.json("data_report.json", &body)?);
        work.note(&format!(
            "{} sessions, {complete} with every input; {} decisions from {} on",
            series.bars.len(),
            self.decisions.len(),
            self.decisions[0].date
        ));
        let bytes = crate::json::bytes(&self.inputs);
        self.artefacts.bytes(&self.artefacts.models.join(INPUTS).clone(), &bytes)?;
        if let Some(seal) = &self.seal {
            let bytes = crate::json::bytes(seal);
            self.artefacts.bytes(&self.artefacts.models.join(SEAL).clone(), &bytes)?;
            work.note(&format!("sealed from {}", seal.span.start));
        }
        Ok(file)
    }
}
