//! What is wrong with a workspace, and how to mend it.

use std::fs;
use std::path::{Path, PathBuf};

use proofmark_lake::{Lake, LakeError, LakeProblem};
use proofmark_ledger::Ledger;
use serde::Serialize;

use crate::error::AppError;
use crate::pipeline::Pipeline;
use crate::settings::Settings;
use crate::workspace::Workspace;

/// Problems of one kind that are listed one by one; the rest are counted.
const LISTED: usize = 5;

/// The state of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether nothing is `bad`.
    pub healthy: bool,
    /// Every check, in order.
    pub findings: Vec<Finding>,
}

/// What one check says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// `ok`, `warn` or `bad`.
    pub level: &'static str,
    /// What was found.
    pub what: String,
    /// How to mend it.
    pub mend: Option<String>,
}

impl Finding {
    fn ok(what: impl Into<String>) -> Self {
        Self { level: "ok", what: what.into(), mend: None }
    }

    fn warn(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { level: "warn", what: what.into(), mend: Some(mend.into()) }
    }

    fn bad(what: impl Into<String>, mend: impl Into<String>) -> Self {
        Self { level: "bad", what: what.into(), mend: Some(mend.into()) }
    }

    fn error(error: &AppError) -> Self {
        let mend = error.hint_text().map(str::to_owned);
        Self { level: "bad", what: error.chain().join(": "), mend }
    }
}

/// Checks the workspace in `root`. What cannot be looked at is a finding, never an error.
pub fn check(root: &Path) -> Report {
    let mut findings = Vec::new();
    match Workspace::open(root) {
        Ok(ws) => {
            findings.push(Finding::ok(format!("workspace `{}`, settings read", root.display())));
            findings.extend(switch_findings(ws.settings()));
        }
        Err(error) => findings.push(Finding::error(&error)),
    }
    // Without a workspace the other checks would only say so again.
    if root.join("proofmark.toml").is_file() {
        findings.push(folder_finding(root));
        findings.extend(lake_findings(&root.join("lake")));
        findings.extend(pipeline_findings(&root.join("pipelines")));
        findings.extend(ledger_findings(root));
        findings.extend(key_findings(&root.join("keys")));
    }
    Report { healthy: findings.iter().all(|finding| finding.level != "bad"), findings }
}

/// The settings that could let something leave this machine or skip a person.
fn switch_findings(settings: &Settings) -> Vec<Finding> {
    let on = |key: &str| settings.all().iter().any(|setting| setting.key == key && setting.value != "false");
    let mut findings = Vec::new();
    for (key, what) in
        [("safety.live_trading", "live trading"), ("safety.auto_approve", "approval without a person")]
    {
        findings.push(if on(key) {
            Finding::bad(format!("{what} is switched on"), format!("set `{key} = false`"))
        } else {
            Finding::ok(format!("{what} is off"))
        });
    }
    if on("safety.network") {
        findings.push(Finding::warn(
            "`ingest VENDOR` and `data sentiment snapshot` may ask over the network",
            "set `safety.network = false` unless you mean it",
        ));
    }
    findings
}

fn folder_finding(root: &Path) -> Finding {
    match tempfile::Builder::new().prefix(".doctor").tempfile_in(root) {
        Ok(_) => Finding::ok("the folder can be written"),
        Err(error) => {
            let error = AppError::io("write into", root, error);
            Finding::error(&error)
        }
    }
}

fn lake_findings(folder: &Path) -> Vec<Finding> {
    let damaged = |doing: &str, error: &LakeError| {
        let mut what = format!("{doing}: {error}");
        if let Some(cause) = std::error::Error::source(error) {
            what.push_str(&format!(": {cause}"));
        }
        vec![Finding::bad(what, error.hint())]
    };
    let lake = match Lake::open(folder) {
        Ok(lake) => lake,
        Err(error) => return damaged("failed to open the lake", &error),
    };
    if lake.files().is_empty() {
        return vec![Finding::warn("the lake is empty", "fill it: `proofmark ingest --help` shows how")];
    }
    match lake.verify() {
        Ok(problems) if problems.is_empty() => {
            let (symbols, files) = (lake.symbols().len(), lake.files_on_disk());
            vec![Finding::ok(format!(
                "the lake holds {symbols} symbols; each of its {files} files has its recorded digest"
            ))]
        }
        Ok(problems) => {
            let mend = "restore the file from a copy, or ingest the sources into a fresh workspace";
            let mut findings: Vec<Finding> = problems
                .iter()
                .take(LISTED)
                .map(|problem| match problem {
                    LakeProblem::Missing { path } => {
                        Finding::bad(format!("`lake/{}` is gone", path.display()), mend)
                    }
                    LakeProblem::Changed { path } => Finding::bad(
                        format!("`lake/{}` was changed after it was stored", path.display()),
                        mend,
                    ),
                })
                .collect();
            if problems.len() > LISTED {
                findings.push(Finding::bad(
                    format!("and {} more files of the lake", problems.len() - LISTED),
                    mend,
                ));
            }
            findings
        }
        Err(error) => damaged("failed to check the lake", &error),
    }
}

fn pipeline_findings(folder: &Path) -> Vec<Finding> {
    let mut files: Vec<PathBuf> = match fs::read_dir(folder) {
        Ok(entries) => entries.filter_map(|entry| Some(entry.ok()?.path())).collect(),
        Err(error) => {
            let what = format!("the pipelines in `{}` cannot be listed: {error}", folder.display());
            return vec![Finding::warn(what, "keep pipeline files there, or name one by its path")];
        }
    };
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let mut findings: Vec<Finding> = files
        .iter()
        .filter_map(|file| match crate::forecast::is_forecast(file) {
            Ok(true) => crate::forecast::ForecastPipeline::read(file).err(),
            _ => Pipeline::read(file).err(),
        })
        .map(|error| Finding::error(&error))
        .collect();
    let sound = files.len() - findings.len();
    if sound > 0 || findings.is_empty() {
        findings.insert(0, Finding::ok(format!("{sound} of {} pipelines are sound", files.len())));
    }
    findings
}

/// Whether the ledger opens and its chain is unbroken.
fn ledger_findings(root: &Path) -> Vec<Finding> {
    let path = root.join("ledger.sqlite");
    if !path.exists() {
        return vec![Finding::ok("no run yet, so no ledger")];
    }
    let explain = |source: proofmark_ledger::LedgerError| {
        Finding::error(&crate::journal::failed("check the ledger")(source))
    };
    match Ledger::open_read_only(&path).and_then(|ledger| ledger.verify_chain()) {
        Ok(chain) => vec![Finding::ok(format!("the ledger's chain of {} events is unbroken", chain.events))],
        Err(error) => vec![explain(error)],
    }
}

/// Signing keys that others than their owner can read.
#[cfg(unix)]
fn key_findings(folder: &Path) -> Vec<Finding> {
    use std::os::unix::fs::PermissionsExt as _;

    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
        Err(error) => return vec![Finding::error(&AppError::io("list", folder, error))],
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.retain(|file| file.is_file() && !is_public(file));
    files.sort();
    let mut findings = Vec::new();
    for file in files {
        match fs::metadata(&file) {
            Ok(data) if data.permissions().mode() & 0o077 == 0 => {
                findings.push(Finding::ok(format!("only you can read `{}`", file.display())));
            }
            Ok(data) => findings.push(Finding::bad(
                format!(
                    "`{}` has mode {:04o}: others can reach it",
                    file.display(),
                    data.permissions().mode() & 0o7777
                ),
                format!("`chmod 600 {}`; if others could read it, make a new key", file.display()),
            )),
            Err(error) => findings.push(Finding::error(&AppError::io("look at", &file, error))),
        }
    }
    findings
}

/// Other systems guard files by other means than a mode.
#[cfg(not(unix))]
fn key_findings(_folder: &Path) -> Vec<Finding> {
    Vec::new()
}

/// Whether a file of the key folder is the half that anyone may have.
#[cfg(unix)]
fn is_public(file: &Path) -> bool {
    file.file_name().is_some_and(|name| name.to_string_lossy().contains("pub"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest;

    fn bad(report: &Report) -> Vec<&str> {
        report.findings.iter().filter(|f| f.level == "bad").map(|f| f.what.as_str()).collect()
    }

    #[test]
    fn a_fresh_workspace_is_healthy_and_no_workspace_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let report = check(folder.path());
        assert!(!report.healthy && report.findings.len() == 1);
        assert!(report.findings[0].mend.as_ref().unwrap().contains("proofmark init"));
        Workspace::init(folder.path()).unwrap();
        let before = fs::read_dir(folder.path()).unwrap().count();
        let report = check(folder.path());
        assert!(report.healthy, "{report:?}");
        assert!(report.findings.iter().any(|f| f.what.contains("6 of 6 pipelines")), "{report:?}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), before, "nothing is left behind");
    }

    #[test]
    fn a_changed_and_a_missing_file_of_the_lake_are_named() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let file = folder.path().join("some.csv");
        let row = |symbol: &str| format!("2024-01-03,{symbol},1,2,1,2,10\n");
        fs::write(&file, format!("date,symbol,open,high,low,close,volume\n{}{}", row("AAA"), row("BBB")))
            .unwrap();
        let request = ingest::Request { calendar: "XNSE".into(), ..ingest::Request::default() };
        ingest::csv(&ws, &[file], &request, &crate::progress::Silent).unwrap();
        assert!(check(folder.path()).healthy);
        let files = crate::data::open_lake(&ws).unwrap().files().to_vec();
        fs::remove_file(ws.lake().join(files[0].path())).unwrap();
        let path = ws.lake().join(files[1].path());
        let mut bytes = fs::read(&path).unwrap();
        bytes[10] ^= 1;
        fs::write(&path, bytes).unwrap();
        let report = check(folder.path());
        let bad = bad(&report);
        assert!(bad.len() == 2 && bad[0].contains("gone") && bad[1].contains("changed"), "{bad:?}");
        fs::write(ws.lake().join("manifest.json"), "{").unwrap();
        assert!(!check(folder.path()).healthy);
    }

    #[test]
    fn bad_settings_and_pipelines_are_named_with_what_mends_them() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        fs::write(folder.path().join("proofmark.toml"), "format = 1\n[safety]\nlive_trading = true\n")
            .unwrap();
        fs::write(folder.path().join("pipelines/broken.toml"), "name = ").unwrap();
        let report = check(folder.path());
        let bad = bad(&report);
        assert!(
            bad.len() == 2 && bad[0].contains("live_trading") && bad[1].contains("broken.toml"),
            "{bad:?}"
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_key_that_others_can_read_is_bad() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let keys = folder.path().join("keys");
        fs::create_dir(&keys).unwrap();
        for (name, mode) in [("signing.pem", 0o600), ("signing.pub.pem", 0o644), ("old.pem", 0o640)] {
            fs::write(keys.join(name), "key").unwrap();
            fs::set_permissions(keys.join(name), fs::Permissions::from_mode(mode)).unwrap();
        }
        let report = check(folder.path());
        let bad = bad(&report);
        assert!(bad.len() == 1 && bad[0].contains("old.pem") && bad[0].contains("0640"), "{bad:?}");
    }
}
