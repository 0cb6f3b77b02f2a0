//! Phase 7: the canaries that look at fitted models, then every gate over all evidence.

mod unwritten;

use proofmark_lifecycle::named::decide_with;
use proofmark_lifecycle::{
    CandidateStatus, ChosenPolicy, EvidenceSet, GateResult, NamedVerdict, PhaseStatus, judge_all,
    named_policies,
};
use proofmark_units::Digest;
use serde_json::json;

use super::artefacts::EvidenceFile;
use super::canaries::{self, When};
use super::engine::{Ended, Run};
use crate::error::{AppError, Result};
use crate::progress::Work;

/// What the gates judged and what they said.
pub(crate) struct Audited {
    pub(crate) gates: Vec<GateResult>,
    /// What the named policies advise, the chosen one among them.
    pub(crate) named: Vec<NamedVerdict>,
    /// What the one says that the pipeline chose.
    pub(crate) chosen: Option<NamedVerdict>,
    pub(crate) evidence: EvidenceSet,
    pub(crate) file: EvidenceFile,
    /// The data records, located in `data_report.json`.
    pub(crate) data: EvidenceFile,
}

impl Audited {
    /// The status the candidate earns by the default gates, lowered by the chosen policy.
    pub(crate) fn status(&self) -> CandidateStatus {
        decide_with(&self.gates, None, self.chosen.as_slice())
    }
}

pub(crate) fn audit(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(canaries::count(When::BeforeGates) + 1);
    let mut records = run.state.canaries.clone();
    records.extend(canaries::look(run, work, When::BeforeGates)?);

    let data = data_records(run)?;
    let others =
        [&run.state.tested()?.file, &run.state.stressed()?.file, &run.state.validated()?.file, &data];
    let known = |name: &str| {
        records.iter().any(|e| e.name == name) || others.iter().any(|file| file.get(name).is_some())
    };
    let absent = unwritten::records(run, &known);
    records.extend(absent);
    let mut file = EvidenceFile::new("gate_report.json", records);
    let evidence = EvidenceSet::from_records(
        run.state
            .tested()?
            .file
            .evidence
            .iter()
            .chain(&run.state.stressed()?.file.evidence)
            .chain(&file.evidence)
            .chain(&run.state.validated()?.file.evidence)
            .chain(&data.evidence)
            .cloned(),
    )
    .map_err(|e| AppError::bug("two evidence records share a name").because(e))?;
    let gates = judge_all(&evidence, &run.policy);
    // Beside the verdict, never above it: what the sources' own policies would say.
    let mut named: Vec<NamedVerdict> =
        named_policies().iter().map(|policy| policy.judge(&evidence)).collect();
    let chosen = run.inputs.named_policy.as_ref().map(|policy| policy.judge(&evidence));
    if let Some(own) = chosen.as_ref().filter(|own| named.iter().all(|n| n.policy != own.policy)) {
        named.push(own.clone());
    }
    let body = json!({
        "evidence": file.evidence,
        "gates": gates,
        "policy": run.policy,
        "not_run": run.policy.not_run,
        "named_policies": named,
        "chosen_policies": chosen.iter().map(ChosenPolicy::new).collect::<Vec<_>>(),
    });
    file.sha256 = Some(run.artefacts.json("gate_report.json", &body)?);
    work.step();
    run.state.audited = Some(Audited { gates, named, chosen, evidence, file, data });
    Ok(PhaseStatus::Success.into())
}

/// The data records of phase 1 with their place in its file.
fn data_records(run: &Run<'_>) -> Result<EvidenceFile> {
    #[derive(serde::Deserialize)]
    struct Report {
        evidence: Vec<proofmark_lifecycle::Evidence>,
    }
    let bytes = crate::workspace::read(&run.artefacts.audit.join("data_report.json"))?;
    let report: Report = serde_json::from_slice(&bytes)
        .map_err(|e| AppError::bug("the data report does not parse").because(e))?;
    let mut file = EvidenceFile::new("data_report.json", report.evidence);
    file.sha256 = Some(Digest::of(&bytes));
    Ok(file)
}
