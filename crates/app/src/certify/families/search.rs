//! What several families share: persistent noise as scores, and the records of trials that were tried and not chosen.

use proofmark_execution::costs::CostSchedule;
use proofmark_stats::active::active_return;
use proofmark_stats::regression::newey_west_lag;
use proofmark_units::{Digest, Seed};
use proofmark_validation::TrialReturns;
use rand_distr::{Distribution as _, StandardNormal};

use super::super::judge::candidate;
use super::super::world::{Case, HORIZON, Market};
use crate::error::{AppError, Result};

/// Positive scores from a normal walk that forgets: value(t) = rho value(t-1) + sqrt(1 - rho^2) noise.
pub(super) fn noise(market: &Market, rho: f64, seed: &Seed) -> Vec<f64> {
    let mut rng = seed.rng();
    let mut normal = move || -> f64 { StandardNormal.sample(&mut rng) };
    let mut state: Vec<f64> = (0..market.panel.width()).map(|_| normal()).collect();
    let fresh = (1.0 - rho * rho).sqrt();
    market.grid(|_, row| {
        for (value, state) in row.iter_mut().zip(&mut state) {
            *state = rho * *state + fresh * normal();
            *value = positive(*state);
        }
    })
}

/// A score above 0 in the order of `z`: a book holds nothing else.
pub(super) fn positive(z: f64) -> f64 {
    1.0 / (1.0 + (-z).exp())
}

/// The active returns of a case's book under other scores, kept as a trial.
pub(super) fn trial(
    case: &Case,
    factors: &[(&str, &[f64])],
    scores: &[f64],
    costs: &CostSchedule,
    number: u64,
) -> Result<TrialReturns> {
    let Case { market, config, .. } = case;
    let bug = || AppError::bug("a trial of the bench cannot be run");
    let book = proofmark_execution::book::run_book(&market.panel, Some(scores), config, costs, market.span)
        .map_err(|e| bug().because(e))?;
    let net = &book.net_return[1..];
    let fit =
        active_return(net, factors, newey_west_lag(net.len(), HORIZON)).map_err(|e| bug().because(e))?;
    Ok(TrialReturns {
        key: Digest::of(&number.to_le_bytes()),
        dates: book.dates[1..].to_vec(),
        active: fit.series,
    })
}

/// Null books and benchmark of a case, which all its trials share.
pub(super) fn factors(case: &Case) -> Result<Vec<(String, Vec<f64>)>> {
    let books = proofmark_validation::run_books(&candidate(case, case.market.span), 1.0)
        .map_err(|e| AppError::bug("the bench's null books").because(e))?;
    Ok(books.factors().iter().map(|(name, returns)| ((*name).to_owned(), returns.to_vec())).collect())
}

/// Runs `count` skill-less trials, takes the best by `merit` as the candidate and leaves the others in its ledger.
pub(super) fn best_of(
    case: Case,
    count: u64,
    scores: impl Fn(&Market, u64) -> Vec<f64> + Sync,
    merit: impl Fn(&TrialReturns) -> f64,
) -> Result<Case> {
    use rayon::prelude::*;
    let named = factors(&case)?;
    let views: Vec<(&str, &[f64])> = named.iter().map(|(n, r)| (n.as_str(), r.as_slice())).collect();
    let costs = case.costs.clone();
    let trials: Vec<TrialReturns> = (0..count)
        .into_par_iter()
        .map(|k| trial(&case, &views, &scores(&case.market, k), &costs, k))
        .collect::<Result<_>>()?;
    let best =
        (0..trials.len()).fold(0, |best, k| if merit(&trials[k]) > merit(&trials[best]) { k } else { best });
    let chosen = scores(&case.market, best as u64);
    let others = trials.into_iter().enumerate().filter(|(k, _)| *k != best).map(|(_, t)| t).collect();
    Ok(Case { scores: chosen, ..case }.with_trials(others))
}
