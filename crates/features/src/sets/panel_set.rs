//! Sets whose columns compare names: they are computed over a panel and not over the bars of one instrument.

use std::sync::LazyLock;

use proofmark_market::Bars;

use super::alpha101;
use crate::Feature;
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

impl Feature for PanelColumn {
    fn name(&self) -> &str {
        &self.name
    }
    fn doc(&self) -> &str {
        &self.doc
    }
    fn unit(&self) -> &str {
        self.unit
    }
    fn source(&self) -> &str {
        self.source
    }
    fn inputs(&self) -> Vec<Field> {
        self.inputs.clone()
    }
    fn is_stationary(&self) -> bool {
        self.stationary
    }
    /// A date has no value where too few names are members, or a window is flat: no reason to drop the row.
    fn is_optional(&self) -> bool {
        true
    }
    fn look_back(&self) -> usize {
        match self.look_back {
            LookBack::Bars(bars) => bars,
            LookBack::Unbounded => usize::MAX,
        }
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        vec![f64::NAN; bars.len()]
    }
    fn panel_text(&self) -> Option<&str> {
        Some(&self.text)
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

/// The columns of a panel set that a pipeline can use, whose splits purge bounded look-backs; those that need groups only where
/// `groups` are known.
pub(crate) fn panel_features(name: &str, groups: bool) -> Option<&'static [&'static dyn Feature]> {
    type Usable = Vec<(&'static str, [Vec<&'static dyn Feature>; 2])>;
    static USABLE: LazyLock<Usable> = LazyLock::new(|| {
        let features = |set: &'static PanelSet, groups: bool| -> Vec<&'static dyn Feature> {
            let usable =
                |column: &&PanelColumn| (groups || !column.needs_group()) && column.look_back() != usize::MAX;
            set.columns.iter().filter(usable).map(|column| column as &dyn Feature).collect()
        };
        PANELS.iter().map(|set| (set.name, [false, true].map(|groups| features(set, groups)))).collect()
    });
    let (_, features) = USABLE.iter().find(|(known, _)| *known == name)?;
    Some(&features[usize::from(groups)])
}

/// Every shipped set that compares names.
pub fn panel_registry() -> &'static [PanelSet] {
    &PANELS
}
