//! What can go wrong with a ledger, and one thing to try.

use std::path::{Path, PathBuf};

use proofmark_lifecycle::TransitionError;

use crate::event::{EventKind, Namespace};
use crate::schema::FORMAT;

/// A ledger operation failed; nothing of it was written.
#[derive(Debug, thiserror::Error)]
pub enum LedgerError {
    /// The file could not be opened or created.
    #[error("failed to open the ledger `{}`", path.display())]
    Open {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
    /// There is no ledger at this path.
    #[error("there is no ledger at `{}`", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The file is damaged; it was left as it is.
    #[error("the ledger `{}` is damaged ({detail}); it was left untouched and nothing is written to it", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What was found.
        detail: String,
    },
    /// The file is an SQLite database of something else.
    #[error("`{}` is a database, but not a ledger", path.display())]
    NotALedger {
        /// The file.
        path: PathBuf,
    },
    /// Written by a newer build.
    #[error("the ledger `{}` has format {found}, this build reads up to {FORMAT}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
    /// The copy before a migration could not be made; the ledger was not migrated.
    #[error("failed to back the ledger up to `{}` before migrating it", path.display())]
    Backup {
        /// The copy.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The file belongs to the other namespace.
    #[error("the ledger `{}` holds `{found}` events, not `{wanted}`", path.display())]
    Namespace {
        /// The file.
        path: PathBuf,
        /// What it holds.
        found: Namespace,
        /// What was asked for.
        wanted: Namespace,
    },
    /// An event does not follow from the one before.
    #[error("the ledger's hash chain breaks at event {seq}: {problem}")]
    Chain {
        /// Number of the first event that does not hold.
        seq: u64,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Another process kept the ledger locked.
    #[error("the ledger `{}` is locked by another process", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// The body of an event has another shape.
    #[error("failed to read the body of a `{kind}` event")]
    Body {
        /// Its kind.
        kind: EventKind,
        /// Why.
        #[source]
        source: serde_json::Error,
    },
    /// An event of this kind belongs to a run.
    #[error("a `{kind}` event needs a run")]
    NoRun {
        /// Its kind.
        kind: EventKind,
    },
    /// Nobody recorded this run.
    #[error("run `{run}` is not in the ledger")]
    UnknownRun {
        /// The run asked for.
        run: String,
    },
    /// Nobody recorded this candidate.
    #[error("candidate `{run}` is not in the ledger")]
    UnknownCandidate {
        /// The candidate asked for.
        run: String,
    },
    /// The candidate is there with other content.
    #[error("candidate `{run}` was recorded before, with other content")]
    CandidateExists {
        /// The candidate.
        run: String,
    },
    /// A dry run's candidate in the real ledger, or the other way round.
    #[error("a candidate with dry_run = {dry_run} does not belong into the `{namespace}` ledger")]
    WrongNamespace {
        /// Whether the candidate is a rehearsal.
        dry_run: bool,
        /// The ledger's namespace.
        namespace: Namespace,
    },
    /// A decision without a person, a reason, or (for an approval) a mark.
    #[error("the decision has no {what}")]
    Incomplete {
        /// What is missing.
        what: &'static str,
    },
    /// For live, author and approver are different people.
    #[error("`{actor}` made this candidate and cannot approve it for live")]
    SamePerson {
        /// The name.
        actor: String,
    },
    /// The candidate's state machine refuses the action.
    #[error("candidate `{run}`")]
    Transition {
        /// The candidate.
        run: String,
        /// Why.
        #[source]
        source: TransitionError,
    },
    /// The database refused (disk full, permissions, ...).
    #[error("failed to {doing} in the ledger `{}`", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What was being done.
        doing: &'static str,
        /// Why.
        #[source]
        source: rusqlite::Error,
    },
}

impl LedgerError {
    /// One thing to try.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Open { .. } | Self::Sqlite { .. } => {
                "check that the folder exists, is writable and has space left"
            }
            Self::Missing { .. } => "create a workspace with `proofmark init`, or point `-C` at one",
            Self::Corrupt { .. } => {
                "copy the file away, then restore it from a backup; `proofmark audit verify` shows what holds"
            }
            Self::NotALedger { .. } => "point the workspace at another file",
            Self::Newer { .. } => "use the build that wrote it, or a newer one",
            Self::Backup { .. } => "free some space beside the ledger, then try again",
            Self::Namespace { .. } | Self::WrongNamespace { .. } => "dry runs have a ledger of their own",
            Self::Chain { .. } => {
                "somebody or something changed the file: restore it from a backup and compare"
            }
            Self::Busy { .. } => "wait for the other process to finish, then try again",
            Self::Body { .. } | Self::NoRun { .. } => "the event was written by another version, or by hand",
            Self::UnknownRun { .. } => "`proofmark runs list` names the runs there are",
            Self::UnknownCandidate { .. } => "`proofmark candidates list` names the candidates there are",
            Self::CandidateExists { .. } => "a finished run is not recorded twice; start a new run",
            Self::Incomplete { .. } => {
                "give `--actor NAME --reason TEXT`; an approval also needs a signed mark"
            }
            Self::SamePerson { .. } => "ask somebody else to review it",
            Self::Transition { source, .. } => source.hint(),
        }
    }

    /// An SQLite error while `doing` something, told apart into damage, lock and the rest.
    pub(crate) fn sqlite(path: &Path, doing: &'static str) -> impl Fn(rusqlite::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| {
            let path = path.clone();
            match source.sqlite_error_code() {
                Some(rusqlite::ErrorCode::DatabaseCorrupt | rusqlite::ErrorCode::NotADatabase) => {
                    Self::Corrupt { path, detail: source.to_string() }
                }
                Some(rusqlite::ErrorCode::DatabaseBusy | rusqlite::ErrorCode::DatabaseLocked) => {
                    Self::Busy { path }
                }
                _ => Self::Sqlite { path, doing, source },
            }
        }
    }
}
