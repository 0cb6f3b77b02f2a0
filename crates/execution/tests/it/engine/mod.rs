//! The event engine.

mod accounts;
mod bars;
mod guards;
mod guards_of_signals;
mod impact;
mod interest;
mod lifecycle;
mod limits;
mod parents;
mod parity;
mod parts;
mod properties;
mod quotes;
mod walk;

use proofmark_execution::engine::{
    AccountConfig, Bar, BarFills, Costs, Curve, Desk, Engine, EngineConfig, Event, Instrument, Settlement,
    Shorting, Slice, Strategy,
};
use proofmark_units::Instant;

/// Minutes after the start of the tests' time.
pub(crate) const fn minute(n: i64) -> Instant {
    Instant::from_nanos(1_600_000_000_000_000_000 + n * 60_000_000_000)
}

/// The bar of the minute that ends at `n`.
pub(crate) fn bar(n: i64, open: f64, high: f64, low: f64, close: f64) -> Bar {
    Bar { opened: minute(n - 1), open, high, low, close, volume: 1_000.0 }
}

pub(crate) fn share(name: &str) -> Instrument {
    Instrument::share(name.parse().unwrap(), "INR")
}

/// A leveraged pair that may be long or short in any size.
pub(crate) fn pair(name: &str) -> Instrument {
    Instrument {
        lot: 1e-9,
        settlement: Settlement::Margined { initial: 0.1, maintenance: 0.05 },
        shorting: Shorting::Allowed,
        ..share(name)
    }
}

pub(crate) fn config(capital: f64) -> EngineConfig {
    EngineConfig { account: AccountConfig::cash("INR", capital), curve: Curve::Steps, keep_ended: true }
}

pub(crate) fn engine<C: Costs>(instruments: Vec<Instrument>, capital: f64, costs: C) -> Engine<C, BarFills> {
    Engine::new(instruments, config(capital), costs, BarFills::default()).unwrap()
}

/// Acts once, at the first step, by a closure; later steps are only watched.
pub(crate) struct Once<F>(pub(crate) Option<F>);

impl<F: FnOnce(&mut Desk<'_>)> Strategy for Once<F> {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        if let Some(act) = self.0.take() {
            act(desk);
        }
    }
}

/// Runs bars of one instrument, minute by minute from 1 on, with `act` at the first.
pub(crate) fn run<C: Costs>(
    mut engine: Engine<C, BarFills>,
    bars: &[Bar],
    act: impl FnOnce(&mut Desk<'_>),
) -> Engine<C, BarFills> {
    let mut strategy = Once(Some(act));
    for (k, bar) in bars.iter().enumerate() {
        engine.step(minute(k as i64 + 1), &[Event::Bar(0, *bar)], &mut strategy).unwrap();
    }
    engine
}
