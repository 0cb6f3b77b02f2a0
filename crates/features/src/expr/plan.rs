//! The order in which nodes run, and which buffer each writes.
//!
//! Values move in chunks through a few buffers that are used again as soon as their last reader has run, so that
//! intermediate columns stay in the cache and only finished columns reach memory.

use super::ast::Field;
use super::graph::{Graph, Reading, Shape, Slot};
use super::kernel::Kernel;

/// Rows in a chunk: a buffer is 4 KiB, so the handful that live at once fit the first-level cache.
pub(super) const CHUNK_ROWS: usize = 512;

/// The most inputs of a kernel.
const MAX_INPUTS: usize = 5;

/// The columns of bars, one a [`Field`]; empty where no kernel reads it.
pub(super) type Fields<'a> = [&'a [f64]; Field::ALL.len()];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Field(usize),
    /// A column that an earlier stage worked out.
    Carried(usize),
    Buffer(usize),
}

struct Step {
    start: fn(Shape, &[Reading]) -> Box<dyn Kernel>,
    shape: Shape,
    readings: Vec<Reading>,
    inputs: Vec<Source>,
    /// A buffer a reading.
    outputs: Vec<usize>,
    /// `(column, buffer)` to hand out after it ran.
    emits: Vec<(usize, usize)>,
}

pub(super) struct Plan {
    steps: Vec<Step>,
    buffers: usize,
    /// `(column, source)` of columns that no step of this plan makes.
    given: Vec<(usize, Source)>,
    fields: Vec<Field>,
}

impl Plan {
    /// A plan for the columns `wanted`, in which the slots of `carried` are given.
    pub(super) fn new(graph: &Graph, wanted: &[Slot], carried: &[Slot]) -> Self {
        let order = order(graph, wanted, carried);
        let mut step_of = vec![usize::MAX; graph.nodes.len()];
        for (k, node) in order.iter().enumerate() {
            step_of[*node as usize] = k;
        }
        let made_by = |slot: Slot| match slot {
            Slot::Output { node, output } if !carried.contains(&slot) => {
                Some((step_of[node as usize], output as usize))
            }
            _ => None,
        };
        // The step after which an output may be overwritten.
        let mut last_use: Vec<Vec<usize>> = order
            .iter()
            .enumerate()
            .map(|(k, node)| vec![k; graph.nodes[*node as usize].readings.len()])
            .collect();
        for (k, node) in order.iter().enumerate() {
            for (step, output) in graph.nodes[*node as usize].inputs.iter().filter_map(|slot| made_by(*slot))
            {
                last_use[step][output] = k;
            }
        }
        let mut expiring = vec![Vec::new(); order.len()];
        for (step, outputs) in last_use.iter().enumerate() {
            for (output, last) in outputs.iter().enumerate() {
                expiring[*last].push((step, output));
            }
        }
        let (mut steps, mut free, mut buffers): (Vec<Step>, Vec<usize>, usize) = (Vec::new(), Vec::new(), 0);
        let mut fields = Vec::new();
        for (k, node) in order.iter().enumerate() {
            let node = &graph.nodes[*node as usize];
            let source = |slot: &Slot| match made_by(*slot) {
                Some((step, output)) => Source::Buffer(steps[step].outputs[output]),
                None => given(*slot, carried),
            };
            let inputs: Vec<Source> = node.inputs.iter().map(source).collect();
            let outputs = node.readings.iter().map(|_| {
                free.pop().unwrap_or_else(|| {
                    buffers += 1;
                    buffers - 1
                })
            });
            fields.extend(node.inputs.iter().filter_map(|slot| field(*slot)));
            steps.push(Step {
                start: node.family.start,
                shape: node.shape,
                readings: node.readings.clone(),
                inputs,
                outputs: outputs.collect(),
                emits: Vec::new(),
            });
            free.extend(expiring[k].iter().map(|(step, output)| steps[*step].outputs[*output]));
        }
        let mut handed = Vec::new();
        for (column, slot) in wanted.iter().enumerate() {
            match made_by(*slot) {
                Some((step, output)) => {
                    let buffer = steps[step].outputs[output];
                    steps[step].emits.push((column, buffer));
                }
                None => handed.push((column, given(*slot, carried))),
            }
            fields.extend(field(*slot));
        }
        fields.sort_unstable();
        fields.dedup();
        Self { steps, buffers, given: handed, fields }
    }

    /// The fields read, ascending.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Kernels at their first bar.
    pub(super) fn start(&self) -> State {
        State {
            kernels: self.steps.iter().map(|step| (step.start)(step.shape, &step.readings)).collect(),
            buffers: vec![Vec::new(); self.buffers],
            outputs: Vec::new(),
        }
    }

    /// Takes the next `rows` rows and hands out as many of every column.
    pub(super) fn run(
        &self,
        state: &mut State,
        rows: usize,
        fields: &Fields<'_>,
        carried: &[&[f64]],
        emit: &mut dyn FnMut(usize, &[f64]),
    ) {
        let State { kernels, buffers, outputs } = state;
        for (step, kernel) in self.steps.iter().zip(kernels) {
            for buffer in &step.outputs {
                let mut buffer = std::mem::take(&mut buffers[*buffer]);
                buffer.resize(rows, f64::NAN);
                outputs.push(buffer);
            }
            let mut inputs: [&[f64]; MAX_INPUTS] = [&[]; MAX_INPUTS];
            for (input, source) in inputs.iter_mut().zip(&step.inputs) {
                *input = match source {
                    Source::Field(k) => fields[*k],
                    Source::Carried(k) => carried[*k],
                    Source::Buffer(k) => &buffers[*k],
                };
            }
            kernel.run(&inputs[..step.inputs.len()], outputs);
            for (buffer, values) in step.outputs.iter().zip(outputs.drain(..)) {
                buffers[*buffer] = values;
            }
            for (column, buffer) in &step.emits {
                emit(*column, &buffers[*buffer]);
            }
        }
        for (column, source) in &self.given {
            match source {
                Source::Field(k) => emit(*column, fields[*k]),
                Source::Carried(k) => emit(*column, carried[*k]),
                Source::Buffer(k) => emit(*column, &buffers[*k]),
            }
        }
    }
}

/// What a plan carries from chunk to chunk.
pub(super) struct State {
    kernels: Vec<Box<dyn Kernel>>,
    buffers: Vec<Vec<f64>>,
    /// The buffers a step writes, while it runs; empty between steps.
    outputs: Vec<Vec<f64>>,
}

fn given(slot: Slot, carried: &[Slot]) -> Source {
    match (carried.iter().position(|known| *known == slot), slot) {
        (Some(k), _) => Source::Carried(k),
        (None, Slot::Field(field)) => Source::Field(field as usize),
        (None, Slot::Output { .. }) => unreachable!("an output is made by a step or carried"),
    }
}

fn field(slot: Slot) -> Option<Field> {
    match slot {
        Slot::Field(field) => Some(field),
        Slot::Output { .. } => None,
    }
}

/// The nodes below `wanted`, inputs first; those of one column together, so that its values are still in the cache.
pub(super) fn order(graph: &Graph, wanted: &[Slot], carried: &[Slot]) -> Vec<u32> {
    let needed = |slot: &Slot| match *slot {
        Slot::Output { node, .. } if !carried.contains(slot) => Some(node),
        _ => None,
    };
    let (mut order, mut placed) = (Vec::new(), vec![false; graph.nodes.len()]);
    for root in wanted.iter().filter_map(needed) {
        let mut open = vec![root];
        while let Some(node) = open.last().copied() {
            let missing: Vec<u32> = graph.nodes[node as usize]
                .inputs
                .iter()
                .filter_map(needed)
                .filter(|below| !placed[*below as usize])
                .collect();
            if missing.is_empty() {
                open.pop();
                if !std::mem::replace(&mut placed[node as usize], true) {
                    order.push(node);
                }
            } else {
                open.extend(missing.into_iter().rev());
            }
        }
    }
    order
}
