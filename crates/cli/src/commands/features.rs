//! `features`: the registry, the proof that no feature sees the future, and studies.

use std::path::Path;

use proofmark_app::error::Result;
use proofmark_app::features::{
    self, CheckRequest, FeatureInfo, OperatorInfo, PipelineColumns, Report, Study, Subject, Tried,
};
use proofmark_app::workspace::Workspace;
use serde_json::json;

use super::from_caller;
use crate::args::FeaturesCommand;
use crate::output::{Output, table};
use crate::terminal::Terminal;

pub(super) fn dispatch(root: &Path, command: FeaturesCommand, quiet: bool) -> Result<Output> {
    match command {
        FeaturesCommand::Sets => Ok(sets()),
        FeaturesCommand::List { pipeline: Some(file), .. } => {
            Ok(columns(&features::list_pipeline(&from_caller(root, &file))?))
        }
        FeaturesCommand::List { set, pipeline: None } => Ok(list(&features::list(set.as_deref())?)),
        FeaturesCommand::Show { name } => {
            let found = features::show(&name)?;
            let text = found.iter().map(described).collect::<Vec<_>>().join("\n");
            Ok(Output::new(&json!({ "features": found }), text))
        }
        FeaturesCommand::Operators { name } => Ok(operators(&features::operator_list(name.as_deref())?)),
        FeaturesCommand::Context { name } => super::context::definitions(name.as_deref()),
        FeaturesCommand::Study { pipeline, to } => {
            let pipeline = from_caller(root, &pipeline);
            let study = features::study_pipeline(&Workspace::open(root)?, &pipeline, &Terminal::new(quiet))?;
            let head = Study::HEAD.map(str::to_owned).to_vec();
            let mut text = table(&[vec![head], study.rows()].concat());
            if let Some(to) = to {
                for file in features::write_study(&study, &from_caller(root, &to))? {
                    text.push_str(&format!("written: {}\n", file.display()));
                }
            }
            Ok(Output::new(&study, text))
        }
        FeaturesCommand::Check { pipeline: Some(file), .. } => {
            let file = from_caller(root, &file);
            Ok(checked(&features::check_pipeline(&Workspace::open(root)?, &file, &Terminal::new(quiet))?))
        }
        FeaturesCommand::Check { pipeline: None, set, expression, calendar, interval } => {
            let subject = match set {
                Some(set) => Subject::Set(set),
                None if expression.is_empty() => Subject::AllSets,
                None => Subject::Expressions(expression),
            };
            let request = CheckRequest { subject, calendar, interval };
            Ok(checked(&features::check(&Workspace::open(root)?, &request, &Terminal::new(quiet))?))
        }
    }
}

fn checked(report: &Report) -> Output {
    let mut text = match &report.violation {
        None => format!(
            "{} features on {} symbols: no later bar ever changes an earlier value.\n",
            report.features, report.symbols
        ),
        Some(violation) => format!("A feature sees the future. {violation}\n"),
    };
    if !report.levels.is_empty() {
        let names = report.levels.join(", ");
        text.push_str(&format!("These keep a level, and a model fitted on them meets new ones: {names}.\n"));
    }
    if !report.expressions.is_empty() {
        text.push_str(&format!("\n{}", table(&expressions(&report.expressions))));
    }
    for never in report.expressions.iter().filter(|tried| tried.values == 0) {
        text.push_str(&format!("`{}` has no value on any bar, so nothing was tried.\n", never.text));
    }
    if !report.not_checked.is_empty() {
        text.push_str(&format!(
            "{} features are no expressions and are there on bars of a session alone: {}.\n",
            report.not_checked.len(),
            report.not_checked.join(", ")
        ));
    }
    Output::new(report, text).exit(u8::from(report.is_refused()))
}

fn expressions(all: &[Tried]) -> Vec<Vec<String>> {
    let head = ["expression", "look-back", "values", "missing", "keeps a level", "in a pipeline"];
    let row = |tried: &Tried| {
        vec![
            tried.text.clone(),
            tried.look_back.map_or_else(|| "all".to_owned(), |bars| bars.to_string()),
            tried.values.to_string(),
            tried.missing.to_string(),
            tried.stationary.map_or("-", |stationary| if stationary { "no" } else { "yes" }).to_owned(),
            tried.refused.clone().unwrap_or_else(|| "yes".to_owned()),
        ]
    };
    std::iter::once(head.map(str::to_owned).to_vec()).chain(all.iter().map(row)).collect()
}

fn operators(all: &[OperatorInfo]) -> Output {
    let text = match all {
        [one] => {
            let sign = one.sign.map_or_else(String::new, |sign| format!(", also `{sign}`"));
            format!("{}{sign}\n\n{}\n\nsource: {}\n", one.usage, one.doc, one.source)
        }
        all => {
            let mut rows = vec![["operator", "what it is"].map(String::from).to_vec()];
            rows.extend(all.iter().map(|own| vec![own.usage.clone(), own.doc.to_owned()]));
            table(&rows)
        }
    };
    Output::new(&json!({ "operators": all }), text)
}

fn sets() -> Output {
    let sets = features::sets();
    let mut rows =
        vec![["set", "features", "for pipelines", "levels", "what it is"].map(String::from).to_vec()];
    for set in &sets {
        let counts = [set.features, set.usable, set.levels].map(|n| n.to_string());
        rows.push([vec![set.name.to_owned()], counts.to_vec(), vec![set.doc.to_owned()]].concat());
    }
    Output::new(&json!({ "sets": sets }), table(&rows))
}

fn list(list: &[FeatureInfo]) -> Output {
    Output::new(&json!({ "features": list }), feature_table(list))
}

fn feature_table(list: &[FeatureInfo]) -> String {
    let mut rows = vec![["feature", "look-back", "unit", "what it is"].map(String::from).to_vec()];
    for feature in list {
        let own = &feature.column;
        rows.push(vec![own.name.clone(), look_back(feature), own.unit.clone(), own.doc.clone()]);
    }
    table(&rows)
}

fn columns(columns: &PipelineColumns) -> Output {
    let mut text = feature_table(&columns.features);
    if !columns.observations.is_empty() {
        let head = ["observation", "series", "source", "oldest", "unit", "what it is"].map(String::from);
        let mut rows = vec![head.to_vec()];
        for own in &columns.observations {
            let source = own.source.clone().unwrap_or_else(|| "not listed".to_owned());
            let (name, series, unit) = (own.name.clone(), own.series.clone(), own.unit.to_owned());
            rows.push(vec![
                name,
                series,
                source,
                format!("{} days", own.max_age_days),
                unit,
                own.doc.clone(),
            ]);
        }
        text.push_str(&format!("\n{}", table(&rows)));
    }
    Output::new(columns, text)
}

fn look_back(feature: &FeatureInfo) -> String {
    feature.column.look_back.map_or_else(|| "all".to_owned(), |bars| bars.to_string())
}

fn described(feature: &FeatureInfo) -> String {
    let own = &feature.column;
    let level = if own.stationary { "no level" } else { "a level: a model fitted on it meets new ones" };
    let rows: Vec<Vec<String>> = [
        ("formula", feature.formula.clone().unwrap_or_default()),
        ("inputs", own.inputs.join(", ")),
        ("look-back", format!("{} bars", look_back(feature))),
        ("lag", format!("{} sessions", own.availability_lag)),
        ("unit", own.unit.clone()),
        ("kept", level.to_owned()),
        ("sets", feature.sets.join(", ")),
        ("source", own.source.clone()),
    ]
    .into_iter()
    .filter(|(_, value)| !value.is_empty())
    .map(|(name, value)| vec![name.to_owned(), value])
    .collect();
    format!("{}\n\n{}\n\n{}", own.name, own.doc, table(&rows))
}
