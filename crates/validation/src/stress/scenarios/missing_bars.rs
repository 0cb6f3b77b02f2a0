//! Bars that never arrive.

use std::collections::BTreeSet;

use proofmark_units::Date;
use rand_chacha::rand_core::Rng;

use crate::stress::scenario::{CannotApply, Change, Family, Scenario, When};
use crate::stress::world::StressWorld;

/// Which bars are lost.
pub(super) enum Which {
    /// Each bar after the first session, with this probability.
    Random {
        /// 0 = none.
        share: f64,
    },
    /// All bars of every second name over consecutive sessions from a drawn one.
    Block {
        /// 0 = none.
        sessions: usize,
    },
}

/// Rows left out; nothing is filled forward.
pub(super) struct MissingBars {
    pub(super) id: &'static str,
    pub(super) title: &'static str,
    pub(super) which: Which,
}

impl Scenario for MissingBars {
    fn id(&self) -> &'static str {
        self.id
    }
    fn family(&self) -> Family {
        Family::Fault
    }
    fn title(&self) -> &'static str {
        self.title
    }

    fn apply(&self, world: &StressWorld<'_>) -> Result<Change, CannotApply> {
        let mut lost: BTreeSet<(Date, usize)> = BTreeSet::new();
        let what = match self.which {
            Which::Random { share } => {
                for s in 0..world.bars.len() {
                    let mut rng = world.seed.nth(s as u64).rng();
                    for date in world.sessions.iter().skip(1) {
                        let uniform = (rng.next_u64() >> 11) as f64 / (1_u64 << 53) as f64;
                        if uniform < share {
                            lost.insert((*date, s));
                        }
                    }
                }
                format!("share {share} of all bars")
            }
            Which::Block { sessions } => {
                let at = world.strike(When::Seeded, sessions + 1)?;
                let (names, dates) = (world.half_the_names(), &world.sessions[at..at + sessions]);
                lost.extend(names.iter().flat_map(|s| dates.iter().map(|date| (*date, *s))));
                format!("{sessions} sessions from {}, {} names", world.sessions[at], names.len())
            }
        };
        let mut change = Change { what, ..Change::default() };
        for s in 0..world.bars.len() {
            let before = world.bars[s].len();
            let rows: Vec<_> =
                world.rows(s).into_iter().filter(|row| !lost.contains(&(row.date, s))).collect();
            if rows.len() < before {
                change.rows.insert(s, rows);
            }
        }
        let there = |(date, s): &(Date, usize)| world.bars[*s].dates().binary_search(date).is_ok();
        change.faulty = lost.into_iter().filter(there).collect();
        change.from = change.faulty.first().map(|(date, _)| *date);
        Ok(change)
    }
}
