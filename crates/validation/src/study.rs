//! A study of features beside what followed: their values, their drift, and their skill, corrected for how many were looked at.
//!
//! A study describes; no gate reads it. Whoever picks features by it has looked at their returns, so the rows of a study
//! belong to training, and out-of-sample rows have no place in it.

mod returns;
mod table;

use std::num::NonZeroUsize;

use proofmark_stats::columns::{
    ColumnDrift, Coverage, Grid, Persistence, Profile, column_drift, persistence, profile,
};
use proofmark_stats::multiple::{benjamini_hochberg, holm};
use proofmark_stats::rank::{GridShapeError, ic_by_date, mean_ic_hac, pearson_ic_by_date};
use proofmark_stats::regression::{HacMean, newey_west_lag};
use proofmark_stats::skill::{LagReturns, Turnover, ic_decay, quantile_turnover};
use rayon::prelude::*;
use serde::Serialize;

use self::returns::horizon_returns;
use crate::FeatureGrid;

/// Sessions over which skill is measured.
pub const STUDY_HORIZONS: [usize; 20] = {
    let mut horizons = [0; 20];
    let mut at = 0;
    while at < horizons.len() {
        horizons[at] = at + 1;
        at += 1;
    }
    horizons
};

/// What is studied.
#[derive(Debug, Clone, Copy)]
pub struct StudyInput<'a> {
    /// The features, all on one grid.
    pub features: &'a [FeatureGrid<'a>],
    /// Names a row.
    pub width: NonZeroUsize,
    /// What they are called, as many.
    pub symbols: &'a [&'a str],
    /// Whether a name was there, a cell each: a value that could not be is not missing.
    pub there: &'a [bool],
    /// The year of each row.
    pub years: &'a [i32],
    /// Simple return of each name over the session that follows the decision of a row, NaN where there is none.
    pub next_returns: &'a [f64],
    /// Rows of the earlier span; drift is from them to the rest.
    pub earlier_rows: usize,
    /// Sessions over which the skill is tested; the other horizons are described.
    pub horizon: NonZeroUsize,
    /// Quantiles whose turnover is measured.
    pub quantiles: usize,
}

/// A study that cannot be made.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// A feature does not lie on the grid of the returns.
    #[error("the feature `{feature}` does not lie on the grid of the returns")]
    Grid {
        /// Which feature.
        feature: String,
        /// What differs.
        #[source]
        source: GridShapeError,
    },
    /// The earlier span leaves no later one, or is empty.
    #[error("{earlier} of {rows} rows are the earlier span; drift needs rows in both")]
    NoSpan {
        /// Rows of the earlier span.
        earlier: usize,
        /// Rows in all.
        rows: usize,
    },
}

/// A p value of one feature and what is left of it among all.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct AmongMany {
    /// On its own.
    pub p: f64,
    /// Holm: bounds the chance of any false finding.
    pub holm: f64,
    /// Benjamini-Hochberg: bounds the share of false findings.
    pub benjamini_hochberg: f64,
}

/// Skill at one horizon.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct HorizonSkill {
    /// Sessions over which the return runs.
    pub horizon: usize,
    /// Mean rank correlation with Newey-West error; `None` where fewer than two dates have one.
    pub rank_ic: Option<HacMean>,
}

/// One feature.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FeatureStudy {
    /// Its name.
    pub name: String,
    /// Missing, stale and wild values.
    pub profile: Profile,
    /// How much of it there is, by year and by name.
    pub coverage: Coverage,
    /// Autocorrelation of its values; `None` where no name has enough steps.
    pub persistence: Option<Persistence>,
    /// From the earlier span to the later; `None` where one has no value.
    pub drift: Option<ColumnDrift>,
    /// The probability of that drift if nothing changed.
    pub drift_p: Option<AmongMany>,
    /// Mean Spearman correlation with returns over the tested horizon; `None` where fewer than two dates have one, as for
    /// features that are the same for every name.
    pub rank_ic: Option<HacMean>,
    /// Mean Pearson correlation over the same horizon.
    pub pearson_ic: Option<HacMean>,
    /// Two-sided probability of that rank correlation without skill.
    pub rank_ic_p: Option<AmongMany>,
    /// Rank correlation by horizon; the horizons overlap and are no separate tests.
    pub decay: Vec<HorizonSkill>,
    /// New names in the outer quantiles.
    pub turnover: Turnover,
}

/// All features.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Study {
    /// Rows.
    pub dates: usize,
    /// Names a row.
    pub names: usize,
    /// What they are called: the order of each feature's coverage by name.
    pub symbols: Vec<String>,
    /// Rows of the earlier span.
    pub earlier_rows: usize,
    /// Sessions of the tested horizon.
    pub horizon: usize,
    /// Quantiles of the turnover.
    pub quantiles: usize,
    /// One entry a feature, in the order given.
    pub features: Vec<FeatureStudy>,
}

/// Studies every feature.
///
/// # Errors
/// [`StudyError`]: a feature on another grid, or no two spans.
pub fn study(input: &StudyInput<'_>) -> Result<Study, StudyError> {
    let width = input.width.get();
    let rows = input.next_returns.len() / width;
    if input.earlier_rows == 0 || input.earlier_rows >= rows {
        return Err(StudyError::NoSpan { earlier: input.earlier_rows, rows });
    }
    let horizon = input.horizon.get();
    let tested = horizon_returns(input.next_returns, width, horizon);
    let by_horizon: Vec<Vec<f64>> =
        STUDY_HORIZONS.iter().map(|h| horizon_returns(input.next_returns, width, *h)).collect();
    // Each feature is studied alone and the order is kept: the same numbers on any number of threads.
    let mut features: Vec<FeatureStudy> = input
        .features
        .par_iter()
        .map(|feature| {
            let grid = |source| StudyError::Grid { feature: feature.name.to_owned(), source };
            one(feature, input, &tested, &by_horizon).map_err(grid)
        })
        .collect::<Result<_, _>>()?;
    let skill: Vec<Option<f64>> = features.iter().map(|f| two_sided(f.rank_ic.as_ref()?)).collect();
    let drift: Vec<Option<f64>> = features.iter().map(|f| f.drift.as_ref()?.p).collect();
    for (feature, (skill, drift)) in features.iter_mut().zip(among(&skill).into_iter().zip(among(&drift))) {
        (feature.rank_ic_p, feature.drift_p) = (skill, drift);
    }
    let StudyInput { quantiles, earlier_rows, .. } = *input;
    let symbols = input.symbols.iter().map(|symbol| (*symbol).to_owned()).collect();
    Ok(Study { dates: rows, names: width, symbols, earlier_rows, horizon, quantiles, features })
}

fn one(
    feature: &FeatureGrid<'_>,
    input: &StudyInput<'_>,
    tested: &[f64],
    by_horizon: &[Vec<f64>],
) -> Result<FeatureStudy, GridShapeError> {
    let (values, width, horizon) = (&feature.values, input.width.get(), input.horizon.get());
    let mean = |ic: &[Option<f64>]| {
        let dates = ic.iter().flatten().count();
        mean_ic_hac(ic, newey_west_lag(dates, horizon)).ok()
    };
    let rank_ic = mean(&ic_by_date(values, tested, width)?.ic);
    let pearson_ic = mean(&pearson_ic_by_date(values, tested, width)?.ic);
    let decay = STUDY_HORIZONS.iter().zip(by_horizon).map(|(&horizon, forward)| {
        let returns = LagReturns { lag: 0, horizon, forward };
        // A horizon without two dates is missing and not an error of the study.
        let found = ic_decay(values, width, &[returns]).ok().and_then(|points| points.into_iter().next());
        HorizonSkill { horizon, rank_ic: found.map(|point| point.ic) }
    });
    let grid = Grid { values, there: input.there, width };
    let [before, after] = grid.split_at(input.earlier_rows);
    Ok(FeatureStudy {
        name: feature.name.to_owned(),
        profile: profile(&grid)?,
        coverage: grid.coverage(input.years)?,
        persistence: persistence(values, width)?,
        drift: column_drift(&before, &after)?,
        drift_p: None,
        rank_ic,
        pearson_ic,
        rank_ic_p: None,
        decay: decay.collect(),
        turnover: quantile_turnover(values, width, input.quantiles)?,
    })
}

fn two_sided(mean: &HacMean) -> Option<f64> {
    mean.p_one_sided.map(|p| (2.0 * p.min(1.0 - p)).clamp(0.0, 1.0))
}

/// Each p beside its corrected values; features without one do not count as tests.
fn among(p: &[Option<f64>]) -> Vec<Option<AmongMany>> {
    let tests: Vec<f64> = p.iter().flatten().copied().collect();
    let corrected = holm(&tests).and_then(|holm| Ok((holm, benjamini_hochberg(&tests)?)));
    // The only error is a value outside 0 to 1, which a probability never is.
    let Ok((strict, shares)) = corrected else { return vec![None; p.len()] };
    let mut at = tests.iter().zip(strict).zip(shares);
    let mut next =
        || at.next().map(|((p, holm), benjamini_hochberg)| AmongMany { p: *p, holm, benjamini_hochberg });
    p.iter().map(|own| own.and_then(|_| next())).collect()
}

#[cfg(test)]
mod tests;
