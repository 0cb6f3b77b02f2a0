//! Corporate actions: what a source declares, or what prices show.

use proofmark_market::actions::{ActionKind, CorporateAction, Evidence, Ratio};
use proofmark_units::Symbol;

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

const EX_DATE: usize = 0;

/// Two sources may differ about one event, so that the source is part of what a row is about: a declaration never
/// restates a detection.
static SHAPE: Shape = Shape {
    table: Table::CorporateActions,
    name: "corporate action",
    dated: Dated::ByColumn(EX_DATE),
    columns: &[
        Column::key("ex_date", Kind::Date),
        Column::key("kind", Kind::Text),
        Column::key("source", Kind::Text),
        Column::of("value", Kind::Number),
        Column::optional("gap", Kind::Number),
        Column::optional("market_gap", Kind::Number),
        Column::optional("scale", Kind::Number),
        Column::optional("ratio_new", Kind::Whole),
        Column::optional("ratio_old", Kind::Whole),
        Column::optional("fit", Kind::Number),
        Column::optional("turnover_change", Kind::Number),
        Column::optional("range_change", Kind::Number),
        Column::optional("kept", Kind::Number),
        Column::optional("log_odds", Kind::Number),
    ],
};

impl Fact for CorporateAction {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.symbol
    }

    /// The event is the start of the ex-date, or the announcement where that came first.
    fn record(&self) -> Record {
        let seen = self.evidence.as_ref();
        Record {
            event_time: self.ex_date.midnight_utc().min(self.known_at),
            known_at: self.known_at,
            values: vec![
                self.ex_date.into(),
                self.kind.name().into(),
                self.source.as_str().into(),
                self.value.into(),
                seen.map(|e| e.gap).into(),
                seen.map(|e| e.market_gap).into(),
                seen.map(|e| e.scale).into(),
                seen.map(|e| i64::from(e.ratio.new)).into(),
                seen.map(|e| i64::from(e.ratio.old)).into(),
                seen.map(|e| e.fit).into(),
                seen.and_then(|e| e.turnover_change).into(),
                seen.and_then(|e| e.range_change).into(),
                seen.map(|e| e.kept).into(),
                seen.and_then(|e| e.log_odds).into(),
            ],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        let ex_date = fields.date()?;
        let kind = kind(&fields.text()?)?;
        let (source, value) = (fields.text()?, fields.number()?);
        let (gap, market_gap) = (fields.number_if_any()?, fields.number_if_any()?);
        let scale = fields.number_if_any()?;
        let (new, old) = (fields.count_if_any()?, fields.count_if_any()?);
        let fit = fields.number_if_any()?;
        let (turnover_change, range_change) = (fields.number_if_any()?, fields.number_if_any()?);
        let (kept, log_odds) = (fields.number_if_any()?, fields.number_if_any()?);
        // Evidence is there as a whole or not at all.
        let whole = gap.zip(market_gap).zip(scale).zip(new.zip(old)).zip(fit.zip(kept));
        let evidence = whole.map(|((((gap, market_gap), scale), (new, old)), (fit, kept))| Evidence {
            gap,
            market_gap,
            scale,
            ratio: Ratio { new, old },
            fit,
            turnover_change,
            range_change,
            kept,
            log_odds,
        });
        Ok(Self { symbol: name.clone(), ex_date, kind, value, known_at: record.known_at, source, evidence })
    }
}

fn kind(name: &str) -> Result<ActionKind, Misshapen> {
    use ActionKind::{Dividend, ReverseSplit, Split, Unexplained, Unknown};
    let known = [Split, ReverseSplit, Dividend, Unexplained, Unknown];
    let found = known.into_iter().find(|kind| kind.name() == name);
    found.ok_or(Misshapen { column: 1, found: "other text", wanted: "a kind of corporate action" })
}
