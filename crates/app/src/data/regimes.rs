//! Regimes of the names in the lake, and their levels as series that pipelines and views read.

use std::path::Path;

use proofmark_features::regimes::{RegimeSpec, RegimeTable, Unlabelled, label_regimes};
use proofmark_lake::Observation;
use proofmark_market::Bars;
use proofmark_units::{Date, Digest, Symbol};
use serde::Serialize;

use super::derived::{Derived, Origin, series_name, store};
use super::{cleaned, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// What to label.
#[derive(Debug, Clone)]
pub struct RegimeRequest<'a> {
    /// The labeller and its settings, a TOML file.
    pub spec: &'a Path,
    /// Names; empty means all with bars.
    pub symbols: Vec<Symbol>,
    /// Calendar of the sessions.
    pub calendar: String,
    /// Store the levels as series of observations `PREFIX.SYMBOL`.
    pub store_as: Option<String>,
}

/// The labels of all names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegimesReport {
    /// Name of the regime.
    pub name: &'static str,
    /// Digest of what made it.
    pub spec: Digest,
    /// Levels, lowest first.
    pub values: &'static [&'static str],
    /// One entry a name.
    pub symbols: Vec<SymbolRegimes>,
    /// Names the labeller could do nothing with.
    pub unlabelled: Vec<Unlabelled>,
}

/// The labels of one name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SymbolRegimes {
    /// The name.
    pub symbol: Symbol,
    /// Bars of each level, in the order of [`RegimesReport::values`].
    pub bars: Vec<usize>,
    /// Bars whose level is not known.
    pub unknown: usize,
    /// Changes from one known level to another.
    pub changes: usize,
    /// The last bar.
    pub last: Option<Date>,
    /// Its level in words.
    pub now: Option<&'static str>,
    /// Rows stored, where they were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stored: Option<u64>,
}

/// Labels the clean bars of the lake.
///
/// # Errors
/// The spec is wrong, a name is unknown, or a series holds labels of another spec.
pub fn regimes(ws: &Workspace, request: &RegimeRequest<'_>) -> Result<RegimesReport> {
    let text = std::fs::read_to_string(request.spec)
        .map_err(|error| AppError::io("read the regime", request.spec, error))?;
    let spec: RegimeSpec = crate::toml_text::parse(&text, &format!("regime `{}`", request.spec.display()))?;
    let bars: Vec<Bars> = cleaned(ws, &request.calendar)?.into_iter().map(|outcome| outcome.bars).collect();
    if let Some(unknown) = request.symbols.iter().find(|name| !bars.iter().any(|own| own.symbol() == *name)) {
        return Err(AppError::input(format!("the lake has no bars of `{unknown}`"))
            .hint("`proofmark data symbols` lists them all"));
    }
    let chosen = |bars: &Bars| request.symbols.is_empty() || request.symbols.contains(bars.symbol());
    let bars: Vec<Bars> = bars.into_iter().filter(chosen).collect();
    let table = label_regimes(&bars, &spec).map_err(|error| {
        AppError::input("the names cannot be labelled")
            .hint("docs/REGIMES.md lists every setting")
            .because(error)
    })?;
    let mut symbols: Vec<SymbolRegimes> = bars.iter().map(|bars| summary(&table, bars.symbol())).collect();
    if let Some(prefix) = &request.store_as {
        let levels: Vec<Derived<'_>> =
            symbols.iter().map(|own| levels(&table, prefix, &own.symbol)).collect::<Result<_>>()?;
        let stored = store(&mut open_lake(ws)?, &levels)?;
        for (own, rows) in symbols.iter_mut().zip(stored) {
            own.stored = Some(rows);
        }
    }
    Ok(RegimesReport {
        name: table.name,
        spec: table.spec,
        values: table.values,
        symbols,
        unlabelled: table.unlabelled,
    })
}

fn summary(table: &RegimeTable, symbol: &Symbol) -> SymbolRegimes {
    let rows: Vec<_> = table.rows.iter().filter(|row| row.symbol == *symbol).collect();
    let levels: Vec<u8> = rows.iter().filter_map(|row| row.level).collect();
    let of = |level: usize| levels.iter().filter(|own| usize::from(**own) == level).count();
    SymbolRegimes {
        symbol: symbol.clone(),
        bars: (0..table.values.len()).map(of).collect(),
        unknown: rows.len() - levels.len(),
        changes: levels.windows(2).filter(|pair| pair[0] != pair[1]).count(),
        last: rows.last().map(|row| row.date),
        now: rows.last().map(|row| row.value),
        stored: None,
    }
}

/// A bar without a known level has no row: missing stays missing.
fn levels<'a>(table: &'a RegimeTable, prefix: &str, symbol: &Symbol) -> Result<Derived<'a>> {
    let own = table.rows.iter().filter(|row| row.symbol == *symbol);
    let rows = own.filter_map(|row| {
        Some(Observation { date: row.date, known_at: row.known_at, value: f64::from(row.level?) })
    });
    Ok(Derived {
        series: series_name(&[prefix, symbol.as_str()])?,
        origin: Origin { kind: "regimes", noun: "labels", name: table.name, spec: table.spec },
        rows: rows.collect(),
    })
}
