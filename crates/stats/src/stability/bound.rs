//! How uneven a result may be at the candidate's own Sharpe ratio.

use proofmark_units::Seed;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use super::subperiods::{MIN_ROWS, StabilityError, grouped};
use crate::bootstrap::{BootstrapError, RowSums, StationaryBlocks, StationaryBootstrap, draws};
use crate::moments::{mean, quantile_sorted, sd};

/// An observed figure against the lowest that stable returns would show.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LowerBound {
    /// The figure of the candidate.
    pub observed: f64,
    /// Its `q`-quantile over draws.
    pub quantile: f64,
    /// (1 + draws at or below the observed figure) / (1 + draws).
    pub p: f64,
    /// Whether the observed figure lies below the quantile: less stable than chance explains.
    pub below: bool,
}

/// What a stable series with the candidate's own mean, spread and memory shows over the same subperiods.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StabilityBound {
    /// Subperiods with a Sharpe ratio.
    pub subperiods: usize,
    /// The quantile that bounds.
    pub q: f64,
    /// Lowest per-period Sharpe ratio of a subperiod; the one to judge by.
    pub worst_sharpe: LowerBound,
    /// Lowest mean return of a subperiod; calm and wild subperiods make it fall short of its bound too often.
    pub worst_mean: LowerBound,
    /// Share of subperiods with a mean above 0.
    pub positive_share: LowerBound,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// Holds the worst subperiod and the share of positive ones against the `q`-quantile expected at the candidate's own
/// Sharpe.
///
/// Each draw of the stationary bootstrap (Politis & Romano 1994, JASA 89, 1303-1313) is a series of the same length
/// without regimes; it is moved to the candidate's own mean, since the subperiods of the data share that mean
/// exactly, and cut by the same labels. A weak candidate has bad subperiods by chance: only what lies below the
/// quantile is instability. Subperiods of fewer than five rows are left out.
///
/// # Errors
/// Labels or returns as for [`super::subperiods`], fewer than two subperiods, or a series that cannot be resampled.
pub fn stability_bound<L: Ord>(
    returns: &[f64],
    labels: &[L],
    q: f64,
    settings: &StationaryBootstrap,
    seed: Seed,
) -> Result<StabilityBound, StabilityError> {
    let groups = grouped(returns, labels)?;
    if !(q > 0.0 && q < 1.0) {
        return Err(BootstrapError::Setting { name: "q", value: q }.into());
    }
    let block_length = settings.block(returns)?;
    let (mean, spread) = mean(returns).zip(sd(returns)).ok_or(BootstrapError::NoSpread)?;
    let kept: Vec<(&L, f64)> = groups
        .iter()
        .filter(|(_, rows)| rows.len() >= MIN_ROWS && sd(rows).is_some_and(|sd| sd > 0.0))
        .map(|(label, rows)| (*label, rows.len() as f64))
        .collect();
    if kept.len() < 2 {
        return Err(StabilityError::Subperiods(kept.len()));
    }
    let cut = Cut::new(returns, mean, spread, labels, &kept);
    let observed = cut.of_data();
    let blocks = StationaryBlocks::new(returns.len(), block_length);
    let drawn = draws(settings.draws, seed, |rng| cut.of_draw(&blocks, rng));
    let bound = |figure: fn(&Figures) -> f64, scale: f64| {
        let mut values: Vec<f64> = drawn.iter().map(figure).collect();
        values.sort_unstable_by(f64::total_cmp);
        let at = figure(&observed);
        let quantile =
            quantile_sorted(&values, q).filter(|v| v.is_finite()).ok_or(BootstrapError::NoSpread)?;
        let lower = values.partition_point(|v| *v <= at);
        Ok::<_, BootstrapError>(LowerBound {
            observed: at * scale,
            quantile: quantile * scale,
            p: (1 + lower) as f64 / (1 + values.len()) as f64,
            below: at < quantile,
        })
    };
    Ok(StabilityBound {
        subperiods: kept.len(),
        q,
        worst_sharpe: bound(|f| f.worst_sharpe, 1.0)?,
        worst_mean: bound(|f| f.worst_mean, spread)?,
        positive_share: bound(|f| f.positive_share, 1.0)?,
        block_length,
        draws: settings.draws,
    })
}

/// A series cut into the subperiods that are judged, in units of its standard deviation from its mean.
struct Cut {
    /// Sums of z and z^2.
    sums: RowSums,
    runs: Vec<Run>,
    /// Rows of each subperiod.
    sizes: Vec<f64>,
    rows: usize,
    /// Mean over standard deviation of the series.
    level: f64,
}

impl Cut {
    fn new<L: Ord>(returns: &[f64], mean: f64, spread: f64, labels: &[L], kept: &[(&L, f64)]) -> Self {
        let standardised: Vec<f64> = returns
            .iter()
            .flat_map(|r| {
                let z = (r - mean) / spread;
                [z, z * z]
            })
            .collect();
        Self {
            sums: RowSums::new(&standardised, 2),
            runs: Run::of(labels, kept),
            sizes: kept.iter().map(|(_, size)| *size).collect(),
            rows: returns.len(),
            level: mean / spread,
        }
    }

    fn of_data(&self) -> Figures {
        let mut totals = vec![0.0; 2 * self.sizes.len()];
        for run in &self.runs {
            self.add(run.group, run.start, run.len, &mut totals);
        }
        Figures::new(&totals, &self.sizes, 0.0, self.level)
    }

    /// One resampled series laid over the same runs of labels.
    fn of_draw(&self, blocks: &StationaryBlocks, rng: &mut ChaCha8Rng) -> Figures {
        let mut totals = vec![0.0; 2 * self.sizes.len()];
        let mut all = [0.0; 2];
        let mut runs = self.runs.iter();
        let (mut left, mut group) = (0, None);
        blocks.draw(rng, self.rows, |start, len| {
            self.sums.add_block(start, len, &mut all);
            let (mut start, mut len) = (start, len);
            while len > 0 {
                if left == 0
                    && let Some(run) = runs.next()
                {
                    (left, group) = (run.len, run.group);
                }
                let part = len.min(left);
                self.add(group, start, part, &mut totals);
                start = (start + part) % self.rows;
                (len, left) = (len - part, left - part);
            }
        });
        Figures::new(&totals, &self.sizes, all[0] / self.rows as f64, self.level)
    }

    fn add(&self, group: Option<usize>, start: usize, len: usize, totals: &mut [f64]) {
        if let Some(group) = group {
            self.sums.add_block(start, len, &mut totals[2 * group..2 * group + 2]);
        }
    }
}

/// Consecutive rows with one label; `group` is `None` where the label is left out.
struct Run {
    start: usize,
    len: usize,
    group: Option<usize>,
}

impl Run {
    fn of<L: Ord>(labels: &[L], kept: &[(&L, f64)]) -> Vec<Self> {
        let mut start = 0;
        let runs = labels.chunk_by(|a, b| a == b).map(|run| {
            let found = Self {
                start,
                len: run.len(),
                group: kept.binary_search_by(|(label, _)| (*label).cmp(&run[0])).ok(),
            };
            start += run.len();
            found
        });
        runs.collect()
    }
}

/// Figures over subperiods, in units of the whole series' standard deviation.
struct Figures {
    worst_mean: f64,
    worst_sharpe: f64,
    positive_share: f64,
}

impl Figures {
    /// From sums of z and z^2 by subperiod; `shift` is the mean of z over the draw, `level` mean over sd of the series.
    fn new(totals: &[f64], sizes: &[f64], shift: f64, level: f64) -> Self {
        let (mut worst_mean, mut worst_sharpe, mut positive) = (f64::INFINITY, f64::INFINITY, 0_u32);
        for (sums, size) in totals.chunks_exact(2).zip(sizes) {
            let own = sums[0] / size;
            let mean = own - shift + level;
            let variance = (sums[1] - size * own * own) / (size - 1.0);
            worst_mean = worst_mean.min(mean);
            // A draw may repeat one value through a subperiod; without spread it has no ratio.
            if variance > 1e-12 {
                worst_sharpe = worst_sharpe.min(mean / variance.sqrt());
            }
            positive += u32::from(mean > 0.0);
        }
        Self { worst_mean, worst_sharpe, positive_share: f64::from(positive) / sizes.len() as f64 }
    }
}

#[cfg(test)]
mod tests {
    use super::super::subperiods;
    use super::*;

    fn noise(n: usize) -> Vec<f64> {
        (0..n).map(|i| 0.0005 + 0.01 * ((i * i) as f64 * 0.77).sin()).collect()
    }

    #[test]
    fn observed_figures_are_those_of_the_table() {
        let returns = noise(1000);
        for labels in [
            (0..1000).map(|i| i / 63).collect::<Vec<usize>>(),
            (0..1000).map(|i| (i / 7) % 5).collect::<Vec<usize>>(),
        ] {
            let settings = StationaryBootstrap { draws: 400, ..StationaryBootstrap::default() };
            let found = stability_bound(&returns, &labels, 0.01, &settings, Seed::root(3)).unwrap();
            let table = subperiods(&returns, &labels).unwrap();
            let least = |values: Vec<f64>| values.into_iter().fold(f64::INFINITY, f64::min);
            let worst = least(table.iter().filter_map(|s| s.sharpe).collect());
            assert!((found.worst_sharpe.observed - worst).abs() < 1e-9, "{found:?} {worst}");
            let lowest = least(table.iter().map(|s| s.mean).collect());
            assert!((found.worst_mean.observed - lowest).abs() < 1e-12);
            let positive = table.iter().filter(|s| s.mean > 0.0).count() as f64 / table.len() as f64;
            assert!((found.positive_share.observed - positive).abs() < 1e-12);
            assert_eq!(found.subperiods, table.len());
            assert!(!found.worst_sharpe.below, "{found:?}");
        }
    }

    #[test]
    fn a_year_that_lost_what_the_others_won_is_seen() {
        let mut returns = noise(1260);
        returns[756..1008].iter_mut().for_each(|r| *r -= 0.004);
        let years: Vec<usize> = (0..1260).map(|i| i / 252).collect();
        let settings = StationaryBootstrap { draws: 2000, ..StationaryBootstrap::default() };
        let found = stability_bound(&returns, &years, 0.01, &settings, Seed::root(3)).unwrap();
        assert!(found.worst_sharpe.below && found.worst_mean.below, "{found:?}");
        assert!(found.worst_sharpe.p < 0.01);
    }

    #[test]
    fn bad_input_is_named() {
        let settings = StationaryBootstrap { draws: 100, ..StationaryBootstrap::default() };
        let run = |labels: &[usize], q| stability_bound(&noise(100), labels, q, &settings, Seed::root(1));
        let halves: Vec<usize> = (0..100).map(|i| i / 50).collect();
        assert_eq!(run(&[0; 100], 0.01), Err(StabilityError::Subperiods(1)));
        assert!(matches!(run(&halves, 0.0), Err(StabilityError::Bootstrap(_))));
        assert!(run(&halves, 0.01).is_ok());
    }
}
