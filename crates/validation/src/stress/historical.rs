//! Named historical periods, each replayed with a model trained strictly before it.
//!
//! Features of a period are rows of the run's one frame: computed from raw bars since the data's first session, so every
//! indicator is warm when the period begins, and prefix invariance (a canary) makes them independent of what follows.

use proofmark_execution::book::Book;
use proofmark_lifecycle::Evidence;
use proofmark_stats::moments::mean;
use proofmark_stats::performance::max_drawdown;
use proofmark_units::{Date, DateSpan};

use super::measure::total_return;
use crate::record::Recorder;
use crate::{Books, StressPeriod};

/// What happened in one period.
#[derive(Debug, Clone)]
pub enum StressOutcome {
    /// The period was replayed.
    Tested {
        /// The period.
        period: StressPeriod,
        /// Sessions replayed.
        span: DateSpan,
        /// Last date whose label the model's fit could have read; before the period.
        trained_until: DateSpan,
        /// Books over the period.
        books: Box<Books>,
        /// Every name in equal weights, bought on the first session and never touched.
        hold: Box<Book>,
        /// Share of the names it would pick whose label came true; `None` without a pick.
        precision: Option<f64>,
    },
    /// The period lies outside the data, or no model can be trained before it.
    NotTested {
        /// The period.
        period: StressPeriod,
        /// Why.
        why: String,
    },
}

/// What a book did over one period, however it was traded: all that the records of a period read.
#[derive(Debug, Clone)]
pub struct PeriodReturns<'a> {
    /// The period.
    pub period: &'a StressPeriod,
    /// Sessions replayed.
    pub span: DateSpan,
    /// Last date whose label the model's fit could have read.
    pub trained_until: Date,
    /// Net return a session, fractions.
    pub net: &'a [f64],
    /// What it has to beat, by name, over the same sessions.
    pub beside: Vec<(&'a str, &'a [f64])>,
    /// Mean share of equity that was invested at the sessions' ends.
    pub exposure: Option<f64>,
    /// Round trips.
    pub trades: usize,
}

impl<'a> PeriodReturns<'a> {
    /// The figures of a tested period; `None` of one that was not.
    fn of(outcome: &'a StressOutcome) -> Option<Self> {
        let StressOutcome::Tested { period, span, books, trained_until, hold, .. } = outcome else {
            return None;
        };
        let held = hold.net_return.get(1..).unwrap_or_default();
        Some(Self {
            period,
            span: *span,
            trained_until: trained_until.end,
            net: books.net(),
            beside: books.factors().into_iter().chain([("buy_and_hold", held)]).collect(),
            exposure: mean(&books.candidate.exposure),
            trades: books.candidate.trades.len(),
        })
    }
}

/// The records of every period that was replayed, then those behind the gate `risk`: [`period_evidence`] of `outcomes`.
///
/// `required` are the periods the policy and the pipeline insist on.
pub fn stress_evidence(
    recorder: &Recorder,
    outcomes: &[StressOutcome],
    required: &[String],
) -> Vec<Evidence> {
    let tested: Vec<PeriodReturns<'_>> = outcomes.iter().filter_map(PeriodReturns::of).collect();
    period_evidence(recorder, &tested, outcomes.len() - tested.len(), required)
}

/// Return, drawdown, exposure, days and trades of each tested period, null books, buy-and-hold and benchmark beside
/// them, then the records behind the gate `risk`.
///
/// - `not_tested`: how many listed periods lie outside the data or have no model.
/// - `required`: the periods the policy and the pipeline insist on.
pub fn period_evidence(
    recorder: &Recorder,
    tested: &[PeriodReturns<'_>],
    not_tested: usize,
    required: &[String],
) -> Vec<Evidence> {
    let mut out = Vec::new();
    let mut worst: Option<f64> = None;
    for PeriodReturns { period, span, trained_until, net, beside, exposure, trades } in tested {
        let own = Recorder { span: *span, ..recorder.clone() };
        let n = net.len();
        let candidate = total_return(net);
        worst = Some(worst.map_or(candidate, |w| w.min(candidate)));
        let name = |what: &str| format!("stress.{}.{what}", period.id);
        out.push(
            own.record(name("return"), candidate, "fraction", n)
                .with_note(format!("model trained on labels that end by {trained_until}")),
        );
        out.push(own.record(name("max_drawdown"), max_drawdown(net).map(|d| d.depth), "fraction", n));
        for (book, returns) in beside {
            out.push(own.record(name(book), total_return(returns), "fraction", n));
        }
        out.push(own.record(name("exposure"), *exposure, "fraction", n));
        out.push(own.record(name("days"), n as f64, "sessions", n));
        out.push(own.record(name("trades"), *trades as f64, "trades", n));
        let needed = required.contains(&period.id);
        out.push(own.record(name("required"), f64::from(u8::from(needed)), "flag", n));
    }
    let covered = |id: &String| tested.iter().any(|t| t.period.id == *id);
    let share = if required.is_empty() {
        1.0
    } else {
        required.iter().filter(|id| covered(id)).count() as f64 / required.len() as f64
    };
    out.push(
        recorder
            .record("risk.worst_stress_return", worst, "fraction", tested.len())
            .with_note(format!("worst of {} tested periods, {not_tested} not tested", tested.len())),
    );
    let note = if required.is_empty() { "none is required".to_owned() } else { required.join(", ") };
    out.push(recorder.record("risk.required_stress_covered", share, "share", required.len()).with_note(note));
    out
}

#[cfg(test)]
mod tests {
    use proofmark_lifecycle::SpanKind;
    use proofmark_units::Digest;

    use super::*;

    #[test]
    fn the_records_of_two_periods_by_hand() {
        let day = |text: &str| text.parse::<Date>().unwrap();
        let period = |id: &str| StressPeriod {
            id: id.to_owned(),
            name: id.to_owned(),
            start: day("2020-03-02"),
            end: day("2020-03-04"),
            severity: "high".to_owned(),
            markets: Vec::new(),
            source: String::new(),
        };
        let (bad, good) = (period("bad"), period("good"));
        let span = DateSpan { start: day("2020-01-01"), end: day("2020-12-31") };
        let recorder = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of(b"a book") };
        let of = |period, net, exposure| PeriodReturns {
            period,
            span: bad.span(),
            trained_until: day("2020-02-28"),
            net,
            beside: vec![("held", &[-0.2, 0.0])],
            exposure,
            trades: 3,
        };
        let tested = [of(&bad, &[0.1, -0.5], Some(0.4)), of(&good, &[0.0, 0.2], None)];
        let required = ["bad".to_owned(), "elsewhere".to_owned()];
        let records = period_evidence(&recorder, &tested, 5, &required);
        let found = |name: &str| records.iter().find(|record| record.name == name).unwrap();
        let near = |name: &str, want: f64| {
            let value = found(name).value.unwrap();
            assert!((value - want).abs() < 1e-12, "{name}: {value}");
        };
        near("stress.bad.return", 1.1 * 0.5 - 1.0);
        near("stress.bad.max_drawdown", 0.5);
        near("stress.bad.held", -0.2);
        near("stress.bad.exposure", 0.4);
        near("stress.bad.days", 2.0);
        near("stress.bad.trades", 3.0);
        near("stress.bad.required", 1.0);
        near("stress.good.required", 0.0);
        near("risk.worst_stress_return", -0.45);
        near("risk.required_stress_covered", 0.5);
        assert_eq!(found("stress.good.exposure").value, None, "not measured is not 0");
        assert_eq!(
            found("risk.worst_stress_return").note.as_deref(),
            Some("worst of 2 tested periods, 5 not tested")
        );
        assert_eq!(found("stress.bad.return").span, bad.span());
    }
}
