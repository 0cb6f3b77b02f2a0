//! Close-to-close moves too large to be taken for a day's trading without a reason.

use proofmark_market::BarRow;

use super::Context;

/// A close-to-close return below this is a jump (fraction).
pub const JUMP_DOWN: f64 = -0.35;

/// A close-to-close return above this is a jump (fraction).
pub const JUMP_UP: f64 = 0.50;

/// Whether going from `from` to `to` is a jump.
pub(super) fn is_jump(from: f64, to: f64) -> bool {
    let change = to / from - 1.0;
    !(JUMP_DOWN..=JUMP_UP).contains(&change)
}

/// Rows whose close jumps from the row before, with the move as a fraction; declared moves are left out.
pub(super) fn jumps<'a>(
    rows: &'a [BarRow],
    context: &'a Context<'_>,
) -> impl DoubleEndedIterator<Item = (usize, f64)> + 'a {
    (1..rows.len()).filter_map(|row| {
        let (from, to) = (rows[row - 1].close, rows[row].close);
        let explained = || context.explained_moves.binary_search(&rows[row].date).is_ok();
        (is_jump(from, to) && !explained()).then(|| (row, to / from - 1.0))
    })
}

/// A fraction as people read it.
pub(super) fn percent(fraction: f64) -> String {
    format!("{:+.1} %", fraction * 100.0)
}
