//! Paths of a combinatorial split: test results of many splits, put together to whole histories.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{SplitError, bad};

/// Most splits: each needs a model of its own.
const MOST_SPLITS: usize = 100_000;

/// Which split tests which groups, and which path each tested group belongs to.
///
/// M. Lopez de Prado (2018), Advances in Financial Machine Learning, section 12.4 and figures 12.1 and 12.2: C(N, k)
/// splits give `C(N, k) * k / N` = C(N-1, k-1) paths. The j-th split that tests a group, in the order of the splits,
/// gives that group to path j. Every path covers every group exactly once, and every tested group is used exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paths {
    groups: usize,
    test_groups: usize,
    /// Split by split, `test_groups` group numbers, ascending.
    tested: Vec<usize>,
    /// Beside `tested`, the path.
    path: Vec<usize>,
    /// Path by path, the split of every group.
    split: Vec<usize>,
}

/// One path: a whole history, put together from out-of-sample results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PathSeries<T> {
    /// Position among the paths, from 0.
    pub path: usize,
    /// The results in time order.
    pub values: Vec<T>,
    /// Where they come from, in time order. Two neighbours come from models that were trained on different rows: a book
    /// must be closed at the end of a segment and opened anew in the next, or its returns hold trades nobody could make.
    pub segments: Vec<PathSegment>,
}

/// A stretch of a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathSegment {
    /// The group that was tested.
    pub group: usize,
    /// The split whose model tested it.
    pub split: usize,
    /// Positions in the path's values.
    pub range: Range<usize>,
}

/// Results do not fit the splits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    /// Results of too many or too few splits.
    #[error("results of {got} splits for {expected}")]
    SplitCount {
        /// Splits there are.
        expected: usize,
        /// Results given.
        got: usize,
    },
    /// Results of too many or too few test groups.
    #[error("split {split} has results of {got} test groups, not {expected}")]
    GroupCount {
        /// The split.
        split: usize,
        /// Groups tested at a time.
        expected: usize,
        /// Results given.
        got: usize,
    },
    /// Two splits disagree about how long a group is.
    #[error(
        "group {group} has {got} results in split {split} and {expected} in the first split that tests it"
    )]
    Length {
        /// The group.
        group: usize,
        /// The split.
        split: usize,
        /// Results of the first split that tests the group.
        expected: usize,
        /// Results of this one.
        got: usize,
    },
}

impl Paths {
    pub(super) fn of(groups: usize, test_groups: usize) -> Result<Self, SplitError> {
        if !(1..groups).contains(&test_groups) {
            return bad("test_groups", test_groups, "1 to the number of groups - 1");
        }
        let splits = choose(groups, test_groups)
            .filter(|splits| *splits <= MOST_SPLITS)
            .ok_or(SplitError::TooManySplits { groups, test_groups, limit: MOST_SPLITS })?;
        let mut tested = Vec::with_capacity(splits * test_groups);
        let mut chosen: Vec<usize> = (0..test_groups).collect();
        loop {
            tested.extend_from_slice(&chosen);
            // The last number that can still grow does, and the ones after it follow closely.
            let Some(grows) = (0..test_groups).rev().find(|i| chosen[*i] < groups - test_groups + i) else {
                break;
            };
            let from = chosen[grows] + 1;
            chosen[grows..].iter_mut().zip(from..).for_each(|(number, next)| *number = next);
        }
        let mut seen = vec![0; groups];
        let paths = splits * test_groups / groups;
        let (mut path, mut split) = (Vec::with_capacity(tested.len()), vec![0; tested.len()]);
        for (at, group) in tested.iter().enumerate() {
            path.push(seen[*group]);
            split[seen[*group] * groups + group] = at / test_groups;
            seen[*group] += 1;
        }
        debug_assert!(seen.iter().all(|count| *count == paths));
        Ok(Self { groups, test_groups, tested, path, split })
    }

    /// Number of splits, C(N, k).
    pub const fn n_splits(&self) -> usize {
        self.tested.len() / self.test_groups
    }
    /// Number of paths, C(N-1, k-1).
    pub const fn n_paths(&self) -> usize {
        self.tested.len() / self.groups
    }
    /// Groups that `split` tests, ascending.
    ///
    /// # Panics
    /// If there is no such split.
    pub fn test_groups(&self, split: usize) -> &[usize] {
        &self.tested[split * self.test_groups..][..self.test_groups]
    }
    /// The path of each group that `split` tests, in the order of [`Paths::test_groups`].
    ///
    /// # Panics
    /// If there is no such split.
    pub fn paths_of(&self, split: usize) -> &[usize] {
        &self.path[split * self.test_groups..][..self.test_groups]
    }
    /// The split that tests each group on `path`, in the order of the groups.
    ///
    /// # Panics
    /// If there is no such path.
    pub fn splits_of(&self, path: usize) -> &[usize] {
        &self.split[path * self.groups..][..self.groups]
    }

    /// Puts out-of-sample results together to one series a path, in time order.
    ///
    /// - `results`: by split, then by tested group in the order of [`Paths::test_groups`], in time order: returns a
    ///   session, or whatever else was measured in each group on its own. A group has as many of them in every split.
    ///
    /// # Errors
    /// [`PathError`].
    pub fn assemble<T: Clone>(&self, results: &[Vec<Vec<T>>]) -> Result<Vec<PathSeries<T>>, PathError> {
        if results.len() != self.n_splits() {
            return Err(PathError::SplitCount { expected: self.n_splits(), got: results.len() });
        }
        for (split, groups) in results.iter().enumerate() {
            if groups.len() != self.test_groups {
                let (expected, got) = (self.test_groups, groups.len());
                return Err(PathError::GroupCount { split, expected, got });
            }
        }
        // Splits come in order, so those of one path and group after another do as well: the first is on path 0.
        let length = |group: usize| self.result(results, self.split[group], group).len();
        for (split, groups) in results.iter().enumerate() {
            for (group, result) in self.test_groups(split).iter().zip(groups) {
                let (expected, got) = (length(*group), result.len());
                if expected != got {
                    return Err(PathError::Length { group: *group, split, expected, got });
                }
            }
        }
        Ok((0..self.n_paths()).map(|path| self.assemble_one(path, results)).collect())
    }

    fn assemble_one<T: Clone>(&self, path: usize, results: &[Vec<Vec<T>>]) -> PathSeries<T> {
        let mut series = PathSeries { path, values: Vec::new(), segments: Vec::with_capacity(self.groups) };
        for (group, split) in self.splits_of(path).iter().enumerate() {
            let begin = series.values.len();
            series.values.extend_from_slice(self.result(results, *split, group));
            series.segments.push(PathSegment { group, split: *split, range: begin..series.values.len() });
        }
        series
    }

    /// What `split`, which tests `group`, has for it.
    fn result<'r, T>(&self, results: &'r [Vec<Vec<T>>], split: usize, group: usize) -> &'r [T] {
        let slot = self.test_groups(split).partition_point(|tested| *tested < group);
        &results[split][slot]
    }
}

impl<T> PathSeries<T> {
    /// Positions of the values before which the model changes, and a book must be flat.
    pub fn seams(&self) -> Vec<usize> {
        self.segments.iter().skip(1).map(|segment| segment.range.start).collect()
    }
}

/// C(n, k), `None` when it does not fit.
fn choose(n: usize, k: usize) -> Option<usize> {
    (0..k.min(n - k)).try_fold(1_usize, |product, i| Some(product.checked_mul(n - i)? / (i + 1)))
}
