//! What may be set of a rule.

use std::collections::BTreeMap;

/// One number that may be set.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Param {
    /// Its name.
    pub name: &'static str,
    /// What it is, with its unit.
    pub doc: &'static str,
    /// Its value where nothing else is said.
    pub default: f64,
    /// Smallest value.
    pub least: f64,
    /// Largest value.
    pub most: f64,
}

/// Sessions between decisions of a rule that restores its weights now and then.
pub(super) const EVERY: Param =
    Param { name: "every", doc: "sessions between decisions", default: 21.0, least: 1.0, most: 1e4 };

/// Share of equity that a rule holds.
pub(super) const EXPOSURE: Param =
    Param { name: "exposure", doc: "share of equity held in all", default: 1.0, least: 0.0, most: 10.0 };

/// A setting that cannot be.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ParamError {
    /// The rule has no such setting.
    #[error("`{recipe}` has no setting `{name}`; it has {known}")]
    Unknown {
        /// The rule.
        recipe: &'static str,
        /// The name.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The value is out of range.
    #[error("`{name}` of `{recipe}` is {value}, not between {least} and {most}")]
    Range {
        /// The rule.
        recipe: &'static str,
        /// The name.
        name: &'static str,
        /// The value.
        value: f64,
        /// Smallest value.
        least: f64,
        /// Largest value.
        most: f64,
    },
}

/// Every setting of a rule with its value.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
#[serde(transparent)]
pub struct Params(BTreeMap<&'static str, f64>);

impl Params {
    /// The defaults of a rule with what was set instead.
    ///
    /// # Errors
    /// [`ParamError`] for a name the rule does not have, or a value out of its range.
    pub fn of(
        recipe: &dyn super::Recipe,
        set: impl IntoIterator<Item = (String, f64)>,
    ) -> Result<Self, ParamError> {
        let params = recipe.params();
        let mut values: BTreeMap<_, _> = params.iter().map(|param| (param.name, param.default)).collect();
        for (name, value) in set {
            let Some(param) = params.iter().find(|param| param.name == name) else {
                let known = params.iter().map(|param| param.name).collect::<Vec<_>>().join(", ");
                return Err(ParamError::Unknown { recipe: recipe.name(), name, known });
            };
            if !(param.least..=param.most).contains(&value) {
                let Param { name, least, most, .. } = *param;
                return Err(ParamError::Range { recipe: recipe.name(), name, value, least, most });
            }
            values.insert(param.name, value);
        }
        Ok(Self(values))
    }

    /// The value of a setting; NaN for a name the rule does not have.
    pub fn get(&self, name: &str) -> f64 {
        self.0.get(name).copied().unwrap_or(f64::NAN)
    }

    /// The value as a whole number.
    pub fn whole(&self, name: &str) -> u64 {
        self.get(name) as u64
    }
}
