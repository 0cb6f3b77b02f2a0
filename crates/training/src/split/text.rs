//! A split as text for a terminal: a timeline of every fold, then dates, counts and overlaps.

use std::fmt;

use proofmark_units::{Date, DateSpan};

use super::{FoldLayout, Part, PartPlan, Run, SplitPlan};

/// Months a column may stand for, once days and weeks are too many.
const MONTHS: [i32; 8] = [1, 2, 3, 4, 6, 12, 24, 60];

/// A [`SplitPlan`] as plain ASCII text; made by [`SplitPlan::text`].
///
/// A column of the timeline shows `T` where at least half of it is tested, `x` where anything in it was purged, `T`
/// where anything is tested, else `C` or `F`, whichever is more, and `.` where nothing is used.
#[derive(Debug, Clone, Copy)]
pub struct SplitText<'a> {
    plan: &'a SplitPlan,
    columns: usize,
    folds: usize,
}

impl SplitPlan {
    /// The split as text, with at most `columns` columns of timeline and the first `folds` folds in it.
    pub const fn text(&self, columns: usize, folds: usize) -> SplitText<'_> {
        SplitText { plan: self, columns, folds }
    }
}

/// Starts of the columns of a timeline, and the end of the last; and what a column stands for.
struct Columns {
    edges: Vec<Date>,
    unit: String,
}

impl Columns {
    /// The finest columns, at most `most` of them, that cover `span`.
    fn over(span: DateSpan, most: usize) -> Self {
        let most = most.max(1);
        let end = span.end.plus_days(1);
        let edges = |start: Date, step: &dyn Fn(i32) -> Date| -> Option<Vec<Date>> {
            let count = (1..=most as i32).find(|k| step(*k) >= end)?;
            Some(std::iter::once(start).chain((1..=count).map(step)).collect())
        };
        let monday = span.start.plus_days(-(span.start.weekday() as i32));
        for (start, days, unit) in [(span.start, 1, "day"), (monday, 7, "week")] {
            if let Some(edges) = edges(start, &|k| start.plus_days(k * days)) {
                return Self { edges, unit: format!("one {unit}") };
            }
        }
        let month = span.start.plus_days(1 - span.start.day() as i32);
        for months in MONTHS {
            if let Some(edges) = edges(month, &|k| month.plus_months(k * months)) {
                let unit = if months == 1 { "one month".to_owned() } else { format!("{months} months") };
                return Self { edges, unit };
            }
        }
        let days = (end.days() - span.start.days()) / most as i32 + 1;
        let edges = (0..=most as i32).map(|k| span.start.plus_days(k * days)).collect();
        Self { edges, unit: format!("{days} days") }
    }

    /// The years above the columns, where there is room.
    fn ruler(&self) -> String {
        let mut line = String::new();
        for (column, edge) in self.edges[..self.edges.len() - 1].iter().enumerate() {
            let begins = column == 0 || self.edges[column - 1].year() != edge.year();
            if begins && (column == 0 || line.len() < column) {
                line = format!("{line:<column$}{}", edge.year());
            }
        }
        line
    }

    fn timeline(&self, runs: &[Run]) -> String {
        self.edges.windows(2).map(|edge| symbol(runs, edge[0], edge[1])).collect()
    }
}

/// What the column from `from` to before `to` shows.
fn symbol(runs: &[Run], from: Date, to: Date) -> char {
    let days = |wanted: Part| -> i32 {
        let inside =
            |run: &Run| (run.dates.end.plus_days(1).min(to).days() - run.dates.start.max(from).days()).max(0);
        runs.iter().filter(|run| run.part == wanted).map(inside).sum()
    };
    let (fit, calibration) = (days(Part::Fit), days(Part::Calibration));
    let (purged, test) = (days(Part::Purged), days(Part::Test));
    match fit + calibration + purged + test {
        0 => '.',
        all if 2 * test >= all => 'T',
        _ if purged > 0 => 'x',
        _ if test > 0 => 'T',
        _ if calibration >= fit => 'C',
        _ => 'F',
    }
}

impl fmt::Display for SplitText<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plan = self.plan;
        writeln!(f, "{}", plan.split)?;
        let Some(span) = plan.decisions else {
            return writeln!(f, "no rows");
        };
        // A test span may lie past the last decision: the final model's does.
        let columns = Columns::over(span, self.columns);
        write!(f, "{} rows on {} sessions, {span}; {} folds", plan.rows, plan.sessions, plan.folds.len())?;
        match plan.folds.first() {
            Some(fold) => writeln!(f, ", embargo {} sessions", fold.plan.embargo_sessions)?,
            None => writeln!(f)?,
        }
        if !plan.groups.is_empty() {
            writeln!(f, "{} groups form {} paths", plan.groups.len(), plan.paths.len())?;
        }
        writeln!(f, "F fit, C calibration, x purged, T test, . not used; a column is {}", columns.unit)?;
        writeln!(f)?;
        let shown = &plan.folds[..plan.folds.len().min(self.folds)];
        writeln!(f, "{:>8}  {}", "", columns.ruler())?;
        for fold in shown {
            writeln!(f, "{:>8}  {}", fold.plan.index, columns.timeline(&fold.runs))?;
            for inner in &fold.inner {
                let name = format!("{}.{}", fold.plan.index, inner.plan.index);
                writeln!(f, "{name:>8}  {}", columns.timeline(&inner.runs))?;
            }
        }
        let more = plan.folds.len() - shown.len();
        if more > 0 {
            writeln!(f, "{:>8}  and {more} more folds", "")?;
        }
        writeln!(f)?;
        for fold in shown {
            write_fold(f, &fold.plan.index.to_string(), fold)?;
            for inner in &fold.inner {
                write_fold(f, &format!("{}.{}", fold.plan.index, inner.plan.index), inner)?;
            }
        }
        let overlaps = plan.overlaps();
        match overlaps.total() {
            0 => writeln!(f, "overlaps in all {} folds: none", plan.folds.len()),
            _ => writeln!(
                f,
                "OVERLAPS: {} fit rows and {} calibration rows could know a test label, {} fit rows a calibration label",
                overlaps.fit_test, overlaps.calibration_test, overlaps.fit_calibration
            ),
        }
    }
}

fn write_fold(f: &mut fmt::Formatter<'_>, name: &str, fold: &FoldLayout) -> fmt::Result {
    let plan = &fold.plan;
    writeln!(f, "fold {name}")?;
    write_part(f, "fit", &plan.fit)?;
    if plan.calibration.rows > 0 {
        write_part(f, "calibration", &plan.calibration)?;
    }
    if plan.test_segments.is_empty() {
        write_part(f, "test", &plan.test)?;
    }
    for segment in &plan.test_segments {
        write_part(f, "test", segment)?;
    }
    let purged = plan.purged;
    let reasons = [
        (purged.before_test, "before test"),
        (purged.after_test, "after test"),
        (purged.embargo_after_test, "in the embargo after"),
        (purged.before_calibration, "before calibration"),
        (purged.unlabelled, "unlabelled"),
    ];
    let text: Vec<String> =
        reasons.iter().filter(|(n, _)| *n > 0).map(|(n, why)| format!("{n} {why}")).collect();
    let text = if text.is_empty() { "none".to_owned() } else { text.join(", ") };
    writeln!(f, "  left out    {text}")?;
    let overlaps = plan.overlaps.total();
    if overlaps > 0 { writeln!(f, "  OVERLAPS    {overlaps} rows") } else { Ok(()) }
}

fn write_part(f: &mut fmt::Formatter<'_>, name: &str, part: &PartPlan) -> fmt::Result {
    write!(f, "  {name:<11} {:>8} rows", part.rows)?;
    if let Some(decisions) = part.decisions {
        write!(f, "  {decisions}")?;
    }
    match part.label_end {
        Some(end) => writeln!(f, "  labels to {end}"),
        None => writeln!(f),
    }
}
