//! Leak canaries: each plants or changes something that may not matter, and looks whether it does.
//!
//! Adding one takes a file and a line in [`CANARIES`]. Clear canaries are necessary, not sufficient.

mod context;
mod fit_leak;
pub(crate) mod label_shift;
mod later_splits;
pub(crate) mod markets;
pub(crate) mod overlap;
pub(crate) mod permuted_labels;
mod prefix;
pub(crate) mod shuffled_future;
mod universe;
pub(crate) mod vintage;

use proofmark_lifecycle::{Evidence, SpanKind};
use proofmark_validation::{Recorder, canary};

use super::engine::Run;
use crate::error::Result;
use crate::progress::Work;

/// What a canary saw.
pub(crate) enum Seen {
    /// Nothing, over so many things looked at.
    Clear(usize),
    /// A leak, in words.
    Caught(String),
    /// Why it could not look.
    Blind(String),
}

impl Seen {
    /// Clear over `n` things, or what the first of them did.
    pub(crate) fn of(n: usize, outcome: std::result::Result<(), String>) -> Self {
        match outcome {
            Ok(()) => Self::Clear(n),
            Err(what) => Self::Caught(what),
        }
    }

    fn record(self, recorder: &Recorder, name: &str) -> Evidence {
        match self {
            Self::Clear(n) => canary(recorder, name, n, Some(Ok(()))),
            Self::Caught(what) => canary(recorder, name, 1, Some(Err(what))),
            Self::Blind(why) => recorder.missing(format!("canary.{name}"), "flag", why),
        }
    }
}

/// When a canary can look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum When {
    /// On data, features, labels and folds: before anything is trained.
    BeforeTraining,
    /// On fitted models: before the gates judge.
    BeforeGates,
}

struct Canary {
    name: &'static str,
    when: When,
    look: fn(&Run<'_>, &Work<'_>) -> Result<Seen>,
}

const CANARIES: &[Canary] = &[
    Canary { name: "prefix_invariance", when: When::BeforeTraining, look: prefix::look },
    Canary { name: "shuffled_future", when: When::BeforeTraining, look: shuffled_future::look },
    Canary { name: "label_shift", when: When::BeforeTraining, look: label_shift::look },
    Canary { name: "vintage", when: When::BeforeTraining, look: vintage::look },
    Canary { name: "universe_membership", when: When::BeforeTraining, look: universe::look },
    Canary { name: "train_test_overlap", when: When::BeforeTraining, look: overlap::look },
    Canary { name: "fit_leak", when: When::BeforeGates, look: fit_leak::look },
    Canary { name: "permuted_label_retrain", when: When::BeforeGates, look: permuted_labels::look },
];

/// The records of all canaries of a moment; what was caught is said at once.
pub(crate) fn look(run: &Run<'_>, work: &Work<'_>, when: When) -> Result<Vec<Evidence>> {
    let recorder =
        Recorder { kind: SpanKind::OutOfSample, span: run.data.out_of_sample, source: run.dataset_digest };
    let mut records = Vec::new();
    for canary in CANARIES.iter().filter(|c| c.when == when) {
        let seen = (canary.look)(run, work)?;
        if let Seen::Caught(what) = &seen {
            work.note(&format!("canary {}: {what}", canary.name.replace('_', " ")));
        }
        records.push(seen.record(&recorder, canary.name));
        work.step();
    }
    Ok(records)
}

/// How many canaries look at a moment.
pub(crate) fn count(when: When) -> u64 {
    CANARIES.iter().filter(|c| c.when == when).count() as u64
}
