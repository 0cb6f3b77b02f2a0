//! Which rows a dataset keeps, and what it refuses.

use proofmark_training::{Dataset, DatasetError, LabelInputs};

use crate::worlds::{Labels, panel, weekdays};

#[test]
fn eight_sessions_of_two_symbols_by_hand() {
    let dates = weekdays(8);
    let gap = f64::NAN;
    // S001 has no bar on session 3.
    let close =
        [vec![10.0, 11.0, 12.0, 13.0, 12.0, 11.0, 10.0, 9.0], vec![5.0, 5.0, 5.0, gap, 5.0, 6.0, 7.0, 8.0]];
    let panel = panel(&dates, &close);
    let labels = Labels::of(&panel, 2, 0.0);
    // The feature needs three bars of its own symbol.
    let mut feature = vec![f64::NAN; 16];
    for t in 2..8 {
        feature[panel.cell(t, 0)] = t as f64;
    }
    for t in [2, 4, 5, 6, 7] {
        feature[panel.cell(t, 1)] = -(t as f64);
    }
    let ds = Dataset::from_panel(&panel, &["f".to_owned()], &[feature], labels.inputs(), 3).unwrap();
    assert_eq!(ds.column(0), [2.0, -2.0, 3.0, 4.0, -4.0, 5.0, -5.0, 6.0, -6.0, 7.0, -7.0]);
    assert_eq!(ds.sessions(), [2, 2, 3, 4, 4, 5, 5, 6, 6, 7, 7]);
    assert_eq!(ds.symbol_indices(), [0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 1]);
    // Session 2, S000: entry at session 3, exit at session 5: 11 / 13 - 1 < 0.
    assert_eq!(ds.class()[0], 0.0);
    assert_eq!(ds.label_span(0).unwrap().start, dates[3]);
    assert_eq!(ds.label_span(0).unwrap().end, dates[5]);
    // Session 2, S001 would enter on the missing bar.
    assert!(!ds.is_labelled(1));
    // Session 4, S001: 8 / 6 - 1 > 0; its three bars are sessions 1, 2 and 4.
    assert_eq!(ds.class()[4], 1.0);
    assert_eq!(ds.window_start(4), dates[1]);
    assert_eq!(ds.rows_in(proofmark_units::DateSpan { start: dates[4], end: dates[5] }), 3..7);
    assert_eq!(ds.digest(), ds.clone().digest());
}

#[test]
fn rows_are_of_members_and_their_look_back_counts_every_bar() {
    use proofmark_market::Standing;
    let dates = weekdays(6);
    let mut panel = panel(&dates, &[vec![1.0, 2.0, 3.0, 4.0, 5.0, 6.0], vec![6.0, 5.0, 4.0, 3.0, 2.0, 1.0]]);
    for t in 0..3 {
        let cell = panel.cell(t, 0);
        panel.standing[cell] = Standing::Outside;
    }
    let labels = Labels::of(&panel, 1, 0.0);
    let ds = Dataset::from_panel(&panel, &["f".to_owned()], &[vec![0.5; 12]], labels.inputs(), 3).unwrap();
    let first = (0..ds.len()).find(|row| ds.symbol_indices()[*row] == 0).unwrap();
    assert_eq!((ds.date(first), ds.window_start(first)), (dates[3], dates[1]));
    assert_eq!(ds.symbol_indices().iter().filter(|s| **s == 1).count(), 6);
}

#[test]
fn impossible_labels_are_refused() {
    let dates = weekdays(6);
    let panel = panel(&dates, &[vec![1.0; 6]]);
    let names = ["f".to_owned()];
    let grid = [vec![0.5; 6]];
    let build = |class: f64, start, end| {
        let mut labels = Labels::of(&panel, 2, 0.0);
        (labels.class[1], labels.start[1], labels.end[1]) = (class, start, end);
        Dataset::from_panel(&panel, &names, &grid, labels.inputs(), 1).unwrap_err()
    };
    let (same_day, later, past_the_end) = (Some(dates[1]), Some(dates[3]), Some(dates[5].plus_days(30)));
    assert!(matches!(build(1.0, same_day, later), DatasetError::BadLabelSpan { .. }));
    assert!(matches!(build(1.0, later, same_day), DatasetError::BadLabelSpan { .. }));
    assert!(matches!(build(1.0, None, later), DatasetError::BadLabelSpan { .. }));
    assert!(matches!(build(1.0, later, past_the_end), DatasetError::BadLabelSpan { .. }));
    assert!(matches!(build(0.5, later, later), DatasetError::BadClass { value: 0.5, .. }));
    let labels = Labels::of(&panel, 2, 0.0);
    let short = LabelInputs { class: &labels.class[..3], ..labels.inputs() };
    let error = Dataset::from_panel(&panel, &names, &grid, short, 1).unwrap_err();
    assert_eq!(error.to_string(), "`class` has 3 cells, the panel has 6");
    let missing = Dataset::from_panel(&panel, &names, &[vec![f64::NAN; 6]], labels.inputs(), 1);
    assert_eq!(missing.unwrap_err(), DatasetError::NoRows { features: 1 });
}
