//! One frozen candidate: what it is, since when it may be scored, and its books on the window.

use proofmark_ledger::CandidateRecord;
use proofmark_market::Bars;
use proofmark_training::Fold;
use proofmark_units::{Date, DateSpan, Digest, Seed, Symbol};
use proofmark_validation::{ActiveSpan, Books, Candidate, Later, NaiveBook, naive_books, run_books};

use super::window::{Window, first_allowed};
use crate::candidates::unchanged;
use crate::candidates::verify::present;
use crate::data::open_lake;
use crate::error::{AppError, Result};
use crate::pipeline::MembershipSpec;
use crate::run::context::with_context;
use crate::run::curves::Curves;
use crate::run::later::{Scored, costs};
use crate::run::view::view;
use crate::run::{
    FrozenModel, Loaded, Prepared, RunInputs, load, prepare, stored, train_rules, unsealed_raw,
};
use crate::run::{training, validation};
use crate::workspace::Workspace;

/// A candidate whose bytes are as recorded.
pub(super) struct Side {
    pub(super) record: CandidateRecord,
    pub(super) inputs: RunInputs,
    pub(super) model: FrozenModel,
    /// What it was trained on, without the sealed span.
    pub(super) data: Prepared,
    pub(super) curves: Curves,
    /// The walk-forward's regression.
    pub(super) active: ActiveSpan,
    /// Classes the final model was fitted on.
    pub(super) training_classes: Vec<f64>,
    /// Last session that a label of its training or calibration could use.
    last_label: Date,
    first_allowed: Date,
}

/// A side on the window.
pub(super) struct Tested<'a> {
    pub(super) scored: Scored<'a>,
    pub(super) books: Books,
    /// The data it was read from.
    pub(super) snapshot: Digest,
    loaded: Loaded,
    restated: Restated,
}

/// Bars the run has seen that read differently now.
struct Restated {
    bars: u64,
    symbols: Vec<Symbol>,
    first: Option<Date>,
}

impl Side {
    pub(super) fn load(workspace: &Workspace, run: &str) -> Result<Self> {
        let record = unchanged(workspace, run)?;
        let (manifest, _) = present(workspace, &record)?;
        let (_, inputs) = stored(workspace, &record.run_id)?;
        let model = FrozenModel::read(workspace, run)?;
        let name = model.name(workspace);
        let listed = manifest.artifacts.iter().find(|a| a.path == name).map(|a| a.sha256);
        if listed != Some(Digest::of(&model.bytes)) || model.schema() != manifest.feature_schema {
            return Err(AppError::input(format!("`{name}` is not the model of the manifest"))
                .hint("only the bytes that were judged are validated"));
        }
        let data = prepare(&workspace.lake(), &inputs.pipeline, Some(inputs.snapshot))?;
        model.admits(&data.features())?;
        let (ds, rules) = (&data.frame.dataset, train_rules(&inputs.pipeline));
        let last = Fold::up_to(ds, data.holdout.start, &rules).map_err(training)?;
        let rows = || last.fit_rows().iter().chain(last.calibration_rows()).map(|row| *row as usize);
        let last_label = rows().filter_map(|row| ds.label_span(row)).map(|span| span.end).max();
        let last_label = last_label.ok_or_else(|| AppError::bug("a model without a training label"))?;
        let training_classes = last.fit_rows().iter().map(|row| ds.class()[*row as usize]).collect();
        let sealed = record.look.is_none().then_some(data.holdout.end);
        let first_allowed = first_allowed(&data.calendar, last_label, rules.embargo_sessions, sealed)
            .ok_or_else(|| AppError::input("the exchange calendar ends before a later window could begin"))?;
        let curves = Curves::read(workspace, run)?;
        let active = curves.active(inputs.pipeline.label.horizon())?;
        Ok(Self { record, inputs, model, data, curves, active, training_classes, last_label, first_allowed })
    }

    /// The trial that trained it.
    pub(super) fn trial_key(&self) -> Digest {
        crate::json::digest(&(self.inputs.pipeline.score_slice(), self.inputs.snapshot, self.inputs.seed))
    }

    /// The window in sessions of this candidate's calendar.
    pub(super) fn window(&self, workspace: &Workspace, asked: &Window) -> Result<DateSpan> {
        asked.sessions(&open_lake(workspace)?, &self.inputs.symbols, &self.data.calendar)
    }

    /// Refuses a window that training has seen, or that touches a seal nobody opened.
    pub(super) fn admits(&self, workspace: &Workspace, window: DateSpan) -> Result<()> {
        let (run, first) = (&self.record.run_id, self.first_allowed);
        if window.start >= first {
            return Ok(());
        }
        let sealed = self.record.look.is_none() && window.overlaps(&self.data.holdout);
        let why = match sealed {
            true => format!(
                "the window {window} touches the sealed span {} of {run}, which was never opened",
                self.data.holdout
            ),
            false => {
                format!("the window {window} is not later than the training of {run}: {}", self.clearance())
            }
        };
        let lake = open_lake(workspace)?;
        let last = self.inputs.symbols.iter().filter_map(|symbol| lake.span(symbol)).map(|s| s.end).max();
        let hint = match last.is_some_and(|last| last >= first) {
            true => format!("the first date allowed is {first}: --start-date {first}"),
            false => format!(
                "the first date allowed is {first}, and the lake ends before it: ingest later bars{}",
                if sealed {
                    ", or open the sealed span once with `proofmark candidates holdout`"
                } else {
                    ""
                }
            ),
        };
        Err(AppError::input(why).hint(hint))
    }

    /// When it may first be scored, and why.
    pub(super) fn clearance(&self) -> String {
        format!(
            "its last training label ends on {}, {} sessions of embargo follow, the first date allowed is {}",
            self.last_label, self.inputs.pipeline.split.embargo_sessions, self.first_allowed
        )
    }

    /// The naive rules on the walk-forward's span.
    pub(super) fn naive_before(&self, seed: &Seed) -> Result<Vec<NaiveBook>> {
        let pipeline = &self.inputs.pipeline;
        let candidate = Candidate {
            panel: &self.data.frame.panel,
            scores: &[],
            span: self.data.out_of_sample,
            config: &pipeline.book,
            costs: &costs(pipeline)?,
            benchmark: None,
            horizon: pipeline.label.horizon(),
            periods_per_year: self.data.calendar.periods_per_year(),
        };
        naive_books(&candidate, seed).map_err(validation)
    }

    /// Scores the model on the window, from a snapshot that ends with it, and runs its books.
    pub(super) fn test(&self, workspace: &Workspace, window: DateSpan) -> Result<Tested<'_>> {
        let mut now = self.inputs.pipeline.clone();
        if now.universe.membership != MembershipSpec::PointInTime {
            now.universe.symbols.clone_from(&self.inputs.symbols);
        }
        now.data.end = Some(window.end);
        let loaded = load(&workspace.lake(), &now, None)?;
        // One session earlier: the decision at the last close before the window fills on its first open.
        let before = loaded.calendar.sessions().partition_point(|d| *d < window.start);
        let start = before.checked_sub(1).map_or(window.start, |at| loaded.calendar.sessions()[at]);
        let span = DateSpan { start, end: window.end };
        let data = &self.data;
        let view = view(&self.inputs.pipeline, &loaded.calendar, &data.lists, loaded.bars.clone())?;
        let set = with_context(&data.named, &loaded.context);
        let scored = Scored::new(&self.inputs.pipeline, &set, &view, &self.model, span)?;
        let own = scored.candidate(loaded.benchmark.as_ref(), &loaded.income, &loaded.calendar);
        let books = run_books(&own, 1.0).map_err(validation)?;
        let seen = match (&self.record.look, &data.raw) {
            (Some(_), _) => &unsealed_raw(&workspace.lake(), data)?,
            (None, Some(raw)) => raw,
            (None, None) => &data.bars,
        };
        let restated = restated(seen, &loaded.bars);
        let snapshot = loaded.snapshot.id;
        Ok(Tested { scored, books, snapshot, loaded, restated })
    }

    /// What a reader must know before the verdict.
    pub(super) fn findings(&self, tested: &Tested<'_>, window: DateSpan, looks: u64) -> Vec<String> {
        let mut out = Vec::new();
        if self.data.holdout.overlaps(&window) {
            out.push(format!(
                "The window touches the sealed span {}, which was opened; these dates have had {looks} look(s).",
                self.data.holdout
            ));
        }
        let Restated { bars, symbols, first } = &tested.restated;
        if let Some(first) = first {
            out.push(format!(
                "History was restated: {bars} bars of {} symbol(s) that the run has seen read differently now, the first on {first} ({}).",
                symbols.len(),
                symbols.iter().take(5).map(Symbol::as_str).collect::<Vec<_>>().join(", ")
            ));
        }
        for symbol in &tested.loaded.snapshot.without_bars {
            out.push(format!("No bar is left of {symbol}."));
        }
        out
    }
}

impl Tested<'_> {
    pub(super) fn candidate(&self) -> Candidate<'_> {
        let Loaded { benchmark, income, calendar, .. } = &self.loaded;
        self.scored.candidate(benchmark.as_ref(), income, calendar)
    }

    pub(super) fn later<'b>(&'b self, side: &'b Side) -> Later<'b> {
        Later { active: &side.active, books: &self.books }
    }
}

/// Compares what the run saw with what the lake says now, over the run's own dates.
fn restated(seen: &[Bars], now: &[Bars]) -> Restated {
    let mut out = Restated { bars: 0, symbols: Vec::new(), first: None };
    for was in seen {
        let is = now.iter().find(|bars| bars.symbol() == was.symbol());
        let changed = was.dates().iter().enumerate().filter(|(row, date)| {
            let found = is.and_then(|is| Some(is.row(is.dates().binary_search(date).ok()?)));
            let was = was.row(*row);
            let same = |a: f64, b: f64| a.to_bits() == b.to_bits();
            !found.is_some_and(|is| {
                same(is.open, was.open)
                    && same(is.high, was.high)
                    && same(is.low, was.low)
                    && same(is.close, was.close)
                    && same(is.volume, was.volume)
            })
        });
        let dates: Vec<Date> = changed.map(|(_, date)| *date).collect();
        if let Some(first) = dates.first() {
            out.bars += dates.len() as u64;
            out.symbols.push(was.symbol().clone());
            out.first = Some(out.first.map_or(*first, |known| known.min(*first)));
        }
    }
    out
}
