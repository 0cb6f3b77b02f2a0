//! One side of a ladder: an array around its best level, a sorted map beyond it.

use std::collections::BTreeMap;

/// Ticks that the array spans. Where a market has more levels than these, the ones far away change rarely.
const SPAN: usize = 16_384;
const WORDS: usize = SPAN / 64;
const GROUPS: usize = WORDS / 64;
/// Ticks left free in front of the best level when the array moves, and the part of it that the best level may cross before it
/// moves again: a move costs the number of levels, and happens once in thousands of ticks.
const FRONT: i64 = (SPAN / 4) as i64;
const BACK: i64 = (3 * SPAN / 4) as i64;
/// No level.
const NONE: i64 = i64::MAX;

/// The levels of one side by key, the best one having the smallest: the tick itself where the lowest price is best, its
/// negative where the highest is.
///
/// Invariant: no level lies before the array, and the best one lies in it.
#[derive(Debug, Clone)]
pub(super) struct Levels {
    /// Key of the first slot.
    base: i64,
    /// Key of the best level, or [`NONE`].
    best: i64,
    /// Sizes by slot, 0 where there is no level.
    sizes: Box<[f64]>,
    /// A bit for each slot that is a level.
    occupied: [u64; WORDS],
    /// A bit for each word above that is not 0.
    groups: [u64; GROUPS],
    /// Levels behind the array.
    far: BTreeMap<i64, f64>,
}

impl Levels {
    pub(super) fn new() -> Self {
        Self {
            base: 0,
            best: NONE,
            sizes: vec![0.0; SPAN].into_boxed_slice(),
            occupied: [0; WORDS],
            groups: [0; GROUPS],
            far: BTreeMap::new(),
        }
    }

    /// Key of the best level.
    pub(super) fn best(&self) -> Option<i64> {
        (self.best != NONE).then_some(self.best)
    }

    /// What waits at a key; 0 where nothing does.
    pub(super) fn size_at(&self, key: i64) -> f64 {
        match self.slot(key) {
            Some(slot) => self.sizes[slot],
            None => self.far.get(&key).copied().unwrap_or(0.0),
        }
    }

    /// Puts `size` at a key; what is not above 0 removes the level. Returns what was there.
    #[inline]
    pub(super) fn set(&mut self, key: i64, size: f64) -> f64 {
        let Some(slot) = self.slot(key) else { return self.set_outside(key, size) };
        if size > 0.0 {
            let old = std::mem::replace(&mut self.sizes[slot], size);
            if old == 0.0 {
                self.occupy(slot);
                self.best = self.best.min(key);
            }
            return old;
        }
        let old = std::mem::take(&mut self.sizes[slot]);
        if old != 0.0 {
            self.vacate(slot);
            if key == self.best {
                self.find_best(slot);
            }
        }
        old
    }

    /// Removes every level.
    pub(super) fn clear(&mut self) {
        self.take_array();
        self.far.clear();
        self.best = NONE;
    }

    /// Keys and sizes, best first.
    pub(super) fn ascending(&self) -> impl Iterator<Item = (i64, f64)> {
        let slots = std::iter::successors(self.next(0), |slot| self.next(slot + 1));
        let near = slots.map(|slot| (self.base + slot as i64, self.sizes[slot]));
        near.chain(self.far.iter().map(|(key, size)| (*key, *size)))
    }

    /// Number of levels.
    pub(super) fn len(&self) -> usize {
        let near: u32 = self.occupied.iter().map(|word| word.count_ones()).sum();
        near as usize + self.far.len()
    }

    #[inline]
    fn slot(&self, key: i64) -> Option<usize> {
        let slot = key.wrapping_sub(self.base) as u64;
        (slot < SPAN as u64).then_some(slot as usize)
    }

    #[inline]
    fn occupy(&mut self, slot: usize) {
        self.occupied[slot / 64] |= 1 << (slot % 64);
        self.groups[slot / 4096] |= 1 << (slot / 64 % 64);
    }

    #[inline]
    fn vacate(&mut self, slot: usize) {
        let word = &mut self.occupied[slot / 64];
        *word &= !(1 << (slot % 64));
        if *word == 0 {
            self.groups[slot / 4096] &= !(1 << (slot / 64 % 64));
        }
    }

    /// The first level at or behind a slot of the array.
    #[inline]
    fn next(&self, slot: usize) -> Option<usize> {
        let (word, bit) = (slot / 64, slot % 64);
        let here = self.occupied.get(word)? & (u64::MAX << bit);
        if here != 0 {
            return Some(word * 64 + here.trailing_zeros() as usize);
        }
        let (first, bit) = ((word + 1) / 64, (word + 1) % 64);
        for group in first..GROUPS {
            let mask = if group == first { u64::MAX << bit } else { u64::MAX };
            let words = self.groups[group] & mask;
            if words != 0 {
                let word = group * 64 + words.trailing_zeros() as usize;
                return Some(word * 64 + self.occupied[word].trailing_zeros() as usize);
            }
        }
        None
    }

    /// The best level went from a slot: the next one behind it is the best now.
    fn find_best(&mut self, slot: usize) {
        let near = self.next(slot).map(|slot| self.base + slot as i64);
        match near.or_else(|| self.far.first_key_value().map(|(key, _)| *key)) {
            Some(best) => {
                self.best = best;
                if best - self.base >= BACK {
                    self.move_to(best);
                }
            }
            None => self.best = NONE,
        }
    }

    #[cold]
    fn set_outside(&mut self, key: i64, size: f64) -> f64 {
        let removes = size.is_nan() || size <= 0.0;
        // An empty side has no place yet.
        if !removes && (key < self.base || self.best == NONE) {
            self.move_to(key);
            return self.set(key, size);
        }
        let old = if removes { self.far.remove(&key) } else { self.far.insert(key, size) };
        old.unwrap_or(0.0)
    }

    /// Moves the array so that `best` has [`FRONT`] ticks before it.
    fn move_to(&mut self, best: i64) {
        let near = self.take_array();
        self.base = best - FRONT;
        for (key, size) in near {
            self.place(key, size);
        }
        while let Some(first) = self.far.first_entry()
            && *first.key() < self.base + SPAN as i64
        {
            let (key, size) = first.remove_entry();
            self.place(key, size);
        }
    }

    fn place(&mut self, key: i64, size: f64) {
        if let Some(slot) = self.slot(key) {
            self.sizes[slot] = size;
            self.occupy(slot);
        } else {
            self.far.insert(key, size);
        }
    }

    /// Empties the array.
    fn take_array(&mut self) -> Vec<(i64, f64)> {
        let mut taken = Vec::new();
        let mut from = 0;
        while let Some(slot) = self.next(from) {
            taken.push((self.base + slot as i64, std::mem::take(&mut self.sizes[slot])));
            self.vacate(slot);
            from = slot + 1;
        }
        taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(levels: &Levels) -> Vec<i64> {
        levels.ascending().map(|(key, _)| key).collect()
    }

    #[test]
    fn the_next_level_is_found_in_the_same_word_in_another_and_behind_the_array() {
        let mut levels = Levels::new();
        for key in [0, 1, 70, 5_000, 1_000_000] {
            assert_eq!(levels.set(key, 2.0), 0.0);
        }
        assert_eq!(keys(&levels), [0, 1, 70, 5_000, 1_000_000]);
        for (gone, best) in [(0, Some(1)), (1, Some(70)), (70, Some(5_000)), (5_000, Some(1_000_000))] {
            assert_eq!((levels.set(gone, 0.0), levels.best()), (2.0, best), "{gone}");
        }
        assert_eq!((levels.size_at(1_000_000), levels.size_at(999_999), levels.len()), (2.0, 0.0, 1));
        assert_eq!((levels.set(1_000_000, f64::NAN), levels.best()), (2.0, None));
    }

    #[test]
    fn the_array_follows_the_best_level_both_ways() {
        let mut levels = Levels::new();
        for key in 0..50 {
            levels.set(key * 1_000, f64::from(key as i32) + 1.0);
        }
        levels.set(-100_000, 7.0);
        assert_eq!((levels.best(), levels.len(), levels.size_at(49_000)), (Some(-100_000), 51, 50.0));
        levels.set(-100_000, 0.0);
        for key in 0..50 {
            assert_eq!(levels.best(), Some(key * 1_000));
            assert_eq!(levels.set(key * 1_000, 0.0), f64::from(key as i32) + 1.0);
        }
        assert_eq!((levels.best(), levels.len()), (None, 0));
        levels.set(3, 1.0);
        levels.clear();
        assert_eq!((keys(&levels), levels.size_at(3)), (vec![], 0.0));
    }
}
