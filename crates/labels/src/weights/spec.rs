//! Which weights labels train with.

use proofmark_market::Panel;
use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use super::{
    Events, Pool, Span, TimeDecayError, attribution, average_uniqueness, sequential_bootstrap, time_decay,
};
use crate::LabelGrid;

/// `[weights]` of a pipeline: what a label counts in training.
///
/// Weights are those of the labels given, counted among themselves: a label that is not trained on takes nothing from one
/// that is.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WeightSpec {
    /// What a label's weight is.
    pub by: WeightBy,
    /// Which labels count as overlapping.
    pub pool: Pool,
    /// Factor of the oldest label, above -1 to 1 (see [`time_decay`]); 1 is no decay.
    pub oldest: f64,
}

/// What a label's weight is, before it decays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WeightBy {
    /// One, whatever it overlaps.
    #[default]
    None,
    /// Its [average uniqueness](average_uniqueness).
    Uniqueness,
    /// The absolute return that it does not share, by [`attribution`].
    Attribution,
    /// How often it comes in a [sequential bootstrap](sequential_bootstrap) of as many draws as there are labels: a label
    /// that shares its bars comes less often, one that does not come counts nothing.
    Sequential,
}

impl Default for WeightSpec {
    fn default() -> Self {
        Self { by: WeightBy::None, pool: Pool::BySymbol, oldest: 1.0 }
    }
}

impl WeightSpec {
    /// Whether every label weighs the same.
    pub fn is_off(&self) -> bool {
        self.by == WeightBy::None && self.oldest == 1.0
    }

    /// # Errors
    /// [`TimeDecayError`]: the factor of the oldest label lies outside its range.
    pub fn check(&self) -> Result<(), TimeDecayError> {
        time_decay(&[], &[], self.oldest).map(|_| ())
    }

    /// In words.
    pub fn name(&self) -> String {
        let by = match self.by {
            WeightBy::None => "equal",
            WeightBy::Uniqueness => "average uniqueness",
            WeightBy::Attribution => "return attribution",
            WeightBy::Sequential => "draws of a sequential bootstrap",
        };
        let pool = match self.pool {
            Pool::BySymbol => "labels of a name overlap",
            Pool::All => "labels of all names overlap",
        };
        let decay = if self.oldest == 1.0 { String::new() } else { format!(", oldest {}", self.oldest) };
        format!("{by} ({pool}{decay})")
    }

    /// Weights of the labels at `cells` of `grid`, which was made from `panel`; one each, 0 or more. `cells` ascend.
    ///
    /// They are scaled so that those above 0 have mean 1, which keeps the meaning of penalties and of the least weight of a
    /// leaf; all are 1 if none is above 0. A cell without a label has 0. Only prices between a label's entry and its exit
    /// are read. Costs one step a label and one a cell of the panel; sequential draws cost more (see
    /// [`SequentialBootstrap`](super::SequentialBootstrap)) and are those of `seed`, which nothing else reads.
    ///
    /// # Errors
    /// As [`WeightSpec::check`].
    pub fn weights(
        &self,
        panel: &Panel,
        grid: &LabelGrid,
        cells: &[usize],
        seed: &Seed,
    ) -> Result<Vec<f64>, TimeDecayError> {
        let events = Events::at(panel, grid, self.pool, cells.iter().copied());
        let mut weights = match self.by {
            WeightBy::None => vec![1.0; events.cells.len()],
            WeightBy::Uniqueness => average_uniqueness(&events.spans),
            WeightBy::Attribution => attribution(panel, grid, &events),
            WeightBy::Sequential => draws(&events.spans, seed),
        };
        if self.oldest != 1.0 {
            let factors = time_decay(&events.decided, &average_uniqueness(&events.spans), self.oldest)?;
            weights.iter_mut().zip(factors).for_each(|(weight, factor)| *weight *= factor);
        }
        let sum: f64 = weights.iter().sum();
        let count = weights.iter().filter(|weight| **weight > 0.0).count() as f64;
        weights.iter_mut().for_each(|weight| *weight = if sum > 0.0 { *weight / sum * count } else { 1.0 });
        let mut known = events.cells.iter().zip(weights).peekable();
        let of = |cell: &usize| known.next_if(|(own, _)| *own == cell).map_or(0.0, |(_, weight)| weight);
        Ok(cells.iter().map(of).collect())
    }
}

/// How often each label is drawn.
fn draws(spans: &[Span], seed: &Seed) -> Vec<f64> {
    let mut times = vec![0.0; spans.len()];
    sequential_bootstrap(spans, spans.len(), seed).into_iter().for_each(|label| times[label] += 1.0);
    times
}
