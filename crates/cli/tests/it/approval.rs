//! Approval: refusals first, then the one way through, then what breaks it.

use std::path::{Path, PathBuf};

use crate::proofmark::{Said, copy, demo, run};

fn writable(name: &str) -> (tempfile::TempDir, PathBuf, String) {
    let (folder, json) = demo();
    let entry = &json["runs"][name];
    let workspace = entry["workspace"].as_str().unwrap();
    let copied = copy(&folder.join(workspace));
    let path = copied.path().to_owned();
    (copied, path, entry["run_id"].as_str().unwrap().to_owned())
}

fn decide(workspace: &Path, action: &str, run_id: &str) -> Said {
    run(
        workspace,
        &["candidates", action, run_id, "--actor", "Asha Rao", "--reason", "reviewed the briefing"],
    )
}

#[track_caller]
fn refused(said: &Said, why: &str) {
    assert!(said.exit == 1 || said.exit == 2, "exit {}: {}\n{}", said.exit, said.stdout, said.stderr);
    assert!(said.stderr.contains(why), "expected `{why}` in {}", said.stderr);
}

#[test]
fn unknown_and_refused_candidates_cannot_be_approved() {
    let (_keep, workspace, run_id) = writable("null");
    refused(&decide(&workspace, "approve", "live_candidate_20200101_000000"), "no candidate");
    assert_eq!(run(&workspace, &["key", "new"]).exit, 0);
    refused(&decide(&workspace, "approve", &run_id), "refused");
    refused(&decide(&workspace, "holdout", &run_id), "refused");
}

#[test]
fn the_way_through_and_what_a_changed_byte_does() {
    let (_keep, workspace, run_id) = writable("edge");
    refused(&decide(&workspace, "approve", &run_id), "hold-out");
    refused(&run(&workspace, &["candidates", "export", &run_id, "--to", "bundle"]), "no mark to export");
    let holdout = decide(&workspace, "holdout", &run_id);
    assert_eq!(holdout.exit, 0, "{}\n{}", holdout.stdout, holdout.stderr);
    refused(&decide(&workspace, "holdout", &run_id), "already");
    refused(&decide(&workspace, "approve", &run_id), "key new");
    assert_eq!(run(&workspace, &["key", "new"]).exit, 0);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for entry in std::fs::read_dir(workspace.join("keys")).unwrap() {
            let entry = entry.unwrap();
            if !entry.file_name().to_string_lossy().contains("pub") {
                assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600);
            }
        }
    }
    refused(&run(&workspace, &["key", "new"]), "exists");
    let approved = decide(&workspace, "approve", &run_id);
    assert_eq!(approved.exit, 0, "{}\n{}", approved.stdout, approved.stderr);
    let verify = run(&workspace, &["candidates", "verify", &run_id]);
    assert_eq!(verify.exit, 0, "{}\n{}", verify.stdout, verify.stderr);
    assert_eq!(run(&workspace, &["audit", "verify"]).exit, 0);

    a_bundle_needs_only_the_public_key(&workspace, &run_id);

    // One byte of the model.
    let model = workspace.join("data/models").join(&run_id).join("student_model.json");
    let mut bytes = std::fs::read(&model).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&model, &bytes).unwrap();
    let verify = run(&workspace, &["candidates", "verify", &run_id]);
    assert_eq!(verify.exit, 1, "{}\n{}", verify.stdout, verify.stderr);
    assert!(format!("{}{}", verify.stdout, verify.stderr).contains("student_model.json"));
    bytes[middle] ^= 1;
    std::fs::write(&model, &bytes).unwrap();
    assert_eq!(run(&workspace, &["candidates", "verify", &run_id]).exit, 0);

    // One byte of the mark.
    let mark = workspace.join("release").join(format!("audit_{run_id}")).join("mark.json");
    let text = std::fs::read_to_string(&mark).unwrap();
    let at = text.find("\"payload\"").unwrap() + 40;
    let mut bytes = text.into_bytes();
    bytes[at] = if bytes[at] == b'A' { b'B' } else { b'A' };
    std::fs::write(&mark, &bytes).unwrap();
    assert_eq!(run(&workspace, &["candidates", "verify", &run_id]).exit, 1);
}

fn a_bundle_needs_only_the_public_key(workspace: &Path, run_id: &str) {
    let reviewer = tempfile::tempdir().unwrap();
    let bundle = reviewer.path().join("bundle");
    let name = bundle.to_str().unwrap();
    let exported = run(workspace, &["candidates", "export", run_id, "--to", name, "--json"]);
    assert_eq!(exported.exit, 0, "{}", exported.stderr);
    let key = reviewer.path().join("proof.pub");
    let public = exported.json()["public_key"].as_str().unwrap().to_owned();
    std::fs::copy(workspace.join(public), &key).unwrap();
    refused(&run(workspace, &["candidates", "export", run_id, "--to", name]), "not empty");
    assert!(!exported.stdout.contains("PRIVATE"));

    let verify = || {
        let key = key.to_str().unwrap();
        run(reviewer.path(), &["candidates", "verify", "--bundle", "bundle", "--public-key", key])
    };
    let said = verify();
    assert_eq!(said.exit, 0, "{}\n{}", said.stdout, said.stderr);
    for (file, finding) in [
        (format!("data/models/{run_id}/student_model.json"), "not the marked bytes"),
        ("manifest.yaml".to_owned(), "not the marked bytes"),
        ("mark.json".to_owned(), "mark.json"),
    ] {
        let path = bundle.join(&file);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let at = bad.len() / 2;
        bad[at] = if bad[at] == b'A' { b'B' } else { b'A' };
        std::fs::write(&path, &bad).unwrap();
        let said = verify();
        assert_eq!(said.exit, 1, "{file}: {}", said.stdout);
        assert!(said.stdout.contains(finding), "{file}: {}", said.stdout);
        std::fs::write(&path, &good).unwrap();
    }
    std::fs::write(bundle.join("extra.json"), b"{}").unwrap();
    let said = verify();
    assert!(said.exit == 1 && said.stdout.contains("extra.json: not covered"), "{}", said.stdout);
    std::fs::remove_file(bundle.join("extra.json")).unwrap();
    assert_eq!(verify().exit, 0);

    // Another workspace's key.
    let other = tempfile::tempdir().unwrap();
    run(other.path(), &["init"]);
    let made = run(other.path(), &["key", "new", "--json"]);
    let public = other.path().join(made.json()["public_file"].as_str().unwrap());
    std::fs::copy(public, &key).unwrap();
    let said = verify();
    assert!(said.exit == 1 && said.stdout.contains("no signature"), "{}", said.stdout);
}

#[test]
fn changed_bytes_are_never_approved() {
    let (_keep, workspace, run_id) = writable("edge");
    assert_eq!(decide(&workspace, "holdout", &run_id).exit, 0);
    assert_eq!(run(&workspace, &["key", "new"]).exit, 0);
    let path = workspace.join("release").join(format!("audit_{run_id}")).join("stat_tests.json");
    let text = std::fs::read_to_string(&path).unwrap().replacen('1', "2", 1);
    std::fs::write(&path, text).unwrap();
    refused(&decide(&workspace, "approve", &run_id), "stat_tests.json");
}

#[test]
fn reject_and_reset_are_recorded_with_a_name_and_a_reason() {
    let (_keep, workspace, run_id) = writable("edge");
    assert_eq!(decide(&workspace, "reject", &run_id).exit, 0);
    refused(&decide(&workspace, "approve", &run_id), "rejected");
    assert_eq!(decide(&workspace, "reset", &run_id).exit, 0);
    let shown = run(&workspace, &["candidates", "show", &run_id, "--json"]);
    assert_eq!(shown.json()["status"], "ready-for-review", "{}", shown.stdout);
    let anonymous = run(&workspace, &["candidates", "reject", &run_id, "--actor", " ", "--reason", "x"]);
    assert_ne!(anonymous.exit, 0, "a decision needs a name");
}

#[test]
fn an_edited_ledger_is_noticed() {
    let (_keep, workspace, run_id) = writable("edge");
    assert_eq!(decide(&workspace, "reject", &run_id).exit, 0);
    assert_eq!(run(&workspace, &["audit", "verify"]).exit, 0);
    // Whoever edits the reason of a decision has to edit the event, and its digest follows.
    let mut edited = 0;
    for name in ["ledger.sqlite", "ledger.sqlite-wal"] {
        let Ok(mut bytes) = std::fs::read(workspace.join(name)) else { continue };
        let needle = b"reviewed the briefing";
        while let Some(at) = bytes.windows(needle.len()).position(|w| w == needle) {
            bytes[at] = b'R';
            edited += 1;
        }
        std::fs::write(workspace.join(name), bytes).unwrap();
    }
    assert!(edited > 0);
    assert_ne!(run(&workspace, &["audit", "verify"]).exit, 0);
}
