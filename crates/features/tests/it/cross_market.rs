//! Beta, breadth, releases, yields and levels on real series, and cut short.

use std::collections::BTreeMap;

use proofmark_features::cross_market::{
    RegimeRule, Release, SurpriseRule, breadth, change, level_percentile, percentile_regime,
    rolling_relation, surprises, yield_slope,
};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_sources::{Field, FieldKind, ReadOptions, Wanted, read_bars_parquet, read_records};
use proofmark_stats::rank::pearson;
use proofmark_units::Date;
use proptest::prelude::*;

use crate::bars::{data, simulated};

fn bars(file: &str) -> Option<BTreeMap<String, Bars>> {
    let read = read_bars_parquet(data(file)?, &ReadOptions::default()).unwrap();
    let bars = read.bars.into_iter().map(|(symbol, rows)| {
        let rows = rows.iter().map(|row| row.at(row.date.midnight_utc(), row.date.midnight_utc()));
        let rows: Vec<BarRow> = rows.filter(BarRow::has_valid_prices).collect();
        (symbol.as_str().to_owned(), Bars::from_rows(symbol, &rows).unwrap())
    });
    Some(bars.collect())
}

fn returns(closes: &[f64]) -> Vec<f64> {
    let mut out = vec![f64::NAN; closes.len()];
    closes.windows(2).enumerate().for_each(|(t, pair)| out[t + 1] = pair[1] / pair[0] - 1.0);
    out
}

const FRED: &str = "us/us_macro_fred.parquet";

/// One series of a file: dates and values.
fn series(file: &str, id: &str) -> Option<BTreeMap<Date, f64>> {
    let want =
        |role: &'static str, kind| Wanted { role, named: Some(role), aliases: &[], kind, required: true };
    let wanted =
        [want("symbol", FieldKind::Text), want("ts", FieldKind::Time), want("value", FieldKind::Number)];
    let read = read_records(data(file)?, &wanted, &ReadOptions::default()).unwrap();
    let value = |fields: &[Field]| match fields {
        [Field::Text(symbol), Field::Time(date, _), Field::Number(value)] if symbol == id => {
            Some((*date, *value))
        }
        _ => None,
    };
    Some(read.records.iter().filter_map(|record| value(&record.fields)).collect())
}

fn same(a: &[f64], b: &[f64]) -> bool {
    a.iter().zip(b).all(|(a, b)| a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()))
}

#[test]
fn technology_moves_with_the_market_as_a_direct_sum_says() {
    let Some(all) = bars("us/us_etfs_daily_adjusted_1993_2026.parquet") else { return };
    let panel = Panel::from_bars(&[all["SPY"].clone(), all["XLK"].clone()]);
    let column =
        |s: usize| returns(&(0..panel.len()).map(|t| panel.close[panel.cell(t, s)]).collect::<Vec<_>>());
    let (market, sector) = (column(0), column(1));
    let found = rolling_relation(&sector, &market);
    let (mut seen, mut beta) = (0, 0.0);
    for t in (60..panel.len()).filter(|t| t % 97 == 0) {
        let (x, y) = (&market[t - 59..=t], &sector[t - 59..=t]);
        if x.iter().chain(y).any(|v| !v.is_finite()) {
            continue;
        }
        let own = found[t].unwrap();
        let direct = pearson(x, y).unwrap();
        assert!((own.correlation.unwrap() - direct).abs() < 1e-9);
        assert!(own.sessions == 60 && (0.3..3.0).contains(&own.beta), "{own:?}");
        (seen, beta) = (seen + 1, beta + own.beta);
    }
    assert!(seen > 60 && (1.0..1.4).contains(&(beta / f64::from(seen))), "{beta} over {seen}");
}

#[test]
fn breadth_of_large_shares_falls_in_a_crash() {
    let Some(all) = bars("us/us_stocks_daily_adjusted_2004_2025.parquet") else { return };
    let all: Vec<Bars> = all.into_values().collect();
    let panel = Panel::from_bars(&all);
    let found = breadth(&panel);
    let on = |date: &str| &found[panel.at_or_after(date.parse().unwrap())];
    let crash = on("2008-10-10");
    assert!(crash.above_mean.unwrap() < 0.05 && crash.new_lows.unwrap() > 0.5, "{crash:?}");
    let calm = on("2017-12-15");
    assert!(calm.above_mean.unwrap() > 0.6 && calm.new_lows.unwrap() < 0.1, "{calm:?}");
    // The same by counting every member on one date.
    let t = panel.at_or_after("2012-03-15".parse().unwrap());
    let (mut above, mut names, mut net) = (0, 0, 0_i32);
    for s in 0..panel.width() {
        let closes: Vec<f64> =
            (0..=t).map(|u| panel.close[panel.cell(u, s)]).filter(|close| close.is_finite()).collect();
        // Not listed yet.
        let Some(&last) = closes.last() else { continue };
        names += 1;
        above += u32::from(last > closes[closes.len() - 50..].iter().sum::<f64>() / 50.0);
        net += i32::from(last > closes[closes.len() - 2]) - i32::from(last < closes[closes.len() - 2]);
    }
    assert_eq!((found[t].members, found[t].above_mean), (names, Some(f64::from(above) / names as f64)));
    assert_eq!(found[t].advance_decline, Some(f64::from(net) / names as f64));
    // Taking the later half away changes nothing before.
    let half: Vec<Bars> = all.iter().map(|bars| bars.slice(0..bars.len() / 2)).collect();
    let cut = Panel::from_bars(&half);
    let whole = half.iter().map(|bars| *bars.dates().last().unwrap()).min().unwrap();
    let until = cut.at_or_after(whole);
    assert_eq!(breadth(&cut)[..until], found[..until]);
}

#[test]
fn a_volatility_index_is_low_and_high_for_its_own_past() {
    let Some(all) = bars("us/us_indices_daily_1990_2026.parquet") else { return };
    let vix = all.iter().find(|(symbol, _)| symbol.contains("VIX")).unwrap().1;
    let regimes = percentile_regime(vix.close(), RegimeRule::default());
    let known = regimes.iter().filter(|r| r.is_finite()).count() as f64;
    for outer in [-1.0, 1.0] {
        let share = regimes.iter().filter(|r| **r == outer).count() as f64 / known;
        assert!((0.1..0.5).contains(&share), "regime {outer} on {share} of the days");
    }
    let on = |date: &str| regimes[vix.dates().partition_point(|d| *d < date.parse().unwrap())];
    assert_eq!((on("2008-10-10"), on("2020-03-16"), on("2017-11-03")), (1.0, 1.0, -1.0));
    let changes =
        |regimes: &[f64]| regimes.windows(2).filter(|pair| pair[0].is_finite() && pair[0] != pair[1]).count();
    let bare = percentile_regime(vix.close(), RegimeRule { margin: 0.0, ..RegimeRule::default() });
    let (own, bare) = (changes(&regimes), changes(&bare));
    assert!(own < bare, "{own} changes with a margin, {bare} without");
}

#[test]
fn the_slope_of_yields_is_near_the_feds_own() {
    let two = series("fx/macro_daily_1998_2026.parquet", "finc_bond_yield2y_usa_d_dgs2");
    let (Some(long), Some(short), Some(theirs)) = (series(FRED, "DGS10"), two, series(FRED, "T10Y2Y")) else {
        return;
    };
    let dates: Vec<Date> = long.keys().filter(|date| short.contains_key(date)).copied().collect();
    let column = |series: &BTreeMap<Date, f64>| dates.iter().map(|date| series[date]).collect::<Vec<f64>>();
    let slope = yield_slope(&column(&long), &column(&short));
    let compared = dates.iter().zip(&slope).filter_map(|(date, own)| Some((own, theirs.get(date)?)));
    let mut gaps: Vec<f64> = compared.map(|(own, theirs)| (own - theirs).abs()).collect();
    gaps.sort_by(f64::total_cmp);
    // The two-year yield is of another hour and source than the Fed's.
    assert!(gaps.len() > 1_500 && gaps[gaps.len() / 2] < 0.015 && gaps[gaps.len() - 1] < 0.12);
    let on = |date: &str| slope[dates.partition_point(|d| *d < date.parse().unwrap())];
    assert!(on("2023-03-08") < -0.9 && on("2021-03-31") > 1.4, "per cent a year, as the files have it");
    let moved = change(&slope, 20);
    assert!(moved[..20].iter().all(|v| v.is_nan()) && (moved[100] - (slope[100] - slope[80])).abs() < 1e-15);
}

#[test]
fn payrolls_surprised_in_the_spring_of_2020() {
    let Some(payrolls) = series(FRED, "PAYEMS") else { return };
    // Dated by the first of the month it describes; published about three weeks after it ends, at the latest.
    let releases: Vec<Release> = payrolls
        .iter()
        .zip(payrolls.values().skip(1))
        .map(|((month, before), value)| {
            let period = month.plus_months(2).plus_days(-1);
            Release { period, known_at: period.plus_days(21).midnight_utc(), value: value - before }
        })
        .collect();
    let found = surprises(&releases, SurpriseRule::default()).unwrap();
    assert!(found.len() > 500 && found.iter().all(|s| s.event_time < s.known_at));
    let worst = found.iter().filter_map(|s| Some((s.standardised?, s.event_time)));
    let worst = worst.min_by(|a, b| a.0.total_cmp(&b.0)).unwrap();
    assert_eq!(worst.1.to_string(), "2020-05-01T00:00:00Z", "{worst:?}");
    assert!(worst.0 < -20.0);
    let usual = found.iter().filter_map(|s| s.standardised).filter(|s| s.abs() < 3.0).count();
    assert!(usual * 10 > found.len() * 8, "{usual} of {}", found.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn later_sessions_change_no_earlier_value(
        seed in 0_u64..500, holes in prop::collection::vec(0_usize..400, 0..40), cut in 1_usize..400
    ) {
        let mut own = returns(simulated(400, seed).close());
        let market = returns(simulated(400, seed + 1).close());
        holes.iter().for_each(|t| own[*t] = f64::NAN);
        let whole = rolling_relation(&own, &market);
        prop_assert_eq!(&rolling_relation(&own[..cut], &market[..cut])[..], &whole[..cut]);
        let columns = |own: &[f64], market: &[f64]| [
            level_percentile(own, 252, 126),
            percentile_regime(own, RegimeRule::default()),
            yield_slope(own, market),
            change(own, 20),
        ];
        for (long, short) in columns(&own, &market).iter().zip(columns(&own[..cut], &market[..cut])) {
            prop_assert!(short.len() == cut && same(&long[..cut], &short));
        }
        for relation in whole.iter().flatten() {
            prop_assert!(relation.correlation.is_none_or(|c| (-1.0..=1.0).contains(&c)) && relation.sessions >= 40);
        }
    }

    #[test]
    fn later_bars_change_no_earlier_breadth(seed in 0_u64..500, cut in 1_usize..400) {
        let all: Vec<Bars> = (0..3).map(|k| simulated(400, seed + k)).collect();
        let whole = Panel::from_bars(&all);
        let last = whole.dates[cut];
        let early = |bars: &Bars| bars.slice(0..bars.dates().partition_point(|date| *date <= last));
        let part = Panel::from_bars(&all.iter().map(early).collect::<Vec<_>>());
        prop_assert_eq!(part.len(), cut + 1);
        prop_assert_eq!(&breadth(&part)[..], &breadth(&whole)[..=cut]);
    }
}
