//! Phase 7: leak canaries, then every gate over all evidence.

use proofmark_lifecycle::{Evidence, EvidenceSet, GateResult, PhaseStatus, SpanKind, judge_all};
use proofmark_market::{BarRow, Bars, Membership};
use proofmark_training::Fold;
use proofmark_units::{Date, Digest};
use proofmark_validation::{Recorder, canary, fit_leak, prefix_invariance, train_test_overlap};
use serde_json::json;

use super::artefacts::EvidenceFile;
use super::engine::{Ended, Run};
use super::fit::{Fitter, Job, training};
use super::prepare::{Frame, train_rules};
use crate::error::{AppError, Result};
use crate::progress::Work;
use crate::tasks::TaskKey;

/// What the gates judged and what they said.
pub(crate) struct Audited {
    pub(crate) gates: Vec<GateResult>,
    pub(crate) evidence: EvidenceSet,
    pub(crate) file: EvidenceFile,
    /// The data records, located in `data_report.json`.
    pub(crate) data: EvidenceFile,
}

pub(crate) fn audit(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(4);
    let recorder =
        Recorder { kind: SpanKind::OutOfSample, span: run.data.out_of_sample, source: run.dataset_digest };
    let mut records = vec![canary(
        &recorder,
        "prefix_invariance",
        run.data.bars.len() * run.data.set.len(),
        Some(invariance(run)?),
    )];
    work.step();
    let trained = run.state.trained()?;
    let rows = row_digests(run);
    let parts: Vec<(&[u32], &[u32])> = trained.folds.iter().map(|f| (f.fit_rows(), f.test_rows())).collect();
    records.push(canary(
        &recorder,
        "train_test_overlap",
        rows.len(),
        Some(train_test_overlap(&rows, &parts)),
    ));
    work.step();
    records.push(universe(run, &recorder));
    records.push(canary(&recorder, "fit_leak", trained.folds[0].fit_rows().len(), Some(refit(run, work)?)));
    work.step();

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
            .chain(&data.evidence)
            .cloned(),
    )
    .map_err(|e| AppError::bug("two evidence records share a name").because(e))?;
    let gates = judge_all(&evidence, &run.policy);
    let body = json!({ "evidence": file.evidence, "gates": gates, "policy": run.policy, "not_run": run.policy.not_run });
    file.sha256 = Some(run.artefacts.json("gate_report.json", &body)?);
    work.step();
    run.state.audited = Some(Audited { gates, evidence, file, data });
    Ok(PhaseStatus::Success.into())
}

/// Prefix invariance on this run's own bars; remembered, since it is the same proof for the same bars and features.
fn invariance(run: &Run<'_>) -> Result<std::result::Result<(), String>> {
    let schema = proofmark_features::schema_digest(run.data.set);
    let key = TaskKey::new("prefix_invariance", 1, &(run.inputs.snapshot, schema, run.data.holdout.start));
    let bytes = run.store.one(&key, || {
        let outcome = prefix_invariance(run.data.set, &run.data.bars);
        serde_json::to_vec(&outcome)
            .map_err(|e| AppError::bug("a canary's outcome does not serialise").because(e))
    })?;
    serde_json::from_slice(&bytes).map_err(|e| AppError::bug("a canary's outcome does not parse").because(e))
}

/// Whether the universe holds what its papers say; the record says so where nothing can be checked.
fn universe(run: &Run<'_>, recorder: &Recorder) -> Evidence {
    let universe = &run.data.universe;
    let members = universe.symbols.len();
    match &universe.membership {
        Membership::CarriedBack { chosen_at } => recorder.missing(
            "canary.universe_membership",
            "flag",
            format!("membership at each date is not known, only a list drawn up on {chosen_at}"),
        ),
        Membership::WholeMarket => {
            let left_out = run.data.simulated.iter().find(|s| !universe.symbols.contains(s));
            let outcome = left_out.map_or(Ok(()), |s| {
                Err(format!("the universe claims the whole market and leaves out `{s}`"))
            });
            canary(recorder, "universe_membership", members, Some(outcome))
        }
        Membership::PointInTime { spans } => {
            let stray = run.data.bars.iter().find(|b| !spans.iter().any(|(s, _)| s == b.symbol()));
            let outcome =
                stray.map_or(Ok(()), |b| Err(format!("`{}` is traded and never a member", b.symbol())));
            canary(recorder, "universe_membership", members, Some(outcome))
        }
    }
}

fn row_digests(run: &Run<'_>) -> Vec<Digest> {
    use rayon::prelude::*;
    let dataset = &run.data.frame.dataset;
    let features = dataset.feature_names().len();
    (0..dataset.len())
        .into_par_iter()
        .map(|row| {
            let values: Vec<f64> = (0..features).map(|j| dataset.column(j)[row]).collect();
            Digest::of_f64s(&values)
        })
        .collect()
}

/// Fits the first fold again on a market whose every price from the test block on is another one, and compares bytes.
///
/// The sessions stay, so spans, purging and rows are the same; only a fit that reads a later value can change.
fn refit(run: &Run<'_>, work: &Work<'_>) -> Result<std::result::Result<(), String>> {
    let trained = run.state.trained()?;
    let test = trained.folds[0].test_span();
    let bars: Vec<Bars> = run.data.bars.iter().map(|b| other_future(b, test.start)).collect::<Result<_>>()?;
    let pipeline = &run.inputs.pipeline;
    let frame = Frame::build(pipeline, run.data.set, &bars)?;
    let rules = train_rules(pipeline);
    let fold = Fold::before(&frame.dataset, test, &rules).map_err(training)?;
    let fitter = Fitter {
        store: &run.store,
        pipeline,
        rules: &rules,
        data: frame.dataset.digest(),
        dataset: &frame.dataset,
        seed: run.seed,
    };
    let jobs = [Job { fold: &fold, seed: fitter.fold_seed("fold", 0) }];
    let soft = fitter.cross_fitted(&jobs, work)?;
    let soft: Vec<&[f64]> = soft.iter().map(Vec::as_slice).collect();
    let again = fitter.students(&jobs, &soft, work)?;
    Ok(fit_leak(&crate::json::bytes(&trained.students[0]), &crate::json::bytes(&again[0])))
}

/// The same sessions with every price from `from` on halved or doubled in turn, and volumes tripled.
fn other_future(bars: &Bars, from: Date) -> Result<Bars> {
    let rows: Vec<BarRow> = (0..bars.len())
        .map(|i| {
            let row = bars.row(i);
            if row.date < from {
                return row;
            }
            let factor = if i % 2 == 0 { 0.5 } else { 2.0 };
            BarRow {
                open: row.open * factor,
                high: row.high * factor,
                low: row.low * factor,
                close: row.close * factor,
                volume: row.volume * 3.0,
                ..row
            }
        })
        .collect();
    Bars::from_rows(bars.symbol().clone(), &rows)
        .map_err(|e| AppError::bug("another future is impossible").because(e))
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
