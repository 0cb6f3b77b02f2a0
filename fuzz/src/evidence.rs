//! What a stranger may hand over as evidence: manifests, marks, records of runs, keys, ledgers.

use std::fs;

use proofmark_ledger::{EventFilter, Ledger, Namespace, keys};
use proofmark_lifecycle::mark::{Envelope, verify};
use proofmark_lifecycle::{CandidateManifest, RunRecord, yaml};

use super::{choice, file, folder};

/// The files of a candidate's bundle; the first byte chooses.
pub fn evidence(data: &[u8]) {
    let Some((first, rest)) = choice(data) else { return };
    let text = std::str::from_utf8(rest);
    match (first % 5, text) {
        (0, Ok(text)) => {
            if let Ok(manifest) = CandidateManifest::from_yaml(text) {
                let again = CandidateManifest::from_yaml(&manifest.to_yaml());
                assert_eq!(again.ok(), Some(manifest), "what is written is read back");
            }
        }
        (1, Ok(text)) => {
            if let Ok(value) = yaml::from_str::<serde_json::Value>(text) {
                let written = yaml::to_string(&value).expect("a value can be written");
                assert_eq!(
                    yaml::from_str::<serde_json::Value>(&written).ok(),
                    Some(value),
                    "what is written is read back"
                );
            }
        }
        (2, _) => {
            if let Ok(envelope) = Envelope::from_json(rest) {
                assert!(verify(&envelope, &[]).is_err(), "a mark nobody signed");
            }
        }
        (3, _) => {
            if let Ok(record) = RunRecord::from_json(rest) {
                let again = RunRecord::from_json(record.to_json().as_bytes());
                assert_eq!(
                    again.ok().map(|record| record.to_json()),
                    Some(record.to_json()),
                    "what is written is read back"
                );
            }
        }
        (4, _) => drop(keys::load_public(&file("key.pub", rest))),
        _ => {}
    }
}

/// Ledgers: examined as they are, and opened for writing, which may migrate them.
pub fn ledger(data: &[u8]) {
    let root = folder().join("ledgers");
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).expect("the folder for temporary files can be written");
    let path = root.join("ledger.sqlite");
    fs::write(&path, data).expect("the folder for temporary files can be written");
    if let Ok(ledger) = Ledger::open_read_only(&path) {
        let _ = ledger.events(&EventFilter::default());
        let _ = ledger.verify_chain();
        let (_, _, _) = (ledger.runs(), ledger.trials(), ledger.candidates());
    }
    if let Ok(ledger) = Ledger::open(&path, Namespace::Real) {
        let _ = ledger.rebuild();
        let _ = ledger.head();
    }
}
