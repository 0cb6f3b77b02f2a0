//! The desk: bent bars in, features recomputed, frozen scores, books, one record out.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use proofmark_execution::book::{Book, BookConfig, BookError};
use proofmark_execution::costs::CostSchedule;
use proofmark_features::{Feature, SetProgram, set_look_back};
use proofmark_labels::LabelSpec;
use proofmark_market::{BarRow, Bars, BarsError, Universe};
use proofmark_models::{Calibrated, PredictError};
use proofmark_units::{Date, DateSpan, Seed, Symbol};

use super::books::{Bent, Ran, Seen, cut_bars, cut_columns, trade};
use super::failure::{Failure, FailureFacts};
use super::feed::{Feed, FeedFigures, Tally, fills_on};
use super::measure::{BookFigures, ScenarioRecord, beside, defect, null_returns, resilience_score};
use super::paths::History;
use super::scenario::{Change, Family, Scenario, ScenarioOutcome};
use super::world::{StressWorld, rows_of};
use crate::{Books, ValidationError};

/// Sessions before the window that a book and its labels may look back on; features always see the whole history.
const WARM_UP: usize = 252;

/// A frozen candidate and the world it traded in. Nothing sealed may be in here.
#[derive(Clone, Copy)]
pub struct StressInputs<'a> {
    /// Raw bars, one entry a name, ending where the out-of-sample span ends at the latest.
    pub bars: &'a [Bars],
    /// Who may be held when.
    pub universe: &'a Universe,
    /// Benchmark index with its dividend yield (fractions a year).
    pub benchmark: Option<(&'a Bars, &'a [(Date, f64)])>,
    /// The features that the models were trained on, in order.
    pub features: &'a [&'a dyn Feature],
    /// Frozen students with the test span of the fold each belongs to, ascending: a session is scored by the student
    /// whose test span holds it, which was fitted strictly before.
    pub models: &'a [(DateSpan, Calibrated)],
    /// What a true label is, for precision.
    pub label: &'a LabelSpec,
    /// How scores become positions.
    pub config: &'a BookConfig,
    /// What trading costs.
    pub costs: &'a CostSchedule,
    /// Sessions that shocks and faults may change.
    pub window: DateSpan,
    /// All test spans together: where paths draw their blocks.
    pub out_of_sample: DateSpan,
    /// Sessions from entry to exit of a label.
    pub horizon: usize,
    /// Sessions a year.
    pub periods_per_year: f64,
    /// Largest drawdown that the policy admits, a positive fraction.
    pub drawdown_limit: f64,
    /// Root of the stress seeds.
    pub seed: Seed,
}

/// Stress could not be computed. That a book fails under stress is an outcome, not an error.
#[derive(Debug, thiserror::Error)]
pub enum StressError {
    /// A book or its regression failed.
    #[error("failed to trade the stressed world")]
    Books(#[from] ValidationError),
    /// A frozen model refused the features.
    #[error("failed to score the stressed world")]
    Score(#[from] PredictError),
    /// A shock made a bar that cannot be.
    #[error("the stressed bars of `{symbol}` are impossible")]
    Bars {
        /// The name.
        symbol: Symbol,
        /// Why.
        #[source]
        source: BarsError,
    },
    /// The window holds no session.
    #[error("no session lies in the stress window {window}")]
    EmptyWindow {
        /// The window.
        window: DateSpan,
    },
    /// A book's accounts do not add up: a bug, never a market event.
    #[error("the book of `{scenario}` does not add up: {what}")]
    Accounts {
        /// The scenario.
        scenario: String,
        /// What is wrong.
        what: String,
    },
}

/// Runs scenarios on one frozen candidate.
pub struct StressDesk<'a> {
    pub(super) inputs: StressInputs<'a>,
    /// First date that books see.
    first: Date,
    /// Sessions of the window.
    sessions: Vec<Date>,
    base: Seen,
    unstressed: Ran,
    /// What paths are dealt from; built when the first one is asked for.
    pub(super) history: OnceLock<History>,
}

impl<'a> StressDesk<'a> {
    /// Recomputes the features of the unstressed window and runs its books.
    ///
    /// # Errors
    /// [`StressError`].
    pub fn new(inputs: StressInputs<'a>) -> Result<Self, StressError> {
        let mut dates: Vec<Date> = inputs.bars.iter().flat_map(|b| b.dates().iter().copied()).collect();
        dates.sort_unstable();
        dates.dedup();
        let (start, end) = (
            dates.partition_point(|d| *d < inputs.window.start),
            dates.partition_point(|d| *d <= inputs.window.end),
        );
        if start >= end {
            return Err(StressError::EmptyWindow { window: inputs.window });
        }
        let warm = WARM_UP.max(set_look_back(inputs.features));
        let first = dates[start.saturating_sub(warm)];
        let base = Seen {
            bars: inputs.bars.iter().map(|b| cut_bars(b, first)).collect(),
            columns: cut_columns(&SetProgram::new(inputs.features), inputs.bars, inputs.universe, first),
        };
        let unstressed = trade(
            &inputs,
            &Bent {
                standing: None,
                seen: &base,
                benchmark: inputs.benchmark.map(|(b, _)| b),
                costs: inputs.costs,
                delay: 0,
                window: inputs.window,
                model: &|date| inputs.models.iter().position(|(span, _)| span.contains(date)),
            },
        )?;
        Ok(Self {
            inputs,
            first,
            sessions: dates[start..end].to_vec(),
            base,
            unstressed,
            history: OnceLock::new(),
        })
    }

    /// The candidate and its null books over the window, unstressed.
    pub const fn unstressed(&self) -> &Books {
        &self.unstressed.books
    }

    /// The sessions that shocks and faults may change.
    pub fn sessions(&self) -> &[Date] {
        &self.sessions
    }

    /// The seed of the scenario called `id`.
    pub(super) fn seed(&self, id: &str) -> Seed {
        self.inputs.seed.child("stress").child(id)
    }

    /// Runs one scenario. Faults pass through `feed`, shocks are what the market did and pass by it.
    ///
    /// # Errors
    /// [`StressError`]; a scenario that the window cannot hold is [`ScenarioOutcome::NotTested`].
    pub fn run(&self, scenario: &dyn Scenario, feed: &dyn Feed) -> Result<ScenarioOutcome, StressError> {
        let seed = self.seed(scenario.id());
        let world = StressWorld {
            bars: self.inputs.bars,
            benchmark: self.inputs.benchmark.map(|(b, _)| b),
            sessions: &self.sessions,
            book: &self.unstressed.books.candidate,
            costs: self.inputs.costs,
            seed,
        };
        let change = match scenario.apply(&world) {
            Ok(change) => change,
            Err(lacking) => {
                return Ok(ScenarioOutcome::NotTested { id: scenario.id().to_owned(), why: lacking.why });
            }
        };
        let (ran, feed) = match scenario.family() {
            Family::Fault => self.faulted(scenario.id(), &change, feed)?,
            _ => {
                let bars = self.shocked(&change)?;
                (Some(self.bent(scenario.id(), &bars, &change)?), None)
            }
        };
        Ok(ScenarioOutcome::Tested(Box::new(self.record(scenario, &change, ran.as_ref(), feed, seed))))
    }

    /// Bars of a shock: valid by construction.
    fn shocked(&self, change: &Change) -> Result<BTreeMap<usize, Bars>, StressError> {
        change.rows.iter().map(|(s, rows)| Ok((*s, self.bars(*s, rows)?))).collect()
    }

    fn bars(&self, s: usize, rows: &[BarRow]) -> Result<Bars, StressError> {
        let symbol = self.inputs.bars[s].symbol().clone();
        Bars::from_rows(symbol.clone(), rows).map_err(|source| StressError::Bars { symbol, source })
    }

    /// A fault under the pipeline's rules, and again where only impossible rows are dropped.
    fn faulted(
        &self,
        id: &str,
        change: &Change,
        feed: &dyn Feed,
    ) -> Result<(Option<Ran>, Option<FeedFigures>), StressError> {
        let mut tally = Tally::default();
        let (mut clean, mut unclean) = (BTreeMap::new(), BTreeMap::new());
        for (s, rows) in &change.rows {
            let symbol = self.inputs.bars[*s].symbol();
            let received = feed.receive(symbol, rows, false);
            tally.add(&received);
            tally.take_off(&feed.receive(symbol, &rows_of(&self.inputs.bars[*s]), false));
            unclean.insert(*s, feed.receive(symbol, rows, true).bars);
            clean.insert(*s, received.bars);
        }
        let ran = self.unless_refused(id, &clean, change)?;
        let other = if unclean == clean { None } else { self.unless_refused(id, &unclean, change)? };
        let second = other.as_ref().or(if unclean == clean { ran.as_ref() } else { None });
        let fills = |ran: Option<&Ran>| {
            ran.map_or(0, |r| fills_on(&r.books.candidate, self.inputs.bars, &change.faulty))
        };
        self.untouched(id, change, &clean, ran.as_ref())?;
        self.untouched(id, change, &unclean, second)?;
        let rules = tally.rules();
        let figures = FeedFigures {
            faulty_bars: change.faulty.len(),
            noticed: !rules.is_empty(),
            rules,
            rows_dropped: tally.dropped(),
            fills_on_faulty_bars: fills(ran.as_ref()),
            unclean_total_return: second
                .map(|r| BookFigures::of(&r.books.candidate, self.inputs.periods_per_year).total_return),
            unclean_fills_on_faulty_bars: fills(second),
        };
        Ok((ran, Some(figures)))
    }

    /// Refuses a book that filled on a bar which the rules had taken away.
    fn untouched(
        &self,
        id: &str,
        change: &Change,
        bars: &BTreeMap<usize, Bars>,
        ran: Option<&Ran>,
    ) -> Result<(), StressError> {
        let gone =
            |(date, s): &&(Date, usize)| bars.get(s).is_some_and(|b| b.dates().binary_search(date).is_err());
        let gone = change.faulty.iter().filter(gone).copied().collect();
        match ran.map_or(0, |r| fills_on(&r.books.candidate, self.inputs.bars, &gone)) {
            0 => Ok(()),
            fills => Err(StressError::Accounts {
                scenario: id.to_owned(),
                what: format!("{fills} fills on bars that are not there"),
            }),
        }
    }

    /// `None` when the rules left nothing to trade.
    fn unless_refused(
        &self,
        id: &str,
        bars: &BTreeMap<usize, Bars>,
        change: &Change,
    ) -> Result<Option<Ran>, StressError> {
        match self.bent(id, bars, change) {
            Err(StressError::Books(ValidationError::Book {
                source: BookError::EmptySpan { .. }, ..
            })) => Ok(None),
            other => other.map(Some),
        }
    }

    /// The books of the unstressed world with `bars` in the place of some names.
    fn bent(&self, id: &str, bars: &BTreeMap<usize, Bars>, change: &Change) -> Result<Ran, StressError> {
        let program = SetProgram::new(self.inputs.features);
        let features = |bars: &[Bars]| cut_columns(&program, bars, self.inputs.universe, self.first);
        let whole = |s: usize| bars.get(&s).unwrap_or(&self.inputs.bars[s]);
        let columns = if program.compares_names() {
            features(&(0..self.inputs.bars.len()).map(|s| whole(s).clone()).collect::<Vec<_>>())
        } else {
            // What did not change is not computed again.
            let mut columns = self.base.columns.clone();
            for (s, changed) in bars {
                columns[*s] = features(std::slice::from_ref(changed)).remove(0);
            }
            columns
        };
        let bars = (0..self.inputs.bars.len())
            .map(|s| {
                bars.get(&s).map_or_else(|| self.base.bars[s].clone(), |bars| cut_bars(bars, self.first))
            })
            .collect();
        let benchmark = match (&change.benchmark, self.inputs.benchmark) {
            (Some(rows), Some((index, _))) => {
                let symbol = index.symbol().clone();
                Some(
                    Bars::from_rows(symbol.clone(), rows)
                        .map_err(|source| StressError::Bars { symbol, source })?,
                )
            }
            _ => None,
        };
        let ran = trade(
            &self.inputs,
            &Bent {
                standing: None,
                seen: &Seen { bars, columns },
                benchmark: benchmark.as_ref().or(self.inputs.benchmark.map(|(b, _)| b)),
                costs: change.costs.as_ref().unwrap_or(self.inputs.costs),
                delay: change.delay,
                window: self.inputs.window,
                model: &|date| self.inputs.models.iter().position(|(span, _)| span.contains(date)),
            },
        )?;
        self.audited(id, ran)
    }

    /// `ran`, if its accounts add up.
    pub(super) fn audited(&self, id: &str, ran: Ran) -> Result<Ran, StressError> {
        match defect(&ran.books.candidate, self.inputs.config.capital) {
            None => Ok(ran),
            Some(what) => Err(StressError::Accounts { scenario: id.to_owned(), what }),
        }
    }

    fn record(
        &self,
        scenario: &dyn Scenario,
        change: &Change,
        ran: Option<&Ran>,
        feed: Option<FeedFigures>,
        seed: Seed,
    ) -> ScenarioRecord {
        let year = self.inputs.periods_per_year;
        let since = |book: &Book| book.fills.iter().filter(|f| Some(f.date) >= change.from).count();
        let candidate = ran.map(|r| BookFigures::of(&r.books.candidate, year));
        let failure = Failure::of(&FailureFacts {
            book: candidate.as_ref(),
            usually_blocked: self.unstressed.books.candidate.longest_blocked_exit,
            fills_since: ran.map_or(0, |r| since(&r.books.candidate)),
            expects_fills: since(&self.unstressed.books.candidate) > 0,
            nulls: &ran.map(|r| null_returns(&r.books)).unwrap_or_default(),
            drawdown_limit: self.inputs.drawdown_limit,
        });
        ScenarioRecord {
            id: scenario.id().to_owned(),
            family: scenario.family(),
            title: scenario.title().to_owned(),
            what: change.what.clone(),
            span: self.inputs.window,
            unstressed: Some(BookFigures::of(&self.unstressed.books.candidate, year)),
            beside: ran.map(|r| beside(&r.books, &r.hold)).unwrap_or_default(),
            active_mean: None,
            appraisal_ratio: None,
            precision: ran.and_then(|r| r.precision),
            resilience: candidate
                .as_ref()
                .and_then(|c| resilience_score(c.max_drawdown, ran.and_then(|r| r.precision), c.sharpe)),
            candidate,
            failure,
            feed,
            seed: Some(seed.as_u64()),
            command: ScenarioRecord::command(scenario.id()),
        }
    }
}
