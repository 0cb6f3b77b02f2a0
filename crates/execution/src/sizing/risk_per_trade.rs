//! Shares such that a stop costs a stated fraction of equity.

use super::{SizingError, ensure, positive, share};

/// Shares (not rounded) whose loss from `entry` to `stop` is `risk` x `strength` of `equity`.
///
/// - `equity`: money, positive. `risk`: fraction of it, 0 to 1. `strength`: of the signal, 0 to 1.
/// - `entry`, `stop`: prices in the same currency, positive and different; long or short alike.
///
/// Costs and gaps through the stop come on top (Tharp 1998, Trade Your Way to Financial Freedom, ch. 12:
/// percent risk).
///
/// # Errors
/// [`SizingError::Value`] for a number out of range.
pub fn fixed_fractional(
    equity: f64,
    risk: f64,
    strength: f64,
    entry: f64,
    stop: f64,
) -> Result<f64, SizingError> {
    positive("entry", entry)?;
    positive("stop", stop)?;
    at_risk(equity, risk, strength, "stop distance", (entry - stop).abs())
}

/// Shares (not rounded) whose loss over `multiple` average true ranges is `risk` x `strength` of `equity`.
///
/// `atr` is in price units; one that is 0 or missing is an error and never a smaller or larger position by
/// another rule.
///
/// # Errors
/// [`SizingError::Value`] for a number out of range.
pub fn atr_based(equity: f64, risk: f64, strength: f64, atr: f64, multiple: f64) -> Result<f64, SizingError> {
    positive("atr", atr)?;
    positive("multiple", multiple)?;
    at_risk(equity, risk, strength, "multiple x atr", multiple * atr)
}

/// Shares (not rounded) worth `fraction` x `strength` of `equity`: a share of value, which says nothing about
/// the risk.
///
/// # Errors
/// [`SizingError::Value`] for a number out of range.
pub fn fixed_notional(equity: f64, fraction: f64, strength: f64, price: f64) -> Result<f64, SizingError> {
    at_risk(equity, fraction, strength, "price", price)
}

fn at_risk(
    equity: f64,
    risk: f64,
    strength: f64,
    what: &'static str,
    loss_per_share: f64,
) -> Result<f64, SizingError> {
    positive("equity", equity)?;
    share("risk", risk)?;
    share("strength", strength)?;
    positive(what, loss_per_share)?;
    let shares = equity * risk * strength / loss_per_share;
    ensure(shares.is_finite(), "shares", shares, "finite")?;
    Ok(shares)
}
