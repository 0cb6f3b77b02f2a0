//! The families. Adding one takes a file and a line in [`FAMILIES`].

mod best_of_500;
mod constant_weights;
mod cost_variants;
mod fee_blind;
mod high_beta;
mod look_ahead_removed;
mod lucky_split;
mod never_trades;
pub(super) mod planted;
mod random_scores;
mod search;
mod short_volatility;
mod survivors;
mod volatility_timed;

use proofmark_units::Seed;

use super::world::Case;
use super::{Kind, Variant};
use crate::error::Result;

/// How a world of a family comes about.
pub(super) enum Make {
    /// Scores written down: nothing is trained.
    Scores(fn(&Seed, Variant) -> Result<Case>),
    /// A score with this correlation to the forward return.
    Planted(f64),
    /// The same in names of a real panel.
    Real(f64),
    /// The whole pipeline, training included, on a simulated market whose features carry a signal of this strength.
    Trained(f64),
}

impl Make {
    /// Whether bars of a workspace are needed.
    pub(super) const fn is_real(&self) -> bool {
        matches!(self, Self::Real(_))
    }
}

/// A kind of candidate whose truth is known.
pub(super) struct Family {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// What is wrong, or right, with it.
    pub(super) doc: &'static str,
    pub(super) variants: &'static [Variant],
    /// Worlds of each variant to begin with.
    worlds: u64,
    pub(super) make: Make,
}

/// One lucky world among the first few hundred tells little either way: a family without skill that had one approved is
/// bounded by so many worlds, and at most so many approvals.
const EXTENDED: (u64, u64) = (1_000, 4);

impl Family {
    /// Worlds of each variant in a full certification, when so many were approved.
    pub(super) fn wanted(&self, approved: u64) -> u64 {
        let (worlds, most) = EXTENDED;
        if self.kind == Kind::Bad && (1..=most).contains(&approved) { worlds } else { self.worlds }
    }
}

const BOTH: &[Variant] = &[Variant::Costs, Variant::Free];
const COSTS: &[Variant] = &[Variant::Costs];

const fn bad(name: &'static str, doc: &'static str, make: fn(&Seed, Variant) -> Result<Case>) -> Family {
    Family { name, kind: Kind::Bad, doc, variants: BOTH, worlds: 300, make: Make::Scores(make) }
}

const fn planted(name: &'static str, doc: &'static str, correlation: f64) -> Family {
    Family { name, kind: Kind::Good, doc, variants: COSTS, worlds: 200, make: Make::Planted(correlation) }
}

const fn trained(name: &'static str, kind: Kind, doc: &'static str, strength: f64) -> Family {
    let worlds = match kind {
        Kind::Bad => 300,
        Kind::Good => 60,
    };
    Family { name, kind, doc, variants: COSTS, worlds, make: Make::Trained(strength) }
}

const fn real(name: &'static str, kind: Kind, doc: &'static str, correlation: f64) -> Family {
    let variants = match kind {
        Kind::Bad => BOTH,
        Kind::Good => COSTS,
    };
    Family { name, kind, doc, variants, worlds: 300, make: Make::Real(correlation) }
}

pub(super) const FAMILIES: &[Family] = &[
    bad("random_scores", "scores drawn at random each session", random_scores::make),
    bad("constant_weights", "one random score a name, for ever", constant_weights::make),
    bad("high_beta", "the names with the highest trailing beta", high_beta::make),
    bad("volatility_timed", "all names, scaled down when they are volatile", volatility_timed::make),
    bad("look_ahead_removed", "a leaking score lagged until it no longer leaks", look_ahead_removed::make),
    bad("fee_blind", "a new random choice every session", fee_blind::make),
    bad("lucky_split", "the best of 20 random candidates by its last year", lucky_split::make),
    bad("never_trades", "a score that is never above 0", never_trades::make),
    bad("short_volatility", "buys falls, takes small gains, never stops a loss", short_volatility::make),
    bad("best_of_500", "the best of 500 random candidates by its whole record", best_of_500::make),
    bad("survivors", "the winners of the whole span, known from the start", survivors::make),
    bad("cost_variants", "ten skill-less trials that differ in costs alone", cost_variants::make),
    planted("planted_020", "score with rank IC near 0.02 to the forward return", 0.02),
    planted("planted_045", "score with rank IC near 0.045 to the forward return", 0.045),
    planted("planted_070", "score with rank IC near 0.07 to the forward return", 0.07),
    planted("planted_090", "score with rank IC near 0.09 to the forward return", 0.09),
    planted("planted_120", "score with rank IC near 0.12 to the forward return", 0.12),
    planted("planted_140", "score with rank IC near 0.14 to the forward return", 0.14),
    planted("planted_160", "score with rank IC near 0.16 to the forward return", 0.16),
    real("real_000", Kind::Bad, "persistent scores drawn at random, on real bars", 0.0),
    real("real_070", Kind::Good, "score with rank IC near 0.07 to the forward return of real bars", 0.07),
    real("real_120", Kind::Good, "score with rank IC near 0.12 to the forward return of real bars", 0.12),
    real("real_160", Kind::Good, "score with rank IC near 0.16 to the forward return of real bars", 0.16),
    trained("trained_null", Kind::Bad, "teacher and student on a market without a signal", 0.0),
    trained("trained_012", Kind::Good, "teacher and student on a planted signal of strength 0.12", 0.12),
    trained("trained_018", Kind::Good, "teacher and student on a planted signal of strength 0.18", 0.18),
    trained("trained_024", Kind::Good, "teacher and student on a planted signal of strength 0.24", 0.24),
];
