//! What a test segment forbids to train on, and where the calibration slice begins.
//!
//! M. Lopez de Prado (2018), Advances in Financial Machine Learning, sections 7.4.1 (purge) and 7.4.2 (embargo), with
//! three choices of ours: ends are the labels' *maximum* ends; the embargo is kept on both sides of a test segment;
//! a sample after it must also have a feature window that begins after the last test label, since its features would
//! otherwise be made of the prices that decided that label.

use crate::Dataset;

/// Consecutive sessions that are tested together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Segment {
    /// First decision session.
    pub(crate) first: u32,
    /// Last decision session.
    pub(crate) last: u32,
    /// Last session that a label of the segment could use; at least `last`.
    pub(crate) reached: u32,
}

/// Why a labelled sample must not train beside a test segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clash {
    /// It lies before the segment; its label and the embargo reach the segment's first decision.
    LabelReachesTest,
    /// It lies after the segment's first decision; its feature window touches a test label.
    WindowTouchesLabel,
    /// It lies after the segment; its label begins within the embargo after the last test label.
    Embargo,
}

impl Segment {
    /// The segment of `rows`, ascending; `None` without rows.
    pub(crate) fn of(ds: &Dataset, rows: &[u32]) -> Option<Self> {
        let (first, last) = (ds.session(*rows.first()?), ds.session(*rows.last()?));
        let labelled = rows.iter().filter(|row| ds.is_labelled(**row as usize));
        let reached = labelled.map(|row| ds.label_sessions(*row).1).fold(last, u32::max);
        Some(Self { first, last, reached })
    }

    /// Why the labelled `row` must not train beside this segment; `None` when it may.
    pub(crate) fn clash(&self, ds: &Dataset, row: u32, embargo: u32) -> Option<Clash> {
        if ds.session(row) < self.first {
            return reaches(ds, row, embargo, self.first).then_some(Clash::LabelReachesTest);
        }
        if ds.window_session(row) <= self.reached {
            return Some(Clash::WindowTouchesLabel);
        }
        (ds.label_sessions(row).0 <= self.reached.saturating_add(embargo)).then_some(Clash::Embargo)
    }
}

/// Whether the label of `row` and the embargo after it reach `session`.
pub(crate) fn reaches(ds: &Dataset, row: u32, embargo: u32, session: u32) -> bool {
    ds.label_sessions(row).1.saturating_add(embargo) >= session
}

/// Training rows, divided.
#[derive(Debug, Default)]
pub(super) struct Divided {
    pub(super) fit: Vec<u32>,
    pub(super) calibration: Vec<u32>,
    /// Rows whose label and embargo reach the calibration slice.
    pub(super) purged: Vec<u32>,
}

/// Divides `kept`, ascending rows that are clear of every test segment: the latest `share` of their sessions
/// calibrates, what came before it and does not reach it is fitted on. Nothing to fit on lies after the slice, so one
/// side is all there is to purge.
pub(super) fn divide(ds: &Dataset, kept: Vec<u32>, share: f64, embargo: u32) -> Divided {
    if share == 0.0 {
        return Divided { fit: kept, ..Divided::default() };
    }
    let start = calibration_start(ds, &kept, share);
    let mut divided = Divided::default();
    for row in kept {
        if ds.session(row) >= start {
            divided.calibration.push(row);
        } else if reaches(ds, row, embargo, start) {
            divided.purged.push(row);
        } else {
            divided.fit.push(row);
        }
    }
    divided
}

/// First session of the latest `share` of the distinct sessions of `rows`.
fn calibration_start(ds: &Dataset, rows: &[u32], share: f64) -> u32 {
    let mut sessions: Vec<u32> = rows.iter().map(|row| ds.session(*row)).collect();
    sessions.dedup();
    let held = ((sessions.len() as f64 * share).round() as usize).clamp(1, sessions.len().max(1));
    sessions.get(sessions.len().wrapping_sub(held)).copied().unwrap_or(0)
}
