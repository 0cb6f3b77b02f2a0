//! Which of many means are above 0, at one error rate for the family.

use proofmark_units::Seed;
use serde::Serialize;

use super::panel::Panel;
use super::{ComparisonError, JointBootstrap, p_value};

/// Which alternatives a test looks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Tail {
    /// Means above 0.
    Greater,
    /// Means other than 0.
    TwoSided,
}

impl Tail {
    fn of(self, t: f64) -> f64 {
        match self {
            Self::Greater => t,
            Self::TwoSided => t.abs(),
        }
    }
}

/// One step of [`step_m`].
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Step {
    /// What a statistic must exceed: the level's quantile of the draws' largest statistic among the models left.
    pub critical_value: f64,
    /// Models that exceed it, ascending; empty in the last step unless it took all that were left.
    pub rejected: Vec<usize>,
}

/// Models better than the benchmark at a family-wise level.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StepM {
    /// Positions of the superior models, ascending.
    pub superior: Vec<usize>,
    /// The steps taken.
    pub steps: Vec<Step>,
    /// Mean over standard error of every model.
    pub ts: Vec<f64>,
    /// Family-wise level.
    pub alpha: f64,
    /// Periods.
    pub n: usize,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// The models that beat the benchmark, with probability at most `alpha` of naming any that does not.
///
/// J. P. Romano & M. Wolf (2005), "Stepwise Multiple Testing as Formalized Data Snooping", Econometrica 73(4), 1237-1282,
/// section 4 (studentised): reject every model whose statistic exceeds the quantile of the largest statistic among the
/// models left, and repeat without those. Draws are centred at the sample means and studentised each by its own variance.
/// `arch.bootstrap.StepM` differs: it recentres as Hansen (2005) and does not studentise. Memory: 8 bytes per model and
/// draw.
///
/// # Errors
/// As for [`super::superior_predictive_ability`]; an `alpha` outside 0 to 1 or below 1 / (draws + 1).
pub fn step_m(
    models: &[&[f64]],
    alpha: f64,
    settings: &JointBootstrap,
    seed: Seed,
) -> Result<StepM, ComparisonError> {
    // At most this many draws may reach a statistic that is rejected: (1 + k) / (1 + draws) <= alpha.
    let allowed = (alpha * (settings.draws + 1) as f64 * (1.0 + 1e-12)).floor() - 1.0;
    if !(alpha > 0.0 && alpha < 1.0) || allowed < 0.0 {
        return Err(ComparisonError::Setting { name: "alpha", value: alpha });
    }
    let panel = Panel::relative(models, settings)?;
    let ts = panel.statistics();
    let rows = panel.studentised(seed);
    let mut left: Vec<usize> = (0..models.len()).collect();
    let mut steps: Vec<Step> = Vec::new();
    while !left.is_empty() {
        let largest = |row: &Vec<f64>| left.iter().map(|j| row[*j]).fold(f64::NEG_INFINITY, f64::max);
        let mut maxima: Vec<f64> = rows.iter().map(largest).collect();
        maxima.sort_unstable_by(|a, b| b.total_cmp(a));
        let critical_value = maxima[allowed as usize];
        let rejected: Vec<usize> = left.iter().copied().filter(|j| ts[*j] > critical_value).collect();
        left.retain(|j| !rejected.contains(j));
        let last = rejected.is_empty();
        steps.push(Step { critical_value, rejected });
        if last {
            break;
        }
    }
    let mut superior: Vec<usize> = steps.iter().flat_map(|step| step.rejected.iter().copied()).collect();
    superior.sort_unstable();
    Ok(StepM { superior, steps, ts, alpha, n: panel.n, block_length: panel.block, draws: settings.draws })
}

/// One mean tested among many.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AdjustedTest {
    /// Mean per period.
    pub mean: f64,
    /// Mean over standard error; 0 for a series that is 0 throughout.
    pub t: f64,
    /// p of this test alone.
    pub p_value: f64,
    /// p adjusted for all tests: at most alpha where the family-wise level alpha rejects.
    pub p_adjusted: f64,
}

/// Many means tested together.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RomanoWolf {
    /// One test per series, in the order given.
    pub tests: Vec<AdjustedTest>,
    /// Periods.
    pub n: usize,
    /// Mean block length used, in periods.
    pub block_length: f64,
    /// Draws.
    pub draws: usize,
}

/// p values of "the mean is not above 0" (or "is 0"), adjusted for all series of the call by joint resampling.
///
/// J. P. Romano & M. Wolf (2016), "Efficient Computation of Adjusted p-values for Resampling-Based Stepdown Multiple
/// Testing", Statistics & Probability Letters 113, 38-40: with statistics in descending order, the p of rank
/// s counts the draws whose largest statistic among ranks s and below reaches it, made monotone from the top. The tests
/// with p at most alpha are those that [`step_m`] rejects. Series may be per symbol or per feature, such as daily rank
/// correlations; rows are periods shared by all. Memory: 8 bytes per series and draw.
///
/// # Errors
/// As for [`super::superior_predictive_ability`].
pub fn romano_wolf(
    series: &[&[f64]],
    tail: Tail,
    settings: &JointBootstrap,
    seed: Seed,
) -> Result<RomanoWolf, ComparisonError> {
    let panel = Panel::relative(series, settings)?;
    let ts = panel.statistics();
    let rows = panel.studentised(seed);
    let observed: Vec<f64> = ts.iter().map(|t| tail.of(*t)).collect();
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by(|a, b| observed[*b].total_cmp(&observed[*a]));
    let (mut alone, mut among) = (vec![0_usize; series.len()], vec![0_usize; series.len()]);
    for row in &rows {
        let mut largest = f64::NEG_INFINITY;
        for &test in order.iter().rev() {
            let t = tail.of(row[test]);
            largest = largest.max(t);
            alone[test] += usize::from(t >= observed[test]);
            among[test] += usize::from(largest >= observed[test]);
        }
    }
    let mut tests: Vec<AdjustedTest> = (0..series.len())
        .map(|j| AdjustedTest {
            mean: panel.means[j],
            t: ts[j],
            p_value: p_value(alone[j], settings.draws),
            p_adjusted: p_value(among[j], settings.draws),
        })
        .collect();
    let mut running = 0.0_f64;
    for &test in &order {
        running = running.max(tests[test].p_adjusted);
        tests[test].p_adjusted = running;
    }
    Ok(RomanoWolf { tests, n: panel.n, block_length: panel.block, draws: settings.draws })
}

#[cfg(test)]
mod tests {
    use super::super::Block;
    use super::*;

    /// Eleven series of growing mean: some far from 0, some near, some below.
    fn series() -> Vec<Vec<f64>> {
        (0..11)
            .map(|j| {
                let step = 0.31 + 0.07 * f64::from(j);
                (0..300).map(|i| 0.0004 * f64::from(j - 4) + 0.01 * (f64::from(i * i) * step).sin()).collect()
            })
            .collect()
    }

    fn settings() -> JointBootstrap {
        JointBootstrap { draws: 999, block: Block::Fixed(3.0) }
    }

    #[test]
    fn steps_and_adjusted_values_name_the_same_models() {
        let series = series();
        let views: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
        let adjusted = romano_wolf(&views, Tail::Greater, &settings(), Seed::root(1)).unwrap();
        let mut sizes = Vec::new();
        for alpha in [0.001, 0.01, 0.05, 0.2, 0.5, 0.9] {
            let found = step_m(&views, alpha, &settings(), Seed::root(1)).unwrap();
            let by_p: Vec<usize> =
                (0..views.len()).filter(|j| adjusted.tests[*j].p_adjusted <= alpha).collect();
            assert_eq!(found.superior, by_p, "{alpha}");
            let falling = found.steps.windows(2).all(|pair| pair[1].critical_value <= pair[0].critical_value);
            assert!(falling, "{:?}", found.steps);
            sizes.push(found.superior.len());
        }
        assert!(sizes.is_sorted() && sizes[0] < sizes[5] && sizes[2] >= 1, "{sizes:?}");
    }

    #[test]
    fn adjusted_values_are_those_of_the_definition() {
        let series = series();
        let views: Vec<&[f64]> = series.iter().map(Vec::as_slice).collect();
        let panel = Panel::relative(&views, &settings()).unwrap();
        let rows = panel.studentised(Seed::root(2));
        for tail in [Tail::Greater, Tail::TwoSided] {
            let found = romano_wolf(&views, tail, &settings(), Seed::root(2)).unwrap();
            let ts: Vec<f64> = panel.statistics().iter().map(|t| tail.of(*t)).collect();
            for (test, own) in found.tests.iter().zip(&ts) {
                // The largest p, over the tests at least as strong, of a maximum over the tests no stronger than each.
                let strong = ts.iter().filter(|t| *t >= own);
                let expected = strong
                    .map(|level| {
                        let reaches = |row: &&Vec<f64>| {
                            row.iter().zip(&ts).any(|(draw, t)| t <= level && tail.of(*draw) >= *level)
                        };
                        p_value(rows.iter().filter(reaches).count(), 999)
                    })
                    .fold(0.0, f64::max);
                assert_eq!(test.p_adjusted, expected);
                assert!(test.p_value <= test.p_adjusted);
            }
        }
    }

    #[test]
    fn copies_cost_nothing_and_nothing_is_found_in_zeros() {
        let one = &series()[9];
        let alone = romano_wolf(&[one], Tail::Greater, &settings(), Seed::root(3)).unwrap();
        let many =
            romano_wolf(&[one, one, one, &[0.0; 300]], Tail::Greater, &settings(), Seed::root(3)).unwrap();
        assert_eq!(many.tests[0].p_adjusted, alone.tests[0].p_value);
        assert_eq!(many.tests[2].p_adjusted, alone.tests[0].p_value);
        assert_eq!((many.tests[3].t, many.tests[3].p_value, many.tests[3].p_adjusted), (0.0, 1.0, 1.0));
    }

    #[test]
    fn the_level_must_be_within_reach_of_the_draws() {
        let series = series();
        let run = |alpha| step_m(&[&series[0]], alpha, &settings(), Seed::root(1));
        for alpha in [0.0, 0.0009, 1.0, f64::NAN] {
            assert!(matches!(run(alpha), Err(ComparisonError::Setting { name: "alpha", .. })), "{alpha}");
        }
        assert!(run(0.001).is_ok());
    }
}
