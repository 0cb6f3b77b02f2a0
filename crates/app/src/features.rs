//! The feature registry, and the proof that no feature sees the future.

mod page;

use std::collections::BTreeMap;

use proofmark_features::{FEATURE_SETS, Feature};
use proofmark_market::Bars;
use proofmark_validation::prefix_invariance;
use serde::Serialize;

pub use self::page::study_page;
use crate::data;
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// One registered feature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureInfo {
    /// Stable name.
    pub name: &'static str,
    /// What the column holds.
    pub doc: &'static str,
    /// Unit of its values.
    pub unit: &'static str,
    /// Where the formula comes from.
    pub source: &'static str,
    /// Bars that matter to a value, the current one included.
    pub look_back: usize,
    /// Sets that contain it.
    pub sets: Vec<&'static str>,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Features checked.
    pub features: usize,
    /// Symbols they were checked on.
    pub symbols: usize,
    /// The first earlier value that a truncation changed, in words.
    pub violation: Option<String>,
}

/// Every feature of every set once, in the order of the sets.
fn registered() -> Vec<&'static dyn Feature> {
    let mut all: Vec<&'static dyn Feature> = Vec::new();
    for feature in FEATURE_SETS.iter().flat_map(|(_, set)| set.iter()) {
        if !all.iter().any(|known| known.name() == feature.name()) {
            all.push(*feature);
        }
    }
    all
}

/// Every registered feature.
pub fn list() -> Vec<FeatureInfo> {
    let mut sets: BTreeMap<&str, Vec<&'static str>> = BTreeMap::new();
    for (set, features) in FEATURE_SETS {
        for feature in *features {
            sets.entry(feature.name()).or_default().push(set);
        }
    }
    let info = |feature: &'static dyn Feature| FeatureInfo {
        name: feature.name(),
        doc: feature.doc(),
        unit: feature.unit(),
        source: feature.source(),
        look_back: feature.look_back(),
        sets: sets.get(feature.name()).cloned().unwrap_or_default(),
    };
    registered().into_iter().map(info).collect()
}

/// The feature called `name`.
///
/// # Errors
/// There is none; the hint names the nearest.
pub fn show(name: &str) -> Result<FeatureInfo> {
    let all = list();
    let nearest = all
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(name, a.name).total_cmp(&strsim::jaro_winkler(name, b.name)))
        .map_or("", |feature| feature.name);
    let hint = format!("did you mean `{nearest}`? `proofmark features list` names all");
    all.into_iter()
        .find(|feature| feature.name == name)
        .ok_or_else(|| AppError::input(format!("there is no feature `{name}`")).hint(hint))
}

/// Computes every feature on truncated histories of the workspace's clean bars and compares bit for bit.
///
/// # Errors
/// The calendar is unknown, or the lake is empty or cannot be read. A violation is an outcome, not an error.
pub fn check(ws: &Workspace, calendar: &str) -> Result<Report> {
    let features = registered();
    let bars: Vec<Bars> = data::cleaned(ws, calendar)?.into_iter().map(|outcome| outcome.bars).collect();
    let bars: Vec<Bars> = bars.into_iter().filter(|bars| !bars.is_empty()).collect();
    if bars.is_empty() {
        return Err(AppError::input(format!("the quality rules leave no bar on calendar `{calendar}`"))
            .hint("`proofmark data check` shows why; another market needs `--calendar`"));
    }
    let violation = prefix_invariance(&features, &bars).err();
    Ok(Report { features: features.len(), symbols: bars.len(), violation })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, Synthetic};

    #[test]
    fn every_feature_is_listed_once_and_a_slip_gets_a_suggestion() {
        let all = list();
        assert_eq!(all.len(), 15);
        assert!(all.iter().all(|f| f.sets == ["teacher15"] && show(f.name).unwrap() == *f));
        let error = show("rsi14").unwrap_err();
        assert!(error.hint_text().unwrap().contains("`rsi_14`"), "{error:?}");
    }

    #[test]
    fn no_shipped_feature_sees_the_future_on_a_simulated_market() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        assert_eq!(check(&ws, "XNSE").unwrap_err().exit_code(), 2);
        let (start, end) = ("2010-01-01".parse().unwrap(), "2011-12-31".parse().unwrap());
        let request = Synthetic { scenario: "null".into(), names: 2, seed: 1, start, end, strength: None };
        ingest::synthetic(&ws, &request).unwrap();
        let report = check(&ws, "XNSE").unwrap();
        assert_eq!((report.features, report.symbols, report.violation), (15, 3, None));
    }
}
