//! Parent orders: parts by time and by volume, deadlines, and what holds for every one of them.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    AtEnd, Bar, BarFills, Desk, Engine, Event, Free, LimitRule, OrderState, Pace, Parent, ParentRequest,
    ParentState, Reason, Slice, Strategy,
};
use proptest::prelude::*;

use super::{bar, config, minute, share};
use crate::support::Dice;

fn asked(quantity: f64, pace: Pace, until: i64, at_end: AtEnd) -> ParentRequest {
    ParentRequest {
        name: "big".into(),
        instrument: 0,
        side: Side::Buy,
        quantity,
        pace,
        start: None,
        until: minute(until),
        at_end,
        tag: "parent",
    }
}

/// Sends one parent at the first step, twice under one name, and writes down what it looks like at each.
struct Sender(ParentRequest, Vec<Parent>);

impl Strategy for Sender {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        let id = desk.submit_parent(self.0.clone()).unwrap();
        self.1.push(desk.parent(id).unwrap().clone());
    }
}

fn run(
    request: ParentRequest,
    volumes: &[f64],
    participation: Option<f64>,
) -> (Engine<Free, BarFills>, Vec<Parent>) {
    let fills = BarFills { participation, limits: LimitRule::Through };
    let mut engine = Engine::new(vec![share("A")], config(1e9), Free, fills).unwrap();
    let mut sender = Sender(request, Vec::new());
    for (k, volume) in volumes.iter().enumerate() {
        let n = k as i64 + 1;
        let bar = Bar { volume: *volume, ..bar(n, 100.0, 101.0, 99.0, 100.0) };
        engine.step(minute(n), &[Event::Bar(0, bar)], &mut sender).unwrap();
    }
    (engine, sender.1)
}

fn fills(engine: &Engine<Free, BarFills>) -> Vec<(i64, f64)> {
    let minutes = |time: proofmark_units::Instant| (time.nanos() - minute(0).nanos()) / 60_000_000_000;
    let mut by_minute = std::collections::BTreeMap::<i64, f64>::new();
    for fill in &engine.log().fills {
        *by_minute.entry(minutes(fill.time)).or_default() += fill.quantity;
    }
    by_minute.into_iter().collect()
}

#[test]
fn equal_parts_go_out_at_equal_times() {
    // From minute 1 to 9 in four parts: due at 1, 3, 5, 7, filled a bar later.
    let (engine, seen) = run(asked(100.0, Pace::Twap { slices: 4 }, 9, AtEnd::Cancel), &[1e3; 12], None);
    assert_eq!(fills(&engine), [(2, 25.0), (4, 25.0), (6, 25.0), (8, 25.0)]);
    let last = seen.last().unwrap();
    assert_eq!((last.filled, last.value, last.state, last.parts), (100.0, 10_000.0, ParentState::Filled, 4));
    assert!(engine.log().fills.iter().all(|fill| fill.tag == "parent"));
}

#[test]
fn what_a_part_did_not_get_is_in_the_market_until_the_deadline_and_then_ends_as_asked() {
    // A tenth of 100 a bar: ten units each, whatever is asked.
    let pace = Pace::Twap { slices: 4 };
    let (engine, seen) = run(asked(100.0, pace, 9, AtEnd::Cancel), &[100.0; 12], Some(0.1));
    assert_eq!(fills(&engine), (2..=9).map(|n| (n, 10.0)).collect::<Vec<_>>());
    assert_eq!((seen[11].filled, seen[11].state), (80.0, ParentState::Expired));
    let ended = &engine.log().ended;
    assert!(ended.iter().any(|end| end.state == OrderState::Cancelled(Reason::Schedule)), "{ended:?}");
    let (engine, seen) = run(asked(100.0, pace, 9, AtEnd::Cross), &[100.0; 12], Some(0.1));
    assert_eq!(fills(&engine), (2..=11).map(|n| (n, 10.0)).collect::<Vec<_>>());
    assert_eq!(seen[9].state, ParentState::Crossing);
    assert_eq!((seen[11].filled, seen[11].state), (100.0, ParentState::Filled));
}

#[test]
fn a_share_of_volume_follows_finished_bars() {
    // Sent at minute 1; bars 2, 3, 4 bring 40, 100, 1,000 units, a tenth of which may be bought so far: 4, 14, 30 of 30.
    let pace = Pace::Pov { share: 0.1 };
    let (engine, seen) = run(asked(30.0, pace, 60, AtEnd::Cancel), &[9e9, 40.0, 100.0, 1e3, 1e3, 1e3], None);
    assert_eq!(fills(&engine), [(3, 4.0), (4, 10.0), (5, 16.0)]);
    assert_eq!(seen[5].state, ParentState::Filled);
}

#[test]
fn parents_end_when_asked_and_a_new_target_takes_their_place() {
    struct Changes;
    impl Strategy for Changes {
        fn on_slice(&mut self, slice: &Slice<'_>, desk: &mut Desk<'_>) {
            let request = asked(100.0, Pace::Twap { slices: 10 }, 101, AtEnd::Cancel);
            let id = desk.submit_parent(request.clone()).unwrap();
            if slice.time == minute(15) {
                desk.target_weights(&[(0, 0.0)], "out");
                assert_eq!(desk.parent(id).unwrap().state, ParentState::Cancelled(Reason::Asked));
                assert!(!desk.cancel_parent(id));
                let next = desk.submit_parent(ParentRequest { name: "next".into(), ..request }).unwrap();
                assert!(next != id && desk.cancel_parent(next));
            }
        }
    }
    let mut engine = Engine::new(vec![share("A")], config(1e6), Free, BarFills::default()).unwrap();
    for n in 1..40 {
        engine.step(minute(n), &[Event::Bar(0, bar(n, 100.0, 101.0, 99.0, 100.0))], &mut Changes).unwrap();
    }
    assert_eq!(fills(&engine), [(2, 10.0), (12, 10.0), (16, 20.0)]);
    assert!(engine.account().position(0).is_flat());
}

#[test]
fn a_split_changes_units_not_what_is_left_to_do() {
    struct Watch(Option<Parent>);
    impl Strategy for Watch {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            let id = desk.submit_parent(asked(100.0, Pace::Twap { slices: 2 }, 9, AtEnd::Cancel)).unwrap();
            self.0 = desk.parent(id).cloned();
        }
    }
    let (mut engine, mut watch) =
        (Engine::new(vec![share("A")], config(1e6), Free, BarFills::default()).unwrap(), Watch(None));
    for n in 1..12 {
        let price = if n < 4 { 100.0 } else { 50.0 };
        let split = (n == 4).then_some(Event::Split(0, 2.0));
        let events: Vec<_> =
            split.into_iter().chain([Event::Bar(0, bar(n, price, price, price, price))]).collect();
        engine.step(minute(n), &events, &mut watch).unwrap();
    }
    assert_eq!(fills(&engine), [(2, 50.0), (6, 100.0)]);
    let parent = watch.0.unwrap();
    assert_eq!((parent.filled, parent.value, parent.state), (200.0, 10_000.0, ParentState::Filled));
}

#[test]
fn schedules_that_cannot_be_are_refused() {
    let pace = Pace::Twap { slices: 4 };
    let cases = [
        (asked(0.5, pace, 9, AtEnd::Cancel), Reason::Quantity),
        (asked(f64::NAN, pace, 9, AtEnd::Cancel), Reason::Quantity),
        (asked(f64::INFINITY, pace, 9, AtEnd::Cancel), Reason::Quantity),
        (asked(9.0, pace, 1, AtEnd::Cancel), Reason::Schedule),
        (asked(9.0, Pace::Twap { slices: 0 }, 9, AtEnd::Cancel), Reason::Schedule),
        (asked(9.0, Pace::Pov { share: 0.0 }, 9, AtEnd::Cancel), Reason::Schedule),
        (asked(9.0, Pace::Pov { share: f64::NAN }, 9, AtEnd::Cancel), Reason::Schedule),
        (ParentRequest { instrument: 7, ..asked(9.0, pace, 9, AtEnd::Cancel) }, Reason::Instrument),
    ];
    struct Tries(Vec<(ParentRequest, Reason)>);
    impl Strategy for Tries {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            for (request, reason) in self.0.drain(..) {
                assert_eq!(desk.submit_parent(request), Err(reason));
            }
        }
    }
    let mut engine = Engine::new(vec![share("A")], config(1e6), Free, BarFills::default()).unwrap();
    engine.step(minute(1), &[Event::Bar(0, bar(1, 1.0, 1.0, 1.0, 1.0))], &mut Tries(cases.to_vec())).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn parts_stay_within_quantity_schedule_volume_and_deadline(seed in any::<u64>()) {
        let mut dice = Dice::new(seed);
        let quantity = (1 + dice.below(500)) as f64;
        let slices = 1 + dice.below(12) as u32;
        let share = 0.02 + 0.9 * dice.unit();
        let is_twap = dice.unit() < 0.5;
        let pace = if is_twap { Pace::Twap { slices } } else { Pace::Pov { share } };
        let until = 2 + dice.below(30) as i64;
        let at_end = if dice.unit() < 0.5 { AtEnd::Cancel } else { AtEnd::Cross };
        let volumes: Vec<f64> = (0..40).map(|_| (1 + dice.below(300)) as f64).collect();
        let participation = (dice.unit() < 0.6).then(|| 0.05 + dice.unit());
        let (engine, seen) = run(asked(quantity, pace, until, at_end), &volumes, participation);
        let (mut filled, mut before) = (0.0, 0.0);
        for (n, units) in fills(&engine) {
            filled += units;
            prop_assert!(filled <= quantity);
            if n > until {
                prop_assert_eq!(at_end, AtEnd::Cross);
                continue;
            }
            match pace {
                // Sent by the step before at the latest, and then at most one part ahead of the clock.
                Pace::Twap { slices } => {
                    let clock = (n - 2) as f64 / (until - 1) as f64;
                    prop_assert!(filled <= quantity * (clock + 1.0 / f64::from(slices)) + 1e-6);
                }
                Pace::Pov { share } => {
                    let known: f64 = volumes[1..n as usize - 1].iter().sum();
                    prop_assert!(filled <= share * known * (1.0 + 1e-9), "{} of {} at {}", filled, known, n);
                }
            }
        }
        for parent in &seen {
            prop_assert!(parent.filled >= before && parent.filled <= quantity);
            before = parent.filled;
        }
        let last = seen.last().unwrap();
        prop_assert_eq!(last.filled, filled);
        prop_assert_eq!(last.filled == quantity, last.state == ParentState::Filled);
        prop_assert!(participation.is_some() || at_end == AtEnd::Cancel || filled == quantity);
    }
}
