//! Optimisers: closed forms, the fixtures of another solver, and optimality as a property.

use proofmark_execution::sizing::SizingError;
use proofmark_execution::sizing::optimiser::{
    GroupCap, MeanVariance, WeightLimits, mean_variance, minimum_variance,
};
use proofmark_stats::covariance::ledoit_wolf;
use proptest::prelude::*;
use serde::Deserialize;

use crate::support::Dice;

#[track_caller]
fn near(found: &[f64], wanted: &[f64], within: f64) {
    assert_eq!(found.len(), wanted.len());
    assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < within), "{found:?} is not {wanted:?}");
}

#[test]
fn two_names_have_a_closed_form() {
    // w1 = (s2^2 - s12) / (s1^2 + s2^2 - 2 s12) = (0.09 - 0.006) / (0.04 + 0.09 - 0.012) = 0.7118..
    let covariance = [0.04, 0.006, 0.006, 0.09];
    let first = 0.084 / 0.118;
    let held = [0.5, 0.5];
    let free = WeightLimits::long_only(2, 1.0, 1.0);
    near(&minimum_variance(&covariance, &held, &free).unwrap(), &[first, 1.0 - first], 1e-6);
    // The unit of returns does not matter: the same numbers per day.
    let daily: Vec<f64> = covariance.iter().map(|c| c / 252.0 / 100.0).collect();
    near(&minimum_variance(&daily, &held, &free).unwrap(), &[first, 1.0 - first], 1e-6);
    let capped = WeightLimits::long_only(2, 0.6, 1.0);
    near(&minimum_variance(&covariance, &held, &capped).unwrap(), &[0.6, 0.4], 1e-6);
    let slow = WeightLimits { turnover: Some(0.2), ..free };
    near(&minimum_variance(&covariance, &held, &slow).unwrap(), &[0.6, 0.4], 1e-6);
    // Where the covariance is above the smaller variance, the best hedge is short.
    let tight = [0.04, 0.05, 0.05, 0.09];
    let both = WeightLimits::long_short(2, 2.0, 1.0, 3.0);
    near(&minimum_variance(&tight, &held, &both).unwrap(), &[4.0 / 3.0, -1.0 / 3.0], 1e-6);
    near(&minimum_variance(&tight, &held, &WeightLimits::long_only(2, 1.0, 1.0)).unwrap(), &[1.0, 0.0], 1e-6);
}

#[test]
fn names_with_equal_correlation_share_by_precision() {
    // C = s s' x r off the diagonal: with r = 0 weights go by 1 / s^2; with equal s they are equal whatever r.
    let n = 5;
    let equal: Vec<f64> = (0..n * n).map(|k| if k / n == k % n { 0.04 } else { 0.04 * 0.3 }).collect();
    let limits = WeightLimits::long_only(n, 1.0, 1.0);
    near(&minimum_variance(&equal, &[0.0; 5], &limits).unwrap(), &[0.2; 5], 1e-6);
    let diagonal: Vec<f64> =
        (0..n * n).map(|k| if k / n == k % n { (k / n + 1) as f64 } else { 0.0 }).collect();
    let precision: f64 = (1..=n).map(|k| 1.0 / k as f64).sum();
    let want: Vec<f64> = (1..=n).map(|k| 1.0 / k as f64 / precision).collect();
    near(&minimum_variance(&diagonal, &[0.0; 5], &limits).unwrap(), &want, 1e-6);
}

#[test]
fn a_cost_above_the_marginal_gain_leaves_a_book_where_it_is() {
    // One name against cash it cannot use would be no choice: two names of equal risk, moving 0.1 gains at most what the
    // difference of the marginal values, 0.02 - 0.01 at the start, pays for: nothing is worth a cost of 0.006 on both sides.
    let problem = MeanVariance {
        covariance: &[0.04, 0.0, 0.0, 0.04],
        expected: &[0.02, 0.01],
        risk_aversion: 1.0,
        current: &[0.5, 0.5],
        cost: &[0.006, 0.006],
    };
    let limits = WeightLimits::long_only(2, 1.0, 1.0);
    near(&mean_variance(&problem, &limits).unwrap(), &[0.5, 0.5], 1e-6);
    // At 0.003 it trades until 0.01 - 0.04 (w1 - w2) = 2 x 0.003: w1 - w2 = 0.1.
    let cheaper = MeanVariance { cost: &[0.003, 0.003], ..problem };
    near(&mean_variance(&cheaper, &limits).unwrap(), &[0.55, 0.45], 1e-6);
}

#[test]
fn what_contradicts_itself_is_named() {
    let covariance = [0.04, 0.0, 0.0, 0.04];
    let says = |limits: &WeightLimits, words: &[&str], silent: &[&str]| {
        let error = minimum_variance(&covariance, &[0.0, 0.0], limits).unwrap_err();
        let SizingError::Infeasible { limits } = &error else { panic!("{error}") };
        assert!(words.iter().all(|word| limits.contains(word)), "{error}");
        assert!(silent.iter().all(|word| !limits.contains(word)), "{error}");
    };
    says(&WeightLimits::long_only(2, 0.4, 1.0), &["`net` 1", "`most`"], &["`least`"]);
    let banks = GroupCap { name: "banks".to_owned(), members: vec![0, 1], max: 0.8 };
    let sector = WeightLimits { groups: vec![banks], ..WeightLimits::long_only(2, 1.0, 1.0) };
    says(&sector, &["`net` 1", "`banks` 0.8"], &["`most`"]);
    let slow = WeightLimits { turnover: Some(0.5), ..WeightLimits::long_only(2, 1.0, 1.0) };
    says(&slow, &["`net` 1", "`turnover` 0.5"], &["`most`"]);
    says(&WeightLimits::long_short(2, 1.0, 1.0, 0.5), &["`net` 1", "`gross` 0.5"], &[]);
}

#[test]
fn what_is_no_problem_is_refused() {
    let limits = WeightLimits::long_only(2, 1.0, 1.0);
    let refused = |covariance: &[f64], current: &[f64], limits: &WeightLimits, word: &str| {
        let error = minimum_variance(covariance, current, limits).unwrap_err().to_string();
        assert!(error.contains(word), "{error}");
    };
    let good = [0.04, 0.0, 0.0, 0.04];
    refused(&[0.04, 0.05, 0.05, 0.04], &[0.0; 2], &limits, "positive semidefinite");
    refused(&[0.04, f64::NAN, 0.0, 0.04], &[0.0; 2], &limits, "finite");
    refused(&[0.04, 0.0, 0.0, 0.0], &[0.0; 2], &limits, "variance");
    refused(&good, &[0.0], &limits, "current");
    refused(&good, &[0.0, f64::INFINITY], &limits, "current");
    refused(&good, &[0.0; 2], &WeightLimits { net: f64::NAN, ..limits.clone() }, "net");
    refused(&good, &[0.0; 2], &WeightLimits { least: vec![0.0, 2.0], ..limits.clone() }, "most");
    let outside = GroupCap { name: "x".to_owned(), members: vec![2], max: 1.0 };
    refused(&good, &[0.0; 2], &WeightLimits { groups: vec![outside], ..limits }, "member");
    refused(&[], &[], &WeightLimits::long_only(0, 1.0, 1.0), "names");
}

#[derive(Deserialize)]
struct Fixture {
    returns: Vec<Vec<f64>>,
    covariance: Vec<Vec<f64>>,
    shrinkage: f64,
    current: Vec<f64>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    risk_aversion: f64,
    expected: Vec<f64>,
    cost: Vec<f64>,
    least: f64,
    most: f64,
    net: f64,
    gross: Option<f64>,
    groups: Vec<Group>,
    turnover: Option<f64>,
    weights: Vec<f64>,
}

#[derive(Deserialize)]
struct Group {
    members: Vec<usize>,
    max: f64,
}

#[test]
fn scikit_learn_and_cvxpy_find_the_same() {
    let fixture: Fixture = serde_json::from_str(include_str!("../fixtures/optimiser.json")).unwrap();
    let n = fixture.current.len();
    let shrunk = ledoit_wolf(&fixture.returns.concat(), n).unwrap();
    assert!((shrunk.shrinkage - fixture.shrinkage).abs() < 1e-12, "{}", shrunk.shrinkage);
    near(&shrunk.matrix, &fixture.covariance.concat(), 1e-16);
    for case in &fixture.cases {
        let groups = case.groups.iter().enumerate().map(|(k, group)| GroupCap {
            name: format!("group {k}"),
            members: group.members.clone(),
            max: group.max,
        });
        let limits = WeightLimits {
            least: vec![case.least; n],
            most: vec![case.most; n],
            net: case.net,
            gross: case.gross,
            groups: groups.collect(),
            turnover: case.turnover,
        };
        let problem = MeanVariance {
            covariance: &shrunk.matrix,
            expected: &case.expected,
            risk_aversion: case.risk_aversion,
            current: &fixture.current,
            cost: &case.cost,
        };
        near(&mean_variance(&problem, &limits).unwrap(), &case.weights, 1e-5);
    }
}

/// A random problem that the book it starts from keeps to.
fn random(seed: u64) -> (Vec<f64>, Vec<f64>, Vec<f64>, Vec<f64>, WeightLimits) {
    let mut dice = Dice::new(seed);
    let n = 2 + dice.below(9);
    let rows: Vec<f64> = (0..n * 2 * n).map(|_| 0.02 * (dice.unit() - 0.5)).collect();
    let covariance = ledoit_wolf(&rows, n).unwrap().matrix;
    let expected = (0..n).map(|_| 1e-3 * (dice.unit() - 0.5)).collect();
    let cost = (0..n).map(|_| if dice.unit() < 0.5 { 0.0 } else { 2e-4 * dice.unit() }).collect();
    let short = if dice.unit() < 0.5 { 0.0 } else { 0.3 };
    let current: Vec<f64> =
        (0..n).map(|_| dice.unit() * (1.0 + short) / n as f64 - short / n as f64).collect();
    let gross: f64 = current.iter().map(|w| w.abs()).sum();
    let members: Vec<usize> = (0..n).step_by(2).collect();
    let held: f64 = members.iter().map(|k| current[*k].abs()).sum();
    let group = GroupCap { name: "even".to_owned(), members, max: held + 0.1 * dice.unit() };
    let limits = WeightLimits {
        least: vec![-short; n],
        most: vec![1.0; n],
        net: current.iter().sum(),
        gross: (dice.unit() < 0.5).then(|| gross + 0.2 * dice.unit()),
        groups: if dice.unit() < 0.5 { vec![group] } else { Vec::new() },
        turnover: (dice.unit() < 0.5).then(|| 0.5 * dice.unit()),
    };
    (covariance, expected, cost, current, limits)
}

fn loss(problem: &MeanVariance<'_>, weights: &[f64]) -> f64 {
    let n = weights.len();
    let risk: f64 = (0..n * n).map(|k| weights[k / n] * problem.covariance[k] * weights[k % n]).sum();
    let gain: f64 = weights.iter().zip(problem.expected).map(|(w, m)| w * m).sum();
    let trades = weights.iter().zip(problem.current).zip(problem.cost);
    problem.risk_aversion / 2.0 * risk - gain + trades.map(|((w, at), c)| c * (w - at).abs()).sum::<f64>()
}

/// How far a limit is overstepped at worst.
fn excess(limits: &WeightLimits, current: &[f64], w: &[f64]) -> f64 {
    let size = |members: &[usize]| members.iter().map(|k| w[*k].abs()).sum::<f64>();
    let all: Vec<usize> = (0..w.len()).collect();
    let trades: f64 = w.iter().zip(current).map(|(w, at)| (w - at).abs()).sum();
    let mut over = vec![(w.iter().sum::<f64>() - limits.net).abs()];
    over.extend(
        w.iter().zip(limits.least.iter().zip(&limits.most)).map(|(w, (lo, hi))| (lo - w).max(w - hi)),
    );
    over.extend(limits.gross.map(|cap| size(&all) - cap));
    over.extend(limits.groups.iter().map(|group| size(&group.members) - group.max));
    over.extend(limits.turnover.map(|cap| trades - cap));
    over.into_iter().fold(0.0, f64::max)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    /// A convex program is solved where no step towards a feasible book helps: steps between two names, and towards where it began.
    #[test]
    fn limits_hold_and_no_feasible_step_is_better(seed in any::<u64>()) {
        let (covariance, expected, cost, current, limits) = random(seed);
        let n = current.len();
        let problem = MeanVariance {
            covariance: &covariance, expected: &expected, risk_aversion: 4.0, current: &current, cost: &cost,
        };
        let best = mean_variance(&problem, &limits).unwrap();
        prop_assert!(excess(&limits, &current, &best) < 1e-7, "{} {:?}", excess(&limits, &current, &best), best);
        prop_assert_eq!(&best, &mean_variance(&problem, &limits).unwrap());
        let least = loss(&problem, &best);
        for from in 0..n {
            for to in (0..n).filter(|to| *to != from) {
                for step in [1e-2, 1e-3, 1e-4] {
                    let mut other = best.clone();
                    other[from] -= step;
                    other[to] += step;
                    if excess(&limits, &current, &other) <= 1e-9 {
                        prop_assert!(loss(&problem, &other) >= least - 1e-10, "{from} {to} {step}");
                    }
                }
            }
        }
        for share in [1.0, 0.1, 0.01] {
            let other: Vec<f64> = best.iter().zip(&current).map(|(w, at)| w + share * (at - w)).collect();
            prop_assert!(loss(&problem, &other) >= least - 1e-10);
        }
    }
}
