//! Phase 8: the briefing, and the manifest of everything.

use std::collections::BTreeMap;

use proofmark_lifecycle::briefing::{RiskItem, render_markdown};
use proofmark_lifecycle::gates::verdicts_digest;
use proofmark_lifecycle::manifest::{TestSummary, TrainingSummary, TrialCount, ValidationSummary};
use proofmark_lifecycle::{Briefing, CandidateManifest, ChosenPolicy};
use serde_json::json;

use super::Run;
use super::audit::Judged;
use super::stress::Stressed;
use crate::error::{AppError, Result};
use crate::forecast::years::{self, Year};
use crate::report;
use crate::run::EvidenceFile;
use crate::run::context::with_context;

impl Run<'_> {
    /// The briefing and the manifest of everything.
    pub(super) fn brief(
        &mut self,
        judged: &Judged,
        years: &[Year],
        files: &[&EvidenceFile],
        stressed: &Stressed,
    ) -> Result<()> {
        let mut briefing = Briefing::new(&self.record, judged.status);
        briefing.policies = judged.chosen.iter().map(ChosenPolicy::new).collect();
        let locate =
            |name: &str| files.iter().copied().chain([&judged.file]).find_map(|file| file.locate(name));
        briefing.set_gates(&judged.gates, &judged.evidence, &locate);
        briefing.training.symbols = vec![self.inputs.pipeline.data.symbol.clone()];
        briefing.training.date_range = Some(self.series.snapshot.content.span);
        briefing.not_run.clone_from(&self.policy.not_run);
        let warning = |(id, why): &(String, String)| RiskItem {
            id: "stress.not_tested".to_owned(),
            text: format!("Stress of `{id}` is not tested: {why}."),
            figure: None,
        };
        briefing.risk_assessment.warnings = stressed.not_tested.iter().map(warning).collect();
        briefing.conclude();
        let audit = self.artefacts.audit.clone();
        self.artefacts.bytes(&audit.join("promotion_briefing.json"), briefing.to_json().as_bytes())?;
        let mut text = render_markdown(&briefing);
        text.push_str(&years::markdown(years));
        self.artefacts.bytes(&audit.join("promotion_briefing.md"), text.as_bytes())?;
        self.artefacts.json("years.json", &json!({ "years": years }))?;
        let page = report::briefing_page(&briefing);
        self.artefacts.bytes(&audit.join("reports").join("promotion_briefing.html"), page.as_bytes())?;
        self.manifest(judged)
    }

    fn manifest(&mut self, judged: &Judged) -> Result<()> {
        let mut artifacts = self.record.artifacts();
        artifacts.extend(self.artefacts.written().iter().cloned());
        artifacts.sort();
        artifacts.dedup_by(|a, b| a.path == b.path);
        let value = |name: &str| judged.evidence.value(name);
        let features = with_context(&self.series.named, &self.series.context);
        let manifest = CandidateManifest {
            format: proofmark_lifecycle::manifest::MANIFEST_FORMAT,
            release_id: self.record.run_id.clone(),
            status: judged.status,
            dry_run: self.record.dry_run,
            synthetic: self.record.synthetic,
            training: TrainingSummary {
                symbols: vec![self.inputs.pipeline.data.symbol.clone()],
                date_range: self.series.snapshot.content.span,
            },
            validation: ValidationSummary { teacher_precision: None, student_accuracy: None },
            statistical_tests: TestSummary {
                sharpe_ratio: value("money.candidate.sharpe"),
                bootstrap_significant: value("active_return.p_bootstrap")
                    .map(|p| p <= self.policy.active_return.p_max.value),
            },
            trials: TrialCount {
                n: value("trials.n").map_or(0, |n| n as u64),
                n_effective: value("trials.n_effective"),
            },
            parent_champion: None,
            snapshot: self.inputs.snapshot,
            pipeline: self.record.pipeline,
            policy: self.record.policy,
            feature_schema: proofmark_features::schema_digest(&features),
            evidence: judged.evidence.digest(),
            verdicts: verdicts_digest(&judged.gates),
            seeds: BTreeMap::from([("run".to_owned(), self.inputs.seed)]),
            versions: BTreeMap::from([("proofmark".to_owned(), self.record.code_version.clone())]),
            artifacts,
        }
        .checked()
        .map_err(|e| AppError::bug("the manifest contradicts itself").because(e))?;
        let path = self.artefacts.audit.join("manifest.yaml");
        self.artefacts.bytes(&path, manifest.to_yaml().as_bytes()).map(drop)
    }
}
