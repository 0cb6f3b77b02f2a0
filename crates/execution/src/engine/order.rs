//! Orders: what is asked, and how far it got.

use proofmark_units::Instant;
use serde::{Deserialize, Serialize};

use super::InstrumentId;
use crate::costs::Side;

/// An order of one engine, in the order of submission.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct OrderId {
    pub(super) sequence: u64,
    pub(super) slot: u32,
}

/// What makes an order trade.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// At once, at any price.
    Market,
    /// At the last price of the first bar that it was active in from its beginning, or at the quote.
    Close,
    /// At this price or better.
    Limit(f64),
    /// As a market order once the price has come to the trigger or beyond it.
    Stop(f64),
    /// As a limit order once the price has come to the trigger.
    StopLimit {
        /// Where it wakes.
        trigger: f64,
        /// Where it trades.
        limit: f64,
    },
    /// As a stop that follows the best price since `reference`, and holds still otherwise.
    Trail {
        /// Price from which favourable moves are measured, usually that of the entry.
        reference: f64,
        /// Favourable move that arms it, a fraction of `reference`; 0 = armed at once.
        activation: f64,
        /// Distance of the stop from the best price, a fraction of it.
        distance: f64,
    },
}

/// How long an order waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeInForce {
    /// To the end of so many sessions from the next event on; 1 = a day order.
    Sessions(u16),
    /// Until it is cancelled.
    UntilCancelled,
    /// It fills at the first event that could fill it, in part if need be, and the rest is cancelled.
    Immediate,
}

impl TimeInForce {
    /// To the end of the session.
    pub const DAY: Self = Self::Sessions(1);
}

/// Who wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A decision of the strategy: subject to participation, money and limits.
    Decision,
    /// Gets out of a position: never scaled, never held up by a limit, and never more than the position.
    Risk,
}

/// What a strategy asks for.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderRequest {
    /// What to trade.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// Units, > 0, rounded down to lots. For [`Purpose::Risk`] `f64::INFINITY` is the whole position.
    pub quantity: f64,
    /// What makes it trade.
    pub kind: Kind,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Who wants it.
    pub purpose: Purpose,
    /// Units others may see at once; `None` = all. The rest joins the queue behind them.
    pub display: Option<f64>,
    /// For an exit of a bracket: its stop or limit lies this fraction away from the price of the entry's first fill, whatever price its
    /// kind names.
    pub offset: Option<f64>,
    /// The sender's own name for it; a second request of the same name is the same order.
    pub client_id: Option<Box<str>>,
    /// A word of the sender that the fills carry, such as `stop` or `week_end`.
    pub tag: &'static str,
}

impl OrderRequest {
    /// A market order that waits one session.
    pub const fn market(instrument: InstrumentId, side: Side, quantity: f64) -> Self {
        Self {
            instrument,
            side,
            quantity,
            kind: Kind::Market,
            time_in_force: TimeInForce::DAY,
            purpose: Purpose::Decision,
            display: None,
            offset: None,
            client_id: None,
            tag: "",
        }
    }

    /// The same, of another kind.
    #[must_use]
    pub const fn kind(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    /// The same, waiting differently.
    #[must_use]
    pub const fn waiting(mut self, time_in_force: TimeInForce) -> Self {
        self.time_in_force = time_in_force;
        self
    }

    /// The same, only to get out of a position.
    #[must_use]
    pub const fn risk(mut self) -> Self {
        self.purpose = Purpose::Risk;
        self
    }

    /// The same, its price so far away from that of the entry it hangs on, a signed fraction.
    #[must_use]
    pub const fn away(mut self, offset: f64) -> Self {
        self.offset = Some(offset);
        self
    }

    /// The same under a word of the sender.
    #[must_use]
    pub const fn tag(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// The same under a name of the sender.
    #[must_use]
    pub fn named(mut self, client_id: &str) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The same, showing only so many units at once.
    #[must_use]
    pub const fn showing(mut self, display: f64) -> Self {
        self.display = Some(display);
        self
    }
}

/// How far an order got.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OrderState {
    /// Waits for the order it hangs on to fill.
    Held,
    /// Working, nothing filled.
    Working,
    /// Working, filled in part.
    Partial,
    /// Filled.
    Filled,
    /// Taken back, by the sender or for the reason.
    Cancelled(Reason),
    /// Never accepted.
    Rejected(Reason),
    /// Its time in force is over.
    Expired,
}

/// Why an order was refused or taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// The sender asked for it.
    Asked,
    /// Another order of its group traded.
    Group,
    /// The position it was to close is closed.
    Flat,
    /// There is no money for the rest.
    Money,
    /// The rest of an immediate order.
    Immediate,
    /// There is no such instrument.
    Instrument,
    /// The market takes no such order.
    Kind,
    /// Less than a lot, or not a number.
    Quantity,
    /// A price is not a positive number, off the tick, or outside the band.
    Price,
    /// Worth less than the smallest order.
    Notional,
    /// More is sold than held, and the instrument may not be short.
    Short,
    /// A limit forbids it.
    Limit,
    /// The account was liquidated.
    MarginCall,
    /// The schedule of its parent is over, or is none.
    Schedule,
}

impl Reason {
    /// Stable name, as serialised.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Group => "group",
            Self::Flat => "flat",
            Self::Money => "money",
            Self::Immediate => "immediate",
            Self::Instrument => "instrument",
            Self::Kind => "kind",
            Self::Quantity => "quantity",
            Self::Price => "price",
            Self::Notional => "notional",
            Self::Short => "short",
            Self::Limit => "limit",
            Self::MarginCall => "margin_call",
            Self::Schedule => "schedule",
        }
    }
}

/// An order the engine holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Order {
    /// Its name in this engine.
    pub id: OrderId,
    /// What it trades.
    pub instrument: InstrumentId,
    /// Which way.
    pub side: Side,
    /// What makes it trade; a stop-limit that woke is a limit.
    pub kind: Kind,
    /// How long it waits.
    pub time_in_force: TimeInForce,
    /// Who wants it.
    pub purpose: Purpose,
    /// Units asked for.
    pub quantity: f64,
    /// Units filled.
    pub filled: f64,
    /// Value of the units filled, in the instrument's currency.
    pub value: f64,
    /// Units shown at once.
    pub display: Option<f64>,
    /// When it was sent.
    pub submitted: Instant,
    /// From when it can fill.
    pub active_from: Instant,
    /// When its cancel, which is on its way, reaches the market; it can fill until then.
    pub cancel_at: Option<Instant>,
    /// How far it got.
    pub state: OrderState,
    /// The sender's word.
    pub tag: &'static str,
    /// Distance of its price from that of the entry it hangs on, until it wakes.
    pub(super) offset: Option<f64>,
    /// What a unit was worth when it was sent, in the account's first currency; NaN where no price was known.
    pub(super) worth: f64,
    /// Sessions it has lived through.
    pub(super) sessions: u16,
    /// Best price since the reference of a trail, from finished bars only.
    pub(super) best: f64,
    /// Orders of one group: when one trades, the others shrink by as much.
    pub(super) group: Option<u64>,
    /// The order whose fills wake this one.
    pub(super) parent: Option<OrderId>,
    /// Whether others hang on this one.
    pub(super) has_children: bool,
    /// When its parent's fill woke it, and whether that was within a bar, at a moment nobody knows.
    pub(super) woken: Option<(Instant, bool)>,
    /// An event has passed that did not fill it: what fills it later trades against it.
    pub(super) rested: bool,
}

impl Order {
    /// Units still to fill.
    pub fn remaining(&self) -> f64 {
        self.quantity - self.filled
    }

    /// Where it triggers by now; `None` for orders without a trigger, and for a trail that is not armed.
    pub fn trigger(&self) -> Option<f64> {
        match self.kind {
            Kind::Market | Kind::Close | Kind::Limit(_) => None,
            Kind::Stop(trigger) | Kind::StopLimit { trigger, .. } => Some(trigger),
            Kind::Trail { reference, activation, distance } => {
                // A trail that sells guards a long position.
                let sign = -self.side.sign();
                let armed = sign * (self.best / reference - 1.0) >= activation - 1e-12;
                armed.then_some(self.best * (1.0 - sign * distance))
            }
        }
    }

    /// Takes the price of the entry it hangs on, on which its own depends.
    pub(super) fn refer(&mut self, price: f64, tick: f64) {
        let own = self.offset.take().map(|offset| {
            let away = price * (1.0 + offset);
            if tick > 0.0 { (away / tick).round() * tick } else { away }
        });
        match (&mut self.kind, own) {
            (Kind::Stop(at) | Kind::Limit(at), Some(own)) => *at = own,
            (Kind::Trail { reference, .. }, _) if reference.is_nan() => {
                *reference = price;
                self.best = price;
            }
            _ => {}
        }
    }

    /// Takes the extremes of a finished bar into a trail.
    pub(super) fn follow(&mut self, high: f64, low: f64) {
        if let Kind::Trail { .. } = self.kind {
            self.best = match self.side {
                Side::Sell => self.best.max(high),
                Side::Buy => self.best.min(low),
            };
        }
    }
}
