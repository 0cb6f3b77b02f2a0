//! Daily bars with a split in them, in a lake that ends when the test wants.

use std::path::Path;

use proofmark_lake::{Delivery, Lake};
use proofmark_market::{BarRow, Calendar};
use proofmark_units::{Date, DateSpan};

use crate::proofmark::run;

/// Where the split shows, and by what prices are divided there.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    pub(crate) name: &'static str,
    pub(crate) at: usize,
    pub(crate) ratio: f64,
}

pub(crate) const NAMES: [&str; 6] = ["AAA", "BBB", "CCC", "DDD", "EEE", "INDEX"];

/// The sessions of the bars.
pub(crate) fn sessions() -> Vec<Date> {
    let span = DateSpan::new("2015-01-01".parse().unwrap(), "2017-12-31".parse().unwrap()).unwrap();
    Calendar::named("XNSE").unwrap().sessions_in(span).unwrap().to_vec()
}

/// A workspace whose lake has the first `bars` sessions of every name, with `splits` in their prices.
pub(crate) fn workspace_of(bars: usize, splits: &[Split]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["init", "--quiet"]).exit, 0);
    append(folder.path(), 0..bars, splits);
    folder
}

pub(crate) fn append(folder: &Path, part: std::ops::Range<usize>, splits: &[Split]) {
    let (calendar, sessions) = (Calendar::named("XNSE").unwrap(), sessions());
    let mut lake = Lake::open(folder.join("lake")).unwrap();
    let arrived_at = calendar.session_close(*sessions.last().unwrap());
    for (s, name) in NAMES.iter().enumerate() {
        let row = |t: usize| {
            let ratio: f64 =
                splits.iter().filter(|own| own.name == *name && own.at <= t).map(|own| own.ratio).product();
            let (date, close) = (sessions[t], price(s, t) / ratio);
            let at = calendar.session_close(date);
            let open = price(s, t.saturating_sub(1)) / ratio;
            let [high, low] = [open.max(close) * 1.004, open.min(close) * 0.996];
            BarRow {
                date,
                event_time: at,
                known_at: at,
                open,
                high,
                low,
                close,
                volume: 1e6 * ratio * (1.0 + busy(s, t)),
            }
        };
        let rows: Vec<BarRow> = part.clone().map(row).collect();
        let delivery = Delivery { source: "planted".to_owned(), arrived_at };
        lake.append_bars(&name.parse().unwrap(), &rows, &delivery).unwrap();
    }
}

/// A repeatable number between -0.5 and 0.5 that looks like noise.
fn noise(s: usize, t: usize) -> f64 {
    let mixed = (s as u32 * 977 + t as u32 + 1).wrapping_mul(2_654_435_761);
    f64::from((mixed ^ (mixed >> 15)).wrapping_mul(2_246_822_519) >> 8) / f64::from(1_u32 << 24) - 0.5
}

fn busy(s: usize, t: usize) -> f64 {
    noise(s + 50, t)
}

/// A walk of about 1 % a session.
fn price(s: usize, t: usize) -> f64 {
    let market = |k: usize| 0.02 * noise(99, k);
    (1..=t).map(|k| 0.03 * noise(s, k) + market(k)).sum::<f64>().exp() * (100.0 + s as f64)
}
