//! The planted-defect bench: clean bars, one kind of defect at known places, and what each check makes of it.
//!
//! `cargo test -p proofmark-lake planted -- --nocapture` prints the table.

use proofmark_lake::checks::{
    CHECKS, CheckContext, Label, Series, SeriesReport, ShiftRepair, StampedBar, compare, scan,
};
use proofmark_market::Calendar;
use proofmark_sources::simulator::{Scenario, WorldSpec, simulate};
use proofmark_units::{DateSpan, Instant, Seed};
use rand::{Rng, RngExt};
use rand_distr::{Distribution, StudentT};

use crate::{date, nse, symbol};

const MINUTE: i64 = 60;

/// Simulated daily bars without holes: re-dated to consecutive sessions that all end together.
fn daily(calendar: &Calendar, seed: Seed) -> Vec<Vec<StampedBar>> {
    let span = DateSpan::new(date("2014-01-01"), date("2021-12-31")).unwrap();
    let spec = WorldSpec::on_calendar(Scenario::Null, 30, calendar, span, 0.0, seed);
    let end = calendar.sessions().partition_point(|session| *session <= span.end);
    let world = simulate(&spec).unwrap();
    let rows = |rows: &[proofmark_market::BarRow]| -> Vec<StampedBar> {
        let start = end - rows.len();
        let bar = |(i, row): (usize, &proofmark_market::BarRow)| StampedBar {
            at: calendar.sessions()[start + i].midnight_utc(),
            open: row.open,
            high: row.high,
            low: row.low,
            close: row.close,
            volume: row.volume,
            turnover: row.close * row.volume,
        };
        rows.iter().enumerate().map(bar).collect()
    };
    world.bars.iter().map(|s| rows(&s.rows)).filter(|rows| rows.len() > 700).collect()
}

/// Minute bars of the NSE session, 03:45 to 09:59 UTC, on a tick of 0.05.
fn minutes(calendar: &Calendar, seed: Seed, series: u64, days: usize) -> Vec<Vec<StampedBar>> {
    let start = calendar.sessions().partition_point(|session| *session < date("2021-01-01"));
    let shock = StudentT::new(5.0).unwrap();
    let tick = |price: f64| (price / 0.05).round() * 0.05;
    (0..series)
        .map(|n| {
            let mut rng = seed.child("minutes").nth(n).rng();
            let mut price = rng.random_range(300.0..3_000.0);
            let mut bars = Vec::new();
            for day in 0..days {
                let open_at = calendar.sessions()[start + day].midnight_utc().plus_seconds(225 * MINUTE);
                for minute in 0..375_i64 {
                    let open = tick(price);
                    let moves: f64 = shock.sample(&mut rng);
                    price *= 1.0 + 0.0006 * moves;
                    let close = tick(price);
                    let reach = 0.0003 * price;
                    let high = tick(open.max(close) + rng.random_range(0.0..reach));
                    let low = tick(open.min(close) - rng.random_range(0.0..reach));
                    let volume = rng.random_range(500.0_f64..5_000.0).round();
                    let at = open_at.plus_seconds(minute * MINUTE);
                    bars.push(StampedBar { at, open, high, low, close, volume, turnover: close * volume });
                }
            }
            bars
        })
        .collect()
}

#[derive(Clone, Copy, PartialEq)]
enum Bars {
    Daily,
    Minutes,
}

/// Plants one defect at about `row` and says by which stamp it must be named.
type Plant = fn(&mut Vec<StampedBar>, usize, &mut dyn Rng) -> Instant;

struct Case {
    check: &'static str,
    bars: Bars,
    /// Defects a series.
    each: usize,
    plant: Plant,
}

fn pick<T: Copy>(rng: &mut dyn Rng, of: &[T]) -> T {
    of[rng.random_range(0..of.len())]
}

fn scaled(bar: &mut StampedBar, by: f64) {
    for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
        *price *= by;
    }
}

/// A move of the whole bar by `size` (fraction), for `n` bars.
fn spike(bars: &mut [StampedBar], row: usize, n: usize, size: f64) -> Instant {
    bars[row..row + n].iter_mut().for_each(|bar| scaled(bar, 1.0 + size));
    bars[row].at
}

fn typical(bars: &[StampedBar]) -> f64 {
    let mut sizes: Vec<f64> = bars.windows(2).map(|p| (p[1].close / p[0].close - 1.0).abs()).collect();
    sizes.sort_by(f64::total_cmp);
    1.4826 * sizes[sizes.len() / 2]
}

/// `(defects, series)` of each kind are planted where they cannot touch each other.
const CASES: &[Case] = &[
    Case {
        check: "unsorted",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, _| {
            bars.swap(row, row + 1);
            bars[row + 1].at
        },
    },
    Case {
        check: "duplicate_stamp",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, _| {
            bars.insert(row, bars[row]);
            bars[row].at
        },
    },
    Case {
        check: "duplicate_stamp",
        bars: Bars::Minutes,
        each: 5,
        plant: |bars, row, _| {
            let mut other = bars[row];
            other.close += 0.05;
            bars.insert(row, other);
            bars[row].at
        },
    },
    Case {
        check: "missing_price",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            let bar = &mut bars[row];
            *pick_price(bar, rng) = f64::NAN;
            bar.at
        },
    },
    Case {
        check: "positive_finite_price",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            let value = pick(rng, &[0.0, -1.0, f64::INFINITY]);
            let bar = &mut bars[row];
            *pick_price(bar, rng) = value;
            bar.at
        },
    },
    Case {
        check: "ohlc_order",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            let bar = &mut bars[row];
            if rng.random_bool(0.5) {
                bar.high = bar.close.min(bar.open) * 0.999;
            } else {
                bar.low = bar.close.max(bar.open) * 1.001;
            }
            bar.at
        },
    },
    Case {
        check: "negative_volume",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            bars[row].volume = pick(rng, &[-1.0, -5_000.0, f64::INFINITY]);
            bars[row].at
        },
    },
    Case {
        check: "zero_volume",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, _| {
            bars[row].volume = 0.0;
            bars[row].at
        },
    },
    Case {
        check: "turnover_unit",
        bars: Bars::Daily,
        each: 1,
        plant: |bars, _, rng| {
            let factor = pick(rng, &[1e5, 1e-5, 1e-7, 100.0]);
            bars.iter_mut().for_each(|bar| bar.turnover *= factor);
            bars[0].at
        },
    },
    Case {
        check: "volume_unit_change",
        bars: Bars::Daily,
        each: 1,
        plant: |bars, row, rng| {
            let factor = pick(rng, &[100.0, 1_000.0, 0.01]);
            bars[row..].iter_mut().for_each(|bar| bar.volume *= factor);
            bars[row].at
        },
    },
    Case {
        check: "scale_error",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            let by = pick(rng, &[10.0, 100.0, 500.0, 1_000.0, 10_000.0, 0.1, 0.01, 0.0001]);
            let n = rng.random_range(1..=5);
            bars[row..row + n].iter_mut().for_each(|bar| scaled(bar, by));
            bars[row].at
        },
    },
    Case {
        check: "scale_error",
        bars: Bars::Minutes,
        each: 5,
        plant: |bars, row, rng| {
            let by = pick(rng, &[10.0, 100.0, 0.1]);
            *pick_price(&mut bars[row], rng) *= by;
            bars[row].at
        },
    },
    Case {
        check: "unit_change",
        bars: Bars::Daily,
        each: 1,
        plant: |bars, row, rng| {
            let by = pick(rng, &[10.0, 100.0, 1_000.0, 10_000.0, 0.1, 0.01]);
            bars[row..].iter_mut().for_each(|bar| scaled(bar, by));
            bars[row].at
        },
    },
    Case {
        check: "bad_tick",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            let size = typical(bars) * rng.random_range(20.0..60.0);
            let sign = if size < 0.7 && rng.random_bool(0.5) { -1.0 } else { 1.0 };
            let n = rng.random_range(1..=3);
            spike(bars, row, n, sign * size)
        },
    },
    Case {
        check: "bad_tick",
        bars: Bars::Minutes,
        each: 5,
        plant: |bars, row, rng| {
            let size = typical(bars) * rng.random_range(20.0..60.0);
            let sign = if rng.random_bool(0.5) { -1.0 } else { 1.0 };
            spike(bars, row, 1, sign * size)
        },
    },
    Case {
        check: "outlier_return",
        bars: Bars::Minutes,
        each: 3,
        plant: |bars, row, rng| {
            let size = typical(bars) * rng.random_range(40.0..60.0);
            bars[row..].iter_mut().for_each(|bar| scaled(bar, 1.0 + size));
            bars[row].at
        },
    },
    Case {
        check: "frozen_run",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, rng| {
            let (n, close) = (rng.random_range(5..=15), bars[row].close);
            bars[row..row + n].iter_mut().for_each(|bar| bar.close = close);
            bars[row].at
        },
    },
    Case {
        check: "frozen_run",
        bars: Bars::Minutes,
        each: 3,
        plant: |bars, row, rng| {
            // From the start of a date: a run is cut at its end.
            let row = row - row % 375;
            let (n, close) = (rng.random_range(20..=60), bars[row].close);
            bars[row..row + n].iter_mut().for_each(|bar| bar.close = close);
            bars[row].at
        },
    },
    Case {
        check: "flat_bars",
        bars: Bars::Minutes,
        each: 2,
        plant: |bars, row, _| {
            for bar in &mut bars[row..row + 160] {
                (bar.open, bar.high, bar.low) = (bar.close, bar.close, bar.close);
            }
            bars[row + 80].at
        },
    },
    Case {
        check: "off_tick",
        bars: Bars::Minutes,
        each: 5,
        plant: |bars, row, rng| {
            *pick_price(&mut bars[row], rng) += 0.02;
            bars[row].at
        },
    },
    Case {
        check: "off_calendar",
        bars: Bars::Daily,
        each: 3,
        plant: |bars, row, _| {
            let sunday = bars[row].at.utc_date();
            let sunday = sunday.plus_days(6 - i32::try_from(sunday.weekday()).unwrap());
            // Some Sundays have a Muhurat session.
            let traded = nse().is_session(sunday).unwrap();
            bars[row].at = sunday.plus_days(-i32::from(traded)).midnight_utc();
            bars[row].at
        },
    },
    Case {
        check: "missing_session",
        bars: Bars::Daily,
        each: 5,
        plant: |bars, row, _| {
            bars.remove(row);
            bars[row].at
        },
    },
    Case {
        check: "session_gap",
        bars: Bars::Daily,
        each: 2,
        plant: |bars, row, _| {
            bars.drain(row..row + 25);
            bars[row].at
        },
    },
    Case {
        check: "off_cadence",
        bars: Bars::Minutes,
        each: 5,
        plant: |bars, row, rng| {
            bars[row].at = bars[row].at.plus_seconds(rng.random_range(1..59));
            bars[row].at
        },
    },
    Case {
        check: "off_session",
        bars: Bars::Minutes,
        each: 3,
        plant: |bars, row, _| {
            let last = row - row % 375 + 374;
            let mut bar = bars[last];
            bar.at = bar.at.plus_seconds(45 * MINUTE);
            bars.insert(last + 1, bar);
            bar.at
        },
    },
    Case {
        check: "short_session",
        bars: Bars::Minutes,
        each: 3,
        plant: |bars, row, rng| {
            let first = row - row % 375;
            let n = rng.random_range(1..300);
            bars.drain(first + 20..first + 20 + n);
            bars[first].at
        },
    },
    Case {
        check: "time_zone_mix",
        bars: Bars::Minutes,
        each: 1,
        plant: |bars, row, rng| {
            // A date of another zone's clock, whole: Bogota or New York in winter, London in summer is left out.
            let by = pick(rng, &[-5, 5, 8, -8]) * 3_600;
            let first = row - row % 375;
            bars[first..first + 375].iter_mut().for_each(|bar| bar.at = bar.at.plus_seconds(by));
            // The bar farthest from the session.
            if by < 0 { bars[first].at } else { bars[first + 374].at }
        },
    },
    Case {
        check: "future_stamp",
        bars: Bars::Daily,
        each: 1,
        plant: |bars, _, _| {
            let last = bars.len() - 1;
            bars[last].at = NOW.plus_seconds(86_400);
            bars[last].at
        },
    },
    Case {
        check: "stale_series",
        bars: Bars::Daily,
        each: 1,
        plant: |bars, _, rng| {
            bars.truncate(bars.len() - rng.random_range(30..200));
            bars[bars.len() - 1].at
        },
    },
];

/// 2022-01-01.
const NOW: Instant = Instant::from_nanos(1_640_995_200_000_000_000);

fn pick_price<'a>(bar: &'a mut StampedBar, rng: &mut dyn Rng) -> &'a mut f64 {
    match rng.random_range(0..4) {
        0 => &mut bar.open,
        1 => &mut bar.high,
        2 => &mut bar.low,
        _ => &mut bar.close,
    }
}

fn series(list: &[Vec<StampedBar>], kind: Bars) -> Vec<Series> {
    let label = if kind == Bars::Daily { Label::Session } else { Label::Open };
    list.iter().map(|bars| Series::new(symbol("SIM"), label, bars.iter().copied())).collect()
}

/// Whether `check` names the bar stamped `at`.
fn names(report: &SeriesReport, bars: &[StampedBar], check: &str, at: Instant) -> bool {
    let mut stamps: Vec<Instant> = bars.iter().map(|bar| bar.at).collect();
    stamps.sort_unstable();
    let found = report.findings.iter().find(|f| f.id == check);
    found.is_some_and(|f| f.hits.iter().any(|hit| stamps[hit.row..hit.row + hit.rows.max(1)].contains(&at)))
}

#[test]
fn planted_defects_are_found_and_clean_bars_are_left_alone() {
    let calendar = nse();
    let seed = Seed::root(20_240_808);
    let clean = [daily(&calendar, seed.child("daily")), minutes(&calendar, seed, 20, 40)];
    let context = |list: &[Vec<StampedBar>]| CheckContext {
        calendar: Some(Box::leak(Box::new(calendar.clone()))),
        now: Some(NOW),
        newest: list.iter().filter_map(|bars| bars.last().map(|bar| bar.at)).max(),
        ..CheckContext::default()
    };

    println!("check                   bars       planted  found   rate    on clean bars");
    let mut false_alarms = std::collections::BTreeMap::new();
    let kinds = [Bars::Daily, Bars::Minutes];
    for (list, kind) in clean.iter().zip(kinds) {
        let total: usize = list.iter().map(Vec::len).sum();
        assert!(total >= 40_000, "{total} clean bars are too few to bound one in 10,000");
        // Histories of simulated names end together, so nothing is stale.
        for report in scan(&series(list, kind), &context(list)) {
            for found in report.findings {
                *false_alarms.entry((found.id, kind as u8)).or_insert(0.0) +=
                    found.bars.max(found.count) as f64 / total as f64;
            }
        }
    }
    for ((check, kind), rate) in &false_alarms {
        println!("false alarms of {check} on kind {kind}: {rate:.6} of the bars");
        assert!(*rate <= 1e-4, "{check} names {rate} of the clean bars");
    }
    let mut covered = std::collections::BTreeSet::new();
    for case in CASES {
        let kind = case.bars;
        let mut list = clean[kind as usize].clone();
        let clean_context = context(&list);
        let mut planted = Vec::new();
        for (n, bars) in list.iter_mut().enumerate() {
            let mut rng = seed.child(case.check).nth(n as u64).rng();
            let mut stamps = Vec::new();
            // Apart from each other and from the ends; from the back, so that earlier rows keep their places.
            let room = bars.len() / (case.each + 1);
            for slot in (1..=case.each).rev() {
                let row = slot * room + rng.random_range(0..room / 4);
                stamps.push((case.plant)(bars, row.max(200), &mut rng));
            }
            planted.push(stamps);
        }
        let reports = scan(&series(&list, kind), &clean_context);
        let (mut all, mut found) = (0, 0);
        for ((report, stamps), bars) in reports.iter().zip(&planted).zip(&list) {
            all += stamps.len();
            found += stamps.iter().filter(|at| names(report, bars, case.check, **at)).count();
        }
        let rate = found as f64 / all as f64;
        let clean_rate = false_alarms.get(&(case.check, kind as u8)).copied().unwrap_or(0.0);
        let which = if kind == Bars::Daily { "daily" } else { "minutes" };
        println!("{:<22}  {which:<9}  {all:>7}  {found:>5}  {rate:.4}  {clean_rate:.6}", case.check);
        assert!(rate >= 0.99, "{} finds {found} of {all}", case.check);
        covered.insert(case.check);
    }
    // Only without a calendar does it look at weekends.
    covered.insert("weekend_bar");
    for check in CHECKS {
        assert!(covered.contains(check.id), "no defect is planted for `{}`", check.id);
    }
}

#[test]
fn a_tenfold_split_is_no_change_of_unit() {
    let calendar = nse();
    let mut list = daily(&calendar, Seed::root(31));
    for (n, bars) in list.iter_mut().enumerate() {
        let by = if n % 2 == 0 { 0.1 } else { 10.0 };
        for bar in bars.iter_mut().skip(500) {
            scaled(bar, by);
            bar.volume /= by;
        }
    }
    let context = CheckContext { calendar: Some(&calendar), now: Some(NOW), ..CheckContext::default() };
    for report in scan(&series(&list, Bars::Daily), &context) {
        assert!(report.findings.iter().all(|found| found.id != "unit_change"), "{:?}", report.findings);
    }
}

#[test]
fn checks_have_unique_names_docs_and_hints() {
    let mut ids: Vec<&str> = CHECKS.iter().map(|check| check.id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), CHECKS.len());
    assert!(CHECKS.iter().all(|check| check.doc.ends_with('.') && !check.hint.is_empty()));
}

#[test]
fn a_sunday_is_told_where_there_is_no_calendar_and_a_coin_trades_on_all_of_them() {
    let days = |keep: &dyn Fn(u32) -> bool| -> Series {
        let start = date("2024-01-01");
        let dates = (0..300).map(|i| start.plus_days(i)).filter(|d| keep(d.weekday()));
        let bars = dates.enumerate().map(|(i, d)| {
            let close = 100.0 + (i % 7) as f64;
            StampedBar {
                at: d.midnight_utc(),
                open: close,
                high: close + 1.0,
                low: close - 1.0,
                close,
                volume: 1.0,
                turnover: f64::NAN,
            }
        });
        Series::new(symbol("X"), Label::Session, bars)
    };
    let found = |series: Series| {
        let report = scan(&[series], &CheckContext::default()).remove(0);
        report.findings.iter().find(|f| f.id == "weekend_bar").map(|f| f.count)
    };
    assert_eq!(found(days(&|weekday| weekday != 5)), Some(42), "every Sunday and no Saturday");
    assert_eq!(found(days(&|_| true)), None);
    assert_eq!(found(days(&|weekday| weekday < 5)), None);
}

#[test]
fn other_intervals_and_other_vendors_are_held_against_each_other() {
    let calendar = nse();
    let bars = minutes(&calendar, Seed::root(3), 1, 5).remove(0);
    let quarter = |bars: &[StampedBar]| -> Vec<StampedBar> {
        bars.chunks(15)
            .map(|part| StampedBar {
                high: part.iter().map(|b| b.high).fold(f64::MIN, f64::max),
                low: part.iter().map(|b| b.low).fold(f64::MAX, f64::min),
                close: part[14].close,
                ..part[0]
            })
            .collect()
    };
    let fine = series(std::slice::from_ref(&bars), Bars::Minutes).remove(0);
    let context = CheckContext::default();
    let with = |long: Vec<StampedBar>| compare(&fine, &series(&[long], Bars::Minutes)[0], &context, 1e-6);
    assert!(with(quarter(&bars)).is_empty());
    let mut wrong = quarter(&bars);
    wrong[7].high += 0.05;
    wrong[90].close -= 0.05;
    let found = with(wrong);
    assert_eq!((found.len(), found[0].0.id, found[0].1.len()), (1, "cross_interval", 2));
    let mut other = bars.clone();
    assert!(with(other.clone()).is_empty());
    other[100].close *= 1.001;
    other.remove(3);
    let found = with(other);
    assert_eq!((found.len(), found[0].0.id, found[0].1.len()), (1, "vendor_difference", 1));
    assert_eq!(found[0].1[0].at, bars[100].at);
}

#[test]
fn a_shift_is_proposed_applied_on_demand_and_keeps_what_was_right() {
    let calendar = nse();
    let right = minutes(&calendar, Seed::root(5), 1, 30).remove(0);
    let mut mixed = right.clone();
    // Two dates in Bogota's clock; of one of them the right bars are there as well.
    let copy: Vec<StampedBar> = mixed[375..750].to_vec();
    mixed[375..750].iter_mut().for_each(|bar| bar.at = bar.at.plus_seconds(-5 * 3_600));
    mixed.extend(copy);
    let mixed = series(&[mixed], Bars::Minutes).remove(0);
    let context = CheckContext::default();
    let proposal = ShiftRepair::propose(&mixed, &context).unwrap();
    assert_eq!(proposal.shift_seconds, 5 * 3_600);
    let repaired = proposal.apply(&mixed);
    let left = scan(std::slice::from_ref(&repaired.series), &context).remove(0);
    assert!(left.findings.iter().all(|f| f.id != "time_zone_mix"), "{:?}", left.findings);
    assert_eq!(proposal.rows.len(), repaired.superseded.len(), "every moved bar met its right twin");
    assert!(ShiftRepair::propose(&series(&[right], Bars::Minutes)[0], &context).is_none());
}
