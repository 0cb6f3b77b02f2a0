//! Prices and sizes as whole numbers of 1e-8.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

const DECIMALS: usize = 8;
const UNIT: i64 = 100_000_000;

/// A price or a size, exact to eight decimals: a whole number of 1e-8, up to about 9.2e10.
///
/// Eight decimals hold every price and quantity step of the venues that are read; two levels are the same level if and
/// only if these integers are equal, which floats cannot promise.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fixed(i64);

/// A number is not exact in eight decimals, or is too large.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a decimal number of at most 8 decimals below 9.2e10")]
pub struct ParseFixedError {
    /// The offending text.
    pub text: String,
}

impl Fixed {
    /// Nothing: as the size of a level it removes the level.
    pub const ZERO: Self = Self(0);

    /// `units` times 1e-8.
    pub const fn from_units(units: i64) -> Self {
        Self(units)
    }

    /// How many 1e-8.
    pub const fn units(self) -> i64 {
        self.0
    }

    /// The shortest decimal text of `value`, exactly: 61685.99 is 61685.99 although no float is.
    ///
    /// # Errors
    /// Not finite, too large, or more than eight decimals.
    pub fn from_f64(value: f64) -> Result<Self, ParseFixedError> {
        value.to_string().parse()
    }

    /// The nearest float, whose shortest text is this number again (below 2^53 units, about 9e7).
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / UNIT as f64
    }

    /// The sum; `None` when it overflows.
    pub fn plus(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; `None` when it overflows.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// Whether it is above zero.
    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl FromStr for Fixed {
    type Err = ParseFixedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fail = || ParseFixedError { text: text.chars().take(40).collect() };
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        // Zeros at the end say nothing; 0.500000000 is as exact as 0.5.
        let fraction = fraction.trim_end_matches('0');
        let plain = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(fraction) || fraction.len() > DECIMALS {
            return Err(fail());
        }
        let whole: i64 = whole.parse().map_err(|_| fail())?;
        let fraction: i64 = format!("{fraction:0<DECIMALS$}").parse().map_err(|_| fail())?;
        let units = whole.checked_mul(UNIT).and_then(|units| units.checked_add(fraction)).ok_or_else(fail)?;
        Ok(Self(if negative { -units } else { units }))
    }
}

impl fmt::Display for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let magnitude = self.0.unsigned_abs();
        let (whole, fraction) = (magnitude / UNIT.unsigned_abs(), magnitude % UNIT.unsigned_abs());
        let sign = if self.0 < 0 { "-" } else { "" };
        let digits = format!("{fraction:0DECIMALS$}");
        match digits.trim_end_matches('0') {
            "" => write!(f, "{sign}{whole}"),
            digits => write!(f, "{sign}{whole}.{digits}"),
        }
    }
}

impl fmt::Debug for Fixed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Fixed {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.to_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_floats_and_units_agree() {
        for (text, units) in [
            ("61685.99", 6_168_599_000_000),
            ("0", 0),
            ("-0.00000001", -1),
            ("0.500000000", 50_000_000),
            ("92233720368.54775807", i64::MAX),
        ] {
            assert_eq!(text.parse::<Fixed>().unwrap().units(), units, "{text}");
        }
        for value in [61_685.99, 0.000_01, 9e-5, 554.639_87, 0.1 + 0.2 - 0.3 + 0.07] {
            if let Ok(fixed) = Fixed::from_f64(value) {
                assert_eq!(fixed.to_f64(), value);
            }
        }
        assert_eq!(Fixed::from_units(6_168_600_000_000).to_string(), "61686");
        assert_eq!(Fixed::from_units(-150_000_000).to_string(), "-1.5");
    }

    #[test]
    fn what_is_not_exact_is_refused() {
        for text in ["", ".", "-", "1e5", "0.123456789", "99999999999999", "92233720368.54775808", "+1", "1 "]
        {
            assert!(text.parse::<Fixed>().is_err(), "{text}");
        }
        for value in [f64::NAN, f64::INFINITY, 1e300, 1.0 / 3.0] {
            assert!(Fixed::from_f64(value).is_err(), "{value}");
        }
    }
}
