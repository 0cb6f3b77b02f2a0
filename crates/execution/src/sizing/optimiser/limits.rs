//! What weights must keep to.

use super::super::{SizingError, ensure};

/// A cap on some names together.
#[derive(Debug, Clone, PartialEq)]
pub struct GroupCap {
    /// What errors call it, such as a sector.
    pub name: String,
    /// Its names, by their places.
    pub members: Vec<usize>,
    /// Largest sum of their `|weight|`.
    pub max: f64,
}

/// Limits of a book's weights, signed fractions of equity.
#[derive(Debug, Clone, PartialEq)]
pub struct WeightLimits {
    /// Smallest weight of each name; 0 = never short.
    pub least: Vec<f64>,
    /// Largest weight of each name.
    pub most: Vec<f64>,
    /// Sum of the weights, met exactly: 1 = fully invested, 0 = as much short as long.
    pub net: f64,
    /// Largest sum of `|weight|`.
    pub gross: Option<f64>,
    /// Caps on sectors or other groups.
    pub groups: Vec<GroupCap>,
    /// Largest sum of `|weight - current|`, both sides of a trade counted.
    pub turnover: Option<f64>,
}

impl WeightLimits {
    /// Nothing short, no name above `most`, the weights adding up to `net`.
    pub fn long_only(names: usize, most: f64, net: f64) -> Self {
        Self {
            least: vec![0.0; names],
            most: vec![most; names],
            net,
            gross: None,
            groups: Vec::new(),
            turnover: None,
        }
    }

    /// No name beyond `most` on either side, within a sum of `|weight|`.
    pub fn long_short(names: usize, most: f64, net: f64, gross: f64) -> Self {
        Self { least: vec![-most; names], gross: Some(gross), ..Self::long_only(names, most, net) }
    }

    /// How many names there are.
    pub const fn names(&self) -> usize {
        self.most.len()
    }

    pub(super) fn check(&self) -> Result<(), SizingError> {
        let n = self.names();
        ensure(self.least.len() == n, "least", self.least.len() as f64, "one value for each name")?;
        for (least, most) in self.least.iter().zip(&self.most) {
            ensure(least.is_finite(), "least", *least, "finite")?;
            ensure(most.is_finite() && least <= most, "most", *most, "finite and not below `least`")?;
        }
        ensure(self.net.is_finite(), "net", self.net, "finite")?;
        let caps = self.gross.iter().chain(&self.turnover).chain(self.groups.iter().map(|group| &group.max));
        for cap in caps {
            ensure(cap.is_finite() && *cap >= 0.0, "cap", *cap, "finite and not negative")?;
        }
        for group in &self.groups {
            for member in &group.members {
                ensure(*member < n, "member of a group", *member as f64, "the place of a name")?;
            }
        }
        Ok(())
    }
}
