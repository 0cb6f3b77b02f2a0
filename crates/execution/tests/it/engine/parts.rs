//! Decisions that a run sends in parts.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    AtEnd, Bar, BarFills, Desk, Engine, Event, Free, LimitRule, OrderRequest, Pace, Parts, Slice, Strategy,
};
use proptest::prelude::*;

use super::{bar, config, minute, share};

/// Asks once for half of equity in each instrument.
struct Half(bool);

impl Strategy for Half {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        if !std::mem::replace(&mut self.0, true) {
            desk.target_weights(&[(0, 0.25), (1, 0.25)], "half");
        }
    }
}

fn bars(n: i64, volumes: [f64; 2]) -> Vec<Event> {
    let of = |k: usize| {
        let bar = Bar { volume: volumes[k], ..bar(n, 100.0, 101.0, 99.0, 100.0) };
        Event::Bar(k as u32, bar)
    };
    vec![of(0), of(1)]
}

fn run(parts: Option<Parts>, participation: Option<f64>, volumes: &[[f64; 2]]) -> Engine<Free, BarFills> {
    let fills = BarFills { participation, limits: LimitRule::Through };
    let mut engine = Engine::new(vec![share("A"), share("B")], config(1e6), Free, fills).unwrap();
    engine.work_in_parts(parts);
    let mut half = Half(false);
    for (k, volumes) in volumes.iter().enumerate() {
        let n = k as i64 + 1;
        engine.step(minute(n), &bars(n, *volumes), &mut half).unwrap();
    }
    engine
}

fn held(engine: &Engine<Free, BarFills>) -> [f64; 2] {
    [0, 1].map(|of| engine.account().position(of).quantity)
}

fn twap(slices: u32, until: i64) -> Option<Parts> {
    Some(Parts { pace: Pace::Twap { slices }, start: None, until: minute(until), at_end: AtEnd::Cross })
}

fn pov(share: f64, until: i64) -> Option<Parts> {
    Some(Parts { pace: Pace::Pov { share }, start: None, until: minute(until), at_end: AtEnd::Cancel })
}

#[test]
fn the_same_quantity_trades_in_parts() {
    let volumes = [[1e5, 1e5]; 12];
    let (whole, parts) = (run(None, None, &volumes), run(twap(4, 9), None, &volumes));
    assert_eq!(held(&whole), [2_500.0, 2_500.0]);
    assert_eq!(held(&parts), held(&whole));
    assert_eq!((whole.log().fills.len(), parts.log().fills.len()), (2, 8));
    assert!(parts.log().fills.iter().all(|fill| fill.quantity == 625.0 && fill.tag == "half"));
    // Ordered is what was sent, in one piece or in four.
    for engine in [&whole, &parts] {
        assert!((engine.log().ordered - 500_000.0).abs() < 1e-6 && engine.log().unfilled == 0.0);
    }
}

#[test]
fn a_share_of_the_volume_is_kept_and_the_rest_is_told() {
    let volumes = [[1_000.0, 1e6]; 12];
    let engine = run(pov(0.1, 10), None, &volumes);
    // Sent at minute 1; the volumes of minutes 2 to 9 let 100 units each go, which trade a minute later.
    assert_eq!(held(&engine), [800.0, 2_500.0]);
    let capped = run(None, Some(0.1), &volumes[..2]);
    assert_eq!(held(&capped), [100.0, 2_500.0]);
    assert_eq!(capped.log().unfilled, 0.0, "the order lives on");
    let mut capped = capped;
    let events = [bars(3, [1_000.0, 0.0]), vec![Event::SessionEnd]].concat();
    capped.step(minute(3), &events, &mut Half(true)).unwrap();
    // 2,500 of 100 each were ordered twice; 2,300 of the first never traded.
    assert!((capped.log().ordered - 500_000.0).abs() < 1e-6);
    assert!((capped.log().unfilled - 230_000.0).abs() < 1e-6);
}

#[test]
fn a_night_is_no_time_to_trade_in() {
    // Decided at minute 1 for a session from minute 100 to 108: the first part meets its open, the others follow two minutes apart.
    let parts = Parts {
        pace: Pace::Twap { slices: 4 },
        start: Some(minute(100)),
        until: minute(108),
        at_end: AtEnd::Cross,
    };
    let mut engine =
        Engine::new(vec![share("A"), share("B")], config(1e6), Free, BarFills::default()).unwrap();
    engine.work_in_parts(Some(parts));
    let mut half = Half(false);
    let mut seen = Vec::new();
    for n in [1].into_iter().chain(101..110) {
        engine.step(minute(n), &bars(n, [1e5, 1e5]), &mut half).unwrap();
        seen.push(held(&engine)[0]);
    }
    assert_eq!(seen, [0.0, 625.0, 625.0, 1_250.0, 1_250.0, 1_875.0, 1_875.0, 2_500.0, 2_500.0, 2_500.0]);
}

#[test]
fn who_gets_out_or_decides_anew_does_not_go_on_getting_in() {
    struct Turn(u32);
    impl Strategy for Turn {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            self.0 += 1;
            match self.0 {
                1 => {
                    desk.decide(0, Side::Buy, 1_000.0, "in").unwrap();
                    assert_eq!(desk.working_parent(0), Some(Side::Buy));
                    desk.target_weights(&[(1, 0.25)], "in");
                }
                3 => {
                    desk.submit(OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().tag("out"))
                        .unwrap();
                    assert_eq!(desk.working_parent(0), None);
                    desk.target_weights(&[(1, 0.0)], "none");
                    assert_eq!(desk.working_parent(1), Some(Side::Sell));
                }
                _ => {}
            }
        }
    }
    let mut engine =
        Engine::new(vec![share("A"), share("B")], config(1e6), Free, BarFills::default()).unwrap();
    let mut turn = Turn(0);
    for n in 1..30 {
        engine.work_in_parts(twap(4, n + 8));
        engine.step(minute(n), &bars(n, [1e5, 1e5]), &mut turn).unwrap();
    }
    assert_eq!(held(&engine), [0.0, 0.0]);
    let bought: f64 = engine
        .log()
        .fills
        .iter()
        .filter(|f| f.instrument == 0 && f.side == Side::Buy)
        .map(|f| f.quantity)
        .sum();
    assert_eq!(bought, 250.0, "the first of four parts");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_never_take_more_than_their_share_nor_more_than_was_asked(
        share in 0.01..1.0_f64,
        volumes in prop::collection::vec([0.0..20_000.0_f64, 1.0..20_000.0_f64], 3..40),
    ) {
        let engine = run(pov(share, 1_000), None, &volumes);
        let mut traded = [0.0_f64; 2];
        let mut fills = engine.log().fills.iter().peekable();
        // What is filled at a minute was sent on the volumes before it.
        let mut known = [0.0_f64; 2];
        for (k, volumes) in volumes.iter().enumerate() {
            let now = minute(k as i64 + 1);
            while let Some(fill) = fills.next_if(|fill| fill.time == now) {
                traded[fill.instrument as usize] += fill.quantity;
            }
            for of in 0..2 {
                prop_assert!(traded[of] <= share * known[of] + 1e-6);
                prop_assert!(traded[of] <= 2_500.0);
                // The first bar was over when the decision was sent.
                known[of] += if k == 0 { 0.0 } else { volumes[of] };
            }
        }
    }

    #[test]
    fn any_number_of_parts_trades_the_whole(slices in 1_u32..30, until in 3_i64..40) {
        let engine = run(twap(slices, until), None, &[[1e5, 1e5]; 45]);
        prop_assert_eq!(held(&engine), [2_500.0, 2_500.0]);
    }
}
