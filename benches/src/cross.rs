//! Long one unit of one instrument while its average of 10 closes is above that of 50, flat otherwise: the rule that simulators
//! of the field are timed with.
//!
//! Prices are whole numbers, so that sums of them are exact and every side finds the same crossings; a bar opens where the one
//! before closed, so that a peer that fills at the close it decides on fills where the others do, at the next open.

use std::path::Path;

use proofmark_execution::costs::{CostSchedule, Side};
use proofmark_execution::engine::{
    AccountConfig, Bar, BarFills, Curve, Desk, Engine, EngineConfig, Event, Instrument, LimitRule,
    OrderRequest, Scheduled, Slice, Strategy, TimeInForce,
};
use proofmark_execution::fast::{
    Columns, Ends, Listed, long_flat, run as run_columns, sweep as sweep_columns,
};
use proofmark_execution::limits::{Cap, Limits, Mode};
use proofmark_units::Instant;
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use serde_json::{Value, json};

use crate::{Failure, read_columns, seed, timed, write_columns};

/// Bars of the two averages.
const WINDOWS: (usize, usize) = (10, 50);
const CAPITAL: f64 = 1e7;
/// Of the traded value, on each side.
const COST_BPS: f64 = 2.0;
/// Share of equity that is between one unit and two at every price of the walk: in whole units it is one.
const WEIGHT: f64 = 1.4e-3;
/// Most of a bar's volume that an order may take.
const PARTICIPATION: f64 = 0.1;
const START: i64 = 1_600_000_000;

/// Writes open, high, low, close and volume of so many minutes, and what both sides need to know.
///
/// # Errors
/// The files cannot be written.
pub fn input(folder: &Path, bars: usize) -> Result<(), Failure> {
    let mut rng = seed("cross").rng();
    let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
    let mut volumes = seed("cross volume").rng();
    let mut columns: Vec<Vec<f64>> = (0..5).map(|_| Vec::with_capacity(bars)).collect();
    let (mut level, mut before) = (0.0_f64, 10_000.0_f64);
    for _ in 0..bars {
        // Mean-reverting, so that one unit is a like share of equity over millions of bars.
        level = 0.998 * level + 0.001 * normal();
        let close = (10_000.0 * level.exp()).round();
        let (high, low) = ((2.0 * normal().abs()).round(), (2.0 * normal().abs()).round());
        let row = [before, before.max(close) + high, before.min(close) - low, close];
        columns.iter_mut().zip(row).for_each(|(column, price)| column.push(price));
        columns[4].push(f64::from(volumes.random_range(100..10_000_u32)));
        before = close;
    }
    let settings = json!({
        "capital": CAPITAL, "fees": COST_BPS * 1e-4, "windows": [WINDOWS.0, WINDOWS.1], "start": START,
        "fast": FAST, "slow": SLOW,
    });
    std::fs::write(folder.join("settings.json"), settings.to_string())?;
    write_columns(&folder.join("bars.f64"), &columns)
}

fn instrument() -> Result<Instrument, Failure> {
    Ok(Instrument::share("ONE".parse()?, "USD"))
}

const fn minute(n: usize) -> Instant {
    Instant::from_nanos((START + 60 * n as i64) * 1_000_000_000)
}

fn figures(bars: usize, fills: u64, equity: f64, costs: f64) -> Value {
    json!({"bars": bars, "fills": fills, "final_equity": equity, "costs": costs})
}

/// Sums of the last closes of both windows, one bar after the other.
struct Averages {
    closes: Vec<f64>,
    sums: (f64, f64),
    seen: usize,
}

impl Averages {
    fn new() -> Self {
        Self { closes: vec![0.0; WINDOWS.1], sums: (0.0, 0.0), seen: 0 }
    }

    /// Whether the short average is above the long one once both are known.
    fn push(&mut self, close: f64) -> bool {
        let (short, long) = WINDOWS;
        let at = self.seen % long;
        let left = |window: usize| {
            if self.seen >= window { self.closes[(self.seen - window) % long] } else { 0.0 }
        };
        self.sums = (self.sums.0 + close - left(short), self.sums.1 + close - left(long));
        self.closes[at] = close;
        self.seen += 1;
        self.seen >= long && self.sums.0 * long as f64 > self.sums.1 * short as f64
    }
}

struct Cross {
    averages: Averages,
    is_long: bool,
}

impl Strategy for Cross {
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
        for (of, bar) in slice.bars() {
            let wanted = self.averages.push(bar.close);
            if wanted != self.is_long {
                self.is_long = wanted;
                let side = if wanted { Side::Buy } else { Side::Sell };
                let order = OrderRequest::market(of, side, 1.0).waiting(TimeInForce::UntilCancelled);
                // A refusal would show in the figures.
                let _ = desk.submit(order);
            }
        }
    }
}

/// The event engine, bar by bar: orders, limits, participation, costs, marks and the accounting identity at each step.
///
/// # Errors
/// The input cannot be read or the engine stops.
pub fn events(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("bars.f64"), 5)?;
    let bars = columns[0].len();
    let account = AccountConfig::cash("USD", CAPITAL);
    let config = EngineConfig { account, curve: Curve::Steps, keep_ended: true };
    let fills = BarFills { participation: Some(PARTICIPATION), limits: LimitRule::Through };
    let costs = Scheduled::new(&CostSchedule::flat_bps(COST_BPS), 1);
    let limits = Limits { gross: Some(Cap { max: 1.0, mode: Mode::default() }), ..Limits::default() };
    let mut engine =
        Engine::new(vec![instrument()?], config, costs, fills)?.with_limits(limits, Default::default());
    let mut strategy = Cross { averages: Averages::new(), is_long: false };
    let row = |n: usize| Bar {
        opened: minute(n),
        open: columns[0][n],
        high: columns[1][n],
        low: columns[2][n],
        close: columns[3][n],
        volume: columns[4][n],
    };
    let (ran, seconds) = timed(|| {
        for n in 0..bars {
            let bar = row(n);
            engine.step(minute(n + 1), &[Event::Bar(0, bar)], &mut strategy)?;
        }
        Ok::<(), Failure>(())
    });
    ran?;
    let log = engine.log();
    let figures = figures(bars, log.fills.len() as u64, engine.account().equity(), log.costs.total());
    Ok(json!({"timings": {"backtest": seconds}, "figures": figures}))
}

/// The fast path: averages, decisions, fills, equity at each bar.
///
/// # Errors
/// The input cannot be read or the run is refused.
pub fn fast(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("bars.f64"), 5)?;
    let bars = columns[0].len();
    let times: Vec<Instant> = (1..=bars).map(minute).collect();
    let costs = Scheduled::new(&CostSchedule::flat_bps(COST_BPS), 1);
    let (instruments, account) = ([instrument()?], AccountConfig::cash("USD", CAPITAL));
    let (ran, seconds) = timed(|| {
        let market = Columns::new(&times, 1, &columns[0], &columns[3], Some(&columns[4]))?;
        let mut averages = Averages::new();
        let targets = long_flat(columns[3].iter().map(|close| averages.push(*close)), WEIGHT);
        Ok::<_, Failure>(run_columns(&market, &targets, &instruments, &account, costs)?)
    });
    let (equity, ends) = ran?;
    let last = *equity.last().ok_or("there is no bar")?;
    Ok(json!({"timings": {"backtest": seconds}, "figures": figures(bars, ends.fills, last, ends.costs)}))
}

/// Windows of the sweep: 20 short ones with 50 long ones.
const FAST: [usize; 3] = [5, 25, 1];
const SLOW: [usize; 3] = [30, 130, 2];

fn windows([from, to, by]: [usize; 3]) -> impl Iterator<Item = usize> + Clone {
    (from..to).step_by(by)
}

/// A variant's decisions from running sums of the closes, `sums[n]` being that of the first `n`.
fn crossings(sums: &[f64], (short, long): (usize, usize)) -> Listed {
    let (of_short, of_long) = (&sums[long - short..], &sums[long..]);
    let (short_factor, long_factor) = (long as f64, short as f64);
    let known = of_long.iter().zip(sums).zip(of_short);
    let above = known.map(|((now, before_long), before_short)| {
        (now - before_short) * short_factor > (now - before_long) * long_factor
    });
    long_flat(std::iter::repeat_n(false, long - 1).chain(above), WEIGHT)
}

/// The fast path for 1,000 pairs of windows.
///
/// # Errors
/// The input cannot be read or a run is refused.
pub fn sweep(folder: &Path) -> Result<Value, Failure> {
    let columns = read_columns(&folder.join("bars.f64"), 5)?;
    let bars = columns[0].len();
    let times: Vec<Instant> = (1..=bars).map(minute).collect();
    let costs = Scheduled::new(&CostSchedule::flat_bps(COST_BPS), 1);
    let (instruments, account) = ([instrument()?], AccountConfig::cash("USD", CAPITAL));
    let variants: Vec<(usize, usize)> =
        windows(FAST).flat_map(|short| windows(SLOW).map(move |long| (short, long))).collect();
    let (ran, seconds) = timed(|| {
        let market = Columns::new(&times, 1, &columns[0], &columns[3], Some(&columns[4]))?;
        let mut sums = vec![0.0];
        sums.extend(columns[3].iter().scan(0.0, |sum, close| {
            *sum += close;
            Some(*sum)
        }));
        let targets = |variant: &(usize, usize)| crossings(&sums, *variant);
        Ok::<_, Failure>(sweep_columns(&market, &variants, targets, &instruments, &account, &costs)?)
    });
    let ends = ran?;
    let weighted = |value: fn(&Ends) -> f64| -> f64 {
        ends.iter().zip(1..).map(|(ends, place)| f64::from(place) * value(ends)).sum()
    };
    Ok(json!({
        "timings": {"sweep": seconds},
        "figures": {
            "bars": bars,
            "variants": ends.len(),
            "fills": ends.iter().map(|ends| ends.fills).sum::<u64>(),
            "fills_weighted": weighted(|ends| ends.fills as f64),
            "final_equity": weighted(|ends| ends.equity) / ends.len() as f64,
        },
    }))
}
