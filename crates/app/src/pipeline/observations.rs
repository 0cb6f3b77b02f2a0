//! Columns of context: which observations a model sees beside its features, and how.

use proofmark_lake::known::Transform;
use proofmark_models::MissingInputs;
use proofmark_units::{ParseSymbolError, Symbol};
use serde::{Deserialize, Serialize};

use super::{NamedFeatures, Pipeline};
use crate::error::{AppError, Result};

/// What stands for a name in the series of a column of one value a name.
const PLACE: &str = "{symbol}";
/// Oldest age that can be asked for: ten years.
const AGE_MAX: u32 = 3_660;

/// One column: at each decision, the session's close, what was known by then of a series.
///
/// A value that is too old or was not known is missing, never 0 and never filled from later ones.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ObservationSpec {
    /// The column's name among the features: lower-case letters, digits and `_`.
    pub name: String,
    /// A series of the lake: one value for every name; or, with `{symbol}` in it, one series for each name.
    pub series: String,
    /// Days from the end of the day a value describes to the decision, at most.
    pub max_age_days: u32,
    /// What is made of the series. Always named: a level that trends separates years, not states of the world.
    pub transform: Transform,
    /// What the values must have been made by, such as `regimes:` or `context:` with the digest that `data regimes` and
    /// `data context` print; any when left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

impl ObservationSpec {
    /// Whether each name has a series of its own.
    pub fn is_by_symbol(&self) -> bool {
        self.series.contains(PLACE)
    }

    /// The series that `symbol` looks at.
    ///
    /// # Errors
    /// The name cannot be one of a series.
    pub fn series_of(&self, symbol: &Symbol) -> std::result::Result<Symbol, ParseSymbolError> {
        self.series.replace(PLACE, symbol.as_str()).parse()
    }

    fn defect(&self, taken: &[&str]) -> Option<(&'static str, String)> {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.name.is_empty() || self.name.len() > 32 || !self.name.chars().all(fits) {
            let why = format!("`{}` must be 1 to 32 of a-z, 0-9 and _", self.name);
            return Some(("name", why));
        }
        if taken.contains(&self.name.as_str()) {
            return Some(("name", format!("`{}` is taken by another feature or column", self.name)));
        }
        // Any name will do to see whether the rest of the pattern can be one.
        if let Err(error) = self.series.replace(PLACE, "A").parse::<Symbol>() {
            return Some(("series", format!("cannot be one: {error}")));
        }
        if !(1..=AGE_MAX).contains(&self.max_age_days) {
            return Some(("max_age_days", format!("is {}, allowed are 1 to {AGE_MAX}", self.max_age_days)));
        }
        self.transform.rule().defect().map(|why| ("transform", why))
    }
}

pub(super) fn check(pipeline: &Pipeline, features: &NamedFeatures, file: &str) -> Result<()> {
    let columns = &pipeline.observations;
    let named = features.all();
    let mut taken: Vec<&str> = named.iter().map(|feature| feature.name()).collect();
    for column in columns {
        if let Some((key, why)) = column.defect(&taken) {
            return Err(AppError::input(format!("pipeline `{file}`: `observations.{key}` {why}"))
                .hint("docs/OBSERVATIONS.md shows a column with every key"));
        }
        taken.push(&column.name);
    }
    // Those that may be missing come last.
    let optional = named.last().filter(|feature| feature.is_optional());
    if (optional.is_some() || !columns.is_empty()) && pipeline.student.model.missing == MissingInputs::Refuse
    {
        let what = match optional {
            Some(feature) => format!("features that compare names, such as `{}`,", feature.name()),
            None => "columns of `observations`".to_owned(),
        };
        return Err(AppError::input(format!(
            "pipeline `{file}`: {what} may be missing, and the student refuses missing inputs"
        ))
        .hint("write `missing = \"indicate\"` below `[student.model]`: a missing value then counts as the training mean, and being missing is an input of its own"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMN: &str = "[[observations]]\nname = \"vix\"\nseries = \"INDIAVIX\"\nmax_age_days = 5\ntransform = { kind = \"level\" }\n";

    fn parse(more: &str, student: &str) -> Result<Pipeline> {
        let demo = include_str!("../../../../pipelines/demo.toml");
        let text = demo.replace("[student.model]\n", &format!("[student.model]\n{student}\n"));
        Pipeline::parse(&format!("{text}\n{more}"), "test.toml")
    }

    #[test]
    fn a_column_is_part_of_what_is_scored_and_of_nothing_without_one() {
        let plain = parse("", "").unwrap();
        let with = parse(COLUMN, "missing = \"indicate\"").unwrap();
        assert!(!crate::json::bytes(&plain).windows(12).any(|w| w == b"observations"));
        let other = parse(&COLUMN.replace("= 5", "= 6"), "missing = \"indicate\"").unwrap();
        assert_ne!(with.score_slice(), other.score_slice());
        assert!(with.observations[0].series_of(&"A".parse().unwrap()).unwrap().as_str() == "INDIAVIX");
    }

    #[test]
    fn slips_are_refused_with_their_key() {
        let refused = |from: &str, to: &str, words: &str| {
            let error = parse(&COLUMN.replace(from, to), "missing = \"indicate\"").unwrap_err();
            let said = format!("{error:?}");
            assert!(said.contains(words) && error.exit_code() == 2, "{said}");
        };
        refused("\"vix\"", "\"VIX\"", "observations.name");
        refused("\"vix\"", "\"rsi_14\"", "taken");
        refused("INDIAVIX", "INDIA VIX", "observations.series");
        refused("= 5", "= 0", "observations.max_age_days");
        refused("kind = \"level\"", "kind = \"change\", sessions = 0", "observations.transform");
        refused("transform = { kind = \"level\" }\n", "", "transform");
        let twice = format!("{COLUMN}{COLUMN}");
        assert!(parse(&twice, "missing = \"indicate\"").unwrap_err().to_string().contains("taken"));
        assert!(parse(COLUMN, "").unwrap_err().hint_text().unwrap().contains("indicate"));
    }
}
