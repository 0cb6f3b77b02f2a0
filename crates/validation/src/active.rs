//! Active return: what the candidate adds to holding the same things without a model (EVIDENCE 1).

use proofmark_lifecycle::Evidence;
use proofmark_stats::active::{ActiveReturn, appraisal_ratio};
use proofmark_stats::bootstrap::{StationaryBootstrap, mean_test, sharpe_interval};
use proofmark_stats::performance::annualised;
use proofmark_units::{Date, Seed};

use crate::record::{REPORT_DRAWS, Recorder, interval};
use crate::{Books, Candidate, Track, ValidationError};

/// Active returns of a span with the regression behind them.
#[derive(Debug, Clone, PartialEq)]
pub struct ActiveSpan {
    /// Dates of the series.
    pub dates: Vec<Date>,
    /// The regression; `series` is intercept + residual a period.
    pub fit: ActiveReturn,
}

impl ActiveSpan {
    /// Net returns of a later span less this span's betas times the books of the later one: nothing is fitted there.
    pub fn beyond(&self, net: &[f64], factors: &[(&str, &[f64])]) -> Vec<f64> {
        let hedges: Vec<(f64, &[f64])> = self
            .fit
            .betas
            .iter()
            .filter_map(|beta| {
                let (_, returns) = factors.iter().find(|(name, _)| *name == beta.name)?;
                Some((beta.beta?, *returns))
            })
            .collect();
        let hedge = |t: usize| hedges.iter().map(|(beta, returns)| beta * returns[t]).sum::<f64>();
        net.iter().enumerate().map(|(t, net)| net - hedge(t)).collect()
    }
}

/// Regresses the candidate's net returns on its null books and the benchmark.
///
/// # Errors
/// [`ValidationError::Regression`] when there are too few periods or a return is not finite.
pub fn active_span(candidate: &Candidate<'_>, books: &Books) -> Result<ActiveSpan, ValidationError> {
    Track::of(candidate, books).active()
}

/// The records behind the gate `active_return`, and the betas.
pub fn active_evidence(
    recorder: &Recorder,
    track: &Track<'_>,
    active: &ActiveSpan,
    draws: usize,
    seed: &Seed,
) -> Vec<Evidence> {
    let series = &active.fit.series;
    let (n, year) = (series.len(), track.periods_per_year);
    let settings =
        StationaryBootstrap { draws, min_block: track.horizon as f64, ..StationaryBootstrap::default() };
    let seeds = (seed.child("active_mean"), seed.child("appraisal"));
    let mut out = vec![
        recorder
            .record("active_return.periods", n as f64, "daily periods", n)
            .with_note("sessions with a return, the first decision date excluded"),
    ];
    match mean_test(series, &settings, seeds.0) {
        Ok(test) => {
            let note = format!(
                "studentised stationary bootstrap, {} draws, mean block {:.1} sessions, t {:.3}",
                test.draws, test.block_length, test.t
            );
            out.push(
                recorder
                    .record("active_return.p_bootstrap", test.p_one_sided, "p", n)
                    .with_n_effective(n as f64 / test.block_length)
                    .with_seed(seeds.0.as_u64())
                    .with_note(note),
            );
            out.push(
                recorder
                    .record("active_return.annual_mean", test.mean * year, "fraction/year", n)
                    .with_interval(interval(test.interval.as_ref(), year, "studentised stationary bootstrap"))
                    .with_seed(seeds.0.as_u64()),
            );
        }
        Err(error) => {
            out.push(recorder.missing("active_return.p_bootstrap", "p", &error));
            out.push(recorder.missing("active_return.annual_mean", "fraction/year", &error));
        }
    }
    out.push(
        recorder
            .record("active_return.t_hac", active.fit.t_hac, "t", n)
            .with_note(format!("Newey-West, Bartlett kernel, lag {}", active.fit.lag)),
    );
    let ratio = recorder.record("active_return.appraisal_ratio", appraisal_ratio(series, year), "ratio", n);
    let reported = StationaryBootstrap { draws: REPORT_DRAWS, ..settings };
    out.push(match sharpe_interval(series, &reported, seeds.1) {
        Ok(bounds) => {
            let best = bounds.studentised.as_ref().or(bounds.percentile.as_ref());
            ratio
                .with_interval(interval(best, annualised(1.0, year), "stationary bootstrap"))
                .with_seed(seeds.1.as_u64())
        }
        Err(error) => ratio.with_note(error.to_string()),
    });
    for beta in &active.fit.betas {
        let record = recorder.record(format!("active_return.beta.{}", beta.name), beta.beta, "ratio", n);
        out.push(match beta.beta {
            Some(_) => record,
            None => record.with_note("left out: a linear combination of the books before it"),
        });
    }
    out.push(recorder.record("active_return.r2", active.fit.r2, "share", n));
    out
}
