//! Effective settings: one list, each value with the place it comes from.

use std::path::Path;

use serde::Serialize;

use crate::error::{AppError, Result};

/// One setting there is. Adding one is a line in [`SETTINGS`].
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    /// Dotted key: table and name in `proofmark.toml`; `PROOFMARK_` + upper case with `_` in the environment.
    pub key: &'static str,
    /// Value when nothing else is said.
    pub default: &'static str,
    /// What it does.
    pub doc: &'static str,
    /// Whether `text` is a value of it.
    check: fn(&str) -> bool,
}

fn is_number(text: &str) -> bool {
    text.parse::<u64>().is_ok()
}

fn is_switch(text: &str) -> bool {
    matches!(text, "true" | "false")
}

/// A switch that this version can only leave off.
fn is_off(text: &str) -> bool {
    text == "false"
}

/// Every setting, in the order `proofmark config` prints them.
pub const SETTINGS: &[Setting] = &[
    Setting {
        key: "run.workers",
        default: "0",
        doc: "threads a run uses; 0 means one per core",
        check: is_number,
    },
    Setting { key: "run.seed", default: "42", doc: "root of the seed tree of a run", check: is_number },
    Setting {
        key: "ingest.delay_seconds",
        default: "0",
        doc: "vendor delay between a session's close and the bar being known",
        check: is_number,
    },
    Setting {
        key: "safety.network",
        default: "false",
        doc: "whether `ingest VENDOR` and `data sentiment snapshot` may ask over the network",
        check: is_switch,
    },
    Setting {
        key: "safety.live_trading",
        default: "false",
        doc: "whether orders may leave this machine; this version has no broker and refuses `true`",
        check: is_off,
    },
    Setting {
        key: "safety.auto_approve",
        default: "false",
        doc: "approval without a named person; refused by design",
        check: is_off,
    },
];

/// Where a value comes from; later ones win.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Built in.
    Default,
    /// `proofmark.toml`.
    File,
    /// An environment variable, named.
    Environment(String),
}

/// One setting's effective value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Effective {
    /// Dotted key.
    pub key: &'static str,
    /// Value as text.
    pub value: String,
    /// Where it comes from.
    pub origin: Origin,
    /// What it does.
    pub doc: &'static str,
}

/// All effective settings of a workspace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Settings(Vec<Effective>);

/// The environment variable that overrides `key`.
pub fn variable(key: &str) -> String {
    format!("PROOFMARK_{}", key.to_uppercase().replace('.', "_"))
}

impl Settings {
    /// Merges defaults, the file at `path` and the environment, in that order.
    ///
    /// # Errors
    /// The file cannot be read or is not TOML, holds an unknown key, or a value is not of its kind.
    pub fn resolve(path: &Path, environment: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let name = format!("`{}`", path.display());
        let text = std::fs::read_to_string(path)
            .map_err(|source| AppError::io("read the settings", path, source))?;
        let file: toml::Table = crate::toml_text::parse(&text, &name)?;
        let written = flatten(&file);
        for (key, _) in &written {
            if key != "format" && !SETTINGS.iter().any(|s| s.key == key) {
                let nearest = SETTINGS.iter().max_by(|a, b| {
                    strsim::jaro_winkler(key, a.key).total_cmp(&strsim::jaro_winkler(key, b.key))
                });
                return Err(AppError::input(format!("{name}: unknown key `{key}`")).hint(format!(
                    "did you mean `{}`? `proofmark config` lists all",
                    nearest.map_or("", |s| s.key)
                )));
            }
        }
        let mut all = Vec::with_capacity(SETTINGS.len());
        for setting in SETTINGS {
            let from_file =
                written.iter().find(|(key, _)| key == setting.key).map(|(_, value)| value.clone());
            let name = variable(setting.key);
            let (value, origin) = match (environment(&name), from_file) {
                (Some(value), _) => (value, Origin::Environment(name)),
                (None, Some(value)) => (value, Origin::File),
                (None, None) => (setting.default.to_owned(), Origin::Default),
            };
            if !(setting.check)(&value) {
                return Err(AppError::input(format!("setting `{}` cannot be `{value}`", setting.key))
                    .hint(setting.doc));
            }
            all.push(Effective { key: setting.key, value, origin, doc: setting.doc });
        }
        Ok(Self(all))
    }

    /// Every setting.
    pub fn all(&self) -> &[Effective] {
        &self.0
    }

    /// A number setting.
    ///
    /// # Panics
    /// If `key` is not a number setting of [`SETTINGS`].
    pub fn number(&self, key: &str) -> u64 {
        let value = self.0.iter().find(|s| s.key == key).and_then(|s| s.value.parse().ok());
        value.expect("number settings are checked when they are resolved")
    }

    /// Whether the switch `key` is on; `false` for what is no setting.
    pub fn is_on(&self, key: &str) -> bool {
        self.0.iter().any(|s| s.key == key && s.value == "true")
    }
}

/// Leaf keys of nested tables, dotted, with their values as text.
fn flatten(table: &toml::Table) -> Vec<(String, String)> {
    fn visit(prefix: &str, value: &toml::Value, out: &mut Vec<(String, String)>) {
        match value {
            toml::Value::Table(table) => {
                for (key, value) in table {
                    let dotted = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
                    visit(&dotted, value, out);
                }
            }
            toml::Value::String(text) => out.push((prefix.to_owned(), text.clone())),
            other => out.push((prefix.to_owned(), other.to_string())),
        }
    }
    let mut out = Vec::new();
    visit("", &toml::Value::Table(table.clone()), &mut out);
    out
}

/// The settings file a fresh workspace gets: every key, commented out at its default.
pub fn template() -> String {
    let mut text = String::from(
        "# A Proofmark workspace. `proofmark config` shows every value and where it comes from.\nformat = 1\n",
    );
    let mut table = "";
    for setting in SETTINGS {
        let (head, name) = setting.key.split_once('.').unwrap_or(("", setting.key));
        if head != table {
            text.push_str(&format!("\n[{head}]\n"));
            table = head;
        }
        text.push_str(&format!("# {}\n# {name} = {}\n", setting.doc, setting.default));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str, environment: &[(&str, &str)]) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proofmark.toml");
        std::fs::write(&path, text).unwrap();
        Settings::resolve(&path, &|name| {
            environment.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned())
        })
    }

    #[test]
    fn environment_beats_file_beats_default_and_says_so() {
        let settings = resolve("[run]\nseed = 7\n", &[("PROOFMARK_RUN_WORKERS", "3")]).unwrap();
        assert_eq!(settings.number("run.seed"), 7);
        assert_eq!(settings.number("run.workers"), 3);
        let origin = |key: &str| settings.all().iter().find(|s| s.key == key).unwrap().origin.clone();
        assert_eq!(origin("run.seed"), Origin::File);
        assert_eq!(origin("run.workers"), Origin::Environment("PROOFMARK_RUN_WORKERS".into()));
        assert_eq!(origin("safety.live_trading"), Origin::Default);
    }

    #[test]
    fn no_setting_can_turn_live_trading_or_auto_approval_on() {
        assert!(resolve("[safety]\nlive_trading = true\n", &[]).is_err());
        assert!(resolve("", &[("PROOFMARK_SAFETY_AUTO_APPROVE", "true")]).is_err());
    }

    #[test]
    fn the_template_is_valid_and_unknown_keys_are_suggested() {
        assert!(resolve(&template(), &[]).is_ok());
        let error = resolve("[run]\nworker = 2\n", &[]).unwrap_err();
        assert!(error.hint_text().unwrap().contains("run.workers"), "{error:?}");
    }
}
