//! Expressions compiled together: columns over bars, and the same bar by bar.

use std::collections::BTreeSet;
use std::sync::Arc;

use proofmark_market::{BarRow, Bars, IntradayBar};
use proofmark_units::{Date, Instant};

use super::ast::Field;
use super::error::{ExprError, ExprProblem};
use super::graph::{Graph, LookBack, Scope, Slot};
use super::lower::lower;
use super::parse::parse;
use super::plan::{CHUNK_ROWS, Fields, Plan, State, order};
use super::{MAX_WINDOW_ROWS, session::Sessions};

/// Columns computed together: what several share is computed once.
#[derive(Clone)]
pub struct Program {
    pub(super) compiled: Arc<Compiled>,
}

pub(super) struct Compiled {
    names: Vec<String>,
    pub(super) graph: Graph,
    pub(super) columns: Vec<Slot>,
    /// `None` where a cross-section needs other names.
    pub(super) plan: Option<Plan>,
}

impl Program {
    /// Compiles `(name, expression)` pairs, in order.
    ///
    /// # Errors
    /// [`ExprError`] of the first column that is wrong, with its name; the program is as large as its windows, and one
    /// beyond [`MAX_WINDOW_ROWS`] is refused.
    pub fn compile<N: AsRef<str>, T: AsRef<str>>(columns: &[(N, T)]) -> Result<Self, ExprError> {
        let mut graph = Graph::default();
        let (mut names, mut slots) = (BTreeSet::new(), Vec::with_capacity(columns.len()));
        for (name, text) in columns {
            let (name, text) = (name.as_ref(), text.as_ref());
            let mut add = |graph: &mut Graph| {
                if !names.insert(name) {
                    return Err(ExprError::new(text, 0..0, ExprProblem::NameTwice(name.to_owned())));
                }
                let slot = lower(graph, &parse(text)?, text)?;
                match graph.window_rows() {
                    rows if rows > MAX_WINDOW_ROWS => {
                        Err(ExprError::new(text, 0..text.len(), ExprProblem::TooLarge(rows)))
                    }
                    _ => Ok(slot),
                }
            };
            slots.push(add(&mut graph).map_err(|error| error.of_column(name))?);
        }
        let alone = graph.nodes.iter().all(|node| node.family.scope != Scope::CrossSection);
        let plan = alone.then(|| Plan::new(&graph, &slots, &[]));
        let names = columns.iter().map(|(name, _)| name.as_ref().to_owned()).collect();
        Ok(Self { compiled: Arc::new(Compiled { names, graph, columns: slots, plan }) })
    }

    /// Names of the columns, in order.
    pub fn names(&self) -> &[String] {
        &self.compiled.names
    }

    /// Bars that matter to a value of each column.
    pub fn look_backs(&self) -> Vec<LookBack> {
        self.compiled.columns.iter().map(|slot| self.compiled.graph.look_back(*slot)).collect()
    }

    /// Fields of the bars that each column reads, ascending.
    pub fn inputs(&self) -> Vec<Vec<Field>> {
        let fields = |slot: &Slot| Plan::new(&self.compiled.graph, &[*slot], &[]).fields().to_vec();
        self.compiled.columns.iter().map(fields).collect()
    }

    /// Nodes that are computed, shared parts counted once.
    pub fn nodes(&self) -> usize {
        order(&self.compiled.graph, &self.compiled.columns, &[]).len()
    }

    /// Whether a column compares names at a date, so that [`Self::columns`] and [`Self::start`] refuse.
    pub fn is_cross_sectional(&self) -> bool {
        self.compiled.plan.is_none()
    }

    fn plan(&self) -> Result<&Plan, ExprError> {
        self.compiled.plan.as_ref().ok_or_else(|| ExprError::new("", 0..0, ExprProblem::NeedsPanel))
    }

    /// Every column over the bars of one instrument, each as long as the bars; missing is NaN.
    ///
    /// Row `t` depends on bars `0..=t` only. The same bars give the same bits, in one call, in pieces and bar by bar.
    ///
    /// # Errors
    /// [`ExprProblem::NeedsPanel`] if a column compares names.
    pub fn columns(&self, bars: &Bars) -> Result<Vec<Vec<f64>>, ExprError> {
        let mut columns = vec![Vec::with_capacity(bars.len()); self.compiled.columns.len()];
        self.for_each(bars, |column, values| columns[column].extend_from_slice(values))?;
        Ok(columns)
    }

    /// Hands the values of [`Self::columns`] to `take`, with the place of their column: each column in pieces, from its first row
    /// to its last, which are not kept.
    ///
    /// # Errors
    /// [`ExprProblem::NeedsPanel`] if a column compares names.
    pub fn for_each(&self, bars: &Bars, mut take: impl FnMut(usize, &[f64])) -> Result<(), ExprError> {
        run_bars(self.plan()?, bars, &[], &mut take);
        Ok(())
    }

    /// Every column over bars shorter than a session, ascending.
    ///
    /// # Errors
    /// [`ExprProblem::NeedsPanel`] if a column compares names.
    pub fn intraday_columns(&self, bars: &[IntradayBar]) -> Result<Vec<Vec<f64>>, ExprError> {
        let plan = self.plan()?;
        let mut columns: Vec<Vec<f64>> = vec![Vec::with_capacity(bars.len()); self.compiled.columns.len()];
        let (mut state, mut sessions) = (plan.start(), Sessions::default());
        let mut turned: [Vec<f64>; Field::ALL.len()] = Default::default();
        for chunk in bars.chunks(CHUNK_ROWS) {
            turned.iter_mut().for_each(Vec::clear);
            for bar in chunk {
                for (column, value) in turned.iter_mut().zip(Row::from(bar).fields(&mut sessions)) {
                    column.push(value);
                }
            }
            let fields: Fields<'_> = turned.each_ref().map(Vec::as_slice);
            plan.run(&mut state, chunk.len(), &fields, &[], &mut |column, values| {
                columns[column].extend_from_slice(values);
            });
        }
        Ok(columns)
    }

    /// The columns bar by bar, from an instrument's first bar.
    ///
    /// # Errors
    /// [`ExprProblem::NeedsPanel`] if a column compares names.
    pub fn start(&self) -> Result<Stream, ExprError> {
        let state = self.plan()?.start();
        let row = vec![f64::NAN; self.compiled.columns.len()];
        Ok(Stream { compiled: Arc::clone(&self.compiled), state, sessions: Sessions::default(), row })
    }
}

/// Runs a plan over all bars and hands out each column, piece by piece; `carried` are columns as long as the bars.
pub(super) fn run_bars(plan: &Plan, bars: &Bars, carried: &[&[f64]], take: &mut dyn FnMut(usize, &[f64])) {
    let (mut state, mut sessions) = (plan.start(), Sessions::default());
    let reads = |field| plan.fields().contains(&field);
    let [reads_starts, reads_days, reads_ends] =
        [Field::SessionStart, Field::SessionDay, Field::BarEnd].map(reads);
    let [mut starts, mut days, mut ends] = [const { Vec::new() }; 3];
    for first in (0..bars.len()).step_by(CHUNK_ROWS) {
        let rows = first..bars.len().min(first + CHUNK_ROWS);
        if reads_starts {
            starts.clear();
            starts.extend(bars.dates()[rows.clone()].iter().map(|date| sessions.starts(*date)));
        }
        if reads_days {
            days.clear();
            days.extend(bars.dates()[rows.clone()].iter().map(|date| f64::from(date.days())));
        }
        if reads_ends {
            ends.clear();
            ends.extend(bars.event_times()[rows.clone()].iter().map(|at| minutes(*at)));
        }
        let fields: Fields<'_> = [
            &bars.open()[rows.clone()],
            &bars.high()[rows.clone()],
            &bars.low()[rows.clone()],
            &bars.close()[rows.clone()],
            &bars.volume()[rows.clone()],
            &starts,
            &days,
            &ends,
            &[],
        ];
        let carried: Vec<&[f64]> = carried.iter().map(|column| &column[rows.clone()]).collect();
        plan.run(&mut state, rows.len(), &fields, &carried, take);
    }
}

/// Minutes since 1970-01-01 in UTC, to the second.
fn minutes(at: Instant) -> f64 {
    at.nanos().div_euclid(1_000_000_000) as f64 / 60.0
}

/// One bar as a stream takes it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Row {
    /// The exchange session.
    pub session: Date,
    /// When the bar ended.
    pub event_time: Instant,
    /// First price.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
    /// Units traded; NaN where unknown.
    pub volume: f64,
}

impl Row {
    pub(super) fn fields(&self, sessions: &mut Sessions) -> [f64; Field::ALL.len()] {
        let Self { session, event_time, open, high, low, close, volume } = *self;
        let (start, day, end) = (sessions.starts(session), f64::from(session.days()), minutes(event_time));
        [open, high, low, close, volume, start, day, end, f64::NAN]
    }
}

impl From<&BarRow> for Row {
    fn from(bar: &BarRow) -> Self {
        let BarRow { date, event_time, open, high, low, close, volume, .. } = *bar;
        Self { session: date, event_time, open, high, low, close, volume }
    }
}

impl From<&IntradayBar> for Row {
    fn from(bar: &IntradayBar) -> Self {
        let IntradayBar { session, event_time, open, high, low, close, volume, .. } = *bar;
        Self { session, event_time, open, high, low, close, volume }
    }
}

/// The columns of a program on their way through live bars; its memory does not grow.
///
/// It runs the kernels that [`Program::columns`] runs, a row a time, so that both agree bit for bit.
pub struct Stream {
    compiled: Arc<Compiled>,
    state: State,
    sessions: Sessions,
    row: Vec<f64>,
}

impl Stream {
    /// Takes the next bar and gives the values of all columns at it, in order.
    pub fn push(&mut self, bar: impl Into<Row>) -> &[f64] {
        if let Some(plan) = &self.compiled.plan {
            let values = bar.into().fields(&mut self.sessions);
            let fields: Fields<'_> = values.each_ref().map(std::slice::from_ref);
            plan.run(&mut self.state, 1, &fields, &[], &mut |column, values| self.row[column] = values[0]);
        }
        &self.row
    }
}
