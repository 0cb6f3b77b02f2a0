//! Hysteresis: a regime that has to last.

use super::rule::Levels;

/// Levels that change only once a new one has been seen on `min_dwell` bars in a row, so that every stretch of a level
/// lasts at least that long unless the regime becomes unknown or the bars end. An unknown bar is unknown at once, and the
/// first known level after it holds at once.
pub(super) fn hold(raw: Levels, min_dwell: usize) -> Levels {
    let mut held: Option<u8> = None;
    let (mut next, mut seen) = (None, 0_usize);
    let mut step = |level: Option<u8>| {
        seen = if level == next { seen + 1 } else { 1 };
        next = level;
        if held.is_none() || level.is_none() || seen >= min_dwell {
            held = level;
        }
        held
    };
    raw.into_iter().map(&mut step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let levels = |text: &str| -> Levels { text.bytes().map(|b| b.checked_sub(b'0')).collect() };
        assert_eq!(hold(levels("00120111-20"), 2), levels("00000011-22"));
        assert_eq!(hold(levels("0120"), 1), levels("0120"));
        assert_eq!(hold(levels("0120"), 0), levels("0120"));
    }
}
