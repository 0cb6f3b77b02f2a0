//! What every listed rule must do.

use proofmark_execution::costs::CostSchedule;
use proofmark_execution::engine::{Bar, BarFills, Engine, Event, Instrument, Log, Scheduled, Shorting};
use proofmark_execution::strategies::{Fed, Params, Recipe, Rows, recipe, recipes};
use proofmark_units::{Instant, Seed};
use rand_chacha::rand_core::Rng;

use crate::engine::{config, minute, share};

const NAMES: usize = 6;

/// Bars of a driftless walk a name; sessions of six bars.
fn world(steps: usize) -> Vec<Vec<Event>> {
    let mut prices = [100.0; NAMES];
    let mut rng = Seed::root(11).rng();
    let mut draw = || (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64 - 0.5;
    (0..steps)
        .map(|n| {
            let mut events: Vec<Event> = prices
                .iter_mut()
                .zip(0..)
                .map(|(price, of)| {
                    let open = *price * (1.0 + 0.01 * draw());
                    let close = open * (1.0 + 0.04 * draw());
                    let (high, low) = (open.max(close) * 1.004, open.min(close) * 0.996);
                    *price = close;
                    Event::Bar(of, Bar { opened: minute(n as i64), open, high, low, close, volume: 1e6 })
                })
                .collect();
            events.extend((n % 6 == 5).then_some(Event::SessionEnd));
            events
        })
        .collect()
}

/// Columns are not what is tested here: each is a number that depends on the past of its name alone.
fn columns(rows: &mut Rows, events: &[Event]) {
    for event in events {
        if let Event::Bar(of, bar) = event {
            for (k, value) in rows.of_mut(*of).iter_mut().enumerate() {
                *value = (bar.close * (k + 1) as f64).sin() * 60.0;
            }
        }
    }
}

fn run(recipe: &dyn Recipe, set: &[(&str, f64)], steps: &[Vec<Event>], shorting: Shorting) -> Log {
    let steps = steps.iter().enumerate().map(|(n, events)| (minute(n as i64 + 1), events.clone()));
    run_on(recipe, set, steps, shorting)
}

/// The one loop: it takes steps as they come, from a file or from a feed.
fn run_on(
    recipe: &dyn Recipe,
    set: &[(&str, f64)],
    steps: impl Iterator<Item = (Instant, Vec<Event>)>,
    shorting: Shorting,
) -> Log {
    let set = set.iter().map(|(name, value)| ((*name).to_owned(), *value));
    let params = Params::of(recipe, set).unwrap();
    let instruments = (0..NAMES).map(|k| Instrument { shorting, ..share(&format!("S{k}")) }).collect();
    let schedule = CostSchedule::flat_bps(3.0);
    let mut engine =
        Engine::new(instruments, config(1e6), Scheduled::new(&schedule, NAMES), BarFills::default()).unwrap();
    let mut rows = Rows::new(NAMES, recipe.columns(&params).len());
    let mut trader = recipe.build(&params, NAMES, 5);
    for (time, events) in steps {
        columns(&mut rows, &events);
        let mut fed = Fed { trader: trader.as_mut(), rows: &rows };
        engine.step(time, &events, &mut fed).unwrap();
    }
    engine.into_log()
}

/// A back-test reads the steps from memory, paper trading reads them as lines of a recorded feed, a live loop gets them one by one
/// from another thread and knows of no later one: the fills are the same.
#[test]
fn a_backtest_a_replayed_feed_and_a_live_loop_give_the_same_fills() {
    let whole = world(300);
    let lines: Vec<String> = whole
        .iter()
        .enumerate()
        .map(|(n, events)| serde_json::to_string(&(minute(n as i64 + 1), events)).unwrap())
        .collect();
    for recipe in recipes() {
        let backtest = run(*recipe, &[], &whole, Shorting::Allowed);
        let recorded = lines.iter().map(|line| serde_json::from_str::<(Instant, Vec<Event>)>(line).unwrap());
        assert_eq!(run_on(*recipe, &[], recorded, Shorting::Allowed), backtest, "{}", recipe.name());
        // The feed waits until each step was taken before it sends the next.
        let (send, receive) = std::sync::mpsc::sync_channel::<String>(0);
        let live = std::thread::scope(|scope| {
            scope.spawn(|| lines.iter().try_for_each(|line| send.send(line.clone())));
            let feed = receive.iter().take(lines.len());
            let feed = feed.map(|line| serde_json::from_str::<(Instant, Vec<Event>)>(&line).unwrap());
            run_on(*recipe, &[], feed, Shorting::Allowed)
        });
        assert_eq!(live, backtest, "{}", recipe.name());
    }
}

#[test]
fn every_rule_trades_and_a_later_bar_changes_nothing_before_it() {
    let whole = world(400);
    for recipe in recipes() {
        let log = run(*recipe, &[], &whole, Shorting::Allowed);
        assert!(!log.fills.is_empty(), "{} never trades", recipe.name());
        for cut in [7, 150, 311] {
            let cut = run(*recipe, &[], &whole[..cut], Shorting::Allowed);
            assert_eq!(log.fills[..cut.fills.len()], cut.fills, "{}", recipe.name());
            assert_eq!(log.equity[..cut.equity.len()], cut.equity, "{}", recipe.name());
        }
        let again = run(*recipe, &[], &whole, Shorting::Allowed);
        assert_eq!(log, again, "{}", recipe.name());
    }
}

#[test]
fn no_rule_is_short_where_it_may_not_be() {
    for recipe in recipes() {
        let log = run(*recipe, &[], &world(300), Shorting::Never);
        let mut held = [0.0; NAMES];
        for fill in &log.fills {
            let sign = if fill.side == proofmark_execution::costs::Side::Buy { 1.0 } else { -1.0 };
            held[fill.instrument as usize] += sign * fill.quantity;
            assert!(held[fill.instrument as usize] >= 0.0, "{}", recipe.name());
        }
    }
}

#[test]
fn settings_are_checked_by_name_and_range() {
    for recipe in recipes() {
        assert!(!recipe.doc().is_empty());
        for param in recipe.params() {
            assert!((param.least..=param.most).contains(&param.default), "{} {}", recipe.name(), param.name);
            let over = Params::of(*recipe, [(param.name.to_owned(), param.most * 2.0 + 1.0)]).unwrap_err();
            assert!(over.to_string().contains(param.name), "{over}");
        }
        let unknown = Params::of(*recipe, [("colour".to_owned(), 1.0)]).unwrap_err();
        assert!(unknown.to_string().contains("has no setting `colour`"), "{unknown}");
    }
    assert!(recipe("nse_swing").is_some() && recipe("astrology").is_none());
}

#[test]
fn the_swing_rule_leaves_by_stop_target_or_time() {
    let swing = recipe("nse_swing").unwrap();
    let log = run(swing, &[], &world(600), Shorting::Never);
    let tags: std::collections::BTreeSet<_> = log.trips.iter().map(|trip| trip.tag).collect();
    assert!(tags.iter().all(|tag| ["hard_stop", "take_profit", "max_hold"].contains(tag)), "{tags:?}");
    assert!(log.trips.iter().all(|trip| trip.marks <= 17));
}

#[test]
fn the_intraday_rule_is_flat_over_night_where_the_instrument_must_be() {
    let log =
        run(recipe("nse_intraday").unwrap(), &[("last_entry", 5.0)], &world(300), Shorting::WithinSession);
    let mut held = [0.0_f64; NAMES];
    let mut fills = log.fills.iter().peekable();
    for n in 0..300 {
        while let Some(fill) = fills.next_if(|fill| fill.time == minute(n + 1)) {
            let sign = if fill.side == proofmark_execution::costs::Side::Buy { 1.0 } else { -1.0 };
            held[fill.instrument as usize] += sign * fill.quantity;
        }
        if n % 6 == 5 {
            assert!(held.iter().all(|units| *units == 0.0), "step {n}: {held:?}");
        }
    }
}

#[test]
fn the_book_of_least_variance_keeps_to_its_cap_and_holds_the_calmest_name_most() {
    // Returns of name k swing by k + 1: weights go by 1 / variance as far as the cap lets them.
    let least = recipe("min_variance").unwrap();
    let params = Params::of(
        least,
        [("look_back".to_owned(), 48.0), ("most".to_owned(), 0.4), ("every".to_owned(), 1.0)],
    )
    .unwrap();
    let instruments = (0..NAMES).map(|k| share(&format!("S{k}"))).collect();
    let schedule = CostSchedule::flat_bps(0.0);
    let mut engine =
        Engine::new(instruments, config(1e7), Scheduled::new(&schedule, NAMES), BarFills::default()).unwrap();
    let mut rows = Rows::new(NAMES, 1);
    let mut trader = least.build(&params, NAMES, 5);
    for n in 0..60_i64 {
        let price = 100.0;
        let mut events: Vec<Event> = (0..NAMES as u32)
            .map(|of| {
                // Walsh functions: no two names move together.
                let sign = if (n & (i64::from(of) + 1)).count_ones() % 2 == 0 { 1.0 } else { -1.0 };
                rows.of_mut(of)[0] = sign * 0.01 * f64::from(of + 1);
                let bar = Bar {
                    opened: minute(n),
                    open: price,
                    high: price,
                    low: price,
                    close: price,
                    volume: 1e9,
                };
                Event::Bar(of, bar)
            })
            .collect();
        events.extend((n % 6 == 5).then_some(Event::SessionEnd));
        let mut fed = Fed { trader: trader.as_mut(), rows: &rows };
        engine.step(minute(n + 1), &events, &mut fed).unwrap();
        let held: Vec<f64> = (0..NAMES as u32).map(|of| engine.account().position(of).quantity).collect();
        if n < 48 {
            assert_eq!(held, [0.0; NAMES], "step {n}: the window is not full");
        }
    }
    let held: Vec<f64> =
        (0..NAMES as u32).map(|of| engine.account().position(of).quantity * 100.0 / 1e7).collect();
    assert!((held[0] - 0.4).abs() < 1e-4, "{held:?}");
    assert!(held.windows(2).all(|pair| pair[0] > pair[1]) && held[5] > 0.0, "{held:?}");
    assert!((held.iter().sum::<f64>() - 1.0).abs() < 1e-3, "{held:?}");
}
