//! The fuzz workspace is built beside the product, so nothing but this notices when it falls behind.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use serde_json::Value;

type Dependencies = BTreeMap<String, BTreeSet<String>>;

/// Names of what each package of a lock file stands on.
fn locked(text: &str) -> Dependencies {
    let quoted = |line: &str| line.split('"').nth(1).map(str::to_owned);
    let package = |block: &str| {
        let name = quoted(block.lines().find(|line| line.starts_with("name = "))?)?;
        let listed = block.split_once("dependencies = [").map_or("", |(_, list)| list);
        // A name that is locked in two versions is followed by its own.
        let names = listed.lines().filter_map(quoted).filter_map(|d| Some(d.split(' ').next()?.to_owned()));
        Some((name, names.collect()))
    };
    text.split("[[package]]").skip(1).filter_map(package).collect()
}

/// What each package of the product always stands on outside its tests.
fn wanted(root: &Path) -> Dependencies {
    let arguments = ["metadata", "--format-version", "1", "--no-deps", "--offline"];
    let output = crate::cargo().args(arguments).current_dir(root).output().expect("cargo starts");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let ships = |dependency: &&Value| {
        let always = dependency["optional"] == false && dependency["target"].is_null();
        always && dependency["kind"].as_str() != Some("dev")
    };
    let package = |package: &Value| {
        let list = package["dependencies"].as_array().expect("a package lists dependencies").iter();
        let names = list.filter(ships).filter_map(|d| Some(d["name"].as_str()?.to_owned())).collect();
        (package["name"].as_str().expect("a package has a name").to_owned(), names)
    };
    metadata["packages"].as_array().expect("metadata lists packages").iter().map(package).collect()
}

/// `crate: what its entry lacks`.
fn behind(locked: &Dependencies, wanted: &Dependencies) -> Vec<String> {
    let lacks = |(name, has): (&String, &BTreeSet<String>)| {
        let missing: Vec<&str> = wanted.get(name)?.difference(has).map(String::as_str).collect();
        (!missing.is_empty()).then(|| format!("{name}: {}", missing.join(", ")))
    };
    locked.iter().filter_map(lacks).collect()
}

#[test]
fn a_lock_that_lacks_a_dependency_is_found() {
    let text = "version = 4\n\n[[package]]\nname = \"a\"\ndependencies = [\n \"b\",\n \"c 1.0\",\n]\n\n[[package]]\nname = \"b\"\n";
    let of = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(locked(text)["a"], of(&["b", "c"]));
    let wanted: Dependencies = [("a".to_owned(), of(&["b", "c", "d"])), ("e".to_owned(), of(&["f"]))].into();
    assert_eq!(behind(&locked(text), &wanted), ["a: d"]);
}

#[test]
fn the_lock_of_the_fuzz_workspace_follows_the_product() {
    let root = crate::root();
    let text = fs::read_to_string(root.join("fuzz/Cargo.lock")).expect("the fuzz workspace has a lock");
    let behind = behind(&locked(&text), &wanted(&root));
    assert!(
        behind.is_empty(),
        "fuzz/Cargo.lock is behind: {}\nhint: `cargo metadata --manifest-path fuzz/Cargo.toml` brings it up to date",
        behind.join("; ")
    );
}

#[test]
fn every_fuzz_target_is_registered_and_on_the_page() {
    let root = crate::root();
    let read = |path: &str| fs::read_to_string(root.join(path)).expect("the file is readable");
    let (manifest, page) = (read("fuzz/Cargo.toml"), read("docs/FUZZING.md"));
    let targets = crate::fuzz::targets(&root).expect("the targets are files");
    for target in &targets {
        assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target} has no `[[bin]]`");
        assert!(page.contains(&format!("`{target}`")), "docs/FUZZING.md does not tell what `{target}` reads");
    }
    assert_eq!(manifest.matches("[[bin]]").count(), targets.len(), "a `[[bin]]` without a target's file");
}
