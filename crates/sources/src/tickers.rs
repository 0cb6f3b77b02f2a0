//! Who traded under which ticker when: renames must not break a history, and a ticker that is used again must not join two.

use std::collections::BTreeMap;
use std::io::Read;

use proofmark_units::{Date, DateSpan, Symbol};
use serde::Deserialize;

use crate::RawRow;
use crate::lists::{ListError, date, lines, span, symbol};

/// Tickers by instrument. An instrument is known by its ISIN, and stored under the last ticker it had.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tickers {
    /// Spans of each ticker, ascending, with the instrument's last ticker.
    spans: BTreeMap<Symbol, Vec<(DateSpan, Symbol)>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    isin: String,
    symbol: String,
    start: String,
    #[serde(default)]
    end: String,
}

impl Tickers {
    /// Reads `isin,symbol,start,end`; an empty end is an open one.
    ///
    /// # Errors
    /// [`ListError`] with the row: an ISIN whose form or check digit is wrong, a name or date that is none, a ticker that two
    /// instruments have on the same day, or an instrument with two tickers on the same day.
    pub fn read(csv: impl Read) -> Result<Self, ListError> {
        let rows = lines(csv, |line: Line| {
            let isin = line.isin.to_ascii_uppercase();
            if !is_isin(&isin) {
                return Err(format!(
                    "`{}` is no ISIN: two letters, nine characters, a check digit",
                    line.isin
                ));
            }
            date(&line.start)?;
            Ok((isin, symbol(&line.symbol)?, span(&line.start, &line.end)?))
        })?;
        for (row, (isin, ticker, span)) in rows.iter().enumerate() {
            for (other_isin, other, other_span) in &rows[..row] {
                let same_day = span.overlaps(other_span);
                if same_day && other == ticker && other_isin != isin {
                    let what = format!("`{ticker}` belongs to {other_isin} and to {isin} on the same day");
                    return Err(ListError { row: Some(row + 1), what });
                }
                if same_day && other_isin == isin {
                    let what = format!("{isin} trades as `{other}` and as `{ticker}` on the same day");
                    return Err(ListError { row: Some(row + 1), what });
                }
            }
        }
        let mut last: BTreeMap<&str, (Date, &Symbol)> = BTreeMap::new();
        for (isin, ticker, span) in &rows {
            let newest = last.entry(isin).or_insert((span.start, ticker));
            if span.start > newest.0 {
                *newest = (span.start, ticker);
            }
        }
        let mut spans: BTreeMap<Symbol, Vec<(DateSpan, Symbol)>> = BTreeMap::new();
        for (isin, ticker, span) in &rows {
            spans.entry(ticker.clone()).or_default().push((*span, last[isin.as_str()].1.clone()));
        }
        for own in spans.values_mut() {
            own.sort();
        }
        Ok(Self { spans })
    }

    /// What the instrument is stored under that traded as `ticker` on `date`; the ticker itself where nothing is listed.
    pub fn name<'a>(&'a self, ticker: &'a Symbol, date: Date) -> &'a Symbol {
        let own = self.spans.get(ticker).and_then(|own| own.iter().find(|(span, _)| span.contains(date)));
        own.map_or(ticker, |(_, name)| name)
    }

    /// Rows by instrument instead of by the ticker of the day; rows of one instrument keep their order within a ticker.
    pub fn join(&self, bars: BTreeMap<Symbol, Vec<RawRow>>) -> BTreeMap<Symbol, Vec<RawRow>> {
        if self.spans.is_empty() {
            return bars;
        }
        let mut joined: BTreeMap<Symbol, Vec<RawRow>> = BTreeMap::new();
        for (ticker, rows) in bars {
            for row in rows {
                joined.entry(self.name(&ticker, row.date).clone()).or_default().push(row);
            }
        }
        joined
    }
}

/// Form and check digit of ISO 6166: letters count as two digits (A = 10), and the whole passes the Luhn test.
fn is_isin(text: &str) -> bool {
    let form = text.len() == 12
        && text.bytes().take(2).all(|c| c.is_ascii_uppercase())
        && text.bytes().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && text.bytes().last().is_some_and(|c| c.is_ascii_digit());
    if !form {
        return false;
    }
    let digits: Vec<u32> = text
        .bytes()
        .flat_map(|c| match c {
            b'0'..=b'9' => vec![u32::from(c - b'0')],
            _ => vec![u32::from(c - b'A' + 10) / 10, u32::from(c - b'A' + 10) % 10],
        })
        .collect();
    let weigh = |(i, digit): (usize, &u32)| match i % 2 {
        1 => digit * 2 / 10 + digit * 2 % 10,
        _ => *digit,
    };
    digits.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    fn name(tickers: &Tickers, ticker: &str, date: &str) -> String {
        tickers.name(&ticker.parse().unwrap(), day(date)).to_string()
    }

    /// A rename, a merger that ends one instrument, a ticker with a hyphen, and a ticker that is used again.
    const LIST: &str = "isin,symbol,start,end\n\
        INE775A01035,MOTHERSUMI,2000-01-01,2022-06-14\n\
        INE775A01035,MOTHERSON,2022-06-15,\n\
        INE018I01017,MINDTREE,2007-03-07,2022-11-23\n\
        INE214T01019,LTI,2016-07-21,2022-12-04\n\
        INE214T01019,LTIM,2022-12-05,\n\
        INE917I01010,BAJAJ-AUTO,2008-05-26,\n\
        US0378331005,REUSED,2000-01-01,2009-12-31\n\
        US5949181045,REUSED,2015-01-01,\n";

    #[test]
    fn renames_join_mergers_end_and_reused_tickers_stay_apart() {
        let tickers = Tickers::read(LIST.as_bytes()).unwrap();
        assert_eq!(name(&tickers, "MOTHERSUMI", "2021-01-04"), "MOTHERSON");
        assert_eq!(name(&tickers, "MOTHERSON", "2023-01-04"), "MOTHERSON");
        assert_eq!(name(&tickers, "LTI", "2020-01-01"), "LTIM");
        // The merged company is another instrument: its history is not that of the one it went into.
        assert_eq!(name(&tickers, "MINDTREE", "2022-11-23"), "MINDTREE");
        assert_eq!(name(&tickers, "BAJAJ-AUTO", "2020-01-01"), "BAJAJ-AUTO");
        assert_eq!(name(&tickers, "OBEROIRLTY", "2020-01-01"), "OBEROIRLTY");
        // After its span a ticker is nobody's: another instrument may use it.
        assert_eq!(name(&tickers, "MOTHERSUMI", "2023-01-04"), "MOTHERSUMI");
    }

    #[test]
    fn lists_that_cannot_be_are_refused_with_the_row() {
        let check = |rows: &str, row: usize, word: &str| {
            let error = Tickers::read(format!("isin,symbol,start,end\n{rows}").as_bytes()).unwrap_err();
            assert_eq!(error.row, Some(row), "{error}");
            assert!(error.to_string().contains(word), "{error}");
        };
        check("INE775A01036,A,2020-01-01,\n", 1, "ISIN");
        check("IN,A,2020-01-01,\n", 1, "ISIN");
        check("INE775A01035,A,2020-01-01,\nUS0378331005,A,2021-01-01,\n", 2, "belongs to");
        check("INE775A01035,A,2020-01-01,\nINE775A01035,B,2021-01-01,\n", 2, "same day");
        check("INE775A01035,A,2020-01-01,2019-01-01\n", 1, "empty");
    }
}
