use super::*;

fn at(seconds: i64) -> Stamp {
    let time = Instant::from_nanos(seconds * 1_000_000_000);
    Stamp { event_time: time, known_at: time }
}

fn level(side: Side, price: i64, size: i64) -> (Side, Level) {
    (side, Level { price: Fixed::from_units(price), size: Fixed::from_units(size) })
}

fn snapshot(last_id: i64) -> DepthSnapshot {
    let levels = vec![level(Side::Bid, 99, 5), level(Side::Bid, 98, 5), level(Side::Ask, 101, 5)];
    DepthSnapshot { stamp: at(last_id), row: 1, last_id, levels, damaged: false }
}

/// An update of changes `first..=last` that puts `size` at bid `price`.
fn update(first: i64, last: i64, price: i64, size: i64) -> DepthUpdate {
    DepthUpdate {
        stamp: at(last),
        row: last.unsigned_abs(),
        first_id: Some(first),
        previous_id: None,
        last_id: last,
        levels: vec![level(Side::Bid, price, size)],
        damaged: false,
    }
}

fn best(book: &DepthBook) -> Option<(i64, i64)> {
    let best = book.view()?.book.best(Side::Bid)?;
    Some((best.price.units(), best.size.units()))
}

#[test]
fn updates_before_the_snapshot_wait_and_those_it_holds_are_dropped() {
    let mut book = DepthBook::default();
    book.update(update(7, 8, 99, 1)); // held by the snapshot
    book.update(update(9, 12, 99, 2)); // reaches over it
    assert_eq!((best(&book), book.counts().unused), (None, 2));
    book.snapshot(&snapshot(10));
    assert_eq!(best(&book), Some((99, 2)));
    book.update(update(13, 13, 100, 7));
    assert_eq!(best(&book), Some((100, 7)));
    book.update(update(14, 15, 100, 0));
    assert_eq!(best(&book), Some((99, 2)));
    let want = DepthCounts { snapshots: 1, applied: 3, in_snapshot: 1, ..DepthCounts::default() };
    assert_eq!((book.counts(), book.log().counts.len()), (want, 0));
}

#[test]
fn a_gap_loses_the_book_until_the_next_snapshot() {
    let mut book = DepthBook::default();
    book.snapshot(&snapshot(10));
    book.update(update(11, 12, 99, 1));
    book.update(update(14, 15, 99, 3)); // 13 is missing
    assert_eq!((best(&book), book.log().count(BookRule::SequenceGap)), (None, 1));
    book.update(update(16, 16, 99, 4));
    assert_eq!(book.counts().unused, 2);
    book.snapshot(&snapshot(15)); // 14 to 15 is in it, 16 is not
    assert_eq!((best(&book), book.counts().unused, book.counts().in_snapshot), (Some((99, 4)), 0, 1));
    // The first update after a snapshot must reach back to it.
    let mut book = DepthBook::default();
    book.snapshot(&snapshot(10));
    book.update(update(12, 13, 99, 1));
    assert_eq!(book.log().count(BookRule::SequenceGap), 1);
}

#[test]
fn an_update_may_name_the_one_before_it_instead() {
    let named = |previous, last| DepthUpdate { previous_id: Some(previous), ..update(last - 1, last, 99, 1) };
    let mut book = DepthBook::default();
    book.snapshot(&snapshot(10));
    book.update(named(5, 20));
    book.update(named(20, 40));
    assert_eq!((book.counts().applied, book.log().counts.len()), (2, 0));
    book.update(named(41, 50));
    assert_eq!(book.log().count(BookRule::SequenceGap), 1);
}

#[test]
fn late_and_repeated_messages_are_listed_and_change_nothing() {
    let mut book = DepthBook::default();
    book.snapshot(&snapshot(10));
    book.update(update(11, 12, 99, 1));
    book.update(update(11, 12, 99, 9));
    book.snapshot(&snapshot(11));
    assert_eq!(best(&book), Some((99, 1)));
    assert_eq!((book.log().count(BookRule::OutOfOrder), book.log().count(BookRule::OldSnapshot)), (1, 1));
}

#[test]
fn impossible_levels_lose_the_book_and_leave_no_half_of_an_update() {
    for (price, size, damaged, rule) in [
        (99, -1, false, BookRule::NegativeSize),
        (0, 1, false, BookRule::BadPrice),
        (-5, 1, false, BookRule::BadPrice),
        (99, 1, true, BookRule::Damaged),
    ] {
        let mut book = DepthBook::default();
        book.snapshot(&snapshot(10));
        let mut bad = update(11, 12, price, size);
        bad.damaged = damaged;
        book.update(bad);
        assert_eq!((best(&book), book.log().count(rule)), (None, 1));
        book.snapshot(&snapshot(20));
        assert_eq!(best(&book), Some((99, 5)));
    }
    let mut book = DepthBook::default();
    book.snapshot(&DepthSnapshot { levels: vec![level(Side::Ask, 5, -1)], ..snapshot(1) });
    assert!(book.view().is_none());
}

#[test]
fn crossed_books_unsorted_snapshots_and_differing_quotes_are_listed() {
    let mut book = DepthBook::default();
    let mut unsorted = snapshot(10);
    unsorted.levels.swap(0, 1);
    book.snapshot(&unsorted);
    assert_eq!(book.log().count(BookRule::UnsortedSnapshot), 1);
    book.update(update(11, 11, 101, 1));
    assert_eq!(book.log().count(BookRule::Crossed), 1);
    let quote = |bid: i64| BestQuote {
        stamp: at(11),
        row: 1,
        id: 11,
        bid: level(Side::Bid, bid, 1).1,
        ask: level(Side::Ask, 101, 5).1,
    };
    book.quote(&quote(101));
    book.quote(&quote(100));
    book.quote(&BestQuote { id: 12, ..quote(1) }); // of another moment: not compared
    assert_eq!((book.counts().quotes_compared, book.counts().quotes_equal), (2, 1));
    assert_eq!(book.log().count(BookRule::QuoteDiffers), 1);
}

#[test]
fn a_message_is_never_known_before_it_was_sent_or_before_the_one_ahead_of_it() {
    let mut book = DepthBook::default();
    let time = |seconds: i64| Instant::from_nanos(seconds * 1_000_000_000);
    assert_eq!(book.known_at(1, time(10), time(12)), time(12));
    assert_eq!(book.known_at(2, time(15), time(13)), time(15));
    assert_eq!(book.known_at(3, time(11), time(14)), time(15));
    assert_eq!(book.known_at(4, time(11), time(12)), time(15));
    assert_eq!((book.log().count(BookRule::ClockAhead), book.log().count(BookRule::TimeBackwards)), (1, 1));
}
