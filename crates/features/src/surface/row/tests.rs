use proofmark_market::options::Black76;

use super::super::chain::Contract;
use super::*;

/// Every strike as call and put, at the volatility given, 10 traded and 100 held of a call, twice that of a put.
fn expiry(days: i32, forward: f64, volatility: impl Fn(f64) -> f64) -> Expiry {
    let mut contracts = Vec::new();
    for k in 60..=140 {
        let strike = f64::from(k);
        for (right, times) in [(Right::Call, 1.0), (Right::Put, 2.0)] {
            contracts.push(Contract {
                strike,
                right,
                volatility: Some(volatility(strike)),
                volume: Some(10.0 * times),
                open_interest: Some(100.0 * times),
            });
        }
    }
    let years = f64::from(days) / 365.0;
    Expiry { expiry: Date::from_days(20_000 + days), years, forward, discount: 1.0, contracts }
}

fn chain(expiries: Vec<Expiry>) -> Chain {
    let at = Instant::from_nanos(0);
    Chain { event_time: at, known_at: at, multiplier: 100.0, expiries, unvalued: Vec::new() }
}

#[test]
fn a_flat_surface_is_flat_in_every_measure() {
    let row = surface_row(&chain([15, 45, 120].map(|days| expiry(days, 100.0, |_| 0.2)).to_vec())).unwrap();
    for volatility in [row.at_the_money_30, row.at_the_money_90] {
        assert!((volatility.unwrap() - 0.2).abs() < 1e-12);
    }
    for flat in [row.risk_reversal_30, row.butterfly_30, row.slope_30] {
        assert!(flat.unwrap().abs() < 1e-12, "{flat:?}");
    }
    assert_eq!((row.put_call_volume, row.put_call_open_interest), (Some(2.0), Some(2.0)));
}

#[test]
fn the_money_is_at_the_forward_and_not_at_the_nearest_strike() {
    // Volatility falls by 0.01 a strike; the forward lies half way between two.
    let smile = |strike: f64| (0.3 - 0.01 * (strike - 100.0)).max(0.05);
    let row = surface_row(&chain(vec![expiry(30, 100.5, smile)])).unwrap();
    assert!((row.at_the_money_30.unwrap() - 0.295).abs() < 1e-4, "{:?}", row.at_the_money_30);
    // A step of 1 in the logarithm of strike over 0.295 sqrt(30 / 365) is about 8.5 strikes, of 0.01 each.
    let slope = row.slope_30.unwrap();
    assert!((slope + 0.01 * 100.5 * 0.295 * (30.0_f64 / 365.0).sqrt()).abs() < 2e-3, "{slope}");
    assert!(row.risk_reversal_30.unwrap() < 0.0 && row.at_the_money_90.is_none());
}

#[test]
fn exposures_are_sums_of_greeks_with_their_signs() {
    let row = surface_row(&chain(vec![expiry(30, 100.0, |_| 0.2)])).unwrap();
    // Call and put of a strike have one gamma and vega; 200 puts against 100 calls leave -100 net and 300 in all.
    let greeks =
        |k: i32| Black76::new(Right::Call, 100.0, f64::from(k), 30.0 / 365.0, 1.0).unwrap().greeks(0.2);
    let (mut gamma, mut vega, mut delta) = (0.0, 0.0, 0.0);
    for greeks in (60..=140).filter_map(greeks) {
        // Undiscounted, the put's delta is the call's less 1.
        delta += 100.0 * (100.0 * greeks.delta - 200.0 * (greeks.delta - 1.0)) * 100.0;
        gamma += greeks.gamma * 1e4;
        vega += greeks.vega;
    }
    let (net, gross) = (row.net.unwrap(), row.gross.unwrap());
    let near = |got: f64, want: f64| (got / want - 1.0).abs() < 1e-12;
    assert!(near(net.gamma, -gamma * 100.0) && near(net.vega, -vega * 100.0), "{net:?}");
    assert!(near(net.delta, delta), "{net:?} {delta}");
    assert!(near(gross.gamma, gamma * 300.0) && near(gross.vega, vega * 300.0) && gross.covered == 1.0);
}

#[test]
fn what_cannot_be_valued_counts_as_traded_and_held() {
    let last_day = |right: Right, volume: f64, held: f64| Contract {
        strike: 100.0,
        right,
        volatility: None,
        volume: Some(volume),
        open_interest: Some(held),
    };
    let valued = chain(vec![expiry(30, 100.0, |_| 0.2)]);
    // 81 strikes: 810 calls and 1,620 puts traded, 8,100 and 16,200 held.
    let with = |unvalued: Vec<Contract>| surface_row(&Chain { unvalued, ..valued.clone() }).unwrap();
    let row = with(vec![last_day(Right::Call, 190.0, 900.0), last_day(Right::Put, 380.0, 800.0)]);
    assert_eq!((row.volume, row.open_interest), (Some(3_000.0), Some(26_000.0)));
    assert_eq!((row.put_call_volume, row.put_call_open_interest), (Some(2.0), Some(17.0 / 9.0)));
    assert_eq!(row.gross.unwrap().covered, 24_300.0 / 26_000.0);
    // 24,300 of 28,000 are less than nine tenths.
    assert_eq!(with(vec![last_day(Right::Call, 1.0, 3_700.0)]).gross, None);
    let bad = Chain { unvalued: vec![last_day(Right::Call, -1.0, 1.0)], ..valued };
    assert!(surface_row(&bad).unwrap_err().to_string().contains("a volume"));
}

#[test]
fn what_is_not_said_is_missing() {
    let mut silent = expiry(30, 100.0, |_| 0.2);
    for contract in &mut silent.contracts {
        (contract.volume, contract.open_interest) = (None, None);
    }
    let row = surface_row(&chain(vec![silent])).unwrap();
    assert_eq!((row.put_call_volume, row.put_call_open_interest), (None, None));
    assert_eq!((row.net, row.gross), (None, None));
    let mut blind = expiry(30, 100.0, |_| 0.2);
    blind.contracts.iter_mut().filter(|c| c.strike < 80.0).for_each(|c| c.volatility = None);
    let row = surface_row(&chain(vec![blind])).unwrap();
    assert_eq!(row.gross, None, "a quarter of the open interest has no volatility");
    assert_eq!(surface_row(&chain(vec![])).unwrap().at_the_money_30, None);
}

#[test]
fn hostile_chains_are_refused_with_a_reason() {
    let good = || expiry(30, 100.0, |_| 0.2);
    let text = |expiries| surface_row(&chain(expiries)).unwrap_err().to_string();
    assert!(text(vec![good(), good()]).contains("sort them"));
    for (change, what) in [
        ((|e| e.years = 0.0) as fn(&mut Expiry), "the time left"),
        (|e| e.forward = f64::NAN, "the forward"),
        (|e| e.discount = -1.0, "the discount factor"),
        (|e| e.contracts[0].strike = 0.0, "a strike"),
        (|e| e.contracts[0].volatility = Some(f64::INFINITY), "a volatility"),
        (|e| e.contracts[0].open_interest = Some(-1.0), "an open interest"),
    ] {
        let mut bad = good();
        change(&mut bad);
        assert!(text(vec![bad]).starts_with(what), "{what}");
    }
    let early = Chain { known_at: Instant::from_nanos(-1), ..chain(vec![]) };
    assert!(matches!(surface_row(&early), Err(ChainError::KnownBeforeTrue { .. })));
}
