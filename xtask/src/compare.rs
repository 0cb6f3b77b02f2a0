//! `parity` and `bench`: both sides on the same input, agreement before any time.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::comparisons::{self, Comparison, Ours};
use crate::measure::{self, Measured};
use crate::{peers, table};

/// Both sides of one comparison, turn by turn.
pub(crate) struct Outcome {
    pub(crate) comparison: &'static Comparison,
    pub(crate) ours: Vec<Measured>,
    pub(crate) peer: Vec<Measured>,
}

/// Compares figures only.
pub(crate) fn parity(root: &Path, names: &[String]) -> Result<(), String> {
    let mut failed = Vec::new();
    for comparison in chosen(names)? {
        match run(root, comparison, 1)? {
            None => {}
            Some(outcome) => {
                eprintln!("{}", table::agreement(&outcome));
                failed.extend(disagreements(&outcome));
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("figures disagree:\n{}", failed.join("\n"))) }
}

/// Compares figures, then times; writes the table, or the sections of the comparisons named.
pub(crate) fn bench(root: &Path, names: &[String]) -> Result<(), String> {
    let mut outcomes = Vec::new();
    for comparison in chosen(names)? {
        let Some(outcome) = run(root, comparison, comparison.turns)? else { continue };
        let disagreements = disagreements(&outcome);
        if !disagreements.is_empty() {
            return Err(format!("no time is printed while figures disagree:\n{}", disagreements.join("\n")));
        }
        eprintln!("{}", table::section(&outcome));
        outcomes.push(outcome);
    }
    let mut scaling = Vec::new();
    for wanted in
        crate::scaling::ALL.iter().filter(|s| names.is_empty() || names.iter().any(|name| name == s.name))
    {
        eprintln!("== {}", wanted.name);
        let section = wanted.section(root)?;
        eprintln!("{section}");
        scaling.push(section);
    }
    let path = root.join("docs/BENCHMARKS.md");
    let before =
        if names.is_empty() { String::new() } else { std::fs::read_to_string(&path).unwrap_or_default() };
    if names.is_empty() && outcomes.len() < comparisons::all().count() {
        eprintln!("== docs/BENCHMARKS.md left as it is: without ../shared/data not every comparison ran");
        return Ok(());
    }
    std::fs::write(&path, table::page(&outcomes, &scaling, &before)?)
        .map_err(|error| format!("failed to write {}: {error}", path.display()))?;
    eprintln!("== wrote docs/BENCHMARKS.md");
    Ok(())
}

fn chosen(names: &[String]) -> Result<Vec<&'static Comparison>, String> {
    let known: Vec<&str> =
        comparisons::all().map(|c| c.name).chain(crate::scaling::ALL.iter().map(|s| s.name)).collect();
    if let Some(unknown) = names.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(format!("there is no comparison `{unknown}`; there are {}", known.join(", ")));
    }
    Ok(comparisons::all().filter(|c| names.is_empty() || names.iter().any(|name| name == c.name)).collect())
}

/// `None` when the comparison needs data that is not here.
fn run(root: &Path, comparison: &'static Comparison, turns: usize) -> Result<Option<Outcome>, String> {
    let work = crate::target_dir(root).join("peers/work").join(comparison.name);
    empty(&work)?;
    let Some((program, input)) = prepare(root, comparison, &work)? else {
        eprintln!("SKIPPED: ../shared/data is not here, so `{}` was not compared", comparison.name);
        return Ok(None);
    };
    let python = peers::install(root, comparison.group)?;
    let mut outcome = Outcome { comparison, ours: Vec::new(), peer: Vec::new() };
    for turn in 0..turns {
        eprintln!("== {} turn {}/{turns}", comparison.name, turn + 1);
        outcome.ours.push(ours(&program, comparison, &work, turn)?);
        let mut peer = Command::new(&python);
        peer.arg(root.join("peers").join(comparison.script)).arg(&input);
        outcome.peer.push(measure::run(with_threads(&mut peer, comparison.threads), &[])?);
    }
    Ok(Some(outcome))
}

/// A program of the package `benches`, built.
pub(crate) fn program(root: &Path, name: &str) -> Result<PathBuf, String> {
    release(root, "proofmark-benches", name)
}

/// The product, built.
pub(crate) fn product(root: &Path) -> Result<PathBuf, String> {
    release(root, "proofmark-cli", "proofmark")
}

fn release(root: &Path, package: &str, name: &str) -> Result<PathBuf, String> {
    let mut cargo = crate::cargo();
    cargo.args(["build", "--quiet", "--release", "--package", package, "--bin", name]).current_dir(root);
    peers::checked(&mut cargo, &format!("build `{name}`"))?;
    Ok(crate::target_dir(root).join("release").join(format!("{name}{}", std::env::consts::EXE_SUFFIX)))
}

/// Makes a folder, or empties it.
pub(crate) fn empty(folder: &Path) -> Result<(), String> {
    if folder.exists() {
        std::fs::remove_dir_all(folder)
            .map_err(|error| format!("failed to empty {}: {error}", folder.display()))?;
    }
    std::fs::create_dir_all(folder).map_err(|error| format!("failed to make {}: {error}", folder.display()))
}

/// Writes what a program of `benches` reads.
pub(crate) fn write_input(root: &Path, program: &Path, work: &Path) -> Result<(), String> {
    let mut input = Command::new(program);
    input.arg("input").arg(work).envs(crate::shared_data(root).map(|folder| ("SHARED_DATA", folder)));
    peers::checked(&mut input, &format!("write the input of {}", program.display()))
}

/// Builds our side and writes its input: our program, and what the peer is given.
fn prepare(root: &Path, comparison: &Comparison, work: &Path) -> Result<Option<(PathBuf, PathBuf)>, String> {
    match comparison.ours {
        Ours::Program(name) | Ours::RealFiles(name) => {
            let shared = crate::shared_data(root);
            if shared.is_none() && matches!(comparison.ours, Ours::RealFiles(_)) {
                return Ok(None);
            }
            let program = program(root, name)?;
            write_input(root, &program, work)?;
            Ok(Some((program, work.to_path_buf())))
        }
        Ours::Pipeline { pipeline, data } => {
            let Some(shared) = crate::shared_data(root) else { return Ok(None) };
            let program = product(root)?;
            let proofmark = |arguments: &[&str]| {
                let mut command = Command::new(&program);
                command.arg("-C").arg(work).args(arguments);
                command
            };
            peers::checked(&mut proofmark(&["init"]), "make a workspace")?;
            let file = shared.join(data);
            peers::checked(proofmark(&["ingest", "parquet"]).arg(&file), &format!("ingest {data}"))?;
            let index = shared.join("india/nse_indices_daily_2000_2025.parquet");
            peers::checked(
                proofmark(&["ingest", "parquet"]).arg(index).args(["--symbols", "NIFTY50"]),
                "ingest the benchmark",
            )?;
            let dividends = shared.join("india/nifty50_valuation_daily_2000_2022.parquet");
            let series =
                ["--series", "NIFTY50_DIVIDEND_YIELD", "--value-column", "div_yield", "--scale", "0.01"];
            peers::checked(
                proofmark(&["ingest", "observations"]).arg(dividends).args(series),
                "ingest the benchmark's dividend yield",
            )?;
            let shipped = root.join("pipelines").join(format!("{pipeline}.toml"));
            std::fs::copy(&shipped, work.join("pipelines").join(format!("{pipeline}.toml")))
                .map_err(|error| format!("failed to copy {}: {error}", shipped.display()))?;
            Ok(Some((program, file)))
        }
    }
}

fn ours(program: &Path, comparison: &Comparison, work: &Path, turn: usize) -> Result<Measured, String> {
    let mut command = Command::new(program);
    match comparison.ours {
        Ours::Program(_) | Ours::RealFiles(_) => {
            measure::run(with_threads(command.arg("run").arg(work), comparison.threads), &[])
        }
        Ours::Pipeline { pipeline, .. } => {
            let (seed, threads) = ((turn + 1).to_string(), comparison.threads.to_string());
            let file = work.join("pipelines").join(format!("{pipeline}.toml"));
            command.arg("-C").arg(work).arg("run").arg(file).args([
                "--json",
                "--workers",
                &threads,
                "--seed",
                &seed,
            ]);
            // A refused or inconclusive candidate is a finished run.
            let mut measured = measure::run(with_threads(&mut command, comparison.threads), &[1])?;
            if measured.said["candidate"]["status"] == "failed" || measured.said["status"] == "failed" {
                return Err(format!("the run of `{pipeline}` failed: {}", measured.said));
            }
            measured.said["figures"] = pipeline_figures(work, &measured.said)?;
            Ok(measured)
        }
    }
}

/// The figures of a finished run, from the files it names.
fn pipeline_figures(work: &Path, said: &serde_json::Value) -> Result<serde_json::Value, String> {
    let file = said["artifacts"]["validation_summary"]
        .as_str()
        .ok_or("the run's object names no artefact `validation_summary`")?;
    let path = work.join(file);
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("failed to read {}: {error}", path.display()))?;
    let summary: serde_json::Value = serde_json::from_str(&text)
        .map_err(|error| format!("failed to parse {}: {error}", path.display()))?;
    Ok(summary["figures"].clone())
}

/// Both sides get the same number of threads, whichever library counts them.
fn with_threads(command: &mut Command, threads: usize) -> &mut Command {
    let libraries = [
        "RAYON_NUM_THREADS",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "POLARS_MAX_THREADS",
    ];
    command.envs(libraries.map(|name| (name, threads.to_string())))
}

fn disagreements(outcome: &Outcome) -> Vec<String> {
    let comparison = outcome.comparison;
    let mut found = Vec::new();
    for (turn, (ours, peer)) in outcome.ours.iter().zip(&outcome.peer).enumerate() {
        for (name, near) in comparison.agree {
            match (ours.figure(name), peer.figure(name)) {
                (Some(a), Some(b)) if near.agrees(a, b) => {}
                (a, b) => found.push(format!(
                    "{} turn {}: `{name}` ours {a:?}, peer {b:?}, allowed {near}",
                    comparison.name,
                    turn + 1
                )),
            }
        }
    }
    found
}
