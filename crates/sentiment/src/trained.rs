//! A scorer trained on the user's own labelled texts.

use proofmark_models::{Softmax, SoftmaxError, SoftmaxRegression, SparseRows, SparseRowsError};
use proofmark_units::Digest;
use serde::{Deserialize, Serialize};

use crate::ngrams::Vocabulary;
use crate::{Example, Polarity, Score, Scorer};

/// The format this program writes and the newest it reads.
const FORMAT: u32 = 1;

/// How a scorer is trained.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Training {
    /// Penalty of the logistic regression, per mean loss of a row.
    pub l2: f64,
    /// Texts that a word or pair must occur in to be learnt.
    pub min_texts: usize,
}

impl Default for Training {
    fn default() -> Self {
        Self { l2: 1e-4, min_texts: 2 }
    }
}

/// Multinomial logistic regression on words and pairs of words, with its papers. Stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trained {
    format: u32,
    kind: String,
    classes: Vec<Polarity>,
    training: Training,
    /// Texts learnt from.
    rows: usize,
    /// Digest of those texts and their labels.
    learnt_from: Digest,
    /// Short digests of the texts, ascending: what was learnt from is never measured on.
    learnt: Vec<String>,
    vocabulary: Vocabulary,
    model: Softmax,
}

/// A scorer could not be trained.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// A class has no example.
    #[error("no text is labelled {0}: there is nothing to tell apart")]
    MissingClass(Polarity),
    /// No word occurs often enough.
    #[error("no word occurs in {min_texts} of the {rows} texts")]
    NoTerms {
        /// Texts given.
        rows: usize,
        /// Texts that a word must occur in.
        min_texts: usize,
    },
    /// The rows cannot be laid out.
    #[error("the texts cannot be laid out")]
    Rows(#[from] SparseRowsError),
    /// The fit failed.
    #[error("the logistic regression failed")]
    Fit(#[from] SoftmaxError),
}

/// A model file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The bytes are no such file.
    #[error("these bytes are not a sentiment model")]
    Json(#[from] serde_json::Error),
    /// Written by a newer version.
    #[error("the model has format {found}, this version reads up to {FORMAT}")]
    Newer {
        /// Its format.
        found: u64,
    },
    /// The content contradicts itself.
    #[error("the model contradicts itself: {0}")]
    Inconsistent(String),
}

impl Trained {
    /// Fits on `examples`.
    ///
    /// # Errors
    /// [`TrainError`]: a polarity without examples, no common word, no convergence.
    pub fn fit(examples: &[&Example], training: Training) -> Result<Self, TrainError> {
        if let Some(missing) = Polarity::ALL.into_iter().find(|p| examples.iter().all(|e| e.label != *p)) {
            return Err(TrainError::MissingClass(missing));
        }
        let texts = || examples.iter().map(|e| (e.text.as_str(), e.entity.as_deref()));
        let vocabulary = Vocabulary::learn(texts(), training.min_texts);
        if vocabulary.len() == 0 {
            return Err(TrainError::NoTerms { rows: examples.len(), min_texts: training.min_texts });
        }
        let mut x = SparseRows::new(vocabulary.len());
        for (text, entity) in texts() {
            x.push(&vocabulary.row(text, entity))?;
        }
        let class: Vec<usize> = examples.iter().map(|e| e.label.index()).collect();
        let model = SoftmaxRegression { l2: training.l2 }.fit(&x, &class, Polarity::ALL.len())?;
        let parts: Vec<String> = examples
            .iter()
            .map(|e| format!("{}\u{1f}{}\u{1f}{}", e.label, e.entity.as_deref().unwrap_or(""), e.text))
            .collect();
        Ok(Self {
            format: FORMAT,
            kind: "sentiment".to_owned(),
            classes: Polarity::ALL.to_vec(),
            training,
            rows: examples.len(),
            learnt_from: Digest::of_parts(parts.iter().map(String::as_bytes)),
            learnt: examples
                .iter()
                .map(|e| e.group().short())
                .collect::<std::collections::BTreeSet<_>>()
                .into_iter()
                .collect(),
            vocabulary,
            model,
        })
    }

    /// The file's bytes: a function of the content alone.
    ///
    /// # Errors
    /// JSON could not be produced.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut bytes = serde_json::to_vec(self)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a file of [`to_json`](Self::to_json).
    ///
    /// # Errors
    /// [`LoadError`].
    pub fn from_json(bytes: &[u8]) -> Result<Self, LoadError> {
        #[derive(Deserialize)]
        struct Header {
            format: u64,
        }
        let Header { format } = serde_json::from_slice(bytes)?;
        if format > u64::from(FORMAT) {
            return Err(LoadError::Newer { found: format });
        }
        let read: Self = serde_json::from_slice(bytes)?;
        let wrong = |what: &str| LoadError::Inconsistent(what.to_owned());
        if read.kind != "sentiment"
            || read.classes != Polarity::ALL
            || read.model.classes() != Polarity::ALL.len()
        {
            return Err(wrong("its classes are not negative, neutral and positive"));
        }
        if let Some(defect) = read.vocabulary.defect() {
            return Err(wrong(defect));
        }
        if let Some(defect) = read.model.defect() {
            return Err(LoadError::Inconsistent(defect));
        }
        if !read.learnt.is_sorted() {
            return Err(wrong("the texts it learnt from are not in order"));
        }
        if read.model.width() != read.vocabulary.len() {
            return Err(wrong("terms and columns differ in number"));
        }
        Ok(read)
    }

    /// Whether it learnt from this text, in whatever case, punctuation or numbers.
    pub fn learnt(&self, example: &Example) -> bool {
        self.learnt.binary_search(&example.group().short()).is_ok()
    }

    /// Words and pairs it knows.
    pub const fn terms(&self) -> usize {
        self.vocabulary.len()
    }

    /// Texts it learnt from.
    pub const fn rows(&self) -> usize {
        self.rows
    }
}

impl Scorer for Trained {
    fn name(&self) -> String {
        format!("trained on {} texts", self.rows)
    }

    /// `None` too where no term is known: the model has nothing to go by.
    fn score(&self, text: &str, entity: Option<&str>) -> Option<Score> {
        let row = self.vocabulary.row(text, entity);
        if row.is_empty() {
            return None;
        }
        let row: Vec<(usize, f64)> =
            row.into_iter().map(|(column, value)| (column as usize, value)).collect();
        let p = self.model.predict(&row);
        let best = Polarity::ALL.into_iter().fold(Polarity::Neutral, |best, polarity| {
            if p[polarity.index()] > p[best.index()] { polarity } else { best }
        });
        let value = (p[Polarity::Positive.index()] - p[Polarity::Negative.index()]).clamp(-1.0, 1.0);
        Some(Score { value, confidence: p[best.index()].min(1.0), polarity: best, hits: Vec::new() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples() -> Vec<Example> {
        let make = |text: &str, label| Example { text: text.into(), entity: None, label };
        let mut all = Vec::new();
        for what in ["sales", "profit", "output", "orders"] {
            all.push(make(&format!("{what} rise again"), Polarity::Positive));
            all.push(make(&format!("{what} fall again"), Polarity::Negative));
            all.push(make(&format!("{what} are reported today"), Polarity::Neutral));
        }
        all
    }

    #[test]
    fn it_learns_what_it_was_shown_and_comes_back_bit_by_bit() {
        let examples = examples();
        let rows: Vec<&Example> = examples.iter().collect();
        let model = Trained::fit(&rows, Training::default()).unwrap();
        assert_eq!(model.score("margins rise", None).unwrap().polarity, Polarity::Positive);
        assert_eq!(model.score("margins fall", None).unwrap().polarity, Polarity::Negative);
        assert!(model.score("zebra crossing", None).is_none(), "no known word, no score");
        assert!(rows.iter().all(|row| model.learnt(row)));
        let other = Example { text: "orders rise at last".into(), ..examples[0].clone() };
        assert!(!model.learnt(&other));
        let bytes = model.to_json().unwrap();
        let read = Trained::from_json(&bytes).unwrap();
        assert_eq!((&read, read.to_json().unwrap()), (&model, bytes.clone()));
        let newer = String::from_utf8(bytes).unwrap().replace("\"format\":1", "\"format\":9");
        assert!(matches!(Trained::from_json(newer.as_bytes()), Err(LoadError::Newer { found: 9 })));
        assert!(matches!(Trained::from_json(b"{}"), Err(LoadError::Json(_))));
        let missing: Vec<&Example> = rows.iter().filter(|e| e.label != Polarity::Neutral).copied().collect();
        assert!(matches!(
            Trained::fit(&missing, Training::default()),
            Err(TrainError::MissingClass(Polarity::Neutral))
        ));
    }
}
