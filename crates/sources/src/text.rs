//! Dates and numbers as vendors write them.

use jiff::fmt::strtime;
use proofmark_units::Date;

use crate::stamp::WrittenTime;

/// What a date text turned out to be.
pub(crate) enum DateText {
    /// The date as written, and the time of day where one was.
    Date(Date, Option<WrittenTime>),
    Missing,
    /// `01-02-2020`: day first or month first cannot be told from the text.
    Ambiguous,
    Bad,
}

/// Reads a date in `format`, or by its shape when none is given. A time and an offset after an ISO date are
/// kept as written and not applied: the date as written is a daily bar's label.
pub(crate) fn parse_date(text: &str, format: Option<&str>) -> DateText {
    let text = text.trim();
    if is_blank(text) {
        return DateText::Missing;
    }
    let found = match format {
        Some(format) => by_format(text, format),
        None => match by_shape(text) {
            Shape::Date(date) => date.map(|date| (date, text.get(10..).and_then(WrittenTime::parse))),
            Shape::TwoWays => return DateText::Ambiguous,
        },
    };
    found.map_or(DateText::Bad, |(date, time)| DateText::Date(date, time))
}

fn by_format(text: &str, format: &str) -> Option<(Date, Option<WrittenTime>)> {
    let parts = strtime::parse(format, text).ok()?;
    let date = parts.to_date().ok()?;
    let date = Date::from_ymd(
        date.year().into(),
        date.month().unsigned_abs().into(),
        date.day().unsigned_abs().into(),
    )?;
    let time = parts.hour().and_then(|_| parts.to_time().ok()).map(|time| WrittenTime {
        nanos: (i64::from(time.hour()) * 3_600 + i64::from(time.minute()) * 60 + i64::from(time.second()))
            * 1_000_000_000
            + i64::from(time.subsec_nanosecond()),
        offset_seconds: parts.offset().map(|offset| offset.seconds()),
    });
    Some((date, time))
}

enum Shape {
    Date(Option<Date>),
    TwoWays,
}

fn by_shape(text: &str) -> Shape {
    let bytes = text.as_bytes();
    let digits =
        |range: std::ops::Range<usize>| bytes.get(range).is_some_and(|b| b.iter().all(u8::is_ascii_digit));
    if bytes.len() == 8 && digits(0..8) {
        return Shape::Date(ymd(&text[0..4], &text[4..6], &text[6..8]));
    }
    if digits(0..4) {
        let separated = bytes.len() >= 10
            && matches!(bytes[4], b'-' | b'/')
            && bytes[7] == bytes[4]
            && digits(5..7)
            && digits(8..10);
        let date = separated && time_follows(&bytes[10..]);
        return Shape::Date(if date { ymd(&text[0..4], &text[5..7], &text[8..10]) } else { None });
    }
    let parts: Vec<&str> = text.split(['-', '/', '.', ' ']).collect();
    let [day, month, year] = parts[..] else { return Shape::Date(None) };
    let number = |text: &str, most: usize| {
        (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
    };
    if !number(day, 2) || !number(year, 4) {
        return Shape::Date(None);
    }
    if number(month, 2) {
        return Shape::TwoWays;
    }
    let name = month.to_ascii_lowercase();
    let month = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
        .iter()
        .position(|short| *short == name)
        .and_then(|index| u32::try_from(index + 1).ok());
    let parsed = month
        .filter(|_| year.len() == 4)
        .and_then(|month| Date::from_ymd(year.parse().ok()?, month, day.parse().ok()?));
    Shape::Date(parsed)
}

/// Nothing, or a time of day with an optional offset (`T09:15:00.5+05:30`, ` 00:00:00Z`).
fn time_follows(rest: &[u8]) -> bool {
    match rest.split_first() {
        None => true,
        Some((b'T' | b't' | b' ', time)) => {
            time.len() >= 5
                && time.len() <= 32
                && time[0].is_ascii_digit()
                && time.iter().all(|b| {
                    b.is_ascii_digit() || matches!(b, b':' | b'.' | b'+' | b'-' | b'Z' | b'z' | b' ')
                })
        }
        Some(_) => false,
    }
}

fn ymd(year: &str, month: &str, day: &str) -> Option<Date> {
    Date::from_ymd(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// What a number text turned out to be.
pub(crate) enum NumberText {
    Number(f64),
    Missing,
    Bad,
}

pub(crate) fn parse_number(text: &str) -> NumberText {
    let text = text.trim();
    let digit = text.bytes().next().is_some_and(|b| b.is_ascii_digit());
    if !digit && is_blank(text) {
        return NumberText::Missing;
    }
    // Rust would also take "inf" and "infinity"; no vendor means a price by that.
    let plain = text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-' | b'e' | b'E'));
    match text.parse::<f64>() {
        Ok(value) if plain && value.is_finite() => NumberText::Number(value),
        _ => NumberText::Bad,
    }
}

fn is_blank(text: &str) -> bool {
    matches!(text, "" | "-" | "--")
        || ["na", "n/a", "nan", "null", "none"].iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(text: &str, format: Option<&str>) -> String {
        match parse_date(text, format) {
            DateText::Date(date, _) => date.to_string(),
            DateText::Missing => "missing".into(),
            DateText::Ambiguous => "ambiguous".into(),
            DateText::Bad => "bad".into(),
        }
    }

    #[test]
    fn dates_by_shape() {
        for (text, expected) in [
            ("2024-01-20", "2024-01-20"),
            (" 2024/01/20 ", "2024-01-20"),
            ("20240120", "2024-01-20"),
            ("2024-01-20T00:00:00+05:30", "2024-01-20"),
            ("2024-01-20 09:15:00", "2024-01-20"),
            ("2024-01-20T10:00:00Z", "2024-01-20"),
            ("21-Aug-2026", "2026-08-21"),
            ("1 aug 2026", "2026-08-01"),
            ("21-Aug-26", "bad"),
            ("01-02-2020", "ambiguous"),
            ("31/12/2020", "ambiguous"),
            ("2024-13-01", "bad"),
            ("2024-01-20x", "bad"),
            ("0001-01-01", "bad"),
            ("", "missing"),
            ("NaN", "missing"),
            ("é-é-é", "bad"),
        ] {
            assert_eq!(date(text, None), expected, "{text}");
        }
        assert_eq!(date("01-02-2020", Some("%d-%m-%Y")), "2020-02-01");
        assert_eq!(date("2020-01-02", Some("%d-%m-%Y")), "bad");
        assert_eq!(date("x", Some("%Q%!")), "bad");
    }

    #[test]
    fn numbers() {
        assert!(matches!(parse_number(" 19.80"), NumberText::Number(x) if x == 19.8));
        assert!(matches!(parse_number("-1e3"), NumberText::Number(x) if x == -1000.0));
        for text in ["inf", "1,000", "1e999", "0x10", "1 2", "½"] {
            assert!(matches!(parse_number(text), NumberText::Bad), "{text}");
        }
        for text in ["", " ", "-", "nan", "NULL", "N/A"] {
            assert!(matches!(parse_number(text), NumberText::Missing), "{text}");
        }
    }
}
