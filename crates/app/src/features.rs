//! The feature registry, the proof that no feature sees the future, and what features look like.

mod of_pipeline;
mod page;
mod study;

use proofmark_features::expr::{ExprError, Program};
use proofmark_features::{
    Column, ContextDefinition, Feature, check_program, context_definitions, feature_set, panel_registry,
    registry, usual_cuts,
};
use proofmark_market::{Bars, Membership, Panel, Universe};
use proofmark_validation::{panel_invariance, prefix_invariance};
use serde::Serialize;

pub use self::of_pipeline::{ObservationInfo, PipelineColumns, check_pipeline, list_pipeline};
pub use self::page::study_page;
pub use proofmark_validation::Study;

pub use self::study::{study_pipeline, write_study};
use crate::data;
use crate::error::{AppError, Result};
use crate::progress::{Reporter, Work};
use crate::workspace::Workspace;

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
    /// Columns that a pipeline gets; 0 where one of them depends on every bar since the first, so that it gets none.
    pub usable: usize,
    /// Columns in all.
    pub features: usize,
    /// Columns that keep a level.
    pub levels: usize,
}

/// What the check found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Features checked.
    pub features: usize,
    /// Symbols they were checked on.
    pub symbols: usize,
    /// Of a pipeline, those that keep a level: a model fitted on them meets new ones.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub levels: Vec<String>,
    /// The first earlier value that another future changed, in words.
    pub violation: Option<String>,
}

/// What to check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The features of a set.
    Set(String),
    /// Every set that is registered.
    AllSets,
    /// Expressions of the user.
    Expressions(Vec<String>),
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

/// Computes features on truncated histories of the workspace's clean bars, and on histories with another future, and compares
/// bit for bit; expressions are also replayed bar by bar, or where they compare names, tried by truncation alone.
///
/// # Errors
/// The calendar or the set is unknown, an expression is wrong, or the lake is empty or cannot be read. A violation is an
/// outcome, not an error.
pub fn check(ws: &Workspace, calendar: &str, subject: &Subject, reporter: &dyn Reporter) -> Result<Report> {
    let expressions = match subject {
        Subject::Expressions(texts) => Some(compile(texts)?),
        Subject::Set(name) if feature_set(name).is_none() => return Err(unknown_set(name)),
        _ => None,
    };
    let bars: Vec<Bars> = data::cleaned(ws, calendar)?.into_iter().map(|outcome| outcome.bars).collect();
    let bars: Vec<Bars> = bars.into_iter().filter(|bars| !bars.is_empty()).collect();
    if bars.is_empty() {
        return Err(AppError::input(format!("the quality rules leave no bar on calendar `{calendar}`"))
            .hint("`proofmark data check` shows why; another market needs `--calendar`"));
    }
    if let Some(program) = expressions {
        let features = program.names().len();
        let violation = check_expressions(&program, &bars)?;
        return Ok(Report { features, symbols: bars.len(), levels: Vec::new(), violation });
    }
    let symbols = bars.iter().map(|bars| bars.symbol().clone()).collect();
    let universe =
        Universe { symbols, membership: Membership::WholeMarket, pauses: Vec::new(), groups: Vec::new() };
    let chosen: Vec<SetInfo> = sets()
        .into_iter()
        .filter(|set| {
            set.usable > 0 && (*subject == Subject::AllSets || *subject == Subject::Set(set.name.into()))
        })
        .collect();
    let work = Work::begin("features", 1, 1, vec![reporter]);
    work.expect(chosen.len() as u64);
    let (mut features, mut violation) = (0, None);
    for set in &chosen {
        let own = feature_set(set.name).unwrap_or_default();
        features += own.len();
        violation = violation.or(prefix_invariance(own, &bars, &universe).err());
        work.step();
    }
    work.end(if violation.is_none() { "clear" } else { "caught" });
    Ok(Report { features, symbols: bars.len(), levels: Vec::new(), violation })
}

fn compile(texts: &[String]) -> Result<Program> {
    let named: Vec<(String, &String)> =
        texts.iter().enumerate().map(|(k, text)| (format!("expression {}", k + 1), text)).collect();
    Program::compile(&named).map_err(wrong)
}

fn wrong(error: ExprError) -> AppError {
    AppError::input("an expression cannot be computed")
        .hint("docs/EXPRESSIONS.md lists every operator with an example")
        .because(error)
}

fn check_expressions(program: &Program, bars: &[Bars]) -> Result<Option<String>> {
    if program.is_cross_sectional() {
        let compute = |bars: &[Bars]| program.panel(bars, &Panel::from_bars(bars));
        return Ok(panel_invariance(program.names(), compute, bars).err());
    }
    for symbol in bars {
        let report = check_program(program, symbol, &usual_cuts(symbol.len())).map_err(wrong)?;
        if let Some(leak) = report.leaks.first() {
            return Ok(Some(format!("{leak} (`{}`)", symbol.symbol())));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, Synthetic};
    use crate::progress::Silent;

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

    #[test]
    fn no_shipped_feature_sees_the_future_on_a_simulated_market() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let look = |subject: &Subject| check(&ws, "XNSE", subject, &Silent);
        let teacher = Subject::Set("teacher15".into());
        assert_eq!(look(&teacher).unwrap_err().exit_code(), 2);
        let (start, end) = ("2010-01-01".parse().unwrap(), "2011-12-31".parse().unwrap());
        let request = Synthetic { scenario: "null".into(), names: 2, seed: 1, start, end, strength: None };
        ingest::synthetic(&ws, &request).unwrap();
        let report = look(&teacher).unwrap();
        assert_eq!((report.features, report.symbols, report.violation), (15, 3, None));
        let compared = look(&Subject::Set("alpha101".into())).unwrap();
        assert!(compared.features > 70 && compared.violation.is_none(), "{compared:?}");
        let own = look(&Subject::Expressions(vec!["Mean($close, 5) / $close - 1".into()])).unwrap();
        assert_eq!((own.features, own.violation), (1, None));
        let ranks = look(&Subject::Expressions(vec!["CsRank($close)".into(), "$close".into()])).unwrap();
        assert_eq!((ranks.features, ranks.violation), (2, None));
        let slip = look(&Subject::Expressions(vec!["Meen($close, 5)".into()])).unwrap_err();
        assert!(slip.exit_code() == 2 && format!("{slip:?}").contains("Mean"), "{slip:?}");
        assert_eq!(look(&Subject::Set("talib".into())).unwrap_err().exit_code(), 2, "not bounded");
    }
}
