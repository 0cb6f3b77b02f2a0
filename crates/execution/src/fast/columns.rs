//! Bars as columns.

use std::ops::Range;

use proofmark_units::Instant;

/// Columns do not go together.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ColumnsError {
    /// A column is not as long as the steps and instruments say.
    #[error("column `{column}` has {found} cells, {steps} steps of {instruments} instruments need {}", steps * instruments)]
    Length {
        /// Which.
        column: &'static str,
        /// Its cells.
        found: usize,
        /// Steps there are times for.
        steps: usize,
        /// Instruments asked for.
        instruments: usize,
    },
    /// Time does not go forward.
    #[error(
        "step {step} is not later than the one before it; hint: rows come in order, all instruments of one instant in one row"
    )]
    Time {
        /// The step.
        step: usize,
    },
    /// The ends of sessions are not ascending steps of the columns.
    #[error("session end {place} is step {step}; hint: they are steps of the columns, ascending")]
    SessionEnd {
        /// Place in the list.
        place: usize,
        /// The step it names.
        step: usize,
    },
}

/// Bars of some instruments over common steps, borrowed: cell `step * instruments + instrument` of each column.
///
/// A bar ends at its step's time and begins no earlier than the step before ended. It ranges from its open to its close. A cell
/// is a bar where both prices are finite and positive and the volume, if there is a column of it, is not negative; any other
/// cell, NaN above all, is a missing bar, which trades and marks nothing.
#[derive(Debug, Clone)]
pub struct Columns<'a> {
    times: &'a [Instant],
    open: &'a [f64],
    close: &'a [f64],
    volume: Option<&'a [f64]>,
    session_ends: &'a [usize],
    instruments: usize,
    /// Whether each cell is a bar.
    is_complete: bool,
    /// By instrument: the first step whose bar had a volume; `usize::MAX` = none.
    first_volume: Vec<usize>,
}

impl<'a> Columns<'a> {
    /// Columns of so many instruments; `times` are the ends of the steps. Without volumes, no bar is taken to be locked, and
    /// cost models that read volumes know none.
    ///
    /// # Errors
    /// [`ColumnsError::Length`], [`ColumnsError::Time`].
    pub fn new(
        times: &'a [Instant],
        instruments: usize,
        open: &'a [f64],
        close: &'a [f64],
        volume: Option<&'a [f64]>,
    ) -> Result<Self, ColumnsError> {
        let steps = times.len();
        let lengths = [("open", Some(open)), ("close", Some(close)), ("volume", volume)];
        for (column, cells) in lengths {
            if let Some(cells) = cells
                && steps.checked_mul(instruments) != Some(cells.len())
            {
                return Err(ColumnsError::Length { column, found: cells.len(), steps, instruments });
            }
        }
        if let Some(place) = times.windows(2).position(|pair| pair[0] >= pair[1]) {
            return Err(ColumnsError::Time { step: place + 1 });
        }
        let mut columns = Self {
            times,
            open,
            close,
            volume,
            session_ends: &[],
            instruments,
            is_complete: false,
            first_volume: vec![usize::MAX; instruments],
        };
        columns.is_complete = (0..close.len()).all(|cell| columns.is_bar(cell));
        if let Some(volume) = volume {
            let traded = |step: usize, of: usize| {
                let cell = step * instruments + of;
                columns.is_bar(cell) && volume[cell] > 0.0
            };
            let first = |of| (0..steps).find(|step| traded(*step, of)).unwrap_or(usize::MAX);
            columns.first_volume = (0..instruments).map(first).collect();
        }
        Ok(columns)
    }

    /// The same, with the steps at whose end a session of all instruments ends: what waits then is over, and holding is charged.
    /// Without them there is one session.
    ///
    /// # Errors
    /// [`ColumnsError::SessionEnd`].
    pub fn with_session_ends(self, session_ends: &'a [usize]) -> Result<Self, ColumnsError> {
        let steps = self.steps();
        let is_wrong = |place: &usize| {
            session_ends[*place] >= steps || (*place > 0 && session_ends[place - 1] >= session_ends[*place])
        };
        match (0..session_ends.len()).find(is_wrong) {
            Some(place) => Err(ColumnsError::SessionEnd { place, step: session_ends[place] }),
            None => Ok(Self { session_ends, ..self }),
        }
    }

    /// Number of steps.
    pub const fn steps(&self) -> usize {
        self.times.len()
    }

    /// Number of instruments.
    pub const fn instruments(&self) -> usize {
        self.instruments
    }

    pub(super) const fn time(&self, step: usize) -> Instant {
        self.times[step]
    }

    pub(super) const fn is_complete(&self) -> bool {
        self.is_complete
    }

    pub(super) const fn cell(&self, step: usize, of: usize) -> usize {
        step * self.instruments + of
    }

    pub(super) const fn open(&self, cell: usize) -> f64 {
        self.open[cell]
    }

    pub(super) const fn close(&self, cell: usize) -> f64 {
        self.close[cell]
    }

    /// Closes of so many steps of all instruments.
    pub(super) fn closes(&self, steps: Range<usize>) -> &'a [f64] {
        &self.close[steps.start * self.instruments..steps.end * self.instruments]
    }

    /// Units traded; 0 where nobody tells.
    pub(super) fn volume(&self, cell: usize) -> f64 {
        self.volume.map_or(0.0, |volume| volume[cell])
    }

    pub(super) fn is_bar(&self, cell: usize) -> bool {
        let is_price = |price: f64| price > 0.0 && price < f64::INFINITY;
        is_price(self.open[cell]) && is_price(self.close[cell]) && self.volume(cell) >= 0.0
    }

    /// Whether an order can fill in a bar: it is one, and not locked at one price without volume in a name that has shown volume.
    pub(super) fn is_tradable(&self, step: usize, of: usize) -> bool {
        let cell = self.cell(step, of);
        let is_locked = self.open[cell] == self.close[cell] && self.volume(cell) == 0.0;
        (self.is_complete || self.is_bar(cell)) && !(is_locked && self.first_volume[of] < step)
    }

    /// The first step from `step` on at which a session ends.
    pub(super) fn next_session_end(&self, step: usize) -> Option<usize> {
        self.session_ends.get(self.session_ends.partition_point(|end| *end < step)).copied()
    }
}
