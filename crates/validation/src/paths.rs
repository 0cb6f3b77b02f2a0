//! Paths of a combinatorial purged cross-validation: how much the result depends on what was trained on.
//!
//! Training follows testing in it, as it never does in trading, and its paths share their dates and most of their training
//! rows. So no gate of the default policy reads a record of this file, and the spread is no standard error.

use std::error::Error;

use proofmark_lifecycle::Evidence;
use proofmark_stats::active::active_return;
use proofmark_stats::moments::mean;
use proofmark_stats::rank::ic_by_date;
use proofmark_stats::regression::newey_west_lag;
use proofmark_training::{Dataset, Group, PathSeries, Paths, SharpeDistribution};
use proofmark_units::{DateSpan, Digest};
use rayon::prelude::*;

use crate::record::Recorder;
use crate::{Candidate, run_books};

/// What the models of every split gave for rows they had not seen.
#[derive(Debug, Clone, Copy)]
pub struct SplitScores<'a> {
    /// The rows.
    pub dataset: &'a Dataset,
    /// The groups, in time order.
    pub groups: &'a [Group],
    /// By split: one probability for each row of its test groups, in their order.
    pub scores: &'a [Vec<f64>],
}

/// Records the distribution of the appraisal ratio and of the net Sharpe ratio over the paths, and each split's rank IC.
///
/// Every tested group is a book of its own: it starts flat, its first date has no return, and what it holds at its end
/// stays at its marks, as everywhere. A path's net returns, group after group, are regressed on the same dates' null books
/// and benchmark, as the walk-forward's are; its ratio uses mean and spread alone, which know no order, so nothing is
/// computed across a seam. M. Lopez de Prado (2018), Advances in Financial Machine Learning, sections 12.4 and 12.5.
///
/// - `candidate`: its own scores and span are not read; every tested group has its own.
/// - `scored`: the scores, or why there are none. A split that is missing or incomplete, a book that could not be run or
///   a path without a ratio leaves no distribution: its records then have no value and say why.
pub fn path_evidence(
    recorder: &Recorder,
    candidate: &Candidate<'_>,
    paths: &Paths,
    scored: Result<&SplitScores<'_>, &str>,
) -> Vec<Evidence> {
    let (splits, count) = (paths.n_splits(), paths.n_paths());
    let mut out = vec![
        recorder.record("cross_validation.splits", splits as f64, "splits", splits),
        recorder.record("cross_validation.paths", count as f64, "paths", count),
    ];
    match scored.map_err(str::to_owned).and_then(|scored| Measured::of(candidate, paths, scored)) {
        Ok(measured) => out.extend(measured.records(recorder)),
        Err(why) => out.extend(incomplete(recorder, &why)),
    }
    out
}

/// A figure of a distribution: name, unit, value.
type Summary = (&'static str, &'static str, fn(&SharpeDistribution) -> Option<f64>);

const SUMMARIES: [Summary; 8] = [
    ("min", "ratio", |d| Some(d.min)),
    ("q25", "ratio", |d| quantile(d, 0.25)),
    ("median", "ratio", |d| quantile(d, 0.5)),
    ("q75", "ratio", |d| quantile(d, 0.75)),
    ("max", "ratio", |d| Some(d.max)),
    ("mean", "ratio", |d| Some(d.mean)),
    ("sd", "ratio", |d| d.sd),
    ("share_below_zero", "share", |d| Some(d.share_below_zero)),
];

/// What is distributed over the paths.
const MEASURES: [&str; 2] = ["appraisal_ratio", "net_sharpe"];

fn quantile(distribution: &SharpeDistribution, level: f64) -> Option<f64> {
    distribution.quantiles.iter().find(|q| q.level == level).map(|q| q.value)
}

fn incomplete(recorder: &Recorder, why: &str) -> Vec<Evidence> {
    let why = format!("incomplete, and therefore not shown: {why}");
    let of = |measure: &'static str| SUMMARIES.iter().map(move |(what, unit, _)| (measure, *what, *unit));
    let summaries = MEASURES.into_iter().flat_map(of);
    summaries
        .map(|(measure, what, unit)| {
            recorder.missing(format!("cross_validation.{measure}.{what}"), unit, &why)
        })
        .chain([recorder.missing("cross_validation.splits_positive", "share", &why)])
        .collect()
}

/// Everything, complete.
struct Measured {
    /// In the order of [`MEASURES`].
    distributions: [SharpeDistribution; 2],
    /// What they are computed from: the series of all paths, one after another.
    sources: [Digest; 2],
    /// Returns of a path.
    periods: usize,
    splits: Vec<SplitSkill>,
}

/// What a split's scores ordered.
struct SplitSkill {
    groups: Vec<usize>,
    span: DateSpan,
    /// Rank IC of every date that has one.
    daily: Vec<f64>,
}

/// A tested group of one split.
struct Tested {
    net: Vec<f64>,
    beside: Vec<(String, Vec<f64>)>,
    daily: Vec<f64>,
}

impl Measured {
    fn of(candidate: &Candidate<'_>, paths: &Paths, scored: &SplitScores<'_>) -> Result<Self, String> {
        let tested = tested(candidate, paths, scored)?;
        let results = |pick: &dyn Fn(&Tested) -> Vec<f64>| {
            let by_split: Vec<Vec<Vec<f64>>> =
                tested.iter().map(|split| split.iter().map(pick).collect()).collect();
            paths.assemble(&by_split).map_err(|e| e.to_string())
        };
        let net = results(&|group| group.net.clone())?;
        let names: Vec<&str> = tested[0][0].beside.iter().map(|(name, _)| name.as_str()).collect();
        let beside: Vec<Vec<PathSeries<f64>>> = (0..names.len())
            .map(|b| results(&|group| group.beside[b].1.clone()))
            .collect::<Result<_, _>>()?;
        let active = |path: &PathSeries<f64>| -> Result<PathSeries<f64>, String> {
            let books: Vec<(&str, &[f64])> =
                names.iter().zip(&beside).map(|(name, b)| (*name, b[path.path].values.as_slice())).collect();
            let lag = newey_west_lag(path.values.len(), candidate.horizon);
            let fit =
                active_return(&path.values, &books, lag).map_err(|e| format!("path {}: {e}", path.path))?;
            Ok(PathSeries { path: path.path, values: fit.series, segments: path.segments.clone() })
        };
        let active: Vec<PathSeries<f64>> = net.iter().map(active).collect::<Result<_, String>>()?;
        let year = candidate.periods_per_year;
        let source = |paths: &[PathSeries<f64>]| {
            let all: Vec<f64> = paths.iter().flat_map(|path| path.values.iter().copied()).collect();
            Digest::of_f64s(&all)
        };
        let splits = tested.iter().enumerate().map(|(split, groups)| {
            let numbers = paths.test_groups(split).to_vec();
            let at = |g: Option<&usize>| g.map(|g| scored.groups[*g].decisions);
            let ends = at(numbers.first()).zip(at(numbers.last()));
            let (first, last) = ends.unwrap_or((candidate.span, candidate.span));
            SplitSkill {
                groups: numbers,
                span: DateSpan { start: first.start, end: last.end },
                daily: groups.iter().flat_map(|group| group.daily.iter().copied()).collect(),
            }
        });
        Ok(Self {
            distributions: [whole(&active, year, "active returns")?, whole(&net, year, "net returns")?],
            sources: [source(&active), source(&net)],
            periods: net.first().map_or(0, |path| path.values.len()),
            splits: splits.collect(),
        })
    }

    fn records(&self, recorder: &Recorder) -> Vec<Evidence> {
        let mut out = Vec::new();
        let measured = self.distributions.iter().zip(self.sources);
        for (measure, (distribution, source)) in MEASURES.into_iter().zip(measured) {
            let own = Recorder { source, ..recorder.clone() };
            let name = |what: &str| format!("cross_validation.{measure}.{what}");
            for (what, unit, value) in SUMMARIES {
                out.push(match value(distribution) {
                    Some(value) => own.record(name(what), value, unit, distribution.defined).with_note(
                        "over paths that share their dates and most of what they were trained on, some of it after the test",
                    ),
                    None => own.missing(name(what), unit, "one path has no spread"),
                });
            }
            for (path, value) in distribution.paths.iter().enumerate() {
                let name = format!("cross_validation.path.{path:03}.{measure}");
                out.push(own.record(name, *value, "ratio", self.periods));
            }
        }
        let skills: Vec<Option<f64>> = self.splits.iter().map(|split| mean(&split.daily)).collect();
        for (k, (split, skill)) in self.splits.iter().zip(&skills).enumerate() {
            let own = Recorder { span: split.span, ..recorder.clone() };
            let name = format!("cross_validation.split.{k:03}.rank_ic");
            out.push(match skill {
                Some(skill) => own
                    .record(name, *skill, "correlation", split.daily.len())
                    .with_note(format!("over all dates of the test groups {:?}", split.groups)),
                None => own.missing(name, "correlation", "no tested date has a coefficient"),
            });
        }
        let positive = skills.iter().flatten().filter(|skill| **skill > 0.0).count();
        let share = positive as f64 / self.splits.len() as f64;
        out.push(
            recorder
                .record("cross_validation.splits_positive", share, "share", self.splits.len())
                .with_note("splits with a mean rank IC above 0"),
        );
        out
    }
}

/// The distribution, if every path has a ratio.
fn whole(paths: &[PathSeries<f64>], year: f64, what: &str) -> Result<SharpeDistribution, String> {
    let found = SharpeDistribution::of(paths, year);
    let ratios = found.as_ref().map_or(&[][..], |d| d.paths.as_slice());
    match (0..paths.len()).find(|path| ratios.get(*path).copied().flatten().is_none()) {
        Some(path) => Err(format!("path {path} has no ratio: its {what} have no spread")),
        None => found.ok_or_else(|| "there is no path".to_owned()),
    }
}

/// Every test group of every split, in their order.
fn tested(
    candidate: &Candidate<'_>,
    paths: &Paths,
    scored: &SplitScores<'_>,
) -> Result<Vec<Vec<Tested>>, String> {
    if scored.scores.len() != paths.n_splits() {
        return Err(format!("{} of {} splits are scored", scored.scores.len(), paths.n_splits()));
    }
    for (split, scores) in scored.scores.iter().enumerate() {
        let rows: usize = paths.test_groups(split).iter().map(|g| scored.groups[*g].rows.len()).sum();
        let known = scores.iter().filter(|score| score.is_finite()).count();
        if (scores.len(), known) != (rows, rows) {
            return Err(format!("split {split} has scores of {known} of its {rows} test rows"));
        }
    }
    let of_split = |split: usize| -> Result<Vec<Tested>, String> {
        let mut from = 0;
        let mut groups = Vec::new();
        for group in paths.test_groups(split).iter().map(|g| &scored.groups[*g]) {
            let scores = &scored.scores[split][from..from + group.rows.len()];
            from += group.rows.len();
            groups.push(
                test(candidate, scored.dataset, group, scores)
                    .map_err(|why| format!("split {split}, group {}: {why}", group.index))?,
            );
        }
        Ok(groups)
    };
    // Collected before it is searched for failures, so that the first one is told, whichever thread is fastest.
    let all: Vec<Result<Vec<Tested>, String>> = (0..paths.n_splits()).into_par_iter().map(of_split).collect();
    all.into_iter().collect()
}

/// The book of one test group, flat at its start, and what its scores ordered.
fn test(candidate: &Candidate<'_>, ds: &Dataset, group: &Group, scores: &[f64]) -> Result<Tested, String> {
    let width = candidate.panel.width();
    let mut grid = vec![f64::NAN; candidate.panel.len() * width];
    let mut forward = grid.clone();
    for (row, score) in (group.rows.start as usize..).zip(scores) {
        let cell = ds.sessions()[row] as usize * width + ds.symbol_indices()[row] as usize;
        grid[cell] = *score;
        forward[cell] = ds.forward_return()[row];
    }
    let own = Candidate { scores: &grid, span: group.decisions, ..*candidate };
    let books = run_books(&own, 1.0).map_err(|e| chain(&e))?;
    let daily = ic_by_date(&grid, &forward, width).map_err(|e| chain(&e))?;
    Ok(Tested {
        net: books.net().to_vec(),
        beside: books.factors().into_iter().map(|(name, net)| (name.to_owned(), net.to_vec())).collect(),
        daily: daily.ic.into_iter().flatten().collect(),
    })
}

/// An error and its causes in one line.
fn chain(error: &(dyn Error + 'static)) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line = format!("{line}: {error}");
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests;
