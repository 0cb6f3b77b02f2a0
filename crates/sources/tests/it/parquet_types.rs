//! Parquet files as different writers type them.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::types::Int32Type;
use arrow_array::{
    ArrayRef, Date32Array, DictionaryArray, Float32Array, Float64Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray, TimestampMicrosecondArray, TimestampNanosecondArray,
};
use parquet::arrow::ArrowWriter;
use proofmark_sources::{ReadError, ReadOptions, read_bars_parquet, read_observations_parquet};

const DAY: i64 = 86_400;

fn write(path: &Path, columns: Vec<(&str, ArrayRef)>) {
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, c)| (n, c, true))).unwrap();
    let mut writer = ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
}

fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

#[test]
fn strings_times_and_numbers_of_every_kind() {
    let folder = tempfile::tempdir().unwrap();
    let plain: ArrayRef = Arc::new(StringArray::from(vec!["A", "B"]));
    let large: ArrayRef = Arc::new(LargeStringArray::from(vec!["A", "B"]));
    let dictionary: ArrayRef = Arc::new(DictionaryArray::<Int32Type>::from_iter(["A", "B"]));
    let micros = vec![2 * DAY * 1_000_000, 3 * DAY * 1_000_000];
    let zoned: ArrayRef = Arc::new(TimestampMicrosecondArray::from(micros).with_timezone("UTC"));
    // One nanosecond before midnight is still the day before.
    let naive: ArrayRef =
        Arc::new(TimestampNanosecondArray::from(vec![2 * DAY * 1_000_000_000, 4 * DAY * 1_000_000_000 - 1]));
    let days: ArrayRef = Arc::new(Date32Array::from(vec![2, 3]));
    let text: ArrayRef = Arc::new(StringArray::from(vec!["1970-01-03", "04-Jan-1970"]));
    for (i, (symbol, date)) in
        [(plain, zoned), (large, naive), (dictionary.clone(), days), (dictionary, text)]
            .into_iter()
            .enumerate()
    {
        let path = folder.path().join(format!("{i}.parquet"));
        write(
            &path,
            vec![
                ("Ticker", symbol),
                ("Date", date),
                ("Open", numbers(&[1.0, 2.0])),
                ("High", Arc::new(Float32Array::from(vec![1.5, 2.5]))),
                ("Low", Arc::new(Int64Array::from(vec![1, 2]))),
                ("Close", numbers(&[1.0, 2.0])),
                ("Volume", Arc::new(Int64Array::from(vec![None, Some(7)]))),
            ],
        );
        let outcome = read_bars_parquet(&path, &ReadOptions::default()).unwrap();
        assert!(outcome.problems.is_empty(), "{:?}", outcome.problems);
        assert_eq!(outcome.bars["A"][0].date.to_string(), "1970-01-03", "case {i}");
        assert_eq!(outcome.bars["B"][0].date.to_string(), "1970-01-04", "case {i}");
        assert_eq!((outcome.bars["B"][0].high, outcome.bars["B"][0].low), (2.5, 2.0));
        assert!(outcome.bars["A"][0].volume.is_nan(), "an unknown volume");
        assert_eq!(outcome.bars["B"][0].volume, 7.0);
    }
}

#[test]
fn nulls_are_problems_of_their_rows() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let symbol: ArrayRef =
        Arc::new(StringArray::from(vec![Some("A"), None, Some("../B"), Some("A"), Some("A")]));
    let ts: ArrayRef = Arc::new(Date32Array::from(vec![Some(1), Some(2), Some(3), None, Some(5)]));
    let close: ArrayRef =
        Arc::new(Float64Array::from(vec![Some(1.0), Some(1.0), Some(1.0), Some(1.0), None]));
    let price = || numbers(&[1.0; 5]);
    let columns = vec![
        ("symbol", symbol),
        ("ts", ts),
        ("open", price()),
        ("high", price()),
        ("low", price()),
        ("close", close),
    ];
    write(&path, columns);
    let outcome = read_bars_parquet(&path, &ReadOptions::default()).unwrap();
    let found: Vec<(&str, u64)> = outcome.problems.iter().map(|p| (p.rule, p.row)).collect();
    assert_eq!(found, [("missing_value", 2), ("bad_symbol", 3), ("missing_value", 4), ("missing_value", 5)]);
    assert_eq!((outcome.rows(), outcome.rows_read, outcome.columns.volume), (1, 5, None));

    let outcome = read_observations_parquet(&path, "ts", "close", &ReadOptions::default()).unwrap();
    assert_eq!((outcome.values.len(), outcome.problems.len()), (3, 2));
}

#[test]
fn whole_file_errors_name_the_file_and_a_remedy() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bars.parquet");
    write(&path, vec![("ts", Arc::new(Date32Array::from(vec![1]))), ("price", numbers(&[1.0]))]);
    let read = |path: &Path| read_bars_parquet(path, &ReadOptions::default()).unwrap_err();

    let error = read(&path);
    assert!(matches!(error, ReadError::MissingColumn { role: "open", .. }), "{error}");
    assert!(error.to_string().contains("bars.parquet") && error.to_string().contains("ts, price"), "{error}");
    assert!(error.hint().contains("open"));
    let error = read_observations_parquet(&path, "ts", "yield", &ReadOptions::default()).unwrap_err();
    assert!(error.to_string().contains("yield"), "{error}");
    let error = read_observations_parquet(&path, "price", "ts", &ReadOptions::default()).unwrap_err();
    assert!(matches!(error, ReadError::ColumnType { .. }), "{error}");

    assert!(matches!(read(&folder.path().join("none")), ReadError::NotFound { .. }));
    assert!(matches!(read(folder.path()), ReadError::WrongFormat { .. }));
    std::fs::write(&path, b"").unwrap();
    assert!(matches!(read(&path), ReadError::Empty { .. }));
    std::fs::write(&path, b"date,open\n").unwrap();
    assert!(matches!(read(&path), ReadError::WrongFormat { .. }));
    std::fs::write(&path, b"PAR1 and nothing more").unwrap();
    assert!(matches!(read(&path), ReadError::Malformed { .. }));
}

#[test]
fn damaged_parquet_never_panics() {
    use rand::RngExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("A.parquet");
    let n = 200;
    let price = || numbers(&vec![1.25; n]);
    let ts: ArrayRef = Arc::new(Date32Array::from((0..200).collect::<Vec<i32>>()));
    let symbol: ArrayRef =
        Arc::new(DictionaryArray::<Int32Type>::from_iter((0..n).map(|i| ["A", "B"][i % 2])));
    let columns = vec![
        ("symbol", symbol),
        ("ts", ts),
        ("open", price()),
        ("high", price()),
        ("low", price()),
        ("close", price()),
    ];
    write(&path, columns);
    let good = std::fs::read(&path).unwrap();
    let mut rng = proofmark_units::Seed::root(7).child("damage").rng();
    let quiet = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    for _ in 0..300 {
        let mut bytes = good.clone();
        for _ in 0..rng.random_range(1..4) {
            let at = rng.random_range(0..bytes.len());
            bytes[at] = rng.random();
        }
        if rng.random_bool(0.2) {
            bytes.truncate(rng.random_range(0..good.len()));
        }
        std::fs::write(&path, &bytes).unwrap();
        let caught = std::panic::catch_unwind(|| drop(read_bars_parquet(&path, &ReadOptions::default())));
        if caught.is_err() {
            std::panic::set_hook(quiet);
            panic!("a damaged file made the reader panic");
        }
    }
    std::panic::set_hook(quiet);
}
