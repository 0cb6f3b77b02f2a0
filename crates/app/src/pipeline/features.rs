//! Which features a pipeline sees: a shipped set, expressions of its own, or both.

use std::collections::BTreeMap;

use proofmark_features::expr::ExprProblem;
use proofmark_features::{Feature, OwnError, OwnFeature, feature_set, feature_set_in_groups, own_features};
use serde::{Deserialize, Serialize};

use super::side;
use crate::error::{AppError, Result};
use crate::features::unknown_set;

/// `[features]` of a pipeline: `set`, `expressions`, or both.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeatureSpec {
    /// Name of a registered set, such as `teacher15`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set: Option<String>,
    /// Columns of the pipeline's own by name, in the language of docs/EXPRESSIONS.md. Their order is that of their names,
    /// so that moving a line changes no result.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub expressions: BTreeMap<String, String>,
}

/// The features that a [`FeatureSpec`] names.
pub(crate) struct NamedFeatures {
    set: &'static [&'static dyn Feature],
    own: Vec<OwnFeature>,
}

impl NamedFeatures {
    /// Looks up the set and compiles the expressions; `side`, the primary rule of a meta-label, is one more column. `groups`
    /// says whether the universe knows which group a name belongs to.
    ///
    /// # Errors
    /// Neither is named, no set has that name, a name is taken, or an expression is wrong: its place is shown.
    pub(crate) fn of(spec: &FeatureSpec, side: Option<&str>, groups: bool) -> Result<Self> {
        let set: &[&dyn Feature] = match &spec.set {
            Some(name) => {
                let known = if groups { feature_set_in_groups(name) } else { feature_set(name) };
                known.ok_or_else(|| unknown_set(name))?
            }
            None if spec.expressions.is_empty() => {
                return Err(AppError::input("pipeline key `features` names no `set` and no `expressions`")
                    .hint("write `set = \"teacher15\"`, or `expressions = { mom20 = \"$close / Ref($close, 20) - 1\" }`"));
            }
            None => &[],
        };
        let side = side.map(side::column).transpose()?;
        let mut texts: Vec<(&str, &str)> =
            spec.expressions.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        texts.extend(side.as_deref().map(|text| (side::NAME, text)));
        let own = own_features(set, &texts, groups).map_err(refused)?;
        Ok(Self { set, own })
    }

    /// All of them: those of the set, then those of expressions by name; first the ones without which a row is dropped,
    /// since the columns that may be missing come last in a dataset.
    pub(crate) fn all(&self) -> Vec<&dyn Feature> {
        let set = self.set.iter().map(|feature| *feature as &dyn Feature);
        let own = self.own.iter().map(|feature| &**feature as &dyn Feature);
        let mut all: Vec<&dyn Feature> = set.chain(own).collect();
        all.sort_by_key(|feature| feature.is_optional());
        all
    }

    /// Those of expressions, by name, then the side of a meta-label.
    pub(crate) fn own(&self) -> impl Iterator<Item = &dyn Feature> {
        self.own.iter().map(|feature| &**feature as &dyn Feature)
    }
}

fn refused(error: OwnError) -> AppError {
    let hint = match &error {
        OwnError::Expression(wrong) if *wrong.problem == ExprProblem::NoGroups => {
            "`universe.groups = \"FILE\"` says who belongs to which: docs/UNIVERSES.md"
        }
        OwnError::Expression(_) => "docs/EXPRESSIONS.md lists every operator with an example",
        OwnError::Taken { .. } => {
            "`proofmark features list --set NAME` shows the names of a set; choose another"
        }
        OwnError::Name { .. } => "the name is that of the column in reports and model files",
    };
    AppError::input("pipeline key `features.expressions`").hint(hint).because(error)
}

#[cfg(test)]
mod tests {
    use super::super::Pipeline;
    use super::*;

    fn parse(features: &str, student: &str) -> Result<Pipeline> {
        let demo = include_str!("../../../../pipelines/demo.toml");
        let text = demo.replace("set = \"teacher15\"\n", &format!("{features}\n"));
        let text = text.replace("[student.model]\n", &format!("[student.model]\n{student}\n"));
        Pipeline::parse(&text, "test.toml")
    }

    fn own(text: &str) -> Result<Pipeline> {
        parse(&format!("expressions = {{ mine = {text:?} }}"), "")
    }

    #[test]
    fn a_set_an_expression_or_both_and_a_set_alone_is_written_as_ever() {
        let alone = parse("set = \"teacher15\"", "").unwrap();
        assert_eq!(serde_json::to_string(&alone.features).unwrap(), "{\"set\":\"teacher15\"}");
        let of =
            |pipeline: &Pipeline| NamedFeatures::of(&pipeline.features, None, false).unwrap().all().len();
        assert_eq!(of(&alone), 15);
        assert_eq!(of(&own("$close / Ref($close, 20) - 1").unwrap()), 1);
        let both = parse(
            "set = \"teacher15\"\n\n[features.expressions]\nmom20 = \"$close / Ref($close, 20) - 1\"",
            "",
        );
        let both = both.unwrap();
        assert_eq!(of(&both), 16);
        let read: FeatureSpec =
            serde_json::from_str(&serde_json::to_string(&both.features).unwrap()).unwrap();
        assert_eq!(read, both.features);
    }

    #[test]
    fn the_texts_are_part_of_what_is_scored_and_their_order_is_not() {
        let (a, b) = (own("$close / Ref($close, 20)").unwrap(), own("$close / Ref($close, 21)").unwrap());
        assert_ne!(a.score_slice(), b.score_slice());
        assert_ne!(a.digest(), b.digest());
        let of = |lines: &str| parse(&format!("[features.expressions]\n{lines}"), "").unwrap();
        let (x, y) = ("x = \"$close / $open\"\n", "y = \"$high / $low\"\n");
        let (one, other) = (of(&format!("{x}{y}")), of(&format!("{y}{x}")));
        assert_eq!(one.digest(), other.digest());
    }

    #[test]
    fn a_universe_with_groups_serves_what_needs_them() {
        let grouped = |features: &str| {
            let demo = include_str!("../../../../pipelines/demo.toml");
            let text = demo
                .replace("set = \"teacher15\"\n", &format!("{features}\n"))
                .replace("[student.model]\n", "[student.model]\nmissing = \"indicate\"\n");
            let with = text.replace("[universe]\n", "[universe]\ngroups = \"sectors.csv\"\n");
            [text, with].map(|text| Pipeline::parse(&text, "test.toml"))
        };
        let [without, with] = grouped("set = \"alpha101\"").map(Result::unwrap);
        let of = |pipeline: &Pipeline| pipeline.named_features().unwrap().all().len();
        assert_eq!((of(&without), of(&with)), (82, 100));
        assert_ne!(without.score_slice(), with.score_slice());
        let own = "expressions = { mine = \"CsNeutralize($close / Ref($close, 5), $group)\" }";
        let [without, with] = grouped(own);
        assert!(without.is_err() && with.is_ok());
        let text = include_str!("../../../../pipelines/demo.toml")
            .replace("[universe]\n", "[universe]\ngroups = \"lake:NIFTY50\"\n");
        let error = Pipeline::parse(&text, "test.toml").unwrap_err();
        assert!(error.to_string().contains("universe.groups"), "{error}");
    }

    #[test]
    fn the_side_of_a_meta_label_is_a_required_column() {
        let with = |side: &str| {
            let demo = include_str!("../../../../pipelines/demo.toml");
            let (before, rest) = demo.split_once("[label]").unwrap();
            let (_, after) = rest.split_once("\n[split]").unwrap();
            let label = format!(
                "[label]\nkind = \"meta\"\nside = {side:?}\nvol_span = 50\nstop = 1.0\ntarget = 1.0\nmax_hold = 5\nround_trip_cost = 0.002\n"
            );
            Pipeline::parse(&format!("{before}{label}\n[split]{after}"), "test.toml")
        };
        let (ten, twenty) =
            (with("$close / Ref($close, 10) - 1").unwrap(), with("$close / Ref($close, 20) - 1").unwrap());
        assert_ne!(ten.score_slice(), twenty.score_slice());
        let named = ten.named_features().unwrap();
        let last = *named.all().last().unwrap();
        assert_eq!(
            (named.all().len(), last.name(), last.look_back(), last.is_optional()),
            (16, side::NAME, 11, false)
        );
        for (text, words) in [
            ("Meen($close, 5)", "did you mean `Mean`? (byte 0)"),
            ("Ref($close, -1)", "reads the future"),
            ("Sum($volume, 0)", "bounded look-back"),
            ("CsRank($close)", "compares names"),
        ] {
            let error = with(text).unwrap_err();
            let said = error.chain().join("\n");
            assert!(error.exit_code() == 2 && said.contains("label.side") && said.contains(words), "{said}");
        }
    }

    #[test]
    fn a_label_that_means_nothing_is_refused() {
        let demo = include_str!("../../../../pipelines/demo.toml");
        let error =
            Pipeline::parse(&demo.replace("horizon = 5  ", "horizon = 0  "), "test.toml").unwrap_err();
        assert!(error.exit_code() == 2 && error.to_string().contains("label `horizon` is 0"), "{error}");
    }

    #[test]
    fn slips_are_refused_at_load_with_their_place() {
        let refused = |outcome: Result<Pipeline>, words: &str| {
            let error = outcome.unwrap_err();
            let said = format!("{}\n{:?}", error.chain().join("\n"), error.hint_text());
            assert!(error.exit_code() == 2 && said.contains(words), "{said}");
        };
        refused(
            own("1 + Meen($close, 5)"),
            "did you mean `Mean`? (byte 4)\n  1 + Meen($close, 5)\n      ^^^^",
        );
        refused(own("Ref($close, -1)"), "reads the future");
        refused(own("Sum($volume, 0)"), "bounded look-back");
        refused(own("CsNeutralize($close, $group)"), "universe.groups");
        refused(own("CsRank($close)"), "may be missing");
        let rank = parse("expressions = { mine = \"CsRank($close)\" }", "missing = \"indicate\"");
        assert!(rank.is_ok());
        refused(parse("set = \"alpha158\"\nexpressions = { ROC5 = \"$close\" }", ""), "`ROC5` is taken");
        refused(parse("set = \"teacher16\"", ""), "did you mean `teacher15`");
        refused(parse("set = \"talib\"", ""), "every bar since the first");
        refused(parse("", ""), "no `set` and no `expressions`");
        refused(parse("expressions = { x = \"$close\", x = \"$open\" }", ""), "duplicate key");
        let observed = "\n[[observations]]\nname = \"mine\"\nseries = \"VIX\"\nmax_age_days = 5\ntransform = { kind = \"level\" }\n";
        let both = format!("expressions = {{ mine = \"$close / $open\" }}\n{observed}");
        refused(parse(&both, "missing = \"indicate\""), "taken by another feature or column");
    }
}
