//! The sequential bootstrap, by a structure that a draw changes only where the drawn label overlaps others.

use proofmark_units::Seed;
use rand::RngExt as _;

use super::Span;

/// Draws labels one after the other, each with a probability proportional to its average uniqueness among those already
/// drawn and itself (López de Prado 2018, section 4.5; its sampling is with replacement).
///
/// A draw raises the concurrency of its own positions only, so only labels that overlap it change. Their sums over
/// `1 / (1 + drawn)` are taken afresh and put into a tree of sums, whose every inner node is the sum of its two children:
/// a draw costs the bars and labels nearby and the logarithm of the number of labels, and no rounding piles up.
#[derive(Debug, Clone)]
pub struct SequentialBootstrap {
    spans: Vec<Span>,
    /// Labels by first position.
    order: Vec<usize>,
    /// The longest span, in positions: how far before a label another one that overlaps it may start.
    longest: usize,
    /// Times each position is covered by the labels drawn.
    drawn: Vec<u32>,
    /// A binary tree; leaf `leaves + i` is the average uniqueness of label `i`.
    tree: Vec<f64>,
    leaves: usize,
}

impl SequentialBootstrap {
    /// Before the first draw, when every label is as likely as any other.
    pub fn new(spans: &[Span]) -> Self {
        let mut order: Vec<usize> = (0..spans.len()).collect();
        order.sort_by_key(|label| spans[*label].first);
        let positions = spans.iter().map(|span| span.last + 1).max().unwrap_or(0);
        let leaves = spans.len().next_power_of_two();
        let mut tree = vec![0.0; 2 * leaves];
        tree[leaves..leaves + spans.len()].fill(1.0);
        for node in (1..leaves).rev() {
            tree[node] = tree[2 * node] + tree[2 * node + 1];
        }
        Self {
            spans: spans.to_vec(),
            order,
            longest: spans.iter().map(|span| span.last - span.first + 1).max().unwrap_or(0),
            drawn: vec![0; positions],
            tree,
            leaves,
        }
    }

    /// The probability of each label in the next draw.
    pub fn probabilities(&self) -> Vec<f64> {
        let labels = &self.tree[self.leaves..self.leaves + self.spans.len()];
        labels.iter().map(|uniqueness| uniqueness / self.tree[1]).collect()
    }

    /// Draws the next label with `uniform` in [0, 1); `None` if there is no label.
    pub fn draw(&mut self, uniform: f64) -> Option<usize> {
        if self.spans.is_empty() {
            return None;
        }
        let mut left = uniform * self.tree[1];
        let mut node = 1;
        while node < self.leaves {
            node *= 2;
            // A sum of 0 on the right is the padding behind the last label: rounding must not lead there.
            if left >= self.tree[node] && self.tree[node + 1] > 0.0 {
                left -= self.tree[node];
                node += 1;
            }
        }
        let label = node - self.leaves;
        self.take(label);
        Some(label)
    }

    /// Counts `label` as drawn and renews the labels that overlap it.
    ///
    /// # Panics
    /// If there is no such label.
    pub fn take(&mut self, label: usize) {
        let Span { first, last } = self.spans[label];
        self.drawn[first..=last].iter_mut().for_each(|count| *count += 1);
        let earliest = (first + 1).saturating_sub(self.longest);
        let latest = (last + self.longest).min(self.drawn.len());
        let shares = self.drawn[earliest..latest].iter().map(|count| 1.0 / (1.0 + f64::from(*count)));
        let sums = super::concurrency::prefix_sums(shares);
        let from = self.order.partition_point(|other| self.spans[*other].first < earliest);
        for k in from..self.order.len() {
            let other = self.order[k];
            let span = self.spans[other];
            if span.first > last {
                break;
            }
            if span.last >= first {
                let sum = sums[span.last + 1 - earliest] - sums[span.first - earliest];
                self.set(other, sum / span.bars());
            }
        }
    }

    fn set(&mut self, label: usize, uniqueness: f64) {
        let mut node = self.leaves + label;
        self.tree[node] = uniqueness;
        while node > 1 {
            node /= 2;
            self.tree[node] = self.tree[2 * node] + self.tree[2 * node + 1];
        }
    }
}

/// Indices of `draws` labels drawn by the [`SequentialBootstrap`] with the generator of `seed`; empty without labels.
pub fn sequential_bootstrap(spans: &[Span], draws: usize, seed: &Seed) -> Vec<usize> {
    let (mut bootstrap, mut rng) = (SequentialBootstrap::new(spans), seed.rng());
    (0..draws).map_while(|_| bootstrap.draw(rng.random())).collect()
}
