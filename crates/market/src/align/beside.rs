//! Columns of a view that do not come from aligned bars: what was known of other series, and features.

use super::{AlignedView, Mark};

/// One column for every session and name.
#[derive(Debug, Clone, PartialEq)]
pub struct Beside {
    /// Its name.
    pub name: String,
    /// Value and mark, time-major: cell `t * symbols + s`. A value without a finite number is NaN and its mark says why.
    pub cells: Vec<(f64, Mark)>,
}

impl AlignedView {
    /// The same view with further columns after its own. Outside a name's listing they are missing like all others.
    pub fn beside(self, more: &[Beside]) -> Self {
        let [sessions, symbols, own] = self.shape();
        let columns: Vec<String> =
            self.columns.iter().cloned().chain(more.iter().map(|column| column.name.clone())).collect();
        let mut values = Vec::with_capacity(sessions * symbols * columns.len());
        let mut marks = Vec::with_capacity(values.capacity());
        for t in 0..sessions {
            for s in 0..symbols {
                let cell = self.cell(t, s, 0);
                values.extend_from_slice(&self.values[cell..cell + own]);
                marks.extend_from_slice(&self.marks[cell..cell + own]);
                for column in more {
                    let listed = self.listed[s].contains(&t);
                    let found = column.cells.get(t * symbols + s).copied().filter(|_| listed);
                    let (value, mark) = found.unwrap_or((f64::NAN, Mark::Missing));
                    values.push(value);
                    marks.push(mark);
                }
            }
        }
        Self { columns, values, marks, ..self }
    }
}

#[cfg(test)]
mod tests {
    use proofmark_units::Date;

    use super::*;

    #[test]
    fn columns_follow_the_own_ones_and_keep_to_the_listing() {
        let view = AlignedView {
            sessions: vec![Date::from_days(1), Date::from_days(2)],
            symbols: ["A", "B"].map(|s| s.parse().unwrap()).to_vec(),
            columns: vec!["close".into()],
            values: vec![1.0, f64::NAN, 2.0, 20.0],
            marks: vec![Mark::Observed, Mark::Missing, Mark::Observed, Mark::Observed],
            listed: vec![0..2, 1..2],
        };
        let rate = (5.0, Mark::Observed);
        let old = (f64::NAN, Mark::Stale);
        let wide = view.beside(&[Beside { name: "rate".into(), cells: vec![rate, rate, old, rate] }]);
        assert_eq!((wide.shape(), &wide.columns[1][..]), ([2, 2, 2], "rate"));
        let cell = |t, s| (wide.values[wide.cell(t, s, 1)], wide.marks[wide.cell(t, s, 1)]);
        assert_eq!((cell(0, 0), cell(1, 1)), (rate, rate));
        assert!(cell(0, 1).0.is_nan() && cell(0, 1).1 == Mark::Missing, "B is not listed yet");
        assert!(cell(1, 0).0.is_nan() && cell(1, 0).1 == Mark::Stale);
        assert_eq!(wide.values[wide.cell(1, 1, 0)], 20.0);
    }
}
