//! Phase 8: the briefing in three forms, and the manifest of everything; also the partial briefing of a failed run.

use proofmark_lifecycle::briefing::{
    Benchmark, Bootstrap, Cell, Curve, NamedFigure, RatioSection, RiskItem, Row, StatisticalTests,
    StudentSection, Table, TeacherSection, WalkForwardCv, render_markdown,
};
use proofmark_lifecycle::manifest::{TestSummary, TrainingSummary, TrialCount, ValidationSummary};
use proofmark_lifecycle::run::Artifact;
use proofmark_lifecycle::{
    Briefing, CandidateManifest, Figure, NotRun, PhaseStatus, Source, SpanKind, Verdict, decide,
    gates::verdicts_digest,
};
use proofmark_stats::performance::{drawdown_series, running_sum, wealth};
use std::collections::BTreeMap;

use super::artefacts::EvidenceFile;
use super::engine::{Ended, Run};
use crate::error::{AppError, Result};
use crate::progress::Work;
use crate::report;

/// Points kept of each curve: enough for a picture, every extreme included.
const CURVE_POINTS: usize = 600;

pub(crate) fn phase(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(2);
    let briefing = compose(run)?;
    write(run, &briefing)?;
    work.step();
    manifest(run)?;
    work.step();
    Ok(PhaseStatus::Success.into())
}

/// The partial briefing of a run whose phase failed; earlier artefacts stay.
pub(crate) fn failed(run: &mut Run<'_>) -> Result<()> {
    let Some(mut briefing) = Briefing::failed(&run.record) else {
        return Err(AppError::bug("a failed run without a failed phase"));
    };
    briefing.training.symbols.clone_from(&run.data.universe.symbols);
    briefing.training.date_range = Some(run.data.snapshot.content.span);
    briefing.not_run.clone_from(&run.policy.not_run);
    for phase in run.record.phases.iter().filter(|p| p.status == PhaseStatus::Pending) {
        briefing
            .not_run
            .push(NotRun { name: phase.name.to_string(), reason: "an earlier phase failed".into() });
    }
    briefing.conclude();
    write(run, &briefing)
}

fn write(run: &mut Run<'_>, briefing: &Briefing) -> Result<()> {
    let audit = run.artefacts.audit.clone();
    run.artefacts.bytes(&audit.join("promotion_briefing.json"), briefing.to_json().as_bytes())?;
    run.artefacts.bytes(&audit.join("promotion_briefing.md"), render_markdown(briefing).as_bytes())?;
    let page = report::briefing_page(briefing);
    run.artefacts.bytes(&audit.join("reports").join("promotion_briefing.html"), page.as_bytes()).map(drop)
}

/// Looks figures up by record name over all evidence files.
struct Figures<'a>(Vec<&'a EvidenceFile>);

impl Figures<'_> {
    fn get(&self, name: &str) -> Option<Figure> {
        let file = self.0.iter().find(|f| f.get(name).is_some())?;
        Some(Figure::of(file.get(name)?, file.locate(name)?))
    }
    fn locate(&self, name: &str) -> Option<Source> {
        self.0.iter().find_map(|f| f.locate(name))
    }
    fn cell(&self, name: &str) -> Cell {
        self.get(name).map_or(Cell::Empty, Cell::from)
    }
    fn named(&self, names: &[&str]) -> Vec<NamedFigure> {
        names
            .iter()
            .filter_map(|n| Some(NamedFigure { name: (*n).to_owned(), figure: self.get(n)? }))
            .collect()
    }
}

fn compose(run: &Run<'_>) -> Result<Briefing> {
    let (validated, tested) = (run.state.validated()?, run.state.tested()?);
    let (stressed, audited) = (run.state.stressed()?, run.state.audited()?);
    let figures = Figures(vec![&tested.file, &validated.file, &stressed.file, &audited.file, &audited.data]);
    let status = decide(&audited.gates, None);
    let mut briefing = Briefing::new(&run.record, status);
    briefing.set_gates(&audited.gates, &audited.evidence, &|name| figures.locate(name));
    briefing.training.symbols.clone_from(&run.data.universe.symbols);
    briefing.training.date_range = Some(run.data.snapshot.content.span);
    briefing.training.teacher = TeacherSection {
        runs_completed: None,
        avg_precision: figures.get("teacher.precision"),
        avg_recall: figures.get("teacher.recall"),
        avg_f1: figures.get("teacher.f1"),
    };
    briefing.training.student = StudentSection {
        total_samples: figures.get("student.samples"),
        accuracy: figures.get("student.accuracy"),
        precision: figures.get("student.precision"),
        recall: figures.get("student.recall"),
    };
    briefing.training.beside = figures.named(&[
        "student.base_rate",
        "student.auc",
        "student.auc_p",
        "twin.auc",
        "teacher.auc",
        "student.rank_ic",
        "twin.rank_ic",
        "teacher.rank_ic",
    ]);
    briefing.validation.status = Some("completed".into());
    briefing.validation.reports_generated =
        vec!["reports/accuracy_report.html".into(), "reports/promotion_briefing.html".into()];
    briefing.validation.figures = figures.named(&[
        "student.brier_skill",
        "student.ece",
        "student.log_loss",
        "twin.brier_skill",
        "teacher.brier_skill",
    ]);
    briefing.statistical_tests = StatisticalTests {
        walk_forward_cv: WalkForwardCv {
            status: Some("completed".into()),
            folds: None,
            avg_precision: figures.get("student.precision"),
        },
        bootstrap: Bootstrap {
            status: Some("completed".into()),
            ci: figures.get("active_return.annual_mean"),
            p: figures.get("active_return.p_bootstrap"),
        },
        sharpe_ratio: RatioSection {
            value: figures.get("money.candidate.sharpe"),
            baseline: figures.get("money.all_names_vol_scaled.sharpe"),
            // A difference of two Sharpe ratios is not skill; the appraisal ratio stands with the gates.
            improvement: None,
        },
        sortino_ratio: RatioSection {
            value: figures.get("money.candidate.sortino"),
            baseline: figures.get("money.all_names_vol_scaled.sortino"),
            improvement: None,
        },
        benchmark: Benchmark {
            alpha: figures.get("money.benchmark.alpha"),
            beta: figures.get("money.benchmark.beta"),
            benchmark: run.inputs.pipeline.data.benchmark.as_ref().map(ToString::to_string),
        },
        beside: figures.named(&[
            "trials.n",
            "trials.n_effective",
            "deflated_sharpe.best_of_n_luck",
            "money.candidate.annual_return",
            "money.candidate.max_drawdown",
            "money.candidate.hit_rate",
            "money.candidate.worst_quarter",
            "money.candidate.trades",
            "risk.names_held",
            "risk.mean_exposure",
        ]),
    };
    tables(run, &figures, &mut briefing);
    risks(run, &figures, &mut briefing);
    briefing.curves = curves(run)?;
    briefing.not_run = run.policy.not_run.clone();
    briefing.not_run.push(NotRun {
        name: "reports/optimization_report.html".into(),
        reason: "no stage searches parameters yet".into(),
    });
    for (id, why) in &stressed.not_tested {
        briefing.not_run.push(NotRun { name: format!("stress {id}"), reason: why.clone() });
    }
    briefing.conclude();
    Ok(briefing)
}

fn tables(run: &Run<'_>, figures: &Figures<'_>, briefing: &mut Briefing) {
    let table = |title: &str, note: &str, columns: &[&str], rows: Vec<Row>| {
        (!rows.is_empty()).then(|| Table {
            title: title.into(),
            note: (!note.is_empty()).then(|| note.into()),
            columns: columns.iter().map(|c| (*c).to_owned()).collect(),
            rows,
        })
    };
    let row = |label: String, names: &[String]| Row {
        label,
        cells: names.iter().map(|n| figures.cell(n)).collect(),
    };
    if let Ok(trained) = run.state.trained() {
        let rows = trained.folds.iter().enumerate().map(|(k, fold)| {
            let name = |what: &str| format!("fold.{k:02}.{what}");
            row(fold.test_span().to_string(), &["fit_rows", "test_rows", "auc", "rank_ic"].map(name))
        });
        let note = "Folds are read pooled; a mean of fold AUCs flatters and is not shown.";
        briefing.tables.folds =
            table("Folds", note, &["fit rows", "test rows", "AUC", "rank IC"], rows.collect());
    }
    let mut rules: Vec<Row> = vec![row(
        "candidate".into(),
        &[
            "money.candidate.sharpe",
            "money.candidate.annual_return",
            "active_return.appraisal_ratio",
            "risk.turnover_per_year",
        ]
        .map(String::from),
    )];
    for book in ["all_names_vol_scaled", "all_names_equal", "benchmark"] {
        rules.push(row(
            book.replace('_', " "),
            &[format!("money.{book}.sharpe"), format!("money.{book}.annual_return")],
        ));
    }
    for rule in ["always_zero", "momentum_sign", "random_scores", "buy_and_hold"] {
        rules.push(row(
            rule.replace('_', " "),
            &["sharpe", "annual_return", "appraisal_ratio", "turnover"].map(|w| format!("naive.{rule}.{w}")),
        ));
    }
    rules.retain(|r| r.cells.iter().any(|c| *c != Cell::Empty));
    briefing.tables.naive_rules = table(
        "Beside the null books and naive rules",
        "Absolute figures never stand alone: the null books hold the same names without a model.",
        &["Sharpe", "annual return", "appraisal ratio", "turnover a year"],
        rules,
    );
    if let Ok(stressed) = run.state.stressed() {
        let ids: Vec<String> = stressed
            .file
            .evidence
            .iter()
            .filter_map(|e| e.name.strip_prefix("stress.")?.strip_suffix(".return").map(str::to_owned))
            .collect();
        let rows = ids.iter().map(|id| {
            let span = stressed
                .file
                .get(&format!("stress.{id}.return"))
                .map_or(String::new(), |e| format!(" ({})", e.span));
            row(
                format!("{}{span}", id.replace('_', " ")),
                &["return", "max_drawdown", "all_names_vol_scaled", "all_names_equal", "benchmark"]
                    .map(|w| format!("stress.{id}.{w}")),
            )
        });
        let note = "Each period is replayed with a model trained on labels that end before it.";
        briefing.tables.stress = table(
            "Stress periods",
            note,
            &["candidate", "drawdown", "null, vol-scaled", "null, equal", "benchmark"],
            rows.collect(),
        );
    }
    if let Ok(tested) = run.state.tested() {
        let steps: Vec<String> = tested
            .file
            .evidence
            .iter()
            .filter_map(|e| e.name.strip_prefix("waterfall.").map(str::to_owned))
            .collect();
        let rows = steps.iter().map(|s| row(s.replace('_', " "), &[format!("waterfall.{s}")]));
        briefing.tables.cost_waterfall = table(
            "Cost waterfall",
            "Arithmetic mean a year, from gross to net.",
            &["a year"],
            rows.collect(),
        );
    }
    let bins = (0..10).map(|k| {
        row(
            format!("bin {}", k + 1),
            &[format!("student.reliability.{k}.predicted"), format!("student.reliability.{k}.observed")],
        )
    });
    let bins: Vec<Row> = bins.filter(|r| r.cells.iter().all(|c| *c != Cell::Empty)).collect();
    briefing.tables.reliability = table(
        "Reliability",
        "Student probabilities in bins of equal mass.",
        &["predicted", "observed"],
        bins,
    );
}

/// Risk items by rule; each names the figure it rests on.
fn risks(run: &Run<'_>, figures: &Figures<'_>, briefing: &mut Briefing) {
    let item = |id: &str, text: String, figure: Option<Figure>| RiskItem { id: id.into(), text, figure };
    let value = |name: &str| figures.get(name).and_then(|f| f.value);
    let mut issues = Vec::new();
    let mut warnings = Vec::new();
    if let Ok(audited) = run.state.audited() {
        for gate in audited.gates.iter().filter(|g| g.verdict != Verdict::Pass) {
            issues.push(item(&format!("gate.{}", gate.gate), gate.reason.clone(), None));
        }
    }
    if let Ok(stressed) = run.state.stressed() {
        for (id, why) in &stressed.not_tested {
            warnings.push(item(
                "stress.not_tested",
                format!("Stress period `{id}` is not tested: {why}."),
                None,
            ));
        }
        if stressed.file.evidence.iter().all(|e| !e.name.starts_with("stress.")) {
            issues.push(item(
                "stress.none",
                "No stress period lies inside the data: not tested.".into(),
                figures.get("risk.worst_stress_return"),
            ));
        }
    }
    let snapshot = &run.data.snapshot;
    if snapshot.rows_dropped > 0 {
        warnings.push(item(
            "data.cleaned",
            format!(
                "{} of {} rows were set aside by declared rules; data_report.json lists them.",
                snapshot.rows_dropped, snapshot.rows_read
            ),
            None,
        ));
    }
    if !snapshot.without_bars.is_empty() {
        warnings.push(item(
            "data.without_bars",
            format!(
                "No bar is left of: {}.",
                snapshot.without_bars.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
            ),
            None,
        ));
    }
    if value("costs.break_even_multiple").is_some_and(|m| m < 3.0) {
        warnings.push(item(
            "costs.sensitivity",
            "Less than three times the declared costs would eat the active return.".into(),
            figures.get("costs.break_even_multiple"),
        ));
    }
    if value("student.brier_skill").is_some_and(|b| b <= 0.0) {
        warnings.push(item(
            "calibration",
            "The student's probabilities are no better than the training base rate (Brier skill).".into(),
            figures.get("student.brier_skill"),
        ));
    }
    if value("student.auc_p").is_none_or(|p| p > 0.05) {
        warnings.push(item(
            "auc",
            "The pooled AUC is not separated from its joint-shift null.".into(),
            figures.get("student.auc_p"),
        ));
    }
    if let (Some(student), Some(twin)) = (value("student.rank_ic"), value("twin.rank_ic"))
        && student <= twin
    {
        warnings.push(item(
            "distillation",
            "The student on soft labels is not better than its hard-label twin.".into(),
            figures.get("twin.rank_ic"),
        ));
    }
    if !run.data.synthetic {
        warnings.push(item("returns.dividends", "Books earn price returns; dividends are credited neither to the candidate nor to its null books, only to the benchmark where a yield is given.".into(), None));
    }
    if run.data.income.last().is_some_and(|(last, _)| *last < run.data.out_of_sample.end.plus_days(-30)) {
        warnings.push(item("benchmark.yield", "The benchmark's dividend yield ends before the span does; the last known value is carried for at most 400 days.".into(), None));
    }
    briefing.risk_assessment.outstanding_issues = issues;
    briefing.risk_assessment.warnings = warnings;
}

/// Curves for drawing, thinned from `curves.json`.
fn curves(run: &Run<'_>) -> Result<Vec<Curve>> {
    let tested = run.state.tested()?;
    let validated = run.state.validated()?;
    let dates = &tested.active.dates;
    let source = |pointer: String| Source { file: "curves.json".into(), pointer, sha256: tested.curves };
    let curve = |name: &str, title: &str, unit: &str, pointer: String, values: Vec<f64>| {
        Curve {
            name: name.into(),
            title: title.into(),
            unit: unit.into(),
            span_kind: SpanKind::OutOfSample,
            dates: dates.clone(),
            values,
            source: source(pointer),
        }
        .thinned(CURVE_POINTS)
    };
    let mut out = vec![curve(
        "equity.candidate",
        "candidate",
        "multiple",
        "/equity/0/values".into(),
        wealth(validated.books.net()),
    )];
    for (k, (name, returns)) in validated.books.factors().iter().enumerate() {
        out.push(curve(
            &format!("equity.{name}"),
            &name.replace('_', " "),
            "multiple",
            format!("/equity/{}/values", k + 1),
            wealth(returns),
        ));
    }
    if let Some(falls) = drawdown_series(validated.books.net()) {
        out.push(curve(
            "drawdown.candidate",
            "candidate",
            "fraction",
            "/drawdown".into(),
            falls.iter().map(|v| -v).collect(),
        ));
    }
    out.push(curve(
        "active.cumulated",
        "active return, sum",
        "fraction",
        "/active_cumulated".into(),
        running_sum(&tested.active.fit.series),
    ));
    Ok(out)
}

/// Everything the run wrote, with digests; `run.json` is the one file that also holds clock and machine.
fn manifest(run: &mut Run<'_>) -> Result<()> {
    let audited = run.state.audited()?;
    let mut artifacts: Vec<Artifact> = run.record.artifacts();
    artifacts.extend(run.artefacts.written().iter().cloned());
    artifacts.sort();
    artifacts.dedup_by(|a, b| a.path == b.path);
    let value = |name: &str| audited.evidence.value(name);
    let validated = &run.state.validated()?.file;
    let beside = |name: &str| validated.get(name).and_then(|e| e.value);
    let manifest = CandidateManifest {
        format: proofmark_lifecycle::manifest::MANIFEST_FORMAT,
        release_id: run.record.run_id.clone(),
        status: decide(&audited.gates, None),
        dry_run: run.record.dry_run,
        synthetic: run.data.synthetic,
        training: TrainingSummary {
            symbols: run.data.universe.symbols.clone(),
            date_range: run.data.snapshot.content.span,
        },
        validation: ValidationSummary {
            teacher_precision: beside("teacher.precision"),
            student_accuracy: beside("student.accuracy"),
        },
        statistical_tests: TestSummary {
            sharpe_ratio: value("money.candidate.sharpe"),
            bootstrap_significant: value("active_return.p_bootstrap")
                .map(|p| p <= run.policy.active_return.p_max.value),
        },
        trials: TrialCount {
            n: value("trials.n").map_or(0, |n| n as u64),
            n_effective: value("trials.n_effective"),
        },
        parent_champion: None,
        snapshot: run.inputs.snapshot,
        pipeline: run.record.pipeline,
        policy: run.record.policy,
        feature_schema: proofmark_features::schema_digest(run.data.set),
        evidence: audited.evidence.digest(),
        verdicts: verdicts_digest(&audited.gates),
        seeds: BTreeMap::from([("run".to_owned(), run.inputs.seed)]),
        versions: BTreeMap::from([("proofmark".to_owned(), run.record.code_version.clone())]),
        artifacts,
    }
    .checked()
    .map_err(|e| AppError::bug("the manifest contradicts itself").because(e))?;
    let path = run.artefacts.audit.join("manifest.yaml");
    run.artefacts.bytes(&path, manifest.to_yaml().as_bytes())?;
    Ok(())
}
