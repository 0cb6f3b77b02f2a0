//! A price with marks on it, readable at any number of bars.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use proofmark_units::Date;

use super::{Axes, BOTTOM, LEFT, RIGHT, WIDTH, open};

const HEIGHT: f64 = 280.0;

/// Marks of one kind nearer than this, in both directions, are drawn once.
const NEAR: f64 = 5.0;

/// What a mark looks like: its form says what happened, whatever its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Form {
    /// A triangle that points up.
    Up,
    /// A triangle that points down.
    Down,
    /// A cross.
    Cross,
}

/// A point beside the price.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mark {
    /// Place of its bar.
    pub(crate) at: usize,
    /// Its price.
    pub(crate) value: f64,
    pub(crate) form: Form,
    /// Whether what it belongs to brought a gain: filled and of the colour of gains, else hollow; `None` = not known yet.
    pub(crate) gained: Option<bool>,
}

/// The price over bars at equal distances, so that nights and holidays take no room, with `marks` on it. Where several bars share a
/// point of the picture the first, the lowest, the highest and the last of them are drawn: nothing that the price reached is lost.
pub(crate) fn price_chart(title: &str, dates: &[Date], prices: &[f64], marks: &[Mark]) -> String {
    let axes = Axes::over(prices.iter().copied().chain(marks.iter().map(|mark| mark.value)), HEIGHT);
    let mut out = open(HEIGHT, title);
    let digits = if axes.high - axes.low < 1.0 {
        4
    } else if axes.high - axes.low < 50.0 {
        2
    } else {
        0
    };
    axes.grid(&mut out, &|v| format!("{v:.digits$}"));
    let room = WIDTH - LEFT - RIGHT;
    let last = prices.len().saturating_sub(1).max(1) as f64;
    let x = |at: usize| LEFT + at as f64 / last * room;
    year_ticks(&mut out, dates, &x);
    let _ = write!(out, "<path class=\"line c0\" d=\"{}\"/>", path(prices, &x, &axes));
    let drawn = thinned(marks, &x, &axes);
    for mark in &drawn {
        draw(&mut out, mark, x(mark.at), axes.y(mark.value));
    }
    out.push_str("</svg>");
    let _ = write!(
        out,
        "<p class=\"legend\">&#9650; long entered, &#9660; short entered, &#215; left; filled or heavy: the round trip gained, hollow or \
         light: it did not, or is open. {} of {} marks drawn; those in one place are drawn once.</p>",
        drawn.len(),
        marks.len()
    );
    out
}

fn year_ticks(out: &mut String, dates: &[Date], x: &dyn Fn(usize) -> f64) {
    let mut right = f64::NEG_INFINITY;
    let firsts = (1..dates.len()).filter(|k| dates[*k].month() != dates[*k - 1].month());
    let over_a_year =
        dates.first().zip(dates.last()).is_some_and(|(first, last)| last.days() - first.days() > 500);
    for k in firsts.filter(|k| !over_a_year || dates[*k].month() == 1) {
        let (at, date) = (x(k), dates[k]);
        if at < right + 60.0 || at > WIDTH - RIGHT - 25.0 {
            continue;
        }
        right = at;
        let text = if over_a_year {
            date.year().to_string()
        } else {
            format!("{}-{:02}", date.year(), date.month())
        };
        let _ = write!(
            out,
            "<text class=\"tick\" text-anchor=\"middle\" x=\"{at:.1}\" y=\"{:.1}\">{text}</text>",
            HEIGHT - BOTTOM + 16.0
        );
    }
}

/// The line, at most four points for each of the picture's.
fn path(prices: &[f64], x: &dyn Fn(usize) -> f64, axes: &Axes) -> String {
    let mut path = String::new();
    let mut point = |k: usize| {
        let step = if path.is_empty() { 'M' } else { 'L' };
        let _ = write!(path, "{step}{:.1} {:.1}", x(k), axes.y(prices[k]));
    };
    let finite: Vec<usize> = (0..prices.len()).filter(|k| prices[*k].is_finite()).collect();
    for column in finite.chunk_by(|a, b| x(*a).floor() == x(*b).floor()) {
        let by_price = |a: &&usize, b: &&usize| prices[**a].total_cmp(&prices[**b]);
        let least = column.iter().min_by(by_price).copied();
        let most = column.iter().max_by(by_price).copied();
        let ends = [column.first().copied(), column.last().copied()];
        let kept: BTreeSet<usize> = ends.into_iter().chain([least, most]).flatten().collect();
        kept.into_iter().for_each(&mut point);
    }
    path
}

/// The marks without those that lie on one of their kind.
fn thinned<'a>(marks: &'a [Mark], x: &dyn Fn(usize) -> f64, axes: &Axes) -> Vec<&'a Mark> {
    let mut taken = BTreeSet::new();
    let place = |mark: &Mark| {
        let cell = |at: f64| (at / NEAR).floor() as i64;
        (mark.form, mark.gained, cell(x(mark.at)), cell(axes.y(mark.value)))
    };
    marks.iter().filter(|mark| mark.value.is_finite() && taken.insert(place(mark))).collect()
}

fn draw(out: &mut String, mark: &Mark, x: f64, y: f64) {
    let class = match mark.gained {
        Some(true) => "gained",
        Some(false) => "lost",
        None => "pending",
    };
    // Entries stand on the side from which the position was taken, with their tip on the price.
    let d = match mark.form {
        Form::Up => format!("M{x:.1} {y:.1}l-4 7h8z"),
        Form::Down => format!("M{x:.1} {y:.1}l-4 -7h8z"),
        Form::Cross => format!("M{:.1} {:.1}l7 7m0 -7l-7 7", x - 3.5, y - 3.5),
    };
    let _ = write!(out, "<path class=\"mark {class}\" d=\"{d}\"/>");
}

#[cfg(test)]
mod tests {
    use super::super::TOP;
    use super::*;

    #[test]
    fn five_thousand_bars_keep_their_extremes_and_stay_small() {
        let dates: Vec<Date> = (0..5_000).map(|k| Date::from_days(15_000 + k)).collect();
        let mut prices: Vec<f64> = (0..5_000).map(|k| 100.0 + (f64::from(k) * 0.7).sin()).collect();
        prices[2_345] = 150.0;
        prices[3_456] = 50.0;
        prices[10] = f64::NAN;
        let marks: Vec<Mark> = (0..5_000)
            .map(|k| Mark {
                at: k,
                value: 100.0,
                form: if k % 2 == 0 { Form::Up } else { Form::Cross },
                gained: Some(k % 4 < 2),
            })
            .collect();
        let svg = price_chart("a <b>", &dates, &prices, &marks);
        assert!(!svg.contains("NaN") && svg.contains("a &lt;b&gt;"), "{svg}");
        let line = svg.split("<path class=\"line c0\" d=\"").nth(1).unwrap().split('"').next().unwrap();
        let points: Vec<f64> = line
            .split(['M', 'L'])
            .skip(1)
            .map(|point| point.split(' ').nth(1).unwrap().parse().unwrap())
            .collect();
        assert!(points.len() <= 4 * 653, "{}", points.len());
        // The highest price touches the top of the field, the lowest its bottom.
        assert!(points.contains(&TOP) && points.contains(&(HEIGHT - BOTTOM)));
        let drawn = svg.matches("class=\"mark ").count();
        assert!(drawn > 200 && drawn < 700, "{drawn} marks");
        assert!(price_chart("none", &[], &[], &[]).contains("</svg>"));
    }

    #[test]
    fn a_mark_is_told_by_its_form() {
        let dates = [Date::from_days(1), Date::from_days(2)];
        let mark = |at, form, gained| Mark { at, value: 1.0, form, gained };
        let svg = price_chart(
            "x",
            &dates,
            &[1.0, 2.0],
            &[mark(0, Form::Up, Some(true)), mark(0, Form::Down, Some(false)), mark(1, Form::Cross, None)],
        );
        for class in ["mark gained", "mark lost", "mark pending"] {
            assert_eq!(svg.matches(class).count(), 1, "{class}: {svg}");
        }
        assert!(svg.contains("l-4 7h8z") && svg.contains("l-4 -7h8z") && svg.contains("l7 7m0 -7"));
    }
}
