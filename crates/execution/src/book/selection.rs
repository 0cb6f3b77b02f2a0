//! Which names a decision holds.

use super::Selection;

/// A name that could be held.
#[derive(Debug, Clone, Copy)]
pub(super) struct Candidate {
    pub(super) s: usize,
    pub(super) score: f64,
    pub(super) held: bool,
}

/// Leaves in `candidates` the names to hold, by ascending column.
///
/// Rank = number of strictly better scores, so ties never depend on the order of the columns.
pub(super) fn select(selection: &Selection, candidates: &mut Vec<Candidate>) {
    let Selection::TopFraction { fraction, hysteresis } = selection else { return };
    let count = |share: f64| (share * candidates.len() as f64 - 1e-9).ceil() as usize;
    let (top, keep) = (count(*fraction), count(hysteresis.unwrap_or(0.0)));
    candidates.sort_by(|a, b| b.score.total_cmp(&a.score).then(a.s.cmp(&b.s)));
    // First the holdings whose rank still lies inside the hysteresis share, then the best of the rest.
    let mut chosen = vec![false; candidates.len()];
    let (mut rank, mut kept) = (0, 0);
    for (i, c) in candidates.iter().enumerate() {
        if i > 0 && c.score < candidates[i - 1].score {
            rank = i;
        }
        if c.held && c.score > 0.0 && rank < keep {
            chosen[i] = true;
            kept += 1;
        }
    }
    let mut free = top.saturating_sub(kept);
    let mut last = f64::NAN;
    for (i, c) in candidates.iter().enumerate() {
        if chosen[i] || c.score <= 0.0 {
            continue;
        }
        if free > 0 {
            free -= 1;
            last = c.score;
        } else if c.score != last {
            break;
        }
        chosen[i] = true;
    }
    let mut i = 0;
    candidates.retain(|_| {
        i += 1;
        chosen[i - 1]
    });
    candidates.sort_by_key(|c| c.s);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(selection: &Selection, scores: &[f64], held: &[usize]) -> Vec<usize> {
        let mut list: Vec<Candidate> = scores
            .iter()
            .enumerate()
            .map(|(s, score)| Candidate { s, score: *score, held: held.contains(&s) })
            .collect();
        select(selection, &mut list);
        list.iter().map(|c| c.s).collect()
    }

    #[test]
    fn hand_checked_selections() {
        let top = |fraction, hysteresis| Selection::TopFraction { fraction, hysteresis };
        let scores = [0.1, 0.9, 0.5, 0.7, 0.3];
        assert_eq!(chosen(&top(0.4, None), &scores, &[]), [1, 3]);
        assert_eq!(chosen(&top(0.4, None), &scores, &[2]), [1, 3]);
        // 2 ranks third of five: kept while within the best 60 %, and then one slot is left for the best.
        assert_eq!(chosen(&top(0.4, Some(0.6)), &scores, &[2]), [1, 2]);
        assert_eq!(chosen(&top(0.4, Some(0.6)), &scores, &[4]), [1, 3]);
        assert_eq!(chosen(&top(0.01, None), &scores, &[]), [1]);
        assert_eq!(chosen(&Selection::AllNames, &scores, &[]), [0, 1, 2, 3, 4]);
    }

    #[test]
    fn ties_are_held_together_and_no_positive_score_means_nothing() {
        let top = Selection::TopFraction { fraction: 0.2, hysteresis: Some(0.4) };
        assert_eq!(chosen(&top, &[1.0, 0.0, 1.0, 0.0, 1.0], &[]), [0, 2, 4]);
        assert!(chosen(&top, &[0.0; 5], &[1]).is_empty());
        assert!(chosen(&top, &[-1.0, -2.0], &[0]).is_empty());
        assert!(chosen(&top, &[], &[]).is_empty());
    }
}
