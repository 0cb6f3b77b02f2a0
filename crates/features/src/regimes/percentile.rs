//! Where a statistic stands among those known by then.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use super::RegimeSpecError;
use super::rule::{at_least, require};

/// The values a bar's statistic is compared with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum History {
    /// Those of the last `window` bars, its own included.
    Trailing {
        /// Bars, at least `minimum`.
        window: usize,
        /// Known values without which the percentile is unknown, at least 2.
        minimum: usize,
    },
    /// All up to its own.
    Expanding {
        /// Known values without which the percentile is unknown, at least 2.
        minimum: usize,
    },
    /// Those of a span, such as a fold's training span; only bars after its end have a percentile.
    Fitted {
        /// The span, both ends included.
        span: DateSpan,
        /// Known values without which the percentile is unknown, at least 2.
        minimum: usize,
    },
}

impl History {
    pub(super) fn check(&self) -> Result<(), RegimeSpecError> {
        let (Self::Trailing { minimum, .. } | Self::Expanding { minimum } | Self::Fitted { minimum, .. }) =
            *self;
        at_least(minimum, 2, "minimum", "at least 2")?;
        if let Self::Trailing { window, .. } = *self {
            require(window >= minimum, "window", window as f64, "at least `minimum`")?;
        }
        Ok(())
    }

    /// The percentile of each value: the share of the values below it, equals (its own included) counting half. A series
    /// that never changes stands at one half.
    pub(super) fn percentiles(&self, values: &[Option<f64>], dates: &[Date]) -> Vec<Option<f64>> {
        match *self {
            Self::Trailing { window, minimum } => running(values, window, minimum),
            Self::Expanding { minimum } => running(values, values.len(), minimum),
            Self::Fitted { span, minimum } => fitted(values, dates, span, minimum),
        }
    }
}

fn running(values: &[Option<f64>], window: usize, minimum: usize) -> Vec<Option<f64>> {
    let places = Places::of(values);
    let mut counts = Counts::new(places.distinct);
    let mut known = 0_usize;
    let mut percentile = |t: usize| {
        if let Some(gone) = t.checked_sub(window).and_then(|old| places.of[old]) {
            counts.add(gone, -1);
            known -= 1;
        }
        let place = places.of[t]?;
        counts.add(place, 1);
        known += 1;
        let (below, upto) = (counts.below(place), counts.below(place + 1));
        (known >= minimum).then(|| (below + upto) as f64 / 2.0 / known as f64)
    };
    (0..values.len()).map(&mut percentile).collect()
}

fn fitted(values: &[Option<f64>], dates: &[Date], span: DateSpan, minimum: usize) -> Vec<Option<f64>> {
    let inside = values.iter().zip(dates).filter(|(_, date)| span.contains(**date));
    let mut sample: Vec<f64> = inside.filter_map(|(value, _)| *value).collect();
    sample.sort_by(f64::total_cmp);
    let share = |value: f64| {
        let below = sample.partition_point(|v| *v < value);
        let upto = sample.partition_point(|v| *v <= value);
        (below + upto) as f64 / 2.0 / sample.len() as f64
    };
    let later = |date: &Date| *date > span.end && sample.len() >= minimum;
    values.iter().zip(dates).map(|(value, date)| value.filter(|_| later(date)).map(share)).collect()
}

/// The place of each value among the distinct ones. Later values shift places, but no comparison of two of them.
struct Places {
    of: Vec<Option<usize>>,
    distinct: usize,
}

impl Places {
    fn of(values: &[Option<f64>]) -> Self {
        let mut distinct: Vec<f64> = values.iter().flatten().copied().collect();
        distinct.sort_by(f64::total_cmp);
        distinct.dedup();
        let place = |value: f64| distinct.partition_point(|v| *v < value);
        Self { of: values.iter().map(|value| value.map(place)).collect(), distinct: distinct.len() }
    }
}

/// How many values lie below a place, updated and asked in logarithmic time (Fenwick 1994).
struct Counts(Vec<i64>);

impl Counts {
    fn new(places: usize) -> Self {
        Self(vec![0; places + 1])
    }

    fn add(&mut self, place: usize, change: i64) {
        let mut node = place + 1;
        while node < self.0.len() {
            self.0[node] += change;
            node += node & node.wrapping_neg();
        }
    }

    fn below(&self, place: usize) -> i64 {
        let (mut node, mut sum) = (place, 0);
        while node > 0 {
            sum += self.0[node];
            node &= node - 1;
        }
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(list: &[f64]) -> Vec<Option<f64>> {
        list.iter().map(|v| Some(*v).filter(|v| !v.is_nan())).collect()
    }

    #[test]
    fn by_hand() {
        let list = values(&[3.0, 1.0, 2.0, 2.0, f64::NAN, 5.0]);
        let dates: Vec<Date> = (0..6).map(Date::from_days).collect();
        let expanding = History::Expanding { minimum: 2 }.percentiles(&list, &dates);
        assert_eq!(expanding, [None, Some(0.25), Some(0.5), Some(0.5), None, Some(0.9)]);
        let trailing = History::Trailing { window: 3, minimum: 2 }.percentiles(&list, &dates);
        assert_eq!(trailing, [None, Some(0.25), Some(0.5), Some(2.0 / 3.0), None, Some(0.75)]);
        let span = DateSpan::new(Date::from_days(0), Date::from_days(2)).unwrap();
        let fitted = History::Fitted { span, minimum: 3 }.percentiles(&list, &dates);
        assert_eq!(fitted, [None, None, None, Some(0.5), None, Some(1.0)]);
        assert_eq!(History::Expanding { minimum: 2 }.percentiles(&values(&[7.0; 4]), &dates)[3], Some(0.5));
    }
}
