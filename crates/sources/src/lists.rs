//! Short lists that people write: who was a member when, and which corporate actions were declared.
//!
//! A list decides a result, so a row that cannot be read refuses the whole file.

use std::io::Read;

use proofmark_market::actions::{ActionKind, CorporateAction};
use proofmark_units::{Date, DateSpan, Symbol};
use serde::Deserialize;

/// Rows a list may have.
const MOST_ROWS: usize = 1_000_000;

/// A list cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", match row { Some(row) => format!("row {row}: {what}"), None => what.clone() })]
pub struct ListError {
    /// One-based data row; `None` when it is the whole file.
    pub row: Option<usize>,
    /// What is wrong.
    pub what: String,
}

/// A span in which a symbol is a member of a universe.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Member {
    /// The symbol.
    pub symbol: Symbol,
    /// First and last day, both included.
    pub span: DateSpan,
    /// What it is listed under, such as `NIFTY100`; empty when the file has no such column.
    pub category: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MemberLine {
    symbol: String,
    #[serde(default)]
    start: String,
    #[serde(default)]
    end: String,
    #[serde(default)]
    ranked_in: String,
    #[serde(default)]
    category: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ActionLine {
    symbol: String,
    ex_date: String,
    kind: String,
    value: f64,
    #[serde(default)]
    announced: String,
}

/// Reads `symbol,start,end,category`: an empty end is an open one, `category` may be left out. Instead of the dates a row may
/// name the period that it was chosen by, `ranked_in` = `2019H2`, `2019Q4`, `2019-12` or `2019`: it is then a member in the next
/// period of that length, when all of the choice was known.
///
/// The dates are those from which and until which the membership was *known* to hold; nothing can check that they were not
/// written down later.
///
/// # Errors
/// [`ListError`] with the row: an unknown column, a name or date that is none, an end before its start, no row at all.
pub fn read_members(csv: impl Read) -> Result<Vec<Member>, ListError> {
    let mut members = lines(csv, |line: MemberLine| {
        let span = match (line.start.as_str(), line.ranked_in.as_str()) {
            ("", "") => return Err("there is neither a `start` nor a `ranked_in`".to_owned()),
            ("", period) => period_after(period)?,
            (start, "") => span(start, &line.end)?,
            _ => return Err("there is both a `start` and a `ranked_in`".to_owned()),
        };
        Ok(Member { symbol: symbol(&line.symbol)?, span, category: line.category.trim().to_owned() })
    })?;
    members.sort();
    members.dedup();
    Ok(members)
}

/// Reads declared actions, `symbol,ex_date,kind,value,announced`; `source` is what they are said to come from.
///
/// `kind` is `split` (also a bonus issue; `value` = shares after for each before), `reverse_split` or `dividend` (`value` =
/// cash a share in the currency of the raw prices). Without `announced` an action is known when its ex-date begins: an
/// exchange names the date before that.
///
/// # Errors
/// [`ListError`] with the row, as [`read_members`]; a value that is not positive, or a kind that nobody can declare.
pub fn read_actions(csv: impl Read, source: &str) -> Result<Vec<CorporateAction>, ListError> {
    lines(csv, |line: ActionLine| {
        let ex_date = date(&line.ex_date)?;
        let kind = match line.kind.trim() {
            "split" | "bonus" if line.value > 0.0 && line.value < 1.0 => ActionKind::ReverseSplit,
            "split" | "bonus" => ActionKind::Split,
            "reverse_split" => ActionKind::ReverseSplit,
            "dividend" => ActionKind::Dividend,
            other => return Err(format!("`{other}` is no kind: split, bonus, reverse_split or dividend")),
        };
        if !(line.value.is_finite() && line.value > 0.0) {
            return Err(format!("the value {} is not positive", line.value));
        }
        let announced = if line.announced.trim().is_empty() { ex_date } else { date(&line.announced)? };
        let known_at = announced.min(ex_date).midnight_utc();
        let (symbol, source) = (symbol(&line.symbol)?, source.to_owned());
        Ok(CorporateAction { symbol, ex_date, kind, value: line.value, known_at, source, evidence: None })
    })
}

pub(crate) fn lines<L: for<'de> Deserialize<'de>, T>(
    csv: impl Read,
    read: impl Fn(L) -> Result<T, String>,
) -> Result<Vec<T>, ListError> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(csv);
    let mut out = Vec::new();
    for (index, line) in reader.deserialize::<L>().enumerate() {
        let at = |what: String| ListError { row: Some(index + 1), what };
        if index >= MOST_ROWS {
            return Err(at(format!("a list has at most {MOST_ROWS} rows")));
        }
        let line = line.map_err(|error| at(error.to_string()))?;
        out.push(read(line).map_err(at)?);
    }
    if out.is_empty() {
        return Err(ListError { row: None, what: "there is no row".to_owned() });
    }
    Ok(out)
}

pub(crate) fn span(start: &str, end: &str) -> Result<DateSpan, String> {
    let last = if end.is_empty() { Date::from_ymd(2199, 12, 31) } else { Some(date(end)?) };
    let first = date(start)?;
    last.and_then(|last| DateSpan::new(first, last))
        .ok_or_else(|| format!("the span {start} to {end} is empty"))
}

/// The period after the one that `text` names: `2019H2`, `2019Q4`, `2019-12` or `2019`, and as long as it.
///
/// # Errors
/// What is wrong with the text, in words.
pub fn period_after(text: &str) -> Result<DateSpan, String> {
    let none = || format!("`{text}` is no period such as 2019H2, 2019Q4, 2019-12 or 2019");
    let (year, months, nth) = match text.split_at_checked(4) {
        Some((year, "")) => (year, 12, "1"),
        Some((year, rest)) => match rest.split_at_checked(1) {
            Some(("H", nth)) => (year, 6, nth),
            Some(("Q", nth)) => (year, 3, nth),
            Some(("-", nth)) if nth.len() == 2 => (year, 1, nth),
            _ => return Err(none()),
        },
        None => return Err(none()),
    };
    let (year, nth): (i32, i32) = (year.parse().map_err(|_| none())?, nth.parse().map_err(|_| none())?);
    if !(1..=12 / months).contains(&nth) || !(1900..2199).contains(&year) {
        return Err(none());
    }
    let start = Date::from_ymd(year, 1, 1).ok_or_else(none)?.plus_months(nth * months);
    Ok(DateSpan { start, end: start.plus_months(months).plus_days(-1) })
}

pub(crate) fn date(text: &str) -> Result<Date, String> {
    text.trim().parse().map_err(|_| format!("`{text}` is no date such as 2024-01-31"))
}

pub(crate) fn symbol(text: &str) -> Result<Symbol, String> {
    text.trim().parse().map_err(|error| format!("`{text}` is no symbol: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_with_open_ends_and_categories() {
        let text = "symbol,start,end,category\nB,2020-01-01,2020-06-30,X\nA,2020-01-01,,X\nA,2020-01-01,,X\n";
        let read = read_members(text.as_bytes()).unwrap();
        assert_eq!(read.len(), 2);
        assert_eq!((read[0].symbol.as_str(), read[0].span.end.to_string().as_str()), ("A", "2199-12-31"));
        assert_eq!(read_members("symbol,start\nA,2020-01-01\n".as_bytes()).unwrap()[0].category, "");
    }

    #[test]
    fn a_period_makes_members_of_the_next() {
        for (period, want) in [
            ("2019H2", "2020-01-01 2020-06-30"),
            ("2020H1", "2020-07-01 2020-12-31"),
            ("2019Q4", "2020-01-01 2020-03-31"),
            ("2020-02", "2020-03-01 2020-03-31"),
            ("2019", "2020-01-01 2020-12-31"),
        ] {
            let read = read_members(format!("symbol,ranked_in\nA,{period}\n").as_bytes()).unwrap();
            assert_eq!(format!("{} {}", read[0].span.start, read[0].span.end), want, "{period}");
        }
        for period in ["2019H3", "2019Q0", "2019-13", "19", "2019X1", "\u{e9}\u{e9}\u{e9}", "99999", "2019-1"]
        {
            assert!(read_members(format!("symbol,ranked_in\nA,{period}\n").as_bytes()).is_err(), "{period}");
        }
        assert!(read_members("symbol,start,ranked_in\nA,2020-01-01,2019H2\n".as_bytes()).is_err());
        assert!(read_members("symbol,category\nA,X\n".as_bytes()).is_err());
    }

    #[test]
    fn actions_are_known_when_announced_or_when_the_day_begins() {
        let text = "symbol,ex_date,kind,value,announced\nA,2020-03-05,split,5,2020-02-01\nA,2020-06-01,split,0.1,\nA,2020-07-01,dividend,2.5,\n";
        let read = read_actions(text.as_bytes(), "declared.csv").unwrap();
        let kinds: Vec<ActionKind> = read.iter().map(|a| a.kind).collect();
        assert_eq!(kinds, [ActionKind::Split, ActionKind::ReverseSplit, ActionKind::Dividend]);
        assert_eq!(read[0].known_at, "2020-02-01".parse::<Date>().unwrap().midnight_utc());
        assert_eq!(read[1].known_at, read[1].ex_date.midnight_utc());
    }

    #[test]
    fn a_row_that_cannot_be_read_refuses_the_list_and_is_named() {
        for (text, row, word) in [
            ("symbol,start,end\nA,2020-13-01,\n", Some(1), "date"),
            ("symbol,start,end\nA,2020-01-01,\nB,2020-02-01,2020-01-01\n", Some(2), "empty"),
            ("symbol,start,end\n,2020-01-01,\n", Some(1), "symbol"),
            ("symbol,start,end,colour\nA,2020-01-01,,red\n", Some(1), "colour"),
            ("symbol,start,end\n", None, "no row"),
            ("", None, "no row"),
        ] {
            let error = read_members(text.as_bytes()).unwrap_err();
            assert_eq!(error.row, row, "{text}");
            assert!(error.to_string().contains(word), "{error}");
        }
        for (kind, value) in [("split", "-1"), ("split", "inf"), ("merger", "1"), ("dividend", "x")] {
            let text = format!("symbol,ex_date,kind,value\nA,2020-01-01,{kind},{value}\n");
            assert_eq!(read_actions(text.as_bytes(), "x").unwrap_err().row, Some(1), "{kind} {value}");
        }
    }
}
