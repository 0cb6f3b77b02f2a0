//! Labelled texts from files.

use std::path::Path;

use proofmark_sentiment::{Evaluation, Example, Polarity};
use proofmark_sources::{FieldKind, ReadError, ReadOptions, Wanted, read_records};

use super::{ModelReport, Report};
use crate::error::{AppError, Result};
use crate::ingest::{read_error, source};

const TEXT: &[&str] = &["text", "headline", "sentence", "title"];
const LABEL: &[&str] = &["label", "sentiment", "polarity"];

/// The file's names for its columns, where they are not the usual ones.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// The text.
    pub text: Option<String>,
    /// Its label.
    pub label: Option<String>,
    /// Whom the label is about.
    pub entity: Option<String>,
}

pub(super) struct Labelled {
    pub(super) examples: Vec<Example>,
    file: String,
    unusable: u64,
    columns: Vec<Option<String>>,
}

pub(super) fn read(file: &Path, columns: &Columns) -> Result<Labelled> {
    let text = FieldKind::Text;
    let wanted = [
        Wanted { role: "text", named: columns.text.as_deref(), aliases: TEXT, kind: text, required: true },
        Wanted { role: "label", named: columns.label.as_deref(), aliases: LABEL, kind: text, required: true },
        Wanted {
            role: "entity",
            named: columns.entity.as_deref(),
            aliases: &["entity"],
            kind: text,
            required: false,
        },
    ];
    let read = read_records(file, &wanted, &ReadOptions::default()).map_err(|error| match &error {
        ReadError::MissingColumn { role, .. } => {
            let hint = format!("name it with `--{role}-column HEADER`");
            read_error(file, error).hint(hint)
        }
        _ => read_error(file, error),
    })?;
    let mut examples = Vec::with_capacity(read.records.len());
    let mut unusable = read.problems.len() as u64;
    let mut complaint: Option<String> = None;
    for record in &read.records {
        let [text, label, entity] = &record.fields[..] else { continue };
        match (text.text(), label.text().map(str::parse::<Polarity>)) {
            (Some(text), Some(Ok(label))) => {
                let entity = entity.text().map(str::to_owned);
                examples.push(Example { text: text.to_owned(), entity, label });
            }
            (_, wrong) => {
                unusable += 1;
                complaint = complaint.or(wrong.and_then(std::result::Result::err));
            }
        }
    }
    if examples.is_empty() {
        let why = complaint.map_or(String::new(), |what| format!(": {what}"));
        return Err(AppError::input(format!("`{}` holds no labelled text{why}", file.display()))
            .hint("it needs a text and a label (negative, neutral, positive) a row"));
    }
    Ok(Labelled { examples, file: source(file), unusable, columns: read.columns })
}

impl Labelled {
    pub(super) fn report(
        &self,
        measured: usize,
        learnt: usize,
        scorers: Vec<Evaluation>,
        model: Option<ModelReport>,
    ) -> Report {
        let (file, columns, texts) = (self.file.clone(), self.columns.clone(), self.examples.len());
        Report { file, texts, unusable: self.unusable, measured, learnt, columns, scorers, model }
    }
}
