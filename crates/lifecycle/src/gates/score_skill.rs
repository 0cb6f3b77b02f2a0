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
         with Newey-West (1987) errors. Cannot tell with too few names a day or too few effective observations. \
         Unit: p."
    }

    fn judge(&self, evidence: &EvidenceSet, policy: &Policy) -> GateResult {
        let limits = &policy.score_skill;
        let mut p = Rule::new("score_skill.p_hac", "HAC p of the rank IC", Bound::AtMost, &limits.p_max)
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
            "Effective observations of the rank IC",
            Bound::AtLeast,
            &limits.min_effective_observations,
        )
        .domain(Domain::NOT_NEGATIVE)
        .spans(Spans::NotInSample)
        .precondition()
        .remedy("A longer out-of-sample span or a shorter label is needed.");
        let checks = vec![p, names.check(evidence), effective.check(evidence)];
        GateResult::from_checks(self.name(), checks, reported(evidence, &["score_skill.rank_ic"]))
    }
}
