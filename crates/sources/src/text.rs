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
    if format.is_none()
        && let Some((date, time)) = common_stamp(text.as_bytes())
    {
        return DateText::Date(date, Some(time));
    }
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

/// `2024-01-02 09:15:00`, as most files of bars write it: the general reading, faster.
fn common_stamp(text: &[u8]) -> Option<(Date, WrittenTime)> {
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2, b' ' | b'T', h1, h2, b':', n1, n2, b':', s1, s2] = text
    else {
        return None;
    };
    let number = |digits: &[&u8]| {
        digits.iter().try_fold(0_u32, |value, digit| Some(10 * value + char::from(**digit).to_digit(10)?))
    };
    let (hour, minute, second) = (number(&[h1, h2])?, number(&[n1, n2])?, number(&[s1, s2])?);
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let year = i32::try_from(number(&[y1, y2, y3, y4])?).ok()?;
    let date = Date::from_ymd(year, number(&[m1, m2])?, number(&[d1, d2])?)?;
    let seconds = i64::from(3_600 * hour + 60 * minute + second);
    Some((date, WrittenTime { nanos: seconds * 1_000_000_000, offset_seconds: None }))
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

/// A plain decimal of at most 15 digits, to the bit what [`parse_number`] gives: its digits and its power of ten are exact
/// floats, so that one division rounds once. `None` for everything else.
pub(crate) fn short_decimal(text: &[u8]) -> Option<f64> {
    const POWERS: [f64; 16] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    let (negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        other => (false, other),
    };
    let (mut value, mut point) = (0_u64, None);
    for (at, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')),
            b'.' if point.is_none() => point = Some(at),
            _ => return None,
        }
    }
    let count = digits.len() - usize::from(point.is_some());
    if !(1..=15).contains(&count) {
        return None;
    }
    let decimals = point.map_or(0, |at| digits.len() - at - 1);
    let value = value as f64 / POWERS[decimals];
    Some(if negative { -value } else { value })
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

    proptest::proptest! {
        #[test]
        fn short_decimals_are_what_the_library_reads(text in "-?[0-9]{0,9}\\.?[0-9]{0,9}") {
            if let Some(value) = short_decimal(text.as_bytes()) {
                let parsed: f64 = text.parse().unwrap();
                proptest::prop_assert_eq!(value.to_bits(), parsed.to_bits(), "{}", text);
            }
        }

        #[test]
        fn common_stamps_are_what_the_shape_says(text in "(19|20|22)[0-9]{2}-[01][0-9]-[0-3][0-9][ T][0-2][0-9]:[0-6][0-9]:[0-6][0-9]") {
            if let Some((date, time)) = common_stamp(text.as_bytes()) {
                let Shape::Date(Some(shape)) = by_shape(&text) else { panic!("{text} has no shape") };
                proptest::prop_assert_eq!((date, Some(time)), (shape, WrittenTime::parse(&text[10..])));
            }
        }
    }

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
