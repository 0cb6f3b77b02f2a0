//! Guards: golden vectors, units, order of events, who may resume.

use proofmark_execution::Direction;
use proofmark_execution::limits::guards::{
    Cause, DailyEvent, DailyLossBreaker, DirectionAccuracy, GuardError, HeldDrawdown, Hysteresis, KillSwitch,
    Level, LongInsistence, Person, SignalWeek, TradeWeek, Trip, Week, WeeklyBreaker,
};
use proofmark_execution::limits::{DrawdownLadder, DrawdownStep, Mode};
use proofmark_units::{Date, Instant};
use proptest::prelude::*;

fn day(n: i32) -> Date {
    Date::from_ymd(2024, 1, 5).unwrap().plus_days(n)
}

fn week(n: i32) -> Date {
    day(7 * n)
}

fn at(seconds: i64) -> Instant {
    Instant::from_nanos(0).plus_seconds(seconds)
}

#[test]
fn a_day_is_judged_on_marks_against_its_open() {
    let mut breaker = DailyLossBreaker::new(0.05).unwrap();
    let mark = |n, equity| DailyEvent::Mark { date: day(n), equity };
    let open = |n, equity| DailyEvent::Open { date: day(n), equity };
    assert_eq!(breaker.update(mark(0, 100.0)), Err(GuardError::DayNotOpened(day(0))));
    assert_eq!(breaker.update(open(0, 200.0)), Ok(false));
    assert_eq!(breaker.update(mark(0, 190.0)), Ok(false), "5 % is not more than 5 %");
    assert_eq!(breaker.update(mark(0, 189.0)), Ok(true), "nothing was realised, and yet");
    assert_eq!(breaker.update(mark(0, 210.0)), Ok(true), "latched for the day");
    assert!(breaker.standing().additions_stopped);
    assert_eq!(breaker.update(open(1, 150.0)), Ok(false), "a new day resets it");
    assert_eq!(breaker.update(mark(1, 143.0)), Ok(false), "the base is this day's open");
    assert!(matches!(breaker.update(open(1, 150.0)), Err(GuardError::Order { .. })));
    assert!(matches!(breaker.update(mark(1, f64::NAN)), Err(GuardError::Value { .. })));
    assert!(DailyLossBreaker::new(5.0).is_err(), "5 is no fraction");
}

fn weekly(returns: &[f64]) -> (WeeklyBreaker, Option<Trip>) {
    let mut breaker = WeeklyBreaker::new(5, 0.12).unwrap();
    let mut trip = None;
    for (i, r) in returns.iter().enumerate() {
        trip = breaker.update(Week { ends: week(i as i32), net_return: Some(*r) }).unwrap();
    }
    (breaker, trip)
}

#[test]
fn five_losing_weeks_or_a_deep_drawdown() {
    assert_eq!(weekly(&[-0.001; 4]).1, None);
    assert_eq!(weekly(&[-0.001; 5]).1, Some(Trip::LosingWeeks { ends: week(4), weeks: 5 }));
    assert_eq!(weekly(&[-0.001, -0.001, 0.0, -0.001, -0.001, -0.001]).1, None, "a flat week is no loss");
    assert_eq!(weekly(&[0.5, -0.119]).1, None);
    // A loss of 12.5 % from a high at 1.5 is a drawdown even where the whole record is a gain.
    let Some(Trip::Drawdown { drawdown, .. }) = weekly(&[0.5, -0.125]).1 else { panic!("it must trip") };
    assert!((drawdown - 0.125).abs() < 1e-12);
    // Compounded: 0.95 x 0.93 = 0.8835.
    assert!(matches!(weekly(&[-0.05, -0.075]).1, Some(Trip::Drawdown { .. })));
}

#[test]
fn a_percent_is_refused_and_a_skipped_week_keeps_the_streak() {
    let mut breaker = WeeklyBreaker::new(5, 0.12).unwrap();
    let percent = breaker.update(Week { ends: week(0), net_return: Some(-2.5) });
    assert!(matches!(percent, Err(GuardError::Value { .. })), "-2.5 is -250 %");
    for i in 0..8 {
        let net_return = (i % 2 == 0).then_some(-0.001);
        assert_eq!(breaker.update(Week { ends: week(i), net_return }), Ok(None));
    }
    assert_eq!(breaker.streak(), 4);
    assert!(breaker.update(Week { ends: week(8), net_return: Some(-0.001) }).unwrap().is_some());
    assert!(breaker.standing().flatten);
    assert!(WeeklyBreaker::new(5, 12.0).is_err(), "12 is no fraction");
}

#[test]
fn the_weekly_breaker_is_resumed_by_a_person_and_is_armed_again() {
    let (mut breaker, _) = weekly(&[-0.13]);
    assert_eq!(breaker.resume(" ", "checked", at(0)), Err(GuardError::NoPerson));
    assert_eq!(breaker.resume("Ana", "", at(0)), Err(GuardError::NoReason));
    let resumed = breaker.resume("Ana", "fill error found and fixed", at(0)).unwrap();
    assert_eq!((resumed.by.name(), breaker.standing().flatten), ("Ana", false));
    assert_eq!(breaker.resume("Ana", "again", at(1)), Err(GuardError::NotStopped));
    assert_eq!(breaker.update(Week { ends: week(1), net_return: Some(-0.10) }), Ok(None));
    assert!(breaker.update(Week { ends: week(2), net_return: Some(-0.03) }).unwrap().is_some());
}

#[test]
fn more_than_sixty_percent_long_in_eight_weeks() {
    let run = |signals: &[Option<Direction>]| {
        let mut guard = LongInsistence::new(8, 0.6).unwrap();
        let mut last = None;
        for (i, signal) in signals.iter().enumerate() {
            last = Some(guard.update(SignalWeek {
                ends: week(i as i32),
                signal: *signal,
                executed: i % 2 == 0,
            }));
        }
        last.unwrap().unwrap()
    };
    let (long, short) = (Some(Direction::Long), Some(Direction::Short));
    let five = run(&[long, long, long, long, long, short, short, short]);
    assert_eq!((five.of_signals, five.alert), (Some(0.625), true));
    let three_of_five = run(&[long, None, long, None, long, None, short, short]);
    assert_eq!((three_of_five.of_signals, three_of_five.alert), (Some(0.6), false), "60 % is not more");
    assert!(!run(&[long; 7]).alert, "seven weeks are not eight");
    assert_eq!(run(&[None; 8]).of_signals, None);
    let rolled = run(&[long, long, long, long, long, long, short, short, short, short, short]);
    assert_eq!(rolled.of_signals, Some(0.375), "only the last eight count");
    assert_eq!(run(&[long, short, long, short, long, short, long, short]).of_trades, Some(1.0));
}

#[test]
fn each_side_has_its_own_floor() {
    let run = |side: Direction, right: i32, wrong: i32| {
        let mut guard = DirectionAccuracy::new(16, 6, 0.45, 0.55).unwrap();
        for i in 0..right + wrong {
            let sign = if i < right { 1.0 } else { -1.0 };
            let market_return = sign * side.sign() * 0.01;
            guard.update(TradeWeek { ends: week(i), direction: side, market_return }).unwrap();
        }
        guard
    };
    let short = run(Direction::Short, 3, 3);
    assert_eq!(short.reading(Direction::Short).accuracy, Some(0.5));
    assert!(short.standing().shorts_paused && !short.standing().longs_paused);
    assert!(!run(Direction::Long, 3, 3).standing().longs_paused, "50 % is enough for longs");
    assert!(run(Direction::Long, 2, 4).standing().longs_paused);
    assert!(!run(Direction::Short, 2, 3).standing().shorts_paused, "five trades are too few");
    let none_right = run(Direction::Short, 0, 6).reading(Direction::Short);
    assert_eq!((none_right.accuracy, none_right.paused), (Some(0.0), true), "0 is not missing");
    assert!(!run(Direction::Short, 6, 0).standing().shorts_paused, "a winning short is right");
    let mut old = run(Direction::Short, 0, 6);
    old.pass(week(16)).unwrap();
    assert_eq!(old.reading(Direction::Short).trades, 5, "trades leave the window by the calendar");
    assert!(old.pass(week(16)).is_err());
}

#[test]
fn a_switch_waits_and_does_not_flutter() {
    let mut switch = Hysteresis::new(0.10, 0.05, 60).unwrap();
    let mut update = |value, seconds| switch.update(value, at(seconds)).unwrap();
    assert!(!update(Some(0.09), 0));
    assert!(update(Some(0.10), 1));
    assert!(update(Some(0.07), 100), "between the two it stays");
    assert!(update(Some(0.11), 120));
    assert!(update(Some(0.01), 150), "cooling down since 120");
    assert!(!update(Some(0.01), 180));
    assert!(update(None, 190), "unknown turns it on");
    assert!(update(Some(f64::NAN), 200));
    assert!(matches!(switch.update(Some(0.0), at(200)), Err(GuardError::Order { .. })));
    assert!(Hysteresis::new(0.05, 0.10, 0).is_err());
}

#[test]
fn a_ladder_is_climbed_slowly() {
    let step = |drawdown, scale| DrawdownStep { drawdown, scale };
    let ladder =
        DrawdownLadder { full_gross: 1.0, steps: vec![step(0.05, 0.5), step(0.10, 0.0)], mode: Mode::Clip };
    let mut held = HeldDrawdown::new(ladder.clone(), 0.02).unwrap();
    let scales: Vec<f64> = [0.04, 0.05, 0.04, 0.031, 0.03, 0.12, 0.085, 0.08, 0.02]
        .map(|d| ladder.scale(held.update(d).unwrap()))
        .to_vec();
    assert_eq!(scales, [1.0, 0.5, 0.5, 0.5, 1.0, 0.0, 0.0, 0.5, 1.0]);
    assert!(held.update(-0.1).is_err());
}

#[test]
fn only_a_person_resumes() {
    let mut switch = KillSwitch::default();
    assert_eq!(switch.resume("Ana", "why not", at(1)), Err(GuardError::NotStopped));
    let rule = || Cause::Rule("daily_loss".into());
    assert!(switch.stop(Level::Halted, rule(), " ", at(2)).is_err());
    let stopped = switch.stop(Level::Halted, rule(), "5.5 % lost", at(2)).unwrap().unwrap();
    assert_eq!((stopped.from, stopped.to), (Level::Running, Level::Halted));
    let person = || Cause::Person(Person::named("Ana").unwrap());
    assert_eq!(switch.stop(Level::Paused, person(), "lunch", at(3)), Ok(None), "never lowered by a stop");
    assert!(switch.standing().additions_stopped && !switch.standing().flatten);
    assert!(switch.stop(Level::Flatten, person(), "broker down", at(4)).unwrap().is_some());
    assert!(switch.standing().flatten);
    assert_eq!(switch.resume("", "fixed", at(5)), Err(GuardError::NoPerson));
    assert_eq!(switch.resume("Ana", "  ", at(5)), Err(GuardError::NoReason));
    assert!(matches!(switch.resume("Ana", "fixed", at(4)), Err(GuardError::Order { .. })));
    let text = serde_json::to_string(&switch).unwrap();
    let mut restarted: KillSwitch = serde_json::from_str(&text).unwrap();
    assert_eq!(restarted, switch, "a restart does not resume");
    assert_eq!(restarted.resume(" Ana ", "feed is back", at(6)).unwrap().by, person());
    assert_eq!(restarted.level(), Level::Running);
    assert!(serde_json::from_str::<Person>("\" \"").is_err());
}

proptest! {
    #[test]
    fn no_sequence_of_stops_lowers_the_level(
        steps in prop::collection::vec((0..4_u8, any::<bool>()), 1..30),
    ) {
        let mut switch = KillSwitch::default();
        for (i, (level, resume)) in steps.into_iter().enumerate() {
            let before = switch.level();
            let to = [Level::Running, Level::Paused, Level::Halted, Level::Flatten][level as usize];
            if resume {
                let resumed = switch.resume("Ana", "checked", at(i as i64));
                prop_assert_eq!(resumed.is_ok(), before > Level::Running);
            } else {
                switch.stop(to, Cause::Rule("x".into()), "y", at(i as i64)).unwrap();
                prop_assert_eq!(switch.level(), before.max(to));
            }
        }
    }
}
