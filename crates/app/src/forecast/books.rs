//! The candidate's book beside what it has to beat, all through one engine, one account, one set of costs.

use proofmark_stats::moments::mean;
use proofmark_stats::performance::wealth;
use proofmark_units::{Date, Seed};
use proofmark_validation::{NaiveBook, Track};
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::definition::ForecastPipeline;
use super::series::Series;
use super::signals::Call;
use super::simulate::{Market, Traded};
use crate::error::Result;

/// Sessions behind the sign of the momentum rule.
const MOMENTUM: usize = 20;

/// Every book of a run.
pub(super) struct Books {
    pub(super) candidate: Traded,
    /// The candidate at other multiples of the costs of a fill, by multiple.
    pub(super) at_costs: Vec<(f64, Traded)>,
    /// What it is regressed on.
    pub(super) nulls: Vec<(&'static str, Traded)>,
    /// Rules without a model.
    pub(super) naive: Vec<NaiveBook>,
    /// Total return of each book of random directions, as many of each way as the candidate's, at its leverage and exits.
    pub(super) random: Vec<f64>,
}

/// The candidate's book beside those it is regressed on, over the same decisions.
pub(super) struct BookAndNulls {
    pub(super) candidate: Traded,
    pub(super) nulls: Vec<(&'static str, Traded)>,
}

impl BookAndNulls {
    pub(super) fn trade(market: &Market<'_>, calls: &[Call]) -> Result<Self> {
        let one_way = |way: i8| market.with_directions(calls, |_| way);
        Ok(Self {
            candidate: market.trade(calls.iter().map(Call::plan).collect(), 1.0, market.dynamic())?,
            nulls: vec![
                ("buy_and_hold", market.trade(market.held(calls), 1.0, None)?),
                ("always_long", market.trade(one_way(1), 1.0, None)?),
                ("always_short", market.trade(one_way(-1), 1.0, None)?),
            ],
        })
    }
}

impl Books {
    pub(super) fn trade(
        pipeline: &ForecastPipeline,
        series: &Series,
        market: &Market<'_>,
        calls: &[Call],
        seed: &Seed,
    ) -> Result<Self> {
        let own = || calls.iter().map(Call::plan).collect::<Vec<_>>();
        let BookAndNulls { candidate, nulls } = BookAndNulls::trade(market, calls)?;
        let at_costs = [0.0, 2.0, 3.0]
            .into_iter()
            .map(|multiple| Ok((multiple, market.trade(own(), multiple, market.dynamic())?)))
            .collect::<Result<_>>()?;
        let sign = |call: &Call| {
            let close = series.bars.close();
            let before = call.decision.row.checked_sub(MOMENTUM).map_or(f64::NAN, |row| close[row]);
            let change = close[call.decision.row] - before;
            if change > 0.0 { 1 } else { -i8::from(change < 0.0) }
        };
        let momentum = market.trade(market.with_directions(calls, |k| sign(&calls[k])), 1.0, None)?;
        let one_random = market.trade(random_plans(market, calls, &seed.child("random_rival")), 1.0, None)?;
        let per_year = series.calendar.periods_per_year();
        let naive = vec![
            naive("momentum_sign", &momentum, market.capital(), per_year),
            naive("random_directions", &one_random, market.capital(), per_year),
        ];
        let random = (0..pipeline.tests.random_books)
            .into_par_iter()
            .map(|k| {
                let plans = random_plans(market, calls, &seed.child("random").nth(k as u64));
                Ok(total(&market.trade(plans, 1.0, None)?.net))
            })
            .collect::<Result<_>>()?;
        Ok(Self { candidate, at_costs, nulls, naive, random })
    }

    /// The candidate's returns with those it is regressed on.
    pub(super) fn track(&self, horizon: usize, periods_per_year: f64) -> Track<'_> {
        self.track_of(&self.candidate, horizon, periods_per_year)
    }

    /// The same for the candidate at another multiple of costs.
    pub(super) fn track_of<'a>(
        &'a self,
        own: &'a Traded,
        horizon: usize,
        periods_per_year: f64,
    ) -> Track<'a> {
        let factors = self.nulls.iter().map(|(name, book)| (*name, book.net.as_slice())).collect();
        Track { dates: &own.dates, net: &own.net, factors, horizon, periods_per_year }
    }

    /// Share of the random books that earned at least what the candidate did, counting it among them.
    pub(super) fn random_p(&self) -> f64 {
        let own = total(&self.candidate.net);
        let as_good = self.random.iter().filter(|r| **r >= own).count();
        (1 + as_good) as f64 / (1 + self.random.len()) as f64
    }
}

/// The candidate's weeks with its directions dealt anew among them: exposure, leverage and exits stay.
fn random_plans(
    market: &Market<'_>,
    calls: &[Call],
    seed: &Seed,
) -> Vec<proofmark_execution::strategies::Plan> {
    let mut directions: Vec<i8> =
        calls.iter().map(|call| if call.signal.trades() { call.signal.direction } else { 0 }).collect();
    directions.shuffle(&mut seed.rng());
    market.with_directions(calls, |k| directions[k])
}

fn naive(name: &str, traded: &Traded, capital: f64, per_year: f64) -> NaiveBook {
    NaiveBook {
        name: name.to_owned(),
        net: traded.net.clone(),
        turnover: turnover(traded, capital, per_year),
        trades: traded.log.fills.len(),
    }
}

/// Value traded a year over mean equity.
pub(super) fn turnover(traded: &Traded, capital: f64, per_year: f64) -> f64 {
    let equity: Vec<f64> = traded.log.equity.iter().map(|(_, equity)| *equity).collect();
    let years = traded.net.len() as f64 / per_year;
    traded.log.traded / mean(&equity).unwrap_or(capital) / years
}

/// Compounded gain.
pub(super) fn total(net: &[f64]) -> f64 {
    wealth(net).last().map_or(0.0, |w| w - 1.0)
}

/// The part of returns whose dates lie in a year.
pub(super) fn in_year(dates: &[Date], net: &[f64], year: i32) -> Vec<f64> {
    dates.iter().zip(net).filter(|(date, _)| date.year() == year).map(|(_, r)| *r).collect()
}
