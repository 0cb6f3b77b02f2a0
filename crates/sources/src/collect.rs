//! Gathers rows and problems of one file, whichever format it has.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use proofmark_units::{Date, Symbol};
use rayon::prelude::*;

use crate::columns::shown;
use crate::{RawRow, ReadError, RowProblem};

/// Where in the file we are.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    /// One-based data row.
    pub(crate) row: u64,
    pub(crate) line: Option<u64>,
}

/// Why a row cannot be read.
#[derive(Debug, Clone)]
pub(crate) struct Complaint {
    pub(crate) rule: &'static str,
    pub(crate) detail: String,
}

impl Complaint {
    pub(crate) fn new(rule: &'static str, column: &str, text: &str) -> Self {
        let detail = match rule {
            "missing_value" => format!("no value in column `{column}`"),
            "short_row" => format!("the row ends before column `{column}`"),
            "footer" => format!("not a row: `{}`", shown(text)),
            "bad_text" => format!("column `{column}` is not UTF-8"),
            _ => format!("column `{column}` holds `{}`", shown(text)),
        };
        Self { rule, detail }
    }
}

/// Problems of one file, bounded.
pub(crate) struct Problems {
    file: PathBuf,
    limit: usize,
    pub(crate) list: Vec<RowProblem>,
}

impl Problems {
    pub(crate) fn new(file: &Path, limit: usize) -> Self {
        Self { file: file.to_owned(), limit, list: Vec::new() }
    }

    pub(crate) fn push(
        &mut self,
        place: Place,
        symbol: Option<&str>,
        date: Option<Date>,
        complaint: Complaint,
    ) -> Result<(), ReadError> {
        if self.list.len() >= self.limit
            && let Some(first) = self.list.first()
        {
            let (file, limit, first) = (self.file.clone(), self.limit, Box::new(first.clone()));
            return Err(ReadError::TooManyProblems { file, limit, first });
        }
        self.list.push(RowProblem {
            rule: complaint.rule,
            file: self.file.clone(),
            row: place.row,
            line: place.line,
            symbol: symbol.map(shown),
            date,
            detail: complaint.detail,
        });
        Ok(())
    }
}

/// Rows by symbol, in pieces; remembers the last symbol, since files come sorted by it.
#[derive(Default)]
pub(crate) struct Rows {
    places: HashMap<Symbol, usize>,
    list: Vec<Vec<Vec<RawRow>>>,
    last: Option<(Symbol, usize)>,
}

impl Rows {
    /// Adds `row` under the symbol written `text`; refuses text that is no symbol.
    pub(crate) fn push(&mut self, text: &str, row: RawRow) -> Result<(), Complaint> {
        let place = match &self.last {
            Some((symbol, place)) if symbol.as_str() == text.trim() => *place,
            _ => {
                let text = text.trim();
                let symbol: Symbol =
                    text.parse().map_err(|_| Complaint::new("bad_symbol", "symbol", text))?;
                let place = self.place(&symbol);
                self.last = Some((symbol, place));
                place
            }
        };
        match self.list[place].last_mut() {
            Some(piece) => piece.push(row),
            None => self.list[place].push(vec![row]),
        }
        Ok(())
    }

    fn place(&mut self, symbol: &Symbol) -> usize {
        if let Some(place) = self.places.get(symbol) {
            return *place;
        }
        self.places.insert(symbol.clone(), self.list.len());
        self.list.push(Vec::new());
        self.list.len() - 1
    }

    /// Adds the rows that follow these in the file, without moving one.
    pub(crate) fn extend(&mut self, mut later: Self) {
        for (symbol, from) in &later.places {
            let place = self.place(symbol);
            self.list[place].append(&mut later.list[*from]);
        }
    }

    pub(crate) fn finish(mut self) -> BTreeMap<Symbol, Vec<RawRow>> {
        let places = self.places.into_iter();
        let pieces: Vec<(Symbol, Vec<Vec<RawRow>>)> =
            places.map(|(symbol, place)| (symbol, std::mem::take(&mut self.list[place]))).collect();
        let whole = |(symbol, mut pieces): (Symbol, Vec<Vec<RawRow>>)| match pieces.len() {
            1 => (symbol, pieces.remove(0)),
            _ => (symbol, pieces.concat()),
        };
        pieces.into_par_iter().map(whole).collect()
    }
}

/// The symbol of a file without a symbol column: the one given, or the file's name up to the first dot.
pub(crate) fn file_symbol(file: &Path, given: Option<&Symbol>) -> Result<Symbol, ReadError> {
    if let Some(symbol) = given {
        return Ok(symbol.clone());
    }
    let name = file.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let mut stem = name;
    for ending in [".gz", ".csv", ".txt", ".parquet", ".pq"] {
        if stem.len() > ending.len() && stem.is_char_boundary(stem.len() - ending.len()) {
            let (head, tail) = stem.split_at(stem.len() - ending.len());
            if tail.eq_ignore_ascii_case(ending) {
                stem = head;
            }
        }
    }
    stem.parse().map_err(|_| ReadError::NoSymbol { file: file.to_owned() })
}
