//! Prefix invariance: a feature must not change when the future is taken away.

use proofmark_market::Bars;

/// A row changed when later bars were removed: the computation saw the future.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("row {row} is {whole} with all bars and {prefix} with the first {cut} only")]
pub struct PrefixViolation {
    /// Number of bars in the prefix.
    pub cut: usize,
    /// First row that differs.
    pub row: usize,
    /// Its value computed from all bars.
    pub whole: f64,
    /// Its value computed from the prefix; NaN also where the prefix gave no such row.
    pub prefix: f64,
}

/// Computes a column over all bars and over the first `cut` bars, for every cut, and compares bit for bit.
///
/// Two NaN count as equal whatever their payload. A column shorter than its bars violates at the first missing row.
/// Cuts beyond the bars are skipped. Passing is necessary, not sufficient: only the cuts given are tried.
///
/// # Errors
/// [`PrefixViolation`] for the first difference.
pub fn check_prefix_invariance(
    compute: &dyn Fn(&Bars) -> Vec<f64>,
    bars: &Bars,
    cuts: &[usize],
) -> Result<(), PrefixViolation> {
    let whole = compute(bars);
    for cut in cuts.iter().copied().filter(|cut| *cut <= bars.len()) {
        let prefix = compute(&bars.slice(0..cut));
        for row in 0..cut {
            let (a, b) = (whole.get(row).copied(), prefix.get(row).copied());
            let same = match (a, b) {
                (Some(a), Some(b)) => a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan()),
                _ => false,
            };
            if !same {
                let value = |v: Option<f64>| v.unwrap_or(f64::NAN);
                return Err(PrefixViolation { cut, row, whole: value(a), prefix: value(b) });
            }
        }
    }
    Ok(())
}
