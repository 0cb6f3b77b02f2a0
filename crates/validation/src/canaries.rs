//! Leak canaries (EVIDENCE 6): necessary, not sufficient.

use std::collections::BTreeSet;

use proofmark_features::{Feature, SetProgram, check_causality, usual_cuts};
use proofmark_lifecycle::Evidence;
use proofmark_market::{Bars, Panel, Universe};
use proofmark_units::Digest;
use rayon::prelude::*;

use crate::record::Recorder;

/// The record of one canary: 1 clear, 0 caught, `None` could not run. `n` is how many things were looked at.
pub fn canary(recorder: &Recorder, name: &str, n: usize, outcome: Option<Result<(), String>>) -> Evidence {
    let name = format!("canary.{name}");
    match outcome {
        Some(Ok(())) => recorder.record(name, 1.0, "flag", n),
        Some(Err(what)) => recorder.record(name, 0.0, "flag", n).with_note(what),
        None => recorder.missing(name, "flag", "the canary could not run"),
    }
}

/// Taking the later bars away, or replacing them, never changes an earlier value of any feature, bit for bit.
///
/// # Errors
/// The first violation, in words.
pub fn prefix_invariance(set: &[&dyn Feature], bars: &[Bars], universe: &Universe) -> Result<(), String> {
    let names: Vec<String> = set.iter().map(|feature| feature.name().to_owned()).collect();
    let program = SetProgram::new(set);
    if program.compares_names() {
        let compute = |bars: &[Bars]| {
            let panel = Panel::of(bars, universe);
            program.panel(bars, &panel).into_iter().map(|own| own.columns).collect()
        };
        panel_invariance(&names, compute, bars)?;
    }
    let compute = |bars: &Bars| program.compute(bars).columns;
    let leak = bars.par_iter().find_map_first(|symbol| {
        let cuts = usual_cuts(symbol.len());
        let found = check_causality(&names, &compute, symbol, &cuts).leaks.into_iter().next()?;
        Some(format!("feature {found} (`{}`)", symbol.symbol()))
    });
    leak.map_or(Ok(()), Err)
}

/// The same where names are compared: all names end at a date, and no earlier row of any of them changes. `compute` gives the
/// columns of each name, in the order of `names`.
///
/// # Errors
/// The first violation, in words.
pub fn panel_invariance(
    names: &[String],
    compute: impl Fn(&[Bars]) -> Vec<Vec<Vec<f64>>>,
    bars: &[Bars],
) -> Result<(), String> {
    let dates = Panel::from_bars(bars).dates;
    let whole = compute(bars);
    for cut in usual_cuts(dates.len()) {
        let Some(end) = dates.get(cut) else { continue };
        let prefix: Vec<Bars> =
            bars.iter().map(|bars| bars.slice(0..bars.dates().partition_point(|date| date < end))).collect();
        for ((bars, was), is) in prefix.iter().zip(&whole).zip(compute(&prefix)) {
            for (name, (was, is)) in names.iter().zip(was.iter().zip(&is)) {
                let same =
                    |(was, is): (&f64, &f64)| was.to_bits() == is.to_bits() || was.is_nan() && is.is_nan();
                if let Some(row) = was.iter().zip(is).position(|pair| !same(pair)) {
                    return Err(format!(
                        "feature `{name}` (`{}`): row {row} is {} with all bars and {} with those before {end} only",
                        bars.symbol(),
                        was[row],
                        is[row]
                    ));
                }
            }
        }
    }
    Ok(())
}

/// No row that was scored out of sample is, feature for feature, a row that was fitted on.
///
/// `rows` are digests of every dataset row's features; `parts` are (fitted rows, test rows) of each fold.
///
/// # Errors
/// The first fold that shares a row, in words.
pub fn train_test_overlap(rows: &[Digest], parts: &[(&[u32], &[u32])]) -> Result<(), String> {
    for (fold, (fitted, tested)) in parts.iter().enumerate() {
        let seen: BTreeSet<&Digest> = fitted.iter().map(|row| &rows[*row as usize]).collect();
        let shared = tested.iter().filter(|row| seen.contains(&rows[**row as usize])).count();
        if shared > 0 {
            return Err(format!("fold {fold}: {shared} test rows are also training rows"));
        }
    }
    Ok(())
}

/// Fitting again on data whose values differ from the test block on gives the same bytes: nothing later was read.
///
/// # Errors
/// Both digests, in words.
pub fn fit_leak(as_it_was: &[u8], with_another_future: &[u8]) -> Result<(), String> {
    let (was, is) = (Digest::of(as_it_was), Digest::of(with_another_future));
    if was == is {
        return Ok(());
    }
    Err(format!(
        "the fitted model changes with prices after its training: {} became {}",
        was.short(),
        is.short()
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shared_row_is_caught_and_disjoint_rows_are_clear() {
        let rows: Vec<Digest> = (0..4_u8).map(|i| Digest::of(&[i % 3])).collect(); // rows 0 and 3 are twins
        assert!(train_test_overlap(&rows, &[(&[0, 1], &[2])]).is_ok());
        assert!(train_test_overlap(&rows, &[(&[0, 1], &[2]), (&[0], &[3])]).unwrap_err().contains("fold 1"));
    }

    #[test]
    fn a_fit_that_reads_later_data_is_caught() {
        assert!(fit_leak(b"model", b"model").is_ok());
        assert!(fit_leak(b"model", b"mode1").is_err());
    }
}
