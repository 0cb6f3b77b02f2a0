//! The lake's bars as steps: raw prices with splits and dividends as events, columns from prices without splits.

mod daily;
mod within;

use std::collections::BTreeMap;
use std::ops::Range;

use proofmark_execution::engine::{Bar, Event};
use proofmark_execution::strategies::Rows;
use proofmark_features::expr::Program;
use proofmark_market::actions::{ActionKind, CorporateAction};
use proofmark_market::{Bars, Interval, IntradayBar, Panel};
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use rayon::prelude::*;

use super::request::BacktestRequest;
use crate::data;
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// The bars of a back-test, step by step.
pub(super) struct Feed {
    symbols: Vec<Symbol>,
    /// As traded, by symbol.
    bars: Vec<Vec<Bar>>,
    /// Without splits, by symbol; row for row the same bars.
    prices: Prices,
    moments: Vec<Moment>,
    /// Name and row of the bars, moment by moment.
    placed: Vec<(u32, u32)>,
    /// Splits and dividends by ex-date.
    actions: BTreeMap<Date, Vec<Event>>,
    /// Corporate actions and gaps found, the unexplained too.
    pub(super) found: Vec<CorporateAction>,
    /// Sessions traded.
    sessions: Vec<Session>,
    /// The moments traded.
    traded: Range<usize>,
}

/// Prices that columns are computed from.
enum Prices {
    Sessions(Vec<Bars>),
    Within(Vec<Vec<IntradayBar>>),
}

/// Everything that became known at one instant.
struct Moment {
    time: Instant,
    session: Date,
    placed: Range<usize>,
    /// Whether its session begins, and whether it ends, with it.
    begins: bool,
    ends: bool,
}

/// A session as the bars have it.
struct Session {
    date: Date,
    /// When its first bar began.
    began: Instant,
    /// The last step from which an order reaches its last bar; `None` where it has one bar only.
    last_order: Option<Instant>,
    ended: Instant,
}

impl Session {
    fn of(moments: &[Moment], placed: &[(u32, u32)], bars: &[Vec<Bar>]) -> Self {
        let opened = |moment: &Moment| {
            let own = placed[moment.placed.clone()].iter();
            own.map(|(id, row)| bars[*id as usize][*row as usize].opened).min()
        };
        let (first, last) = (&moments[0], &moments[moments.len() - 1]);
        let last_bar = moments.iter().rev().find_map(opened);
        let reaches = |moment: &&Moment| last_bar.is_some_and(|opened| moment.time <= opened);
        Self {
            date: first.session,
            began: opened(first).unwrap_or(first.time),
            last_order: moments.iter().rev().find(reaches).map(|moment| moment.time),
            ended: last.time,
        }
    }
}

/// What a source of bars found, before a span is chosen.
struct Found {
    symbols: Vec<Symbol>,
    bars: Vec<Vec<Bar>>,
    prices: Prices,
    moments: Vec<Moment>,
    placed: Vec<(u32, u32)>,
    found: Vec<CorporateAction>,
}

impl Feed {
    pub(super) fn read(ws: &Workspace, request: &BacktestRequest) -> Result<Self> {
        let calendar = data::calendar(&request.calendar)?;
        let lake = data::open_lake(ws)?;
        let found = match request.interval {
            Interval::Day1 => daily::read(&lake, &calendar, request)?,
            interval => within::read(&lake, &calendar, interval, request)?,
        };
        Self::over(found, request)
    }

    fn over(found: Found, request: &BacktestRequest) -> Result<Self> {
        let Found { symbols, bars, prices, moments, placed, found } = found;
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
        let from = request.from.map_or(0, |from| moments.partition_point(|moment| moment.session < from));
        let until = request
            .until
            .map_or(moments.len(), |until| moments.partition_point(|moment| moment.session <= until));
        let traded = from..until.max(from);
        let sessions: Vec<Session> = moments[traded.clone()]
            .chunk_by(|a, b| a.session == b.session)
            .map(|session| Session::of(session, &placed, &bars))
            .collect();
        if sessions.len() < 2 {
            return Err(AppError::input("the span holds fewer than two sessions with a bar").hint(
                match (moments.first(), moments.last()) {
                    (Some(first), Some(last)) => format!(
                        "the lake's bars of these names run from {} to {}",
                        first.session, last.session
                    ),
                    _ => "the lake holds no bar of these names on a session of this calendar".to_owned(),
                },
            ));
        }
        Ok(Self { symbols, bars, prices, moments, placed, actions, found, sessions, traded })
    }

    pub(super) fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }

    /// Steps traded.
    pub(super) fn len(&self) -> usize {
        self.traded.len()
    }

    /// Sessions traded.
    pub(super) fn dates(&self) -> Vec<Date> {
        self.sessions.iter().map(|session| session.date).collect()
    }

    /// First and last session traded.
    pub(super) fn span(&self) -> DateSpan {
        // There are two at least: it was checked.
        DateSpan { start: self.sessions[0].date, end: self.sessions[self.sessions.len() - 1].date }
    }

    /// The place of an instant among the sessions traded: what happened by the end of the first is in 0.
    pub(super) fn session_of(&self, time: Instant) -> usize {
        self.sessions.partition_point(|session| session.ended < time)
    }

    fn moment(&self, step: usize) -> &Moment {
        &self.moments[self.traded.start + step]
    }

    /// The session that begins with a step.
    pub(super) fn begins(&self, step: usize) -> Option<Date> {
        let moment = self.moment(step);
        moment.begins.then_some(moment.session)
    }

    /// The place of the session in which what is decided at a step can trade first.
    fn next_session(&self, step: usize) -> usize {
        let moment = self.moment(step);
        self.session_of(moment.time) + usize::from(moment.ends)
    }

    /// When the session begins in which what is decided at a step can trade first; `None` past the last one.
    pub(super) fn session_start(&self, step: usize) -> Option<Instant> {
        self.sessions.get(self.next_session(step)).map(|session| session.began)
    }

    /// The last step of that session from which an order can trade in it still.
    pub(super) fn last_order(&self, step: usize) -> Option<Instant> {
        self.sessions.get(self.next_session(step))?.last_order
    }

    /// When a step is.
    pub(super) fn time(&self, step: usize) -> Instant {
        self.moment(step).time
    }

    /// When the session ends that is `ahead` sessions after the one in which what is decided at a step can trade first; past the
    /// last one, as many days after it.
    pub(super) fn session_end(&self, step: usize, ahead: usize) -> Instant {
        let (wanted, last) = (self.next_session(step) + ahead, self.sessions.len() - 1);
        match self.sessions.get(wanted) {
            Some(session) => session.ended,
            None => self.sessions[last].ended.plus_seconds(86_400 * (wanted - last) as i64),
        }
    }

    /// Writes what became known with a step into `events`; gives when it did.
    pub(super) fn step(&self, step: usize, events: &mut Vec<Event>) -> Instant {
        events.clear();
        let moment = self.moment(step);
        if moment.begins {
            events.extend(self.actions.get(&moment.session).into_iter().flatten());
        }
        let bar = |(id, row): &(u32, u32)| Event::Bar(*id, self.bars[*id as usize][*row as usize]);
        events.extend(self.placed[moment.placed.clone()].iter().map(bar));
        events.extend(moment.ends.then_some(Event::SessionEnd));
        moment.time
    }

    /// Values of the expressions over all bars, those before the first session traded too.
    pub(super) fn columns(&self, texts: &[String]) -> Result<Columns<'_>> {
        let named: Vec<(&String, &String)> = texts.iter().map(|text| (text, text)).collect();
        let bug = |error| AppError::bug("a column of the strategy cannot be computed").because(error);
        let program = Program::compile(&named).map_err(bug)?;
        let values = match &self.prices {
            _ if texts.is_empty() => vec![Vec::new(); self.bars.len()],
            Prices::Sessions(bars) if program.is_cross_sectional() => {
                program.panel(bars, &Panel::from_bars(bars))
            }
            Prices::Sessions(bars) => bars
                .par_iter()
                .map(|bars| program.columns(bars))
                .collect::<std::result::Result<_, _>>()
                .map_err(bug)?,
            Prices::Within(_) if program.is_cross_sectional() => {
                return Err(AppError::input("this strategy compares names at a date")
                    .hint("run it on bars of a session, without `--interval`"));
            }
            Prices::Within(bars) => bars
                .par_iter()
                .map(|bars| program.intraday_columns(bars))
                .collect::<std::result::Result<_, _>>()
                .map_err(bug)?,
        };
        Ok(Columns { feed: self, values })
    }

    /// The bars of a name over the span.
    pub(super) fn path(&self, id: u32) -> Vec<PathBar> {
        let known = &self.moments[self.traded.clone()];
        let bar = |moment: &Moment| {
            let own = self.placed[moment.placed.clone()].iter().find(|(of, _)| *of == id)?;
            let row = own.1 as usize;
            let close = match &self.prices {
                Prices::Sessions(bars) => bars[id as usize].close()[row],
                Prices::Within(bars) => bars[id as usize][row].close,
            };
            let factor = close / self.bars[id as usize][row].close;
            Some(PathBar { session: moment.session, time: moment.time, close, factor })
        };
        known.iter().filter_map(bar).collect()
    }

    /// Digest of what a run over the span could read: bars and when they were known, up to the last session traded, splits and
    /// dividends among them.
    pub(super) fn digest(&self) -> Digest {
        let span = self.span();
        let known = &self.moments[..self.traded.end];
        let times: Vec<u8> = known
            .iter()
            .flat_map(|moment| {
                let places = moment.placed.end as u64;
                [moment.time.nanos().to_le_bytes(), places.to_le_bytes()].concat()
            })
            .collect();
        let placed = &self.placed[..known.last().map_or(0, |moment| moment.placed.end)];
        let mut rows = vec![0_usize; self.symbols.len()];
        for (id, row) in placed {
            rows[*id as usize] = rows[*id as usize].max(*row as usize + 1);
        }
        let of = |(bars, rows): (&Vec<Bar>, &usize)| {
            let bits = |bar: &Bar| {
                let numbers = [bar.open, bar.high, bar.low, bar.close, bar.volume].map(f64::to_bits);
                std::iter::once(bar.opened.nanos() as u64).chain(numbers).flat_map(u64::to_le_bytes)
            };
            Digest::of(&bars[..*rows].iter().flat_map(bits).collect::<Vec<u8>>())
        };
        let bars: Vec<Digest> = self.bars.par_iter().zip(&rows).map(of).collect();
        let actions: Vec<&CorporateAction> =
            self.found.iter().filter(|action| action.ex_date <= span.end).collect();
        crate::json::digest(&(&self.symbols, Digest::of(&times), bars, actions))
    }
}

/// Volume as the engine is told it. One that the source does not tell is 0 where nothing reads it; where decisions take a share of
/// it, it stays unknown, and the bar is none to trade on.
fn volume_of(volume: f64, request: &BacktestRequest) -> f64 {
    if volume.is_nan() && request.participation.is_none() { 0.0 } else { volume }
}

/// A bar of one name.
pub(super) struct PathBar {
    pub(super) session: Date,
    /// The step it became known with.
    pub(super) time: Instant,
    /// Without splits.
    pub(super) close: f64,
    /// What its prices were multiplied by to be so.
    pub(super) factor: f64,
}

/// Values by symbol, column and row of its bars.
pub(super) struct Columns<'a> {
    feed: &'a Feed,
    values: Vec<Vec<Vec<f64>>>,
}

impl Columns<'_> {
    /// What is known at a step; a name without a bar keeps its last values, which no rule reads without a bar.
    pub(super) fn fill(&self, step: usize, rows: &mut Rows) {
        let moment = self.feed.moment(step);
        for (id, row) in &self.feed.placed[moment.placed.clone()] {
            let columns = &self.values[*id as usize];
            for (value, column) in rows.of_mut(*id).iter_mut().zip(columns) {
                *value = column[*row as usize];
            }
        }
    }
}
