//! A feature that is an expression.

use proofmark_market::Bars;

use crate::Feature;
use crate::expr::{ExprError, Field, LookBack, Program, Row};

/// What a formula is made of; [`Formula::new`] works out the rest from its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definition {
    /// See [`Feature::name`].
    pub name: String,
    /// The expression.
    pub text: String,
    /// What it measures, in words; the formula itself is added.
    pub doc: String,
    /// See [`Feature::unit`].
    pub unit: &'static str,
    /// See [`Feature::source`].
    pub source: &'static str,
    /// See [`Feature::is_stationary`].
    pub stationary: bool,
}

/// One expression over the bars of one instrument, with the words a registry needs.
pub struct Formula {
    definition: Definition,
    doc: String,
    program: Program,
    inputs: Vec<Field>,
    look_back: LookBack,
}

impl Formula {
    /// Compiles a definition.
    ///
    /// # Errors
    /// [`ExprError`] where the text is no expression, or one that compares names: it needs a panel.
    pub fn new(definition: Definition) -> Result<Self, ExprError> {
        let program = Program::compile(&[(&definition.name, &definition.text)])?;
        // Refuses a cross-section now rather than at the first bar.
        program.start()?;
        let inputs = program.inputs().concat();
        let look_back = program.look_backs().into_iter().max().unwrap_or(LookBack::Bars(1));
        let doc = format!("{}: {}", definition.doc, definition.text);
        Ok(Self { definition, doc, program, inputs, look_back })
    }
}

impl Feature for Formula {
    fn name(&self) -> &str {
        &self.definition.name
    }
    fn doc(&self) -> &str {
        &self.doc
    }
    fn unit(&self) -> &str {
        self.definition.unit
    }
    fn source(&self) -> &str {
        self.definition.source
    }
    fn is_stationary(&self) -> bool {
        self.definition.stationary
    }
    fn inputs(&self) -> &[Field] {
        &self.inputs
    }
    fn look_back(&self) -> usize {
        match self.look_back {
            LookBack::Bars(bars) => bars,
            LookBack::Unbounded => usize::MAX,
        }
    }
    fn formula(&self) -> Option<&str> {
        Some(&self.definition.text)
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        // `new` refused what needs a panel, the only way to fail.
        self.program.columns(bars).map(|mut columns| columns.swap_remove(0)).unwrap_or_default()
    }
    fn stream(&self) -> Option<Box<dyn FnMut(&Row) -> f64 + Send>> {
        let mut stream = self.program.start().ok()?;
        Some(Box::new(move |row| stream.push(*row)[0]))
    }
}
