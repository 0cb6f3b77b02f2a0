//! The student: a compact model distilled from the teacher's out-of-fold probabilities, and its twin without them.

use proofmark_models::{Calibrated, LogisticRegression, Platt};
use proofmark_units::Seed;
use serde::{Deserialize, Serialize};

use crate::teacher::{fit_targets, matrix};
use crate::{Dataset, Fold, TrainError};

/// The student's settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StudentConfig {
    /// Weight `w` of the teacher, 0 to 1. The loss is (1 - w) * cross-entropy(class) + w * cross-entropy(teacher), which
    /// is the cross-entropy of the target (1 - w) * class + w * teacher plus a constant.
    pub soft_weight: f64,
    /// The compact model.
    pub model: LogisticRegression,
}

/// Student and twin of one fold, both calibrated on the fold's calibration slice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudentFit {
    /// Fitted on soft labels.
    pub student: Calibrated,
    /// The same model fitted on hard labels only: what distillation is measured against.
    pub twin: Calibrated,
}

/// Fits student and twin on the fit rows and calibrates both on the calibration rows.
///
/// - `out_of_fold`: the teacher's out-of-fold probability of each fit row, in the order of [`Fold::fit_rows`].
///
/// # Errors
/// [`TrainError`].
pub fn fit_student(
    ds: &Dataset,
    fold: &Fold,
    out_of_fold: &[f64],
    config: &StudentConfig,
    seed: &Seed,
) -> Result<StudentFit, TrainError> {
    if !(0.0..=1.0).contains(&config.soft_weight) {
        return Err(TrainError::SoftWeight { value: config.soft_weight });
    }
    let (expected, got) = (fold.fit_rows().len(), out_of_fold.len());
    if expected != got {
        return Err(TrainError::OutOfFold { fold: fold.index(), expected, got });
    }
    let hard = ds.classes(fold.fit_rows());
    let soft = soft_targets(&hard, out_of_fold, config.soft_weight);
    let fit =
        |what: &str, targets: &[f64]| fit_calibrated(ds, fold, what, targets, config, &seed.child(what));
    let (student, twin) = rayon::join(|| fit("student", &soft), || fit("twin", &hard));
    Ok(StudentFit { student: student?, twin: twin? })
}

/// (1 - w) * class + w * teacher, where there is a teacher; the class elsewhere (teacher NaN).
pub(crate) fn soft_targets(class: &[f64], teacher: &[f64], weight: f64) -> Vec<f64> {
    let mix = |(y, p): (&f64, &f64)| if p.is_nan() { *y } else { (1.0 - weight) * y + weight * p };
    class.iter().zip(teacher).map(mix).collect()
}

fn fit_calibrated(
    ds: &Dataset,
    fold: &Fold,
    what: &str,
    targets: &[f64],
    config: &StudentConfig,
    seed: &Seed,
) -> Result<Calibrated, TrainError> {
    let fold_index = fold.index();
    let model = fit_targets(&config.model, ds, fold.fit_rows(), targets, seed)
        .map_err(|source| TrainError::Fit { what: what.to_owned(), fold: fold_index, source })?;
    let columns = ds.gather(fold.calibration_rows());
    let log_odds = model.log_odds(&matrix(&columns)).map_err(|source| TrainError::Predict {
        what: what.to_owned(),
        fold: fold_index,
        source,
    })?;
    let platt = Platt::fit(&log_odds, &ds.classes(fold.calibration_rows()))
        .map_err(|source| TrainError::Calibrate { what: what.to_owned(), fold: fold_index, source })?;
    Ok(Calibrated { model, platt })
}
