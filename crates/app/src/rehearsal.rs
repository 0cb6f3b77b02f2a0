//! Dry runs: the real stages on a tiny simulated market, in a root of their own.

use proofmark_units::Symbol;

use crate::error::Result;
use crate::ingest::{self, Synthetic};
use crate::pipeline::{ListFile, MembershipSpec, Pipeline, UniverseSpec};
use crate::workspace::{Workspace, write};

const NAMES: usize = 12;
const YEARS: i32 = 6;
/// Groups of a rehearsed cross-validation, at most.
const GROUPS: usize = 4;
const SEED: u64 = 1;
/// The list of groups of a rehearsal, where the pipeline has one: its own knows no simulated name.
const LIST: &str = "groups.csv";

/// The pipeline on a tiny simulated market: same stages, same gates, small numbers.
pub(crate) fn shrink(pipeline: &Pipeline) -> Pipeline {
    let mut tiny = pipeline.clone();
    let start = pipeline.data.start;
    tiny.universe = UniverseSpec {
        symbols: Vec::new(),
        membership: MembershipSpec::WholeMarket,
        chosen_at: None,
        rank: None,
        list: None,
        category: None,
        groups: pipeline.universe.groups.as_ref().map(|_| ListFile::Path(LIST.to_owned())),
        exclude: Vec::new(),
    };
    tiny.data.actions = None;
    tiny.data.end = Some(start.plus_months(12 * YEARS));
    tiny.data.benchmark = "SIMINDEX".parse::<Symbol>().ok();
    tiny.data.benchmark_dividend_yield = None;
    // A simulated market has no world around it.
    tiny.observations.clear();
    tiny.data.calendar = "XNSE".into();
    tiny.split.first_test = start.plus_months(36);
    tiny.split.test_months = 12;
    tiny.split.min_train_rows = 500;
    if let Some(spec) = &mut tiny.cross_validation {
        spec.groups = spec.groups.min(GROUPS);
        spec.test_groups = spec.test_groups.min(spec.groups - 1);
    }
    tiny.teacher.trees.trees = 10;
    tiny.teacher.trees.leaves = tiny.teacher.trees.leaves.min(8);
    tiny.tests.bootstrap_draws = 1_000;
    tiny.tests.auc_shifts = 20;
    tiny.stress.market = None;
    tiny.stress.file = Some("stress_periods.toml".into());
    tiny.stress.required = Vec::new();
    tiny.waiver = Vec::new();
    tiny
}

/// The tiny market, in the dry-run root's own lake; already there means nothing to do.
pub(crate) fn fill(workspace: &Workspace, pipeline: &Pipeline) -> Result<()> {
    let start = pipeline.data.start;
    let world = Synthetic {
        scenario: "null".into(),
        names: NAMES,
        seed: SEED,
        start,
        end: pipeline.data.end.unwrap_or_else(|| start.plus_months(12 * YEARS)),
        strength: None,
    };
    // A lake of other dates would make another snapshot; the rehearsal always starts from its own.
    let lake = workspace.lake();
    if lake.exists() {
        std::fs::remove_dir_all(&lake)
            .map_err(|e| crate::error::AppError::io("clear the rehearsal's lake", &lake, e))?;
    }
    ingest::synthetic(workspace, &world)?;
    if pipeline.universe.groups.is_some() {
        let row =
            |k: usize| format!("SIM{k:03},{start},,{}\n", if k.is_multiple_of(2) { "even" } else { "odd" });
        let rows: String = (1..=NAMES).map(row).collect();
        write(&lake.with_file_name(LIST), format!("symbol,start,end,category\n{rows}").as_bytes())?;
    }
    Ok(())
}
