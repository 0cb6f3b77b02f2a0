//! The named seed tree: one more draw in one place moves no number elsewhere.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::Digest;

/// A node of the seed tree. Children are derived by name, generators are ChaCha8 (portable across releases).
///
/// ```
/// use proofmark_units::Seed;
/// let root = Seed::root(42);
/// assert_eq!(root.child("folds"), Seed::root(42).child("folds"));
/// assert_ne!(root.child("folds"), root.child("trees"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed(Digest);

impl Seed {
    /// The root of a run's tree, from the number the user wrote down.
    pub fn root(seed: u64) -> Self {
        Self(Digest::of_parts([b"proofmark-seed-v1".as_slice(), &seed.to_le_bytes()]))
    }

    /// The child of this node called `name`.
    #[must_use]
    pub fn child(&self, name: &str) -> Self {
        Self(Digest::of_parts([self.0.as_bytes().as_slice(), name.as_bytes()]))
    }

    /// The `index`-th numbered child.
    #[must_use]
    pub fn nth(&self, index: u64) -> Self {
        Self(Digest::of_parts([self.0.as_bytes().as_slice(), b"#", &index.to_le_bytes()]))
    }

    /// A fresh generator for this node.
    pub fn rng(&self) -> ChaCha8Rng {
        ChaCha8Rng::from_seed(*self.0.as_bytes())
    }

    /// This node as a number, for libraries that take one.
    pub fn as_u64(&self) -> u64 {
        let bytes = self.0.as_bytes();
        u64::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]])
    }

    /// This node's identity, for cache keys and records.
    pub const fn digest(&self) -> Digest {
        self.0
    }
}
