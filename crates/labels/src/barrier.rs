//! Stop, target and maximum hold: the exits of a long position, as the strategy executes them.

use serde::{Deserialize, Serialize};

/// The three barriers of a long position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Barriers {
    /// Loss that closes the position, a fraction of the entry price in (0, 1).
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
    /// A later bar opened at or below the stop: filled at that open.
    GapExitSl,
    /// A later bar opened at or above the target: filled at that open.
    GapExitTp,
    /// The low reached the stop: filled at the stop.
    SlHit,
    /// The high reached the target and the low did not reach the stop: filled at the target.
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

/// The exit of a long position entered at the open of bar `entry`; `None` while it is still open at the last bar.
///
/// Every bar after the entry is checked at its open first (stop, then target, then maximum hold), then, also on the
/// entry bar, by its low and only then by its high: when both barriers lie inside one bar the stop is assumed to have
/// come first. The columns hold the symbol's own bars and are equally long.
pub fn first_touch(
    open: &[f64],
    high: &[f64],
    low: &[f64],
    entry: usize,
    barriers: &Barriers,
) -> Option<BarrierExit> {
    let price = *open.get(entry)?;
    let (stop, target) = (price * (1.0 - barriers.stop_loss), price * (1.0 + barriers.take_profit));
    let latest = entry.saturating_add(barriers.max_hold);
    for bar in entry..open.len().min(latest.saturating_add(1)) {
        let exit = |price, reason| Some(BarrierExit { bar, price, reason });
        if bar > entry {
            if open[bar] <= stop {
                return exit(open[bar], ExitReason::GapExitSl);
            }
            if open[bar] >= target {
                return exit(open[bar], ExitReason::GapExitTp);
            }
        }
        if bar == latest {
            return exit(open[bar], ExitReason::MaxHold);
        }
        if low[bar] <= stop {
            return exit(stop, ExitReason::SlHit);
        }
        if high[bar] >= target {
            return exit(target, ExitReason::TpHit);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bars as (open, high, low); entered at 100 with stop 97, target 106, three bars.
    #[track_caller]
    fn check(bars: &[(f64, f64, f64)], want: Option<(usize, f64, ExitReason)>) {
        let column = |f: fn(&(f64, f64, f64)) -> f64| bars.iter().map(f).collect::<Vec<f64>>();
        let (open, high, low) = (column(|b| b.0), column(|b| b.1), column(|b| b.2));
        let barriers = Barriers { stop_loss: 0.03, take_profit: 0.06, max_hold: 3 };
        let got =
            first_touch(&open, &high, &low, 0, &barriers).map(|exit| (exit.bar, exit.price, exit.reason));
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
}
