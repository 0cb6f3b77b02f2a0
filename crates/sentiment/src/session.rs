//! Scored headlines to one value a session.

use proofmark_units::{Date, Instant};
use serde::Serialize;

/// How older headlines lose weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Decay {
    /// Sessions after which a headline weighs half.
    pub half_life: f64,
    /// Sessions that count, the newest included.
    pub window: usize,
}

/// A scored headline.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Headline {
    /// When it could first be read.
    pub known_at: Instant,
    /// -1 to 1.
    pub value: f64,
    /// Weight before decay, 0 to 1.
    pub confidence: f64,
}

/// The value of a session.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SessionValue {
    /// The session.
    pub date: Date,
    /// Its close: nothing that became known later is inside.
    pub known_at: Instant,
    /// Mean of the window's headlines, by confidence and age, -1 to 1.
    pub value: f64,
    /// Headlines that became known in this session.
    pub headlines: u64,
}

/// One value for each session in which a headline became known, after the close before it and up to its own. A session
/// without one has no value: older headlines say nothing new, and how long they may be carried is the reader's choice.
/// Headlines of no confidence are counted and do not weigh; a session of nothing else is neutral, 0.
///
/// - `headlines`: in any order.
/// - `sessions`: date and close, ascending. Headlines up to the first close belong to the first session, headlines after
///   the last one to none.
pub fn session_values(
    headlines: &[Headline],
    sessions: &[(Date, Instant)],
    decay: Decay,
) -> Vec<SessionValue> {
    let mut sorted: Vec<&Headline> = headlines.iter().collect();
    sorted.sort_by(|a, b| {
        (a.known_at.cmp(&b.known_at))
            .then(a.value.total_cmp(&b.value))
            .then(a.confidence.total_cmp(&b.confidence))
    });
    // Weight and weighted value of each session that has headlines.
    let mut sums: Vec<(usize, f64, f64)> = Vec::new();
    let mut out = Vec::new();
    let mut rest = &sorted[..];
    for (t, (date, close)) in sessions.iter().enumerate() {
        let (own, later) = rest.split_at(rest.partition_point(|h| h.known_at <= *close));
        rest = later;
        if own.is_empty() {
            continue;
        }
        let weight: f64 = own.iter().map(|h| h.confidence).sum();
        let value: f64 = own.iter().map(|h| h.confidence * h.value).sum();
        sums.push((t, weight, value));
        let (mut weights, mut values) = (0.0, 0.0);
        for (s, weight, value) in sums.iter().rev().take_while(|(s, ..)| t - s < decay.window) {
            let factor = 0.5_f64.powf((t - s) as f64 / decay.half_life);
            weights += factor * weight;
            values += factor * value;
        }
        let value = if weights > 0.0 { values / weights } else { 0.0 };
        out.push(SessionValue { date: *date, known_at: *close, value, headlines: own.len() as u64 });
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
        Headline { known_at: at(hour), value, confidence: 1.0 }
    }

    #[test]
    fn decay_by_hand() {
        let decay = Decay { half_life: 1.0, window: 3 };
        // Known at 9:00 on day 0, after the close of day 0 (so day 1), and on day 4.
        let rows = [headline(9, 1.0), headline(11, -0.5), headline(24 * 4 + 1, 0.25)];
        let values = session_values(&rows, &sessions(6), decay);
        let days: Vec<(i32, f64)> = values.iter().map(|v| (v.date.days(), v.value)).collect();
        // Day 1: (0.5 * 1 - 0.5) / 1.5 = 0. Day 4: both older ones are outside the window.
        assert_eq!(days, [(0, 1.0), (1, 0.0), (4, 0.25)]);
        assert!(session_values(&[headline(24 * 9, 1.0)], &sessions(3), decay).is_empty(), "no later session");
    }

    proptest! {
        #[test]
        fn what_becomes_known_later_changes_no_earlier_value(
            rows in prop::collection::vec((0_i64..400, -1.0..1.0_f64), 0..40), cut in 0_i64..400
        ) {
            let decay = Decay { half_life: 2.0, window: 5 };
            let all: Vec<Headline> = rows.iter().map(|(hour, value)| headline(*hour, *value)).collect();
            let early: Vec<Headline> = all.iter().filter(|h| h.known_at <= at(cut)).copied().collect();
            let known = |v: &SessionValue| v.known_at <= at(cut);
            let whole: Vec<_> = session_values(&all, &sessions(16), decay).into_iter().filter(known).collect();
            let part: Vec<_> = session_values(&early, &sessions(16), decay).into_iter().filter(known).collect();
            prop_assert_eq!(whole, part);
        }
    }
}
