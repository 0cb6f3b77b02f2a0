//! `cargo xtask test`: cheapest check first, stop at the first failure.

use std::path::Path;
use std::time::Instant;

struct Step {
    name: &'static str,
    arguments: &'static [&'static str],
    environment: &'static [(&'static str, &'static str)],
}

const STEPS: &[Step] = &[
    Step { name: "format", arguments: &["fmt", "--all", "--check"], environment: &[] },
    Step {
        name: "clippy",
        arguments: &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"],
        environment: &[],
    },
    Step {
        name: "tests",
        arguments: &["test", "--workspace", "--lib", "--bins", "--tests"],
        environment: &[],
    },
    Step { name: "doc tests", arguments: &["test", "--workspace", "--doc"], environment: &[] },
    Step {
        name: "docs",
        arguments: &["doc", "--workspace", "--no-deps"],
        environment: &[("RUSTDOCFLAGS", "-D warnings")],
    },
];

pub(crate) fn run(root: &Path) -> Result<(), String> {
    let began = Instant::now();
    say_whether_data_is_here(root);
    for (index, step) in STEPS.iter().enumerate() {
        eprintln!("== {}/{} {}: cargo {}", index + 1, STEPS.len(), step.name, step.arguments.join(" "));
        let start = Instant::now();
        let status = crate::cargo()
            .args(step.arguments)
            .envs(step.environment.iter().copied())
            .current_dir(root)
            .status()
            .map_err(|error| format!("failed to start cargo: {error}"))?;
        let seconds = start.elapsed().as_secs_f64();
        if !status.success() {
            return Err(format!("step `{}` failed after {seconds:.1} s ({status})", step.name));
        }
        eprintln!("== {} passed in {seconds:.1} s", step.name);
    }
    // Said twice: the first line is far up by now.
    say_whether_data_is_here(root);
    eprintln!("== all {} steps passed in {:.1} s", STEPS.len(), began.elapsed().as_secs_f64());
    Ok(())
}

fn say_whether_data_is_here(root: &Path) {
    match crate::shared_data(root) {
        Some(_) => eprintln!("== ../shared/data is here: tests on real data run"),
        None => eprintln!("== SKIPPED: ../shared/data is not here, so no test ran on real data"),
    }
}
