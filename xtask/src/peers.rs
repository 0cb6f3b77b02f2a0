//! The Python peers: one virtual environment per group of pinned requirements, under the target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Folders `peers/<group>/requirements.txt`. Groups are kept apart because their pins disagree over time.
const GROUPS: &[&str] = &[
    "trees",
    "stats",
    "quantstats",
    "talib",
    "talipp",
    "features",
    "splits",
    "lake",
    "zoo",
    "backtest",
    "nautilus",
];

pub(crate) fn install_all(root: &Path) -> Result<(), String> {
    GROUPS.iter().try_for_each(|group| install(root, group).map(drop))
}

/// The Python of `group`, installed if its requirements changed since the last time.
pub(crate) fn install(root: &Path, group: &str) -> Result<PathBuf, String> {
    let requirements = root.join("peers").join(group).join("requirements.txt");
    let pins = std::fs::read_to_string(&requirements)
        .map_err(|error| format!("failed to read {}: {error}", requirements.display()))?;
    let folder = crate::target_dir(root).join("peers").join(group);
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last, so a half-made environment is made again.
    let stamp = folder.join("installed-requirements.txt");
    if python.exists() && std::fs::read_to_string(&stamp).is_ok_and(|installed| installed == pins) {
        return Ok(python);
    }
    eprintln!("== installing the Python peers `{group}`");
    let system = std::env::var("PROOFMARK_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    checked(
        Command::new(&system).args(["-m", "venv", "--clear"]).arg(&folder),
        &format!("create a virtual environment with `{system}` (set PROOFMARK_PYTHON to choose another)"),
    )?;
    checked(
        Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
                "--only-binary",
                ":all:",
                "-r",
            ])
            .arg(&requirements),
        &format!("install {}", requirements.display()),
    )?;
    std::fs::write(&stamp, pins).map_err(|error| format!("failed to write {}: {error}", stamp.display()))?;
    Ok(python)
}

pub(crate) fn checked(command: &mut Command, what: &str) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("failed to {what}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("failed to {what} ({status})")) }
}
