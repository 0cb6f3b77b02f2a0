//! Guards in front of the engine: sequences worked by hand.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::{
    BarFills, Desk, Engine, Event, Free, GuardEvent, Guards, Kind, OrderRequest, Reason, Slice, Strategy,
    TimeInForce,
};
use proofmark_execution::limits::guards::{
    DailyLossBreaker, GuardError, HeldDrawdown, Level, Transition, Trip, WeeklyBreaker,
};
use proofmark_execution::limits::{DrawdownLadder, DrawdownStep, Limits, Mode};
use proofmark_units::{Date, Instant};

use super::{bar, config, share};

/// 2024-01-01, a Monday.
const MONDAY: i32 = 19_723;

/// Noon of a day after that Monday, and hours later.
fn at(day: i32, hour: i64) -> Instant {
    Date::from_days(MONDAY + day).midnight_utc().plus_seconds((12 + hour) * 3_600)
}

/// Asks for ten units at each step, whatever it holds.
struct Greedy {
    asked: Vec<Result<(), Reason>>,
}

impl Strategy for Greedy {
    fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
        self.asked.push(desk.submit(OrderRequest::market(0, Side::Buy, 10.0)).map(|_| ()));
    }
}

fn engine(guards: Guards) -> Engine<Free, BarFills> {
    Engine::new(vec![share("A")], config(10_000.0), Free, BarFills::default()).unwrap().with_guards(guards)
}

fn step(
    engine: &mut Engine<Free, BarFills>,
    time: Instant,
    price: f64,
    ends: bool,
    strategy: &mut dyn Strategy,
) {
    let opened = time.plus_seconds(-60);
    let mut events = vec![Event::Bar(
        0,
        proofmark_execution::engine::Bar { opened, ..bar(1, price, price, price, price) },
    )];
    events.extend(ends.then_some(Event::SessionEnd));
    engine.step(time, &events, strategy).unwrap();
}

#[test]
fn a_day_that_loses_too_much_adds_nothing_more_and_the_next_one_does() {
    // 5 % of 10,000 is 500. Ten units bought at 100 and ten at 80: 80 costs 200, and 45 another 700.
    let daily_loss = Some(DailyLossBreaker::new(0.05).unwrap());
    let mut engine = engine(Guards { daily_loss, ..Guards::default() });
    let mut greedy = Greedy { asked: Vec::new() };
    for (hour, price) in [(0, 100.0), (1, 100.0), (2, 80.0), (3, 45.0), (4, 100.0)] {
        step(&mut engine, at(0, hour), price, hour == 4, &mut greedy);
    }
    // Bought at hours 1, 2 and 3, where what was asked at hour 2 still fills; the recovery at hour 4 opens nothing.
    assert_eq!(greedy.asked, [Ok(()), Ok(()), Ok(()), Err(Reason::Limit), Err(Reason::Limit)]);
    assert_eq!(engine.account().position(0).quantity, 30.0);
    let said = &engine.log().guarded;
    assert_eq!(said.len(), 1);
    assert_eq!(
        (said[0].time, &said[0].event),
        (at(0, 3), &GuardEvent::DailyLoss { date: Date::from_days(MONDAY) })
    );
    assert!(engine.log().gated.iter().all(|gated| gated.decision.rule == "standing"));
    step(&mut engine, at(1, 0), 100.0, true, &mut greedy);
    assert_eq!(greedy.asked.last(), Some(&Ok(())), "the next day is open");
}

#[test]
fn exits_pass_a_tripped_guard() {
    struct Stopped(bool);
    impl Strategy for Stopped {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            if !std::mem::replace(&mut self.0, true) {
                let stop = OrderRequest::market(0, Side::Sell, f64::INFINITY).risk().kind(Kind::Stop(70.0));
                let exits = vec![stop.waiting(TimeInForce::UntilCancelled)];
                desk.submit_bracket(OrderRequest::market(0, Side::Buy, 50.0), exits).unwrap();
            }
        }
    }
    let daily_loss = Some(DailyLossBreaker::new(0.05).unwrap());
    let mut engine = engine(Guards { daily_loss, ..Guards::default() });
    for (hour, price) in [(0, 100.0), (1, 100.0), (2, 80.0), (3, 60.0)] {
        step(&mut engine, at(0, hour), price, false, &mut Stopped(hour > 0));
    }
    assert!(matches!(engine.log().guarded[0].event, GuardEvent::DailyLoss { .. }), "80 trips it");
    assert!(engine.account().position(0).is_flat(), "60 stops it out");
}

#[test]
fn two_losing_weeks_close_everything_until_a_person_resumes() {
    let weekly = Some(WeeklyBreaker::new(2, 0.9).unwrap());
    let mut engine = engine(Guards { weekly, ..Guards::default() });
    let mut greedy = Greedy { asked: Vec::new() };
    // A session a day, Monday to Friday, the price a little lower each time: weeks one and two lose.
    for day in (0..12).filter(|day| day % 7 < 5) {
        step(&mut engine, at(day, 0), 100.0 - f64::from(day), true, &mut greedy);
    }
    assert!(engine.log().guarded.is_empty(), "a week is over when a later one comes");
    let held = engine.account().position(0).quantity;
    assert!(held > 0.0);
    step(&mut engine, at(14, 0), 80.0, true, &mut greedy);
    let ends = Date::from_days(MONDAY + 11);
    assert_eq!(engine.log().guarded[0].event, GuardEvent::Weekly(Trip::LosingWeeks { ends, weeks: 2 }));
    assert_eq!(greedy.asked.last(), Some(&Err(Reason::Limit)));
    step(&mut engine, at(15, 0), 80.0, true, &mut greedy);
    assert!(engine.account().position(0).is_flat());
    let last = engine.log().fills.last().unwrap();
    assert_eq!(
        (last.tag, last.quantity),
        ("guard", held + 10.0),
        "what Friday asked for had filled on Monday"
    );
    assert_eq!(greedy.asked.last(), Some(&Err(Reason::Limit)));
    assert_eq!(engine.resume_weekly(" ", "reviewed"), Err(GuardError::NoPerson));
    assert_eq!(engine.resume_weekly("R. Iyer", ""), Err(GuardError::NoReason));
    engine.resume_weekly("R. Iyer", "model refitted").unwrap();
    let GuardEvent::WeeklyResumed(resumed) = &engine.log().guarded[1].event else { panic!() };
    assert_eq!((resumed.by.name(), resumed.at), ("R. Iyer", at(15, 0)));
    step(&mut engine, at(16, 0), 80.0, true, &mut greedy);
    assert_eq!(greedy.asked.last(), Some(&Ok(())));
    assert_eq!(engine.resume_weekly("R. Iyer", "again"), Err(GuardError::NotStopped));
}

#[test]
fn a_person_pauses_flattens_and_resumes_and_each_is_written_down() {
    let mut engine = engine(Guards::default());
    let mut greedy = Greedy { asked: Vec::new() };
    step(&mut engine, at(0, 0), 100.0, false, &mut greedy);
    assert_eq!(engine.stop(Level::Paused, "A. Rao", "feed looks wrong"), Ok(true));
    assert_eq!(engine.stop(Level::Paused, "A. Rao", "again"), Ok(false));
    assert!(engine.resume("A. Rao", "at once").is_err(), "not at the instant of the stop");
    step(&mut engine, at(0, 1), 100.0, false, &mut greedy);
    assert_eq!(greedy.asked, [Ok(()), Err(Reason::Limit)]);
    assert_eq!(engine.account().position(0).quantity, 10.0, "a pause keeps what is held");
    engine.stop(Level::Flatten, "A. Rao", "out").unwrap();
    step(&mut engine, at(0, 2), 100.0, false, &mut greedy);
    step(&mut engine, at(0, 3), 100.0, false, &mut greedy);
    assert!(engine.account().position(0).is_flat());
    engine.resume("A. Rao", "feed repaired").unwrap();
    step(&mut engine, at(0, 4), 100.0, false, &mut greedy);
    assert_eq!(greedy.asked.last(), Some(&Ok(())));
    let levels = engine.log().guarded.iter().map(|said| match &said.event {
        GuardEvent::KillSwitch(Transition { from, to, .. }) => (*from, *to),
        other => panic!("{other:?}"),
    });
    let levels: Vec<_> = levels.collect();
    assert_eq!(
        levels,
        [(Level::Running, Level::Paused), (Level::Paused, Level::Flatten), (Level::Flatten, Level::Running)]
    );
}

#[test]
fn a_held_drawdown_keeps_the_ladder_down_until_it_has_recovered() {
    // Half the gross from a fall of 10 %, and full again only once the fall is 5 % less than that.
    let steps = vec![DrawdownStep { drawdown: 0.1, scale: 0.5 }];
    let ladder = DrawdownLadder { full_gross: 1.0, steps, mode: Mode::Clip };
    let drawdown = Some(HeldDrawdown::new(ladder.clone(), 0.05).unwrap());
    struct Full(Vec<f64>);
    impl Strategy for Full {
        fn on_slice(&mut self, _: &Slice<'_>, desk: &mut Desk<'_>) {
            desk.target_weights(&[(0, 1.0)], "");
            let wanted: f64 = desk.working(0).map(|order| order.side.sign() * order.quantity).sum();
            self.0.push((desk.position(0).quantity + wanted) * desk.price(0) / desk.account().equity());
        }
    }
    let limits = Limits { drawdown: Some(ladder), ..Limits::default() };
    let weights = |guards: Guards| {
        let mut engine = engine(guards).with_limits(limits.clone(), Default::default());
        let mut full = Full(Vec::new());
        for (hour, price) in [(0, 100.0), (1, 100.0), (2, 89.0), (3, 89.0), (4, 93.0), (5, 103.0)] {
            step(&mut engine, at(0, hour), price, false, &mut full);
        }
        full.0
    };
    let (held, free) = (weights(Guards { drawdown, ..Guards::default() }), weights(Guards::default()));
    // Equity: 8,900 at 89, about 9,100 at 93 with half a book, 9,600 at 103.
    assert!(held[2] < 0.51 && held[4] < 0.53, "{held:?}");
    assert!(free[2] < 0.51 && free[4] > 0.98, "without it the ladder lets go at once: {free:?}");
    assert!(held[5] > 0.98, "{held:?}");
}
