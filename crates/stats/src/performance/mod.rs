//! Performance of a series of simple returns per period (fractions).
//!
//! Against quantstats 0.0.86 on the same returns (measured, see `tests/it/suite_parity.rs` and `cargo xtask parity measures`):
//!
//! | measure | agrees | difference |
//! |---|---|---|
//! | Sharpe | to rounding | its `rf` is annual; ours are returns already net of it |
//! | volatility, growth (`cagr`) | to rounding | there a year is `periods` returns as well |
//! | maximum drawdown | to rounding, sign turned | there a negative number, here a positive depth |
//! | Calmar | to rounding | - |
//! | Sortino | to rounding at a target of 0 | there shortfall is always below 0, here below the target |
//! | hit rate | where no return is 0 | `win_rate` leaves zero returns out, here they are no hits |
//! | omega | to rounding at a threshold of 0 | - |
//! | expected shortfall | to rounding with `method="historical"` | there that of a fitted normal by default, here that of the sample |

mod drawdown;
mod growth;
mod ratios;
mod tail;

pub use drawdown::{Drawdown, Window, drawdown_series, max_drawdown, worst_window};
pub use growth::{running_sum, wealth};
pub use ratios::{
    annualised, cagr, calmar, downside_deviation, hit_rate, sharpe_per_period, sortino, volatility,
};
pub use tail::{expected_shortfall, omega};
