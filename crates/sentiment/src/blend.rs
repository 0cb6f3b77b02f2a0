//! One reading of several providers.

use serde::Serialize;

/// A provider and what it counts for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Provider {
    /// Its name.
    pub name: String,
    /// Its share of the blend, positive; shares need not sum to 1.
    pub weight: f64,
}

/// Weighted mean of the providers that answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blend {
    providers: Vec<Provider>,
}

/// Providers cannot be blended.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum BlendError {
    /// There is none.
    #[error("a blend needs a provider")]
    Empty,
    /// A weight is not a positive number.
    #[error("provider `{name}` has weight {weight}, it must be more than 0")]
    BadWeight {
        /// The provider.
        name: String,
        /// Its weight.
        weight: f64,
    },
    /// A provider is named twice.
    #[error("provider `{0}` is named twice")]
    Twice(String),
}

/// What a blend gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Blended {
    /// The weighted mean, -1 to 1.
    pub value: f64,
    /// `hybrid[..]` with the providers that answered, or the only one's name.
    pub source: String,
    /// Share of the weight that answered, a fraction.
    pub answered: f64,
}

impl Blend {
    /// # Errors
    /// [`BlendError`].
    pub fn new(providers: Vec<Provider>) -> Result<Self, BlendError> {
        if providers.is_empty() {
            return Err(BlendError::Empty);
        }
        for (i, Provider { name, weight }) in providers.iter().enumerate() {
            if !(weight.is_finite() && *weight > 0.0) {
                return Err(BlendError::BadWeight { name: name.clone(), weight: *weight });
            }
            if providers[..i].iter().any(|other| other.name == *name) {
                return Err(BlendError::Twice(name.clone()));
            }
        }
        Ok(Self { providers })
    }

    /// The providers, in the order of readings.
    pub fn providers(&self) -> &[Provider] {
        &self.providers
    }

    /// Blends one reading a provider, `None` where it did not answer. `None` when nobody did: a missing reading is not a
    /// neutral one.
    pub fn of(&self, readings: &[Option<f64>]) -> Option<Blended> {
        let answers: Vec<(&Provider, f64)> =
            self.providers.iter().zip(readings).filter_map(|(p, r)| Some((p, (*r)?))).collect();
        let weight: f64 = answers.iter().map(|(p, _)| p.weight).sum();
        let names: Vec<&str> = answers.iter().map(|(p, _)| p.name.as_str()).collect();
        let source = match names[..] {
            [] => return None,
            [one] => one.to_owned(),
            _ => format!("hybrid[{}]", names.join(", ")),
        };
        let value = answers.iter().map(|(p, value)| p.weight * value).sum::<f64>() / weight;
        let all: f64 = self.providers.iter().map(|p| p.weight).sum();
        Some(Blended { value, source, answered: weight / all })
    }
}

/// Confidence in the mean of `n` headlines, a fraction: 0.3 for one, 0.05 more for each up to four, 0.6 from five, 0.7 from
/// ten, 0.8 from twenty, 0.9 from fifty. `None` for none.
pub fn confidence_of(n: u64) -> Option<f64> {
    match n {
        0 => None,
        1..=4 => Some(0.3 + 0.05 * (n - 1) as f64),
        5..=9 => Some(0.6),
        10..=19 => Some(0.7),
        20..=49 => Some(0.8),
        _ => Some(0.9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(name: &str, weight: f64) -> Provider {
        Provider { name: name.into(), weight }
    }

    #[test]
    fn blends_by_hand() {
        let blend = Blend::new(vec![provider("news", 0.6), provider("posts", 0.4)]).unwrap();
        let both = blend.of(&[Some(0.45), Some(0.62)]).unwrap();
        assert!((both.value - 0.518).abs() < 1e-12);
        assert_eq!(both.source, "hybrid[news, posts]");
        let one = blend.of(&[None, Some(0.62)]).unwrap();
        assert_eq!((one.value, one.source.as_str(), one.answered), (0.62, "posts", 0.4));
        assert_eq!(blend.of(&[None, None]), None, "silence is not neutral");
        assert_eq!(Blend::new(vec![]), Err(BlendError::Empty));
        assert!(Blend::new(vec![provider("a", 1.0), provider("a", 2.0)]).is_err());
        assert!(Blend::new(vec![provider("a", f64::NAN)]).is_err());
        assert_eq!(
            [0, 1, 4, 5, 50].map(confidence_of),
            [None, Some(0.3), Some(0.3 + 0.05 * 3.0), Some(0.6), Some(0.9)]
        );
    }
}
