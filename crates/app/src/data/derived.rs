//! Series of observations that are computed from what the workspace holds, each under the digest of what computed it.
//!
//! The digest is the source of the stored rows: values of two definitions in one series would be neither's, so a series that
//! holds those of another is refused.

use std::collections::BTreeSet;

use proofmark_lake::{Delivery, Lake, Observation, Table};
use proofmark_units::{Digest, ParseSymbolError, Symbol};

use super::lake_error;
use crate::error::{AppError, Result};

/// What begins the sources of computed series.
const KINDS: [&str; 2] = ["regimes", "context"];

/// What computes a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Origin<'a> {
    /// Begins the source of stored rows: `regimes`, `context`.
    pub(super) kind: &'static str,
    /// What the values are called in a refusal, such as `labels`.
    pub(super) noun: &'static str,
    /// Name of the definition.
    pub(super) name: &'a str,
    /// Digest of the definition with all its settings.
    pub(super) spec: Digest,
}

/// What computed the values that `lake` holds of `series`, as `regimes:` or `context:` and a digest; nothing for values that
/// were brought in, whose files may be any.
pub(crate) fn made_by(lake: &Lake, series: &Symbol) -> BTreeSet<String> {
    let held = lake.files().iter().filter(|file| file.table == Table::Observations && file.symbol == *series);
    let computed = |source: &&str| {
        let digest = KINDS.iter().find_map(|kind| source.strip_prefix(kind)?.strip_prefix(':'));
        digest.is_some_and(|digest| digest.parse::<Digest>().is_ok())
    };
    held.flat_map(|file| file.sources()).filter(computed).map(str::to_owned).collect()
}

/// A series and its values; what is missing has no row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Derived<'a> {
    pub(super) series: Symbol,
    pub(super) origin: Origin<'a>,
    pub(super) rows: Vec<Observation>,
}

/// A series holds values of another definition than the one asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stale {noun}: `{name}` was made by spec {made}, and {wanted} is asked for", made = .made.short(), wanted = .wanted.short())]
struct Stale {
    noun: &'static str,
    name: String,
    made: Digest,
    wanted: Digest,
}

impl Origin<'_> {
    fn prefix(&self) -> String {
        format!("{}:", self.kind)
    }

    /// The source of stored rows.
    pub(super) fn source(&self) -> String {
        format!("{}{}", self.prefix(), self.spec)
    }
}

/// The series called `parts`, joined by dots.
pub(super) fn series_name(parts: &[&str]) -> Result<Symbol> {
    let text = parts.join(".");
    text.parse().map_err(|error: ParseSymbolError| {
        AppError::input(format!("`{text}` cannot be a series"))
            .hint("at most 32 letters, digits, `_` and `.`: a shorter name before the symbol helps")
            .because(error)
    })
}

/// Stores every series, or none where one of them holds something else; the rows that each one gained.
///
/// # Errors
/// A series holds values of another definition or of no definition at all, or the lake cannot be written.
pub(super) fn store(lake: &mut Lake, all: &[Derived<'_>]) -> Result<Vec<u64>> {
    for derived in all {
        refuse_other(lake, derived)?;
    }
    let arrived_at = crate::clock::now();
    let mut stored = Vec::with_capacity(all.len());
    for Derived { series, origin, rows } in all {
        if rows.is_empty() {
            stored.push(0);
            continue;
        }
        let delivery = Delivery { source: origin.source(), arrived_at };
        let report = lake
            .append_observations(series, rows, &delivery)
            .map_err(|error| lake_error(&format!("failed to store `{series}`"), error))?;
        stored.push(report.rows_added);
    }
    Ok(stored)
}

fn refuse_other(lake: &Lake, derived: &Derived<'_>) -> Result<()> {
    let Derived { series, origin, .. } = derived;
    let source = origin.source();
    let held = lake.files().iter().filter(|file| file.table == Table::Observations && file.symbol == *series);
    let Some(other) = held.flat_map(|file| file.sources()).find(|held| *held != source) else {
        return Ok(());
    };
    let refused = AppError::input(format!("the series `{series}` holds something else"))
        .hint(format!("store these {} under another name with `--store-as`", origin.noun));
    let Some(made) = other.strip_prefix(&origin.prefix()).and_then(|digest| digest.parse().ok()) else {
        return Err(refused);
    };
    let Origin { noun, name, spec: wanted, .. } = *origin;
    Err(refused.because(Stale { noun, name: name.to_owned(), made, wanted }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn derived(series: &str, spec: &str, value: f64) -> Derived<'static> {
        let date: proofmark_units::Date = "2024-01-02".parse().unwrap();
        let known_at = date.plus_days(1).midnight_utc();
        let origin =
            Origin { kind: "context", noun: "values", name: "mkt_beta", spec: Digest::of(spec.as_bytes()) };
        Derived { series: series.parse().unwrap(), origin, rows: vec![Observation { date, known_at, value }] }
    }

    #[test]
    fn all_or_none_and_the_same_again_adds_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let mut lake = Lake::open(folder.path()).unwrap();
        let first = [derived("A", "one", 1.0)];
        assert_eq!(store(&mut lake, &first).unwrap(), [1]);
        assert_eq!(store(&mut lake, &first).unwrap(), [0]);
        // The second one is stale, so the first one is not written either.
        let error = store(&mut lake, &[derived("B", "two", 1.0), derived("A", "two", 1.0)]).unwrap_err();
        assert!(error.exit_code() == 2 && error.chain().join(" ").contains("stale values"), "{error:?}");
        assert_eq!(lake.series().len(), 1);
        let delivery = Delivery { source: "file.csv".into(), arrived_at: crate::clock::now() };
        lake.append_observations(&"C".parse().unwrap(), &first[0].rows, &delivery).unwrap();
        let error = store(&mut lake, &[derived("C", "one", 1.0)]).unwrap_err();
        assert!(error.to_string().contains("something else") && !error.chain().join(" ").contains("stale"));
        assert!(series_name(&["P", "TOO_LONG_A_NAME_FOR_A_SERIES", "SYMBOL"]).is_err());
    }
}
