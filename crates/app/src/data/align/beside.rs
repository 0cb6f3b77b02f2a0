//! Columns beside the bars: what was known of series of observations at each close, and features of the bars.

use std::collections::BTreeMap;

use proofmark_features::{Feature, SetProgram};
use proofmark_lake::{AsOfValue, Lake, Observation, asof_values};
use proofmark_market::align::{AlignedView, Beside, Mark};
use proofmark_market::{Bars, Calendar, Panel};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde::Serialize;

use super::{AlignRequest, Name};
use crate::data::lake_error;
use crate::error::{AppError, Result};
use crate::pipeline::{FeatureSpec, NamedFeatures};

const DAY_NANOS: i64 = 86_400_000_000_000;
/// Where the name of a series has the symbol.
const PLACE: &str = "{symbol}";
/// Days in which every calendar has a session.
const LONGEST_BREAK: i32 = 21;

/// A series that a column comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AlignedSeries {
    /// Versions of values as known then.
    pub rows: u64,
    /// Digest of the rows.
    pub digest: Digest,
}

/// The columns that `request` asks for beside the bars, in its order, and the series behind them.
pub(super) fn columns(
    lake: &Lake,
    request: &AlignRequest,
    calendar: &Calendar,
    view: &AlignedView,
) -> Result<(Vec<Beside>, BTreeMap<Symbol, AlignedSeries>)> {
    let mut columns = Vec::new();
    let mut papers = BTreeMap::new();
    let closes: Vec<Instant> = view.sessions.iter().map(|date| calendar.session_close(*date)).collect();
    let before = before(calendar, view.sessions.first().copied());
    for name in &request.observations {
        if view.columns.iter().chain(columns.iter().map(|c: &Beside| &c.name)).any(|held| held == name) {
            return Err(AppError::input(format!("the column `{name}` is there twice")).hint("name it once"));
        }
        let mut cells = vec![(f64::NAN, Mark::Missing); view.sessions.len() * view.symbols.len()];
        let mut shared: Option<Vec<(f64, Mark)>> = None;
        let mut found = false;
        for (s, symbol) in view.symbols.iter().enumerate() {
            let column = match &shared {
                Some(column) => column.clone(),
                None => {
                    let own = name.contains(PLACE);
                    let series: Symbol = series(name, symbol)?;
                    if own && lake.series().binary_search(&series).is_err() {
                        continue;
                    }
                    let facts = facts(lake, &series, request.selection.as_of)?;
                    papers.insert(series.clone(), papers_of(&facts));
                    let column = seen(&series, &facts, &closes, before, request.max_age_days)?;
                    if !own {
                        shared = Some(column.clone());
                    }
                    column
                }
            };
            found = true;
            for (t, cell) in column.into_iter().enumerate() {
                cells[t * view.symbols.len() + s] = cell;
            }
        }
        if !found {
            return Err(AppError::input(format!("the lake has no series `{name}` of any of the names"))
                .hint("`proofmark data signals` lists the series"));
        }
        columns.push(Beside { name: name.clone(), cells });
    }
    Ok((columns, papers))
}

/// The close before the first session of a view.
fn before(calendar: &Calendar, first: Option<Date>) -> Option<Instant> {
    let first = first?;
    let span = DateSpan::new(first.plus_days(-LONGEST_BREAK), first.plus_days(-1))?;
    let last = calendar.sessions_in(span).ok()?.last().copied()?;
    Some(calendar.session_close(last))
}

fn series(name: &str, symbol: &Symbol) -> Result<Symbol> {
    let text = name.replace(PLACE, symbol.as_str());
    text.parse().map_err(|error: proofmark_units::ParseSymbolError| {
        AppError::input(format!("`{text}` names no series")).because(error)
    })
}

fn facts(lake: &Lake, series: &Symbol, as_of: Option<Instant>) -> Result<Vec<Observation>> {
    let mut facts = lake
        .read_observation_versions(series)
        .map_err(|error| lake_error(&format!("failed to read `{series}`"), error))?;
    facts.retain(|fact| as_of.is_none_or(|as_of| fact.known_at <= as_of));
    // Files may have been merged or come from a seed; the digest is of the rows.
    facts.sort_by_key(|fact| (fact.date, fact.known_at, fact.value.to_bits()));
    Ok(facts)
}

fn papers_of(facts: &[Observation]) -> AlignedSeries {
    let times = |pick: fn(&Observation) -> i64| -> Vec<u8> {
        facts.iter().flat_map(|fact| pick(fact).to_le_bytes()).collect()
    };
    let values: Vec<f64> = facts.iter().map(|fact| fact.value).collect();
    let parts = [
        times(|fact| i64::from(fact.date.days())),
        times(|fact| fact.known_at.nanos()),
        Digest::of_f64s(&values).as_bytes().to_vec(),
    ];
    AlignedSeries { rows: facts.len() as u64, digest: Digest::of_parts(parts.iter().map(Vec::as_slice)) }
}

/// The newest value known at each close. It counts as observed at the first close after it became known, as carried at
/// those after that, and is stale when it is too old.
fn seen(
    series: &Symbol,
    facts: &[Observation],
    closes: &[Instant],
    before: Option<Instant>,
    max_age_days: Option<u32>,
) -> Result<Vec<(f64, Mark)>> {
    let join = |age: Option<i64>| {
        asof_values(closes, facts, age).map_err(|error| {
            AppError::bug(format!("the closes cannot be joined with `{series}`")).because(error)
        })
    };
    let known = join(None)?;
    let young = join(max_age_days.map(|days| i64::from(days) * DAY_NANOS))?;
    let earlier = std::iter::once(before).chain(closes.iter().copied().map(Some));
    let cell = |((known, young), earlier): ((Option<AsOfValue>, Option<AsOfValue>), Option<Instant>)| match (
        known, young,
    ) {
        (_, Some(value)) if earlier.is_some_and(|close| value.known_at <= close) => {
            (value.value, Mark::Carried)
        }
        (_, Some(value)) => (value.value, Mark::Observed),
        (Some(_), None) => (f64::NAN, Mark::Stale),
        (None, None) => (f64::NAN, Mark::Missing),
    };
    Ok(known.into_iter().zip(young).zip(earlier).map(cell).collect())
}

/// What `spec` names; `None` where it names nothing.
pub(super) fn named(spec: &FeatureSpec) -> Result<Option<NamedFeatures>> {
    let is_empty = spec.set.is_none() && spec.expressions.is_empty();
    (!is_empty).then(|| NamedFeatures::of(spec, None, false)).transpose()
}

/// The features of each name's bars, at the sessions of its bars; nothing while they warm up.
pub(super) fn features(features: &[&dyn Feature], view: &AlignedView, names: &[Name]) -> Result<Vec<Beside>> {
    if let Some(taken) =
        features.iter().find(|feature| view.columns.iter().any(|held| held == feature.name()))
    {
        return Err(AppError::input(format!("the column `{}` is there twice", taken.name()))
            .hint("give the expression another name"));
    }
    let empty = (f64::NAN, Mark::Missing);
    let mut columns: Vec<Beside> = features
        .iter()
        .map(|feature| Beside {
            name: feature.name().to_owned(),
            cells: vec![empty; view.sessions.len() * view.symbols.len()],
        })
        .collect();
    let bars: Vec<Bars> = names.iter().map(|name| name.bars.clone()).collect();
    // Where names are compared, every name of the view with a bar takes part.
    let computed = SetProgram::new(features).panel(&bars, &Panel::from_bars(&bars));
    for (s, (bars, computed)) in bars.iter().zip(&computed).enumerate() {
        for (row, date) in bars.dates().iter().enumerate() {
            let Ok(t) = view.sessions.binary_search(date) else { continue };
            for (column, values) in columns.iter_mut().zip(&computed.columns) {
                if values[row].is_finite() {
                    column.cells[t * view.symbols.len() + s] = (values[row], Mark::Observed);
                }
            }
        }
    }
    Ok(columns)
}
