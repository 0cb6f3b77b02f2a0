//! Samples of a panel: features known at a decision, the label that followed, and the spans of both.

use std::ops::Range;

use proofmark_market::Panel;
use proofmark_units::{Date, DateSpan, Digest, Symbol};

/// Labels on the panel's cells (time-major, `t * width + s`), all of length `panel.len() * panel.width()`.
#[derive(Debug, Clone, Copy)]
pub struct LabelInputs<'a> {
    /// 1, 0, or NaN where there is no label yet.
    pub class: &'a [f64],
    /// Simple return over the label's span, as a fraction; NaN where there is no label.
    pub forward_return: &'a [f64],
    /// Scale of the return as a fraction above 0, known at the decision; NaN where it is not known.
    pub unit: &'a [f64],
    /// First date whose price the label uses: the first tradable one, after the decision.
    pub start: &'a [Option<Date>],
    /// Last date whose price the label could use: the *maximum* end where the true end depends on prices.
    pub end: &'a [Option<Date>],
}

/// Rows sorted by (date, symbol), one for each cell of the panel that has a bar and all required features of a member.
///
/// A row decides at the close of its date. Rows without a class can be scored but never train.
#[derive(Debug, Clone, PartialEq)]
pub struct Dataset {
    dates: Vec<Date>,
    symbols: Vec<Symbol>,
    feature_names: Vec<String>,
    /// Feature by feature, each as long as there are rows.
    columns: Vec<Vec<f64>>,
    session: Vec<u32>,
    symbol: Vec<u32>,
    class: Vec<f64>,
    forward_return: Vec<f64>,
    unit: Vec<f64>,
    label_start: Vec<u32>,
    /// Session of the label's maximum end; meaningless for rows without a class.
    label_end: Vec<u32>,
    /// Session of the oldest bar the features could have seen.
    window_start: Vec<u32>,
}

/// The pieces do not form a dataset.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum DatasetError {
    /// A grid has the wrong number of cells.
    #[error("`{what}` has {got} cells, the panel has {expected}")]
    GridSize {
        /// The feature or label grid.
        what: String,
        /// Cells of the panel.
        expected: usize,
        /// Cells of the grid.
        got: usize,
    },
    /// Names and grids differ in number, or there is none.
    #[error("{names} feature names for {grids} feature grids")]
    FeatureCount {
        /// Names given.
        names: usize,
        /// Grids given.
        grids: usize,
    },
    /// A class is neither 0, 1 nor NaN.
    #[error("the class of `{symbol}` on {date} is {value}, not 0 or 1")]
    BadClass {
        /// The symbol.
        symbol: Symbol,
        /// The decision date.
        date: Date,
        /// The class.
        value: f64,
    },
    /// A labelled row lacks its span, or the span does not lie after the decision.
    #[error("the label of `{symbol}` on {date} does not span dates of the panel after its decision")]
    BadLabelSpan {
        /// The symbol.
        symbol: Symbol,
        /// The decision date.
        date: Date,
    },
    /// No cell has all required features.
    #[error("no cell of the panel has all {features} features that a row needs")]
    NoRows {
        /// Features required.
        features: usize,
    },
}

impl Dataset {
    /// Collects the rows of `panel`.
    ///
    /// - `names`, `grids`: one time-major grid per feature; cells that are not finite drop the row.
    /// - `labels`: see [`LabelInputs`].
    /// - `feature_look_back_sessions`: bars of its own symbol, the decision's included, that a feature may depend on;
    ///   for recursive features their effective look-back.
    ///
    /// # Errors
    /// [`DatasetError`]: sizes, classes or label spans that cannot be.
    pub fn from_panel(
        panel: &Panel,
        names: &[String],
        grids: &[Vec<f64>],
        labels: LabelInputs<'_>,
        feature_look_back_sessions: usize,
    ) -> Result<Self, DatasetError> {
        Self::with_optional(panel, names, grids, grids.len(), labels, feature_look_back_sessions)
    }

    /// As [`from_panel`](Self::from_panel), where only the first `required` features drop a row: the others are NaN where
    /// they are missing, and whoever fits on them must say what that means.
    ///
    /// # Errors
    /// As [`from_panel`](Self::from_panel).
    pub fn with_optional(
        panel: &Panel,
        names: &[String],
        grids: &[Vec<f64>],
        required: usize,
        labels: LabelInputs<'_>,
        feature_look_back_sessions: usize,
    ) -> Result<Self, DatasetError> {
        check_sizes(panel, names, grids, labels)?;
        let mut set = Self {
            dates: panel.dates.clone(),
            symbols: panel.symbols.clone(),
            feature_names: names.to_vec(),
            columns: vec![Vec::new(); grids.len()],
            session: Vec::new(),
            symbol: Vec::new(),
            class: Vec::new(),
            forward_return: Vec::new(),
            unit: Vec::new(),
            label_start: Vec::new(),
            label_end: Vec::new(),
            window_start: Vec::new(),
        };
        let mut bars_of: Vec<Vec<u32>> = vec![Vec::new(); panel.width()];
        for t in 0..panel.len() {
            for (s, bars) in bars_of.iter_mut().enumerate() {
                if !panel.has_bar(t, s) {
                    continue;
                }
                bars.push(t as u32);
                if !panel.is_open(t, s) {
                    continue;
                }
                let cell = panel.cell(t, s);
                if grids.iter().take(required).all(|grid| grid[cell].is_finite()) {
                    let oldest = bars.len().saturating_sub(feature_look_back_sessions.max(1));
                    set.push(panel, grids, labels, (t, s), bars[oldest])?;
                }
            }
        }
        if set.session.is_empty() {
            return Err(DatasetError::NoRows { features: required });
        }
        Ok(set)
    }

    fn push(
        &mut self,
        panel: &Panel,
        grids: &[Vec<f64>],
        labels: LabelInputs<'_>,
        (t, s): (usize, usize),
        window_start: u32,
    ) -> Result<(), DatasetError> {
        let cell = panel.cell(t, s);
        let (symbol, date) = (&panel.symbols[s], panel.dates[t]);
        let class = labels.class[cell];
        if !(class.is_nan() || class == 0.0 || class == 1.0) {
            return Err(DatasetError::BadClass { symbol: symbol.clone(), date, value: class });
        }
        let (mut start, mut end) = (0, 0);
        if !class.is_nan() {
            let spans = labels.start[cell].zip(labels.end[cell]);
            let last = panel.dates.last().copied();
            let sound = |(from, to): &(Date, Date)| date < *from && from <= to && Some(*to) <= last;
            let (from, to) = spans
                .filter(sound)
                .ok_or_else(|| DatasetError::BadLabelSpan { symbol: symbol.clone(), date })?;
            start = panel.at_or_after(from) as u32;
            end = panel.at_or_after(to) as u32;
        }
        for (column, grid) in self.columns.iter_mut().zip(grids) {
            column.push(grid[cell]);
        }
        self.session.push(t as u32);
        self.symbol.push(s as u32);
        self.class.push(class);
        self.forward_return.push(labels.forward_return[cell]);
        self.unit.push(labels.unit[cell]);
        self.label_start.push(start);
        self.label_end.push(end);
        self.window_start.push(window_start);
        Ok(())
    }

    /// The same rows and label spans with other classes: what a permutation test fits on. A row without a label stays
    /// without one, and NaN takes a row's label away.
    ///
    /// # Errors
    /// [`DatasetError`]: a class that is not 0, 1 or NaN, or not one for each row.
    pub fn with_classes(&self, classes: &[f64]) -> Result<Self, DatasetError> {
        if classes.len() != self.len() {
            let (expected, got) = (self.len(), classes.len());
            return Err(DatasetError::GridSize { what: "class".to_owned(), expected, got });
        }
        let mut set = self.clone();
        for (row, (own, class)) in set.class.iter_mut().zip(classes).enumerate() {
            if own.is_nan() {
                continue;
            }
            if !(class.is_nan() || *class == 0.0 || *class == 1.0) {
                let symbol = self.symbols[self.symbol[row] as usize].clone();
                return Err(DatasetError::BadClass { symbol, date: self.date(row), value: *class });
            }
            *own = *class;
        }
        Ok(set)
    }

    /// Number of rows.
    pub const fn len(&self) -> usize {
        self.session.len()
    }
    /// Whether there is no row; never true for a dataset that was built.
    pub const fn is_empty(&self) -> bool {
        self.session.is_empty()
    }
    /// The panel's dates, ascending.
    pub fn dates(&self) -> &[Date] {
        &self.dates
    }
    /// The panel's symbols, in its order: the width of its grids.
    pub fn symbols(&self) -> &[Symbol] {
        &self.symbols
    }
    /// Names of the features, in column order.
    pub fn feature_names(&self) -> &[String] {
        &self.feature_names
    }
    /// Feature `j`, one value per row; finite if it is required, else NaN where it is missing.
    ///
    /// # Panics
    /// If there is no such feature.
    pub fn column(&self, j: usize) -> &[f64] {
        &self.columns[j]
    }
    /// Class of each row: 1, 0, or NaN where there is no label yet.
    pub fn class(&self) -> &[f64] {
        &self.class
    }
    /// Return over each row's label span, as a fraction; NaN without a label.
    pub fn forward_return(&self) -> &[f64] {
        &self.forward_return
    }
    /// Scale of each row's forward return as a fraction above 0, known at its decision; NaN where it is not known.
    pub fn unit(&self) -> &[f64] {
        &self.unit
    }
    /// Index of each row's decision date in [`Dataset::dates`]; ascending.
    pub fn sessions(&self) -> &[u32] {
        &self.session
    }
    /// Index of each row's symbol in [`Dataset::symbols`].
    pub fn symbol_indices(&self) -> &[u32] {
        &self.symbol
    }
    /// Decision date of `row`: its features use nothing after this date's close.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn date(&self, row: usize) -> Date {
        self.dates[self.session[row] as usize]
    }
    /// Dates whose prices the label of `row` could use; `None` without a label.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn label_span(&self, row: usize) -> Option<DateSpan> {
        let at = |session: u32| self.dates[session as usize];
        self.is_labelled(row)
            .then(|| DateSpan { start: at(self.label_start[row]), end: at(self.label_end[row]) })
    }
    /// Date of the oldest bar the features of `row` could have seen.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn window_start(&self, row: usize) -> Date {
        self.dates[self.window_start[row] as usize]
    }
    /// Whether `row` has a class.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn is_labelled(&self, row: usize) -> bool {
        !self.class[row].is_nan()
    }
    /// Rows whose decision date lies in `span`.
    pub fn rows_in(&self, span: DateSpan) -> Range<usize> {
        let from = self.session_at_or_after(span.start);
        let to = self.session_at_or_after(span.end.plus_days(1));
        self.session.partition_point(|t| *t < from)..self.session.partition_point(|t| *t < to)
    }
    /// Identity of everything in the dataset.
    pub fn digest(&self) -> Digest {
        let mut parts: Vec<Vec<u8>> = Vec::new();
        parts.extend(self.feature_names.iter().map(|name| name.as_bytes().to_vec()));
        parts.extend(self.symbols.iter().map(|symbol| symbol.as_str().as_bytes().to_vec()));
        parts.push(self.dates.iter().flat_map(|date| date.days().to_le_bytes()).collect());
        let numbers = self.columns.iter().chain([&self.class, &self.forward_return, &self.unit]);
        parts.extend(numbers.map(|column| Digest::of_f64s(column).as_bytes().to_vec()));
        let indices = [&self.session, &self.symbol, &self.label_start, &self.label_end, &self.window_start];
        parts.extend(indices.map(|column| column.iter().flat_map(|i| i.to_le_bytes()).collect()));
        Digest::of_parts(parts.iter().map(Vec::as_slice))
    }

    /// First session at or after `date`, one past the last session if there is none.
    pub(crate) fn session_at_or_after(&self, date: Date) -> u32 {
        self.dates.partition_point(|d| *d < date) as u32
    }
    pub(crate) fn session(&self, row: u32) -> u32 {
        self.session[row as usize]
    }
    pub(crate) fn label_sessions(&self, row: u32) -> (u32, u32) {
        (self.label_start[row as usize], self.label_end[row as usize])
    }
    pub(crate) fn window_session(&self, row: u32) -> u32 {
        self.window_start[row as usize]
    }
    /// The features of `rows`, column by column.
    pub(crate) fn gather(&self, rows: &[u32]) -> Vec<Vec<f64>> {
        self.columns.iter().map(|column| pick(column, rows)).collect()
    }
    pub(crate) fn classes(&self, rows: &[u32]) -> Vec<f64> {
        pick(&self.class, rows)
    }
    /// Forward returns of `rows`, and their units.
    pub(crate) fn returns_in_units(&self, rows: &[u32]) -> (Vec<f64>, Vec<f64>) {
        (pick(&self.forward_return, rows), pick(&self.unit, rows))
    }
    /// First and last decision date of `rows`, which ascend.
    pub(crate) fn span_of(&self, rows: &[u32]) -> Option<DateSpan> {
        let (first, last) = (*rows.first()?, *rows.last()?);
        Some(DateSpan { start: self.date(first as usize), end: self.date(last as usize) })
    }
}

fn pick(column: &[f64], rows: &[u32]) -> Vec<f64> {
    rows.iter().map(|row| column[*row as usize]).collect()
}

fn check_sizes(
    panel: &Panel,
    names: &[String],
    grids: &[Vec<f64>],
    labels: LabelInputs<'_>,
) -> Result<(), DatasetError> {
    if names.len() != grids.len() || grids.is_empty() {
        return Err(DatasetError::FeatureCount { names: names.len(), grids: grids.len() });
    }
    let expected = panel.len() * panel.width();
    let features = names.iter().map(String::as_str).zip(grids.iter().map(Vec::len));
    let label_grids = [
        ("class", labels.class.len()),
        ("forward_return", labels.forward_return.len()),
        ("unit", labels.unit.len()),
        ("label start", labels.start.len()),
        ("label end", labels.end.len()),
    ];
    match features.chain(label_grids).find(|(_, got)| *got != expected) {
        Some((what, got)) => Err(DatasetError::GridSize { what: what.to_owned(), expected, got }),
        None => Ok(()),
    }
}
