//! The 101 alphas over panels.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_features::expr::{Grouped, Row};
use proofmark_features::{PanelSet, panel_registry};
use proofmark_market::Bars;
use proofmark_sources::simulator::Scenario;
use proofmark_units::Date;

use crate::bars::{bars_of, changed, world};

fn set() -> &'static PanelSet {
    panel_registry().iter().find(|set| set.name == "alpha101").unwrap()
}

/// Three groups, by turns.
const GROUPS: Grouped<fn(usize) -> Option<u32>> = Grouped(|k| u32::try_from(k % 3).ok());

fn names(sessions: usize) -> Vec<Bars> {
    world(Scenario::Null, 12, sessions, 0.0, 101).bars.iter().map(bars_of).collect()
}

fn same(a: f64, b: f64) -> bool {
    a.to_bits() == b.to_bits() || (a.is_nan() && b.is_nan())
}

#[test]
fn all_but_one_are_here_and_eighteen_need_groups() {
    let names: BTreeSet<&str> = set().columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(
        (names.len(), names.first().copied(), names.last().copied()),
        (100, Some("alpha001"), Some("alpha101"))
    );
    assert!(!names.contains("alpha056"), "market capitalisation is not in bars");
    let grouped: Vec<&str> =
        set().columns.iter().filter(|column| column.needs_group()).map(|column| &column.name[5..]).collect();
    let want = "048 058 059 063 067 069 070 076 079 080 082 087 089 090 091 093 097 100";
    assert_eq!(grouped, want.split(' ').collect::<Vec<_>>());
    assert_eq!(set().program(false).unwrap().names().len(), 100 - grouped.len());
}

#[test]
fn four_alphas_by_hand() {
    let bars = names(120);
    let program = set().program(true).unwrap();
    let panel = program.panel(&bars, &GROUPS);
    let column = |name: &str| program.names().iter().position(|known| known == name).unwrap();
    let row = 77;
    let date = bars[0].dates()[row];
    for (k, bars) in bars.iter().enumerate() {
        let Some(t) = bars.dates().iter().position(|known| *known == date) else { continue };
        let (o, h, l, c, v) = (bars.open(), bars.high(), bars.low(), bars.close(), bars.volume());
        let got = |name: &str| panel[k][column(name)][t];
        let near = |name: &str, want: f64| {
            assert!(
                (got(name) - want).abs() <= 1e-12 * (1.0 + want.abs()),
                "{name}: {} and {want}",
                got(name)
            );
        };
        near("alpha101", (c[t] - o[t]) / (h[t] - l[t] + 0.001));
        if t > 0 {
            let rise = v[t] - v[t - 1];
            near("alpha012", -(if rise == 0.0 { 0.0 } else { rise.signum() }) * (c[t] - c[t - 1]));
        }
        near("alpha041", (h[t] * l[t]).sqrt() - (h[t] + l[t] + c[t]) / 3.0);
        near("alpha054", -(l[t] - c[t]) * o[t].powi(5) / ((l[t] - h[t]) * c[t].powi(5)));
    }
}

#[test]
fn no_alpha_sees_the_future_and_live_bars_give_the_same() {
    let bars = names(420);
    let program = set().program(true).unwrap();
    let whole = program.panel(&bars, &GROUPS);
    let dates: BTreeSet<Date> = bars.iter().flat_map(|bars| bars.dates().iter().copied()).collect();
    for cut in [1, 60, 251, 300] {
        let last = *dates.iter().nth(cut).unwrap();
        let until = |bars: &Bars| bars.slice(0..bars.dates().partition_point(|date| *date < last));
        let prefix: Vec<Bars> = bars.iter().map(until).collect();
        for (k, columns) in program.panel(&prefix, &GROUPS).iter().enumerate() {
            for (column, values) in columns.iter().enumerate() {
                let row = values.iter().zip(&whole[k][column]).position(|(a, b)| !same(*a, *b));
                assert_eq!(row, None, "{} of name {k} sees what comes after {cut}", program.names()[column]);
            }
        }
    }
    let rows: Vec<BTreeMap<Date, usize>> =
        bars.iter().map(|bars| bars.dates().iter().copied().zip(0..).collect()).collect();
    let mut stream = program.start_panel(bars.len());
    for date in dates {
        let at: Vec<Option<usize>> = rows.iter().map(|rows| rows.get(&date).copied()).collect();
        let today: Vec<Option<Row>> =
            bars.iter().zip(&at).map(|(bars, t)| t.map(|t| (&bars.row(t)).into())).collect();
        let live = stream.push(date, &today, &GROUPS);
        for (k, t) in at.iter().enumerate() {
            let Some(t) = t else { continue };
            for (column, name) in program.names().iter().enumerate() {
                let (batch, live) = (whole[k][column][*t], live[k * program.names().len() + column]);
                assert!(same(batch, live), "{name} of name {k} on {date}: {batch} and live {live}");
            }
        }
    }
}

#[test]
fn a_stationary_alpha_knows_no_currency_and_every_alpha_varies() {
    let bars = names(420);
    // Powers of two round nothing, so that no comparison changes sides.
    let other = |bars: &Bars| {
        changed(bars, |_, row| {
            for level in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
                *level *= 8.0;
            }
            row.volume *= 4.0;
        })
    };
    let scaled: Vec<Bars> = bars.iter().map(other).collect();
    let program = set().program(true).unwrap();
    let (before, after) = (program.panel(&bars, &GROUPS), program.panel(&scaled, &GROUPS));
    for (k, column) in set().columns.iter().enumerate() {
        let of =
            |panel: &[Vec<Vec<f64>>]| -> Vec<f64> { panel.iter().flat_map(|name| name[k].clone()).collect() };
        let (before, after) = (of(&before), of(&after));
        let known: Vec<f64> = before.iter().copied().filter(|value| value.is_finite()).collect();
        assert!(known.iter().any(|value| *value != known[0]), "{} says nothing", column.name);
        let size = known.iter().map(|value| value.abs()).sum::<f64>() / known.len() as f64;
        let apart =
            |(a, b): (&f64, &f64)| (a - b).abs() > 1e-9 * (a.abs() + size) || a.is_nan() != b.is_nan();
        let moved = before.iter().zip(&after).filter(|pair| apart(*pair)).count();
        assert_eq!(moved == 0, column.stationary, "{}: {moved} rows move with their units", column.name);
    }
}
