//! Each command: call a use case of `app`, say what came out.

mod align;
mod backtest;
mod books;
mod candidates;
mod context;
mod data;
mod evidence;
mod features;
mod forecast;
mod headlines;
mod market;
mod options;
mod report;
mod seed;
mod sentiment;
mod signals;
mod snapshots;
mod sql;
mod vendors;

use std::path::{Path, PathBuf};

use proofmark_app::error::{AppError, Result};
use proofmark_app::run::{RunRequest, RunSummary};
use proofmark_app::{audit, demo, doctor, ingest, keys, run, runs, workspace::Workspace};
use serde_json::json;

use crate::args::{
    AuditCommand, Cli, Command, DemoArgs, IngestArgs, KeyCommand, PhaseArg, RunArgs, RunsCommand, SourceKind,
    TrialsCommand,
};
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(crate) fn dispatch(cli: Cli) -> Result<Output> {
    let root = cli.directory.clone();
    let quiet = cli.quiet;
    let open = || Workspace::open(&root);
    match cli.command {
        Command::Demo(args) => demo(&root, &args, quiet),
        Command::Init => init(&root),
        Command::Doctor => Ok(doctor(&root)),
        Command::Config => config(&open()?),
        Command::Ingest(mut args) => match args.vendor.take() {
            Some(vendor) => vendors::ingest(&open()?, &root, vendor, quiet),
            None => ingest(&open()?, &root, &args, quiet),
        },
        Command::Data(command) => data::dispatch(&root, command, quiet),
        Command::Features(command) => features::dispatch(&root, command, quiet),
        Command::Labels(args) => evidence::labels(&open()?, &root, &args),
        Command::Backtest(args) => backtest::dispatch(&root, *args, quiet),
        Command::Run(args) => start(&open()?, &root, args, quiet),
        Command::Runs(command) => runs(&open()?, command),
        Command::Trials(TrialsCommand::List) => evidence::trials(&open()?),
        Command::Trials(TrialsCommand::Show { key }) => evidence::trial(&open()?, &key),
        Command::ExplainSplit(args) => evidence::explain_split(&open()?, &root, &args),
        Command::Candidates(command) => candidates::dispatch(open, command, quiet),
        Command::Gates(command) => evidence::gates(&root, &command),
        Command::Stress(args) => evidence::stress(&open()?, &args),
        Command::Certify(args) => evidence::certify(&root, args, quiet),
        Command::Audit(AuditCommand::Verify) => audit(&open()?),
        Command::Key(command) => key(&open()?, &command),
    }
}

fn demo(root: &Path, args: &DemoArgs, quiet: bool) -> Result<Output> {
    let reporters = (Terminal::labelled(quiet, "edge"), Terminal::labelled(quiet, "null"));
    let summary = demo::run(root, args.seed, args.workers, &reporters.0, &reporters.1)?;
    let mut text = String::new();
    for (name, world) in &summary.runs {
        text.push_str(&format!("\n{name}: {}\n", world.run.candidate.status));
        text.push_str(&verdict_table(&world.run));
        text.push_str(&format!("  briefing  {}\n", world.briefing.display()));
    }
    text.push_str(&format!("\n{}\n", summary.conclusion));
    let edge = &summary.runs["edge"];
    text.push_str(&format!(
        "\nNext, as a reviewer would:\n  proofmark -C {0} candidates briefing {1}\n  proofmark -C {0} candidates verify {1} --replay\n  proofmark -C {0} candidates holdout {1} --actor \"Your Name\" --reason \"every gate passed\"\n",
        edge.workspace.display(),
        edge.run.run_id
    ));
    if args.open {
        open_file(&edge.briefing)?;
    }
    Ok(Output::new(&summary, text).exit(u8::from(!summary.as_expected)))
}

fn verdict_table(run: &RunSummary) -> String {
    let line =
        |name: &str, verdict: String, reason: &str| vec![format!("  {name}"), verdict, reason.to_owned()];
    let verdicts = run.candidate.verdicts.iter().map(|v| line(&v.gate, v.verdict.to_string(), &v.reason));
    let policies =
        run.candidate.policies.iter().map(|c| line(&c.policy, c.recommendation.to_string(), &c.to_string()));
    table(&verdicts.chain(policies).collect::<Vec<_>>())
}

fn init(root: &Path) -> Result<Output> {
    let written = Workspace::init(root)?;
    let list: Vec<String> = written.iter().map(|p| p.display().to_string()).collect();
    let text = format!(
        "Made a workspace in `{}`:\n  {}\n\nNext: `proofmark ingest parquet FILE` or `proofmark ingest csv FILE`, then `proofmark run pipelines/nse_swing.toml`.\nNo data at hand? `proofmark ingest synthetic --scenario edge`, then `proofmark run pipelines/demo.toml`.",
        root.display(),
        list.join("\n  ")
    );
    Ok(Output::new(&json!({ "workspace": root, "written": list }), text))
}

fn doctor(root: &Path) -> Output {
    let report = doctor::check(root);
    let mut text = String::new();
    for finding in &report.findings {
        text.push_str(&format!("{:<4} {}\n", finding.level, finding.what));
        if let Some(mend) = &finding.mend {
            text.push_str(&format!("     hint: {mend}\n"));
        }
    }
    text.push_str(if report.healthy {
        "Nothing is wrong here.\n"
    } else {
        "Mend the lines marked `bad` first.\n"
    });
    Output::new(&report, text).exit(if report.healthy { 0 } else { 3 })
}

fn config(workspace: &Workspace) -> Result<Output> {
    let mut rows = vec![vec!["setting".into(), "value".into(), "from".into(), "what it does".into()]];
    for setting in workspace.settings().all() {
        let origin = match &setting.origin {
            proofmark_app::settings::Origin::Default => "default".to_owned(),
            proofmark_app::settings::Origin::File => "proofmark.toml".to_owned(),
            proofmark_app::settings::Origin::Environment(name) => name.clone(),
        };
        rows.push(vec![setting.key.into(), setting.value.clone(), origin, setting.doc.into()]);
    }
    Ok(Output::new(&json!({ "settings": workspace.settings() }), table(&rows)))
}

fn ingest(workspace: &Workspace, root: &Path, args: &IngestArgs, quiet: bool) -> Result<Output> {
    let terminal = Terminal::new(quiet);
    let files: Vec<PathBuf> = args.files.iter().map(|f| from_caller(root, f)).collect();
    let request = ingest::Request {
        calendar: args.calendar.clone(),
        symbol: args.symbol.clone(),
        symbols: args.symbols.clone(),
        columns: args.columns.clone(),
        date_format: args.date_format.clone(),
        file_date: args.file_date,
        series: args.only_series.clone(),
        zone: args.zone.clone(),
        to_daily: args.to_daily,
        interval: args.interval,
        stamped_at_end: args.stamped_at_end,
        tickers: match &args.tickers {
            Some(file) => ingest::tickers(&from_caller(root, file))?,
            None => proofmark_sources::Tickers::default(),
        },
    };
    if let Some(source) = &args.source {
        return signals::ingest(workspace, &files, source, args.kind == Some(SourceKind::Observations));
    }
    let kind = args.kind.ok_or_else(|| AppError::bug("neither files nor a vendor were named"))?;
    let summary = match kind {
        SourceKind::Csv => ingest::csv(workspace, &files, &request, &terminal)?,
        SourceKind::Parquet => ingest::parquet(workspace, &files, &request, &terminal)?,
        SourceKind::Sqlite => ingest::sqlite(workspace, &files, &request, &terminal)?,
        SourceKind::Observations => {
            let series = args.series.clone().ok_or_else(|| {
                AppError::input("`ingest observations` needs `--series NAME`")
                    .hint("for example `--series NIFTY50_DIVIDEND_YIELD`, or `--source fred_monthly` for a listed source")
            })?;
            ingest::observations(workspace, &files, &request, &series, &args.value_column, args.scale)?
        }
        SourceKind::Synthetic => ingest::synthetic(
            workspace,
            &ingest::Synthetic {
                scenario: args.scenario.clone().unwrap_or_else(|| "edge".into()),
                names: args.names,
                seed: args.seed,
                start: args.start_date,
                end: args.end_date,
                strength: args.strength,
            },
        )?,
    };
    Ok(Output::new(&summary, ingest_text(&summary)))
}

/// The account of an ingest, in words.
fn ingest_text(summary: &ingest::Summary) -> String {
    let mut text = format!(
        "{} rows read, {} new in the lake, {} already there, {} restated, {} symbols.\n",
        summary.rows_read,
        summary.rows_added,
        summary.rows_known,
        summary.rows_restated,
        summary.symbols.len()
    );
    if summary.rows_not_asked > 0 {
        text.push_str(&format!(
            "{} rows of other symbols were left out, as asked.\n",
            summary.rows_not_asked
        ));
    }
    for file in &summary.files {
        text.push_str(&format!("\n{} was read with {}\n", file.file, file.columns));
        for note in &file.notes {
            text.push_str(&format!("  {note}\n"));
        }
    }
    for problem in &summary.problems {
        text.push_str(&format!("\n{} ({} rows): {}\n", problem.rule, problem.count, problem.doc));
        for sample in &problem.samples {
            text.push_str(&format!("  {sample}\n"));
        }
    }
    text.push_str("\nNext: `proofmark data check` applies the quality rules.\n");
    text
}

/// Paths on the command line are the caller's, not the workspace's.
fn from_caller(root: &Path, path: &Path) -> PathBuf {
    if path.is_absolute() || path.exists() { path.to_owned() } else { root.join(path) }
}

fn start(workspace: &Workspace, root: &Path, args: RunArgs, quiet: bool) -> Result<Output> {
    if let Some(file) = args.pipeline.as_ref().map(|path| from_caller(root, path))
        && proofmark_app::forecast::is_forecast(&file)?
    {
        return forecast::start(workspace, file, &args, quiet);
    }
    if args.phase != PhaseArg::Backtest || args.no_png {
        return Err(AppError::input("`--phase` and `--no-png` are for pipelines of `kind = \"forecast\"`")
            .hint(
                "leave them out: this pipeline's run is its back-test, and an approved candidate is deployed",
            ));
    }
    let symbols = match &args.symbols_file {
        Some(file) => Some(run::read_symbols_file(&from_caller(root, file))?),
        None => (!args.symbols.is_empty()).then_some(args.symbols),
    };
    let request = RunRequest {
        pipeline: args.pipeline.map(|p| from_caller(root, &p)),
        overrides: proofmark_app::pipeline::Overrides { symbols, start: args.start_date, end: args.end_date },
        seed: args.seed,
        workers: args.workers,
        skip_fetch: args.skip_fetch,
        dry_run: args.dry_run,
        resume: args.resume,
        champion: args.champion,
        windows: run::Windows {
            teacher: args.windows && !args.skip_teacher,
            student: args.windows && !args.skip_student,
        },
    };
    let terminal = Terminal::new(quiet);
    let summary = run::start(workspace, &request, &[&terminal])?;
    Ok(run_output(&summary))
}

fn run_output(summary: &RunSummary) -> Output {
    let mut text = format!("\n{}  {}\n", summary.run_id, summary.candidate.status);
    text.push_str(&verdict_table(summary));
    text.push('\n');
    for (name, path) in &summary.artifacts {
        text.push_str(&format!("  {name:<9} {path}\n"));
    }
    text.push_str(&format!("\nNext: {}\n", summary.next));
    Output::new(summary, text).exit(u8::from(summary.candidate.status != "ready-for-review"))
}

fn runs(workspace: &Workspace, command: RunsCommand) -> Result<Output> {
    match command {
        RunsCommand::List => {
            let list = runs::list(workspace)?;
            let mut rows = vec![["run", "status", "pipeline", "created"].map(String::from).to_vec()];
            for r in &list {
                rows.push(vec![
                    r.run_id.clone(),
                    r.status.clone(),
                    r.pipeline.clone(),
                    r.created.to_string(),
                ]);
            }
            let text = if list.is_empty() {
                "No run yet. `proofmark run pipelines/nse_swing.toml` makes one.".to_owned()
            } else {
                table(&rows)
            };
            Ok(Output::new(&json!({ "runs": list }), text))
        }
        RunsCommand::Show { run } => {
            let summary = runs::show(workspace, run.as_deref())?;
            let output = run_output(&summary);
            Ok(output.exit(0))
        }
        RunsCommand::Progress { run, watch } => loop {
            let progress = runs::progress(workspace, run.as_deref())?;
            let mut rows = vec![["phase", "status", "tasks", "seconds", "eta"].map(String::from).to_vec()];
            for p in &progress.phases {
                let eta = p.eta_seconds.map_or(String::new(), |s| format!("{s:.0} s"));
                rows.push(vec![
                    p.name.clone(),
                    p.status.clone(),
                    format!("{}/{}", p.done, p.total),
                    format!("{:.1}", p.seconds),
                    eta,
                ]);
            }
            if !watch || progress.ended {
                return Ok(Output::new(&progress, format!("{}\n{}", progress.run_id, table(&rows))));
            }
            use std::io::Write as _;
            let _ = writeln!(std::io::stderr(), "{}\n{}", progress.run_id, table(&rows));
            std::thread::sleep(std::time::Duration::from_secs(2));
        },
    }
}

fn audit(workspace: &Workspace) -> Result<Output> {
    let report = audit::verify(workspace)?;
    let mut text = format!("{} events in one unbroken chain.\n", report.events);
    for line in &report.findings {
        text.push_str(&format!("  {line}\n"));
    }
    Ok(Output::new(&report, text).exit(u8::from(!report.findings.is_empty())))
}

fn key(workspace: &Workspace, command: &KeyCommand) -> Result<Output> {
    let key = match command {
        KeyCommand::New => keys::new(workspace)?,
        KeyCommand::Show => keys::show(workspace)?,
    };
    let text = format!("key id      {}\npublic key  {}\n", key.id, key.public_file.display());
    Ok(Output::new(&key, text))
}

/// Opens a file with the desktop's own program.
fn open_file(path: &Path) -> Result<()> {
    let program = if cfg!(target_os = "macos") {
        "open"
    } else if cfg!(windows) {
        "explorer"
    } else {
        "xdg-open"
    };
    std::process::Command::new(program).arg(path).spawn().map(drop).map_err(|source| {
        AppError::environment(format!("failed to open `{}` with `{program}`", path.display()))
            .hint("open the file in a browser yourself")
            .because(source)
    })
}
