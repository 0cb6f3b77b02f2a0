//! Gate `score_skill`: the score itself orders forward returns.

use super::check::{Bound, Domain, Rule, Spans, reported};
use super::{Gate, GateResult};
use crate::evidence::EvidenceSet;
use crate::policy::Policy;
use crate::verdict::Verdict;

/// See [`Gate::doc`].
pub(super) struct ScoreSkill;

impl Gate for ScoreSkill {
    fn name(&self) -> &'static str {
        "score_skill"
    }

    fn doc(&self) -> &'static str {
        "The mean daily rank correlation of out-of-sample scores with forward returns must be positive: one-sided p \
         with Newey-West (1987) errors. Where one instrument is forecast it is the hit rate beyond what the shares of \
         ups give (Pesaran and Timmermann 1992). Cannot tell with too few names a day or too few effective \
         observations. Unit: p."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.score_skill;
        // One instrument has no names to rank: its forecasts are judged by their direction.
        let timing = is_timing(evidence);
        let (what, count) = match timing {
            true => ("HAC p of the hit rate", "Effective observations of the hit rate"),
            false => ("HAC p of the rank IC", "Effective observations of the rank IC"),
        };
        let mut p = Rule::new("score_skill.p_hac", what, Bound::AtMost, &limits.p_max)
            .domain(Domain::PROBABILITY)
            .remedy("The score must order forward returns better.")
            .check(evidence);
        if p.verdict == Verdict::Pass && evidence.value("score_skill.rank_ic").is_some_and(|ic| ic <= 0.0) {
            p.verdict = Verdict::CannotTell;
            p.reason = "The p of the rank IC is small although the rank IC is not positive: they contradict."
                .to_owned();
            p.what_would_change = Some("p and rank IC must come from the same one-sided test.".to_owned());
        }
        let names = Rule::new(
            "score_skill.names_per_day",
            "Scored names a day",
            Bound::AtLeast,
            &limits.min_names_per_day,
        )
        .domain(Domain::NOT_NEGATIVE)
        .spans(Spans::NotInSample)
        .precondition()
        .remedy("The universe must be wider.");
        let effective = Rule::new(
            "score_skill.effective_observations",
            count,
            Bound::AtLeast,
            &limits.min_effective_observations,
        )
        .domain(Domain::NOT_NEGATIVE)
        .spans(Spans::NotInSample)
        .precondition()
        .remedy("A longer out-of-sample span or a shorter label is needed.");
        let mut checks = vec![p];
        checks.extend((!timing).then(|| names.check(evidence)));
        checks.push(effective.check(evidence));
        let beside = if timing { "score_skill.hit_rate" } else { "score_skill.rank_ic" };
        GateResult::from_checks(self.name(), checks, reported(evidence, &[beside]))
    }
}

/// Whether the evidence is of forecasts of one instrument: a hit rate and no rank correlation.
pub(super) fn is_timing(evidence: &EvidenceSet) -> bool {
    evidence.get("score_skill.hit_rate").is_some()
        && ["score_skill.rank_ic", "score_skill.names_per_day"]
            .iter()
            .all(|name| evidence.get(name).is_none())
}
