//! Pass rates with exact bounds, what each gate does alone, what leaving it out would do, and the operating curve.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use proofmark_lifecycle::Verdict;
use proofmark_stats::binomial::{lower_bound, upper_bound};
use proofmark_stats::moments::mean;
use serde::{Deserialize, Serialize};

use super::{CURVE_TRIALS, Kind, LeakReport, Outcome, Variant, families};

const LEVEL: f64 = 0.95;
/// Rule of the operating curve.
const P_MAX: f64 = 0.01;
const DSR_MIN: f64 = 0.95;

/// What one gate does in a cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GateShare {
    /// The gate.
    pub gate: String,
    /// Worlds it passes: its size in a bad family, its power in a good one.
    pub passes: u64,
    /// Worlds it fails.
    pub fails: u64,
    /// Worlds that would be approved without it.
    pub approved_without: u64,
}

/// One family under one condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// The family.
    pub family: String,
    /// Whether its candidates have skill.
    pub kind: Kind,
    /// Its condition.
    pub variant: Variant,
    /// What is wrong, or right, with it.
    pub doc: String,
    /// Worlds judged.
    pub worlds: u64,
    /// Worlds with every gate passed.
    pub approved: u64,
    /// One-sided 95 % bounds of the share approved (Clopper & Pearson).
    pub lower: Option<f64>,
    /// See `lower`.
    pub upper: Option<f64>,
    /// Mean annual appraisal ratio over the worlds: the strength that was there, whatever was declared.
    pub mean_appraisal: Option<f64>,
    /// Mean rank information coefficient.
    pub mean_rank_ic: Option<f64>,
    /// Mean two-way turnover a year.
    pub mean_turnover: Option<f64>,
    /// Every gate.
    pub gates: Vec<GateShare>,
    /// Share of worlds with bootstrap p <= 0.01 and DSR >= 0.95 at 1, 10, 50 and 500 trials.
    pub curve: [f64; 4],
    /// What the reference curve has at the measured strength, and whether each share lies on it.
    pub reference: Option<[(f64, bool); 4]>,
}

/// A certification.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Certification {
    /// Every cell.
    pub cells: Vec<Cell>,
    /// Bad cells whose upper bound lies above 1 %, by name.
    pub above_bound: Vec<String>,
    /// Families with fewer worlds than a full certification has, with both numbers.
    pub unfinished: Vec<String>,
    /// Planted leaks and false alarms, if they were looked for.
    pub leaks: Option<LeakReport>,
}

impl Certification {
    /// Whether every family was run, every one without skill is bounded at 1 %, every planted leak was stopped, and
    /// false alarms are bounded at 1 %.
    pub fn holds(&self) -> bool {
        let leaks = self.leaks.as_ref().is_some_and(|l| {
            l.planted.iter().all(|p| p.stopped)
                && upper_bound(l.clean.alarms, l.clean.pipelines, LEVEL).is_some_and(|u| u <= 0.01)
        });
        self.above_bound.is_empty() && self.unfinished.is_empty() && leaks
    }
}

pub(super) fn report(outcomes: &[Outcome], leaks: Option<LeakReport>) -> Certification {
    let mut groups: BTreeMap<(usize, Variant), Vec<&Outcome>> = BTreeMap::new();
    for outcome in outcomes {
        if let Some(at) = families::FAMILIES.iter().position(|f| f.name == outcome.family) {
            groups.entry((at, outcome.variant)).or_default().push(outcome);
        }
    }
    let cells: Vec<Cell> = groups.iter().map(|((at, variant), worlds)| cell(*at, *variant, worlds)).collect();
    let unfinished = families::FAMILIES
        .iter()
        // Real bars are not part of the program: their families are asked for.
        .filter(|family| !family.make.is_real())
        .flat_map(|f| f.variants.iter().map(move |v| (f, *v)))
        .filter_map(|(family, variant)| {
            let cell = cells.iter().find(|c| c.family == family.name && c.variant == variant);
            let (worlds, approved) = cell.map_or((0, 0), |c| (c.worlds, c.approved));
            let wanted = family.wanted(approved);
            let name = || format!("{}/{} ({worlds} of {wanted})", family.name, variant.name());
            (worlds < wanted).then(name)
        })
        .collect();
    let above_bound = cells
        .iter()
        .filter(|c| c.kind == Kind::Bad && c.upper.is_none_or(|u| u > 0.01))
        .map(|c| format!("{}/{}", c.family, c.variant.name()))
        .collect();
    Certification { cells, above_bound, unfinished, leaks }
}

fn cell(at: usize, variant: Variant, worlds: &[&Outcome]) -> Cell {
    let family = &families::FAMILIES[at];
    let n = worlds.len() as u64;
    let count = |test: &dyn Fn(&Outcome) -> bool| worlds.iter().filter(|o| test(o)).count() as u64;
    let approved = count(&|o| o.approved(None));
    let mut names: Vec<&str> = Vec::new();
    for (gate, _) in worlds.iter().flat_map(|o| &o.gates) {
        if !names.contains(&gate.as_str()) {
            names.push(gate);
        }
    }
    let says =
        |o: &Outcome, gate: &str, verdict: Verdict| o.gates.iter().any(|(g, v)| g == gate && *v == verdict);
    let gates = names
        .iter()
        .map(|gate| GateShare {
            gate: (*gate).to_owned(),
            passes: count(&|o| says(o, gate, Verdict::Pass)),
            fails: count(&|o| says(o, gate, Verdict::Fail)),
            approved_without: count(&|o| o.approved(Some(gate))),
        })
        .collect();
    let average =
        |of: &dyn Fn(&Outcome) -> Option<f64>| mean(&worlds.iter().filter_map(|o| of(o)).collect::<Vec<_>>());
    let on_curve = |k: usize| {
        let passes =
            |o: &Outcome| o.p.is_some_and(|p| p <= P_MAX) && o.dsr_at[k].is_some_and(|d| d >= DSR_MIN);
        count(&passes) as f64 / n as f64
    };
    let curve = [on_curve(0), on_curve(1), on_curve(2), on_curve(3)];
    let mean_appraisal = average(&|o| o.appraisal);
    let reference = mean_appraisal.map(|sharpe| {
        let expected = super::curve::expected(sharpe);
        std::array::from_fn(|k| (expected[k], super::curve::lands(curve[k], expected[k], n)))
    });
    Cell {
        family: family.name.to_owned(),
        kind: family.kind,
        variant,
        doc: family.doc.to_owned(),
        worlds: n,
        approved,
        lower: lower_bound(approved, n, LEVEL),
        upper: upper_bound(approved, n, LEVEL),
        mean_appraisal,
        mean_rank_ic: average(&|o| o.rank_ic),
        mean_turnover: average(&|o| o.turnover),
        gates,
        curve,
        reference,
    }
}

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

fn number(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| format!("{v:.2}"))
}

/// The report as people read it.
pub(super) fn markdown(report: &Certification) -> String {
    let mut out = String::from(
        "# Certification\n\nSimulated worlds of known truth through books, tests and gates of the default policy. Bounds are one-sided \
         95 % (Clopper and Pearson). `free`: costs are zero and scores persist, so that a refusal owes nothing to costs.\n",
    );
    if !report.unfinished.is_empty() {
        let _ = write!(out, "\n**Not complete.** Worlds are missing: {}.\n", report.unfinished.join(", "));
    }
    out.push_str("\n## Candidates without skill\n\n| family | costs | worlds | approved | at most | appraisal | rank IC | turnover | what it is |\n|---|---|---|---|---|---|---|---|---|\n");
    let cells = |kind: Kind| report.cells.iter().filter(move |c| c.kind == kind);
    for c in cells(Kind::Bad) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            c.family,
            c.variant.name(),
            c.worlds,
            c.approved,
            c.upper.map_or_else(|| "-".to_owned(), percent),
            number(c.mean_appraisal),
            c.mean_rank_ic.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}")),
            c.mean_turnover.map_or_else(|| "-".to_owned(), |v| format!("{v:.0}")),
            c.doc
        );
    }
    out.push_str("\n## Candidates with skill\n\nStrength is the mean measured over the worlds of a row.\n\n| family | worlds | active Sharpe | rank IC | turnover | found | at least |\n|---|---|---|---|---|---|---|\n");
    for c in cells(Kind::Good) {
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} | {} | {} | {} |",
            c.family,
            c.worlds,
            number(c.mean_appraisal),
            c.mean_rank_ic.map_or_else(|| "-".to_owned(), |v| format!("{v:.3}")),
            c.mean_turnover.map_or_else(|| "-".to_owned(), |v| format!("{v:.0}")),
            percent(c.approved as f64 / c.worlds as f64),
            c.lower.map_or_else(|| "-".to_owned(), percent),
        );
    }
    out.push_str("\n## Operating curve\n\nShare with bootstrap p <= 0.01 and DSR >= 0.95, had there been N trials; in brackets what the reference curve has at \
         that strength (straight lines between its points), `!` where the two are further apart than three standard \
         errors and 5 %.\n\n| active Sharpe | family |");
    for n in CURVE_TRIALS {
        let _ = write!(out, " N = {n} |");
    }
    out.push_str("\n|---|---|---|---|---|---|\n");
    for c in report.cells.iter().filter(|c| c.kind == Kind::Good || c.family == "random_scores") {
        let _ = write!(out, "| {} | {}/{} |", number(c.mean_appraisal), c.family, c.variant.name());
        for (k, share) in c.curve.iter().enumerate() {
            let _ = match c.reference.map(|reference| reference[k]) {
                Some((at, lands)) => {
                    write!(out, " {} ({}){} |", percent(*share), percent(at), if lands { "" } else { " !" })
                }
                None => write!(out, " {} |", percent(*share)),
            };
        }
        out.push('\n');
    }
    out.push_str("\n## Gates\n\nShare of worlds each gate passes by itself (its size where there is no skill, its power where there is), and in brackets the worlds approved if it were left out.\n\n");
    let names: Vec<&str> =
        report.cells.first().map(|c| c.gates.iter().map(|g| g.gate.as_str()).collect()).unwrap_or_default();
    let _ =
        writeln!(out, "| family | costs | {} |\n|---|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for c in &report.cells {
        let _ = write!(out, "| {} | {} |", c.family, c.variant.name());
        for name in &names {
            let cell = c.gates.iter().find(|g| g.gate == *name).map_or_else(
                || "-".to_owned(),
                |g| format!("{} ({})", percent(g.passes as f64 / c.worlds as f64), g.approved_without),
            );
            let _ = write!(out, " {cell} |");
        }
        out.push('\n');
    }
    if let Some(found) = &report.leaks {
        leaks(&mut out, found);
    }
    out
}

fn leaks(out: &mut String, found: &LeakReport) {
    out.push_str("\n## Leaks\n\n| planted | stopped by | how |\n|---|---|---|\n");
    for leak in &found.planted {
        let by = if leak.stopped { leak.stopped_by.replace('_', " ") } else { "**nothing**".to_owned() };
        let _ = writeln!(out, "| {} | {by} | {} |", leak.leak, leak.how);
    }
    let clean = &found.clean;
    let bound = upper_bound(clean.alarms, clean.pipelines, LEVEL).map_or_else(|| "-".to_owned(), percent);
    let _ = writeln!(
        out,
        "\nFalse alarms on clean pipelines, half of them with a real edge: {} of {} (at most {bound}).",
        clean.alarms, clean.pipelines
    );
    for line in &clean.sounded {
        let _ = writeln!(out, "- {line}");
    }
}
