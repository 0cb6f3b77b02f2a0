//! Numbers as people read them, the same in Markdown, HTML and verdict sentences.

/// A number with about four significant digits, exact when it is a small integer.
pub fn number(value: f64) -> String {
    if !value.is_finite() {
        return "not a number".to_owned();
    }
    if value == 0.0 {
        return "0".to_owned(); // also -0.0
    }
    let size = value.abs();
    if value.fract() == 0.0 && size < 1e9 {
        return format!("{value:.0}");
    }
    if !(1e-4..1e9).contains(&size) {
        return format!("{value:.3e}");
    }
    #[expect(clippy::cast_possible_truncation, reason = "the logarithm lies between -4 and 9")]
    let digits_before = size.log10().floor() as i32 + 1;
    let decimals = usize::try_from(4 - digits_before).unwrap_or(0);
    let text = format!("{value:.decimals$}");
    match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text,
    }
}

/// A value with its unit: fractions as percent, plain numbers bare, everything else followed by its unit.
///
/// `fraction`, `share` and `fraction/<period>` are shown in percent; storage keeps the fraction.
pub fn with_unit(value: f64, unit: &str) -> String {
    match unit {
        "" | "1" | "p" | "probability" | "ratio" | "flag" | "count" | "correlation" => number(value),
        "fraction" | "share" => format!("{} %", number(value * 100.0)),
        _ => match unit.strip_prefix("fraction/") {
            Some(period) => format!("{} % a {period}", number(value * 100.0)),
            None => format!("{} {unit}", number(value)),
        },
    }
}

/// A stored fraction as percent, for reports only; `None` for a unit that is no fraction.
///
/// Nothing that judges reads percent: a percent fed back as a fraction is outside its domain or in another unit.
pub fn percent(value: f64, unit: &str) -> Option<f64> {
    let fraction = matches!(unit, "fraction" | "share") || unit.starts_with("fraction/");
    (fraction && value.is_finite()).then_some(value * 100.0)
}

/// A distance between two numbers with its unit: between fractions it is counted in percentage points.
pub fn distance(value: f64, unit: &str) -> String {
    match percent(value, unit) {
        Some(points) => format!("{} percentage points", number(points)),
        None => with_unit(value, unit),
    }
}

/// Two values in words that differ whenever the values differ: near a threshold four digits can hide the breach.
pub(crate) fn apart(value: f64, limit: f64, unit: &str) -> (String, String) {
    let (left, right) = (with_unit(value, unit), with_unit(limit, unit));
    match left == right && value != limit {
        true => (format!("{value}"), format!("{limit}")),
        false => (left, right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_four_digits_and_their_sign() {
        for (value, want) in [
            (0.0, "0"),
            (-0.0, "0"),
            (500.0, "500"),
            (0.012_345_6, "0.01235"),
            (0.5, "0.5"),
            (-1.234_56, "-1.235"),
            (123.456, "123.5"),
            (12_345.678, "12346"),
            (0.000_012_3, "1.230e-5"),
            (f64::NAN, "not a number"),
        ] {
            assert_eq!(number(value), want);
        }
        assert_eq!(with_unit(0.123, "fraction/year"), "12.3 % a year");
        assert_eq!(with_unit(0.95, "share"), "95 %");
        assert_eq!(with_unit(10.0, "names/day"), "10 names/day");
    }

    #[test]
    fn a_breach_is_never_hidden_by_rounding() {
        assert_eq!(apart(0.010_000_01, 0.01, "p"), ("0.01000001".to_owned(), "0.01".to_owned()));
        assert_eq!(apart(0.02, 0.01, "p"), ("0.02".to_owned(), "0.01".to_owned()));
    }
    #[test]
    fn percent_is_made_of_fractions_only() {
        for (value, unit, want) in [
            (-0.15, "fraction/year", Some(-15.0)),
            (0.5, "share", Some(50.0)),
            (0.25, "fraction", Some(25.0)),
            (0.05, "p", None),
            (1.5, "ratio", None),
            (3.83, "percent", None),
            (f64::NAN, "fraction", None),
        ] {
            assert_eq!(percent(value, unit), want, "{value} {unit}");
        }
        assert_eq!(distance(0.03, "fraction"), "3 percentage points");
        assert_eq!(distance(0.22, "p"), "0.22");
        assert_eq!(distance(84.0, "sessions"), "84 sessions");
    }
}
