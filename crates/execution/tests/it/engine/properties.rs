//! What holds for any market and any orders (appendix B of the gated pipeline's rules).

use proofmark_execution::costs::{CostSchedule, Side};
use proofmark_execution::engine::{
    Bar, BarFills, Curve, Desk, Engine, EngineConfig, Event, Free, Instrument, Kind, LimitRule, Log,
    OrderRequest, Purpose, Scheduled, Shorting, Slice, Strategy, TimeInForce,
};
use proofmark_units::Seed;
use proptest::prelude::*;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use super::{minute, pair, share};

fn uniform(rng: &mut ChaCha8Rng) -> f64 {
    (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
}

/// A driftless walk of so many bars, some of them missing, locked or gapped.
fn walk(seed: u64, name: u64, bars: usize, scale: f64) -> Vec<Option<Bar>> {
    let mut rng = Seed::root(seed).nth(name).rng();
    let mut price = 100.0 * scale;
    (0..bars as i64)
        .map(|n| {
            let gap = if uniform(&mut rng) < 0.1 { 1.0 + 0.06 * (uniform(&mut rng) - 0.5) } else { 1.0 };
            let open = price * gap;
            let close = open * (1.0 + 0.03 * (uniform(&mut rng) - 0.5));
            let high = open.max(close) * (1.0 + 0.01 * uniform(&mut rng));
            let low = open.min(close) * (1.0 - 0.01 * uniform(&mut rng));
            let volume = (1_000.0 * uniform(&mut rng)).floor();
            price = close;
            let there = uniform(&mut rng) > 0.05;
            there.then_some(Bar { opened: minute(n), open, high, low, close, volume })
        })
        .collect()
}

/// Sends whatever comes to mind: every kind, either side, brackets, groups, cancellations, target weights.
struct Monkey {
    rng: ChaCha8Rng,
    /// Units of one lot.
    lot: f64,
}

impl Monkey {
    fn draw(&mut self, n: u64) -> u64 {
        self.rng.next_u64() % n
    }

    fn act(&mut self, desk: &mut Desk<'_>, of: u32) {
        let (price, long) = (desk.price(of), desk.position(of).quantity > 0.0);
        if price.is_nan() {
            return;
        }
        let side = if self.draw(2) == 0 { Side::Buy } else { Side::Sell };
        let units = (1 + self.draw(40)) as f64 * self.lot;
        let near = price * (0.98 + 0.04 * uniform(&mut self.rng));
        let kind = match self.draw(5) {
            0 => Kind::Market,
            1 => Kind::Limit(near),
            2 => Kind::Stop(near),
            3 => Kind::StopLimit { trigger: near, limit: near * 1.001 },
            _ => Kind::Trail { reference: price, activation: 0.002, distance: 0.01 },
        };
        let time_in_force = match self.draw(3) {
            0 => TimeInForce::DAY,
            1 => TimeInForce::UntilCancelled,
            _ => TimeInForce::Immediate,
        };
        let order = OrderRequest::market(of, side, units).kind(kind).waiting(time_in_force);
        let out = if side == Side::Buy { Side::Sell } else { Side::Buy };
        let exit = |kind| OrderRequest::market(of, out, f64::INFINITY).risk().kind(kind).tag("exit");
        let _refused = match self.draw(6) {
            0 => desk.submit_bracket(order, vec![exit(Kind::Stop(near)), exit(Kind::Limit(price))]).is_err(),
            1 => desk.submit_group(vec![order.clone(), order]).is_err(),
            2 => {
                desk.cancel_all(of);
                false
            }
            3 => {
                let weight = uniform(&mut self.rng) * 0.5 * if long { -1.0 } else { 1.0 };
                desk.target_weights(&[(of, weight)], "weight");
                false
            }
            _ => desk.submit(order).is_err(),
        };
    }
}

impl Strategy for Monkey {
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        for event in slice.events {
            if let Event::Bar(of, _) = event
                && self.draw(3) == 0
            {
                self.act(desk, *of);
            }
        }
    }
}

struct World {
    seed: u64,
    bars: usize,
    scale: f64,
    capital: f64,
    lot: f64,
    instruments: Vec<Instrument>,
    fills: BarFills,
}

impl World {
    fn new(seed: u64, instruments: Vec<Instrument>) -> Self {
        let limits = LimitRule::Queue { share: 0.2 };
        let fills = BarFills { participation: Some(0.5), limits };
        Self { seed, bars: 60, scale: 1.0, capital: 1e5, lot: 1.0, instruments, fills }
    }

    fn events(&self, n: usize, walks: &[Vec<Option<Bar>>]) -> Vec<Event> {
        let bars = walks.iter().zip(0..).filter_map(|(walk, of)| walk[n].map(|bar| Event::Bar(of, bar)));
        bars.chain(n.is_multiple_of(7).then_some(Event::SessionEnd)).collect()
    }

    /// Runs it; `check` sees the engine after each step.
    fn run(&self, schedule: Option<&CostSchedule>, mut check: impl FnMut(&dyn Watched)) -> Log {
        let walks: Vec<_> = (0..self.instruments.len() as u64)
            .map(|name| walk(self.seed, name, self.bars, self.scale))
            .collect();
        let account = super::config(self.capital).account;
        let config = EngineConfig { account, curve: Curve::Steps, keep_ended: true };
        let mut monkey = Monkey { rng: Seed::root(self.seed).nth(99).rng(), lot: self.lot };
        macro_rules! go {
            ($costs:expr) => {{
                let mut engine =
                    Engine::new(self.instruments.clone(), config, $costs, self.fills.clone()).unwrap();
                for n in 0..self.bars {
                    engine.step(minute(n as i64 + 1), &self.events(n, &walks), &mut monkey).unwrap();
                    check(&engine);
                }
                engine.into_log()
            }};
        }
        match schedule {
            Some(schedule) => go!(Scheduled::new(schedule, self.instruments.len())),
            None => go!(Free),
        }
    }
}

trait Watched {
    fn open_trips(&self) -> Vec<proofmark_execution::engine::RoundTrip>;
    fn account(&self) -> &proofmark_execution::engine::Account;
}

impl<C: proofmark_execution::engine::Costs> Watched for Engine<C, BarFills> {
    fn open_trips(&self) -> Vec<proofmark_execution::engine::RoundTrip> {
        self.open_trips()
    }
    fn account(&self) -> &proofmark_execution::engine::Account {
        self.account()
    }
}

fn shares(n: usize) -> Vec<Instrument> {
    (0..n).map(|k| share(&format!("S{k}"))).collect()
}

/// Conservation over so many streams of random orders: the identity is asserted inside each step; here cash is rebuilt from
/// the fills alone, nothing is borrowed and nothing is short that may not be.
fn conserve(streams: u64) {
    let schedule = CostSchedule::named("nse_delivery").unwrap();
    for seed in 0..streams {
        let world = World { bars: 30, ..World::new(seed, shares(2)) };
        let (mut last_cash, mut equity) = (0.0, 0.0);
        let log = world.run(Some(&schedule), |engine| {
            let account = engine.account();
            assert!(account.cash(0) >= -1e-6, "stream {seed}: cash {}", account.cash(0));
            assert!((0..2).all(|of| account.position(of).quantity >= 0.0), "stream {seed}: short");
            (last_cash, equity) = (account.cash(0), account.equity());
        });
        let flow = |fill: &proofmark_execution::engine::EngineFill| {
            let value = fill.quantity * fill.price;
            if fill.side == Side::Buy { -value - fill.costs.total() } else { value - fill.costs.total() }
        };
        let cash = 1e5 + log.fills.iter().map(flow).sum::<f64>();
        assert!((cash - last_cash).abs() < 1e-6, "stream {seed}: {cash} {last_cash}");
        assert_eq!(log.equity.last().unwrap().1, equity);
    }
}

/// Ten thousand streams, or as many as `PROOFMARK_STREAMS` says.
#[test]
fn money_is_conserved_under_random_orders() {
    let asked = std::env::var("PROOFMARK_STREAMS").ok();
    conserve(asked.map_or(10_000, |streams| streams.parse().unwrap()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn trips_and_open_positions_add_up_to_the_gain(seed in any::<u64>()) {
        let world = World::new(seed, vec![pair("P"), pair("Q")]);
        let schedule = CostSchedule::flat_bps(5.0);
        let mut open = Vec::new();
        let log = world.run(Some(&schedule), |engine| open = engine.open_trips());
        let net: f64 = log.trips.iter().chain(&open).map(|trip| trip.net()).sum();
        let gain = log.equity.last().unwrap().1 - 1e5;
        prop_assert!((net - gain).abs() < 1e-6, "{} {}", net, gain);
        prop_assert!(log.trips.iter().all(|t| t.mae <= 0.0 && t.mfe >= 0.0 && t.left >= t.entered));
    }

    #[test]
    fn a_later_bar_changes_nothing_before_it(seed in any::<u64>(), cut in 5_usize..55) {
        let whole = World::new(seed, shares(3));
        let short = World { bars: cut, ..World::new(seed, shares(3)) };
        let (whole, short) = (whole.run(None, |_| ()), short.run(None, |_| ()));
        prop_assert_eq!(&whole.equity[..cut], &short.equity[..]);
        prop_assert_eq!(&whole.fills[..short.fills.len()], &short.fills[..]);
    }

    #[test]
    fn twice_the_money_and_the_lots_is_twice_the_gain(seed in any::<u64>()) {
        let double = Instrument { lot: 2.0, ..share("S0") };
        let fills = BarFills::default();
        let one = World { fills: fills.clone(), ..World::new(seed, shares(1)) }.run(None, |_| ());
        let two = World { capital: 2e5, lot: 2.0, fills, ..World::new(seed, vec![double]) }.run(None, |_| ());
        for (a, b) in one.equity.iter().zip(&two.equity) {
            prop_assert!((2.0 * a.1 - b.1).abs() <= 1e-9 * b.1);
        }
    }

    #[test]
    fn prices_in_another_unit_leave_returns_alone(seed in any::<u64>()) {
        let one = World { fills: BarFills::default(), ..World::new(seed, shares(2)) }.run(None, |_| ());
        let scaled = World { scale: 4.0, capital: 4e5, fills: BarFills::default(), ..World::new(seed, shares(2)) };
        for (a, b) in one.equity.iter().zip(&scaled.run(None, |_| ()).equity) {
            prop_assert!((4.0 * a.1 - b.1).abs() <= 1e-9 * b.1);
        }
    }

    #[test]
    fn after_a_stop_the_position_is_zero_within_a_bar(seed in any::<u64>(), drop in 0.80_f64..0.90) {
        struct Holder;
        impl Strategy for Holder {
            fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
                if desk.position(0).is_flat() && desk.working(0).count() == 0 && slice.time == minute(1) {
                    let stop = OrderRequest::market(0, Side::Sell, f64::INFINITY).risk();
                    let stop = stop.waiting(TimeInForce::UntilCancelled).kind(Kind::Stop(desk.price(0) * 0.9));
                    desk.submit_bracket(OrderRequest::market(0, Side::Buy, 700.0), vec![stop]).unwrap();
                }
                // It keeps wanting more; the stop does not care.
                let _ = desk.submit(OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Limit(1.0)));
            }
        }
        let fills = BarFills { participation: Some(1.0), limits: LimitRule::Through };
        let mut engine = Engine::new(shares(1), super::config(1e6), Free, fills).unwrap();
        let mut bars: Vec<Bar> = walk(seed, 0, 20, 1.0).into_iter().flatten().take(6).collect();
        bars.iter_mut().zip(0..).for_each(|(bar, n)| {
            (bar.opened, bar.volume) = (minute(n), 800.0);
        });
        let stop = bars[0].close * 0.9;
        let last = bars.last().copied().unwrap();
        prop_assume!(bars.len() == 6 && bars[1..].iter().all(|bar| bar.low > stop));
        let low = bars[0].close * drop;
        bars.push(Bar { opened: minute(6), open: last.close, high: last.close, low: low.min(last.close), close: low.min(last.close), volume: 1.0 });
        for (n, bar) in bars.iter().enumerate() {
            engine.step(minute(n as i64 + 1), &[Event::Bar(0, *bar)], &mut Holder).unwrap();
        }
        prop_assert!(engine.account().position(0).is_flat());
        let exit = engine.log().fills.last().unwrap();
        prop_assert_eq!((exit.purpose, exit.quantity), (Purpose::Risk, 700.0));
    }

    #[test]
    fn the_order_of_the_names_does_not_matter(seed in any::<u64>()) {
        // Target weights for three names, sent as one decision in either order.
        struct Weights { order: [u32; 3], rng: ChaCha8Rng }
        impl Strategy for Weights {
            fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
                let weights: Vec<f64> = (0..3).map(|_| 0.33 * uniform(&mut self.rng)).collect();
                let named: Vec<_> = self.order.iter().zip(weights).collect();
                let mut sent: Vec<(u32, f64)> = named.iter().map(|(of, w)| (**of, *w)).collect();
                sent.sort_by_key(|(of, _)| *of);
                desk.target_weights(&sent, "");
            }
        }
        let equity = |order: [u32; 3]| {
            let fills = BarFills::default();
            let instruments: Vec<_> = (0..3).map(|k| Instrument { shorting: Shorting::Never, ..share(&format!("S{k}")) }).collect();
            let mut engine = Engine::new(instruments, super::config(1e5), Free, fills).unwrap();
            let walks: Vec<_> = (0..3).map(|name| walk(seed, name, 40, 1.0)).collect();
            let mut strategy = Weights { order, rng: Seed::root(seed).rng() };
            for n in 0..40 {
                let mut events: Vec<Event> = order.iter().zip(&walks)
                    .filter_map(|(of, walk)| walk[n].map(|bar| Event::Bar(*of, bar))).collect();
                events.sort_by_key(|event| match event { Event::Bar(of, _) => *of, _ => 9 });
                engine.step(minute(n as i64 + 1), &events, &mut strategy).unwrap();
            }
            engine.account().equity()
        };
        let (a, b) = (equity([0, 1, 2]), equity([2, 0, 1]));
        prop_assert!((a - b).abs() < 1e-9 * a, "{} {}", a, b);
    }
}
