//! What the words of one clause add up to.

use super::clauses::Clause;
use crate::Hit;
use crate::lexicon::{Entry, Found, Kind};
use crate::tokens::Token;

/// How far a word reaches, in words between.
const METRIC_BEFORE: usize = 6;
const METRIC_AFTER: usize = 3;
const REVERSED_AFTER: usize = 2;
const NEGATED_AFTER: usize = 2;
const DEGREE_NEAR: usize = 1;

struct Item<'a> {
    begin: usize,
    end: usize,
    entries: &'a [Entry],
    /// Spoken for by another word.
    taken: bool,
}

impl Item<'_> {
    fn get(&self, kind: Kind) -> Option<f64> {
        self.entries.iter().find(|entry| entry.kind == kind).map(|entry| entry.weight)
    }

    /// Whether it is a measure, and its sign.
    fn metric(&self) -> Option<f64> {
        self.get(Kind::GoodMetric).map(|_| 1.0).or_else(|| self.get(Kind::BadMetric).map(|_| -1.0))
    }
}

/// A hit, and whether it is no more than a measure's name, such as `loss`.
pub(super) struct Judged {
    pub(super) hit: Hit,
    pub(super) named: bool,
}

pub(super) fn hits(tokens: &[Token], found: &[(usize, Found)], clause: &Clause) -> Vec<Judged> {
    let mut items: Vec<Item<'_>> = found
        .iter()
        .filter(|(at, _)| (clause.begin..clause.end).contains(at))
        .map(|(at, f)| Item { begin: *at, end: at + f.length, entries: &f.entries, taken: false })
        .collect();
    let mut values: Vec<(usize, f64)> = Vec::new();
    for i in 0..items.len() {
        if items[i].taken {
            continue;
        }
        if let Some(weight) =
            items[i].get(Kind::Advice).filter(|_| clause.heads && items[i].begin == clause.begin)
        {
            values.push((i, weight));
            items[i].taken = true;
        } else if let Some((j, value)) = reversed(&items, i) {
            (items[i].taken, items[j].taken) = (true, true);
            values.push((i, value));
        } else if let Some(weight) = items[i].get(Kind::Move) {
            let metric = metric_of(&items, i);
            if let Some(j) = metric {
                items[j].taken = true;
            }
            values.push((i, weight * metric.and_then(|j| items[j].metric()).unwrap_or(1.0)));
        }
    }
    for (i, item) in items.iter().enumerate().filter(|(_, item)| !item.taken) {
        let standing = [Kind::Judgement, Kind::BadMetric, Kind::GoodMetric];
        if let Some(weight) = standing.iter().find_map(|kind| item.get(*kind)).filter(|w| *w != 0.0)
            && item.get(Kind::Move).is_none()
        {
            values.push((i, weight));
        }
    }
    values.sort_by_key(|(i, _)| *i);
    values
        .into_iter()
        .map(|(i, value)| Judged {
            hit: Hit {
                text: text(&tokens[items[i].begin..items[i].end]),
                weight: value * qualified(&items, i, clause),
            },
            named: !items[i].taken && items[i].metric().is_some(),
        })
        .collect()
}

/// `pares gains`, `allays fears`: the item turned round, and what is left of it.
fn reversed(items: &[Item<'_>], i: usize) -> Option<(usize, f64)> {
    let factor = items[i].get(Kind::Reverse)?;
    let j = (i + 1..items.len()).find(|j| items[*j].get(Kind::Degree).is_none())?;
    if items[j].begin - items[i].end > REVERSED_AFTER {
        return None;
    }
    let moves = items[i].get(Kind::Move).is_some();
    let target = &items[j];
    let value = match (target.get(Kind::Move), target.get(Kind::Judgement), target.get(Kind::BadMetric)) {
        (Some(weight), ..) | (None, Some(weight), _) => weight,
        // A word that moves by itself, such as `cut`, says more about a measure than that it was turned round.
        (None, None, Some(weight)) if !moves && weight != 0.0 => weight,
        _ => return None,
    };
    Some((j, factor * value))
}

/// The measure that a move is about: the nearest one, before it when both sides are as near.
fn metric_of(items: &[Item<'_>], i: usize) -> Option<usize> {
    let before = (0..i)
        .rev()
        .find(|j| items[*j].metric().is_some())
        .map(|j| (items[i].begin - items[j].end, j))
        .filter(|(gap, _)| *gap <= METRIC_BEFORE);
    let after = (i + 1..items.len())
        .find(|j| items[*j].metric().is_some())
        .map(|j| (items[j].begin - items[i].end, j))
        .filter(|(gap, _)| *gap <= METRIC_AFTER);
    match (before, after) {
        (Some(before), Some(after)) if after.0 < before.0 => Some(after.1),
        (before, after) => before.or(after).map(|(_, j)| j),
    }
}

/// The factor of degrees, negations and doubts around item `i`.
fn qualified(items: &[Item<'_>], i: usize, clause: &Clause) -> f64 {
    let item = &items[i];
    let mut factor = if clause.asked { 0.7 } else { 1.0 };
    let near = |other: &Item<'_>| {
        let gap = if other.begin >= item.end {
            other.begin - item.end
        } else {
            item.begin.saturating_sub(other.end)
        };
        gap <= DEGREE_NEAR
    };
    let neighbours = [i.checked_sub(1), Some(i + 1)];
    let degree = neighbours
        .into_iter()
        .flatten()
        .filter_map(|j| items.get(j).filter(|other| near(other)))
        .find_map(|other| other.get(Kind::Degree));
    factor *= degree.unwrap_or(1.0);
    for other in &items[..i] {
        if let Some(negation) = other.get(Kind::Negate).filter(|_| item.begin - other.end <= NEGATED_AFTER) {
            factor *= negation;
        }
        factor *= other.get(Kind::Hedge).unwrap_or(1.0);
    }
    factor
}

fn text(tokens: &[Token]) -> String {
    tokens.iter().filter_map(Token::word).collect::<Vec<_>>().join(" ")
}
