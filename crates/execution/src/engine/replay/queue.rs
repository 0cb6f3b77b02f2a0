//! How much waits ahead of an order at its price, as far as a book of levels tells.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

/// Where in a level others take their orders back. A book of levels shows that a level shrank, not where.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Cancels {
    /// Behind the order, as long as anything is there: the order never stands better than it would have.
    Behind,
    /// Ahead of it with the share `a^power / (a^power + b^power)` of what is taken back, `a` units being ahead and `b` behind. With
    /// power 1 every unit of the level is as likely; above 1 the longer part loses more than its share. An estimate, no bound: the
    /// true place may be worse.
    ProRata {
        /// Above 0.
        power: f64,
    },
}

/// How the place of a resting order is told.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRules {
    /// Where others take their orders back.
    pub cancels: Cancels,
    /// Nanoseconds by which a print may come after the change of the level that it caused. Within them a shrinking that no print
    /// explains yet is held against the prints that follow, which must not move the order up a second time, and an order that has just
    /// come hears no print, which may be of a trade before it. 0 where prints come before the change or, at the same instant, ahead of
    /// it.
    pub late_prints: i64,
}

impl Default for QueueRules {
    fn default() -> Self {
        Self { cancels: Cancels::Behind, late_prints: 0 }
    }
}

/// The place of one order at its level.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct QueuePosition {
    /// Units ahead at arrival less every print since: nothing that waited ahead can be more.
    by_trades: f64,
    /// Units ahead by what the level shows too.
    by_size: f64,
    /// Prints since the level last changed, which its next change will show.
    printed: f64,
    /// What the level shrank by without a print that says so, and until when one may still come.
    unprinted: f64,
    unprinted_until: Instant,
}

impl QueuePosition {
    /// Behind all that a level shows.
    pub(super) const fn behind(shown: f64) -> Self {
        Self {
            by_trades: shown,
            by_size: shown,
            printed: 0.0,
            unprinted: 0.0,
            unprinted_until: Instant::from_nanos(i64::MIN),
        }
    }

    /// Units ahead.
    pub(super) const fn ahead(&self) -> f64 {
        self.by_trades.min(self.by_size)
    }

    /// Takes a print of `units` at the level; returns how much of it is left once all that waits ahead has traded.
    pub(super) fn print(&mut self, units: f64, time: Instant) -> f64 {
        let seen = if time <= self.unprinted_until { self.unprinted.min(units) } else { 0.0 };
        self.unprinted -= seen;
        self.printed += units - seen;
        self.by_trades -= units;
        self.by_size -= units - seen;
        let left = -self.ahead();
        self.by_trades = self.by_trades.max(0.0);
        self.by_size = self.by_size.max(0.0);
        left.max(0.0)
    }

    /// The level shows `new` units where it showed `old`.
    pub(super) fn resize(&mut self, old: f64, new: f64, time: Instant, rules: &QueueRules) {
        let unexplained = (old - new - self.printed).max(0.0);
        self.printed = 0.0;
        if rules.late_prints > 0 && unexplained > 0.0 {
            if time > self.unprinted_until {
                self.unprinted = 0.0;
            }
            self.unprinted += unexplained;
            self.unprinted_until = Instant::from_nanos(time.nanos().saturating_add(rules.late_prints));
        }
        if let Cancels::ProRata { power } = rules.cancels {
            let ahead = self.ahead();
            let (a, b) = (ahead.powf(power), (old - ahead).max(0.0).powf(power));
            if a > 0.0 {
                self.by_size -= unexplained * a / (a + b);
            }
        }
        self.show(new);
    }

    /// The level shows so many units: no more can be ahead.
    pub(super) fn show(&mut self, size: f64) {
        self.by_size = self.by_size.clamp(0.0, size.max(0.0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: Instant = Instant::from_nanos(0);
    const LATER: Instant = Instant::from_nanos(10);

    fn rules(cancels: Cancels, late_prints: i64) -> QueueRules {
        QueueRules { cancels, late_prints }
    }

    #[test]
    fn prints_eat_what_is_ahead_and_the_rest_reaches_the_order() {
        let mut queue = QueuePosition::behind(10.0);
        assert_eq!((queue.print(4.0, T), queue.ahead()), (0.0, 6.0));
        // The level shows the same trade: it counts once.
        queue.resize(10.0, 6.0, T, &rules(Cancels::ProRata { power: 1.0 }, 0));
        assert_eq!(queue.ahead(), 6.0);
        assert_eq!((queue.print(9.0, T), queue.ahead()), (3.0, 0.0));
        assert_eq!(queue.print(2.0, T), 2.0);
    }

    #[test]
    fn what_others_take_back_is_behind_or_by_its_share() {
        let mut behind = QueuePosition::behind(10.0);
        let rule = rules(Cancels::Behind, 0);
        behind.resize(10.0, 30.0, T, &rule);
        behind.resize(30.0, 12.0, T, &rule);
        assert_eq!(behind.ahead(), 10.0);
        behind.resize(12.0, 7.0, T, &rule);
        assert_eq!(behind.ahead(), 7.0, "no more than the level shows");
        // 10 ahead and 30 behind: of 8 taken back a quarter was ahead; with squares 1 in 10.
        for (power, ahead) in [(1.0, 8.0), (2.0, 9.2)] {
            let mut queue = QueuePosition::behind(10.0);
            let rule = rules(Cancels::ProRata { power }, 0);
            queue.resize(10.0, 40.0, T, &rule);
            queue.resize(40.0, 32.0, T, &rule);
            assert!((queue.ahead() - ahead).abs() < 1e-12, "{power}: {}", queue.ahead());
        }
    }

    #[test]
    fn a_print_after_its_change_moves_the_order_up_once() {
        for (late_prints, ahead) in [(10, 6.0), (9, 2.0)] {
            let mut queue = QueuePosition::behind(10.0);
            queue.resize(10.0, 6.0, T, &rules(Cancels::Behind, late_prints));
            assert_eq!(queue.ahead(), 6.0);
            assert_eq!((queue.print(4.0, LATER), queue.ahead()), (0.0, ahead), "{late_prints}");
        }
    }
}
