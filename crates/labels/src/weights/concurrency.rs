//! How many labels share a bar, and what is left for each.

use super::Span;

/// Number of labels that cover each position, up to the last position any of them covers (snippet 4.1).
///
/// Costs one step a label and one a position.
pub fn concurrency(spans: &[Span]) -> Vec<u32> {
    let positions = spans.iter().map(|span| span.last + 1).max().unwrap_or(0);
    let mut change = vec![0_i64; positions + 1];
    for span in spans {
        change[span.first] += 1;
        change[span.last + 1] -= 1;
    }
    let mut open = 0_i64;
    let running = change[..positions].iter().map(|change| {
        open += change;
        u32::try_from(open).unwrap_or(u32::MAX)
    });
    running.collect()
}

/// Average uniqueness of each label, in (0, 1]: the mean over its positions of one over their concurrency (snippet 4.2).
///
/// The sum over all labels is the number of positions covered divided among them, so it says how many labels' worth of
/// bars there are. Costs one step a label and one a position.
pub fn average_uniqueness(spans: &[Span]) -> Vec<f64> {
    let shares =
        concurrency(spans).into_iter().map(|count| if count > 0 { 1.0 / f64::from(count) } else { 0.0 });
    let sums = prefix_sums(shares);
    // A difference of sums may round above the bound.
    spans.iter().map(|span| ((sums[span.last + 1] - sums[span.first]) / span.bars()).min(1.0)).collect()
}

/// `sums[k]`: the sum of the first `k` values.
pub(super) fn prefix_sums(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut sums = vec![0.0];
    let mut sum = 0.0;
    for value in values {
        sum += value;
        sums.push(sum);
    }
    sums
}
