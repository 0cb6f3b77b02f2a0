//! The student: a compact model distilled from the teacher's out-of-fold probabilities, with what its scores say of the
//! return, and its twin without a teacher.

use proofmark_models::{Calibrated, Design, LogisticRegression, Platt};
use serde::{Deserialize, Serialize};

use crate::teacher::matrix;
use crate::weights::Weighed;
use crate::{Dataset, Fold, ReturnForecast, RowWeights, TrainError};

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

/// Student and twin of one fold, both calibrated on the fold's calibration slice, and the student's forecast.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StudentFit {
    /// Fitted on soft labels.
    pub student: Calibrated,
    /// The same model fitted on hard labels only: what distillation is measured against.
    pub twin: Calibrated,
    /// Distribution of the return given the student's probability, from the calibration slice; `None` where that has
    /// too few rows (see [`ReturnForecast::fit`]).
    pub forecast: Option<ReturnForecast>,
}

impl StudentFit {
    /// Effective parameters of the student and, where there is one, of its forecast.
    pub fn effective_parameters(&self) -> serde_json::Value {
        let mut parameters = self.student.effective_parameters();
        if let Some(forecast) = &self.forecast {
            parameters["forecast"] = forecast.by_score.effective_parameters();
        }
        parameters
    }
}

/// Fits student and twin on the fit rows and calibrates both on the calibration rows.
///
/// - `out_of_fold`: the teacher's out-of-fold probability of each fit row, in the order of [`Fold::fit_rows`].
/// - `weights`: what fit rows weigh; `None` for 1 each. Calibration rows always weigh the same: a probability is to be as
///   frequent as it says among decisions as they come, and so it is judged.
///
/// # Errors
/// [`TrainError`].
pub fn fit_student(
    ds: &Dataset,
    fold: &Fold,
    out_of_fold: &[f64],
    config: &StudentConfig,
    weights: Option<&dyn RowWeights>,
) -> Result<StudentFit, TrainError> {
    let bench = Bench::new(ds, fold, out_of_fold, config, weights)?;
    let (student, twin) = rayon::join(|| bench.student(), || bench.fit("twin", &bench.hard));
    let ((student, log_odds), (twin, _)) = (student?, twin?);
    let scores: Vec<f64> = log_odds.into_iter().map(|z| student.platt.apply(z)).collect();
    let (returns, units) = ds.returns_in_units(fold.calibration_rows());
    let forecast = ReturnForecast::fit(&scores, &returns, &units);
    Ok(StudentFit { student, twin, forecast })
}

/// The student of [`fit_student`] without its twin and forecast, to the same bits.
///
/// # Errors
/// [`TrainError`].
pub fn fit_student_alone(
    ds: &Dataset,
    fold: &Fold,
    out_of_fold: &[f64],
    config: &StudentConfig,
    weights: Option<&dyn RowWeights>,
) -> Result<Calibrated, TrainError> {
    Ok(Bench::new(ds, fold, out_of_fold, config, weights)?.student()?.0)
}

/// What student and twin of a fold share.
struct Bench<'a> {
    ds: &'a Dataset,
    fold: &'a Fold,
    config: &'a StudentConfig,
    design: Design,
    hard: Vec<f64>,
    soft: Vec<f64>,
    weight: Option<Vec<f64>>,
}

/// A calibrated model with its log-odds of the calibration rows.
type OnSlice = (Calibrated, Vec<f64>);

impl<'a> Bench<'a> {
    fn new(
        ds: &'a Dataset,
        fold: &'a Fold,
        out_of_fold: &[f64],
        config: &'a StudentConfig,
        weights: Option<&dyn RowWeights>,
    ) -> Result<Self, TrainError> {
        if !(0.0..=1.0).contains(&config.soft_weight) {
            return Err(TrainError::SoftWeight { value: config.soft_weight });
        }
        let (expected, got) = (fold.fit_rows().len(), out_of_fold.len());
        if expected != got {
            return Err(TrainError::OutOfFold { fold: fold.index(), expected, got });
        }
        let refuse = |source| TrainError::Fit { what: "student".to_owned(), fold: fold.index(), source };
        let weighed = Weighed::new(fold.fit_rows(), weights).map_err(refuse)?;
        let hard = ds.classes(&weighed.rows);
        let soft = soft_targets(&hard, &weighed.pick(out_of_fold), config.soft_weight);
        let columns = ds.gather(&weighed.rows);
        let design = config.model.design(&matrix(&columns)).map_err(refuse)?;
        Ok(Self { ds, fold, config, design, hard, soft, weight: weighed.weight })
    }

    fn student(&self) -> Result<OnSlice, TrainError> {
        self.fit("student", &self.soft)
    }

    fn fit(&self, what: &str, targets: &[f64]) -> Result<OnSlice, TrainError> {
        let (what, fold, rows) = (what.to_owned(), self.fold.index(), self.fold.calibration_rows());
        let model = match self.config.model.fit_on(&self.design, targets, self.weight.as_deref()) {
            Ok(model) => model,
            Err(source) => return Err(TrainError::Fit { what, fold, source }),
        };
        let columns = self.ds.gather(rows);
        let log_odds = match model.log_odds(&matrix(&columns)) {
            Ok(log_odds) => log_odds,
            Err(source) => return Err(TrainError::Predict { what, fold, source }),
        };
        match Platt::fit(&log_odds, &self.ds.classes(rows)) {
            Ok(platt) => Ok((Calibrated { model, platt }, log_odds)),
            Err(source) => Err(TrainError::Calibrate { what, fold, source }),
        }
    }
}

/// (1 - w) * class + w * teacher, where there is a teacher; the class elsewhere (teacher NaN).
pub(crate) fn soft_targets(class: &[f64], teacher: &[f64], weight: f64) -> Vec<f64> {
    let mix = |(y, p): (&f64, &f64)| if p.is_nan() { *y } else { (1.0 - weight) * y + weight * p };
    class.iter().zip(teacher).map(mix).collect()
}
