//! Canonical JSON: the same value always gives the same bytes.

use proofmark_units::Digest;
use serde::Serialize;

/// Pretty-printed JSON with a final newline; struct fields in declaration order, floats round-trip.
///
/// # Panics
/// Never for the record types of this workspace: they hold no map with non-string keys.
pub(crate) fn bytes(value: &impl Serialize) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(value).expect("records of this workspace always serialise");
    bytes.push(b'\n');
    bytes
}

/// Digest of the compact JSON of `value`.
///
/// # Panics
/// As [`bytes`].
pub(crate) fn digest(value: &impl Serialize) -> Digest {
    Digest::of(&serde_json::to_vec(value).expect("records of this workspace always serialise"))
}
