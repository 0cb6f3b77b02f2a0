//! How many labels of each class there are, and how many they are worth.

use proofmark_market::Panel;
use proofmark_units::Symbol;
use serde::Serialize;

use crate::LabelGrid;

/// The labels of one part of the data, such as a fold, and of one symbol or all.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassBalance {
    /// Name of the part.
    pub part: String,
    /// The symbol; `None` for all of them together.
    pub symbol: Option<Symbol>,
    /// Labels of class 1.
    pub ones: usize,
    /// Labels of class 0.
    pub zeros: usize,
    /// Cells with a bar and no label.
    pub missing: usize,
    /// What the weights are.
    pub weighting: String,
    /// Class 1's share of the weight; `None` without weight.
    pub weighted_share_of_ones: Option<f64>,
    /// Sum of the weights.
    pub weight: f64,
    /// Kish's effective number of the weights, `(sum w)^2 / sum w^2` (1965); 0 without weight.
    pub effective: f64,
    /// Sum of the average uniqueness: how many labels would cover the same bars without overlap.
    pub independent: f64,
}

/// Weights of a grid's labels, one value a cell, such as [`crate::weights::Events::on_grid`] makes.
#[derive(Debug, Clone, Copy)]
pub struct Weighting<'a> {
    /// What the weights are, for the report.
    pub name: &'a str,
    /// The weights.
    pub weights: &'a [f64],
    /// Average uniqueness.
    pub uniqueness: &'a [f64],
}

/// The balance of `cells` of a labelled panel: all symbols together first, then each one, in the panel's order.
///
/// A label whose weight or uniqueness is NaN counts with 0 there. Cells beyond the panel are ignored.
pub fn class_balance(
    part: &str,
    panel: &Panel,
    grid: &LabelGrid,
    weighting: Weighting<'_>,
    cells: &[usize],
) -> Vec<ClassBalance> {
    let mut sums = vec![Sums::default(); panel.width() + 1];
    for cell in cells.iter().copied().filter(|cell| *cell < grid.class.len()) {
        let known = |values: &[f64]| values.get(cell).copied().filter(|v| v.is_finite()).unwrap_or(0.0);
        let bar = panel.close[cell].is_finite();
        for k in [0, 1 + cell % panel.width()] {
            sums[k].add(grid.class[cell], bar, known(weighting.uniqueness), known(weighting.weights));
        }
    }
    let symbols = std::iter::once(None).chain(panel.symbols.iter().cloned().map(Some));
    symbols.zip(sums).map(|(symbol, sums)| sums.balance(part, symbol, weighting.name)).collect()
}

#[derive(Clone, Default)]
struct Sums {
    ones: usize,
    zeros: usize,
    missing: usize,
    of_ones: f64,
    weight: f64,
    squares: f64,
    independent: f64,
}

impl Sums {
    fn add(&mut self, class: f64, bar: bool, uniqueness: f64, weight: f64) {
        if class.is_nan() {
            self.missing += usize::from(bar);
            return;
        }
        let one = class > 0.5;
        self.ones += usize::from(one);
        self.zeros += usize::from(!one);
        self.of_ones += if one { weight } else { 0.0 };
        self.weight += weight;
        self.squares += weight * weight;
        self.independent += uniqueness;
    }

    fn balance(self, part: &str, symbol: Option<Symbol>, weighting: &str) -> ClassBalance {
        let weighed = self.squares > 0.0;
        ClassBalance {
            part: part.to_owned(),
            symbol,
            ones: self.ones,
            zeros: self.zeros,
            missing: self.missing,
            weighting: weighting.to_owned(),
            weighted_share_of_ones: weighed.then(|| self.of_ones / self.weight),
            weight: self.weight,
            effective: if weighed { self.weight * self.weight / self.squares } else { 0.0 },
            independent: self.independent,
        }
    }
}
