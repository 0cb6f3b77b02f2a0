//! `waivers.toml` beside `proofmark.toml`: findings a named person accepts, with a reason, until a date.

use std::path::Path;

use proofmark_lake::checks::{CHECKS, COMPARISONS};
use proofmark_lake::quality::RULES;
use proofmark_units::{Date, Symbol};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};

/// The file's name in a workspace.
const FILE: &str = "waivers.toml";

/// One accepted kind of finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The rule or check.
    pub check: String,
    /// Only for this symbol; for all of them when left out.
    #[serde(default)]
    pub symbol: Option<Symbol>,
    /// Who waives it.
    pub by: String,
    /// Why.
    pub reason: String,
    /// Last date on which it counts.
    pub expires: Date,
}

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    #[serde(default)]
    waiver: Vec<Waiver>,
}

/// The waivers of a workspace, sorted by whether they still count today.
#[derive(Debug, Default)]
pub(super) struct Waivers {
    live: Vec<Waiver>,
    /// Waivers that ran out.
    pub(super) expired: Vec<Waiver>,
}

impl Waivers {
    /// Reads the file in `root`; no file means none.
    pub(super) fn read(root: &Path, today: Date) -> Result<Self> {
        let path = root.join(FILE);
        if !path.is_file() {
            return Ok(Self::default());
        }
        let name = format!("`{}`", path.display());
        let text = std::fs::read_to_string(&path).map_err(|source| AppError::io("read", &path, source))?;
        let written: Written = crate::toml_text::parse(&text, &name)?;
        for waiver in &written.waiver {
            if waiver.by.trim().is_empty() || waiver.reason.trim().is_empty() {
                return Err(AppError::input(format!(
                    "{name}: the waiver of `{}` has no name or no reason",
                    waiver.check
                ))
                .hint("say who waives it in `by` and why in `reason`"));
            }
            if !known().any(|id| id == waiver.check) {
                let nearest = known().max_by(|a, b| {
                    strsim::jaro_winkler(&waiver.check, a).total_cmp(&strsim::jaro_winkler(&waiver.check, b))
                });
                return Err(AppError::input(format!("{name}: there is no check `{}`", waiver.check))
                    .hint(format!("did you mean `{}`?", nearest.unwrap_or_default())));
            }
        }
        let (live, expired) = written.waiver.into_iter().partition(|waiver| waiver.expires >= today);
        Ok(Self { live, expired })
    }

    /// Whether findings of `check` in `symbol` are waived.
    pub(super) fn covers(&self, check: &str, symbol: &Symbol) -> bool {
        let fits =
            |waiver: &Waiver| waiver.check == check && waiver.symbol.as_ref().is_none_or(|own| own == symbol);
        self.live.iter().any(fits)
    }
}

fn known() -> impl Iterator<Item = &'static str> {
    let rules = RULES.iter().map(|rule| rule.id());
    rules.chain(CHECKS.iter().map(|check| check.id)).chain(COMPARISONS.iter().map(|comparison| comparison.id))
}
