//! Depth events of Binance in a Parquet table: one level a row.

use std::path::Path;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use proofmark_market::book::{DepthMessage, DepthSnapshot, DepthUpdate, Fixed, Level, Side, Stamp};
use proofmark_units::Instant;

use super::BookFile;
use crate::collect::{Complaint, Place, Problems};
use crate::columns::Header;
use crate::parquet_bars::{Batch, Table};
use crate::parquet_columns::{Column, numbers, texts};
use crate::{ReadError, ReadOptions};

/// Milliseconds that nanoseconds can hold.
const MOST_MILLIS: i64 = i64::MAX / 1_000_000;

/// Reads a Parquet table with the columns `local_ns` (received, nanoseconds), `exch_ms` (sent, milliseconds; that of receipt where
/// null), `kind`
/// (`snapshot`, `depth` or `trade`), `side` (1 bid or a buyer who took, -1 ask or a seller), `price`, `qty` and `id` (of the update or snapshot).
///
/// Rows of one kind and id that follow each other are one message; the table does not say where an update begins, so a gap
/// between ids cannot be told from it. `each` gets a message and the time at which it was received, and says whether to go
/// on. A row without a readable price, size or side marks its message as damaged and is listed; one without time, kind or id
/// is listed and belongs to no message.
///
/// # Errors
/// [`ReadError`] when the file as a whole cannot be used.
pub fn read_binance_events(
    path: impl AsRef<Path>,
    options: &ReadOptions,
    mut each: impl FnMut(DepthMessage, Instant) -> bool,
) -> Result<BookFile, ReadError> {
    let file = path.as_ref();
    let table = Table::open(file)?;
    let header = Header { file, names: &table.names };
    let need = |name: &'static str| header.required(name, Some(name), &[]);
    let places = [need("local_ns")?, need("exch_ms")?, need("id")?, need("kind")?, need("side")?];
    let (price, quantity) = (need("price")?, need("qty")?);
    let wanted = [&places[..], &[price, quantity]].concat();
    let mut problems = Problems::new(file, options.max_problems);
    let mut row = 0_u64;
    let mut open: Option<Batched> = None;
    let mut go_on = true;
    table.for_each_batch(&wanted, options, |batch| {
        let whole = |index| integers(batch, index);
        let (local, sent, id) = (whole(places[0])?, whole(places[1])?, whole(places[2])?);
        let kind = batch.column(places[3], texts, "text")?;
        let number = |index| batch.column(index, numbers, "a number");
        let (side, price, quantity) = (number(places[4])?, number(price)?, number(quantity)?);
        for at in 0..batch.batch.num_rows() {
            row += 1;
            if !go_on {
                continue;
            }
            let place = Place { row, line: None };
            let (Some(received), Some(id), Some(kind)) = (local(at), id(at), kind.text(at)) else {
                let complaint = Complaint::new("missing_value", "local_ns, kind or id", "");
                problems.push(place, None, None, complaint)?;
                continue;
            };
            // A reply of the depth address says no time of its own on spot: it was true when it arrived at the latest.
            let sent = sent(at).filter(|ms| ms.abs() < MOST_MILLIS).map_or(received, |ms| ms * 1_000_000);
            let Some(kind) = Kind::named(kind) else {
                problems.push(place, None, None, Complaint::new("bad_text", "kind", kind))?;
                continue;
            };
            if open.as_ref().is_some_and(|open| (open.kind, open.id) != (kind, id))
                && let Some(done) = open.take()
            {
                go_on = done.hand_over(&mut each);
            }
            let message = open.get_or_insert_with(|| Batched {
                kind,
                id,
                row,
                received: Instant::from_nanos(received),
                event_time: Instant::from_nanos(sent),
                levels: Vec::new(),
                damaged: false,
            });
            match level(&side, &price, &quantity, at) {
                Ok(level) => message.levels.push(level),
                Err(complaint) => {
                    message.damaged = true;
                    problems.push(place, None, None, complaint)?;
                }
            }
        }
        Ok(())
    })?;
    if row == 0 {
        return Err(ReadError::Empty { file: file.to_owned() });
    }
    if let Some(done) = open.take()
        && go_on
    {
        done.hand_over(&mut each);
    }
    Ok(BookFile { symbol: None, rows_read: row, problems: problems.list })
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Snapshot,
    Depth,
    Trade,
}

impl Kind {
    fn named(text: &str) -> Option<Self> {
        match text {
            "snapshot" => Some(Self::Snapshot),
            "depth" => Some(Self::Depth),
            "trade" => Some(Self::Trade),
            _ => None,
        }
    }
}

/// Rows of one message so far.
struct Batched {
    kind: Kind,
    id: i64,
    row: u64,
    received: Instant,
    event_time: Instant,
    levels: Vec<(Side, Level)>,
    damaged: bool,
}

impl Batched {
    fn hand_over(self, each: &mut impl FnMut(DepthMessage, Instant) -> bool) -> bool {
        let Self { kind, id, row, received, event_time, levels, damaged } = self;
        let stamp = Stamp::new(event_time, received);
        let message = match kind {
            Kind::Snapshot => {
                DepthMessage::Snapshot(DepthSnapshot { stamp, row, last_id: id, levels, damaged })
            }
            Kind::Depth => DepthMessage::Update(DepthUpdate {
                stamp,
                row,
                first_id: None,
                previous_id: None,
                last_id: id,
                levels,
                damaged,
            }),
            Kind::Trade => DepthMessage::Trade { stamp, row, id: Some(id), prints: levels },
        };
        each(message, received)
    }
}

fn level(side: &Column, price: &Column, quantity: &Column, at: usize) -> Result<(Side, Level), Complaint> {
    let exact = |name: &str, column: &Column| {
        let value = column.number(at).ok_or_else(|| Complaint::new("missing_value", name, ""))?;
        Fixed::from_f64(value).map_err(|_| Complaint::new("bad_number", name, &value.to_string()))
    };
    let side = match side.number(at) {
        Some(1.0) => Side::Bid,
        Some(-1.0) => Side::Ask,
        other => return Err(Complaint::new("bad_number", "side", &other.unwrap_or(f64::NAN).to_string())),
    };
    Ok((side, Level { price: exact("price", price)?, size: exact("qty", quantity)? }))
}

/// A column of whole numbers as they are: as floats, nanoseconds since 1970 would be rounded.
fn integers(batch: &Batch<'_>, index: usize) -> Result<impl Fn(usize) -> Option<i64> + use<>, ReadError> {
    fn is_whole(array: &ArrayRef) -> Option<Column> {
        (*array.data_type() == DataType::Int64).then(|| Column::Numbers(Vec::new()))
    }
    batch.column(index, is_whole, "64-bit integers")?;
    let name = batch.name(index);
    let array = batch.batch.column_by_name(name).map(ArrayRef::clone);
    Ok(move |row: usize| {
        let values = array.as_ref()?.as_primitive_opt::<Int64Type>()?;
        (row < values.len() && values.is_valid(row)).then(|| values.value(row))
    })
}
