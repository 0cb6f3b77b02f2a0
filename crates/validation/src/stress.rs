//! Stress periods, replayed with models trained strictly before each.

use proofmark_lifecycle::Evidence;
use proofmark_stats::performance::max_drawdown;
use proofmark_units::DateSpan;

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
    },
    /// The period lies outside the data, or no model can be trained before it.
    NotTested {
        /// The period.
        period: StressPeriod,
        /// Why.
        why: String,
    },
}

fn total(returns: &[f64]) -> f64 {
    returns.iter().fold(1.0, |w, r| w * (1.0 + r)) - 1.0
}

/// Return, drawdown, null books and benchmark of each tested period, then the records behind the gate `risk`.
///
/// `required` are the periods the policy and the pipeline insist on.
pub fn stress_evidence(
    recorder: &Recorder,
    outcomes: &[StressOutcome],
    required: &[String],
) -> Vec<Evidence> {
    let mut out = Vec::new();
    let mut worst: Option<f64> = None;
    let mut tested = 0;
    for outcome in outcomes {
        let StressOutcome::Tested { period, span, books, trained_until } = outcome else { continue };
        tested += 1;
        let own = Recorder { span: *span, ..recorder.clone() };
        let net = books.net();
        let candidate = total(net);
        worst = Some(worst.map_or(candidate, |w| w.min(candidate)));
        let name = |what: &str| format!("stress.{}.{what}", period.id);
        out.push(
            own.record(name("return"), candidate, "fraction", net.len())
                .with_note(format!("model trained on labels that end by {}", trained_until.end)),
        );
        out.push(own.record(name("max_drawdown"), max_drawdown(net).map(|d| d.depth), "fraction", net.len()));
        for (book, returns) in books.factors() {
            out.push(own.record(name(book), total(returns), "fraction", net.len()));
        }
    }
    let covered = |id: &String| {
        outcomes.iter().any(|o| matches!(o, StressOutcome::Tested { period, .. } if period.id == *id))
    };
    let share = if required.is_empty() {
        1.0
    } else {
        required.iter().filter(|id| covered(id)).count() as f64 / required.len() as f64
    };
    out.push(
        recorder
            .record("risk.worst_stress_return", worst, "fraction", tested)
            .with_note(format!("worst of {tested} tested periods, {} not tested", outcomes.len() - tested)),
    );
    let note = if required.is_empty() { "none is required".to_owned() } else { required.join(", ") };
    out.push(recorder.record("risk.required_stress_covered", share, "share", required.len()).with_note(note));
    out
}
