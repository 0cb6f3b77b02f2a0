//! A borrowed table of numbers.

/// Column-major view of `rows x width` numbers. NaN means missing and is allowed only where a learner says so.
#[derive(Debug, Clone)]
pub struct Matrix<'a> {
    columns: Vec<&'a [f64]>,
    rows: usize,
}

/// The pieces do not form a table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MatrixError {
    /// Columns differ in length.
    #[error("column {column} has {got} rows where column 0 has {expected}")]
    Ragged {
        /// Zero-based column.
        column: usize,
        /// Rows of column 0.
        expected: usize,
        /// Rows of this column.
        got: usize,
    },
    /// A flat slice cannot be cut into columns of the stated length.
    #[error("{values} values do not divide into columns of {rows} rows")]
    NotRectangular {
        /// Length of the slice.
        values: usize,
        /// Rows asked for.
        rows: usize,
    },
    /// There is no column, so the number of rows is unknown.
    #[error("a matrix needs at least one column")]
    NoColumns,
}

impl<'a> Matrix<'a> {
    /// A view of `columns`, all of one length.
    ///
    /// # Errors
    /// [`MatrixError::NoColumns`] and [`MatrixError::Ragged`].
    pub fn from_columns<C: AsRef<[f64]>>(columns: &'a [C]) -> Result<Self, MatrixError> {
        let columns: Vec<&[f64]> = columns.iter().map(AsRef::as_ref).collect();
        let rows = columns.first().ok_or(MatrixError::NoColumns)?.len();
        match columns.iter().position(|column| column.len() != rows) {
            Some(column) => Err(MatrixError::Ragged { column, expected: rows, got: columns[column].len() }),
            None => Ok(Self { columns, rows }),
        }
    }

    /// A view of columns that were made of one length, at least one of them.
    pub(crate) fn of_equal_columns(columns: &'a [Vec<f64>]) -> Self {
        Self { rows: columns[0].len(), columns: columns.iter().map(Vec::as_slice).collect() }
    }

    /// A view of `values` laid out column after column, each `rows` long.
    ///
    /// # Errors
    /// [`MatrixError::NotRectangular`] and [`MatrixError::NoColumns`].
    pub fn from_column_major(values: &'a [f64], rows: usize) -> Result<Self, MatrixError> {
        if rows == 0 || !values.len().is_multiple_of(rows) {
            return Err(MatrixError::NotRectangular { values: values.len(), rows });
        }
        if values.is_empty() {
            return Err(MatrixError::NoColumns);
        }
        Ok(Self { columns: values.chunks_exact(rows).collect(), rows })
    }

    /// Number of rows.
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub const fn width(&self) -> usize {
        self.columns.len()
    }

    /// Column `j`.
    ///
    /// # Panics
    /// If there is no such column.
    pub fn column(&self, j: usize) -> &'a [f64] {
        self.columns[j]
    }

    /// The first cell (column, row) for which `bad` holds, searched column by column.
    pub(crate) fn find(&self, bad: impl Fn(f64) -> bool) -> Option<(usize, usize)> {
        self.columns
            .iter()
            .enumerate()
            .find_map(|(j, column)| column.iter().position(|v| bad(*v)).map(|row| (j, row)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ragged_and_empty_tables_are_refused() {
        let ragged = [vec![1.0, 2.0], vec![3.0]];
        assert_eq!(
            Matrix::from_columns(&ragged).unwrap_err(),
            MatrixError::Ragged { column: 1, expected: 2, got: 1 }
        );
        assert_eq!(Matrix::from_columns::<Vec<f64>>(&[]).unwrap_err(), MatrixError::NoColumns);
        assert!(Matrix::from_column_major(&[1.0, 2.0, 3.0], 2).is_err());
        let flat = Matrix::from_column_major(&[1.0, 2.0, 3.0, 4.0], 2).unwrap();
        assert_eq!((flat.rows(), flat.width(), flat.column(1)), (2, 2, [3.0, 4.0].as_slice()));
    }
}
