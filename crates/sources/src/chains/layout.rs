//! Which column of a chain plays which role, and a row from its cells.

use std::path::Path;

use proofmark_market::options::Right;
use proofmark_units::Date;

use super::{ChainOptions, OptionRow};
use crate::collect::Complaint;
use crate::columns::{Header, date_in_name};
use crate::{ReadError, WrittenTime, instant_of};

/// Roles with the names taken for them, lower case without punctuation; the first one present wins.
pub(super) const ROLES: [(&str, &[&str]); 14] = [
    ("underlying", &["underlying", "symbol", "ticker", "root"]),
    ("expiry", &["expiry", "expirydate", "expdate", "expiration", "expirationdate"]),
    ("right", &["type", "opttype", "optiontype", "right", "callput", "cp"]),
    ("strike", &["strike", "strikeprice", "strprice"]),
    ("at", &["ts", "timestamp", "datetime", "quotetime"]),
    ("bid", &["bid", "bidprice", "bestbid"]),
    ("ask", &["ask", "askprice", "bestask", "offer"]),
    ("last", &["last", "price", "lastprice", "close", "closeprice", "ltp"]),
    ("volume", &["volume", "vol", "trdqty"]),
    ("open_interest", &["openinterest", "openint", "oi"]),
    ("forward", &["forward", "forwardparity", "futureprice"]),
    ("discount", &["discountfactor", "df"]),
    ("years", &["years", "tyears", "ttevendor", "tte"]),
    ("volatility", &["iv", "ivmid", "ivvendor", "impliedvolatility"]),
];

const UNDERLYING: usize = 0;
const EXPIRY: usize = 1;
const RIGHT: usize = 2;
const STRIKE: usize = 3;
pub(super) const AT: usize = 4;

/// What a cell of a role holds.
pub(super) const fn is_text(role: usize) -> bool {
    matches!(role, UNDERLYING | RIGHT)
}

/// Whether a cell of the role is a date or a time.
pub(super) const fn is_date(role: usize) -> bool {
    matches!(role, EXPIRY | AT)
}

/// Position of each role's column.
pub(super) struct Layout {
    pub(super) places: [Option<usize>; 14],
    pub(super) columns: Vec<(&'static str, String)>,
    pub(super) date_of_file: Option<Date>,
}

impl Layout {
    pub(super) fn find(file: &Path, names: &[String], options: &ChainOptions) -> Result<Self, ReadError> {
        let header = Header { file, names };
        let mut layout = Self { places: [None; 14], columns: Vec::new(), date_of_file: date_in_name(file) };
        for (role, (name, aliases)) in ROLES.iter().enumerate() {
            let mapped = options.columns.get(*name).map(String::as_str);
            let needed = matches!(role, EXPIRY | RIGHT | STRIKE)
                || (role == UNDERLYING && options.underlying.is_none());
            let place = if needed {
                Some(header.required(name, mapped, aliases)?)
            } else {
                header.optional(name, mapped, aliases)?
            };
            layout.places[role] = place;
            layout.columns.extend(place.map(|place| (*name, names[place].trim().to_owned())));
        }
        Ok(layout)
    }
}

/// The cells of one row, by role; `Ok(None)` where there is nothing.
pub(super) trait Cells {
    fn number(&self, role: usize) -> Result<Option<f64>, Complaint>;
    fn text(&self, role: usize) -> Result<Option<&str>, Complaint>;
    fn date(&self, role: usize) -> Result<Option<(Date, Option<WrittenTime>)>, Complaint>;
}

pub(super) fn row(cells: &impl Cells, row: u64, options: &ChainOptions) -> Result<OptionRow, Complaint> {
    let missing = |role: usize| Complaint::new("missing_value", ROLES[role].0, "");
    let underlying = match &options.underlying {
        Some(name) => name.clone(),
        None => {
            cells.text(UNDERLYING)?.filter(|name| !name.is_empty()).ok_or_else(|| missing(UNDERLYING))?.into()
        }
    };
    let (expiry, _) = cells.date(EXPIRY)?.ok_or_else(|| missing(EXPIRY))?;
    let written = cells.text(RIGHT)?.ok_or_else(|| missing(RIGHT))?;
    let right = right(written).ok_or_else(|| Complaint::new("bad_text", ROLES[RIGHT].0, written))?;
    let strike = cells.number(STRIKE)?.ok_or_else(|| missing(STRIKE))?;
    if strike <= 0.0 {
        return Err(Complaint::new("bad_number", ROLES[STRIKE].0, &strike.to_string()));
    }
    let at = match cells.date(AT)? {
        None => None,
        Some((date, time)) => {
            let time = time.unwrap_or(WrittenTime { nanos: 0, offset_seconds: None });
            let at = instant_of(date, time, options.zone.as_ref());
            Some(at.map_err(|error| Complaint::new("bad_date", ROLES[AT].0, &error.to_string()))?)
        }
    };
    let [bid, ask, last, volume, open_interest, forward, discount, years, volatility] =
        [5, 6, 7, 8, 9, 10, 11, 12, 13].map(|role| cells.number(role));
    Ok(OptionRow {
        row,
        underlying,
        expiry,
        right,
        strike,
        at,
        bid: bid?,
        ask: ask?,
        last: last?,
        volume: volume?,
        open_interest: open_interest?,
        forward: forward?,
        discount: discount?,
        years: years?,
        volatility: volatility?,
    })
}

fn right(text: &str) -> Option<Right> {
    match text.trim().to_ascii_lowercase().as_str() {
        "c" | "ce" | "call" | "ca" => Some(Right::Call),
        "p" | "pe" | "put" | "pa" => Some(Right::Put),
        _ => None,
    }
}
