//! Validating a frozen candidate on data later than its training: nothing is fitted, everything is compared.

mod backtest;
mod side;
mod window;

use std::path::PathBuf;

use proofmark_ledger::{ValidationJudgement, ValidationLook};
use proofmark_lifecycle::{
    Evidence, EvidenceSet, GateResult, Policy, RunId, SpanKind, Verdict, judge_frozen,
};
use proofmark_stats::moments::mean;
use proofmark_units::{DateSpan, Digest, Seed};
use proofmark_validation::{
    AccuracyInput, Before, FrozenInput, NaiveBook, Recorder, accuracy_evidence, frozen_evidence, naive_books,
    skill_evidence,
};
use serde::{Deserialize, Serialize};

pub(crate) use self::backtest::{Comparison, HEAD as COMPARISON_HEAD};
use self::side::{Side, Tested};
pub use self::window::Window;
use crate::clock;
use crate::error::{AppError, Result};
use crate::journal;
use crate::report::{validation_markdown, validation_page};
use crate::run::champion::{approved, named};
use crate::run::{rows, validation};
use crate::workspace::{self, Workspace};

/// What is to be validated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Request {
    /// The candidate's run; the newest candidate when absent.
    pub model: Option<String>,
    /// The champion's run, or `none`; the approved candidate of the same pipeline when absent.
    pub baseline: Option<String>,
    /// The window.
    pub window: Window,
}

/// What a validation came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Validated {
    /// The report, as `validation.json` holds it.
    #[serde(flatten)]
    pub report: Report,
    /// The folder of its files.
    pub folder: PathBuf,
}

/// `validation.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// Whether the candidate is a rehearsal.
    pub dry_run: bool,
    /// Whether its data was simulated.
    pub synthetic: bool,
    /// PASS, FAIL or REVIEW.
    pub outcome: String,
    /// The candidate.
    pub run_id: RunId,
    /// Digest of the model bytes that were scored: those of the manifest.
    pub model: Digest,
    /// The champion.
    pub baseline: Option<RunId>,
    /// Why there is no champion to compare with.
    pub without_baseline: Option<String>,
    /// First and last session of the window.
    pub window: DateSpan,
    /// Data snapshot the window was read from.
    pub snapshot: Digest,
    /// Data snapshot the candidate was trained on.
    pub trained_on: Digest,
    /// What is worth knowing before the verdict, one a line.
    pub findings: Vec<String>,
    /// Every criterion with its verdict.
    pub gate: GateResult,
    /// Every measurement.
    pub evidence: EvidenceSet,
}

/// Scores a frozen candidate on a later window, compares it and writes the reports; the candidate stays as it is.
///
/// # Errors
/// No such candidate, changed bytes, a window that touches training or an unopened seal, or no later data.
pub fn validate(workspace: &Workspace, request: &Request) -> Result<Validated> {
    let run = super::find(workspace, request.model.as_deref())?.run_id;
    let own = Side::load(workspace, run.as_str())?;
    let pipeline = own.inputs.pipeline.name.clone();
    let baseline = named(workspace, request.baseline.as_deref(), &pipeline, Some(&run))?;
    if baseline.as_ref() == Some(&run) {
        return Err(AppError::input(format!("`{run}` cannot be its own champion"))
            .hint("name another run, or `--baseline none`"));
    }
    let champion = baseline.as_ref().map(|run| Side::load(workspace, run.as_str())).transpose()?;
    let window = own.window(workspace, &request.window)?;
    for side in std::iter::once(&own).chain(&champion) {
        side.admits(workspace, window)?;
    }
    let look = ValidationLook {
        trial_key: own.trial_key(),
        symbols: own.inputs.symbols.clone(),
        span: window,
        baseline: baseline.clone(),
        baseline_key: champion.as_ref().map(Side::trial_key),
    };
    let ledger = journal::open(workspace)?;
    let looks =
        ledger.open_validation(&run, &look, clock::now()).map_err(journal::failed("record the look"))?;

    let tested = own.test(workspace, window)?;
    let theirs = champion.as_ref().map(|side| side.test(workspace, window)).transpose()?;
    let without = match (&champion, approved(workspace, &pipeline, Some(&run))?) {
        (Some(_), _) => None,
        (None, None) => Some((1.0, format!("no other candidate of the pipeline `{pipeline}` is approved"))),
        (None, Some(known)) => Some((
            0.0,
            format!("the approved champion {known} was left out; `--baseline {known}` compares with it"),
        )),
    };
    let rivals = champion.as_ref().zip(theirs.as_ref());
    let (evidence, comparison) = measure(&own, &tested, rivals, window, (looks, without.as_ref()))?;
    let gate = judge_frozen(&evidence, &Policy::default());
    let mut findings = own.findings(&tested, window, looks);
    // A first candidate has none to name; one that was left out is the reader's to judge.
    if let Some((_, why)) = without.as_ref().filter(|(alone, _)| *alone == 0.0) {
        findings.push(format!("Not compared with a champion: {why}."));
    }
    if let Some((side, theirs)) = rivals {
        findings.extend(side.findings(theirs, window, looks).into_iter().map(|f| format!("Champion: {f}")));
    }
    let report = Report {
        dry_run: own.record.candidate.dry_run,
        synthetic: own.inputs.synthetic,
        outcome: outcome(gate.verdict).to_owned(),
        run_id: run.clone(),
        model: Digest::of(&own.model.bytes),
        baseline: baseline.clone(),
        without_baseline: without.map(|(_, why)| why),
        window,
        snapshot: tested.snapshot,
        trained_on: own.inputs.snapshot,
        findings,
        gate,
        evidence,
    };
    let (folder, digest) = write(workspace, &report, &comparison)?;
    let judgement =
        ValidationJudgement { span: window, baseline, verdict: report.gate.verdict, evidence: digest };
    ledger
        .judge_validation(&run, &judgement, clock::now())
        .map_err(journal::failed("record the validation"))?;
    Ok(Validated { report, folder })
}

const fn outcome(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "PASS",
        Verdict::Fail => "FAIL",
        Verdict::CannotTell => "REVIEW",
    }
}

/// Everything measured on the window, and the books behind it.
fn measure(
    own: &Side,
    tested: &Tested<'_>,
    champion: Option<(&Side, &Tested<'_>)>,
    window: DateSpan,
    (looks, without): (u64, Option<&(f64, String)>),
) -> Result<(EvidenceSet, Comparison)> {
    let (pipeline, policy) = (&own.inputs.pipeline, Policy::default());
    let seed = Seed::root(own.inputs.seed).child("frozen");
    let candidate = tested.candidate();
    let kind = if own.data.holdout.overlaps(&window) { SpanKind::HoldOut } else { SpanKind::OutOfSample };
    let source = Digest::of_f64s(tested.books.net());
    let recorder = Recorder { kind, span: window, source };
    let walk_forward = Recorder {
        kind: SpanKind::OutOfSample,
        span: own.data.out_of_sample,
        source: Digest::of_f64s(&own.active.fit.series),
    };
    let naive = naive_books(&candidate, &seed.child("naive")).map_err(validation)?;
    let before: Vec<NaiveBook> = own.naive_before(&seed.child("naive"))?;
    let factors = own.curves.factors();
    let factors: Vec<(&str, &[f64])> = factors.iter().map(|(n, r)| (*n, r.as_slice())).collect();
    let input = FrozenInput {
        walk_forward,
        own: tested.later(own),
        before: Before { factors: &factors, naive: &before },
        naive: &naive,
        champion: champion.map(|(side, theirs)| theirs.later(side)),
        quantile: policy.frozen.quantile.value,
        level: policy.frozen.p_max.value,
        power: policy.frozen.power.value,
        draws: pipeline.tests.bootstrap_draws,
        seed,
    };
    let frozen = frozen_evidence(&recorder, &candidate, &input);
    let mut records = frozen.evidence.clone();
    let flag = |name: &str, note: String| recorder.record(name, 1.0, "flag", 1).with_note(note);
    records.push(flag("frozen.model_unchanged", format!("sha256 {}", Digest::of(&own.model.bytes))));
    records.push(flag("frozen.after_training", own.clearance()));
    records.push(recorder.record("frozen.looks", looks as f64, "looks", 1));
    if let Some((alone, why)) = without {
        records.push(recorder.record("frozen.without_champion", *alone, "flag", 1).with_note(why));
    }
    records.extend(accuracy(own, tested, &recorder, window, &seed)?);
    let evidence = EvidenceSet::from_records(records)
        .map_err(|e| AppError::bug("two validation records share a name").because(e))?;
    let comparison = Comparison::new(&tested.books, &frozen, &naive, champion.map(|(_, t)| &t.books));
    Ok((evidence, comparison))
}

/// Precision, recall, calibration and rank skill on the window's matured labels.
fn accuracy(
    own: &Side,
    tested: &Tested<'_>,
    recorder: &Recorder,
    window: DateSpan,
    seed: &Seed,
) -> Result<Vec<Evidence>> {
    let (frame, pipeline) = (&tested.scored.frame, &own.inputs.pipeline);
    let width = frame.panel.width();
    let (dates, cells) = rows(&frame.panel.dates, width, window);
    let scores = &tested.scored.scores[cells.clone()];
    let horizon = pipeline.label.horizon();
    let input = AccuracyInput {
        dates: &frame.panel.dates[dates],
        scores,
        classes: &frame.labels.class[cells.clone()],
        width,
        base_rate: mean(&own.training_classes).unwrap_or(0.5),
        horizon,
    };
    let recorder = Recorder { source: Digest::of_f64s(scores), ..recorder.clone() };
    let draws = pipeline.tests.bootstrap_draws;
    let mut out = accuracy_evidence(&recorder, "student", &input, 0, draws, seed);
    let forward = &frame.labels.forward_return[cells];
    out.extend(skill_evidence(&recorder, "student", scores, forward, width, horizon).map_err(validation)?);
    Ok(out)
}

/// Writes the four files; gives the folder and the digest of `validation.json`.
fn write(workspace: &Workspace, report: &Report, comparison: &Comparison) -> Result<(PathBuf, Digest)> {
    let against = report.baseline.as_ref().map_or(String::new(), |run| format!("_vs_{run}"));
    let name = format!("{}_{}{against}", report.window.start, report.window.end);
    let folder = workspace.audit(report.run_id.as_str()).join("validations").join(name);
    let bytes = crate::json::bytes(report);
    workspace::write(&folder.join("validation.json"), &bytes)?;
    workspace::write(&folder.join("backtest_comparison.json"), &crate::json::bytes(comparison))?;
    let text = validation_markdown(report, comparison);
    workspace::write(&folder.join("validation_report.md"), text.as_bytes())?;
    let page = validation_page(report, comparison);
    workspace::write(&folder.join("validation_report.html"), page.as_bytes())?;
    Ok((folder, Digest::of(&bytes)))
}
