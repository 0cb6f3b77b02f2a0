//! Whether columns see the future, tried in three ways.

use std::fmt;

use proofmark_market::{BarRow, Bars, IntradayBar};

use crate::expr::{ExprError, Program, Row};

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

/// The bars of one name, of whatever length: what can be cut, and given another future.
pub trait History: Sized {
    /// How many.
    fn count(&self) -> usize;
    /// The first `cut` of them.
    fn first(&self, cut: usize) -> Self;
    /// The same bars with prices and volumes from `cut` on that rise and fall by half and more.
    fn other_future(&self, cut: usize) -> Self;
    /// The columns of a program over them.
    ///
    /// # Errors
    /// [`ExprError`] if a column compares names.
    fn columns(&self, program: &Program) -> Result<Vec<Vec<f64>>, ExprError>;
    /// One of them as a stream takes it.
    fn at(&self, row: usize) -> Row;
}

/// Computes columns again with the future taken away and with another future, at every cut, and compares every earlier
/// row bit for bit (two NaN are equal).
///
/// `compute` gives one column a name. Cuts beyond the bars are skipped. A report without a leak is necessary, not
/// sufficient: only these cuts were tried.
pub fn check_causality<H: History>(
    names: &[String],
    compute: &dyn Fn(&H) -> Vec<Vec<f64>>,
    bars: &H,
    cuts: &[usize],
) -> CausalityReport {
    let whole = compute(bars);
    let mut report =
        CausalityReport { columns: names.len(), rows: bars.count(), trials: Vec::new(), leaks: Vec::new() };
    for cut in cuts.iter().copied().filter(|cut| *cut <= bars.count()) {
        for (trial, other) in
            [(Trial::Truncated { cut }, bars.first(cut)), (Trial::Replaced { cut }, bars.other_future(cut))]
        {
            report.compare(names, trial, &whole, &compute(&other), cut);
        }
    }
    report
}

/// The same for a program, which is also replayed bar by bar.
///
/// # Errors
/// [`ExprError`] if a column compares names: a panel is checked as its columns are computed.
pub fn check_program<H: History>(
    program: &Program,
    bars: &H,
    cuts: &[usize],
) -> Result<CausalityReport, ExprError> {
    let whole = bars.columns(program)?;
    let compute = |bars: &H| bars.columns(program).unwrap_or_default();
    let mut report = check_causality(program.names(), &compute, bars, cuts);
    let mut stream = program.start()?;
    let mut replayed = vec![Vec::with_capacity(bars.count()); whole.len()];
    for t in 0..bars.count() {
        for (column, value) in replayed.iter_mut().zip(stream.push(bars.at(t))) {
            column.push(*value);
        }
    }
    report.compare(program.names(), Trial::Replayed, &whole, &replayed, bars.count());
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

/// What the prices and the volume of a row are multiplied by in another future.
const fn wild(row: usize) -> [f64; 2] {
    if row.is_multiple_of(2) { [1.75, 5.25] } else { [0.5, 1.5] }
}

impl History for Bars {
    fn count(&self) -> usize {
        self.len()
    }

    fn first(&self, cut: usize) -> Self {
        self.slice(0..cut)
    }

    fn other_future(&self, cut: usize) -> Self {
        let other = |row: usize| {
            let mut bar: BarRow = self.row(row);
            if row >= cut {
                let [price, volume] = wild(row);
                for value in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                    *value *= price;
                }
                bar.volume *= volume;
            }
            bar
        };
        let rows: Vec<BarRow> = (0..self.len()).map(other).collect();
        // Scaled prices keep their order; only an overflow could break a bar, and then nothing is replaced.
        Self::from_rows(self.symbol().clone(), &rows).unwrap_or_else(|_| self.clone())
    }

    fn columns(&self, program: &Program) -> Result<Vec<Vec<f64>>, ExprError> {
        program.columns(self)
    }

    fn at(&self, row: usize) -> Row {
        Row::from(&self.row(row))
    }
}

impl History for Vec<IntradayBar> {
    fn count(&self) -> usize {
        self.len()
    }

    fn first(&self, cut: usize) -> Self {
        self[..cut].to_vec()
    }

    fn other_future(&self, cut: usize) -> Self {
        let mut other = self.clone();
        for (row, bar) in other.iter_mut().enumerate().skip(cut) {
            let [price, volume] = wild(row);
            for value in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *value *= price;
            }
            bar.volume *= volume;
        }
        other
    }

    fn columns(&self, program: &Program) -> Result<Vec<Vec<f64>>, ExprError> {
        program.intraday_columns(self)
    }

    fn at(&self, row: usize) -> Row {
        Row::from(&self[row])
    }
}
