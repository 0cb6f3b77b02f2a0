//! Certification: whole worlds of known truth through books, tests and gates, and the share that is approved.
//!
//! A family says what is wrong (or right) with a candidate; a world is one draw of it. Each world's outcome is a line of
//! `worlds.jsonl`, so an interrupted certification goes on where it stopped. Seeds are those of this file and were fixed
//! before any gate was tuned on them: `Seed::root(2026).child(family).child(variant).nth(world)`.

mod curve;
mod families;
mod judge;
mod leaks;
mod real;
mod report;
mod trained;
mod world;

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use proofmark_lifecycle::explain::{ExplainedGate, explain_gates};
use proofmark_lifecycle::{GATES, Policy, Verdict};
use proofmark_stats::moments::{kurtosis, skewness};
use proofmark_stats::performance::sharpe_per_period;
use proofmark_stats::sharpe::dsr;
use proofmark_units::{Digest, Seed};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;
pub use leaks::{CleanPipelines, Planted};
use real::RealPanel;
pub use report::{Cell, Certification, GateShare};

/// Root of every seed of the bench.
const ROOT_SEED: u64 = 2_026;
/// Worlds finished between two writes of the outcome file.
const BATCH: usize = 16;

/// What is asked of a certification.
#[derive(Debug)]
pub struct CertifyRequest {
    /// Only these families; all when empty.
    pub families: Vec<String>,
    /// Worlds of each family and variant; the family's own number when absent.
    pub worlds: Option<usize>,
    /// Threads; 0 means one a core.
    pub workers: usize,
    /// The workspace and pipeline whose bars skill is planted into; without them those families are left out.
    pub real: Option<(Workspace, Pipeline)>,
    /// Plant the leaks and run the canaries on so many clean pipelines.
    pub clean_pipelines: Option<u64>,
}

/// Whether a family's candidates have skill.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// No skill: must be refused.
    Bad,
    /// Planted skill: should be found.
    Good,
}

/// The same family under another condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variant {
    /// The dated costs of the exchange.
    Costs,
    /// Nothing costs anything, and scores persist so that the book trades as often as a skilled one: a refusal that
    /// needs costs proves nothing.
    Free,
}

impl Variant {
    /// The written form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Costs => "costs",
            Self::Free => "free",
        }
    }
}

/// One world's outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The family.
    pub family: String,
    /// Its condition.
    pub variant: Variant,
    /// The world, from 0.
    pub world: u64,
    /// Gate and verdict; why is told by running the world again.
    pub gates: Vec<(String, Verdict)>,
    /// Annual appraisal ratio out of sample, where it exists.
    pub appraisal: Option<f64>,
    /// One-sided bootstrap p of the active return.
    pub p: Option<f64>,
    /// Deflated Sharpe ratio had there been 1, 10, 50 and 500 trials.
    pub dsr_at: [Option<f64>; 4],
    /// Rank information coefficient.
    pub rank_ic: Option<f64>,
    /// Two-way turnover a year.
    pub turnover: Option<f64>,
}

/// Numbers of trials the operating curve is drawn for.
pub const CURVE_TRIALS: [usize; 4] = [1, 10, 50, 500];

/// The deflated Sharpe ratio of active returns had there been each of [`CURVE_TRIALS`].
fn dsr_at(active: &[f64]) -> [Option<f64>; 4] {
    let shape = sharpe_per_period(active).zip(skewness(active)).zip(kurtosis(active));
    CURVE_TRIALS.map(|n| {
        let ((sr, g3), g4) = shape?;
        dsr(sr, active.len(), g3, g4, n, None).map(|d| d.dsr)
    })
}

impl Outcome {
    /// Whether every gate but `without` passed.
    fn approved(&self, without: Option<&str>) -> bool {
        !self.gates.is_empty()
            && self
                .gates
                .iter()
                .all(|(gate, verdict)| Some(gate.as_str()) == without || *verdict == Verdict::Pass)
    }
}

/// Planted leaks and false alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeakReport {
    /// Every planted leak.
    pub planted: Vec<Planted>,
    /// Canaries on clean pipelines.
    pub clean: CleanPipelines,
}

struct Job {
    family: &'static families::Family,
    variant: Variant,
    world: u64,
}

/// Names and one-line descriptions of all families.
pub fn families() -> Vec<(&'static str, Kind, &'static str)> {
    families::FAMILIES.iter().map(|f| (f.name, f.kind, f.doc)).collect()
}

/// Runs what is asked and not yet in `folder`, then reports over everything there.
///
/// # Errors
/// An unknown family, or a folder that cannot be written.
pub fn certify(
    folder: &Path,
    request: &CertifyRequest,
    reporters: &[&dyn Reporter],
) -> Result<Certification> {
    let known: Vec<&str> = families::FAMILIES.iter().map(|f| f.name).collect();
    if let Some(unknown) = request.families.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(AppError::input(format!("there is no family `{unknown}`"))
            .hint(format!("the families are {}", known.join(", "))));
    }
    std::fs::create_dir_all(folder).map_err(|e| AppError::io("create", folder, e))?;
    let real = request.real.as_ref().map(|(ws, pipeline)| RealPanel::load(ws, pipeline)).transpose()?;
    let _alone = same_bench(folder)?;
    let path = folder.join("worlds.jsonl");
    let mut outcomes = read(&path)?;
    let asked = |name: &str| request.families.is_empty() || request.families.iter().any(|f| f == name);
    let cells = || {
        families::FAMILIES
            .iter()
            .filter(|family| asked(family.name) && (real.is_some() || !family.make.is_real()))
            .flat_map(|family| family.variants.iter().map(move |variant| (family, *variant)))
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(request.workers).build();
    let pool = pool.map_err(|e| AppError::environment("failed to start the worker threads").because(e))?;
    let work = Work::begin("certification", 1, 1, reporters.to_vec());
    let file = std::fs::OpenOptions::new().create(true).append(true).open(&path);
    let mut file = file.map_err(|e| AppError::io("open", &path, e))?;
    loop {
        let done: BTreeSet<(&str, Variant, u64)> =
            outcomes.iter().map(|o| (o.family.as_str(), o.variant, o.world)).collect();
        let jobs: Vec<Job> = cells()
            .flat_map(|(family, variant)| {
                let mine = outcomes.iter().filter(|o| o.family == family.name && o.variant == variant);
                let approved = mine.filter(|o| o.approved(None)).count() as u64;
                let worlds = request.worlds.map_or(family.wanted(approved), |worlds| worlds as u64);
                (0..worlds).map(move |world| Job { family, variant, world })
            })
            .filter(|job| !done.contains(&(job.family.name, job.variant, job.world)))
            .collect();
        if jobs.is_empty() {
            break;
        }
        work.expect(jobs.len() as u64);
        for batch in jobs.chunks(BATCH) {
            let fresh: Vec<Result<Outcome>> = pool.install(|| {
                batch
                    .par_iter()
                    .map(|job| {
                        let outcome = run(job, real.as_ref());
                        work.step();
                        outcome
                    })
                    .collect()
            });
            for outcome in fresh {
                let outcome = outcome?;
                let line = serde_json::to_string(&outcome)
                    .map_err(|e| AppError::bug("an outcome does not serialise").because(e))?;
                writeln!(file, "{line}").map_err(|e| AppError::io("write", &path, e))?;
                outcomes.push(outcome);
            }
        }
    }
    let path = folder.join("leaks.json");
    if let Some(count) = request.clean_pipelines {
        let found = pool.install(|| -> Result<LeakReport> {
            Ok(LeakReport { planted: leaks::planted()?, clean: leaks::clean(count)? })
        })?;
        crate::workspace::write(&path, &crate::json::bytes(&found))?;
    }
    let leaks = match std::fs::read(&path) {
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
            AppError::environment(format!("`{}` is damaged", path.display()))
                .hint("delete it and run again with --clean-pipelines")
                .because(e)
        })?,
        Err(_) => None,
    };
    work.end("done");
    outcomes.sort_by(|a, b| (&a.family, a.variant, a.world).cmp(&(&b.family, b.variant, b.world)));
    let report = report::report(&outcomes, leaks);
    crate::workspace::write(&folder.join("certification.json"), &crate::json::bytes(&report))?;
    crate::workspace::write(&folder.join("certification.md"), report::markdown(&report).as_bytes())?;
    Ok(report)
}

fn run(job: &Job, real: Option<&RealPanel>) -> Result<Outcome> {
    let seed = Seed::root(ROOT_SEED).child(job.family.name).child(job.variant.name()).nth(job.world);
    let judged = match job.family.make {
        families::Make::Scores(make) => judge::judge(&make(&seed, job.variant)?, &seed)?,
        families::Make::Planted(correlation) => {
            judge::judge(&families::planted::make(correlation, &seed, job.variant)?, &seed)?
        }
        families::Make::Real(correlation) => {
            let panel = real.ok_or_else(|| AppError::bug("a real world without a panel"))?;
            let market = panel.market(&seed.child("market"));
            judge::judge(&families::planted::on(market, correlation, &seed, job.variant)?, &seed)?
        }
        families::Make::Trained(strength) => trained::judge(strength, job.variant, &seed)?,
    };
    Ok(Outcome { family: job.family.name.to_owned(), variant: job.variant, world: job.world, ..judged })
}

/// What judged the worlds of a folder: outcomes of different judges are not one certification.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Bench {
    version: String,
    policy: Digest,
    seed: u64,
}

/// The thresholds of the gates that judge a world: those of later spans do not matter here.
fn judged() -> Vec<ExplainedGate> {
    let gates = explain_gates(&Policy::default(), None);
    gates.into_iter().filter(|explained| GATES.iter().any(|gate| gate.name() == explained.gate)).collect()
}

/// Writes the bench into a new folder, refuses a folder another one began, and keeps others out while the file lives.
fn same_bench(folder: &Path) -> Result<File> {
    let bench = Bench {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        policy: crate::json::digest(&judged()),
        seed: ROOT_SEED,
    };
    let path = folder.join("bench.json");
    if !path.exists() {
        crate::workspace::write(&path, &crate::json::bytes(&bench))?;
    }
    let file = File::open(&path).map_err(|e| AppError::io("open", &path, e))?;
    file.try_lock().map_err(|e| {
        AppError::input(format!("another certification is writing to `{}`", folder.display()))
            .hint("wait for it to end, or certify into another folder")
            .because(e)
    })?;
    match serde_json::from_slice::<Bench>(&crate::workspace::read(&path)?) {
        Ok(found) if found == bench => Ok(file),
        _ => Err(AppError::input(format!(
            "`{}` holds worlds judged by another version or policy",
            folder.display()
        ))
        .hint("their outcomes do not mix; certify into a new folder")),
    }
}

/// Outcomes of an earlier run; a last line cut off by a kill is left out and its world done again.
fn read(path: &PathBuf) -> Result<Vec<Outcome>> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(e) => return Err(AppError::io("read", path, e)),
    };
    let mut outcomes = Vec::new();
    let mut kept = 0;
    for (at, line) in text.split_inclusive('\n').enumerate() {
        match serde_json::from_str(line) {
            Ok(outcome) if line.ends_with('\n') => {
                outcomes.push(outcome);
                kept += line.len();
            }
            Err(e) if line.ends_with('\n') => {
                return Err(AppError::environment(format!(
                    "line {} of `{}` is no outcome of a world",
                    at + 1,
                    path.display()
                ))
                .hint("it is damaged or of another version; certify into a new folder")
                .because(e));
            }
            _ => {}
        }
    }
    if kept != text.len() {
        crate::workspace::write(path, &text.as_bytes()[..kept])?;
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests;
