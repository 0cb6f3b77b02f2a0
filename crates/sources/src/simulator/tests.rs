//! What the worlds promise, over several seeds.

use std::collections::BTreeMap;

use proofmark_market::{BarRow, Bars, Panel};
use proofmark_units::{Date, Digest, Seed};

use super::*;

const YEARS: usize = 14;

fn spec(scenario: Scenario, seed: u64) -> WorldSpec {
    let start = Date::from_ymd(2008, 1, 1).unwrap();
    let weekdays = (0..).map(|d| start.plus_days(d)).filter(|date| date.weekday() < 5);
    let sessions: Vec<Date> = weekdays.take(YEARS * 252).collect();
    let closes = sessions.iter().map(|date| date.midnight_utc().plus_seconds(36_000)).collect();
    WorldSpec { scenario, symbols: 24, sessions, closes, strength: EDGE_STRENGTH, seed: Seed::root(seed) }
}

fn world(scenario: Scenario, seed: u64) -> World {
    simulate(&spec(scenario, seed)).unwrap()
}

fn prices(rows: &[BarRow]) -> Vec<f64> {
    rows.iter().flat_map(|row| [row.open, row.high, row.low, row.close, row.volume]).collect()
}

fn digest(world: &World) -> Digest {
    let all = world.bars.iter().chain([&world.benchmark]).flat_map(|s| prices(&s.rows));
    let mut numbers: Vec<f64> = all.chain(world.truth.expected.iter().copied()).collect();
    numbers.extend(world.leak_column.iter().flatten().flatten());
    Digest::of_f64s(&numbers)
}

fn log_returns(rows: &[BarRow]) -> Vec<f64> {
    rows.windows(2).map(|pair| (pair[1].close / pair[0].close).ln()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let (ma, mb) = (mean(a), mean(b));
    let dot = |x: &[f64], mx: f64, y: &[f64], my: f64| -> f64 {
        x.iter().zip(y).map(|(p, q)| (p - mx) * (q - my)).sum()
    };
    dot(a, ma, b, mb) / (dot(a, ma, a, ma) * dot(b, mb, b, mb)).sqrt()
}

#[test]
fn same_seed_same_bytes() {
    for scenario in [Scenario::Null, Scenario::Edge, Scenario::Leak, Scenario::Crash] {
        assert_eq!(digest(&world(scenario, 7)), digest(&world(scenario, 7)));
        assert_ne!(digest(&world(scenario, 7)), digest(&world(scenario, 8)));
    }
}

#[test]
fn bars_are_valid_and_say_what_is_missing() {
    for seed in 0..6 {
        let world = world(Scenario::Edge, seed);
        let dates = &world.truth.dates;
        let mut missing = 0;
        for sim in &world.bars {
            let bars = Bars::from_rows(sim.symbol.clone(), &sim.rows).unwrap();
            assert!(bars.volume().iter().all(|v| *v > 0.0));
            let listed =
                world.truth.listings.iter().find(|l| l.symbol == sim.symbol).map_or(dates[0], |l| l.date);
            assert_eq!(bars.dates()[0], listed);
            let halted: usize = (world.truth.halts.iter().filter(|h| h.symbol == sim.symbol))
                .map(|halt| dates.iter().filter(|date| halt.span.contains(**date)).count())
                .sum();
            assert!(sim.rows.iter().all(|row| {
                !world.truth.halts.iter().any(|h| h.symbol == sim.symbol && h.span.contains(row.date))
            }));
            let expected = dates.iter().filter(|date| **date >= listed).count();
            missing += expected - bars.len() - halted;
        }
        assert!((5..200).contains(&missing), "{missing} single bars are missing");
        assert!(!world.truth.halts.is_empty() && !world.truth.splits.is_empty(), "seed {seed}");
        assert_eq!(world.benchmark.rows.len(), dates.len());
        assert!(world.bars.is_sorted_by(|a, b| a.symbol < b.symbol));
    }
    let listings: usize = (0..6).map(|seed| world(Scenario::Null, seed).truth.listings.len()).sum();
    assert!((8..50).contains(&listings), "{listings}");
}

#[test]
fn the_null_world_is_the_edge_world_without_the_link() {
    let (edge, null) = (world(Scenario::Edge, 3), world(Scenario::Null, 3));
    assert!(null.truth.expected.iter().all(|e| *e == 0.0));
    assert!(edge.truth.expected.iter().any(|e| *e != 0.0));
    assert_eq!((&edge.truth.regime, &edge.truth.splits), (&null.truth.regime, &null.truth.splits));
    let first = |world: &World| prices(&world.bars[0].rows[..20]);
    assert_eq!(first(&edge), first(&null), "no signal before there are 21 bars");
    // Take the truth out of the edge world's returns and the null world's returns are left, but for rounding.
    let width = edge.bars.len();
    for s in 0..width {
        if edge.bars[s].rows.len() != edge.truth.dates.len() {
            continue;
        }
        let (a, b) = (log_returns(&edge.bars[s].rows), log_returns(&null.bars[s].rows));
        for t in 0..a.len() {
            let planted = edge.truth.expected[t * width + s];
            let tick = 0.01 / edge.bars[s].rows[t].close.min(null.bars[s].rows[t].close);
            assert!((a[t] - planted - b[t]).abs() < 4.0 * tick, "symbol {s}, session {t}");
        }
    }
    // The planted returns of a date sum to about nothing: the market is left alone.
    let drift = edge.benchmark.rows.last().unwrap().close / null.benchmark.rows.last().unwrap().close;
    assert!((0.7..1.5).contains(&drift), "{drift}");
}

#[test]
fn returns_look_like_returns() {
    let mut sharpes = Vec::new();
    for seed in 0..8 {
        let world = world(Scenario::Null, seed);
        let index = log_returns(&world.benchmark.rows);
        let simple: Vec<f64> = index.iter().map(|r| r.exp() - 1.0).collect();
        let sd = mean(&simple.iter().map(|r| (r - mean(&simple)).powi(2)).collect::<Vec<_>>()).sqrt();
        sharpes.push(mean(&simple) / sd * 252.0_f64.sqrt());
        assert!(
            (0.10..0.25).contains(&(sd * 252.0_f64.sqrt())),
            "index volatility {}",
            sd * 252.0_f64.sqrt()
        );

        let whole: Vec<Vec<f64>> = (world.bars.iter())
            .filter(|s| s.rows.len() > YEARS * 252 - 40)
            .map(|s| log_returns(&s.rows))
            .collect();
        for r in &whole {
            let m = mean(r);
            let moment = |k: i32| mean(&r.iter().map(|x| (x - m).powi(k)).collect::<Vec<_>>());
            let annual = (moment(2) * 252.0).sqrt();
            assert!((0.18..0.60).contains(&annual), "volatility {annual}");
            assert!(moment(4) / moment(2).powi(2) > 3.5, "fat tails");
            let size: Vec<f64> = r.iter().map(|x| x.abs()).collect();
            assert!(correlation(&size[1..], &size[..size.len() - 1]) > 0.03, "clustering");
            assert!(correlation(&r[1..], &r[..r.len() - 1]).abs() < 0.1, "no momentum");
        }
        // Closes of all symbols on the sessions that all of them share.
        let closes =
            |s: &SimulatedSymbol| s.rows.iter().map(|row| (row.date, row.close)).collect::<BTreeMap<_, _>>();
        let all: Vec<_> = world.bars.iter().map(closes).collect();
        let shared: Vec<Date> =
            all[0].keys().copied().filter(|d| all.iter().all(|c| c.contains_key(d))).collect();
        let returns: Vec<Vec<f64>> = (all.iter())
            .map(|closes| shared.windows(2).map(|pair| (closes[&pair[1]] / closes[&pair[0]]).ln()).collect())
            .collect();
        let pairs: Vec<f64> = (0..24)
            .flat_map(|a| (0..a).map(move |b| (a, b)))
            .map(|(a, b)| correlation(&returns[a], &returns[b]))
            .collect();
        assert!((0.15..0.5).contains(&mean(&pairs)), "names move together: {}", mean(&pairs));
        assert!(pairs.iter().all(|c| (0.0..0.85).contains(c)), "{pairs:?}");
        let volume: Vec<f64> =
            world.bars[0].rows.iter().skip(1).map(|row| (row.volume * row.close).ln()).collect();
        let size: Vec<f64> = log_returns(&world.bars[0].rows).iter().map(|x| x.abs()).collect();
        assert!(correlation(&volume, &size) > 0.2, "volume moves with the size of returns");
    }
    let average = mean(&sharpes);
    assert!((0.75..1.25).contains(&average), "null book's Sharpe {average}: {sharpes:?}");
}

#[test]
fn opens_gap_and_closes_lie_inside_the_range() {
    let rows = &world(Scenario::Null, 2).bars[4].rows;
    let gaps: Vec<f64> = rows.windows(2).map(|pair| (pair[1].open / pair[0].close).ln()).collect();
    let days: Vec<f64> = rows.iter().map(|row| (row.close / row.open).ln()).collect();
    let square = |v: &[f64]| mean(&v.iter().map(|x| x * x).collect::<Vec<_>>());
    let share = square(&gaps) / (square(&gaps) + square(&days));
    assert!((0.2..0.35).contains(&share), "overnight share of variance {share}");
    // Parkinson's variance from the range agrees with that of open-to-close moves.
    let range = mean(&rows.iter().map(|row| (row.high / row.low).ln().powi(2)).collect::<Vec<_>>())
        / (4.0 * 2.0_f64.ln());
    assert!((0.75..1.25).contains(&(range / square(&days))), "{}", range / square(&days));
}

#[test]
fn a_crash_is_market_wide_and_named() {
    for seed in 0..4 {
        let world = world(Scenario::Crash, seed);
        let (_, span) = world.stress_periods.iter().find(|(name, _)| name == "sim_crash").unwrap();
        let change = |rows: &[BarRow]| {
            let inside: Vec<&BarRow> = rows.iter().filter(|row| span.contains(row.date)).collect();
            inside.last().unwrap().close / inside[0].open - 1.0
        };
        let index = change(&world.benchmark.rows);
        assert!((-0.42..-0.25).contains(&index), "index {index}");
        let falling = world.bars.iter().filter(|s| change(&s.rows) < -0.10).count();
        assert!(falling >= 20, "{falling} of 24 fall");
    }
}

#[test]
fn stress_periods_are_falling_bear_markets_in_order() {
    let mut all = 0;
    for seed in 0..8 {
        let world = world(Scenario::Null, seed);
        assert!(world.stress_periods.windows(2).all(|pair| pair[0].1.end < pair[1].1.start));
        for (name, span) in &world.stress_periods {
            all += 1;
            assert!(name.starts_with("sim_bear_"));
            let inside =
                world.truth.dates.iter().zip(&world.truth.regime).filter(|(date, _)| span.contains(**date));
            assert!(
                inside.clone().count() >= 20 && inside.clone().all(|(_, regime)| *regime == Regime::Bear)
            );
        }
    }
    assert!(all >= 16, "{all} periods in 8 worlds");
}

#[test]
fn only_the_leak_column_knows_tomorrow() {
    let world = world(Scenario::Leak, 5);
    assert!(world.truth.expected.iter().all(|e| *e == 0.0));
    let leak = world.leak_column.as_ref().unwrap();
    for (sim, column) in world.bars.iter().zip(leak) {
        assert_eq!(sim.rows.len(), column.len());
        let tomorrow = log_returns(&sim.rows);
        let known = correlation(&column[..tomorrow.len()], &tomorrow);
        assert!((0.5..0.9).contains(&known), "{known}");
    }
    let null = simulate(&spec(Scenario::Null, 5)).unwrap();
    assert_eq!(null.bars, world.bars);
    assert!(null.leak_column.is_none());
}

#[test]
fn impossible_worlds_are_refused() {
    let good = spec(Scenario::Null, 1);
    let refused = |change: fn(&mut WorldSpec)| {
        let mut spec = good.clone();
        change(&mut spec);
        simulate(&spec).unwrap_err().what
    };
    assert!(refused(|s| s.symbols = 0).contains("symbols"));
    assert!(refused(|s| s.sessions.clear()).contains("sessions"));
    assert!(refused(|s| s.closes.truncate(3)).contains("closing times"));
    assert!(refused(|s| s.sessions.swap(3, 4)).contains("does not come after"));
    assert!(refused(|s| s.strength = f64::NAN).contains("strength"));
    let tiny = WorldSpec {
        symbols: 1,
        sessions: good.sessions[..2].to_vec(),
        closes: good.closes[..2].to_vec(),
        ..good
    };
    for scenario in [Scenario::Null, Scenario::Edge, Scenario::Leak, Scenario::Crash] {
        let world = simulate(&WorldSpec { scenario, ..tiny.clone() }).unwrap();
        assert!(!world.bars[0].rows.is_empty());
    }
}

#[test]
fn truth_has_the_shape_of_the_panel() {
    let world = world(Scenario::Edge, 9);
    let bars: Vec<Bars> =
        world.bars.iter().map(|s| Bars::from_rows(s.symbol.clone(), &s.rows).unwrap()).collect();
    let panel = Panel::from_bars(&bars);
    assert_eq!(world.truth.expected.len(), panel.close.len());
    assert!(world.truth.betas.iter().all(|beta| (0.6..1.4).contains(beta)));
    assert_eq!(world.truth.regime.len(), panel.len());
}
