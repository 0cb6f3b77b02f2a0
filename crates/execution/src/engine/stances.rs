//! Which way a run pointed in each of its instruments, week by week: what guards of signals judge.

use super::account::Account;
use super::event::Event;
use super::instrument::InstrumentId;
use super::order::Purpose;
use super::record::EngineFill;
use crate::Direction;
use crate::costs::Side;

/// Largest return that guards are told. They read its sign alone, and take what is beyond +-100 % for a percent; a share that
/// doubles within a week is none.
const MOST: f64 = 0.99;

/// The stance of a week in one instrument: the way it was held when the week began, else the way of the first decision of the
/// week whose bar has come, traded or not.
#[derive(Debug, Clone, Copy)]
struct Taken {
    direction: Direction,
    /// The price from which the market is judged: the last one of the week before, that of the first fill, or the open at which
    /// the decision would have traded.
    from: f64,
    executed: bool,
}

#[derive(Debug, Clone, Copy)]
struct Stance {
    /// How it was held at the end of the step before.
    held: Option<Direction>,
    /// The last decision since its last bar.
    asked: Option<Direction>,
    last: f64,
    taken: Option<Taken>,
}

/// The stances of the present week, an instrument each.
#[derive(Debug, Clone, Default)]
pub(super) struct Stances(Vec<Stance>);

/// A stance of a week that is over.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Judged {
    pub(super) direction: Direction,
    /// Return of the market from entry to the last price of the week; `None` where it has none.
    pub(super) market_return: Option<f64>,
    pub(super) executed: bool,
}

const fn direction(side: Side) -> Direction {
    match side {
        Side::Buy => Direction::Long,
        Side::Sell => Direction::Short,
    }
}

impl Stances {
    fn at(&mut self, of: InstrumentId) -> &mut Stance {
        let of = of as usize;
        if of >= self.0.len() {
            self.0.resize(of + 1, Stance { held: None, asked: None, last: f64::NAN, taken: None });
        }
        &mut self.0[of]
    }

    /// A decision points this way; whether it may be sent others say.
    pub(super) fn asked(&mut self, of: InstrumentId, direction: Direction) {
        self.at(of).asked = Some(direction);
    }

    /// Takes what a step brought, with the fills of decisions in it and the positions after it.
    pub(super) fn see(&mut self, events: &[Event], fills: &[EngineFill], account: &Account) {
        for event in events {
            let (of, open, last) = match *event {
                Event::Split(of, ratio) => {
                    let stance = self.at(of);
                    stance.last /= ratio;
                    if let Some(taken) = &mut stance.taken {
                        taken.from /= ratio;
                    }
                    continue;
                }
                Event::Bar(of, bar) if bar.is_valid() => (of, bar.open, bar.close),
                Event::Quote(of, quote) if quote.is_valid() => {
                    let mid = f64::midpoint(quote.bid, quote.ask);
                    (of, mid, mid)
                }
                _ => continue,
            };
            let fill = fills.iter().find(|fill| fill.instrument == of && fill.purpose == Purpose::Decision);
            let stance = self.at(of);
            match (&mut stance.taken, fill, stance.held) {
                (Some(taken), Some(fill), _) => taken.executed |= direction(fill.side) == taken.direction,
                (Some(_), None, _) => {}
                (none, _, Some(held)) => {
                    let from = if stance.last.is_nan() { open } else { stance.last };
                    *none = Some(Taken { direction: held, from, executed: true });
                }
                (none, Some(fill), None) => {
                    let direction = direction(fill.side);
                    *none = Some(Taken { direction, from: fill.price, executed: true });
                }
                (none, None, None) => {
                    let missed = |direction| Taken { direction, from: open, executed: false };
                    *none = stance.asked.map(missed);
                }
            }
            stance.asked = None;
            stance.last = last;
        }
        // All of them: what is bought back at the end of a session needs no bar.
        for (of, stance) in self.0.iter_mut().enumerate() {
            stance.held = Direction::of(account.position(of as InstrumentId).quantity);
        }
    }

    /// Ends the week: its stances, in the order of their instruments.
    pub(super) fn week(&mut self) -> Vec<Judged> {
        let judged = |stance: &mut Stance| {
            let Taken { direction, from, executed } = stance.taken.take()?;
            let gain = stance.last / from - 1.0;
            let market_return = gain.is_finite().then(|| gain.clamp(-MOST, MOST));
            Some(Judged { direction, market_return, executed })
        };
        self.0.iter_mut().filter_map(judged).collect()
    }
}
