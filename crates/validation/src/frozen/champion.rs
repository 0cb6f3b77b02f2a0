//! Candidate and champion on one window.

use proofmark_lifecycle::Evidence;
use proofmark_stats::bootstrap::{sharpe_difference, sharpe_interval};
use proofmark_stats::performance::{annualised, sharpe_per_period};
use proofmark_units::{Date, Seed};

use super::rivals::scale;
use super::{Bench, Later, minus, p_above};
use crate::ActiveSpan;
use crate::record::interval;

impl Bench<'_> {
    /// Candidate and champion in active returns, each beyond its own null books, the champion at the candidate's
    /// walk-forward volatility; and the two Sharpe ratios with their difference.
    pub(super) fn champion(
        &self,
        own: Later<'_>,
        champion: &Later<'_>,
        active: &[f64],
        seed: &Seed,
    ) -> Vec<Evidence> {
        let name = "frozen.champion";
        let n = active.len();
        if own.books.dates() != champion.books.dates() {
            let why = "the champion's book does not trade on the same sessions as the candidate's";
            return ["p_champion", "p_candidate"]
                .map(|what| self.recorder.missing(format!("{name}.{what}"), "p", why))
                .to_vec();
        }
        let scale = scale(&own.active.fit.series, &champion.active.fit.series);
        let theirs = champion.active.beyond(champion.books.net(), &champion.books.factors());
        let theirs: Vec<f64> = theirs.iter().map(|r| scale * r).collect();
        let ahead = minus(active, &theirs);
        let mut out = Vec::new();
        let mut record = |what: &str, series: &[f64]| {
            let (name, seed) = (format!("{name}.{what}"), seed.child(what));
            let tested = p_above(series, &self.settings, seed);
            out.push(self.p(&name, &tested, n, seed));
            tested
        };
        record("p_champion", &minus(&theirs, active)).ok();
        let tested = record("p_candidate", &ahead);
        let before: Vec<f64> =
            on_common_dates(own.active, champion.active).into_iter().map(|(a, b)| a - scale * b).collect();
        out.extend(self.difference(name, &ahead, &before, tested.as_ref().ok()));
        out.extend(self.sharpes(own.books.net(), champion.books.net(), seed));
        out
    }

    fn sharpes(&self, own: &[f64], theirs: &[f64], seed: &Seed) -> Vec<Evidence> {
        let scaled = annualised(1.0, self.year);
        let mut out = Vec::new();
        for (name, net) in [("frozen.own.sharpe", own), ("frozen.champion.sharpe", theirs)] {
            let value = sharpe_per_period(net).map(|s| annualised(s, self.year));
            let record = self.recorder.record(name, value, "ratio", net.len());
            out.push(match sharpe_interval(net, &self.settings, seed.child(name)) {
                Ok(found) => record
                    .with_interval(interval(found.studentised.as_ref(), scaled, "stationary bootstrap"))
                    .with_seed(seed.child(name).as_u64()),
                Err(error) => record.with_note(error.to_string()),
            });
        }
        let (name, seed) = ("frozen.champion.sharpe_uplift", seed.child("uplift"));
        out.push(match sharpe_difference(own, theirs, self.year, &self.settings, seed) {
            Ok(found) => self
                .recorder
                .record(name, found.value, "ratio", found.n)
                .with_interval(interval(
                    found.interval().as_ref(),
                    1.0,
                    "paired stationary bootstrap (Ledoit & Wolf 2008)",
                ))
                .with_seed(seed.as_u64())
                .with_note("a difference of Sharpe ratios is no skill: read it beside the active returns"),
            Err(error) => {
                let uplift = out[0].value.zip(out[1].value).map(|(own, theirs)| own - theirs);
                self.recorder.record(name, uplift, "ratio", own.len()).with_note(error.to_string())
            }
        });
        out
    }
}

/// Values of both series on the dates they share.
fn on_common_dates(a: &ActiveSpan, b: &ActiveSpan) -> Vec<(f64, f64)> {
    let at = |date: &Date| b.dates.binary_search(date).ok().map(|i| b.fit.series[i]);
    a.dates.iter().zip(&a.fit.series).filter_map(|(date, own)| Some((*own, at(date)?))).collect()
}
