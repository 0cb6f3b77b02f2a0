//! Where the newest value stands among those before it.
//!
//! Windows are slices that end with the newest value. A missing value, which is NaN, is left out; without the newest there is
//! no answer.

/// The newest value and the other known ones; `None` without it, or with fewer than `least` known values in all.
fn newest_and_others(window: &[f64], least: usize) -> Option<(f64, Vec<f64>)> {
    let (newest, before) = window.split_last()?;
    let others: Vec<f64> = before.iter().copied().filter(|value| value.is_finite()).collect();
    (newest.is_finite() && others.len() + 1 >= least.max(2)).then_some((*newest, others))
}

/// Where the newest value lies between the lowest and the highest of the window, itself included: 0 to 1.
///
/// `None` below `least` known values (at least 2), without the newest, or where all are equal.
pub fn range_rank(window: &[f64], least: usize) -> Option<f64> {
    let (newest, others) = newest_and_others(window, least)?;
    let low = others.iter().copied().fold(newest, f64::min);
    let high = others.iter().copied().fold(newest, f64::max);
    (high > low).then(|| (newest - low) / (high - low))
}

/// The share of the window's other values that lie below the newest, an equal one counting half: 0 to 1.
///
/// `None` below `least` known values (at least 2), or without the newest.
pub fn percentile(window: &[f64], least: usize) -> Option<f64> {
    let (newest, others) = newest_and_others(window, least)?;
    let points = others.iter().map(|other| match other.partial_cmp(&newest) {
        Some(std::cmp::Ordering::Less) => 1.0,
        Some(std::cmp::Ordering::Equal) => 0.5,
        _ => 0.0,
    });
    Some(points.sum::<f64>() / others.len() as f64)
}

/// One value a row: `of` over the last `length` rows, NaN where it gives none. The first windows are shorter.
pub(crate) fn rolling(values: &[f64], length: usize, of: impl Fn(&[f64]) -> Option<f64>) -> Vec<f64> {
    let window = |t: usize| &values[(t + 1).saturating_sub(length)..=t];
    (0..values.len()).map(|t| of(window(t)).unwrap_or(f64::NAN)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rank_and_percentile_by_hand() {
        let window = [10.0, f64::NAN, 40.0, 20.0, 20.0];
        // From 10 to 40, 20 is a third up; of 10, 40 and 20 one is below and one is equal.
        assert_eq!(range_rank(&window, 4), Some(1.0 / 3.0));
        assert_eq!(percentile(&window, 4), Some(0.5));
        assert_eq!((range_rank(&window, 5), percentile(&window, 5)), (None, None));
        assert_eq!(percentile(&[1.0, f64::NAN], 0), None);
        assert_eq!((range_rank(&[2.0, 2.0], 2), percentile(&[2.0, 2.0], 2)), (None, Some(0.5)));
        assert_eq!(
            (percentile(&[-0.0, 0.0], 2), percentile(&[], 2), range_rank(&[1.0], 0)),
            (Some(0.5), None, None)
        );
    }
}
