//! Guards that judge which way a run points, week by week: sequences worked by hand.

use proofmark_execution::Direction;
use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    Bar, BarFills, Desk, Engine, Event, Free, GuardEvent, Guards, Instrument, OrderRequest, Shorting, Slice,
    Strategy,
};
use proofmark_execution::limits::guards::{DirectionAccuracy, LongInsistence};
use proofmark_units::{Date, Instant};

use super::{bar, config, share};

/// 2024-01-01, a Monday.
const MONDAY: i32 = 19_723;

fn noon(day: i32) -> Instant {
    Date::from_days(MONDAY + day).midnight_utc().plus_seconds(12 * 3_600)
}

/// Asks each Monday for ten units of a side, which trade on Tuesday, and gets out on Wednesday, which trades on Thursday.
struct Weekly {
    side: Side,
    day: i32,
    refused: Vec<i32>,
}

impl Strategy for Weekly {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        match self.day % 7 {
            0 if desk.submit(OrderRequest::market(0, self.side, 10.0)).is_err() => {
                self.refused.push(self.day / 7)
            }
            2 => {
                let _ = desk.submit(OrderRequest::market(0, self.side.opposite(), f64::INFINITY).risk());
            }
            _ => {}
        }
    }
}

fn engine(guards: Guards) -> Engine<Free, BarFills> {
    let share = Instrument { shorting: Shorting::Allowed, ..share("A") };
    Engine::new(vec![share], config(100_000.0), Free, BarFills::default()).unwrap().with_guards(guards)
}

/// Runs weeks of five sessions; within each the price goes from 100 by `moves[week]` a day.
fn run(engine: &mut Engine<Free, BarFills>, side: Side, moves: &[f64]) -> Weekly {
    let mut weekly = Weekly { side, day: 0, refused: Vec::new() };
    for (week, change) in moves.iter().enumerate() {
        for weekday in 0..5 {
            let (day, price) = (week as i32 * 7 + weekday, 100.0 + change * f64::from(weekday));
            weekly.day = day;
            let bar = Bar { opened: noon(day).plus_seconds(-60), ..bar(1, price, price, price, price) };
            engine.step(noon(day), &[Event::Bar(0, bar), Event::SessionEnd], &mut weekly).unwrap();
        }
    }
    weekly
}

fn friday(week: i32) -> Date {
    Date::from_days(MONDAY + week * 7 + 4)
}

#[test]
fn a_side_that_points_the_wrong_way_is_paused_and_comes_back_by_what_it_would_have_done() {
    let guard = DirectionAccuracy::new(16, 3, 0.45, 0.55).unwrap();
    let mut engine = engine(Guards { direction_accuracy: Some(guard), ..Guards::default() });
    // Shorts in three weeks that rise: wrong. Then weeks that fall: the stances of a paused side are judged as if they had traded,
    // and after week 6 four of seven, 57 %, are right.
    let moves = [1.0, 1.0, 1.0, -1.0, -1.0, -1.0, -1.0, 0.5, 0.5];
    let weekly = run(&mut engine, Side::Sell, &moves);
    let said: Vec<&GuardEvent> = engine.log().guarded.iter().map(|said| &said.event).collect();
    let side = Direction::Short;
    assert_eq!(
        said,
        [
            &GuardEvent::SidePaused { side, ends: friday(2), trades: 3, accuracy: Some(0.0) },
            &GuardEvent::SideResumed { side, ends: friday(6), trades: 7, accuracy: Some(4.0 / 7.0) },
            // Week 7 rises again: four of eight are not 55 %.
            &GuardEvent::SidePaused { side, ends: friday(7), trades: 8, accuracy: Some(0.5) },
        ]
    );
    // A week is over when a later one comes, before anything is decided in it.
    assert_eq!(engine.log().guarded[0].time, noon(21));
    assert_eq!(weekly.refused, [3, 4, 5, 6, 8]);
    assert!(engine.log().gated.iter().all(|gated| gated.decision.rule == "standing"));
    assert_eq!(engine.log().trips.len(), 4, "weeks 0, 1, 2 and 7 traded");
}

#[test]
fn the_other_side_of_a_paused_one_trades_on() {
    let guard = DirectionAccuracy::new(16, 3, 0.45, 0.55).unwrap();
    let mut engine = engine(Guards { direction_accuracy: Some(guard), ..Guards::default() });
    run(&mut engine, Side::Sell, &[1.0, 1.0, 1.0, 1.0]);
    assert_eq!(engine.log().guarded.len(), 1);
    let mut long = Weekly { side: Side::Buy, day: 28, refused: Vec::new() };
    for day in 28..33 {
        long.day = day;
        let bar = Bar { opened: noon(day).plus_seconds(-60), ..bar(1, 100.0, 100.0, 100.0, 100.0) };
        engine.step(noon(day), &[Event::Bar(0, bar), Event::SessionEnd], &mut long).unwrap();
    }
    assert!(long.refused.is_empty());
    assert_eq!(engine.log().trips.last().unwrap().direction, Direction::Long);
}

#[test]
fn the_market_is_judged_from_entry_to_the_end_of_the_week_whatever_splits_or_stops_did() {
    let guard = DirectionAccuracy::new(16, 1, 0.45, 0.55).unwrap();
    let mut engine = engine(Guards { direction_accuracy: Some(guard), ..Guards::default() });
    let mut weekly = Weekly { side: Side::Buy, day: 0, refused: Vec::new() };
    // Bought on Tuesday at 100, out on Thursday at 90; each share becomes two on Friday, which ends at 55: 110 before the split. The
    // long was right though its trade lost.
    for (day, price) in [(0, 100.0), (1, 100.0), (2, 90.0), (3, 90.0), (4, 55.0), (7, 55.0)] {
        weekly.day = day;
        let bar = Bar { opened: noon(day).plus_seconds(-60), ..bar(1, price, price, price, price) };
        let split = (day == 4).then_some(Event::Split(0, 2.0));
        let events: Vec<Event> = split.into_iter().chain([Event::Bar(0, bar), Event::SessionEnd]).collect();
        engine.step(noon(day), &events, &mut weekly).unwrap();
    }
    assert!(engine.log().trips[0].net() < 0.0);
    assert!(engine.log().guarded.is_empty(), "{:?}", engine.log().guarded);
    assert!(weekly.refused.is_empty());
}

#[test]
fn who_is_long_in_more_than_the_share_of_weeks_is_told_once_and_stopped_never() {
    let guard = LongInsistence::new(4, 0.6).unwrap();
    let mut engine = engine(Guards { long_insistence: Some(guard), ..Guards::default() });
    let weekly = run(&mut engine, Side::Buy, &[1.0; 7]);
    let said: Vec<&GuardEvent> = engine.log().guarded.iter().map(|said| &said.event).collect();
    assert_eq!(said, [&GuardEvent::LongInsistence { ends: friday(3), share: 1.0 }]);
    assert!(weekly.refused.is_empty());
}

#[test]
fn a_position_held_over_the_weekend_is_a_stance_of_each_week() {
    struct Hold(bool);
    impl Strategy for Hold {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            if !std::mem::replace(&mut self.0, true) {
                desk.submit(OrderRequest::market(0, Side::Buy, 10.0)).unwrap();
            }
        }
    }
    let guard = DirectionAccuracy::new(16, 4, 0.45, 0.55).unwrap();
    let mut engine = engine(Guards { direction_accuracy: Some(guard), ..Guards::default() });
    // One purchase; the price falls a point a week, from the last one of the week before: four weeks of longs, none right.
    let mut hold = Hold(false);
    for day in (0..29).filter(|day| day % 7 < 5) {
        let price = 100.0 - f64::from(day / 7);
        let bar = Bar { opened: noon(day).plus_seconds(-60), ..bar(1, price, price, price, price) };
        engine.step(noon(day), &[Event::Bar(0, bar), Event::SessionEnd], &mut hold).unwrap();
    }
    let side = Direction::Long;
    let paused = GuardEvent::SidePaused { side, ends: friday(3), trades: 4, accuracy: Some(0.0) };
    assert_eq!(engine.log().guarded.iter().map(|said| &said.event).collect::<Vec<_>>(), [&paused]);
    assert_eq!(engine.account().position(0).quantity, 10.0, "a pause closes nothing");
}
