//! Named periods, replayed by the rule's own decisions in them. Every decision is forecast by models fitted on what was over at it, so
//! whatever trains a period ended before it began.

use proofmark_units::{Date, DateSpan};
use proofmark_validation::StressPeriod;

use crate::error::Result;
use crate::forecast::books::BookAndNulls;
use crate::forecast::definition::ForecastPipeline;
use crate::forecast::series::Series;
use crate::forecast::signals::Call;
use crate::forecast::simulate::Market;
use crate::run::stress::outside;

/// A period that was replayed.
pub(in crate::forecast) struct Replayed {
    pub(super) period: StressPeriod,
    /// Sessions replayed: from the first decision's to the period's last.
    pub(super) span: DateSpan,
    /// Close that the first decision knew: the latest that a label of its models could use.
    pub(super) trained_until: Date,
    /// Books that begin with the period: full capital, nothing held, no trades to remember.
    pub(super) books: BookAndNulls,
}

/// What became of the listed periods.
pub(in crate::forecast) struct Periods {
    pub(super) tested: Vec<Replayed>,
    /// With the reason.
    pub(super) not_tested: Vec<(StressPeriod, String)>,
}

/// Replays the `listed` periods: the decisions that begin and end in each.
///
/// - `calls`: those out of sample.
/// - `earlier`: those before the first test, asked for when a period inside the data begins there.
pub(in crate::forecast) fn replay(
    pipeline: &ForecastPipeline,
    series: &Series,
    listed: Vec<StressPeriod>,
    calls: &[Call],
    earlier: impl FnOnce() -> Result<Vec<Call>>,
) -> Result<Periods> {
    let mut periods = Periods { tested: Vec::new(), not_tested: Vec::new() };
    let dates = series.dates();
    let Some(data) = dates.first().zip(dates.last()).and_then(|(first, last)| DateSpan::new(*first, *last))
    else {
        return Ok(periods);
    };
    let begins_early =
        |p: &StressPeriod| outside(p.span(), data).is_none() && p.start < pipeline.data.first_test;
    let mut all = if listed.iter().any(begins_early) { earlier()? } else { Vec::new() };
    all.extend_from_slice(calls);
    for period in listed {
        if let Some(why) = outside(period.span(), data) {
            periods.not_tested.push((period, why.to_owned()));
            continue;
        }
        let inside = |call: &&Call| call.decision.date >= period.start && call.decision.last <= period.end;
        let own: Vec<Call> = all.iter().filter(inside).cloned().collect();
        let Some(first) = own.first() else {
            let why = "no decision that begins and ends in it has a model trained before it".to_owned();
            periods.not_tested.push((period, why));
            continue;
        };
        let end = dates.partition_point(|date| *date <= period.end);
        let market = Market::over(pipeline, series, first.decision.row..end)?;
        periods.tested.push(Replayed {
            span: DateSpan { start: first.decision.date, end: dates[end - 1] },
            trained_until: dates[first.decision.row],
            books: BookAndNulls::trade(&market, &own)?,
            period,
        });
    }
    Ok(periods)
}
