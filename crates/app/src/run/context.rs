//! Context columns: a pipeline's observations as known at each session's close, as features beside those of the bars.
//!
//! Decisions are the closes of the calendar's sessions, so a column says the same whatever bars a market has. Values come
//! through the one as-of join over every version: what became known after a close, a restatement too, is not seen at it.

mod coverage;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proofmark_features::{ContextColumn, ContextValues, Feature};
use proofmark_lake::known::{Cell, KnownSeries};
use proofmark_lake::{Lake, Observation, Snapshot, SnapshotError};
use proofmark_market::Calendar;
use proofmark_units::{Date, DateSpan, Instant, Symbol};
use rayon::prelude::*;

pub(crate) use self::coverage::context_coverage;
use crate::data::derived::made_by;
use crate::error::{AppError, Result};
use crate::pipeline::{NamedFeatures, ObservationSpec};

/// The sessions that columns cover, and the instants at which they are decided.
#[derive(Debug)]
pub(crate) struct Clock {
    sessions: Vec<Date>,
    closes: Vec<Instant>,
}

impl Clock {
    /// The sessions of `span`, and as many before it as a transform looks back on.
    fn new(calendar: &Calendar, span: DateSpan, look_back: usize) -> Self {
        let all = calendar.sessions();
        let first = all.partition_point(|date| *date < span.start).saturating_sub(look_back);
        let sessions = all[first..all.partition_point(|date| *date <= span.end)].to_vec();
        let closes = sessions.iter().map(|date| calendar.session_close(*date)).collect();
        Self { sessions, closes }
    }
}

/// One column with the facts behind it.
pub(crate) struct Context {
    pub(crate) spec: ObservationSpec,
    clock: Arc<Clock>,
    /// Every version, by name; `None` is the market.
    facts: BTreeMap<Option<Symbol>, Vec<Observation>>,
    /// What computed the facts; nothing for those that were brought in.
    made_by: BTreeSet<String>,
    /// What each close finds, by name.
    cells: BTreeMap<Option<Symbol>, Vec<Cell>>,
    column: ContextColumn,
}

impl Context {
    fn new(
        spec: ObservationSpec,
        clock: Arc<Clock>,
        facts: BTreeMap<Option<Symbol>, Vec<Observation>>,
        made_by: BTreeSet<String>,
    ) -> Result<Self> {
        let cells_of = |facts: &Vec<Observation>| cells(&spec, &clock.closes, facts);
        let cells: BTreeMap<Option<Symbol>, Vec<Cell>> = facts
            .par_iter()
            .map(|(name, facts)| Ok((name.clone(), cells_of(facts)?)))
            .collect::<Result<_>>()?;
        let values = |cells: &Vec<Cell>| cells.iter().map(|cell| cell.or_nan()).collect::<Vec<f64>>();
        let by_symbol = || {
            let own = |(name, cells): (&Option<Symbol>, &Vec<Cell>)| Some((name.clone()?, values(cells)));
            cells.iter().filter_map(own).collect()
        };
        let column = ContextColumn {
            name: spec.name.clone(),
            doc: format!(
                "{}; as known at the close, of a date at most {} days old",
                spec.transform.rule().doc(),
                spec.max_age_days
            ),
            unit: spec.transform.rule().unit().to_owned(),
            source: source(&spec, &made_by),
            look_back: spec.transform.rule().look_back(),
            sessions: clock.sessions.clone(),
            values: match cells.get(&None) {
                Some(market) => ContextValues::Market(values(market)),
                None => ContextValues::BySymbol(by_symbol()),
            },
        };
        Ok(Self { spec, clock, facts, made_by, cells, column })
    }

    /// The same column in a world where everything that became known from the first instant of `from` on was another
    /// number: what is decided before may not change.
    pub(crate) fn with_other_future(&self, from: Date) -> Result<Self> {
        let mut facts = self.facts.clone();
        for fact in facts.values_mut().flatten().filter(|fact| fact.known_at >= from.midnight_utc()) {
            fact.value = 1.0 - 2.0 * fact.value;
        }
        Self::new(self.spec.clone(), Arc::clone(&self.clock), facts, self.made_by.clone())
    }

    /// Facts by name, and what the close of a session finds in any facts.
    pub(crate) fn facts(&self) -> impl Iterator<Item = (Option<&Symbol>, &[Observation])> {
        self.facts.iter().map(|(name, facts)| (name.as_ref(), facts.as_slice()))
    }

    /// Sessions and closes of the column.
    pub(crate) fn closes(&self) -> impl Iterator<Item = (Date, Instant)> + '_ {
        self.clock.sessions.iter().copied().zip(self.clock.closes.iter().copied())
    }

    /// What every close finds in `facts`.
    pub(crate) fn values(&self, facts: &[Observation]) -> Result<Vec<f64>> {
        Ok(cells(&self.spec, &self.clock.closes, facts)?.into_iter().map(Cell::or_nan).collect())
    }

    /// What the close of `date` finds for `symbol`; `None` where `date` is no session of the column.
    fn cell(&self, symbol: &Symbol, date: Date) -> Option<Cell> {
        let at = self.clock.sessions.binary_search(&date).ok()?;
        let own = self.cells.get(&None).or_else(|| self.cells.get(&Some(symbol.clone())));
        Some(own.map_or(Cell::NotKnown, |cells| cells[at]))
    }
}

/// Where a column comes from, as the schema of a model keeps it: labels and values made by other settings are another source,
/// and a model that was trained on the old ones is refused.
fn source(spec: &ObservationSpec, made_by: &BTreeSet<String>) -> String {
    let made_by = made_by.iter().map(|source| format!(" by {source}"));
    format!("observation series {}{}", spec.series, made_by.collect::<String>())
}

/// Refuses a series whose values were made by something else than the pipeline says.
fn refuse_stale(lake: &Lake, spec: &ObservationSpec, series: &Symbol) -> Result<()> {
    let Some(asked) = &spec.source else { return Ok(()) };
    let made_by = made_by(lake, series);
    if made_by.len() == 1 && made_by.contains(asked) {
        return Ok(());
    }
    let held = made_by.into_iter().collect::<Vec<_>>().join(" and ");
    let held = if held.is_empty() { "brought in from files".to_owned() } else { format!("made by `{held}`") };
    Err(AppError::input(format!(
        "stale values: the series `{series}` of column `{}` is {held}, and the pipeline asks for `{asked}`",
        spec.name
    ))
    .hint("store the series again by the settings that are meant, under another name, or change `source`"))
}

fn cells(spec: &ObservationSpec, closes: &[Instant], facts: &[Observation]) -> Result<Vec<Cell>> {
    let series = KnownSeries::new(closes, facts, spec.max_age_days)
        .map_err(|e| AppError::bug(format!("closes cannot be joined with `{}`", spec.series)).because(e))?;
    Ok(spec.transform.cells(&series))
}

/// The features of a pipeline: those that it names, then its context columns, which may be missing.
pub(crate) fn with_context<'a>(named: &'a NamedFeatures, context: &'a [Context]) -> Vec<&'a dyn Feature> {
    let mut all = named.all();
    all.extend(context.iter().map(|context| &context.column as &dyn Feature));
    all
}

/// Series of the lake that columns look at for `symbols`.
///
/// # Errors
/// The lake has no series of that name, or of none of the symbols.
pub(crate) fn wanted(lake: &Lake, specs: &[ObservationSpec], symbols: &[Symbol]) -> Result<Vec<Symbol>> {
    let held = lake.series();
    let mut wanted = Vec::new();
    for spec in specs {
        let missing = |what: String| {
            let near = held.iter().max_by(|a, b| {
                let like = |held: &Symbol| strsim::jaro_winkler(&spec.series, held.as_str());
                like(a).total_cmp(&like(b))
            });
            let near = near.map_or_else(
                || {
                    "the lake holds no series yet: `proofmark data sources` lists what can be brought in"
                        .to_owned()
                },
                |near| format!("did you mean `{near}`? `proofmark data signals` lists them all"),
            );
            Err(AppError::input(what).hint(near))
        };
        if spec.is_by_symbol() {
            let own: Vec<Symbol> = symbols
                .iter()
                .filter_map(|symbol| spec.series_of(symbol).ok())
                .filter(|series| held.binary_search(series).is_ok())
                .collect();
            if own.is_empty() {
                return missing(format!(
                    "the lake has no observation series `{}` of any of the {} symbols (column `{}`)",
                    spec.series,
                    symbols.len(),
                    spec.name
                ));
            }
            own.iter().try_for_each(|series| refuse_stale(lake, spec, series))?;
            wanted.extend(own);
        } else {
            let series: Symbol = spec
                .series
                .parse()
                .map_err(|e| AppError::input("pipeline key `observations.series`").because(e))?;
            if held.binary_search(&series).is_err() {
                return missing(format!(
                    "the lake has no observation series `{series}` (column `{}`)",
                    spec.name
                ));
            }
            refuse_stale(lake, spec, &series)?;
            wanted.push(series);
        }
    }
    Ok(wanted)
}

/// The context columns of `specs` from what `snapshot` holds.
pub(crate) fn read(
    specs: &[ObservationSpec],
    lake: &Lake,
    snapshot: &Snapshot,
    calendar: &Calendar,
) -> Result<Vec<Context>> {
    let look_back = specs.iter().map(|spec| spec.transform.rule().look_back()).max();
    let Some(look_back) = look_back else { return Ok(Vec::new()) };
    let clock = Arc::new(Clock::new(calendar, snapshot.content.span, look_back));
    let load = |series: &Symbol| {
        snapshot.load_observation_versions(lake, series).map_err(|e: SnapshotError| {
            let hint = e.hint();
            AppError::input(format!("failed to read `{series}` of the snapshot")).hint(hint).because(e)
        })
    };
    let one = |spec: &ObservationSpec| {
        let (mut facts, mut made_of) = (BTreeMap::new(), BTreeSet::new());
        if spec.is_by_symbol() {
            for symbol in snapshot.content.symbols.iter().map(|content| &content.symbol) {
                if let Ok(series) = spec.series_of(symbol) {
                    facts.insert(Some(symbol.clone()), load(&series)?);
                    made_of.extend(made_by(lake, &series));
                }
            }
        } else {
            let series: Symbol =
                spec.series.parse().map_err(|e| AppError::bug("a checked series has no name").because(e))?;
            facts.insert(None, load(&series)?);
            made_of.extend(made_by(lake, &series));
        }
        Context::new(spec.clone(), Arc::clone(&clock), facts, made_of)
    };
    specs.iter().map(one).collect()
}
