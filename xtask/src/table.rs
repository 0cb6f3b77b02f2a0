//! The Markdown of `docs/BENCHMARKS.md`.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::compare::Outcome;
use crate::measure::Measured;

/// The whole page: what was measured now, and of `before`, an older page of this machine, what was not.
///
/// # Errors
/// The older page is of another machine, so that its times say nothing beside new ones.
pub(crate) fn page(outcomes: &[Outcome], scaling: &[String], before: &str) -> Result<String, String> {
    let head = format!(
        "# Benchmarks\n\nWritten by `cargo xtask bench`; do not edit. Each comparison runs ours and the peer in turns in \
         the same run, on the same input, with the same number of threads a side, and prints no time unless the figures listed \
         agree. Times are the best turn, in seconds; a ratio above 1 means ours is faster.\n\nMachine: {}.\n",
        machine()
    );
    let mut old = sections(before);
    if !old.is_empty() && !before.starts_with(&head) {
        return Err(
            "docs/BENCHMARKS.md is of another machine; hint: without a name everything is measured anew"
                .to_owned(),
        );
    }
    let new: Vec<String> = outcomes.iter().map(section).chain(scaling.iter().cloned()).collect();
    old.extend(new.iter().filter_map(|text| Some((title(text)?, text.trim_end()))));
    let titles = crate::comparisons::all()
        .map(|comparison| comparison.title)
        .chain(crate::scaling::ALL.iter().map(|scaling| scaling.title));
    let page = titles.filter_map(|title| old.get(title)).fold(head, |page, text| page + "\n" + text + "\n");
    Ok(page)
}

/// The heading of a section.
fn title(section: &str) -> Option<&str> {
    section.lines().next()?.strip_prefix("## ")
}

/// Sections of a page by their headings.
fn sections(page: &str) -> BTreeMap<&str, &str> {
    let starts: Vec<usize> = page.match_indices("\n## ").map(|(at, _)| at + 1).collect();
    let ends = starts.iter().skip(1).copied().chain([page.len()]);
    let texts = starts.iter().zip(ends).map(|(from, to)| page[*from..to].trim_end());
    texts.filter_map(|text| Some((title(text)?, text))).collect()
}

/// One comparison: what was done, times, agreement.
pub(crate) fn section(outcome: &Outcome) -> String {
    let comparison = outcome.comparison;
    let mut text = format!(
        "## {}\n\n{}\n\nPeer: {}. Threads: {}. Turns: {}.\n\n| Measure | ours | peer | peer / ours |\n|---|---|---|---|\n",
        comparison.title,
        comparison.work,
        versions(&outcome.peer),
        comparison.threads,
        comparison.turns
    );
    for stage in comparison.stages {
        let label = if *stage == "wall" { "whole process (s)".to_owned() } else { format!("{stage} (s)") };
        row(
            &mut text,
            &label,
            best(&outcome.ours, |m| m.seconds(stage)),
            best(&outcome.peer, |m| m.seconds(stage)),
            3,
        );
    }
    row(
        &mut text,
        "CPU of the process (s)",
        best(&outcome.ours, |m| m.cpu_seconds),
        best(&outcome.peer, |m| m.cpu_seconds),
        2,
    );
    let mebibytes = |m: &Measured| m.peak_bytes.map(|bytes| bytes as f64 / f64::from(1 << 20));
    row(&mut text, "peak memory (MiB)", worst(&outcome.ours, mebibytes), worst(&outcome.peer, mebibytes), 0);
    text.push('\n');
    text.push_str(&agreement(outcome));
    text
}

/// The figures that had to agree.
pub(crate) fn agreement(outcome: &Outcome) -> String {
    let mut text = String::from("| Figure | ours | peer | allowed |\n|---|---|---|---|\n");
    let (Some(ours), Some(peer)) = (outcome.ours.last(), outcome.peer.last()) else { return text };
    let show = |value: Option<f64>| value.map_or_else(|| "missing".to_owned(), number);
    for (name, near) in outcome.comparison.agree {
        let _ =
            writeln!(text, "| {name} | {} | {} | {near} |", show(ours.figure(name)), show(peer.figure(name)));
    }
    text
}

fn row(text: &mut String, label: &str, ours: Option<f64>, peer: Option<f64>, digits: usize) {
    let show =
        |value: Option<f64>| value.map_or_else(|| "not measured".to_owned(), |v| format!("{v:.digits$}"));
    let ratio = match (ours, peer) {
        (Some(ours), Some(peer)) if ours > 0.0 => format!("{:.2}", peer / ours),
        _ => "-".to_owned(),
    };
    let _ = writeln!(text, "| {label} | {} | {} | {ratio} |", show(ours), show(peer));
}

fn best(turns: &[Measured], value: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
    turns.iter().filter_map(value).min_by(f64::total_cmp)
}

/// Memory is sampled, so the largest turn is nearest to the truth.
fn worst(turns: &[Measured], value: impl Fn(&Measured) -> Option<f64>) -> Option<f64> {
    turns.iter().filter_map(value).max_by(f64::total_cmp)
}

/// Shortest text that reads back to the same number; tiny ones with an exponent.
fn number(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { value.to_string() }
}

fn versions(turns: &[Measured]) -> String {
    let Some(versions) = turns.first().and_then(|m| m.said["versions"].as_object()) else {
        return "unknown".to_owned();
    };
    let listed: Vec<String> = versions
        .iter()
        .map(|(name, version)| format!("{name} {}", version.as_str().unwrap_or("?")))
        .collect();
    listed.join(", ")
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, std::num::NonZero::get);
    let cpu = std::fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    format!(
        "{cores} cores, {}, {} {}",
        cpu.unwrap_or_else(|| "unknown processor".to_owned()),
        std::env::consts::OS,
        std::env::consts::ARCH
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::comparisons;
    use serde_json::json;

    #[test]
    fn the_best_turn_is_printed_with_its_ratio() {
        let measured = |seconds: f64| Measured {
            wall_seconds: seconds,
            cpu_seconds: None,
            peak_bytes: Some(3 << 20),
            said: json!({"timings": {"compute": seconds}, "figures": {"bars": 5}, "versions": {"TA-Lib": "0.6"}}),
        };
        let outcome = Outcome {
            comparison: comparisons::all().next().unwrap(),
            ours: vec![measured(2.0), measured(1.0)],
            peer: vec![measured(3.0), measured(4.0)],
        };
        let text = section(&outcome);
        for line in [
            "| compute (s) | 1.000 | 3.000 | 3.00 |",
            "| CPU of the process (s) | not measured | not measured | - |",
            "| peak memory (MiB) | 3 | 3 | 1.00 |",
            "Peer: TA-Lib 0.6. Threads: 1. Turns: 5.",
            "| bars | 5 | 5 | equal |",
            "| columns | missing | missing | equal |",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
        let whole = page(&[outcome], &["## Linear in rows\n\nsteady\n".to_owned()], "").unwrap();
        assert!(whole.starts_with("# Benchmarks\n") && whole.ends_with("\n\nsteady\n"), "{whole}");
    }

    #[test]
    fn a_section_measured_anew_takes_the_place_of_the_old_one() {
        let texts =
            crate::scaling::ALL.iter().map(|s| format!("## {}\n\nsteady\n", s.title)).collect::<Vec<_>>();
        let before = page(&[], &texts, "").unwrap();
        let again = format!("## {}\n\ngrows\n", crate::scaling::ALL[0].title);
        let after = page(&[], std::slice::from_ref(&again), &before).unwrap();
        assert_eq!(after, before.replacen("steady", "grows", 1));
        let elsewhere = before.replace("Machine: ", "Machine: 99 x ");
        assert!(page(&[], &[again], &elsewhere).is_err());
    }
}
