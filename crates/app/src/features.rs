//! The feature registry, the proof that no feature sees the future, and what features look like.

mod check;
mod of_pipeline;
mod page;
mod study;

use proofmark_features::expr::{ExprError, Operator, operators};
use proofmark_features::{
    Column, ContextDefinition, Feature, context_definitions, feature_set, panel_registry, registry,
};
use serde::Serialize;

pub use self::check::{CheckRequest, Report, Subject, Tried, check};
pub use self::of_pipeline::{ObservationInfo, PipelineColumns, check_pipeline, list_pipeline};
pub use self::page::study_page;
pub use proofmark_validation::Study;

pub use self::study::{study_pipeline, write_study};
use crate::error::{AppError, Result};

/// One feature: a registered one, or one of a pipeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FeatureInfo {
    /// What it is.
    #[serde(flatten)]
    pub column: Column,
    /// Its expression, where it is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formula: Option<String>,
    /// Sets that contain it; none where it is a pipeline's own.
    pub sets: Vec<String>,
}

/// One registered set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SetInfo {
    /// Its name, as pipelines give it.
    pub name: &'static str,
    /// What it holds, and what it leaves out.
    pub doc: &'static str,
    /// Columns that a pipeline without groups gets; 0 where one of them depends on every bar since the first, so that it gets none.
    pub usable: usize,
    /// Columns in all.
    pub features: usize,
    /// Columns that keep a level.
    pub levels: usize,
}

/// Every registered set, in the order of the registry.
pub fn sets() -> Vec<SetInfo> {
    let alone = registry().iter().map(|set| (set.name, set.doc, set.features.clone()));
    let compared = panel_registry().iter().map(|set| {
        (set.name, set.doc, set.columns.iter().map(|column| column as &dyn Feature).collect::<Vec<_>>())
    });
    let info = |(name, doc, features): (&'static str, &'static str, Vec<&dyn Feature>)| SetInfo {
        name,
        doc,
        usable: feature_set(name).map_or(0, <[_]>::len),
        features: features.len(),
        levels: features.iter().filter(|feature| !feature.is_stationary()).count(),
    };
    alone.chain(compared).map(info).collect()
}

/// Every registered feature of a set, or of all sets, each once, in the order of the sets.
///
/// # Errors
/// There is no set of that name.
pub fn list(set: Option<&str>) -> Result<Vec<FeatureInfo>> {
    let mut all: Vec<FeatureInfo> = Vec::new();
    let mut add = |set: &'static str, feature: &dyn Feature| {
        let column = Column::of(feature);
        match all.iter_mut().find(|known| known.column == column) {
            Some(known) => known.sets.push(set.to_owned()),
            None => all.push(described(feature, vec![set.to_owned()])),
        }
    };
    for own in registry() {
        own.features.iter().for_each(|feature| add(own.name, *feature));
    }
    for own in panel_registry() {
        own.columns.iter().for_each(|column| add(own.name, column));
    }
    let Some(set) = set else { return Ok(all) };
    all.retain(|feature| feature.sets.iter().any(|own| own == set));
    if all.is_empty() {
        return Err(unknown_set(set));
    }
    Ok(all)
}

fn described(feature: &dyn Feature, sets: Vec<String>) -> FeatureInfo {
    let text = feature.formula().map(|formula| formula.text()).or(feature.panel_text());
    FeatureInfo { column: Column::of(feature), formula: text.map(str::to_owned), sets }
}

/// The error of a name that no set has, with the nearest.
pub(crate) fn unknown_set(name: &str) -> AppError {
    let known: Vec<&str> =
        registry().iter().map(|set| set.name).chain(panel_registry().iter().map(|set| set.name)).collect();
    let hint = match known.contains(&name) {
        true => format!(
            "a value of `{name}` depends on every bar since the first, so no split can be purged of it"
        ),
        false => format!("did you mean `{}`? there are {}", nearest(name, &known), known.join(", ")),
    };
    AppError::input(format!("there is no feature set `{name}` for this")).hint(hint)
}

fn nearest<'a>(name: &str, known: &[&'a str]) -> &'a str {
    let like = |other: &str| strsim::jaro_winkler(name, other);
    known.iter().copied().max_by(|a, b| like(a).total_cmp(&like(b))).unwrap_or("")
}

/// The features called `name`: sets may use one name for different columns.
///
/// # Errors
/// There is none; the hint names the nearest.
pub fn show(name: &str) -> Result<Vec<FeatureInfo>> {
    let all = list(None)?;
    let known: Vec<&str> = all.iter().map(|feature| feature.column.name.as_str()).collect();
    let hint = format!("did you mean `{}`? `proofmark features list` names all", nearest(name, &known));
    let found: Vec<FeatureInfo> = all.into_iter().filter(|feature| feature.column.name == name).collect();
    if found.is_empty() {
        return Err(AppError::input(format!("there is no feature `{name}`")).hint(hint));
    }
    Ok(found)
}

/// An operator of expressions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct OperatorInfo {
    /// How it is called, such as `Mean(x, N)`.
    pub usage: String,
    /// The sign that also stands for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign: Option<&'static str>,
    /// Formula, and the rule for missing values.
    pub doc: &'static str,
    /// Where the definition comes from.
    pub source: &'static str,
}

/// Every operator of expressions, or the one called `name`, whatever its case.
///
/// # Errors
/// There is none of that name; the hint names the nearest.
pub fn operator_list(name: Option<&str>) -> Result<Vec<OperatorInfo>> {
    let is_wanted = |operator: &&Operator| name.is_none_or(|name| operator.name.eq_ignore_ascii_case(name));
    let info = |operator: &Operator| OperatorInfo {
        usage: operator.usage(),
        sign: operator.sign,
        doc: operator.doc,
        source: operator.source,
    };
    let found: Vec<OperatorInfo> = operators().filter(is_wanted).map(info).collect();
    match (name, found.is_empty()) {
        (Some(name), true) => {
            let known: Vec<&str> = operators().map(|operator| operator.name).collect();
            Err(AppError::input(format!("there is no operator `{name}`")).hint(format!(
                "did you mean `{}`? `proofmark features operators` lists them all",
                nearest(name, &known)
            )))
        }
        _ => Ok(found),
    }
}

/// Every context feature, or the one called `name`, in the order reports print them.
///
/// # Errors
/// There is none of that name; the hint names the nearest.
pub fn context(name: Option<&str>) -> Result<Vec<ContextDefinition>> {
    let mut all = context_definitions();
    let Some(name) = name else { return Ok(all) };
    let names: Vec<&str> = all.iter().map(|definition| definition.name).collect();
    let near = nearest(name, &names);
    all.retain(|definition| definition.name == name);
    if all.is_empty() {
        return Err(AppError::input(format!("there is no context feature `{name}`"))
            .hint(format!("did you mean `{near}`? `proofmark features context` lists them all")));
    }
    Ok(all)
}

fn wrong(error: ExprError) -> AppError {
    AppError::input("an expression cannot be computed")
        .hint("`proofmark features operators NAME` says how one is called; docs/EXPRESSIONS.md has the language")
        .because(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_feature_is_listed_once_and_a_slip_gets_a_suggestion() {
        let teacher = list(Some("teacher15")).unwrap();
        assert_eq!(teacher.len(), 15);
        let all = list(None).unwrap();
        assert!(teacher.iter().all(|feature| all.contains(feature)));
        assert_eq!(sets().iter().map(|set| set.name).filter(|name| *name == "alpha158").count(), 1);
        assert!(list(Some("alpha15")).unwrap_err().hint_text().unwrap().contains("`alpha158`"));
        assert!(all.iter().all(|feature| show(&feature.column.name).unwrap().contains(feature)));
        let error = show("rsi14").unwrap_err();
        assert!(error.hint_text().unwrap().contains("`rsi_14`"), "{error:?}");
    }
}
