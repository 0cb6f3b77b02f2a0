//! kill -9 at any moment, then resume: the same digests, no finished task repeated.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use crate::proofmark::{command, run};

/// A workspace over a small simulated market, with a pipeline that takes about a second.
fn small_world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    let world = ["ingest", "synthetic", "--scenario", "null", "--names", "12", "--seed", "11"];
    let dates = ["--start-date", "2009-01-01", "--end-date", "2015-12-31"];
    let said = run(folder.path(), &[world.as_slice(), &dates].concat());
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    let text = std::fs::read_to_string(folder.path().join("pipelines/demo.toml")).unwrap();
    let mut small = String::new();
    for line in text.lines() {
        let line = match line.split(" = ").next().unwrap_or_default() {
            "name" => "name = \"small\"",
            "end" => "end = \"2015-12-31\"",
            "first_test" => "first_test = \"2012-01-01\"",
            "min_train_rows" => "min_train_rows = 500",
            "trees" => "trees = 20",
            "leaves" => "leaves = 8",
            "bootstrap_draws" => "bootstrap_draws = 1000",
            "auc_shifts" => "auc_shifts = 10",
            _ => line,
        };
        small.push_str(line);
        small.push('\n');
    }
    std::fs::write(folder.path().join("pipelines/small.toml"), small).unwrap();
    folder
}

fn digests(workspace: &Path, run_id: &str) -> String {
    // The run's own name is part of paths, never of contents.
    let manifest = workspace.join("release").join(format!("audit_{run_id}")).join("manifest.yaml");
    std::fs::read_to_string(manifest).unwrap().replace(run_id, "RUN")
}

fn finish(workspace: &Path, arguments: &[&str]) -> String {
    let said = run(workspace, arguments);
    assert!(said.exit <= 1, "{}\n{}", said.stdout, said.stderr);
    said.json()["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn killed_and_resumed_runs_end_with_the_same_digests() {
    let straight = small_world();
    let began = std::time::Instant::now();
    let run_id = finish(straight.path(), &["run", "pipelines/small.toml", "--json", "--quiet"]);
    let whole = began.elapsed();
    let want = digests(straight.path(), &run_id);

    // Twenty moments, spread over the run by a fixed rule; each kill continues the same run.
    let broken = small_world();
    let mut run_id: Option<String> = None;
    for k in 0..20_u32 {
        let mut arguments = vec!["run", "pipelines/small.toml", "--quiet"];
        if let Some(id) = &run_id {
            arguments.extend(["--resume", id]);
        }
        let mut child =
            command(broken.path(), &arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20) + whole.mul_f64(f64::from(k * 7 % 20) / 40.0));
        let _ = child.kill();
        let _ = child.wait();
        let listed = run(broken.path(), &["runs", "list", "--json"]);
        if let Some(first) = listed.json()["runs"].as_array().and_then(|r| r.last()) {
            run_id = Some(first["run_id"].as_str().unwrap().to_owned());
        }
    }
    let run_id = run_id.expect("a run was begun");
    let ended = finish(broken.path(), &["run", "--resume", &run_id, "--json", "--quiet"]);
    assert_eq!(ended, run_id);
    assert!(digests(broken.path(), &run_id) == want, "the resumed run has other digests");
    assert_eq!(run(broken.path(), &["audit", "verify"]).exit, 0, "the ledger survived");
    let trials = run(broken.path(), &["trials", "list", "--json"]).json();
    assert_eq!(trials["trials"].as_array().unwrap().len(), 1, "{trials}");
}

#[test]
fn seed_decides_and_workers_do_not() {
    let world = small_world();
    let one = finish(world.path(), &["run", "pipelines/small.toml", "--json", "--quiet", "--workers", "1"]);
    let first = digests(world.path(), &one);
    std::fs::remove_dir_all(world.path().join("cache")).unwrap();
    let three = finish(world.path(), &["run", "pipelines/small.toml", "--json", "--quiet", "--workers", "3"]);
    assert_ne!(one, three);
    assert!(first == digests(world.path(), &three), "the number of workers changed a digest");
    let trials = run(world.path(), &["trials", "list", "--json"]).json();
    assert_eq!(trials["trials"].as_array().unwrap().len(), 1, "the second run adds no trial: {trials}");
}

#[test]
fn a_failed_phase_keeps_what_is_there_and_briefs() {
    let world = small_world();
    // Too few rows for the first fold: the training phase cannot finish.
    let path = world.path().join("pipelines/small.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    let line = text.lines().find(|l| l.starts_with("min_train_rows")).unwrap().to_owned();
    std::fs::write(&path, text.replace(&line, "min_train_rows = 10000000")).unwrap();
    let said = run(world.path(), &["run", "pipelines/small.toml", "--json", "--quiet"]);
    assert_eq!(said.exit, 1, "{}\n{}", said.stdout, said.stderr);
    let json = said.json();
    assert_eq!(json["candidate"]["status"], "failed");
    let run_id = json["run_id"].as_str().unwrap();
    let audit = world.path().join("release").join(format!("audit_{run_id}"));
    let briefing = std::fs::read_to_string(audit.join("promotion_briefing.md")).unwrap();
    assert!(briefing.contains("teacher_training"), "the briefing names the phase: {briefing}");
    let listed = run(world.path(), &["candidates", "list", "--status", "failed", "--json"]);
    assert!(listed.stdout.contains(run_id));
}

#[test]
fn a_chosen_subset_cannot_pass_as_the_whole_market() {
    let world = small_world();
    let arguments = [
        "run",
        "pipelines/small.toml",
        "--symbols",
        "SIM001,SIM002,SIM003,SIM004,SIM005,SIM006",
        "--json",
        "--quiet",
    ];
    let said = run(world.path(), &arguments);
    assert_eq!(said.exit, 1, "{}\n{}", said.stdout, said.stderr);
    let json = said.json();
    let leaks =
        json["candidate"]["verdicts"].as_array().unwrap().iter().find(|v| v["gate"] == "leaks").unwrap();
    assert_eq!(leaks["verdict"], "fail", "{json}");
}
