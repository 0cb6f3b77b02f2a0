//! Stress of one instrument: named stretches of history, each by models trained before it, and shocks of the out-of-sample span. The
//! periods are those of every pipeline; of the shocks only those run that mean something to a single position.

mod periods;
mod shocks;

use proofmark_lifecycle::{Evidence, Policy};
use proofmark_stats::moments::mean;
use proofmark_stats::performance::{annualised, max_drawdown, sharpe_per_period};
use proofmark_validation::Recorder;
use proofmark_validation::stress::{Beside, PeriodReturns, SCENARIOS, period_evidence};
use serde::Serialize;
use serde_json::{Value, json};

use self::periods::Periods;
pub(super) use self::periods::replay;
pub(super) use self::shocks::{Grounds, ShockOutcome};
use super::books::{BookAndNulls, total};
use super::definition::ForecastPipeline;
use super::series::Series;
use super::simulate::Traded;

/// Everything that stress found.
pub(super) struct Stress {
    pub(super) periods: Periods,
    pub(super) shocks: Vec<ShockOutcome>,
    /// Periods that the policy and the pipeline insist on.
    required: Vec<String>,
}

/// A book under stress.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Figures {
    /// Compounded net return, a fraction.
    total_return: f64,
    /// Largest fall from a peak, a positive fraction.
    max_drawdown: Option<f64>,
    /// Annual Sharpe ratio; `None` without spread.
    sharpe: Option<f64>,
    /// Mean share of equity that was held at the sessions' ends, whichever way.
    mean_exposure: Option<f64>,
    /// Sessions with a return.
    days: usize,
    /// Round trips.
    trades: usize,
}

impl Figures {
    fn of(traded: &Traded, series: &Series) -> Self {
        let net = &traded.net;
        let sharpe = sharpe_per_period(net).map(|s| annualised(s, series.calendar.periods_per_year()));
        Self {
            total_return: total(net),
            max_drawdown: max_drawdown(net).map(|fall| fall.depth),
            sharpe,
            mean_exposure: mean(&exposure(traded, series)),
            days: net.len(),
            trades: traded.log.trips.len(),
        }
    }
}

/// Share of equity that was held at the end of each session with a return, whichever way.
fn exposure(traded: &Traded, series: &Series) -> Vec<f64> {
    traded.held().iter().map(|held| held.share(series).abs()).collect()
}

fn beside(books: &BookAndNulls) -> Vec<Beside> {
    let of =
        |(name, book): &(&str, Traded)| Beside { name: (*name).to_owned(), total_return: total(&book.net) };
    books.nulls.iter().map(of).collect()
}

impl Stress {
    pub(super) fn new(
        pipeline: &ForecastPipeline,
        policy: &Policy,
        periods: Periods,
        shocks: Vec<ShockOutcome>,
    ) -> Self {
        let mut required = policy.risk.required_stress.periods.clone();
        required.extend(pipeline.stress.required.iter().cloned());
        required.sort();
        required.dedup();
        Self { periods, shocks, required }
    }

    /// Periods and shocks that could not run, each with the reason.
    pub(super) fn not_tested(&self) -> Vec<(String, String)> {
        let periods = self.periods.not_tested.iter().map(|(period, why)| (period.id.clone(), why.clone()));
        let shocks =
            self.shocks.iter().filter_map(|s| Some((s.id.to_owned(), s.shock.as_ref().err()?.clone())));
        let mut all: Vec<(String, String)> = periods.chain(shocks).collect();
        if self.periods.tested.is_empty() {
            let why = "no named stretch of history lies inside the data".to_owned();
            all.push(("historical periods".to_owned(), why));
        }
        all
    }

    /// Scenarios that say nothing of a single position.
    fn others(&self) -> impl Iterator<Item = (String, String)> {
        let own = |id: &str| self.shocks.iter().any(|shock| shock.id == id);
        let others = SCENARIOS.iter().map(|scenario| scenario.id()).filter(move |id| !own(id));
        others.map(|id| (id.to_owned(), "it is run on books of names only".to_owned()))
    }

    /// The records of periods and shocks, those behind the gate `risk` among them; `recorder` stamps the out-of-sample span.
    pub(super) fn evidence(&self, recorder: &Recorder, series: &Series) -> Vec<Evidence> {
        let tested: Vec<PeriodReturns<'_>> = self
            .periods
            .tested
            .iter()
            .map(|replayed| PeriodReturns {
                period: &replayed.period,
                span: replayed.span,
                trained_until: replayed.trained_until,
                net: &replayed.books.candidate.net,
                beside: replayed
                    .books
                    .nulls
                    .iter()
                    .map(|(name, book)| (*name, book.net.as_slice()))
                    .collect(),
                exposure: mean(&exposure(&replayed.books.candidate, series)),
                trades: replayed.books.candidate.log.trips.len(),
            })
            .collect();
        let mut out = period_evidence(recorder, &tested, self.periods.not_tested.len(), &self.required);
        for (id, shock) in self.shocks.iter().filter_map(|s| Some((s.id, s.shock.as_ref().ok()?))) {
            let name = |what: &str| format!("stress.{id}.{what}");
            let (book, plain) = (&shock.candidate, &shock.unstressed);
            out.push(
                recorder
                    .record(name("total_return"), book.total_return, "fraction", book.days)
                    .with_note(shock.what.clone()),
            );
            out.push(recorder.record(name("unstressed_return"), plain.total_return, "fraction", plain.days));
            out.push(recorder.record(name("max_drawdown"), book.max_drawdown, "fraction", book.days));
        }
        out
    }

    /// The parts of `stress_summary.json`.
    pub(super) fn summary(&self, series: &Series) -> Value {
        let tested: Vec<Value> = self
            .periods
            .tested
            .iter()
            .map(|replayed| {
                json!({
                    "period": replayed.period,
                    "replayed": replayed.span,
                    "trained_until": replayed.trained_until,
                    "required": self.required.contains(&replayed.period.id),
                    "candidate": Figures::of(&replayed.books.candidate, series),
                    "beside": beside(&replayed.books),
                })
            })
            .collect();
        let why = |(id, why)| json!({ "id": id, "why": why });
        json!({
            "tested": tested,
            "not_tested": self.not_tested().into_iter().chain(self.others()).map(why).collect::<Vec<_>>(),
            "required": self.required,
            "scenarios": self.shocks.iter().filter_map(ShockOutcome::told).collect::<Vec<_>>(),
        })
    }
}
