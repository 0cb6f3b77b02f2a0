//! The whole search, not the winner: could the best of all trials be luck, which are better, which could be the best?

use proofmark_lifecycle::Evidence;
use proofmark_stats::comparison::{
    SetStatistic, causal_volatility_scaling, model_confidence_set, reality_check, step_m,
    superior_predictive_ability,
};
use proofmark_units::Seed;

use super::joint;
use crate::record::Recorder;
use crate::rivals::equal_volatility;
use crate::trials::on_common_dates;
use crate::{ActiveSpan, Candidate, TrialFacts};

/// Family-wise level of StepM.
const FAMILY: f64 = 0.05;
/// Level of the model confidence set.
const SET: f64 = 0.10;

/// `search.*` over the active returns of all trials with returns on shared dates, at equal causal volatility; the null
/// books, whose active return is 0, are the benchmark. The judged trial is the first.
pub(super) fn search_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    active: &ActiveSpan,
    facts: &TrialFacts,
    seed: &Seed,
) -> Vec<Evidence> {
    let (trials, apart) = on_common_dates(active, &facts.others);
    let unseen = apart as u64 + facts.without_returns as u64 + facts.declared;
    let scaling = equal_volatility(candidate.periods_per_year);
    let scaled: Result<Vec<Vec<f64>>, _> =
        trials.iter().map(|t| causal_volatility_scaling(t, &scaling).map(|s| s.values)).collect();
    let n = scaled.as_ref().ok().and_then(|s| s.first()).map_or(0, Vec::len);
    let mut out = vec![
        recorder
            .record("search.trials", trials.len() as f64, "trials", n)
            .with_note(format!("trials compared on shared dates; {unseen} more could not be")),
    ];
    let names = [
        ("search.p_spa", "p"),
        ("search.p_reality_check", "p"),
        ("search.superior", "trials"),
        ("search.own_superior", "flag"),
    ];
    let sets = [("search.confidence_set", "trials"), ("search.own_in_confidence_set", "flag")];
    let missing = |names: &[(&str, &str)], why: &dyn std::fmt::Display| -> Vec<Evidence> {
        names.iter().map(|(name, unit)| recorder.missing(*name, unit, why)).collect()
    };
    let scaled = match scaled {
        Ok(scaled) => scaled,
        Err(why) => {
            out.extend(missing(&names, &why));
            out.extend(missing(&sets, &why));
            return out;
        }
    };
    let views: Vec<&[f64]> = scaled.iter().map(Vec::as_slice).collect();
    let settings = joint(candidate.horizon);
    let node = |test: &str| seed.child("search").child(test);
    let draw = |name: &str, value: f64, unit: &str, seed: Seed| {
        recorder.record(name, value, unit, n).with_seed(seed.as_u64())
    };
    let flag = |yes: bool| f64::from(u8::from(yes));

    let (spa, check, step) = (node("spa"), node("reality_check"), node("step_m"));
    out.push(match superior_predictive_ability(&views, &settings, spa) {
        Ok(found) => draw("search.p_spa", found.p_consistent, "p", spa).with_note(format!(
            "Hansen's consistent p; between {:.4} and {:.4}",
            found.p_lower, found.p_upper
        )),
        Err(why) => recorder.missing("search.p_spa", "p", why),
    });
    out.push(match reality_check(&views, &settings, check) {
        Ok(found) => draw("search.p_reality_check", found.p_value, "p", check)
            .with_note("White's, not studentised: conservative beside a volatile or poor trial"),
        Err(why) => recorder.missing("search.p_reality_check", "p", why),
    });
    match step_m(&views, FAMILY, &settings, step) {
        Ok(found) => {
            let own = flag(found.superior.contains(&0));
            out.push(
                draw("search.superior", found.superior.len() as f64, "trials", step)
                    .with_note("StepM at 5 %: better than the null books, any false one in 5 % of cases"),
            );
            out.push(draw("search.own_superior", own, "flag", step));
        }
        Err(why) => out.extend(missing(&names[2..], &why)),
    }
    let set = node("confidence_set");
    if views.len() < 2 {
        out.extend(missing(&sets, &"one trial: there is nothing to choose among"));
        return out;
    }
    match model_confidence_set(&views, SET, SetStatistic::Max, &settings, set) {
        Ok(found) => {
            let own = flag(found.included.contains(&0));
            out.push(
                draw("search.confidence_set", found.included.len() as f64, "trials", set).with_note(
                    "Hansen, Lunde & Nason, T_max at 10 %; drops a best one in about 11 % of cases",
                ),
            );
            out.push(draw("search.own_in_confidence_set", own, "flag", set));
        }
        Err(why) => out.extend(missing(&sets, &why)),
    }
    out
}
