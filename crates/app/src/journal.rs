//! The ledger as use cases need it: opened in the right namespace, errors in words, progress passed on.

use std::path::PathBuf;
use std::sync::Mutex;

use proofmark_ledger::{Ledger, LedgerError, Namespace, Progress, TrialEntry};
use proofmark_lifecycle::{Phase, RunId};
use proofmark_training::{TrialKey, TrialLog, TrialLogError, TrialNumber};
use proofmark_units::{DateSpan, Digest, Symbol};

use crate::clock;
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Snapshot};
use crate::workspace::Workspace;

/// Opens the ledger of a workspace, creating it if need be.
pub(crate) fn open(workspace: &Workspace) -> Result<Ledger> {
    let path = workspace.ledger();
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(|source| AppError::io("create", folder, source))?;
    }
    let namespace = if workspace.is_dry_run() { Namespace::DryRun } else { Namespace::Real };
    Ledger::open(&path, namespace).map_err(failed("open the ledger"))
}

/// A ledger error in words.
pub(crate) fn failed(doing: &'static str) -> impl Fn(LedgerError) -> AppError {
    move |source| {
        let hint = source.hint();
        AppError::environment(format!("failed to {doing}")).hint(hint).because(source)
    }
}

/// Parses a run id from the command line.
pub(crate) fn run_id(text: &str) -> Result<RunId> {
    text.parse().map_err(|e| {
        AppError::input(format!("`{text}` is not a run id"))
            .hint("`proofmark runs list` names them")
            .because(e)
    })
}

/// Writes a run's counts where another terminal can read them.
pub(crate) struct ProgressLog<'a> {
    ledger: &'a Ledger,
    run: RunId,
    /// The first failure; progress is a courtesy, so it is reported once and never stops a run.
    failure: Mutex<Option<String>>,
}

impl<'a> ProgressLog<'a> {
    pub(crate) fn new(ledger: &'a Ledger, run: RunId) -> Self {
        Self { ledger, run, failure: Mutex::new(None) }
    }

    pub(crate) fn failure(&self) -> Option<String> {
        self.failure.lock().ok().and_then(|f| f.clone())
    }

    fn write(&self, at: &Snapshot) {
        let Some(phase) = Phase::ALL.into_iter().find(|p| p.name() == at.phase) else { return };
        let progress = Progress {
            run_id: self.run.clone(),
            phase,
            done: at.done,
            total: at.total,
            eta_seconds: at.eta_seconds,
            at: clock::now(),
        };
        if let Err(error) = self.ledger.progress(&progress)
            && let Ok(mut failure) = self.failure.lock()
        {
            failure.get_or_insert_with(|| error.to_string());
        }
    }
}

impl Reporter for ProgressLog<'_> {
    fn started(&self, at: &Snapshot) {
        self.write(at);
    }
    fn moved(&self, at: &Snapshot) {
        self.write(at);
    }
    fn ended(&self, at: &Snapshot, _: &str) {
        self.write(at);
    }
    fn note(&self, _: &str) {}
}

/// Where a trial's returns are kept, relative to the workspace.
pub(crate) fn returns_path(key: &Digest) -> String {
    format!("trials/{key}.json")
}

/// The trial log of a run: scoring goes through here, so nothing is scored without an entry.
pub(crate) struct Trials<'a> {
    pub(crate) ledger: &'a Ledger,
    pub(crate) run: RunId,
    pub(crate) key: Digest,
    pub(crate) symbols: Vec<Symbol>,
    pub(crate) span: DateSpan,
    pub(crate) pipeline: Digest,
    pub(crate) seed: u64,
}

impl Trials<'_> {
    /// Records the trial, with its returns once they are written.
    pub(crate) fn record_with(
        &self,
        returns_sha256: Option<Digest>,
    ) -> std::result::Result<u64, LedgerError> {
        let entry = TrialEntry {
            key: self.key,
            run_id: self.run.clone(),
            symbols: self.symbols.clone(),
            span: self.span,
            pipeline: self.pipeline,
            seed: self.seed,
            returns_path: returns_path(&self.key),
            returns_sha256,
        };
        self.ledger.record_trial(&entry, clock::now()).map(|number| number.0)
    }
}

impl TrialLog for Trials<'_> {
    fn record(&self, _: &TrialKey) -> std::result::Result<TrialNumber, TrialLogError> {
        match self.record_with(None) {
            Ok(number) => Ok(TrialNumber(number)),
            Err(source) => Err(TrialLogError {
                what: "the ledger did not take the trial".into(),
                source: Some(Box::new(source)),
            }),
        }
    }
}

/// The trial log of a replay: the trial is in the ledger already, and looking again adds nothing.
pub(crate) struct AlreadyRecorded;

impl TrialLog for AlreadyRecorded {
    fn record(&self, _: &TrialKey) -> std::result::Result<TrialNumber, TrialLogError> {
        Ok(TrialNumber(0))
    }
}

/// Path of the signing key.
pub(crate) fn key_path(workspace: &Workspace) -> PathBuf {
    workspace.keys().join("approver.pem")
}
