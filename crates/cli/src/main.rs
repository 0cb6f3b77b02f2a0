//! The `proofmark` binary: arguments in, one result out.
//!
//! Results go to stdout (one JSON object with `--json`), progress and errors to stderr. Exit codes: 0 done, 1 finished
//! with a negative outcome, 2 wrong usage or input, 3 broken environment, 70 our bug.

mod args;
mod commands;
mod output;
mod terminal;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser;
use mimalloc::MiMalloc;
use proofmark_app::error::AppError;
use serde_json::json;

use crate::args::Cli;
use crate::output::Output;

/// Columns of large panels come in huge pages: the system's allocator faults them in 4 KiB at a time.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Exit code for a bug of ours (sysexits.h `EX_SOFTWARE`).
const BUG: u8 = 70;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { misused(&error) } else { 0 });
        }
    };
    let json = cli.json;
    // A panic is our bug; the user gets a sentence and a code, not a stack trace.
    std::panic::set_hook(Box::new(|info| {
        let place = info.location().map_or(String::new(), |l| format!(" ({}:{})", l.file(), l.line()));
        let what = info.payload_as_str().unwrap_or("no message");
        let _ = writeln!(
            std::io::stderr(),
            "error: Proofmark hit a bug of its own: {what}{place}\n\nhint: finished work is kept; please report this with the command you ran"
        );
    }));
    match std::panic::catch_unwind(|| commands::dispatch(cli)) {
        Ok(Ok(output)) => finish(&output, json),
        Ok(Err(error)) => fail(&error, json),
        Err(_) => ExitCode::from(BUG),
    }
}

/// The exit code of a command line that cannot be read; said in JSON too where that was asked for.
fn misused(error: &clap::Error) -> u8 {
    const USAGE: u8 = 2;
    if std::env::args_os().any(|argument| argument == "--json") {
        let text = error.render().to_string();
        let (message, hint) = text.split_once("\n\n").unwrap_or((&text, ""));
        let message = message.trim_start_matches("error: ").trim();
        let object =
            json!({ "error": { "message": message, "causes": [], "hint": hint.trim(), "exit_code": USAGE } });
        let _ = writeln!(std::io::stdout(), "{object}");
    }
    USAGE
}

fn finish(output: &Output, json: bool) -> ExitCode {
    let mut stdout = std::io::stdout().lock();
    let written = if json { writeln!(stdout, "{}", output.json) } else { write!(stdout, "{}", output.text) };
    // A closed pipe (`| head`) is the reader's choice, not a failure.
    match written.and_then(|()| stdout.flush()) {
        Ok(()) => ExitCode::from(output.exit),
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::from(output.exit),
        Err(_) => ExitCode::from(3),
    }
}

fn fail(error: &AppError, json: bool) -> ExitCode {
    let chain = error.chain();
    let mut text = format!("error: {}\n", chain[0]);
    for cause in &chain[1..] {
        text.push_str(&format!("  because: {cause}\n"));
    }
    if let Some(hint) = error.hint_text() {
        text.push_str(&format!("\nhint: {hint}\n"));
    }
    let _ = write!(std::io::stderr(), "{text}");
    if json {
        let object = json!({ "error": { "message": chain[0], "causes": chain[1..], "hint": error.hint_text(), "exit_code": error.exit_code() } });
        let _ = writeln!(std::io::stdout(), "{object}");
    }
    ExitCode::from(error.exit_code())
}
