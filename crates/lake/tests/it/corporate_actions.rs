//! The detector and the adjusted views: planted splits always, and the answer key under `../shared/data` when it is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray;
use arrow_array::types::Float64Type;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use proofmark_market::actions::{
    ActionKind, Adjust, CorporateAction, Series, adjustment, detect, find, market_gaps, simple_ratios,
};
use proofmark_market::{BarRow, Bars, Calendar};
use proofmark_sources::simulator::{Scenario, WorldSpec, simulate};
use proofmark_sources::{ReadOptions, read_bars_parquet};
use proofmark_units::{Date, Seed, Symbol};
use proptest::prelude::*;

use crate::fixtures::date;

pub(crate) fn shared(file: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(file);
    if !path.is_file() {
        eprintln!("SKIPPED: ../shared/data/{file} is not here");
        return None;
    }
    Some(path)
}

pub(crate) fn daily(file: &str, calendar: &Calendar) -> Option<Vec<Bars>> {
    let outcome = read_bars_parquet(shared(file)?, &ReadOptions::default()).unwrap();
    let bars = outcome.bars.into_iter().map(|(symbol, rows)| {
        let close = |row: &proofmark_sources::RawRow| calendar.session_close(row.date);
        let rows: Vec<BarRow> = rows.iter().map(|row| row.at(close(row), close(row))).collect();
        let rows: Vec<BarRow> = rows.into_iter().filter(BarRow::has_valid_prices).collect();
        Bars::from_rows(symbol, &rows).unwrap()
    });
    Some(bars.collect())
}

fn events(bars: &[Bars], calendar: &Calendar) -> Vec<CorporateAction> {
    let market = market_gaps(bars);
    bars.iter().flat_map(|name| detect(name, calendar, &market).unwrap()).collect()
}

/// A line of the answer key that concerns one file.
struct Known {
    symbol: Symbol,
    date: Date,
    kind: String,
    /// Sessions by which the day may differ.
    tolerance: usize,
}

fn answer_key(file: &str) -> Option<Vec<Known>> {
    let text = std::fs::read_to_string(shared("india/nse_corporate_actions_derived.csv")?).unwrap();
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    let header: Vec<&str> = lines.next().unwrap().split(',').collect();
    let column = |name: &str| header.iter().position(|h| *h == name).unwrap();
    let (symbol, day, kind) = (column("symbol"), column("ex_date"), column("kind"));
    let (other, seen) = (column("adjusted_series_date_if_different"), column("seen_in"));
    let known =
        lines.map(|line| line.split(',').collect::<Vec<_>>()).filter(|c| c[seen].contains(file)).map(|c| {
            Known {
                symbol: c[symbol].parse().unwrap(),
                date: date(c[day]),
                kind: c[kind].to_owned(),
                tolerance: usize::from(!c[other].is_empty()),
            }
        });
    Some(known.collect())
}

#[test]
fn recall_and_precision_on_the_raw_nse_files() {
    let calendar = Calendar::named("XNSE").unwrap();
    let (mut right, mut missed, mut wrong, mut neutral) = (0, Vec::new(), Vec::new(), 0);
    for file in ["nse_nifty50_daily_raw_2000_2021", "nse_liquid_daily_raw_2019_2026"] {
        let (Some(bars), Some(known)) =
            (daily(&format!("india/{file}.parquet"), &calendar), answer_key(file))
        else {
            return;
        };
        let sessions: Vec<Date> = bars
            .iter()
            .flat_map(|b| b.dates().iter().copied())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let at = |day: Date| sessions.partition_point(|d| *d < day);
        let found = events(&bars, &calendar);
        let splits: Vec<&CorporateAction> = found.iter().filter(|e| e.kind.is_split()).collect();
        let same = |e: &CorporateAction, k: &Known| {
            e.symbol == k.symbol && at(e.ex_date).abs_diff(at(k.date)) <= k.tolerance
        };
        for event in &splits {
            match known.iter().find(|k| same(event, k)).map(|k| k.kind.as_str()) {
                Some("split_or_bonus") => {}
                Some("split_or_bonus_likely") => neutral += 1,
                other => wrong.push(format!("{} {} {:?}", event.symbol, event.ex_date, other)),
            }
        }
        for k in known.iter().filter(|k| k.kind == "split_or_bonus") {
            if splits.iter().any(|e| same(e, k)) {
                right += 1;
            } else {
                missed.push(format!("{} {}", k.symbol, k.date));
            }
        }
        let count = |kind| found.iter().filter(|e| e.kind == kind).count();
        println!(
            "{file}: {} bars, {} splits, {} reverse, {} unexplained, {} unknown",
            bars.iter().map(Bars::len).sum::<usize>(),
            count(ActionKind::Split),
            count(ActionKind::ReverseSplit),
            count(ActionKind::Unexplained),
            count(ActionKind::Unknown),
        );
    }
    let recall = right as f64 / (right + missed.len()) as f64;
    let precision = right as f64 / (right + wrong.len()) as f64;
    println!(
        "recall {recall:.4} ({right} right, missed {missed:?}); precision {precision:.4} (wrong {wrong:?}); {neutral} likely"
    );
    assert!(recall >= 0.97 && precision >= 0.97);
}

#[test]
fn crashes_are_not_splits() {
    let calendar = Calendar::named("XNYS").unwrap();
    if let Some(bars) = daily("us/us_stocks_daily_adjusted_2004_2025.parquet", &calendar) {
        let found = events(&bars, &calendar);
        let splits: Vec<_> = found.iter().filter(|e| e.kind.is_split()).collect();
        let list: Vec<String> = splits.iter().map(|e| format!("{} {}", e.symbol, e.ex_date)).collect();
        println!("adjusted US shares: {} gaps, called splits {list:?}", found.len());
        assert!(found.iter().any(|e| e.ex_date.year() == 2008), "the gaps of 2008 are seen");
        assert!(!splits.iter().any(|e| e.ex_date.year() == 2008), "and none is a split");
    }
    let Some(hours) = shared("crypto/binance_perp_1h_2020_2024.parquet") else { return };
    let columns = hourly(&hours, "DOGEUSDT");
    let n = columns[0].len();
    let rise = (0..n).map(|i| columns[3][i] / columns[0][i]).fold(0.0, f64::max);
    assert!(rise > 1.5, "the hour of +68 % is among them: {rise}");
    let series = Series {
        open: &columns[0],
        high: &columns[1],
        low: &columns[2],
        close: &columns[3],
        volume: &columns[4],
        after_gap_in_data: &vec![false; n],
        market_gap: &vec![0.0; n],
    };
    assert!(find(&series).iter().all(|e| !e.kind.is_split()));
}

/// Open, high, low, close and volume of one symbol of an intraday file.
fn hourly(path: &Path, symbol: &str) -> Vec<Vec<f64>> {
    let mut columns = vec![Vec::new(); 5];
    let file = std::fs::File::open(path).unwrap();
    for batch in ParquetRecordBatchReaderBuilder::try_new(file).unwrap().build().unwrap() {
        let batch = batch.unwrap();
        let column = batch.column_by_name("symbol").unwrap();
        let names = text_of(column);
        for (column, name) in columns.iter_mut().zip(["open", "high", "low", "close", "volume"]) {
            let values = batch.column_by_name(name).unwrap().as_primitive::<Float64Type>();
            column.extend(names.iter().zip(values.values()).filter(|(s, _)| *s == symbol).map(|(_, v)| *v));
        }
    }
    assert!(!columns[0].is_empty(), "{symbol} is in the file");
    columns
}

fn text_of(column: &arrow_array::ArrayRef) -> Vec<String> {
    use arrow_schema::DataType;
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    match column.data_type() {
        DataType::LargeUtf8 => column.as_string::<i64>().iter().map(text).collect(),
        _ => column.as_string::<i32>().iter().map(text).collect(),
    }
}

/// A simulated market without splits of its own.
fn market(seed: u64, symbols: usize) -> (Vec<Bars>, Calendar) {
    let calendar = Calendar::named("XNSE").unwrap();
    let span = proofmark_units::DateSpan::new(date("2010-01-01"), date("2013-12-31")).unwrap();
    let spec = WorldSpec::on_calendar(Scenario::Null, symbols, &calendar, span, 0.0, Seed::root(seed));
    let world = simulate(&spec).unwrap();
    let own: BTreeSet<Symbol> = world.truth.splits.iter().map(|split| split.symbol.clone()).collect();
    let plain = world.bars.into_iter().filter(|name| !own.contains(&name.symbol));
    (plain.map(|name| Bars::from_rows(name.symbol, &name.rows).unwrap()).collect(), calendar)
}

/// The same bars as if they had traded before a split at `row`.
fn planted(bars: &Bars, row: usize, factor: f64) -> Bars {
    let scale = |i: usize| {
        let bar = bars.row(i);
        let by = if i < row { factor } else { 1.0 };
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(|price| price * by);
        BarRow { open, high, low, close, volume: (bar.volume / by).round(), ..bar }
    };
    Bars::from_rows(bars.symbol().clone(), &(0..bars.len()).map(scale).collect::<Vec<_>>()).unwrap()
}

#[test]
fn planted_splits_of_random_ratio_are_found() {
    let ratios = simple_ratios();
    let draws = Seed::root(7).child("planted_splits");
    let draw = |n: u64, below: usize| (draws.nth(n).as_u64() % below as u64) as usize;
    let (mut planted_count, mut found_count, mut exact, mut false_splits) = (0_u32, 0_u32, 0, 0);
    let mut lost = Vec::new();
    for seed in 1..=8 {
        let (bars, calendar) = market(seed, 30);
        let gaps = market_gaps(&bars);
        for name in bars.iter().filter(|name| name.len() > 300) {
            false_splits +=
                detect(name, &calendar, &gaps).unwrap().iter().filter(|e| e.kind.is_split()).count();
            for _ in 0..5 {
                let (ratio, _) = ratios[draw(2 * u64::from(planted_count), ratios.len())];
                let row = 80 + draw(2 * u64::from(planted_count) + 1, name.len() - 100);
                let split = planted(name, row, ratio.factor());
                let events = detect(&split, &calendar, &gaps).unwrap();
                let hit = events.iter().find(|e| e.kind.is_split() && e.ex_date == name.dates()[row]);
                planted_count += 1;
                found_count += u32::from(hit.is_some());
                exact += usize::from(hit.is_some_and(|e| (e.value / ratio.factor() - 1.0).abs() < 1e-9));
                if hit.is_none() {
                    lost.push(format!("{ratio}"));
                }
            }
        }
    }
    let share = f64::from(found_count) / f64::from(planted_count);
    println!(
        "{planted_count} planted, {found_count} found ({share:.4}), {exact} with the exact ratio, {false_splits} false; lost {lost:?}"
    );
    assert!(planted_count >= 1_000 && share >= 0.99);
    assert_eq!(false_splits, 0);
}

fn action(bars: &Bars, row: usize, kind: ActionKind, value: f64) -> CorporateAction {
    let (symbol, ex_date) = (bars.symbol().clone(), bars.dates()[row]);
    let known_at = bars.known_ats()[row];
    CorporateAction { symbol, ex_date, kind, value, known_at, source: "test".to_owned(), evidence: None }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// What was taken out of the prices can be put back, and the order in which actions are told does not matter.
    #[test]
    fn adjusting_can_be_undone(rows in prop::collection::vec((1..900_usize, 0..3_u8, 0.1..8.0_f64), 0..6), seed in 0..4_u64) {
        let (bars, _) = market(seed, 12);
        let raw = &bars[0];
        let told: Vec<CorporateAction> = rows.iter().map(|(row, kind, value)| match kind {
            0 => action(raw, row % raw.len(), ActionKind::Split, value + 1.1),
            1 => action(raw, row % raw.len(), ActionKind::ReverseSplit, value / 10.0),
            _ => action(raw, row % raw.len(), ActionKind::Dividend, value / 100.0),
        }).collect();
        let factors = adjustment(raw, &told, Adjust::SplitsDividends, None).unwrap();
        let back = factors.undo(&factors.apply(raw));
        for (is, was) in [(back.close(), raw.close()), (back.low(), raw.low()), (back.volume(), raw.volume())] {
            prop_assert!(is.iter().zip(was).all(|(a, b)| (a / b - 1.0).abs() < 1e-12 || a == b));
        }
        let other: Vec<CorporateAction> = told.iter().rev().cloned().collect();
        prop_assert_eq!(adjustment(raw, &other, Adjust::SplitsDividends, None).unwrap(), factors);
        prop_assert_eq!(raw.dates(), back.dates());
    }

    /// Later bars change no event that was found, and a view of the past is the same whether or not the future is there.
    #[test]
    fn the_past_does_not_depend_on_what_came_later(
        row in 100..700_usize, later in 100..700_usize, cut in 100..800_usize, which in 0..30_usize
    ) {
        let ratios = simple_ratios();
        let (bars, calendar) = market(3, 12);
        let once = planted(&bars[1], row, ratios[which % ratios.len()].0.factor());
        let raw = planted(&once, later, 2.0);
        let all = detect(&raw, &calendar, &BTreeMap::new()).unwrap();
        let prefix = raw.slice(0..cut.min(raw.len()));
        let as_of = prefix.known_ats()[prefix.len() - 1];
        let then = detect(&prefix, &calendar, &BTreeMap::new()).unwrap();
        let known: Vec<CorporateAction> = all.iter().filter(|e| e.known_at <= as_of).cloned().collect();
        prop_assert_eq!(&then, &known);
        let view = adjustment(&prefix, &then, Adjust::Splits, Some(as_of)).unwrap();
        let replayed = adjustment(&prefix, &all, Adjust::Splits, Some(as_of)).unwrap();
        prop_assert_eq!(view.apply(&prefix), replayed.apply(&prefix));
    }
}
