//! From the lake to a dataset: snapshot, seal, panel, features, labels.

use proofmark_features::{Feature, SetProgram, set_look_back};
use proofmark_labels::{LabelGrid, label_grid, meta_label_grid};
use proofmark_lake::{CleanOptions, Lake, Snapshot, SnapshotRequest};
use proofmark_market::actions::Adjust;
use proofmark_market::{Bars, Calendar, Panel, Universe};
use proofmark_training::{CombinatorialPurged, Dataset, DatasetError, LabelInputs, TrainRules, WalkForward};
use proofmark_units::{Date, DateSpan, Digest, Symbol};
use rayon::prelude::*;

use super::context::{self, Context, with_context};
use super::lists::{self, Lists};
use super::scarce::too_few_rows;
use super::view::{ActionsReport, View, view};
use crate::error::{AppError, Result};
use crate::ingest::is_simulated;
use crate::pipeline::{Cleaning, CrossValidationSpec, MembershipSpec, NamedFeatures, Pipeline, side};

/// Everything a run computes on, with the last span kept apart.
pub(crate) struct Prepared {
    pub(crate) snapshot: Snapshot,
    pub(crate) calendar: Calendar,
    pub(crate) universe: Universe,
    pub(crate) synthetic: bool,
    /// Every simulated instrument in the lake but the benchmark: what `whole_market` must hold to be true.
    pub(crate) simulated: Vec<Symbol>,
    /// The features that the pipeline names; [`Prepared::features`] has its context columns too.
    pub(crate) named: NamedFeatures,
    pub(crate) context: Vec<Context>,
    /// Bars before the seal, of every name that may ever be held, as the pipeline adjusts them.
    pub(crate) bars: Vec<Bars>,
    /// All bars before the seal as the rules left them, where `bars` are not the same.
    pub(crate) raw: Option<Vec<Bars>>,
    pub(crate) lists: Lists,
    pub(crate) actions: ActionsReport,
    pub(crate) benchmark: Option<Bars>,
    /// Benchmark dividend yield, fractions a year.
    pub(crate) income: Vec<(Date, f64)>,
    /// Sealed sessions.
    pub(crate) holdout: DateSpan,
    /// Decision dates that are scored: first test date to the last session before the seal.
    pub(crate) out_of_sample: DateSpan,
    pub(crate) frame: Frame,
}

impl Prepared {
    /// Every feature in the order of the model matrix: those that are named, then the context columns.
    pub(crate) fn features(&self) -> Vec<&dyn Feature> {
        with_context(&self.named, &self.context)
    }

    /// The same in a world whose observations become other ones from `from` on.
    pub(crate) fn other_context(&self, from: Date) -> Result<OtherContext<'_>> {
        let context = self.context.iter().map(|context| context.with_other_future(from));
        Ok(OtherContext { named: &self.named, context: context.collect::<Result<_>>()? })
    }
}

/// The features of a run with another future.
pub(crate) struct OtherContext<'a> {
    named: &'a NamedFeatures,
    context: Vec<Context>,
}

impl OtherContext<'_> {
    pub(crate) fn features(&self) -> Vec<&dyn Feature> {
        with_context(self.named, &self.context)
    }
}

/// A panel with its features, labels and rows.
pub(crate) struct Frame {
    pub(crate) panel: Panel,
    pub(crate) labels: LabelGrid,
    pub(crate) dataset: Dataset,
}

impl Frame {
    /// Features and labels of `bars`, on one clock, for the members of `universe`.
    pub(crate) fn build(
        pipeline: &Pipeline,
        set: &[&dyn Feature],
        bars: &[Bars],
        universe: &Universe,
    ) -> Result<Self> {
        let panel = Panel::of(bars, universe);
        let names: Vec<String> = set.iter().map(|f| f.name().to_owned()).collect();
        let columns = SetProgram::new(set).panel(bars, &panel);
        let grids: Vec<Vec<f64>> = (0..set.len())
            .into_par_iter()
            .map(|f| {
                let mut grid = vec![f64::NAN; panel.len() * panel.width()];
                for (s, (b, columns)) in bars.iter().zip(&columns).enumerate() {
                    panel.scatter(s, b, &columns.columns[f], &mut grid);
                }
                grid
            })
            .collect();
        let labels = labels(pipeline, &panel, &names, &grids)?;
        let inputs = LabelInputs {
            class: &labels.class,
            forward_return: &labels.forward_return,
            unit: &labels.unit,
            start: &labels.start,
            end: &labels.end,
        };
        let required = set.iter().take_while(|feature| !feature.is_optional()).count();
        let look_back = set_look_back(set);
        let dataset = Dataset::with_optional(&panel, &names, &grids, required, inputs, look_back).map_err(
            |source| match source {
                DatasetError::NoRows { .. } => {
                    let count = |grid: &Vec<f64>| grid.iter().filter(|value| value.is_finite()).count();
                    let known: Vec<usize> = grids[..required].iter().map(count).collect();
                    too_few_rows(&set[..required], &known, bars, 0, 1)
                }
                other => AppError::bug("failed to build the dataset").because(other),
            },
        )?;
        Ok(Self { panel, labels, dataset })
    }
}

/// The labels of the decisions: of all of them, or for a meta-label of those that have a side.
fn labels(pipeline: &Pipeline, panel: &Panel, names: &[String], grids: &[Vec<f64>]) -> Result<LabelGrid> {
    let Some((_, spec)) = pipeline.label.meta() else { return Ok(label_grid(panel, &pipeline.label)) };
    let column = names.iter().position(|name| name == side::NAME);
    let column = column.ok_or_else(|| AppError::bug("a meta-label without the column of its sides"))?;
    meta_label_grid(panel, &side::of_grid(&grids[column]), &spec)
        .map_err(|source| AppError::bug("failed to label the sides").because(source))
}

/// What a snapshot holds, the last span included.
pub(crate) struct Loaded {
    lake: Lake,
    pub(crate) snapshot: Snapshot,
    pub(crate) calendar: Calendar,
    pub(crate) bars: Vec<Bars>,
    pub(crate) benchmark: Option<Bars>,
    /// Benchmark dividend yield, fractions a year.
    pub(crate) income: Vec<(Date, f64)>,
    pub(crate) context: Vec<Context>,
}

/// The snapshot of a pipeline's data: by id, else taken now.
pub(crate) fn load(
    lake_root: &std::path::Path,
    pipeline: &Pipeline,
    known: Option<Digest>,
) -> Result<Loaded> {
    let lake = Lake::open(lake_root).map_err(|e| {
        let hint = e.hint();
        AppError::environment("failed to open the lake").hint(hint).because(e)
    })?;
    let calendar = Calendar::named(&pipeline.data.calendar)
        .map_err(|source| AppError::input("pipeline key `data.calendar`").because(source))?;
    let snapshot = match known {
        Some(id) => Snapshot::open(&lake, id),
        None => {
            let request = request(&lake, pipeline)?;
            if pipeline.data.strict {
                refuse_errors(&lake, lake_root, &request, &pipeline.data.calendar)?;
            }
            Snapshot::take(&lake, &request, &calendar)
        }
    };
    let explain = |e: proofmark_lake::SnapshotError| {
        let hint = e.hint();
        AppError::input("failed to take the data snapshot").hint(hint).because(e)
    };
    let snapshot = snapshot.map_err(explain)?;
    let bars = snapshot.load_bars(&lake, &calendar).map_err(explain)?;
    let benchmark = snapshot.load_benchmark(&lake, &calendar).map_err(explain)?;
    let income = match &pipeline.data.benchmark_dividend_yield {
        None => Vec::new(),
        Some(series) => {
            let name: Symbol = series
                .parse()
                .map_err(|e| AppError::input("pipeline key `data.benchmark_dividend_yield`").because(e))?;
            let rows = snapshot.load_observations(&lake, &name).map_err(explain)?;
            rows.iter().map(|row| (row.date, row.value)).collect()
        }
    };
    let context = context::read(&pipeline.observations, &lake, &snapshot, &calendar)?;
    Ok(Loaded { lake, snapshot, calendar, bars, benchmark, income, context })
}

/// The snapshot a run will use: by id when it is resumed or replayed, else taken now.
pub(crate) fn prepare(
    lake_root: &std::path::Path,
    pipeline: &Pipeline,
    known: Option<Digest>,
) -> Result<Prepared> {
    let Loaded { lake, snapshot, calendar, bars: all, benchmark, income, context } =
        load(lake_root, pipeline, known)?;
    let last = all.iter().filter_map(|b| b.dates().last().copied()).max();
    let last = last.ok_or_else(|| AppError::input("the snapshot holds no bar"))?;
    let sealed_from =
        last.plus_months(-i32::try_from(pipeline.data.holdout_months).unwrap_or(12)).plus_days(1);
    let visible: Vec<Bars> = all
        .iter()
        .map(|b| b.slice(0..b.dates().partition_point(|d| *d < sealed_from)))
        .filter(|b| !b.is_empty())
        .collect();
    let names: Vec<Symbol> = snapshot.content.symbols.iter().map(|s| s.symbol.clone()).collect();
    let mut simulated: Vec<Symbol> =
        lake.files().iter().filter(|f| f.sources().any(is_simulated)).map(|f| f.symbol.clone()).collect();
    simulated.sort();
    simulated.dedup();
    simulated.retain(|s| Some(s) != pipeline.data.benchmark.as_ref());
    let synthetic = names.iter().any(|s| simulated.contains(s));
    let changes =
        pipeline.data.adjust != Adjust::None || pipeline.universe.membership == MembershipSpec::PointInTime;
    let raw = changes.then(|| visible.clone());
    let lists = lists::read(lake_root, pipeline)?;
    if pipeline.universe.membership == MembershipSpec::WholeMarket && !synthetic {
        return Err(AppError::input(
            "`universe.membership = \"whole_market\"` is for simulated markets; this data is not simulated",
        )
        .hint("use `carried_back` with the date the list was drawn up, or `point_in_time`"));
    }
    let View { bars, universe, actions } = view(pipeline, &calendar, &lists, visible)?;
    let last_visible = bars.iter().filter_map(|b| b.dates().last().copied()).max();
    let first_test = pipeline.split.first_test;
    let out_of_sample = last_visible.and_then(|last| DateSpan::new(first_test, last)).ok_or_else(|| {
        AppError::input(format!("no session is left between `split.first_test` ({first_test}) and the sealed span from {sealed_from}"))
            .hint("bring more data, or move `split.first_test` earlier")
    })?;
    let named = pipeline.named_features()?;
    let frame = Frame::build(pipeline, &with_context(&named, &context), &bars, &universe)?;
    Ok(Prepared {
        universe,
        holdout: DateSpan { start: sealed_from, end: last },
        snapshot,
        calendar,
        synthetic,
        simulated,
        named,
        context,
        bars,
        raw,
        lists,
        actions,
        benchmark,
        income,
        out_of_sample,
        frame,
    })
}

/// The view of every bar with the sealed span: read only when the hold-out is opened.
pub(crate) fn unsealed(
    lake_root: &std::path::Path,
    pipeline: &Pipeline,
    prepared: &Prepared,
) -> Result<View> {
    view(pipeline, &prepared.calendar, &prepared.lists, unsealed_raw(lake_root, prepared)?)
}

/// Every bar with the sealed span as the rules left it.
pub(crate) fn unsealed_raw(lake_root: &std::path::Path, prepared: &Prepared) -> Result<Vec<Bars>> {
    let lake =
        Lake::open(lake_root).map_err(|e| AppError::environment("failed to open the lake").because(e))?;
    prepared.snapshot.load_bars(&lake, &prepared.calendar).map_err(|e| {
        let hint = e.hint();
        AppError::input("failed to read the sealed span").hint(hint).because(e)
    })
}

/// Strict data: looked at before the snapshot is written, so that a refused one leaves nothing behind.
fn refuse_errors(
    lake: &Lake,
    lake_root: &std::path::Path,
    request: &SnapshotRequest,
    calendar: &str,
) -> Result<()> {
    let scope = crate::data::Scope {
        calendar: calendar.to_owned(),
        symbols: request.symbols.iter().chain(&request.benchmark).cloned().collect(),
        span: Some(request.span),
        cleaning: request.cleaning.clone(),
        intraday: false,
    };
    crate::data::refuse_open_errors(lake, lake_root.parent().unwrap_or(lake_root), &scope)
}

fn request(lake: &Lake, pipeline: &Pipeline) -> Result<SnapshotRequest> {
    let known = lake.symbols();
    if known.is_empty() {
        return Err(AppError::input("the lake is empty")
            .hint("bring data first: `proofmark ingest parquet FILE` or `proofmark ingest csv FILE`"));
    }
    let present = |symbol: &Symbol| match known.contains(symbol) {
        true => Ok(()),
        false => {
            let near = known.iter().max_by(|a, b| {
                strsim::jaro_winkler(symbol.as_str(), a.as_str())
                    .total_cmp(&strsim::jaro_winkler(symbol.as_str(), b.as_str()))
            });
            Err(AppError::input(format!("the lake has no bars of `{symbol}`")).hint(format!(
                "did you mean `{}`? `proofmark data symbols` lists them all",
                near.map_or("", Symbol::as_str)
            )))
        }
    };
    let benchmark = pipeline.data.benchmark.clone();
    if let Some(benchmark) = &benchmark {
        present(benchmark)?;
    }
    let symbols: Vec<Symbol> = if pipeline.universe.symbols.is_empty() {
        known.iter().filter(|s| Some(*s) != benchmark.as_ref()).cloned().collect()
    } else {
        pipeline.universe.symbols.iter().try_for_each(&present)?;
        pipeline.universe.symbols.clone()
    };
    let observations = pipeline
        .data
        .benchmark_dividend_yield
        .iter()
        .map(|s| s.parse())
        .collect::<std::result::Result<_, _>>();
    let observations: Vec<Symbol> = observations
        .map_err(|e| AppError::input("pipeline key `data.benchmark_dividend_yield`").because(e))?;
    if let Some(missing) = observations.iter().find(|s| !lake.series().contains(s)) {
        return Err(AppError::input(format!("the lake has no observation series `{missing}`"))
            .hint("`proofmark ingest observations FILE --series NAME`, or drop the key from the pipeline"));
    }
    let observation_versions = context::wanted(lake, &pipeline.observations, &symbols)?;
    let last = symbols.iter().filter_map(|s| lake.span(s)).map(|span| span.end).max();
    let end = pipeline.data.end.or(last).unwrap_or(pipeline.data.start);
    let span = DateSpan::new(pipeline.data.start, end).ok_or_else(|| {
        AppError::input(format!("the range {} to {end} is empty", pipeline.data.start))
            .hint("check --start-date and --end-date")
    })?;
    let cleaning = cleaning(pipeline);
    let as_of = None;
    Ok(SnapshotRequest { symbols, span, as_of, benchmark, observations, observation_versions, cleaning })
}

/// Which quality rules act on a pipeline's bars.
///
/// Where splits are taken out of the prices, a jump that is left is a loss or a gain and not a unit: history before it
/// stays, since to set it aside would let no book suffer a crash.
pub(crate) fn cleaning(pipeline: &Pipeline) -> CleanOptions {
    CleanOptions {
        structural_only: pipeline.data.cleaning == Cleaning::StructuralOnly,
        set_aside_before_breaks: pipeline.data.adjust == Adjust::None,
        ..CleanOptions::default()
    }
}

/// The rules every training span of a pipeline follows.
pub(crate) fn train_rules(pipeline: &Pipeline) -> TrainRules {
    let split = &pipeline.split;
    TrainRules {
        window: split.train,
        embargo_sessions: split.embargo_sessions,
        calibration_share: split.calibration_share,
        min_train_rows: split.min_train_rows,
    }
}

/// The walk-forward layout of a pipeline on its data.
pub(crate) fn walk_forward(pipeline: &Pipeline, out_of_sample: DateSpan) -> WalkForward {
    WalkForward {
        first_test: out_of_sample.start,
        last: out_of_sample.end,
        test_months: pipeline.split.test_months,
        rules: train_rules(pipeline),
    }
}

/// A cross-validation by a pipeline's rules; its training window does not apply, since training lies on both sides.
pub(crate) fn combinatorial(pipeline: &Pipeline, spec: CrossValidationSpec) -> CombinatorialPurged {
    let split = &pipeline.split;
    CombinatorialPurged {
        groups: spec.groups,
        test_groups: spec.test_groups,
        embargo_sessions: split.embargo_sessions,
        calibration_share: split.calibration_share,
        min_train_rows: split.min_train_rows,
    }
}
