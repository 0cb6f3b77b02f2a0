//! How much is written about a name, and how far its headlines disagree.

use proofmark_stats::moments::{mean, sd};
use proofmark_units::{Date, Instant};
use serde::Serialize;

use crate::Headline;

/// Over which past a count is usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Usual {
    /// Sessions before the present one that count.
    pub window: usize,
    /// The fewest of them, at least 2.
    pub least: usize,
}

impl Default for Usual {
    /// A quarter, a third of it at least.
    fn default() -> Self {
        Self { window: 63, least: 21 }
    }
}

/// The attention of a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SessionAttention {
    /// The session.
    pub date: Date,
    /// Its close: nothing that became known later is inside.
    pub known_at: Instant,
    /// Headlines that became known after the close before and up to its own.
    pub headlines: u64,
    /// Standard deviation of their values, 0 (they agree) to about 1; `None` below two headlines.
    pub dispersion: Option<f64>,
    /// `ln(1 + headlines)` less its mean over the usual sessions, in their standard deviations; `None` below the least number
    /// of them or where their counts are all alike.
    pub buzz: Option<f64>,
}

/// One row for each session from that of the first headline on: from there on a session without headlines is a count of 0,
/// before it nothing says that anybody was listening. Whether a feed still ran after its last headline cannot be seen here.
///
/// Counts are taken as logarithms since they are skewed: a burst would hide in the deviation that it makes. The present session
/// is not among the usual ones. Sprenger, Tumasjan, Sandner & Welpe (2014), European Financial Management 20(5), 926-957, for
/// message volume and disagreement.
///
/// - `headlines`: in any order; their confidence does not matter here.
/// - `sessions`: date and close, ascending.
pub fn session_attention(
    headlines: &[Headline],
    sessions: &[(Date, Instant)],
    usual: Usual,
) -> Vec<SessionAttention> {
    let mut sorted: Vec<&Headline> = headlines.iter().collect();
    sorted.sort_by(|a, b| a.known_at.cmp(&b.known_at).then(a.value.total_cmp(&b.value)));
    let mut rest = &sorted[..];
    let mut counts: Vec<f64> = Vec::new();
    let mut out = Vec::new();
    for (date, close) in sessions {
        let (own, later) = rest.split_at(rest.partition_point(|headline| headline.known_at <= *close));
        rest = later;
        if own.is_empty() && out.is_empty() {
            continue;
        }
        let values: Vec<f64> = own.iter().map(|headline| headline.value).collect();
        let count = (own.len() as f64).ln_1p();
        let before = &counts[counts.len().saturating_sub(usual.window)..];
        let scale = sd(before).filter(|sd| *sd > 0.0 && before.len() >= usual.least.max(2));
        let buzz = scale.zip(mean(before)).map(|(sd, mean)| (count - mean) / sd);
        counts.push(count);
        out.push(SessionAttention {
            date: *date,
            known_at: *close,
            headlines: own.len() as u64,
            dispersion: sd(&values),
            buzz,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: i64) -> Instant {
        Instant::from_nanos(0).plus_seconds(hour * 3_600)
    }

    fn sessions(n: i32) -> Vec<(Date, Instant)> {
        (0..n).map(|d| (Date::from_days(d), at(24 * i64::from(d) + 10))).collect()
    }

    fn headline(hour: i64, value: f64) -> Headline {
        Headline { known_at: at(hour), value, confidence: 0.5 }
    }

    const USUAL: Usual = Usual { window: 3, least: 2 };

    #[test]
    fn counts_dispersion_and_buzz_by_hand() {
        // Session 1: two that disagree; 2: none; 3: one, after the close of 2; 4: seven that agree.
        let mut rows = vec![headline(20, 1.0), headline(30, -1.0), headline(24 * 2 + 11, 0.5)];
        rows.extend((0..7).map(|_| headline(24 * 4 + 9, 0.25)));
        let found = session_attention(&rows, &sessions(6), USUAL);
        let counts: Vec<(i32, u64)> = found.iter().map(|row| (row.date.days(), row.headlines)).collect();
        assert_eq!(counts, [(1, 2), (2, 0), (3, 1), (4, 7), (5, 0)], "nothing is known of session 0");
        assert!((found[0].dispersion.unwrap() - 2.0_f64.sqrt()).abs() < 1e-15);
        assert_eq!((found[1].dispersion, found[2].dispersion, found[3].dispersion), (None, None, Some(0.0)));
        assert_eq!((found[0].buzz, found[1].buzz), (None, None));
        // Before session 3: ln 3 and 0, mean half of ln 3, deviation ln 3 / sqrt 2.
        let (half, sd) = (3.0_f64.ln() / 2.0, 3.0_f64.ln() / 2.0_f64.sqrt());
        assert!((found[2].buzz.unwrap() - (2.0_f64.ln() - half) / sd).abs() < 1e-12);
        assert!(found[3].buzz.unwrap() > 2.0 && found[4].buzz.unwrap() < 0.0);
        assert!(session_attention(&[], &sessions(3), USUAL).is_empty());
    }

    proptest! {
        #[test]
        fn what_becomes_known_later_changes_no_earlier_row(
            rows in prop::collection::vec((0_i64..400, -1.0..1.0_f64), 0..60), cut in 0_i64..400
        ) {
            let all: Vec<Headline> = rows.iter().map(|(hour, value)| headline(*hour, *value)).collect();
            let early: Vec<Headline> = all.iter().filter(|h| h.known_at <= at(cut)).copied().collect();
            let known = |row: &SessionAttention| row.known_at <= at(cut);
            let whole: Vec<_> = session_attention(&all, &sessions(16), USUAL).into_iter().filter(known).collect();
            let part: Vec<_> = session_attention(&early, &sessions(16), USUAL).into_iter().filter(known).collect();
            prop_assert_eq!(whole, part);
        }
    }
}
