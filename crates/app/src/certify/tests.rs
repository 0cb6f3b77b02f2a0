//! A small certification: a few worlds of every family that needs no training.

use super::*;

fn small(folder: &Path, families: &[&str], worlds: usize) -> Certification {
    let request = CertifyRequest {
        families: families.iter().map(|f| (*f).to_owned()).collect(),
        worlds: Some(worlds),
        workers: 0,
        clean_pipelines: None,
        real: None,
    };
    certify(folder, &request, &[]).unwrap()
}

#[test]
fn skill_less_candidates_are_refused_for_their_own_reason_and_strong_skill_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let bad = [
        "random_scores",
        "constant_weights",
        "high_beta",
        "volatility_timed",
        "look_ahead_removed",
        "fee_blind",
        "lucky_split",
        "never_trades",
        "short_volatility",
        "survivors",
        "cost_variants",
    ];
    let report = small(folder.path(), &bad, 2);
    for cell in &report.cells {
        assert_eq!(cell.approved, 0, "{}/{}", cell.family, cell.variant.name());
        assert_eq!(cell.worlds, 2);
    }
    assert_eq!(report.cells.len(), 2 * bad.len());
    let cell = |name: &str| report.cells.iter().find(|c| c.family == name).unwrap();
    let passes = |name: &str, gate: &str| cell(name).gates.iter().find(|g| g.gate == gate).unwrap().passes;
    assert_eq!(passes("survivors", "data"), 0, "a list drawn up with hindsight stops at the data gate");
    assert_eq!(passes("never_trades", "active_return"), 0);
    assert!(!report.holds(), "two worlds bound nothing");
    assert!(report.unfinished.iter().any(|name| name.starts_with("best_of_500")));

    let good = small(folder.path(), &["planted_160"], 4);
    let found = good.cells.iter().find(|c| c.family == "planted_160").unwrap();
    assert!(found.approved >= 3, "{found:?}");
    assert!(found.mean_appraisal.unwrap() > 1.5);
}

#[test]
fn an_interrupted_certification_goes_on_where_it_stopped_and_ends_the_same() {
    let (whole, cut) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let report = small(whole.path(), &["never_trades"], 3);
    small(cut.path(), &["never_trades"], 1);
    // A kill in the middle of a line.
    let path = cut.path().join("worlds.jsonl");
    let mut text = std::fs::read_to_string(&path).unwrap();
    text.push_str("{\"family\":\"never_tr");
    std::fs::write(&path, text).unwrap();
    assert_eq!(small(cut.path(), &["never_trades"], 3), report);
    let read = |folder: &Path| std::fs::read(folder.join("certification.json")).unwrap();
    assert_eq!(read(whole.path()), read(cut.path()));
}

#[test]
fn worlds_of_another_policy_are_not_counted_as_this_ones() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path(), &["never_trades"], 1);
    let path = folder.path().join("bench.json");
    let bench = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, bench.replace("\"policy\": \"", "\"policy\": \"0")).unwrap();
    let request = CertifyRequest {
        families: Vec::new(),
        worlds: Some(1),
        workers: 1,
        clean_pipelines: None,
        real: None,
    };
    let error = certify(folder.path(), &request, &[]).unwrap_err();
    assert!(error.chain().join(" ").contains("another version"), "{error:?}");
    std::fs::write(&path, bench).unwrap();
    let other = std::fs::File::open(&path).unwrap();
    other.lock().unwrap();
    let error = certify(folder.path(), &request, &[]).unwrap_err();
    assert!(error.chain().join(" ").contains("another certification"), "{error:?}");
}

#[test]
fn an_unknown_family_is_refused_with_the_known_ones() {
    let folder = tempfile::tempdir().unwrap();
    let request = CertifyRequest {
        families: vec!["unlucky".into()],
        worlds: Some(1),
        workers: 1,
        clean_pipelines: None,
        real: None,
    };
    let error = certify(folder.path(), &request, &[]).unwrap_err();
    assert!(error.chain().join(" ").contains("unlucky"));
}

#[test]
fn every_planted_leak_is_stopped_and_clean_pipelines_are_left_alone() {
    let planted = leaks::planted().unwrap();
    assert!(planted.len() >= 12);
    for leak in &planted {
        assert!(leak.stopped, "{}: {} says `{}`", leak.leak, leak.stopped_by, leak.how);
    }
    for (leak, word) in [
        ("bars rescaled by the last price", "feature"),
        ("label from the decision's own close", "own bar"),
        ("label dated on the decision's day", "on or before"),
        ("bars restated after the day", "restated"),
        ("outcomes fed into the score", "keep a rank IC"),
    ] {
        let how = &planted.iter().find(|p| p.leak == leak).unwrap().how;
        assert!(how.contains(word), "{leak}: {how}");
    }
    let clean = leaks::clean(4).unwrap();
    assert_eq!((clean.pipelines, clean.alarms), (4, 0), "{:?}", clean.sounded);
}

#[test]
fn a_lucky_world_asks_for_more_worlds_and_too_many_for_none() {
    let family = |name: &str| families::FAMILIES.iter().find(|f| f.name == name).unwrap();
    let bad = family("random_scores");
    assert_eq!([0, 1, 4, 5].map(|approved| bad.wanted(approved)), [300, 1_000, 1_000, 300]);
    assert_eq!(family("planted_160").wanted(3), 200, "skill is meant to be found");
}
