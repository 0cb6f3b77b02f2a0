//! Stop, target and maximum hold: the exits of a position, as the strategy executes them.

use serde::{Deserialize, Serialize};

use crate::rule::{Outcome, Rule, at_least, require};
use crate::series::Series;
use crate::{LabelGrid, LabelSpecError};

/// Which way a position earns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Earns when the price rises.
    Long,
    /// Earns when the price falls.
    Short,
}

impl Side {
    /// 1 for long, -1 for short: what a return of the instrument is multiplied by.
    pub const fn sign(self) -> f64 {
        match self {
            Self::Long => 1.0,
            Self::Short => -1.0,
        }
    }
}

/// The three barriers of a position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Barriers {
    /// Loss that closes the position, a fraction of the entry price above 0; a long position's is never reached from 1 on.
    pub stop_loss: f64,
    /// Gain that closes the position, a fraction of the entry price, above 0.
    pub take_profit: f64,
    /// A position entered at the open of bar `e` is closed at the open of bar `e + max_hold` at the latest.
    pub max_hold: usize,
}

/// Why a position was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExitReason {
    /// A later bar opened at or beyond the stop: filled at that open.
    GapExitSl,
    /// A later bar opened at or beyond the target: filled at that open.
    GapExitTp,
    /// The bar reached the stop: filled at the stop.
    SlHit,
    /// The bar reached the target and not the stop: filled at the target.
    TpHit,
    /// The maximum hold was over: filled at the open.
    MaxHold,
}

/// Where a position was closed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BarrierExit {
    /// Bar of the exit.
    pub bar: usize,
    /// Price of the exit.
    pub price: f64,
    /// Why.
    pub reason: ExitReason,
}

/// The exit of a position entered at the open of bar `entry`; `None` while it is still open at the last bar.
///
/// Every bar after the entry is checked at its open first (stop, then target, then maximum hold), then, also on the
/// entry bar, by its worst price for this side (the low of a long position, the high of a short one) and only then by
/// its best: when both barriers lie inside one bar the stop is assumed to have come first. The columns hold the
/// symbol's own bars and are equally long.
pub fn first_touch(
    open: &[f64],
    high: &[f64],
    low: &[f64],
    entry: usize,
    side: Side,
    barriers: &Barriers,
) -> Option<BarrierExit> {
    let price = *open.get(entry)?;
    let sign = side.sign();
    let (worst, best) = match side {
        Side::Long => (low, high),
        Side::Short => (high, low),
    };
    let (stop, target) =
        (price * (1.0 - sign * barriers.stop_loss), price * (1.0 + sign * barriers.take_profit));
    let latest = entry.saturating_add(barriers.max_hold);
    for bar in entry..open.len().min(latest.saturating_add(1)) {
        let exit = |price, reason| Some(BarrierExit { bar, price, reason });
        if bar > entry {
            if sign * open[bar] <= sign * stop {
                return exit(open[bar], ExitReason::GapExitSl);
            }
            if sign * open[bar] >= sign * target {
                return exit(open[bar], ExitReason::GapExitTp);
            }
        }
        if bar == latest {
            return exit(open[bar], ExitReason::MaxHold);
        }
        if sign * worst[bar] <= sign * stop {
            return exit(stop, ExitReason::SlHit);
        }
        if sign * best[bar] >= sign * target {
            return exit(target, ExitReason::TpHit);
        }
    }
    None
}

/// The outcome at the barriers of a decision at the close of own bar `k`.
pub(crate) fn outcome(series: &Series, k: usize, side: Side, barriers: &Barriers) -> Option<Outcome> {
    let entry = k + 1;
    let price = *series.open.get(entry)?;
    let (last, at_the_latest) = series.exit_at_open(entry.saturating_add(barriers.max_hold))?;
    let touch = first_touch(&series.open, &series.high, &series.low, entry, side, barriers);
    let (exit, paid, reason) =
        touch.map_or((last, at_the_latest, None), |touch| (touch.bar, touch.price, Some(touch.reason)));
    Some(Outcome { entry, exit, last, forward_return: paid / price - 1.0, statistic: f64::NAN, reason })
}

/// [`crate::LabelSpec::TripleBarrier`].
pub(crate) struct TripleBarrier(pub(crate) Barriers);

impl Rule for TripleBarrier {
    fn check(&self) -> Result<(), LabelSpecError> {
        let Barriers { stop_loss, take_profit, max_hold } = self.0;
        let loss = stop_loss > 0.0 && stop_loss < 1.0;
        require(loss, "stop_loss", stop_loss, "a fraction between 0 and 1")?;
        let gain = take_profit > 0.0 && take_profit.is_finite();
        require(gain, "take_profit", take_profit, "a fraction above 0")?;
        at_least(max_hold, 1, "max_hold", "at least 1")
    }

    fn unit(&self) -> String {
        format!(
            "simple return from the next open to the exit, in units of the stop's distance {}",
            self.0.stop_loss
        )
    }

    fn horizon(&self) -> usize {
        self.0.max_hold
    }

    fn units(&self, series: &Series) -> Vec<f64> {
        vec![self.0.stop_loss; series.len()]
    }

    fn outcome(&self, series: &Series, k: usize, _unit: f64) -> Option<Outcome> {
        outcome(series, k, Side::Long, &self.0)
    }

    fn classify(&self, grid: &mut LabelGrid, _width: usize) {
        grid.classify_scaled(0.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars as (open, high, low); a long position entered at 100 with stop 97, target 106, three bars.
    #[track_caller]
    fn check(bars: &[(f64, f64, f64)], want: Option<(usize, f64, ExitReason)>) {
        check_side(Side::Long, bars, want);
    }

    #[track_caller]
    fn check_side(side: Side, bars: &[(f64, f64, f64)], want: Option<(usize, f64, ExitReason)>) {
        let column = |f: fn(&(f64, f64, f64)) -> f64| bars.iter().map(f).collect::<Vec<f64>>();
        let (open, high, low) = (column(|b| b.0), column(|b| b.1), column(|b| b.2));
        let barriers = Barriers { stop_loss: 0.03, take_profit: 0.06, max_hold: 3 };
        let got = first_touch(&open, &high, &low, 0, side, &barriers)
            .map(|exit| (exit.bar, exit.price, exit.reason));
        assert_eq!(got, want);
    }

    #[test]
    fn exits_by_hand() {
        use ExitReason::{GapExitSl, GapExitTp, MaxHold, SlHit, TpHit};
        let calm = (100.0, 101.0, 99.0);
        check(&[(100.0, 101.0, 96.0)], Some((0, 97.0, SlHit)));
        check(&[(100.0, 107.0, 99.0)], Some((0, 106.0, TpHit)));
        check(&[(100.0, 107.0, 96.0)], Some((0, 97.0, SlHit))); // worst case first
        check(&[calm, (95.0, 110.0, 94.0)], Some((1, 95.0, GapExitSl)));
        check(&[calm, (108.0, 110.0, 90.0)], Some((1, 108.0, GapExitTp)));
        check(&[calm, calm, calm, (102.0, 120.0, 80.0)], Some((3, 102.0, MaxHold)));
        check(&[calm, calm, calm, (96.0, 120.0, 80.0)], Some((3, 96.0, GapExitSl)));
        check(&[calm, calm, calm], None);
        check(&[], None);
    }

    #[test]
    fn exits_of_a_short_position_by_hand() {
        use ExitReason::{GapExitSl, GapExitTp, MaxHold, SlHit, TpHit};
        let short = |bars: &[(f64, f64, f64)], want| check_side(Side::Short, bars, want);
        let calm = (100.0, 101.0, 99.0);
        short(&[(100.0, 104.0, 99.0)], Some((0, 103.0, SlHit)));
        short(&[(100.0, 101.0, 93.0)], Some((0, 94.0, TpHit)));
        short(&[(100.0, 104.0, 93.0)], Some((0, 103.0, SlHit)));
        short(&[calm, (105.0, 106.0, 90.0)], Some((1, 105.0, GapExitSl)));
        short(&[calm, (92.0, 110.0, 90.0)], Some((1, 92.0, GapExitTp)));
        short(&[calm, calm, calm, (98.0, 120.0, 80.0)], Some((3, 98.0, MaxHold)));
        short(&[calm, calm, calm], None);
    }
}
