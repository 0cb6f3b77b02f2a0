//! Regimes of the names in the lake, and their levels as series that pipelines and views read.

use std::path::Path;

use proofmark_features::regimes::{
    Labeller, RegimeFit, RegimeRow, RegimeSpec, RegimeTable, Sectors, Unlabelled, label_regimes,
};
use proofmark_lake::Observation;
use proofmark_lake::derived::{StateRow, encode_states, states_csv};
use proofmark_market::Bars;
use proofmark_market::actions::Adjust;
use proofmark_units::{Date, Digest, Symbol};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::derived::{Derived, Origin, series_name, store};
use super::prices::Prices;
use super::{calendar, open_lake};
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::run::lists;
use crate::workspace::{Workspace, write};

/// Raised when the same settings give other labels for a reason that no labeller knows, so that old series stop matching.
const VERSION: &str = "labels-2";

/// What a file of a regime says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RegimeFile {
    /// What is taken out of the prices.
    adjust: Adjust,
    labeller: Labeller,
    min_dwell: usize,
}

/// What to label.
#[derive(Debug, Clone)]
pub struct RegimeRequest<'a> {
    /// The labeller and its settings, a TOML file.
    pub spec: &'a Path,
    /// Names that are shown, stored and written; empty means all with bars. They choose among the labels and change none:
    /// where names are compared, all of them are.
    pub symbols: Vec<Symbol>,
    /// Calendar of the sessions.
    pub calendar: String,
    /// Store the levels as series of observations `PREFIX.SYMBOL`.
    pub store_as: Option<String>,
    /// Write the labels to this file: CSV, or Parquet where its name ends so.
    pub to: Option<&'a Path>,
}

/// The labels of all names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegimesReport {
    /// Name of the regime.
    pub name: &'static str,
    /// Digest of what made it: the settings, what is taken out of the prices, the calendar.
    pub spec: Digest,
    /// Calendar of the sessions.
    pub calendar: String,
    /// What is taken out of the prices.
    pub adjust: Adjust,
    /// Levels, lowest first.
    pub values: &'static [&'static str],
    /// One entry a name.
    pub symbols: Vec<SymbolRegimes>,
    /// Names the labeller could do nothing with.
    pub unlabelled: Vec<Unlabelled>,
    /// What was fitted, by name and then in order of time.
    pub fits: Vec<RegimeFit>,
    /// The file that was written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<String>,
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

/// Labels the bars of the lake; names that are not compared side by side.
///
/// # Errors
/// The spec is wrong, a name is unknown, a series holds labels of another spec, or the file cannot be written.
pub fn regimes(
    ws: &Workspace,
    request: &RegimeRequest<'_>,
    reporter: &dyn Reporter,
) -> Result<RegimesReport> {
    let (spec, adjust) = read(ws, request.spec)?;
    let mut lake = open_lake(ws)?;
    let Prices { mut bars, pauses } = Prices::of(&lake, &calendar(&request.calendar)?, adjust)?;
    if let Some(unknown) = request.symbols.iter().find(|name| !bars.iter().any(|own| own.symbol() == *name)) {
        return Err(AppError::input(format!("the lake has no bars of `{unknown}`"))
            .hint("`proofmark data symbols` lists them all"));
    }
    let is_chosen = |symbol: &Symbol| request.symbols.is_empty() || request.symbols.contains(symbol);
    if !spec.compares() {
        bars.retain(|bars| is_chosen(bars.symbol()));
    }
    let work = Work::begin("regimes", 1, 1, vec![reporter]);
    let parts: Vec<&[Bars]> = if spec.compares() { vec![&bars] } else { bars.chunks(1).collect() };
    work.expect(parts.len() as u64);
    let label = |part: &&[Bars]| {
        let table = label_regimes(part, &pauses, &spec).map_err(|error| {
            AppError::input("the names cannot be labelled")
                .hint("docs/REGIMES.md lists every setting")
                .because(error)
        });
        work.step();
        table
    };
    let tables: Vec<RegimeTable> = parts.par_iter().map(label).collect::<Result<_>>()?;
    let mut table = RegimeTable::joined(tables).ok_or_else(|| AppError::bug("no name was labelled"))?;
    work.end("done");
    table.rows.retain(|row| is_chosen(&row.symbol));
    table.unlabelled.retain(|own| is_chosen(&own.symbol));
    table.fits.retain(|own| is_chosen(&own.symbol));
    let origin = Origin {
        kind: "regimes",
        noun: "labels",
        name: table.name,
        spec: identity(&spec, adjust, &request.calendar),
    };
    let names = bars.iter().map(Bars::symbol).filter(|symbol| is_chosen(symbol));
    let mut symbols: Vec<SymbolRegimes> = names.map(|symbol| summary(&table, symbol)).collect();
    if let Some(prefix) = &request.store_as {
        let levels: Vec<Derived<'_>> =
            symbols.iter().map(|own| levels(&table, origin, prefix, &own.symbol)).collect::<Result<_>>()?;
        let stored = store(&mut lake, &levels)?;
        for (own, rows) in symbols.iter_mut().zip(stored) {
            own.stored = Some(rows);
        }
    }
    let written = request.to.map(|to| write_rows(&table.rows, &origin.source(), to)).transpose()?;
    Ok(RegimesReport {
        name: table.name,
        spec: origin.spec,
        calendar: request.calendar.clone(),
        adjust,
        values: table.values,
        symbols,
        unlabelled: table.unlabelled,
        fits: table.fits,
        written,
    })
}

/// The settings of a file, with the list of sectors that it names in the place of its name.
fn read(ws: &Workspace, file: &Path) -> Result<(RegimeSpec, Adjust)> {
    let text = std::fs::read_to_string(file)
        .map_err(|error| AppError::named_file("read the regime", file, error))?;
    let RegimeFile { adjust, mut labeller, min_dwell } =
        crate::toml_text::parse(&text, &format!("regime `{}`", file.display()))?;
    if let Labeller::Rotation { sectors, .. } = &mut labeller
        && let Sectors::List(name) = sectors
    {
        let path = ws.root().join(&*name);
        let bytes = std::fs::read(&path).map_err(|error| {
            AppError::input(format!("failed to read the list `{}`", path.display()))
                .hint("a path in a regime starts at the workspace")
                .because(error)
        })?;
        *sectors = Sectors::Dated(lists::groups(&bytes, "labeller.sectors", name)?);
    }
    Ok((RegimeSpec { labeller, min_dwell }, adjust))
}

/// Identity of the labels: all that makes them but the bars.
fn identity(spec: &RegimeSpec, adjust: Adjust, calendar: &str) -> Digest {
    // Serialising to memory fails for no variant: each is a word.
    let adjust = serde_json::to_vec(&adjust).unwrap_or_default();
    Digest::of_parts([VERSION.as_bytes(), spec.digest().to_string().as_bytes(), &adjust, calendar.as_bytes()])
}

fn state(row: &RegimeRow) -> StateRow<'_> {
    let RegimeRow { date, ref symbol, event_time, known_at, name, value, level } = *row;
    StateRow { date, symbol: symbol.as_str(), event_time, known_at, name, value, level }
}

fn write_rows(rows: &[RegimeRow], source: &str, to: &Path) -> Result<String> {
    let rows: Vec<StateRow<'_>> = rows.iter().map(state).collect();
    let bytes = match to.extension().and_then(|ending| ending.to_str()) {
        Some("parquet" | "pq") => encode_states(&rows, source)
            .map_err(|error| AppError::bug("the regimes do not fit a table").because(error))?,
        Some("csv") => states_csv(&rows, source).into_bytes(),
        _ => {
            return Err(AppError::input(format!("`{}` says no form of a table", to.display()))
                .hint("name a file that ends in .csv or .parquet"));
        }
    };
    write(to, &bytes)?;
    Ok(to.display().to_string())
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
fn levels<'a>(table: &RegimeTable, origin: Origin<'a>, prefix: &str, symbol: &Symbol) -> Result<Derived<'a>> {
    let own = table.rows.iter().filter(|row| row.symbol == *symbol);
    let rows = own.filter_map(|row| {
        Some(Observation { date: row.date, known_at: row.known_at, value: f64::from(row.level?) })
    });
    Ok(Derived { series: series_name(&[prefix, symbol.as_str()])?, origin, rows: rows.collect() })
}
