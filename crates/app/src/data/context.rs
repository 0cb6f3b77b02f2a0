//! Context features of what the lake or files hold, and their values as series that pipelines and views read.
//!
//! A session has one value: what was known of the feature when it was over. Where something it is made of came later, the value
//! is known later. To add a feature, write its function and its line in the list of its family (`proofmark_features`); an input
//! is a file here and a variant of `Input`.

mod bars;
mod books;
mod chains;
mod news;
mod series;
mod source;
mod spec;
mod tape;
mod within;

use std::path::{Path, PathBuf};

use proofmark_lake::Observation;
use proofmark_units::{Date, Digest, Symbol};
use serde::Serialize;

use self::source::{Ground, Made};
use self::spec::ContextSpec;
use super::derived::{Derived, Origin, series_name, store};
use super::open_lake;
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// What to compute.
#[derive(Debug, Clone)]
pub struct ContextRequest<'a> {
    /// Features, calendar and input, a TOML file.
    pub spec: &'a Path,
    /// The files, for inputs that read files.
    pub files: Vec<PathBuf>,
    /// Store the values as series of observations `PREFIX.NAME`, or `PREFIX.NAME.SYMBOL` where each name has its own.
    pub store_as: Option<String>,
}

/// The values of all features.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContextReport {
    /// Calendar of the sessions.
    pub calendar: String,
    /// One entry a feature and name.
    pub series: Vec<ContextSeries>,
    /// What was left out, in words.
    pub notes: Vec<String>,
}

/// The values of one feature of one name, or of the market.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContextSeries {
    /// The feature.
    pub feature: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// The name; `None` where all names share a value.
    pub symbol: Option<Symbol>,
    /// Digest of what made it.
    pub spec: Digest,
    /// Sessions with a value.
    pub values: usize,
    /// Sessions that were looked at and have none.
    pub missing: usize,
    /// First session with a value.
    pub first: Option<Date>,
    /// The newest value.
    pub last: Option<Observation>,
    /// The series in the lake and the rows that it gained, where it was to be stored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<StoredSeries>,
}

/// A series in the lake.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StoredSeries {
    /// Its name.
    pub series: Symbol,
    /// Rows it gained.
    pub rows: u64,
}

/// Computes context features, and stores them where that is asked for.
///
/// # Errors
/// The spec is wrong, what it reads is not there or cannot be used, or a series holds values of another spec; nothing is
/// stored then.
pub fn context(
    ws: &Workspace,
    request: &ContextRequest<'_>,
    reporter: &dyn Reporter,
) -> Result<ContextReport> {
    let text = std::fs::read_to_string(request.spec)
        .map_err(|error| AppError::named_file("read the context features", request.spec, error))?;
    let spec = ContextSpec::parse(&text, &format!("context `{}`", request.spec.display()))?;
    let source = spec.input.source();
    match (source.reads_files(), request.files.is_empty()) {
        (true, true) => {
            return Err(AppError::input("this kind of input reads files, and none was named")
                .hint("name them after the spec: `proofmark data context SPEC.toml FILE..`"));
        }
        (false, false) => {
            return Err(AppError::input("this kind of input reads the lake, and files were named")
                .hint("leave them out, or bring them in with `proofmark ingest`"));
        }
        _ => {}
    }
    let calendar = spec.calendar()?;
    let definitions = spec.definitions()?;
    let mut wanted: Vec<&str> = definitions.iter().map(|(_, definition)| definition.name).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut lake = open_lake(ws)?;
    let work = Work::begin("context", 1, 1, vec![reporter]);
    let ground = Ground {
        lake: &lake,
        calendar: &calendar,
        files: &request.files,
        now: crate::clock::now(),
        work: &work,
    };
    let found = source.values(&ground, &wanted)?;
    let (mut series, mut derived) = (Vec::new(), Vec::new());
    for (part, definition) in &definitions {
        for made in found.made.iter().filter(|made| made.feature == definition.name) {
            let own = spec.digest(made.feature);
            series.push(summary(made, definition.unit, own));
            if let Some(prefix) = &request.store_as {
                let name = made.symbol.as_ref().map(Symbol::as_str);
                let parts: Vec<&str> = [prefix.as_str(), part].into_iter().chain(name).collect();
                derived.push(Derived {
                    series: series_name(&parts)?,
                    origin: Origin { kind: "context", noun: "values", name: made.feature, spec: own },
                    rows: known(made).copied().collect(),
                });
            }
        }
    }
    if request.store_as.is_some() {
        let rows = store(&mut lake, &derived)?;
        for ((own, derived), rows) in series.iter_mut().zip(&derived).zip(rows) {
            own.stored = Some(StoredSeries { series: derived.series.clone(), rows });
        }
    }
    work.end(if series.iter().all(|own| own.values == 0) { "no value" } else { "done" });
    Ok(ContextReport { calendar: spec.calendar, series, notes: found.notes })
}

impl ContextReport {
    /// Whether no session has a value.
    pub fn is_empty(&self) -> bool {
        self.series.iter().all(|own| own.values == 0)
    }
}

/// A missing value is no row.
fn known(made: &Made) -> impl Iterator<Item = &Observation> {
    made.values.iter().filter(|row| row.value.is_finite())
}

fn summary(made: &Made, unit: &'static str, spec: Digest) -> ContextSeries {
    let values = known(made).count();
    ContextSeries {
        feature: made.feature,
        unit,
        symbol: made.symbol.clone(),
        spec,
        values,
        missing: made.values.len() - values,
        first: known(made).next().map(|row| row.date),
        last: known(made).last().copied(),
        stored: None,
    }
}
