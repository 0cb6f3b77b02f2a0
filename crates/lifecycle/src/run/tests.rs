use super::*;

pub(crate) fn record() -> RunRecord {
    let created = Instant::from_nanos(1_705_744_800_000_000_000);
    RunRecord::new(NewRun {
        run_id: RunId::live_candidate(created),
        created,
        seed: 42,
        dry_run: false,
        synthetic: true,
        pipeline: Digest::of(b"pipeline"),
        policy: Digest::of(b"policy"),
        code_version: "0.1.0".to_owned(),
    })
}

#[test]
fn a_killed_and_resumed_phase_counts_its_attempts_and_adds_its_seconds() {
    let mut run = record();
    assert_eq!(run.run_id.as_str(), "live_candidate_20240120_100000");
    let at = run.created;
    run.start(Phase::DataIngestion, at);
    assert_eq!(run.resume_point(), Some(Phase::DataIngestion));
    run.finish(Phase::DataIngestion, PhaseStatus::Failed, at.plus_seconds(2), Some("disk full".to_owned()));
    assert_eq!(run.failed_phase().unwrap().reason.as_deref(), Some("disk full"));
    run.start(Phase::DataIngestion, at.plus_seconds(10));
    assert_eq!(run.phase(Phase::DataIngestion).reason, None);
    run.finish(Phase::DataIngestion, PhaseStatus::Success, at.plus_seconds(13), None);
    let phase = run.phase(Phase::DataIngestion);
    assert_eq!((phase.attempts, phase.seconds), (2, 5.0));
    assert_eq!(run.resume_point(), Some(Phase::TeacherTraining));
    assert_eq!(Phase::PromotionBriefing.number(), 8);
}

#[test]
fn json_round_trips_and_newer_or_mangled_records_are_refused() {
    let run = record();
    let text = run.to_json();
    assert_eq!(RunRecord::from_json(text.as_bytes()).unwrap(), run);
    let newer = text.replacen("\"format\": 1", "\"format\": 2", 1);
    assert!(matches!(RunRecord::from_json(newer.as_bytes()), Err(RunRecordError::Newer { found: 2 })));
    let mangled = text.replacen("\"stress_tests\"", "\"data_ingestion\"", 1);
    assert!(matches!(RunRecord::from_json(mangled.as_bytes()), Err(RunRecordError::Phases)));
    assert!(RunRecord::from_json(b"{").is_err());
}

#[test]
fn a_chosen_policy_lowers_the_outcome_and_is_written_down() {
    use crate::candidate::CandidateStatus::{Inconclusive, ReadyForReview, Refused};
    let evidence = crate::gates::tests::passing_evidence();
    let gates = crate::judge_all(&evidence, &crate::Policy::default());
    let chosen = crate::named::named_policy("gated_pipeline").unwrap().judge(&evidence);
    assert_eq!(RunVerdict::new(&gates, None, &[]).status, ReadyForReview);
    let lowered = RunVerdict::new(&gates, None, std::slice::from_ref(&chosen));
    assert_eq!(lowered.status, chosen.cap(ReadyForReview));
    assert!([Refused, Inconclusive].contains(&lowered.status), "no paper trading was recorded");
    assert_eq!(lowered.policies[0].policy, "gated_pipeline");
    let failing = RunVerdict::new(&gates[..1], Some(Phase::StressTests), std::slice::from_ref(&chosen));
    assert_eq!(failing.status, CandidateStatus::Failed);
    let older = serde_json::json!({ "status": "refused", "gates": [] });
    assert!(serde_json::from_value::<RunVerdict>(older).unwrap().policies.is_empty());
}

#[test]
fn run_ids_never_leave_their_folder() {
    for bad in ["", "../x", "a/b", "-x", "a b", &"a".repeat(65)] {
        assert!(bad.parse::<RunId>().is_err(), "{bad}");
    }
}
