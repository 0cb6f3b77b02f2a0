//! Sets whose columns compare names: they are computed over a panel and not over the bars of one instrument.

use std::sync::LazyLock;

use super::alpha101;
use crate::expr::{ExprError, Field, LookBack, Program};

/// One column of a panel set.
#[derive(Debug, Clone, PartialEq)]
pub struct PanelColumn {
    /// Stable name.
    pub name: String,
    /// The expression.
    pub text: String,
    /// What it is, where no better words exist than the expression.
    pub doc: String,
    /// Unit of the values.
    pub unit: &'static str,
    /// Where the formula comes from.
    pub source: &'static str,
    /// Fields of the bars that it reads, ascending.
    pub inputs: Vec<Field>,
    /// Bars that matter to a value.
    pub look_back: LookBack,
    /// Whether multiplying all prices of all names by one number and all volumes by another changes no value.
    pub stationary: bool,
}

impl PanelColumn {
    /// Whether it is missing for names without a group.
    pub fn needs_group(&self) -> bool {
        self.inputs.contains(&Field::Group)
    }
}

/// A named, ordered list of columns over a panel.
#[derive(Debug)]
pub struct PanelSet {
    /// Stable name.
    pub name: &'static str,
    /// What it holds, and what it leaves out.
    pub doc: &'static str,
    /// Its columns; names are unique.
    pub columns: Vec<PanelColumn>,
}

impl PanelSet {
    /// The columns compiled together, for [`Program::panel`]; those that need groups only where `groups` are known.
    ///
    /// # Errors
    /// [`ExprError`] where together they exceed a limit of the language; no shipped set does.
    pub fn program(&self, groups: bool) -> Result<Program, ExprError> {
        let wanted = self.columns.iter().filter(|column| groups || !column.needs_group());
        Program::compile(&wanted.map(|column| (&column.name, &column.text)).collect::<Vec<_>>())
    }
}

static PANELS: LazyLock<Vec<PanelSet>> = LazyLock::new(|| {
    vec![PanelSet {
        name: "alpha101",
        doc: "Kakushadze's 101 formulaic alphas but alpha056, which needs market capitalisation; alphas that neutralise \
              industries need groups",
        columns: alpha101::columns(),
    }]
});

/// Every shipped set that compares names.
pub fn panel_registry() -> &'static [PanelSet] {
    &PANELS
}
