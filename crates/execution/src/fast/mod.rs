//! Target weights over whole columns of bars: the engine's money without its step.
//!
//! [`run`] gives the equity that [`Engine`](crate::engine::Engine) gives where a strategy calls
//! [`Desk::target_weights`](crate::engine::Desk::target_weights) on the same bars, with the same instruments, account and
//! costs and without a cap on participation; a property test holds the two together to 1e-9. A decision at the close of a
//! step fills at the next open of its instrument; sales go before purchases, and purchases are scaled by one factor where
//! cash is short. Steps at which nothing is decided and nothing waits cost a multiplication.
//!
//! What only the engine does: other orders than market ones, limits, quotes, splits, dividends, margin, several currencies,
//! proceeds that settle later, a log of each fill.
//!
//! Invariant: a step reads nothing later. Invariant: results do not depend on the number of threads.

mod columns;
mod money;
mod targets;

use rayon::prelude::*;

use crate::costs::{HoldingError, Undated};
use crate::engine::{AccountConfig, Costs, Instrument};

pub use columns::{Columns, ColumnsError};
use money::Money;
pub use targets::{Grid, Listed, Target, Targets, TargetsError, long_flat};

/// A run could not be made or finished.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FastError {
    /// Account, instruments and columns do not go together, or ask for what this path does not do.
    #[error("the fast path cannot be set up: {what}")]
    Setup {
        /// What is wrong.
        what: String,
    },
    /// The targets are not for these columns.
    #[error(transparent)]
    Targets(#[from] TargetsError),
    /// The cost model has no rates for the time of a fill.
    #[error(transparent)]
    Undated(#[from] Undated),
    /// What holding a position costs is not known.
    #[error(transparent)]
    Holding(#[from] HoldingError),
}

/// How a run ended, in the account's currency.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ends {
    /// Executions; an order that crosses zero has two.
    pub fills: u64,
    /// Cash and positions at the last step.
    pub equity: f64,
    /// Costs of all fills; what holding cost is not in it.
    pub costs: f64,
    /// Value traded.
    pub traded: f64,
}

/// Runs `targets`; equity at each step, in the account's currency, and how it ended.
///
/// `instruments` go by the columns' order. All are priced in the account's one currency and paid in full; positions overnight
/// may be short where [`Shorting::Allowed`](crate::engine::Shorting) says so.
///
/// # Errors
/// [`FastError`].
pub fn run<C: Costs, T: Targets>(
    columns: &Columns<'_>,
    targets: &T,
    instruments: &[Instrument],
    account: &AccountConfig,
    costs: C,
) -> Result<(Vec<f64>, Ends), FastError> {
    let mut equity = Vec::with_capacity(columns.steps());
    let ends = steps(columns, targets, instruments, account, costs, Some(&mut equity))?;
    Ok((equity, ends))
}

/// As [`run`], without equity at each step: what is left is work where something is decided or trades.
///
/// # Errors
/// [`FastError`].
pub fn run_ends<C: Costs, T: Targets>(
    columns: &Columns<'_>,
    targets: &T,
    instruments: &[Instrument],
    account: &AccountConfig,
    costs: C,
) -> Result<Ends, FastError> {
    steps(columns, targets, instruments, account, costs, None)
}

/// [`run_ends`] for many variants on the threads of the present rayon pool, in the order of the variants. `targets` makes a
/// variant's decisions on the thread that runs it, so that as many are in memory as there are threads.
///
/// # Errors
/// That of the first variant, in their order, that has one.
pub fn sweep<V: Sync, C: Costs + Clone + Sync, T: Targets>(
    columns: &Columns<'_>,
    variants: &[V],
    targets: impl Fn(&V) -> T + Sync,
    instruments: &[Instrument],
    account: &AccountConfig,
    costs: &C,
) -> Result<Vec<Ends>, FastError> {
    let one = |variant: &V| run_ends(columns, &targets(variant), instruments, account, costs.clone());
    // Collected before the first error is looked for: which thread fails first must not matter.
    let all: Vec<_> = variants.par_iter().map(one).collect();
    all.into_iter().collect()
}

fn steps<C: Costs, T: Targets>(
    columns: &Columns<'_>,
    targets: &T,
    instruments: &[Instrument],
    account: &AccountConfig,
    costs: C,
    mut equity: Option<&mut Vec<f64>>,
) -> Result<Ends, FastError> {
    let (steps, width) = (columns.steps(), columns.instruments());
    if width == 0 {
        return Err(FastError::Setup { what: "there is no instrument".to_owned() });
    }
    targets.check(steps, width)?;
    let mut money = Money::new(columns, instruments, account, costs)?;
    let mut named = Vec::new();
    let (mut decision, mut session_end) = (targets.next(0, width), columns.next_session_end(0));
    let mut step = 0;
    while step < steps {
        if money.is_waiting() {
            money.open(step)?;
        }
        money.mark(step);
        if session_end == Some(step) {
            money.end_session(step)?;
            session_end = columns.next_session_end(step + 1);
        }
        if let Some(equity) = &mut equity {
            equity.push(money.equity());
        }
        if decision == Some(step) {
            named.clear();
            targets.named(step, width, &mut named);
            money.decide(&named);
            decision = targets.next(step + 1, width);
        }
        step += 1;
        if !money.is_waiting() {
            let until = [decision, session_end].into_iter().flatten().min().unwrap_or(steps);
            money.pass(step..until, equity.as_deref_mut());
            step = until;
        }
    }
    Ok(money.ends())
}
