//! The session loop.

use proofmark_market::Panel;
use proofmark_units::DateSpan;

use super::config::{BookConfig, BookError, Selection, Sizing};
use super::decide::{Desk, Known, Order};
use super::history::History;
use super::ledger::Ledger;
use super::record::{Book, ExitReason, FillReason};
use crate::costs::{CostContext, CostSchedule, Side};

/// Sessions an order waits for a bar, or for the participation cap, before it expires.
const ORDER_LIFE: usize = 5;

/// Largest relative gap between the two ways of computing equity.
const IDENTITY_TOLERANCE: f64 = 1e-9;

/// Runs a book over the sessions of `panel` within `span` (first and last decision date).
///
/// `scores` is a time-major grid like the panel's columns, NaN = no score; the score in cell (t, s) must be known at
/// the close of t. Bars before the span feed volatility and volume estimates only. A decision on the last date cannot
/// fill: nothing after `span.end` is read. Positions held then stay in `open_positions`, valued at their marks.
///
/// A *locked* bar (one price, volume 0, in a name that has shown volume before) is a quote without a trade, as on a
/// session that stays at its price limit: it marks positions and fills nothing, not even a stop.
///
/// # Errors
/// [`BookError`] for settings out of range, missing or misshapen scores, a span without sessions, a fill before the
/// schedule's first date; `Identity` would be a bug in this crate.
pub fn run_book(
    panel: &Panel,
    scores: Option<&[f64]>,
    config: &BookConfig,
    costs: &CostSchedule,
    span: DateSpan,
) -> Result<Book, BookError> {
    config.check()?;
    let scores = match config.selection {
        Selection::AllNames => None,
        Selection::TopFraction { .. } => {
            let grid = scores.ok_or(BookError::NoScores)?;
            let expected = panel.len() * panel.width();
            if grid.len() != expected {
                return Err(BookError::ScoresShape { expected, found: grid.len() });
            }
            Some(grid)
        }
    };
    let first = panel.at_or_after(span.start);
    let end = panel.at_or_after(span.end.plus_days(1));
    if first >= end {
        return Err(BookError::EmptySpan { span });
    }
    let targets =
        matches!(config.sizing, Sizing::InverseVolatility { target_annual_volatility: Some(_), .. });
    let mut run = Run {
        panel,
        config,
        history: History::new(panel, targets),
        ledger: Ledger::new(panel, costs, config.capital),
        desk: Desk::new(panel.width()),
        equity: config.capital,
        blocked: vec![0; panel.width()],
        book: Book::with_capacity(config, end - first),
    };
    run.history.warm_up(panel, first, config.sizing.window());
    for t in first..end {
        if t > first {
            run.open(t)?;
            run.intrabar(t)?;
        }
        run.close(t)?;
        let due = match config.rebalance_every {
            0 => t == first,
            every => (t - first).is_multiple_of(every),
        };
        if due && t + 1 < end {
            let Run { desk, history, ledger, equity, .. } = &mut run;
            desk.decide(&Known { config, panel, scores, history, ledger, t, equity: *equity });
        }
    }
    Ok(run.finish(end - 1))
}

struct Run<'a> {
    panel: &'a Panel,
    config: &'a BookConfig,
    history: History,
    ledger: Ledger<'a>,
    desk: Desk,
    /// Equity at the last close.
    equity: f64,
    /// Sessions in a row for which each name's due exit found no market.
    blocked: Vec<u32>,
    book: Book,
}

impl Run<'_> {
    /// Whether anything can fill in `s` at `t`: there is a bar, and it is not locked.
    fn tradable(&self, t: usize, s: usize) -> bool {
        let panel = self.panel;
        let cell = panel.cell(t, s);
        let one_price = panel.high[cell] == panel.low[cell];
        let locked = one_price && panel.volume[cell] == 0.0 && self.history.has_traded(s);
        panel.has_bar(t, s) && !locked
    }

    fn stop(&self, average: f64) -> f64 {
        self.config.stop_loss.map_or(f64::NEG_INFINITY, |loss| average * (1.0 - loss))
    }

    fn target(&self, average: f64) -> f64 {
        self.config.take_profit.map_or(f64::INFINITY, |gain| average * (1.0 + gain))
    }

    fn exit(&mut self, t: usize, s: usize, price: f64, reason: ExitReason) -> Result<(), BookError> {
        let context = self.history.context(s);
        let quantity = self.ledger.positions[s].quantity;
        self.ledger.sell(t, s, quantity, price, context, FillReason::Exit(reason))?;
        // A risk exit overrules whatever the last decision still wanted of this name.
        self.desk.orders[s] = None;
        Ok(())
    }

    /// Why a held name is to be sold at the open of `t`; `None` without a bar.
    fn exit_at_open(&self, t: usize, s: usize) -> Option<ExitReason> {
        let p = &self.ledger.positions[s];
        let open = self.panel.open[self.panel.cell(t, s)];
        let held_long = self.config.max_hold.is_some_and(|hold| p.bars >= hold);
        if !self.panel.has_bar(t, s) {
            None
        } else if open <= self.stop(p.average) {
            Some(ExitReason::GapExitSl)
        } else if open >= self.target(p.average) {
            Some(ExitReason::GapExitTp)
        } else {
            held_long.then_some(ExitReason::MaxHold)
        }
    }

    /// At the open: risk exits, then waiting sells, then waiting buys.
    fn open(&mut self, t: usize) -> Result<(), BookError> {
        for s in 0..self.panel.width() {
            if self.ledger.positions[s].quantity == 0 {
                self.blocked[s] = 0;
                continue;
            }
            let reason = self.exit_at_open(t, s);
            if self.tradable(t, s) {
                self.blocked[s] = 0;
                if let Some(reason) = reason {
                    self.exit(t, s, self.panel.open[self.panel.cell(t, s)], reason)?;
                }
            } else if reason.is_some() || self.desk.orders[s].is_some_and(|o| o.remaining < 0) {
                self.blocked[s] += 1;
                self.book.longest_blocked_exit = self.book.longest_blocked_exit.max(self.blocked[s]);
            } else {
                self.blocked[s] = 0;
            }
        }
        if !self.desk.waiting {
            return Ok(());
        }
        self.fill_sells(t)?;
        self.fill_buys(t)?;
        for order in &mut self.desk.orders {
            if order.is_some_and(|o| t >= o.decided + ORDER_LIFE) {
                *order = None;
                self.book.expired_orders += 1;
            }
        }
        self.desk.waiting = self.desk.orders.iter().any(Option::is_some);
        Ok(())
    }

    /// Shares of an order that the participation cap lets through at this open, and what they are priced with.
    fn executable(&mut self, s: usize, wanted: i64) -> (i64, CostContext) {
        let context = self.history.context(s);
        let lot = i64::from(self.config.lot);
        let cap = context.adv.map_or(i64::MAX, |adv| (self.config.participation * adv) as i64 / lot * lot);
        (wanted.min(cap), context)
    }

    fn fill_sells(&mut self, t: usize) -> Result<(), BookError> {
        for s in 0..self.panel.width() {
            let Some(order) = self.desk.orders[s].filter(|o| o.remaining < 0) else { continue };
            if !self.tradable(t, s) {
                continue;
            }
            let (quantity, context) = self.executable(s, -order.remaining);
            let reason = FillReason::Decision(self.panel.dates[order.decided]);
            let open = self.panel.open[self.panel.cell(t, s)];
            if quantity > 0 && self.ledger.sell(t, s, quantity, open, context, reason)? {
                let remaining = order.remaining + quantity;
                self.desk.orders[s] = (remaining < 0).then_some(Order { remaining, ..order });
            }
        }
        Ok(())
    }

    /// Fills buys, all scaled by the same factor where cash is short; what cash cuts off is not tried again.
    fn fill_buys(&mut self, t: usize) -> Result<(), BookError> {
        let mut needed = 0.0;
        for s in 0..self.panel.width() {
            if let Some((quantity, open, context)) = self.buyable(t, s) {
                let cost = self.ledger.cost(t, s, Side::Buy, quantity, open, context)?;
                needed += quantity as f64 * open + cost.total();
            }
        }
        let factor = if needed > self.ledger.cash { self.ledger.cash / needed } else { 1.0 };
        let lot = i64::from(self.config.lot);
        for s in 0..self.panel.width() {
            let Some((quantity, open, context)) = self.buyable(t, s) else { continue };
            let Some(order) = self.desk.orders[s] else { continue };
            let scaled = if factor < 1.0 { (quantity as f64 * factor) as i64 / lot * lot } else { quantity };
            self.ledger.buy(t, s, scaled, lot, open, context, order.decided)?;
            let remaining = order.remaining - quantity;
            self.desk.orders[s] = (remaining > 0).then_some(Order { remaining, ..order });
        }
        Ok(())
    }

    fn buyable(&mut self, t: usize, s: usize) -> Option<(i64, f64, CostContext)> {
        let order = self.desk.orders[s].filter(|o| o.remaining > 0)?;
        if !self.tradable(t, s) {
            return None;
        }
        let (quantity, context) = self.executable(s, order.remaining);
        (quantity > 0).then(|| (quantity, self.panel.open[self.panel.cell(t, s)], context))
    }

    /// After the open: the low is met before the high, on the session of entry too.
    fn intrabar(&mut self, t: usize) -> Result<(), BookError> {
        for s in 0..self.panel.width() {
            let p = &self.ledger.positions[s];
            if p.quantity == 0 || !self.tradable(t, s) {
                continue;
            }
            let cell = self.panel.cell(t, s);
            // An exit that the open could not pay for is still due; it may not fill better than the market.
            let open = self.panel.open[cell];
            let (stop, target) = (self.stop(p.average).min(open), self.target(p.average).max(open));
            if self.panel.low[cell] <= stop {
                self.exit(t, s, stop, ExitReason::SlHit)?;
            } else if self.panel.high[cell] >= target {
                self.ledger.positions[s].see(self.panel.low[cell]);
                self.exit(t, s, target, ExitReason::TpHit)?;
            }
        }
        Ok(())
    }

    /// At the close: delistings, marks, the identity, the record of the session.
    fn close(&mut self, t: usize) -> Result<(), BookError> {
        let delisting = self.config.delisting;
        for s in 0..self.panel.width() {
            let gone = !self.panel.has_bar(t, s) && t - self.ledger.last_bar[s] >= delisting.after_sessions;
            if self.ledger.positions[s].quantity > 0 && gone {
                let price = self.ledger.mark[s] * (1.0 - delisting.haircut);
                self.exit(t, s, price, ExitReason::Delisted)?;
            }
        }
        self.history.push(self.panel, t);
        let marked = self.ledger.mark(t);
        let (day, before) = (std::mem::take(&mut self.ledger.day), self.equity);
        let (cash, date) = (self.ledger.cash, self.panel.dates[t]);
        let equity = cash + marked.value;
        let flows = before + day.gain - day.costs;
        let holds = (equity - flows).abs() <= IDENTITY_TOLERANCE * equity.abs().max(flows.abs());
        if !holds || cash < 0.0 {
            return Err(BookError::Identity { date, equity, flows, cash });
        }
        self.equity = equity;
        let book = &mut self.book;
        book.dates.push(date);
        book.equity.push(equity);
        book.cash.push(cash);
        book.positions_value.push(marked.value);
        book.net_return.push(equity / before - 1.0);
        book.gross_return.push((equity + day.costs) / before - 1.0);
        book.costs.push(day.costs);
        book.turnover.push(day.traded / before);
        book.exposure.push(marked.value / equity);
        book.max_name_weight.push(marked.largest / equity);
        book.names_held.push(marked.names);
        book.stale_names.push(marked.stale);
        Ok(())
    }

    fn finish(self, last: usize) -> Book {
        let Self { ledger, desk, mut book, .. } = self;
        book.open_positions = ledger.open_positions(last);
        book.participation_per_capital = desk.participation_per_capital();
        book.cost_by_kind = ledger.cost_by_kind;
        book.fills_without_volume = ledger.fills_without_volume;
        book.trades = ledger.trades;
        book.fills = ledger.fills;
        book
    }
}
