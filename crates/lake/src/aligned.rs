//! An aligned view as plain files: a long Parquet table, and a dense tensor with its mask in NumPy's format.

use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, RecordBatch, StringArray, UInt8Array};
use parquet::errors::ParquetError;
use proofmark_market::align::{AlignedView, Mark};

use crate::encode::parquet_bytes;
use crate::table::days;

/// Sessions a batch of the long table.
const SESSIONS_AT_ONCE: usize = 256;

/// The long table, zstd: `session, symbol, field, value, mark`, one row a cell that has a value, ascending by session, then
/// in the order of the view's names and columns. The same view gives the same bytes.
///
/// # Errors
/// The encoder's, which a view does not meet.
pub fn long_parquet(view: &AlignedView) -> Result<Vec<u8>, ParquetError> {
    let batch = |first: usize| {
        let sessions = first..view.sessions.len().min(first + SESSIONS_AT_ONCE);
        let cells: Vec<(usize, usize, usize)> = sessions
            .flat_map(|t| (0..view.symbols.len()).map(move |s| (t, s)))
            .flat_map(|(t, s)| (0..view.columns.len()).map(move |c| (t, s, c)))
            .filter(|(t, s, c)| !view.values[view.cell(*t, *s, *c)].is_nan())
            .collect();
        let cell = |(t, s, c): &(usize, usize, usize)| view.cell(*t, *s, *c);
        let columns: [(&str, ArrayRef); 5] = [
            ("session", days(cells.iter().map(|(t, _, _)| view.sessions[*t]))),
            (
                "symbol",
                Arc::new(StringArray::from_iter_values(
                    cells.iter().map(|(_, s, _)| view.symbols[*s].as_str()),
                )),
            ),
            (
                "field",
                Arc::new(StringArray::from_iter_values(
                    cells.iter().map(|(_, _, c)| view.columns[*c].as_str()),
                )),
            ),
            ("value", Arc::new(Float64Array::from_iter_values(cells.iter().map(|at| view.values[cell(at)])))),
            (
                "mark",
                Arc::new(UInt8Array::from_iter_values(cells.iter().map(|at| view.marks[cell(at)] as u8))),
            ),
        ];
        Ok(RecordBatch::try_from_iter_with_nullable(columns.map(|(name, column)| (name, column, false)))?)
    };
    let batches: Result<Vec<RecordBatch>, ParquetError> =
        (0..view.sessions.len().max(1)).step_by(SESSIONS_AT_ONCE).map(batch).collect();
    parquet_bytes(&batches?)
}

/// The values as `.npy`, version 1.0: little-endian doubles in C order, of the view's shape; NaN where there is none.
pub fn values_npy(view: &AlignedView) -> Vec<u8> {
    let mut bytes = npy_header("<f8", view.shape());
    bytes.extend(view.values.iter().flat_map(|value| value.to_le_bytes()));
    bytes
}

/// The marks as `.npy`, version 1.0: bytes in C order, of the view's shape; see [`Mark`].
pub fn marks_npy(view: &AlignedView) -> Vec<u8> {
    let mut bytes = npy_header("|u1", view.shape());
    bytes.extend(view.marks.iter().map(|mark: &Mark| *mark as u8));
    bytes
}

/// The header of <https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html>, version 1.0: magic, version,
/// length, and a literal that is padded so that the data begin at a multiple of 64 bytes.
fn npy_header(kind: &str, [t, s, c]: [usize; 3]) -> Vec<u8> {
    let mut literal =
        format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({t}, {s}, {c}), }}").into_bytes();
    let preamble = 10;
    let padding = 63 - (preamble + literal.len()) % 64;
    literal.resize(literal.len() + padding, b' ');
    literal.push(b'\n');
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    // Three numbers of 64 bits fit many times into the 65,535 bytes of version 1.0.
    bytes.extend((literal.len() as u16).to_le_bytes());
    bytes.extend(literal);
    bytes
}

#[cfg(test)]
mod tests {
    use proofmark_units::Date;

    use super::*;

    fn view() -> AlignedView {
        AlignedView {
            sessions: vec![Date::from_days(20_000), Date::from_days(20_001)],
            symbols: vec!["A".parse().unwrap()],
            columns: vec!["close".into(), "volume".into()],
            values: vec![1.5, f64::NAN, 1.5, 0.0],
            marks: vec![Mark::Observed, Mark::Missing, Mark::Carried, Mark::NoTrade],
            listed: std::iter::once(0..2).collect(),
        }
    }

    #[test]
    fn numpy_files_have_their_header_and_every_cell() {
        let (values, marks) = (values_npy(&view()), marks_npy(&view()));
        assert_eq!(&values[..8], b"\x93NUMPY\x01\x00");
        let length = usize::from(u16::from_le_bytes([values[8], values[9]]));
        assert_eq!((10 + length) % 64, 0);
        let header = std::str::from_utf8(&values[10..10 + length]).unwrap();
        assert!(
            header.starts_with("{'descr': '<f8', 'fortran_order': False, 'shape': (2, 1, 2), }"),
            "{header}"
        );
        assert!(header.ends_with('\n'));
        assert_eq!(values.len(), 10 + length + 4 * 8);
        assert_eq!(values[10 + length..][..8], 1.5_f64.to_le_bytes());
        assert_eq!(marks[marks.len() - 4..], [1, 0, 2, 3]);
    }

    #[test]
    fn the_long_table_holds_the_cells_that_have_a_value_and_the_same_bytes_twice() {
        let bytes = long_parquet(&view()).unwrap();
        assert_eq!(bytes, long_parquet(&view()).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long.parquet");
        std::fs::write(&path, bytes).unwrap();
        let mut rows = 0;
        crate::table::decode(
            std::fs::File::open(path).unwrap().into(),
            &["session", "value", "mark"],
            |columns| {
                rows += columns[0].len();
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(rows, 3);
    }
}
