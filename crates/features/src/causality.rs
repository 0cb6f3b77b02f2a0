//! Whether columns see the future, tried in three ways.

use std::fmt;

use proofmark_market::{BarRow, Bars};

use crate::expr::{ExprError, Program};

/// How the future was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trial {
    /// Bars from `cut` on were taken away.
    Truncated {
        /// Bars left.
        cut: usize,
    },
    /// Bars from `cut` on were replaced by wild ones.
    Replaced {
        /// Bars kept.
        cut: usize,
    },
    /// Bars came one by one.
    Replayed,
}

/// An earlier value that a trial changed: the column saw the future.
#[derive(Debug, Clone, PartialEq)]
pub struct Leak {
    /// The column.
    pub column: String,
    /// What was tried.
    pub trial: Trial,
    /// First row that differs.
    pub row: usize,
    /// Its value computed from all bars.
    pub whole: f64,
    /// Its value in the trial; NaN also where there was no such row.
    pub tried: f64,
}

/// What was tried and what was found.
#[derive(Debug, Clone, PartialEq)]
pub struct CausalityReport {
    /// Columns looked at.
    pub columns: usize,
    /// Bars they were computed over.
    pub rows: usize,
    /// Trials made.
    pub trials: Vec<Trial>,
    /// The first leak of each column and trial; empty where none was found.
    pub leaks: Vec<Leak>,
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Truncated { cut } => write!(f, "with the first {cut} bars only"),
            Self::Replaced { cut } => write!(f, "with other bars after the first {cut}"),
            Self::Replayed => f.write_str("replayed bar by bar"),
        }
    }
}

impl fmt::Display for Leak {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { column, trial, row, whole, tried } = self;
        write!(f, "`{column}`: row {row} is {whole} with all bars and {tried} {trial}")
    }
}

impl fmt::Display for CausalityReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { columns, rows, trials, leaks } = self;
        write!(f, "{columns} columns, {rows} bars, {} trials: ", trials.len())?;
        match leaks.as_slice() {
            [] => f.write_str("no earlier value changed"),
            leaks => {
                write!(f, "{} times an earlier value changed", leaks.len())?;
                leaks.iter().try_for_each(|leak| write!(f, "\n  {leak}"))
            }
        }
    }
}

/// Parts into which histories are cut where nobody says otherwise.
const PARTS: usize = 7;

/// Where to cut so many bars: at fixed shares, and before the last one, since leaks near the end are the commonest.
pub fn usual_cuts(bars: usize) -> Vec<usize> {
    let mut cuts: Vec<usize> = (1..PARTS).map(|k| bars * k / PARTS).chain([bars.saturating_sub(1)]).collect();
    cuts.retain(|cut| *cut > 0);
    cuts.dedup();
    cuts
}

/// Computes columns again with the future taken away and with another future, at every cut, and compares every earlier
/// row bit for bit (two NaN are equal).
///
/// `compute` gives one column a name. Cuts beyond the bars are skipped. A report without a leak is necessary, not
/// sufficient: only these cuts were tried.
pub fn check_causality(
    names: &[String],
    compute: &dyn Fn(&Bars) -> Vec<Vec<f64>>,
    bars: &Bars,
    cuts: &[usize],
) -> CausalityReport {
    let whole = compute(bars);
    let mut report =
        CausalityReport { columns: names.len(), rows: bars.len(), trials: Vec::new(), leaks: Vec::new() };
    for cut in cuts.iter().copied().filter(|cut| *cut <= bars.len()) {
        for (trial, other) in [
            (Trial::Truncated { cut }, bars.slice(0..cut)),
            (Trial::Replaced { cut }, other_future(bars, cut)),
        ] {
            report.compare(names, trial, &whole, &compute(&other), cut);
        }
    }
    report
}

/// The same for a program, which is also replayed bar by bar.
///
/// # Errors
/// [`ExprError`] if a column compares names: a panel is checked as its columns are computed.
pub fn check_program(program: &Program, bars: &Bars, cuts: &[usize]) -> Result<CausalityReport, ExprError> {
    let whole = program.columns(bars)?;
    let compute = |bars: &Bars| program.columns(bars).unwrap_or_default();
    let mut report = check_causality(program.names(), &compute, bars, cuts);
    let mut stream = program.start()?;
    let mut replayed = vec![Vec::with_capacity(bars.len()); whole.len()];
    for t in 0..bars.len() {
        for (column, value) in replayed.iter_mut().zip(stream.push(&bars.row(t))) {
            column.push(*value);
        }
    }
    report.compare(program.names(), Trial::Replayed, &whole, &replayed, bars.len());
    Ok(report)
}

impl CausalityReport {
    fn compare(
        &mut self,
        names: &[String],
        trial: Trial,
        whole: &[Vec<f64>],
        tried: &[Vec<f64>],
        rows: usize,
    ) {
        self.trials.push(trial);
        for (k, name) in names.iter().enumerate() {
            let value = |columns: &[Vec<f64>], row: usize| columns.get(k).and_then(|c| c.get(row)).copied();
            let differs = |row: &usize| match (value(whole, *row), value(tried, *row)) {
                (Some(a), Some(b)) => a.to_bits() != b.to_bits() && !(a.is_nan() && b.is_nan()),
                _ => true,
            };
            if let Some(row) = (0..rows).find(differs) {
                let or_nan = |value: Option<f64>| value.unwrap_or(f64::NAN);
                let (whole, tried) = (or_nan(value(whole, row)), or_nan(value(tried, row)));
                self.leaks.push(Leak { column: name.clone(), trial, row, whole, tried });
            }
        }
    }
}

/// The bars with prices and volumes from `cut` on that rise and fall by half and more.
fn other_future(bars: &Bars, cut: usize) -> Bars {
    let wild = |row: usize| {
        let mut bar: BarRow = bars.row(row);
        if row >= cut {
            let factor = if row.is_multiple_of(2) { 1.75 } else { 0.5 };
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price *= factor;
            }
            bar.volume *= 3.0 * factor;
        }
        bar
    };
    let rows: Vec<BarRow> = (0..bars.len()).map(wild).collect();
    // Scaled prices keep their order; only an overflow could break a bar, and then nothing is replaced.
    Bars::from_rows(bars.symbol().clone(), &rows).unwrap_or_else(|_| bars.clone())
}
