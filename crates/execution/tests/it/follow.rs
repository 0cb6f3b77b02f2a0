//! Signals traded by the week, with the golden vectors of the weekly strategy.

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::engine::{Bar, BarFills, Engine, Event, Log, Scheduled};
use proofmark_execution::strategies::{EntryType, Fed, Follow, Rows, Signal};
use proofmark_units::Date;

use crate::engine::{config, pair};

/// Mondays to Fridays from 2024-01-05, a Friday.
fn sessions(n: usize) -> Vec<Date> {
    let start: Date = "2024-01-05".parse().unwrap();
    (0..).map(|k| start.plus_days(k)).filter(|date| (date.days() + 3) % 7 < 5).take(n).collect()
}

fn friday(date: Date) -> Date {
    let from_monday = (date.days() + 3) % 7;
    date.plus_days(4 - from_monday)
}

fn short(date: Date) -> Signal {
    Signal {
        signal_id: format!("h5_{date}"),
        strategy_id: "smart_simple".to_owned(),
        signal_date: date,
        direction: -1,
        magnitude: 0.01,
        confidence: 0.9,
        skip_trade: false,
        leverage: 1.5,
        hard_stop: Some(0.02),
        take_profit: Some(0.01),
        trailing_activation: None,
        trailing_distance: None,
        entry_price: 4300.0,
        entry_type: EntryType::Market,
        horizon_bars: 5,
        bar_frequency: "daily".to_owned(),
        metadata: Default::default(),
    }
}

/// One week from Monday's open at 4300; each day is (high, low, close).
fn week(signal: Signal, days: &[(f64, f64, f64)]) -> Log {
    let dates = sessions(1 + days.len());
    let mut follow = Follow::new(vec![signal], &dates, friday, "week_end").unwrap();
    let schedule = CostSchedule::flat_bps(0.0);
    let mut engine = Engine::new(
        vec![pair("USDCOP")],
        config(10_000.0),
        Scheduled::new(&schedule, 1),
        BarFills::default(),
    )
    .unwrap();
    let rows = Rows::new(1, 0);
    let mut open = 4300.0;
    for (date, (high, low, close)) in dates.iter().zip(std::iter::once(&(4300.0, 4300.0, 4300.0)).chain(days))
    {
        let opened = date.midnight_utc().plus_seconds(13 * 3_600);
        let bar = Bar { opened, open, high: *high, low: *low, close: *close, volume: 0.0 };
        let events = [Event::Bar(0, bar), Event::SessionEnd];
        let mut fed = Fed { trader: &mut follow, rows: &rows };
        engine.step(opened.plus_seconds(5 * 3_600), &events, &mut fed).unwrap();
        open = *close;
    }
    assert!(engine.account().held().is_empty(), "flat after the week");
    engine.into_log()
}

fn gain(log: &Log) -> (f64, &'static str) {
    let trip = &log.trips[0];
    (trip.gross / 10_000.0, trip.tag)
}

#[test]
fn golden_weeks_of_a_short_from_4300() {
    let quiet = (4310.0, 4280.0, 4300.0);
    let monday = sessions(2)[1];
    // Friday closes at 4290: 0.2326 % times 1.5.
    let log = week(short(monday), &[quiet, quiet, quiet, quiet, (4310.0, 4280.0, 4290.0)]);
    let (result, tag) = gain(&log);
    assert!((result - 0.00348837).abs() < 1e-7 && tag == "week_end", "{result} {tag}");
    let (result, tag) = gain(&week(short(monday), &[quiet, (4300.0, 4250.0, 4260.0), quiet, quiet, quiet]));
    assert!((result - 0.0150).abs() < 1e-9 && tag == "take_profit", "{result} {tag}");
    let (result, tag) = gain(&week(short(monday), &[quiet, (4390.0, 4290.0, 4380.0), quiet, quiet, quiet]));
    assert!((result + 0.0300).abs() < 1e-9 && tag == "hard_stop", "{result} {tag}");
    // The entry's own day counts too: it is held from Monday's open.
    let (_, tag) = gain(&week(short(monday), &[(4390.0, 4290.0, 4380.0), quiet, quiet, quiet, quiet]));
    assert_eq!(tag, "hard_stop");
}

#[test]
fn a_signal_of_the_last_session_lives_one_session_and_a_skipped_one_never() {
    let friday = sessions(6)[5];
    let quiet = (4310.0, 4280.0, 4300.0);
    let log = week(short(friday), &[quiet; 5]);
    assert_eq!((log.trips.len(), log.trips[0].tag), (1, "week_end"));
    let skipped = Signal { skip_trade: true, ..short(friday) };
    assert!(week(skipped, &[quiet; 5]).fills.is_empty());
}

#[test]
fn signals_out_of_range_are_refused_by_name() {
    let monday = sessions(2)[1];
    let wrong = [
        Signal { direction: 2, ..short(monday) },
        Signal { confidence: 1.2, ..short(monday) },
        Signal { leverage: f64::NAN, ..short(monday) },
        Signal { hard_stop: Some(0.0), ..short(monday) },
        Signal { trailing_activation: Some(0.002), ..short(monday) },
        Signal { signal_date: monday.plus_days(-2), ..short(monday) },
    ];
    for signal in wrong {
        let error = Follow::new(vec![signal.clone()], &sessions(6), friday, "week_end").unwrap_err();
        assert!(error.to_string().contains(&signal.signal_id), "{error}");
    }
    let twice = vec![short(monday), short(monday)];
    assert!(Follow::new(twice, &sessions(6), friday, "week_end").is_err());
    // Unknown keys are ignored, and what is written is read back.
    let text = serde_json::to_string(&short(monday)).unwrap().replacen('{', "{\"colour\":\"blue\",", 1);
    assert_eq!(serde_json::from_str::<Signal>(&text).unwrap(), short(monday));
}
