//! Trades the signals of a model on one instrument: in at the first price after a signal was sent, out by its stop, its target or
//! its trail, or at a close that was named before.

use proofmark_units::Instant;

use super::{Rows, Signal, SignalError, Trader};
use crate::costs::Side;
use crate::engine::{Desk, Kind, OrderRequest, Slice};
use crate::sizing::dynamic_leverage::DynamicLeverage;

/// A signal with the instants at which its orders are sent, both known ahead from the calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// What the model says.
    pub signal: Signal,
    /// The entry is sent with the first step from then on: the close before the signal's session.
    pub enter: Instant,
    /// The order that trades at the close of a bar is sent with the first step from then on: the end of the bar before the last
    /// one. No later than `enter` where the first bar is the last.
    pub leave: Instant,
}

/// Signals as a rule that trades the first instrument.
#[derive(Debug, Clone)]
pub struct Follow {
    /// In the order of their entries, last first; all are to be traded.
    plans: Vec<Plan>,
    /// When what is held has to be left.
    leave: Option<Instant>,
    /// The word that the exit at the close carries, such as `week_end`.
    last_word: &'static str,
    scale: Option<Scale>,
}

/// Less leverage after losses.
#[derive(Debug, Clone)]
struct Scale {
    rule: DynamicLeverage,
    /// Net returns of finished trades on equity, oldest first.
    returns: Vec<f64>,
    /// Equity when the trade under way was sent.
    before: Option<f64>,
    peak: f64,
}

impl Follow {
    /// Follows `plans`, which may come in any order; signals that ask for no position are left out.
    ///
    /// # Errors
    /// [`SignalError`] for a signal out of range or two that are sent at once.
    pub fn new(mut plans: Vec<Plan>, last_word: &'static str) -> Result<Self, SignalError> {
        plans.iter().try_for_each(|plan| plan.signal.check())?;
        plans.retain(|plan| plan.signal.trades());
        plans.sort_by_key(|plan| std::cmp::Reverse(plan.enter));
        if let Some(pair) = plans.windows(2).find(|pair| pair[0].enter == pair[1].enter) {
            let id = pair[0].signal.signal_id.clone();
            return Err(SignalError { id, what: "another signal is sent at the same time" });
        }
        Ok(Self { plans, leave: None, last_word, scale: None })
    }

    /// The same with leverage that shrinks after losses.
    #[must_use]
    pub fn scaled(mut self, rule: DynamicLeverage) -> Self {
        self.scale = Some(Scale { rule, returns: Vec::new(), before: None, peak: 0.0 });
        self
    }

    fn at_close(&self, side: Side) -> OrderRequest {
        OrderRequest::market(0, side, f64::INFINITY).risk().kind(Kind::Close).tag(self.last_word)
    }

    fn enter(&mut self, plan: &Plan, desk: &mut Desk<'_>) {
        let (signal, held) = (&plan.signal, desk.position(0).quantity);
        if held != 0.0 {
            // Its close never traded; two positions are never added up.
            let _ = desk
                .submit(OrderRequest::market(0, Side::of(-held), f64::INFINITY).risk().tag(self.last_word));
        }
        let scale = self.scale.as_mut().map_or(1.0, |scale| scale.next(desk.account().equity()));
        let side = Side::of(f64::from(signal.direction));
        let units = desk.units_worth(0, signal.leverage * scale);
        let mut exits = signal.exits().orders(0, side);
        if plan.leave <= plan.enter {
            exits.push(self.at_close(side.opposite()));
        } else {
            self.leave = Some(plan.leave);
        }
        // What cannot be sent is refused, and written down as such.
        let _ = desk.submit_bracket(OrderRequest::market(0, side, units).tag("entry"), exits);
    }
}

impl Trader for Follow {
    fn decide(&mut self, slice: &Slice<'_>, _: &Rows, desk: &mut Desk<'_>) {
        let held = desk.position(0).quantity;
        if let Some(scale) = &mut self.scale {
            scale.see(held == 0.0, desk.account().equity());
        }
        // Sent again where a bar that it waited for never came.
        let sent = desk.working(0).any(|order| order.kind == Kind::Close);
        if held != 0.0 && !sent && self.leave.is_some_and(|leave| leave <= slice.time) {
            // It is held, so it can be closed.
            let _ = desk.submit(self.at_close(Side::of(-held)));
        }
        while self.plans.last().is_some_and(|plan| plan.enter <= slice.time) {
            let Some(plan) = self.plans.pop() else { return };
            // Where steps are missing, only the newest of several that came due is traded.
            if self.plans.last().is_none_or(|next| next.enter > slice.time) {
                self.enter(&plan, desk);
            }
        }
    }
}

impl Scale {
    /// Reads a step: a trade under way that is flat now is over.
    fn see(&mut self, flat: bool, equity: f64) {
        self.peak = self.peak.max(equity);
        if flat && let Some(before) = self.before.take_if(|before| *before != equity) {
            self.returns.push(equity / before - 1.0);
        }
    }

    /// The scale of the trade that is sent now.
    fn next(&mut self, equity: f64) -> f64 {
        self.before = Some(equity);
        self.rule.scale(&self.returns, 1.0 - equity / self.peak).unwrap_or(self.rule.floor)
    }
}
