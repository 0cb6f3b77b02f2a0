//! Phase 8: the reports, the briefing in three forms, and the manifest of everything; also the partial briefing of a
//! failed run.

mod curves;
mod figures;
mod manifest;
mod risks;
mod tables;

use proofmark_lifecycle::briefing::{
    Benchmark, Bootstrap, RatioSection, StatisticalTests, StudentSection, TeacherSection, WalkForwardCv,
    render_markdown,
};
use proofmark_lifecycle::{Briefing, ChosenPolicy, NotRun, PhaseStatus};

use self::curves::curves;
pub(super) use self::figures::Figures;
use self::manifest::manifest;
use self::risks::risks;
use self::tables::tables;
use super::engine::{Ended, Run};
use super::reports;
use crate::error::{AppError, Result};
use crate::progress::Work;
use crate::report;

pub(crate) fn phase(run: &mut Run<'_>, work: &Work<'_>) -> Result<Ended> {
    work.expect(3);
    reports::write(run)?;
    work.step();
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

fn compose(run: &Run<'_>) -> Result<Briefing> {
    let (stressed, audited) = (run.state.stressed()?, run.state.audited()?);
    let figures = Figures::of(&run.state)?;
    let mut briefing = Briefing::new(&run.record, audited.status());
    briefing.policies = audited.chosen.iter().map(ChosenPolicy::new).collect();
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
        ["reports/accuracy_report.html", "reports/promotion_briefing.html"]
            .iter()
            .chain(reports::FILES)
            .map(|name| (*name).to_owned())
            .collect();
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
            folds: figures.get("folds.planned"),
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
            luck: figures.get("luck.expected_sharpe"),
            // A difference of two Sharpe ratios is not skill; the appraisal ratio stands with the gates.
            improvement: None,
        },
        sortino_ratio: RatioSection {
            value: figures.get("money.candidate.sortino"),
            baseline: figures.get("money.all_names_vol_scaled.sortino"),
            luck: None,
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
            "luck.expected_sharpe",
            "luck.quantile_95_sharpe",
            "luck.min_track_record",
            "lo.net_sharpe",
            "power.before.active_sharpe",
            "power.after.active_sharpe",
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
    if run.state.tested()?.cross_validated.is_some()
        && let Some(reason) = reports::incomplete_cv(&figures)
    {
        briefing.not_run.push(NotRun { name: "cross-validation".into(), reason });
    }
    for (id, why) in &stressed.not_tested {
        briefing.not_run.push(NotRun { name: format!("stress {id}"), reason: why.clone() });
    }
    briefing.conclude();
    Ok(briefing)
}
