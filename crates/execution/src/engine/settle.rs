//! What follows the trades of a step: the end of a session, the accounting identity, and what is closed by force.

use super::costs::Costs;
use super::fills::{FillModel, Found};
use super::instrument::{Instrument, Settlement, Shorting};
use super::order::{OrderRequest, OrderState, Reason, TimeInForce};
use super::record::Curve;
use super::step::{Engine, EngineError};
use crate::costs::{HoldingCost, Liquidity, Side};

/// Largest relative gap between the two ways of computing equity.
const IDENTITY_TOLERANCE: f64 = 1e-9;

/// The word that fills of a liquidation carry.
const MARGIN_CALL: &str = "margin_call";

/// The word that fills of a guard that closes everything carry.
pub(super) const GUARD: &str = "guard";

impl<C: Costs, F: FillModel> Engine<C, F> {
    /// Charges the night's interest, buys back what may not be short over night, charges what holding costs, ages orders and proceeds.
    pub(super) fn end_session(&mut self) -> Result<(), EngineError> {
        self.charge_interest()?;
        for k in (0..self.account.held().len()).rev() {
            let of = self.account.held()[k];
            let (position, instrument) = (*self.account.position(of), &self.instruments[of as usize]);
            if position.quantity < 0.0 && instrument.shorting == Shorting::WithinSession {
                let order = OrderRequest::market(of, Side::Buy, -position.quantity).risk().tag("square_off");
                let id = self.orders.place(order, self.now, self.now, None, None);
                let found = Found { price: position.mark, units: f64::INFINITY, liquidity: Liquidity::Taker };
                self.execute(id.slot, &found, 1.0, true)?;
                continue;
            }
            let unit_value = position.mark * instrument.multiplier;
            let from = self.session_end.unwrap_or(position.since).max(position.since);
            let cost = self.costs.holding(of, position.quantity, unit_value, (from, self.now))?;
            if cost != HoldingCost::default() {
                self.account.income(of, -cost.total());
                self.log.holding += cost.scaled(self.account.rate_of(of));
            }
        }
        self.orders.end_session(self.now, &mut self.log);
        self.account.end_session(&self.instruments);
        self.session_end = Some(self.now);
        Ok(())
    }

    /// Interest since the end of the last session, on the balances of then: what is paid or sold since has slept elsewhere.
    fn charge_interest(&mut self) -> Result<(), EngineError> {
        let Some(from) = self.session_end else { return Ok(()) };
        for c in 0..self.account.currencies() {
            let (currency, balance) = self.account.overnight(c);
            if balance == 0.0 {
                continue;
            }
            let cost = self.costs.money(currency, balance, (from, self.now))?;
            if cost != HoldingCost::default() {
                self.account.interest(c, -cost.total());
                self.log.holding += cost.scaled(self.account.rate(c));
            }
        }
        Ok(())
    }

    /// Equity by its parts against equity by what happened; a margined account that has lost its deposit is liquidated.
    pub(super) fn balance(&mut self, session_ends: bool) -> Result<(), EngineError> {
        let (time, flows) = (self.now, self.account.flows);
        let equity = self.account.stock(&self.instruments);
        if equity.is_nan() {
            let base = self.config.account.currencies[0].clone();
            return Err(EngineError::NoRate { time, base });
        }
        let scale = self.config.account.capital.max(flows.abs()).max(self.account.cash_in_base().abs());
        if (equity - flows).abs() > IDENTITY_TOLERANCE * scale {
            return Err(EngineError::Identity { time, equity, flows });
        }
        // The two agree within rounding; it must not add up over millions of steps.
        self.account.flows = equity;
        self.account.set_equity(equity);
        if self.config.curve == Curve::Steps || session_ends {
            self.log.equity.push((time, equity));
        }
        let maintenance = self.account.maintenance(&self.instruments);
        if maintenance > 0.0 && equity < maintenance {
            let is_margined = |of: &Instrument| matches!(of.settlement, Settlement::Margined { .. });
            self.close_all(MARGIN_CALL, Reason::MarginCall, is_margined);
        }
        Ok(())
    }

    /// Takes back every decision and gets out of the positions that `which` picks at the next event; those that are on their way out
    /// under this tag stay so.
    pub(super) fn close_all(
        &mut self,
        tag: &'static str,
        reason: Reason,
        which: impl Fn(&Instrument) -> bool,
    ) {
        for of in 0..self.instruments.len() as u32 {
            self.parents.end_of(of, reason, self.now, &mut self.orders, &mut self.log);
            let state = OrderState::Cancelled(reason);
            self.orders.end_where(of, state, self.now, &mut self.log, |order| order.tag != tag);
        }
        for k in 0..self.account.held().len() {
            let of = self.account.held()[k];
            if !which(&self.instruments[of as usize]) || !self.orders.queue(of).is_empty() {
                continue;
            }
            let quantity = self.account.position(of).quantity;
            let order = OrderRequest::market(of, Side::of(-quantity), quantity.abs())
                .risk()
                .waiting(TimeInForce::UntilCancelled)
                .tag(tag);
            self.orders.place(order, self.now, self.now, None, None);
        }
    }
}
