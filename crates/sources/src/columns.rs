//! Which column of a file plays which role.

use std::path::Path;

use proofmark_units::Date;

use crate::row::ColumnsUsed;
use crate::{ReadError, ReadOptions};

/// Names taken for each role, compared in lower case without punctuation; the first one present wins.
const DATE: &[&str] = &["date", "date1", "tradedate", "datetime", "timestamp", "ts", "time", "start", "day"];
const SYMBOL: &[&str] = &["symbol", "ticker"];
const SERIES: &[&str] = &["series"];
const OPEN: &[&str] = &["open", "openprice", "o"];
const HIGH: &[&str] = &["high", "highprice", "hiprice", "h"];
const LOW: &[&str] = &["low", "lowprice", "loprice", "l"];
const CLOSE: &[&str] = &["close", "closeprice", "c"];
/// Taken for the close of a file that holds nothing else.
const VALUE: &[&str] = &["value", "price"];
const VOLUME: &[&str] = &["volume", "vol", "v", "ttltrdqnty", "tottrdqty", "totaltradedquantity", "trdqty"];
const TURNOVER: &[&str] = &["turnover", "turnoverlacs", "tottrdval", "trdval"];

/// Positions of the columns that a bar needs.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    /// Columns that name the instrument together; empty when the file has none.
    pub(crate) symbol: Vec<usize>,
    pub(crate) series: Option<usize>,
    /// The column, or the one date of all rows.
    pub(crate) date: Result<usize, Date>,
    /// Open, high, low, close; `None` in a file of closes alone.
    pub(crate) prices: [Option<usize>; 4],
    pub(crate) volume: Option<usize>,
    pub(crate) turnover: Option<usize>,
    pub(crate) used: ColumnsUsed,
}

impl Layout {
    pub(crate) fn find(file: &Path, names: &[String], options: &ReadOptions) -> Result<Self, ReadError> {
        let header = Header { file, names };
        let map = &options.columns;
        let date = match (header.optional("date", map.date.as_deref(), DATE)?, options.file_date) {
            (_, Some(date)) => Err(date),
            (Some(index), None) => Ok(index),
            (None, None) => Err(date_in_name(file).ok_or_else(|| header.missing("date", None, DATE))?),
        };
        let price = |role, mapped: &Option<String>, aliases| {
            if options.keep_missing {
                return header.optional(role, mapped.as_deref(), aliases);
            }
            header.required(role, mapped.as_deref(), aliases).map(Some)
        };
        let open = price("open", &map.open, OPEN)?;
        let high = price("high", &map.high, HIGH)?;
        let low = price("low", &map.low, LOW)?;
        let alone = [open, high, low].iter().all(Option::is_none);
        let close = match header.optional("close", map.close.as_deref(), CLOSE)? {
            None if alone => header.required("close", None, VALUE)?,
            None => return Err(header.missing("close", map.close.as_deref(), CLOSE)),
            Some(index) => index,
        };
        let turnover = header.optional("turnover", map.turnover.as_deref(), TURNOVER)?;
        let volume = header.optional("volume", map.volume.as_deref(), VOLUME)?;
        let symbol = match map.symbol.as_deref() {
            _ if options.symbol_override.is_some() => Vec::new(),
            Some(joined) if joined.contains('+') => joined
                .split('+')
                .map(|part| header.required("symbol", Some(part), SYMBOL))
                .collect::<Result<_, _>>()?,
            mapped => header.optional("symbol", mapped, SYMBOL)?.into_iter().collect(),
        };
        let series =
            if options.series.is_empty() { None } else { Some(header.required("series", None, SERIES)?) };
        let name = |index: usize| names[index].trim().to_owned();
        let used = ColumnsUsed {
            symbol: (!symbol.is_empty())
                .then(|| symbol.iter().map(|index| name(*index)).collect::<Vec<_>>().join("+")),
            date: date.ok().map(name),
            open: open.map(name),
            high: high.map(name),
            low: low.map(name),
            close: name(close),
            volume: volume.map(name),
            turnover: turnover.map(name),
        };
        Ok(Self { symbol, series, date, prices: [open, high, low, Some(close)], volume, turnover, used })
    }
}

/// The names a file gives its columns.
pub(crate) struct Header<'a> {
    pub(crate) file: &'a Path,
    pub(crate) names: &'a [String],
}

impl Header<'_> {
    pub(crate) fn required(
        &self,
        role: &'static str,
        mapped: Option<&str>,
        aliases: &[&str],
    ) -> Result<usize, ReadError> {
        self.optional(role, mapped, aliases)?.ok_or_else(|| self.missing(role, mapped, aliases))
    }

    pub(crate) fn optional(
        &self,
        role: &'static str,
        mapped: Option<&str>,
        aliases: &[&str],
    ) -> Result<Option<usize>, ReadError> {
        if let Some(wanted) = mapped {
            // A mapped name is meant exactly; a miss is an error even for an optional role.
            let found = self.only(|name| name.trim() == wanted.trim())?;
            return match found {
                Some(index) => Ok(Some(index)),
                None => self
                    .only(|name| name.trim().eq_ignore_ascii_case(wanted.trim()))?
                    .map_or_else(|| Err(self.missing(role, mapped, aliases)), |index| Ok(Some(index))),
            };
        }
        for alias in aliases {
            if let Some(index) = self.only(|name| plain(name) == *alias)? {
                return Ok(Some(index));
            }
        }
        Ok(None)
    }

    fn only(&self, matches: impl Fn(&str) -> bool) -> Result<Option<usize>, ReadError> {
        let mut hits = self.names.iter().enumerate().filter(|(_, name)| matches(name));
        let first = hits.next();
        match (first, hits.next()) {
            (Some((_, name)), Some(_)) => {
                Err(ReadError::AmbiguousColumn { file: self.file.to_owned(), column: shown(name) })
            }
            (first, _) => Ok(first.map(|(index, _)| index)),
        }
    }

    fn missing(&self, role: &'static str, mapped: Option<&str>, aliases: &[&str]) -> ReadError {
        let mut found: Vec<String> = self.names.iter().take(40).map(|name| shown(name)).collect();
        if self.names.len() > found.len() {
            found.push(format!("and {} more", self.names.len() - found.len()));
        }
        let wanted = mapped.map_or_else(|| aliases.join(", "), str::to_owned);
        ReadError::MissingColumn { file: self.file.to_owned(), role, wanted, found }
    }
}

/// The one ISO date in a file's name; `None` when there is none or several.
pub(crate) fn date_in_name(file: &Path) -> Option<Date> {
    let name = file.file_name()?.to_str()?;
    let mut dates: Vec<Date> =
        (0..name.len()).filter_map(|from| name.get(from..from + 10)?.parse().ok()).collect();
    dates.dedup();
    if let [date] = dates[..] { Some(date) } else { None }
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Text from a file, safe to print: escaped and cut to 40 characters.
pub(crate) fn shown(text: &str) -> String {
    let mut out: String = text.trim().chars().take(40).flat_map(char::escape_debug).collect();
    if text.trim().chars().nth(40).is_some() {
        out.push('…');
    }
    out
}
