//! How much more cost, delay and capital the active return survives.

use proofmark_lifecycle::Evidence;
use proofmark_stats::active::appraisal_ratio;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::record::Recorder;
use crate::{Candidate, ValidationError, active_span, run_books};

/// Multiples of the declared costs.
const COSTS: [f64; 3] = [1.0, 2.0, 3.0];
/// Sessions by which scores, hence fills, come late.
const DELAYS: [usize; 4] = [0, 1, 2, 3];
/// Multiples of the declared capital.
const CAPITALS: [f64; 3] = [1.0, 10.0, 100.0];

/// One line of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SensitivityRow {
    /// `cost`, `delay` or `capital`.
    pub kind: String,
    /// Multiple of the declared costs or capital, or sessions of delay.
    pub level: f64,
    /// Active mean, a fraction a year; `None` when it could not be regressed.
    pub active_mean: Option<f64>,
    /// Appraisal ratio, annual.
    pub appraisal_ratio: Option<f64>,
    /// Two-way turnover, times equity a year.
    pub turnover_per_year: f64,
    /// Orders left unfilled after five sessions.
    pub expired_orders: u64,
}

/// Where the active mean crosses zero between two lines of the table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BreakEven {
    /// `cost`, `delay` or `capital`.
    pub kind: String,
    /// The level; `None` when it does not cross inside the table.
    pub level: Option<f64>,
    /// Why there is none.
    pub note: Option<String>,
}

/// The table and its crossings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sensitivity {
    /// By kind, then level.
    pub rows: Vec<SensitivityRow>,
    /// One a kind.
    pub break_even: Vec<BreakEven>,
}

/// Scores that reach the decision `delay` sessions late: cell (t, s) holds the score of session t - delay.
pub fn delayed_scores(scores: &[f64], width: usize, delay: usize) -> Vec<f64> {
    let shift = (delay * width).min(scores.len());
    let mut late = vec![f64::NAN; shift];
    late.extend_from_slice(&scores[..scores.len() - shift]);
    late
}

/// Active mean and appraisal ratio at one to three times the costs, up to three sessions of delay, and one to a hundred
/// times the capital; null books trade at the same costs, delay and capital.
///
/// Larger capital meets the participation cap and square-root impact (Toth et al. 2011, Phys. Rev. X 1, 021006). The
/// break-even is interpolated between the two neighbouring levels: linearly in cost and delay, linearly in the square
/// root of capital, in which impact is linear. Nothing is extrapolated.
///
/// # Errors
/// [`ValidationError::Book`] naming the book.
pub fn sensitivity(candidate: &Candidate<'_>) -> Result<Sensitivity, ValidationError> {
    let cells: Vec<(&str, f64)> = COSTS
        .iter()
        .map(|x| ("cost", *x))
        .chain(DELAYS.iter().map(|d| ("delay", *d as f64)))
        .chain(CAPITALS.iter().map(|x| ("capital", *x)))
        .collect();
    // The declared level is the same book in all three kinds: it is run once.
    let declared = row(candidate, "cost", 1.0)?;
    let rows: Vec<Result<SensitivityRow, ValidationError>> = cells
        .par_iter()
        .map(|(kind, level)| match (*kind, *level) {
            ("cost" | "capital", 1.0) | ("delay", 0.0) => {
                Ok(SensitivityRow { kind: (*kind).to_owned(), level: *level, ..declared.clone() })
            }
            _ => row(candidate, kind, *level),
        })
        .collect();
    let rows: Vec<SensitivityRow> = rows.into_iter().collect::<Result<_, _>>()?;
    let break_even = ["cost", "delay", "capital"].map(|kind| break_even(&rows, kind)).to_vec();
    Ok(Sensitivity { rows, break_even })
}

fn row(candidate: &Candidate<'_>, kind: &str, level: f64) -> Result<SensitivityRow, ValidationError> {
    let mut config = candidate.config.clone();
    let mut late = None;
    let mut multiple = 1.0;
    match kind {
        "cost" => multiple = level,
        "delay" => late = Some(delayed_scores(candidate.scores, candidate.panel.width(), level as usize)),
        _ => config.capital *= level,
    }
    let scores = late.as_deref().unwrap_or(candidate.scores);
    let own = Candidate { config: &config, scores, ..*candidate };
    let books = run_books(&own, multiple)?;
    let active = active_span(&own, &books).ok();
    let year = candidate.periods_per_year;
    Ok(SensitivityRow {
        kind: kind.to_owned(),
        level,
        active_mean: active.as_ref().map(|a| a.fit.alpha_per_period * year),
        appraisal_ratio: active.and_then(|a| appraisal_ratio(&a.fit.series, year)),
        turnover_per_year: books.candidate.turnover_per_year(year),
        expired_orders: books.candidate.expired_orders,
    })
}

/// The first crossing from above zero to zero or below.
fn break_even(rows: &[SensitivityRow], kind: &str) -> BreakEven {
    let axis = |level: f64| if kind == "capital" { level.sqrt() } else { level };
    let back = |x: f64| if kind == "capital" { x * x } else { x };
    let line: Vec<(f64, f64)> = rows
        .iter()
        .filter(|r| r.kind == kind)
        .filter_map(|r| Some((axis(r.level), r.active_mean?)))
        .collect();
    let level = line.windows(2).find_map(|pair| {
        let ((a, above), (b, below)) = (pair[0], pair[1]);
        (above > 0.0 && below <= 0.0).then(|| back(a + (b - a) * above / (above - below)))
    });
    let note = match (level, line.first(), line.last()) {
        (Some(_), _, _) => None,
        (None, Some((_, first)), _) if *first <= 0.0 => {
            Some("the active mean is not above zero at the declared level".to_owned())
        }
        (None, Some(_), Some((last, _))) => {
            Some(format!("above zero up to the last level, {}", back(*last).round()))
        }
        _ => Some("the active mean could not be regressed".to_owned()),
    };
    BreakEven { kind: kind.to_owned(), level, note }
}

/// One record a cell of the table, and the crossings.
pub fn sensitivity_evidence(recorder: &Recorder, periods: usize, table: &Sensitivity) -> Vec<Evidence> {
    let mut out = Vec::new();
    for row in &table.rows {
        let name = |what: &str| format!("stress.sensitivity.{}.{}.{what}", row.kind, row.level);
        out.push(recorder.record(name("active_mean"), row.active_mean, "fraction/year", periods));
        out.push(recorder.record(name("appraisal_ratio"), row.appraisal_ratio, "ratio", periods));
    }
    for crossing in &table.break_even {
        let unit = if crossing.kind == "delay" { "sessions" } else { "x declared" };
        let record = recorder.record(
            format!("stress.sensitivity.{}.break_even", crossing.kind),
            crossing.level,
            unit,
            periods,
        );
        out.push(match &crossing.note {
            Some(note) => record.with_note(note.clone()),
            None => record,
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_score_arrives_as_many_sessions_late_as_asked() {
        let scores = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0];
        let late = delayed_scores(&scores, 2, 1);
        assert!(late[..2].iter().all(|s| s.is_nan()));
        assert_eq!(late[2..], [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(delayed_scores(&scores, 2, 0), scores);
        assert!(delayed_scores(&scores, 2, 9).iter().all(|s| s.is_nan()));
    }

    #[test]
    fn break_even_by_hand() {
        let rows = |kind: &str, points: &[(f64, f64)]| -> Vec<SensitivityRow> {
            let row = |(level, mean): &(f64, f64)| SensitivityRow {
                kind: kind.to_owned(),
                level: *level,
                active_mean: Some(*mean),
                appraisal_ratio: None,
                turnover_per_year: 0.0,
                expired_orders: 0,
            };
            points.iter().map(row).collect()
        };
        // From 6 % at 1x to -3 % at 2x: a third of the way is left behind zero.
        let cost = break_even(&rows("cost", &[(1.0, 0.06), (2.0, -0.03), (3.0, -0.1)]), "cost");
        assert!((cost.level.unwrap() - (1.0 + 2.0 / 3.0)).abs() < 1e-12);
        // Half way between sqrt(1) and sqrt(100) is 5.5, squared 30.25.
        let capital = break_even(&rows("capital", &[(1.0, 0.02), (100.0, -0.02)]), "capital");
        assert!((capital.level.unwrap() - 30.25).abs() < 1e-9);
        let never = break_even(&rows("delay", &[(0.0, 0.02), (3.0, 0.01)]), "delay");
        assert!(never.level.is_none() && never.note.unwrap().contains("last level, 3"));
        let lost = break_even(&rows("cost", &[(1.0, -0.02), (2.0, -0.03)]), "cost");
        assert!(lost.level.is_none() && lost.note.unwrap().contains("not above zero"));
    }
}
