//! What the rows of a fit weigh.

use std::borrow::Cow;

use proofmark_models::FitError;

/// What training rows weigh.
///
/// It is asked for exactly the rows that a model is fitted on, so weights that depend on company, such as uniqueness, know
/// no other part's labels.
pub trait RowWeights: Sync {
    /// One number for each of `rows` of a dataset, in their order, 0 or more; a row of weight 0 is left out.
    fn weights(&self, rows: &[u32]) -> Vec<f64>;
}

impl<F: Fn(&[u32]) -> Vec<f64> + Sync> RowWeights for F {
    fn weights(&self, rows: &[u32]) -> Vec<f64> {
        self(rows)
    }
}

/// Rows that count, and how much.
pub(crate) struct Weighed<'a> {
    /// The rows, those of weight 0 left out.
    pub(crate) rows: Cow<'a, [u32]>,
    /// Their weights; `None` for 1 each.
    pub(crate) weight: Option<Vec<f64>>,
    /// Their places among the rows asked about; `None` where none was left out.
    places: Option<Vec<usize>>,
}

impl<'a> Weighed<'a> {
    pub(crate) fn new(rows: &'a [u32], weights: Option<&dyn RowWeights>) -> Result<Self, FitError> {
        let Some(weights) = weights else {
            return Ok(Self { rows: Cow::Borrowed(rows), weight: None, places: None });
        };
        let weight = weights.weights(rows);
        if weight.len() != rows.len() {
            let (expected, got) = (rows.len(), weight.len());
            return Err(FitError::LengthMismatch { what: "weights", expected, got });
        }
        if weight.iter().all(|weight| *weight != 0.0) {
            return Ok(Self { rows: Cow::Borrowed(rows), weight: Some(weight), places: None });
        }
        let places: Vec<usize> = (0..rows.len()).filter(|k| weight[*k] != 0.0).collect();
        Ok(Self {
            rows: places.iter().map(|k| rows[*k]).collect(),
            weight: Some(places.iter().map(|k| weight[*k]).collect()),
            places: Some(places),
        })
    }

    /// Of values, one for each row asked about, those of the rows that count.
    pub(crate) fn pick<'b>(&self, values: &'b [f64]) -> Cow<'b, [f64]> {
        match &self.places {
            None => Cow::Borrowed(values),
            Some(places) => places.iter().map(|k| values[*k]).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_weight_zero_are_left_out_and_their_values_with_them() {
        let halves = |rows: &[u32]| -> Vec<f64> { rows.iter().map(|row| f64::from(row % 3) / 2.0).collect() };
        let weighed = Weighed::new(&[3, 4, 5, 6], Some(&halves)).unwrap();
        assert_eq!((weighed.rows.as_ref(), weighed.weight.as_deref()), (&[4, 5][..], Some(&[0.5, 1.0][..])));
        assert_eq!(weighed.pick(&[0.0, 1.0, 2.0, 3.0]).as_ref(), [1.0, 2.0]);
        let equal = Weighed::new(&[7, 9], None).unwrap();
        assert_eq!((equal.rows.as_ref(), equal.weight, equal.places), (&[7, 9][..], None, None));
        let none = |_: &[u32]| Vec::new();
        assert!(matches!(Weighed::new(&[1], Some(&none)), Err(FitError::LengthMismatch { .. })));
    }
}
