//! Orders in a small book, by hand.

use proofmark_execution::costs::Side;
use proofmark_execution::engine::replay::{Cancels, QueueRules, VenueRules};
use proofmark_execution::engine::{OrderRequest, OrderState, Reason, TimeInForce};

use super::{Act, Script, ask, bid, bought, config, fills, known, limit, lost, replay, sold};

/// Bids 10 x 100 and 20 x 99, asks 5 x 102 and 7 x 103 at time 0.
fn start() -> Vec<super::BookEvent> {
    vec![bid(0, 100, 10.0), bid(0, 99, 20.0), ask(0, 102, 5.0), ask(0, 103, 7.0), known(0)]
}

fn send(time: i64, request: OrderRequest) -> (i64, Act) {
    (time, Act::Send(request))
}

#[test]
fn a_resting_order_waits_for_what_is_ahead_and_trades_at_its_price_as_maker() {
    let mut events = start();
    events.extend([
        sold(10, 100, 4.0),
        bid(10, 100, 6.0),
        // Six ahead, three for the order.
        sold(20, 100, 9.0),
        bid(20, 100, 0.0),
        sold(30, 100, 5.0),
    ]);
    let mut script = Script::new(vec![send(0, limit(Side::Buy, 5.0, 100.0))]);
    let done = replay(&events, config(VenueRules::default(), 3), &mut script);
    assert_eq!(fills(&done), [(20, 3.0, 100.0, false), (30, 2.0, 100.0, false)]);
    let ahead: Vec<_> = script.seen.iter().skip(1).map(|(_, _, ahead)| ahead[0]).collect();
    assert_eq!(ahead, [Some(6.0), Some(0.0), None]);
    assert_eq!((done.stats.rested_units, done.stats.fill_rate()), (5.0, Some(1.0)));
    assert_eq!(done.account.cash(0), super::CAPITAL - 500.0);
}

#[test]
fn a_print_beyond_the_price_fills_up_to_its_size_best_price_first() {
    let mut events = start();
    // The market falls through both bids with a print of 3 at 98, and one of 4.
    events.extend([sold(10, 98, 3.0), sold(20, 98, 4.0)]);
    let acts = vec![send(0, limit(Side::Buy, 2.0, 99.0)), send(0, limit(Side::Buy, 4.0, 100.0))];
    let done = replay(&events, config(VenueRules::default(), 1), &mut Script::new(acts));
    assert_eq!(fills(&done), [(10, 3.0, 100.0, false), (20, 1.0, 100.0, false), (20, 2.0, 99.0, false)]);
}

#[test]
fn two_own_orders_at_one_price_share_a_print_in_their_order() {
    let mut events = start();
    events.extend([bought(10, 102, 8.0)]);
    let acts = vec![send(0, limit(Side::Sell, 2.0, 102.0)), send(0, limit(Side::Sell, 2.0, 102.0))];
    let done = replay(&events, config(VenueRules::default(), 1), &mut Script::new(acts));
    // 5 ahead, 2 and 1.
    assert_eq!(fills(&done), [(10, -2.0, 102.0, false), (10, -1.0, 102.0, false)]);
}

#[test]
fn a_market_order_walks_the_book_as_deep_as_it_may() {
    let buy = || Script::new(vec![send(0, OrderRequest::market(0, Side::Buy, 15.0))]);
    let done = replay(&start(), config(VenueRules::default(), 0), &mut buy());
    assert_eq!(fills(&done), [(0, 5.0, 102.0, true), (0, 7.0, 103.0, true)]);
    let shallow = VenueRules { market_depth: 1, ..VenueRules::default() };
    let done = replay(&start(), config(shallow, 0), &mut buy());
    assert_eq!(fills(&done), [(0, 5.0, 102.0, true)]);
    let ended: Vec<_> = done.log.ended.iter().map(|ended| (ended.filled, ended.state)).collect();
    assert_eq!(ended, [(5.0, OrderState::Cancelled(Reason::Immediate))]);
    assert_eq!((done.stats.taker_units, done.stats.fill_rate()), (5.0, None));
}

#[test]
fn what_was_taken_is_not_taken_again_until_more_comes() {
    let mut events = start();
    events.extend([bid(10, 98, 1.0), ask(20, 102, 6.0), bid(30, 98, 2.0)]);
    let buy = || OrderRequest::market(0, Side::Buy, 3.0).waiting(TimeInForce::Immediate);
    let acts = vec![send(0, buy()), send(10, buy()), send(20, buy())];
    let done = replay(
        &events,
        config(VenueRules { market_depth: 1, ..VenueRules::default() }, 0),
        &mut Script::new(acts),
    );
    // 3 of 5, the other 2, and the one that joined.
    assert_eq!(fills(&done), [(0, 3.0, 102.0, true), (10, 2.0, 102.0, true), (20, 1.0, 102.0, true)]);
}

#[test]
fn a_limit_that_crosses_takes_first_and_its_rest_waits() {
    let mut events = start();
    events.extend([ask(10, 102, 0.0), sold(20, 102, 1.0)]);
    let mut script = Script::new(vec![send(0, limit(Side::Buy, 6.0, 102.0))]);
    let done = replay(&events, config(VenueRules::default(), 0), &mut script);
    assert_eq!(fills(&done), [(0, 5.0, 102.0, true), (20, 1.0, 102.0, false)]);
    assert_eq!((done.stats.taker_units, done.stats.maker_units, done.stats.rested_units), (5.0, 1.0, 1.0));
}

#[test]
fn an_order_meets_the_book_of_its_arrival() {
    let mut events = start();
    // Sent at 0 for 102; by its arrival at 10, after all that became known at 10, the ask is at 104.
    events.extend([ask(10, 102, 0.0), ask(10, 103, 0.0), ask(10, 104, 9.0), bid(11, 98, 1.0)]);
    let acts = vec![send(0, OrderRequest::market(0, Side::Buy, 1.0))];
    let done = replay(&events, config(VenueRules::default(), 10), &mut Script::new(acts.clone()));
    assert_eq!(fills(&done), [(10, 1.0, 104.0, true)]);
    let done = replay(&events, config(VenueRules::default(), 9), &mut Script::new(acts));
    assert_eq!(fills(&done), [(9, 1.0, 102.0, true)]);
    assert_eq!(done.stats.latencies, [1]);
}

#[test]
fn a_cancel_travels_too_and_may_be_late() {
    let mut events = start();
    events.extend([bid(10, 98, 1.0), sold(14, 100, 12.0), bid(20, 98, 2.0), sold(40, 99, 30.0)]);
    let acts = vec![
        send(0, limit(Side::Buy, 2.0, 100.0)),
        send(0, limit(Side::Buy, 2.0, 99.0)),
        (10, Act::Cancel(0)),
        (10, Act::Cancel(0)),
        (20, Act::Cancel(1)),
    ];
    let done = replay(&events, config(VenueRules::default(), 5), &mut Script::new(acts));
    assert_eq!(fills(&done), [(14, 2.0, 100.0, false)]);
    assert_eq!((done.stats.orders, done.stats.cancels, done.stats.late_cancels), (2, 2, 1));
    let asked = OrderState::Cancelled(Reason::Asked);
    let ended: Vec<_> = done.log.ended.iter().map(|ended| (ended.time.nanos(), ended.state)).collect();
    assert_eq!(ended, [(14, OrderState::Filled), (25, asked)]);
}

#[test]
fn a_quote_that_reaches_an_order_fills_it_unless_only_prints_do() {
    let mut events = start();
    // Everybody leaves 100 and 99, and somebody asks 3 at 99; of 4 more the order gets what it still wants.
    events.extend([
        bid(10, 100, 0.0),
        bid(10, 99, 0.0),
        ask(10, 99, 3.0),
        bid(20, 90, 1.0),
        ask(30, 99, 7.0),
    ]);
    let acts = || Script::new(vec![send(0, limit(Side::Buy, 5.0, 100.0))]);
    let done = replay(&events, config(VenueRules::default(), 1), &mut acts());
    assert_eq!(fills(&done), [(10, 3.0, 100.0, false), (30, 2.0, 100.0, false)]);
    let printed = VenueRules { crossed_quotes: false, ..VenueRules::default() };
    let done = replay(&events, config(printed, 1), &mut acts());
    assert_eq!((fills(&done), done.stats.fill_rate()), (vec![], Some(0.0)));
}

#[test]
fn a_book_that_crosses_within_one_instant_fills_nothing() {
    let mut events = start();
    // Bids move up before the asks leave, within one message.
    events.extend([bid(10, 103, 4.0), ask(10, 102, 0.0), ask(10, 103, 0.0), ask(10, 104, 1.0)]);
    let acts = vec![send(0, limit(Side::Sell, 1.0, 104.0))];
    let done = replay(&events, config(VenueRules::default(), 1), &mut Script::new(acts));
    assert_eq!(fills(&done), []);
}

#[test]
fn while_the_book_is_lost_orders_wait_and_places_get_no_better() {
    let mut events = start();
    events.extend([
        lost(10),
        bid(11, 100, 1.0),
        // Arrives at 15, waits for the book.
        bid(20, 100, 8.0),
        ask(20, 101, 4.0),
        known(20),
        // 8 are ahead: 2 of the 10 have left.
        sold(30, 100, 9.0),
    ]);
    let acts = vec![send(0, limit(Side::Buy, 1.0, 100.0)), send(10, OrderRequest::market(0, Side::Buy, 1.0))];
    let mut script = Script::new(acts);
    let done = replay(&events, config(VenueRules::default(), 5), &mut script);
    assert_eq!(fills(&done), [(20, 1.0, 101.0, true), (30, 1.0, 100.0, false)]);
    assert_eq!(done.stats.lost, 1);
    let ahead: Vec<_> = script.seen.iter().skip(1).map(|(_, _, ahead)| ahead[0]).collect();
    assert_eq!(ahead, [Some(10.0), Some(10.0), Some(8.0), None]);
}

#[test]
fn others_leave_behind_or_by_their_share() {
    let mut events = start();
    events.extend([bid(10, 100, 40.0), bid(20, 100, 32.0), bid(30, 98, 1.0)]);
    for (cancels, ahead) in [(Cancels::Behind, 10.0), (Cancels::ProRata { power: 1.0 }, 8.0)] {
        let queue = QueueRules { cancels, late_prints: 0 };
        let mut script = Script::new(vec![send(0, limit(Side::Buy, 1.0, 100.0))]);
        replay(&events, config(VenueRules { queue, ..VenueRules::default() }, 1), &mut script);
        assert_eq!(script.seen.last().unwrap().2, [Some(ahead)], "{cancels:?}");
    }
}

#[test]
fn an_exit_gets_no_more_than_the_position() {
    let mut events = start();
    events.extend([bid(10, 98, 1.0), bid(20, 98, 2.0)]);
    let acts = vec![
        send(0, OrderRequest::market(0, Side::Buy, 4.0)),
        send(10, OrderRequest::market(0, Side::Sell, f64::INFINITY).risk()),
    ];
    let done = replay(&events, config(VenueRules::default(), 1), &mut Script::new(acts));
    assert_eq!(fills(&done), [(1, 4.0, 102.0, true), (11, -4.0, 100.0, true)]);
    assert_eq!((done.log.trips.len(), done.log.trips[0].gross), (1, -8.0));
    assert_eq!(done.log.equity.last().unwrap().1, super::CAPITAL - 8.0);
}
