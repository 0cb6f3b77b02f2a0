//! One symbol's own bars out of a panel: labels count these, so a missing bar is not a session.

use proofmark_market::Panel;

/// A symbol whose last bar lies more than this many panel dates before the panel's end has stopped trading.
///
/// Its open labels are priced at its last close instead of being dropped, which would select survivors.
pub const DELISTED_AFTER_SESSIONS: usize = 20;

pub(crate) struct Series {
    /// Panel row of each bar, ascending.
    pub(crate) rows: Vec<usize>,
    pub(crate) open: Vec<f64>,
    pub(crate) high: Vec<f64>,
    pub(crate) low: Vec<f64>,
    pub(crate) close: Vec<f64>,
    /// Whether no further bar is to be expected.
    pub(crate) ended: bool,
}

impl Series {
    pub(crate) fn of(panel: &Panel, symbol: usize) -> Self {
        let rows: Vec<usize> = (0..panel.len()).filter(|t| panel.has_bar(*t, symbol)).collect();
        let column = |values: &[f64]| rows.iter().map(|t| values[panel.cell(*t, symbol)]).collect();
        let ended = rows.last().is_some_and(|last| panel.len() - 1 - last > DELISTED_AFTER_SESSIONS);
        Self {
            open: column(&panel.open),
            high: column(&panel.high),
            low: column(&panel.low),
            close: column(&panel.close),
            rows,
            ended,
        }
    }

    pub(crate) const fn len(&self) -> usize {
        self.rows.len()
    }

    /// The bar and price of an exit at the open of bar `exit`; the last close where the symbol stopped trading before.
    pub(crate) fn exit_at_open(&self, exit: usize) -> Option<(usize, f64)> {
        match self.open.get(exit) {
            Some(open) => Some((exit, *open)),
            None if self.ended => self.close.last().map(|close| (self.len() - 1, *close)),
            None => None,
        }
    }
}
