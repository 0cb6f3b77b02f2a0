//! Evidence: statistical suite, stress, benchmarks, leak canaries.
