//! What headlines say of a name, session by session, and the columns made of it.
//!
//! Scores and counts come from the crate `sentiment`, which knows no feature; whoever has both fills the rows.
//!
//! To add a feature, write a [`NewsFeature`] in the list, and a field of [`NewsRow`] where it needs another measure.

use crate::ContextDefinition;
use crate::context_definition::KNOWN_AT_ROW;

/// The news of a session as known at its close. `None`: not known, never 0.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct NewsRow {
    /// Decayed sentiment, -1 to 1.
    pub sentiment: Option<f64>,
    /// Headlines that became known in the session.
    pub headlines: Option<u64>,
    /// Standard deviation of their values.
    pub dispersion: Option<f64>,
    /// The count against those of the sessions before.
    pub buzz: Option<f64>,
}

/// A feature of news: its papers, and what it takes of a session's row.
#[derive(Debug, Clone, Copy)]
pub struct NewsFeature {
    /// Its papers; `look_back` counts sessions.
    pub definition: ContextDefinition,
    value: fn(&NewsRow) -> Option<f64>,
}

impl NewsFeature {
    /// One value a row, NaN where it is missing.
    pub fn column(&self, rows: &[NewsRow]) -> Vec<f64> {
        rows.iter().map(|row| (self.value)(row).filter(|v| v.is_finite()).unwrap_or(f64::NAN)).collect()
    }
}

const SCORED: &[&str] = &["scored headlines"];
const COUNTED: &[&str] = &["headlines"];

const fn of_session(
    name: &'static str,
    (inputs, look_back, unit, stationary): (&'static [&'static str], usize, &'static str, bool),
    doc: &'static str,
    source: &'static str,
    value: fn(&NewsRow) -> Option<f64>,
) -> NewsFeature {
    let definition =
        ContextDefinition { name, doc, inputs, look_back, lag: KNOWN_AT_ROW, unit, stationary, source };
    NewsFeature { definition, value }
}

/// Every feature of news, in the order help and reports print them.
pub const NEWS_FEATURES: &[NewsFeature] = &[
    of_session(
        "news_sentiment",
        (SCORED, 10, "polarity", true),
        "mean of scored headlines by confidence, each weighing half as much after a half-life (2 sessions unless set) within a window (10), -1 to 1; missing in a session without a headline",
        "own definition; Tetlock (2007) for the use of tone",
        |row| row.sentiment,
    ),
    of_session(
        "news_count",
        (COUNTED, 1, "headlines", false),
        "headlines that became known after the close before and up to the session's own; 0 in a session without one, missing before the first",
        "own definition",
        |row| row.headlines.map(|count| count as f64),
    ),
    of_session(
        "news_dispersion",
        (SCORED, 1, "polarity", true),
        "standard deviation of the values of the session's headlines; missing below two",
        "Sprenger, Tumasjan, Sandner & Welpe (2014), disagreement",
        |row| row.dispersion,
    ),
    of_session(
        "news_buzz",
        (COUNTED, 64, "standard deviations", true),
        "ln(1 + headlines) of the session less its mean over the 63 sessions before, in their standard deviations; missing below 21 of them",
        "Sprenger, Tumasjan, Sandner & Welpe (2014), message volume",
        |row| row.buzz,
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_without_headlines_counts_none_and_says_nothing_else() {
        let quiet = NewsRow { headlines: Some(0), ..NewsRow::default() };
        let loud = NewsRow { sentiment: Some(0.5), headlines: Some(3), dispersion: None, buzz: Some(1.5) };
        let column = |name: &str| {
            let feature = NEWS_FEATURES.iter().find(|feature| feature.definition.name == name).unwrap();
            let known = |value: f64| Some(value).filter(|value| !value.is_nan());
            feature.column(&[quiet, loud]).into_iter().map(known).collect::<Vec<_>>()
        };
        assert_eq!(column("news_count"), [Some(0.0), Some(3.0)]);
        assert_eq!(column("news_sentiment"), [None, Some(0.5)]);
        assert_eq!(column("news_dispersion"), [None, None]);
        assert_eq!(column("news_buzz"), [None, Some(1.5)]);
    }
}
