//! The shipped scorer: a lexicon read with the grammar of headlines.
//!
//! A sum of weights `s` becomes the value `s / sqrt(s^2 + 1)`, as VADER squashes its sums (Hutto & Gilbert, 2014); a value
//! under 0.25 in size is neutral.

mod amounts;
mod clauses;
mod judge;

use self::clauses::Clause;
use self::judge::Judged;
use crate::lexicon::{Found, Kind, Lexicon};
use crate::tokens::{Token, tokens};
use crate::{Hit, Polarity, Score, Scorer};

/// Size of a value that is no longer neutral: one mild word at full weight passes, one in an aside does not.
const NEUTRAL_BELOW: f64 = 0.25;
/// What the words after an entity's own statement say about it, when its own says nothing.
const NEIGHBOUR: f64 = 0.5;

/// Lexicon and rules: negation, degrees, moves of good and bad measures, reversals, asides, compared amounts, and for an
/// entity the statement that names it.
#[derive(Debug, Clone)]
pub struct Rules {
    lexicon: Lexicon,
}

impl Default for Rules {
    fn default() -> Self {
        Self { lexicon: Lexicon::shipped() }
    }
}

impl Scorer for Rules {
    fn name(&self) -> String {
        "lexicon with rules".to_owned()
    }

    fn score(&self, text: &str, entity: Option<&str>) -> Option<Score> {
        let tokens = tokens(text);
        tokens.iter().any(|token| token.word().is_some()).then(|| {
            let found = find_all(&self.lexicon, &tokens);
            scored(self.hits(&tokens, &found, entity))
        })
    }
}

impl Rules {
    fn hits(&self, tokens: &[Token], found: &[(usize, Found)], entity: Option<&str>) -> Vec<Hit> {
        let clauses = clauses::cut(tokens, found);
        let mut judged: Vec<Vec<Judged>> =
            clauses.iter().map(|clause| judge::hits(tokens, found, clause)).collect();
        for (span, hit) in amounts::compared(tokens, found) {
            let inside = |c: &Clause| c.begin < span.end && c.end > span.begin;
            // A word that says which way it went is better evidence than two numbers; the mere name of a measure is not.
            let told =
                clauses.iter().zip(&judged).any(|(c, hits)| inside(c) && hits.iter().any(|j| !j.named));
            let Some(first) = clauses.iter().position(inside).filter(|_| !told) else { continue };
            for (_, hits) in clauses.iter().zip(&mut judged).filter(|(c, _)| inside(c)) {
                hits.retain(|judged| !judged.named);
            }
            judged[first].push(Judged { hit, named: false });
        }
        let mut by_clause: Vec<Vec<Hit>> =
            judged.into_iter().map(|hits| hits.into_iter().map(|judged| judged.hit).collect()).collect();
        let own = entity
            .and_then(|entity| mention(tokens, entity))
            .and_then(|at| clauses.iter().position(|clause| clause.begin <= at && at < clause.end));
        match own {
            None => clauses.iter().zip(by_clause).flat_map(|(c, hits)| weighted(hits, c.weight)).collect(),
            Some(own)
                if by_clause[own].is_empty() && clauses.get(own + 1).is_some_and(|next| !next.heads) =>
            {
                weighted(by_clause.swap_remove(own + 1), NEIGHBOUR)
            }
            Some(own) => by_clause.swap_remove(own),
        }
    }
}

fn weighted(mut hits: Vec<Hit>, factor: f64) -> Vec<Hit> {
    for hit in &mut hits {
        hit.weight *= factor;
    }
    hits
}

/// Every phrase of the lexicon with the place of its first word, without overlaps.
fn find_all(lexicon: &Lexicon, tokens: &[Token]) -> Vec<(usize, Found)> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match lexicon.find(tokens, at) {
            Some(found) => {
                let next = at + found.length;
                out.push((at, found));
                at = next;
            }
            None => at += 1,
        }
    }
    out
}

/// Where `entity` is named: its words in order, else its first word of three letters or more.
fn mention(text: &[Token], entity: &str) -> Option<usize> {
    let name: Vec<Token> = tokens(entity).into_iter().filter(|token| token.word().is_some()).collect();
    let whole = |window: &[Token]| window == name;
    let words = || name.iter().filter(|token| token.word().is_some_and(|word| word.chars().count() >= 3));
    (!name.is_empty())
        .then(|| text.windows(name.len()).position(whole))
        .flatten()
        .or_else(|| words().find_map(|word| text.iter().position(|token| token == word)))
}

fn scored(hits: Vec<Hit>) -> Score {
    let sum: f64 = hits.iter().map(|hit| hit.weight).sum();
    let evidence: f64 = hits.iter().map(|hit| hit.weight.abs()).sum();
    let value = sum / (sum * sum + 1.0).sqrt();
    let polarity = match value {
        v if v >= NEUTRAL_BELOW => Polarity::Positive,
        v if v <= -NEUTRAL_BELOW => Polarity::Negative,
        _ => Polarity::Neutral,
    };
    Score { value, confidence: evidence / (1.0 + evidence), polarity, hits }
}

/// The same words without any rule: good ones less bad ones, over both. A baseline, not a scorer to use.
#[derive(Debug, Clone)]
pub struct PlainLexicon {
    lexicon: Lexicon,
}

impl Default for PlainLexicon {
    fn default() -> Self {
        Self { lexicon: Lexicon::shipped() }
    }
}

impl Scorer for PlainLexicon {
    fn name(&self) -> String {
        "plain lexicon".to_owned()
    }

    fn score(&self, text: &str, _entity: Option<&str>) -> Option<Score> {
        let tokens = tokens(text);
        tokens.iter().any(|token| token.word().is_some()).then(|| {
            let (mut good, mut bad) = (0.0_f64, 0.0_f64);
            for (_, found) in find_all(&self.lexicon, &tokens) {
                let counts = |kind| matches!(kind, Kind::Judgement | Kind::Move | Kind::BadMetric);
                match found.entries.iter().find(|e| counts(e.kind)).map_or(0.0, |e| e.weight) {
                    w if w > 0.0 => good += 1.0,
                    w if w < 0.0 => bad += 1.0,
                    _ => {}
                }
            }
            let value = (good - bad) / (good + bad).max(1.0);
            let polarity = match value {
                v if v > 0.0 => Polarity::Positive,
                v if v < 0.0 => Polarity::Negative,
                _ => Polarity::Neutral,
            };
            Score { value, confidence: (good + bad) / (1.0 + good + bad), polarity, hits: Vec::new() }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(text: &str, entity: Option<&str>, want: Polarity) {
        let score = Rules::default().score(text, entity).unwrap();
        assert_eq!(score.polarity, want, "{text} [{entity:?}]: {score:?}");
    }

    /// Headlines made up for this test.
    #[test]
    fn the_grammar_of_headlines() {
        use Polarity::{Negative, Neutral, Positive};
        for (text, want) in [
            ("Quarterly profit falls 12%", Negative),
            ("Net loss narrows", Positive),
            ("Firm narrows its loss", Positive),
            ("Operating loss widens sharply", Negative),
            ("Company posts net loss", Negative),
            ("Higher costs weigh", Negative),
            ("Unemployment falls", Positive),
            ("Earnings beat estimates", Positive),
            ("Revenue misses forecast", Negative),
            ("Shares do not rise", Negative),
            ("No improvement in margins", Negative),
            ("Metal pares gains", Negative),
            ("Index recoups losses", Positive),
            ("Growth fears ease", Positive),
            ("Board meets on Tuesday", Neutral),
            ("The window display was renewed", Neutral),
            ("Net sales totalled EUR 20 mn, compared to EUR 18 mn a year earlier", Positive),
            ("Operating profit was EUR 3.1 mn versus EUR 4.0 mn", Negative),
            ("Operating loss of EUR 2 mn compared to a profit of EUR 1 mn", Negative),
            ("Profit of EUR 2 mn against a loss of EUR 5 mn", Positive),
            ("Shares rise despite weak demand", Positive),
            ("Metal falls as currency strengthens", Negative),
            ("Buy the bank, target 500: broker", Positive),
            ("Group to sell its stake", Neutral),
        ] {
            check(text, None, want);
        }
    }

    #[test]
    fn an_entity_is_judged_by_its_own_statement() {
        use Polarity::{Negative, Neutral, Positive};
        let text = "Alpha Motors gains, Beta Steel slips as coal costs rise";
        check(text, Some("Alpha Motors"), Positive);
        check(text, Some("Beta Steel"), Negative);
        check("Index ends flat; bank upgraded", Some("index"), Neutral);
        check("Alpha, Beta rally", Some("Alpha"), Positive);
        check("Profit jumps", Some("not named here"), Positive);
    }

    #[test]
    fn degrees_order_the_values() {
        let value = |text: &str| Rules::default().score(text, None).unwrap().value;
        assert!(value("Profit rises sharply") > value("Profit rises"));
        assert!(value("Profit rises") > value("Profit rises slightly"));
        assert!(value("Profit may rise") < value("Profit rises"));
        assert!(Rules::default().score("12.5 % - 3", None).is_none(), "no word, no score");
    }

    proptest! {
        #[test]
        fn any_text_has_a_value_in_range(text in "\\PC{0,60}", entity in proptest::option::of("\\PC{0,8}")) {
            if let Some(score) = Rules::default().score(&text, entity.as_deref()) {
                prop_assert!((-1.0..=1.0).contains(&score.value) && (0.0..=1.0).contains(&score.confidence));
            }
            let _ = PlainLexicon::default().score(&text, None);
        }

        #[test]
        fn words_of_the_lexicon_in_any_order_do_not_panic(
            words in proptest::collection::vec(
                prop::sample::select(vec!["profit", "loss", "cuts", "not", "rise", "sharply", "as", ",", ".", "from",
                    "compared to", "12", "3.5 mn", "pares", "gains", "fears", "?", "despite", "and", "on"]), 0..14)
        ) {
            let _ = Rules::default().score(&words.join(" "), Some("profit"));
        }
    }
}
