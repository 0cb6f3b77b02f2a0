//! `cargo xtask fuzz`: hostile bytes for every parser, one target after the other.
//!
//! libFuzzer runs on stable Rust: only our own crates are instrumented, by this program standing in for `rustc`.
//! `cargo +nightly fuzz run TARGET` instruments everything.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use crate::{cargo, shared_data, target_dir};

/// Set while cargo builds the targets: this program is then the compiler.
pub(crate) const STAND_IN: &str = "PROOFMARK_FUZZ_RUSTC";

/// Seconds for each target, when none are said.
const SECONDS: u64 = 60;

/// Most memory of a target, MiB: of all, and of one allocation.
const MEMORY_MB: u32 = 1_024;
const ALLOCATION_MB: u32 = 512;

/// Longest input, bytes: an empty file of the market schema has 144 KiB, and a part of it is none.
const INPUT_MAX: usize = 160 << 10;

/// Longest real Parquet file, and longest piece of another real file, bytes.
const WHOLE: usize = 64 << 10;
const PIECE: usize = 4 << 10;

/// Targets that are given the start of every text file.
const TEXT_READERS: [&str; 8] =
    ["csv_bars", "records", "observations", "chains", "books", "lists", "membership", "headlines"];

/// What the compiler adds to our crates: counters of edges and compared values.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Runs `rustc` as cargo asked for, with coverage for our own crates.
pub(crate) fn stand_in() -> ExitCode {
    let arguments: Vec<std::ffi::OsString> = std::env::args_os().skip(1).collect();
    let Some((rustc, rest)) = arguments.split_first() else { return ExitCode::from(2) };
    let name = rest.iter().position(|word| word == "--crate-name").and_then(|at| rest.get(at + 1));
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let own = std::env::var(STAND_IN).unwrap_or_default();
    let ours = name.starts_with("proofmark_") || own.split(',').any(|target| target == name);
    let mut command = Command::new(rustc);
    command.args(rest);
    if ours {
        command.args(COVERAGE);
    }
    match command.status() {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}

/// What came of one target.
struct Outcome {
    target: String,
    executions: u64,
    peak_mb: u64,
    inputs: usize,
    finding: Option<PathBuf>,
}

/// `[SECONDS] [TARGET..]`.
pub(crate) fn run(root: &Path, arguments: &[String]) -> Result<(), String> {
    let (seconds, names) = match arguments.first().and_then(|first| first.parse::<u64>().ok()) {
        Some(seconds) => (seconds, &arguments[1..]),
        None => (SECONDS, arguments),
    };
    let all = targets(root)?;
    if let Some(unknown) = names.iter().find(|name| !all.contains(name)) {
        return Err(format!("there is no target `{unknown}`; there are {}", all.join(", ")));
    }
    let chosen: Vec<&String> = all.iter().filter(|name| names.is_empty() || names.contains(name)).collect();
    build(root, &all, &chosen)?;
    let corpus = target_dir(root).join("fuzz-corpus");
    seed(root, &corpus)?;
    let mut outcomes = Vec::new();
    for target in chosen {
        println!("fuzz: {target} for {seconds} s");
        outcomes.push(one(root, &corpus, target, seconds)?);
    }
    println!("\n| target | executions | peak MiB | inputs kept | finding |\n|---|---|---|---|---|");
    for o in &outcomes {
        let finding = o.finding.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string());
        println!("| `{}` | {} | {} | {} | {finding} |", o.target, o.executions, o.peak_mb, o.inputs);
    }
    match outcomes.iter().filter(|outcome| outcome.finding.is_some()).count() {
        0 => Ok(()),
        n => Err(format!("{n} targets failed; each finding is an input: run the target's program with it")),
    }
}

/// The targets, by their files, ascending.
pub(crate) fn targets(root: &Path) -> Result<Vec<String>, String> {
    let folder = root.join("fuzz/targets");
    let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut names: Vec<String> =
        entries.filter_map(|entry| Some(entry.ok()?.path().file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}

fn build(root: &Path, all: &[String], chosen: &[&String]) -> Result<(), String> {
    let me = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = cargo();
    command.args(["build", "--locked", "--manifest-path"]).arg(root.join("fuzz/Cargo.toml"));
    command.args(["--bin", "seeds"]).args(chosen.iter().flat_map(|name| ["--bin", name]));
    command.env("RUSTC_WRAPPER", me).env(STAND_IN, all.join(",")).env("CARGO_TARGET_DIR", target_dir(root));
    let status = command.status().map_err(|error| error.to_string())?;
    if status.success() { Ok(()) } else { Err("the fuzz targets do not build".to_owned()) }
}

fn program(root: &Path, name: &str) -> PathBuf {
    target_dir(root).join("debug").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
}

/// First inputs: what the program makes of a simulated market, and pieces of the real files where these are.
fn seed(root: &Path, corpus: &Path) -> Result<(), String> {
    let status =
        Command::new(program(root, "seeds")).arg(corpus).status().map_err(|error| error.to_string())?;
    if !status.success() {
        return Err("the first inputs cannot be written".to_owned());
    }
    match shared_data(root) {
        Some(data) => {
            let mut files = Vec::new();
            list(&data, &mut files);
            files.sort();
            for (number, file) in files.iter().enumerate() {
                slice(corpus, number, file).map_err(|error| format!("{}: {error}", file.display()))?;
            }
        }
        None => eprintln!("fuzz: SKIPPED the pieces of real files: ../shared/data is not here"),
    }
    Ok(())
}

fn list(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, files);
        } else {
            files.push(path);
        }
    }
}

/// The start of a text file, or a whole small binary one, for the targets that read its kind.
fn slice(corpus: &Path, number: usize, file: &Path) -> std::io::Result<()> {
    let mut bytes = Vec::new();
    let kind = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let (targets, most): (&[&str], usize) = match kind {
        "csv" | "txt" => (&TEXT_READERS, PIECE),
        "jsonl" | "json" => (&["books"], PIECE),
        "parquet" => (&["parquet_bars", "records", "chains", "books", "membership"], WHOLE),
        "gz" => (&["csv_bars", "records", "books"], PIECE),
        _ => return Ok(()),
    };
    let length = fs::metadata(file)?.len();
    if kind == "parquet" && length > most as u64 {
        return Ok(());
    }
    std::io::Read::read_to_end(&mut std::io::Read::take(fs::File::open(file)?, most as u64), &mut bytes)?;
    for target in targets {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        // Where the first byte chooses a reader, each kind of file meets each of them in turn.
        let first = u8::try_from(number % 20).unwrap_or(0);
        let chooses = matches!(*target, "csv_bars" | "observations" | "chains" | "books" | "membership");
        let input = if chooses { [&[first], bytes.as_slice()].concat() } else { bytes.clone() };
        fs::write(folder.join(format!("real-{number}")), input)?;
    }
    Ok(())
}

fn one(root: &Path, corpus: &Path, target: &str, seconds: u64) -> Result<Outcome, String> {
    let inputs = corpus.join(target);
    let findings = target_dir(root).join("fuzz-findings").join(target);
    for folder in [&inputs, &findings] {
        fs::create_dir_all(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let mut command = Command::new(program(root, target));
    command.arg(&inputs).args([
        format!("-max_total_time={seconds}"),
        format!("-rss_limit_mb={MEMORY_MB}"),
        format!("-malloc_limit_mb={ALLOCATION_MB}"),
        format!("-max_len={INPUT_MAX}"),
        format!("-artifact_prefix={}/", findings.display()),
        // An input may take 20 seconds before it is a finding, and before it is called slow.
        "-timeout=20".to_owned(),
        "-report_slow_units=20".to_owned(),
        "-seed=1".to_owned(),
        "-print_final_stats=1".to_owned(),
    ]);
    let output = command.output().map_err(|error| format!("{target}: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let stat = |name: &str| {
        let line = said.lines().find_map(|line| line.strip_prefix(&format!("stat::{name}:")));
        line.and_then(|number| number.trim().parse().ok()).unwrap_or(0)
    };
    let finding = said.lines().find_map(|line| line.split("Test unit written to ").nth(1)).map(PathBuf::from);
    if !output.status.success() {
        let last: Vec<&str> = said.lines().rev().take(30).collect();
        eprintln!("{}", last.into_iter().rev().collect::<Vec<_>>().join("\n"));
    }
    Ok(Outcome {
        target: target.to_owned(),
        executions: stat("number_of_executed_units"),
        peak_mb: stat("peak_rss_mb"),
        inputs: fs::read_dir(&inputs).map_or(0, Iterator::count),
        // A program that died without an input is a finding too.
        finding: finding.or_else(|| (!output.status.success()).then(|| findings.clone())),
    })
}
