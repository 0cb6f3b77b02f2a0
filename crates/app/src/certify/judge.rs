//! One candidate from its scores to every verdict: the same books, suite and gates as a run.
//!
//! No pipeline is trained here, so the canaries of training have nothing to look at; they are given as clear, lest a
//! refusal be owed to a canary that could not run. The universe canary and the data gate see the family's own papers.

use proofmark_execution::book::{NaiveRule, run_book};
use proofmark_lifecycle::{EvidenceSet, Policy, SpanKind, canaries, judge_all};
use proofmark_market::Membership;
use proofmark_units::{DateSpan, Digest, Seed};
use proofmark_validation::{
    Candidate, DataFacts, Recorder, Rivals, StressOutcome, StressPeriod, SuiteInputs, ValidationError,
    canary, data_evidence, naive_books, run_books, stress_evidence, suite,
};

use super::world::{Case, HORIZON};
use super::{Outcome, Variant, dsr_at};
use crate::error::{AppError, Result};

const DRAWS: usize = 10_000;
const PERIODS_PER_YEAR: f64 = 252.0;
/// The one canary that has something to look at here: the family's own papers.
const UNIVERSE: &str = "universe_membership";

pub(super) fn judge(case: &Case, seed: &Seed) -> Result<Outcome> {
    let bug = |e: ValidationError| AppError::bug("a certification world cannot be judged").because(e);
    let own = candidate(case, case.market.span);
    let books = run_books(&own, 1.0).map_err(bug)?;
    let naive = naive_books(&own, &seed.child("naive")).map_err(bug)?;
    let (panel, span) = (&case.market.panel, case.market.span);
    let cells = panel.at_or_after(span.start) * panel.width()
        ..panel.at_or_after(span.end.plus_days(1)) * panel.width();
    let source = Digest::of_f64s(&case.scores[cells.clone()]);
    let recorder = Recorder { kind: SpanKind::OutOfSample, span, source };
    let inputs = SuiteInputs {
        scores: &case.scores[cells.clone()],
        forward: &case.market.forward[cells.clone()],
        rivals: Rivals { naive: &naive, champion: None, draws: DRAWS },
        trials: &case.trials,
    };
    let mut outcome = Outcome {
        family: String::new(),
        variant: Variant::Costs,
        world: 0,
        gates: Vec::new(),
        appraisal: None,
        p: None,
        dsr_at: [None; 4],
        rank_ic: None,
        turnover: None,
    };
    // A book that never trades has no regression; its records are missing and every gate cannot tell.
    let mut evidence = match suite(&recorder, &own, &books, &inputs, &seed.child("suite")) {
        Ok((active, evidence)) => {
            outcome.dsr_at = dsr_at(&active.fit.series);
            evidence
        }
        Err(_) if books.candidate.fills.is_empty() => Vec::new(),
        Err(error) => return Err(bug(error)),
    };
    let stressed: Vec<StressOutcome> =
        case.market.stress.iter().map(|p| stress(case, p)).collect::<Result<_>>()?;
    evidence.extend(stress_evidence(&recorder, &stressed, &[]));
    let known = !matches!(case.membership, Membership::CarriedBack { .. });
    let observed = (0..panel.len() * panel.width()).filter(|c| panel.close[*c].is_finite()).count() as u64;
    let facts = DataFacts {
        universe_known: known,
        membership: "as the family says".to_owned(),
        observed,
        expected: observed,
        open_errors: 0,
        stale_sessions: 0,
    };
    evidence.extend(data_evidence(&recorder, &facts));
    let of_training = canaries().filter(|name| *name != UNIVERSE);
    evidence.extend(of_training.map(|name| canary(&recorder, name, 1, Some(Ok(())))));
    evidence.push(canary(&recorder, UNIVERSE, panel.width(), known.then_some(Ok(()))));
    let set = EvidenceSet::from_records(evidence)
        .map_err(|e| AppError::bug("two evidence records share a name").because(e))?;
    outcome.appraisal = set.value("active_return.appraisal_ratio");
    outcome.p = set.value("active_return.p_bootstrap");
    outcome.rank_ic = set.value("score_skill.rank_ic");
    outcome.turnover = set.value("risk.turnover_per_year");
    outcome.gates = judge_all(&set, &Policy::default()).into_iter().map(|g| (g.gate, g.verdict)).collect();
    Ok(outcome)
}

pub(super) fn candidate(case: &Case, span: DateSpan) -> Candidate<'_> {
    Candidate {
        panel: &case.market.panel,
        scores: &case.scores,
        span,
        config: &case.config,
        costs: &case.costs,
        benchmark: Some((&case.market.benchmark, &[])),
        horizon: HORIZON,
        periods_per_year: PERIODS_PER_YEAR,
    }
}

fn stress(case: &Case, (id, span): &(String, DateSpan)) -> Result<StressOutcome> {
    let period = StressPeriod {
        id: id.clone(),
        name: id.clone(),
        start: span.start,
        end: span.end,
        severity: "high".to_owned(),
        markets: Vec::new(),
        source: "the simulated market's own worst stretches".to_owned(),
    };
    if span.start < case.market.span.start || span.end > case.market.span.end {
        return Ok(StressOutcome::NotTested { period, why: "outside the span".to_owned() });
    }
    let books = run_books(&candidate(case, *span), 1.0)
        .map_err(|e| AppError::bug("a stress period cannot be replayed").because(e))?;
    let trained_until = DateSpan { start: case.market.panel.dates[0], end: span.start };
    let hold = NaiveRule::BuyAndHold.config(&case.config);
    let hold = run_book(&case.market.panel, None, &hold, &case.costs, *span)
        .map_err(|e| AppError::bug("a stress period cannot be held through").because(e))?;
    Ok(StressOutcome::Tested {
        span: *span,
        period,
        trained_until,
        books: Box::new(books),
        hold: Box::new(hold),
        precision: None,
    })
}
