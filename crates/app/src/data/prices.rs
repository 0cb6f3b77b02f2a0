//! Daily prices of the lake for features and labels by date: with or without their corporate actions, and such that bars that
//! come later change no earlier one.
//!
//! Nothing is set aside for a later jump, prices are scaled from the first bar on, and a bar is known no earlier than the
//! actions of its date. What a large gap means is known some closes after it: until then the name is paused.

use proofmark_lake::{Lake, Table};
use proofmark_market::actions::{
    Adjust, CorporateAction, DETECTED, adjustment_from_first, market_gaps, unjudged,
};
use proofmark_market::{BarRow, Bars, Calendar};
use proofmark_units::{Date, DateSpan, Symbol};

use super::{as_traded, lake_error};
use crate::error::{AppError, Result};
use crate::run::view::find_actions;

/// The bars of every name.
pub(super) struct Prices {
    /// Ascending by symbol, none of them empty.
    pub(super) bars: Vec<Bars>,
    /// Sessions in which it is not known yet what the prices of a name mean.
    pub(super) pauses: Vec<(Symbol, DateSpan)>,
}

impl Prices {
    /// Of all names, since what a gap is depends on the market's: the names that are asked about change no value.
    ///
    /// With [`Adjust::None`] prices are as traded, their breaks included, and nothing is paused.
    ///
    /// # Errors
    /// The lake has no bars or cannot be read, the calendar does not cover them, or an action cannot be applied.
    pub(super) fn of(lake: &Lake, calendar: &Calendar, adjust: Adjust) -> Result<Self> {
        let bars = as_traded(lake, calendar, |_| true)?;
        if bars.is_empty() {
            return Err(AppError::input("the lake holds no bars")
                .hint("fill it first: `proofmark ingest --help` shows how"));
        }
        if adjust == Adjust::None {
            return Ok(Self { bars, pauses: Vec::new() });
        }
        let declared = declared(lake)?;
        let market = market_gaps(&bars);
        let announced = |symbol: &Symbol, date: Date| {
            let of_gap = |a: &CorporateAction| a.symbol == *symbol && a.ex_date == date && a.kind.is_split();
            declared.iter().any(of_gap)
        };
        let mut pauses = Vec::new();
        for own in &bars {
            let open = unjudged(own, &market).into_iter().filter(|span| !announced(own.symbol(), span.start));
            pauses.extend(open.map(|span| (own.symbol().clone(), span)));
        }
        let actions = find_actions(calendar, &declared, &bars)?.actions;
        let adjusted = |bars: &Bars| {
            let factors = adjustment_from_first(bars, &actions, adjust).map_err(|error| {
                AppError::input("failed to take corporate actions out of the prices").because(error)
            })?;
            Ok(factors.apply(&known_with(bars, &declared)?))
        };
        Ok(Self { bars: bars.iter().map(adjusted).collect::<Result<_>>()?, pauses })
    }

    pub(super) fn has(&self, symbol: &Symbol) -> bool {
        self.bars.binary_search_by(|bars| bars.symbol().cmp(symbol)).is_ok()
    }

    pub(super) fn is_paused(&self, symbol: &Symbol, date: Date) -> bool {
        self.pauses.iter().any(|(paused, span)| paused == symbol && span.contains(date))
    }
}

/// Actions that somebody declared to the lake.
fn declared(lake: &Lake) -> Result<Vec<CorporateAction>> {
    let mut declared: Vec<CorporateAction> = Vec::new();
    for symbol in lake.names(Table::CorporateActions) {
        let read = lake.read_facts::<CorporateAction>(&symbol, DateSpan::EVERY, None);
        let own =
            read.map_err(|error| lake_error(&format!("failed to read the actions of `{symbol}`"), error))?;
        declared.extend(own.into_iter().filter(|action| action.source != DETECTED));
    }
    Ok(declared)
}

/// The bars, each from an ex-date on known when the action was: detected ones are, by the close that ends the pause.
fn known_with(bars: &Bars, declared: &[CorporateAction]) -> Result<Bars> {
    let own: Vec<_> = declared.iter().filter(|action| action.symbol == *bars.symbol()).collect();
    if own.is_empty() {
        return Ok(bars.clone());
    }
    let mut rows: Vec<BarRow> = (0..bars.len()).map(|t| bars.row(t)).collect();
    for action in own {
        let from = rows.partition_point(|row| row.date < action.ex_date);
        if from > 0
            && let Some(first) = rows.get_mut(from)
        {
            first.known_at = first.known_at.max(action.known_at);
        }
    }
    Bars::from_rows(bars.symbol().clone(), &rows)
        .map_err(|error| AppError::bug("bars that are known later are no bars").because(error))
}
