//! Where one statement ends and the next begins, and how much an aside weighs.

use crate::lexicon::{Found, Kind};
use crate::tokens::Token;

/// Tokens `begin..end`, and what they weigh in the sentence as a whole.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Clause {
    pub(super) begin: usize,
    pub(super) end: usize,
    pub(super) weight: f64,
    /// Nothing stands before it in its statement: advice may begin here.
    pub(super) heads: bool,
    /// The statement asks rather than tells.
    pub(super) asked: bool,
}

/// A reason explains the news; it is not the news.
const REASON: (f64, &[&str]) = (0.35, &["as", "amid", "after", "on", "because", "following", "since"]);
/// What happened in spite of something says little about the outcome.
const CONCESSION: (f64, &[&str]) = (0.2, &["despite", "although", "though", "notwithstanding"]);
const BESIDE: (f64, &[&str]) = (1.0, &["but", "while", "whereas", "however", "yet", "and"]);

pub(super) fn cut(tokens: &[Token], found: &[(usize, Found)]) -> Vec<Clause> {
    let told = |range: std::ops::Range<usize>| {
        found.iter().any(|(at, found)| {
            let judges = |kind| matches!(kind, Kind::Move | Kind::Judgement | Kind::BadMetric);
            range.contains(at) && found.entries.iter().any(|e| judges(e.kind))
        })
    };
    let mut clauses = Vec::new();
    let mut statement = 0;
    while statement < tokens.len() {
        let end = tokens[statement..]
            .iter()
            .position(|t| matches!(t, Token::Stop | Token::Question))
            .map_or(tokens.len(), |offset| statement + offset);
        let asked = tokens.get(end) == Some(&Token::Question);
        let (mut begin, mut weight, mut heads) = (statement, 1.0, true);
        for (at, token) in tokens.iter().enumerate().take(end).skip(statement) {
            let next = match token {
                Token::Comma => Some((at + 1, 1.0)),
                Token::Word(word) => [REASON, CONCESSION, BESIDE]
                    .iter()
                    .find(|(_, words)| words.contains(&word.as_str()))
                    // `Bank on watch` and `Alpha and Beta gain` are one clause: something must be told on both sides.
                    .filter(|_| told(begin..at) && (word != "and" || told(at..end)))
                    .map(|(weight, _)| (at + 1, *weight)),
                _ => None,
            };
            if let Some((from, of_next)) = next {
                if begin < at {
                    clauses.push(Clause { begin, end: at, weight, heads, asked });
                }
                (begin, weight, heads) = (from, of_next, false);
            }
        }
        // `Despite weak demand, shares rise`: the aside comes first and ends at the comma.
        if begin < end {
            clauses.push(Clause { begin, end, weight, heads, asked });
        }
        statement = end + 1;
    }
    for clause in &mut clauses {
        if let Some(word) = tokens[clause.begin].word() {
            let aside = [REASON, CONCESSION].into_iter().find(|(_, words)| words.contains(&word));
            if let Some((weight, _)) = aside {
                clause.weight = weight;
            }
        }
    }
    clauses
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Lexicon;
    use crate::rules::find_all;
    use crate::tokens::tokens;

    fn shown(text: &str) -> String {
        let tokens = tokens(text);
        let found = find_all(&Lexicon::shipped(), &tokens);
        let show = |c: &Clause| {
            let words: Vec<&str> = tokens[c.begin..c.end].iter().filter_map(Token::word).collect();
            format!("{} x{}", words.join(" "), c.weight)
        };
        cut(&tokens, &found).iter().map(show).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn asides_weigh_less() {
        for (text, want) in [
            ("Metal falls as currency gains", "metal falls x1 | currency gains x0.35"),
            ("Despite weak demand, shares rise", "despite weak demand x0.2 | shares rise x1"),
            ("Bank on watch", "bank on watch x1"),
            ("Alpha and Beta gain", "alpha and beta gain x1"),
            ("Alpha gains and Beta falls. Gamma waits", "alpha gains x1 | beta falls x1 | gamma waits x1"),
        ] {
            assert_eq!(shown(text), want);
        }
    }
}
