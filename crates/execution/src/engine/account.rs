//! Money: balances by currency, positions, what is free to trade with.

use std::collections::VecDeque;

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::instrument::{Instrument, InstrumentId, Settlement};
use super::position::Position;

/// How an account is set up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountConfig {
    /// Currencies of the balances; equity is told in the first.
    pub currencies: Vec<String>,
    /// Money to begin with, in the first currency.
    pub capital: f64,
    /// Largest sum of absolute positions in instruments paid in full, as a multiple of equity: 1 = no borrowed money.
    pub leverage: f64,
    /// Sessions after which the proceeds of a sale can buy again: 0 = at once, 1 = T+1.
    pub settle_sessions: u16,
}

impl AccountConfig {
    /// An account in one currency that neither borrows nor waits for its proceeds.
    pub fn cash(currency: &str, capital: f64) -> Self {
        Self { currencies: vec![currency.to_owned()], capital, leverage: 1.0, settle_sessions: 0 }
    }
}

/// Balances, positions and their worth.
#[derive(Debug, Clone)]
pub struct Account {
    config: AccountConfig,
    /// By currency.
    cash: Vec<f64>,
    /// Worth of one unit of each currency in the first; NaN until it is known.
    rates: Vec<f64>,
    positions: Vec<Position>,
    /// Currency of each instrument.
    currency: Vec<usize>,
    /// Instruments with a position, ascending.
    held: Vec<InstrumentId>,
    /// Proceeds not yet free: session from whose end they are, currency, amount.
    unsettled: VecDeque<(u64, usize, f64)>,
    /// By currency: the account's own money at the end of the last session, on which the night's interest is due.
    overnight: Vec<f64>,
    session: u64,
    equity: f64,
    /// Equity as the sum of all gains, costs and income since the start: the other side of the identity.
    pub(super) flows: f64,
}

impl Account {
    /// `Err` carries what is wrong, in words.
    pub(crate) fn new(config: AccountConfig, instruments: &[Instrument]) -> Result<Self, String> {
        let number = |x: f64| x.is_finite() && x > 0.0;
        if config.currencies.is_empty() {
            return Err("the account has no currency".to_owned());
        }
        if !number(config.capital) || !number(config.leverage) {
            return Err("the account's capital and leverage are not above 0".to_owned());
        }
        let place = |of: &Instrument| {
            let found = config.currencies.iter().position(|known| *known == of.currency);
            found.ok_or_else(|| {
                format!("`{}` is priced in {}, which the account lacks", of.symbol, of.currency)
            })
        };
        let currency = instruments.iter().map(place).collect::<Result<_, _>>()?;
        let mut cash = vec![0.0; config.currencies.len()];
        cash[0] = config.capital;
        let mut rates = vec![f64::NAN; config.currencies.len()];
        rates[0] = 1.0;
        Ok(Self {
            equity: config.capital,
            flows: config.capital,
            cash,
            rates,
            positions: vec![Position::FLAT; instruments.len()],
            currency,
            held: Vec::new(),
            unsettled: VecDeque::new(),
            overnight: vec![0.0; config.currencies.len()],
            session: 0,
            config,
        })
    }

    /// Worth of everything in the first currency, at the last step.
    pub const fn equity(&self) -> f64 {
        self.equity
    }

    /// Balance of the currency at this place, unsettled proceeds included.
    pub fn cash(&self, currency: usize) -> f64 {
        self.cash[currency]
    }

    /// The position in an instrument.
    pub fn position(&self, of: InstrumentId) -> &Position {
        &self.positions[of as usize]
    }

    /// Instruments with a position, ascending.
    pub fn held(&self) -> &[InstrumentId] {
        &self.held
    }

    /// Worth of one unit of an instrument's currency in the first currency; NaN until it is known.
    pub fn rate_of(&self, of: InstrumentId) -> f64 {
        self.rates[self.currency[of as usize]]
    }

    /// Sum of all balances in the first currency.
    pub(super) fn cash_in_base(&self) -> f64 {
        let known = self.cash.iter().zip(&self.rates).filter(|(cash, _)| **cash != 0.0);
        known.map(|(cash, rate)| cash * rate).sum()
    }

    /// Equity by its definition: cash + sum(position x mark).
    pub(super) fn stock(&self, instruments: &[Instrument]) -> f64 {
        let value = |of: &InstrumentId| {
            self.positions[*of as usize].value(&instruments[*of as usize]) * self.rate_of(*of)
        };
        self.cash_in_base() + self.held.iter().map(value).sum::<f64>()
    }

    pub(super) const fn set_equity(&mut self, equity: f64) {
        self.equity = equity;
    }

    /// Money that new positions may use, in the first currency: equity less what the present ones bind and what has
    /// not settled.
    pub(super) fn free(&self, instruments: &[Instrument]) -> f64 {
        let bound = |of: &InstrumentId| {
            let instrument = &instruments[*of as usize];
            let notional = self.positions[*of as usize].notional(instrument);
            notional * self.share_bound(instrument) * self.rate_of(*of)
        };
        let unsettled: f64 = self.unsettled.iter().map(|(_, c, amount)| amount * self.rates[*c]).sum();
        self.stock(instruments) - self.held.iter().map(bound).sum::<f64>() - unsettled
    }

    /// The part of its notional that a position binds.
    pub(super) fn share_bound(&self, instrument: &Instrument) -> f64 {
        match instrument.settlement {
            Settlement::Cash => 1.0 / self.config.leverage,
            Settlement::Margined { initial, .. } => initial,
        }
    }

    /// What the present positions must at least be backed by; 0 where none is margined and nothing is borrowed.
    pub(super) fn maintenance(&self, instruments: &[Instrument]) -> f64 {
        let need = |of: &InstrumentId| {
            let instrument = &instruments[*of as usize];
            let share = match instrument.settlement {
                Settlement::Cash => 0.0,
                Settlement::Margined { maintenance, .. } => maintenance,
            };
            self.positions[*of as usize].notional(instrument) * share * self.rate_of(*of)
        };
        self.held.iter().map(need).sum()
    }

    /// Takes signed units at a price that do not cross zero, and their cost in the instrument's currency.
    pub(super) fn fill(
        &mut self,
        id: InstrumentId,
        of: &Instrument,
        signed: f64,
        price: f64,
        cost: f64,
        at: Instant,
    ) {
        let (i, c) = (id as usize, self.currency[id as usize]);
        let was_flat = self.positions[i].is_flat();
        let sells_held = signed < 0.0 && self.positions[i].quantity > 0.0;
        let cash = self.positions[i].take(of, signed, price, at);
        self.cash[c] += cash - cost;
        self.positions[i].opened.costs += cost;
        self.flows -= cost * self.rates[c];
        if sells_held && cash > 0.0 && self.config.settle_sessions > 0 && of.settlement == Settlement::Cash {
            self.unsettled.push_back((self.session + u64::from(self.config.settle_sessions), c, cash));
        }
        let flat = self.positions[i].is_flat();
        if was_flat && !flat {
            let place = self.held.partition_point(|held| *held < id);
            self.held.insert(place, id);
        } else if flat && !was_flat {
            self.held.retain(|held| *held != id);
            // Nothing is left to value: the gain of the closing fill is booked here.
            self.flows += self.positions[i].revalue(of, price) * self.rates[c];
        }
    }

    /// Values a position at `price`; a flat one remembers it.
    pub(super) fn mark(&mut self, id: InstrumentId, of: &Instrument, price: f64) {
        let i = id as usize;
        let gain = self.positions[i].revalue(of, price);
        if gain != 0.0 {
            self.flows += gain * self.rates[self.currency[i]];
        }
    }

    pub(super) fn position_mut(&mut self, of: InstrumentId) -> &mut Position {
        &mut self.positions[of as usize]
    }

    /// Money that a position brings (or costs) by being held, in its instrument's currency.
    pub(super) fn income(&mut self, of: InstrumentId, amount: f64) {
        let c = self.currency[of as usize];
        self.cash[c] += amount;
        self.flows += amount * self.rates[c];
        self.positions[of as usize].opened.income += amount;
    }

    /// A currency and the account's own money in it at the end of the last session.
    pub(super) fn overnight(&self, currency: usize) -> (&str, f64) {
        (self.config.currencies[currency].as_str(), self.overnight[currency])
    }

    /// Interest on a balance, negative where the account pays.
    pub(super) fn interest(&mut self, currency: usize, amount: f64) {
        self.cash[currency] += amount;
        self.flows += amount * self.rates[currency];
    }

    /// Worth of one unit of a currency in the first.
    pub(super) fn rate(&self, currency: usize) -> f64 {
        self.rates[currency]
    }

    /// A currency is worth this much from now on.
    pub(super) fn set_rate(&mut self, currency: usize, rate: f64, instruments: &[Instrument]) {
        let values: f64 = self
            .held
            .iter()
            .filter(|of| self.currency[**of as usize] == currency)
            .map(|of| self.positions[*of as usize].value(&instruments[*of as usize]))
            .sum();
        let money = self.cash[currency] + values;
        if money != 0.0 {
            self.flows += money * (rate - self.rates[currency]);
        }
        self.rates[currency] = rate;
    }

    /// Ends a session: proceeds whose time has come are free, and the night's balances are known. What short sales brought secures
    /// them at their marks: it is neither lent to the account nor paid on.
    pub(super) fn end_session(&mut self, instruments: &[Instrument]) {
        self.session += 1;
        self.overnight.copy_from_slice(&self.cash);
        for of in &self.held {
            let instrument = &instruments[*of as usize];
            if instrument.settlement == Settlement::Cash {
                let value = self.positions[*of as usize].value(instrument);
                self.overnight[self.currency[*of as usize]] += value.min(0.0);
            }
        }
        while self.unsettled.front().is_some_and(|(due, ..)| *due <= self.session) {
            self.unsettled.pop_front();
        }
    }

    /// Currencies the account knows.
    pub(super) fn currencies(&self) -> usize {
        self.cash.len()
    }
}
