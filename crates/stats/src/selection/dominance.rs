//! Stochastic dominance of one sample over a much larger one.

use rayon::prelude::*;
use serde::Serialize;

/// Areas below this fraction of the values' range are rounding.
const ROUNDING: f64 = 1e-12;
/// Values counted at a time; part of the order of summation.
const CHUNK: usize = 1 << 17;

/// Whether the distribution of the picks lies above another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dominance {
    /// First order: at no level are the picks more often below, at some less often.
    pub first_order: bool,
    /// Largest excess of the picks' distribution function over the other one, 0 if none.
    pub first_order_excess: f64,
    /// Second order: the picks' distribution function has no larger area below any level, and a smaller one below some.
    pub second_order: bool,
    /// Largest excess of that area, in the unit of the performance, 0 if none.
    pub second_order_excess: f64,
}

impl Dominance {
    /// Compares two non-empty samples of finite values, without sorting the second.
    ///
    /// As in Bailey et al. (2017), with distribution functions F of the picks and G of the others, first order is
    /// F(x) <= G(x) for all x, second order is that D(x), the integral of F - G up to x, is never above 0. F - G is largest
    /// at a pick. Between neighbouring picks F is constant and G grows, so D is concave: its maximum is at a pick, or
    /// where G crosses F, and only there, if the slope could lead higher, are values looked at one by one. Above the last
    /// pick D grows to the difference of the means.
    pub(super) fn of(mut picks: Vec<f64>, others: &[f64]) -> Self {
        picks.sort_unstable_by(f64::total_cmp);
        let cells = Cells::new(&picks);
        let Counted { tallies, lowest, highest } = cells.count(others);
        let (size, total) = (picks.len() as u64, others.len() as u64);
        let area = |x: f64, picks: Tally, others: Tally| {
            (picks.count as f64 * x - picks.sum) / size as f64
                - (others.count as f64 * x - others.sum) / total as f64
        };

        // What lies at or below the pick reached.
        let (mut picks_below, mut below) = (Tally::default(), Tally::default());
        let (mut first, mut most, mut least, mut last) = (0.0_f64, 0.0_f64, 0.0_f64, 0.0);
        let mut crossings: Vec<Crossing> = Vec::new();
        for (k, (pick, tally)) in picks.iter().zip(&tallies).enumerate() {
            let before = below;
            below.add(*tally);
            // In whole numbers, so that equal distributions differ by exactly 0.
            let level = picks_below.count * total;
            if k > 0 && before.count * size < level && level < below.count * size {
                let slope = (level - before.count * size) as f64 / size as f64 / total as f64;
                let bound = last + slope * (pick - picks[k - 1]);
                crossings.push(Crossing { cell: k, bound, picks_below, below: before });
            }
            picks_below.add(Tally { count: 1, sum: *pick });
            if picks_below.count * total > below.count * size {
                let excess =
                    (picks_below.count * total - below.count * size) as f64 / size as f64 / total as f64;
                // Of equal picks only the last has all of them below it.
                if picks.get(k + 1) != Some(pick) {
                    first = first.max(excess);
                }
            }
            last = area(*pick, picks_below, below);
            most = most.max(last);
            least = least.min(last);
        }
        below.add(tallies[picks.len()]);
        let means = below.sum / total as f64 - picks_below.sum / size as f64;
        most = most.max(means);
        crossings.retain(|crossing| crossing.bound > most);
        for (crossing, mut values) in cells.gather(others, crossings) {
            values.sort_unstable_by(f64::total_cmp);
            let mut below = crossing.below;
            for value in values {
                below.add(Tally { count: 1, sum: value });
                most = most.max(area(value, crossing.picks_below, below));
            }
        }
        let rounding = ROUNDING * (highest.max(picks[picks.len() - 1]) - lowest.min(picks[0]));
        let second = if most <= rounding { 0.0 } else { most };
        Self {
            // With F <= G everywhere, equal means leave equal distributions only.
            first_order: first == 0.0 && means < -rounding,
            first_order_excess: first,
            second_order: second == 0.0 && least < -rounding,
            second_order_excess: second,
        }
    }
}

/// Number and sum of some values.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    count: u64,
    sum: f64,
}

impl Tally {
    fn add(&mut self, other: Self) {
        self.count += other.count;
        self.sum += other.sum;
    }
}

/// A cell between two picks inside which G crosses F, what lies below it, and a bound of D inside it.
struct Crossing {
    cell: usize,
    bound: f64,
    picks_below: Tally,
    below: Tally,
}

/// The values in each cell; cell k holds those above pick k - 1 and at most pick k.
struct Counted {
    tallies: Vec<Tally>,
    lowest: f64,
    highest: f64,
}

/// The cells between ascending picks, found by a grid of equal steps and a short walk.
struct Cells<'a> {
    picks: &'a [f64],
    steps_per_unit: f64,
    /// First cell that a value of each step can lie in.
    starts: Vec<u32>,
}

impl<'a> Cells<'a> {
    fn new(picks: &'a [f64]) -> Self {
        let steps = 4 * picks.len();
        let range = picks[picks.len() - 1] - picks[0];
        let steps_per_unit = if range > 0.0 { steps as f64 / range } else { 0.0 };
        let mut cells = Self { picks, steps_per_unit, starts: vec![0; steps + 1] };
        let mut cell = 0;
        for step in 0..=steps {
            // A pick of an earlier step lies below every value of this one.
            while cell < picks.len() && cells.step(picks[cell]) < step {
                cell += 1;
            }
            cells.starts[step] = cell as u32;
        }
        cells
    }

    /// Grows with the value, whatever the rounding.
    fn step(&self, value: f64) -> usize {
        (((value - self.picks[0]) * self.steps_per_unit) as usize).min(4 * self.picks.len())
    }

    fn cell(&self, value: f64) -> usize {
        let mut cell = self.starts[self.step(value)] as usize;
        while cell < self.picks.len() && self.picks[cell] < value {
            cell += 1;
        }
        cell
    }

    fn count(&self, values: &[f64]) -> Counted {
        let empty = || Counted {
            tallies: vec![Tally::default(); self.picks.len() + 1],
            lowest: f64::INFINITY,
            highest: f64::NEG_INFINITY,
        };
        let parts: Vec<Counted> = values
            .par_chunks(CHUNK)
            .map(|values| {
                let mut part = empty();
                for value in values {
                    part.tallies[self.cell(*value)].add(Tally { count: 1, sum: *value });
                    part.lowest = part.lowest.min(*value);
                    part.highest = part.highest.max(*value);
                }
                part
            })
            .collect();
        parts.into_iter().fold(empty(), |mut all, part| {
            all.tallies.iter_mut().zip(part.tallies).for_each(|(a, b)| a.add(b));
            Counted { lowest: all.lowest.min(part.lowest), highest: all.highest.max(part.highest), ..all }
        })
    }

    /// The values inside the cells of `crossings`, whose cells ascend and are not the first or the last.
    fn gather(&self, values: &[f64], crossings: Vec<Crossing>) -> Vec<(Crossing, Vec<f64>)> {
        let mut found: Vec<(Crossing, Vec<f64>)> = crossings.into_iter().map(|c| (c, Vec::new())).collect();
        let (Some((lowest, _)), Some((highest, _))) = (found.first(), found.last()) else { return found };
        let (low, high) = (self.picks[lowest.cell - 1], self.picks[highest.cell]);
        for value in values.iter().filter(|value| low < **value && **value <= high) {
            if let Ok(slot) = found.binary_search_by_key(&self.cell(*value), |(crossing, _)| crossing.cell) {
                found[slot].1.push(*value);
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(a: &[f64], b: &[f64]) -> Dominance {
        Dominance::of(a.to_vec(), b)
    }

    /// From the definition: distribution functions and areas at every value of either sample.
    fn by_definition(a: &[f64], b: &[f64]) -> (f64, f64, f64, f64) {
        let share = |s: &[f64], x: f64| s.iter().filter(|v| **v <= x).count() as f64 / s.len() as f64;
        let area = |s: &[f64], x: f64| s.iter().map(|v| (x - v).max(0.0)).sum::<f64>() / s.len() as f64;
        let points: Vec<f64> = a.iter().chain(b).copied().collect();
        let excess = |of: &dyn Fn(f64) -> f64| points.iter().map(|x| of(*x)).fold(0.0, f64::max);
        (
            excess(&|x| share(a, x) - share(b, x)),
            excess(&|x| share(b, x) - share(a, x)),
            excess(&|x| area(a, x) - area(b, x)),
            excess(&|x| area(b, x) - area(a, x)),
        )
    }

    #[test]
    fn hand_checked_orders() {
        // Shifted up: both orders.
        let found = of(&[1.0, 2.0, 4.0], &[0.0, 2.0, 3.0]);
        assert_eq!((found.first_order, found.second_order, found.first_order_excess), (true, true, 0.0));
        // Same mean, less spread: second order only. F is 1/2 above on [1, 2).
        let found = of(&[1.0, 1.0], &[0.0, 2.0]);
        assert_eq!((found.first_order, found.first_order_excess), (false, 0.5));
        assert_eq!((found.second_order, found.second_order_excess), (true, 0.0));
        // More spread: neither; the area is ahead by 1/2 at 1, where G crosses F between the picks.
        let found = of(&[0.0, 2.0], &[1.0, 1.0]);
        assert_eq!((found.second_order, found.second_order_excess), (false, 0.5));
        // Equal: neither is strict.
        let found = of(&[0.0, 1.0, 0.0], &[-0.0, 0.0, 1.0]);
        assert_eq!((found.first_order, found.second_order), (false, false));
        assert_eq!((found.first_order_excess, found.second_order_excess), (0.0, 0.0));
        // Samples of different size with the same distribution.
        assert_eq!(of(&[0.0, 1.0], &[0.0, 0.0, 1.0, 1.0]).first_order_excess, 0.0);
    }

    proptest! {
        #[test]
        fn as_by_definition(
            // Coarse values make ties within and between the samples, fine ones make none.
            a in proptest::collection::vec(prop_oneof![(-4..4).prop_map(f64::from), -4.0..4.0_f64], 1..12),
            b in proptest::collection::vec(prop_oneof![(-4..4).prop_map(f64::from), -4.0..4.0_f64], 1..30),
        ) {
            let (found, expected) = (of(&a, &b), by_definition(&a, &b));
            prop_assert!((found.first_order_excess - expected.0).abs() < 1e-12, "{:?} {:?}", found, expected);
            prop_assert!((found.second_order_excess - expected.2).abs() < 1e-11, "{:?} {:?}", found, expected);
            prop_assert_eq!(found.first_order, expected.0 < 1e-9 && expected.1 > 1e-9);
            prop_assert_eq!(found.second_order, expected.2 < 1e-9 && expected.3 > 1e-9);
        }
    }
}
