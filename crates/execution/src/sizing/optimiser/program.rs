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

    /// The program of the rows that are not among `dropped`, for `quadratic` and `linear`.
    fn solver(
        &self,
        dropped: &BTreeSet<&str>,
        quadratic: &CscMatrix<f64>,
        linear: &[f64],
    ) -> Result<DefaultSolver<f64>, SizingError> {
        let is_kept = |row: usize| self.labels[row].is_none_or(|(what, _)| !dropped.contains(what));
        let kept: Vec<usize> = (0..self.bounds.len()).filter(|row| is_kept(*row)).collect();
        let (rows, columns, values) = &self.cells;
        let (mut i, mut j, mut v) = (Vec::new(), Vec::new(), Vec::new());
        for ((row, column), value) in rows.iter().zip(columns).zip(values) {
            if let Ok(place) = kept.binary_search(row) {
                i.push(place);
                j.push(*column);
                v.push(*value);
            }
        }
        let matrix = CscMatrix::new_from_triplets(kept.len(), linear.len(), i, j, v);
        let bounds: Vec<f64> = kept.iter().map(|row| self.bounds[*row]).collect();
        let equalities = usize::from(kept.first() == Some(&0));
        let cones = [ZeroConeT(equalities), NonnegativeConeT(kept.len() - equalities)];
        let mut solver = DefaultSolver::new(quadratic, linear, &matrix, &bounds, &cones, settings())
            .map_err(|error| SizingError::Unsolved { why: error.to_string() })?;
        solver.solve();
        Ok(solver)
    }

    /// The limits that contradict each other, in words: any of them left out, the others could be kept to. A solver's certificate
    /// names more than that, so each limit is left out in turn, for good where the rest is still infeasible (the deletion filter of
    /// Chinneck & Dravnieks 1991, ORSA Journal on Computing 3, 157-168).
    fn contradiction(&self, width: usize) -> Result<String, SizingError> {
        let (quadratic, linear) = (CscMatrix::zeros((width, width)), vec![0.0; width]);
        let mut seen = BTreeSet::new();
        let all: Vec<_> = self.labels.iter().flatten().filter(|(what, _)| seen.insert(*what)).collect();
        let mut dropped = BTreeSet::new();
        for (what, _) in &all {
            dropped.insert(*what);
            if !is_infeasible(self.solver(&dropped, &quadratic, &linear)?.solution.status) {
                dropped.remove(what);
            }
        }
        let words = all.iter().filter(|(what, _)| !dropped.contains(what)).map(|(what, limit)| match limit {
            Some(limit) => format!("`{what}` {limit}"),
            None => format!("`{what}`"),
        });
        Ok(words.collect::<Vec<_>>().join(", "))
    }
}

const fn is_infeasible(status: SolverStatus) -> bool {
    matches!(status, SolverStatus::PrimalInfeasible | SolverStatus::AlmostPrimalInfeasible)
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
    let quadratic = upper_triangle(problem.covariance, n, width, mean_variance);
    let solver = rows.solver(&BTreeSet::new(), &quadratic, &linear)?;
    let solution = &solver.solution;
    match solution.status {
        SolverStatus::Solved | SolverStatus::AlmostSolved => {
            let weights = solution.x[..n].iter().zip(limits.least.iter().zip(&limits.most));
            Ok(weights.map(|(weight, (least, most))| weight.clamp(*least, *most)).collect())
        }
        status if is_infeasible(status) => {
            Err(SizingError::Infeasible { limits: rows.contradiction(width)? })
        }
        status => Err(SizingError::Unsolved { why: status.to_string() }),
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
