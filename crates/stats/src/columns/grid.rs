//! The values of one feature, and where there could be one.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::rank::{GridShapeError, check_grids};

/// Values on a time-major grid, NaN where there is none, and the cells in which there could be one: those of names that were
/// there. A name that is not listed misses nothing.
#[derive(Debug, Clone, Copy)]
pub struct Grid<'a> {
    /// The values.
    pub values: &'a [f64],
    /// Whether there could be one, a cell each.
    pub there: &'a [bool],
    /// Names a row.
    pub width: usize,
}

/// How much of a feature there is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Coverage {
    /// Share of the cells with a value by group of rows, such as a year, ascending; groups without a cell are left out.
    pub by_period: Vec<(i32, f64)>,
    /// The same by name, in the order of the grid; `None` for a name that was never there.
    pub by_name: Vec<Option<f64>>,
}

impl<'a> Grid<'a> {
    /// # Errors
    /// Not whole rows, or not one cell a value.
    pub fn check(&self) -> Result<(), GridShapeError> {
        check_grids(self.values.len(), self.there.len(), self.width)
    }

    /// The first `rows` and the rest.
    pub fn split_at(&self, rows: usize) -> [Grid<'a>; 2] {
        let cells = (rows * self.width).min(self.values.len());
        let (earlier, later) = self.values.split_at(cells);
        let (was, is) = self.there.split_at(cells);
        let part = |values, there| Grid { values, there, width: self.width };
        [part(earlier, was), part(later, is)]
    }

    /// The values of cells in which there could be one, NaN where there is none.
    pub fn expected(&self) -> impl Iterator<Item = f64> + '_ {
        self.values.iter().zip(self.there).filter(|(_, there)| **there).map(|(value, _)| *value)
    }

    /// How much there is, by the `periods` of the rows and by name.
    ///
    /// # Errors
    /// As [`Grid::check`]; not one period a row.
    pub fn coverage(&self, periods: &[i32]) -> Result<Coverage, GridShapeError> {
        self.check()?;
        check_grids(self.values.len(), periods.len() * self.width, self.width)?;
        let mut by_period: BTreeMap<i32, [usize; 2]> = BTreeMap::new();
        let mut by_name = vec![[0, 0]; self.width];
        for (cell, (value, there)) in self.values.iter().zip(self.there).enumerate() {
            if *there {
                let known = usize::from(value.is_finite());
                let period = by_period.entry(periods[cell / self.width]).or_default();
                for count in [period, &mut by_name[cell % self.width]] {
                    *count = [count[0] + known, count[1] + 1];
                }
            }
        }
        let share = |[known, all]: [usize; 2]| (all > 0).then(|| known as f64 / all as f64);
        Ok(Coverage {
            by_period: by_period
                .into_iter()
                .filter_map(|(period, own)| Some((period, share(own)?)))
                .collect(),
            by_name: by_name.into_iter().map(share).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_not_be_there_is_not_missing() {
        let nan = f64::NAN;
        // Three rows of two names; the second name is listed in the second row.
        let values = [1.0, nan, nan, 2.0, 3.0, 4.0];
        let there = [true, false, true, true, true, true];
        let grid = Grid { values: &values, there: &there, width: 2 };
        let coverage = grid.coverage(&[2020, 2020, 2021]).unwrap();
        assert_eq!(coverage.by_period, [(2020, 2.0 / 3.0), (2021, 1.0)]);
        assert_eq!(coverage.by_name, [Some(2.0 / 3.0), Some(1.0)]);
        assert_eq!(grid.expected().filter(|v| v.is_nan()).count(), 1);
        let [earlier, later] = grid.split_at(1);
        assert_eq!((earlier.values.len(), later.there), (2, &there[2..]));
        assert!(grid.coverage(&[2020]).is_err() && Grid { there: &there[..4], ..grid }.check().is_err());
        let never = Grid { values: &[nan; 2], there: &[false; 2], width: 2 };
        assert_eq!(never.coverage(&[2020]).unwrap(), Coverage { by_period: vec![], by_name: vec![None; 2] });
    }
}
