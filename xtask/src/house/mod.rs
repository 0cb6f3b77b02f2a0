//! House rules as tests. Each rule has a planted violation that must fire, and runs over the whole checkout.
//!
//! An exception is a line in [`EXCEPTIONS`] with its reason; the list may only shrink.

mod dependencies;
mod fuzzing;
mod paths;
mod rules;
mod source;

use source::SourceFile;

/// One broken rule: where and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    pub(crate) rule: &'static str,
    pub(crate) file: String,
    /// One-based; 0 for the file as a whole.
    pub(crate) line: usize,
    pub(crate) what: String,
}

/// `(rule, file, reason)` of what a rule may not forbid. May only shrink.
const EXCEPTIONS: &[(&str, &str, &str)] = &[];

fn report(violations: &[Violation]) -> String {
    let lines: Vec<String> =
        violations.iter().map(|v| format!("{}:{}: [{}] {}", v.file, v.line, v.rule, v.what)).collect();
    format!("{} house rule violation(s):\n{}", lines.len(), lines.join("\n"))
}

#[test]
fn sources_keep_the_house_rules() {
    let files = source::read_tree(&crate::root());
    assert!(files.len() > 40, "only {} files found: the walk is broken", files.len());
    let mut violations: Vec<Violation> = rules::RULES
        .iter()
        .flat_map(|rule| files.iter().flat_map(move |file| rule.check(file)))
        .filter(|v| !EXCEPTIONS.iter().any(|(rule, file, _)| *rule == v.rule && *file == v.file))
        .collect();
    violations.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    assert!(violations.is_empty(), "{}", report(&violations));
}

#[test]
fn every_exception_is_still_needed() {
    let files = source::read_tree(&crate::root());
    for (rule, path, reason) in EXCEPTIONS {
        assert!(!reason.is_empty());
        let needed = files.iter().filter(|file| file.path == *path).any(|file| {
            rules::RULES.iter().filter(|known| known.id == *rule).any(|known| !known.check(file).is_empty())
        });
        assert!(needed, "the exception of rule `{rule}` for {path} is no longer needed: delete it");
    }
}

#[test]
fn crates_depend_only_downwards() {
    let violations = dependencies::check(&dependencies::metadata(&crate::root()));
    assert!(violations.is_empty(), "{}", report(&violations));
}

/// Planted violations: rule, path, text, and the line that must be reported.
#[test]
fn every_rule_fires_on_a_planted_violation() {
    for rule in rules::RULES {
        assert!(!rule.planted.is_empty(), "rule `{}` has no planted violation", rule.id);
        for (path, text, line) in rule.planted {
            let found = rule.check(&SourceFile::new(path, text));
            assert_eq!(
                found.iter().map(|v| v.line).collect::<Vec<_>>(),
                vec![*line],
                "rule `{}` on planted {path}:\n{text}\nfound {found:?}",
                rule.id
            );
        }
        for (path, text) in rule.harmless {
            let found = rule.check(&SourceFile::new(path, text));
            assert!(found.is_empty(), "rule `{}` fires on harmless {path}:\n{text}\n{found:?}", rule.id);
        }
    }
}
