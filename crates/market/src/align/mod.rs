//! Many instruments on the sessions of a calendar: dense, with a mask that says where each number comes from.
//!
//! Only levels are carried forward, only within a limit, never before a name's first bar and never past its declared
//! end; nothing is filled backwards. Returns are computed once, from the last bar to the next, after alignment: a carried
//! price has none, so a gap's return stands once, at its end, beside the gap's length.
//!
//! Invariant: a cell depends on bars of its own name up to its own session, so later bars and other names change none.

mod beside;
mod coverage;
mod field;

use proofmark_units::{Date, Symbol};

pub use self::beside::Beside;
pub use self::coverage::{Counts, FieldCoverage, ViewCoverage};
pub use self::field::{Field, UnknownField};
use crate::Bars;

/// Where a number comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Mark {
    /// There is none: before the first bar, after the end, or nothing that may stand there.
    Missing = 0,
    /// From a bar of this session.
    Observed = 1,
    /// The level of an earlier session, within the limit.
    Carried = 2,
    /// 0 units traded in a session without a bar, because it was asked for.
    NoTrade = 3,
    /// There is none: the last level is older than the limit.
    Stale = 4,
}

/// How a view is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlignSpec {
    /// Fields of the bars, in the order of the view.
    pub fields: Vec<Field>,
    /// Sessions that a level is carried, at most; 0 carries none.
    pub fill_limit: usize,
    /// Whether `log_return` and `gap` follow the fields.
    pub returns: bool,
    /// Whether a session of a listed name without a bar counts as 0 units traded; else its volume is missing.
    pub zero_volume: bool,
}

/// A name with its bars and, where it is declared, its last session.
#[derive(Debug, Clone, Copy)]
pub struct Listed<'a> {
    /// The bars.
    pub bars: &'a Bars,
    /// The declared last session with trading; `None` while it goes on or is not known. The last bar says nothing: that it
    /// was the last is known only later.
    pub last_session: Option<Date>,
}

/// The names of the columns that [`AlignSpec::returns`] adds: the log return from the close of the last bar to this one,
/// and the sessions between them (1 without a gap).
pub const RETURN_COLUMNS: [&str; 2] = ["log_return", "gap"];

/// A dense view, time-major: cell `(t * symbols + s) * columns + c`.
#[derive(Debug, Clone, PartialEq)]
pub struct AlignedView {
    /// Sessions, ascending.
    pub sessions: Vec<Date>,
    /// Names, in the order given.
    pub symbols: Vec<Symbol>,
    /// The fields and, where asked for, [`RETURN_COLUMNS`].
    pub columns: Vec<String>,
    /// Values; NaN where there is none.
    pub values: Vec<f64>,
    /// Where each value comes from.
    pub marks: Vec<Mark>,
    /// First session of each name's listing inside the view, and one past the last; empty ranges for names without bars.
    pub listed: Vec<std::ops::Range<usize>>,
}

impl AlignedView {
    /// Number of sessions, names and columns.
    pub const fn shape(&self) -> [usize; 3] {
        [self.sessions.len(), self.symbols.len(), self.columns.len()]
    }

    /// Place of a cell.
    pub const fn cell(&self, t: usize, s: usize, c: usize) -> usize {
        (t * self.symbols.len() + s) * self.columns.len() + c
    }
}

/// Aligns `names` on `sessions`, which ascend. Bars on other dates are left out.
pub fn align(sessions: &[Date], names: &[Listed<'_>], spec: &AlignSpec) -> AlignedView {
    let mut columns: Vec<String> = spec.fields.iter().map(|field| field.name().to_owned()).collect();
    if spec.returns {
        columns.extend(RETURN_COLUMNS.map(str::to_owned));
    }
    let cells = sessions.len() * names.len() * columns.len();
    let mut view = AlignedView {
        sessions: sessions.to_vec(),
        symbols: names.iter().map(|name| name.bars.symbol().clone()).collect(),
        columns,
        values: vec![f64::NAN; cells],
        marks: vec![Mark::Missing; cells],
        listed: Vec::with_capacity(names.len()),
    };
    for (s, name) in names.iter().enumerate() {
        place(&mut view, s, name, spec);
    }
    view
}

/// The cells of one name.
fn place(view: &mut AlignedView, s: usize, name: &Listed<'_>, spec: &AlignSpec) {
    let bars = name.bars;
    let end =
        name.last_session.map_or(view.sessions.len(), |last| view.sessions.partition_point(|d| *d <= last));
    let mut row = 0;
    let mut before: Option<(usize, usize)> = None; // session and row of the last bar
    let mut first = None;
    // By field: session and value of the last level.
    let mut levels: Vec<Option<(usize, f64)>> = vec![None; spec.fields.len()];
    for t in 0..end {
        let date = view.sessions[t];
        row += bars.dates()[row..].partition_point(|d| *d < date);
        let own = (bars.dates().get(row) == Some(&date)).then_some(row);
        if own.is_some() && first.is_none() {
            first = Some(t);
        }
        if first.is_none() {
            continue;
        }
        for (c, (field, level)) in spec.fields.iter().zip(&mut levels).enumerate() {
            let value = own.map(|row| field.of(bars)[row]).filter(|value| value.is_finite());
            let (value, mark) = match (value, &level) {
                (Some(value), _) => (value, Mark::Observed),
                (None, _) if !field.is_level() => match own.is_none() && spec.zero_volume {
                    true => (0.0, Mark::NoTrade),
                    false => (f64::NAN, Mark::Missing),
                },
                (None, Some((since, value))) if t - since <= spec.fill_limit => (*value, Mark::Carried),
                (None, Some(_)) => (f64::NAN, Mark::Stale),
                (None, None) => (f64::NAN, Mark::Missing),
            };
            if mark == Mark::Observed {
                *level = Some((t, value));
            }
            let cell = view.cell(t, s, c);
            (view.values[cell], view.marks[cell]) = (value, mark);
        }
        let Some(row) = own else { continue };
        if let Some((since, earlier)) = before.filter(|_| spec.returns) {
            let cell = view.cell(t, s, spec.fields.len());
            let change = (bars.close()[row] / bars.close()[earlier]).ln();
            if change.is_finite() {
                (view.values[cell], view.marks[cell]) = (change, Mark::Observed);
                (view.values[cell + 1], view.marks[cell + 1]) = ((t - since) as f64, Mark::Observed);
            }
        }
        before = Some((t, row));
    }
    view.listed.push(first.map_or(0..0, |first| first..end));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::BarRow;

    fn bars(symbol: &str, closes: &[(i32, f64)]) -> Bars {
        let row = |(day, close): &(i32, f64)| {
            let date = Date::from_days(*day);
            let at = date.midnight_utc();
            let (open, high, low, close) = (*close, *close, *close, *close);
            BarRow { date, event_time: at, known_at: at, open, high, low, close, volume: 10.0 * close }
        };
        Bars::from_rows(symbol.parse().unwrap(), &closes.iter().map(row).collect::<Vec<_>>()).unwrap()
    }

    fn days(range: std::ops::Range<i32>) -> Vec<Date> {
        range.map(Date::from_days).collect()
    }

    fn spec(fill_limit: usize) -> AlignSpec {
        AlignSpec { fields: vec![Field::Close, Field::Volume], fill_limit, returns: true, zero_volume: false }
    }

    fn column(view: &AlignedView, s: usize, c: usize) -> (Vec<Option<f64>>, String) {
        let cells = || (0..view.sessions.len()).map(|t| view.cell(t, s, c));
        let values = cells().map(|cell| Some(view.values[cell]).filter(|v| !v.is_nan())).collect();
        let letter = |mark: Mark| match mark {
            Mark::Missing => '-',
            Mark::Observed => 'o',
            Mark::Carried => 'c',
            Mark::NoTrade => '0',
            Mark::Stale => 's',
        };
        (values, cells().map(|cell| letter(view.marks[cell])).collect())
    }

    #[test]
    fn levels_are_carried_and_returns_are_not_repeated() {
        // First bar on day 1, none on days 3 to 5: +100 % over the gap, once.
        let one = bars("A", &[(1, 8.0), (2, 10.0), (6, 20.0), (7, 25.0)]);
        let sessions = days(0..10);
        let listed = [Listed { bars: &one, last_session: None }];
        let view = align(&sessions, &listed, &spec(2));
        assert_eq!(view.columns, ["close", "volume", "log_return", "gap"]);
        let (close, marks) = column(&view, 0, 0);
        assert_eq!(marks, "-ooccsoocc");
        assert_eq!(close[3..7], [Some(10.0), Some(10.0), None, Some(20.0)]);
        assert_eq!(column(&view, 0, 1).1, "-oo---oo--", "no volume is made up");
        let (returns, marks) = column(&view, 0, 2);
        assert_eq!(marks, "--o---oo--");
        assert_eq!(returns[6], Some(2.0_f64.ln()));
        assert_eq!(column(&view, 0, 3).0[2..8], [Some(1.0), None, None, None, Some(4.0), Some(1.0)]);
        assert_eq!((view.listed[0].start, view.listed[0].end), (1, 10));

        assert_eq!(column(&align(&sessions, &listed, &spec(0)), 0, 0).1, "-oosssooss");
        let ended = [Listed { bars: &one, last_session: Some(Date::from_days(7)) }];
        let asked = AlignSpec { zero_volume: true, returns: false, ..spec(9) };
        let view = align(&sessions, &ended, &asked);
        assert_eq!(
            (column(&view, 0, 0).1.as_str(), column(&view, 0, 1).1.as_str()),
            ("-oocccoo--", "-oo000oo--")
        );
        assert_eq!(view.columns.len(), 2);
    }

    #[test]
    fn coverage_adds_up_by_name_and_field() {
        let (a, b) = (bars("A", &[(1, 8.0), (2, 10.0), (6, 20.0)]), bars("B", &[(5, 1.0)]));
        let listed = [&a, &b].map(|bars| Listed { bars, last_session: None });
        let coverage = ViewCoverage::of(&align(&days(0..8), &listed, &spec(1)));
        let close = &coverage.fields[0];
        let own = &close.by_symbol["A"];
        assert_eq!((own.expected, own.observed, own.carried, own.stale), (7, 3, 2, 2));
        assert_eq!((close.overall.expected, close.overall.observed), (10, 4));
        assert_eq!(own.raw_coverage, Some(3.0 / 7.0));
        assert_eq!(own.stale_share, Some(2.0 / 7.0));
        assert_eq!(coverage.overall.expected, 20, "returns are no field of the bars");
    }

    fn closes() -> impl Strategy<Value = Vec<(i32, f64)>> {
        prop::collection::btree_map(0_i32..30, 1.0..9.0_f64, 1..20).prop_map(|map| map.into_iter().collect())
    }

    fn same(a: &AlignedView, b: &AlignedView, (t, s): (usize, usize), (u, r): (usize, usize)) -> bool {
        (0..a.columns.len()).all(|c| {
            let (x, y) = (a.cell(t, s, c), b.cell(u, r, c));
            a.values[x].to_bits() == b.values[y].to_bits() && a.marks[x] == b.marks[y]
        })
    }

    proptest! {
        #[test]
        fn nothing_stands_before_a_first_bar_and_later_bars_change_nothing(
            closes in closes(), limit in 0_usize..6, cut in 1_i32..30
        ) {
            let whole = bars("A", &closes);
            let view = align(&days(0..30), &[Listed { bars: &whole, last_session: None }], &spec(limit));
            for t in 0..closes[0].0 as usize {
                prop_assert!((0..4).all(|c| view.marks[view.cell(t, 0, c)] == Mark::Missing));
                prop_assert!((0..4).all(|c| view.values[view.cell(t, 0, c)].is_nan()));
            }
            let early: Vec<(i32, f64)> = closes.iter().copied().filter(|(day, _)| *day < cut).collect();
            let early = bars("A", &early);
            let then = align(&days(0..cut), &[Listed { bars: &early, last_session: None }], &spec(limit));
            for t in 0..cut as usize {
                prop_assert!(same(&view, &then, (t, 0), (t, 0)));
            }
        }

        #[test]
        fn leaving_out_a_name_changes_no_other(a in closes(), b in closes(), limit in 0_usize..6) {
            let (a, b) = (bars("A", &a), bars("B", &b));
            let listed = |bars| Listed { bars, last_session: None };
            let both = align(&days(0..30), &[listed(&a), listed(&b)], &spec(limit));
            let alone = align(&days(0..30), &[listed(&b)], &spec(limit));
            for t in 0..30 {
                prop_assert!(same(&both, &alone, (t, 1), (t, 0)));
            }
        }
    }
}
