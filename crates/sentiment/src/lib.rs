//! Polarity of financial headlines: a lexicon with rules, models trained by the user, measures, values of a session.
//!
//! Invariant: the shipped lexicon is written from the general vocabulary of financial news; no word or weight was taken
//! from a labelled set. Labelled sets are measured on, or train a model that stays with the user.
//! Invariant: plain functions of text; no file, socket or clock. What cannot be scored is `None`, never 0.

mod attention;
mod blend;
mod evaluate;
mod examples;
mod lexicon;
mod ngrams;
mod polarity;
mod rules;
mod session;
mod tokens;
mod trained;

pub use attention::{SessionAttention, Usual, session_attention};
pub use blend::{Blend, BlendError, Blended, Provider, confidence_of};
pub use evaluate::{ClassReport, Evaluation, Interval, Majority, evaluate};
pub use examples::{Example, Split};
pub use polarity::{Hit, Polarity, Score};
pub use rules::{PlainLexicon, Rules};
pub use session::{Decay, Headline, SessionValue, session_values};
pub use trained::{LoadError, TrainError, Trained, Training};

/// Scores a text.
pub trait Scorer {
    /// Stable name, kept in reports.
    fn name(&self) -> String;

    /// The polarity of `text`; towards `entity` where one is named. `None` for a text without a word.
    fn score(&self, text: &str, entity: Option<&str>) -> Option<Score>;
}
