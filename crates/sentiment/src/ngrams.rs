//! Texts as weighted words and pairs of words.
//!
//! Weights are inverse document frequencies, ln((1 + n) / (1 + n_term)) + 1, of terms that occur; a row has length 1
//! (Salton & Buckley, 1988).

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::tokens::{Token, tokens};

/// Words around an entity that are also counted as said about it.
const NEAR: usize = 4;
const ENTITY: &str = "<entity>";

/// The terms of a model, in the order of its columns.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vocabulary {
    /// Ascending.
    terms: Vec<String>,
    weights: Vec<f64>,
}

impl Vocabulary {
    /// Terms that occur in at least `min_texts` of the texts.
    pub(crate) fn learn<'a>(
        texts: impl Iterator<Item = (&'a str, Option<&'a str>)>,
        min_texts: usize,
    ) -> Self {
        let mut counts: BTreeMap<String, usize> = BTreeMap::new();
        let mut n = 0_usize;
        for (text, entity) in texts {
            n += 1;
            for term in terms(text, entity) {
                *counts.entry(term).or_default() += 1;
            }
        }
        let kept: Vec<(String, usize)> =
            counts.into_iter().filter(|(_, count)| *count >= min_texts).collect();
        let weight = |count: usize| ((1.0 + n as f64) / (1.0 + count as f64)).ln() + 1.0;
        let weights = kept.iter().map(|(_, count)| weight(*count)).collect();
        Self { terms: kept.into_iter().map(|(term, _)| term).collect(), weights }
    }

    pub(crate) const fn len(&self) -> usize {
        self.terms.len()
    }

    /// Known terms of a text as columns, ascending, scaled to length 1; empty when none is known.
    pub(crate) fn row(&self, text: &str, entity: Option<&str>) -> Vec<(u32, f64)> {
        let mut row: Vec<(u32, f64)> = terms(text, entity)
            .iter()
            .filter_map(|term| self.terms.binary_search(term).ok())
            .filter_map(|column| Some((u32::try_from(column).ok()?, self.weights[column])))
            .collect();
        let length = row.iter().map(|(_, w)| w * w).sum::<f64>().sqrt();
        if length > 0.0 {
            row.iter_mut().for_each(|(_, w)| *w /= length);
        }
        row
    }

    /// What is inconsistent in a vocabulary that was read.
    pub(crate) fn defect(&self) -> Option<&'static str> {
        if self.terms.len() != self.weights.len() {
            return Some("terms and their weights differ in number");
        }
        if !self.terms.is_sorted_by(|a, b| a < b) {
            return Some("the terms are not in order");
        }
        (!self.weights.iter().all(|w| w.is_finite() && *w > 0.0)).then_some("a term has no positive weight")
    }
}

/// Distinct terms of a text: words, pairs, and words near the entity marked as such.
fn terms(text: &str, entity: Option<&str>) -> BTreeSet<String> {
    let mut words: Vec<String> = tokens(text)
        .into_iter()
        .map(|token| match token {
            Token::Word(word) => word,
            Token::Number { percent: true, .. } => "<percent>".to_owned(),
            Token::Number { .. } => "<number>".to_owned(),
            Token::Stop => "<stop>".to_owned(),
            Token::Comma => "<comma>".to_owned(),
            Token::Question => "<question>".to_owned(),
        })
        .collect();
    let at = entity.and_then(|entity| replace(&mut words, entity));
    let mut out: BTreeSet<String> = words.iter().cloned().collect();
    out.extend(words.windows(2).map(|pair| format!("{} {}", pair[0], pair[1])));
    if let Some(at) = at {
        let near = at.saturating_sub(NEAR)..words.len().min(at + NEAR + 1);
        out.extend(near.clone().map(|i| format!("near {}", words[i])));
        out.extend(near.filter(|i| *i > at).map(|i| format!("after {}", words[i])));
    }
    out
}

/// Puts one mark in the place of the entity's name; where it stands, if it was found.
fn replace(words: &mut Vec<String>, entity: &str) -> Option<usize> {
    let name: Vec<String> =
        tokens(entity).iter().filter_map(|token| token.word().map(str::to_owned)).collect();
    if name.is_empty() {
        return None;
    }
    let at = words.windows(name.len()).position(|window| window == name)?;
    words.splice(at..at + name.len(), [ENTITY.to_owned()]);
    Some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_by_hand() {
        let texts = [("gold up", None), ("gold down", None)];
        let vocabulary = Vocabulary::learn(texts.into_iter(), 2);
        assert_eq!(
            (vocabulary.terms.as_slice(), vocabulary.weights.as_slice()),
            (&["gold".to_owned()][..], &[1.0][..])
        );
        assert_eq!(vocabulary.row("Gold, gold!", None), [(0, 1.0)]);
        assert!(vocabulary.row("silver", None).is_empty());
        let all = Vocabulary::learn(texts.into_iter(), 1);
        // ln(3 / 2) + 1 for a term of one text, 1 for `gold`: lengths add to 1.
        let row = all.row("gold up", None);
        assert!((row.iter().map(|(_, w)| w * w).sum::<f64>() - 1.0).abs() < 1e-12);
        assert_eq!(row.len(), 3, "gold, up, and the pair");
    }

    #[test]
    fn the_entity_is_a_mark_so_that_names_are_not_learnt() {
        let terms = terms("Alpha Motors gains, Beta slips", Some("Alpha Motors"));
        assert!(
            terms.contains("<entity> gains") && terms.contains("after gains") && !terms.contains("alpha")
        );
    }
}
