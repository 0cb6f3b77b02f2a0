//! Evidence that named policies read and this run has not: a record with the reason instead of none.

use std::collections::BTreeSet;

use proofmark_lifecycle::named::NamedPolicy;
use proofmark_lifecycle::{Evidence, SpanKind, named_policies};
use proofmark_validation::Recorder;

use crate::run::engine::Run;

/// Records for what the shipped and the chosen policies read and nobody wrote, where the reason is known.
pub(super) fn records(run: &Run<'_>, known: &dyn Fn(&str) -> bool) -> Vec<Evidence> {
    let champion = match &run.inputs.champion {
        None => ["there is no champion to compare with"; 2],
        Some(_) => [
            "the champion's returns are kept, its scores are not",
            "the champion's returns could not be compared",
        ],
    };
    let reasons = [
        (
            "paper.",
            "no paper trading comes before this verdict: a run is judged before it trades, and writes no such record",
        ),
        (
            "scenarios.",
            "this run declares no scenarios by regime; its shocks, faults and paths are recorded as `stress.*` and are no such set",
        ),
        ("champion.rank_ic", champion[0]),
        ("champion.", champion[1]),
    ];
    let recorder =
        Recorder { kind: SpanKind::OutOfSample, span: run.data.out_of_sample, source: run.dataset_digest };
    let policies = named_policies().iter().chain(&run.inputs.named_policy);
    absent(policies, known)
        .into_iter()
        .filter_map(|(name, unit)| {
            let (_, why) = reasons.iter().find(|(prefix, _)| name.starts_with(prefix))?;
            Some(recorder.missing(name, unit, why))
        })
        .collect()
}

/// Name and unit of every record that a rule of these policies reads and that is not known.
fn absent<'a>(
    policies: impl Iterator<Item = &'a NamedPolicy>,
    known: &dyn Fn(&str) -> bool,
) -> BTreeSet<(&'a str, &'a str)> {
    let rules = policies.flat_map(|policy| &policy.rules);
    let read = rules.flat_map(|rule| {
        let names = std::iter::once(&rule.evidence).chain(&rule.minus);
        names.map(|name| (name.as_str(), rule.unit.as_str()))
    });
    let mut named = BTreeSet::new();
    // Two rules may read one record in different units; it is written once.
    read.filter(|(name, _)| !known(name) && named.insert(*name)).collect()
}
