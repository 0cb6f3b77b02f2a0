//! Parent orders: a large order sent in parts, by time or by the volume that traded.

use std::collections::BTreeMap;

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::desk::Desk;
use super::event::Event;
use super::instrument::{Instrument, InstrumentId};
use super::order::{OrderId, OrderRequest, OrderState, Reason, TimeInForce};
use super::orders::Orders;
use super::record::{EngineFill, Log};
use crate::costs::Side;

/// A parent order of one engine, in the order of submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ParentId(u32);

/// How a parent goes to the market.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// Equal parts at equal distances of time, the first at once (time-weighted average price). What a part did not get is
    /// added to the next one.
    Twap {
        /// How many.
        slices: u32,
    },
    /// A share of the volume of finished bars since it was sent (percentage of volume): it follows what has traded and never
    /// guesses what will.
    Pov {
        /// Fraction of the volume, in (0, 1].
        share: f64,
    },
}

/// What becomes of the rest at the deadline.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtEnd {
    /// It is taken back: nothing trades later than the deadline.
    Cancel,
    /// It is sent as one market order at the first step at or after the deadline, and can fill from the next event on.
    Cross,
}

/// What a strategy asks for. Its parts are market orders called `name/0`, `name/1`, .. and pass the limits one by one.
#[derive(Debug, Clone, PartialEq)]
pub struct ParentRequest {
    /// The sender's own name; a second request of the same name is the same parent.
    pub name: Box<str>,
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// Units, rounded down to lots.
    pub quantity: f64,
    /// How it goes to the market.
    pub pace: Pace,
    /// When the time that [`Pace::Twap`] divides begins, as where a night lies before it; `None` = when it is sent.
    pub start: Option<Instant>,
    /// Its deadline.
    pub until: Instant,
    /// What becomes of the rest then.
    pub at_end: AtEnd,
    /// A word of the sender that the fills carry.
    pub tag: &'static str,
}

/// How the decisions of a run go to the market instead of as one order each, and until when.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parts {
    /// How each goes.
    pub pace: Pace,
    /// As [`ParentRequest::start`].
    pub start: Option<Instant>,
    /// The deadline of what is decided from now on.
    pub until: Instant,
    /// What becomes of the rest then.
    pub at_end: AtEnd,
}

/// How far a parent got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentState {
    /// Parts are being sent.
    Working,
    /// The deadline is over and the rest is on its way as one order.
    Crossing,
    /// All of it traded.
    Filled,
    /// The deadline is over and some of it did not trade.
    Expired,
    /// Taken back before, for the reason.
    Cancelled(Reason),
}

/// A parent and what its parts got.
#[derive(Debug, Clone, PartialEq)]
pub struct Parent {
    /// What was asked for; the quantity in lots, and after a split in the units of the present.
    pub request: ParentRequest,
    /// When.
    pub submitted: Instant,
    /// Units filled.
    pub filled: f64,
    /// Value of the units filled, in the instrument's currency.
    pub value: f64,
    /// How far it got.
    pub state: ParentState,
    /// Parts sent so far, refused ones included.
    pub parts: u32,
    /// Parts that may live.
    children: Vec<OrderId>,
    /// Volume of finished bars since it was sent.
    volume: f64,
    /// The slice of time that was last sent.
    slice: Option<u32>,
}

impl Parent {
    const fn works(&self) -> bool {
        matches!(self.state, ParentState::Working | ParentState::Crossing)
    }

    /// Units that may have been sent by `now`; `None` where nothing is due.
    fn due(&mut self, now: Instant) -> Option<f64> {
        let quantity = self.request.quantity;
        match self.request.pace {
            Pace::Pov { share } => Some(quantity.min(share * self.volume)),
            Pace::Twap { slices } => {
                let start = self.request.start.map_or(self.submitted, |start| start.max(self.submitted));
                let span = i128::from(self.request.until.nanos()) - i128::from(start.nanos());
                let over = (i128::from(now.nanos()) - i128::from(start.nanos())).max(0);
                let slice = (over * i128::from(slices) / span) as u32;
                (self.slice.replace(slice) != Some(slice))
                    .then(|| quantity * f64::from(slice + 1) / f64::from(slices))
            }
        }
    }
}

/// The parents of a run, and which of them work.
#[derive(Debug, Clone, Default)]
pub(super) struct Parents {
    all: Vec<Parent>,
    working: Vec<u32>,
    names: BTreeMap<Box<str>, ParentId>,
}

impl Parents {
    pub(super) const fn any(&self) -> bool {
        !self.working.is_empty()
    }

    /// Takes the bars and fills of a step.
    pub(super) fn hear(&mut self, events: &[Event], fills: &[EngineFill], instruments: &[Instrument]) {
        for k in &self.working {
            let parent = &mut self.all[*k as usize];
            for event in events {
                if let Event::Bar(of, bar) = event
                    && *of == parent.request.instrument
                    && bar.is_valid()
                {
                    parent.volume += bar.volume;
                }
            }
            for fill in fills.iter().filter(|fill| parent.children.contains(&fill.order)) {
                parent.filled += fill.quantity;
                parent.value += fill.quantity * fill.price * instruments[fill.instrument as usize].multiplier;
            }
        }
    }

    /// Takes back the parts of parents whose deadline is over, before a later event can fill them.
    pub(super) fn expire(&mut self, now: Instant, orders: &mut Orders, log: &mut Log) {
        for k in &self.working {
            let parent = &mut self.all[*k as usize];
            if parent.state == ParentState::Working && now > parent.request.until {
                take_back(parent, Reason::Schedule, now, orders, log);
            }
        }
    }

    /// Each unit becomes `ratio` units; their worth is what it was.
    pub(super) fn split(&mut self, of: InstrumentId, ratio: f64) {
        for k in &self.working {
            let parent = &mut self.all[*k as usize];
            if parent.request.instrument == of {
                parent.request.quantity *= ratio;
                parent.filled *= ratio;
                parent.volume *= ratio;
            }
        }
    }

    /// Ends the parents of an instrument and takes back their parts.
    pub(super) fn end_of(
        &mut self,
        of: InstrumentId,
        reason: Reason,
        now: Instant,
        orders: &mut Orders,
        log: &mut Log,
    ) {
        for k in &self.working {
            let parent = &mut self.all[*k as usize];
            if parent.request.instrument == of && parent.works() {
                take_back(parent, reason, now, orders, log);
                parent.state = ParentState::Cancelled(reason);
            }
        }
        self.forget();
    }

    fn forget(&mut self) {
        let Self { all, working, .. } = self;
        working.retain(|k| all[*k as usize].works());
    }
}

fn take_back(parent: &mut Parent, reason: Reason, now: Instant, orders: &mut Orders, log: &mut Log) {
    for id in parent.children.drain(..) {
        if orders.get(id).is_some() {
            orders.end(id.slot, OrderState::Cancelled(reason), now, log);
        }
    }
}

impl Desk<'_> {
    /// Sends a parent order; its first part goes out at once where its pace allows one. A name used before gives the parent it was used
    /// for, whatever became of it, and sends nothing.
    ///
    /// # Errors
    /// The [`Reason`] for which it is refused: no such instrument, less than a lot, or a schedule that cannot be.
    pub fn submit_parent(&mut self, mut request: ParentRequest) -> Result<ParentId, Reason> {
        if let Some(id) = self.parents.names.get(&request.name) {
            return Ok(*id);
        }
        let instrument = self.instruments.get(request.instrument as usize).ok_or(Reason::Instrument)?;
        if !request.quantity.is_finite() || instrument.whole_lots(request.quantity) <= 0.0 {
            return Err(Reason::Quantity);
        }
        request.quantity = instrument.whole_lots(request.quantity);
        let possible = match request.pace {
            Pace::Twap { slices } => slices > 0,
            Pace::Pov { share } => share > 0.0 && share <= 1.0,
        };
        if !possible || request.until <= request.start.map_or(self.now, |start| start.max(self.now)) {
            return Err(Reason::Schedule);
        }
        let id = ParentId(self.parents.all.len() as u32);
        self.parents.names.insert(request.name.clone(), id);
        self.parents.working.push(id.0);
        self.parents.all.push(Parent {
            request,
            submitted: self.now,
            filled: 0.0,
            value: 0.0,
            state: ParentState::Working,
            parts: 0,
            children: Vec::new(),
            volume: 0.0,
            slice: None,
        });
        self.work(id.0);
        Ok(id)
    }

    /// Sends a decision at the market: as one order, or as a parent where the run works its orders in parts
    /// ([`Engine::work_in_parts`](super::Engine::work_in_parts)).
    ///
    /// # Errors
    /// The [`Reason`] for which it is refused, which is counted in the log.
    pub fn decide(
        &mut self,
        instrument: InstrumentId,
        side: Side,
        quantity: f64,
        tag: &'static str,
    ) -> Result<(), Reason> {
        let order = OrderRequest::market(instrument, side, quantity).tag(tag);
        let Some(Parts { pace, start, until, at_end }) = self.parts else {
            return self.submit(order).map(drop);
        };
        let name = format!("parts/{}", self.parents.all.len()).into();
        let parent = ParentRequest { name, instrument, side, quantity, pace, start, until, at_end, tag };
        self.submit_parent(parent).map(drop).inspect_err(|reason| {
            self.orders.refuse(&order, *reason, self.now, self.log);
        })
    }

    /// Which way the newest parent at work in an instrument trades.
    pub fn working_parent(&self, of: InstrumentId) -> Option<Side> {
        let newest_first = self.parents.working.iter().rev().map(|k| &self.parents.all[*k as usize]);
        let own = |parent: &&Parent| parent.request.instrument == of && parent.works();
        newest_first.filter(own).map(|parent| parent.request.side).next()
    }

    /// A parent, working or over; `None` for an id of another engine.
    pub fn parent(&self, id: ParentId) -> Option<&Parent> {
        self.parents.all.get(id.0 as usize)
    }

    /// Takes a parent and its parts back; `false` where it does not work any more.
    pub fn cancel_parent(&mut self, id: ParentId) -> bool {
        let Self { parents, orders, log, now, .. } = self;
        let Some(parent) = parents.all.get_mut(id.0 as usize).filter(|parent| parent.works()) else {
            return false;
        };
        take_back(parent, Reason::Asked, *now, orders, log);
        parent.state = ParentState::Cancelled(Reason::Asked);
        parents.forget();
        true
    }

    /// Lets every parent send what is due.
    pub(super) fn work_parents(&mut self) {
        for n in 0..self.parents.working.len() {
            self.work(self.parents.working[n]);
        }
        self.parents.forget();
    }

    fn work(&mut self, k: u32) {
        let Self { parents, orders, log, now, instruments, .. } = self;
        let parent = &mut parents.all[k as usize];
        let instrument = &instruments[parent.request.instrument as usize];
        parent.children.retain(|id| orders.get(*id).is_some());
        if parent.filled > parent.request.quantity - instrument.lot * 0.5 {
            parent.state = ParentState::Filled;
        }
        let over = *now >= parent.request.until;
        let (target, waits) = match parent.state {
            ParentState::Working if over => {
                take_back(parent, Reason::Schedule, *now, orders, log);
                match parent.request.at_end {
                    AtEnd::Cancel => {
                        parent.state = ParentState::Expired;
                        return;
                    }
                    AtEnd::Cross => parent.state = ParentState::Crossing,
                }
                (parent.request.quantity, TimeInForce::DAY)
            }
            ParentState::Working => match parent.due(*now) {
                Some(target) => (target, TimeInForce::UntilCancelled),
                None => return,
            },
            ParentState::Crossing if parent.children.is_empty() => {
                parent.state = ParentState::Expired;
                return;
            }
            _ => return,
        };
        let living: f64 =
            parent.children.iter().filter_map(|id| orders.get(*id)).map(super::Order::remaining).sum();
        // Shares of a quantity are rounded; a lot that is missing by rounding alone is a whole one.
        let units = instrument.whole_lots((target - parent.filled - living).max(0.0));
        if units <= 0.0 {
            return;
        }
        let name = format!("{}/{}", parent.request.name, parent.parts);
        parent.parts += 1;
        let part = OrderRequest::market(parent.request.instrument, parent.request.side, units)
            .waiting(waits)
            .tag(parent.request.tag)
            .named(&name);
        // What is refused is in the log, and due again with the next part.
        if let Ok(id) = self.submit(part) {
            self.parents.all[k as usize].children.push(id);
        }
    }
}
