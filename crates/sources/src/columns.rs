//! Which column of a file plays which role.

use std::path::Path;

use crate::row::ColumnsUsed;
use crate::{ReadError, ReadOptions};

/// Names taken for each role, compared in lower case without punctuation; the first one present wins.
const DATE: &[&str] = &["date", "date1", "tradedate", "datetime", "timestamp", "ts", "time", "day"];
const SYMBOL: &[&str] = &["symbol", "ticker"];
const SERIES: &[&str] = &["series"];
const OPEN: &[&str] = &["open", "openprice", "o"];
const HIGH: &[&str] = &["high", "highprice", "h"];
const LOW: &[&str] = &["low", "lowprice", "l"];
const CLOSE: &[&str] = &["close", "closeprice", "c"];
const VOLUME: &[&str] = &["volume", "vol", "v", "ttltrdqnty", "tottrdqty", "totaltradedquantity"];

/// Positions of the columns that a bar needs.
#[derive(Debug, Clone)]
pub(crate) struct Layout {
    pub(crate) symbol: Option<usize>,
    pub(crate) series: Option<usize>,
    pub(crate) date: usize,
    /// Open, high, low, close.
    pub(crate) prices: [usize; 4],
    pub(crate) volume: Option<usize>,
    pub(crate) used: ColumnsUsed,
}

impl Layout {
    pub(crate) fn find(file: &Path, names: &[String], options: &ReadOptions) -> Result<Self, ReadError> {
        let header = Header { file, names };
        let map = &options.columns;
        let date = header.required("date", map.date.as_deref(), DATE)?;
        let open = header.required("open", map.open.as_deref(), OPEN)?;
        let high = header.required("high", map.high.as_deref(), HIGH)?;
        let low = header.required("low", map.low.as_deref(), LOW)?;
        let close = header.required("close", map.close.as_deref(), CLOSE)?;
        let volume = header.optional("volume", map.volume.as_deref(), VOLUME)?;
        let symbol = if options.symbol_override.is_some() {
            None
        } else {
            header.optional("symbol", map.symbol.as_deref(), SYMBOL)?
        };
        let series =
            if options.series.is_empty() { None } else { Some(header.required("series", None, SERIES)?) };
        let name = |index: usize| names[index].trim().to_owned();
        let used = ColumnsUsed {
            symbol: symbol.map(name),
            date: name(date),
            open: name(open),
            high: name(high),
            low: name(low),
            close: name(close),
            volume: volume.map(name),
        };
        Ok(Self { symbol, series, date, prices: [open, high, low, close], volume, used })
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

    fn optional(
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
