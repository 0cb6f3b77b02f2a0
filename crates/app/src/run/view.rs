//! What a run makes of a snapshot's raw bars: prices without splits, and who may be held when.
//!
//! Invariant: a view reads the bars it is given and nothing later, so the view before the seal knows nothing of what is
//! sealed. Later bars change no earlier member and no event; they scale the prices before a new split by its factor.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_market::actions::{
    Adjust, CorporateAction, DETECTED, Disagreement, Merged, adjustment, detect, market_gaps, merge,
};
use proofmark_market::{Bars, Calendar, Membership, Universe, turnover_members};
use proofmark_units::{DateSpan, Symbol};
use rayon::prelude::*;
use serde::Serialize;

use super::lists::Lists;
use crate::error::{AppError, Result};
use crate::pipeline::{MembershipSpec, Pipeline};

/// Adjusted bars and the universe they are traded in.
pub(crate) struct View {
    /// Of the names that may ever be held, ascending by symbol.
    pub(crate) bars: Vec<Bars>,
    pub(crate) universe: Universe,
    pub(crate) actions: ActionsReport,
}

/// Corporate actions as `data_report.json` tells them.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub(crate) struct ActionsReport {
    /// What is taken out of the prices.
    pub(crate) adjust: Adjust,
    /// Every action and every gap that is none, ascending by symbol and ex-date.
    pub(crate) actions: Vec<CorporateAction>,
    /// Where declared and detected actions differ.
    pub(crate) disagreements: Vec<Disagreement>,
}

/// The view of `raw`, a snapshot's clean bars, with what the lists that the pipeline names say.
pub(crate) fn view(pipeline: &Pipeline, calendar: &Calendar, lists: &Lists, raw: Vec<Bars>) -> Result<View> {
    let spec = &pipeline.universe;
    let membership = match (spec.membership, spec.chosen_at) {
        (MembershipSpec::PointInTime, _) => {
            Membership::PointInTime { spans: member_spans(pipeline, lists, &raw)? }
        }
        (MembershipSpec::WholeMarket, _) => Membership::WholeMarket,
        (MembershipSpec::CarriedBack, Some(chosen_at)) => Membership::CarriedBack { chosen_at },
        (MembershipSpec::CarriedBack, None) => {
            return Err(AppError::bug("a list carried back has no date, and the pipeline was checked"));
        }
    };
    let merged = actions(pipeline, calendar, lists, &raw)?;
    let held: Option<BTreeSet<&Symbol>> = match &membership {
        Membership::PointInTime { spans } => Some(spans.iter().map(|(symbol, _)| symbol).collect()),
        _ => None,
    };
    let kept: Vec<Bars> = raw
        .into_iter()
        .filter(|b| held.as_ref().is_none_or(|held| held.contains(b.symbol())))
        .filter(|b| !spec.exclude.contains(b.symbol()))
        .collect();
    if kept.is_empty() {
        return Err(AppError::input("no name of the lake is ever a member of the universe")
            .hint("`proofmark data universe PIPELINE` shows its members by date"));
    }
    let adjusted = |bars: &Bars| {
        adjustment(bars, &merged.actions, pipeline.data.adjust, None).map(|factors| factors.apply(bars))
    };
    let bars =
        match pipeline.data.adjust {
            Adjust::None => kept,
            _ => kept.par_iter().map(adjusted).collect::<std::result::Result<_, _>>().map_err(|e| {
                AppError::input("failed to take corporate actions out of the prices").because(e)
            })?,
        };
    let pauses = pauses(&bars, &merged.actions);
    let symbols: Vec<Symbol> = bars.iter().map(|b| b.symbol().clone()).collect();
    let groups: Vec<_> =
        lists.groups.iter().filter(|(symbol, ..)| symbols.contains(symbol)).cloned().collect();
    if groups.is_empty() && !lists.groups.is_empty() {
        return Err(AppError::input("`universe.groups` names no symbol of the universe")
            .hint("its column `symbol` must be written as in the lake: `proofmark data universe PIPELINE` shows the names"));
    }
    let universe = Universe { symbols, membership, pauses, groups };
    let Merged { actions, findings } = merged;
    let actions = ActionsReport { adjust: pipeline.data.adjust, actions, disagreements: findings };
    Ok(View { bars, universe, actions })
}

fn member_spans(pipeline: &Pipeline, lists: &Lists, raw: &[Bars]) -> Result<Vec<(Symbol, DateSpan)>> {
    let spec = &pipeline.universe;
    let all = match spec.rank {
        Some(rank) => turnover_members(raw, rank.top, rank.months),
        None => lists.members.clone(),
    };
    let there: BTreeSet<&Symbol> = raw.iter().map(Bars::symbol).collect();
    let wanted = |symbol: &Symbol| there.contains(symbol) && !spec.exclude.contains(symbol);
    let spans: Vec<_> = all.into_iter().filter(|(symbol, _)| wanted(symbol)).collect();
    if spans.is_empty() {
        return Err(AppError::input("the universe has no member among the names of the lake")
            .hint("a turnover rank needs a whole period of bars before the first member; a list needs names that the lake has"));
    }
    Ok(spans)
}

fn actions(pipeline: &Pipeline, calendar: &Calendar, lists: &Lists, raw: &[Bars]) -> Result<Merged> {
    if pipeline.data.adjust == Adjust::None {
        return Ok(Merged { actions: Vec::new(), findings: Vec::new() });
    }
    find_actions(calendar, &lists.declared, raw)
}

/// Detected and declared actions of `raw` as one list.
pub(crate) fn find_actions(
    calendar: &Calendar,
    declared: &[CorporateAction],
    raw: &[Bars],
) -> Result<Merged> {
    let market = market_gaps(raw);
    let found: std::result::Result<Vec<_>, _> =
        raw.par_iter().map(|bars| detect(bars, calendar, &market)).collect();
    let found = found.map_err(|e| AppError::input("failed to look for corporate actions").because(e))?;
    let covered: BTreeMap<Symbol, DateSpan> = raw
        .iter()
        .filter_map(|b| Some((b.symbol().clone(), DateSpan::new(*b.dates().first()?, *b.dates().last()?)?)))
        .collect();
    Ok(merge(declared, &found.concat(), &covered))
}

/// Sessions from a detected split to the close at which it is known: nothing is decided about the name in them, since a
/// view without the split would use what nobody knew yet.
fn pauses(bars: &[Bars], actions: &[CorporateAction]) -> Vec<(Symbol, DateSpan)> {
    let of = |action: &CorporateAction| {
        let own = bars.iter().find(|b| *b.symbol() == action.symbol)?;
        let from = own.dates().partition_point(|date| *date < action.ex_date);
        let known = own.known_ats()[from..].iter().position(|at| *at >= action.known_at)?;
        let last = from + known.checked_sub(1)?;
        Some((action.symbol.clone(), DateSpan { start: own.dates()[from], end: own.dates()[last] }))
    };
    actions.iter().filter(|a| a.kind.is_split() && a.source == DETECTED).filter_map(of).collect()
}
