//! A trail on coarse bars must not make money out of a driftless walk (USD/COP lifecycle, 3.B.1).

use proofmark_execution::costs::{Liquidity, Side};
use proofmark_execution::engine::{
    Bar, BarFills, Engine, Event, FillModel, Found, Free, Kind, Order, OrderRequest, Quote, Slice, Strategy,
    TimeInForce,
};
use proofmark_units::Seed;
use rand_chacha::rand_core::Rng;

use super::{config, minute, pair};

const SESSIONS: i64 = 6;
/// Steps of the walk within a session: its bars are those of a path, not of four independent draws.
const STEPS: usize = 240;

/// The rule of the source: the bar that makes the peak may also trigger from it.
struct PeakAndTrailInOneBar(BarFills);

impl FillModel for PeakAndTrailInOneBar {
    fn at_open(&self, order: &Order, bar: &Bar) -> Option<Found> {
        self.0.at_open(order, bar)
    }

    fn within(&self, order: &Order, bar: &Bar, fresh: bool) -> Option<Found> {
        if let Kind::Trail { reference, activation, distance } = order.kind {
            let peak = bar.high.max(reference);
            let level = peak * (1.0 - distance);
            let triggers = peak / reference - 1.0 >= activation && bar.low <= level;
            return triggers.then_some(Found {
                price: level,
                units: f64::INFINITY,
                liquidity: Liquidity::Taker,
            });
        }
        self.0.within(order, bar, fresh)
    }

    fn capacity(&self, bar: &Bar) -> f64 {
        self.0.capacity(bar)
    }

    fn at_quote(&self, order: &Order, quote: &Quote) -> Option<Found> {
        self.0.at_quote(order, quote)
    }
}

/// Long from the second session's open with a trail of 0.20 % / 0.10 % and a stop of 3.5 %, out at the last open.
struct Week;

impl Strategy for Week {
    fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut proofmark_execution::engine::Desk<'_>) {
        let gtc = TimeInForce::UntilCancelled;
        let out = |kind| OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().waiting(gtc).kind(kind);
        if slice.time == minute(1) {
            let trail = Kind::Trail { reference: f64::NAN, activation: 0.0020, distance: 0.0010 };
            let exits = vec![out(trail), out(Kind::Stop(desk.price(0) * 0.965))];
            desk.submit_bracket(OrderRequest::market(0, Side::Buy, 1.0), exits).unwrap();
        } else if slice.time == minute(SESSIONS - 1) && !desk.position(0).is_flat() {
            desk.submit(out(Kind::Market)).unwrap();
        }
    }
}

/// Mean and standard error of the return of so many weeks.
fn weeks<F: FillModel>(n: u64, fills: impl Fn() -> F) -> (f64, f64) {
    let step = 0.135 / (252.0 * STEPS as f64).sqrt();
    let returns: Vec<f64> = (0..n)
        .map(|week| {
            let mut rng = Seed::root(3).nth(week).rng();
            let mut engine = Engine::new(vec![pair("P")], config(1e4), Free, fills()).unwrap();
            let mut price = 100.0;
            for n in 1..=SESSIONS {
                let mut bar = Bar {
                    opened: minute(n - 1),
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: 1e6,
                };
                for _ in 0..STEPS {
                    // Up or down by one step: a martingale of the same variance as a normal one.
                    price *= 1.0 + if rng.next_u64() & 1 == 0 { step } else { -step };
                    (bar.high, bar.low) = (bar.high.max(price), bar.low.min(price));
                }
                bar.close = price;
                engine.step(minute(n), &[Event::Bar(0, bar)], &mut Week).unwrap();
            }
            assert!(engine.account().held().is_empty());
            (engine.account().equity() - 1e4) / 100.0
        })
        .collect();
    let mean = returns.iter().sum::<f64>() / n as f64;
    let variance = returns.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (n - 1) as f64;
    (mean, (variance / n as f64).sqrt())
}

#[test]
fn a_driftless_walk_pays_nothing_to_a_trail_on_daily_bars() {
    let (mean, error) = weeks(4_000, BarFills::default);
    assert!(mean < 3.0 * error, "{mean} +- {error}");
    // The test can fail: the source's rule turns the same walk into a profit nobody could have had.
    let (naive, error) = weeks(4_000, || PeakAndTrailInOneBar(BarFills::default()));
    assert!(naive > 10.0 * error, "{naive} +- {error}");
}
