//! Limits in front of the engine.

use std::collections::BTreeMap;

use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    BarFills, Desk, Engine, Event, Free, Kind, OrderRequest, OrderState, Reason, Slice, Strategy, TimeInForce,
};
use proofmark_execution::limits::Limits;
use proofmark_execution::strategies::{Params, Rows, Trader, recipe};

use super::{Once, bar, config, minute, pair, share};

fn limited(names: &[&str], toml: &str, sectors: &[(&str, &str)]) -> Engine<Free, BarFills> {
    let instruments = names.iter().map(|name| share(name)).collect();
    let sectors = sectors.iter().map(|(name, sector)| ((*name).to_owned(), (*sector).to_owned())).collect();
    Engine::new(instruments, config(10_000.0), Free, BarFills::default())
        .unwrap()
        .with_limits(Limits::from_toml(toml).unwrap(), sectors)
}

fn steps(engine: &mut Engine<Free, BarFills>, names: u32, prices: &[f64], strategy: &mut impl Strategy) {
    for (n, price) in prices.iter().enumerate() {
        let bars = (0..names).map(|of| Event::Bar(of, bar(n as i64 + 1, *price, *price, *price, *price)));
        engine.step(minute(n as i64 + 1), &bars.collect::<Vec<_>>(), strategy).unwrap();
    }
}

#[test]
fn a_sector_caps_the_names_in_it_together_and_says_so() {
    let mut engine =
        limited(&["A", "B", "C"], "[sector]\nmax = 0.5\n", &[("A", "banks"), ("B", "banks"), ("C", "steel")]);
    let mut all = Once(Some(|desk: &mut Desk<'_>| desk.target_weights(&[(0, 0.4), (1, 0.4), (2, 0.2)], "")));
    steps(&mut engine, 3, &[100.0, 100.0], &mut all);
    let held = [0, 1, 2].map(|of| engine.account().position(of).quantity);
    assert_eq!(held, [25.0, 25.0, 20.0]);
    let said = &engine.log().gated[0];
    assert_eq!((said.time, said.decision.rule.as_str()), (minute(1), "sector"));
    assert_eq!(said.decision.measured, Some(0.8));
}

#[test]
fn what_is_on_its_way_counts_and_an_exit_passes_every_limit() {
    let mut engine = limited(&["A"], "[name]\nmax = 0.1\n", &[]);
    let mut twice = Once(Some(|desk: &mut Desk<'_>| {
        let stop = OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().kind(Kind::Stop(90.0));
        let stop = stop.waiting(TimeInForce::UntilCancelled);
        desk.submit_bracket(OrderRequest::market(0, Side::Buy, 8.0), vec![stop]).unwrap();
        desk.submit(OrderRequest::market(0, Side::Buy, 8.0)).unwrap();
        assert_eq!(desk.submit(OrderRequest::market(0, Side::Buy, 8.0)), Err(Reason::Limit));
    }));
    steps(&mut engine, 1, &[100.0, 100.0, 80.0], &mut twice);
    let bought: f64 = engine.log().fills.iter().filter(|f| f.side == Side::Buy).map(|f| f.quantity).sum();
    assert_eq!(bought, 10.0, "eight, then two of eight, then none");
    assert!(engine.log().ended.iter().any(|end| end.state == OrderState::Rejected(Reason::Limit)));
    let sold: f64 = engine.log().fills.iter().filter(|f| f.side == Side::Sell).map(|f| f.quantity).sum();
    assert_eq!(sold, 8.0, "the stop of the bracket gets out of what its entry got");
}

#[test]
fn a_halt_lets_positions_shrink_and_never_grow_again() {
    let mut engine = limited(&["A"], "[gross]\nmax = 0.5\nmode = \"halt\"\n", &[]);
    struct Greedy(u32);
    impl Strategy for Greedy {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            self.0 += 1;
            let weight = [0.4, 0.9, 0.3, 0.2, 0.45].get(self.0 as usize - 1).copied().unwrap_or(0.2);
            desk.target_weights(&[(0, weight)], "");
        }
    }
    steps(&mut engine, 1, &[100.0; 7], &mut Greedy(0));
    let held: Vec<f64> = engine
        .log()
        .fills
        .iter()
        .scan(0.0, |held, fill| {
            *held += if fill.side == Side::Buy { fill.quantity } else { -fill.quantity };
            Some(*held)
        })
        .collect();
    assert_eq!(held, [40.0, 30.0, 20.0]);
}

#[test]
fn no_rule_of_the_registry_gets_past_a_limit_on_gross_and_name() {
    let toml = "[gross]\nmax = 0.6\n\n[name]\nmax = 0.25\n";
    for name in ["buy_and_hold", "equal_weight", "exposure_matched"] {
        let rule = recipe(name).unwrap();
        let params = Params::of(rule, []).unwrap();
        let instruments = ["A", "B", "C", "D"].map(pair).to_vec();
        let mut engine = Engine::new(instruments, config(10_000.0), Free, BarFills::default())
            .unwrap()
            .with_limits(Limits::from_toml(toml).unwrap(), BTreeMap::new());
        struct Fed(Box<dyn Trader>, Rows);
        impl Strategy for Fed {
            fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
                self.0.decide(slice, &self.1, desk);
            }
        }
        let mut fed = Fed(rule.build(&params, 4, 1), Rows::new(4, rule.columns(&params).len()));
        for n in 1..6 {
            let bars = (0..4).map(|of| Event::Bar(of, bar(n, 100.0, 100.0, 100.0, 100.0)));
            let events: Vec<Event> = bars.chain([Event::SessionEnd]).collect();
            engine.step(minute(n), &events, &mut fed).unwrap();
            let worth = |of: u32| engine.account().position(of).quantity.abs() * 100.0 / 10_000.0;
            assert!((0..4).map(worth).sum::<f64>() <= 0.6 + 1e-9, "{name}");
            assert!((0..4).all(|of| worth(of) <= 0.25 + 1e-9), "{name}");
        }
        assert!(!engine.log().fills.is_empty() && !engine.log().gated.is_empty(), "{name}");
    }
}
