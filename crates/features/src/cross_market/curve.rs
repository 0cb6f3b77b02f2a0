//! The slope of a yield curve.

/// Long less short yield, in their unit; NaN where either is missing.
///
/// Estrella & Mishkin (1998), "Predicting U.S. recessions", Review of Economics and Statistics 80(1), 45-61.
///
/// # Panics
/// The series differ in length.
pub fn yield_slope(long: &[f64], short: &[f64]) -> Vec<f64> {
    assert_eq!(long.len(), short.len(), "one yield of each a session");
    long.iter().zip(short).map(|(long, short)| finite(long - short)).collect()
}

/// Each value less the one `sessions` rows before; NaN where either is missing.
pub fn change(values: &[f64], sessions: usize) -> Vec<f64> {
    let before = |t: usize| t.checked_sub(sessions).map_or(f64::NAN, |then| values[then]);
    values.iter().enumerate().map(|(t, value)| finite(value - before(t))).collect()
}

/// The value, or NaN: infinities less each other are nothing known.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::NAN }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand_and_a_hole_stays_a_hole() {
        let slope = yield_slope(&[0.04, 0.05, f64::NAN, 0.03], &[0.01, 0.02, 0.01, 0.035]);
        assert!((slope[0] - 0.03).abs() < 1e-15 && slope[2].is_nan() && (slope[3] + 0.005).abs() < 1e-15);
        let moved = change(&slope, 1);
        assert!(moved[0].is_nan() && moved[1].abs() < 1e-15 && moved[2].is_nan() && moved[3].is_nan());
        assert!((change(&slope, 3)[3] + 0.035).abs() < 1e-15);
        assert!(change(&[1.0], 9)[0].is_nan());
    }
}
