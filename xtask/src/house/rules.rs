//! The rules over source text, each with planted violations that must fire and look-alikes that must not.

use super::source::SourceFile;
use super::{Violation, dependencies};

pub(crate) struct Rule {
    pub(crate) id: &'static str,
    find: fn(&SourceFile) -> Vec<(usize, String)>,
    /// `(path, text, line that must be reported)`.
    pub(crate) planted: &'static [(&'static str, &'static str, usize)],
    /// `(path, text)` that must not be reported.
    pub(crate) harmless: &'static [(&'static str, &'static str)],
}

impl Rule {
    pub(crate) fn check(&self, file: &SourceFile) -> Vec<Violation> {
        // The rules themselves quote what they forbid.
        if file.path.starts_with("xtask/src/house/") {
            return Vec::new();
        }
        (self.find)(file)
            .into_iter()
            .map(|(line, what)| Violation { rule: self.id, file: file.path.clone(), line, what })
            .collect()
    }
}

pub(crate) const RULES: &[Rule] = &[
    Rule {
        id: "pure_lifecycle",
        find: pure_lifecycle,
        planted: &[
            ("crates/lifecycle/src/gates.rs", "fn f() {\n    std::fs::read(\"x\");\n}\n", 2),
            ("crates/lifecycle/src/mark.rs", "use std::{fmt, net::TcpStream};\n", 1),
            ("crates/lifecycle/src/mark.rs", "use std::time::{Duration, SystemTime};\n", 1),
            ("crates/lifecycle/src/mark.rs", "fn f() { let t = Instant::now(); }\n", 1),
        ],
        harmless: &[
            ("crates/lifecycle/src/gates.rs", "// not std::fs\nuse std::fmt;\n"),
            ("crates/lifecycle/src/gates.rs", "#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n"),
            ("crates/lake/src/durable.rs", "use std::fs;\n"),
        ],
    },
    Rule {
        id: "sockets",
        find: sockets,
        planted: &[
            ("crates/features/src/set.rs", "use std::net::TcpStream;\n", 1),
            ("crates/cli/src/main.rs", "fn f() { reqwest::blocking::get(u); }\n", 1),
            ("crates/market/src/x.rs", "use std::os::unix::{fs, net};\n", 1),
        ],
        harmless: &[
            ("crates/sources/src/breeze.rs", "use std::net::TcpStream;\n"),
            ("crates/stats/src/x.rs", "let s = \"std::net\"; // reqwest\nlet tokio_like = 1;\n"),
        ],
    },
    Rule {
        id: "clock",
        find: clock,
        planted: &[
            ("crates/app/src/run.rs", "let t = jiff::Timestamp::now();\n", 1),
            ("crates/ledger/src/store.rs", "use std::time::SystemTime;\nlet t = SystemTime::now();\n", 2),
            ("crates/app/src/run.rs", "let z = Zoned::now();\n", 1),
        ],
        harmless: &[
            ("crates/app/src/clock.rs", "let t = jiff::Timestamp::now();\n"),
            ("crates/app/src/run.rs", "let t = clock::now();\n// Timestamp::now\n"),
        ],
    },
    Rule {
        id: "unseeded",
        find: unseeded,
        planted: &[
            ("crates/stats/src/bootstrap.rs", "let mut rng = rand::rng();\n", 1),
            ("crates/stats/src/bootstrap.rs", "let mut rng = rand::thread_rng();\n", 1),
            ("crates/models/src/trees.rs", "let mut rng = StdRng::from_os_rng();\n", 1),
            ("crates/app/src/approve.rs", "getrandom::fill(&mut bytes);\n", 1),
        ],
        harmless: &[
            ("crates/ledger/src/keys.rs", "getrandom::fill(&mut bytes);\n"),
            ("crates/stats/src/bootstrap.rs", "let mut rng = seed.child(\"draws\").rng();\n"),
        ],
    },
    Rule {
        id: "fractions",
        find: fractions,
        planted: &[
            ("crates/lifecycle/src/evidence.rs", "pub struct E {\n    pub drawdown_pct: f64,\n}\n", 2),
            ("pipelines/x.toml", "[risk]\nmax_drawdown_pct = 20\n", 2),
            ("crates/execution/src/costs.rs", "fn f(fee_percent: f64) {}\n", 1),
        ],
        harmless: &[
            ("crates/app/src/report/briefing.rs", "let drawdown_pct = 100.0 * drawdown;\n"),
            ("crates/stats/src/x.rs", "let n_pctile = 1; // drawdown_pct\n"),
            ("pipelines/x.toml", "# stop_pct was the old name\nstop_loss = 0.03\n"),
        ],
    },
    Rule {
        id: "executable_formats",
        find: executable_formats,
        planted: &[
            ("crates/models/src/file.rs", "let m = serde_pickle::from_reader(f);\n", 1),
            ("peers/x/run.py", "import numpy\nimport pickle\n", 2),
            ("peers/x/run.py", "from joblib import dump\n", 1),
            ("scripts/x.py", "model = torch.load(path)\n", 1),
        ],
        harmless: &[("crates/models/src/file.rs", "// never pickle\nlet pickled_onions = 0;\n")],
    },
    Rule {
        id: "machine_paths",
        find: machine_paths,
        planted: &[
            ("crates/app/src/run.rs", "let p = \"/work/shared/data\";\n", 1),
            ("README.md", "see\n`/home/someone/x`\n", 2),
            ("peers/x/run.py", "OUT = '/tmp/out.json'\n", 1),
            ("docs/x.md", "built in /var/tmp/x and\n", 1),
        ],
        harmless: &[
            (
                "README.md",
                "$HOME/.cache, a/work/b, https://host/home/x, ../shared/data, crates/tmp/x, and/or\n",
            ),
            ("crates/app/src/run.rs", "let p = root.join(\"work/tmp\");\n"),
        ],
    },
    Rule {
        id: "product_words",
        find: product_words,
        planted: &[
            ("README.md", "Written by Claude.\n", 1),
            ("crates/app/src/run.rs", "// SPA comes in the next issue\n", 1),
            ("docs/x.md", "an AI-generated text\n", 1),
        ],
        harmless: &[("README.md", "The model is issued a mark; the next session opens. Open an issue.\n")],
    },
    Rule {
        id: "no_stubs",
        find: no_stubs,
        planted: &[
            ("crates/stats/src/x.rs", "fn f() {\n    todo!()\n}\n", 2),
            ("crates/stats/src/x.rs", "#[test]\n#[ignore = \"slow\"]\nfn t() {}\n", 2),
            ("crates/stats/tests/it/main.rs", "#[ignore]\nfn t() {}\n", 1),
            ("crates/stats/src/x.rs", "fn f() { unimplemented!(\"later\") }\n", 1),
        ],
        harmless: &[("crates/stats/src/x.rs", "// todo!() and #[ignore]\nlet todo = 1; let ignore = 2;\n")],
    },
    Rule {
        id: "telling_names",
        find: telling_names,
        planted: &[
            ("crates/app/src/utils.rs", "pub fn f() {}\n", 0),
            ("crates/app/src/common/mod.rs", "mod x;\n", 0),
        ],
        harmless: &[("crates/app/src/report/mod.rs", "mod utils_of_nothing;\n")],
    },
    Rule {
        id: "no_empty_shell",
        find: no_empty_shell,
        planted: &[("crates/app/src/lib.rs", "//! One day.\n", 0)],
        harmless: &[("crates/app/src/lib.rs", "//! Now.\nmod run;\n")],
    },
];

fn in_crate(file: &SourceFile, name: &str) -> bool {
    file.krate() == Some(name)
}

/// Paths that start with one of `prefixes`, segment by segment.
fn starting_with(paths: &[(usize, String)], prefixes: &[&str]) -> Vec<(usize, String)> {
    let matches = |path: &str| {
        prefixes
            .iter()
            .any(|p| path.strip_prefix(p).is_some_and(|rest| rest.is_empty() || rest.starts_with("::")))
    };
    paths.iter().filter(|(_, path)| matches(path)).map(|(line, path)| (*line, format!("`{path}`"))).collect()
}

/// Paths that contain `segments` in a row, such as `Timestamp::now` in `jiff::Timestamp::now`.
fn containing(paths: &[(usize, String)], runs: &[&str]) -> Vec<(usize, String)> {
    let matches = |path: &str| {
        let framed = format!("::{path}::");
        runs.iter().any(|run| framed.contains(&format!("::{run}::")))
    };
    paths.iter().filter(|(_, path)| matches(path)).map(|(line, path)| (*line, format!("`{path}`"))).collect()
}

/// Gates, votes and marks are judged without I/O or clock, so that a decision can be replayed.
fn pure_lifecycle(file: &SourceFile) -> Vec<(usize, String)> {
    if !in_crate(file, "lifecycle") {
        return Vec::new();
    }
    let mut found = starting_with(
        &file.shipped_paths,
        &[
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "std::thread",
            "std::os",
            "std::time::SystemTime",
        ],
    );
    found.extend(containing(
        &file.shipped_paths,
        &["Instant::now", "SystemTime::now", "File::open", "File::create"],
    ));
    found
}

fn sockets(file: &SourceFile) -> Vec<(usize, String)> {
    if file.krate().is_none_or(|krate| dependencies::SOCKETS.contains(&krate)) {
        return Vec::new();
    }
    let mut prefixes = vec!["std::net", "std::os::unix::net"];
    let runtime = |net: &str| {
        dependencies::RUNTIME_ONLY
            .iter()
            .any(|(krate, package)| Some(*krate) == file.krate() && *package == net)
    };
    prefixes.extend(dependencies::NETWORK.iter().copied().filter(|net| !runtime(net)));
    prefixes.push("tokio::net");
    starting_with(&file.paths, &prefixes)
}

/// Wall time is read in one place and handed down; a run must replay.
fn clock(file: &SourceFile) -> Vec<(usize, String)> {
    if file.path == "crates/app/src/clock.rs" {
        return Vec::new();
    }
    containing(&file.paths, &["SystemTime::now", "Timestamp::now", "Zoned::now", "Utc::now", "Local::now"])
}

/// Randomness comes from the named seed tree; keys are the one thing that must not be reproducible.
fn unseeded(file: &SourceFile) -> Vec<(usize, String)> {
    if file.path == "crates/ledger/src/keys.rs" {
        return Vec::new();
    }
    let mut found = containing(
        &file.paths,
        &[
            "rand::rng",
            "thread_rng",
            "from_os_rng",
            "from_entropy",
            "OsRng",
            "SysRng",
            "rand::random",
            "fastrand",
        ],
    );
    found.extend(starting_with(&file.paths, &["getrandom"]));
    found
}

/// A percent is never stored: names that end so exist only where numbers are shown.
fn fractions(file: &SourceFile) -> Vec<(usize, String)> {
    let percent = |name: &str| name.ends_with("_pct") || name.ends_with("_percent");
    let display =
        ["crates/app/src/report/", "crates/cli/src/"].iter().any(|shown| file.path.starts_with(shown));
    if display {
        return Vec::new();
    }
    if file.path.ends_with(".toml") {
        return numbered_lines(&file.text)
            .filter(|(_, line)| {
                line.split_once('=').is_some_and(|(key, _)| percent(key.trim()) && !key.starts_with('#'))
            })
            .map(|(number, line)| (number, format!("`{line}` is not a fraction")))
            .collect();
    }
    let last = |path: &str| path.rsplit("::").next().unwrap_or_default().to_owned();
    file.paths
        .iter()
        .filter(|(_, path)| percent(&last(path)))
        .map(|(line, path)| (*line, format!("`{path}` outside display code; store fractions")))
        .collect()
}

/// Files that run code when they are read.
fn executable_formats(file: &SourceFile) -> Vec<(usize, String)> {
    if file.path.ends_with(".py") {
        let modules = ["pickle", "cPickle", "joblib", "dill", "cloudpickle", "marshal", "shelve"];
        return numbered_lines(&file.text)
            .filter(|(_, line)| {
                let mut words = line.split_whitespace();
                let import = matches!(words.next(), Some("import" | "from"));
                import && words.next().is_some_and(|name| modules.contains(&name.trim_end_matches(',')))
                    || line.contains("torch.load(")
            })
            .map(|(number, line)| (number, format!("`{}`", line.trim())))
            .collect();
    }
    starting_with(&file.paths, &["serde_pickle", "pickle", "pyo3"])
}

fn machine_paths(file: &SourceFile) -> Vec<(usize, String)> {
    let places = ["/work/", "/home/", "/tmp/", "/root/", "/var/tmp/", "/Users/", "/mnt/"];
    // Inside a longer path or an address the same letters name something else.
    let starts_a_path =
        |before: Option<char>| before.is_none_or(|c| !c.is_alphanumeric() && !"./_-}$~*\\".contains(c));
    numbered_lines(&file.text)
        .filter_map(|(number, line)| {
            let place = places.iter().find(|place| {
                line.match_indices(**place).any(|(at, _)| starts_a_path(line[..at].chars().next_back()))
            })?;
            Some((number, format!("a path of one machine: `{place}`")))
        })
        .collect()
}

/// Product text speaks of the product, not of how it came about.
fn product_words(file: &SourceFile) -> Vec<(usize, String)> {
    const WORDS: &[&str] = &[
        "claude",
        "anthropic",
        "openai",
        "chatgpt",
        "copilot",
        "ai-generated",
        "ai generated",
        "language model",
        "as an ai",
        "subagent",
        "this issue",
        "next issue",
        "later issue",
        "ground floor",
        "vertical slice",
    ];
    numbered_lines(&file.text)
        .filter_map(|(number, line)| {
            let lower = line.to_lowercase();
            let word = WORDS.iter().find(|word| lower.contains(**word))?;
            Some((number, format!("`{word}`")))
        })
        .collect()
}

fn no_stubs(file: &SourceFile) -> Vec<(usize, String)> {
    numbered_lines(&file.code)
        .filter_map(|(number, line)| {
            let what = ["todo!", "unimplemented!", "#[ignore"].iter().find(|stub| line.contains(**stub))?;
            Some((number, format!("`{what}`")))
        })
        .collect()
}

fn telling_names(file: &SourceFile) -> Vec<(usize, String)> {
    let name = |part: &str| part.trim_end_matches(".rs").to_owned();
    file.path
        .split('/')
        .filter(|part| {
            file.path.ends_with(".rs")
                && ["common", "utils", "util", "core", "manager", "helpers", "misc"]
                    .contains(&name(part).as_str())
        })
        .map(|part| (0, format!("`{part}` says nothing about what is inside")))
        .collect()
}

fn no_empty_shell(file: &SourceFile) -> Vec<(usize, String)> {
    let root = file.path.ends_with("/src/lib.rs") || file.path.ends_with("/src/main.rs");
    if root && file.shipped.trim().is_empty() {
        return vec![(0, "a crate without code".to_owned())];
    }
    Vec::new()
}

fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    text.lines().enumerate().map(|(index, line)| (index + 1, line))
}
