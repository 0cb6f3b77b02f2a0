//! The same date by date.

use std::sync::Arc;

use proofmark_units::Date;

use super::ast::Field;
use super::panel::{Members, Stages};
use super::plan::{Fields, State};
use super::program::{Compiled, Program, Row};
use super::session::Sessions;

/// The columns of a program on their way through live dates of many names; its memory does not grow.
pub struct PanelStream {
    compiled: Arc<Compiled>,
    stages: Stages,
    names: Vec<Name>,
    columns: Vec<f64>,
}

/// What is carried of one name.
struct Name {
    /// A state a stage.
    states: Vec<State>,
    sessions: Sessions,
}

impl Program {
    /// The columns date by date over `names` instruments, from their first dates.
    pub fn start_panel(&self, names: usize) -> PanelStream {
        let stages = Stages::of(&self.compiled.graph, &self.compiled.columns);
        let name = |_| Name {
            states: stages.0.iter().map(|stage| stage.plan.start()).collect(),
            sessions: Sessions::default(),
        };
        let names = (0..names).map(name).collect::<Vec<_>>();
        let columns = vec![f64::NAN; names.len() * self.compiled.columns.len()];
        PanelStream { compiled: Arc::clone(&self.compiled), stages, names, columns }
    }
}

impl PanelStream {
    /// Takes the bars of the next date, one a name (`None` where it has none), and gives the columns of the first name,
    /// then those of the next. A name without a bar has NaN and does not move on.
    ///
    /// Agrees bit for bit with [`Program::panel`]. Names beyond those that the stream was started with are not read.
    pub fn push(&mut self, date: Date, bars: &[Option<Row>], members: &dyn Members) -> &[f64] {
        let (graph, width) = (&self.compiled.graph, self.compiled.columns.len());
        self.columns.fill(f64::NAN);
        let there: Vec<(usize, Row)> = bars
            .iter()
            .take(self.names.len())
            .enumerate()
            .filter_map(|(k, bar)| Some((k, (*bar)?)))
            .collect();
        let rows: Vec<[f64; Field::ALL.len()]> =
            there.iter().map(|(k, row)| row.fields(&mut self.names[*k].sessions)).collect();
        let groups: Vec<Option<f64>> = there
            .iter()
            .map(|(k, _)| {
                let group = || members.group(*k, date).map_or(f64::NAN, f64::from);
                members.is_member(*k, date).then(group)
            })
            .collect();
        let mut carried: Vec<Vec<f64>> = vec![Vec::new(); there.len()];
        for (at, stage) in self.stages.0.iter().enumerate() {
            let mut made = vec![vec![f64::NAN; stage.wanted]; there.len()];
            for ((((k, _), row), carried), made) in there.iter().zip(&rows).zip(&carried).zip(&mut made) {
                let fields: Fields<'_> = row.each_ref().map(std::slice::from_ref);
                let carried: Vec<&[f64]> = carried.iter().map(std::slice::from_ref).collect();
                let state = &mut self.names[*k].states[at];
                stage.plan.run(state, 1, &fields, &carried, &mut |output, values| made[output] = values[0]);
                for (column, output) in &stage.columns {
                    self.columns[*k * width + column] = made[*output];
                }
            }
            for cross in &stage.crosses {
                let outputs = cross.at_one_date(graph, &groups, &made);
                for (name, carried) in carried.iter_mut().enumerate() {
                    carried.extend(outputs.iter().map(|output| output[name]));
                }
            }
        }
        &self.columns
    }
}
