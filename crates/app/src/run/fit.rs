//! Fitting teacher and student of a fold as cached tasks.

use proofmark_models::{Calibrated, Model};
use proofmark_training::{
    Block, Dataset, Fold, RowWeights, StudentConfig, StudentFit, TeacherBlock, TeacherFit, TrainRules,
    assemble_teacher, fit_student, fit_student_alone, fit_teacher_block, fit_teacher_full,
};
use proofmark_units::{Digest, Seed};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::prepare::Frame;
use super::weights::LabelWeights;
use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;
use crate::progress::Work;
use crate::tasks::{TaskKey, TaskStore, decode_columns, encode_columns};

/// Raise when a change to the code changes fitted models; old results are then left alone.
const VERSION: u32 = 3;

/// What every fit of a run shares.
pub(crate) struct Fitter<'a> {
    pub(crate) store: &'a TaskStore,
    pub(crate) pipeline: &'a Pipeline,
    pub(crate) rules: &'a TrainRules,
    pub(crate) frame: &'a Frame,
    /// Digest of the frame's dataset, computed once.
    pub(crate) data: Digest,
    pub(crate) seed: Seed,
}

/// What identifies the training of a fold: its very rows. Test dates do not, once there are several segments and training
/// on both of their sides.
#[derive(Serialize)]
struct FoldKey<'a> {
    data: Digest,
    rows: Digest,
    rules: &'a TrainRules,
    seed: Digest,
    /// What weights are made of, where rows have any.
    #[serde(skip_serializing_if = "Option::is_none")]
    weights: Option<Digest>,
}

/// A fold to fit, with the seed its models draw from.
pub(crate) struct Job<'a> {
    pub(crate) fold: &'a Fold,
    pub(crate) seed: Seed,
}

enum Piece {
    Block(Block),
    Full,
}

impl Fitter<'_> {
    /// The seed of the models of fold `index` of a kind of folds: the walk-forward's, the final one, a split's.
    pub(crate) fn fold_seed(&self, name: &str, index: usize) -> Seed {
        self.seed.child(name).nth(index as u64)
    }

    fn fold_keys(&self, jobs: &[Job<'_>]) -> Vec<FoldKey<'_>> {
        let weights = LabelWeights::of(self.pipeline, self.frame, self.seed).map(|weights| weights.digest());
        let key = |job: &Job<'_>| FoldKey {
            data: self.data,
            rows: job.fold.training_digest(),
            rules: self.rules,
            seed: job.seed.digest(),
            weights,
        };
        jobs.iter().map(key).collect()
    }

    fn key(&self, kind: &'static str, fold: &FoldKey<'_>, what: &impl Serialize) -> TaskKey {
        TaskKey::new(kind, VERSION, &(fold, &self.pipeline.teacher, what))
    }

    /// Teachers of all jobs: every cross-fit block and every full model is a task of its own.
    pub(crate) fn teachers(&self, jobs: &[Job<'_>], work: &Work<'_>) -> Result<Vec<TeacherFit>> {
        let (blocks, models) = self.pieces(jobs, true, work)?;
        jobs.iter()
            .zip(models)
            .zip(blocks)
            .map(|((job, model), blocks)| {
                let model = model.ok_or_else(|| AppError::bug("a fold has no full teacher"))?;
                assemble_teacher(job.fold, model, blocks).map_err(training)
            })
            .collect()
    }

    /// Only the out-of-fold probabilities of all jobs' teachers: what a student needs, where nobody asks for the teacher.
    pub(crate) fn cross_fitted(&self, jobs: &[Job<'_>], work: &Work<'_>) -> Result<Vec<Vec<f64>>> {
        let (blocks, _) = self.pieces(jobs, false, work)?;
        Ok(blocks.into_iter().map(|b| b.into_iter().flat_map(|b| b.probabilities).collect()).collect())
    }

    fn pieces(&self, jobs: &[Job<'_>], full: bool, work: &Work<'_>) -> Result<Pieces> {
        let mut pieces: Vec<(usize, Piece)> = Vec::new();
        for (j, job) in jobs.iter().enumerate() {
            let blocks =
                self.pipeline.teacher.cross_fit.plan(&self.frame.dataset, job.fold).map_err(training)?;
            pieces.extend(blocks.into_iter().map(|block| (j, Piece::Block(block))));
            if full {
                pieces.push((j, Piece::Full));
            }
        }
        let folds = self.fold_keys(jobs);
        let keys: Vec<TaskKey> = pieces
            .iter()
            .map(|(j, piece)| match piece {
                Piece::Block(block) => self.key("teacher_block", &folds[*j], &block.index()),
                Piece::Full => self.key("teacher_full", &folds[*j], &"full"),
            })
            .collect();
        let weights = LabelWeights::of(self.pipeline, self.frame, self.seed);
        let weights = weights.as_ref().map(|weights| weights as &dyn RowWeights);
        let bytes = self.store.all(&keys, work, |i| {
            let (j, piece) = &pieces[i];
            let Job { fold, seed } = &jobs[*j];
            let (ds, config) = (&self.frame.dataset, &self.pipeline.teacher);
            match piece {
                Piece::Block(block) => {
                    let fitted = fit_teacher_block(ds, fold, block, config, weights, seed);
                    let mut fitted = fitted.map_err(training)?;
                    let probabilities = std::mem::take(&mut fitted.probabilities);
                    encode(&fitted, &probabilities)
                }
                Piece::Full => {
                    encode(&fit_teacher_full(ds, fold, config, weights, seed).map_err(training)?, &[])
                }
            }
        })?;
        let mut blocks: Vec<Vec<TeacherBlock>> = jobs.iter().map(|_| Vec::new()).collect();
        let mut models: Vec<Option<Model>> = jobs.iter().map(|_| None).collect();
        for ((j, piece), bytes) in pieces.iter().zip(bytes) {
            match piece {
                Piece::Block(_) => {
                    let (mut block, probabilities): (TeacherBlock, Vec<f64>) = decode(&bytes)?;
                    block.probabilities = probabilities;
                    blocks[*j].push(block);
                }
                Piece::Full => models[*j] = Some(decode(&bytes)?.0),
            }
        }
        Ok((blocks, models))
    }

    /// Students of all jobs from out-of-fold probabilities, in the order of each fold's fit rows.
    pub(crate) fn students(
        &self,
        jobs: &[Job<'_>],
        out_of_fold: &[&[f64]],
        work: &Work<'_>,
    ) -> Result<Vec<StudentFit>> {
        self.compact("student", fit_student, jobs, out_of_fold, work)
    }

    /// The same students without their twins, where nobody compares.
    pub(crate) fn students_alone(
        &self,
        jobs: &[Job<'_>],
        out_of_fold: &[&[f64]],
        work: &Work<'_>,
    ) -> Result<Vec<Calibrated>> {
        self.compact("student_alone", fit_student_alone, jobs, out_of_fold, work)
    }

    fn compact<T: Serialize + DeserializeOwned>(
        &self,
        kind: &'static str,
        fit: FitCompact<T>,
        jobs: &[Job<'_>],
        out_of_fold: &[&[f64]],
        work: &Work<'_>,
    ) -> Result<Vec<T>> {
        let keys: Vec<TaskKey> = self
            .fold_keys(jobs)
            .iter()
            .zip(out_of_fold)
            .map(|(fold, teacher)| self.key(kind, fold, &(&self.pipeline.student, Digest::of_f64s(teacher))))
            .collect();
        let weights = LabelWeights::of(self.pipeline, self.frame, self.seed);
        let weights = weights.as_ref().map(|weights| weights as &dyn RowWeights);
        let bytes = self.store.all(&keys, work, |i| {
            let (ds, config) = (&self.frame.dataset, &self.pipeline.student);
            let fitted = fit(ds, jobs[i].fold, out_of_fold[i], config, weights);
            encode(&fitted.map_err(training)?, &[])
        })?;
        bytes.iter().map(|b| decode(b).map(|(fit, _)| fit)).collect()
    }
}

type FitCompact<T> = fn(
    &Dataset,
    &Fold,
    &[f64],
    &StudentConfig,
    Option<&dyn RowWeights>,
) -> std::result::Result<T, proofmark_training::TrainError>;
type Pieces = (Vec<Vec<TeacherBlock>>, Vec<Option<Model>>);

/// A training error as the user sees it.
pub(crate) fn training(source: impl std::error::Error + Send + Sync + 'static) -> AppError {
    AppError::input("failed to train")
        .hint("the cause below says which part is too small; longer data or a later `split.first_test` helps")
        .because(source)
}

/// A record and a column of numbers: JSON for the record, bits for the column.
fn encode(record: &impl Serialize, column: &[f64]) -> Result<Vec<u8>> {
    let json = serde_json::to_vec(record)
        .map_err(|e| AppError::bug("a fitted model does not serialise").because(e))?;
    let mut bytes = (json.len() as u64).to_le_bytes().to_vec();
    bytes.extend_from_slice(&json);
    bytes.extend_from_slice(&encode_columns(&[column]));
    Ok(bytes)
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<(T, Vec<f64>)> {
    let bug = || AppError::bug("a cached model does not decode");
    let (head, tail) = bytes.split_first_chunk::<8>().ok_or_else(bug)?;
    let len = usize::try_from(u64::from_le_bytes(*head)).map_err(|_| bug())?;
    let (json, columns) = tail.split_at_checked(len).ok_or_else(bug)?;
    let record = serde_json::from_slice(json).map_err(|e| bug().because(e))?;
    Ok((record, decode_columns(columns)?.pop().unwrap_or_default()))
}
