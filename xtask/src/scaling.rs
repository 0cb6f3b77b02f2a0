//! How the main job's cost grows with its rows: the same pipeline on one, two and four times as many names.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::{measure, peers};

const NAMES: [u32; 3] = [24, 48, 96];

/// The section of `docs/BENCHMARKS.md`; two threads, simulated markets, one run each.
pub(crate) fn section(root: &Path) -> Result<String, String> {
    let program = build(root)?;
    let mut text = String::from(
        "## Linear in rows\n\n`pipelines/demo.toml` on simulated markets of growing size, two threads, whole process. CPU seconds a \
         million rows should stay near one level.\n\n| names | dataset rows | wall (s) | CPU (s) | CPU s / million rows | peak memory (MiB) |\n|---|---|---|---|---|---|\n",
    );
    for names in NAMES {
        let work = crate::target_dir(root).join("peers/work/scaling").join(names.to_string());
        if work.exists() {
            std::fs::remove_dir_all(&work)
                .map_err(|error| format!("failed to empty {}: {error}", work.display()))?;
        }
        let proofmark = |arguments: &[&str]| {
            let mut command = Command::new(&program);
            command.arg("-C").arg(&work).args(arguments).stdout(std::process::Stdio::null());
            command
        };
        peers::checked(&mut proofmark(&["init"]), "make a workspace")?;
        let count = names.to_string();
        let world = ["ingest", "synthetic", "--scenario", "null", "--names", &count];
        peers::checked(&mut proofmark(&world), "simulate a market")?;
        let mut run = Command::new(&program);
        run.arg("-C").arg(&work).arg("run").arg(work.join("pipelines/demo.toml")).args([
            "--json",
            "--quiet",
            "--workers",
            "2",
        ]);
        let measured = measure::run(&mut run, &[1])?;
        let summary = measured.said["artifacts"]["validation_summary"]
            .as_str()
            .ok_or("the run names no validation summary")?;
        let summary = std::fs::read_to_string(work.join(summary))
            .map_err(|error| format!("failed to read the summary: {error}"))?;
        let summary: serde_json::Value = serde_json::from_str(&summary)
            .map_err(|error| format!("failed to parse the summary: {error}"))?;
        let rows = summary["figures"]["dataset_rows"].as_f64().ok_or("the summary counts no rows")?;
        let cpu = measured.cpu_seconds.unwrap_or(f64::NAN);
        let memory = measured.peak_bytes.map_or(f64::NAN, |bytes| bytes as f64 / f64::from(1 << 20));
        let _ = writeln!(
            text,
            "| {names} | {rows:.0} | {:.2} | {cpu:.2} | {:.1} | {memory:.0} |",
            measured.wall_seconds,
            cpu / rows * 1e6
        );
    }
    Ok(text)
}

/// The released program.
pub(crate) fn build(root: &Path) -> Result<std::path::PathBuf, String> {
    let mut cargo = crate::cargo();
    cargo
        .args(["build", "--quiet", "--release", "--package", "proofmark-cli", "--bin", "proofmark"])
        .current_dir(root);
    peers::checked(&mut cargo, "build `proofmark`")?;
    Ok(crate::target_dir(root).join("release").join(format!("proofmark{}", std::env::consts::EXE_SUFFIX)))
}
