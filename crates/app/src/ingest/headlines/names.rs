//! Which symbols a headline is about, by the names of companies.

use std::path::Path;

use proofmark_sources::{FieldKind, ReadOptions, Wanted, read_records};
use proofmark_units::{ParseSymbolError, Symbol};

use crate::error::{AppError, Result};
use crate::ingest::files::read_error;

/// Names of symbols; a symbol may have several.
pub(super) struct Names {
    /// Symbol, name as written, and its words in lower case.
    list: Vec<(Symbol, String, Vec<String>)>,
}

impl Names {
    /// Reads a file of `symbol,name`.
    pub(super) fn read(file: &Path) -> Result<Self> {
        let want =
            |role, aliases| Wanted { role, named: None, aliases, kind: FieldKind::Text, required: true };
        let wanted = [want("symbol", &["symbol", "ticker"]), want("name", &["name", "alias"])];
        let read =
            read_records(file, &wanted, &ReadOptions::default()).map_err(|error| read_error(file, error))?;
        let mut list = Vec::with_capacity(read.records.len());
        for record in &read.records {
            let [symbol, name] = &record.fields[..] else { continue };
            let symbol = symbol.text().unwrap_or_default().parse().map_err(|error: ParseSymbolError| {
                AppError::input(format!("row {} of `{}` names no symbol", record.row, file.display()))
                    .hint("one `symbol,name` a line")
                    .because(error)
            })?;
            let name = name.text().unwrap_or_default().to_owned();
            let words = words(&name);
            if words.is_empty() {
                return Err(AppError::input(format!(
                    "row {} of `{}` holds no name",
                    record.row,
                    file.display()
                ))
                .hint("one `symbol,name` a line"));
            }
            list.push((symbol, name, words));
        }
        Ok(Self { list })
    }

    /// Symbols whose name stands in `text` as whole words, each once, with the name.
    pub(super) fn mentioned(&self, text: &str) -> Vec<(&Symbol, Option<&str>)> {
        let text = words(text);
        let mut found: Vec<(&Symbol, Option<&str>)> = Vec::new();
        for (symbol, name, words) in &self.list {
            let there = text.windows(words.len()).any(|window| window == words.as_slice());
            if there && !found.iter().any(|(held, _)| *held == symbol) {
                found.push((symbol, Some(name)));
            }
        }
        found
    }
}

fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric() && c != '&')
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}
