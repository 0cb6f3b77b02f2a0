//! Rows that carry another zone's clock.

use super::session::outside;
use super::view::DAY;
use super::{Check, Hit, View};
use crate::quality::Severity;

const HALF_HOUR: i64 = 1_800_000_000_000;

/// Longest shift tried, half hours.
const FARTHEST: i64 = 28;

/// Fewest rows that make a pattern.
const FEWEST: usize = 10;

/// Share of the rows outside that the shift must bring home.
const HOME: f64 = 0.95;

/// Relative difference up to which a moved bar agrees with the one that is there.
const AGREES: f64 = 0.005;

/// The shift, nanoseconds, that brings the rows outside the session back into it; and those rows.
///
/// Of several such shifts the one whose bars agree best with those already there wins, then the one that meets most of
/// them, then the shortest. One hour is left out unless a zone was named: in UTC a session moves by one with daylight
/// saving.
pub(super) fn shift(view: &View<'_>, zone_named: bool) -> Option<(i64, Vec<usize>)> {
    let (first, last) = view.session?;
    let rows: Vec<usize> = outside(view, first, last).collect();
    if rows.len() < FEWEST {
        return None;
    }
    let at = view.at();
    let mut best: Option<((usize, usize, i64), i64)> = None;
    for half_hours in (-FARTHEST..=FARTHEST).filter(|n| *n != 0 && (zone_named || n.abs() != 2)) {
        let by = half_hours * HALF_HOUR;
        let home = rows
            .iter()
            .filter(|row| (first..=last).contains(&(view.clock[**row].1 + by).rem_euclid(DAY)))
            .count();
        if (home as f64) < HOME * rows.len() as f64 {
            continue;
        }
        let (mut met, mut agreed) = (0, 0);
        for row in &rows {
            let moved = at[*row].plus_seconds(by / 1_000_000_000);
            if let Ok(there) = at.binary_search(&moved) {
                met += 1;
                let ratio = view.close()[there] / view.close()[*row];
                agreed += usize::from((ratio - 1.0).abs() <= AGREES);
            }
        }
        let score = (agreed, met, -half_hours.abs());
        if best.is_none_or(|(top, _)| score > top) {
            best = Some((score, by));
        }
    }
    let (_, by) = best?;
    let rows = rows
        .into_iter()
        .filter(|row| (first..=last).contains(&(view.clock[*row].1 + by).rem_euclid(DAY)))
        .collect();
    Some((by, rows))
}

/// Rows labelled in another zone.
pub(super) const TIME_ZONE_MIX: Check = Check {
    id: "time_zone_mix",
    doc: "Ten or more bars lie outside the session, and one shift by half hours brings at least 95 % of them into it: they carry another zone's clock. The value is the shift in nanoseconds.",
    severity: Severity::Error,
    hint: "`proofmark data check FILE --repair time_zone_mix --to NEW` moves them and records it; compare with another source first",
    find: |view, context| {
        let Some((by, rows)) = shift(view, context.zone.is_some()) else { return Vec::new() };
        rows.into_iter().map(|row| Hit::one(row, by as f64)).collect()
    },
    describe: |view, hit| {
        let hours = hit.value / 3.6e12;
        format!("{}: moved by {hours:+} h it lies in the session", view.at()[hit.row])
    },
};
