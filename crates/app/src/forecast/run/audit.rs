//! Phase 7: every gate over all evidence, and the files of the lifecycle.

use proofmark_lifecycle::named::decide_with;
use proofmark_lifecycle::{
    CandidateStatus, ChosenPolicy, EvidenceSet, GateResult, NamedVerdict, judge_all, named_policies,
};
use serde_json::json;

use super::Run;
use crate::error::{AppError, Result};
use crate::forecast::books::Books;
use crate::forecast::files::{self, Scope};
use crate::forecast::signals::Call;
use crate::run::EvidenceFile;

/// What the gates said.
pub(super) struct Judged {
    pub(super) evidence: EvidenceSet,
    pub(super) gates: Vec<GateResult>,
    pub(super) chosen: Option<NamedVerdict>,
    pub(super) status: CandidateStatus,
    pub(super) file: EvidenceFile,
}

impl Run<'_> {
    /// Every gate over all evidence, and the files of the lifecycle.
    pub(super) fn audit(&mut self, calls: &[Call], books: &Books, files: &[&EvidenceFile]) -> Result<Judged> {
        let all = EvidenceSet::from_records(files.iter().flat_map(|file| &file.evidence).cloned())
            .map_err(|e| AppError::bug("two evidence records share a name").because(e))?;
        let gates = judge_all(&all, &self.policy);
        let named: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&all)).collect();
        let policy = self.inputs.named_policy.clone();
        let chosen = policy.as_ref().map(|policy| policy.judge(&all));
        let status = decide_with(&gates, None, chosen.as_slice());
        let mut file = EvidenceFile::new("gate_report.json", Vec::new());
        let body = json!({
            "evidence": file.evidence,
            "gates": gates,
            "policy": self.policy,
            "not_run": self.policy.not_run,
            "named_policies": named,
            "chosen_policies": chosen.iter().map(ChosenPolicy::new).collect::<Vec<_>>(),
        });
        file.sha256 = Some(self.artefacts.json("gate_report.json", &body)?);
        let (pipeline, series) = (&self.inputs.pipeline, &self.series);
        let id = &pipeline.strategy.id;
        let years: Vec<i32> = books.candidate.dates.iter().map(|date| date.year()).collect();
        let mut distinct = years.clone();
        distinct.dedup();
        for year in &distinct {
            let scope = Scope::Year(*year);
            let summary = files::summary(scope, pipeline, series, books, calls, &all);
            self.artefacts.json(&format!("production/summary_{year}.json"), &summary)?;
            let trades = files::trades(scope, pipeline, series, books, calls, &all);
            self.artefacts.json(&format!("production/trades/{id}_{year}.json"), &trades)?;
        }
        self.artefacts
            .json(&format!("production/signals/{id}.json"), &json!({ "signals": files::signals(calls) }))?;
        if let Some((policy, vote)) = policy.as_ref().zip(chosen.as_ref()) {
            let year = years.last().copied().unwrap_or_default();
            let approval = files::approval(
                pipeline,
                series,
                (&books.candidate, calls),
                status,
                (policy, vote),
                &all,
                year,
            );
            self.artefacts.json("production/approval_state.json", &approval)?;
        }
        Ok(Judged { evidence: all, gates, chosen, status, file })
    }
}
