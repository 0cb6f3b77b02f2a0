//! What is known about the data under a candidate.

use proofmark_lifecycle::Evidence;

use crate::record::Recorder;

/// Counts from the snapshot and the universe's papers.
#[derive(Debug, Clone, PartialEq)]
pub struct DataFacts {
    /// Whether each member was known as of each date.
    pub universe_known: bool,
    /// How the universe came to be known, in words.
    pub membership: String,
    /// Sessions with a bar.
    pub observed: u64,
    /// Sessions expected between each symbol's first and last bar.
    pub expected: u64,
    /// Quality findings of severity error that no declared rule has cleaned.
    pub open_errors: u64,
    /// Sessions between the last bar and the end of the asked range.
    pub stale_sessions: u64,
}

/// The records behind the gate `data`.
pub fn data_evidence(recorder: &Recorder, facts: &DataFacts) -> Vec<Evidence> {
    let n = usize::try_from(facts.observed).unwrap_or(usize::MAX);
    let coverage = (facts.expected > 0).then(|| facts.observed as f64 / facts.expected as f64);
    vec![
        recorder
            .record("data.universe_known_as_of", f64::from(u8::from(facts.universe_known)), "flag", n)
            .with_note(facts.membership.clone()),
        recorder.record("data.coverage", coverage, "share", n),
        recorder.record("data.open_errors", facts.open_errors as f64, "count", n),
        recorder.record("data.stale_sessions", facts.stale_sessions as f64, "sessions", n),
    ]
}
