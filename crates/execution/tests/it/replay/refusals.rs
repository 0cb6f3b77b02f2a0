//! What a replay does not take.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::replay::{
    BookReplay, BookStrategy, BookView, Cancels, QueueRules, ReplayConfig, ReplayError, VenueRules, Wake,
};
use proofmark_execution::engine::{Desk, Free, Instrument, Kind, OrderRequest, Reason, Slice};
use proofmark_units::Seed;

use super::{Script, ask, at, bid, config, instrument, known, limit, replay, sold};

/// Asks for what a book cannot match.
#[derive(Default)]
struct Odd {
    refused: Vec<Reason>,
}

impl BookStrategy for Odd {
    fn on_book(&mut self, _: &BookView<'_>, _: &Slice<'_>, desk: &mut Desk<'_>) {
        let stop = OrderRequest::market(0, Side::Buy, 1.0).kind(Kind::Stop(105.0));
        let entry = limit(Side::Buy, 1.0, 100.0);
        let exit = limit(Side::Sell, 1.0, 104.0).risk();
        self.refused.extend([
            desk.submit(stop).unwrap_err(),
            desk.submit(limit(Side::Buy, 5.0, 100.0).showing(1.0)).unwrap_err(),
            desk.submit_bracket(entry, vec![exit]).unwrap_err(),
            desk.submit(limit(Side::Buy, 1.0, 100.5)).unwrap_err(),
        ]);
    }
}

#[test]
fn orders_that_a_book_does_not_match_are_refused_when_sent() {
    let mut replay =
        BookReplay::new(instrument(), config(VenueRules::default(), 0), Free, Seed::root(1)).unwrap();
    let mut odd = Odd::default();
    replay.run(&[bid(0, 100, 1.0), ask(0, 101, 1.0), known(0), bid(1, 99, 1.0)], &mut odd).unwrap();
    assert_eq!(odd.refused, [Reason::Kind, Reason::Kind, Reason::Kind, Reason::Price]);
    let done = replay.finish(&mut odd).unwrap();
    assert!(done.log.fills.is_empty());
}

#[test]
fn events_that_cannot_be_stop_the_replay_and_say_where() {
    let good = [bid(5, 100, 1.0), known(5)];
    for (bad, is_time) in [
        (bid(4, 99, 1.0), true),
        (bid(6, 0, 1.0), false),
        (ask(6, -3, 1.0), false),
        (ask(6, i64::MAX, 1.0), false),
        (bid(6, 99, f64::NAN), false),
        (bid(6, 99, -1.0), false),
        (sold(6, 99, f64::INFINITY), false),
        (sold(6, i64::MIN, 1.0), false),
    ] {
        let mut replay =
            BookReplay::new(instrument(), config(VenueRules::default(), 0), Free, Seed::root(1)).unwrap();
        replay.run(&good, &mut Script::default()).unwrap();
        let error = replay.run(&[bad], &mut Script::default()).unwrap_err();
        let is_right = match error {
            ReplayError::Time { index: 2, time, last } => is_time && time == at(4) && last == at(5),
            ReplayError::Value { index: 2, change, .. } => {
                !is_time && format!("{change:?}") == format!("{:?}", bad.change)
            }
            _ => false,
        };
        assert!(is_right, "{error}");
    }
}

#[test]
fn setups_that_make_no_sense_are_refused() {
    let plain = || config(VenueRules::default(), 0);
    let queue = |cancels, late_prints| {
        config(VenueRules { queue: QueueRules { cancels, late_prints }, ..VenueRules::default() }, 0)
    };
    let cases: Vec<(Instrument, ReplayConfig)> = vec![
        (Instrument { tick: 0.0, ..instrument() }, plain()),
        (Instrument { tick: 1e-9, ..instrument() }, plain()),
        (Instrument { tick: f64::NAN, ..instrument() }, plain()),
        (Instrument { lot: 0.0, ..instrument() }, plain()),
        (instrument(), ReplayConfig { wake: Wake::Every(0), ..plain() }),
        (instrument(), config(VenueRules { market_depth: 0, ..VenueRules::default() }, 0)),
        (instrument(), queue(Cancels::ProRata { power: 0.0 }, 0)),
        (instrument(), queue(Cancels::ProRata { power: f64::NAN }, 0)),
        (instrument(), queue(Cancels::Behind, -1)),
    ];
    for (instrument, config) in cases {
        let error = BookReplay::new(instrument, config, Free, Seed::root(1)).unwrap_err();
        assert!(matches!(error, ReplayError::Setup { .. } | ReplayError::Engine(_)), "{error}");
    }
}

#[test]
fn an_empty_stream_is_an_empty_replay() {
    let done = replay(&[], config(VenueRules::default(), 0), &mut Script::default());
    assert_eq!((done.stats.events, done.log.equity.len(), done.account.equity()), (0, 0, super::CAPITAL));
}
