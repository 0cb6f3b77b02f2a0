//! Feature sets: ordered lists of features, and their columns.

use proofmark_market::Bars;
use proofmark_units::Digest;

use crate::chunk::for_each_chunk;
use crate::expr::Program;
use crate::{Feature, direction, momentum, registry, trend, volatility, volume};

/// Raised when a formula changes without a change of its words, so that old model files stop matching.
const FORMULA_VERSION: &str = "features-2";

/// The 15 teacher indicators in stationary form, in the order of the model matrix.
///
/// No column is an exact linear copy of others; see the family files for what each of a family's columns adds.
pub const TEACHER15: &[&dyn Feature] = &[
    &trend::SMA_20,
    &trend::SMA_50,
    &trend::EMA_12,
    &trend::EMA_26,
    &momentum::RSI_14,
    &volatility::ATR_14,
    &volume::VWAP,
    &volatility::BB_UPPER,
    &volatility::BB_MIDDLE,
    &volatility::BB_LOWER,
    &momentum::MACD_LINE,
    &momentum::MACD_SIGNAL,
    &momentum::MACD_HISTOGRAM,
    &direction::ADX_14,
    &volume::OBV,
];

/// The sets written as kernels; [`registry`] has every set.
pub const FEATURE_SETS: &[(&str, &[&dyn Feature])] = &[("teacher15", TEACHER15)];

/// Columns of a feature set over the bars of one instrument, in the set's order.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureColumns {
    /// Feature names.
    pub names: Vec<String>,
    /// One column a feature, each as long as the bars; NaN in the warm-up.
    pub columns: Vec<Vec<f64>>,
}

/// Computes every feature of `set` over `bars`, in one pass. Every column equals [`Feature::compute`] bit for bit.
pub fn compute_set(set: &[&dyn Feature], bars: &Bars) -> FeatureColumns {
    let mut kernels: Vec<_> = set.iter().map(|feature| feature.kernel()).collect();
    let mut formulas = together(set, bars);
    let column = |(k, feature): (usize, &&dyn Feature)| match (kernels[k].is_some(), formulas[k].take()) {
        (true, _) => Vec::with_capacity(bars.len()),
        (false, Some(column)) => column,
        (false, None) => feature.compute(bars),
    };
    let mut columns: Vec<Vec<f64>> = set.iter().enumerate().map(column).collect();
    for_each_chunk(bars, |chunk| {
        for (kernel, column) in kernels.iter_mut().zip(&mut columns) {
            if let Some(kernel) = kernel {
                kernel(chunk, column);
            }
        }
    });
    FeatureColumns { names: set.iter().map(|feature| feature.name().to_owned()).collect(), columns }
}

/// The columns of a set's expressions, whose equal parts are computed once; `None` for every other feature.
fn together(set: &[&dyn Feature], bars: &Bars) -> Vec<Option<Vec<f64>>> {
    let formulas: Vec<(usize, String, &str)> = set
        .iter()
        .enumerate()
        // Places are names here: those of a set may repeat where somebody joins two.
        .filter_map(|(k, feature)| Some((k, k.to_string(), feature.formula()?)))
        .collect();
    let texts: Vec<(&str, &str)> = formulas.iter().map(|(_, name, text)| (name.as_str(), *text)).collect();
    let columns = Program::compile(&texts).and_then(|program| program.columns(bars));
    let mut places = vec![None; set.len()];
    // Together they may be more than one program holds; each is then computed alone.
    for ((k, _, _), column) in formulas.iter().zip(columns.unwrap_or_default()) {
        places[*k] = Some(column);
    }
    places
}

/// The set called `name`, of [`registry`]; `None` also where a value of it depends on every bar since the first, which
/// no split can purge.
pub fn feature_set(name: &str) -> Option<&'static [&'static dyn Feature]> {
    let set = registry().iter().find(|set| set.name == name)?;
    set.is_bounded().then_some(set.features.as_slice())
}

/// The identity of a set: names, formulas in words, units, sources and look-backs, in order.
///
/// A model file carries it; a model is not scored on columns with another digest.
pub fn schema_digest(set: &[&dyn Feature]) -> Digest {
    let mut parts = vec![FORMULA_VERSION.to_owned()];
    for feature in set {
        let words = [feature.name(), feature.doc(), feature.unit(), feature.source()];
        parts.extend(words.map(str::to_owned));
        parts.push(feature.look_back().to_string());
        if feature.is_optional() {
            parts.push("optional".to_owned());
        }
    }
    Digest::of_parts(parts.iter().map(|part| part.as_bytes()))
}

/// The longest [`Feature::look_back`] of the set, in bars; 0 for an empty set.
pub fn set_look_back(set: &[&dyn Feature]) -> usize {
    set.iter().map(|feature| feature.look_back()).max().unwrap_or(0)
}
