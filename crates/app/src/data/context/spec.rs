//! What a file of context features says.

use std::collections::BTreeMap;

use proofmark_features::ContextDefinition;
use proofmark_market::Calendar;
use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use super::bars::{AgainstBenchmark, AmongMembers};
use super::books::{FiledBooks, RecordedBooks, SnapshotBooks};
use super::chains::{FiledChains, StoredChains};
use super::news::StoredNews;
use super::series::{LevelSeries, ReleasedSeries, YieldSeries};
use super::source::Source;
use super::within::BarsWithin;
use crate::error::{AppError, Result};
use crate::{data, features};

/// Raised when an input gives other values for the same settings, so that old series stop matching.
const VERSION: &str = "context-2";
/// Says of which names values are made, and not what they are.
const NAMES: &str = "symbols";

/// Context features of one kind of input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ContextSpec {
    /// Calendar whose sessions have a value each.
    pub(super) calendar: String,
    /// The part of a series' name that stands for a feature, and the feature.
    pub(super) features: BTreeMap<String, String>,
    /// What they are computed from.
    pub(super) input: Input,
}

/// A kind of input and its settings. What each one is: docs/CONTEXT_FEATURES.md.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum Input {
    BookRecordings(RecordedBooks),
    BookSnapshots(SnapshotBooks),
    BookFiles(FiledBooks),
    OptionChains(StoredChains),
    OptionFiles(FiledChains),
    Benchmark(AgainstBenchmark),
    Members(AmongMembers),
    Releases(ReleasedSeries),
    Yields(YieldSeries),
    Level(LevelSeries),
    BarsWithin(BarsWithin),
    News(StoredNews),
}

impl Input {
    /// The list of inputs: what each one does is in its own file.
    pub(super) fn source(&self) -> &dyn Source {
        match self {
            Self::BookRecordings(input) => input,
            Self::BookSnapshots(input) => input,
            Self::BookFiles(input) => input,
            Self::OptionChains(input) => input,
            Self::OptionFiles(input) => input,
            Self::Benchmark(input) => input,
            Self::Members(input) => input,
            Self::Releases(input) => input,
            Self::Yields(input) => input,
            Self::Level(input) => input,
            Self::BarsWithin(input) => input,
            Self::News(input) => input,
        }
    }
}

impl ContextSpec {
    /// Parses and checks a file; `what` names it in messages.
    ///
    /// # Errors
    /// An unknown key, kind or feature, with the nearest; a feature of another input; a setting out of range.
    pub(super) fn parse(text: &str, what: &str) -> Result<Self> {
        let spec: Self = crate::toml_text::parse(text, what)?;
        if spec.features.is_empty() {
            return Err(AppError::input(format!("{what}: no feature is named"))
                .hint("a line below `[features]` such as `BETA = \"mkt_beta\"`"));
        }
        spec.definitions()?;
        spec.input.source().check().map_err(|error| {
            let hint = error.hint_text().unwrap_or("docs/CONTEXT_FEATURES.md lists every setting").to_owned();
            AppError::input(format!("{what}: `input` cannot be used")).hint(hint).because(error)
        })?;
        Ok(spec)
    }

    /// The calendar.
    ///
    /// # Errors
    /// There is none of that name.
    pub(super) fn calendar(&self) -> Result<Calendar> {
        data::calendar(&self.calendar)
    }

    /// The papers of each feature, in the order of the names of their series.
    ///
    /// # Errors
    /// There is no such feature, or the input does not make it.
    pub(super) fn definitions(&self) -> Result<Vec<(&str, ContextDefinition)>> {
        let made = self.input.source().makes();
        let one = |name: &str| {
            let definition = features::context(Some(name))?[0];
            if !made.contains(&definition.name) {
                return Err(AppError::input(format!(
                    "`{name}` is made of {}, which this kind of input does not have",
                    definition.inputs.join(" and ")
                ))
                .hint(format!("this kind makes {}", made.join(", "))));
            }
            Ok(definition)
        };
        self.features.iter().map(|(part, name)| Ok((part.as_str(), one(name)?))).collect()
    }

    /// Identity of the values of `feature`: everything but which names there are and what else is made beside it, so that
    /// a file may grow.
    pub(super) fn digest(&self, feature: &str) -> Digest {
        // Serialising to memory fails for no spec: keys are strings and every number has a form.
        let mut input = serde_json::to_value(&self.input).unwrap_or_default();
        if let Some(settings) = input.as_object_mut() {
            settings.remove(NAMES);
        }
        let input = input.to_string();
        let made_with = self.input.source().made_with();
        let parts = [VERSION, feature, &self.calendar, &input, &made_with];
        Digest::of_parts(parts.map(str::as_bytes))
    }
}

/// A duration such as `100ms`, `1s`, `5m` or `1h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub(super) struct Cadence {
    pub(super) nanos: i64,
}

impl TryFrom<String> for Cadence {
    type Error = String;

    fn try_from(text: String) -> std::result::Result<Self, String> {
        let nanos = data::books::nanos_of(&text);
        let wrong = || format!("`{text}` is not a duration such as 100ms, 1s, 5m or 1h");
        nanos.map(|nanos| Self { nanos }).ok_or_else(wrong)
    }
}

impl From<Cadence> for String {
    fn from(cadence: Cadence) -> Self {
        // One form for equal durations: `60s` and `1m` are one definition.
        format!("{}ns", cadence.nanos)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BETA: &str = "calendar = \"XNSE\"\n\n[features]\nBETA = \"mkt_beta\"\n\n[input]\nkind = \"benchmark\"\nbenchmark = \"NIFTY50\"\nadjust = \"splits\"\n";

    fn parse(text: &str) -> Result<ContextSpec> {
        ContextSpec::parse(text, "context `test.toml`")
    }

    #[test]
    fn slips_are_refused_with_the_nearest() {
        let refused = |from: &str, to: &str, words: &str| {
            let error = parse(&BETA.replace(from, to)).unwrap_err();
            let said = format!("{} {}", error.chain().join(" "), error.hint_text().unwrap_or_default());
            assert!(error.exit_code() == 2 && said.contains(words), "{said}");
        };
        refused("mkt_beta", "mkt_betta", "did you mean `mkt_beta`");
        refused("mkt_beta", "mic_spread", "quotes, which this kind of input does not have");
        refused("calendar =", "calender =", "did you mean `calendar`");
        refused("adjust =", "ajust =", "did you mean `adjust`");
        refused("\"benchmark\"", "\"bench\"", "did you mean `benchmark`");
        refused("BETA = \"mkt_beta\"\n", "", "no feature");
        refused("XNSE\"", "XNSE\"\nsymbols = []", "did you mean");
    }

    #[test]
    fn the_digest_is_of_what_makes_a_value_and_of_nothing_else() {
        let of = |text: &str| parse(text).unwrap().digest("mkt_beta");
        let more = BETA.replace("BETA =", "CORR = \"mkt_correlation\"\nBETA =") + "symbols = [\"A\"]\n";
        assert_eq!(of(BETA), of(&more), "other names and features beside it change no value");
        assert_ne!(of(BETA), of(&BETA.replace("NIFTY50", "NIFTY500")));
        assert_ne!(of(BETA), of(&BETA.replace("XNSE", "XNYS")));
        assert_ne!(of(BETA), parse(BETA).unwrap().digest("mkt_correlation"));
        let cadence = |text: &str| Cadence::try_from(text.to_owned());
        assert_eq!(cadence("60s"), cadence("1m"));
        assert!(cadence("1 minute").is_err() && cadence("0s").is_err());
    }
}
