//! Which crate may stand on which: the table, and the check of its closure against `cargo metadata`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::Value;

use super::Violation;

/// `(crate, what it may depend on directly)`; what those may depend on is allowed with them.
const ALLOWED: &[(&str, &[&str])] = &[
    ("units", &[]),
    ("market", &["units"]),
    ("stats", &["units"]),
    ("lake", &["market"]),
    ("sources", &["market", "lake"]),
    ("features", &["market", "stats"]),
    ("labels", &["market"]),
    ("models", &["units", "stats"]),
    ("sentiment", &["models", "stats"]),
    ("neural", &["models"]),
    ("training", &["features", "labels", "models", "stats", "lifecycle"]),
    ("execution", &["market", "stats"]),
    ("rl", &["execution", "neural"]),
    ("validation", &["training", "execution", "stats", "lifecycle"]),
    ("lifecycle", &["units"]),
    ("live", &["features", "models", "neural", "execution", "lifecycle"]),
    ("ledger", &["lifecycle"]),
    ("app", &["sources", "lake", "sentiment", "neural", "training", "rl", "validation", "live", "ledger"]),
    ("cluster", &["app"]),
    ("server", &["app"]),
    ("sql", &["lake"]),
    ("cli", &["app", "server", "cluster", "sql"]),
];

/// Dev-only packages may depend on anything, and nothing that ships may depend on them.
const DEV_ONLY: &[&str] = &["testkit", "benches", "xtask"];

/// Never, not even in tests: `(crate, what it must not see)`.
const NEVER: &[(&str, &str)] = &[("features", "labels"), ("live", "labels"), ("models", "market")];

/// Crates that may open a socket.
pub(super) const SOCKETS: &[&str] = &["sources", "ledger", "app", "server", "cluster", "testkit"];

/// `(crate, package)`: uses the package without the part that opens sockets.
pub(super) const RUNTIME_ONLY: &[(&str, &str)] = &[("sql", "tokio")];

/// Outside packages that open sockets or read executable formats, by the start of their name.
pub(super) const NETWORK: &[&str] = &[
    "reqwest",
    "tokio",
    "ureq",
    "hyper",
    "axum",
    "tonic",
    "tungstenite",
    "lettre",
    "async-nats",
    "socket2",
    "mio",
];
const EXECUTABLE_FORMATS: &[&str] = &["serde-pickle", "serde_pickle", "pyo3", "pickled"];

/// Names that collect everything and say nothing.
const EMPTY_NAMES: &[&str] = &["common", "utils", "util", "core", "manager", "helpers", "misc"];

/// One workspace package, as `cargo metadata` tells it.
#[derive(Debug, Default)]
pub(super) struct Package {
    /// Without the `proofmark-` prefix.
    name: String,
    /// Normal and build dependencies inside the workspace.
    ships_with: BTreeSet<String>,
    /// Dev dependencies inside the workspace.
    tests_with: BTreeSet<String>,
    /// All direct dependencies outside the workspace.
    outside: BTreeSet<String>,
    inherits_lints: bool,
}

pub(super) fn metadata(root: &Path) -> Vec<Package> {
    let output = crate::cargo()
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(root)
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON");
    let packages = metadata["packages"].as_array().expect("metadata lists packages");
    let short = |name: &str| name.strip_prefix("proofmark-").unwrap_or(name).to_owned();
    packages
        .iter()
        .map(|package| {
            let manifest = package["manifest_path"].as_str().expect("a package has a manifest");
            let text = std::fs::read_to_string(manifest).expect("the manifest is readable");
            let mut read = Package {
                name: short(package["name"].as_str().expect("a package has a name")),
                inherits_lints: text.contains("[lints]\nworkspace = true"),
                ..Package::default()
            };
            for dependency in package["dependencies"].as_array().expect("a package lists dependencies") {
                let name = dependency["name"].as_str().expect("a dependency has a name");
                let set = match (dependency["path"].is_string(), dependency["kind"].as_str()) {
                    (true, Some("dev")) => &mut read.tests_with,
                    (true, _) => &mut read.ships_with,
                    (false, _) => &mut read.outside,
                };
                set.insert(short(name));
            }
            read
        })
        .collect()
}

pub(super) fn check(packages: &[Package]) -> Vec<Violation> {
    let mut violations = Vec::new();
    let ships: BTreeMap<&str, &BTreeSet<String>> =
        packages.iter().map(|package| (package.name.as_str(), &package.ships_with)).collect();
    for package in packages {
        let name = package.name.as_str();
        let mut fail = |what: String| {
            let file = format!("crates/{name}/Cargo.toml");
            violations.push(Violation { rule: "dependencies", file, line: 0, what });
        };
        if !package.inherits_lints {
            fail("does not inherit the workspace lints".to_owned());
        }
        if EMPTY_NAMES.contains(&name) {
            fail(format!("the name `{name}` says nothing about what is inside"));
        }
        for outside in &package.outside {
            if EXECUTABLE_FORMATS.contains(&outside.as_str()) {
                fail(format!("`{outside}` reads a format that can execute code"));
            }
            let network = NETWORK.iter().any(|net| outside.starts_with(net));
            if network && !SOCKETS.contains(&name) && !RUNTIME_ONLY.contains(&(name, outside)) {
                fail(format!("`{outside}` opens sockets; only {} may", SOCKETS.join(", ")));
            }
        }
        let with_tests: BTreeSet<String> =
            package.ships_with.union(&package.tests_with).flat_map(|d| closure(d, &ships)).collect();
        for (_, never) in NEVER.iter().filter(|(who, _)| *who == name) {
            if with_tests.contains(*never) {
                fail(format!("must never see `{never}`, not even in tests"));
            }
        }
        if DEV_ONLY.contains(&name) {
            continue;
        }
        let Some(allowed) = allowed_closure(name) else {
            fail(format!(
                "`{name}` is not in the table of allowed dependencies (xtask/src/house/dependencies.rs)"
            ));
            continue;
        };
        for reached in
            package.ships_with.iter().flat_map(|direct| closure(direct, &ships)).collect::<BTreeSet<_>>()
        {
            if !allowed.contains(reached.as_str()) {
                fail(format!("may not depend on `{reached}`, directly or through others"));
            }
        }
    }
    violations
}

fn closure(from: &str, ships: &BTreeMap<&str, &BTreeSet<String>>) -> BTreeSet<String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![from.to_owned()];
    while let Some(next) = open.pop() {
        if reached.insert(next.clone()) {
            open.extend(ships.get(next.as_str()).into_iter().flat_map(|direct| direct.iter().cloned()));
        }
    }
    reached
}

fn allowed_closure(name: &str) -> Option<BTreeSet<&'static str>> {
    let direct = |name: &str| ALLOWED.iter().find(|(who, _)| *who == name).map(|(_, may)| *may);
    let mut reached = BTreeSet::new();
    let mut open: Vec<&str> = direct(name)?.to_vec();
    while let Some(next) = open.pop() {
        if reached.insert(next) {
            open.extend(direct(next).into_iter().flatten());
        }
    }
    Some(reached)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn package(name: &str, ships_with: &[&str], tests_with: &[&str], outside: &[&str]) -> Package {
        let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Package {
            name: name.to_owned(),
            ships_with: set(ships_with),
            tests_with: set(tests_with),
            outside: set(outside),
            inherits_lints: true,
        }
    }

    /// `(planted packages, what the report must say)`; an empty text means no violation.
    #[test]
    fn planted_dependencies_are_caught() {
        let cases: Vec<(Vec<Package>, &str)> = vec![
            (vec![package("features", &["market", "stats"], &["sources"], &["serde"])], ""),
            (vec![package("features", &["labels"], &[], &[])], "may not depend on `labels`"),
            (vec![package("features", &[], &["labels"], &[])], "not even in tests"),
            (
                vec![
                    package("features", &[], &["training"], &[]),
                    package("training", &["labels"], &[], &[]),
                ],
                "must never see `labels`",
            ),
            (
                vec![package("stats", &["units"], &[], &[]), package("units", &["market"], &[], &[])],
                "may not depend on `market`",
            ),
            (vec![package("lifecycle", &["ledger"], &[], &[])], "may not depend on `ledger`"),
            (vec![package("market", &[], &[], &["tokio-util"])], "opens sockets"),
            (vec![package("ledger", &[], &[], &["tokio"])], ""),
            (vec![package("models", &[], &[], &["serde-pickle"])], "can execute code"),
            (vec![package("app", &["testkit"], &[], &[])], "may not depend on `testkit`"),
            (vec![package("surprise", &[], &[], &[])], "not in the table"),
            (vec![package("utils", &[], &[], &[])], "says nothing"),
            (vec![package("benches", &["features", "labels", "app"], &[], &[])], ""),
            (vec![Package { inherits_lints: false, ..package("units", &[], &[], &[]) }], "workspace lints"),
        ];
        for (packages, want) in cases {
            let text: Vec<String> = check(&packages).into_iter().map(|v| v.what).collect();
            let text = text.join("; ");
            assert!(
                if want.is_empty() { text.is_empty() } else { text.contains(want) },
                "{packages:?}\n{text}\nwant {want}"
            );
        }
    }
}
