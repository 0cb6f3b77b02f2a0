//! Where a statistic stands among those known by then.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use super::fit::{Fit, Parameters};
use super::rule::{Labelled, MIDDLE, at_least, require};
use super::{Bands, Refit, RegimeSpecError};

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
    /// All up to the last refit: once `minimum` values are known, then after every `every` bars. A bar is compared with those
    /// before its own refit alone, so it has a percentile in any fold.
    Refit {
        /// Bars that are compared with the same values, at least 5.
        every: usize,
        /// Known values of the first fit, at least 2.
        minimum: usize,
    },
}

impl History {
    pub(super) fn check(&self) -> Result<(), RegimeSpecError> {
        let (Self::Trailing { minimum, .. }
        | Self::Expanding { minimum }
        | Self::Fitted { minimum, .. }
        | Self::Refit { minimum, .. }) = *self;
        at_least(minimum, 2, "minimum", "at least 2")?;
        if let Self::Trailing { window, .. } = *self {
            require(window >= minimum, "window", window as f64, "at least `minimum`")?;
        }
        if let Self::Refit { every, minimum } = *self {
            Refit { every, minimum }.check()?;
        }
        Ok(())
    }

    /// The level of each value by the band of its percentile, and the bounds that were fitted.
    pub(super) fn label(&self, values: &[Option<f64>], dates: &[Date], bands: Bands) -> Labelled {
        let shares = self.percentiles(values, dates);
        let levels = shares.into_iter().map(|share| share.map(|share| bands.level(share))).collect();
        Labelled { levels, fits: self.fits(values, dates, bands) }
    }

    /// What bars are compared with, where that is a fixed sample.
    fn fits(&self, values: &[Option<f64>], dates: &[Date], bands: Bands) -> Vec<Fit> {
        let fit = |read: std::ops::Range<usize>| {
            let sample = Sample::of(&values[read.clone()]);
            let fitted_on = DateSpan { start: dates[read.start], end: dates[read.end - 1] };
            Fit { fitted_on, values: sample.0.len(), parameters: sample.bounds(bands) }
        };
        match *self {
            Self::Trailing { .. } | Self::Expanding { .. } => Vec::new(),
            Self::Fitted { span, minimum } => {
                let read = inside(dates, span);
                let known = values[read.clone()].iter().flatten().count();
                if known >= minimum && read.end < dates.len() { vec![fit(read)] } else { Vec::new() }
            }
            Self::Refit { every, minimum } => {
                let stretches = Refit { every, minimum }.stretches(first_fit(values, minimum), values.len());
                stretches.map(|stretch| fit(0..stretch.start)).collect()
            }
        }
    }

    /// The percentile of each value: the share of the values below it, equals (its own included) counting half. A series
    /// that never changes stands at one half.
    pub(super) fn percentiles(&self, values: &[Option<f64>], dates: &[Date]) -> Vec<Option<f64>> {
        match *self {
            Self::Trailing { window, minimum } => running(values, window, minimum),
            Self::Expanding { minimum } => running(values, values.len(), minimum),
            Self::Fitted { span, minimum } => {
                let read = inside(dates, span);
                let sample = Sample::of(&values[read.clone()]);
                let enough = sample.0.len() >= minimum;
                let later = |t: usize| enough && t >= read.end;
                let share = |(t, value): (usize, &Option<f64>)| value.filter(|_| later(t));
                values.iter().enumerate().map(|v| share(v).map(|value| sample.share(value))).collect()
            }
            Self::Refit { every, minimum } => refitted(values, Refit { every, minimum }),
        }
    }
}

/// The rows of `span`.
fn inside(dates: &[Date], span: DateSpan) -> std::ops::Range<usize> {
    let from = dates.partition_point(|date| *date < span.start);
    from..dates.partition_point(|date| *date <= span.end).max(from)
}

/// Rows up to and with that of the known value number `minimum`; all where there is none.
fn first_fit(values: &[Option<f64>], minimum: usize) -> usize {
    let mut known = values.iter().enumerate().filter(|(_, value)| value.is_some());
    known.nth(minimum.saturating_sub(1)).map_or(values.len(), |(row, _)| row + 1)
}

fn refitted(values: &[Option<f64>], refit: Refit) -> Vec<Option<f64>> {
    let mut shares = vec![None; values.len()];
    for stretch in refit.stretches(first_fit(values, refit.minimum), values.len()) {
        let sample = Sample::of(&values[..stretch.start]);
        for t in stretch {
            shares[t] = values[t].map(|value| sample.share(value));
        }
    }
    shares
}

/// Known values, ascending.
struct Sample(Vec<f64>);

impl Sample {
    fn of(values: &[Option<f64>]) -> Self {
        let mut sample: Vec<f64> = values.iter().flatten().copied().collect();
        sample.sort_by(f64::total_cmp);
        Self(sample)
    }

    /// The percentile of a value that need not be among them.
    fn share(&self, value: f64) -> f64 {
        let below = self.0.partition_point(|v| *v < value);
        let upto = self.0.partition_point(|v| *v <= value);
        (below + upto) as f64 / 2.0 / self.0.len() as f64
    }

    fn bounds(&self, bands: Bands) -> Parameters {
        let level = |value: &f64| bands.level(self.share(*value));
        let low = self.0.partition_point(|value| level(value) < MIDDLE);
        let high = self.0.partition_point(|value| level(value) <= MIDDLE);
        Parameters::Bounds {
            low_up_to: low.checked_sub(1).map(|last| self.0[last]),
            high_from: self.0.get(high).copied(),
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
        // The first fit reads 3, 1, 2 and labels five bars.
        let refit = History::Refit { every: 5, minimum: 3 };
        assert_eq!(refit.percentiles(&list, &dates), [None, None, None, Some(0.5), None, Some(1.0)]);
        let bands = Bands { lower: 0.25, upper: 0.75 };
        let bounds = Parameters::Bounds { low_up_to: Some(1.0), high_from: Some(3.0) };
        let labelled = refit.label(&list, &dates, bands);
        assert_eq!(labelled.fits, [Fit { fitted_on: span, values: 3, parameters: bounds }]);
        assert_eq!(labelled.levels, [None, None, None, Some(1), None, Some(2)]);
        assert_eq!(History::Expanding { minimum: 2 }.percentiles(&values(&[7.0; 4]), &dates)[3], Some(0.5));
    }
}
