//! Signals through the event engine, the candidate's and those of what it has to beat.

use std::ops::Range;

use proofmark_execution::costs::{CostSchedule, HoldingRates, Side, SlippageModel};
use proofmark_execution::engine::{
    AccountConfig, Bar, BarFills, Curve, Engine, EngineConfig, Event, Instrument, LimitRule, Log, Scheduled,
    Settlement, Shorting,
};
use proofmark_execution::sizing::dynamic_leverage::DynamicLeverage;
use proofmark_execution::strategies::{Fed, Follow, Plan, Rows};
use proofmark_units::{Date, Instant};

use super::definition::{ForecastPipeline, RuleSpec};
use super::schedule::Decision;
use super::series::Series;
use super::signals::Call;
use crate::error::{AppError, Result};

/// Smallest step of a quantity: units of the base currency, hundredths of it.
const LOT: f64 = 0.01;

struct Step {
    time: Instant,
    /// What traded; none where a session is over some time after its last bar.
    bar: Option<Bar>,
    /// The session that ends with it.
    ends: Option<Date>,
}

/// The bars that orders meet, from the first decision on, with the account and the costs.
pub(super) struct Market<'a> {
    pipeline: &'a ForecastPipeline,
    series: &'a Series,
    costs: CostSchedule,
    steps: Vec<Step>,
}

/// What came of a list of signals.
pub(super) struct Traded {
    pub(super) log: Log,
    /// Sessions whose end has an equity, the first decision's own apart.
    pub(super) dates: Vec<Date>,
    /// Net return of each of these sessions, zeros included.
    pub(super) net: Vec<f64>,
}

/// What was held at the end of a session.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Held {
    pub(super) date: Date,
    /// Units, negative where short.
    pub(super) quantity: f64,
    pub(super) equity: f64,
}

impl Held {
    /// Its value at the session's close, of equity and with its sign; 0 where `series` has no such session.
    pub(super) fn share(&self, series: &Series) -> f64 {
        let close = series.dates().binary_search(&self.date).map_or(0.0, |row| series.bars.close()[row]);
        self.quantity * close / self.equity
    }
}

impl Traded {
    /// What was held at the end of each session with a return.
    pub(super) fn held(&self) -> Vec<Held> {
        let mut fills = self.log.fills.iter().peekable();
        let mut quantity = 0.0;
        let ends = self.log.equity.iter().skip(1).zip(&self.dates);
        ends.map(|((time, equity), date)| {
            while let Some(fill) = fills.next_if(|fill| fill.time <= *time) {
                quantity += if fill.side == Side::Buy { fill.quantity } else { -fill.quantity };
            }
            Held { date: *date, quantity, equity: *equity }
        })
        .collect()
    }
}

impl<'a> Market<'a> {
    /// The bars from the first decision on.
    pub(super) fn new(
        pipeline: &'a ForecastPipeline,
        series: &'a Series,
        decisions: &[Decision],
    ) -> Result<Self> {
        let first = decisions.first().map_or(0, |decision| decision.row);
        Self::over(pipeline, series, first..series.bars.len())
    }

    /// The bars of some rows of the series.
    pub(super) fn over(
        pipeline: &'a ForecastPipeline,
        series: &'a Series,
        rows: Range<usize>,
    ) -> Result<Self> {
        let costs = CostSchedule::named(&pipeline.costs.schedule)
            .map_err(|e| AppError::input("pipeline key `costs.schedule`").because(e))?
            .with_earliest_rates_before();
        let steps = match pipeline.data.interval {
            None => by_session(series, rows),
            Some(_) => within_sessions(series, rows),
        };
        Ok(Self { pipeline, series, costs, steps })
    }

    /// The same bars where the half spread of the cost schedule is `factor` times as wide.
    pub(super) fn with_spread(mut self, factor: f64) -> Self {
        let (model, _) = self.costs.slippage();
        let wide = SlippageModel { half_spread: model.half_spread * factor, ..model };
        self.costs = self.costs.with_slippage(wide);
        self
    }

    pub(super) const fn costs(&self) -> &CostSchedule {
        &self.costs
    }

    /// The word that an exit at the last close carries.
    const fn last_word(&self) -> &'static str {
        match self.pipeline.strategy.rule {
            RuleSpec::SmartSimple(_) => "week_end",
            RuleSpec::VolatilityTrail(_) => "session_close",
        }
    }

    /// Leverage that shrinks after losses, where the rule asks for it.
    pub(super) fn dynamic(&self) -> Option<&DynamicLeverage> {
        match &self.pipeline.strategy.rule {
            RuleSpec::SmartSimple(rule) => rule.dynamic.as_ref(),
            RuleSpec::VolatilityTrail(_) => None,
        }
    }

    /// Trades `plans` at `multiplier` times the costs of a fill; holding is charged as it is.
    pub(super) fn trade(
        &self,
        plans: Vec<Plan>,
        multiplier: f64,
        dynamic: Option<&DynamicLeverage>,
    ) -> Result<Traded> {
        let bug = |what: &'static str| move |e| AppError::bug(what).because(e);
        let mut follow =
            Follow::new(plans, self.last_word()).map_err(bug("signals of a run cannot be followed"))?;
        if let Some(rule) = dynamic {
            follow = follow.scaled(rule.clone());
        }
        let account = self.pipeline.account;
        let instrument = Instrument {
            lot: LOT,
            shorting: Shorting::Allowed,
            settlement: Settlement::Margined { initial: account.deposit, maintenance: account.deposit / 2.0 },
            ..Instrument::share(self.pipeline.data.symbol.clone(), self.costs.currency())
        };
        let config = EngineConfig {
            account: AccountConfig::cash(self.costs.currency(), account.capital),
            curve: Curve::Sessions,
            keep_ended: false,
        };
        let costs = self.costs.scaled(multiplier);
        let rates = HoldingRates { funding: &[], differential: &self.series.differential };
        let scheduled = Scheduled::new(&costs, 1).with_rates(rates);
        let fills = BarFills { limits: LimitRule::Through, ..BarFills::default() };
        let failed = |e| {
            AppError::input("the signals cannot be traded")
                .hint("the costs charge carry? then `costs.carry` names the two rates, known over the whole span")
                .because(e)
        };
        let mut engine = Engine::new(vec![instrument], config, scheduled, fills).map_err(failed)?;
        let rows = Rows::new(1, 0);
        let mut dates = Vec::new();
        for step in &self.steps {
            let bar = step.bar.map(|bar| Event::Bar(0, bar));
            let end = step.ends.map(|_| Event::SessionEnd);
            let events: Vec<Event> = bar.into_iter().chain(end).collect();
            engine.step(step.time, &events, &mut Fed { trader: &mut follow, rows: &rows }).map_err(failed)?;
            dates.extend(step.ends);
        }
        let log = engine.into_log();
        let equity: Vec<f64> = log.equity.iter().map(|(_, equity)| *equity).collect();
        let net = equity.windows(2).map(|pair| pair[1] / pair[0] - 1.0).collect();
        Ok(Traded { log, dates: dates.split_off(1.min(dates.len())), net })
    }

    /// Money at the start.
    pub(super) const fn capital(&self) -> f64 {
        self.pipeline.account.capital
    }

    /// The candidate's decisions with another direction: `direction` gives it by place, 0 = none. Everything else is as the rule
    /// sizes it without a view: leverage of the volatility target, the same stops.
    pub(super) fn with_directions(&self, calls: &[Call], direction: impl Fn(usize) -> i8) -> Vec<Plan> {
        let plan = |(k, call): (usize, &Call)| {
            let mut plan = call.plan();
            plan.signal.direction = direction(k);
            plan.signal.skip_trade = false;
            if plan.signal.leverage == 0.0 {
                plan.signal.leverage = 1.0;
            }
            plan
        };
        calls.iter().enumerate().map(plan).collect()
    }

    /// Bought at the first decision and held to the end, at its own value.
    pub(super) fn held(&self, calls: &[Call]) -> Vec<Plan> {
        let Some(first) = calls.first() else { return Vec::new() };
        let mut plan = first.plan();
        plan.leave = Instant::from_nanos(i64::MAX);
        plan.signal.direction = 1;
        plan.signal.skip_trade = false;
        plan.signal.leverage = 1.0;
        plan.signal.hard_stop = None;
        plan.signal.take_profit = None;
        plan.signal.trailing_activation = None;
        plan.signal.trailing_distance = None;
        vec![plan]
    }
}

fn by_session(series: &Series, rows: Range<usize>) -> Vec<Step> {
    rows.map(|row| {
        let bar = series.bars.row(row);
        let close = series.calendar.session_close(bar.date);
        let minutes = i64::from(series.calendar.session_minutes(bar.date).unwrap_or(24 * 60));
        let volume = if bar.volume >= 0.0 { bar.volume } else { 0.0 };
        let opened = close.plus_seconds(-60 * minutes);
        let (open, high, low, close) = (bar.open, bar.high, bar.low, bar.close);
        let bar_of_it = Bar { opened, open, high, low, close, volume };
        Step { time: bar.known_at, bar: Some(bar_of_it), ends: Some(bar.date) }
    })
    .collect()
}

/// Bars within sessions; a session is over when its bar by session is known, which its decisions rest on.
fn within_sessions(series: &Series, rows: Range<usize>) -> Vec<Step> {
    let mut steps = Vec::new();
    for row in rows {
        let date = series.dates()[row];
        let from = series.intraday.partition_point(|bar| bar.session < date);
        let to = series.intraday.partition_point(|bar| bar.session <= date);
        for bar in &series.intraday[from..to] {
            let volume = if bar.volume >= 0.0 { bar.volume } else { 0.0 };
            let (open, high, low, close) = (bar.open, bar.high, bar.low, bar.close);
            let bar_of_it = Bar { opened: bar.start, open, high, low, close, volume };
            steps.push(Step { time: bar.known_at, bar: Some(bar_of_it), ends: None });
        }
        let known = series.bars.known_ats()[row];
        match steps.last_mut().filter(|last| last.time >= known) {
            Some(last) => last.ends = Some(date),
            None => steps.push(Step { time: known, bar: None, ends: Some(date) }),
        }
    }
    steps
}
