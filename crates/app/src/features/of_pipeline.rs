//! The features of one pipeline, its own expressions included: listed, and tried on its own bars.

use std::path::Path;

use proofmark_features::{Feature, expr::Program};
use proofmark_lake::known::Transform;
use proofmark_market::{Bars, Membership, Universe};
use proofmark_sources::ObservationSource;
use proofmark_validation::prefix_invariance;
use serde::Serialize;

use super::check::{named as by_symbol, tried as first_leak};
use super::{FeatureInfo, Report, described, wrong};
use crate::error::Result;
use crate::forecast::{self, ForecastPipeline, is_forecast};
use crate::ingest::listed_sources;
use crate::pipeline::{FeatureSpec, NamedFeatures, ObservationSpec, Overrides, Pipeline};
use crate::progress::{Reporter, Work};
use crate::run::prepare;
use crate::workspace::Workspace;

/// The columns that a pipeline names.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PipelineColumns {
    /// Those below `[features]`, in the order of its model matrix.
    pub features: Vec<FeatureInfo>,
    /// Those below `[[observations]]`, which come after them.
    pub observations: Vec<ObservationInfo>,
}

/// One column of `[[observations]]`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ObservationInfo {
    /// The column's name.
    pub name: String,
    /// The series, with `{symbol}` in it where each name has its own.
    pub series: String,
    /// Listed source of the series, as `proofmark data sources` names it; `None` where the series is the user's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// What is made of the series, as the file writes it.
    pub transform: Transform,
    /// The same in words.
    pub doc: String,
    /// Unit of the column.
    pub unit: &'static str,
    /// Decisions that matter to a value, its own included.
    pub look_back: usize,
    /// Days from a value's date to the decision, at most.
    pub max_age_days: u32,
}

impl ObservationInfo {
    fn of(spec: &ObservationSpec, listed: &[ObservationSource]) -> Self {
        let rule = spec.transform.rule();
        let holds =
            |source: &&ObservationSource| source.series.iter().any(|own| own.id.as_str() == spec.series);
        Self {
            name: spec.name.clone(),
            series: spec.series.clone(),
            source: listed.iter().find(holds).map(|source| source.id.clone()),
            transform: spec.transform.clone(),
            doc: rule.doc(),
            unit: rule.unit(),
            look_back: rule.look_back(),
            max_age_days: spec.max_age_days,
        }
    }
}

/// What a pipeline of any kind names: its features, its own expressions included, and its observations.
///
/// # Errors
/// The pipeline cannot be read, or names features that there are not.
pub fn list_pipeline(pipeline: &Path) -> Result<PipelineColumns> {
    if is_forecast(pipeline)? {
        let pipeline = ForecastPipeline::read(pipeline)?;
        let named = pipeline.named_features()?;
        return columns(&pipeline.features, &named, &pipeline.observations);
    }
    let pipeline = Pipeline::read(pipeline)?;
    columns(&pipeline.features, &pipeline.named_features()?, &pipeline.observations)
}

fn columns(
    spec: &FeatureSpec,
    named: &NamedFeatures,
    observations: &[ObservationSpec],
) -> Result<PipelineColumns> {
    let listed = listed_sources()?;
    let own: Vec<&str> = named.own().map(|feature| feature.name()).collect();
    let sets = |feature: &dyn Feature| match &spec.set {
        Some(set) if !own.contains(&feature.name()) => vec![set.clone()],
        _ => Vec::new(),
    };
    Ok(PipelineColumns {
        features: named.all().into_iter().map(|feature| described(feature, sets(feature))).collect(),
        observations: observations.iter().map(|spec| ObservationInfo::of(spec, &listed)).collect(),
    })
}

/// Tries the features of a pipeline, those of observations included, on its own data up to the seal, as the canary of its
/// run does; expressions of one name's bars are also replayed bar by bar.
///
/// # Errors
/// A pipeline or lake that cannot be read. A violation is an outcome, not an error.
pub fn check_pipeline(ws: &Workspace, pipeline: &Path, reporter: &dyn Reporter) -> Result<Report> {
    if is_forecast(pipeline)? {
        let data = forecast::Columns::read(&ws.lake(), &ForecastPipeline::read(pipeline)?)?;
        let universe = Universe {
            symbols: vec![data.bars.symbol().clone()],
            membership: Membership::WholeMarket,
            pauses: Vec::new(),
            groups: Vec::new(),
        };
        let bars = std::slice::from_ref(&data.bars);
        return tried(&data.features(), &data.named, bars, &universe, reporter);
    }
    let pipeline = Pipeline::read(pipeline)?.with(&Overrides::default());
    let data = prepare(&ws.lake(), &pipeline, None)?;
    tried(&data.features(), &data.named, &data.bars, &data.universe, reporter)
}

fn tried(
    features: &[&dyn Feature],
    named: &NamedFeatures,
    bars: &[Bars],
    universe: &Universe,
    reporter: &dyn Reporter,
) -> Result<Report> {
    let work = Work::begin("features", 1, 1, vec![reporter]);
    work.expect(2);
    let mut violation = prefix_invariance(features, bars, universe).err();
    work.step();
    if violation.is_none() {
        violation = replayed(named, bars, &work)?;
    }
    work.step();
    work.end(if violation.is_none() { "clear" } else { "caught" });
    let levels = features.iter().filter(|feature| !feature.is_stationary());
    Ok(Report {
        features: features.len(),
        symbols: bars.len(),
        levels: levels.map(|feature| feature.name().to_owned()).collect(),
        violation,
        ..Report::default()
    })
}

/// What the replay of the pipeline's own expressions changed, if anything.
fn replayed(named: &NamedFeatures, bars: &[Bars], work: &Work<'_>) -> Result<Option<String>> {
    let texts: Vec<(&str, &str)> =
        named.own().filter_map(|feature| Some((feature.name(), feature.formula()?.text()))).collect();
    // One at a time: together they could be larger than a program may be.
    for column in texts {
        let program = Program::compile(&[column]).map_err(wrong)?;
        let leak = first_leak(&program, &by_symbol(bars), work)?;
        if leak.is_some() {
            return Ok(leak);
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::{self, Synthetic};
    use crate::progress::Silent;

    const OWN: &str = "set = \"teacher15\"\nexpressions = { mom20 = \"$close / Ref($close, 20) - 1\", \
                       rank_mom = \"CsRank($close / Ref($close, 20))\", price = \"$close\" }\n";

    fn write(folder: &Path, features: &str) -> std::path::PathBuf {
        let demo = include_str!("../../../../pipelines/demo.toml");
        let text = demo
            .replace("set = \"teacher15\"\n", features)
            .replace("[student.model]\n", "[student.model]\nmissing = \"indicate\"\n");
        assert_ne!(text, demo);
        let path = folder.join("own.toml");
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_pipeline_lists_its_set_and_its_own_and_what_may_be_missing_comes_last() {
        let folder = tempfile::tempdir().unwrap();
        let listed = list_pipeline(&write(folder.path(), OWN)).unwrap().features;
        let names: Vec<&str> = listed.iter().map(|feature| feature.column.name.as_str()).collect();
        assert_eq!((names.len(), &names[15..]), (18, &["mom20", "price", "rank_mom"][..]));
        assert_eq!(listed[0].sets, ["teacher15"]);
        assert!(listed[15].sets.is_empty() && listed[15].column.look_back == Some(21));
        assert_eq!(listed[17].formula.as_deref(), Some("CsRank($close / Ref($close, 20))"));
        let stationary: Vec<bool> = listed[15..].iter().map(|feature| feature.column.stationary).collect();
        assert_eq!(stationary, [true, false, true]);
        // Beside columns that may be missing, one that may not comes first.
        let beside = "set = \"alpha101\"\nexpressions = { mom20 = \"$close / Ref($close, 20) - 1\" }\n";
        let listed = list_pipeline(&write(folder.path(), beside)).unwrap().features;
        assert_eq!((listed.len(), listed[0].column.name.as_str()), (83, "mom20"));
    }

    #[test]
    fn the_features_of_a_pipeline_are_tried_on_its_own_bars() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let (start, end) = ("2009-01-01".parse().unwrap(), "2015-12-31".parse().unwrap());
        let request = Synthetic { scenario: "null".into(), names: 3, seed: 1, start, end, strength: None };
        ingest::synthetic(&ws, &request).unwrap();
        let pipeline = write(folder.path(), OWN);
        let report = check_pipeline(&ws, &pipeline, &Silent).unwrap();
        assert_eq!((report.features, report.violation), (18, None));
        assert_eq!(report.levels, ["price"]);
    }
}
