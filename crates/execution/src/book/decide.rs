//! From scores to orders, after a close.

use proofmark_market::Panel;

use super::BookConfig;
use super::history::History;
use super::ledger::Ledger;
use super::selection::{Candidate, select};
use super::sizing::{finish, raw_weight};

/// Shares still to trade for one name.
#[derive(Debug, Clone, Copy)]
pub(super) struct Order {
    /// > 0 buy, < 0 sell.
    pub(super) remaining: i64,
    /// Session of the decision.
    pub(super) decided: usize,
}

/// What a decision may look at: nothing later than session `t`.
pub(super) struct Known<'a> {
    pub(super) config: &'a BookConfig,
    pub(super) panel: &'a Panel,
    pub(super) scores: Option<&'a [f64]>,
    pub(super) history: &'a History,
    pub(super) ledger: &'a Ledger<'a>,
    pub(super) t: usize,
    pub(super) equity: f64,
}

/// Orders by column and the scratch space of decisions.
pub(super) struct Desk {
    pub(super) orders: Vec<Option<Order>>,
    /// Whether there is any order.
    pub(super) waiting: bool,
    candidates: Vec<Candidate>,
    raw: Vec<f64>,
    weights: Vec<(usize, f64)>,
    /// Sums behind `participation_per_capital`: value x participation / equity, value.
    participation: (f64, f64),
}

impl Desk {
    pub(super) fn new(width: usize) -> Self {
        Self {
            orders: vec![None; width],
            waiting: false,
            candidates: Vec::with_capacity(width),
            raw: vec![0.0; width],
            weights: Vec::with_capacity(width),
            participation: (0.0, 0.0),
        }
    }

    pub(super) fn participation_per_capital(&self) -> Option<f64> {
        (self.participation.1 > 0.0).then(|| self.participation.0 / self.participation.1)
    }

    /// The decision after a close: replaces every waiting order. Names without a bar that day, or whose
    /// standing is paused, are left alone; what is no longer a member is sold.
    pub(super) fn decide(&mut self, known: &Known<'_>) {
        let Known { config, panel, scores, history, ledger, t, equity } = *known;
        self.orders.fill(None);
        self.waiting = false;
        self.candidates.clear();
        for s in (0..panel.width()).filter(|s| panel.is_open(t, *s)) {
            let score = scores.map_or(1.0, |grid| grid[panel.cell(t, s)]);
            let Some(raw) = raw_weight(&config.sizing, history, s) else { continue };
            self.raw[s] = raw;
            if score.is_finite() {
                self.candidates.push(Candidate { s, score, held: ledger.positions[s].quantity > 0 });
            }
        }
        select(&config.selection, &mut self.candidates);
        self.weights.clear();
        self.weights.extend(self.candidates.iter().map(|c| (c.s, self.raw[c.s])));
        finish(&config.sizing, history, panel.width(), config.periods_per_year, &mut self.weights);
        let lot = i64::from(config.lot);
        let mut next = self.weights.iter().peekable();
        for s in 0..panel.width() {
            let weight = next.next_if(|(w, _)| *w == s).map(|(_, weight)| *weight);
            if !panel.is_decided(t, s) {
                continue;
            }
            let (close, held) = (panel.close[panel.cell(t, s)], ledger.positions[s].quantity);
            let shares = weight.map_or(0, |w| (w * equity / close) as i64 / lot * lot);
            let change = shares - held;
            let value = (change.abs() as f64) * close;
            let small = held > 0 && shares > 0 && value <= config.resize_band * shares as f64 * close;
            if change == 0 || small {
                continue;
            }
            self.waiting = true;
            self.orders[s] = Some(Order { remaining: change, decided: t });
            if let Some(adv) = history.adv(s) {
                self.participation.0 += value * (change.abs() as f64 / adv) / equity;
                self.participation.1 += value;
            }
        }
    }
}
