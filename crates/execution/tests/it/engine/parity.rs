//! The daily book and the event engine give the same money for the same orders.

use std::collections::BTreeMap;

use proofmark_execution::book::{Book, ExitReason, Fill, FillReason};
use proofmark_execution::costs::{CostBreakdown, Execution, Liquidity, Side, Undated};
use proofmark_execution::engine::{
    AccountConfig, Bar, BarFills, Costs, Curve, Desk, Engine, EngineConfig, Event, Instrument, Kind,
    LimitRule, OrderRequest, Scheduled, Slice, Strategy,
};
use proofmark_market::Panel;
use proofmark_units::{Date, Instant};
use proptest::prelude::*;

use crate::properties::{World, world};

/// The book charges its targets the spread and the impact of an order that crosses; the engine's rest.
struct Crossing<'a>(Scheduled<'a>);

impl Costs for Crossing<'_> {
    fn price(&mut self, fill: &Execution) -> Result<CostBreakdown, Undated> {
        self.0.price(&Execution { liquidity: Liquidity::Taker, ..*fill })
    }

    fn happened(&mut self, fill: &Execution, cost: &CostBreakdown) {
        self.0.happened(fill, cost);
    }

    fn reads_context(&self) -> bool {
        self.0.reads_context()
    }
}

/// Sends, the evening before, what the book traded on each date.
struct Replay<'a> {
    panel: &'a Panel,
    fills: BTreeMap<Date, Vec<&'a Fill>>,
    t: usize,
    /// Last session replayed.
    until: usize,
}

impl Replay<'_> {
    fn request(&self, t: usize, fill: &Fill) -> OrderRequest {
        let of = self.panel.symbols.iter().position(|symbol| *symbol == fill.symbol).unwrap();
        let open = self.panel.open[self.panel.cell(t, of)];
        let order = OrderRequest::market(of as u32, fill.side, fill.quantity as f64);
        match fill.reason {
            FillReason::Decision(_) => order,
            FillReason::Exit(_) if fill.price == open => order.risk(),
            FillReason::Exit(ExitReason::SlHit) => order.risk().kind(Kind::Stop(fill.price)),
            FillReason::Exit(_) => order.risk().kind(Kind::Limit(fill.price)),
        }
    }
}

impl Strategy for Replay<'_> {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        self.t += 1;
        if self.t > self.until {
            return;
        }
        let Some(date) = self.panel.dates.get(self.t) else { return };
        let Some(fills) = self.fills.get(date) else { return };
        let mut exits: Vec<_> = fills.iter().filter(|f| matches!(f.reason, FillReason::Exit(_))).collect();
        for fill in fills.iter().filter(|f| matches!(f.reason, FillReason::Decision(_))) {
            let same_day = exits.iter().position(|exit| fill.side == Side::Buy && exit.symbol == fill.symbol);
            let request = self.request(self.t, fill);
            if desk.position(request.instrument).is_flat()
                && let Some(k) = same_day
            {
                // Bought and sold again on one date.
                let exit = self.request(self.t, exits.remove(k));
                desk.submit_bracket(request, vec![exit]).unwrap();
            } else {
                desk.submit(request).unwrap();
            }
        }
        for exit in exits {
            let mut request = self.request(self.t, exit);
            request.quantity = f64::INFINITY;
            desk.submit(request).unwrap();
        }
    }
}

/// Equity of the engine by date from the book's orders of the panel's sessions up to `until`.
fn replay(world: &World, book: &Book, until: usize) -> Vec<f64> {
    let panel = &world.panel;
    let mut fills: BTreeMap<Date, Vec<&Fill>> = BTreeMap::new();
    for fill in &book.fills {
        fills.entry(fill.date).or_default().push(fill);
    }
    let instruments = panel.symbols.iter().map(|symbol| Instrument::share(symbol.clone(), "INR")).collect();
    let account = AccountConfig::cash("INR", world.config.capital);
    let config = EngineConfig { account, curve: Curve::Steps, keep_ended: false };
    let fill_rules = BarFills { participation: None, limits: LimitRule::Touch };
    let mut engine =
        Engine::new(instruments, config, Crossing(Scheduled::new(&world.costs, panel.width())), fill_rules)
            .unwrap();
    let mut strategy = Replay { panel, fills, t: 0, until };
    let close = |t: usize| panel.dates[t].midnight_utc().plus_seconds(36_000);
    for t in 0..panel.len() {
        let opened = panel.dates[t].midnight_utc().plus_seconds(14_400);
        let bars = (0..panel.width()).filter(|s| panel.has_bar(t, *s)).map(|s| {
            let c = panel.cell(t, s);
            let bar = Bar {
                opened,
                open: panel.open[c],
                high: panel.high[c],
                low: panel.low[c],
                close: panel.close[c],
                volume: panel.volume[c],
            };
            Event::Bar(s as u32, bar)
        });
        let events: Vec<Event> = bars.chain([Event::SessionEnd]).collect();
        strategy.t = t;
        engine.step(close(t), &events, &mut strategy).unwrap();
    }
    let from: Instant = close(panel.at_or_after(book.dates[0]));
    engine.log().equity.iter().filter(|(time, _)| *time >= from).map(|(_, equity)| *equity).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_same_orders_are_the_same_money(seed in any::<u64>()) {
        let world = world(seed);
        let book = world.run();
        // A delisting is no order: the comparison ends before it.
        let gone = book.fills.iter().find(|f| f.reason == FillReason::Exit(ExitReason::Delisted));
        let end = gone.map_or(book.dates.len(), |f| book.dates.partition_point(|date| *date < f.date));
        let first = world.panel.at_or_after(book.dates[0]);
        let equity = replay(&world, &book, first + end - 1);
        for (k, (ours, theirs)) in equity.iter().zip(&book.equity).take(end).enumerate() {
            prop_assert!((ours - theirs).abs() <= 1e-9 * theirs, "seed {} date {}: {} {}", seed, book.dates[k], ours, theirs);
        }
    }
}
