//! Use cases: pipelines, stage runner, demo worlds, reports, candidates.
