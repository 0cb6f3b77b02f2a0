//! The features made of option chains, and their columns.

use super::row::SurfaceRow;
use crate::ContextDefinition;
use crate::context_definition::KNOWN_AT_ROW;
use crate::trailing::{percentile, range_rank, rolling};

/// Sessions of a year.
const YEAR: usize = 252;
/// The fewest known values in a year that have a rank: half a year.
const LEAST: usize = 126;

/// What is made of the values of a window, the newest last.
type History = fn(&[f64]) -> Option<f64>;

/// A feature over the chains of successive sessions.
#[derive(Debug, Clone, Copy)]
pub struct SurfaceFeature {
    /// Its papers; `look_back` counts sessions.
    pub definition: ContextDefinition,
    value: fn(&SurfaceRow) -> Option<f64>,
    /// What is made of the value and those before it; the value itself where there is nothing.
    history: Option<History>,
}

impl SurfaceFeature {
    /// One value a session, NaN where it is missing, as where the session has no chain; session `t` sees those up to `t`
    /// alone.
    pub fn column(&self, rows: &[Option<SurfaceRow>]) -> Vec<f64> {
        let value = |row: &Option<SurfaceRow>| {
            row.as_ref().and_then(self.value).filter(|v| v.is_finite()).unwrap_or(f64::NAN)
        };
        let values: Vec<f64> = rows.iter().map(value).collect();
        match self.history {
            Some(history) => rolling(&values, self.definition.look_back, history),
            None => values,
        }
    }
}

const fn of_chain(
    name: &'static str,
    (unit, stationary): (&'static str, bool),
    doc: &'static str,
    source: &'static str,
    value: fn(&SurfaceRow) -> Option<f64>,
) -> SurfaceFeature {
    let definition = ContextDefinition {
        name,
        doc,
        inputs: &["option chain"],
        look_back: 1,
        lag: KNOWN_AT_ROW,
        unit,
        stationary,
        source,
    };
    SurfaceFeature { definition, value, history: None }
}

const fn of_year(
    name: &'static str,
    doc: &'static str,
    source: &'static str,
    history: History,
) -> SurfaceFeature {
    let one = of_chain(name, ("fraction", true), doc, source, |row| row.at_the_money_30);
    SurfaceFeature {
        definition: ContextDefinition { look_back: YEAR, ..one.definition },
        history: Some(history),
        ..one
    }
}

const VOLATILITY: (&str, bool) = ("volatility a year", true);

/// Every feature of option chains, in the order help and reports print them.
pub const SURFACE_FEATURES: &[SurfaceFeature] = &[
    of_chain(
        "opt_iv_30",
        VOLATILITY,
        "implied volatility at the forward in 30 calendar days: variance linear in log strike, total variance linear in time; missing where expiries do not enclose 30 days",
        "Cboe VIX methodology for the maturity; Black (1976) for the volatility",
        |row| row.at_the_money_30,
    ),
    of_year(
        "opt_iv_rank",
        "(opt_iv_30 - lowest) / (highest - lowest) of the last 252 sessions, its own included; missing below 126 known values",
        "range of a year",
        |window| range_rank(window, LEAST),
    ),
    of_year(
        "opt_iv_percentile",
        "share of the other values of opt_iv_30 in the last 252 sessions that lie below it, an equal one half; missing below 126 known values",
        "empirical distribution of a year",
        |window| percentile(window, LEAST),
    ),
    of_chain(
        "opt_term_slope",
        VOLATILITY,
        "opt_iv_30 in 90 days less the one in 30: below 0 the near term is feared",
        "Cboe VIX and VIX3M, at the money",
        |row| Some(row.at_the_money_90? - row.at_the_money_30?),
    ),
    of_chain(
        "opt_risk_reversal",
        VOLATILITY,
        "volatility of the call with a forward delta of 0.25 less that of the put with -0.25, both in 30 days",
        "Reiswich & Wystup (2010), A guide to FX options quoting conventions",
        |row| row.risk_reversal_30,
    ),
    of_chain(
        "opt_butterfly",
        VOLATILITY,
        "mean volatility of the call and the put with a forward delta of a quarter, less the one at the money, in 30 days",
        "Reiswich & Wystup (2010), A guide to FX options quoting conventions",
        |row| row.butterfly_30,
    ),
    of_chain(
        "opt_skew_slope",
        ("volatility per standard deviation", true),
        "slope of volatility on log moneyness in standard deviations, within one of the forward, linear in time to 30 days; missing below 5 strikes",
        "own definition, after Backus, Foresi & Wu (1997)",
        |row| row.slope_30,
    ),
    of_chain(
        "opt_volume",
        ("contracts", false),
        "contracts traded in the session, all expiries",
        "exchange convention",
        |row| row.volume,
    ),
    of_chain(
        "opt_open_interest",
        ("contracts", false),
        "contracts outstanding, all expiries",
        "exchange convention",
        |row| row.open_interest,
    ),
    of_chain(
        "opt_put_call_volume",
        ("ratio", true),
        "puts over calls traded, all expiries; missing where no call traded",
        "Pan & Poteshman (2006), with all volume and not that of new buyers",
        |row| row.put_call_volume,
    ),
    of_chain(
        "opt_put_call_open_interest",
        ("ratio", true),
        "puts over calls outstanding, all expiries; missing where no call is",
        "exchange convention",
        |row| row.put_call_open_interest,
    ),
    of_chain(
        "opt_gamma_exposure",
        ("money per 1 %", false),
        "open interest x gamma x forward^2 x multiplier / 100, calls plus, puts minus: the change of dealers' delta when the underlying rises by 1 %, if they are long calls and short puts; missing where under 90 % of the open interest of all expiries has a volatility",
        "SqueezeMetrics (2016), Gamma exposure",
        |row| row.net.map(|net| net.gamma),
    ),
    of_chain(
        "opt_delta_exposure",
        ("money", false),
        "open interest x delta x forward x multiplier, calls plus, puts minus: what dealers' positions are worth in the underlying, if they are long calls and short puts; missing values as opt_gamma_exposure",
        "as opt_gamma_exposure",
        |row| row.net.map(|net| net.delta),
    ),
    of_chain(
        "opt_gamma_balance",
        ("ratio", true),
        "opt_gamma_exposure over the same sum without signs, -1 to 1",
        "own definition",
        |row| Some(row.net?.gamma / row.gross.map(|gross| gross.gamma).filter(|gamma| *gamma > 0.0)?),
    ),
    of_chain(
        "opt_vega_exposure",
        ("money per 0.01 of volatility", false),
        "open interest x vega x multiplier / 100, signs and missing values as opt_gamma_exposure",
        "as opt_gamma_exposure",
        |row| row.net.map(|net| net.vega),
    ),
];
