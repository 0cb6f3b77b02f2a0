//! Trades the signals of a model on one instrument: in at the first price of a signal's session, out by its stop, its target or its
//! trail, or at the close of its last session.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_units::Date;

use super::{Rows, Signal, SignalError, Trader};
use crate::costs::Side;
use crate::engine::{Desk, Kind, OrderRequest, Slice};

/// Signals as a rule that trades the first instrument. Sessions are known ahead: a signal is sent with the close before its session,
/// the exit at the close of its last session with the close before that.
#[derive(Debug, Clone)]
pub struct Follow {
    /// By the session after which they are sent; `true` where the first session is the last.
    entries: BTreeMap<Date, (Signal, bool)>,
    /// Sessions before the last of a signal.
    before_last: BTreeSet<Date>,
    /// The word that the exit at the close carries, such as `week_end`.
    last_word: &'static str,
}

impl Follow {
    /// Follows `signals` over `sessions`, ascending; each ends with the close of the session that `last` gives for its first one.
    /// Signals that ask for no position are left out.
    ///
    /// # Errors
    /// [`SignalError`] for a signal out of range, whose date is no session after the first, or that shares its date.
    pub fn new(
        signals: Vec<Signal>,
        sessions: &[Date],
        last: impl Fn(Date) -> Date,
        last_word: &'static str,
    ) -> Result<Self, SignalError> {
        let before = |date: Date| {
            let place = sessions.binary_search(&date).ok()?.checked_sub(1)?;
            Some(sessions[place])
        };
        let mut follow = Self { entries: BTreeMap::new(), before_last: BTreeSet::new(), last_word };
        for signal in signals {
            signal.check()?;
            if !signal.trades() {
                continue;
            }
            let wrong = |id: &str, what| SignalError { id: id.to_owned(), what };
            let (id, date) = (signal.signal_id.clone(), signal.signal_date);
            let sent = before(date).ok_or_else(|| wrong(&id, "its date is no session after the first"))?;
            let end = last(date);
            let before_end = before(end).ok_or_else(|| wrong(&id, "its last date is no session"))?;
            if end != date {
                follow.before_last.insert(before_end);
            }
            if follow.entries.insert(sent, (signal, end == date)).is_some() {
                return Err(wrong(&id, "another signal has its date"));
            }
        }
        Ok(follow)
    }

    fn at_close(&self, side: Side) -> OrderRequest {
        OrderRequest::market(0, side, f64::INFINITY).risk().kind(Kind::Close).tag(self.last_word)
    }

    fn enter(&self, signal: &Signal, one_session: bool, desk: &mut Desk<'_>) {
        let side = Side::of(f64::from(signal.direction));
        let units = desk.units_worth(0, signal.leverage);
        let mut exits = signal.exits().orders(0, side);
        exits.extend(one_session.then(|| self.at_close(side.opposite())));
        // What cannot be sent is refused, and written down as such.
        let _ = desk.submit_bracket(OrderRequest::market(0, side, units).tag("entry"), exits);
    }
}

impl Trader for Follow {
    fn decide(&mut self, slice: &Slice<'_>, _: &Rows, desk: &mut Desk<'_>) {
        if !slice.ends_session() {
            return;
        }
        let date = slice.time.utc_date();
        let held = desk.position(0).quantity;
        if self.before_last.contains(&date) && held != 0.0 {
            // It is held, so it can be closed.
            let _ = desk.submit(self.at_close(Side::of(-held)));
        }
        if let Some((signal, one_session)) = self.entries.remove(&date) {
            self.enter(&signal, one_session, desk);
        }
    }
}
