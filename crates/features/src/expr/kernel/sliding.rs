//! Summaries of the last `N` rows without ever taking a row out of one.
//!
//! Van Herk's scheme: blocks of `N` rows; a window is the end of the block before and the start of the current one.
//! The ends are summarised once a block, backwards; the start grows by one row. What left a window is not in its
//! summary, so a wild price or its rounding cannot stay behind. About three small steps a row, whatever `N`.
//! Van Herk (1992), Pattern Recognition Letters 13(7), 517-521.

use super::super::graph::{Family, Reach, Reading, Scope, Shape};
use super::Kernel;

/// What is known of a stretch of rows.
pub(super) trait Summary: Copy + Send + 'static {
    /// A row of the inputs.
    type Row: Copy + Send + 'static;
    /// Of no row.
    const EMPTY: Self;

    /// Row `k` of the inputs.
    fn row(inputs: &[&[f64]], k: usize) -> Self::Row;
    /// With one more, newer row; `at` is its place on a line whose origin is fixed within a window.
    fn append(&mut self, row: Self::Row, at: f64, per: &impl Reciprocals);
    /// With one more, older row.
    fn prepend(&mut self, row: Self::Row, at: f64, per: &impl Reciprocals) {
        self.append(row, at, per);
    }
    /// Of both stretches.
    fn join(older: &Self, newer: &Self, per: &impl Reciprocals) -> Self;
    /// A measure of the stretch that ends with `row` at place `at` and is `rows` long.
    fn read(&self, what: Reading, row: Self::Row, at: f64, rows: f64) -> f64;
}

/// `1 / n`; 0 for 0, so that a summary of nothing stays one.
pub(super) trait Reciprocals {
    fn of(&self, n: u32) -> f64;
}

/// By look-up: a division is on the critical path of a growing mean.
struct Table(Vec<f64>);

impl Reciprocals for Table {
    #[inline]
    fn of(&self, n: u32) -> f64 {
        self.0[n as usize]
    }
}

pub(super) struct Divide;

impl Reciprocals for Divide {
    #[inline]
    fn of(&self, n: u32) -> f64 {
        if n == 0 { 0.0 } else { 1.0 / f64::from(n) }
    }
}

/// A family whose kernels summarise windows by `S`.
pub(super) const fn family<S: Summary>(name: &'static str) -> Family {
    Family {
        name,
        scope: Scope::Series,
        commutes: false,
        reach: |shape| if shape.window == 0 { Reach::Unbounded } else { Reach::Bars(shape.window - 1) },
        start: start::<S>,
    }
}

fn start<S: Summary>(shape: Shape, readings: &[Reading]) -> Box<dyn Kernel> {
    let readings = readings.to_vec();
    match shape.window {
        0 => Box::new(Growing { all: S::EMPTY, seen: 0.0, readings }),
        window => Box::new(Sliding::<S> {
            window,
            block: Vec::with_capacity(window),
            ends: vec![S::EMPTY; window],
            start: S::EMPTY,
            seen: 0,
            readings,
            per: Table((0..=window).map(|n| Divide.of(n as u32)).collect()),
            joined: Vec::new(),
        }),
    }
}

struct Sliding<S: Summary> {
    window: usize,
    /// The current block so far.
    block: Vec<S::Row>,
    /// `ends[k]`: the block before, after its row `k`.
    ends: Vec<S>,
    start: S,
    /// Rows so far, no more than the window.
    seen: usize,
    readings: Vec<Reading>,
    per: Table,
    joined: Vec<S>,
}

impl<S: Summary> Kernel for Sliding<S> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        let total = inputs[0].len();
        let mut done = 0;
        while done < total {
            let first = self.block.len();
            let rows = (total - done).min(self.window - first);
            self.joined.clear();
            let mut start = self.start;
            for k in 0..rows {
                let row = S::row(inputs, done + k);
                self.block.push(row);
                start.append(row, (first + k) as f64, &self.per);
                self.joined.push(S::join(&self.ends[first + k], &start, &self.per));
            }
            self.start = start;
            for (out, reading) in outputs.iter_mut().zip(&self.readings) {
                let cells = out[done..done + rows].iter_mut().zip(&self.joined).zip(&self.block[first..]);
                for (k, ((cell, joined), row)) in cells.enumerate() {
                    let seen = (self.seen + k + 1).min(self.window);
                    *cell = joined.read(*reading, *row, (first + k) as f64, seen as f64);
                }
            }
            self.seen = (self.seen + rows).min(self.window);
            if self.block.len() == self.window {
                // The block is full and becomes the one before: its places lie left of the next block's origin.
                let mut end = S::EMPTY;
                for (k, (slot, row)) in self.ends.iter_mut().zip(&self.block).enumerate().rev() {
                    *slot = end;
                    end.prepend(*row, k as f64 - self.window as f64, &self.per);
                }
                self.block.clear();
                self.start = S::EMPTY;
            }
            done += rows;
        }
    }
}

/// A summary of every row so far.
struct Growing<S: Summary> {
    all: S,
    seen: f64,
    readings: Vec<Reading>,
}

impl<S: Summary> Kernel for Growing<S> {
    fn run(&mut self, inputs: &[&[f64]], outputs: &mut [Vec<f64>]) {
        for k in 0..inputs[0].len() {
            let row = S::row(inputs, k);
            self.all.append(row, self.seen, &Divide);
            self.seen += 1.0;
            for (out, reading) in outputs.iter_mut().zip(&self.readings) {
                out[k] = self.all.read(*reading, row, self.seen - 1.0, self.seen);
            }
        }
    }
}
