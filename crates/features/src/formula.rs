//! A feature written as an expression.

use std::fmt;

use proofmark_market::Bars;

use crate::expr::{ExprError, ExprProblem, Field, LookBack, Program};
use crate::{Feature, RowKernel};

/// What a formula is, in words; see the methods of [`Feature`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Definition<'a> {
    /// Stable name.
    pub name: &'a str,
    /// The expression, such as `$close / Ref($close, 5) - 1`.
    pub text: &'a str,
    /// What the column holds.
    pub doc: &'a str,
    /// Unit of the values.
    pub unit: &'a str,
    /// Where the formula comes from.
    pub source: &'a str,
    /// Whether its values stay in one range, whatever the price level.
    pub is_stationary: bool,
    /// Bars by which the column is delayed.
    pub lag: usize,
}

/// A feature written as an expression; a set that holds many computes them as one [`Program`].
#[derive(Clone)]
pub struct Formula {
    name: String,
    /// The expression with its lag.
    text: String,
    doc: String,
    unit: String,
    source: String,
    is_stationary: bool,
    lag: usize,
    look_back: usize,
    inputs: Vec<Field>,
    program: Program,
}

impl fmt::Debug for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Formula").field("name", &self.name).field("text", &self.text).finish_non_exhaustive()
    }
}

impl Formula {
    /// Checks and compiles a definition.
    ///
    /// # Errors
    /// [`ExprError`] if the expression is wrong, compares names ([`ExprProblem::NeedsPanel`]) or depends on every bar
    /// since the first ([`ExprProblem::Unbounded`]): where a history starts would then change the model.
    pub fn new(definition: &Definition<'_>) -> Result<Self, ExprError> {
        let Definition { name, text, doc, unit, source, is_stationary, lag } = *definition;
        let refuse = |problem| ExprError::new(text, 0..text.len(), problem).of_column(name);
        // The text itself first, so that a mistake is shown in the words of its author.
        Program::compile(&[(name, text)])?;
        let text = match lag {
            0 => text.to_owned(),
            // As its author wrote it: what is printed nests deeper, and may be beyond the limits.
            lag => format!("Ref({text}, {lag})"),
        };
        let program = Program::compile(&[(name, &text)])?;
        if program.is_cross_sectional() {
            return Err(refuse(ExprProblem::NeedsPanel));
        }
        let look_back = match program.look_backs().first() {
            Some(LookBack::Bars(bars)) => *bars,
            _ => return Err(refuse(ExprProblem::Unbounded)),
        };
        let inputs = program.inputs().into_iter().flatten().collect();
        let [name, doc, unit, source] = [name, doc, unit, source].map(str::to_owned);
        Ok(Self { name, text, doc, unit, source, is_stationary, lag, look_back, inputs, program })
    }

    /// The expression that is computed, its lag included.
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl Feature for Formula {
    fn name(&self) -> &str {
        &self.name
    }
    fn doc(&self) -> &str {
        &self.doc
    }
    fn unit(&self) -> &str {
        &self.unit
    }
    fn source(&self) -> &str {
        &self.source
    }
    fn inputs(&self) -> Vec<Field> {
        self.inputs.clone()
    }
    fn availability_lag(&self) -> usize {
        self.lag
    }
    fn is_stationary(&self) -> bool {
        self.is_stationary
    }
    fn look_back(&self) -> usize {
        self.look_back
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        self.program.columns(bars).ok().and_then(|mut columns| columns.pop()).unwrap_or_default()
    }
    fn stream(&self) -> Option<RowKernel> {
        let mut stream = self.program.start().ok()?;
        Some(Box::new(move |row| stream.push(*row)[0]))
    }
    fn formula(&self) -> Option<&Formula> {
        Some(self)
    }
}
