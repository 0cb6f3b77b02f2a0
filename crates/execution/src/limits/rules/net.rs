//! `|sum of weights|`, one constraint for each side: only the heavier side is cut.

use crate::limits::rule::{Constraint, Enforced, Rule};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct Net;

impl Rule for Net {
    fn id(&self) -> &'static str {
        "net"
    }

    fn constraints<'a>(&self, limits: &'a Limits, _state: &'a MarketState) -> Option<Enforced<'a>> {
        let cap = limits.net?;
        let side = |sign: f64, subject| {
            Constraint::cap(
                subject,
                cap.max,
                move |_, w| sign * w > 0.0,
                move |b| b.target.iter().map(|w| sign * w).sum(),
            )
        };
        Some((cap.mode, vec![side(1.0, Subject::Longs), side(-1.0, Subject::Shorts)]))
    }
}
