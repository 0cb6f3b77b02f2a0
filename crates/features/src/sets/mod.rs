//! The sets that are shipped. To add one, write a file that lists its definitions, and a line in [`registry`].

mod alpha101;
mod alpha158;
mod alpha360;
mod calendar;
mod crypto14;
mod entry;
mod levels;
mod panel_set;
mod plus_ultra19;
mod spectrum;
mod talib;
mod teacher_raw;
mod usdcop21;
mod volume_profile;
mod words;

use std::sync::LazyLock;

use ta_lib::abstract_api::FuncId;

use self::entry::Entry;
pub(crate) use self::panel_set::panel_features;
pub use self::panel_set::{PanelColumn, PanelSet, panel_registry};
use crate::{Feature, TEACHER15};

/// A named, ordered list of features.
pub struct FeatureSet {
    /// Stable name, as pipelines give it.
    pub name: &'static str,
    /// What it holds, and what it leaves out.
    pub doc: &'static str,
    /// Its features; names are unique within a set, not across sets.
    pub features: Vec<&'static dyn Feature>,
}

impl FeatureSet {
    fn of_formulas(name: &'static str, doc: &'static str, entries: &[Entry]) -> Self {
        Self { name, doc, features: entries.iter().map(|entry| kept(entry.formula())).collect() }
    }

    /// With a feature put in at a place, from 0.
    fn with(mut self, place: usize, feature: impl Feature + 'static) -> Self {
        self.features.insert(place, kept(feature));
        self
    }

    fn and(mut self, more: &[&'static dyn Feature]) -> Self {
        self.features.extend_from_slice(more);
        self
    }

    /// Whether every value depends on a bounded number of bars, so that a pipeline can purge what its splits share.
    pub fn is_bounded(&self) -> bool {
        self.features.iter().all(|feature| feature.look_back() != usize::MAX)
    }
}

static REGISTRY: LazyLock<Vec<FeatureSet>> = LazyLock::new(|| {
    const CALENDAR: [&dyn Feature; 5] = [
        &calendar::DAY_OF_WEEK_SIN,
        &calendar::DAY_OF_WEEK_COS,
        &calendar::MONTH_SIN,
        &calendar::MONTH_COS,
        &calendar::IS_MONTH_END,
    ];
    const RAW_CALENDAR: [&dyn Feature; 3] =
        [&calendar::DAY_OF_WEEK, &calendar::MONTH, &calendar::IS_MONTH_END];
    const SPECTRUM: [&dyn Feature; 1] = [&spectrum::SpectralShare];
    let formulas = FeatureSet::of_formulas;
    let talib: Vec<_> = talib::indicators().into_iter().map(kept).collect();
    vec![
        FeatureSet {
            name: "teacher15",
            doc: "the teacher's 15 indicators in stationary form",
            features: TEACHER15.to_vec(),
        },
        formulas("teacher15_raw", "the teacher's 15 indicators as levels", &teacher_raw::entries())
            .with(6, talib::since_the_first_bar(FuncId::VWAP, "vwap"))
            .with(14, talib::since_the_first_bar(FuncId::OBV, "obv")),
        formulas("alpha158", "qlib's Alpha158; VWAP0 is the typical price", &alpha158::entries()),
        formulas("alpha360", "qlib's Alpha360; VWAP is the typical price", &alpha360::entries()),
        formulas(
            "usdcop21",
            "the 17 of the USD/COP lifecycle's 21 daily features that come from bars, prices as ratios, weekday and month \
             each as a sine and a cosine; its dollar index, oil, VIX and EMBI are observations of a pipeline",
            &usdcop21::entries(),
        )
        .and(&CALENDAR),
        formulas(
            "usdcop21_raw",
            "the 17 with prices as levels, weekday and month as integers, as the source has them",
            &usdcop21::raw_entries(),
        )
        .and(&RAW_CALENDAR),
        formulas("crypto14", "the gated pipeline's 14 features an asset, levels as ratios", &crypto14::entries()),
        formulas("crypto14_raw", "the same with levels", &crypto14::raw_entries()),
        formulas(
            "plus_ultra19",
            "the 19 defaults of Market NN Plus Ultra (the stochastic has two columns), scale-free, for bars of any length",
            &plus_ultra19::entries(),
        )
        .and(&SPECTRUM),
        formulas(
            "plus_ultra19_raw",
            "the same with MACD in price units, on-balance volume since the first bar and volatility for a year of 252 bars",
            &plus_ultra19::raw_entries(),
        )
        .with(9, talib::since_the_first_bar(FuncId::OBV, "on_balance_volume"))
        .and(&SPECTRUM),
        formulas(
            "levels",
            "support and resistance: 252-bar range, confirmed swings, weighted prices, volume profile, touches",
            &levels::entries(),
        )
        .and(&volume_profile::DISTANCES),
        formulas("levels_raw", "the same as prices, with bands of the weighted prices", &levels::raw_entries())
            .and(&volume_profile::PRICES),
        FeatureSet {
            name: "talib",
            doc: "TA-Lib's functions with its names and default parameters, levels and sums since the first bar flagged",
            features: talib.clone(),
        },
        FeatureSet {
            name: "talib_stationary",
            doc: "those of TA-Lib's functions that know no currency and forget: what a pipeline can use",
            features: talib.into_iter().filter(|f| f.is_stationary() && f.look_back() != usize::MAX).collect(),
        },
    ]
});

/// Built once and kept for the whole life of the program, as a static is.
fn kept(feature: impl Feature + 'static) -> &'static dyn Feature {
    Box::leak(Box::new(feature))
}

/// Every shipped set, in the order help and reports print them.
pub fn registry() -> &'static [FeatureSet] {
    &REGISTRY
}
