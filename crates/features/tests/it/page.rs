//! The page of sets says what the registry holds.

use proofmark_features::{panel_registry, registry};

#[test]
fn the_page_lists_every_set_with_its_counts() {
    let page = include_str!("../../../../docs/FEATURES.md");
    let mut lines: Vec<String> = Vec::new();
    for set in registry() {
        let count = |flagged: &dyn Fn(usize) -> bool| (0..set.features.len()).filter(|k| flagged(*k)).count();
        let levels = count(&|k| !set.features[k].is_stationary());
        let endless = count(&|k| set.features[k].look_back() == usize::MAX);
        lines.push(format!("| `{}` | {} | {levels} | {endless} |", set.name, set.features.len()));
    }
    for set in panel_registry() {
        let levels = set.columns.iter().filter(|column| !column.stationary).count();
        lines.push(format!("| `{}` | {} | {levels} | 0 |", set.name, set.columns.len()));
    }
    let missing: Vec<&String> = lines.iter().filter(|line| !page.contains(line.as_str())).collect();
    assert!(missing.is_empty(), "docs/FEATURES.md lacks {missing:#?}");
    assert_eq!(
        page.matches("\n| `").count(),
        lines.len(),
        "docs/FEATURES.md lists a set that is not registered"
    );
}
