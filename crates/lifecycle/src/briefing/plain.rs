//! A plain sentence per verdict: what a reader who knows no statistics takes away.

use crate::verdict::Verdict;

/// The sentence of each gate: pass, fail, cannot tell.
const SENTENCES: [(&str, [&str; 3]); 10] = [
    (
        "active_return",
        [
            "The book earned more than holding the same names without a model, by more than chance explains.",
            "What the book earned beyond holding the same names could be chance.",
            "Whether the book earned more than holding the same names cannot be told.",
        ],
    ),
    (
        "deflated",
        [
            "The result stands out even from the luckiest of all trials made.",
            "The luckiest of so many trials could show as much without skill.",
            "How lucky the search was cannot be told.",
        ],
    ),
    (
        "score_skill",
        [
            "The score orders the next returns better than chance.",
            "The score does not order the next returns better than chance.",
            "Whether the score orders the next returns cannot be told.",
        ],
    ),
    (
        "snooping",
        [
            "It beats every rule that anybody could have had without a model.",
            "A rule that needs no model may be as good.",
            "Whether a rule without a model is as good cannot be told.",
        ],
    ),
    (
        "selection",
        [
            "Choosing among the trials did not choose luck, as far as the rule applies.",
            "Choosing the best of the trials was close to guessing.",
            "Whether choosing among the trials chose luck cannot be told.",
        ],
    ),
    (
        "costs",
        [
            "It still earns when trading costs twice as much.",
            "At twice the costs nothing is left.",
            "What is left at twice the costs cannot be told.",
        ],
    ),
    (
        "risk",
        [
            "Falls, single names and turnover stay within the limits.",
            "A limit on falls, single names or turnover is broken.",
            "Whether the limits on risk hold cannot be told.",
        ],
    ),
    (
        "leaks",
        [
            "No canary saw the future leak into the model; that is necessary, not sufficient.",
            "The model or its data saw what it could not have known.",
            "Whether the future leaked into the model cannot be told.",
        ],
    ),
    (
        "data",
        [
            "The data was known as of each date and is complete enough.",
            "The data has gaps, errors or an end too old to judge by.",
            "Whether the data was known as of each date cannot be told.",
        ],
    ),
    (
        "holdout",
        [
            "The sealed span does not contradict the rest; it cannot confirm it.",
            "The sealed span contradicts the rest.",
            "The sealed span cannot be judged.",
        ],
    ),
];

/// What the verdict of `gate` means in plain words; a gate without words of its own gets the verdict's.
pub fn plain_sentence(gate: &str, verdict: Verdict) -> &'static str {
    let place = match verdict {
        Verdict::Pass => 0,
        Verdict::Fail => 1,
        Verdict::CannotTell => 2,
    };
    let own = SENTENCES.iter().find(|(name, _)| *name == gate).map(|(_, sentences)| sentences[place]);
    own.unwrap_or(["The rule holds.", "The rule is broken.", "Whether the rule holds cannot be told."][place])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gates::{GATES, Gate as _, HoldOut};

    #[test]
    fn every_gate_has_words_of_its_own_for_every_verdict() {
        for name in GATES.iter().map(|g| g.name()).chain([HoldOut.name()]) {
            let (_, sentences) =
                SENTENCES.iter().find(|(gate, _)| *gate == name).unwrap_or_else(|| panic!("{name}"));
            assert!(sentences.iter().all(|s| s.ends_with('.')), "{name}");
            assert_eq!(plain_sentence(name, Verdict::Fail), sentences[1]);
        }
        assert_eq!(plain_sentence("of another day", Verdict::Fail), "The rule is broken.");
    }
}
