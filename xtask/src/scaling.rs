//! How cost grows with rows: the main job on one, two and four times as many names, the engine on one and five million bars.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use crate::{compare, measure, peers};

const NAMES: [u32; 3] = [24, 48, 96];

/// A section of `docs/BENCHMARKS.md` without a peer.
pub(crate) struct Scaling {
    /// What `bench` is asked for.
    pub(crate) name: &'static str,
    pub(crate) title: &'static str,
    /// The text below the title.
    measure: fn(&Path) -> Result<String, String>,
}

impl Scaling {
    pub(crate) fn section(&self, root: &Path) -> Result<String, String> {
        Ok(format!("## {}\n\n{}", self.title, (self.measure)(root)?))
    }
}

/// In the order of the page.
pub(crate) const ALL: &[Scaling] = &[
    Scaling { name: "scaling_bars", title: "Linear in bars", measure: engine },
    Scaling { name: "scaling_rows", title: "Linear in rows", measure: main_job },
];

/// Programs of `benches` that run one rule on so many bars: the event engine and the fast path.
const ENGINE: [(&str, &str); 4] = [
    ("event engine", "bench_events_1m"),
    ("event engine", "bench_events_5m"),
    ("fast path", "bench_fast_1m"),
    ("fast path", "bench_fast_5m"),
];

/// One thread, the best of three runs; memory is the most of them.
fn engine(root: &Path) -> Result<String, String> {
    let mut text = String::from(
        "The two-average rule of the comparisons above, one thread. Time a bar should stay near one level; memory is that of the \
         columns of the input and of what a run keeps, which is a value of equity a bar.\n\n| path | bars | backtest (s) | ns a bar \
         | peak memory (MiB) | bytes a bar |\n|---|---|---|---|---|---|\n",
    );
    for (path, name) in ENGINE {
        let program = compare::program(root, name)?;
        let work = crate::target_dir(root).join("peers/work/scaling_engine");
        compare::empty(&work)?;
        compare::write_input(root, &program, &work)?;
        let turns = (0..3)
            .map(|_| {
                measure::run(Command::new(&program).arg("run").arg(&work).env("RAYON_NUM_THREADS", "1"), &[])
            })
            .collect::<Result<Vec<_>, _>>()?;
        let bars = turns[0].figure("bars").ok_or("the program does not say how many bars")?;
        let seconds = turns.iter().filter_map(|turn| turn.seconds("backtest")).fold(f64::INFINITY, f64::min);
        let memory =
            turns.iter().filter_map(|turn| turn.peak_bytes).max().map_or(f64::NAN, |bytes| bytes as f64);
        let _ = writeln!(
            text,
            "| {path} | {bars} | {seconds:.3} | {:.0} | {:.0} | {:.0} |",
            seconds / bars * 1e9,
            memory / f64::from(1 << 20),
            memory / bars
        );
    }
    Ok(text)
}

/// Two threads, simulated markets, one run each.
fn main_job(root: &Path) -> Result<String, String> {
    let program = compare::product(root)?;
    let mut text = String::from(
        "`pipelines/demo.toml` on simulated markets of growing size, two threads, whole process. CPU seconds a \
         million rows should stay near one level.\n\n| names | dataset rows | wall (s) | CPU (s) | CPU s / million rows | peak memory (MiB) |\n|---|---|---|---|---|---|\n",
    );
    for names in NAMES {
        let work = crate::target_dir(root).join("peers/work/scaling").join(names.to_string());
        compare::empty(&work)?;
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
