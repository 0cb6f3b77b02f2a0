//! Messages about order books as they were recorded, one level a row.

use proofmark_market::book::{
    BestQuote, DepthMessage, DepthSnapshot, DepthUpdate, Fixed, Level, Side, Stamp,
};
use proofmark_units::{Date, Instant, Symbol};

use super::{Column, Dated, Fact, Fields, Kind, Misshapen, Record, Shape};
use crate::manifest::Table;

/// The two times of the lake are whole microseconds, a book is rebuilt from nanoseconds: both are kept beside them.
static SHAPE: Shape = Shape {
    table: Table::BookEvents,
    name: "event of an order book",
    dated: Dated::ByColumn(0),
    columns: &[
        Column::key("session", Kind::Date),
        Column::key("venue", Kind::Text),
        Column::key("recording", Kind::Text),
        Column::key("message", Kind::Whole),
        Column::key("place", Kind::Whole),
        Column::of("kind", Kind::Text),
        Column::of("sent_ns", Kind::Whole),
        Column::of("received_ns", Kind::Whole),
        Column::optional("sequence", Kind::Whole),
        Column::optional("first_id", Kind::Whole),
        Column::optional("previous_id", Kind::Whole),
        Column::of("damaged", Kind::Whole),
        Column::optional("side", Kind::Text),
        Column::optional("price_e8", Kind::Whole),
        Column::optional("size_e8", Kind::Whole),
    ],
};

/// What a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EventKind {
    /// A part of a snapshot of all levels.
    Snapshot,
    /// A new size of a level; zero removes it.
    Update,
    /// One side of the venue's own best quote.
    Quote,
    /// A trade; its side is the one that took.
    Trade,
}

impl EventKind {
    const ALL: [Self; 4] = [Self::Snapshot, Self::Update, Self::Quote, Self::Trade];

    const fn name(self) -> &'static str {
        match self {
            Self::Snapshot => "snapshot",
            Self::Update => "update",
            Self::Quote => "quote",
            Self::Trade => "trade",
        }
    }
}

/// What all rows of a message have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Head {
    /// Its row in the recording, which orders the messages.
    pub(crate) message: u64,
    pub(crate) kind: EventKind,
    /// When it happened by the venue's clock.
    pub(crate) sent: Instant,
    /// When it arrived by the receiver's.
    pub(crate) received: Instant,
    pub(crate) sequence: Option<i64>,
    pub(crate) first_id: Option<i64>,
    pub(crate) previous_id: Option<i64>,
    pub(crate) damaged: bool,
}

/// One level of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEvent {
    /// The instrument.
    pub symbol: Symbol,
    /// UTC date of receipt.
    pub session: Date,
    /// Who sent it, such as `binance-spot`.
    pub venue: String,
    /// The recording it belongs to, by its digest.
    pub recording: String,
    /// Place of the level in its message.
    pub place: u32,
    pub(crate) head: Head,
    /// Side, price and size; `None` for a message without levels.
    pub level: Option<(Side, Level)>,
}

impl BookEvent {
    /// What the message is.
    pub const fn kind(&self) -> EventKind {
        self.head.kind
    }

    /// Row of the message in its recording, from 1.
    pub const fn message(&self) -> u64 {
        self.head.message
    }
}

impl Fact for BookEvent {
    const SHAPE: &'static Shape = &SHAPE;

    fn name(&self) -> &Symbol {
        &self.symbol
    }

    fn record(&self) -> Record {
        let Head { message, kind, sent, received, sequence, first_id, previous_id, damaged } = self.head;
        let side = |(side, _): (Side, Level)| if side == Side::Bid { "bid" } else { "ask" };
        Record {
            event_time: sent,
            known_at: Stamp::new(sent, received).known_at,
            values: vec![
                self.session.into(),
                self.venue.as_str().into(),
                self.recording.as_str().into(),
                i64::try_from(message).unwrap_or(i64::MAX).into(),
                i64::from(self.place).into(),
                kind.name().into(),
                sent.nanos().into(),
                received.nanos().into(),
                sequence.into(),
                first_id.into(),
                previous_id.into(),
                i64::from(damaged).into(),
                self.level.map(side).into(),
                self.level.map(|(_, level)| level.price.units()).into(),
                self.level.map(|(_, level)| level.size.units()).into(),
            ],
        }
    }

    fn of_record(name: &Symbol, record: &Record) -> Result<Self, Misshapen> {
        let mut fields = Fields::of(record);
        let wrong = |column, wanted| Misshapen { column, found: "another value", wanted };
        let (session, venue, recording) = (fields.date()?, fields.text()?, fields.text()?);
        let message = u64::try_from(fields.whole()?).map_err(|_| wrong(3, "a row from 1 on"))?;
        let place = fields.count()?;
        let kind = fields.text()?;
        let kind = EventKind::ALL.into_iter().find(|known| known.name() == kind);
        let kind = kind.ok_or(wrong(5, "`snapshot`, `update`, `quote` or `trade`"))?;
        let (sent, received) = (Instant::from_nanos(fields.whole()?), Instant::from_nanos(fields.whole()?));
        let (sequence, first_id) = (fields.whole_if_any()?, fields.whole_if_any()?);
        let previous_id = fields.whole_if_any()?;
        let damaged = fields.whole()? != 0;
        let side = match fields.text_if_any()?.as_deref() {
            Some("bid") => Some(Side::Bid),
            Some("ask") => Some(Side::Ask),
            Some(_) => return Err(wrong(12, "`bid` or `ask`")),
            None => None,
        };
        let (price, size) = (fields.whole_if_any()?, fields.whole_if_any()?);
        let level = match (side, price, size) {
            (Some(side), Some(price), Some(size)) => {
                Some((side, Level { price: Fixed::from_units(price), size: Fixed::from_units(size) }))
            }
            (None, None, None) => None,
            _ => return Err(wrong(12, "side, price and size, or none of them")),
        };
        let head = Head { message, kind, sent, received, sequence, first_id, previous_id, damaged };
        Ok(Self { symbol: name.clone(), session, venue, recording, place, head, level })
    }
}

/// A message as what its rows have in common, and its levels.
pub(crate) fn of_message(message: &DepthMessage, received: Instant) -> (Head, Vec<(Side, Level)>) {
    let head = |kind, stamp: &Stamp, row: u64| Head {
        message: row,
        kind,
        sent: stamp.event_time,
        received,
        sequence: None,
        first_id: None,
        previous_id: None,
        damaged: false,
    };
    match message {
        DepthMessage::Snapshot(DepthSnapshot { stamp, row, last_id, levels, damaged }) => {
            let head = head(EventKind::Snapshot, stamp, *row);
            (Head { sequence: Some(*last_id), damaged: *damaged, ..head }, levels.clone())
        }
        DepthMessage::Update(DepthUpdate { stamp, row, first_id, previous_id, last_id, levels, damaged }) => {
            let (first_id, previous_id) = (*first_id, *previous_id);
            let head = head(EventKind::Update, stamp, *row);
            let sequence = Some(*last_id);
            (Head { sequence, first_id, previous_id, damaged: *damaged, ..head }, levels.clone())
        }
        DepthMessage::Quote(BestQuote { stamp, row, id, bid, ask }) => {
            let head = head(EventKind::Quote, stamp, *row);
            (Head { sequence: Some(*id), ..head }, vec![(Side::Bid, *bid), (Side::Ask, *ask)])
        }
        DepthMessage::Trade { stamp, row, id, prints } => {
            (Head { sequence: *id, ..head(EventKind::Trade, stamp, *row) }, prints.clone())
        }
    }
}

/// The message of its rows; `None` when they are not those of one.
pub(crate) fn to_message(head: Head, levels: Vec<(Side, Level)>) -> Option<DepthMessage> {
    let Head { message: row, kind, sent, received, sequence, first_id, previous_id, damaged } = head;
    let stamp = Stamp::new(sent, received);
    Some(match kind {
        EventKind::Snapshot => {
            DepthMessage::Snapshot(DepthSnapshot { stamp, row, last_id: sequence?, levels, damaged })
        }
        EventKind::Update => DepthMessage::Update(DepthUpdate {
            stamp,
            row,
            first_id,
            previous_id,
            last_id: sequence?,
            levels,
            damaged,
        }),
        EventKind::Quote => {
            let [(Side::Bid, bid), (Side::Ask, ask)] = levels[..] else { return None };
            DepthMessage::Quote(BestQuote { stamp, row, id: sequence?, bid, ask })
        }
        EventKind::Trade => DepthMessage::Trade { stamp, row, id: sequence, prints: levels },
    })
}
