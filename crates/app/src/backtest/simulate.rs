//! One run of one rule through the event engine.

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::engine::{
    AccountConfig, BarFills, Curve, Engine, EngineConfig, EngineError, Instrument, LimitRule, Log, RoundTrip,
    Scheduled, Settlement, Shorting,
};
use proofmark_execution::limits::Limits;
use proofmark_execution::strategies::{Fed, Params, Recipe, Rows};

use super::feed::Feed;
use super::guards::{GuardSettings, People};
use super::request::{BacktestRequest, Short};
use crate::error::{AppError, Result};

/// What a run leaves: what happened, and the positions it ended with.
pub(super) struct Outcome {
    pub(super) log: Log,
    pub(super) open: Vec<RoundTrip>,
}

/// The bars, the account and the costs that rules are run on.
#[derive(Clone, Copy)]
pub(super) struct Setting<'a> {
    pub(super) feed: &'a Feed,
    pub(super) request: &'a BacktestRequest,
    pub(super) costs: &'a CostSchedule,
}

impl Setting<'_> {
    /// Runs a rule with so much money. A benchmark passes the limits of the account as the strategy does, but nobody watches it: a
    /// guard that has closed what there is to beat would make it easy to beat.
    pub(super) fn run(
        &self,
        rule: &dyn Recipe,
        params: &Params,
        capital: f64,
        watched: Option<&GuardSettings>,
    ) -> Result<Outcome> {
        let Self { feed, request, costs } = *self;
        let instruments: Vec<Instrument> =
            feed.symbols().iter().map(|symbol| self.instrument(symbol)).collect();
        let width = instruments.len();
        let account = AccountConfig {
            settle_sessions: request.settle_sessions,
            leverage: request.leverage,
            ..AccountConfig::cash(costs.currency(), capital)
        };
        let config = EngineConfig { account, curve: Curve::Sessions, keep_ended: false };
        let fills = BarFills { participation: request.participation, limits: LimitRule::Through };
        let mut engine =
            Engine::new(instruments, config, Scheduled::new(costs, width), fills).map_err(failed)?;
        if request.limits != Limits::default() {
            // A name without a sector misses what a sector limit needs, so that limit lets none of it be added.
            engine = engine.with_limits(request.limits.clone(), request.sectors.clone());
        }
        if let Some(settings) = watched {
            let guards = settings
                .guards(request.limits.drawdown.as_ref())
                .map_err(|error| AppError::bug("guards that were checked cannot be set up").because(error))?;
            engine = engine.with_guards(guards);
        }
        let mut people = People::of(watched, feed.span().start)?;
        let texts = rule.columns(params);
        let columns = feed.columns(&texts)?;
        let mut rows = Rows::new(width, texts.len());
        let mut trader = rule.build(params, width, request.seed);
        let mut events = Vec::new();
        for step in 0..feed.len() {
            if let Some(session) = feed.begins(step) {
                people.act(&mut engine, session).map_err(|error| failed(error.into()))?;
            }
            let time = feed.step(step, &mut events);
            columns.fill(step, &mut rows);
            if let Some(parts) = request.parts {
                engine.work_in_parts(parts.at(feed, step, request.interval));
            }
            let mut fed = Fed { trader: trader.as_mut(), rows: &rows };
            engine.step(time, &events, &mut fed).map_err(failed)?;
        }
        let open = engine.open_trips();
        Ok(Outcome { log: engine.into_log(), open })
    }

    fn instrument(&self, symbol: &proofmark_units::Symbol) -> Instrument {
        let request = self.request;
        Instrument {
            lot: request.lot,
            shorting: match request.shorting {
                Short::Never => Shorting::Never,
                Short::WithinSession => Shorting::WithinSession,
                Short::Allowed => Shorting::Allowed,
            },
            settlement: match request.deposit {
                Some(initial) => Settlement::Margined { initial, maintenance: initial / 2.0 },
                None => Settlement::Cash,
            },
            ..Instrument::share(symbol.clone(), self.costs.currency())
        }
    }
}

fn failed(error: EngineError) -> AppError {
    let hint = match &error {
        EngineError::Undated(_) => "start later, or choose a schedule that is dated that far back",
        EngineError::Time { .. } => {
            "bars are traded in the order in which they became known; another delivery corrected one of them"
        }
        EngineError::Guard(_) => "docs/LIMITS.md tells what each guard takes",
        _ => "`proofmark backtest --help` says what may be set",
    };
    let kind = match &error {
        EngineError::Identity { .. } => AppError::bug("the back-test's books do not balance"),
        _ => AppError::input("the back-test cannot be run").hint(hint),
    };
    kind.because(error)
}
