//! PBO and what comes with it.

use serde::Serialize;

use super::halves::{Halves, Split};
use super::{Cscv, Dominance, SelectionError, check};
use crate::moments::mean;

/// How often a relative rank occurred.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct LogitCount {
    /// ln(w / (1 - w)) of the pick's relative rank w = rank / (N + 1) out of sample; equal trials share the average rank.
    pub logit: f64,
    /// Halves with it.
    pub count: usize,
}

/// Least squares of the pick's performance out of sample on that in sample.
///
/// Over the halves, a trial's two performances nearly sum to a constant, so the slope tends to -1 when one trial is always
/// picked, be it skilled or not. It says something only where the picks change.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Degradation {
    /// Change out of sample per unit in sample.
    pub slope: f64,
    /// Performance out of sample at 0 in sample.
    pub intercept: f64,
    /// Share of variance explained; 0 where there is none to explain.
    pub r2: f64,
}

/// One trial's own record, beside which PBO is read.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TrialRecord {
    /// Position of the trial.
    pub trial: usize,
    /// Its performance over the whole span.
    pub performance: f64,
    /// Share of halves that pick it.
    pub picked: f64,
    /// Share of halves on which its performance is below 0.
    pub below_zero: f64,
    /// Share of halves on which it ranks at the median or below.
    pub below_median: f64,
}

/// One half's pick.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    /// Position of the trial, the first of equals.
    pub trial: usize,
    /// Its performance on the half that picked it.
    pub in_sample: f64,
    /// Its performance on the other half.
    pub out_of_sample: f64,
    /// Logit of its relative rank on the other half.
    pub logit: f64,
}

/// Probability of backtest overfitting and what comes with it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Pbo {
    /// Share of halves whose pick ranks at the median of the other half or below (logit <= 0).
    pub pbo: f64,
    /// Trials N.
    pub trials: usize,
    /// Periods T.
    pub periods: usize,
    /// Blocks S.
    pub blocks: usize,
    /// Halves, S over S/2.
    pub halves: usize,
    /// Distribution of the logits, ascending.
    pub logits: Vec<LogitCount>,
    /// Performance degradation; `None` where all picks perform alike in sample.
    pub degradation: Option<Degradation>,
    /// Share of halves whose pick performs below 0 out of sample.
    pub probability_of_loss: f64,
    /// Picks against the mean of all trials, out of sample (the paper's comparison).
    pub over_mean: Dominance,
    /// Picks against all trials, out of sample: against choosing one at random.
    pub over_all: Dominance,
    /// The candidate's own record.
    pub candidate: TrialRecord,
    /// Every pick, each followed by that of the complementary half; not serialised.
    #[serde(skip)]
    pub picks: Vec<Pick>,
}

/// The probability that choosing the best of `trials` by past performance picks one that is below the median later.
///
/// `trials` are return series per period of the same periods, one for every configuration tried, poor ones included: PBO of
/// the survivors of an earlier choice is meaningless. Performances come from block sums of returns and squares, exactly,
/// and each half shares its work with its complement.
///
/// # Errors
/// Trials that are too few or short, of unequal length, not finite, or constant but not idle; settings out of range.
pub fn pbo(trials: &[&[f64]], settings: &Cscv) -> Result<Pbo, SelectionError> {
    let (width, periods) = (trials.len(), trials.first().map_or(0, |t| t.len()));
    check(trials, settings)?;
    let halves = Halves::new(trials, settings.blocks, settings.measure)?;
    let candidate = settings.candidate.unwrap_or_else(|| halves.best());
    let (splits, pooled) = halves.all(candidate);

    let count = splits.len();
    let share = |of: &dyn Fn(&Split) -> bool| splits.iter().filter(|s| of(s)).count() as f64 / count as f64;
    let at_most_median = |twice_rank: usize| twice_rank <= width + 1;
    let mut counts = vec![0; 2 * width + 1];
    for split in &splits {
        counts[split.twice_rank] += 1;
    }
    let logit = |twice_rank: usize| (twice_rank as f64 / (2 * (width + 1) - twice_rank) as f64).ln();
    let occurring = counts.iter().enumerate().filter(|(_, count)| **count > 0);
    let picks: Vec<Pick> = splits
        .iter()
        .map(|s| Pick {
            trial: s.trial,
            in_sample: s.in_sample,
            out_of_sample: s.out_of_sample,
            logit: logit(s.twice_rank),
        })
        .collect();
    let out_of_sample: Vec<f64> = picks.iter().map(|p| p.out_of_sample).collect();
    Ok(Pbo {
        pbo: share(&|s| at_most_median(s.twice_rank)),
        trials: width,
        periods,
        blocks: settings.blocks,
        halves: count,
        logits: occurring.map(|(rank, count)| LogitCount { logit: logit(rank), count: *count }).collect(),
        degradation: degradation(&picks),
        probability_of_loss: share(&|s| s.out_of_sample < 0.0),
        over_mean: Dominance::of(out_of_sample.clone(), &splits.iter().map(|s| s.mean).collect::<Vec<f64>>()),
        over_all: Dominance::of(out_of_sample, &pooled),
        candidate: TrialRecord {
            trial: candidate,
            performance: halves.overall(candidate),
            picked: share(&|s| s.trial == candidate),
            below_zero: share(&|s| s.candidate < 0.0),
            below_median: share(&|s| at_most_median(s.candidate_twice_rank)),
        },
        picks,
    })
}

fn degradation(picks: &[Pick]) -> Option<Degradation> {
    let (x, y): (Vec<f64>, Vec<f64>) = picks.iter().map(|p| (p.in_sample, p.out_of_sample)).unzip();
    let (x_mean, y_mean) = (mean(&x)?, mean(&y)?);
    let product = |a: &[f64], a_mean: f64, b: &[f64], b_mean: f64| {
        a.iter().zip(b).map(|(a, b)| (a - a_mean) * (b - b_mean)).sum::<f64>()
    };
    let (xx, xy, yy) =
        (product(&x, x_mean, &x, x_mean), product(&x, x_mean, &y, y_mean), product(&y, y_mean, &y, y_mean));
    let slope = xy / xx;
    let r2 = if yy > 0.0 { (slope * xy / yy).min(1.0) } else { 0.0 };
    let found = Degradation { slope, intercept: y_mean - slope * x_mean, r2 };
    (xx > 0.0 && found.slope.is_finite() && found.intercept.is_finite()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::super::Measure;
    use super::*;
    use crate::performance::sharpe_per_period;

    fn wave(trial: u32, periods: u32) -> Vec<f64> {
        let step = 0.31 + 0.07 * f64::from(trial);
        (0..periods).map(|i| 0.0005 + 0.01 * (f64::from(i * i) * step).sin()).collect()
    }

    fn settings(blocks: usize, measure: Measure) -> Cscv {
        Cscv { blocks, measure, candidate: None }
    }

    /// Step by step as in the paper, from the returns themselves.
    fn by_hand(trials: &[Vec<f64>], blocks: usize, measure: Measure) -> Vec<Pick> {
        let periods = trials[0].len();
        let rate = |trial: &Vec<f64>, mask: u32| {
            let rows = (0..blocks).filter(|b| mask >> b & 1 == 1);
            let part: Vec<f64> =
                rows.flat_map(|b| trial[b * periods / blocks..(b + 1) * periods / blocks].to_vec()).collect();
            match measure {
                Measure::Sharpe => sharpe_per_period(&part).unwrap_or(0.0),
                Measure::Mean => mean(&part).unwrap(),
            }
        };
        let all = (1_u32 << blocks) - 1;
        let mut found = Vec::new();
        for mask in (0..=all).filter(|m| m.count_ones() as usize == blocks / 2) {
            let inside: Vec<f64> = trials.iter().map(|t| rate(t, mask)).collect();
            let outside: Vec<f64> = trials.iter().map(|t| rate(t, all ^ mask)).collect();
            let best = (0..trials.len()).rev().max_by(|a, b| inside[*a].total_cmp(&inside[*b])).unwrap();
            let ranks = crate::rank::average_ranks(&outside).unwrap();
            let relative = ranks[best] / (trials.len() + 1) as f64;
            found.push(Pick {
                trial: best,
                in_sample: inside[best],
                out_of_sample: outside[best],
                logit: (relative / (1.0 - relative)).ln(),
            });
        }
        found
    }

    #[test]
    fn every_half_as_in_the_paper() {
        let trials: Vec<Vec<f64>> = (0..7).map(|j| wave(j, 101)).collect();
        let views: Vec<&[f64]> = trials.iter().map(Vec::as_slice).collect();
        for (blocks, measure) in [(4, Measure::Sharpe), (6, Measure::Mean), (8, Measure::Sharpe)] {
            let found = pbo(&views, &settings(blocks, measure)).unwrap();
            let mut expected = by_hand(&trials, blocks, measure);
            assert_eq!((found.halves, found.picks.len()), (expected.len(), expected.len()));
            let mut picks = found.picks.clone();
            let order = |a: &Pick, b: &Pick| a.trial.cmp(&b.trial).then(a.in_sample.total_cmp(&b.in_sample));
            picks.sort_by(order);
            expected.sort_by(order);
            for (a, b) in picks.iter().zip(&expected) {
                assert_eq!(a.trial, b.trial);
                assert!((a.in_sample - b.in_sample).abs() < 1e-12);
                assert!(
                    (a.out_of_sample - b.out_of_sample).abs() < 1e-12 && (a.logit - b.logit).abs() < 1e-12
                );
            }
            let share = |of: &dyn Fn(&Pick) -> bool| {
                expected.iter().filter(|p| of(p)).count() as f64 / expected.len() as f64
            };
            assert_eq!(found.pbo, share(&|p| p.logit <= 1e-12));
            assert_eq!(found.probability_of_loss, share(&|p| p.out_of_sample < 0.0));
            assert_eq!(found.candidate.picked, share(&|p| p.trial == found.candidate.trial));
            assert_eq!(found.logits.iter().map(|l| l.count).sum::<usize>(), expected.len());
            assert!(found.logits.is_sorted_by(|a, b| a.logit < b.logit));
        }
    }

    #[test]
    fn the_best_of_all_time_is_never_overfit() {
        // One trial ahead on every block: picked by all halves, first on all others.
        let mut trials: Vec<Vec<f64>> = (0..9).map(|j| wave(j, 160)).collect();
        trials[5].iter_mut().for_each(|v| *v += 0.05);
        let views: Vec<&[f64]> = trials.iter().map(Vec::as_slice).collect();
        let found = pbo(&views, &settings(8, Measure::Sharpe)).unwrap();
        assert_eq!((found.pbo, found.probability_of_loss), (0.0, 0.0));
        assert_eq!(found.logits, [LogitCount { logit: 9.0_f64.ln(), count: 70 }]);
        let record = &found.candidate;
        assert_eq!((record.trial, record.picked, record.below_median), (5, 1.0, 0.0));
        assert!((record.performance - sharpe_per_period(&trials[5]).unwrap()).abs() < 1e-12);
        for dominance in [&found.over_mean, &found.over_all] {
            assert!(dominance.first_order && dominance.second_order, "{dominance:?}");
        }
        // And the mirror: what leads on each half trails on the other.
        let up: Vec<f64> =
            (0..160).map(|i| if i < 80 { 0.01 } else { -0.01 } + 1e-4 * f64::from(i % 7)).collect();
        let down: Vec<f64> = up.iter().rev().copied().collect();
        let found = pbo(&[&up, &down], &settings(4, Measure::Mean)).unwrap();
        let clear: Vec<&Pick> = found.picks.iter().filter(|p| p.in_sample > 0.005).collect();
        assert_eq!(clear.len(), 2);
        assert!(clear.iter().all(|p| p.logit < 0.0 && p.out_of_sample < -0.005), "{clear:?}");
        assert!(found.pbo >= 2.0 / 6.0 && found.degradation.unwrap().slope < -0.9, "{found:?}");
    }

    #[test]
    fn idle_trials_perform_at_zero_and_ties_share_ranks() {
        let mut half_idle = wave(1, 80);
        half_idle[..40].fill(0.0);
        let poor: Vec<f64> = wave(2, 80).iter().map(|v| v - 0.02).collect();
        let found = pbo(&[&[0.0; 80], &half_idle, &poor], &settings(4, Measure::Sharpe)).unwrap();
        assert_eq!(found.halves, 6);
        // The half made of the idle blocks: the two idle trials tie there, the first is picked.
        let idle = found.picks.iter().find(|p| p.in_sample == 0.0).unwrap();
        assert_eq!((idle.trial, idle.out_of_sample), (0, 0.0));
        let copies = pbo(&[&poor, &poor, &poor], &settings(4, Measure::Sharpe)).unwrap();
        assert!((copies.logits[0].logit, copies.logits.len()) == (0.0, 1) && copies.pbo == 1.0);
        assert_eq!((copies.over_all.first_order, copies.over_all.second_order), (false, false));
    }

    #[test]
    fn halves_do_not_depend_on_threads() {
        let trials: Vec<Vec<f64>> = (0..12).map(|j| wave(j, 200)).collect();
        let views: Vec<&[f64]> = trials.iter().map(Vec::as_slice).collect();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| pbo(&views, &settings(12, Measure::Sharpe)).unwrap())
        };
        assert_eq!(run(1), run(3));
    }

    #[test]
    fn what_cannot_be_selected_from_is_named() {
        use SelectionError as E;
        let x = wave(1, 80);
        let run = |trials: &[&[f64]], s: Cscv| pbo(trials, &s).unwrap_err();
        let four = || settings(4, Measure::Sharpe);
        assert_eq!(run(&[&x], four()), E::TooFewTrials(1));
        assert_eq!(run(&[&x, &x[1..]], four()), E::Length { trial: 1, expected: 80, found: 79 });
        assert_eq!(run(&[&x, &x], settings(5, Measure::Mean)), E::Blocks(5));
        assert_eq!(run(&[&x, &x], settings(22, Measure::Mean)), E::Blocks(22));
        assert_eq!(
            run(&[&x[..30], &x[..30]], settings(16, Measure::Mean)),
            E::TooShort { periods: 30, blocks: 16 }
        );
        let mut constant = x.clone();
        constant[..40].fill(0.001);
        assert_eq!(run(&[&x, &constant], four()), E::Constant { trial: 1 });
        assert!(pbo(&[&x, &constant], &settings(4, Measure::Mean)).is_ok());
        let mut broken = x.clone();
        broken[9] = f64::INFINITY;
        assert_eq!(run(&[&broken, &x], four()), E::NotFinite { trial: 0, row: 9 });
        let asked = Cscv { candidate: Some(2), ..four() };
        assert_eq!(run(&[&x, &x], asked), E::Candidate { candidate: 2, trials: 2 });
    }
}
