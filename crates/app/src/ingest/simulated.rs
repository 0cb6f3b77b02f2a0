//! Simulated worlds: marked as simulated for good.

use proofmark_market::Calendar;
use proofmark_sources::simulator::{EDGE_STRENGTH, Scenario, SimulatedSymbol, World, WorldSpec, simulate};
use proofmark_units::{Date, DateSpan, Seed};
use proofmark_validation::StressPeriod;
use serde::Serialize;

use super::placed::Placed;
use super::summary::{Account, Summary};
use crate::data::{calendar, open_lake};
use crate::error::{AppError, Result};
use crate::progress::Silent;
use crate::workspace::{self, Workspace};

/// How the source of every simulated row starts.
const PREFIX: &str = "simulated:";

/// Sessions that a simulated market keeps.
const CALENDAR: &str = "XNSE";

/// The file beside `proofmark.toml` with a simulated world's own stress periods.
pub const STRESS_PERIODS_FILE: &str = "stress_periods.toml";

/// Which world to simulate; the same request gives the same bytes.
#[derive(Debug, Clone, PartialEq)]
pub struct Synthetic {
    /// `null`, `edge`, `leak` or `crash`.
    pub scenario: String,
    /// Number of names.
    pub names: usize,
    /// Seed of the world.
    pub seed: u64,
    /// First date.
    pub start: Date,
    /// Last date.
    pub end: Date,
    /// Strength of the planted signal; [`EDGE_STRENGTH`] when absent.
    pub strength: Option<f64>,
}

impl Synthetic {
    fn source(&self) -> String {
        let Self { scenario, names, seed, start, end, strength } = self;
        let strength = strength.map_or_else(String::new, |s| format!(" strength={s}"));
        format!("{PREFIX}{scenario} names={names} seed={seed} dates={start}..{end}{strength}")
    }

    /// The world of this request, with its truth.
    ///
    /// # Errors
    /// An unknown scenario, dates that are reversed or outside the calendar, or a number of names that cannot be made.
    pub fn world(&self) -> Result<World> {
        let scenario = match self.scenario.as_str() {
            "null" => Scenario::Null,
            "edge" => Scenario::Edge,
            "leak" => Scenario::Leak,
            "crash" => Scenario::Crash,
            other => {
                return Err(AppError::input(format!("there is no scenario `{other}`"))
                    .hint("the scenarios are null, edge, leak and crash"));
            }
        };
        let calendar = calendar(CALENDAR)?;
        let span = span(&calendar, self.start, self.end)?;
        let strength = self.strength.unwrap_or(EDGE_STRENGTH);
        let seed = Seed::root(self.seed);
        let spec = WorldSpec::on_calendar(scenario, self.names, &calendar, span, strength, seed);
        simulate(&spec).map_err(|error| {
            AppError::input("failed to simulate a world")
                .hint("give 1 to 999 names and a longer span")
                .because(error)
        })
    }
}

/// Whether rows of this source were simulated.
pub fn is_simulated(source: &str) -> bool {
    source.starts_with(PREFIX)
}

fn span(calendar: &Calendar, start: Date, end: Date) -> Result<DateSpan> {
    let span = DateSpan::new(start, end).ok_or_else(|| {
        AppError::input(format!("the world would end on {end}, before it starts on {start}"))
    })?;
    let covered = calendar.range();
    if covered.contains(start) && covered.contains(end) {
        return Ok(span);
    }
    Err(AppError::input(format!("calendar `{CALENDAR}` covers {covered}, not {start} to {end}"))
        .hint("choose dates inside it"))
}

/// Simulates a world, brings its bars and benchmark into the lake, and writes its stress periods beside
/// `proofmark.toml`. The truth is not written.
///
/// # Errors
/// As [`Synthetic::world`]; or the lake already holds another world, whose symbols have the same names.
pub fn synthetic(ws: &Workspace, request: &Synthetic) -> Result<Summary> {
    let world = request.world()?;
    let source = request.source();
    let mut lake = open_lake(ws)?;
    // Two worlds would mix date by date under the same names, and the mixture is no world with known truth.
    let other = |held: &&str| is_simulated(held) && *held != source;
    if let Some(other) = lake.files().iter().flat_map(|file| file.sources()).find(other) {
        return Err(AppError::input(format!("this lake already holds another world, `{other}`"))
            .hint("make another workspace for another world: `proofmark -C DIR init`"));
    }
    let mut account = Account::default();
    let batches: Vec<_> = world
        .bars
        .into_iter()
        .chain([world.benchmark])
        .map(|SimulatedSymbol { symbol, rows }| (symbol, rows))
        .collect();
    account.read(batches.iter().map(|(_, rows)| rows.len() as u64).sum());
    account.store(&mut lake, &[(source, Placed::Daily(batches))], &Silent)?;
    let text = stress_periods(&world.stress_periods);
    workspace::write(&ws.root().join(STRESS_PERIODS_FILE), text.as_bytes())?;
    Ok(account.finish())
}

fn stress_periods(periods: &[(String, DateSpan)]) -> String {
    #[derive(Serialize)]
    struct File {
        period: Vec<StressPeriod>,
    }
    let period = periods
        .iter()
        .map(|(id, span)| StressPeriod {
            id: id.clone(),
            name: match id.strip_prefix("sim_bear_") {
                Some(number) => format!("Simulated bear market {number}"),
                None => format!("Simulated {}", id.trim_start_matches("sim_").replace('_', " ")),
            },
            start: span.start,
            end: span.end,
            severity: "high".to_owned(),
            markets: Vec::new(),
            source: "the simulator's own record of its regimes".to_owned(),
        })
        .collect();
    let tables = toml::to_string(&File { period }).expect("a list of stress periods always serialises");
    format!("# The worst stretches of this workspace's simulated market.\n\n{tables}")
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn request(seed: u64) -> Synthetic {
        let date = |text: &str| text.parse().unwrap();
        let (start, end) = (date("2009-01-01"), date("2012-12-31"));
        Synthetic { scenario: "edge".into(), names: 3, seed, start, end, strength: None }
    }

    fn fresh(root: &Path) -> Workspace {
        Workspace::init(root).unwrap();
        Workspace::open(root).unwrap()
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_a_second_time_adds_nothing() {
        let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let [a, b] = folders.each_ref().map(|folder| fresh(folder.path()));
        let first = synthetic(&a, &request(7)).unwrap();
        assert_eq!((first.rows_added, first.symbols.len()), (first.rows_read, 4));
        synthetic(&b, &request(7)).unwrap();
        for file in ["lake/manifest.json", STRESS_PERIODS_FILE] {
            let read = |ws: &Workspace| std::fs::read(ws.root().join(file)).unwrap();
            assert_eq!(read(&a), read(&b), "{file}");
        }
        assert!(open_lake(&b).unwrap().verify().unwrap().is_empty());
        let again = synthetic(&a, &request(7)).unwrap();
        assert_eq!((again.rows_added, again.rows_known), (0, first.rows_read));
    }

    #[test]
    fn the_source_says_what_was_simulated_and_another_world_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let ws = fresh(folder.path());
        synthetic(&ws, &request(7)).unwrap();
        let lake = open_lake(&ws).unwrap();
        assert!(
            lake.files().iter().all(|f| is_simulated(&f.source) && f.source.contains("edge names=3 seed=7"))
        );
        let error = synthetic(&ws, &request(8)).unwrap_err();
        assert!(error.to_string().contains("seed=7"), "{error}");
    }

    #[test]
    fn the_stress_periods_read_back_and_the_truth_stays_out_of_the_workspace() {
        #[derive(serde::Deserialize)]
        struct File {
            period: Vec<StressPeriod>,
        }
        let folder = tempfile::tempdir().unwrap();
        let ws = fresh(folder.path());
        synthetic(&ws, &Synthetic { scenario: "crash".into(), ..request(7) }).unwrap();
        let text = std::fs::read_to_string(ws.root().join(STRESS_PERIODS_FILE)).unwrap();
        let file: File = toml::from_str(&text).unwrap();
        assert!(text.contains("[[period]]") && file.period.iter().any(|p| p.id == "sim_crash"));
        assert!(file.period.iter().all(|p| p.severity == "high" && p.start <= p.end));
        let names: Vec<_> = std::fs::read_dir(ws.root()).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert!(names.iter().all(|name| !name.to_string_lossy().contains("truth")));
        assert!(toml::from_str::<File>(&stress_periods(&[])).unwrap().period.is_empty());
    }

    #[test]
    fn wrong_requests_are_refused_in_words() {
        let words = |asked: Synthetic| asked.world().unwrap_err().chain().join(" ");
        let (start, end) = (request(1).start, request(1).end);
        assert!(words(Synthetic { scenario: "edgy".into(), ..request(1) }).contains("edgy"));
        let reversed = Synthetic { start: end, end: start, ..request(1) };
        assert!(words(reversed).contains("before it starts"));
        assert!(words(Synthetic { names: 0, ..request(1) }).contains("0 symbols"));
        let early = "1990-01-01".parse().unwrap();
        assert!(words(Synthetic { start: early, ..request(1) }).contains("covers"));
    }
}
