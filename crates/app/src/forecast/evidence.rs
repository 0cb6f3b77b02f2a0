//! What is measured out of sample, under the names that gates read.

use proofmark_lifecycle::{Evidence, SpanKind};
use proofmark_stats::performance::max_drawdown;
use proofmark_stats::regression::newey_west_lag;
use proofmark_stats::skill::hit_rate_test;
use proofmark_units::{DateSpan, Digest, Seed};
use proofmark_validation::{
    ActiveSpan, Recorder, Rivals, TrialFacts, active_evidence, return_evidence, rival_evidence,
    selection_evidence, trial_evidence,
};

use super::books::{Books, turnover};
use super::definition::ForecastPipeline;
use super::series::Series;
use super::signals::Call;
use super::simulate::Market;
use crate::error::Result;
use crate::run::validation;

/// Everything that is tested on the candidate's returns.
pub(super) fn measure(
    pipeline: &ForecastPipeline,
    series: &Series,
    market: &Market<'_>,
    calls: &[Call],
    books: &Books,
    trials: &TrialFacts,
    seed: &Seed,
) -> Result<(ActiveSpan, Vec<Evidence>)> {
    let year = series.calendar.periods_per_year();
    let horizon = pipeline.horizon();
    let own = &books.candidate;
    let span =
        span(own).unwrap_or(DateSpan { start: pipeline.data.first_test, end: pipeline.data.first_test });
    let track = books.track(horizon, year);
    let active = track.active().map_err(validation)?;
    let money = Recorder { kind: SpanKind::OutOfSample, span, source: Digest::of_f64s(&own.net) };
    let actives = Recorder { source: Digest::of_f64s(&active.fit.series), ..money.clone() };
    let draws = pipeline.tests.bootstrap_draws;
    let mut out = active_evidence(&actives, &track, &active, draws, seed);
    out.extend(trial_evidence(&actives, &active, trials));
    out.extend(skill(series, calls, &money));
    let rivals = Rivals { naive: &books.naive, champion: None, draws };
    out.extend(rival_evidence(&actives, &track, &active, &rivals, seed));
    out.extend(selection_evidence(&actives, &active, trials));
    out.extend(costs(books, market, &active, &money, horizon, year, span));
    out.extend(risk(pipeline, market, books, &money, year));
    out.extend(return_evidence(&money, &track, &seed.child("money")));
    let n = own.net.len();
    out.push(money.record("money.candidate.trades", own.log.trips.len() as f64, "trades", n));
    out.push(
        money
            .record("random_directions.p", books.random_p(), "p", books.random.len())
            .with_note("share of books with the candidate's directions dealt anew that earned as much"),
    );
    Ok((active, out))
}

fn span(traded: &super::simulate::Traded) -> Option<DateSpan> {
    DateSpan::new(*traded.dates.first()?, *traded.dates.last()?)
}

/// Whether forecasts and what followed point the same way, beyond what their own shares give.
fn skill(series: &Series, calls: &[Call], recorder: &Recorder) -> Vec<Evidence> {
    let pairs: Vec<(bool, bool)> = calls
        .iter()
        .filter(|call| call.forecast != 0.0)
        .filter_map(|call| Some((call.forecast > 0.0, call.outcome(series)? > 0.0)))
        .collect();
    let (said, came): (Vec<bool>, Vec<bool>) = pairs.into_iter().unzip();
    // Decisions do not overlap: each is over before the next.
    match hit_rate_test(&said, &came, newey_west_lag(said.len(), 1)) {
        Ok(test) => {
            let note = format!(
                "{:.1} % by chance, with {:.1} % of forecasts and {:.1} % of outcomes up; Pesaran and Timmermann (1992), Newey-West lag {}",
                test.expected * 100.0,
                test.share_predicted_up * 100.0,
                test.share_up * 100.0,
                test.lag
            );
            vec![
                recorder.record("score_skill.hit_rate", test.hit_rate, "share", test.n).with_note(note),
                recorder.record("score_skill.p_hac", test.p_one_sided, "p", test.n),
                recorder.record(
                    "score_skill.effective_observations",
                    test.n_effective,
                    "observations",
                    test.n,
                ),
            ]
        }
        Err(error) => vec![
            recorder.missing("score_skill.hit_rate", "share", &error),
            recorder.missing("score_skill.p_hac", "p", &error),
            recorder.missing("score_skill.effective_observations", "observations", &error),
        ],
    }
}

fn costs(
    books: &Books,
    market: &Market<'_>,
    active: &ActiveSpan,
    recorder: &Recorder,
    horizon: usize,
    year: f64,
    span: DateSpan,
) -> Vec<Evidence> {
    let n = books.candidate.net.len();
    let at = |multiple: f64| {
        let (_, traded) = books.at_costs.iter().find(|(m, _)| *m == multiple)?;
        let active = books.track_of(traded, horizon, year).active().ok()?;
        Some(active.fit.alpha_per_period)
    };
    let (one, two) = (active.fit.alpha_per_period, at(2.0));
    let break_even = two.filter(|two| one > *two).map(|two| 1.0 + one / (one - two));
    vec![
        recorder.record("costs.active_mean_at_2x", two.map(|m| m * year), "fraction/year", n),
        recorder.record("costs.active_mean_at_3x", at(3.0).map(|m| m * year), "fraction/year", n),
        recorder.record("costs.active_mean_before", at(0.0).map(|m| m * year), "fraction/year", n).with_note(
            "without the costs of fills; holding is charged, and what it is compared with pays both",
        ),
        recorder.record("costs.break_even_multiple", break_even, "x declared costs", n),
        recorder.missing("costs.capacity_inr", "currency", "no volume to measure it from"),
        recorder.record("costs.dated_share", market.costs().dated_share(span), "share", n),
    ]
}

fn risk(
    pipeline: &ForecastPipeline,
    market: &Market<'_>,
    books: &Books,
    recorder: &Recorder,
    year: f64,
) -> Vec<Evidence> {
    let own = &books.candidate;
    let n = own.net.len();
    let mut equity = pipeline.account.capital;
    let mut largest: f64 = 0.0;
    for trip in &own.log.trips {
        largest = largest.max(trip.quantity * trip.entry_price / equity);
        equity += trip.net();
    }
    vec![
        recorder.record("risk.max_drawdown", max_drawdown(&own.net).map(|d| d.depth), "fraction", n),
        recorder
            .record("risk.max_name_weight", largest, "fraction", n)
            .with_note("largest position at its entry, of equity"),
        recorder.record("risk.turnover_per_year", turnover(own, market.capital(), year), "x equity/year", n),
    ]
}
