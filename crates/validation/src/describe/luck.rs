//! What luck alone would show, and how long a record must be to be more than luck.

use proofmark_lifecycle::Evidence;
use proofmark_stats::moments::{kurtosis, skewness};
use proofmark_stats::performance::{annualised, sharpe_per_period};
use proofmark_stats::regression::newey_west_lag;
use proofmark_stats::sharpe::{
    annual_sharpe, best_of_n_luck, dsr, min_backtest_length, min_track_record_length,
};

use crate::record::{Recorder, normal_interval};
use crate::trials::TrialCount;
use crate::{ActiveSpan, Books, Candidate, TrialFacts};

/// One minus the confidence of a minimum track record.
const ALPHA: f64 = 0.05;

/// `luck.*`, Sharpe ratios that allow for autocorrelation, and the robust error of the active return.
pub(super) fn luck_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    books: &Books,
    active: &ActiveSpan,
    facts: &TrialFacts,
) -> Vec<Evidence> {
    let (series, year) = (&active.fit.series, candidate.periods_per_year);
    let n = series.len();
    let trials = TrialCount::of(active, facts);
    let shape = sharpe_per_period(series).zip(skewness(series)).zip(kurtosis(series));
    let no_spread = "the active returns have no spread";
    let mut out = Vec::new();

    for (suffix, count) in [("", trials.effective), ("_full_n", trials.all)] {
        let count = usize::try_from(count).unwrap_or(usize::MAX);
        let deflated = shape.and_then(|((sr, g3), g4)| dsr(sr, n, g3, g4, count, trials.between));
        let expected = deflated.as_ref().map(|d| annualised(d.sr_star, year));
        let own = |name: &str, value: Option<f64>, unit: &str, note: String| match value {
            Some(value) => recorder.record(format!("luck.{name}{suffix}"), value, unit, n).with_note(note),
            None => recorder.missing(format!("luck.{name}{suffix}"), unit, note),
        };
        let why =
            |value: Option<f64>, note: String| if value.is_some() { note } else { no_spread.to_owned() };
        let what =
            format!("annual Sharpe ratio that the best of {count} skill-less trials is expected to show");
        out.push(own("expected_sharpe", expected, "ratio", why(expected, what)));
        let high = best_of_n_luck(count, n, year).map(|luck| luck.quantile_95);
        let what =
            format!("annual Sharpe ratio that the best of {count} skill-less trials exceeds in 5 % of cases");
        out.push(own("quantile_95_sharpe", high, "ratio", why(high, what)));
        let ratio = sharpe_per_period(series).map(|s| annualised(s, year));
        let years = ratio.and_then(|ratio| min_backtest_length(ratio, count));
        let note = match years {
            Some(_) => {
                format!("years in which the best of {count} skill-less trials is expected to show as much")
            }
            None => "the active return is not above zero".to_owned(),
        };
        out.push(own("min_backtest", years, "years", note));
        let least = deflated.and_then(|d| {
            let ((sr, g3), g4) = shape?;
            min_track_record_length(sr, d.sr_star, g3, g4, ALPHA)
        });
        let note = match least {
            Some(_) => {
                format!("sessions until a Sharpe ratio like this exceeds the luck of {count} trials at 95 %")
            }
            None => format!(
                "the Sharpe ratio does not exceed the luck of {count} trials: no record is long enough"
            ),
        };
        out.push(own("min_track_record", least, "sessions", note));
    }

    let net = books.net();
    for (name, returns) in [("lo.active_sharpe", series.as_slice()), ("lo.net_sharpe", net)] {
        let lag = newey_west_lag(returns.len(), candidate.horizon);
        let found = annual_sharpe(returns, year.round().max(0.0) as usize, candidate.horizon, lag);
        out.push(match found {
            Some(found) => recorder
                .record(name, found.adjusted, "ratio", found.n)
                .with_interval(normal_interval(found.adjusted, found.std_error, "delta method, Newey-West"))
                .with_note(format!(
                    "{} autocorrelations allowed for; {:.3} by the square root of time",
                    found.lags, found.square_root
                )),
            None => recorder.missing(name, "ratio", "no spread, or too few periods for its autocorrelations"),
        });
    }
    let fit = &active.fit;
    out.push(
        recorder
            .record("active_return.std_error_hac", fit.std_error * year, "fraction/year", n)
            .with_note(format!("Newey-West, Bartlett kernel, lag {}", fit.lag)),
    );
    out.push(match fit.p_one_sided {
        Some(p) => recorder.record("active_return.p_hac", p, "p", n),
        None => recorder.missing("active_return.p_hac", "p", no_spread),
    });
    out
}
