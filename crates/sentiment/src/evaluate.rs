//! How often a scorer is right.

use std::collections::BTreeMap;

use proofmark_stats::binomial::{lower_bound, upper_bound};
use proofmark_units::{Digest, Seed};
use rand::RngExt as _;
use serde::Serialize;

use crate::{Example, Polarity, Score, Scorer};

/// Two-sided level of the intervals.
const LEVEL: f64 = 0.95;
const DRAWS: usize = 1_000;

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Interval {
    /// The share seen.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One class of an evaluation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassReport {
    /// The class.
    pub class: Polarity,
    /// Texts of this class.
    pub support: u64,
    /// Share of the texts called so that are; `None` when none was.
    pub precision: Option<f64>,
    /// Share of the class that was called so; `None` for a class without texts.
    pub recall: Option<f64>,
    /// Harmonic mean of both, 0 when neither is more; `None` for a class without texts.
    pub f1: Option<f64>,
}

/// How a scorer did on labelled texts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Evaluation {
    /// The scorer.
    pub scorer: String,
    /// Texts.
    pub rows: u64,
    /// Texts that are not the same told twice; intervals are drawn over these.
    pub groups: u64,
    /// Texts it could not score; they count as wrong.
    pub unscored: u64,
    /// Share of texts given their label. The interval is exact (Clopper & Pearson) where every text is a group of its own,
    /// and drawn over groups otherwise.
    pub accuracy: Interval,
    /// Mean F1 of the classes that have texts; interval drawn over groups.
    pub macro_f1: Interval,
    /// By class.
    pub classes: Vec<ClassReport>,
    /// Texts by label (row) and by what the scorer said (column), both negative, neutral, positive.
    pub confusion: [[u64; 3]; 3],
}

/// Calls every text the same: what accuracy costs nothing.
#[derive(Debug, Clone, Copy)]
pub struct Majority(pub Polarity);

impl Majority {
    /// The most frequent label of `examples`; `None` without one.
    pub fn of(examples: &[&Example]) -> Option<Self> {
        let count = |polarity: Polarity| examples.iter().filter(|e| e.label == polarity).count();
        (!examples.is_empty()).then(|| {
            let best = |a: Polarity, b: Polarity| if count(b) > count(a) { b } else { a };
            Self(Polarity::ALL.into_iter().reduce(best).unwrap_or(Polarity::Neutral))
        })
    }
}

impl Scorer for Majority {
    fn name(&self) -> String {
        format!("always {}", self.0)
    }

    fn score(&self, _text: &str, _entity: Option<&str>) -> Option<Score> {
        let value = self.0.index() as f64 - 1.0;
        Some(Score { value, confidence: 0.0, polarity: self.0, hits: Vec::new() })
    }
}

/// Measures `scorer` on `examples`; `None` without examples.
pub fn evaluate(scorer: &dyn Scorer, examples: &[&Example], seed: &Seed) -> Option<Evaluation> {
    let mut groups: BTreeMap<Digest, Counts> = BTreeMap::new();
    let mut total = Counts::default();
    for example in examples {
        let said = scorer.score(&example.text, example.entity.as_deref()).map(|score| score.polarity);
        groups.entry(example.group()).or_default().add(example.label, said);
        total.add(example.label, said);
    }
    let rows = total.rows();
    if rows == 0 {
        return None;
    }
    let counts: Vec<&Counts> = groups.values().collect();
    let (mut accuracies, mut f1s) = (Vec::with_capacity(DRAWS), Vec::with_capacity(DRAWS));
    let mut rng = seed.child("sentiment").child("bootstrap").rng();
    for _ in 0..DRAWS {
        let mut drawn = Counts::default();
        for _ in 0..counts.len() {
            drawn.sum(counts[rng.random_range(0..counts.len())]);
        }
        accuracies.push(drawn.accuracy());
        f1s.push(drawn.macro_f1());
    }
    let exact = || {
        let level = (1.0 + LEVEL) / 2.0;
        Some((lower_bound(total.correct(), rows, level)?, upper_bound(total.correct(), rows, level)?))
    };
    let (low, high) =
        if counts.len() as u64 == rows { exact() } else { None }.unwrap_or_else(|| ends(&mut accuracies));
    let (f1_low, f1_high) = ends(&mut f1s);
    Some(Evaluation {
        scorer: scorer.name(),
        rows,
        groups: counts.len() as u64,
        unscored: total.unscored.iter().sum(),
        accuracy: Interval { value: total.accuracy(), low, high },
        macro_f1: Interval { value: total.macro_f1(), low: f1_low, high: f1_high },
        classes: Polarity::ALL.map(|class| total.class(class)).into(),
        confusion: total.said,
    })
}

/// The ends of the middle 95 % of what was drawn.
fn ends(drawn: &mut [f64]) -> (f64, f64) {
    drawn.sort_by(f64::total_cmp);
    let at = |share: f64| drawn[((drawn.len() - 1) as f64 * share).round() as usize];
    (at((1.0 - LEVEL) / 2.0), at((1.0 + LEVEL) / 2.0))
}

#[derive(Debug, Clone, Default)]
struct Counts {
    /// By label, then by what was said.
    said: [[u64; 3]; 3],
    unscored: [u64; 3],
}

impl Counts {
    fn add(&mut self, label: Polarity, said: Option<Polarity>) {
        match said {
            Some(said) => self.said[label.index()][said.index()] += 1,
            None => self.unscored[label.index()] += 1,
        }
    }

    fn sum(&mut self, other: &Self) {
        for (mine, theirs) in self.said.iter_mut().flatten().zip(other.said.iter().flatten()) {
            *mine += theirs;
        }
        for (mine, theirs) in self.unscored.iter_mut().zip(&other.unscored) {
            *mine += theirs;
        }
    }

    fn rows(&self) -> u64 {
        self.said.iter().flatten().chain(&self.unscored).sum()
    }

    fn correct(&self) -> u64 {
        (0..3).map(|c| self.said[c][c]).sum()
    }

    fn accuracy(&self) -> f64 {
        self.correct() as f64 / self.rows() as f64
    }

    fn class(&self, class: Polarity) -> ClassReport {
        let c = class.index();
        let hit = self.said[c][c];
        let support = self.said[c].iter().sum::<u64>() + self.unscored[c];
        let called: u64 = self.said.iter().map(|row| row[c]).sum();
        let share = |of: u64| (of > 0).then(|| hit as f64 / of as f64);
        // 2 TP / (2 TP + FP + FN), which is defined wherever the class has texts.
        let f1 = (support > 0).then(|| 2.0 * hit as f64 / (support + called) as f64);
        ClassReport { class, support, precision: share(called), recall: share(support), f1 }
    }

    fn macro_f1(&self) -> f64 {
        let f1s: Vec<f64> = Polarity::ALL.iter().filter_map(|class| self.class(*class).f1).collect();
        f1s.iter().sum::<f64>() / f1s.len().max(1) as f64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Says what the text says.
    struct Echo;

    impl Scorer for Echo {
        fn name(&self) -> String {
            "echo".into()
        }
        fn score(&self, text: &str, _: Option<&str>) -> Option<Score> {
            let polarity = text.split(' ').next()?.parse().ok()?;
            Some(Score { value: 0.0, confidence: 1.0, polarity, hits: Vec::new() })
        }
    }

    #[test]
    fn measures_by_hand() {
        // Labels and calls: 3 of 4 positives right (one called neutral), 1 of 2 negatives (one unscored), 2 of 2 neutrals.
        let rows: Vec<Example> = [
            ("positive a", "positive"),
            ("positive b", "positive"),
            ("positive c", "positive"),
            ("neutral d", "positive"),
            ("negative e", "negative"),
            ("?? f", "negative"),
            ("neutral g", "neutral"),
            ("neutral h", "neutral"),
        ]
        .into_iter()
        .map(|(text, label)| Example { text: text.into(), entity: None, label: label.parse().unwrap() })
        .collect();
        let rows: Vec<&Example> = rows.iter().collect();
        let report = evaluate(&Echo, &rows, &Seed::root(1)).unwrap();
        assert_eq!((report.rows, report.groups, report.unscored), (8, 8, 1));
        assert!((report.accuracy.value - 0.75).abs() < 1e-12);
        // Clopper & Pearson for 6 of 8 at 95 %: 0.349 to 0.968.
        assert!((report.accuracy.low - 0.3491).abs() < 1e-3 && (report.accuracy.high - 0.9681).abs() < 1e-3);
        // F1: positive 2*3/(4+3), negative 2*1/(2+1), neutral 2*2/(2+3).
        let f1 = (6.0 / 7.0 + 2.0 / 3.0 + 4.0 / 5.0) / 3.0;
        assert!((report.macro_f1.value - f1).abs() < 1e-12);
        assert_eq!(report.confusion, [[1, 0, 0], [0, 2, 0], [0, 1, 3]]);
        assert_eq!(report, evaluate(&Echo, &rows, &Seed::root(1)).unwrap());
        assert!(evaluate(&Echo, &[], &Seed::root(1)).is_none());
    }
}
