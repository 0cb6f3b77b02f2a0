//! What own orders took of the levels that a book still shows.

/// Units taken by tick. The stream does not know of own orders: it goes on showing what they took, which must not be taken twice.
/// What an order could not pay for counts too: the order came for it. They count as taken until the level is gone or has shrunk below them; what joins the level is fresh.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// Few: own orders that took, at levels that still stand.
    levels: Vec<(i64, f64)>,
}

impl Taken {
    pub(super) const fn is_empty(&self) -> bool {
        self.levels.is_empty()
    }

    /// What is left of a level that shows `size`.
    pub(super) fn left(&self, tick: i64, size: f64) -> f64 {
        let taken = self.levels.iter().find(|(at, _)| *at == tick).map_or(0.0, |(_, taken)| *taken);
        (size - taken).max(0.0)
    }

    pub(super) fn take(&mut self, tick: i64, units: f64) {
        match self.levels.iter_mut().find(|(at, _)| *at == tick) {
            Some((_, taken)) => *taken += units,
            None => self.levels.push((tick, units)),
        }
    }

    /// A level shows `size` now.
    pub(super) fn resize(&mut self, tick: i64, size: f64) {
        self.resize_all(|at| (at == tick).then_some(size));
    }

    /// Levels show what `size` says of them.
    pub(super) fn resize_all(&mut self, size: impl Fn(i64) -> Option<f64>) {
        self.levels.retain_mut(|(tick, taken)| {
            if let Some(size) = size(*tick) {
                *taken = taken.min(size);
            }
            *taken > 0.0
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_taken_is_not_there_a_second_time() {
        let mut taken = Taken::default();
        taken.take(100, 3.0);
        taken.take(100, 1.0);
        assert_eq!((taken.left(100, 10.0), taken.left(101, 10.0)), (6.0, 10.0));
        // Others leave: what is left of them may all be what was taken.
        taken.resize(100, 5.0);
        assert_eq!(taken.left(100, 5.0), 1.0);
        taken.resize(100, 2.0);
        assert_eq!(taken.left(100, 2.0), 0.0);
        // What joins is fresh.
        taken.resize(100, 7.0);
        assert_eq!(taken.left(100, 7.0), 5.0);
        taken.resize(100, 0.0);
        assert!(taken.is_empty());
    }
}
