//! Names against each other: by hand, without the future, in stages, date by date.

use std::collections::BTreeMap;

use proofmark_features::expr::{Everyone, ExprProblem, Members, Program, Row};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};
use proptest::prelude::*;

use super::same;

/// Bars of one name whose closes are `closes` on the days given.
fn name(k: usize, days: &[(i32, f64)]) -> Bars {
    let row = |(day, close): &(i32, f64)| {
        let [open, high, low, close] = [*close; 4];
        let at = Instant::from_nanos(i64::from(*day));
        let volume = (f64::from(*day) * 7.0 + k as f64 * 3.0) % 11.0;
        BarRow { date: Date::from_days(*day), event_time: at, known_at: at, open, high, low, close, volume }
    };
    Bars::from_rows(format!("N{k}").parse().unwrap(), &days.iter().map(row).collect::<Vec<_>>()).unwrap()
}

fn program(texts: &[&str]) -> Program {
    let columns: Vec<(&str, &str)> = texts.iter().map(|text| (*text, *text)).collect();
    Program::compile(&columns).unwrap_or_else(|error| panic!("{error}"))
}

struct Sectors;

impl Members for Sectors {
    fn is_member(&self, k: usize, date: Date) -> bool {
        // The last name joins on day 2.
        k < 3 || date >= Date::from_days(2)
    }
    fn group(&self, k: usize, _: Date) -> Option<u32> {
        [Some(7), Some(7), None, Some(9)].get(k).copied().flatten()
    }
}

#[test]
fn one_date_by_hand() {
    let closes = [2.0, 4.0, 4.0, 10.0];
    let bars: Vec<Bars> =
        closes.iter().enumerate().map(|(k, close)| name(k, &[(1, *close), (2, *close)])).collect();
    let texts = [
        "CsRank($close)",
        "CsDemean($close)",
        "CsMean($close)",
        "CsScale($close)",
        "CsWinsorize($close, 0.25)",
        "CsNeutralize($close, $group)",
        "CsZScore($close)",
        "CsStd($close)",
        "CsQuantile($close, 0.5)",
        "CsBucket($close, 2)",
        "CsGroupMean($close, $group)",
        "CsGroupRank($close, $group)",
        "CsGroupZScore($close, $group)",
        "CsResidual($close, $volume)",
    ];
    let columns = program(&texts).panel(&bars, &Sectors);
    let at =
        |column: usize, row: usize| -> Vec<f64> { columns.iter().map(|name| name[column][row]).collect() };
    // Day 1: 2, 4 and 4; the fourth is no member yet.
    assert_eq!(&at(0, 0)[..3], [1.0 / 3.0, 2.5 / 3.0, 2.5 / 3.0]);
    assert_eq!(&at(3, 0)[..3], [0.2, 0.4, 0.4]);
    assert!((0..texts.len()).all(|column| at(column, 0)[3].is_nan()));
    // Day 2: 2, 4, 4 and 10; mean 5, squared deviations 9, 1, 1 and 25.
    assert_eq!(at(0, 1), [0.25, 0.625, 0.625, 1.0]);
    assert_eq!(at(1, 1), [-3.0, -1.0, -1.0, 5.0]);
    assert_eq!(at(2, 1), [5.0; 4]);
    assert_eq!(at(3, 1), [0.1, 0.2, 0.2, 0.5]);
    // Quantiles 0.25 and 0.75 of 2, 4, 4, 10 are 3.5 and 5.5.
    assert_eq!(at(4, 1), [3.5, 4.0, 4.0, 5.5]);
    let neutral = at(5, 1);
    assert_eq!((neutral[0], neutral[1], neutral[3]), (-1.0, 1.0, 0.0));
    assert!(neutral[2].is_nan(), "its group is unknown");
    let z = at(6, 1);
    assert!((z[3] - 5.0 / 12.0_f64.sqrt()).abs() < 1e-15 && (z[0] + 3.0 / 12.0_f64.sqrt()).abs() < 1e-15);
    assert_eq!(at(7, 1), [12.0_f64.sqrt(); 4]);
    assert_eq!(at(8, 1), [4.0; 4]);
    assert_eq!(at(9, 1), [1.0, 2.0, 2.0, 2.0]);
    let known = |column: usize| [0, 1, 3].map(|k| at(column, 1)[k]);
    assert_eq!((known(10), known(11)), ([3.0, 3.0, 10.0], [0.5, 1.0, 1.0]));
    let z = known(12);
    assert!(
        (z[1] - 0.5_f64.sqrt()).abs() < 1e-15 && z[0] == -z[1] && z[2].is_nan(),
        "one name has no deviation"
    );
    assert!((10..13).all(|column| at(column, 1)[2].is_nan()), "its group is unknown");
    // Volumes are 3, 6, 9 and 1 (mean 4.75): the products of deviations add up to -19, their squares to 36.75.
    let line = |x: f64| 5.0 - 19.0 / 36.75 * (x - 4.75);
    let left = [(2.0, 3.0), (4.0, 6.0), (4.0, 9.0), (10.0, 1.0)].map(|(y, x)| y - line(x));
    assert!(at(13, 1).iter().zip(left).all(|(a, b)| (a - b).abs() < 1e-14), "{:?}", at(13, 1));
}

/// Texts that need one, two and three stages, and one that needs none.
const STAGES: [&str; 10] = [
    "$close - Ref($close, 1)",
    "CsRank($close)",
    "CsRank(Delta($close, 2)) - Mean($close, 3)",
    "Mean(CsRank($close), 3)",
    "CsRank(Mean(CsZScore($close), 3)) * CsRank($close)",
    "Corr(CsRank($close), CsRank($volume), 5)",
    "CsScale(Std(CsDemean(Mean(CsRank($volume), 2)), 4))",
    "CsNeutralize(Ref(CsWinsorize($close, 0.1), 1), $group)",
    "CsGroupRank($close, $group) + CsGroupZScore($close, $group) + CsGroupMean($volume, $group)",
    "CsResidual($close, $volume) + CsBucket($close, 3) + CsStd($close) + CsQuantile($close, 0.3)",
];

fn names() -> impl Strategy<Value = Vec<Bars>> {
    let days = prop::collection::btree_map(0..60_i32, (1..40_u32).prop_map(f64::from), 1..60);
    prop::collection::vec(days, 1..7).prop_map(|all| {
        let bars = |(k, days): (usize, BTreeMap<i32, f64>)| name(k, &days.into_iter().collect::<Vec<_>>());
        all.into_iter().enumerate().map(bars).collect()
    })
}

fn all_same(a: &[Vec<Vec<f64>>], b: &[Vec<Vec<f64>>], what: &str) -> Result<(), TestCaseError> {
    for (name, (a, b)) in a.iter().zip(b).enumerate() {
        for ((a, b), text) in a.iter().zip(b).zip(STAGES) {
            for (row, (a, b)) in a.iter().zip(b).enumerate() {
                prop_assert!(same(*a, *b), "{what}: {text} of name {name} at {row}: {a} against {b}");
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn date_by_date_agrees_bit_for_bit_and_so_does_one_thread(bars in names()) {
        let program = program(&STAGES);
        let whole = program.panel(&bars, &Sectors);
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        all_same(&whole, &one.install(|| program.panel(&bars, &Sectors)), "one thread")?;

        let mut stream = program.start_panel(bars.len());
        let mut rows = vec![0; bars.len()];
        let mut streamed: Vec<Vec<Vec<f64>>> = vec![vec![Vec::new(); STAGES.len()]; bars.len()];
        for date in (0..60).map(Date::from_days) {
            let today = |(bars, row): (&Bars, &usize)| {
                (bars.dates().get(*row) == Some(&date)).then(|| Row::from(&bars.row(*row)))
            };
            let today: Vec<Option<Row>> = bars.iter().zip(&rows).map(today).collect();
            let columns = stream.push(date, &today, &Sectors).to_vec();
            for (k, values) in columns.chunks(STAGES.len()).enumerate().filter(|(k, _)| today[*k].is_some()) {
                rows[k] += 1;
                for (column, value) in streamed[k].iter_mut().zip(values) {
                    column.push(*value);
                }
            }
        }
        all_same(&whole, &streamed, "date by date")?;
    }

    #[test]
    fn later_dates_and_names_that_are_no_members_change_nothing(bars in names(), cut in 0..60_i32) {
        let program = program(&STAGES);
        let whole = program.panel(&bars, &Sectors);
        let day = Date::from_days(cut);
        let earlier: Vec<Bars> =
            bars.iter().map(|b| b.slice(0..b.dates().partition_point(|date| *date < day))).collect();
        let prefix = program.panel(&earlier, &Sectors);
        all_same(&prefix, &whole, "a prefix of the dates")?;

        // A name that is never a member leaves the others as they are.
        let mut more = bars.clone();
        more.push(name(99, &(0..60).map(|day| (day, 1e6)).collect::<Vec<_>>()));
        let outsider = bars.len();
        struct Without(usize);
        impl Members for Without {
            fn is_member(&self, k: usize, date: Date) -> bool {
                k != self.0 && Sectors.is_member(k, date)
            }
            fn group(&self, k: usize, date: Date) -> Option<u32> {
                Sectors.group(k, date)
            }
        }
        let beside = program.panel(&more, &Without(outsider));
        all_same(&whole, &beside, "an outsider")?;
        prop_assert!(beside[outsider][1].iter().all(|v| v.is_nan()));
        prop_assert!(beside[outsider][0][1..].iter().all(|v| *v == 0.0), "its own series is its own");
    }
}

#[test]
fn a_panel_without_comparisons_is_each_names_columns() {
    let bars = [name(0, &[(1, 2.0), (4, 3.0)]), name(1, &[])];
    let program = program(&["Mean($close, 2)"]);
    let panel = program.panel(&bars, &Everyone);
    assert_eq!(panel, [vec![vec![2.0, 2.5]], vec![vec![]]]);
    assert_eq!(program.columns(&bars[0]).unwrap(), panel[0]);
    assert!(program.panel(&[], &Everyone).is_empty());
}

#[test]
fn a_comparison_needs_names() {
    let program = program(&["CsRank($close)"]);
    let error = program.columns(&name(0, &[(1, 1.0)])).unwrap_err();
    assert_eq!(*error.problem, ExprProblem::NeedsPanel);
    assert!(program.start().is_err() && program.is_cross_sectional());
    let error = Program::compile(&[("f", "CsNeutralize($close, $close)")]).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("must be a group, not a number"), "{error}");
}
