//! The mark: an Ed25519 signature that binds a model's bytes to their data, evidence, verdicts and votes.
//!
//! Envelope: DSSE v1.0 (github.com/secure-systems-lab/dsse). Payload: in-toto Statement v1 whose subject is the
//! list of artefacts.

mod votes;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ed25519_dalek::{Signature, Signer as _};
pub use ed25519_dalek::{SigningKey, VerifyingKey};
use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use crate::run::{Artifact, RunId};

pub use votes::{GateVote, PersonVote, VoteError, Votes, same_person};

/// Media type of the payload.
pub const PAYLOAD_TYPE: &str = "application/vnd.in-toto+json";
/// Type of the statement.
pub const STATEMENT_TYPE: &str = "https://in-toto.io/Statement/v1";
/// Type of the predicate; its version changes when the predicate does.
pub const PREDICATE_TYPE: &str = "https://proofmark.dev/mark/v1";

/// Where a marked model may run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Orders are simulated.
    Paper,
    /// Orders are real.
    Live,
}

impl Environment {
    /// The written form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Paper => "paper",
            Self::Live => "live",
        }
    }
}

/// What the mark says about its subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predicate {
    /// The run.
    pub run_id: RunId,
    /// Where the model may run.
    pub environment: Environment,
    /// Data snapshot.
    pub snapshot: Digest,
    /// Pipeline file's content.
    pub pipeline: Digest,
    /// Gate policy.
    pub policy: Digest,
    /// All evidence records.
    pub evidence: Digest,
    /// The manifest's bytes.
    pub manifest: Digest,
    /// Both votes; vote 1 carries the digest of the verdicts.
    pub votes: Votes,
    /// Version of the program that judged.
    pub binary_version: String,
}

/// Digests of one subject, by algorithm.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DigestSet {
    /// SHA-256.
    pub sha256: Digest,
}

/// One artefact the mark covers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Subject {
    /// Path relative to the run's root.
    pub name: String,
    /// Its digest.
    pub digest: DigestSet,
}

/// An in-toto Statement v1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "_type")]
    statement_type: String,
    subject: Vec<Subject>,
    #[serde(rename = "predicateType")]
    predicate_type: String,
    predicate: Predicate,
}

impl Statement {
    /// A statement about these artefacts, in order of path.
    ///
    /// # Errors
    /// [`MarkError::NoSubject`] without any artefact; [`MarkError::Votes`] when the votes do not carry a mark.
    pub fn new(artifacts: &[Artifact], predicate: Predicate) -> Result<Self, MarkError> {
        let mut subject: Vec<Subject> = artifacts
            .iter()
            .map(|file| Subject { name: file.path.clone(), digest: DigestSet { sha256: file.sha256 } })
            .collect();
        subject.sort();
        let (statement_type, predicate_type) = (STATEMENT_TYPE.to_owned(), PREDICATE_TYPE.to_owned());
        let statement = Self { statement_type, subject, predicate_type, predicate };
        statement.check().map(|()| statement)
    }

    /// The artefacts covered.
    pub fn subject(&self) -> &[Subject] {
        &self.subject
    }

    /// What is said about them.
    pub const fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// Paths whose bytes are not the marked ones: changed, missing, or not covered. `found` is what the caller hashed.
    pub fn changed(&self, found: &[Artifact]) -> Vec<String> {
        let digest_of = |path: &str| found.iter().find(|file| file.path == path).map(|file| file.sha256);
        let covered = |path: &str| self.subject.iter().any(|subject| subject.name == path);
        let changed =
            self.subject.iter().filter(|s| digest_of(&s.name) != Some(s.digest.sha256)).map(|s| &s.name);
        let mut paths: Vec<String> = changed
            .chain(found.iter().map(|file| &file.path).filter(|path| !covered(path)))
            .cloned()
            .collect();
        paths.sort();
        paths.dedup();
        paths
    }

    fn check(&self) -> Result<(), MarkError> {
        for (what, found, wanted) in [
            ("statement", &self.statement_type, STATEMENT_TYPE),
            ("predicate", &self.predicate_type, PREDICATE_TYPE),
        ] {
            if found != wanted {
                return Err(MarkError::Type { what, found: found.clone(), wanted });
            }
        }
        if self.subject.is_empty() {
            return Err(MarkError::NoSubject);
        }
        Ok(self.predicate.votes.check(self.predicate.environment)?)
    }
}

/// One signature of an envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnvelopeSignature {
    /// Digest of the public key's 32 bytes; a hint, never trusted.
    pub keyid: String,
    /// The signature, base64.
    pub sig: String,
}

/// A DSSE envelope.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Envelope {
    /// Media type of the payload.
    pub payload_type: String,
    /// The payload, base64.
    pub payload: String,
    /// The signatures.
    pub signatures: Vec<EnvelopeSignature>,
}

/// A mark could not be made, or does not hold.
#[derive(Debug, thiserror::Error)]
pub enum MarkError {
    /// Not JSON, or not of this shape.
    #[error("failed to read the {what} of the mark")]
    Parse {
        /// Envelope or statement.
        what: &'static str,
        /// What the parser said.
        #[source]
        source: serde_json::Error,
    },
    /// Payload or signature is not base64.
    #[error("the {what} of the mark is not base64")]
    Base64 {
        /// Payload or signature.
        what: &'static str,
    },
    /// Another kind of envelope, statement or predicate.
    #[error("the {what} is of type `{found}`, wanted `{wanted}`")]
    Type {
        /// Which type.
        what: &'static str,
        /// The type found.
        found: String,
        /// The type wanted.
        wanted: &'static str,
    },
    /// No signature of the envelope was made with a given key over these bytes.
    #[error(
        "no signature of the mark holds for the given key(s): the mark was changed, or signed with another key"
    )]
    Signature,
    /// The mark covers nothing.
    #[error("the mark covers no artefact")]
    NoSubject,
    /// The votes inside do not carry a mark.
    #[error("the votes do not carry a mark")]
    Votes(#[from] VoteError),
}

/// Digest of a public key's 32 bytes: how keys are named.
pub fn key_id(key: &VerifyingKey) -> Digest {
    Digest::of(key.as_bytes())
}

/// DSSE v1 pre-authentication encoding: what is signed.
fn pre_authentication_encoding(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len()).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// Signs a statement.
pub fn sign(statement: &Statement, key: &SigningKey) -> Envelope {
    let payload = serde_json::to_vec(statement).expect("a statement always serialises");
    let signature = key.sign(&pre_authentication_encoding(PAYLOAD_TYPE, &payload));
    Envelope {
        payload_type: PAYLOAD_TYPE.to_owned(),
        payload: STANDARD.encode(&payload),
        signatures: vec![EnvelopeSignature {
            keyid: key_id(&key.verifying_key()).to_string(),
            sig: STANDARD.encode(signature.to_bytes()),
        }],
    }
}

/// The statement of a mark that holds for one of `keys`, and the key it holds for.
///
/// The payload is read only after its signature was checked, and its votes are checked again.
///
/// # Errors
/// [`MarkError`] says what does not hold.
pub fn verify(envelope: &Envelope, keys: &[VerifyingKey]) -> Result<(Statement, VerifyingKey), MarkError> {
    if envelope.payload_type != PAYLOAD_TYPE {
        let found = envelope.payload_type.clone();
        return Err(MarkError::Type { what: "payload", found, wanted: PAYLOAD_TYPE });
    }
    let payload = STANDARD.decode(&envelope.payload).map_err(|_| MarkError::Base64 { what: "payload" })?;
    let signed = pre_authentication_encoding(&envelope.payload_type, &payload);
    let mut holds = None;
    for signature in &envelope.signatures {
        let bytes = STANDARD.decode(&signature.sig).map_err(|_| MarkError::Base64 { what: "signature" })?;
        if let Ok(signature) = Signature::from_slice(&bytes) {
            holds = holds.or_else(|| keys.iter().find(|key| key.verify_strict(&signed, &signature).is_ok()));
        }
    }
    let key = *holds.ok_or(MarkError::Signature)?;
    let statement: Statement =
        serde_json::from_slice(&payload).map_err(|source| MarkError::Parse { what: "statement", source })?;
    statement.check()?;
    Ok((statement, key))
}

impl Envelope {
    /// The text of the mark's file.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).expect("an envelope always serialises") + "\n"
    }

    /// Reads a mark's file; nothing is trusted before [`verify`].
    ///
    /// # Errors
    /// [`MarkError::Parse`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, MarkError> {
        serde_json::from_slice(bytes).map_err(|source| MarkError::Parse { what: "envelope", source })
    }
}

#[cfg(test)]
mod tests;
