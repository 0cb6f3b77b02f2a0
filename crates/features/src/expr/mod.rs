//! An expression language over bars, compatible with qlib's, and its engine.
//!
//! [`parse`] reads `Mean($close, 5) / $close - 1`; [`Program::compile`] turns many such columns into one graph in which
//! equal parts are computed once; [`Program::columns`] runs it over bars chunk by chunk, [`Program::start`] bar by bar.
//! Both run the same kernels forward over the same rows, so they agree bit for bit, and no row depends on a later one.
//!
//! Missing is NaN. Windows skip missing values and infinities, and use the bars there are on the first rows, as pandas
//! does with `min_periods=1`. Each operator's rule is in [`operators`].
//!
//! ```
//! use proofmark_features::expr::{LookBack, Program};
//!
//! let program = Program::compile(&[("momentum", "$close / Ref($close, 20) - 1"), ("width", "Std($close, 20) / $close")])?;
//! assert_eq!(program.look_backs(), [LookBack::Bars(21), LookBack::Bars(20)]);
//!
//! let error = Program::compile(&[("slip", "Meen($close, 20)")]).err().map(|error| error.to_string());
//! assert!(error.is_some_and(|text| text.contains("did you mean `Mean`?")));
//! # Ok::<(), proofmark_features::expr::ExprError>(())
//! ```

mod ast;
mod error;
mod graph;
mod kernel;
mod lex;
mod lower;
mod operator;
mod ops;
mod panel;
mod panel_stream;
mod parse;
mod plan;
mod program;
mod session;
#[cfg(test)]
mod tests;

pub use ast::{Expr, Field};
pub use error::{ExprError, ExprProblem};
pub use graph::LookBack;
pub use operator::{Operator, Param, Type, operators};
pub use panel::{Everyone, Grouped, Members};
pub use panel_stream::PanelStream;
pub use parse::parse;
pub use program::{Program, Row, Stream};

/// Bytes of an expression that are read.
pub const MAX_LENGTH: usize = 10_000;

/// Levels to which an expression may nest.
pub const MAX_DEPTH: usize = 200;

/// The longest window, in bars.
pub const LONGEST_WINDOW: usize = 20_000;

/// The smallest smoothing factor of an exponential average: its memory is then about 69,000 bars.
pub const SMALLEST_ALPHA: f64 = 1e-4;

/// Rows that the windows of a program may hold together, a bound on its memory (tens of bytes a row).
pub const MAX_WINDOW_ROWS: usize = 4_000_000;
