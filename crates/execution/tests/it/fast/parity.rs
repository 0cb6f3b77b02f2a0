//! The event engine with a strategy of target weights, and the fast path, on random worlds.

use proofmark_execution::costs::{CostSchedule, SlippageModel};
use proofmark_execution::engine::{
    AccountConfig, Bar, BarFills, Curve, Desk, Engine, EngineConfig, Event, Instrument, Log, Scheduled,
    Shorting, Slice, Strategy,
};
use proofmark_execution::fast::{Columns, Grid, Listed, Target, run, run_ends};
use proofmark_units::{Instant, Seed};
use proptest::prelude::*;
use rand_chacha::rand_core::Rng;

/// Asks for the row of a grid at each step.
struct TargetWeights<'a> {
    rows: std::slice::ChunksExact<'a, f64>,
}

impl Strategy for TargetWeights<'_> {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        let row = self.rows.next().unwrap();
        let named: Vec<_> =
            (0..).zip(row.iter().copied()).filter(|(_, weight): &(u32, f64)| !weight.is_nan()).collect();
        desk.target_weights(&named, "");
    }
}

#[derive(Debug)]
struct World {
    times: Vec<Instant>,
    open: Vec<f64>,
    close: Vec<f64>,
    volume: Vec<f64>,
    grid: Vec<f64>,
    session_ends: Vec<usize>,
    instruments: Vec<Instrument>,
    account: AccountConfig,
    costs: CostSchedule,
}

impl World {
    /// Gaps, missing and broken bars, locks, lots, shorts, leverage, costs of every kind, wishes beyond the money.
    fn new(seed: u64) -> Self {
        let mut rng = Seed::root(seed).child("fast").rng();
        let mut uniform = move || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
        let (width, steps) = (1 + (uniform() * 4.0) as usize, 40 + (uniform() * 80.0) as usize);
        let (missing, wish) = (if uniform() < 0.3 { 0.0 } else { 0.15 }, 0.3 + 2.0 * uniform());
        let shorting = if uniform() < 0.5 { Shorting::Never } else { Shorting::Allowed };
        let lots = [1e-6, 1.0, 7.0];
        let instruments = (0..width).map(|of| Instrument {
            lot: lots[(uniform() * 3.0) as usize],
            multiplier: if uniform() < 0.8 { 1.0 } else { 2.5 },
            min_notional: if uniform() < 0.5 { 0.0 } else { 400.0 },
            shorting,
            ..crate::engine::share(&format!("S{of}"))
        });
        let instruments = instruments.collect();
        let session = (uniform() * 8.0) as usize;
        let mut world = Self {
            times: (1..=steps as i64).map(|n| crate::engine::minute(360 * n)).collect(),
            open: Vec::new(),
            close: Vec::new(),
            volume: Vec::new(),
            grid: Vec::new(),
            session_ends: (0..steps).filter(|n| session > 0 && (n + 1).is_multiple_of(session)).collect(),
            instruments,
            account: AccountConfig {
                leverage: if uniform() < 0.7 { 1.0 } else { 2.0 },
                ..AccountConfig::cash("INR", 1e4 + 1e5 * uniform())
            },
            costs: CostSchedule::flat_bps(40.0 * uniform()),
        };
        // Charges once a day, fees by rolling volume, borrowing over night.
        let shipped = ["nse_delivery", "crypto_tiers", "us_equity"];
        if let Some(name) = shipped.get((uniform() * 6.0) as usize) {
            world.costs = CostSchedule::named(name).unwrap();
        }
        // A schedule lends in its own currency only.
        let currency = world.costs.currency().to_owned();
        world.instruments.iter_mut().for_each(|of| of.currency.clone_from(&currency));
        world.account.currencies = vec![currency];
        if uniform() < 0.5 {
            world.costs = world.costs.with_slippage(SlippageModel {
                half_spread: 0.0005,
                impact_coefficient: uniform(),
                half_spread_price: 0.01,
                permanent_coefficient: 0.1,
            });
        }
        let mut prices = vec![100.0; width];
        for _ in 0..steps {
            for price in &mut prices {
                let open = *price * (1.0 + 0.05 * (uniform() - 0.5));
                let close = if uniform() < 0.1 { open } else { open * (1.0 + 0.04 * (uniform() - 0.5)) };
                let volume = if uniform() < 0.2 { 0.0 } else { (1e4 * uniform()).floor() };
                *price = close;
                let broken = uniform();
                let is_missing = broken < missing;
                world.open.push(if is_missing && broken < missing * 0.7 { f64::NAN } else { open });
                world.close.push(if is_missing && broken > missing * 0.5 { -close } else { close });
                world.volume.push(volume);
                let weight = wish * (uniform() - if shorting == Shorting::Never { 0.1 } else { 0.5 });
                world.grid.push(match uniform() {
                    draw if draw < 0.5 => f64::NAN,
                    draw if draw < 0.65 => 0.0,
                    _ => weight,
                });
            }
        }
        world
    }

    fn bars(&self, step: usize) -> impl Iterator<Item = Event> {
        let opened = if step == 0 { self.times[0].plus_seconds(-60) } else { self.times[step - 1] };
        let width = self.instruments.len();
        (0..width).map(move |of| {
            let cell = step * width + of;
            let (open, close) = (self.open[cell], self.close[cell]);
            let (high, low) = (open.max(close), open.min(close));
            Event::Bar(of as u32, Bar { opened, open, high, low, close, volume: self.volume[cell] })
        })
    }

    fn scheduled(&self) -> Scheduled<'_> {
        Scheduled::new(&self.costs, self.instruments.len())
    }

    fn by_events(&self) -> Log {
        let config = EngineConfig { account: self.account.clone(), curve: Curve::Steps, keep_ended: false };
        let mut engine =
            Engine::new(self.instruments.clone(), config, self.scheduled(), BarFills::default()).unwrap();
        let mut strategy = TargetWeights { rows: self.grid.chunks_exact(self.instruments.len()) };
        for (step, time) in self.times.iter().enumerate() {
            let ends = self.session_ends.contains(&step).then_some(Event::SessionEnd);
            let events: Vec<Event> = self.bars(step).chain(ends).collect();
            engine.step(*time, &events, &mut strategy).unwrap();
        }
        engine.into_log()
    }

    fn columns(&self) -> Columns<'_> {
        Columns::new(&self.times, self.instruments.len(), &self.open, &self.close, Some(&self.volume))
            .unwrap()
            .with_session_ends(&self.session_ends)
            .unwrap()
    }
}

/// Whether two amounts are the same to 1e-9 of the larger of the capital and themselves.
fn near(a: f64, b: f64, capital: f64) -> bool {
    (a - b).abs() <= 1e-9 * capital.max(b.abs())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn columns_and_events_are_the_same_money(seed in any::<u64>()) {
        let world = World::new(seed);
        let log = world.by_events();
        let columns = world.columns();
        let (equity, ends) =
            run(&columns, &Grid(&world.grid), &world.instruments, &world.account, world.scheduled()).unwrap();
        let capital = world.account.capital;
        prop_assert_eq!(equity.len(), log.equity.len());
        for (step, (ours, (_, theirs))) in equity.iter().zip(&log.equity).enumerate() {
            prop_assert!(near(*ours, *theirs, capital), "step {}: {} {}", step, ours, theirs);
        }
        prop_assert_eq!(ends.fills as usize, log.fills.len());
        prop_assert!(near(ends.costs, log.costs.total(), capital) && near(ends.traded, log.traded, capital));
        // The same targets as a list, and without the curve.
        let width = world.instruments.len();
        let cells = world.grid.iter().enumerate().filter(|(_, weight)| !weight.is_nan());
        let target = |(cell, weight): (usize, &f64)| {
            Target { step: cell / width, instrument: (cell % width) as u32, weight: *weight }
        };
        let listed = Listed::new(cells.map(target).collect()).unwrap();
        let again =
            run_ends(&columns, &listed, &world.instruments, &world.account, world.scheduled()).unwrap();
        prop_assert_eq!(again, ends);
    }

    #[test]
    fn a_later_bar_changes_no_earlier_equity(seed in any::<u64>(), share in 0.1_f64..0.9) {
        let mut world = World::new(seed);
        let whole = run(&world.columns(), &Grid(&world.grid), &world.instruments, &world.account, world.scheduled())
            .unwrap().0;
        let (width, steps) = (world.instruments.len(), (world.times.len() as f64 * share) as usize);
        world.times.truncate(steps);
        world.session_ends.retain(|end| *end < steps);
        for column in [&mut world.open, &mut world.close, &mut world.volume, &mut world.grid] {
            column.truncate(steps * width);
        }
        let cut = run(&world.columns(), &Grid(&world.grid), &world.instruments, &world.account, world.scheduled())
            .unwrap().0;
        prop_assert_eq!(&whole[..steps], &cut[..]);
    }
}
