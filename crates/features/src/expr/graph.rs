//! The computation of many columns as one graph, in which equal parts are one node.

use std::collections::HashMap;

use super::ast::Field;
use super::kernel::Kernel;
use crate::talib::Call;

/// Where a column of intermediate values comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Slot {
    Field(Field),
    /// One of the outputs of a node.
    Output {
        node: u32,
        output: u32,
    },
}

/// What the kernels of a family are made with: a window (0: every bar so far), the bits of one more constant, and for the
/// indicator library what is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Shape {
    pub(super) window: usize,
    pub(super) bits: u64,
    pub(super) call: Option<Call>,
}

/// What is read from a kernel, for families whose members share a state: which measure, and its constant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub(super) struct Reading {
    pub(super) what: u8,
    pub(super) bits: u64,
}

/// How many bars before the current one a kernel reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Bars(usize),
    Unbounded,
}

/// How a kernel sees the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// One bar: a value depends on the same row of its inputs, so constants fold.
    Row,
    /// The bars of one name so far.
    Series,
    /// All names at one date.
    CrossSection,
}

/// Kernels that share a state: one node holds every measure read from it.
pub(super) struct Family {
    /// Unique: it is the family's identity.
    pub(super) name: &'static str,
    pub(super) scope: Scope,
    /// Whether two inputs may change places without changing a bit.
    pub(super) commutes: bool,
    pub(super) reach: fn(Shape) -> Reach,
    pub(super) start: fn(Shape, &[Reading]) -> Box<dyn Kernel>,
}

pub(super) struct Node {
    pub(super) family: &'static Family,
    pub(super) shape: Shape,
    pub(super) inputs: Vec<Slot>,
    pub(super) readings: Vec<Reading>,
    pub(super) look_back: LookBack,
    /// Cross-sections that lie below.
    pub(super) stage: usize,
}

/// How many bars matter to a value, the current one included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum LookBack {
    /// So many; for exponential averages, what is older weighs at most [`crate::LOOK_BACK_WEIGHT`].
    Bars(usize),
    /// Every bar since the first.
    Unbounded,
}

type Key = (&'static str, Shape, Vec<Slot>);

/// Nodes in an order in which inputs come first.
#[derive(Default)]
pub(super) struct Graph {
    pub(super) nodes: Vec<Node>,
    /// Looked up, never walked.
    known: HashMap<Key, u32>,
}

impl Graph {
    /// A column from the only measure of a family.
    pub(super) fn node(&mut self, family: &'static Family, inputs: &[Slot]) -> Slot {
        self.read(family, Shape::default(), inputs, Reading::default())
    }

    /// The same over a window.
    pub(super) fn windowed(
        &mut self,
        family: &'static Family,
        window: usize,
        inputs: &[Slot],
        what: u8,
    ) -> Slot {
        self.read(family, Shape { window, ..Shape::default() }, inputs, Reading { what, bits: 0 })
    }

    /// A column: an existing one where the same was asked before.
    pub(super) fn read(
        &mut self,
        family: &'static Family,
        shape: Shape,
        inputs: &[Slot],
        reading: Reading,
    ) -> Slot {
        let mut inputs = inputs.to_vec();
        if family.commutes {
            inputs.sort_unstable();
        }
        if family.scope == Scope::Row && !inputs.is_empty() {
            let constants: Option<Vec<f64>> = inputs.iter().map(|slot| self.constant_of(*slot)).collect();
            if let Some(constants) = constants {
                let rows: Vec<&[f64]> = constants.iter().map(std::slice::from_ref).collect();
                let mut out = [vec![f64::NAN]];
                (family.start)(shape, &[reading]).run(&rows, &mut out);
                return self.constant(out[0][0]);
            }
        }
        let key = (family.name, shape, inputs);
        let node = match self.known.get(&key) {
            Some(node) => *node,
            None => self.add(family, key),
        };
        let readings = &mut self.nodes[node as usize].readings;
        let output = readings.iter().position(|known| *known == reading).unwrap_or_else(|| {
            readings.push(reading);
            readings.len() - 1
        });
        Slot::Output { node, output: output as u32 }
    }

    fn add(&mut self, family: &'static Family, key: Key) -> u32 {
        let (_, shape, inputs) = key.clone();
        let below = inputs.iter().map(|slot| self.look_back(*slot)).max().unwrap_or(LookBack::Bars(1));
        let look_back = match (below, (family.reach)(shape)) {
            (LookBack::Bars(below), Reach::Bars(more)) => LookBack::Bars(below.saturating_add(more)),
            _ => LookBack::Unbounded,
        };
        let stage = inputs.iter().map(|slot| self.stage_after(*slot)).max().unwrap_or(0);
        let id = self.nodes.len() as u32;
        self.nodes.push(Node { family, shape, inputs, readings: Vec::new(), look_back, stage });
        self.known.insert(key, id);
        id
    }

    pub(super) fn constant(&mut self, value: f64) -> Slot {
        let shape = Shape { bits: value.to_bits(), ..Shape::default() };
        self.read(&super::kernel::CONSTANT, shape, &[], Reading::default())
    }

    pub(super) fn constant_of(&self, slot: Slot) -> Option<f64> {
        let node = self.node_of(slot)?;
        (node.family.name == super::kernel::CONSTANT.name).then(|| f64::from_bits(node.shape.bits))
    }

    pub(super) fn node_of(&self, slot: Slot) -> Option<&Node> {
        match slot {
            Slot::Field(_) => None,
            Slot::Output { node, .. } => Some(&self.nodes[node as usize]),
        }
    }

    pub(super) fn look_back(&self, slot: Slot) -> LookBack {
        self.node_of(slot).map_or(LookBack::Bars(1), |node| node.look_back)
    }

    /// The stage of whatever reads this slot: a cross-section ends the stage of its inputs.
    pub(super) fn stage_after(&self, slot: Slot) -> usize {
        self.node_of(slot)
            .map_or(0, |node| node.stage + usize::from(node.family.scope == Scope::CrossSection))
    }

    /// Rows that the windows of all nodes hold together: what bounds the memory of a stream.
    pub(super) fn window_rows(&self) -> usize {
        self.nodes.iter().map(|node| node.shape.window).sum()
    }
}
