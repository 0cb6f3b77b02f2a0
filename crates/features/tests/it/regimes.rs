//! Every labeller: by hand where it is short, and what all of them promise.

use std::collections::BTreeMap;

use proofmark_features::regimes::{
    Bands, FitOptions, History, Labeller, Parameters, Refit, RegimeError, RegimeSpec, RegimeTable, Sectors,
    label_regimes,
};
use proofmark_market::Bars;
use proofmark_sources::simulator::Scenario;
use proofmark_units::{Date, DateSpan, Symbol};
use proptest::prelude::*;

use crate::bars::{bars_of, changed, from_closes, world};

const BANDS: Bands = Bands { lower: 0.25, upper: 0.75 };

/// One spec of every labeller, short enough for 300 bars that begin with 2008; `sectors` of the rotation.
pub(crate) fn specs(sectors: BTreeMap<Symbol, String>, span: DateSpan, min_dwell: usize) -> Vec<RegimeSpec> {
    let fit = FitOptions { states: 2, restarts: 2, max_iterations: 300, tolerance: 1e-5 };
    let labellers = vec![
        Labeller::Volatility {
            window: 20,
            min_returns: 10,
            history: History::Trailing { window: 120, minimum: 30 },
            bands: BANDS,
        },
        Labeller::Volatility {
            window: 20,
            min_returns: 10,
            history: History::Fitted { span, minimum: 30 },
            bands: BANDS,
        },
        Labeller::Liquidity {
            window: 16,
            min_bars: 8,
            history: History::Expanding { minimum: 30 },
            bands: BANDS,
        },
        Labeller::Rotation { momentum: 20, sectors: Sectors::Always(sectors), min_names: 3, bands: BANDS },
        Labeller::Trend { fast: 10, slow: 50, change: 10 },
        hurst(60),
        Labeller::Hmm { span: Some(span), refit: None, fit, seed: 7 },
        Labeller::Volatility {
            window: 20,
            min_returns: 10,
            history: History::Refit { every: 25, minimum: 30 },
            bands: BANDS,
        },
        Labeller::Hmm { span: None, refit: Some(Refit { every: 60, minimum: 90 }), fit, seed: 7 },
        Labeller::ChangePoint { prior_returns: 40, expected_run: 60.0, recent: 5, probability: 0.5 },
    ];
    labellers.into_iter().map(|labeller| RegimeSpec { labeller, min_dwell }).collect()
}

/// The settings of the USD/COP lifecycle.
pub(crate) fn hurst(returns: usize) -> Labeller {
    Labeller::Hurst {
        returns,
        min_returns: 30,
        shortest: 10,
        longest: 20,
        mean_reverting: 0.42,
        trending: 0.52,
        unbiased: false,
    }
}

fn simulated(seed: u64) -> Vec<Bars> {
    let world = world(Scenario::Edge, 4, 300, 0.2, seed);
    world.bars.iter().map(bars_of).filter(|bars| !bars.is_empty()).collect()
}

fn one_sector(bars: &[Bars]) -> BTreeMap<Symbol, String> {
    bars.iter().map(|bars| (bars.symbol().clone(), "all".to_owned())).collect()
}

fn first_half(bars: &[Bars]) -> DateSpan {
    let mut dates: Vec<Date> = bars.iter().flat_map(|bars| bars.dates().iter().copied()).collect();
    dates.sort_unstable();
    DateSpan::new(dates[0], dates[dates.len() / 2]).unwrap()
}

fn until(bars: &[Bars], last: Date) -> Vec<Bars> {
    bars.iter().map(|bars| bars.slice(0..bars.dates().partition_point(|date| *date <= last))).collect()
}

fn label(bars: &[Bars], spec: &RegimeSpec) -> RegimeTable {
    label_regimes(bars, &[], spec).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]
    #[test]
    fn later_bars_change_no_row_and_the_order_of_names_none(seed in 0_u64..1_000, cut in 20_i32..400, dwell in 0_usize..6) {
        let bars = simulated(seed);
        let span = first_half(&bars);
        let last = span.start.plus_days(cut);
        let shuffled: Vec<Bars> = bars.iter().rev().cloned().collect();
        for spec in specs(one_sector(&bars), span, dwell) {
            let whole = label(&bars, &spec);
            prop_assert_eq!(&whole, &label(&shuffled, &spec));
            if !spec.compares() {
                let apart = bars.iter().map(|own| label(std::slice::from_ref(own), &spec));
                let joined = RegimeTable::joined(apart);
                prop_assert_eq!(Some(&whole), joined.as_ref(), "one name after the other");
            }
            let prefix = label(&until(&bars, last), &spec);
            let early: Vec<_> = whole.rows.iter().filter(|row| row.date <= last).cloned().collect();
            prop_assert_eq!(&prefix.rows, &early, "{}", whole.name);
            for fit in &prefix.fits {
                prop_assert!(whole.fits.contains(fit), "a later bar changed a fit of {}", whole.name);
            }
            let keys: std::collections::BTreeSet<_> = whole.rows.iter().map(|row| (row.date, row.symbol.clone())).collect();
            prop_assert_eq!(keys.len(), whole.rows.len(), "one label a bar");
            prop_assert_eq!(whole.rows.len(), bars.iter().map(Bars::len).sum::<usize>());
            for row in &whole.rows {
                prop_assert!(row.event_time <= row.known_at);
                let value = row.level.map_or(spec.unknown(), |level| spec.values()[usize::from(level)]);
                prop_assert_eq!((row.name, row.value), (spec.name(), value));
            }
        }
    }
}

#[test]
fn a_price_that_never_moves_is_in_the_middle_or_unknown() {
    let flat = from_closes(&[42.0; 200], |_| 1_000.0);
    let names: Vec<Bars> = ["A", "B", "C"]
        .iter()
        .map(|name| {
            let rows: Vec<_> = (0..flat.len()).map(|t| flat.row(t)).collect();
            Bars::from_rows(name.parse().unwrap(), &rows).unwrap()
        })
        .collect();
    for spec in specs(one_sector(&names), first_half(&names), 1) {
        let table = label(&names, &spec);
        let (counts, _) = table.counts();
        let middle = if counts.len() == 3 { counts[1] } else { 0 };
        assert_eq!(counts.iter().sum::<usize>(), middle, "{} {counts:?}", table.name);
        assert_eq!(table.name == "hmm_regime", !table.unlabelled.is_empty(), "{:?}", table.unlabelled);
    }
}

#[test]
fn without_volume_there_is_no_liquidity() {
    let bars = [from_closes(&[42.0; 200], |_| 0.0)];
    let table = label(&bars, &specs(BTreeMap::new(), first_half(&bars), 1)[2]);
    assert_eq!(table.counts(), (vec![0; 3], 200));
    let missing = [from_closes(&[42.0; 200], |_| f64::NAN)];
    assert_eq!(label(&missing, &specs(BTreeMap::new(), first_half(&bars), 1)[2]).counts().1, 200);
}

#[test]
fn a_trend_by_hand() {
    let up_then_down: Vec<f64> = (0..8).chain((0..8).rev()).map(|k| 100.0 + f64::from(k)).collect();
    let bars = [from_closes(&up_then_down, |_| 1.0)];
    let spec = RegimeSpec { labeller: Labeller::Trend { fast: 1, slow: 3, change: 2 }, min_dwell: 1 };
    let values: Vec<&str> = label(&bars, &spec).rows.iter().map(|row| row.value).collect();
    // 100 to 107, 107 to 100. The second 107 still stands above its mean of three and the close two before.
    assert_eq!(values[..2], ["trend_unknown"; 2]);
    assert_eq!(values[2..9], ["uptrend"; 7]);
    // 107, 107, 106: below its mean and the close two before.
    assert_eq!(values[9..], ["downtrend"; 7]);
}

#[test]
fn a_refit_reads_what_came_before_and_its_states_keep_their_names() {
    let bars = simulated(5);
    let every = specs(one_sector(&bars), first_half(&bars), 1);
    for spec in every.iter().filter(|spec| format!("{spec:?}").contains("every")) {
        let table = label(&bars, spec);
        for own in &bars {
            let of_name = || table.rows.iter().filter(|row| row.symbol == *own.symbol());
            let fits: Vec<_> = table.fits.iter().filter(|fit| fit.symbol == *own.symbol()).collect();
            assert!(fits.len() > 2, "{} {}", table.name, fits.len());
            assert!(fits.windows(2).all(|pair| pair[0].fit.fitted_on.end < pair[1].fit.fitted_on.end));
            let first = of_name().find(|row| row.level.is_some()).unwrap().date;
            assert!(first > fits[0].fit.fitted_on.end, "nothing that was read is labelled by it");
            for fit in fits {
                if let Parameters::Hmm { variance, .. } = &fit.fit.parameters {
                    assert!(variance.is_sorted(), "{variance:?}");
                }
            }
        }
    }
}

#[test]
fn a_hidden_markov_model_is_fitted_in_one_way() {
    let fit = FitOptions { states: 2, restarts: 2, max_iterations: 300, tolerance: 1e-5 };
    let said = |span, refit| {
        let spec = RegimeSpec { labeller: Labeller::Hmm { span, refit, fit, seed: 7 }, min_dwell: 1 };
        spec.check().err().map(|error| error.to_string())
    };
    let (span, refit) = (first_half(&simulated(3)), Refit { every: 60, minimum: 90 });
    assert!(said(None, None).unwrap().contains("`span or refit` is 0"));
    assert!(said(Some(span), Some(refit)).unwrap().contains("`span or refit` is 2"));
    assert_eq!(
        said(None, Some(Refit { every: 4, ..refit })).unwrap(),
        "regime `every` is 4; it must be at least 5"
    );
    assert_eq!(said(None, Some(refit)), None);
}

#[test]
fn a_sector_counts_from_the_day_on_which_it_was_known_and_who_is_paused_is_not_compared() {
    let named = |name: &str, growth: f64| {
        let closes: Vec<f64> = (0..30).map(|t| 100.0 * (1.0 + growth).powi(t)).collect();
        let bars = from_closes(&closes, |_| 1.0);
        Bars::from_rows(name.parse().unwrap(), &(0..30).map(|t| bars.row(t)).collect::<Vec<_>>()).unwrap()
    };
    let bars = [named("A", 0.01), named("B", 0.02), named("C", 0.03), named("D", 0.04)];
    let span = |from, to| DateSpan { start: Date::from_days(from), end: Date::from_days(to) };
    let told =
        |name: &str, from, to, sector: &str| (name.parse().unwrap(), span(from, to), sector.to_owned());
    // D joins on day 20; B leaves for another sector on day 25.
    let sectors = Sectors::Dated(vec![
        told("A", 0, 99, "x"),
        told("B", 0, 99, "x"),
        told("B", 25, 99, "y"),
        told("C", 0, 99, "x"),
        told("D", 20, 99, "x"),
    ]);
    let labeller = Labeller::Rotation { momentum: 5, sectors, min_names: 3, bands: BANDS };
    let spec = RegimeSpec { labeller, min_dwell: 1 };
    let roles = |paused: &[(Symbol, DateSpan)], day: i32| -> Vec<Option<u8>> {
        let table = label_regimes(&bars, paused, &spec).unwrap();
        table.rows.iter().filter(|row| row.date == Date::from_days(day)).map(|row| row.level).collect()
    };
    assert_eq!(roles(&[], 19), [Some(0), Some(1), Some(2), None]);
    assert_eq!(roles(&[], 20), [Some(0), Some(1), Some(1), Some(2)]);
    assert_eq!(roles(&[], 25), [Some(0), None, Some(1), Some(2)]);
    let paused = [("C".parse().unwrap(), span(20, 21))];
    assert_eq!(roles(&paused, 20), [Some(0), Some(1), None, Some(2)]);
    assert_eq!(roles(&paused, 22), roles(&[], 22));
    let list = Labeller::Rotation {
        momentum: 5,
        sectors: Sectors::List("s.csv".to_owned()),
        min_names: 3,
        bands: BANDS,
    };
    let error = label_regimes(&bars, &[], &RegimeSpec { labeller: list, min_dwell: 1 }).unwrap_err();
    assert!(error.to_string().contains("the list `s.csv`"), "{error}");
}

#[test]
fn leaders_and_laggards_are_told_within_their_sector() {
    let named = |name: &str, growth: f64| {
        let closes: Vec<f64> = (0..30).map(|t| 100.0 * (1.0 + growth).powi(t)).collect();
        let bars = from_closes(&closes, |_| 1.0);
        Bars::from_rows(name.parse().unwrap(), &(0..30).map(|t| bars.row(t)).collect::<Vec<_>>()).unwrap()
    };
    let bars = [
        named("A1", 0.01),
        named("A2", 0.02),
        named("A3", 0.03),
        named("B1", 0.10),
        named("B2", 0.20),
        named("C", 0.5),
        named("B3", 0.15),
    ];
    let sector = |name: &str| (name.parse::<Symbol>().unwrap(), name[..1].to_owned());
    let sectors = ["A1", "A2", "A3", "B1", "B2", "B3"].iter().map(|name| sector(name)).collect();
    let labeller =
        Labeller::Rotation { momentum: 5, sectors: Sectors::Always(sectors), min_names: 3, bands: BANDS };
    let table = label(&bars, &RegimeSpec { labeller, min_dwell: 1 });
    let last: Vec<(&str, &str)> =
        table.rows.iter().rev().take(7).map(|row| (row.symbol.as_str(), row.value)).collect();
    assert_eq!(
        last,
        [
            ("C", "rotation_unknown"),
            ("B3", "sector_neutral"),
            ("B2", "sector_leader"),
            ("B1", "sector_laggard"),
            ("A3", "sector_leader"),
            ("A2", "sector_neutral"),
            ("A1", "sector_laggard"),
        ]
    );
    assert_eq!(table.unlabelled.len(), 1);
    let grid = table.level_grid(&[Date::from_days(29)], &["B2".parse().unwrap(), "C".parse().unwrap()]);
    assert!(grid[0] == 2.0 && grid[1].is_nan());
}

#[test]
fn a_change_of_volatility_is_seen_soon_and_no_other() {
    let mut price = 100.0;
    let closes: Vec<f64> = (0..400_u32)
        .map(|t| {
            let size = if t < 250 { 0.002 } else { 0.03 };
            // A repeatable sequence that looks like noise.
            let unit = f64::from(t.wrapping_mul(2_654_435_761) >> 8) / f64::from(1_u32 << 24) - 0.5;
            price *= 1.0 + size * 2.0 * unit;
            price
        })
        .collect();
    let labeller =
        Labeller::ChangePoint { prior_returns: 50, expected_run: 100.0, recent: 10, probability: 0.5 };
    let table = label(&[from_closes(&closes, |_| 1.0)], &RegimeSpec { labeller, min_dwell: 1 });
    let changed: Vec<usize> = (0..400).filter(|t| table.rows[*t].value == "changed").collect();
    assert!(changed.iter().all(|t| (250..275).contains(t)), "{changed:?}");
    assert!(changed[0] < 256, "{changed:?}");
}

#[test]
fn a_table_of_another_spec_is_stale() {
    let bars = simulated(3);
    let specs = specs(one_sector(&bars), first_half(&bars), 2);
    let table = label(&bars, &specs[0]);
    table.check(&specs[0]).unwrap();
    let error = table.check(&RegimeSpec { min_dwell: 3, ..specs[0].clone() }).unwrap_err();
    assert!(error.to_string().starts_with("stale labels: `volatility_regime` was made by spec "), "{error}");
    let digests: std::collections::BTreeSet<_> = specs.iter().map(RegimeSpec::digest).collect();
    assert_eq!(digests.len(), specs.len());
}

#[test]
fn wrong_specs_and_repeated_names_are_refused() {
    let bars = simulated(3);
    let twice = [bars[0].clone(), bars[0].clone()];
    let good = RegimeSpec { labeller: Labeller::Trend { fast: 2, slow: 5, change: 1 }, min_dwell: 1 };
    assert!(matches!(label_regimes(&twice, &[], &good), Err(RegimeError::SymbolTwice { .. })));
    let wrong = RegimeSpec { labeller: Labeller::Trend { fast: 5, slow: 5, change: 1 }, min_dwell: 1 };
    let error = label_regimes(&bars, &[], &wrong).unwrap_err();
    assert_eq!(error.to_string(), "regime `slow` is 5; it must be above `fast`");
    assert!(label(&[], &good).rows.is_empty());
    let huge = RegimeSpec {
        labeller: Labeller::Trend { fast: usize::MAX - 1, slow: usize::MAX, change: usize::MAX },
        min_dwell: usize::MAX,
    };
    assert_eq!(label(&bars, &huge).counts().0, [0; 3]);
}

#[test]
fn a_fit_that_would_take_days_is_refused() {
    let span = first_half(&simulated(3));
    let refused = |restarts, max_iterations| {
        let fit = FitOptions { states: 2, restarts, max_iterations, tolerance: 1e-5 };
        let spec = RegimeSpec {
            labeller: Labeller::Hmm { span: Some(span), refit: None, fit, seed: 7 },
            min_dwell: 1,
        };
        spec.check().err().map(|error| error.to_string())
    };
    assert_eq!(refused(50, 10_000), None);
    assert_eq!(refused(51, 10_000).unwrap(), "regime `restarts` is 51; it must be 1 to 50");
    assert_eq!(refused(0, 1).unwrap(), "regime `restarts` is 0; it must be 1 to 50");
    assert_eq!(refused(1, usize::MAX / 2).unwrap().split(" is ").next(), Some("regime `max_iterations`"));
}

#[test]
fn known_at_is_that_of_the_latest_bar_read() {
    let bars = from_closes(&[1.0, 2.0, 3.0, 4.0], |_| 1.0);
    let late = changed(&bars, |t, row| {
        if t == 1 {
            row.known_at = row.known_at.plus_seconds(1_000);
        }
    });
    let spec = RegimeSpec { labeller: Labeller::Trend { fast: 1, slow: 2, change: 1 }, min_dwell: 1 };
    let table = label(std::slice::from_ref(&late), &spec);
    let at: Vec<_> = table.rows.iter().map(|row| row.known_at).collect();
    assert_eq!(at, [bars.known_ats()[0], late.known_ats()[1], late.known_ats()[1], late.known_ats()[1]]);
}
