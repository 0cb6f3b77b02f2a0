//! The quadratic program behind the optimisers, and what its answer means.

use std::collections::BTreeSet;

use clarabel::algebra::CscMatrix;
use clarabel::solver::{
    DefaultSettings, DefaultSolver, IPSolver, SolverStatus, SupportedConeT::NonnegativeConeT,
    SupportedConeT::ZeroConeT,
};

use super::super::SizingError;
use super::{MeanVariance, WeightLimits};

/// Accuracy that is asked for, and the least that is taken.
const TOLERANCE: f64 = 1e-10;
const REDUCED_TOLERANCE: f64 = 1e-8;

/// Multipliers of a certificate below this share of the largest are zero.
const CERTIFICATE: f64 = 1e-2;

/// Rows `a'x <= b`; the first is an equality.
#[derive(Default)]
struct Rows<'a> {
    cells: (Vec<usize>, Vec<usize>, Vec<f64>),
    bounds: Vec<f64>,
    /// What an error calls each; `None` for rows that only define an absolute value.
    labels: Vec<Option<(&'a str, Option<f64>)>>,
}

impl<'a> Rows<'a> {
    fn add(
        &mut self,
        label: Option<(&'a str, Option<f64>)>,
        cells: impl IntoIterator<Item = (usize, f64)>,
        bound: f64,
    ) {
        let row = self.bounds.len();
        for (column, value) in cells {
            self.cells.0.push(row);
            self.cells.1.push(column);
            self.cells.2.push(value);
        }
        self.bounds.push(bound);
        self.labels.push(label);
    }

    /// `|w_i - centre_i| <= x_(first + i)` for each name.
    fn absolute(&mut self, first: usize, centre: &[f64]) {
        for (i, centre) in centre.iter().enumerate() {
            self.add(None, [(i, 1.0), (first + i, -1.0)], *centre);
            self.add(None, [(i, -1.0), (first + i, -1.0)], -centre);
        }
    }

    /// The rows that a certificate of infeasibility combines, in words.
    fn contradiction(&self, multipliers: &[f64]) -> String {
        let largest = multipliers.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
        let mut seen = BTreeSet::new();
        let named = self.labels.iter().zip(multipliers).filter(|(_, z)| z.abs() > CERTIFICATE * largest);
        let said = named.filter_map(|(label, _)| *label).filter(|(what, _)| seen.insert(*what));
        let words = said.map(|(what, limit)| match limit {
            Some(limit) => format!("`{what}` {limit}"),
            None => format!("`{what}`"),
        });
        words.collect::<Vec<_>>().join(", ")
    }
}

/// Variables: the weights; their absolute values where a limit needs them; the sizes of trades where something does.
pub(super) fn solve(problem: &MeanVariance<'_>, limits: &WeightLimits) -> Result<Vec<f64>, SizingError> {
    let n = limits.names();
    let is_long = limits.least.iter().all(|least| *least >= 0.0);
    let sizes_needed = limits.gross.is_some() || !limits.groups.is_empty();
    let sizes = if is_long || !sizes_needed { 0 } else { n };
    let trades_cost = problem.cost.iter().any(|cost| *cost > 0.0);
    let (trades, width) =
        if limits.turnover.is_some() || trades_cost { (n + sizes, 2 * n + sizes) } else { (n, n + sizes) };

    let mut rows = Rows::default();
    rows.add(Some(("net", Some(limits.net))), (0..n).map(|i| (i, 1.0)), limits.net);
    for i in 0..n {
        rows.add(Some(("most", None)), [(i, 1.0)], limits.most[i]);
        rows.add(Some(("least", None)), [(i, -1.0)], -limits.least[i]);
    }
    if sizes > 0 {
        rows.absolute(n, &vec![0.0; n]);
    }
    let size_of = |i: usize| (sizes + i, 1.0);
    if let Some(gross) = limits.gross {
        rows.add(Some(("gross", Some(gross))), (0..n).map(size_of), gross);
    }
    for group in &limits.groups {
        let members: BTreeSet<usize> = group.members.iter().copied().collect();
        rows.add(Some((group.name.as_str(), Some(group.max))), members.into_iter().map(size_of), group.max);
    }
    if width > n + sizes {
        rows.absolute(trades, problem.current);
    }
    if let Some(turnover) = limits.turnover {
        rows.add(Some(("turnover", Some(turnover))), (0..n).map(|i| (trades + i, 1.0)), turnover);
    }

    // Variances of returns are far below 1; the solver's absolute tolerances are not.
    let mean_variance = (0..n).map(|i| problem.covariance[i * n + i]).sum::<f64>() / n as f64;
    let scale = problem.risk_aversion * mean_variance;
    let mut linear = vec![0.0; width];
    for i in 0..n {
        linear[i] = -problem.expected[i] / scale;
        if width > n + sizes {
            linear[trades + i] = problem.cost[i] / scale;
        }
    }
    let Rows { cells: (i, j, v), bounds, .. } = &rows;
    let matrix = CscMatrix::new_from_triplets(bounds.len(), width, i.clone(), j.clone(), v.clone());
    let quadratic = upper_triangle(problem.covariance, n, width, mean_variance);
    let cones = [ZeroConeT(1), NonnegativeConeT(bounds.len() - 1)];
    let unsolved = |why: String| SizingError::Unsolved { why };
    let mut solver = DefaultSolver::new(&quadratic, &linear, &matrix, bounds, &cones, settings())
        .map_err(|error| unsolved(error.to_string()))?;
    solver.solve();
    let solution = &solver.solution;
    match solution.status {
        SolverStatus::Solved | SolverStatus::AlmostSolved => {
            let weights = solution.x[..n].iter().zip(limits.least.iter().zip(&limits.most));
            Ok(weights.map(|(weight, (least, most))| weight.clamp(*least, *most)).collect())
        }
        SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible => {
            Err(SizingError::Infeasible { limits: rows.contradiction(&solution.z) })
        }
        status => Err(unsolved(status.to_string())),
    }
}

fn settings() -> DefaultSettings<f64> {
    DefaultSettings {
        verbose: false,
        tol_gap_abs: TOLERANCE,
        tol_gap_rel: TOLERANCE,
        tol_feas: TOLERANCE,
        reduced_tol_gap_abs: REDUCED_TOLERANCE,
        reduced_tol_gap_rel: REDUCED_TOLERANCE,
        reduced_tol_feas: REDUCED_TOLERANCE,
        ..DefaultSettings::default()
    }
}

/// The covariance over `unit` as the upper triangle that the solver reads; variables beyond the names have no square.
fn upper_triangle(covariance: &[f64], n: usize, width: usize, unit: f64) -> CscMatrix<f64> {
    let cells = (0..n).flat_map(|column| (0..=column).map(move |row| (row, column)));
    let (mut i, mut j, mut v) = (Vec::new(), Vec::new(), Vec::new());
    for (row, column) in cells {
        i.push(row);
        j.push(column);
        v.push(covariance[row * n + column] / unit);
    }
    CscMatrix::new_from_triplets(width, width, i, j, v)
}
