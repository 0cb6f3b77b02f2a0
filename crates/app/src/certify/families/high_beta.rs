//! Exposure sold as skill: in a rising market the names that rise with it more than others.

use proofmark_units::Seed;

use super::super::world::{Case, NAMES, market};
use super::Variant;
use crate::error::Result;

/// Sessions of the trailing beta.
const WINDOW: usize = 250;

pub(super) fn make(seed: &Seed, variant: Variant) -> Result<Case> {
    let market = market(NAMES, &seed.child("market"))?;
    let width = market.panel.width();
    let daily: Vec<f64> = (0..market.panel.len() * width)
        .map(|cell| market.past_return(cell / width, cell % width, 1).unwrap_or(0.0))
        .collect();
    let average: Vec<f64> =
        daily.chunks_exact(width).map(|row| row.iter().sum::<f64>() / width as f64).collect();
    // Sums over the window, moved on one session at a time: market squared, and market times name.
    let (mut square, mut products) = (0.0, vec![0.0; width]);
    let scores = market.grid(|t, row| {
        square += average[t] * average[t];
        for (s, product) in products.iter_mut().enumerate() {
            *product += average[t] * daily[t * width + s];
        }
        if let Some(gone) = t.checked_sub(WINDOW) {
            square -= average[gone] * average[gone];
            for (s, product) in products.iter_mut().enumerate() {
                *product -= average[gone] * daily[gone * width + s];
            }
            for (value, product) in row.iter_mut().zip(&products) {
                *value = (product / square).max(0.01);
            }
        }
    });
    Case::new(market, scores, variant)
}
