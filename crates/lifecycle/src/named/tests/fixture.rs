//! Evidence in the units the stages write, on which the default gates and every named policy pass.

use std::sync::LazyLock;

use proofmark_units::{DateSpan, Digest};

use crate::evidence::{Evidence, EvidenceSet, Interval, SpanKind};
use crate::gates::tests::passing_evidence;
use crate::named::{NamedPolicy, NamedVerdict, named_policy};

/// Name, value, unit: what the named policies read beyond, or in another unit than, the default gates' test records.
const RECORDS: &[(&str, f64, &str)] = &[
    ("active_return.periods", 2_520.0, "daily periods"),
    ("active_return.t_hac", 3.1, "t"),
    ("active_return.annual_mean", 0.08, "fraction/year"),
    ("active_return.appraisal_ratio", 1.4, "ratio"),
    ("money.candidate.annual_return", 0.12, "fraction/year"),
    ("money.candidate.sharpe", 1.3, "ratio"),
    ("money.candidate.trades", 900.0, "trades"),
    ("money.candidate.hit_rate", 0.54, "share"),
    ("risk.max_drawdown", 0.12, "fraction"),
    ("risk.mean_exposure", 0.9, "fraction"),
    ("costs.break_even_multiple", 3.2, "x declared costs"),
    ("costs.capacity_inr", 5e8, "currency"),
    ("risk.turnover_per_year", 29.0, "x equity/year"),
    ("trials.n", 40.0, "trials"),
    ("trials.n_effective", 12.0, "trials"),
    ("snooping.p_spa", 0.004, "p"),
    ("selection.pbo", 0.06, "probability"),
    ("selection.clusters", 12.0, "clusters"),
    ("selection.returns_complete", 1.0, "flag"),
    ("student.auc", 0.54, "probability"),
    ("student.auc_null_mean", 0.501, "probability"),
    ("student.auc_p", 0.001, "p"),
    ("student.precision", 0.41, "share"),
    ("student.base_rate", 0.33, "share"),
    ("student.brier_skill", 0.01, "ratio"),
    ("student.ece", 0.02, "probability"),
    ("folds.completed_share", 1.0, "share"),
    ("folds.share_positive", 0.9, "share"),
    ("stability.worst_quarter_sharpe", -0.8, "ratio"),
    ("champion.appraisal_uplift", 0.3, "ratio"),
    ("champion.rank_ic_uplift", 0.01, "correlation"),
    ("scenarios.run_share", 1.0, "share"),
    ("scenarios.run", 200.0, "scenarios"),
    ("scenarios.smallest_regime", 42.0, "scenarios"),
    ("scenarios.bear_excess_share", 0.8, "share"),
    ("scenarios.drawdown_p95", 0.2, "fraction"),
    ("scenarios.drawdown_worst", 0.33, "fraction"),
    ("scenarios.cvar5", -0.1, "fraction"),
    ("scenarios.catastrophic", 0.0, "scenarios"),
    ("paper.valid_bars", 168.0, "bars"),
    ("paper.round_trips", 25.0, "trades"),
    ("paper.win_rate", 0.7, "share"),
    ("paper.excess_return", 0.02, "fraction"),
    ("paper.sharpe", 2.0, "ratio"),
    ("paper.max_drawdown", 0.05, "fraction"),
    ("paper.total_return", 0.03, "fraction"),
    ("paper.emergency_stops", 0.0, "count"),
    ("paper.equity_reconciled", 1.0, "flag"),
    ("paper.repaired_share", 0.0, "share"),
];

/// Records that carry an interval, with its bounds.
const INTERVALS: &[(&str, f64, f64)] = &[
    ("active_return.annual_mean", 0.02, 0.14),
    ("active_return.appraisal_ratio", 0.6, 2.2),
    ("scenarios.bear_excess_share", 0.66, 0.9),
    ("paper.excess_return", 0.004, 0.036),
];

pub(super) fn record(name: &str, value: impl Into<Option<f64>>, unit: &str) -> Evidence {
    let span = DateSpan { start: "2010-01-01".parse().unwrap(), end: "2019-12-31".parse().unwrap() };
    Evidence::new(name, value, unit, 2_520, SpanKind::OutOfSample, span, Digest::of(name.as_bytes()))
}

/// The set with this record added, or in place of the one of its name.
pub(super) fn put(set: &EvidenceSet, new: Evidence) -> EvidenceSet {
    let mut records: Vec<Evidence> = set.iter().filter(|old| old.name != new.name).cloned().collect();
    records.push(new);
    EvidenceSet::from_records(records).unwrap()
}

/// The set with one record changed, or taken out.
pub(super) fn with(
    set: &EvidenceSet,
    name: &str,
    change: impl Fn(Evidence) -> Option<Evidence>,
) -> EvidenceSet {
    assert!(set.get(name).is_some(), "{name} is not in the set");
    let changed = set.iter().cloned().filter_map(|e| if e.name == name { change(e) } else { Some(e) });
    EvidenceSet::from_records(changed).unwrap()
}

/// The set with other values; intervals of the changed records collapse onto the value.
pub(super) fn values(set: &EvidenceSet, changes: &[(&str, f64)]) -> EvidenceSet {
    changes.iter().fold(set.clone(), |set, (name, value)| {
        with(&set, name, |e| {
            let interval =
                e.interval.as_ref().and_then(|i| Interval::new(*value, *value, i.level, "changed"));
            Some(Evidence { value: Some(*value), interval, ..e })
        })
    })
}

/// The set with records that could not be computed, for this reason.
pub(super) fn lost(set: &EvidenceSet, names: &[&str], why: &str) -> EvidenceSet {
    names.iter().fold(set.clone(), |set, name| {
        with(&set, name, |e| {
            let note = Some(why.to_owned());
            Some(Evidence { value: None, interval: None, n: 0, note, ..e })
        })
    })
}

/// The set without these records.
pub(super) fn without(set: &EvidenceSet, names: &[&str]) -> EvidenceSet {
    names.iter().fold(set.clone(), |set, name| with(&set, name, |_| None))
}

/// Evidence on which everything passes.
pub(super) fn good() -> EvidenceSet {
    static GOOD: LazyLock<EvidenceSet> = LazyLock::new(build);
    GOOD.clone()
}

fn build() -> EvidenceSet {
    let set = RECORDS.iter().fold(passing_evidence(), |set, (name, value, unit)| {
        put(&set, record(name, *value, unit).with_n_effective(504.0))
    });
    INTERVALS.iter().fold(set, |set, (name, low, high)| {
        with(&set, name, |e| Some(e.with_interval(Interval::new(*low, *high, 0.95, "stationary bootstrap"))))
    })
}

pub(super) fn policy(name: &str) -> &'static NamedPolicy {
    named_policy(name).unwrap()
}

pub(super) fn judge(name: &str, set: &EvidenceSet) -> NamedVerdict {
    policy(name).judge(set)
}
