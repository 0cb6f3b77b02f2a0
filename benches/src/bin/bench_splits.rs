//! Combinatorial purged splits and path numbers; the peers are skfolio and purgedcv.

use std::path::Path;

use proofmark_benches::{Failure, program, timed};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_training::{CombinatorialPurged, Dataset, Fold, LabelInputs, Paths};
use proofmark_units::Date;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

const MODULUS: u64 = 2_147_483_647;

/// What both sides read.
#[derive(Serialize, Deserialize)]
struct Settings {
    rows: usize,
    horizon: usize,
    embargo: u32,
    look_back: usize,
    /// Groups and test groups.
    sizes: Vec<(usize, usize)>,
}

fn main() -> Result<(), Failure> {
    program(input, run)
}

/// Twenty years of daily rows that 10 and 12 groups divide evenly.
fn input(folder: &Path) -> Result<(), Failure> {
    let settings =
        Settings { rows: 5_040, horizon: 5, embargo: 2, look_back: 20, sizes: vec![(10, 3), (12, 6)] };
    Ok(std::fs::write(folder.join("settings.json"), serde_json::to_vec(&settings)?)?)
}

fn run(folder: &Path) -> Result<Value, Failure> {
    let settings: Settings = serde_json::from_slice(&std::fs::read(folder.join("settings.json"))?)?;
    let ds = dataset(&settings)?;
    let (mut split_seconds, mut figures) = (0.0, Map::new());
    for (groups, test_groups) in &settings.sizes {
        let split = CombinatorialPurged {
            groups: *groups,
            test_groups: *test_groups,
            embargo_sessions: settings.embargo,
            calibration_share: 0.0,
            min_train_rows: 1,
        };
        let (folds, seconds) = timed(|| {
            let plan = split.plan(&ds)?;
            (0..plan.paths().n_splits()).map(|k| plan.fold(k)).collect::<Result<Vec<Fold>, _>>()
        });
        split_seconds += seconds;
        figures.extend(sums(&format!("of_{groups}_test_{test_groups}"), &folds?, &split.paths()?));
    }
    Ok(json!({"timings": {"splits": split_seconds}, "figures": figures}))
}

/// One symbol, one row a session, every row labelled.
fn dataset(settings: &Settings) -> Result<Dataset, Failure> {
    let sessions = settings.rows + settings.horizon + 1;
    let first = Date::from_ymd(2000, 1, 3).ok_or("a date")?;
    let row = |t: usize| {
        let date = first.plus_days((t / 5 * 7 + t % 5) as i32);
        let (event_time, known_at) = (date.midnight_utc(), date.midnight_utc());
        BarRow { date, event_time, known_at, open: 1.0, high: 1.0, low: 1.0, close: 1.0, volume: 1.0 }
    };
    let rows: Vec<BarRow> = (0..sessions).map(row).collect();
    let panel = Panel::from_bars(&[Bars::from_rows("S".parse()?, &rows)?]);
    let inside = |t: usize, value: f64| if t < settings.rows { value } else { f64::NAN };
    let class: Vec<f64> = (0..sessions).map(|t| inside(t, (t % 2) as f64)).collect();
    let feature: Vec<f64> = (0..sessions).map(|t| inside(t, t as f64)).collect();
    let date = |t: usize| panel.dates.get(t).copied();
    let start: Vec<Option<Date>> = (0..sessions).map(|t| date(t + 1)).collect();
    let end: Vec<Option<Date>> = (0..sessions).map(|t| date(t + 1 + settings.horizon)).collect();
    let labels =
        LabelInputs { class: &class, forward_return: &class, unit: &class, start: &start, end: &end };
    Ok(Dataset::from_panel(&panel, &["f".to_owned()], &[feature], labels, settings.look_back)?)
}

fn sums(name: &str, folds: &[Fold], paths: &Paths) -> Map<String, Value> {
    let weighted =
        |rows: &mut dyn Iterator<Item = u64>| rows.zip(1..).map(|(row, j)| row * j).sum::<u64>() % MODULUS;
    let over = |sum: &dyn Fn(usize) -> u64| (0..folds.len()).map(|k| (k as u64 + 1) * sum(k)).sum::<u64>();
    let rows = |rows: &[u32]| weighted(&mut rows.iter().map(|row| u64::from(*row)));
    let figures = [
        ("splits", paths.n_splits() as u64),
        ("paths", paths.n_paths() as u64),
        ("train_rows", folds.iter().map(|fold| fold.fit_rows().len() as u64).sum()),
        ("train_sum", over(&|k| rows(folds[k].fit_rows()))),
        ("test_sum", over(&|k| rows(folds[k].test_rows()))),
        ("path_sum", over(&|k| weighted(&mut paths.paths_of(k).iter().map(|path| *path as u64)))),
    ];
    figures.into_iter().map(|(figure, value)| (format!("{name}_{figure}"), value.into())).collect()
}
