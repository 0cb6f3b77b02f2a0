//! Alpha158 over many symbols: what the programs of both sizes share.

use std::path::Path;

use proofmark_features::{SetProgram, feature_set};
use proofmark_market::{BarRow, Bars};
use proofmark_units::{Date, Instant};
use rand::RngExt as _;
use rand_distr::{Distribution as _, StandardNormal};
use rayon::prelude::*;
use serde_json::{Value, json};

use crate::{Failure, read_columns, seed, timed, write_columns};

const SET: &str = "alpha158";

/// Writes `bars.f64`, five columns with the symbols one after the other, and `about.json`.
///
/// Every number fits single precision, in which one of the peers stores it.
///
/// # Errors
/// A file cannot be written, or the set is gone.
pub fn input(folder: &Path, symbols: usize, rows: usize) -> Result<(), Failure> {
    let single = |value: f64| f64::from(value as f32);
    let mut columns = vec![Vec::new(); 5];
    for symbol in 0..symbols as u64 {
        let mut rng = seed("alpha158").nth(symbol).rng();
        let mut level = 0.0_f64;
        for _ in 0..rows {
            let mut normal = || -> f64 { StandardNormal.sample(&mut rng) };
            let open = level + 0.004 * normal();
            let close = 0.9995 * open + 0.012 * normal();
            let high = open.max(close) + 0.004 * normal().abs();
            let low = open.min(close) - 0.004 * normal().abs();
            for (column, log) in columns.iter_mut().zip([open, high, low, close]) {
                column.push(single(100.0 * log.exp()));
            }
            columns[4].push(single((1e5 * (1.0 + 9.0 * rng.random::<f64>())).floor()));
            level = close;
        }
    }
    write_columns(&folder.join("bars.f64"), &columns)?;
    let set = feature_set(SET).ok_or("there is no such set")?;
    let names: Vec<&str> = set.iter().map(|feature| feature.name()).collect();
    let about = json!({"symbols": symbols, "rows": rows, "columns": names});
    Ok(std::fs::write(folder.join("about.json"), about.to_string())?)
}

/// Computes the set, writes `ours.f32` (column by column, the symbols one after the other) and says how long it took.
///
/// # Errors
/// A file cannot be read or written.
pub fn run(folder: &Path) -> Result<Value, Failure> {
    let about: Value = serde_json::from_slice(&std::fs::read(folder.join("about.json"))?)?;
    let rows = about["rows"].as_u64().ok_or("about.json does not say how many rows")? as usize;
    let columns = read_columns(&folder.join("bars.f64"), 5)?;
    let set = feature_set(SET).ok_or("there is no such set")?;
    // No feature of the set reads a time, and a hundred thousand sessions do not fit the calendar of instants.
    let bars: Vec<Bars> = (0..columns[0].len() / rows)
        .map(|symbol| {
            let row = |t: usize| BarRow {
                date: Date::from_days(i32::try_from(t).unwrap_or(i32::MAX)),
                event_time: Instant::from_nanos(0),
                known_at: Instant::from_nanos(0),
                open: columns[0][symbol * rows + t],
                high: columns[1][symbol * rows + t],
                low: columns[2][symbol * rows + t],
                close: columns[3][symbol * rows + t],
                volume: columns[4][symbol * rows + t],
            };
            let all: Vec<BarRow> = (0..rows).map(row).collect();
            Ok(Bars::from_rows(format!("S{symbol:03}").parse()?, &all)?)
        })
        .collect::<Result<_, Failure>>()?;
    drop(columns);
    let compute = || {
        let program = SetProgram::new(set);
        // Computed in double precision and kept in single, as qlib keeps its columns.
        let keep = |bars: &Bars| {
            let mut columns: Vec<Vec<f32>> = vec![Vec::with_capacity(rows); set.len()];
            program.for_each(bars, |k, values| columns[k].extend(values.iter().map(|value| *value as f32)));
            columns
        };
        bars.par_iter().map(keep).collect::<Vec<_>>()
    };
    let (done, seconds) = timed(compute);
    let mut out = std::io::BufWriter::new(std::fs::File::create(folder.join("ours.f32"))?);
    for column in 0..set.len() {
        for symbol in &done {
            for value in &symbol[column] {
                std::io::Write::write_all(&mut out, &value.to_le_bytes())?;
            }
        }
    }
    std::io::Write::flush(&mut out)?;
    Ok(json!({
        "timings": {"compute": seconds},
        // The peers read our columns and report how many are far from theirs.
        "figures": {"columns": set.len(), "cells": set.len() * rows * bars.len(), "far_columns": 0},
    }))
}
