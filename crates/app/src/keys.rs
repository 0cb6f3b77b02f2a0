//! The signing key: what makes an approval a proof.

use std::path::PathBuf;

use proofmark_ledger::EventKind;
use proofmark_ledger::keys::{Key, KeyError, load_public, public_path};
use proofmark_lifecycle::mark::key_id;
use proofmark_units::Digest;
use serde::Serialize;
use serde_json::json;

use crate::clock;
use crate::error::{AppError, Result};
use crate::journal;
use crate::workspace::Workspace;

/// A key's public half.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PublicKey {
    /// Digest of the public key's bytes, as marks carry it.
    pub id: Digest,
    /// Where the public key is.
    pub public_file: PathBuf,
}

fn explain(source: KeyError) -> AppError {
    let hint = source.hint();
    AppError::input("the signing key").hint(hint).because(source)
}

/// Makes the workspace's signing key, readable by its owner only.
///
/// # Errors
/// There is one already, or the folder cannot be written.
pub fn new(workspace: &Workspace) -> Result<PublicKey> {
    let folder = workspace.keys();
    std::fs::create_dir_all(&folder).map_err(|e| AppError::io("create", &folder, e))?;
    let path = journal::key_path(workspace);
    let key = Key::create(&path).map_err(explain)?;
    let ledger = journal::open(workspace)?;
    ledger
        .append(EventKind::KeyCreated, None, &json!({ "key_id": key.id() }), clock::now())
        .map_err(journal::failed("record the new key"))?;
    Ok(PublicKey { id: key.id(), public_file: public_path(&path) })
}

/// The workspace's public key.
///
/// # Errors
/// There is none yet.
pub fn show(workspace: &Workspace) -> Result<PublicKey> {
    let public_file = public_path(&journal::key_path(workspace));
    if !public_file.exists() {
        return Err(AppError::input("there is no signing key here yet").hint("`proofmark key new` makes one"));
    }
    let key = load_public(&public_file).map_err(explain)?;
    Ok(PublicKey { id: key_id(&key), public_file })
}

/// The private key, for signing an approval.
pub(crate) fn load(workspace: &Workspace) -> Result<Key> {
    let path = journal::key_path(workspace);
    if !path.exists() {
        return Err(AppError::input(
            "there is no signing key: a name on the command line is asserted, the key is the proof",
        )
        .hint("make one with `proofmark key new`, then approve again"));
    }
    Key::load(&path).map_err(explain)
}
