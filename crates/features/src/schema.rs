//! What a model was trained on, column by column, and how another list of columns differs from it.

use std::fmt;

use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use crate::{Feature, Formula, schema_digest};

/// One column as a registry describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// See [`Feature::name`].
    pub name: String,
    /// See [`Feature::doc`].
    pub doc: String,
    /// See [`Feature::unit`].
    pub unit: String,
    /// See [`Feature::source`].
    pub source: String,
    /// Names of [`Feature::inputs`].
    pub inputs: Vec<String>,
    /// See [`Feature::look_back`]; `None` for every bar since the first.
    pub look_back: Option<usize>,
    /// See [`Feature::availability_lag`], in sessions.
    pub availability_lag: usize,
    /// See [`Feature::is_stationary`].
    pub stationary: bool,
    /// See [`Feature::is_optional`].
    pub optional: bool,
    /// The expression that is computed; `None` where it is written in the program.
    pub expression: Option<String>,
}

impl Column {
    /// The description of a feature.
    pub fn of(feature: &dyn Feature) -> Self {
        Self {
            name: feature.name().to_owned(),
            doc: feature.doc().to_owned(),
            unit: feature.unit().to_owned(),
            source: feature.source().to_owned(),
            inputs: feature.inputs().iter().map(|field| field.name().to_owned()).collect(),
            look_back: Some(feature.look_back()).filter(|bars| *bars != usize::MAX),
            availability_lag: feature.availability_lag(),
            stationary: feature.is_stationary(),
            optional: feature.is_optional(),
            expression: feature.formula().map(Formula::text).or(feature.panel_text()).map(str::to_owned),
        }
    }

    /// Every field but the name, as words.
    fn fields(&self) -> [(&'static str, String); 9] {
        let Self { name: _, doc, unit, source, inputs, look_back, .. } = self;
        let Self { availability_lag, stationary, optional, expression, .. } = self;
        [
            ("doc", doc.clone()),
            ("unit", unit.clone()),
            ("source", source.clone()),
            ("inputs", inputs.join(", ")),
            ("look_back", look_back.map_or_else(|| "unbounded".to_owned(), |bars| bars.to_string())),
            ("availability_lag", availability_lag.to_string()),
            ("stationary", stationary.to_string()),
            ("optional", optional.to_string()),
            ("expression", expression.clone().unwrap_or_else(|| "none".to_owned())),
        ]
    }
}

/// The columns of a model's input, in order, with their identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schema {
    /// See [`schema_digest`].
    pub digest: Digest,
    /// One a column.
    pub columns: Vec<Column>,
}

impl Schema {
    /// The schema of a set.
    pub fn of(set: &[&dyn Feature]) -> Self {
        Self { digest: schema_digest(set), columns: set.iter().map(|feature| Column::of(*feature)).collect() }
    }
}

/// A field of a column that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The column.
    pub name: String,
    /// The field, as [`Column`] names it.
    pub field: &'static str,
    /// What was expected.
    pub expected: String,
    /// What was found.
    pub found: String,
}

/// A column at another place among those that both schemas have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// The column.
    pub name: String,
    /// Its place, from 0, in the schema that was expected.
    pub expected: usize,
    /// Its place, from 0, in the one that was found.
    pub found: usize,
}

/// How a schema differs from the expected one. A model is scored on no columns that differ.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, thiserror::Error)]
pub struct SchemaDiff {
    /// Columns that were found and not expected, in their order.
    pub added: Vec<String>,
    /// Columns that were expected and not found, in their order.
    pub removed: Vec<String>,
    /// Columns of both that are not in the same order.
    pub reordered: Vec<Moved>,
    /// Columns of both that are not the same.
    pub changed: Vec<Change>,
    /// Both lists are the same, and their digests are not: a formula changed without a change of its words.
    pub version: bool,
}

impl SchemaDiff {
    /// One thing to try.
    pub const fn hint(&self) -> &'static str {
        "score with the program, the set and the expressions that trained it, or train again"
    }

    /// Compares what was found with what was expected; `Ok` where they are the same. A name counts once: where it
    /// comes again, the second is another column.
    ///
    /// # Errors
    /// Every difference.
    pub fn check(expected: &Schema, found: &Schema) -> Result<(), Self> {
        let (names, others) = (numbered(expected), numbered(found));
        let mut diff = Self::default();
        let missing = |of: &[(String, usize)], among: &[(String, usize)]| -> Vec<String> {
            of.iter().filter(|name| !among.contains(name)).map(|(name, _)| name.clone()).collect()
        };
        diff.removed = missing(&names, &others);
        diff.added = missing(&others, &names);
        let shared: Vec<&(String, usize)> = names.iter().filter(|name| others.contains(name)).collect();
        let order: Vec<&(String, usize)> = others.iter().filter(|name| names.contains(name)).collect();
        for (name, at_same_turn) in shared.iter().zip(&order) {
            let (Some(before), Some(after)) = (place(&names, name), place(&others, name)) else { continue };
            if name != at_same_turn {
                diff.reordered.push(Moved { name: name.0.clone(), expected: before, found: after });
            }
            let (before, after) = (expected.columns[before].fields(), found.columns[after].fields());
            for ((field, expected), (_, found)) in before.into_iter().zip(after) {
                if expected != found {
                    diff.changed.push(Change { name: name.0.clone(), field, expected, found });
                }
            }
        }
        let same = diff == Self::default();
        diff.version = same && expected.digest != found.digest;
        if same && !diff.version { Ok(()) } else { Err(diff) }
    }
}

/// Each name with how often it came before.
fn numbered(schema: &Schema) -> Vec<(String, usize)> {
    let names: Vec<&str> = schema.columns.iter().map(|column| column.name.as_str()).collect();
    let before = |k: usize| names[..k].iter().filter(|name| **name == names[k]).count();
    (0..names.len()).map(|k| (names[k].to_owned(), before(k))).collect()
}

fn place(names: &[(String, usize)], name: &(String, usize)) -> Option<usize> {
    names.iter().position(|known| known == name)
}

impl fmt::Display for SchemaDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the columns are not those the model was trained on")?;
        for name in &self.removed {
            write!(f, "\n  missing: `{name}`")?;
        }
        for name in &self.added {
            write!(f, "\n  not expected: `{name}`")?;
        }
        for Moved { name, expected, found } in &self.reordered {
            write!(f, "\n  moved: `{name}` from place {expected} to {found}")?;
        }
        for Change { name, field, expected, found } in &self.changed {
            write!(f, "\n  changed: {field} of `{name}` was `{expected}` and is `{found}`")?;
        }
        if self.version {
            write!(f, "\n  a formula changed without a change of its words")?;
        }
        Ok(())
    }
}
