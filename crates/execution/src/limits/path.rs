//! The way from a proposal back to what is kept, and from there to zero.

/// Current and target weights of all names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Book<'a> {
    pub(super) current: &'a [f64],
    pub(super) target: &'a [f64],
}

/// The reduction in a move: the weight nearest to `target` that adds no risk to `current`. Zero where the
/// sign flips.
pub(super) fn kept(current: f64, target: f64) -> f64 {
    if current * target > 0.0 { current.abs().min(target.abs()).copysign(target) } else { 0.0 }
}

impl Book<'_> {
    /// `|weight|` that the move adds to a name beyond what is kept.
    pub(super) fn addition(&self, i: usize) -> f64 {
        self.target[i].abs() - kept(self.current[i], self.target[i]).abs()
    }

    /// `|weight|` that the move takes off a name.
    pub(super) fn reduction(&self, i: usize) -> f64 {
        self.current[i].abs() - kept(self.current[i], self.target[i]).abs()
    }
}

/// A point of the way: 1 = `target`, 0 = `kept`, -1 = nothing.
fn point(kept: f64, target: f64, u: f64) -> f64 {
    let x = if u >= 1.0 {
        return target;
    } else if u > 0.0 {
        kept + u * (target - kept)
    } else if u == 0.0 {
        return kept;
    } else {
        return if u <= -1.0 { 0.0 } else { (1.0 + u) * kept };
    };
    // Rounding may step outside by one unit in the last place.
    x.abs().clamp(kept.abs(), target.abs()).copysign(target)
}

/// Moves the names in `scope` along their ways, all to the same point, the farthest out at which `holds`.
///
/// Additions shrink first; only when none is left does what is kept shrink too. `holds` must be true of an
/// empty scope; where it is monotone along the way (every measure that is convex, and zero for an empty book)
/// no farther point holds. The point found is one at which `holds` was evaluated as true, so no rounding can
/// undo it.
pub(super) fn cut(book: Book<'_>, scope: &[bool], holds: impl Fn(Book<'_>) -> bool) -> Vec<f64> {
    let at = |u: f64| -> Vec<f64> {
        let move_one = |i: usize| {
            let target = book.target[i];
            if scope[i] { point(kept(book.current[i], target), target, u) } else { target }
        };
        (0..book.target.len()).map(move_one).collect()
    };
    let holds_at = |target: &[f64]| holds(Book { current: book.current, target });
    let nothing_added = at(0.0);
    let (mut inside, mut outside, mut best) =
        if holds_at(&nothing_added) { (0.0, 1.0, nothing_added) } else { (-1.0, 0.0, at(-1.0)) };
    loop {
        let middle = 0.5 * (inside + outside);
        // Below this the way is resolved finer than the weights are.
        if middle <= inside || middle >= outside || outside - inside < 1e-16 {
            return best;
        }
        let target = at(middle);
        if holds_at(&target) {
            (inside, best) = (middle, target);
        } else {
            outside = middle;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_move_splits_into_what_is_kept_and_what_is_added() {
        for (current, target, keeps) in [
            (0.0, 0.5, 0.0),
            (0.2, 0.5, 0.2),
            (0.5, 0.2, 0.2),
            (-0.5, -0.2, -0.2),
            (0.5, -0.2, 0.0),
            (0.5, 0.0, 0.0),
        ] {
            assert_eq!(kept(current, target), keeps, "{current} -> {target}");
        }
        let book = Book { current: &[0.5], target: &[-0.2] };
        assert_eq!((book.reduction(0), book.addition(0)), (0.5, 0.2));
    }

    #[test]
    fn the_cut_just_meets_the_limit() {
        let current = [0.2, 0.0];
        let target = [0.6, 0.4];
        let gross = |b: Book<'_>| b.target.iter().map(|w| w.abs()).sum::<f64>();
        // Kept 0.2, added 0.8: half of the additions fits under 0.6.
        let got = cut(Book { current: &current, target: &target }, &[true, true], |b| gross(b) <= 0.6);
        assert!((got[0] - 0.4).abs() < 1e-15 && (got[1] - 0.2).abs() < 1e-15, "{got:?}");
        // No larger factor would do: one part in 10^12 more breaks it.
        let more: Vec<f64> = (0..2).map(|i| got[i] + 1e-12 * (target[i] - current[i])).collect();
        assert!(gross(Book { current: &current, target: &more }) > 0.6);
        // Below what is kept, the kept book shrinks.
        let got = cut(Book { current: &current, target: &target }, &[true, true], |b| gross(b) <= 0.1);
        assert!((got[0] - 0.1).abs() < 1e-15 && got[1] == 0.0, "{got:?}");
    }
}
