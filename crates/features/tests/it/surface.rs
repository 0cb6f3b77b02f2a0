//! Option chains: real ones against their own columns, and a made-up history cut short.

use std::collections::BTreeMap;

use proofmark_features::surface::{Chain, Contract, Expiry, SURFACE_FEATURES, SurfaceRow, surface_row};
use proofmark_market::options::{Black76, Right, StrikePair, fit_parity, years_act_365};
use proofmark_sources::{ChainOptions, OptionRow, read_chain_parquet};
use proofmark_units::{Date, Instant};
use proptest::prelude::*;

use crate::bars::data;

fn mid(row: &OptionRow) -> Option<(f64, f64)> {
    let (bid, ask) = (row.bid.filter(|bid| *bid > 0.0)?, row.ask?);
    (ask >= bid).then_some((0.5 * (bid + ask), 0.5 * (ask - bid)))
}

/// The chain of a file: its own forwards or, without them, parity of the ten strikes nearest to the money; volatilities of the
/// mids.
fn chain(rows: &[OptionRow], date: Date, discount: impl Fn(f64, &OptionRow) -> Option<f64>) -> Chain {
    let mut groups: BTreeMap<Date, Vec<&OptionRow>> = BTreeMap::new();
    rows.iter().for_each(|row| groups.entry(row.expiry).or_default().push(row));
    let expiry = |(expiry, rows): (Date, Vec<&OptionRow>)| {
        let years = rows[0].years.unwrap_or(years_act_365(date, expiry));
        let discount = discount(years, rows[0]).filter(|_| years > 0.0)?;
        let mut pairs: BTreeMap<u64, [Option<(f64, f64)>; 2]> = BTreeMap::new();
        for row in &rows {
            pairs.entry(row.strike.to_bits()).or_default()[usize::from(row.right == Right::Put)] = mid(row);
        }
        let pair = |(strike, sides): (u64, [Option<(f64, f64)>; 2])| {
            let [call, put] = [sides[0]?, sides[1]?];
            let (difference, uncertainty) = (call.0 - put.0, call.1.hypot(put.1));
            Some(StrikePair { strike: f64::from_bits(strike), difference, uncertainty })
        };
        let pairs: Vec<StrikePair> = pairs.into_iter().filter_map(pair).collect();
        let by_parity = || fit_parity(&pairs, Some(discount), 10).ok().map(|fit| fit.forward);
        let forward = rows[0].forward.or_else(by_parity)?;
        let contract = |row: &&OptionRow| {
            let option = Black76::new(row.right, forward, row.strike, years, discount).unwrap();
            Contract {
                strike: row.strike,
                right: row.right,
                volatility: mid(row).and_then(|(mid, _)| option.implied_volatility(mid).ok()),
                volume: row.volume,
                open_interest: row.open_interest,
            }
        };
        Some(Expiry { expiry, years, forward, discount, contracts: rows.iter().map(contract).collect() })
    };
    let at = date.plus_days(1).midnight_utc();
    let (mut expiries, mut unvalued) = (Vec::new(), Vec::new());
    for (date, rows) in groups {
        let bare = |row: &&OptionRow| Contract {
            strike: row.strike,
            right: row.right,
            volatility: None,
            volume: row.volume,
            open_interest: row.open_interest,
        };
        match expiry((date, rows.clone())) {
            Some(own) => expiries.push(own),
            None => unvalued.extend(rows.iter().map(bare)),
        }
    }
    Chain { event_time: at, known_at: at, multiplier: 100.0, expiries, unvalued }
}

#[test]
fn the_index_chain_agrees_with_its_own_volatilities() {
    let Some(path) = data("options/spx_chain_2024-11-11.parquet") else { return };
    let file = read_chain_parquet(&path, &ChainOptions::default()).unwrap();
    let chain = chain(&file.rows, file.date_of_file.unwrap(), |_, row| row.discount);
    let row = surface_row(&chain).unwrap();
    let (mut compared, mut worst) = (0, 0.0_f64);
    for expiry in &row.expiries {
        let own = |right: Right, below: bool| {
            let rows = file.rows.iter().filter(move |r| r.expiry == expiry.expiry && r.right == right);
            let side = rows.filter(move |r| r.forward.is_some_and(|f| (r.strike < f) == below));
            let near = |a: &&OptionRow, b: &&OptionRow| {
                let gap = |r: &OptionRow| (r.strike - r.forward.unwrap()).abs();
                gap(a).total_cmp(&gap(b))
            };
            side.filter(|r| r.volatility.is_some()).min_by(near)
        };
        let (Some(put), Some(call)) = (own(Right::Put, true), own(Right::Call, false)) else { continue };
        let forward = put.forward.unwrap();
        let share = (forward - put.strike) / (call.strike - put.strike);
        let theirs = put.volatility.unwrap() * (1.0 - share) + call.volatility.unwrap() * share;
        let gap = (expiry.smile.at_the_money.unwrap() - theirs).abs();
        (compared, worst) = (compared + 1, worst.max(gap));
        assert!(gap < 1e-3, "{}: {:?} and {theirs}", expiry.expiry, expiry.smile);
    }
    assert!(compared > 40, "{compared} expiries, worst {worst}");
    // A calm week after an election: volatility rises with time, and puts cost more than calls.
    let [short, long] = [row.at_the_money_30.unwrap(), row.at_the_money_90.unwrap()];
    assert!((0.09..0.16).contains(&short) && long > short && long < 0.2, "{short} {long}");
    assert!(row.risk_reversal_30.unwrap() < -0.01 && row.slope_30.unwrap() < 0.0);
    assert!((-0.01..0.02).contains(&row.butterfly_30.unwrap()));
    assert_eq!(
        (row.put_call_volume, row.net),
        (None, None),
        "the file says neither volume nor open interest"
    );
}

#[test]
fn the_fund_chain_has_ratios_and_exposures() {
    let Some(path) = data("options/spy_chain_2025-08-26.parquet") else { return };
    let file = read_chain_parquet(&path, &ChainOptions::default()).unwrap();
    // Overnight money stood near 4.3 % that week; only the forward's spread hangs on it.
    let chain = chain(&file.rows, file.date_of_file.unwrap(), |years, _| Some((-0.043 * years).exp()));
    let row = surface_row(&chain).unwrap();
    assert!(!chain.unvalued.is_empty(), "an expiry on its last day");
    let total = |right: Right, count: fn(&OptionRow) -> Option<f64>| -> f64 {
        let rows = file.rows.iter().filter(|r| r.right == right);
        rows.filter_map(count).sum()
    };
    let ratio = |count: fn(&OptionRow) -> Option<f64>| total(Right::Put, count) / total(Right::Call, count);
    assert!((row.put_call_volume.unwrap() - ratio(|r| r.volume)).abs() < 1e-12);
    assert!((row.put_call_open_interest.unwrap() - ratio(|r| r.open_interest)).abs() < 1e-12);
    let rounded = |ratio: Option<f64>| (ratio.unwrap() * 1e3).round() / 1e3;
    assert_eq!((rounded(row.put_call_volume), rounded(row.put_call_open_interest)), (1.078, 2.524));
    let all = |count: fn(&OptionRow) -> Option<f64>| total(Right::Put, count) + total(Right::Call, count);
    assert_eq!(row.volume.unwrap(), all(|r| r.volume));
    assert_eq!(row.open_interest.unwrap(), all(|r| r.open_interest));
    eprintln!(
        "SPY: net {:?}, gross {:?}, {} of volume, {} held",
        row.net,
        row.gross,
        row.volume.unwrap(),
        row.open_interest.unwrap()
    );
    let (short, long) = (row.at_the_money_30.unwrap(), row.at_the_money_90.unwrap());
    assert!((0.08..0.2).contains(&short) && long > short, "{short} {long}");
    assert!(row.risk_reversal_30.unwrap() < 0.0 && row.slope_30.unwrap() < 0.0);
    let (net, gross) = (row.net.unwrap(), row.gross.unwrap());
    assert!(net.gamma.abs() < gross.gamma && net.vega.abs() < gross.vega);
    // The largest fund of the world: billions of delta for a move of 1 %.
    assert!((1e9..1e11).contains(&gross.gamma) && gross.covered >= 0.9, "{gross:?}");
}

/// Chains of one expiry on either side of a month, with the volatilities given.
fn history(volatilities: &[Option<f64>]) -> Vec<Option<SurfaceRow>> {
    let row = |(t, volatility): (usize, &Option<f64>)| {
        let date = Date::from_days(18_000 + i32::try_from(t).unwrap());
        let contracts = (80..=120)
            .flat_map(|k| [Right::Call, Right::Put].map(|right| (f64::from(k), right)))
            .map(|(strike, right)| Contract {
                strike,
                right,
                volatility: *volatility,
                volume: Some(1.0),
                open_interest: Some(1.0),
            })
            .collect::<Vec<_>>();
        let expiry = |days: i32| Expiry {
            expiry: date.plus_days(days),
            years: f64::from(days) / 365.0,
            forward: 100.0,
            discount: 1.0,
            contracts: contracts.clone(),
        };
        let at = Instant::from_nanos(date.midnight_utc().nanos());
        let expiries = vec![expiry(20), expiry(100)];
        let chain = Chain { event_time: at, known_at: at, multiplier: 100.0, expiries, unvalued: Vec::new() };
        Some(surface_row(&chain).unwrap())
    };
    volatilities.iter().enumerate().map(row).collect()
}

#[test]
fn a_session_without_a_chain_is_a_session_of_the_year() {
    let volatilities: Vec<Option<f64>> = (0..320).map(|t| Some(0.9 - 0.001 * f64::from(t))).collect();
    let rank = SURFACE_FEATURES.iter().find(|f| f.definition.name == "opt_iv_rank").unwrap();
    let mut rows = history(&volatilities);
    // The wildest session of all has left the window of the last row, whatever is missing in between.
    rows[0] = history(&[Some(5.0)]).remove(0);
    let whole = rank.column(&rows);
    rows[100..160].fill(None);
    let holed = rank.column(&rows);
    assert!(holed[100..160].iter().all(|value| value.is_nan()), "no chain, no value");
    assert_eq!((holed[319], whole[319]), (0.0, 0.0));
    assert!(holed[184].is_nan() && !holed[185].is_nan(), "100 known values before the hole and 26 after it");
}

#[test]
fn a_rank_needs_half_a_year_and_looks_back_a_year() {
    // It rises every session, and then falls to the middle of what was seen in the last 252.
    let mut volatilities: Vec<Option<f64>> = (0..300).map(|t| Some(0.1 + 0.001 * f64::from(t))).collect();
    volatilities.push(Some(0.1 + 0.001 * 174.5));
    let rows = history(&volatilities);
    let column =
        |name: &str| SURFACE_FEATURES.iter().find(|f| f.definition.name == name).unwrap().column(&rows);
    let (rank, percentile) = (column("opt_iv_rank"), column("opt_iv_percentile"));
    assert!(rank[..125].iter().chain(&percentile[..125]).all(|v| v.is_nan()));
    assert!(rank[125..300].iter().chain(&percentile[125..300]).all(|v| (v - 1.0).abs() < 1e-9));
    // Of sessions 49 to 299, 126 lie below and 125 above.
    assert!((percentile[300] - 126.0 / 251.0).abs() < 1e-12, "{}", percentile[300]);
    assert!((rank[300] - 125.5 / 250.0).abs() < 1e-9, "{}", rank[300]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn later_chains_change_no_earlier_value(
        volatilities in prop::collection::vec(prop::option::weighted(0.9, 0.05..0.8_f64), 1..320), share in 0.0..1.0_f64
    ) {
        let rows = history(&volatilities);
        let cut = (rows.len() as f64 * share) as usize;
        for feature in SURFACE_FEATURES {
            let (whole, part) = (feature.column(&rows), feature.column(&rows[..cut]));
            prop_assert_eq!(part.len(), cut);
            for (a, b) in whole.iter().zip(&part) {
                prop_assert!(a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()), "{}", feature.definition.name);
            }
        }
    }
}
