//! A trained model as it is scored later: its bytes, and the columns that it was trained on.

use proofmark_features::{Feature, Schema, SchemaDiff};
use proofmark_units::Digest;

use super::engine::Run;
use crate::error::{AppError, Result};
use crate::workspace::{self, Workspace};

const MODEL: &str = "student_model.json";
const SCHEMA: &str = "feature_schema.json";

/// A candidate's model file with the description of its columns, which lies beside it.
pub(crate) struct FrozenModel {
    run: String,
    pub(crate) bytes: Vec<u8>,
    schema: Schema,
}

impl FrozenModel {
    /// Reads both files of `run`; whether they are the recorded bytes is for the manifest to say.
    pub(crate) fn read(workspace: &Workspace, run: &str) -> Result<Self> {
        let folder = workspace.models(run);
        let bytes = workspace::read(&folder.join(MODEL))?;
        let path = folder.join(SCHEMA);
        let name = workspace.relative(&path);
        let file = std::fs::read(&path).map_err(|source| {
            AppError::input(format!(
                "failed to read `{name}`, the columns that the model of `{run}` was trained on"
            ))
            .hint("a run of an earlier version wrote none: run its pipeline again")
            .because(source)
        })?;
        let schema = serde_json::from_slice(&file)
            .map_err(|e| AppError::environment(format!("`{name}` is damaged")).because(e))?;
        Ok(Self { run: run.to_owned(), bytes, schema })
    }

    /// Name of the model file in the workspace.
    pub(crate) fn name(&self, workspace: &Workspace) -> String {
        workspace.relative(&workspace.models(&self.run).join(MODEL))
    }

    /// Identity of the columns, as the manifest has it.
    pub(crate) const fn schema(&self) -> Digest {
        self.schema.digest
    }

    /// Refuses columns that are not those of the training, with every difference.
    pub(crate) fn admits(&self, set: &[&dyn Feature]) -> Result<()> {
        SchemaDiff::check(&self.schema, &Schema::of(set)).map_err(|diff| {
            AppError::input(format!("the model of `{}` cannot be scored on these features", self.run))
                .hint(diff.hint())
                .because(diff)
        })
    }
}

/// Writes the columns of a run beside its model.
pub(super) fn write_schema(run: &mut Run<'_>) -> Result<()> {
    let bytes = run.artefacts.marked(&Schema::of(&run.data.features()))?;
    let path = run.artefacts.models.join(SCHEMA);
    run.artefacts.bytes(&path, &bytes)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use proofmark_features::{ContextColumn, ContextValues, feature_set};

    use super::*;
    use crate::pipeline::{FeatureSpec, NamedFeatures};

    fn named(expression: &str) -> NamedFeatures {
        let expressions = [("mine".to_owned(), expression.to_owned())].into();
        NamedFeatures::of(&FeatureSpec { set: Some("teacher15".to_owned()), expressions }, None, false)
            .unwrap()
    }

    fn frozen(set: &[&dyn Feature]) -> FrozenModel {
        FrozenModel { run: "r1".to_owned(), bytes: Vec::new(), schema: Schema::of(set) }
    }

    #[test]
    fn a_changed_expression_is_named_with_both_texts() {
        let (trained, now) = (named("Mean($volume, 5) / $volume"), named("Mean($volume, 8) / $volume"));
        let model = frozen(&trained.all());
        assert!(model.admits(&trained.all()).is_ok());
        let error = model.admits(&now.all()).unwrap_err();
        let said = error.chain().join("\n");
        assert_eq!(error.exit_code(), 2, "{said}");
        for part in [
            "`r1`",
            "expression of `mine` was `Mean($volume, 5) / $volume` and is `Mean($volume, 8) / $volume`",
            "look_back of `mine` was `5` and is `8`",
        ] {
            assert!(said.contains(part), "{part}\n{said}");
        }
        assert!(!said.contains("moved"), "{said}");
    }

    #[test]
    fn labels_that_other_settings_made_are_stale() {
        let column = |digest: &str| ContextColumn {
            name: "regime".to_owned(),
            doc: "newest value".to_owned(),
            unit: "level".to_owned(),
            source: format!("observation series REGIME by regimes:{digest}"),
            look_back: 1,
            sessions: Vec::new(),
            values: ContextValues::Market(Vec::new()),
        };
        let (trained, now) = (column("aa"), column("bb"));
        let model = frozen(&[&trained]);
        assert!(model.admits(&[&trained]).is_ok());
        let said = model.admits(&[&now]).unwrap_err().chain().join("\n");
        let change = "source of `regime` was `observation series REGIME by regimes:aa` and is `observation series REGIME by regimes:bb`";
        assert!(said.contains(change), "{said}");
    }

    #[test]
    fn a_column_less_and_another_order_are_named() {
        let set = feature_set("teacher15").unwrap();
        let error = frozen(set).admits(&set[1..]).unwrap_err();
        assert!(error.chain()[1].contains(&format!("missing: `{}`", set[0].name())), "{:?}", error.chain());
        let turned: Vec<&dyn Feature> = set.iter().rev().copied().map(|feature| feature as _).collect();
        let said = frozen(set).admits(&turned).unwrap_err().chain().join("\n");
        assert!(
            said.contains(&format!("moved: `{}` from place 0 to {}", set[0].name(), set.len() - 1)),
            "{said}"
        );
    }
}
