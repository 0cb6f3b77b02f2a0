//! Words and phrases by what they do in a sentence.

mod words;

use std::collections::BTreeMap;

use crate::tokens::{Token, forms};

/// What an entry does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// Good or bad by itself: the sign is in the weight.
    Judgement,
    /// A move up (positive weight) or down of what stands beside it.
    Move,
    /// What moves, and more of it is good.
    GoodMetric,
    /// What moves, and more of it is bad.
    BadMetric,
    Negate,
    Reverse,
    Degree,
    Hedge,
    /// Advice at the head of a statement.
    Advice,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Entry {
    pub(crate) kind: Kind,
    pub(crate) weight: f64,
}

/// The rest of a phrase after its first word, and what the phrase does.
type Phrase = (Vec<String>, Entry);

#[derive(Debug, Clone)]
pub(crate) struct Lexicon {
    /// By the first word; longest phrases first.
    phrases: BTreeMap<String, Vec<Phrase>>,
}

/// A phrase found in a text.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Found {
    /// Words it spans.
    pub(crate) length: usize,
    /// What it may do; `cut` is a move and turns a move round.
    pub(crate) entries: Vec<Entry>,
}

/// Words of one kind by weight: what they are, the sign of their weight, and the lists.
type Words = (Kind, f64, &'static [(f64, &'static str)]);

impl Lexicon {
    pub(crate) fn shipped() -> Self {
        let mut lexicon = Self { phrases: BTreeMap::new() };
        let weighted: [Words; 8] = [
            (Kind::Judgement, 1.0, words::GOOD),
            (Kind::Judgement, -1.0, words::BAD),
            (Kind::Move, 1.0, words::UP),
            (Kind::Move, -1.0, words::DOWN),
            (Kind::GoodMetric, 1.0, words::GOOD_METRIC),
            (Kind::BadMetric, 1.0, words::BAD_METRIC),
            (Kind::Degree, 1.0, words::DEGREE),
            (Kind::Advice, 1.0, words::ADVICE),
        ];
        for (kind, sign, groups) in weighted {
            for (weight, list) in groups {
                lexicon.add(list, Entry { kind, weight: sign * weight });
            }
        }
        lexicon.add(words::NEGATE, Entry { kind: Kind::Negate, weight: -0.7 });
        lexicon.add(words::REVERSE, Entry { kind: Kind::Reverse, weight: -0.7 });
        lexicon.add(words::HEDGE, Entry { kind: Kind::Hedge, weight: 0.7 });
        for phrases in lexicon.phrases.values_mut() {
            phrases.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
        }
        lexicon
    }

    fn add(&mut self, list: &str, entry: Entry) {
        for phrase in list.split(',') {
            let mut words = phrase.split_whitespace().map(str::to_owned);
            if let Some(first) = words.next() {
                self.phrases.entry(first).or_default().push((words.collect(), entry));
            }
        }
    }

    /// The longest phrase that begins at `at`; all of its entries when it is listed more than once.
    pub(crate) fn find(&self, tokens: &[Token], at: usize) -> Option<Found> {
        let word = |i: usize| tokens.get(i).and_then(Token::word);
        let forms_at = |i: usize| word(i).map(forms).unwrap_or_default();
        let first = forms_at(at);
        let mut best: Option<Found> = None;
        for form in &first {
            for (rest, entry) in self.phrases.get(form).into_iter().flatten() {
                let length = 1 + rest.len();
                if best.as_ref().is_some_and(|b| b.length > length) {
                    continue;
                }
                let whole = rest.iter().zip(at + 1..).all(|(want, i)| forms_at(i).contains(want));
                match &mut best {
                    _ if !whole => {}
                    Some(found) if found.length == length => found.entries.push(*entry),
                    slot => *slot = Some(Found { length, entries: vec![*entry] }),
                }
            }
            if best.is_some() {
                break; // the word as written says more than its stem
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tokens::tokens;

    #[test]
    fn no_phrase_is_listed_twice_for_one_purpose() {
        let lexicon = Lexicon::shipped();
        for (first, phrases) in &lexicon.phrases {
            for (i, (rest, entry)) in phrases.iter().enumerate() {
                let again = phrases[..i].iter().any(|(r, e)| r == rest && e.kind == entry.kind);
                assert!(!again, "{first} {rest:?} {:?}", entry.kind);
            }
        }
        assert!(lexicon.phrases.len() > 300);
    }

    #[test]
    fn the_longest_phrase_wins_and_endings_do_not_matter() {
        let lexicon = Lexicon::shipped();
        let found = |text: &str| lexicon.find(&tokens(text), 0);
        assert_eq!(found("record highs ahead").unwrap().length, 2);
        assert_eq!(found("wiped out gains").unwrap().entries[0].kind, Kind::Reverse);
        let cut: Vec<Kind> = found("cuts losses").unwrap().entries.iter().map(|e| e.kind).collect();
        assert!(cut.contains(&Kind::Move) && cut.contains(&Kind::Reverse));
        assert_eq!(found("window dressing"), None, "`win` is not in `window`");
    }
}
