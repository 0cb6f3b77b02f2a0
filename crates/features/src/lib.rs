//! Turns the bars of one instrument, and what is quoted and known around it, into feature columns; used unchanged by
//! training, backtest and serving.
//!
//! Invariant: no label is visible here, and there is no file, clock, network or unseeded generator: the same bars
//! give the same columns, bit for bit, on any number of threads (only panels of many names use several).
//! Invariant: row `t` of a column depends on bars `0..=t` only; [`check_causality`] tries it per feature.
//!
//! To add a feature, write an [`Indicator`] in the file of its family, or a [`Formula`] in the language of [`expr`] (or
//! implement [`Feature`]), and add it to a list in `set.rs` or `sets`. To add an operator to the language, write an entry in a
//! file of `expr/ops`.

mod causality;
mod chunk;
mod context;
mod context_definition;
pub mod cross_market;
mod direction;
pub mod expr;
mod feature;
mod formula;
mod kernels;
pub mod micro;
mod momentum;
pub mod news;
mod own;
pub mod path;
pub mod regimes;
mod schema;
mod set;
mod sets;
pub mod surface;
mod talib;
pub mod trailing;
mod trend;
mod volatility;
mod volume;

pub use causality::{CausalityReport, History, Leak, Trial, check_causality, check_program, usual_cuts};
pub use chunk::{Chunk, LONGEST_LAG};
pub use context::{ContextColumn, ContextValues};
pub use context_definition::{ContextDefinition, context_definitions};
pub use feature::{Feature, Indicator, Kernel, LOOK_BACK_WEIGHT, Outputs, RowKernel};
pub use formula::{Definition, Formula};
pub use own::{OwnError, OwnFeature, own_features};
pub use schema::{Change, Column, Moved, Schema, SchemaDiff};
pub use set::{
    FeatureColumns, SetProgram, TEACHER15, compute_set, feature_set, feature_set_in_groups, schema_digest,
    set_look_back,
};
pub use sets::{FeatureSet, PanelColumn, PanelSet, panel_registry, registry};
