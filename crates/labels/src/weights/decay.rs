//! Weights by age, in which age is the information that came since.

use proofmark_units::Date;

/// The oldest label's weight lies outside its range.
#[derive(Debug, Clone, Copy, PartialEq, thiserror::Error)]
#[error("time decay to {oldest} is undefined; give the oldest label's weight, above -1 and at most 1")]
pub struct TimeDecayError {
    /// What was asked for.
    pub oldest: f64,
}

/// Factor of each label by age (López de Prado 2018, section 4.7): linear in cumulated uniqueness, 1 at the newest label.
///
/// `oldest` in [0, 1] is where the line starts, at a cumulated uniqueness of 0; 1 is no decay. Below 0 it is the share of
/// cumulated uniqueness, counted from the oldest, that has factor 0. `decided` ascends, one date a label; labels of one
/// date are equally old. Multiply the factors into other weights.
///
/// # Errors
/// [`TimeDecayError`] unless `oldest` is above -1 and at most 1.
pub fn time_decay(decided: &[Date], uniqueness: &[f64], oldest: f64) -> Result<Vec<f64>, TimeDecayError> {
    if !(oldest > -1.0 && oldest <= 1.0) {
        return Err(TimeDecayError { oldest });
    }
    let whole: f64 = uniqueness.iter().sum();
    if whole <= 0.0 {
        return Ok(vec![1.0; decided.len()]);
    }
    let slope = if oldest >= 0.0 { (1.0 - oldest) / whole } else { 1.0 / ((oldest + 1.0) * whole) };
    let mut factors = Vec::with_capacity(decided.len());
    let mut sum = 0.0;
    for equals in decided.chunk_by(|a, b| a == b) {
        let from = factors.len();
        sum += uniqueness[from..from + equals.len()].iter().sum::<f64>();
        let factor = (1.0 - slope * (whole - sum)).clamp(0.0, 1.0);
        factors.extend(std::iter::repeat_n(factor, equals.len()));
    }
    Ok(factors)
}
