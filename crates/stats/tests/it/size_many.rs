//! Measured error rates and power of the tests over many strategies, on panels whose truth is known.
//!
//! A panel: 12 models of 250 periods with t(5) shocks and one common factor (correlation 1/2), mean 0 unless planted.
//! Bounds are binomial: a rate measured on N worlds may miss its nominal value by four standard errors.

use proofmark_stats::comparison::{
    Block, JointBootstrap, SetStatistic, Tail, beats_every_rival, model_confidence_set, reality_check,
    romano_wolf, step_m, superior_predictive_ability,
};
use proofmark_stats::multiple::benjamini_hochberg;
use proofmark_stats::regression::hac_mean;
use proofmark_stats::selection::{Cscv, pbo};
use proofmark_units::Seed;
use rand_distr::{Distribution, StudentT};

const WORLDS: u64 = 300;
const MODELS: usize = 12;
const PERIODS: usize = 250;

/// `count` models; `mean(j)` is the mean of model j in standard deviations per period.
fn world(seed: Seed, count: usize, mean: impl Fn(usize) -> f64) -> Vec<Vec<f64>> {
    let mut rng = seed.rng();
    let t = StudentT::new(5.0).unwrap();
    let unit = (5.0_f64 / 3.0).sqrt();
    let factor: Vec<f64> = (0..PERIODS).map(|_| t.sample(&mut rng) / unit).collect();
    (0..count)
        .map(|j| {
            let own = factor.iter().map(|common| (common + t.sample(&mut rng) / unit) / 2.0_f64.sqrt());
            own.map(|v| 0.01 * (v + mean(j))).collect()
        })
        .collect()
}

fn views(models: &[Vec<f64>]) -> Vec<&[f64]> {
    models.iter().map(Vec::as_slice).collect()
}

fn settings() -> JointBootstrap {
    JointBootstrap { draws: 199, block: Block::Automatic { min: 1.0 } }
}

/// Worlds of which `claim` is true, of [`WORLDS`].
fn count(name: &str, mean: impl Fn(usize) -> f64, claim: impl Fn(&[&[f64]], Seed) -> bool) -> usize {
    let root = Seed::root(21).child(name);
    (0..WORLDS)
        .filter(|i| {
            let models = world(root.child("world").nth(*i), MODELS, &mean);
            claim(&views(&models), root.child("draws").nth(*i))
        })
        .count()
}

fn error(rate: f64) -> f64 {
    4.0 * (WORLDS as f64 * rate * (1.0 - rate)).sqrt()
}

#[track_caller]
fn about(found: usize, rate: f64) {
    assert!((found as f64 - WORLDS as f64 * rate).abs() <= error(rate), "{found} of {WORLDS} against {rate}");
}

#[test]
fn a_search_without_skill_is_believed_at_the_level() {
    let spa = count(
        "spa",
        |_| 0.0,
        |models, seed| superior_predictive_ability(models, &settings(), seed).unwrap().p_consistent <= 0.05,
    );
    about(spa, 0.05);
    let check = count(
        "rc",
        |_| 0.0,
        |models, seed| reality_check(models, &settings(), seed).unwrap().p_value <= 0.05,
    );
    about(check, 0.05);
}

#[test]
fn a_candidate_equal_to_its_best_rival_is_believed_at_the_level() {
    // The other rivals are clearly worse, which is where the level is exhausted.
    let claimed = count(
        "rivals",
        |j| if j < 2 { 0.0 } else { -0.5 },
        |models, seed| {
            beats_every_rival(models[0], &models[1..4], &settings(), seed).unwrap().p_value <= 0.05
        },
    );
    about(claimed, 0.05);
    // Where all rivals are as good the intersection of three tests is far below the level.
    let claimed = count(
        "equals",
        |_| 0.0,
        |models, seed| {
            beats_every_rival(models[0], &models[1..4], &settings(), seed).unwrap().p_value <= 0.05
        },
    );
    assert!((claimed as f64) < WORLDS as f64 * 0.05, "{claimed}");
}

#[test]
fn stepwise_tests_hold_the_family_beside_true_skill() {
    // Three models are planted; only the other nine count as errors.
    let skill = |j: usize| if j < 3 { 0.3 } else { 0.0 };
    let wrong = count("step", skill, |models, seed| {
        let result = step_m(models, 0.05, &settings(), seed).unwrap();
        result.superior.iter().any(|j| *j >= 3)
    });
    about(wrong, 0.05);
    let wrong = count("wolf", skill, |models, seed| {
        let result = romano_wolf(models, Tail::TwoSided, &settings(), seed).unwrap();
        result.tests[3..].iter().any(|test| test.p_adjusted <= 0.05)
    });
    about(wrong, 0.05);
    let found = count("step", skill, |models, seed| {
        step_m(models, 0.05, &settings(), seed).unwrap().superior.starts_with(&[0, 1, 2])
    });
    assert!(found as f64 > 0.9 * WORLDS as f64, "{found}");
}

#[test]
fn confidence_sets_keep_the_best() {
    for (name, statistic) in [("range", SetStatistic::Range), ("max", SetStatistic::Max)] {
        let all_kept = count(
            name,
            |_| 0.0,
            |models, seed| {
                let set = model_confidence_set(&models[..6], 0.1, statistic, &settings(), seed).unwrap();
                set.included.len() == 6
            },
        );
        // All are the best, so all must be kept in 90 % of worlds: the level is exhausted here.
        assert!(all_kept as f64 >= WORLDS as f64 * 0.9 - error(0.9), "{name}: {all_kept}");
        let kept_alone = count(
            name,
            |j| if j == 4 { 0.45 } else { 0.0 },
            |models, seed| {
                let set = model_confidence_set(&models[..6], 0.1, statistic, &settings(), seed).unwrap();
                assert!(set.included.contains(&4));
                set.included == [4]
            },
        );
        assert!(kept_alone as f64 > 0.8 * WORLDS as f64, "{name}: {kept_alone}");
    }
}

#[test]
fn false_discoveries_are_the_share_asked() {
    let root = Seed::root(22);
    let (mut shares, mut found) = (Vec::new(), 0);
    for i in 0..WORLDS {
        let models = world(root.nth(i), 20, |j| if j < 5 { 0.25 } else { 0.0 });
        let p: Vec<f64> = models.iter().map(|m| hac_mean(m, 0).unwrap().p_one_sided.unwrap()).collect();
        let rejected: Vec<usize> = benjamini_hochberg(&p)
            .unwrap()
            .iter()
            .enumerate()
            .filter(|(_, q)| **q <= 0.1)
            .map(|(j, _)| j)
            .collect();
        let wrong = rejected.iter().filter(|j| **j >= 5).count();
        found += rejected.len() - wrong;
        shares.push(wrong as f64 / rejected.len().max(1) as f64);
    }
    let size = WORLDS as f64;
    let mean = shares.iter().sum::<f64>() / size;
    let error = (shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / size / size).sqrt();
    // At most the share asked times the share of true nulls, 0.1 * 15 / 20 for independent tests.
    assert!(mean <= 0.075 + 4.0 * error, "{mean} +- {error}");
    assert!(found as f64 > 0.9 * 5.0 * size, "{found}");
}

#[test]
fn overfitting_is_a_coin_without_skill_and_gone_with_it() {
    let root = Seed::root(23);
    let settings = Cscv { blocks: 10, ..Cscv::default() };
    let run = |name: &str, skill: f64| -> Vec<f64> {
        (0..WORLDS)
            .map(|i| {
                let models = world(root.child(name).nth(i), MODELS, |j| if j == 7 { skill } else { 0.0 });
                pbo(&views(&models), &settings).unwrap().pbo
            })
            .collect()
    };
    let size = WORLDS as f64;
    let null = run("null", 0.0);
    let mean = null.iter().sum::<f64>() / size;
    let error = (null.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / size / size).sqrt();
    assert!((mean - 0.5).abs() <= 4.0 * error && error < 0.03, "{mean} +- {error}");
    let skilled = run("skill", 0.3);
    assert!(skilled.iter().filter(|p| **p <= 0.2).count() as f64 > 0.95 * size);
}

#[test]
fn one_skilled_model_is_found_among_the_others() {
    let skill = |j: usize| if j == 7 { 0.25 } else { 0.0 };
    let found = count("power", skill, |models, seed| {
        let spa = superior_predictive_ability(models, &settings(), seed).unwrap();
        spa.best == 7 && spa.p_consistent <= 0.05
    });
    assert!(found as f64 > 0.8 * WORLDS as f64, "{found}");
    let found = count("beats", skill, |models, seed| {
        beats_every_rival(models[7], &models[4..7], &settings(), seed).unwrap().p_value <= 0.05
    });
    assert!(found as f64 > 0.8 * WORLDS as f64, "{found}");
}

#[test]
fn results_do_not_depend_on_threads() {
    let models = world(Seed::root(24), MODELS, |_| 0.0);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let (models, settings, seed) = (views(&models), settings(), Seed::root(25));
            (
                superior_predictive_ability(&models, &settings, seed).unwrap(),
                romano_wolf(&models, Tail::TwoSided, &settings, seed).unwrap(),
                model_confidence_set(&models, 0.1, SetStatistic::Max, &settings, seed).unwrap(),
            )
        })
    };
    assert_eq!(run(1), run(4));
}
