//! A market with known truth: worlds that a pipeline must learn from, refuse, or find out.
//!
//! Returns of a symbol are `beta * market + three sector factors + own noise`, each with Student-t(5) shocks and
//! GARCH(1,1) volatility, under a Markov chain of calm, choppy and bear regimes with a positive overall drift. Every
//! session has an overnight gap, an intraday move and a range; volume is log-normal, persistent and moves with the size
//! of the return. Symbols list late, halt, split and miss single bars.
//!
//! [`Scenario::Edge`] adds to the intraday return of the next session `strength * sigma * s`, where the signal `s` is a
//! function of the symbol's own past bars as delivered (see `signal.rs`), less its mean over the symbols of the date.
//! [`Scenario::Null`] has the same shocks, regimes, factors and drift for the same seed, and nothing else: only the
//! link from signal to return is cut.
//!
//! Invariant: same [`WorldSpec`], same bytes; every purpose has a generator of its own, and no draw depends on a price.

mod events;
mod index;
mod market;
mod paths;
mod shocks;
mod signal;
mod spec;
mod stress;
mod world;

#[cfg(test)]
mod tests;

pub use market::Regime;
pub use paths::simulate;
pub use spec::{EDGE_STRENGTH, Scenario, WorldSpec, WorldSpecError};
pub use world::{BENCHMARK, Halt, Listing, SimulatedSymbol, Split, Truth, World};
