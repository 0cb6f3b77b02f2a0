//! Small charts as inline SVG: no script, no font file, readable in print and in the dark (colours are CSS variables).

mod price;

pub(crate) use price::{Form, Mark, price_chart};

use std::fmt::Write as _;

use proofmark_units::Date;

const WIDTH: f64 = 720.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 12.0;
const TOP: f64 = 10.0;
const BOTTOM: f64 = 24.0;

/// A line of a time chart.
pub(crate) struct Line<'a> {
    /// Legend text.
    pub(crate) name: &'a str,
    /// CSS class that carries the colour: `c0` to `c4`.
    pub(crate) class: &'static str,
    /// Values, one a date; NaN breaks the line.
    pub(crate) values: &'a [f64],
}

/// Text made safe for HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Four to six round numbers across `[low, high]`.
fn ticks(low: f64, high: f64) -> Vec<f64> {
    let span = high - low;
    if !(span.is_finite() && span > 1e-9 * high.abs().max(low.abs())) {
        return vec![low];
    }
    let raw = span / 5.0;
    let magnitude = 10_f64.powf(raw.log10().floor());
    let step =
        [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * magnitude).find(|s| *s >= raw).unwrap_or(raw);
    let first = (low / step).ceil() as i64;
    (first..).map(|k| k as f64 * step).take_while(|t| *t <= high + 1e-9 * span).take(12).collect()
}

struct Axes {
    low: f64,
    high: f64,
    height: f64,
}

impl Axes {
    fn over(values: impl Iterator<Item = f64>, height: f64) -> Self {
        let (mut low, mut high) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.filter(|v| v.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if !low.is_finite() {
            (low, high) = (0.0, 1.0);
        }
        if high - low < 1e-12 {
            (low, high) = (low - 0.5, high + 0.5);
        }
        Self { low, high, height }
    }

    fn y(&self, value: f64) -> f64 {
        TOP + (self.high - value) / (self.high - self.low) * (self.height - TOP - BOTTOM)
    }

    fn grid(&self, out: &mut String, format: &dyn Fn(f64) -> String) {
        for tick in ticks(self.low, self.high) {
            let y = self.y(tick);
            let _ = write!(
                out,
                "<line class=\"grid\" x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\"/><text x=\"{:.1}\" y=\"{:.1}\" class=\"tick\" text-anchor=\"end\">{}</text>",
                WIDTH - RIGHT,
                LEFT - 6.0,
                y + 3.5,
                escape(&format(tick)),
            );
        }
    }
}

fn open(height: f64, title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\"><title>{}</title>",
        escape(title),
        escape(title)
    )
}

/// Lines over dates with a legend below; `format` writes the axis numbers.
pub(crate) fn time_chart(
    title: &str,
    dates: &[Date],
    lines: &[Line<'_>],
    height: f64,
    format: &dyn Fn(f64) -> String,
) -> String {
    noted_time_chart(title, dates, lines, &[], height, format)
}

/// The same with a dashed line at each of the dates in `notes`, ascending, numbered from 1; numbers that have no room of their own
/// stand together.
pub(crate) fn noted_time_chart(
    title: &str,
    dates: &[Date],
    lines: &[Line<'_>],
    notes: &[Date],
    height: f64,
    format: &dyn Fn(f64) -> String,
) -> String {
    let axes = Axes::over(lines.iter().flat_map(|l| l.values.iter().copied()), height);
    let mut out = open(height, title);
    axes.grid(&mut out, format);
    let (Some(first), Some(last)) = (dates.first(), dates.last()) else {
        out.push_str("</svg>");
        return out;
    };
    let span = f64::from(last.days() - first.days()).max(1.0);
    let x = |date: Date| LEFT + f64::from(date.days() - first.days()) / span * (WIDTH - LEFT - RIGHT);
    let years = (last.year() - first.year()).max(1);
    let every = (years + 7) / 8;
    for year in (first.year() + 1..=last.year()).step_by(usize::try_from(every).unwrap_or(1)) {
        if let Some(date) = Date::from_ymd(year, 1, 1) {
            let _ = write!(
                out,
                "<text class=\"tick\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{year}</text>",
                x(date),
                height - 8.0
            );
        }
    }
    write_notes(&mut out, &notes.iter().map(|date| x(*date)).collect::<Vec<_>>(), height);
    for line in lines {
        let mut path = String::new();
        let mut pen_down = false;
        for (date, value) in dates.iter().zip(line.values) {
            if value.is_finite() {
                let _ =
                    write!(path, "{}{:.1} {:.1}", if pen_down { 'L' } else { 'M' }, x(*date), axes.y(*value));
            }
            pen_down = value.is_finite();
        }
        let _ = write!(out, "<path class=\"line {}\" d=\"{path}\"/>", line.class);
    }
    out.push_str("</svg><p class=\"legend\">");
    for line in lines {
        let _ = write!(out, "<span class=\"key {}\"></span>{} ", line.class, escape(line.name));
    }
    out.push_str("</p>");
    out
}

fn write_notes(out: &mut String, at: &[f64], height: f64) {
    const ROOM: f64 = 22.0;
    let mut first = 0;
    while let Some(x) = at.get(first) {
        let together = at[first..].iter().take_while(|other| **other < x + ROOM).count();
        for x in &at[first..first + together] {
            let _ = write!(
                out,
                "<line class=\"diagonal\" x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{TOP}\" y2=\"{:.1}\"/>",
                height - BOTTOM
            );
        }
        let numbers = match together {
            1 => format!("{}", first + 1),
            _ => format!("{}-{}", first + 1, first + together),
        };
        let _ =
            write!(out, "<text class=\"tick\" x=\"{:.1}\" y=\"{:.1}\">{numbers}</text>", x + 2.0, TOP + 8.0);
        first += together;
    }
}

/// Predicted against observed rate with the diagonal and interval whiskers: (predicted, observed, low, high).
pub(crate) fn reliability(title: &str, bins: &[(f64, f64, f64, f64)]) -> String {
    let height = 300.0;
    let axes = Axes::over(bins.iter().flat_map(|b| [b.0, b.2, b.3]), height);
    let mut out = open(height, title);
    axes.grid(&mut out, &|v| format!("{v:.2}"));
    let x = |value: f64| LEFT + (value - axes.low) / (axes.high - axes.low) * (WIDTH - LEFT - RIGHT);
    let _ = write!(
        out,
        "<line class=\"diagonal\" x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\"/>",
        x(axes.low),
        axes.y(axes.low),
        x(axes.high),
        axes.y(axes.high)
    );
    for tick in ticks(axes.low, axes.high) {
        let _ = write!(
            out,
            "<text class=\"tick\" text-anchor=\"middle\" x=\"{:.1}\" y=\"{:.1}\">{tick:.2}</text>",
            x(tick),
            height - 8.0
        );
    }
    for (predicted, observed, low, high) in bins {
        let at = x(*predicted);
        let _ = write!(
            out,
            "<line class=\"whisker\" x1=\"{at:.1}\" x2=\"{at:.1}\" y1=\"{:.1}\" y2=\"{:.1}\"/><circle class=\"dot\" cx=\"{at:.1}\" cy=\"{:.1}\" r=\"3.5\"/>",
            axes.y(*low),
            axes.y(*high),
            axes.y(*observed)
        );
    }
    out.push_str("</svg><p class=\"legend\">across: predicted probability; up: observed share with 95 % interval; dashed: perfect</p>");
    out
}

/// Signed bars with their labels, in the order given: a waterfall's steps or a table of periods.
pub(crate) fn bars(title: &str, rows: &[(String, f64)], format: &dyn Fn(f64) -> String) -> String {
    let row_height = 22.0;
    let height = TOP + row_height * rows.len() as f64 + 6.0;
    let label = 270.0;
    let largest = rows.iter().map(|r| r.1.abs()).filter(|v| v.is_finite()).fold(f64::MIN_POSITIVE, f64::max);
    let any_negative = rows.iter().any(|r| r.1 < 0.0);
    let (zero, room) = if any_negative {
        (label + (WIDTH - label - 70.0) / 2.0, (WIDTH - label - 70.0) / 2.0 - 40.0)
    } else {
        (label, WIDTH - label - 80.0)
    };
    let mut out = open(height, title);
    for (i, (name, value)) in rows.iter().enumerate() {
        let y = TOP + row_height * i as f64;
        let length = if value.is_finite() { value.abs() / largest * room } else { 0.0 };
        let start = if *value < 0.0 { zero - length } else { zero };
        let text_x = if *value < 0.0 { start - 4.0 } else { start + length + 4.0 };
        let anchor = if *value < 0.0 { "end" } else { "start" };
        let _ = write!(
            out,
            "<text class=\"label\" x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{}</text><rect class=\"{}\" x=\"{start:.1}\" y=\"{:.1}\" width=\"{length:.1}\" height=\"{:.1}\"/><text class=\"tick\" x=\"{text_x:.1}\" y=\"{:.1}\" text-anchor=\"{anchor}\">{}</text>",
            label - 8.0,
            y + 15.0,
            escape(name),
            if *value < 0.0 { "bad" } else { "good" },
            y + 4.0,
            row_height - 8.0,
            y + 15.0,
            escape(&format(*value)),
        );
    }
    out.push_str("</svg>");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_inside() {
        assert_eq!(ticks(0.0, 1.0), [0.0, 0.2, 0.4, 0.6000000000000001, 0.8, 1.0]);
        assert!(ticks(-0.37, 0.11).iter().all(|t| (-0.37..=0.11).contains(t)));
        assert_eq!(ticks(5.0, 5.0), [5.0]);
    }

    #[test]
    fn notes_are_numbered_and_those_without_room_stand_together() {
        let dates: Vec<Date> = (0..400).map(|d| Date::from_days(15_000 + d)).collect();
        let line = Line { name: "x", class: "c0", values: &vec![1.0; 400] };
        let notes = [dates[50], dates[52], dates[300]];
        let svg = noted_time_chart("t", &dates, &[line], &notes, 200.0, &|v| format!("{v}"));
        assert_eq!(svg.matches("class=\"diagonal\"").count(), 3);
        assert!(svg.contains(">1-2</text>") && svg.contains(">3</text>"), "{svg}");
    }

    #[test]
    fn hostile_names_and_missing_values_stay_inside_the_picture() {
        let dates: Vec<Date> = (0..4).map(|d| Date::from_days(15_000 + d)).collect();
        let line = Line { name: "<script>", class: "c0", values: &[1.0, f64::NAN, 2.0, 3.0] };
        let svg = time_chart("t", &dates, &[line], 200.0, &|v| format!("{v}"));
        assert!(!svg.contains("<script>") && !svg.contains("NaN"), "{svg}");
        assert_eq!(svg.matches('M').count(), 2, "a missing value breaks the line");
    }
}
