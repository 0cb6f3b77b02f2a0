//! Rows that hold only what is not zero.

/// A matrix by rows: column and value of what is not zero.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseRows {
    width: usize,
    /// Where each row ends in `columns` and `values`.
    ends: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
}

/// A row does not fit the matrix.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum SparseRowsError {
    /// A column lies outside, or columns do not ascend.
    #[error("column {column} of row {row} is out of place in {width} ascending columns")]
    Column {
        /// Zero-based row.
        row: usize,
        /// The column.
        column: u32,
        /// Columns of the matrix.
        width: usize,
    },
    /// A value is not finite.
    #[error("value {value} in row {row} of column {column} is not a number")]
    Value {
        /// Zero-based row.
        row: usize,
        /// The column.
        column: u32,
        /// The value.
        value: f64,
    },
}

impl SparseRows {
    /// No rows yet, `width` columns.
    pub const fn new(width: usize) -> Self {
        Self { width, ends: Vec::new(), columns: Vec::new(), values: Vec::new() }
    }

    /// Adds a row of ascending columns with finite values.
    ///
    /// # Errors
    /// [`SparseRowsError`]; the row is not added then.
    pub fn push(&mut self, row: &[(u32, f64)]) -> Result<(), SparseRowsError> {
        let index = self.rows();
        let mut next = 0;
        for &(column, value) in row {
            if column < next || column as usize >= self.width {
                return Err(SparseRowsError::Column { row: index, column, width: self.width });
            }
            if !value.is_finite() {
                return Err(SparseRowsError::Value { row: index, column, value });
            }
            next = column + 1;
        }
        self.columns.extend(row.iter().map(|(column, _)| *column));
        self.values.extend(row.iter().map(|(_, value)| *value));
        self.ends.push(self.columns.len());
        Ok(())
    }

    /// Number of rows.
    pub const fn rows(&self) -> usize {
        self.ends.len()
    }

    /// Number of columns.
    pub const fn width(&self) -> usize {
        self.width
    }

    pub(super) fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let begin = row.checked_sub(1).map_or(0, |before| self.ends[before]);
        let range = begin..self.ends[row];
        self.columns[range.clone()]
            .iter()
            .map(|column| *column as usize)
            .zip(self.values[range].iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_come_back_and_bad_ones_are_refused_whole() {
        let mut x = SparseRows::new(3);
        x.push(&[(0, 1.0), (2, 3.0)]).unwrap();
        x.push(&[]).unwrap();
        assert!(x.push(&[(0, 1.0), (3, 1.0)]).is_err());
        assert!(x.push(&[(1, 1.0), (1, 1.0)]).is_err());
        assert!(x.push(&[(1, f64::NAN)]).is_err());
        x.push(&[(1, 2.0)]).unwrap();
        let all: Vec<Vec<(usize, f64)>> = (0..x.rows()).map(|r| x.row(r).collect()).collect();
        assert_eq!(all, [vec![(0, 1.0), (2, 3.0)], vec![], vec![(1, 2.0)]]);
    }
}
