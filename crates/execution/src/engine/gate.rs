//! Limits between a strategy and the market: every decision passes them, no exit does.

use std::collections::BTreeMap;

use proofmark_units::Instant;

use super::account::Account;
use super::desk::Desk;
use super::estimates::Estimates;
use super::instrument::{Instrument, InstrumentId};
use super::order::OrderRequest;
use super::orders::Orders;
use super::step::Market;
use super::watch::{Guarded, Guards, Step, Watch};
use crate::Direction;
use crate::limits::guards::GuardError;
use crate::limits::{Decision, LimitError, Limits, MarketState, NameState, Standing, check};

/// A limit that did not hold, and when.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Gated {
    /// When it was asked.
    pub time: Instant,
    /// What was decided.
    #[serde(flatten)]
    pub decision: Decision,
}

/// Limits with what they must remember: the highest equity so far, the turnover of the session, a halt.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    limits: Limits,
    sectors: BTreeMap<String, String>,
    high_water: f64,
    /// Fall from it that limits are judged on.
    drawdown: f64,
    /// Value traded by decisions since the session began, over equity.
    turnover: f64,
    /// A rule in mode `halt` did not hold: nothing is added to for the rest of the run.
    halted: bool,
    pub(super) watch: Watch,
}

/// What a gate looks at.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) now: Instant,
    pub(super) instruments: &'a [Instrument],
    pub(super) account: &'a Account,
    pub(super) market: &'a [Market],
    pub(super) estimates: &'a Estimates,
    pub(super) orders: &'a Orders,
}

impl View<'_> {
    /// Worth of one unit, in the account's first currency.
    pub(super) fn unit(&self, of: InstrumentId) -> f64 {
        self.market[of as usize].last * self.instruments[of as usize].multiplier * self.account.rate_of(of)
    }

    /// Signed worth over equity of a position as it will be once the decisions that work now have traded: what is on its way counts.
    pub(super) fn weight(&self, of: InstrumentId) -> f64 {
        let units = self.account.position(of).quantity + self.orders.decided(of);
        if units == 0.0 { 0.0 } else { units * self.unit(of) / self.account.equity() }
    }

    fn name(&self, of: usize, sectors: &BTreeMap<String, String>) -> NameState {
        let (instrument, market) = (&self.instruments[of], &self.market[of]);
        let known = |value: f64| (value.is_finite() && value > 0.0).then_some(value);
        let age = market.seen.map(|seen| (self.now.nanos() - seen.nanos()) as f64 / 1e9);
        NameState {
            price: known(self.unit(of as InstrumentId)),
            adv: self.estimates.context(of as InstrumentId).adv,
            sector: sectors.get(instrument.symbol.as_str()).cloned(),
            data_age_seconds: age,
            ..NameState::share(instrument.symbol.clone())
        }
    }
}

impl Gate {
    /// A gate that lets everything pass.
    pub(super) fn open(capital: f64) -> Self {
        let (limits, sectors, watch) = (Limits::default(), BTreeMap::new(), Watch::new(Guards::default()));
        Self { limits, sectors, high_water: capital, drawdown: 0.0, turnover: 0.0, halted: false, watch }
    }

    pub(super) fn limited(self, limits: Limits, sectors: BTreeMap<String, String>) -> Self {
        Self { limits, sectors, ..self }
    }

    pub(super) fn guarded(self, guards: Guards) -> Self {
        Self { watch: Watch::new(guards), ..self }
    }

    /// Weights that may be held where `proposed` are asked for; instruments that are not named keep theirs.
    pub(super) fn approve(
        &mut self,
        view: View<'_>,
        proposed: &[(InstrumentId, f64)],
        said: &mut Vec<Gated>,
    ) -> Result<Vec<f64>, LimitError> {
        let current: Vec<f64> =
            (0..view.instruments.len() as InstrumentId).map(|of| view.weight(of)).collect();
        let mut wanted = current.clone();
        for (of, weight) in proposed {
            wanted[*of as usize] = *weight;
        }
        let names = (0..view.instruments.len()).map(|of| view.name(of, &self.sectors)).collect();
        let state = MarketState {
            drawdown: Some(self.drawdown),
            turnover_spent: self.turnover,
            standing: Standing { additions_stopped: self.halted, ..Standing::default() }
                .and(self.watch.standing()),
            ..MarketState::new(view.account.equity(), names)
        };
        let outcome = check(&current, &wanted, &state, &self.limits)?;
        self.halted |= outcome.halted_by.is_some();
        said.extend(outcome.decisions.into_iter().map(|decision| Gated { time: view.now, decision }));
        Ok(outcome.approved)
    }

    /// A step is over: what guards are told of it, and the value that decisions traded in it. Whether everything is to be closed.
    pub(super) fn after_step(
        &mut self,
        step: Step<'_>,
        traded: f64,
        said: &mut Vec<Guarded>,
    ) -> Result<bool, GuardError> {
        self.high_water = self.high_water.max(step.equity);
        self.turnover = if step.session_ends { 0.0 } else { self.turnover + traded / step.equity };
        self.drawdown = self.watch.held_drawdown((1.0 - step.equity / self.high_water).clamp(0.0, 1.0))?;
        self.watch.feed(step, said)?;
        Ok(self.watch.standing().flatten)
    }
}

impl Desk<'_> {
    /// Tells the guards which way a decision points, whatever becomes of it.
    pub(super) fn heard(&mut self, of: InstrumentId, position: f64) {
        let exists = (of as usize) < self.instruments.len();
        if let (Some(gate), Some(direction)) =
            (self.gate.as_mut(), Direction::of(position).filter(|_| exists))
        {
            gate.watch.asked(of, direction);
        }
    }

    /// The same of an order: which way the position points once it and what is on its way have traded.
    pub(super) fn heard_order(&mut self, request: &OrderRequest) {
        let of = request.instrument;
        if (of as usize) < self.instruments.len() {
            let under_way = self.position(of).quantity + self.orders.decided(of);
            self.heard(of, under_way + request.side.sign() * request.quantity);
        }
    }

    /// Weights that the limits leave of those asked for, in their order; `None` where there are no limits. What cannot be judged, for
    /// want of a price or because equity is gone, keeps what it has.
    pub(super) fn approve(&mut self, weights: &[(InstrumentId, f64)]) -> Option<Vec<f64>> {
        let Self { now, instruments, account, market, estimates, orders, log, gate, .. } = self;
        let gate = gate.as_mut()?;
        let view = View { now: *now, instruments, account, market, estimates, orders };
        let is_known =
            |(of, weight): &(InstrumentId, f64)| (*of as usize) < instruments.len() && weight.is_finite();
        let known: Vec<_> = weights.iter().copied().filter(is_known).collect();
        let approved = gate.approve(view, &known, &mut log.gated);
        let left = |asked: &(InstrumentId, f64)| match &approved {
            _ if !is_known(asked) => f64::NAN,
            Ok(all) => all[asked.0 as usize],
            Err(_) => view.weight(asked.0),
        };
        Some(weights.iter().map(left).collect())
    }

    /// The units of a decision that the limits leave.
    pub(super) fn within_limits(&mut self, request: &OrderRequest) -> f64 {
        let (of, asked) = (request.instrument, request.quantity);
        if of as usize >= self.instruments.len() {
            return asked;
        }
        let Self { now, instruments, account, market, estimates, orders, .. } = self;
        let view = View { now: *now, instruments, account, market, estimates, orders };
        let (weight, per_unit) = (view.weight(of), view.unit(of) / account.equity());
        let sign = request.side.sign();
        match self.approve(&[(of, weight + sign * asked * per_unit)]) {
            Some(approved) => {
                let units = (approved[0] - weight) / per_unit * sign;
                if units.is_finite() { units.clamp(0.0, asked) } else { 0.0 }
            }
            None => asked,
        }
    }
}
