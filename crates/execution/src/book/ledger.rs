//! Cash, positions and what happened to them.

use proofmark_market::Panel;
use proofmark_units::Date;

use super::record::{ExitReason, Fill, FillReason, OpenPosition, Trade};
use crate::costs::{CostBreakdown, CostContext, CostSchedule, Rates, Side, Undated};

/// Shares of one name and their history since the book was last flat in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Position {
    pub(super) quantity: i64,
    /// Average entry price of the shares held: what stops and targets refer to.
    pub(super) average: f64,
    /// Session index of the first buy.
    pub(super) entry: usize,
    /// Own bars closed since then, that of the entry included: what the maximum hold counts.
    pub(super) bars: usize,
    bought: i64,
    bought_value: f64,
    sold_value: f64,
    costs: f64,
    mae: f64,
    mfe: f64,
    /// What the shares were last valued at, in total: gains are measured from here.
    carried: f64,
}

/// Sums since the last close.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Day {
    pub(super) gain: f64,
    pub(super) costs: f64,
    pub(super) traded: f64,
}

pub(super) struct Ledger<'a> {
    panel: &'a Panel,
    schedule: &'a CostSchedule,
    /// The rates in force, and the date of their next change.
    rates: Option<(Rates, Option<Date>)>,
    pub(super) cash: f64,
    pub(super) positions: Vec<Position>,
    /// Last close of each name.
    pub(super) mark: Vec<f64>,
    /// Session of each name's last bar.
    pub(super) last_bar: Vec<usize>,
    /// Session of each name's last depository charge.
    dp_paid: Vec<Option<usize>>,
    pub(super) day: Day,
    pub(super) cost_by_kind: CostBreakdown,
    pub(super) fills_without_volume: u64,
    pub(super) trades: Vec<Trade>,
    pub(super) fills: Vec<Fill>,
}

impl<'a> Ledger<'a> {
    pub(super) fn new(panel: &'a Panel, schedule: &'a CostSchedule, capital: f64) -> Self {
        let width = panel.width();
        Self {
            panel,
            schedule,
            rates: None,
            cash: capital,
            positions: vec![Position::default(); width],
            mark: vec![f64::NAN; width],
            last_bar: vec![0; width],
            dp_paid: vec![None; width],
            day: Day::default(),
            cost_by_kind: CostBreakdown::default(),
            fills_without_volume: 0,
            trades: Vec::new(),
            fills: Vec::new(),
        }
    }

    fn date(&self, t: usize) -> Date {
        self.panel.dates[t]
    }

    /// The cost of a fill at session `t`.
    pub(super) fn cost(
        &mut self,
        t: usize,
        s: usize,
        side: Side,
        quantity: i64,
        price: f64,
        context: CostContext,
    ) -> Result<CostBreakdown, Undated> {
        let rates = match self.rates {
            Some((rates, until)) if until.is_none_or(|change| self.date(t) < change) => rates,
            _ => {
                let rates = self.schedule.on(self.date(t))?;
                self.rates = Some((rates, self.schedule.next_change(self.date(t))));
                rates
            }
        };
        let context = CostContext { dp_charged: self.dp_paid[s] == Some(t), ..context };
        Ok(rates.cost(side, quantity as f64, price, context))
    }

    /// Buys as many of `quantity` shares, in steps of `lot`, as cash pays for with costs; returns the shares bought.
    #[expect(clippy::too_many_arguments, reason = "an execution is what it is")]
    pub(super) fn buy(
        &mut self,
        t: usize,
        s: usize,
        quantity: i64,
        lot: i64,
        price: f64,
        context: CostContext,
        decided: usize,
    ) -> Result<i64, Undated> {
        let mut quantity = quantity;
        let mut cost = self.cost(t, s, Side::Buy, quantity, price, context)?;
        while quantity > 0 && quantity as f64 * price + cost.total() > self.cash {
            // Costs per share never rise as the order shrinks, except for a broker's minimum: aim, then step.
            let per_share = price + cost.total() / quantity as f64;
            let affordable = (self.cash / per_share) as i64 / lot * lot;
            quantity = affordable.clamp(0, (quantity - lot).max(0));
            cost = self.cost(t, s, Side::Buy, quantity, price, context)?;
        }
        if quantity <= 0 {
            return Ok(0);
        }
        let value = quantity as f64 * price;
        self.cash -= value + cost.total();
        let p = &mut self.positions[s];
        if p.quantity == 0 {
            *p = Position { entry: t, ..Position::default() };
        }
        p.average = (p.average * p.quantity as f64 + value) / (p.quantity + quantity) as f64;
        p.quantity += quantity;
        p.bought += quantity;
        p.bought_value += value;
        p.carried += value;
        self.book(t, s, Side::Buy, quantity, price, cost, context, FillReason::Decision(self.date(decided)));
        Ok(quantity)
    }

    /// Sells `quantity` shares (at most what is held); `false` if fees beyond proceeds and cash forbid it.
    pub(super) fn sell(
        &mut self,
        t: usize,
        s: usize,
        quantity: i64,
        price: f64,
        context: CostContext,
        reason: FillReason,
    ) -> Result<bool, Undated> {
        let quantity = quantity.min(self.positions[s].quantity);
        let delisted = reason == FillReason::Exit(ExitReason::Delisted);
        let cost = if delisted {
            CostBreakdown::default()
        } else {
            self.cost(t, s, Side::Sell, quantity, price, context)?
        };
        let value = quantity as f64 * price;
        if quantity <= 0 || self.cash + value - cost.total() < 0.0 {
            return Ok(false);
        }
        self.cash += value - cost.total();
        if cost.dp > 0.0 {
            self.dp_paid[s] = Some(t);
        }
        let p = &mut self.positions[s];
        let carried = p.carried * (quantity as f64 / p.quantity as f64);
        p.carried -= carried;
        p.quantity -= quantity;
        p.sold_value += value;
        self.day.gain += value - carried;
        p.see(price);
        self.book(t, s, Side::Sell, quantity, price, cost, context, reason);
        if self.positions[s].quantity == 0 {
            let why = match reason {
                FillReason::Exit(why) => why,
                FillReason::Decision(_) => ExitReason::Rebalance,
            };
            self.close_trade(t, s, why);
        }
        Ok(true)
    }

    #[expect(clippy::too_many_arguments, reason = "an execution is what it is")]
    fn book(
        &mut self,
        t: usize,
        s: usize,
        side: Side,
        quantity: i64,
        price: f64,
        costs: CostBreakdown,
        context: CostContext,
        reason: FillReason,
    ) {
        self.positions[s].costs += costs.total();
        self.day.costs += costs.total();
        if reason != FillReason::Exit(ExitReason::Delisted) {
            self.day.traded += quantity as f64 * price;
            self.fills_without_volume += u64::from(context.adv.is_none());
        }
        self.cost_by_kind += costs;
        let (date, symbol) = (self.date(t), self.panel.symbols[s].clone());
        self.fills.push(Fill { date, symbol, side, quantity, price, costs, reason });
    }

    fn close_trade(&mut self, t: usize, s: usize, reason: ExitReason) {
        let p = std::mem::take(&mut self.positions[s]);
        let quantity = p.bought as f64;
        self.trades.push(Trade {
            symbol: self.panel.symbols[s].clone(),
            entry_date: self.date(p.entry),
            entry_price: p.bought_value / quantity,
            exit_date: self.date(t),
            exit_price: p.sold_value / quantity,
            quantity: p.bought,
            pnl: p.sold_value - p.bought_value - p.costs,
            costs: p.costs,
            reason,
            days_held: t - p.entry,
            mae: p.mae,
            mfe: p.mfe,
        });
    }

    /// Values every name at the close of `t`; returns the value of the positions, the largest and how many are held
    /// and stale.
    pub(super) fn mark(&mut self, t: usize) -> Marked {
        let mut marked = Marked::default();
        for s in 0..self.positions.len() {
            let cell = self.panel.cell(t, s);
            let close = self.panel.close[cell];
            if close.is_finite() {
                self.mark[s] = close;
                self.last_bar[s] = t;
            }
            let p = &mut self.positions[s];
            if p.quantity > 0 {
                let value = p.quantity as f64 * self.mark[s];
                self.day.gain += value - p.carried;
                p.carried = value;
                if close.is_finite() {
                    p.bars += 1;
                    p.see(self.panel.low[cell]);
                    p.see(self.panel.high[cell]);
                }
                marked.value += value;
                marked.largest = marked.largest.max(value);
                marked.names += 1;
                marked.stale += u32::from(!close.is_finite());
            }
        }
        marked
    }

    /// The positions held after session `t`.
    pub(super) fn open_positions(&self, t: usize) -> Vec<OpenPosition> {
        let held = self.positions.iter().enumerate().filter(|(_, p)| p.quantity > 0);
        held.map(|(s, p)| OpenPosition {
            symbol: self.panel.symbols[s].clone(),
            entry_date: self.date(p.entry),
            entry_price: p.average,
            quantity: p.quantity,
            mark: self.mark[s],
            pnl: p.sold_value + p.quantity as f64 * self.mark[s] - p.bought_value - p.costs,
            stale: self.last_bar[s] != t,
        })
        .collect()
    }
}

/// The positions at a close.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marked {
    pub(super) value: f64,
    pub(super) largest: f64,
    pub(super) names: u32,
    pub(super) stale: u32,
}

impl Position {
    /// Takes a price the position lived through into its excursions.
    pub(super) fn see(&mut self, price: f64) {
        let excursion = price / self.average - 1.0;
        self.mae = self.mae.min(excursion);
        self.mfe = self.mfe.max(excursion);
    }
}
