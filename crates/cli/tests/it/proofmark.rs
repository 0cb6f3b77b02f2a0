//! Runs the binary and reads what it says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The binary with arguments, in `directory`, silent on stderr bars, blind to the caller's settings.
pub(crate) fn command(directory: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proofmark"));
    command.current_dir(directory).args(arguments).stdin(Stdio::null());
    for (name, _) in std::env::vars() {
        if name.starts_with("PROOFMARK_") || name.starts_with("HISTORICAL_RUN_") {
            command.env_remove(name);
        }
    }
    command
}

pub(crate) struct Said {
    pub(crate) exit: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("not one JSON object ({e}): {}\n{}", self.stdout, self.stderr))
    }
}

/// The JSON of a command that went well.
#[track_caller]
pub(crate) fn made(said: &Said) -> Value {
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    said.json()
}

/// A command refused bad input, with these words.
#[track_caller]
pub(crate) fn refused(said: &Said, words: &[&str]) {
    assert_eq!(said.exit, 2, "{}\n{}", said.stdout, said.stderr);
    for word in words {
        assert!(said.stderr.contains(word), "expected `{word}` in {}", said.stderr);
    }
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

pub(crate) fn run(directory: &Path, arguments: &[&str]) -> Said {
    command(directory, arguments).output().unwrap().into()
}

/// One demo, run once for all tests that only read it. (The folder lives as long as the test process.)
pub(crate) fn demo() -> &'static (PathBuf, Value) {
    static DEMO: OnceLock<(PathBuf, Value)> = OnceLock::new();
    DEMO.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap().keep();
        let said = run(&folder, &["demo", "--json", "--quiet"]);
        assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
        let json = said.json();
        (folder, json)
    })
}

/// A writable copy of a folder, for tests that break things.
pub(crate) fn copy(from: &Path) -> tempfile::TempDir {
    fn visit(from: &Path, to: &Path) {
        std::fs::create_dir_all(to).unwrap();
        for entry in std::fs::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            let target = to.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                visit(&entry.path(), &target);
            } else {
                std::fs::copy(entry.path(), target).unwrap();
            }
        }
    }
    let folder = tempfile::tempdir().unwrap();
    visit(from, folder.path());
    folder
}
