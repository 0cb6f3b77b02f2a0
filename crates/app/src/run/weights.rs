//! What training labels weigh, by the pipeline.

use proofmark_labels::weights::{Events, WeightBy, WeightSpec, average_uniqueness};
use proofmark_labels::{ClassBalance, Weighting, class_balance};
use proofmark_training::RowWeights;
use proofmark_units::{Digest, Seed};

use super::prepare::Frame;
use crate::pipeline::Pipeline;

/// The weights of a frame's rows: whoever asks names the rows of one fit, and only their labels count.
pub(crate) struct LabelWeights<'a> {
    spec: WeightSpec,
    frame: &'a Frame,
    seed: Seed,
}

impl<'a> LabelWeights<'a> {
    /// `None` where every label weighs the same. Where labels are drawn, each fit draws its own by a child of `seed`.
    pub(crate) fn of(pipeline: &Pipeline, frame: &'a Frame, seed: Seed) -> Option<Self> {
        let seed = seed.child("label_weights");
        (!pipeline.weights.is_off()).then_some(Self { spec: pipeline.weights, frame, seed })
    }

    /// Identity of everything that weights are made of and a dataset does not hold: the setting, the exits of labels, prices.
    pub(crate) fn digest(&self) -> Digest {
        let (panel, labels) = (&self.frame.panel, &self.frame.labels);
        let exits: Vec<u8> = labels
            .exit
            .iter()
            .flat_map(|exit| exit.map_or(i32::MIN, |date| date.days()).to_le_bytes())
            .collect();
        let prices = [Digest::of_f64s(&panel.open), Digest::of_f64s(&panel.close)];
        let made_of = (self.spec, Digest::of(&exits), prices);
        match self.spec.by {
            WeightBy::Sequential => crate::json::digest(&(made_of, self.seed.digest())),
            _ => crate::json::digest(&made_of),
        }
    }

    /// What the labels of `rows`, called `part`, are worth together.
    pub(crate) fn balance(&self, part: &str, rows: &[u32]) -> Option<ClassBalance> {
        let Frame { panel, labels, .. } = self.frame;
        let cells = self.cells(rows);
        let events = Events::at(panel, labels, self.spec.pool, cells.iter().copied());
        let all = labels.class.len();
        let uniqueness = events.on_grid(&average_uniqueness(&events.spans), all);
        let mut weights = vec![f64::NAN; all];
        cells.iter().zip(self.weights(rows)).for_each(|(cell, weight)| weights[*cell] = weight);
        let name = self.spec.name();
        let weighting = Weighting { name: &name, weights: &weights, uniqueness: &uniqueness };
        class_balance(part, panel, labels, weighting, &cells).into_iter().next()
    }

    fn cells(&self, rows: &[u32]) -> Vec<usize> {
        let Frame { panel, dataset, .. } = self.frame;
        let (sessions, symbols) = (dataset.sessions(), dataset.symbol_indices());
        rows.iter()
            .map(|row| panel.cell(sessions[*row as usize] as usize, symbols[*row as usize] as usize))
            .collect()
    }
}

impl RowWeights for LabelWeights<'_> {
    fn weights(&self, rows: &[u32]) -> Vec<f64> {
        let Frame { panel, labels, .. } = self.frame;
        // A checked pipeline leaves no error; no weights at all would be refused by whoever asks.
        self.spec.weights(panel, labels, &self.cells(rows), &self.seed).unwrap_or_default()
    }
}
