//! How many members of a market take part in a move.

use proofmark_market::{Panel, Standing};

/// Sessions of the mean that a share of members is above.
const MEAN: usize = 50;
/// Sessions of a year, for highs and lows.
const YEAR: usize = 252;

/// Shares among the members of a session that have the history they need. `None`: no member has it.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Breadth {
    /// Members with a bar in the session.
    pub members: usize,
    /// Share whose close is above the mean of its last 50 closes, its own included.
    pub above_mean: Option<f64>,
    /// `(risen - fallen) / (risen + fallen + unchanged)` against each name's close before, -1 to 1.
    pub advance_decline: Option<f64>,
    /// Share whose close is the highest of its last 252.
    pub new_highs: Option<f64>,
    /// Share whose close is the lowest of its last 252.
    pub new_lows: Option<f64>,
}

/// The breadth of each session, over the names that are members then: who joins or leaves counts while inside alone.
///
/// A name's history is its own closes, sessions without a bar skipped, and may reach back before it became a member. Prices
/// should be adjusted for splits. Zweig (1986), Winning on Wall Street, for the use of advances against declines.
pub fn breadth(panel: &Panel) -> Vec<Breadth> {
    let mut histories: Vec<Vec<f64>> = vec![Vec::new(); panel.width()];
    (0..panel.len())
        .map(|t| {
            let (mut members, mut counts) = (0, Counts::default());
            for (s, history) in histories.iter_mut().enumerate() {
                if !panel.has_bar(t, s) {
                    continue;
                }
                history.push(panel.close[panel.cell(t, s)]);
                if panel.standing[panel.cell(t, s)] == Standing::Member {
                    members += 1;
                    counts.add(history);
                }
            }
            counts.breadth(members)
        })
        .collect()
}

/// Of members with enough history: how many there are, and how many do it.
#[derive(Default)]
struct Counts {
    above_mean: (usize, usize),
    moved: (usize, i64),
    highs: (usize, usize),
    lows: (usize, usize),
}

impl Counts {
    fn add(&mut self, history: &[f64]) {
        let Some((&close, before)) = history.split_last() else { return };
        if let Some(last) = before.last() {
            self.moved.0 += 1;
            self.moved.1 += i64::from(close > *last) - i64::from(close < *last);
        }
        if let Some(from) = history.len().checked_sub(MEAN) {
            let mean = history[from..].iter().sum::<f64>() / MEAN as f64;
            self.above_mean.0 += 1;
            self.above_mean.1 += usize::from(close > mean);
        }
        if let Some(from) = history.len().checked_sub(YEAR) {
            let year = &before[from..];
            self.highs.0 += 1;
            self.highs.1 += usize::from(year.iter().all(|other| close > *other));
            self.lows.0 += 1;
            self.lows.1 += usize::from(year.iter().all(|other| close < *other));
        }
    }

    fn breadth(&self, members: usize) -> Breadth {
        let share = |(all, some): (usize, usize)| (all > 0).then(|| some as f64 / all as f64);
        Breadth {
            members,
            above_mean: share(self.above_mean),
            advance_decline: (self.moved.0 > 0).then(|| self.moved.1 as f64 / self.moved.0 as f64),
            new_highs: share(self.highs),
            new_lows: share(self.lows),
        }
    }
}

#[cfg(test)]
mod tests {
    use proofmark_market::{BarRow, Bars, Membership, Universe};
    use proofmark_units::{Date, DateSpan};

    use super::*;

    fn bars(symbol: &str, closes: &[(i32, f64)]) -> Bars {
        let row = |(day, close): &(i32, f64)| {
            let (date, close) = (Date::from_days(*day), *close);
            let at = date.midnight_utc();
            let [open, high, low] = [close; 3];
            BarRow { date, event_time: at, known_at: at, open, high, low, close, volume: 1.0 }
        };
        Bars::from_rows(symbol.parse().unwrap(), &closes.iter().map(row).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn members_of_the_date_count_with_their_own_history() {
        let rising: Vec<(i32, f64)> = (0..300).map(|d| (d, 100.0 + f64::from(d))).collect();
        let falling: Vec<(i32, f64)> = (0..300).map(|d| (d, 900.0 - f64::from(d))).collect();
        // Every other session is missing, and the price never moves.
        let flat: Vec<(i32, f64)> = (0..300).step_by(2).map(|d| (d, 50.0)).collect();
        let all = [bars("UP", &rising), bars("DOWN", &falling), bars("FLAT", &flat)];
        let span = |symbol: &str, from: i32| {
            let end = Date::from_days(1_000);
            (symbol.parse().unwrap(), DateSpan::new(Date::from_days(from), end).unwrap())
        };
        let universe = Universe {
            symbols: ["DOWN", "FLAT", "UP"].map(|s| s.parse().unwrap()).to_vec(),
            membership: Membership::PointInTime {
                spans: vec![span("UP", 0), span("DOWN", 280), span("FLAT", 0)],
            },
            pauses: vec![],
            groups: vec![],
        };
        let found = breadth(&Panel::of(&all, &universe));
        assert_eq!((found[0].members, found[0].advance_decline, found[0].above_mean), (2, None, None));
        // One rises, one stands still or has no bar.
        assert_eq!((found[2].advance_decline, found[3].advance_decline), (Some(0.5), Some(1.0)));
        assert_eq!((found[48].above_mean, found[49].above_mean), (None, Some(1.0)));
        // From session 98 on the flat one has 50 closes and is not above their mean.
        assert_eq!(found[98].above_mean, Some(0.5));
        assert_eq!(
            (found[250].new_highs, found[251].new_highs, found[251].new_lows),
            (None, Some(1.0), Some(0.0))
        );
        // The falling one joins with all of its history.
        assert_eq!(
            (found[281].members, found[281].new_highs, found[281].new_lows),
            (2, Some(0.5), Some(0.5))
        );
        assert_eq!(found[281].advance_decline, Some(0.0));
    }
}
