//! Progress, once: the terminal's bars, `runs progress` in another terminal and later pages show the same counts.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proofmark_units::Instant;

use crate::clock;

/// How often, at most, a phase's counts are passed on.
const REPORT_EVERY: Duration = Duration::from_millis(250);

/// What a phase counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Pieces of work.
    Tasks,
    /// Rows of a table.
    Rows,
    /// Bytes of files.
    Bytes,
}

/// Where a phase stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// Phase name.
    pub phase: &'static str,
    /// Position of the phase, from 1.
    pub index: usize,
    /// Number of phases.
    pub count: usize,
    /// What is counted.
    pub unit: Unit,
    /// Units of work finished.
    pub done: u64,
    /// Units of work in all; 0 when not known yet.
    pub total: u64,
    /// Seconds since the phase began.
    pub elapsed_seconds: f64,
    /// Expected seconds to the end of the phase, once one unit is done.
    pub eta_seconds: Option<f64>,
}

/// Somebody who wants to know: a terminal, the ledger.
pub trait Reporter: Sync {
    /// A phase begins.
    fn started(&self, at: &Snapshot);
    /// Counts moved on.
    fn moved(&self, at: &Snapshot);
    /// A phase ended, with its outcome in a word.
    fn ended(&self, at: &Snapshot, outcome: &str);
    /// A line worth reading.
    fn note(&self, line: &str);
}

/// A reporter that says nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Reporter for Silent {
    fn started(&self, _: &Snapshot) {}
    fn moved(&self, _: &Snapshot) {}
    fn ended(&self, _: &Snapshot, _: &str) {}
    fn note(&self, _: &str) {}
}

/// Counts of the phase that runs now; shared by its parallel tasks.
pub struct Work<'a> {
    name: &'static str,
    unit: Unit,
    index: usize,
    count: usize,
    began: Instant,
    done: AtomicU64,
    total: AtomicU64,
    reported: Mutex<Instant>,
    reporters: Vec<&'a dyn Reporter>,
}

impl<'a> Work<'a> {
    /// Begins a phase of tasks and says so.
    pub fn begin(name: &'static str, index: usize, count: usize, reporters: Vec<&'a dyn Reporter>) -> Self {
        Self::begin_counting((Unit::Tasks, 0), name, index, count, reporters)
    }

    /// Begins a phase whose work is counted in `unit`, so many of them in all, and says so.
    pub fn begin_counting(
        (unit, total): (Unit, u64),
        name: &'static str,
        index: usize,
        count: usize,
        reporters: Vec<&'a dyn Reporter>,
    ) -> Self {
        let now = clock::now();
        let work = Self {
            name,
            unit,
            index,
            count,
            began: now,
            done: AtomicU64::new(0),
            total: AtomicU64::new(total),
            reported: Mutex::new(now),
            reporters,
        };
        let at = work.snapshot(now);
        work.reporters.iter().for_each(|r| r.started(&at));
        work
    }

    /// Adds `units` to the work expected.
    pub fn expect(&self, units: u64) {
        self.total.fetch_add(units, Ordering::Relaxed);
    }

    /// One unit of work is finished.
    pub fn step(&self) {
        self.advance(1);
    }

    /// So many units of work are finished.
    pub fn advance(&self, units: u64) {
        self.done.fetch_add(units, Ordering::Relaxed);
        let now = clock::now();
        // A poisoned or busy lock only costs one report, never the work.
        if let Ok(mut last) = self.reported.try_lock()
            && now.nanos() - last.nanos() >= REPORT_EVERY.as_nanos() as i64
        {
            *last = now;
            let at = self.snapshot(now);
            self.reporters.iter().for_each(|r| r.moved(&at));
        }
    }

    /// Says a line.
    pub fn note(&self, line: &str) {
        self.reporters.iter().for_each(|r| r.note(line));
    }

    /// Ends the phase.
    pub fn end(&self, outcome: &str) {
        let at = self.snapshot(clock::now());
        self.reporters.iter().for_each(|r| r.ended(&at, outcome));
    }

    fn snapshot(&self, now: Instant) -> Snapshot {
        let (done, total) = (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed));
        let elapsed_seconds = (now.nanos() - self.began.nanos()) as f64 / 1e9;
        let left = total.saturating_sub(done) as f64;
        let eta_seconds = (done > 0).then(|| elapsed_seconds / done as f64 * left);
        Snapshot {
            phase: self.name,
            index: self.index,
            count: self.count,
            unit: self.unit,
            done,
            total,
            elapsed_seconds,
            eta_seconds,
        }
    }
}
