//! Content-addressed task results: resume is cache hits.
//!
//! A result counts only when the file under its key holds bytes with the digest it starts with; anything else is
//! computed again. So a killed run, a torn write or a flipped bit can cost time but never change an answer.

use std::fs;
use std::path::{Path, PathBuf};

use proofmark_lake::durable;
use proofmark_units::Digest;
use rayon::prelude::*;
use serde::Serialize;

use crate::error::{AppError, Result};
use crate::progress::Work;

/// Changing the layout of cached results means changing this number; old and new live side by side.
const FORMAT: &str = "v1";

/// Where finished tasks are kept.
#[derive(Debug, Clone)]
pub(crate) struct TaskStore {
    root: PathBuf,
}

/// The identity of one task: what kind, which version of its code, and every input that can change its result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaskKey {
    kind: &'static str,
    digest: Digest,
}

impl TaskKey {
    /// The key of `kind` at code `version` over `inputs` (digests, configuration, seed).
    pub(crate) fn new(kind: &'static str, version: u32, inputs: &impl Serialize) -> Self {
        Self { kind, digest: crate::json::digest(&(kind, version, inputs)) }
    }
}

impl TaskStore {
    /// Results under `cache/v1` of a workspace root.
    pub(crate) fn new(workspace: &Path) -> Self {
        Self { root: workspace.join("cache").join(FORMAT) }
    }

    fn path(&self, key: &TaskKey) -> PathBuf {
        self.root.join(key.kind).join(key.digest.to_string())
    }

    /// The result under `key`, if it is there whole.
    pub(crate) fn get(&self, key: &TaskKey) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(key)).ok()?;
        let (digest, payload) = bytes.split_at_checked(32)?;
        (digest == Digest::of(payload).as_bytes()).then(|| payload.to_vec())
    }

    fn put(&self, key: &TaskKey, payload: &[u8]) -> Result<()> {
        let path = self.path(key);
        let folder = self.root.join(key.kind);
        fs::create_dir_all(&folder)
            .map_err(|source| AppError::io("create the cache folder", &folder, source))?;
        let mut bytes = Vec::with_capacity(32 + payload.len());
        bytes.extend_from_slice(Digest::of(payload).as_bytes());
        bytes.extend_from_slice(payload);
        durable::write_atomically(&path, &bytes).map_err(AppError::write)
    }

    /// The result of one task: from the cache, or computed and kept.
    ///
    /// # Errors
    /// The computation failed or the result could not be written.
    pub(crate) fn one(&self, key: &TaskKey, compute: impl FnOnce() -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        if let Some(found) = self.get(key) {
            return Ok(found);
        }
        let payload = compute()?;
        self.put(key, &payload)?;
        Ok(payload)
    }

    /// Results of independent tasks in the order of `keys`, computed in parallel where missing.
    ///
    /// # Errors
    /// The first failure in key order; tasks that finished stay cached.
    pub(crate) fn all(
        &self,
        keys: &[TaskKey],
        work: &Work<'_>,
        compute: impl Fn(usize) -> Result<Vec<u8>> + Sync,
    ) -> Result<Vec<Vec<u8>>> {
        work.expect(keys.len() as u64);
        let results: Vec<Result<Vec<u8>>> = keys
            .par_iter()
            .enumerate()
            .map(|(i, key)| {
                let result = self.one(key, || compute(i));
                work.step();
                result
            })
            .collect();
        results.into_iter().collect()
    }
}

/// Columns of numbers as bytes, bit for bit: count, then each column's length and little-endian values.
pub(crate) fn encode_columns(columns: &[&[f64]]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(8 + columns.iter().map(|c| 8 + 8 * c.len()).sum::<usize>());
    bytes.extend_from_slice(&(columns.len() as u64).to_le_bytes());
    for column in columns {
        bytes.extend_from_slice(&(column.len() as u64).to_le_bytes());
        for value in *column {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
    }
    bytes
}

/// The inverse of [`encode_columns`].
///
/// # Errors
/// The bytes are not whole columns; since results are digest-checked, that is a bug.
pub(crate) fn decode_columns(bytes: &[u8]) -> Result<Vec<Vec<f64>>> {
    fn read(bytes: &mut &[u8]) -> Option<Vec<Vec<f64>>> {
        fn word(bytes: &mut &[u8]) -> Option<[u8; 8]> {
            let (head, tail) = bytes.split_first_chunk::<8>()?;
            *bytes = tail;
            Some(*head)
        }
        let count = u64::from_le_bytes(word(bytes)?);
        let mut columns = Vec::new();
        for _ in 0..count {
            let len = usize::try_from(u64::from_le_bytes(word(bytes)?)).ok()?;
            let (head, tail) = bytes.split_at_checked(len.checked_mul(8)?)?;
            columns.push(
                head.chunks_exact(8).filter_map(|c| c.try_into().ok()).map(f64::from_le_bytes).collect(),
            );
            *bytes = tail;
        }
        bytes.is_empty().then_some(columns)
    }
    read(&mut &*bytes).ok_or_else(|| AppError::bug("a cached column file does not decode"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_round_trip_bit_for_bit() {
        let columns = [vec![1.5, f64::NAN, -0.0], vec![], vec![f64::MIN_POSITIVE]];
        let views: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let decoded = decode_columns(&encode_columns(&views)).unwrap();
        for (a, b) in columns.iter().zip(&decoded) {
            assert_eq!(
                a.iter().map(|v| v.to_bits()).collect::<Vec<_>>(),
                b.iter().map(|v| v.to_bits()).collect::<Vec<_>>()
            );
        }
        assert!(decode_columns(&[1, 2, 3]).is_err());
    }

    #[test]
    fn a_damaged_result_is_computed_again() {
        let folder = tempfile::tempdir().unwrap();
        let store = TaskStore::new(folder.path());
        let key = TaskKey::new("test", 1, &"input");
        assert_eq!(store.one(&key, || Ok(vec![7])).unwrap(), [7]);
        assert_eq!(store.one(&key, || panic!("cached")).unwrap(), [7]);
        let path = store.path(&key);
        let mut bytes = fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        fs::write(&path, bytes).unwrap();
        assert_eq!(store.one(&key, || Ok(vec![8])).unwrap(), [8]);
    }
}
