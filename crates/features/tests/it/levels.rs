//! Support and resistance: by hand, by direct formulas, and known no earlier than confirmed.

use proofmark_features::{Feature, check_causality, registry};
use proofmark_market::Bars;

use crate::bars::{changed, from_closes, simulated};

fn feature(set: &str, name: &str) -> &'static dyn Feature {
    let set = registry().iter().find(|known| known.name == set).unwrap();
    *set.features.iter().find(|feature| feature.name() == name).unwrap()
}

fn column(set: &str, name: &str, bars: &Bars) -> Vec<f64> {
    feature(set, name).compute(bars)
}

#[test]
fn a_swing_is_known_when_five_later_bars_confirm_it() {
    // A peak of 20 at bar 7 and a trough of 4 at bar 16, each strictly beyond 5 bars on both sides.
    let closes = [
        10.0, 11.0, 12.0, 13.0, 14.0, 15.0, 16.0, 20.0, 15.0, 14.0, 13.0, 12.0, 11.0, 10.0, 9.0, 8.0, 4.0,
        8.0, 9.0, 10.0, 11.0, 12.0, 13.0,
    ];
    let bars = from_closes(&closes, |_| 1.0);
    let (high, low) = (column("levels_raw", "swing_high", &bars), column("levels_raw", "swing_low", &bars));
    assert!(high[..12].iter().all(|v| v.is_nan()) && high[12..].iter().all(|v| *v == 20.0), "{high:?}");
    assert!(low[..21].iter().all(|v| v.is_nan()) && low[21..] == [4.0, 4.0], "{low:?}");
    let since = column("levels_raw", "bars_since_swing_high", &bars);
    assert_eq!(since[12..15], [0.0, 1.0, 2.0]);
    // An equal bar beside it, or too few bars before it, and it is no swing.
    let mut twin = closes;
    twin[8] = 20.0;
    assert!(column("levels_raw", "swing_high", &from_closes(&twin, |_| 1.0)).iter().all(|v| v.is_nan()));
    let late = from_closes(&closes[3..], |_| 1.0);
    assert!(column("levels_raw", "swing_high", &late).iter().all(|v| v.is_nan()));
}

#[test]
fn a_swing_is_forgotten_after_252_bars() {
    let peak = |t: usize| if t == 10 { 200.0 } else { 100.0 - 0.01 * t as f64 };
    let closes: Vec<f64> = (0..300).map(peak).collect();
    let high = column("levels_raw", "swing_high", &from_closes(&closes, |_| 1.0));
    let known: Vec<usize> = (0..300).filter(|t| high[*t].is_finite()).collect();
    assert_eq!((known[0], known[known.len() - 1], known.len()), (15, 266, 252));
}

#[test]
fn swings_marked_on_their_own_bar_are_caught() {
    for name in ["swing_high", "swing_low", "bars_since_swing_high"] {
        let repainting = |bars: &Bars| {
            let honest = column("levels_raw", name, bars);
            let early = |t: usize| honest.get(t + 5).copied().unwrap_or(honest[honest.len() - 1]);
            vec![(0..honest.len()).map(early).collect(), honest]
        };
        let names = ["early".to_owned(), "honest".to_owned()];
        let report = check_causality(&names, &repainting, &simulated(300, 21), &[50, 120, 250]);
        assert!(
            !report.leaks.is_empty() && report.leaks.iter().all(|leak| leak.column == "early"),
            "{report}"
        );
    }
}

/// Volume-weighted mean and standard deviation of the typical prices.
fn weighted(typical: &[f64], volume: &[f64]) -> (f64, f64) {
    let total: f64 = volume.iter().sum();
    let mean = typical.iter().zip(volume).map(|(p, v)| p * v).sum::<f64>() / total;
    let squares = typical.iter().zip(volume).map(|(p, v)| v * (p - mean).powi(2)).sum::<f64>();
    (mean, (squares / total).sqrt())
}

/// The last price that was beyond the 5 on each side of it, confirmed by `t`, and bars since then.
fn last_swing(price: &[f64], t: usize) -> (f64, f64) {
    let is_swing = |p: usize| (p - 5..=p + 5).all(|q| q == p || price[q] < price[p]);
    let at = (5..=t - 5).rev().find(|p| is_swing(*p)).unwrap();
    (price[at], (t - 5 - at) as f64)
}

/// The bin of each bar's typical price, among 50 from the lowest to the highest price.
fn volume_by_bin(typical: &[f64], volume: &[f64], low: f64, high: f64) -> Vec<f64> {
    let mut bins = vec![0.0; 50];
    for (price, volume) in typical.iter().zip(volume) {
        let place = (price - low) / (high - low) * 50.0;
        bins[((place + 1e-9).floor() as usize).min(49)] += volume;
    }
    bins
}

/// Lower and upper end of the bins about the fullest that hold 70 %, grown by the fuller neighbour.
fn value_area(bins: &[f64], poc: usize) -> (usize, usize) {
    let (mut a, mut b) = (poc, poc + 1);
    while bins[a..b].iter().sum::<f64>() < 0.7 * bins.iter().sum::<f64>() {
        let below = if a > 0 { bins[a - 1] } else { -1.0 };
        let above = if b < 50 { bins[b] } else { -1.0 };
        if below >= above { a -= 1 } else { b += 1 }
    }
    (a, b)
}

#[test]
fn every_column_by_direct_formulas() {
    let bars = simulated(700, 91);
    for t in [300, 451, 602, 699] {
        let (h, l, c) = (&bars.high()[..=t], &bars.low()[..=t], &bars.close()[..=t]);
        let typical: Vec<f64> = (0..=t).map(|k| (h[k] + l[k] + c[k]) / 3.0).collect();
        let volume = &bars.volume()[..=t];
        let close = c[t];
        let near = |set: &str, name: &str, want: f64| {
            let got = column(set, name, &bars)[t];
            assert!(
                (got - want).abs() <= 1e-8 * (1.0 + want.abs()),
                "{name} of {set} at {t}: {got}, not {want}"
            );
        };
        let year = t - 251..=t;
        let high = h[year.clone()].iter().copied().fold(f64::MIN, f64::max);
        let low = l[year.clone()].iter().copied().fold(f64::MAX, f64::min);
        near("levels", "high_252_distance", close / high - 1.0);
        near("levels", "low_252_distance", close / low - 1.0);
        near("levels", "range_252_position", (close - low) / (high - low));
        let age = |x: &[f64], of: f64| (t - year.clone().find(|k| x[*k] == of).unwrap()) as f64;
        near("levels", "bars_since_high_252", age(h, high));
        near("levels", "bars_since_low_252", age(l, low));

        let ranges = (t - 13..=t).map(|k| h[k].max(c[k - 1]) - l[k].min(c[k - 1]));
        let atr = ranges.sum::<f64>() / 14.0;
        let (swing_high, since_high) = last_swing(h, t);
        let negative: Vec<f64> = l.iter().map(|low| -low).collect();
        let (swing_low, since_low) = last_swing(&negative, t);
        let swing_low = -swing_low;
        near("levels", "swing_high_distance", (close - swing_high) / atr);
        near("levels", "swing_low_distance", (close - swing_low) / atr);
        near("levels", "bars_since_swing_high", since_high);
        near("levels", "bars_since_swing_low", since_low);

        let levels = [swing_high, swing_low, low, high];
        let nearest =
            levels.into_iter().reduce(|a, b| if (close - b).abs() < (close - a).abs() { b } else { a });
        let nearest = nearest.unwrap();
        near("levels", "nearest_level_distance", (close - nearest) / atr);
        let touched = |k: &usize| l[*k] - nearest <= 0.5 * atr && nearest - h[*k] <= 0.5 * atr;
        near("levels", "nearest_level_touches", (t - 125..=t).filter(touched).count() as f64);

        for (n, names) in [
            (63, ["vwap_63_sigmas", "vwap_63", "vwap_63_upper_2", "vwap_63_lower_1"]),
            (252, ["vwap_252_sigmas", "vwap_252", "vwap_252_upper_2", "vwap_252_lower_1"]),
        ] {
            let (mean, sd) = weighted(&typical[t + 1 - n..], &volume[t + 1 - n..]);
            near("levels", names[0], (close - mean) / sd);
            near("levels_raw", names[1], mean);
            near("levels_raw", names[2], mean + 2.0 * sd);
            near("levels_raw", names[3], mean - sd);
        }

        let bins = volume_by_bin(&typical[year.clone()], &volume[year.clone()], low, high);
        let most = bins.iter().copied().fold(0.0, f64::max);
        let poc = bins.iter().position(|v| *v == most).unwrap();
        let (a, b) = value_area(&bins, poc);
        let edge = |bin: usize| low + (high - low) * bin as f64 / 50.0;
        let middle = |bin: usize| 0.5 * (edge(bin) + edge(bin + 1));
        let mut order: Vec<usize> = (0..50).collect();
        order.sort_by(|x, y| bins[*y].total_cmp(&bins[*x]));
        let node = order[..5].iter().map(|bin| middle(*bin));
        let node = node.min_by(|x, y| (close - x).abs().total_cmp(&(close - y).abs())).unwrap();
        let prices = ["point_of_control", "value_area_low", "value_area_high", "nearest_node"];
        for (name, price) in prices.into_iter().zip([middle(poc), edge(a), edge(b), node]) {
            near("levels_raw", name, price);
            near("levels", &format!("{name}_distance"), (close - price) / atr);
        }
    }
}

#[test]
fn what_reads_volume_is_missing_without_it_and_the_rest_is_not() {
    let bars = changed(&simulated(400, 92), |_, row| row.volume = f64::NAN);
    let set = registry().iter().find(|set| set.name == "levels").unwrap();
    for feature in &set.features {
        let known = feature.compute(&bars)[300..].iter().filter(|v| v.is_finite()).count();
        let reads_volume = feature.inputs().contains(&proofmark_features::expr::Field::Volume);
        assert_eq!(known, if reads_volume { 0 } else { 100 }, "{}", feature.name());
    }
}

#[test]
fn half_a_year_of_trade_is_enough_for_a_profile_and_less_is_not() {
    let bars = simulated(400, 93);
    // Trade in the first 200 bars alone: 126 of them lie within the last 252 until bar 325.
    let quiet = changed(&bars, |t, row| {
        if t >= 200 {
            row.volume = 0.0;
        }
    });
    let control = column("levels", "point_of_control_distance", &quiet);
    let known: Vec<usize> = (0..400).filter(|t| control[*t].is_finite()).collect();
    assert_eq!((known[0], known[known.len() - 1], known.len()), (125, 325, 201));
}
