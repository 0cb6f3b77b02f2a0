//! The lake's daily bars as steps: raw prices with splits and dividends as events, columns from prices without splits.

use std::collections::BTreeMap;

use proofmark_execution::engine::{Bar, Event};
use proofmark_execution::strategies::Rows;
use proofmark_features::expr::Program;
use proofmark_market::actions::{ActionKind, Adjust, CorporateAction, adjustment};
use proofmark_market::{Bars, Calendar, Panel};
use proofmark_units::{Date, Instant, Symbol};
use rayon::prelude::*;

use super::request::BacktestRequest;
use crate::data;
use crate::error::{AppError, Result};
use crate::run::view::find_actions;
use crate::workspace::Workspace;

/// The bars of a back-test, session by session.
pub(super) struct Feed {
    calendar: Calendar,
    /// As traded, ascending by symbol.
    raw: Vec<Bars>,
    /// Without splits.
    adjusted: Vec<Bars>,
    symbols: Vec<Symbol>,
    /// Every session with a bar, and by symbol the row of its bar.
    dates: Vec<Date>,
    rows: Vec<Vec<Option<usize>>>,
    /// Splits and dividends by ex-date.
    actions: BTreeMap<Date, Vec<Event>>,
    /// Corporate actions and gaps found, the unexplained too.
    pub(super) found: Vec<CorporateAction>,
    /// First and one past the last session traded.
    from: usize,
    until: usize,
}

impl Feed {
    pub(super) fn read(ws: &Workspace, request: &BacktestRequest) -> Result<Self> {
        let calendar = data::calendar(&request.calendar)?;
        let lake = data::open_lake(ws)?;
        let known = lake.symbols();
        if let Some(missing) = request.symbols.iter().find(|symbol| !known.contains(symbol)) {
            return Err(AppError::input(format!("the lake holds no bar of `{missing}`"))
                .hint("`proofmark data symbols` lists what it holds"));
        }
        let wanted = |symbol: &Symbol| request.symbols.is_empty() || request.symbols.contains(symbol);
        let raw = data::as_traded(&lake, &calendar, wanted)?;
        if raw.is_empty() {
            return Err(AppError::input("there are no bars to trade")
                .hint("fill the lake first: `proofmark ingest --help`; another market needs `--calendar`"));
        }
        let found = find_actions(&calendar, &[], &raw)?.actions;
        let adjusted = |bars: &Bars| adjustment(bars, &found, Adjust::Splits, None).map(|f| f.apply(bars));
        let adjusted = raw
            .par_iter()
            .map(adjusted)
            .collect::<std::result::Result<_, _>>()
            .map_err(|error| AppError::input("failed to take splits out of the prices").because(error))?;
        Self::of(calendar, raw, adjusted, found, request)
    }

    fn of(
        calendar: Calendar,
        raw: Vec<Bars>,
        adjusted: Vec<Bars>,
        found: Vec<CorporateAction>,
        request: &BacktestRequest,
    ) -> Result<Self> {
        let symbols: Vec<Symbol> = raw.iter().map(|bars| bars.symbol().clone()).collect();
        let dates = Panel::from_bars(&raw).dates;
        let place: BTreeMap<Date, usize> = dates.iter().copied().zip(0..).collect();
        let rows = raw
            .iter()
            .map(|bars| {
                let mut rows = vec![None; dates.len()];
                for (row, date) in bars.dates().iter().enumerate() {
                    rows[place[date]] = Some(row);
                }
                rows
            })
            .collect();
        let mut actions: BTreeMap<Date, Vec<Event>> = BTreeMap::new();
        for action in &found {
            let Some(id) = symbols.iter().position(|symbol| *symbol == action.symbol) else { continue };
            let event = match action.kind {
                ActionKind::Split | ActionKind::ReverseSplit => Event::Split(id as u32, action.value),
                ActionKind::Dividend => Event::Dividend(id as u32, action.value),
                ActionKind::Unexplained | ActionKind::Unknown => continue,
            };
            actions.entry(action.ex_date).or_default().push(event);
        }
        let from = request.from.map_or(0, |from| dates.partition_point(|date| *date < from));
        let until = request.until.map_or(dates.len(), |until| dates.partition_point(|date| *date <= until));
        if until < from + 2 {
            return Err(AppError::input("the span holds fewer than two sessions with a bar").hint(format!(
                "the lake's bars of these names run from {} to {}",
                dates[0],
                dates[dates.len() - 1]
            )));
        }
        Ok(Self { calendar, raw, adjusted, symbols, dates, rows, actions, found, from, until })
    }

    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Sessions traded.
    pub(super) const fn len(&self) -> usize {
        self.until - self.from
    }

    /// The date of a step.
    pub(super) fn date(&self, step: usize) -> Date {
        self.dates[self.from + step]
    }

    /// Writes what became known with a session into `events`; gives when the last of it did.
    pub(super) fn step(&self, step: usize, events: &mut Vec<Event>) -> Instant {
        events.clear();
        let t = self.from + step;
        let date = self.dates[t];
        let close = self.calendar.session_close(date);
        let minutes = i64::from(self.calendar.session_minutes(date).unwrap_or(24 * 60));
        let opened = close.plus_seconds(-60 * minutes);
        let mut known = close;
        events.extend(self.actions.get(&date).into_iter().flatten());
        for (id, (bars, rows)) in self.raw.iter().zip(&self.rows).enumerate() {
            let Some(row) = rows[t] else { continue };
            let bar = bars.row(row);
            known = known.max(bar.known_at);
            let bar = Bar {
                opened,
                open: bar.open,
                high: bar.high,
                low: bar.low,
                close: bar.close,
                volume: bar.volume,
            };
            events.push(Event::Bar(id as u32, bar));
        }
        events.push(Event::SessionEnd);
        known
    }

    /// Values of the expressions over all bars, those before the first session traded too.
    pub(super) fn columns(&self, texts: &[String]) -> Result<Columns<'_>> {
        let named: Vec<(&String, &String)> = texts.iter().map(|text| (text, text)).collect();
        let bug = |error| AppError::bug("a column of the strategy cannot be computed").because(error);
        let program = Program::compile(&named).map_err(bug)?;
        let values = if texts.is_empty() {
            vec![Vec::new(); self.raw.len()]
        } else if program.is_cross_sectional() {
            program.panel(&self.adjusted, &Panel::from_bars(&self.adjusted))
        } else {
            self.adjusted
                .par_iter()
                .map(|bars| program.columns(bars))
                .collect::<std::result::Result<_, _>>()
                .map_err(bug)?
        };
        Ok(Columns { feed: self, values })
    }
}

/// Values by symbol, column and row of its bars.
pub(super) struct Columns<'a> {
    feed: &'a Feed,
    values: Vec<Vec<Vec<f64>>>,
}

impl Columns<'_> {
    /// What is known at a step; a name without a bar keeps its last values, which no rule reads without a bar.
    pub(super) fn fill(&self, step: usize, rows: &mut Rows) {
        let t = self.feed.from + step;
        for (id, (columns, own)) in self.values.iter().zip(&self.feed.rows).enumerate() {
            let Some(row) = own[t] else { continue };
            for (value, column) in rows.of_mut(id as u32).iter_mut().zip(columns) {
                *value = column[row];
            }
        }
    }
}
