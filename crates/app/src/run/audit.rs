//! Phase 7: the canaries that look at fitted models, then every gate over all evidence.

use proofmark_lifecycle::{EvidenceSet, GateResult, NamedVerdict, PhaseStatus, judge_all, named_policies};
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
    /// What the named policies advise.
    pub(crate) named: Vec<NamedVerdict>,
    pub(crate) evidence: EvidenceSet,
    pub(crate) file: EvidenceFile,
    /// The data records, located in `data_report.json`.
    pub(crate) data: EvidenceFile,
}

pub(crate) fn audit(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(canaries::count(When::BeforeGates) + 1);
    let mut records = run.state.canaries.clone();
    records.extend(canaries::look(run, work, When::BeforeGates)?);

    let mut file = EvidenceFile::new("gate_report.json", records);
    let data = data_records(run)?;
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
    let named: Vec<NamedVerdict> = named_policies().iter().map(|policy| policy.judge(&evidence)).collect();
    let body = json!({
        "evidence": file.evidence,
        "gates": gates,
        "policy": run.policy,
        "not_run": run.policy.not_run,
        "named_policies": named,
    });
    file.sha256 = Some(run.artefacts.json("gate_report.json", &body)?);
    work.step();
    run.state.audited = Some(Audited { gates, named, evidence, file, data });
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
