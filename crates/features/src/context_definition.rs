//! The papers of a feature that is not computed from the bars of its instrument.

use proofmark_units::Date;
use serde::Serialize;

use crate::cross_market::CROSS_MARKET_FEATURES;
use crate::micro::MICRO_FEATURES;
use crate::news::NEWS_FEATURES;
use crate::path::PATH_FEATURES;
use crate::surface::SURFACE_FEATURES;
use crate::{ContextColumn, ContextValues};

/// A feature of the world around an instrument: what it is, what it needs, and when it can be used.
///
/// Its values come from quotes, option chains, other series or headlines, and reach a model as a [`ContextColumn`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct ContextDefinition {
    /// Stable name: in model files, reports and digests; never renamed.
    pub name: &'static str,
    /// Formula in words, range, and the rule for what is missing.
    pub doc: &'static str,
    /// What it is computed from.
    pub inputs: &'static [&'static str],
    /// Rows that matter to a value, its own included: buckets, chains, sessions or releases, as `doc` says.
    pub look_back: usize,
    /// What has to pass after the end of the row before the value may be read.
    pub lag: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Whether its level can be compared over years and instruments: false for prices, sizes and money.
    pub stationary: bool,
    /// Paper or book of the formula.
    pub source: &'static str,
}

/// The lag of a value whose own row says when it was known.
pub(crate) const KNOWN_AT_ROW: &str = "none beyond the known-at time of its row";

impl ContextDefinition {
    /// The feature as a column of `values` by session, the same for every instrument. A missing value is NaN.
    ///
    /// - `sessions`: ascending; each value was known at the close of its session.
    /// - `values`: as many.
    pub fn column(&self, sessions: Vec<Date>, values: Vec<f64>) -> ContextColumn {
        ContextColumn {
            name: self.name.to_owned(),
            doc: self.doc.to_owned(),
            unit: self.unit.to_owned(),
            source: self.source.to_owned(),
            look_back: self.look_back,
            sessions,
            values: ContextValues::Market(values),
        }
    }
}

/// The papers of every feature that is not computed from bars, in the order help and reports print them.
pub fn context_definitions() -> Vec<ContextDefinition> {
    let micro = MICRO_FEATURES.iter().map(|feature| feature.definition);
    let surface = SURFACE_FEATURES.iter().map(|feature| feature.definition);
    micro
        .chain(surface)
        .chain(CROSS_MARKET_FEATURES.iter().map(|feature| feature.definition))
        .chain(PATH_FEATURES.iter().map(|feature| feature.definition))
        .chain(NEWS_FEATURES.iter().map(|feature| feature.definition))
        .collect()
}

#[cfg(test)]
mod tests {
    use proofmark_units::Date;

    use super::*;
    use crate::{Feature, registry};

    #[test]
    fn every_definition_is_whole_and_its_name_its_own() {
        let definitions = context_definitions();
        let of_bars = registry().iter().flat_map(|set| &set.features).map(|feature| feature.name());
        let mut names: Vec<&str> = definitions.iter().map(|d| d.name).collect();
        assert!(of_bars.into_iter().all(|name| !names.contains(&name)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), definitions.len());
        for definition in &definitions {
            let words = [definition.doc, definition.lag, definition.unit, definition.source];
            assert!(
                words.iter().all(|text| !text.is_empty()) && !definition.inputs.is_empty(),
                "{definition:?}"
            );
            assert!(definition.look_back > 0, "{definition:?}");
        }
    }

    #[test]
    fn a_definition_becomes_a_column_that_may_be_missing() {
        let definition = context_definitions()[0];
        let column = definition.column(vec![Date::from_days(1)], vec![0.5]);
        assert_eq!((column.name(), column.unit(), column.look_back()), (definition.name, definition.unit, 1));
        assert!(column.is_optional());
    }
}
