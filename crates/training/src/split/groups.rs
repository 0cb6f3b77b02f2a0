//! Rows cut into consecutive groups of whole sessions, and the folds that test some of the groups.

use std::ops::Range;

use proofmark_units::DateSpan;

use super::fold::{Candidates, PartRules, TestSegment, Tested};
use super::purge::Segment;
use super::{Fold, SplitError, bad};
use crate::Dataset;

/// Most groups: one bit each in the mask of a row.
pub(super) const MOST_GROUPS: usize = 128;

/// Consecutive groups. Which groups a row must not train beside does not depend on what else is tested, so it is worked
/// out once; a fold then costs one comparison a row.
pub(super) struct Groups<'a> {
    ds: &'a Dataset,
    rows: Vec<u32>,
    /// Positions in `rows` where the groups begin, and the end.
    edges: Vec<usize>,
    /// Segments of each group, with their positions in `rows`.
    segments: Vec<Vec<(Segment, Range<usize>)>>,
    /// Bit `g` of a row is set if it must not train while group `g` is tested; all bits where it has no label.
    clashes: Vec<u128>,
    rules: PartRules,
}

impl<'a> Groups<'a> {
    /// Cuts `rows`, ascending, into `groups` with equal numbers of sessions: group `g` of `n` begins at session
    /// `g * sessions / n`, rounded down.
    ///
    /// - `name`: of the setting that holds `groups`, for the error.
    /// - `seams`: sessions, ascending, before which a group falls into two segments.
    pub(super) fn cut(
        ds: &'a Dataset,
        rows: Vec<u32>,
        (name, groups): (&'static str, usize),
        seams: &[u32],
        rules: PartRules,
    ) -> Result<Self, SplitError> {
        rules.check()?;
        if !(2..=MOST_GROUPS).contains(&groups) {
            return bad(name, groups, "2 to 128");
        }
        let begins: Vec<usize> =
            (0..rows.len()).filter(|p| *p == 0 || ds.session(rows[*p]) != ds.session(rows[*p - 1])).collect();
        let sessions = begins.len();
        if sessions < groups {
            return Err(SplitError::TooFewSessions { sessions, groups });
        }
        let edges: Vec<usize> =
            (0..=groups).map(|g| begins.get(g * sessions / groups).copied().unwrap_or(rows.len())).collect();
        let segments: Vec<Vec<(Segment, Range<usize>)>> = edges
            .windows(2)
            .map(|edge| {
                pieces(ds, &rows, edge[0]..edge[1], seams)
                    .into_iter()
                    .filter_map(|piece| Some((Segment::of(ds, &rows[piece.clone()])?, piece)))
                    .collect()
            })
            .collect();
        let clash_mask = |row: &u32| {
            if !ds.is_labelled(*row as usize) {
                return u128::MAX;
            }
            let clashes = |group: &Vec<(Segment, Range<usize>)>| {
                group.iter().any(|(segment, _)| segment.clash(ds, *row, rules.embargo_sessions).is_some())
            };
            segments
                .iter()
                .enumerate()
                .filter(|(_, group)| clashes(group))
                .fold(0, |mask, (g, _)| mask | 1 << g)
        };
        let clashes = rows.iter().map(clash_mask).collect();
        Ok(Self { ds, rows, edges, segments, clashes, rules })
    }

    /// Rows of group `g`.
    pub(super) fn rows_of(&self, g: usize) -> &[u32] {
        &self.rows[self.edges[g]..self.edges[g + 1]]
    }

    /// The fold that tests the groups `tested`, ascending, and trains on the other groups of `among`.
    pub(super) fn fold(
        &self,
        index: usize,
        tested: &[usize],
        among: Range<usize>,
    ) -> Result<Fold, SplitError> {
        let mask = tested.iter().fold(0_u128, |mask, g| mask | 1 << g);
        let mut candidates = Candidates::default();
        candidates.kept.reserve(self.edges[among.end] - self.edges[among.start]);
        for g in among.filter(|g| !tested.contains(g)) {
            let range = self.edges[g]..self.edges[g + 1];
            for (row, clashes) in self.rows[range.clone()].iter().zip(&self.clashes[range]) {
                if clashes & mask == 0 {
                    candidates.kept.push(*row);
                } else {
                    self.leave_out(*row, tested, &mut candidates);
                }
            }
        }
        Fold::assemble(self.ds, self.tested(index, tested), candidates, self.rules)
    }

    /// Counts a row that was left out, before the test block first.
    fn leave_out(&self, row: u32, tested: &[usize], candidates: &mut Candidates) {
        let segments = || tested.iter().flat_map(|g| &self.segments[*g]).map(|(segment, _)| segment);
        let clashes = || segments().filter_map(|s| s.clash(self.ds, row, self.rules.embargo_sessions));
        match clashes().min_by_key(|clash| *clash as u8).filter(|_| self.ds.is_labelled(row as usize)) {
            Some(clash) => candidates.leave_out(row, clash),
            None => candidates.purged.unlabelled += 1,
        }
    }

    fn tested(&self, index: usize, tested: &[usize]) -> Tested {
        let mut rows = Vec::with_capacity(tested.iter().map(|g| self.rows_of(*g).len()).sum());
        let mut segments = Vec::with_capacity(tested.len());
        for (segment, range) in tested.iter().flat_map(|g| &self.segments[*g]) {
            let begin = rows.len();
            rows.extend_from_slice(&self.rows[range.clone()]);
            segments.push(TestSegment { span: self.span(segment), rows: begin..rows.len() });
        }
        let at = |segment: Option<&TestSegment>| segment.map(|s| s.span).expect("a group has a segment");
        let span = DateSpan { start: at(segments.first()).start, end: at(segments.last()).end };
        Tested { index, span, segments, rows }
    }

    fn span(&self, segment: &Segment) -> DateSpan {
        let dates = self.ds.dates();
        DateSpan { start: dates[segment.first as usize], end: dates[segment.last as usize] }
    }
}

/// `range` cut wherever a seam lies between two of its rows.
fn pieces(ds: &Dataset, rows: &[u32], range: Range<usize>, seams: &[u32]) -> Vec<Range<usize>> {
    let before = |position: usize| seams.partition_point(|seam| *seam <= ds.session(rows[position]));
    let mut pieces = Vec::new();
    let mut begin = range.start;
    for position in range.start + 1..range.end {
        if before(position) != before(position - 1) {
            pieces.push(begin..position);
            begin = position;
        }
    }
    pieces.push(begin..range.end);
    pieces
}
