//! A small chart of signed columns with their errors, many of which fit on a page.

use std::fmt::Write as _;

use super::svg::escape;

const WIDTH: f64 = 320.0;
const HEIGHT: f64 = 92.0;
const EDGE: f64 = 14.0;

/// One column: its label, its value and half of its interval; `None` leaves the place empty.
pub(crate) struct Column {
    /// Below the axis.
    pub(crate) label: String,
    /// Value and half the width of its interval.
    pub(crate) value: Option<(f64, f64)>,
}

/// Columns from left to right around a common zero; the first and the last are labelled.
pub(crate) fn columns(title: &str, columns: &[Column]) -> String {
    let finite = |column: &Column| column.value.filter(|(value, half)| value.is_finite() && half.is_finite());
    let reach = columns.iter().filter_map(finite).map(|(value, half)| value.abs() + half);
    let most = reach.fold(f64::MIN_POSITIVE, f64::max);
    let zero = HEIGHT / 2.0;
    let y = |value: f64| zero - value / most * (zero - EDGE);
    let step = (WIDTH - 2.0 * EDGE) / columns.len().max(1) as f64;
    let title = escape(title);
    let mut out = format!(
        "<svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{title}\"><title>{title}</title><line class=\"grid\" x1=\"{EDGE}\" x2=\"{:.1}\" y1=\"{zero:.1}\" y2=\"{zero:.1}\"/>",
        WIDTH - EDGE
    );
    for (index, column) in columns.iter().enumerate() {
        let left = EDGE + step * index as f64;
        let middle = left + step / 2.0;
        if index == 0 || index + 1 == columns.len() {
            let _ = write!(
                out,
                "<text class=\"tick\" text-anchor=\"middle\" x=\"{middle:.1}\" y=\"{:.1}\">{}</text>",
                HEIGHT - 2.0,
                escape(&column.label)
            );
        }
        let Some((value, half)) = finite(column) else { continue };
        let _ = write!(
            out,
            "<rect class=\"{}\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{:.1}\"/><line class=\"whisker\" x1=\"{middle:.1}\" x2=\"{middle:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/>",
            if value < 0.0 { "bad" } else { "good" },
            left + 0.15 * step,
            y(value.max(0.0)),
            0.7 * step,
            y(value.min(0.0)) - y(value.max(0.0)),
            y(value + half),
            y(value - half),
        );
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stay_inside_and_missing_ones_leave_their_place() {
        let column = |label: &str, value| Column { label: label.to_owned(), value };
        let given =
            [column("<1>", Some((0.02, 0.01))), column("2", None), column("3", Some((-0.01, f64::NAN)))];
        let svg = columns("a & b", &given);
        assert_eq!((svg.matches("<rect").count(), svg.matches("class=\"whisker\"").count()), (1, 1));
        assert!(svg.contains("&lt;1&gt;") && svg.contains("a &amp; b") && !svg.contains("NaN"), "{svg}");
        // The tallest column with its error reaches the edge: y of 0.03 is 14.
        assert!(svg.contains("y1=\"14.0\""), "{svg}");
        assert!(columns("none", &[]).ends_with("</svg>"));
    }
}
