//! The commands around the product: `cargo xtask test`, `cargo xtask parity`, `cargo xtask bench`.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command for the terminal")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;

mod checks;
mod compare;
mod comparisons;
mod fuzz;
#[cfg(test)]
mod house;
mod kills;
mod measure;
mod peers;
mod scaling;
mod table;

const USAGE: &str = "usage: cargo xtask COMMAND

  test               format, clippy with warnings denied, all tests, doc tests, docs; needs only Rust and a C compiler
  parity [NAME..]    installs the Python peers and compares our figures with theirs, live
  bench [NAME..]     the same, timed side by side, into docs/BENCHMARKS.md: all of it, or the sections named
  fuzz [SECONDS] [TARGET..]  feeds every parser hostile bytes, each target for so many seconds (60), from simulated and real files
  kills              kills the main job on the real data 20 times, resumes, and compares every digest
  peers              installs the Python peers and does nothing else
";

fn main() -> ExitCode {
    if std::env::var_os(fuzz::STAND_IN).is_some() {
        return fuzz::stand_in();
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names = arguments.get(1..).unwrap_or_default();
    let result = match arguments.first().map(String::as_str) {
        Some("test") => checks::run(&root()),
        Some("parity") => compare::parity(&root(), names),
        Some("bench") => compare::bench(&root(), names),
        Some("fuzz") => fuzz::run(&root(), names),
        Some("kills") => kills::run(&root()),
        Some("peers") => peers::install_all(&root()),
        Some("help" | "--help" | "-h") => {
            print!("{USAGE}");
            Ok(())
        }
        _ => {
            eprint!("{USAGE}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The checkout: the folder above this package.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new(".")).to_path_buf()
}

/// Where cargo builds to: `CARGO_TARGET_DIR` or `target` in the checkout.
fn target_dir(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |dir| root.join(dir))
}

/// The cargo that runs us, without what it told us of this package: build scripts read it (that of `ring` does), and would run
/// again, with all that stands on them, each time that somebody calls cargo by hand in between.
fn cargo() -> std::process::Command {
    let mut cargo = std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name
            .to_str()
            .is_some_and(|name| name.starts_with("CARGO_MANIFEST_") || name.starts_with("CARGO_PKG_"))
        {
            cargo.env_remove(name);
        }
    }
    cargo
}

/// The real data beside the checkout, when it is there.
fn shared_data(root: &Path) -> Option<PathBuf> {
    let folder = root.join("../shared/data");
    folder.is_dir().then_some(folder)
}
