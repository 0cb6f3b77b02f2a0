//! Puts a world together, session by session.

use proofmark_market::BarRow;
use proofmark_units::{DateSpan, Seed, Symbol};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution, Open01, StandardNormal};

use super::events::Events;
use super::index::Index;
use super::market::{MARKET_VOLATILITY, Market, SECTOR_VOLATILITY, SECTORS, SESSIONS_PER_YEAR};
use super::shocks::{OVERNIGHT_VARIANCE, Shocks};
use super::signal::Signal;
use super::stress::stress_periods;
use super::{BENCHMARK, Halt, Listing, SimulatedSymbol, Split, Truth, World, WorldSpec, WorldSpecError};

/// Bars are readable half an hour after the close.
const DELIVERY_SECONDS: i64 = 1_800;

/// A symbol on its way through time.
struct Path {
    beta: f64,
    loadings: [f64; SECTORS],
    /// Daily volatility of the symbol's own noise, and of its whole return.
    own: f64,
    sigma: f64,
    sector: usize,
    /// Money traded on an ordinary day.
    turnover: f64,
    events: Events,
    shocks: Shocks,
    range: ChaCha8Rng,
    volume: ChaCha8Rng,
    log_price: f64,
    log_activity: f64,
    signal: Signal,
    rows: Vec<BarRow>,
}

impl Path {
    fn new(index: usize, sessions: usize, seed: &Seed) -> Self {
        let daily = SESSIONS_PER_YEAR.sqrt().recip();
        let mut rng = seed.child("character").rng();
        let mut between = |low: f64, high: f64| low + (high - low) * rng.random::<f64>();
        let sector = index % SECTORS;
        let beta = between(0.6, 1.4);
        let mut loadings = [(); SECTORS].map(|()| between(-0.3, 0.3));
        loadings[sector] = between(0.6, 1.2);
        let own = between(0.19, 0.31) * daily;
        let shared = (MARKET_VOLATILITY * beta).powi(2)
            + loadings.iter().map(|l| (l * SECTOR_VOLATILITY).powi(2)).sum::<f64>();
        Self {
            beta,
            loadings,
            own,
            sigma: (shared * daily * daily + own * own).sqrt(),
            sector,
            turnover: between(0.4e9_f64.ln(), 6e9_f64.ln()).exp(),
            events: Events::draw(sessions, &seed.child("events")),
            shocks: Shocks::new(&seed.child("own"), 0.06, 0.90),
            range: seed.child("range").rng(),
            volume: seed.child("volume").rng(),
            log_price: between(150.0_f64.ln(), 1_500.0_f64.ln()),
            log_activity: 0.0,
            signal: Signal::new(),
            rows: Vec::with_capacity(sessions),
        }
    }

    /// Advances one session and returns its open, high, low and close over the previous close.
    fn step(&mut self, t: usize, market: &Market, expected: f64, spec: &WorldSpec) -> [f64; 4] {
        let own = self.own * market.regime[t].dispersion();
        let shock = self.shocks.draw();
        let mut variance = (self.beta * market.market_sd[t]).powi(2) + (own * shock.sd).powi(2);
        let mut overnight = self.beta * market.market[t].overnight + own * shock.overnight;
        let mut intraday = self.beta * market.market[t].intraday + own * shock.intraday;
        for (f, loading) in self.loadings.iter().enumerate() {
            variance += (loading * market.sector_sd[t][f]).powi(2);
            overnight += loading * market.sectors[t][f].overnight;
            intraday += loading * market.sectors[t][f].intraday;
        }
        // The drift is that of simple returns: half the variance comes off the log return.
        overnight -= 0.5 * variance * OVERNIGHT_VARIANCE;
        intraday -= 0.5 * variance * (1.0 - OVERNIGHT_VARIANCE);

        let size = (overnight + intraday).abs() / self.sigma;
        intraday += expected;
        // Extremes of a Brownian bridge from open to close, each with its exact distribution.
        let spread = 2.0 * variance * (1.0 - OVERNIGHT_VARIANCE);
        let mut reach = || {
            let u: f64 = Open01.sample(&mut self.range);
            (intraday * intraday - spread * u.ln()).sqrt()
        };
        let (top, bottom) = (0.5 * (intraday + reach()), 0.5 * (intraday - reach()));
        let noise: f64 = StandardNormal.sample(&mut self.volume);
        self.log_activity = 0.8 * self.log_activity + 0.25 * noise;

        let before = self.log_price;
        let at = |log: f64| ((before + log).exp() * 100.0).round().max(1.0) / 100.0;
        let (open, close) = (at(overnight), at(overnight + intraday));
        let (high, low) =
            (at(overnight + top).max(open).max(close), at(overnight + bottom).min(open).min(close));
        self.log_price += overnight + intraday;
        if self.events.has_bar[t] {
            let activity = (self.log_activity + 0.4 * (size - 0.8)).min(4.0).exp();
            let volume = (self.turnover * activity / close).round();
            self.signal.push(close, volume);
            self.rows.push(BarRow {
                date: spec.sessions[t],
                event_time: spec.closes[t],
                known_at: spec.closes[t].plus_seconds(DELIVERY_SECONDS),
                open,
                high,
                low,
                close,
                volume,
            });
        }
        [overnight, overnight + top, overnight + bottom, overnight + intraday].map(f64::exp)
    }
}

/// Makes the world of `spec`.
///
/// # Errors
/// [`WorldSpecError`] where the spec is outside the ranges documented on its fields.
pub fn simulate(spec: &WorldSpec) -> Result<World, WorldSpecError> {
    spec.check()?;
    let (sessions, width) = (spec.sessions.len(), spec.symbols);
    let market = Market::simulate(spec.scenario, sessions, &spec.seed.child("market"));
    let symbol_seed = spec.seed.child("symbol");
    let mut paths: Vec<Path> =
        (0..width).map(|i| Path::new(i, sessions, &symbol_seed.nth(i as u64))).collect();
    let strength = if spec.scenario.has_signal() { spec.strength } else { 0.0 };

    let mut expected = vec![0.0; sessions * width];
    let mut index = Index::new();
    for t in 0..sessions {
        let mut moves = Vec::with_capacity(width);
        for (s, path) in paths.iter_mut().enumerate() {
            if t >= path.events.listed {
                let drift = if t == 0 { 0.0 } else { expected[(t - 1) * width + s] };
                moves.push(path.step(t, &market, drift, spec));
            }
        }
        index.push(spec.sessions[t], spec.closes[t], &moves);
        plant(&paths, t, strength, &mut expected[t * width..(t + 1) * width]);
    }

    let symbols: Vec<Symbol> = (1..=width).map(|i| symbol(&format!("SIM{i:03}"))).collect();
    let leak = spec.scenario == super::Scenario::Leak;
    let leak_column = leak.then(|| {
        let seed = spec.seed.child("leak");
        paths.iter().enumerate().map(|(s, path)| leak_of(path, &seed.nth(s as u64))).collect()
    });
    let stress_periods = stress_periods(spec, &market, &index.rows);
    let truth = truth(spec, &market, &paths, &symbols, expected);
    let bars =
        symbols.into_iter().zip(paths).map(|(symbol, path)| SimulatedSymbol { symbol, rows: path.rows });
    Ok(World {
        bars: bars.collect(),
        benchmark: SimulatedSymbol { symbol: symbol(BENCHMARK), rows: index.rows },
        truth,
        stress_periods,
        leak_column,
    })
}

/// What the signals at the close of session `t` add to the next session: relative to their mean, so that the market
/// itself is not moved.
fn plant(paths: &[Path], t: usize, strength: f64, expected: &mut [f64]) {
    if strength == 0.0 {
        return;
    }
    let listed = || paths.iter().filter(|path| t >= path.events.listed);
    let mean = listed().map(|path| path.signal.value()).sum::<f64>() / listed().count().max(1) as f64;
    for (slot, path) in expected.iter_mut().zip(paths) {
        if t >= path.events.listed {
            *slot = strength * path.sigma * (path.signal.value() - mean);
        }
    }
}

fn leak_of(path: &Path, seed: &Seed) -> Vec<f64> {
    let mut rng = seed.rng();
    let closes = path.rows.iter().map(|row| row.close);
    let next = path.rows.iter().skip(1).map(|row| Some(row.close)).chain([None]);
    closes
        .zip(next)
        .map(|(close, next)| {
            let noise: f64 = StandardNormal.sample(&mut rng);
            next.map_or(0.0, |next| (next / close - 1.0) / path.sigma) + noise
        })
        .collect()
}

fn truth(spec: &WorldSpec, market: &Market, paths: &[Path], symbols: &[Symbol], expected: Vec<f64>) -> Truth {
    let dates = &spec.sessions;
    let (mut splits, mut listings, mut halts) = (Vec::new(), Vec::new(), Vec::new());
    for (path, symbol) in paths.iter().zip(symbols) {
        let events = &path.events;
        splits.extend(events.splits.iter().map(|(t, ratio)| Split {
            symbol: symbol.clone(),
            date: dates[*t],
            ratio: *ratio,
        }));
        if events.listed > 0 {
            listings.push(Listing { symbol: symbol.clone(), date: dates[events.listed] });
        }
        halts.extend(events.halts.iter().map(|range| Halt {
            symbol: symbol.clone(),
            span: DateSpan { start: dates[range.start], end: dates[range.end - 1] },
        }));
    }
    Truth {
        dates: dates.clone(),
        expected,
        regime: market.regime.clone(),
        betas: paths.iter().map(|path| path.beta).collect(),
        sigmas: paths.iter().map(|path| path.sigma).collect(),
        sectors: paths.iter().map(|path| path.sector).collect(),
        splits,
        listings,
        halts,
    }
}

fn symbol(name: &str) -> Symbol {
    name.parse().expect("simulated names are symbols")
}
