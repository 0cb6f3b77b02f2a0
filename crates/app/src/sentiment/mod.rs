//! Scorers of headlines: trained on the user's labelled texts, measured, tried on one text.

mod labelled;

use std::path::{Path, PathBuf};

use proofmark_sentiment::{
    Evaluation, Example, Majority, PlainLexicon, Rules, Score, Scorer, Split, Trained, Training, evaluate,
};
use proofmark_units::Seed;
use serde::Serialize;

pub use self::labelled::Columns;
use crate::error::{AppError, Result};
use crate::workspace::write;

/// What was measured, and on what.
#[derive(Debug, Serialize)]
pub struct Report {
    /// The labelled file's name.
    pub file: String,
    /// Labelled texts in it.
    pub texts: usize,
    /// Rows that could not be used: no text, or no label of the three.
    pub unusable: u64,
    /// Texts measured on.
    pub measured: usize,
    /// Texts left out because the model learnt from them.
    pub learnt: usize,
    /// The file's columns for text, label and entity.
    pub columns: Vec<Option<String>>,
    /// One a scorer: the model first, if there is one, then the shipped scorer and the baselines.
    pub scorers: Vec<Evaluation>,
    /// The model file written, and what is in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<ModelReport>,
}

/// A trained model in a few numbers.
#[derive(Debug, Serialize)]
pub struct ModelReport {
    /// Where it was written.
    pub file: PathBuf,
    /// Texts it learnt from.
    pub rows: usize,
    /// Words and pairs it knows.
    pub terms: usize,
    /// Share of texts held out, a fraction.
    pub held_out: f64,
}

/// How a model is to be trained.
#[derive(Debug, Clone)]
pub struct TrainRequest {
    /// The labelled file.
    pub file: PathBuf,
    /// Its columns.
    pub columns: Columns,
    /// The model file to write.
    pub to: PathBuf,
    /// Share of texts held out and measured on, between 0 and 1.
    pub held_out: f64,
    /// Root of the seed tree.
    pub seed: u64,
}

/// Trains on one part of a labelled file, measures on the other, writes the model as JSON.
///
/// # Errors
/// The file, its columns or the share cannot be used; a class has no text; the model cannot be written.
pub fn train(request: &TrainRequest) -> Result<Report> {
    if !(request.held_out > 0.0 && request.held_out < 1.0) {
        return Err(AppError::input(format!(
            "the held-out share {} is not between 0 and 1",
            request.held_out
        ))
        .hint("for example `--held-out 0.2`"));
    }
    let labelled = labelled::read(&request.file, &request.columns)?;
    let seed = Seed::root(request.seed);
    let split = Split { seed: seed.child("sentiment").child("split"), held_out: request.held_out };
    let (fit, held) = split.divide(&labelled.examples);
    let model = Trained::fit(&fit, Training::default()).map_err(|error| {
        AppError::input("failed to train on the labelled texts")
            .hint("texts of all three labels are needed, and words that occur more than once")
            .because(error)
    })?;
    let bytes =
        model.to_json().map_err(|error| AppError::bug("a model does not serialise").because(error))?;
    let scorers = measure(Some(&model), Majority::of(&fit), &held, &seed)?;
    write(&request.to, &bytes)?;
    let (rows, terms, held_out) = (model.rows(), model.terms(), request.held_out);
    let model = Some(ModelReport { file: request.to.clone(), rows, terms, held_out });
    Ok(labelled.report(held.len(), 0, scorers, model))
}

/// Measures the shipped scorer and the baselines on a labelled file, and a model on what it did not learn from.
///
/// # Errors
/// A file or a column cannot be used, or nothing is left to measure on.
pub fn evaluate_file(file: &Path, columns: &Columns, model: Option<&Path>, seed: u64) -> Result<Report> {
    let labelled = labelled::read(file, columns)?;
    let model = model.map(load).transpose()?;
    let fresh = |example: &&Example| model.as_ref().is_none_or(|model| !model.learnt(example));
    let rest: Vec<&Example> = labelled.examples.iter().filter(fresh).collect();
    if rest.is_empty() {
        return Err(AppError::input("the model learnt from every text of the file")
            .hint("measure on a file it has not seen, or train with a larger `--held-out`"));
    }
    let scorers = measure(model.as_ref(), Majority::of(&rest), &rest, &Seed::root(seed))?;
    let learnt = labelled.examples.len() - rest.len();
    Ok(labelled.report(rest.len(), learnt, scorers, None))
}

/// Scores one text.
///
/// # Errors
/// The model cannot be used, or the text has nothing to score: that is missing, not neutral.
pub fn score(text: &str, entity: Option<&str>, model: Option<&Path>) -> Result<(String, Score)> {
    let scorer = scorer(model)?;
    let score = scorer.score(text, entity).ok_or_else(|| {
        AppError::input("the text holds no word that can be scored")
            .hint("a missing score is not a neutral one")
    })?;
    Ok((scorer.name(), score))
}

/// The model of that file, else the shipped scorer.
pub(crate) fn scorer(model: Option<&Path>) -> Result<Box<dyn Scorer>> {
    Ok(match model {
        Some(file) => Box::new(load(file)?),
        None => Box::new(Rules::default()),
    })
}

fn load(file: &Path) -> Result<Trained> {
    let bytes = std::fs::read(file).map_err(|source| AppError::named_file("read", file, source))?;
    Trained::from_json(&bytes).map_err(|error| {
        AppError::input(format!("`{}` cannot be used as a sentiment model", file.display()))
            .hint("`proofmark data sentiment train FILE --to MODEL` writes one")
            .because(error)
    })
}

fn measure(
    model: Option<&Trained>,
    majority: Option<Majority>,
    examples: &[&Example],
    seed: &Seed,
) -> Result<Vec<Evaluation>> {
    let (rules, plain) = (Rules::default(), PlainLexicon::default());
    let mut scorers: Vec<&dyn Scorer> = Vec::new();
    scorers.extend(model.map(|model| model as &dyn Scorer));
    scorers.extend([&rules as &dyn Scorer, &plain]);
    scorers.extend(majority.as_ref().map(|majority| majority as &dyn Scorer));
    scorers
        .into_iter()
        .map(|scorer| {
            evaluate(scorer, examples, seed).ok_or_else(|| {
                AppError::input("no text is held out")
                    .hint("a larger `--held-out`, or a file with more texts")
            })
        })
        .collect()
}
