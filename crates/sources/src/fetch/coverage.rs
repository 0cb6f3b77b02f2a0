//! Which days of a series are in the store.

use proofmark_units::{Date, DateSpan};

/// A set of days, kept as spans that neither touch nor overlap, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Coverage(Vec<DateSpan>);

impl Coverage {
    /// Adds the days of `span`.
    pub fn add(&mut self, span: DateSpan) {
        let first = self.0.partition_point(|held| held.end.plus_days(1) < span.start);
        let last = self.0.partition_point(|held| held.start <= span.end.plus_days(1));
        let touched = &self.0[first..last];
        let start = touched.first().map_or(span.start, |held| held.start.min(span.start));
        let end = touched.last().map_or(span.end, |held| held.end.max(span.end));
        self.0.splice(first..last, [DateSpan { start, end }]);
    }

    /// Whether `day` is in the set.
    pub fn contains(&self, day: Date) -> bool {
        let next = self.0.partition_point(|held| held.end < day);
        self.0.get(next).is_some_and(|held| held.start <= day)
    }

    /// The spans, ascending.
    pub fn spans(&self) -> &[DateSpan] {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn agrees_with_a_set_of_days(spans in proptest::collection::vec((0..60_i32, 0..9_i32), 0..12)) {
            let (mut coverage, mut days) = (Coverage::default(), BTreeSet::new());
            for (start, length) in spans {
                let span = DateSpan { start: Date::from_days(start), end: Date::from_days(start + length) };
                coverage.add(span);
                days.extend(start..=start + length);
            }
            for day in -2..75 {
                prop_assert_eq!(coverage.contains(Date::from_days(day)), days.contains(&day));
            }
            for pair in coverage.spans().windows(2) {
                prop_assert!(pair[0].end.plus_days(1) < pair[1].start);
            }
        }
    }
}
