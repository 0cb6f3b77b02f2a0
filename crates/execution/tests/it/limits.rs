//! Pre-trade limits: hand-checked cases, regressions, and what holds for every book.

mod cases;
mod guards;
mod properties;

use proofmark_execution::limits::{Decision, Limits, MarketState, NameState, Outcome, check};

/// Shares named `A`, `B`, ... on an equity of 100, of which everything is known.
pub(crate) fn state(n: usize) -> MarketState {
    let names = (0..n).map(|i| {
        let symbol = char::from(b'A' + i as u8).to_string().parse().unwrap();
        NameState {
            price: Some(10.0),
            adv: Some(1_000.0),
            sector: Some(if i % 2 == 0 { "even" } else { "odd" }.to_owned()),
            data_age_seconds: Some(60.0),
            ..NameState::share(symbol)
        }
    });
    MarketState { drawdown: Some(0.0), ..MarketState::new(100.0, names.collect()) }
}

pub(crate) fn limits(toml: &str) -> Limits {
    Limits::from_toml(toml).unwrap()
}

#[track_caller]
pub(crate) fn judge(current: &[f64], proposed: &[f64], state: &MarketState, toml: &str) -> Outcome {
    check(current, proposed, state, &limits(toml)).unwrap()
}

#[track_caller]
pub(crate) fn close(found: &[f64], wanted: &[f64]) {
    let near = found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-12);
    assert!(found.len() == wanted.len() && near, "{found:?} is not {wanted:?}");
}

pub(crate) fn only(outcome: &Outcome) -> &Decision {
    assert_eq!(outcome.decisions.len(), 1, "{:?}", outcome.decisions);
    &outcome.decisions[0]
}
