//! Rules of the registry on the bars of the lake, by the event engine.
//!
//! A back-test is one look at one rule: it passes no gate and makes no candidate.

mod attribution;
mod feed;
mod files;
mod markdown;
mod request;
mod sheet;
mod summary;

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::engine::{
    AccountConfig, BarFills, Curve, Engine, EngineConfig, EngineError, Instrument, LimitRule, Log, RoundTrip,
    Scheduled, Settlement, Shorting,
};
use proofmark_execution::limits::Limits;
use proofmark_execution::strategies::{Fed, Params, Recipe, Rows, recipe, recipes};
use serde::Serialize;

pub use self::attribution::RegimeGain;
pub use self::files::write_backtest;
pub use self::markdown::tear_sheet_markdown;
pub use self::request::{BacktestRequest, Short, read_limits, read_sectors};
pub use self::sheet::tear_sheet;
pub use self::summary::{Backtest, Benchmark, CostLine, Measures, NameGain, Trades};

use self::feed::Feed;
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

/// A rule as the registry lists it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RecipeInfo {
    /// Its name.
    pub name: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// What may be set.
    pub settings: Vec<SettingInfo>,
}

/// A setting of a rule.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SettingInfo {
    /// Its name.
    pub name: &'static str,
    /// What it is, with its unit.
    pub doc: &'static str,
    /// Its value where nothing else is said.
    pub default: f64,
    /// Smallest value.
    pub least: f64,
    /// Largest value.
    pub most: f64,
}

/// Every rule that can be run.
pub fn list() -> Vec<RecipeInfo> {
    let setting = |p: &proofmark_execution::strategies::Param| SettingInfo {
        name: p.name,
        doc: p.doc,
        default: p.default,
        least: p.least,
        most: p.most,
    };
    let info = |recipe: &&dyn Recipe| RecipeInfo {
        name: recipe.name(),
        doc: recipe.doc(),
        settings: recipe.params().iter().map(setting).collect(),
    };
    recipes().iter().map(info).collect()
}

/// Runs a rule, and beside it on the same bars, costs and rules of trading what it has to beat: buying and holding, and where one
/// instrument may be short, being short always.
///
/// # Errors
/// The rule, a setting or the cost schedule does not exist; the lake holds no bar of the names in the span; the schedule is
/// not dated that far back.
pub fn run(ws: &Workspace, request: &BacktestRequest, reporter: &dyn Reporter) -> Result<Backtest> {
    let rule = recipe(&request.strategy).ok_or_else(|| {
        let known = recipes().iter().map(|recipe| recipe.name()).collect::<Vec<_>>().join(", ");
        AppError::input(format!("there is no strategy `{}`", request.strategy))
            .hint(format!("there are {known}"))
    })?;
    let params = Params::of(rule, request.set.iter().cloned())
        .map_err(|error| AppError::input("a setting cannot be used").because(error))?;
    let costs = request.costs()?;
    let feed = Feed::read(ws, request)?;
    let short_benchmark = feed.symbols().len() == 1 && request.shorting == Short::Allowed;
    let benchmarks: Vec<&str> = ["buy_and_hold"]
        .into_iter()
        .chain(short_benchmark.then_some("always_short"))
        .filter(|name| *name != rule.name())
        .collect();
    let work = Work::begin("backtest", 1, 1, vec![reporter]);
    work.expect((1 + benchmarks.len()) as u64);
    let outcome = simulate(&feed, request, &costs, rule, &params)?;
    work.step();
    let mut others = Vec::new();
    for name in benchmarks {
        let other = recipe(name).ok_or_else(|| AppError::bug("a benchmark is not in the registry"))?;
        let params = Params::of(other, [])
            .map_err(|error| AppError::bug("a benchmark's defaults are refused").because(error))?;
        others.push((name, simulate(&feed, request, &costs, other, &params)?));
        work.step();
    }
    work.end("done");
    Ok(summary::summarise(&feed, request, rule, &params, &costs, outcome, &others))
}

/// A run of one rule: what happened, and the positions it ended with.
struct Outcome {
    log: Log,
    open: Vec<RoundTrip>,
}

fn simulate(
    feed: &Feed,
    request: &BacktestRequest,
    costs: &CostSchedule,
    rule: &dyn Recipe,
    params: &Params,
) -> Result<Outcome> {
    let instrument = |symbol: &proofmark_units::Symbol| Instrument {
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
        ..Instrument::share(symbol.clone(), costs.currency())
    };
    let instruments: Vec<Instrument> = feed.symbols().iter().map(instrument).collect();
    let width = instruments.len();
    let account = AccountConfig {
        settle_sessions: request.settle_sessions,
        leverage: request.leverage,
        ..AccountConfig::cash(costs.currency(), request.capital)
    };
    let config = EngineConfig { account, curve: Curve::Sessions, keep_ended: false };
    let fills = BarFills { participation: request.participation, limits: LimitRule::Through };
    let mut engine = Engine::new(instruments, config, Scheduled::new(costs, width), fills).map_err(failed)?;
    if request.limits != Limits::default() {
        // A name without a sector misses what a sector limit needs, so that limit lets none of it be added.
        engine = engine.with_limits(request.limits.clone(), request.sectors.clone());
    }
    let texts = rule.columns(params);
    let columns = feed.columns(&texts)?;
    let mut rows = Rows::new(width, texts.len());
    let mut trader = rule.build(params, width, request.seed);
    let mut events = Vec::new();
    for step in 0..feed.len() {
        let time = feed.step(step, &mut events);
        columns.fill(step, &mut rows);
        let mut fed = Fed { trader: trader.as_mut(), rows: &rows };
        engine.step(time, &events, &mut fed).map_err(failed)?;
    }
    let open = engine.open_trips();
    Ok(Outcome { log: engine.into_log(), open })
}

fn failed(error: EngineError) -> AppError {
    let hint = match &error {
        EngineError::Undated(_) => "start later, or choose a schedule that is dated that far back",
        _ => "`proofmark backtest --help` says what may be set",
    };
    let kind = match &error {
        EngineError::Identity { .. } => AppError::bug("the back-test's books do not balance"),
        _ => AppError::input("the back-test cannot be run").hint(hint),
    };
    kind.because(error)
}
