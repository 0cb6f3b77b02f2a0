//! A model's columns and another list of columns, compared.

use proofmark_features::{Change, Feature, Moved, Schema, SchemaDiff, TEACHER15, feature_set, own_features};
use proofmark_units::Digest;

fn schema(set: &[&dyn Feature]) -> Schema {
    Schema::of(set)
}

#[test]
fn the_same_columns_pass() {
    assert_eq!(SchemaDiff::check(&schema(TEACHER15), &schema(TEACHER15)), Ok(()));
    assert_eq!(SchemaDiff::check(&schema(&[]), &schema(&[])), Ok(()));
}

#[test]
fn each_kind_of_difference_is_named() {
    let set = &TEACHER15[..4];
    let found = schema(&[set[1], set[0], set[3], TEACHER15[4]]);
    let diff = SchemaDiff::check(&schema(set), &found).unwrap_err();
    assert_eq!(diff.removed, ["ema_12"]);
    assert_eq!(diff.added, ["rsi_14"]);
    let moved = |name: &str, expected, found| Moved { name: name.into(), expected, found };
    assert_eq!(diff.reordered, [moved("sma_20", 0, 1), moved("sma_50", 1, 0)]);
    assert!(diff.changed.is_empty() && !diff.version);
    let text = diff.to_string();
    for part in ["missing: `ema_12`", "not expected: `rsi_14`", "`sma_20` from place 0 to 1"] {
        assert!(text.contains(part), "{text}");
    }
}

#[test]
fn a_changed_field_shows_both_values() {
    let expected = schema(TEACHER15);
    let mut found = expected.clone();
    found.columns[2].unit = "price".into();
    found.columns[2].look_back = None;
    let diff = SchemaDiff::check(&expected, &found).unwrap_err();
    let name = "ema_12".to_owned();
    let unit = Change { name: name.clone(), field: "unit", expected: "ATR".into(), found: "price".into() };
    let bars = Change { name, field: "look_back", expected: "42".into(), found: "unbounded".into() };
    assert_eq!(diff.changed, [unit, bars]);
}

#[test]
fn a_changed_expression_shows_both_texts_and_what_follows_from_them() {
    let of = |text: &str| schema(&[&*own_features(&[], &[("mine", text)], false).unwrap()[0]]);
    let diff =
        SchemaDiff::check(&of("$close / Ref($close, 20)"), &of("$close / Ref($close, 21)")).unwrap_err();
    let text = diff.to_string();
    assert!(
        text.contains(
            "expression of `mine` was `$close / Ref($close, 20)` and is `$close / Ref($close, 21)`"
        ),
        "{text}"
    );
    assert!(text.contains("look_back of `mine` was `21` and is `22`"), "{text}");
    assert!(!diff.version);
}

#[test]
fn another_version_of_the_same_words_is_a_difference() {
    let expected = schema(TEACHER15);
    let found = Schema { digest: Digest::of(b"another"), ..expected.clone() };
    let diff = SchemaDiff::check(&expected, &found).unwrap_err();
    assert!(diff.version && diff.to_string().contains("without a change of its words"));
}

#[test]
fn a_name_that_comes_twice_is_two_columns() {
    let (once, twice) = (schema(&TEACHER15[..1]), schema(&[TEACHER15[0], TEACHER15[0]]));
    let diff = SchemaDiff::check(&once, &twice).unwrap_err();
    assert_eq!((diff.added.as_slice(), diff.removed.len()), (["sma_20".to_owned()].as_slice(), 0));
}

#[test]
fn a_pipeline_finds_the_sets_that_forget() {
    assert_eq!(feature_set("alpha158").map(<[_]>::len), Some(158));
    assert!(feature_set("teacher15_raw").is_none(), "a sum since the first bar cannot be purged");
}
