//! Who may be held when: a pipeline's universe by date.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use proofmark_market::Membership;
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Serialize;

use crate::error::{AppError, Result};
use crate::pipeline::{Overrides, Pipeline};
use crate::run::prepare;
use crate::workspace::Workspace;

/// The universe of a pipeline before its seal.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UniverseOverview {
    /// The pipeline.
    pub pipeline: String,
    /// Whether every membership was known at its own date.
    pub known_as_of: bool,
    /// How it is known, in words.
    pub papers: String,
    /// Names that are members at some time, ascending.
    pub symbols: Vec<Symbol>,
    /// Dates at which members change, ascending; one entry when they never do.
    pub changes: Vec<MemberChange>,
    /// Sessions in which nothing is decided about a name.
    pub pauses: Vec<(Symbol, DateSpan)>,
    /// Names by the groups that the pipeline's list gives them at some time.
    pub groups: BTreeMap<String, BTreeSet<Symbol>>,
    /// Names without any, where there are groups.
    pub ungrouped: Vec<Symbol>,
    /// Members at the date that was asked for.
    pub on: Option<MembersOn>,
}

/// Members that came and went.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MemberChange {
    /// First day of the new membership.
    pub from: Date,
    /// Members from then on.
    pub members: usize,
    /// Who came.
    pub joined: Vec<Symbol>,
    /// Who went.
    pub left: Vec<Symbol>,
}

/// Members at a date.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MembersOn {
    /// The date.
    pub date: Date,
    /// Ascending.
    pub members: Vec<Symbol>,
}

/// The members of `pipeline`'s universe by date; nothing is trained.
///
/// # Errors
/// As a run's: the pipeline, its lists or the lake cannot be used.
pub fn universe(ws: &Workspace, pipeline: &Path, on: Option<Date>) -> Result<UniverseOverview> {
    let pipeline = Pipeline::read(pipeline)?.with(&Overrides::default());
    let data = prepare(&ws.lake(), &pipeline, None)?;
    let universe = &data.universe;
    let always: Vec<(Symbol, DateSpan)>;
    let spans = match &universe.membership {
        Membership::PointInTime { spans } => spans,
        Membership::CarriedBack { .. } | Membership::WholeMarket => {
            let span = data.snapshot.content.span;
            always = universe.symbols.iter().map(|symbol| (symbol.clone(), span)).collect();
            &always
        }
    };
    let at = |date: Date| -> BTreeSet<&Symbol> {
        spans.iter().filter(|(_, span)| span.contains(date)).map(|(symbol, _)| symbol).collect()
    };
    let visible = data.out_of_sample.end;
    let starts = spans.iter().map(|(_, span)| span.start);
    let ends = spans.iter().map(|(_, span)| span.end.plus_days(1));
    let dates: BTreeSet<Date> = starts.chain(ends).filter(|date| *date <= visible).collect();
    let mut before = BTreeSet::new();
    let mut changes = Vec::with_capacity(dates.len());
    for from in dates {
        let now = at(from);
        let list = |set: Vec<&&Symbol>| set.into_iter().map(|s| (*s).clone()).collect();
        changes.push(MemberChange {
            from,
            members: now.len(),
            joined: list(now.difference(&before).collect()),
            left: list(before.difference(&now).collect()),
        });
        before = now;
    }
    if let Some(date) = on.filter(|date| *date > visible) {
        return Err(AppError::input(format!("{date} lies in the sealed span or after it"))
            .hint(format!("the last date before the seal is {visible}")));
    }
    let mut groups: BTreeMap<String, BTreeSet<Symbol>> = BTreeMap::new();
    for (symbol, _, group) in universe.groups.iter().filter(|(_, span, _)| span.start <= visible) {
        groups.entry(group.clone()).or_default().insert(symbol.clone());
    }
    let ungrouped =
        |symbol: &&Symbol| !groups.is_empty() && !groups.values().any(|own| own.contains(*symbol));
    Ok(UniverseOverview {
        pipeline: pipeline.name.clone(),
        known_as_of: universe.known_as_of(),
        papers: crate::run::papers(universe),
        symbols: universe.symbols.clone(),
        changes,
        pauses: universe.pauses.clone(),
        ungrouped: universe.symbols.iter().filter(ungrouped).cloned().collect(),
        groups,
        on: on.map(|date| MembersOn { date, members: at(date).into_iter().cloned().collect() }),
    })
}
