//! Labelled texts, and which of them are held out.

use proofmark_units::{Digest, Seed};

use crate::Polarity;
use crate::tokens::{Token, tokens};

/// A labelled text.
#[derive(Debug, Clone, PartialEq)]
pub struct Example {
    /// The headline or sentence.
    pub text: String,
    /// Whom the label is about, where a text is labelled more than once.
    pub entity: Option<String>,
    /// The label.
    pub label: Polarity,
}

impl Example {
    /// The same for texts that differ in case, punctuation and numbers only: they are one text told twice, and rows about
    /// several entities of one text are one group too.
    pub(crate) fn group(&self) -> Digest {
        let words: Vec<String> = tokens(&self.text)
            .into_iter()
            .filter_map(|token| match token {
                Token::Word(word) => Some(word),
                Token::Number { .. } => Some("#".to_owned()),
                _ => None,
            })
            .collect();
        Digest::of_parts([words.join(" ").as_bytes()])
    }
}

/// Which groups are held out: by a draw from the seed and the text itself, so that neither the order of the file nor a row
/// more changes the side of another.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Split {
    /// Root of the draw.
    pub seed: Seed,
    /// Share of groups held out, a fraction.
    pub held_out: f64,
}

impl Split {
    /// Training and held-out examples, each in the order given.
    pub fn divide<'a>(&self, examples: &'a [Example]) -> (Vec<&'a Example>, Vec<&'a Example>) {
        examples.iter().partition(|example| !self.holds_out(example))
    }

    fn holds_out(&self, example: &Example) -> bool {
        let draw = self.seed.child(&example.group().to_string()).as_u64();
        // 53 bits make a fraction without rounding.
        ((draw >> 11) as f64) / ((1_u64 << 53) as f64) < self.held_out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn example(text: &str, entity: Option<&str>) -> Example {
        Example { text: text.into(), entity: entity.map(str::to_owned), label: Polarity::Neutral }
    }

    proptest! {
        #[test]
        fn one_text_is_never_on_both_sides(seed in any::<u64>(), share in 0.05..0.95_f64, n in 0_u32..50) {
            let text = format!("Alpha profit up {n}%, Beta down");
            let again = "alpha PROFIT up 99% -- beta down!";
            let rows = [example(&text, Some("Alpha")), example(&text, Some("Beta")), example(again, None)];
            let split = Split { seed: Seed::root(seed), held_out: share };
            let (train, held) = split.divide(&rows);
            prop_assert!(train.is_empty() || held.is_empty());
        }
    }

    #[test]
    fn the_share_is_kept_and_order_does_not_matter() {
        let rows: Vec<Example> = (0..4_000)
            .map(|i| {
                example(&format!("w{} x{}", char::from(b'a' + (i % 26) as u8), "y".repeat(i / 26 + 1)), None)
            })
            .collect();
        let split = Split { seed: Seed::root(3), held_out: 0.2 };
        let (_, held) = split.divide(&rows);
        // Four standard deviations of a share of 4,000 draws.
        assert!((held.len() as f64 / 4_000.0 - 0.2).abs() < 4.0 * (0.16_f64 / 4_000.0).sqrt());
        let turned: Vec<Example> = rows.iter().rev().cloned().collect();
        let (_, again) = split.divide(&turned);
        assert!(again.iter().rev().zip(&held).all(|(a, b)| a.text == b.text));
    }
}
