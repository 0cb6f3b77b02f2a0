//! `Sales were 20 mn compared to 18 mn`: two amounts tell the direction where no word does.

use crate::Hit;
use crate::lexicon::{Found, Kind};
use crate::tokens::Token;

const WEIGHT: f64 = 0.9;
/// Words between an amount and what joins it to the other.
const REACH: usize = 6;
const JOINS: [&[&str]; 6] =
    [&["compared", "to"], &["compared", "with"], &["versus"], &["vs"], &["against"], &["from"]];

/// The tokens from the first amount to the second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Span {
    pub(super) begin: usize,
    pub(super) end: usize,
}

/// Compared amounts of the text, each with what it says.
pub(super) fn compared(tokens: &[Token], found: &[(usize, Found)]) -> Vec<(Span, Hit)> {
    let mut out = Vec::new();
    for at in 0..tokens.len() {
        let Some(join) = JOINS.iter().find(|join| is(tokens, at, join)) else { continue };
        let (Some(now), Some(then)) = (amount_before(tokens, at), amount_after(tokens, at + join.len()))
        else {
            continue;
        };
        if now.percent != then.percent {
            continue;
        }
        let loses = |range: std::ops::Range<usize>| sign(found, range);
        let begin = now.at.saturating_sub(REACH);
        let measured = loses(begin..now.at);
        let other = loses(at..then.at).or(measured);
        // A loss is a negative profit; any other measure of which more is bad turns the comparison round.
        let (measured, other) = (measured.unwrap_or(1.0), other.unwrap_or(1.0));
        let change = measured * now.value - other * then.value;
        if change != 0.0 {
            let text = format!("{} {} {}", now.value, join.join(" "), then.value);
            out.push((
                Span { begin: now.at, end: then.at + 1 },
                Hit { text, weight: WEIGHT * change.signum() },
            ));
        }
    }
    out
}

fn is(tokens: &[Token], at: usize, words: &[&str]) -> bool {
    words.iter().enumerate().all(|(i, want)| tokens.get(at + i).and_then(Token::word) == Some(*want))
}

/// 1 or -1 for the last measure named within `range`.
fn sign(found: &[(usize, Found)], range: std::ops::Range<usize>) -> Option<f64> {
    found.iter().rev().filter(|(at, _)| range.contains(at)).find_map(|(_, f)| {
        f.entries.iter().find_map(|entry| match entry.kind {
            Kind::GoodMetric => Some(1.0),
            Kind::BadMetric => Some(-1.0),
            _ => None,
        })
    })
}

struct Amount {
    at: usize,
    value: f64,
    percent: bool,
}

fn amount_before(tokens: &[Token], at: usize) -> Option<Amount> {
    let from = at.saturating_sub(REACH);
    (from..at).rev().take_while(|i| tokens[*i] != Token::Stop).find_map(|i| amount(tokens, i))
}

fn amount_after(tokens: &[Token], at: usize) -> Option<Amount> {
    let end = tokens.len().min(at + REACH);
    (at..end)
        .take_while(|i| !matches!(tokens[*i], Token::Stop | Token::Comma))
        .find_map(|i| amount(tokens, i))
}

/// A number that is no year, with the word that scales it.
fn amount(tokens: &[Token], at: usize) -> Option<Amount> {
    let Token::Number { value, percent } = tokens[at] else { return None };
    let scale = match tokens.get(at + 1).and_then(Token::word) {
        Some("k" | "thousand") => 1e3,
        Some("lakh" | "lakhs") => 1e5,
        Some("m" | "mn" | "mln" | "million" | "millions") => 1e6,
        Some("cr" | "crore" | "crores") => 1e7,
        Some("b" | "bn" | "bln" | "billion" | "billions") => 1e9,
        Some("tn" | "trillion") => 1e12,
        _ => 1.0,
    };
    let year = scale == 1.0 && !percent && value.fract() == 0.0 && (1900.0..=2100.0).contains(&value);
    (!year).then_some(Amount { at, value: value * scale, percent })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::Lexicon;
    use crate::rules::find_all;
    use crate::tokens::tokens;

    fn weights(text: &str) -> Vec<f64> {
        let tokens = tokens(text);
        let found = find_all(&Lexicon::shipped(), &tokens);
        compared(&tokens, &found).into_iter().map(|(_, hit)| hit.weight).collect()
    }

    #[test]
    fn scales_years_and_units_are_told_apart() {
        assert_eq!(weights("Sales were 1.2 bn from 900 mn"), [0.9]);
        assert_eq!(weights("Costs were 12 mn versus 10 mn"), [-0.9]);
        assert_eq!(weights("Sales were 12 mn versus 12 mn"), [] as [f64; 0]);
        assert_eq!(weights("Margin 12 % against 300 mn"), [] as [f64; 0], "a share and an amount");
        assert_eq!(weights("Sales were 12 mn compared to 2011"), [] as [f64; 0], "a year is no amount");
    }
}
