//! Kill -9 at twenty moments of the main job on the real data, resume, and compare every digest with a straight run.
//!
//! The tests do the same on a small simulated market; this is the long twin.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::{compare, peers};

const KILLS: u32 = 20;
const PIPELINE: &str = "pipelines/nse_swing.toml";

/// Runs the comparison; an error names the first difference.
pub(crate) fn run(root: &Path) -> Result<(), String> {
    let Some(shared) = crate::shared_data(root) else {
        eprintln!("SKIPPED: ../shared/data is not here");
        return Ok(());
    };
    let program = compare::product(root)?;
    let base = crate::target_dir(root).join("peers/work/kills");
    if base.exists() {
        std::fs::remove_dir_all(&base)
            .map_err(|error| format!("failed to empty {}: {error}", base.display()))?;
    }
    let straight = workspace(&program, &base.join("straight"), &shared)?;
    let began = Instant::now();
    let first = finish(&program, &straight, &["run", PIPELINE, "--workers", "2"])?;
    let whole = began.elapsed();
    let want = digests(&straight, &first)?;
    eprintln!("== straight run {first}: {:.1} s", whole.as_secs_f64());

    std::fs::remove_dir_all(straight.join("cache"))
        .map_err(|error| format!("failed to clear the cache: {error}"))?;
    let second = finish(&program, &straight, &["run", PIPELINE, "--workers", "1"])?;
    same(&want, &digests(&straight, &second)?, "a second run with one worker and no cache")?;
    eprintln!("== second run {second} with one worker: the same digests");

    let broken = workspace(&program, &base.join("broken"), &shared)?;
    let mut id: Option<String> = None;
    for kill in 0..KILLS {
        let mut command = Command::new(&program);
        command.current_dir(&broken).args(["run", PIPELINE, "--quiet", "--workers", "2"]);
        if let Some(id) = &id {
            command.args(["--resume", id]);
        }
        let mut child = command
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| format!("failed to start: {error}"))?;
        // Spread by a fixed rule over the first seconds of what is left: early, late and in between.
        std::thread::sleep(Duration::from_millis(100) + whole.mul_f64(f64::from(kill * 7 % KILLS) / 160.0));
        let _ = child.kill();
        let _ = child.wait();
        id = id.or(newest(&program, &broken)?);
    }
    let id = id.ok_or("no run was begun before the first kills")?;
    let ended = finish(&program, &broken, &["run", "--resume", &id])?;
    same(&want, &digests(&broken, &ended)?, "the resumed run")?;
    let trials = json(&program, &broken, &["trials", "list"])?["trials"].as_array().map_or(0, Vec::len);
    if trials != 1 {
        return Err(format!("the killed run counts as {trials} trials"));
    }
    println!("{KILLS} kills, resumed: the same digests as the straight run, one trial.");
    Ok(())
}

fn workspace(program: &Path, folder: &Path, shared: &Path) -> Result<PathBuf, String> {
    let proofmark = |arguments: &[&str]| {
        let mut command = Command::new(program);
        command.arg("-C").arg(folder).args(arguments).stdout(Stdio::null());
        command
    };
    peers::checked(&mut proofmark(&["init"]), "make a workspace")?;
    let data = shared.join("india");
    let bars = data.join("nse_nifty50_daily_split_adjusted_2000_2024.parquet");
    peers::checked(proofmark(&["ingest", "parquet"]).arg(bars), "ingest the bars")?;
    let index = data.join("nse_indices_daily_2000_2025.parquet");
    peers::checked(
        proofmark(&["ingest", "parquet"]).arg(index).args(["--symbols", "NIFTY50"]),
        "ingest the benchmark",
    )?;
    let income = data.join("nifty50_valuation_daily_2000_2022.parquet");
    let series = ["--series", "NIFTY50_DIVIDEND_YIELD", "--value-column", "div_yield", "--scale", "0.01"];
    peers::checked(proofmark(&["ingest", "observations"]).arg(income).args(series), "ingest the yield")?;
    Ok(folder.to_path_buf())
}

fn json(program: &Path, folder: &Path, arguments: &[&str]) -> Result<serde_json::Value, String> {
    let output =
        Command::new(program).current_dir(folder).args(arguments).args(["--json", "--quiet"]).output();
    let output = output.map_err(|error| format!("failed to start: {error}"))?;
    serde_json::from_slice(&output.stdout).map_err(|error| {
        format!("{arguments:?} said no JSON ({error}): {}", String::from_utf8_lossy(&output.stderr))
    })
}

fn finish(program: &Path, folder: &Path, arguments: &[&str]) -> Result<String, String> {
    let said = json(program, folder, arguments)?;
    let id = said["run_id"].as_str().ok_or_else(|| format!("the run did not finish: {said}"))?;
    if said["candidate"]["status"] == "failed" {
        return Err(format!("run `{id}` failed: {said}"));
    }
    Ok(id.to_owned())
}

fn newest(program: &Path, folder: &Path) -> Result<Option<String>, String> {
    let listed = json(program, folder, &["runs", "list"])?;
    Ok(listed["runs"].as_array().and_then(|runs| runs.last()?["run_id"].as_str().map(str::to_owned)))
}

/// The manifest with the run's own name, which is part of paths and never of contents, taken out.
fn digests(folder: &Path, id: &str) -> Result<String, String> {
    let path = folder.join("release").join(format!("audit_{id}")).join("manifest.yaml");
    let text = std::fs::read_to_string(&path)
        .map_err(|error| format!("failed to read {}: {error}", path.display()))?;
    Ok(text.replace(id, "RUN"))
}

fn same(want: &str, found: &str, what: &str) -> Result<(), String> {
    match want.lines().zip(found.lines()).find(|(a, b)| a != b) {
        None if want.len() == found.len() => Ok(()),
        Some((a, b)) => Err(format!("{what} differs: `{b}` instead of `{a}`")),
        None => Err(format!("{what} lists other artefacts")),
    }
}
