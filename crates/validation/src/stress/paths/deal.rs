//! From drawn sessions to bars.

use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant, Seed};
use rand_chacha::rand_core::Rng;

use super::super::desk::StressError;
use super::super::reprice::scaled;
use super::super::world::rows_of;
use super::RegimeBlock;

/// Session indices of a path: whole blocks drawn with replacement, the last one cut at `length`.
///
/// Every block is as likely as any other, so a session's expected share of the path is its share of history.
pub(super) fn plan(blocks: &[RegimeBlock], length: usize, seed: &Seed) -> Vec<usize> {
    let mut rng = seed.rng();
    let mut plan = Vec::with_capacity(length);
    while plan.len() < length {
        let block = blocks[(rng.next_u64() % blocks.len() as u64) as usize];
        plan.extend((block.first..block.first + block.len).take(length - plan.len()));
    }
    plan
}

/// Where a path's bars come from and where they go.
pub(super) struct Deck<'a> {
    pub(super) bars: &'a [Bars],
    /// Every session of the panel.
    pub(super) dates: &'a [Date],
    /// Session whose place the path's first session takes.
    pub(super) first: usize,
    /// First session of real history that is kept.
    pub(super) warm_from: usize,
}

impl Deck<'_> {
    /// Every name's path.
    pub(super) fn deal(&self, plan: &[usize]) -> Result<Vec<Bars>, StressError> {
        self.bars.iter().map(|bars| self.deal_one(bars, plan)).collect()
    }

    /// One name's path: its bar of session `plan[u]`, moved to the level of the path, on the date of session
    /// `first + u`. A name without a bar on the drawn session has none on the path. Volume keeps the traded value.
    pub(super) fn deal_one(&self, bars: &Bars, plan: &[usize]) -> Result<Bars, StressError> {
        let source = rows_of(bars);
        let row_at = |date: Date| source.binary_search_by_key(&date, |row| row.date).ok();
        let (warm_from, start) = (self.dates[self.warm_from], self.dates[self.first]);
        let history = source.partition_point(|row| row.date < start);
        let kept = source[..history].partition_point(|row| row.date < warm_from)..history;
        let mut rows: Vec<BarRow> = source[kept].to_vec();
        let mut level = history.checked_sub(1).map(|row| source[row].close);
        for (u, session) in plan.iter().enumerate() {
            let Some(k) = row_at(self.dates[*session]) else { continue };
            let row = &source[k];
            let before = k.checked_sub(1).map_or(row.open, |k| source[k].close);
            let moved = scaled(row, level.unwrap_or(before) / before);
            let date = self.dates[self.first + u];
            let (event_time, known_at) = self.times(date, row);
            level = Some(moved.close);
            rows.push(BarRow {
                date,
                event_time,
                known_at,
                volume: row.volume * (row.close / moved.close),
                ..moved
            });
        }
        let symbol = bars.symbol().clone();
        Bars::from_rows(symbol.clone(), &rows).map_err(|source| StressError::Bars { symbol, source })
    }

    /// When the session of `date` ended and was known: as some name's bar of that date says.
    fn times(&self, date: Date, row: &BarRow) -> (Instant, Instant) {
        let stamp = self.bars.iter().find_map(|b| {
            let k = b.dates().binary_search(&date).ok()?;
            Some((b.event_times()[k], b.known_ats()[k]))
        });
        stamp.unwrap_or((row.event_time, row.known_at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stress::paths::MarketRegime;

    fn row(day: i32, open: f64, close: f64) -> BarRow {
        let date = Date::from_days(day);
        let event_time = date.midnight_utc();
        let (high, low) = (open.max(close) * 1.01, open.min(close) * 0.99);
        BarRow { date, event_time, known_at: event_time, open, high, low, close, volume: 1_000.0 }
    }

    fn bars(name: &str, rows: &[BarRow]) -> Bars {
        Bars::from_rows(name.parse().unwrap(), rows).unwrap()
    }

    #[test]
    fn blocks_fill_a_path_and_are_cut_at_its_end() {
        let block = |first, len| RegimeBlock { regime: MarketRegime::Calm, first, len };
        let blocks = [block(10, 4), block(20, 7)];
        let seed = Seed::root(3);
        let path = plan(&blocks, 25, &seed);
        assert_eq!(path.len(), 25);
        assert_eq!(path, plan(&blocks, 25, &seed));
        assert_ne!(path, plan(&blocks, 25, &Seed::root(4)));
        let mut u = 0;
        while u < 25 {
            let block = blocks.iter().find(|b| b.first == path[u]).unwrap();
            for k in 0..block.len.min(25 - u) {
                assert_eq!(path[u + k], block.first + k);
            }
            u += block.len;
        }
    }

    #[test]
    fn every_bar_keeps_its_move_on_the_close_before_and_its_value() {
        let a = bars(
            "A",
            &[row(0, 100.0, 100.0), row(1, 102.0, 110.0), row(2, 108.0, 99.0), row(3, 99.0, 100.0)],
        );
        let b = bars("B", &[row(0, 50.0, 50.0), row(1, 50.0, 55.0), row(3, 56.0, 60.0)]);
        let dates: Vec<Date> = (0..4).map(Date::from_days).collect();
        let all = [a, b];
        let deck = Deck { bars: &all, dates: &dates, first: 2, warm_from: 1 };
        // Session 1, then session 2, in the place of sessions 2 and 3, after A closed at 110 and B at 55.
        let path = deck.deal(&[1, 2]).unwrap();
        let [a, b] = [&path[0], &path[1]];
        assert_eq!(a.dates(), [1, 2, 3].map(Date::from_days));
        assert!((a.open()[1] - 110.0 * 1.02).abs() < 1e-9 && (a.close()[1] - 110.0 * 1.1).abs() < 1e-9);
        assert!((a.close()[2] - 110.0 * 1.1 * 0.9).abs() < 1e-9);
        assert!((a.low()[2] - 0.99 * 99.0 / 110.0 * a.close()[1]).abs() < 1e-9);
        assert!((a.volume()[1] * a.close()[1] - 110.0 * 1_000.0).abs() < 1e-6);
        // B has no bar on session 2, so the path has none on day 3.
        assert_eq!(b.dates(), [1, 2].map(Date::from_days));
        assert!((b.close()[1] - 55.0 * 1.1).abs() < 1e-9);
    }

    #[test]
    fn history_dealt_in_its_own_order_is_history() {
        let rows: Vec<BarRow> =
            (0..30).map(|d| row(d, 90.0 + f64::from(d * 7 % 11), 95.0 + f64::from(d * 5 % 13))).collect();
        let all = [bars("A", &rows)];
        let dates: Vec<Date> = (0..30).map(Date::from_days).collect();
        let deck = Deck { bars: &all, dates: &dates, first: 10, warm_from: 0 };
        let plan: Vec<usize> = (10..30).collect();
        assert_eq!(deck.deal(&plan).unwrap()[0], all[0]);
    }
}
