//! The demo: the whole life of a model on two simulated markets that differ in one thing.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proofmark_execution::costs::CostSchedule;
use proofmark_market::{Bars, Calendar, Panel};
use proofmark_stats::active::appraisal_ratio;
use proofmark_units::DateSpan;
use proofmark_validation::{Candidate, active_span, run_books};
use serde::Serialize;
use serde_json::json;

use crate::error::{AppError, Result};
use crate::ingest::{self, Synthetic};
use crate::pipeline::Pipeline;
use crate::progress::Reporter;
use crate::run::{self, RunRequest, RunSummary};
use crate::workspace::{self, Workspace};

const NAMES: usize = 24;
const PIPELINE: &str = include_str!("../../../pipelines/demo.toml");

/// What the demo shows.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DemoSummary {
    /// One entry a world.
    pub runs: BTreeMap<&'static str, WorldSummary>,
    /// Whether the edge is ready for review and the null is refused by a skill gate.
    pub as_expected: bool,
    /// In a sentence.
    pub conclusion: String,
}

/// One world.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WorldSummary {
    /// Its run.
    #[serde(flatten)]
    pub run: RunSummary,
    /// Its workspace, relative to where the demo was started.
    pub workspace: PathBuf,
    /// The HTML briefing.
    pub briefing: PathBuf,
    /// What only the judge knows; outside the workspace.
    pub truth: PathBuf,
}

/// Runs both worlds at once through the same pipeline.
///
/// # Errors
/// The folder cannot be written.
pub fn run(
    root: &Path,
    seed: u64,
    workers: usize,
    edge: &dyn Reporter,
    null: &dyn Reporter,
) -> Result<DemoSummary> {
    let base = root.join("proofmark-demo").join(format!("seed-{seed}"));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(workers).build();
    let pool = pool.map_err(|e| AppError::environment("failed to start the worker threads").because(e))?;
    let (found, refused) = pool
        .install(|| (world(&base, "edge", seed, workers, edge), world(&base, "null", seed, workers, null)));
    let runs = BTreeMap::from([("edge", found?), ("null", refused?)]);
    let status = |name: &str| runs[name].run.candidate.status.as_str();
    let skill = |gate: &&crate::run::VerdictSummary| {
        ["active_return", "score_skill"].contains(&gate.gate.as_str())
            && gate.verdict == proofmark_lifecycle::Verdict::Fail
    };
    let lacking: Vec<String> =
        runs["null"].run.candidate.verdicts.iter().filter(skill).map(|v| v.gate.clone()).collect();
    let as_expected =
        status("edge") == "ready-for-review" && status("null") == "refused" && !lacking.is_empty();
    let conclusion = if as_expected {
        format!(
            "As it should be: the planted edge is ready for a person's review; the world without one, same drift, same costs, same pipeline, is refused by {}.",
            lacking.join(" and ")
        )
    } else {
        format!(
            "Not the usual outcome: edge is {}, null is {}. At this strength a few seeds in a hundred end so; the briefings say why.",
            status("edge"),
            status("null")
        )
    };
    Ok(DemoSummary { runs, as_expected, conclusion })
}

fn world(
    base: &Path,
    name: &'static str,
    seed: u64,
    workers: usize,
    reporter: &dyn Reporter,
) -> Result<WorldSummary> {
    let root = base.join(name);
    if !root.join("proofmark.toml").exists() {
        Workspace::init(&root)?;
    }
    let ws = Workspace::open(&root)?;
    let file = root.join("pipelines").join("demo.toml");
    workspace::write(&file, PIPELINE.as_bytes())?;
    let pipeline = Pipeline::parse(PIPELINE, "demo.toml")?;
    let end = pipeline.data.end.ok_or_else(|| AppError::bug("the demo pipeline has no end"))?;
    let spec = Synthetic {
        scenario: name.into(),
        names: NAMES,
        seed,
        start: pipeline.data.start,
        end,
        strength: None,
    };
    ingest::synthetic(&ws, &spec)?;
    let truth = base.join(format!("truth_{name}.json"));
    workspace::write(&truth, &truth_of(&spec, &pipeline)?)?;
    let request = RunRequest {
        pipeline: Some(file),
        seed: Some(seed),
        workers: Some(workers),
        ..RunRequest::default()
    };
    let run = run::start(&ws, &request, &[reporter])?;
    let briefing = ws.audit(&run.run_id).join("reports").join("promotion_briefing.html");
    Ok(WorldSummary { run, workspace: root, briefing, truth })
}

/// What the simulator knows, with the active net Sharpe that perfect knowledge of the signal would have earned.
fn truth_of(spec: &Synthetic, pipeline: &Pipeline) -> Result<Vec<u8>> {
    let world = spec.world()?;
    let bug = |what: &'static str| move |e: proofmark_market::BarsError| AppError::bug(what).because(e);
    let bars: Vec<Bars> = world
        .bars
        .iter()
        .map(|s| Bars::from_rows(s.symbol.clone(), &s.rows))
        .collect::<std::result::Result<_, _>>()
        .map_err(bug("a simulated bar is impossible"))?;
    let benchmark = Bars::from_rows(world.benchmark.symbol.clone(), &world.benchmark.rows)
        .map_err(bug("the simulated index is impossible"))?;
    let panel = Panel::from_bars(&bars);
    let width = panel.width();
    // Ranks of the true expectation, as positive scores: a book holds only what has a score above 0.
    let mut scores = vec![f64::NAN; panel.len() * width];
    for (t, date) in world.truth.dates.iter().enumerate() {
        let Some(row) = panel.dates.binary_search(date).ok() else { continue };
        for s in 0..width {
            if panel.has_bar(row, s) {
                scores[row * width + s] = 1.0 / (1.0 + (-100.0 * world.truth.expected[t * width + s]).exp());
            }
        }
    }
    let calendar = Calendar::named(&pipeline.data.calendar)
        .map_err(|e| AppError::bug("the demo's calendar").because(e))?;
    let costs = CostSchedule::named(&pipeline.costs.schedule)
        .map_err(|e| AppError::bug("the demo's costs").because(e))?;
    let sealed = spec.end.plus_months(-i32::try_from(pipeline.data.holdout_months).unwrap_or(12));
    let span = DateSpan { start: pipeline.split.first_test, end: sealed };
    let candidate = Candidate {
        panel: &panel,
        scores: &scores,
        span,
        config: &pipeline.book,
        costs: &costs,
        benchmark: Some((&benchmark, &[])),
        horizon: pipeline.label.horizon(),
        periods_per_year: calendar.periods_per_year(),
    };
    let oracle = run_books(&candidate, 1.0).and_then(|books| active_span(&candidate, &books));
    let sharpe =
        oracle.ok().and_then(|active| appraisal_ratio(&active.fit.series, candidate.periods_per_year));
    Ok(crate::json::bytes(&json!({
        "synthetic": true,
        "scenario": spec.scenario,
        "seed": spec.seed,
        "out_of_sample": span,
        "oracle_active_net_sharpe": sharpe,
        "note": "earned by a book that knows the signal's expected return of each name, through the same machinery and costs; 0-skill noise in a null world",
        "splits": world.truth.splits,
        "listings": world.truth.listings,
        "halts": world.truth.halts,
        "betas": world.truth.betas,
    })))
}
