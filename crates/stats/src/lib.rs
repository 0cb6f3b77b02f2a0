//! Measures and tests on slices.
