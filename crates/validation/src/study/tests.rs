use proofmark_units::Seed;
use rand_chacha::rand_core::Rng as _;

use super::*;

const ROWS: usize = 400;
const WIDTH: usize = 12;

/// Uniform on -1 to 1, one stream a name.
fn noise(name: &str, cells: usize) -> Vec<f64> {
    let mut rng = Seed::root(17).child(name).rng();
    (0..cells).map(|_| rng.next_u32() as f64 / f64::from(u32::MAX) * 2.0 - 1.0).collect()
}

fn input<'a>(features: &'a [FeatureGrid<'a>], next_returns: &'a [f64]) -> StudyInput<'a> {
    StudyInput {
        features,
        width: NonZeroUsize::new(WIDTH).unwrap(),
        symbols: &["N"; WIDTH],
        there: &[true; ROWS * WIDTH],
        years: &[2020; ROWS],
        next_returns,
        earlier_rows: ROWS / 2,
        horizon: NonZeroUsize::new(1).unwrap(),
        quantiles: 4,
    }
}

/// Returns of 1 % size; a feature that knows a third of the next one, 19 that know nothing, and one the same for all.
fn world() -> (Vec<(String, Vec<f64>)>, Vec<f64>) {
    let returns: Vec<f64> = noise("returns", ROWS * WIDTH).into_iter().map(|r| 0.01 * r).collect();
    let mut features = vec![(
        "knows".to_owned(),
        noise("knows", ROWS * WIDTH).iter().zip(&returns).map(|(n, r)| n + 30.0 * r).collect::<Vec<f64>>(),
    )];
    features.extend((0..19).map(|k| (format!("noise_{k}"), noise(&format!("noise {k}"), ROWS * WIDTH))));
    let market = noise("market", ROWS).into_iter().flat_map(|v| [v; WIDTH]).collect();
    features.push(("market".to_owned(), market));
    (features, returns)
}

#[test]
fn the_feature_that_knows_is_found_and_no_other() {
    let (features, returns) = world();
    let grids: Vec<FeatureGrid<'_>> =
        features.iter().map(|(name, values)| FeatureGrid { name, values: values.clone() }).collect();
    let study = study(&input(&grids, &returns)).unwrap();
    let found = |name: &str| study.features.iter().find(|f| f.name == name).unwrap();
    let knows = found("knows");
    assert!(knows.rank_ic.as_ref().unwrap().mean > 0.2, "{knows:?}");
    let p = knows.rank_ic_p.unwrap();
    assert!(p.holm < 1e-6 && p.p <= p.benjamini_hochberg && p.benjamini_hochberg <= p.holm);
    // What is known is the next session; spread over 20 of them it is about a root of 20 weaker.
    let decay: Vec<f64> = knows.decay.iter().map(|point| point.rank_ic.as_ref().unwrap().mean).collect();
    assert!(decay.len() == 20 && decay[0] > 2.5 * decay[19] && decay[19] > 0.0, "{decay:?}");
    assert_eq!(decay[0], knows.rank_ic.as_ref().unwrap().mean);
    for other in study.features.iter().filter(|f| f.name.starts_with("noise")) {
        assert!(other.rank_ic_p.unwrap().holm > 0.05, "{}: {:?}", other.name, other.rank_ic_p);
    }
    let market = found("market");
    assert_eq!((market.rank_ic.as_ref(), market.rank_ic_p), (None, None), "no names to tell apart");
    assert!(market.drift.is_some() && market.turnover.top.is_none());
    for feature in &study.features {
        assert!(feature.drift_p.unwrap().holm > 0.01, "nothing drifts: {}", feature.name);
    }
}

#[test]
fn a_feature_that_moved_is_named() {
    let (features, returns) = world();
    let mut grids: Vec<FeatureGrid<'_>> =
        features.iter().map(|(name, values)| FeatureGrid { name, values: values.clone() }).collect();
    grids[3].values[ROWS / 2 * WIDTH..].iter_mut().for_each(|v| *v += 1.0);
    grids[4].values.iter_mut().step_by(5).for_each(|v| *v = f64::NAN);
    let study = study(&input(&grids, &returns)).unwrap();
    let moved: Vec<&str> = study
        .features
        .iter()
        .filter(|f| f.drift_p.is_some_and(|p| p.holm < 0.01))
        .map(|f| f.name.as_str())
        .collect();
    assert_eq!(moved, ["noise_2"]);
    assert!(study.features[3].drift.as_ref().unwrap().stability.psi > 0.25);
    assert!((study.features[4].profile.missing.unwrap() - 0.2).abs() < 1e-3);
    let coverage = &study.features[4].coverage;
    assert!((coverage.by_period[0].1 - 0.8).abs() < 1e-3 && coverage.by_name.len() == WIDTH);
    // What is missing where nobody was is not missing.
    let there: Vec<bool> = (0..ROWS * WIDTH).map(|cell| cell % 5 != 0).collect();
    let apart = super::study(&StudyInput { there: &there, ..input(&grids, &returns) }).unwrap();
    assert_eq!(apart.features[4].profile.missing, Some(0.0));
    assert_eq!(apart.features[4].drift.as_ref().unwrap().stability.actual_missing, 0.0);
    let table = study.markdown();
    assert_eq!(table.lines().count(), 4 + study.features.len());
    assert!(table.lines().skip(2).all(|line| line.matches('|').count() == Study::HEAD.len() + 1));
    assert!(!table.contains("NaN"));
    let json: serde_json::Value = serde_json::to_value(&study).unwrap();
    assert_eq!(json["features"][0]["name"], "knows");
    assert_eq!(json["features"][0]["decay"].as_array().unwrap().len(), 20);
}

#[test]
fn the_same_numbers_on_any_number_of_threads() {
    let (features, returns) = world();
    let grids: Vec<FeatureGrid<'_>> =
        features.iter().map(|(name, values)| FeatureGrid { name, values: values.clone() }).collect();
    let on = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| serde_json::to_string(&study(&input(&grids, &returns)).unwrap()).unwrap())
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn what_cannot_be_studied_is_named() {
    let returns = vec![0.01; ROWS * WIDTH];
    let short = [FeatureGrid { name: "short", values: vec![0.0; WIDTH] }];
    let error = study(&input(&short, &returns)).unwrap_err();
    assert!(error.to_string().contains("`short`"), "{error}");
    let none = StudyInput { earlier_rows: ROWS, ..input(&[], &returns) };
    assert_eq!(study(&none), Err(StudyError::NoSpan { earlier: ROWS, rows: ROWS }));
    let empty = [FeatureGrid { name: "a|b", values: vec![f64::NAN; ROWS * WIDTH] }];
    let study = study(&input(&empty, &returns)).unwrap();
    assert_eq!((study.features[0].rank_ic.as_ref(), study.features[0].drift.as_ref()), (None, None));
    assert!(study.markdown().contains("| a\\|b | 1.000 | - |"), "{}", study.markdown());
}
