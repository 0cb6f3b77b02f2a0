use super::super::quote::tests::quote;
use super::super::trade::tests::trade;
use super::*;

fn at(nanos: i64) -> Instant {
    Instant::from_nanos(nanos)
}

fn spans(bounds: &[i64]) -> Vec<Span> {
    bounds.windows(2).map(|pair| Span { from: at(pair[0]), to: at(pair[1]) }).collect()
}

const SETTINGS: MicroSettings = MicroSettings { realised_after_nanos: 10, levels: 1 };

#[test]
fn two_buckets_by_hand() {
    let quotes = [
        quote(0, 99.0, 10.0, 101.0, 10.0),  // mid 100, 2 wide
        quote(30, 99.0, 14.0, 101.0, 10.0), // 4 more bid
        quote(60, 100.0, 5.0, 102.0, 5.0),  // mid 101: bid + 5, ask: 10 gone
    ];
    let trades = [trade(35, 101.0, 2.0, None), trade(95, 102.0, 1.0, None), trade(96, 100.0, 3.0, None)];
    let input = MicroInput { quotes: &quotes, trades: Some(&trades), books: None, complete_to: at(200) };
    let bars = micro_bars(&input, &spans(&[0, 100, 200]), SETTINGS).unwrap();
    let [first, second] = bars.as_slice() else { panic!("{bars:?}") };
    assert_eq!((first.known_at, first.event_time, first.quoted_share), (at(100), at(96), 1.0));
    assert_eq!((first.spread, first.mid, first.mid_change), (Some(2.0), Some(101.0), Some(1.0)));
    // 30 of 0, 30 of 4 / 24, 40 of 0.
    assert!((first.imbalance.unwrap() - 0.3 * 4.0 / 24.0).abs() < 1e-15);
    assert_eq!((first.order_flow, first.volume, first.signed_volume), (Some(19.0), Some(6.0), Some(0.0)));
    assert_eq!((first.turnover, first.last_price), (Some(604.0), Some(100.0)));
    // 2 at 2 %, 1 and 3 at 2 / 101.
    let effective = (2.0 * 0.02 + 4.0 * 2.0 / 101.0) / 6.0;
    assert!((first.effective_spread.unwrap() - effective).abs() < 1e-15);
    // Of the first trade alone is the later mid due by 100, and it stands at 100.
    assert!((first.realised_spread.unwrap() - 0.02).abs() < 1e-15 && first.trade_impact == Some(0.0));
    // The others are due at 105 and 106, in the second bucket, in which nothing traded.
    assert!((second.realised_spread.unwrap() - 2.0 / 101.0).abs() < 1e-15);
    assert_eq!((second.volume, second.signed_volume, second.effective_spread), (Some(0.0), Some(0.0), None));
    assert_eq!((second.order_flow, second.mid_change, second.event_time), (Some(0.0), Some(0.0), at(100)));
    assert_eq!((second.depth, second.slope), (None, None), "there are no sampled books");
}

#[test]
fn a_bucket_without_a_book_is_missing_and_not_filled() {
    let lost = Quote { bid: None, ask: None, ..quote(50, 99.0, 1.0, 101.0, 1.0) };
    let quotes = [quote(0, 99.0, 1.0, 101.0, 1.0), lost, quote(250, 99.0, 1.0, 101.0, 1.0)];
    let input = MicroInput { quotes: &quotes, trades: None, books: None, complete_to: at(300) };
    let bars = micro_bars(&input, &spans(&[0, 100, 200, 300]), SETTINGS).unwrap();
    let shares: Vec<f64> = bars.iter().map(|bar| bar.quoted_share).collect();
    assert_eq!(shares, [0.5, 0.0, 0.5]);
    assert_eq!((bars[1].spread, bars[1].order_flow, bars[1].mid), (None, None, None));
    assert_eq!(bars[2].mid_change, None, "the mid at its start is not known");
    assert_eq!((bars[0].volume, bars[0].signed_volume), (None, None), "no feed of trades is no volume of 0");
}

#[test]
fn a_bucket_that_is_not_over_has_no_bar() {
    let quotes = [quote(0, 99.0, 1.0, 101.0, 1.0)];
    let input = MicroInput { quotes: &quotes, trades: None, books: None, complete_to: at(150) };
    assert_eq!(micro_bars(&input, &spans(&[0, 100, 200]), SETTINGS).unwrap().len(), 1);
}

#[test]
fn hostile_input_is_named() {
    let quotes = [quote(5, 99.0, 1.0, 101.0, 1.0), quote(4, 99.0, 1.0, 101.0, 1.0)];
    let input = MicroInput { quotes: &quotes, trades: None, books: None, complete_to: at(9) };
    let fails = |input: &MicroInput<'_>, bounds: &[i64], settings| {
        micro_bars(input, &spans(bounds), settings).unwrap_err()
    };
    assert_eq!(fails(&input, &[0, 9], SETTINGS), MicroError::Unsorted { what: "quote", row: 1, at: at(4) });
    let sound = MicroInput { quotes: &quotes[..1], ..input };
    assert!(matches!(fails(&sound, &[9, 9], SETTINGS), MicroError::BadSpan { row: 0, .. }));
    let overlapping = [Span { from: at(0), to: at(5) }, Span { from: at(4), to: at(9) }];
    assert!(matches!(micro_bars(&sound, &overlapping, SETTINGS), Err(MicroError::BadSpan { row: 1, .. })));
    for bad in [f64::NAN, 0.0, -1.0, f64::INFINITY] {
        let trades = [trade(1, bad, 1.0, None)];
        let input = MicroInput { trades: Some(&trades), ..sound };
        assert_eq!(fails(&input, &[0, 9], SETTINGS), MicroError::BadTrade { row: 0 });
    }
    for settings in
        [MicroSettings { levels: 0, ..SETTINGS }, MicroSettings { realised_after_nanos: 0, ..SETTINGS }]
    {
        assert!(matches!(fails(&sound, &[0, 9], settings), MicroError::BadSetting { .. }));
    }
    let extreme = MicroInput { complete_to: at(i64::MAX), ..sound };
    let whole = [Span { from: at(i64::MIN), to: at(i64::MAX) }];
    assert_eq!(micro_bars(&extreme, &whole, SETTINGS).unwrap().len(), 1);
}
