//! Corporate actions in the bars behind context features: none of them changes or deletes an earlier value.

use super::{context, made, rows};
use crate::planted_bars::{Split, sessions, workspace_of};

const SPLITS: [Split; 2] =
    [Split { name: "AAA", at: 150, ratio: 2.0 }, Split { name: "BBB", at: 220, ratio: 1.5 }];

const BETA: &str = "calendar = \"XNSE\"\n\n[features]\nBETA = \"mkt_beta\"\nCORR = \"mkt_correlation\"\n\n\
    [input]\nkind = \"benchmark\"\nbenchmark = \"INDEX\"\nadjust = \"splits\"\n";

const BREADTH: &str = "calendar = \"XNSE\"\n\n[features]\nAD = \"mkt_advance_decline\"\nMEAN = \"mkt_above_mean_50\"\n\n\
    [input]\nkind = \"members\"\nexclude = [\"INDEX\"]\nadjust = \"splits\"\n";

const SERIES: [&str; 5] = ["M.BETA.AAA", "M.BETA.BBB", "M.CORR.AAA", "M.AD", "M.MEAN"];

type Rows = Vec<(String, String, f64)>;

fn values(bars: usize, splits: &[Split], adjust: &str) -> Vec<Rows> {
    let folder = workspace_of(bars, splits);
    for spec in [BETA, BREADTH] {
        let spec = spec.replace("\"splits\"", &format!("\"{adjust}\""));
        made(&context(folder.path(), &spec, &["--store-as", "M"]));
    }
    SERIES.iter().map(|series| rows(folder.path(), series)).collect()
}

fn until(rows: &Rows, last: &str) -> Rows {
    rows.iter().filter(|row| row.0.as_str() <= last).cloned().collect()
}

#[test]
fn a_split_that_comes_later_changes_no_value_and_known_at() {
    let days = sessions();
    for adjust in ["splits", "none"] {
        let whole = values(300, &SPLITS, adjust);
        // Before each split, at it, in the sessions in which it is not told from a crash yet, and after them.
        for bars in [149, 150, 151, 152, 153, 154, 219, 221, 222, 223, 224, 260] {
            let last = days[bars - 1].to_string();
            for ((whole, cut), series) in whole.iter().zip(values(bars, &SPLITS, adjust)).zip(SERIES) {
                assert_eq!(cut, until(whole, &last), "{series} of {bars} bars with `{adjust}`");
                assert!(bars < 100 || !cut.is_empty(), "{series}");
            }
        }
    }
}

#[test]
fn values_across_a_split_are_those_of_the_same_prices_without_it() {
    let (with, without) = (values(300, &SPLITS, "splits"), values(300, &[], "splits"));
    let raw = values(300, &SPLITS, "none");
    let days = sessions();
    // The split shows at the open of session 150 and is told from a crash at the close of 153.
    let paused = |date: &str| days[150..153].iter().any(|day| day.to_string() == date);
    let beta: Rows = without[0].iter().filter(|row| !paused(&row.0)).cloned().collect();
    assert_eq!(with[0].len(), beta.len(), "nothing of the three sessions, all of the others");
    for (found, wanted) in with[0].iter().zip(&beta) {
        assert!(found.0 == wanted.0 && (found.2 - wanted.2).abs() < 1e-9, "{found:?} {wanted:?}");
    }
    // As traded the break stays, and is seen: no history goes missing for it.
    assert_eq!((raw[0].len(), &raw[0][0]), (without[0].len(), &without[0][0]));
    let day = days[160].to_string();
    let at = |rows: &Rows| rows.iter().find(|row| row.0 == day).unwrap().2;
    assert!((at(&raw[0]) - at(&with[0])).abs() > 1e-3, "{} {}", at(&raw[0]), at(&with[0]));
    // Breadth counts the other members meanwhile.
    assert_eq!(with[3].len(), without[3].len());
    for (found, wanted) in with[3].iter().zip(&without[3]).filter(|(row, _)| row.0 < days[150].to_string()) {
        assert_eq!(found, wanted);
    }
}
