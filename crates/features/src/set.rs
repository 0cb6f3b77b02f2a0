//! Feature sets: ordered lists of features, and their columns.

use std::borrow::Cow;
use std::collections::BTreeMap;

use proofmark_market::{Bars, Panel};
use proofmark_units::Digest;
use rayon::prelude::*;

use crate::chunk::for_each_chunk;
use crate::expr::Program;
use crate::sets::panel_features;
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

/// Columns of a feature set over the bars of one instrument, in the set's order.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureColumns {
    /// Feature names.
    pub names: Vec<String>,
    /// One column a feature, each as long as the bars; NaN in the warm-up.
    pub columns: Vec<Vec<f64>>,
}

/// Computes every feature of `set` over `bars`, in one pass. Every column equals [`Feature::compute`] bit for bit.
///
/// For the bars of many instruments, [`SetProgram::new`] once and [`SetProgram::compute`] for each is the same.
pub fn compute_set(set: &[&dyn Feature], bars: &Bars) -> FeatureColumns {
    SetProgram::new(set).compute(bars)
}

/// A feature set made ready: its expressions are compiled together, so that what several share is computed once.
pub struct SetProgram<'a> {
    set: &'a [&'a dyn Feature],
    /// Places of the features that are expressions, and these together; `None` where they would be too large.
    expressed: Vec<usize>,
    formulas: Option<Program>,
    /// Places of the features that compare names, and their expressions.
    compared: Vec<usize>,
    panel: Option<Program>,
}

impl<'a> SetProgram<'a> {
    /// Compiles the expressions of `set`.
    pub fn new(set: &'a [&'a dyn Feature]) -> Self {
        let alone = (0..).zip(set).filter(|(_, feature)| feature.kernel().is_none());
        let alone: Vec<(usize, &str)> =
            alone.filter_map(|(k, feature)| Some((k, feature.formula()?.text()))).collect();
        let compared: Vec<(usize, &str)> =
            (0..).zip(set).filter_map(|(k, feature)| Some((k, feature.panel_text()?))).collect();
        let places = |texts: &[(usize, &str)]| texts.iter().map(|(k, _)| *k).collect();
        let compile = |texts: &[(usize, &str)]| {
            let named: Vec<(String, &str)> = texts.iter().map(|(k, text)| (k.to_string(), *text)).collect();
            (!named.is_empty()).then(|| Program::compile(&named).ok()).flatten()
        };
        Self {
            set,
            expressed: places(&alone),
            formulas: compile(&alone),
            compared: places(&compared),
            panel: compile(&compared),
        }
    }

    /// Whether a feature compares names, so that the bars of one do not give its values.
    pub fn compares_names(&self) -> bool {
        !self.compared.is_empty()
    }

    /// Computes every feature over the bars of each name, by name. Where names are compared, those that are members in
    /// `panel`, the aligned bars, at a date take part.
    pub fn panel(&self, bars: &[Bars], panel: &Panel) -> Vec<FeatureColumns> {
        let mut all: Vec<FeatureColumns> = bars.par_iter().map(|bars| self.compute(bars)).collect();
        if let Some(program) = &self.panel {
            for (own, compared) in all.iter_mut().zip(program.panel(bars, panel)) {
                for (place, mut column) in self.compared.iter().zip(compared) {
                    // A quotient by nothing is no value, and learners take none: it is missing like the others.
                    column.iter_mut().filter(|value| value.is_infinite()).for_each(|value| *value = f64::NAN);
                    own.columns[*place] = column;
                }
            }
        }
        all
    }

    /// Computes every feature over `bars`.
    pub fn compute(&self, bars: &Bars) -> FeatureColumns {
        let mut columns = vec![Vec::new(); self.set.len()];
        self.for_each(bars, |place, values| match values {
            Cow::Owned(whole) => columns[place] = whole,
            Cow::Borrowed(piece) => {
                let column: &mut Vec<f64> = &mut columns[place];
                column.reserve_exact(bars.len() - column.len());
                column.extend_from_slice(piece);
            }
        });
        FeatureColumns { names: self.set.iter().map(|feature| feature.name().to_owned()).collect(), columns }
    }

    /// Hands the values of [`Self::compute`] to `take`, with the place of their feature in the set: each column in pieces, from its
    /// first row to its last. What expressions and kernels make is lent and not kept, so that memory does not grow with the bars; a
    /// feature that is neither comes whole.
    pub fn for_each(&self, bars: &Bars, mut take: impl FnMut(usize, Cow<'_, [f64]>)) {
        let together = self.formulas.as_ref().is_some_and(|program| {
            program.for_each(bars, |k, values| take(self.expressed[k], Cow::Borrowed(values))).is_ok()
        });
        let mut outputs = Computed::default();
        let mut kernels: Vec<_> = self.set.iter().map(|feature| feature.kernel()).collect();
        for (place, (feature, kernel)) in self.set.iter().zip(&kernels).enumerate() {
            match (kernel, feature.formula()) {
                (Some(_), _) => {}
                (None, Some(_)) if together => {}
                (None, Some(_)) => take(place, Cow::Owned(feature.compute(bars))),
                (None, None) => take(place, Cow::Owned(outputs.column(*feature, bars))),
            }
        }
        if kernels.iter().any(Option::is_some) {
            let mut piece = Vec::new();
            for_each_chunk(bars, |chunk| {
                for (place, kernel) in kernels.iter_mut().enumerate() {
                    let Some(kernel) = kernel else { continue };
                    piece.clear();
                    kernel(chunk, &mut piece);
                    take(place, Cow::Borrowed(&piece));
                }
            });
        }
    }
}

/// Columns of computations with several outputs that are still to be asked for.
#[derive(Default)]
struct Computed(BTreeMap<String, Vec<Option<Vec<f64>>>>);

impl Computed {
    fn column(&mut self, feature: &dyn Feature, bars: &Bars) -> Vec<f64> {
        let taken = feature.one_of().and_then(|(outputs, place)| {
            let columns = self
                .0
                .entry(outputs.name().to_owned())
                .or_insert_with(|| outputs.compute(bars).into_iter().map(Some).collect());
            columns.get_mut(place)?.take()
        });
        // Alone, or asked for once more.
        taken.unwrap_or_else(|| feature.compute(bars))
    }
}

/// The set called `name`, of [`registry`] or [`panel_registry`](crate::panel_registry) (its columns that need no groups); `None`
/// also where a value of it depends on every bar since the first, which no split can purge.
pub fn feature_set(name: &str) -> Option<&'static [&'static dyn Feature]> {
    usable(name, false)
}

/// The same for names whose groups are known: the columns that need them are there too.
pub fn feature_set_in_groups(name: &str) -> Option<&'static [&'static dyn Feature]> {
    usable(name, true)
}

fn usable(name: &str, groups: bool) -> Option<&'static [&'static dyn Feature]> {
    match registry().iter().find(|set| set.name == name) {
        Some(set) => set.is_bounded().then_some(set.features.as_slice()),
        None => panel_features(name, groups),
    }
}

/// The identity of a set: names, formulas in words and as expressions, units, sources, look-backs, lags and whether
/// values are levels, in order.
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
        // What is not so by default only, so that the digests of older sets stay.
        if feature.availability_lag() > 0 {
            parts.push(format!("lag {}", feature.availability_lag()));
        }
        if !feature.is_stationary() {
            parts.push("not stationary".to_owned());
        }
        if let Some(formula) = feature.formula() {
            parts.push(format!("formula {}", formula.text()));
        }
        if let Some(text) = feature.panel_text() {
            parts.push(format!("formula {text}"));
        }
    }
    Digest::of_parts(parts.iter().map(|part| part.as_bytes()))
}

/// The longest [`Feature::look_back`] of the set, in bars; 0 for an empty set.
pub fn set_look_back(set: &[&dyn Feature]) -> usize {
    set.iter().map(|feature| feature.look_back()).max().unwrap_or(0)
}
