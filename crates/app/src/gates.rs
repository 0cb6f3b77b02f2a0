//! The gates of this build, explained with the thresholds of the shipped policy; and named policies, found and explained.

use std::path::Path;

use proofmark_lifecycle::explain::{ExplainedGate, ExplainedRule, explain_gates, explain_named};
use proofmark_lifecycle::named::named_policy;
use proofmark_lifecycle::{NamedPolicy, Policy, named_policies};

use crate::error::{AppError, Result};

/// Every gate with the thresholds of the shipped policy, those on later data last.
pub fn all() -> Vec<ExplainedGate> {
    explain_gates(&Policy::default(), None)
}

/// The rules of a named policy, which is judged beside the default one: it can lower a verdict and never raise it.
/// `policy` is a shipped name, or a file below `root`.
///
/// # Errors
/// There is none of this name; the file cannot be read or holds no sound policy; it takes the name of a shipped one.
pub fn of_policy(policy: &str, root: &Path) -> Result<(NamedPolicy, Vec<ExplainedRule>)> {
    let policy = find(policy, root)?;
    let rules = explain_named(&policy, None);
    Ok((policy, rules))
}

/// Whether a policy is meant as a file.
pub(crate) fn is_file(policy: &str) -> bool {
    Path::new(policy).extension().is_some_and(|extension| extension == "toml")
}

/// The shipped policy of this name.
///
/// # Errors
/// There is none, or it is the default one, which nobody has to choose.
pub(crate) fn shipped(name: &str) -> Result<&'static NamedPolicy> {
    named_policy(name).ok_or_else(|| {
        let missing = AppError::input(format!("there is no policy `{name}` to judge beside the default one"));
        if name == "default" {
            return missing.hint("leave it out: the default policy judges in any case");
        }
        let known: Vec<&str> = named_policies().iter().map(|policy| policy.name.as_str()).collect();
        let near = |known: &&str| strsim::jaro_winkler(name, known);
        let nearest = known.iter().max_by(|a, b| near(a).total_cmp(&near(b))).copied().unwrap_or_default();
        missing.hint(format!(
            "did you mean `{nearest}`? there are {}; a file of your own ends in `.toml`",
            known.join(", ")
        ))
    })
}

/// A shipped policy by name, or one read from a file below `root` whose name ends in `.toml`.
///
/// # Errors
/// There is none of this name; the file cannot be read or holds no sound policy; it takes the name of a shipped one.
pub(crate) fn find(policy: &str, root: &Path) -> Result<NamedPolicy> {
    if !is_file(policy) {
        return shipped(policy).cloned();
    }
    let path = root.join(policy);
    let refused = || AppError::input(format!("failed to read the gate policy `{}`", path.display()));
    let text = std::fs::read_to_string(&path)
        .map_err(|error| refused().hint("its path is relative to the workspace").because(error))?;
    let read = NamedPolicy::from_toml(&text).map_err(|error| {
        let hint = error.hint();
        refused().hint(hint).because(error)
    })?;
    match named_policy(&read.name) {
        Some(shipped) if shipped.digest() != read.digest() => Err(AppError::input(format!(
            "the gate policy `{}` is called `{}`, as a shipped one is",
            path.display(),
            read.name
        ))
        .hint("give it a name of its own: reports print the name")),
        _ => Ok(read),
    }
}

#[cfg(test)]
mod tests {
    use proofmark_lifecycle::named::SHIPPED;
    use proofmark_lifecycle::{GATES, LATER_GATES};

    use super::*;

    #[test]
    fn every_threshold_of_the_policy_belongs_to_exactly_one_gate() {
        let all = all();
        let explained: usize = all.iter().map(|gate| gate.thresholds.len()).sum();
        assert_eq!(explained, Policy::default().thresholds().len());
        assert_eq!(all.len(), GATES.len() + LATER_GATES.len());
        let bare: Vec<&str> =
            all.iter().filter(|g| g.thresholds.is_empty()).map(|g| g.gate.as_str()).collect();
        assert_eq!(bare, [] as [&str; 0], "every gate has a threshold");
    }

    #[test]
    fn a_policy_is_found_by_name_or_file_and_a_wrong_one_is_refused_with_a_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let found = |policy: &str| find(policy, folder.path());
        assert_eq!(found("usdcop_h5").unwrap().name, "usdcop_h5");
        let said = |policy: &str| {
            let error = found(policy).unwrap_err();
            format!("{} {}", error.chain().join(" "), error.hint_text().unwrap_or_default())
        };
        assert!(said("usdcop").contains("did you mean `usdcop_h5`"), "{}", said("usdcop"));
        assert!(said("default").contains("in any case"));
        assert!(said("house.toml").contains("house.toml"));

        let (_, text) = SHIPPED.iter().find(|(name, _)| *name == "usdcop_h5").unwrap();
        let write = |text: String| std::fs::write(folder.path().join("house.toml"), text).unwrap();
        write(text.replace("name = \"usdcop_h5\"", "name = \"house\"").replace("limit = 0.2", "limit = 0.1"));
        assert_eq!(found("house.toml").unwrap().name, "house");
        write(text.replace("limit = 0.2", "limit = 0.1"));
        assert!(said("house.toml").contains("name of its own"), "another policy under a shipped name");
        write(text.replace("limit = 0.2", "limit = 20"));
        assert!(said("house.toml").contains("15 % is 0.15"), "{}", said("house.toml"));
        write("name = 3".to_owned());
        assert!(said("house.toml").contains("failed to read"));
    }
}
