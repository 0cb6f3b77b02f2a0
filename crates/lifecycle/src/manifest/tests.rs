use super::*;
use crate::run::tests::record;

pub(crate) fn artifact(path: &str, bytes: &[u8]) -> Artifact {
    Artifact { path: path.to_owned(), sha256: Digest::of(bytes), bytes: bytes.len() as u64 }
}

pub(crate) fn manifest() -> CandidateManifest {
    let run = record();
    let span = DateSpan { start: "2005-01-03".parse().unwrap(), end: "2024-06-28".parse().unwrap() };
    CandidateManifest {
        format: MANIFEST_FORMAT,
        release_id: run.run_id,
        status: CandidateStatus::ReadyForReview,
        dry_run: false,
        synthetic: true,
        training: TrainingSummary {
            symbols: vec!["M&M".parse().unwrap(), "NO".parse().unwrap()],
            date_range: span,
        },
        validation: ValidationSummary { teacher_precision: Some(0.53), student_accuracy: None },
        statistical_tests: TestSummary { sharpe_ratio: Some(1.25), bootstrap_significant: Some(true) },
        trials: TrialCount { n: 1, n_effective: Some(1.0) },
        parent_champion: None,
        snapshot: Digest::of(b"snapshot"),
        pipeline: run.pipeline,
        policy: run.policy,
        feature_schema: Digest::of(b"schema"),
        evidence: Digest::of(b"evidence"),
        verdicts: Digest::of(b"verdicts"),
        seeds: BTreeMap::from([("root".to_owned(), 42)]),
        versions: BTreeMap::from([("proofmark".to_owned(), "0.1.0".to_owned())]),
        artifacts: vec![artifact("student_model.json", b"s"), artifact("reports/b.html", b"b")],
    }
    .checked()
    .unwrap()
}

#[test]
fn yaml_round_trips_and_paths_are_sorted() {
    let manifest = manifest();
    assert_eq!(manifest.artifacts[0].path, "reports/b.html");
    let text = manifest.to_yaml();
    assert!(
        text.contains("release_id: \"live_candidate_20240120_100000\"\nstatus: \"ready-for-review\"\n"),
        "{text}"
    );
    assert_eq!(CandidateManifest::from_yaml(&text).unwrap(), manifest);
}

#[test]
fn newer_formats_unknown_keys_and_escaping_paths_are_refused() {
    let text = manifest().to_yaml();
    let read = |text: &str| CandidateManifest::from_yaml(text);
    assert!(matches!(
        read(&text.replacen("format: 1", "format: 2", 1)),
        Err(ManifestError::Newer { found: 2 })
    ));
    assert!(matches!(read(&text.replacen("dry_run:", "dryrun:", 1)), Err(ManifestError::Parse(_))));
    for bad in ["/etc/passwd", "../x", "a/../b", "a//b", "./a", "C:/x", "a\\\\b", ""] {
        let escaped = text.replacen("student_model.json", bad, 1);
        assert!(matches!(read(&escaped), Err(ManifestError::UnsafePath { .. })), "{bad}");
    }
    let twice = text.replacen("student_model.json", "reports/b.html", 1);
    assert!(matches!(read(&twice), Err(ManifestError::Twice { .. })));
}

#[test]
fn every_kind_of_difference_is_found() {
    let manifest = manifest();
    assert_eq!(manifest.differences(&manifest.artifacts), []);
    let found = [artifact("student_model.json", b"t"), artifact("extra", b"")];
    let problems: Vec<(String, Problem)> =
        manifest.differences(&found).into_iter().map(|d| (d.path, d.problem)).collect();
    assert_eq!(
        problems,
        [
            ("extra".to_owned(), Problem::Unlisted),
            ("reports/b.html".to_owned(), Problem::Missing),
            (
                "student_model.json".to_owned(),
                Problem::Bytes { expected: Digest::of(b"s"), found: Digest::of(b"t") }
            ),
        ]
    );
    let longer = [artifact("student_model.json", b"ss"), artifact("reports/b.html", b"b")];
    assert_eq!(manifest.differences(&longer)[0].problem, Problem::Size { expected: 1, found: 2 });
}
