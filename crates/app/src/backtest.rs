//! Rules of the registry on the bars of the lake, by the event engine.
//!
//! A back-test is one look at one rule: it passes no gate and makes no candidate, and it is a trial that later results are deflated
//! for.

mod attribution;
mod capacity;
mod feed;
mod files;
mod guards;
mod markdown;
mod measures;
mod parts;
mod prices;
mod request;
mod sheet;
mod simulate;
mod summary;
mod trial;

use proofmark_execution::strategies::{Params, Recipe, recipe, recipes};
use serde::Serialize;

pub use self::attribution::RegimeGain;
pub use self::capacity::{Capacity, CapacityPoint};
pub use self::files::write_backtest;
pub use self::guards::{
    Accuracy, Act, DailyLoss, GuardSettings, Held, Insistence, PersonAct, Weekly, guard_in_words, read_guards,
};
pub use self::markdown::tear_sheet_markdown;
pub use self::measures::{Measures, Trades};
pub use self::parts::{ParsePartsError, PartsRequest};
pub use self::prices::{PricePath, TradePoint};
pub use self::request::{BacktestRequest, Short, read_limits, read_sectors};
pub use self::sheet::tear_sheet;
pub use self::summary::{Backtest, Benchmark, CostLine, NameGain};
pub use self::trial::SeenTrial;

use self::feed::Feed;
use self::simulate::Setting;
use self::summary::{Beside, Fit};
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
/// instrument may be short, being short always. With `capacity` the rule is run again at growing capital.
///
/// It is a look at data, so it is in the ledger of trials before it is handed out, and the same look again is the same trial; runs at
/// other capital are no trials of their own, as those at other costs are none.
///
/// # Errors
/// The rule, a setting or the cost schedule does not exist; the lake holds no bar of the names in the span; the schedule is
/// not dated that far back; the ledger cannot be written.
pub fn run(
    ws: &Workspace,
    request: &BacktestRequest,
    capacity: bool,
    reporter: &dyn Reporter,
) -> Result<Backtest> {
    let rule = recipe(&request.strategy).ok_or_else(|| {
        let known = recipes().iter().map(|recipe| recipe.name()).collect::<Vec<_>>().join(", ");
        AppError::input(format!("there is no strategy `{}`", request.strategy))
            .hint(format!("there are {known}"))
    })?;
    let params = Params::of(rule, request.set.iter().cloned())
        .map_err(|error| AppError::input("a setting cannot be used").because(error))?;
    let costs = request.costs()?;
    let feed = Feed::read(ws, request)?;
    let setting = Setting { feed: &feed, request, costs: &costs };
    let benchmarks = benchmarks(&setting, rule)?;
    let work = Work::begin("backtest", 1, 1, vec![reporter]);
    work.expect((1 + benchmarks.len()) as u64);
    let outcome = setting.run(rule, &params, request.capital, request.guards.as_ref())?;
    work.step();
    let mut others = Vec::new();
    for (name, rule, params) in &benchmarks {
        others.push((*name, setting.run(*rule, params, request.capital, None)?));
        work.step();
    }
    let fit = Fit::of(&setting, request.capital, &outcome, &others);
    let capacity = match capacity {
        true => {
            let first = CapacityPoint::of(&setting, request.capital, &outcome, &fit);
            Some(capacity::curve(&setting, (rule, &params), &others, first, &work)?)
        }
        false => None,
    };
    let trial = trial::record(ws, &setting, (rule.name(), &params), fit.series())?;
    work.end("done");
    let beside = Beside { trial, capacity };
    Ok(summary::summarise(&setting, (rule, &params), outcome, &others, &fit, beside))
}

/// What a rule has to beat, with the settings they have by default.
fn benchmarks(
    setting: &Setting<'_>,
    rule: &dyn Recipe,
) -> Result<Vec<(&'static str, &'static dyn Recipe, Params)>> {
    let may_be_short = setting.feed.symbols().len() == 1 && setting.request.shorting == Short::Allowed;
    ["buy_and_hold"]
        .into_iter()
        .chain(may_be_short.then_some("always_short"))
        .filter(|name| *name != rule.name())
        .map(|name| {
            let other = recipe(name).ok_or_else(|| AppError::bug("a benchmark is not in the registry"))?;
            let params = Params::of(other, [])
                .map_err(|error| AppError::bug("a benchmark's defaults are refused").because(error))?;
            Ok((name, other, params))
        })
        .collect()
}
