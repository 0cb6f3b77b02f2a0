//! Programs that compare names: columns over the bars of many instruments.
//!
//! The graph is cut at its cross-sections. What lies below runs name by name over each one's own bars, in parallel; a
//! cross-section runs date by date over the names that are members at that date, in parallel; what reads it runs name by
//! name again. Every value is worked out by one thread in a fixed order, so their number changes no bit.

use std::collections::BTreeMap;

use proofmark_market::{Bars, Panel};
use proofmark_units::Date;
use rayon::prelude::*;

use super::Program;
use super::ast::Field;
use super::graph::{Graph, Scope, Slot};
use super::plan::Plan;
use super::program::run_bars;

/// Who takes part in a cross-section, and in which group.
///
/// A list of names drawn up later knows who survived: membership is asked at each date.
pub trait Members: Sync {
    /// Whether name `k` is a member at a date, as known at that date's close.
    fn is_member(&self, k: usize, date: Date) -> bool;
    /// The group of name `k` at a date, such as its sector; `None` where unknown.
    fn group(&self, k: usize, date: Date) -> Option<u32> {
        let _ = (k, date);
        None
    }
}

/// Names in the order of the panel's symbols; who is paused or outside takes no part.
impl Members for Panel {
    fn is_member(&self, k: usize, date: Date) -> bool {
        let t = self.at_or_after(date);
        self.dates.get(t) == Some(&date) && k < self.width() && self.is_open(t, k)
    }
    fn group(&self, k: usize, date: Date) -> Option<u32> {
        let t = self.at_or_after(date);
        let known = self.dates.get(t) == Some(&date) && k < self.width();
        known.then(|| self.group[self.cell(t, k)]).flatten()
    }
}

/// Everyone with a bar is a member, and nobody has a group: for a world in which nobody was selected.
pub struct Everyone;

impl Members for Everyone {
    fn is_member(&self, _: usize, _: Date) -> bool {
        true
    }
}

/// Everyone with a bar is a member, in the group that a function gives for a name's place: for groups that never change.
pub struct Grouped<F>(pub F);

impl<F: Fn(usize) -> Option<u32> + Sync> Members for Grouped<F> {
    fn is_member(&self, _: usize, _: Date) -> bool {
        true
    }
    fn group(&self, k: usize, _: Date) -> Option<u32> {
        (self.0)(k)
    }
}

impl<F: Fn(usize, Date) -> bool + Sync> Members for F {
    fn is_member(&self, k: usize, date: Date) -> bool {
        self(k, date)
    }
}

impl Program {
    /// Every column over the bars of each name: `columns[name][column][row]`, rows those of the name's own bars.
    ///
    /// A column that compares names is missing where the name is no member. Values at a date depend on bars up to that
    /// date only, of all names.
    pub fn panel(&self, bars: &[Bars], members: &dyn Members) -> Vec<Vec<Vec<f64>>> {
        let (graph, columns) = (&self.compiled.graph, &self.compiled.columns);
        let stages = Stages::of(graph, columns);
        let dates = Dates::of(bars, members);
        let mut carried: Vec<Vec<Vec<f64>>> = vec![Vec::new(); bars.len()];
        let mut done: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); columns.len()]; bars.len()];
        for stage in stages.0 {
            let mut made: Vec<Vec<Vec<f64>>> = bars
                .par_iter()
                .zip(&carried)
                .map(|(bars, carried)| {
                    let mut made: Vec<Vec<f64>> = vec![Vec::with_capacity(bars.len()); stage.wanted];
                    let carried: Vec<&[f64]> = carried.iter().map(Vec::as_slice).collect();
                    run_bars(&stage.plan, bars, &carried, &mut |column, values| {
                        made[column].extend_from_slice(values)
                    });
                    made
                })
                .collect();
            for (done, made) in done.iter_mut().zip(&mut made) {
                for (column, k) in &stage.columns {
                    done[*column] = std::mem::take(&mut made[*k]);
                }
            }
            for cross in &stage.crosses {
                let grids = cross.run(graph, &dates, &made);
                carried.par_iter_mut().enumerate().for_each(|(name, carried)| {
                    carried.extend(grids.iter().map(|grid| dates.column(grid, name, bars[name].len())));
                });
            }
        }
        done
    }
}

/// What runs name by name before the next cross-sections, and these.
pub(super) struct Stage {
    pub(super) plan: Plan,
    /// Outputs of the plan: those of `columns`, then what the cross-sections read.
    pub(super) wanted: usize,
    /// `(column of the program, output of the plan)`.
    pub(super) columns: Vec<(usize, usize)>,
    pub(super) crosses: Vec<Cross>,
}

/// One cross-sectional node.
pub(super) struct Cross {
    node: usize,
    /// Where each input is: an output of the plan, or the group.
    inputs: Vec<Option<usize>>,
}

pub(super) struct Stages(pub(super) Vec<Stage>);

impl Stages {
    pub(super) fn of(graph: &Graph, columns: &[Slot]) -> Self {
        let needed = super::plan::order(graph, columns, &[]);
        let mut crosses: Vec<usize> = needed.into_iter().map(|node| node as usize).collect();
        crosses.retain(|node| graph.nodes[*node].family.scope == Scope::CrossSection);
        crosses.sort_unstable();
        let last = columns.iter().map(|slot| graph.stage_after(*slot)).max().unwrap_or(0);
        let mut carried: Vec<Slot> = Vec::new();
        let stage = |at: usize| {
            let mut wanted = Vec::new();
            let mut of_columns = Vec::new();
            for (column, slot) in
                columns.iter().enumerate().filter(|(_, slot)| graph.stage_after(**slot) == at)
            {
                of_columns.push((column, wanted.len()));
                wanted.push(*slot);
            }
            let now: Vec<usize> =
                crosses.iter().copied().filter(|node| graph.nodes[*node].stage == at).collect();
            let mut input = |slot: &Slot| {
                (*slot != Slot::Field(Field::Group)).then(|| {
                    wanted.push(*slot);
                    wanted.len() - 1
                })
            };
            let inputs = |node: &usize| graph.nodes[*node].inputs.iter().map(&mut input).collect();
            let here: Vec<Cross> = now
                .iter()
                .zip(now.iter().map(inputs))
                .map(|(node, inputs)| Cross { node: *node, inputs })
                .collect();
            let plan = Plan::new(graph, &wanted, &carried);
            for node in now {
                let outputs = 0..graph.nodes[node].readings.len() as u32;
                carried.extend(outputs.map(|output| Slot::Output { node: node as u32, output }));
            }
            Stage { plan, wanted: wanted.len(), columns: of_columns, crosses: here }
        };
        Self((0..=last).map(stage).collect())
    }
}

impl Cross {
    /// One date-major grid a reading: a cell a date and name, NaN where the name takes no part.
    fn run(&self, graph: &Graph, dates: &Dates, made: &[Vec<Vec<f64>>]) -> Vec<Vec<f64>> {
        let (node, width) = (&graph.nodes[self.node], dates.width.max(1));
        let mut grids = vec![vec![f64::NAN; dates.rows.len()]; node.readings.len()];
        let mut days: Vec<Vec<&mut [f64]>> = dates.rows.chunks(width).map(|_| Vec::new()).collect();
        for grid in &mut grids {
            for (day, cells) in days.iter_mut().zip(grid.chunks_mut(width)) {
                day.push(cells);
            }
        }
        days.into_par_iter().zip(dates.rows.par_chunks(width)).zip(dates.groups.par_chunks(width)).for_each(
            |((mut out, rows), groups)| {
                let names: Vec<usize> = (0..rows.len()).filter(|name| rows[*name] != NO_ROW).collect();
                let values = |input: &Option<usize>| -> Vec<f64> {
                    let value = |name: &usize| match input {
                        Some(k) => made[*name][*k][rows[*name] as usize],
                        None => groups[*name],
                    };
                    names.iter().map(value).collect()
                };
                let inputs: Vec<Vec<f64>> = self.inputs.iter().map(values).collect();
                for (cells, values) in out.iter_mut().zip(self.compute(graph, &inputs, names.len())) {
                    for (name, value) in names.iter().zip(values) {
                        cells[*name] = value;
                    }
                }
            },
        );
        grids
    }

    /// The same for one date: `made` holds a value a name and output, `groups` is `None` where a name is no member.
    pub(super) fn at_one_date(
        &self,
        graph: &Graph,
        groups: &[Option<f64>],
        made: &[Vec<f64>],
    ) -> Vec<Vec<f64>> {
        let taking_part: Vec<(usize, f64)> =
            groups.iter().copied().zip(0..).filter_map(|(g, k)| Some((k, g?))).collect();
        let values = |input: &Option<usize>| -> Vec<f64> {
            taking_part.iter().map(|(name, group)| input.map_or(*group, |k| made[*name][k])).collect()
        };
        let inputs: Vec<Vec<f64>> = self.inputs.iter().map(values).collect();
        let spread = |values: Vec<f64>| {
            let mut all = vec![f64::NAN; groups.len()];
            for ((name, _), value) in taking_part.iter().zip(values) {
                all[*name] = value;
            }
            all
        };
        self.compute(graph, &inputs, taking_part.len()).into_iter().map(spread).collect()
    }

    /// A column a reading over the names of one date.
    fn compute(&self, graph: &Graph, inputs: &[Vec<f64>], names: usize) -> Vec<Vec<f64>> {
        let node = &graph.nodes[self.node];
        let mut outputs = vec![vec![f64::NAN; names]; node.readings.len()];
        let inputs: Vec<&[f64]> = inputs.iter().map(Vec::as_slice).collect();
        (node.family.start)(node.shape, &node.readings).run(&inputs, &mut outputs);
        outputs
    }
}

/// Marks a name that takes no part at a date.
const NO_ROW: u32 = u32::MAX;

/// The rows of all names on one list of dates, date-major.
struct Dates {
    width: usize,
    rows: Vec<u32>,
    /// NaN where unknown.
    groups: Vec<f64>,
}

impl Dates {
    fn of(bars: &[Bars], members: &dyn Members) -> Self {
        let all: BTreeMap<Date, usize> = {
            let mut all: Vec<Date> = bars.iter().flat_map(|bars| bars.dates().iter().copied()).collect();
            all.sort_unstable();
            all.dedup();
            all.into_iter().zip(0..).collect()
        };
        let width = bars.len();
        let (mut rows, mut groups) = (vec![NO_ROW; all.len() * width], vec![f64::NAN; all.len() * width]);
        for (name, bars) in bars.iter().enumerate() {
            for (row, date) in
                bars.dates().iter().enumerate().filter(|(_, date)| members.is_member(name, **date))
            {
                let cell = all[date] * width + name;
                rows[cell] = row as u32;
                groups[cell] = members.group(name, *date).map_or(f64::NAN, f64::from);
            }
        }
        Self { width, rows, groups }
    }

    /// The cells of one name, as a column over its own bars.
    fn column(&self, grid: &[f64], name: usize, rows: usize) -> Vec<f64> {
        let mut column = vec![f64::NAN; rows];
        let cells = self.rows.iter().zip(grid).skip(name).step_by(self.width);
        for (row, value) in cells.filter(|(row, _)| **row != NO_ROW) {
            column[*row as usize] = *value;
        }
        column
    }
}
