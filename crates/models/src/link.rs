//! The logistic link, without the platform's mathematics library.
//!
//! `exp` is written out as a polynomial because it then vectorises and gives the same bits on every machine; the
//! C library's differs between releases.

const LOG2_E: f64 = std::f64::consts::LOG2_E;
/// ln 2 split so that `k * LN2_HIGH` is exact for |k| < 2^11 (Cody and Waite, 1980).
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Adding and subtracting 1.5 * 2^52 rounds to the nearest integer.
pub(crate) const ROUND: f64 = 6_755_399_441_055_744.0;

/// e^x for |x| <= 700, relative error below 1e-15.
#[inline]
pub(crate) fn exp(x: f64) -> f64 {
    let shifted = x * LOG2_E + ROUND;
    let k = shifted - ROUND;
    let r = (x - k * LN2_HIGH) - k * LN2_LOW;
    // Taylor series to degree 13 on |r| <= ln(2) / 2, the first neglected term is 4e-18.
    let mut sum = 1.0 / 6_227_020_800.0;
    for inverse_factorial in [
        1.0 / 479_001_600.0,
        1.0 / 39_916_800.0,
        1.0 / 3_628_800.0,
        1.0 / 362_880.0,
        1.0 / 40_320.0,
        1.0 / 5_040.0,
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        sum = sum * r + inverse_factorial;
    }
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(1023) << 52;
    sum * f64::from_bits(exponent)
}

/// The probability of log-odds `z`: 1 / (1 + e^-z). Monotone, within \[0, 1\]; NaN stays NaN.
#[inline]
#[must_use]
pub fn sigmoid(z: f64) -> f64 {
    1.0 / (1.0 + exp(-z.clamp(-700.0, 700.0)))
}

/// The log-odds of probability `p`: ln(p / (1 - p)); infinite at 0 and 1.
#[must_use]
pub fn logit(p: f64) -> f64 {
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exp_agrees_with_the_standard_library() {
        for i in -70_000..=70_000 {
            let x = f64::from(i) * 0.01;
            let relative = (exp(x) / x.exp() - 1.0).abs();
            assert!(relative < 2e-15, "exp({x}) is off by {relative}");
        }
    }

    #[test]
    fn sigmoid_is_a_probability_everywhere() {
        assert_eq!(sigmoid(0.0), 0.5);
        assert_eq!(sigmoid(f64::INFINITY), 1.0);
        assert!(sigmoid(f64::NEG_INFINITY) < 1e-300 && sigmoid(f64::NEG_INFINITY) >= 0.0);
        assert!(sigmoid(f64::NAN).is_nan());
        assert!((logit(sigmoid(1.25)) - 1.25).abs() < 1e-14);
    }
}
