//! Model files: JSON that says what the model is, was trained on, and takes as input.

use std::collections::BTreeMap;
use std::fmt;

use proofmark_units::{DateSpan, Digest, Seed};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::{Calibrated, Matrix, Model, Platt, PredictError, QuantileForecast, Regression};

/// Newest version of the file format that is read. A file is written in the oldest that holds its content: format 1 had
/// no forecast, format 2 no regressions.
pub const MODEL_FORMAT: u32 = 3;

/// A kind of model that a file can hold: [`Model`] or [`Regression`].
pub trait Fitted: Sized {
    /// The oldest format that holds such models.
    const FORMAT: u32;
    /// Whether calibration and forecast, which start from a probability, may stand beside the model.
    const PROBABILITY: bool;
    /// The name of the learner that fits such models.
    fn kind(&self) -> &'static str;
    /// Number of input columns.
    fn width(&self) -> usize;
    /// What the fitted model is, read back from its own numbers.
    fn effective_parameters(&self) -> serde_json::Value;
    /// What is inconsistent in the model, if anything.
    fn defect(&self) -> Option<String>;
}

impl Fitted for Model {
    const FORMAT: u32 = 2;
    const PROBABILITY: bool = true;

    fn kind(&self) -> &'static str {
        Self::kind(self)
    }

    fn width(&self) -> usize {
        Self::width(self)
    }

    fn effective_parameters(&self) -> serde_json::Value {
        Self::effective_parameters(self)
    }

    fn defect(&self) -> Option<String> {
        Self::defect(self)
    }
}

impl Fitted for Regression {
    const FORMAT: u32 = 3;
    const PROBABILITY: bool = false;

    fn kind(&self) -> &'static str {
        Self::kind(self)
    }

    fn width(&self) -> usize {
        Self::width(self)
    }

    fn effective_parameters(&self) -> serde_json::Value {
        Self::effective_parameters(self)
    }

    fn defect(&self) -> Option<String> {
        Self::defect(self)
    }
}

/// A file of a model of a probability.
pub type ModelFile = SavedModel<Model>;
/// A file of a model of a number.
pub type RegressionFile = SavedModel<Regression>;

/// A model with its papers. Bytes are a function of the content: saving twice gives the same file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedModel<M> {
    format: u32,
    kind: String,
    feature_names: Vec<String>,
    feature_schema: Digest,
    training_spans: BTreeMap<String, DateSpan>,
    seeds: BTreeMap<String, Digest>,
    effective_parameters: serde_json::Value,
    model: M,
    calibration: Option<Platt>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    forecast: Option<Forecast>,
}

/// A forecast of the outcome's distribution from the file's own probability.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Forecast {
    /// What is forecast and what one unit of it is, in words.
    pub unit: String,
    /// Quantiles in that unit, by the probability of class 1 that [`ModelFile::predict`] gives.
    pub quantiles: QuantileForecast,
}

/// How the features a caller computes differ from those a model was fitted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDiff {
    /// Features of the model that the caller lacks.
    pub missing: Vec<String>,
    /// Features of the caller that the model does not know.
    pub unexpected: Vec<String>,
    /// Features both have, with their positions in the model and at the caller.
    pub moved: Vec<(String, usize, usize)>,
}

impl fmt::Display for SchemaDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("missing `{}`", self.missing.join("`, `")));
        }
        if !self.unexpected.is_empty() {
            parts.push(format!("unexpected `{}`", self.unexpected.join("`, `")));
        }
        for (name, model, given) in &self.moved {
            parts.push(format!("`{name}` is column {given} where the model has column {model}"));
        }
        f.write_str(&parts.join("; "))
    }
}

/// A model file could not be written.
#[derive(Debug, thiserror::Error)]
pub enum SaveModelError {
    /// Feature names do not match the model's columns.
    #[error("the model takes {expected} features, {got} names were given")]
    Width {
        /// Columns of the model.
        expected: usize,
        /// Names given.
        got: usize,
    },
    /// JSON could not be produced.
    #[error("failed to write the model as JSON")]
    Json(#[source] serde_json::Error),
}

/// A model file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadModelError {
    /// The bytes are not a model file.
    #[error("these bytes are not a model file")]
    Json(#[source] serde_json::Error),
    /// The file was written by a newer version.
    #[error(
        "the model file has format {found}, this version reads up to {supported}\n\nhint: upgrade proofmark, or write the model again with this version"
    )]
    NewerFormat {
        /// Format of the file.
        found: u64,
        /// Newest format read here.
        supported: u32,
    },
    /// The content contradicts itself.
    #[error("the model file contradicts itself: {what}")]
    Inconsistent {
        /// The contradiction.
        what: String,
    },
    /// The caller's features are not the model's.
    #[error("the features do not match the model: {diff}")]
    Schema {
        /// The difference.
        diff: SchemaDiff,
    },
}

#[derive(Deserialize)]
struct Header {
    format: u64,
}

impl<M: Fitted + Serialize + DeserializeOwned> SavedModel<M> {
    /// Wraps an uncalibrated model.
    ///
    /// - `feature_names`: one per column, in order.
    /// - `training_spans`: named spans of decision dates, such as `fit`.
    /// - `seeds`: named nodes of the seed tree that the fit used.
    ///
    /// # Errors
    /// [`SaveModelError::Width`].
    pub fn new(
        model: M,
        feature_names: &[String],
        training_spans: BTreeMap<String, DateSpan>,
        seeds: &BTreeMap<String, Seed>,
    ) -> Result<Self, SaveModelError> {
        Self::wrap(model, None, feature_names, training_spans, seeds)
    }

    fn wrap(
        model: M,
        calibration: Option<Platt>,
        feature_names: &[String],
        training_spans: BTreeMap<String, DateSpan>,
        seeds: &BTreeMap<String, Seed>,
    ) -> Result<Self, SaveModelError> {
        if feature_names.len() != model.width() {
            return Err(SaveModelError::Width { expected: model.width(), got: feature_names.len() });
        }
        Ok(Self {
            format: M::FORMAT,
            kind: model.kind().to_owned(),
            feature_names: feature_names.to_vec(),
            feature_schema: schema_digest(feature_names),
            training_spans,
            seeds: seeds.iter().map(|(name, seed)| (name.clone(), seed.digest())).collect(),
            effective_parameters: model.effective_parameters(),
            model,
            calibration,
            forecast: None,
        })
    }

    /// The file's bytes: JSON, one line, ending in a newline.
    ///
    /// # Errors
    /// [`SaveModelError::Json`].
    pub fn save_bytes(&self) -> Result<Vec<u8>, SaveModelError> {
        let mut bytes = serde_json::to_vec(self).map_err(SaveModelError::Json)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a file and checks it against itself and, where given, against the features the caller computes.
    ///
    /// # Errors
    /// [`LoadModelError`]: not JSON, newer format, contradictions, other features.
    pub fn load_bytes(bytes: &[u8], features: Option<&[String]>) -> Result<Self, LoadModelError> {
        let header: Header = serde_json::from_slice(bytes).map_err(LoadModelError::Json)?;
        if header.format > MODEL_FORMAT.into() {
            return Err(LoadModelError::NewerFormat { found: header.format, supported: MODEL_FORMAT });
        }
        let file: Self = serde_json::from_slice(bytes).map_err(LoadModelError::Json)?;
        if let Some(what) = file.contradiction() {
            return Err(LoadModelError::Inconsistent { what });
        }
        if let Some(diff) = features.and_then(|given| schema_diff(&file.feature_names, given)) {
            return Err(LoadModelError::Schema { diff });
        }
        Ok(file)
    }

    fn contradiction(&self) -> Option<String> {
        if self.kind != self.model.kind() {
            return Some(format!("kind `{}` with a model of kind `{}`", self.kind, self.model.kind()));
        }
        if self.feature_names.len() != self.model.width() {
            let (names, width) = (self.feature_names.len(), self.model.width());
            return Some(format!("{names} feature names for {width} columns"));
        }
        if self.feature_schema != schema_digest(&self.feature_names) {
            return Some("the schema digest is not that of the feature names".to_owned());
        }
        if self.format < 2 && self.forecast.is_some() {
            return Some(format!("a forecast in a file of format {}", self.format));
        }
        if !M::PROBABILITY && self.format < M::FORMAT {
            return Some(format!("a model of kind `{}` in a file of format {}", self.kind, self.format));
        }
        if !M::PROBABILITY && (self.calibration.is_some() || self.forecast.is_some()) {
            return Some("a calibration or forecast beside a model that states no probability".to_owned());
        }
        let defect = self
            .model
            .defect()
            .or_else(|| self.calibration.as_ref().and_then(Platt::defect))
            .or_else(|| self.forecast.as_ref().and_then(|forecast| forecast.quantiles.defect()));
        if defect.is_some() {
            return defect;
        }
        (self.effective_parameters != self.model.effective_parameters())
            .then(|| "the recorded effective parameters are not those of the model".to_owned())
    }

    /// Names of the input columns, in order.
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }

    /// Digest of the ordered feature names.
    pub const fn feature_schema(&self) -> Digest {
        self.feature_schema
    }

    /// Named spans of decision dates the model was trained on.
    pub const fn training_spans(&self) -> &BTreeMap<String, DateSpan> {
        &self.training_spans
    }

    /// Hyper-parameters read back from the fitted model.
    pub const fn effective_parameters(&self) -> &serde_json::Value {
        &self.effective_parameters
    }

    /// The model.
    pub const fn model(&self) -> &M {
        &self.model
    }
}

impl SavedModel<Model> {
    /// Wraps a calibrated model; see [`SavedModel::new`].
    ///
    /// # Errors
    /// [`SaveModelError::Width`].
    pub fn calibrated(
        calibrated: Calibrated,
        feature_names: &[String],
        training_spans: BTreeMap<String, DateSpan>,
        seeds: &BTreeMap<String, Seed>,
    ) -> Result<Self, SaveModelError> {
        Self::wrap(calibrated.model, Some(calibrated.platt), feature_names, training_spans, seeds)
    }

    /// The file with a forecast of the outcome's distribution.
    #[must_use]
    pub fn with_forecast(self, forecast: Forecast) -> Self {
        Self { forecast: Some(forecast), ..self }
    }

    /// Probability of class 1 for each row, calibrated where the file holds a calibration.
    ///
    /// # Errors
    /// As [`Model::log_odds`].
    pub fn predict(&self, x: &Matrix<'_>) -> Result<Vec<f64>, PredictError> {
        match &self.calibration {
            None => self.model.predict(x),
            Some(platt) => Ok(self.model.log_odds(x)?.into_iter().map(|z| platt.apply(z)).collect()),
        }
    }

    /// The calibration, if any.
    pub const fn calibration(&self) -> Option<&Platt> {
        self.calibration.as_ref()
    }

    /// The forecast of the outcome's distribution, if any.
    pub const fn forecast(&self) -> Option<&Forecast> {
        self.forecast.as_ref()
    }
}

/// Digest of ordered feature names.
fn schema_digest(names: &[String]) -> Digest {
    Digest::of_parts(names.iter().map(String::as_bytes))
}

fn schema_diff(model: &[String], given: &[String]) -> Option<SchemaDiff> {
    if model == given {
        return None;
    }
    let lacking = |of: &[String], among: &[String]| -> Vec<String> {
        of.iter().filter(|name| !among.contains(name)).cloned().collect()
    };
    let moved = model
        .iter()
        .enumerate()
        .filter_map(|(at, name)| {
            let there = given.iter().position(|other| other == name)?;
            (there != at).then(|| (name.clone(), at, there))
        })
        .collect();
    Some(SchemaDiff { missing: lacking(model, given), unexpected: lacking(given, model), moved })
}
