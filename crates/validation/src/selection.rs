//! Whether choosing among the lineage's trials is likely to have chosen luck.

use proofmark_lifecycle::Evidence;
use proofmark_stats::clusters::{DEFAULT_THRESHOLD, clusters};
use proofmark_stats::selection::{Cscv, pbo};

use crate::active::ActiveSpan;
use crate::record::Recorder;
use crate::trials::{TrialFacts, on_common_dates};

/// The records behind the gate `selection`, over the active returns of all trials on shared dates.
///
/// Trials that were only declared have no returns. They count as clusters of their own, so that they can bring the rule
/// into force; where it is in force the gate cannot tell without them.
pub fn selection_evidence(recorder: &Recorder, active: &ActiveSpan, facts: &TrialFacts) -> Vec<Evidence> {
    let (comparable, apart) = on_common_dates(active, &facts.others);
    let views: Vec<&[f64]> = comparable.iter().map(Vec::as_slice).collect();
    let n = comparable.first().map_or(0, Vec::len);
    let clustered = clusters(&views, DEFAULT_THRESHOLD).map_or(views.len(), |c| c.n_effective);
    let unseen = facts.without_returns as u64 + facts.declared;
    let count = clustered as u64 + apart as u64 + unseen;
    let complete = facts.without_returns == 0;
    let mut out = vec![
        recorder
            .record("selection.clusters", count as f64, "clusters", n)
            .with_note(format!("{} trials with returns, {unseen} without", views.len() + apart)),
        recorder.record("selection.returns_complete", f64::from(u8::from(complete)), "flag", n),
        recorder.record("selection.declared", facts.declared as f64, "trials", n),
    ];
    let settings = Cscv { candidate: Some(0), ..Cscv::default() };
    match pbo(&views, &settings) {
        Ok(found) => {
            let record = |name: &str, value: Option<f64>, unit: &str| recorder.record(name, value, unit, n);
            let own = &found.candidate;
            out.push(record("selection.pbo", Some(found.pbo), "probability").with_note(format!(
                "{} trials, {} blocks, {} halves; read it beside the judged trial's own record",
                found.trials, found.blocks, found.halves
            )));
            out.push(record("selection.probability_of_loss", Some(found.probability_of_loss), "probability"));
            out.push(record("selection.own_below_median", Some(own.below_median), "share"));
            out.push(record("selection.own_below_zero", Some(own.below_zero), "share"));
            out.push(record("selection.own_picked", Some(own.picked), "share"));
            out.push(record(
                "selection.degradation_slope",
                found.degradation.as_ref().map(|d| d.slope),
                "ratio",
            ));
            let flag = |yes: bool| Some(f64::from(u8::from(yes)));
            let note = "the picks of one half against all trials on the other half";
            let (first, second) = (found.over_all.first_order, found.over_all.second_order);
            out.push(record("selection.dominance_first_order", flag(first), "flag").with_note(note));
            out.push(record("selection.dominance_second_order", flag(second), "flag").with_note(note));
        }
        Err(error) => out.push(recorder.missing("selection.pbo", "probability", error)),
    }
    out
}
