//! Money: absolute figures beside the active ones, costs, risk. Absolute Sharpe is printed, never alone.

use proofmark_execution::book::Book;
use proofmark_lifecycle::Evidence;
use proofmark_stats::bootstrap::{StationaryBootstrap, sharpe_interval};
use proofmark_stats::moments::mean;
use proofmark_stats::performance::{
    annualised, cagr, hit_rate, max_drawdown, sharpe_per_period, sortino, worst_window,
};
use proofmark_stats::regression::{newey_west_lag, ols_hac};
use proofmark_units::Seed;

use crate::record::{REPORT_DRAWS, Recorder, interval};
use crate::{Books, Candidate, Track};

/// Absolute figures of the candidate's returns and, beside each, of what it is regressed on.
pub fn return_evidence(recorder: &Recorder, track: &Track<'_>, seed: &Seed) -> Vec<Evidence> {
    let year = track.periods_per_year;
    let settings = StationaryBootstrap {
        draws: REPORT_DRAWS,
        min_block: track.horizon as f64,
        ..StationaryBootstrap::default()
    };
    let mut out = Vec::new();
    let series = std::iter::once(("candidate", track.net)).chain(track.factors.iter().copied());
    for (name, returns) in series {
        let n = returns.len();
        let seed = seed.child(name);
        let sharpe = recorder.record(
            format!("money.{name}.sharpe"),
            sharpe_per_period(returns).map(|s| annualised(s, year)),
            "ratio",
            n,
        );
        out.push(match sharpe_interval(returns, &settings, seed) {
            Ok(bounds) => {
                let best = bounds.studentised.as_ref().or(bounds.percentile.as_ref());
                sharpe
                    .with_interval(interval(best, annualised(1.0, year), "stationary bootstrap"))
                    .with_seed(seed.as_u64())
            }
            Err(error) => sharpe.with_note(error.to_string()),
        });
        out.push(recorder.record(
            format!("money.{name}.annual_return"),
            cagr(returns, year),
            "fraction/year",
            n,
        ));
        let fall = max_drawdown(returns).map(|d| d.depth);
        out.push(recorder.record(format!("money.{name}.max_drawdown"), fall, "fraction", n));
        out.push(recorder.record(format!("money.{name}.sortino"), sortino(returns, 0.0, year), "ratio", n));
    }
    let net = track.net;
    out.push(recorder.record("money.candidate.hit_rate", hit_rate(net), "share", net.len()));
    let quarter = worst_window(net, 63).map(|w| w.total_return);
    out.push(
        recorder
            .record("money.candidate.worst_quarter", quarter, "fraction", net.len())
            .with_note("worst 63 sessions"),
    );
    out
}

/// The candidate's trades, and what the benchmark explains of it.
pub fn money_evidence(recorder: &Recorder, candidate: &Candidate<'_>, books: &Books) -> Vec<Evidence> {
    let (net, year) = (books.net(), candidate.periods_per_year);
    let mut out = vec![recorder.record(
        "money.candidate.trades",
        books.candidate.trades.len() as f64,
        "trades",
        net.len(),
    )];
    if let Some(benchmark) = &books.benchmark {
        let index = benchmark.get(1..).unwrap_or_default();
        let fit = ols_hac(net, &[index], newey_west_lag(net.len(), candidate.horizon)).ok();
        let alpha = fit.as_ref().map(|f| f.intercept.estimate * year);
        let beta = fit.as_ref().and_then(|f| f.slopes.first()?.as_ref().map(|c| c.estimate));
        out.push(recorder.record("money.benchmark.alpha", alpha, "fraction/year", net.len()));
        out.push(recorder.record("money.benchmark.beta", beta, "ratio", net.len()));
        out.push(recorder.record(
            "money.benchmark.missing_sessions",
            books.benchmark_missing as f64,
            "sessions",
            net.len(),
        ));
    }
    out
}

/// The records behind the gate `costs`.
///
/// `at_one` and `at_two` are mean active returns a session at the declared and at twice the declared costs; the
/// break-even multiple extends the line through both.
pub fn cost_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    at_one: Option<f64>,
    at_two: Option<f64>,
) -> Vec<Evidence> {
    let (n, year) = (books.net().len(), candidate.periods_per_year);
    let break_even = at_one.zip(at_two).and_then(|(one, two)| (one > two).then(|| 1.0 + one / (one - two)));
    let capacity = books.candidate.capacity(candidate.config.participation, at_one.unwrap_or(f64::NAN));
    let multiple = recorder.record("costs.break_even_multiple", break_even, "x declared costs", n);
    let binding = recorder.record("costs.capacity_inr", capacity.binding(), "currency", n);
    vec![
        recorder.record("costs.active_mean_at_2x", at_two.map(|m| m * year), "fraction/year", n),
        match break_even {
            Some(_) => multiple,
            None => multiple.with_note("doubling the costs does not lower the active return"),
        },
        match capacity.binding() {
            Some(_) => binding.with_note("capital at which the average order is the participation limit, or impact eats the active return"),
            None => binding.with_note("no volume or no orders to measure it from"),
        },
        recorder.record("costs.dated_share", candidate.costs.dated_share(candidate.span), "share", n),
    ]
}

/// The gross-to-net waterfall, one record a step.
pub fn waterfall_evidence(recorder: &Recorder, candidate: &Candidate<'_>, book: &Book) -> Vec<Evidence> {
    let n = book.net_return.len().saturating_sub(1);
    book.cost_waterfall(candidate.periods_per_year)
        .into_iter()
        .map(|step| recorder.record(format!("waterfall.{}", step.name), step.annual, "fraction/year", n))
        .collect()
}

/// The records behind the gate `risk`, stress apart.
pub fn risk_evidence(recorder: &Recorder, candidate: &Candidate<'_>, books: &Books) -> Vec<Evidence> {
    let (book, net) = (&books.candidate, books.net());
    let largest = book.max_name_weight.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let names: Vec<f64> = book.names_held.iter().map(|n| f64::from(*n)).collect();
    vec![
        recorder.record("risk.max_drawdown", max_drawdown(net).map(|d| d.depth), "fraction", net.len()),
        recorder.record("risk.max_name_weight", largest, "fraction", net.len()),
        recorder.record(
            "risk.turnover_per_year",
            book.turnover_per_year(candidate.periods_per_year),
            "x equity/year",
            net.len(),
        ),
        recorder.record("risk.names_held", mean(&names), "names/day", net.len()),
        recorder.record("risk.mean_exposure", mean(&book.exposure), "fraction", net.len()),
    ]
}
