//! Every transformation on hand-made bars.

use proofmark_execution::book::{Book, BookConfig, Delisting, Selection, Sizing, run_book};
use proofmark_execution::costs::{CostSchedule, Side};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_stats::moments::{mean, sd};
use proofmark_stats::rank::pearson;
use proofmark_units::{Date, DateSpan, Seed};

use super::*;
use crate::stress::{Change, Family, StressWorld};

const SESSIONS: i32 = 40;

fn row(day: i32, [open, high, low, close]: [f64; 4], volume: f64) -> BarRow {
    let date = Date::from_days(16_000 + day);
    let event_time = date.midnight_utc();
    BarRow { date, event_time, known_at: event_time, open, high, low, close, volume }
}

/// Three names that wander differently, 40 sessions.
fn market() -> Vec<Bars> {
    ["A", "B", "C"]
        .iter()
        .zip([3_i32, 5, 7])
        .map(|(name, step)| {
            let mut close = 100.0;
            let rows: Vec<BarRow> = (0..SESSIONS)
                .map(|t| {
                    let open = close * (1.0 + f64::from(t * step % 5 - 2) / 500.0);
                    close = open * (1.0 + f64::from(t * step % 11 - 5) / 400.0);
                    row(t, [open, open.max(close) * 1.004, open.min(close) * 0.997, close], 1e6)
                })
                .collect();
            Bars::from_rows(name.parse().unwrap(), &rows).unwrap()
        })
        .collect()
}

fn config() -> BookConfig {
    BookConfig {
        capital: 100_000.0,
        rebalance_every: 5,
        selection: Selection::AllNames,
        sizing: Sizing::Equal { max_weight: 0.5 },
        stop_loss: Some(0.15),
        take_profit: None,
        max_hold: None,
        participation: 0.5,
        lot: 1,
        resize_band: 0.0,
        delisting: Delisting::default(),
        periods_per_year: 252.0,
    }
}

struct Fixture {
    bars: Vec<Bars>,
    sessions: Vec<Date>,
    book: Book,
    costs: CostSchedule,
}

impl Fixture {
    /// The window is sessions 10 to 39.
    fn new() -> Self {
        let bars = market();
        let panel = Panel::from_bars(&bars);
        let costs = CostSchedule::named("nse_delivery").unwrap();
        let sessions = panel.dates[10..].to_vec();
        let span = DateSpan { start: sessions[0], end: sessions[29] };
        let book = run_book(&panel, None, &config(), &costs, span).unwrap();
        Self { bars, sessions, book, costs }
    }

    fn world(&self) -> StressWorld<'_> {
        StressWorld {
            bars: &self.bars,
            benchmark: Some(&self.bars[2]),
            sessions: &self.sessions,
            book: &self.book,
            costs: &self.costs,
            seed: Seed::root(7).child("test"),
        }
    }

    fn apply(&self, scenario: &dyn Scenario) -> Change {
        scenario.apply(&self.world()).unwrap()
    }

    fn before(&self, s: usize) -> Vec<BarRow> {
        self.world().rows(s)
    }
}

fn near(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-9 * b.abs().max(1.0)
}

#[test]
fn ids_are_unique_and_begin_with_their_family() {
    let mut ids: Vec<&str> = SCENARIOS.iter().map(|s| s.id()).collect();
    for s in SCENARIOS {
        assert!(s.id().starts_with(&format!("{}.", s.family().name())), "{}", s.id());
        assert!(matches!(s.family(), Family::Shock | Family::Fault) && s.title().ends_with('.'));
        assert!(scenario(s.id()).is_some_and(|found| found.id() == s.id()));
    }
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), SCENARIOS.len());
    assert!(scenario("shock.nothing").is_none());
}

#[test]
fn size_zero_changes_no_bit() {
    let fixture = Fixture::new();
    let zero: [&dyn Scenario; 12] = [
        &Gap { id: "g", title: "", fall: 0.0, when: When::MostExposed },
        &Gap { id: "g", title: "", fall: 0.0, when: When::Seeded },
        &Volatility { factor: 1.0 },
        &Spread { factor: 1.0 },
        &CorrelationToOne { strength: 0.0 },
        &LimitDown { band: 0.10, sessions: 0 },
        &MissingBars { id: "m", title: "", which: Which::Random { share: 0.0 } },
        &MissingBars { id: "m", title: "", which: Which::Block { sessions: 0 } },
        &FrozenFeed { sessions: 0 },
        &BadBar { id: "b", title: "", factor: 1.0 },
        &Halt { sessions: 0 },
        &LateData { delay: 0 },
    ];
    for scenario in zero {
        let change = fixture.apply(scenario);
        for (s, rows) in &change.rows {
            assert_eq!(*rows, fixture.before(*s), "{}", scenario.id());
        }
        if let Some(rows) = &change.benchmark {
            assert_eq!(*rows, fixture.before(2), "{}", scenario.id());
        }
        assert_eq!(change.delay, 0);
        assert!(change.costs.is_none_or(|c| c.slippage().0 == fixture.costs.slippage().0));
    }
    let fees = fixture.apply(&FeeReset { factor: 1.0 }).costs.unwrap();
    for date in &fixture.sessions {
        assert_eq!(fees.on(*date).unwrap(), fixture.costs.on(*date).unwrap());
    }
}

#[test]
fn a_gap_lowers_every_price_from_its_date_on() {
    let fixture = Fixture::new();
    let change = fixture.apply(SCENARIOS[0]);
    let date = change.from.unwrap();
    // The close before it is the most exposed one.
    let at = fixture.sessions.iter().position(|d| *d == date).unwrap();
    let most = fixture.book.exposure[..fixture.sessions.len() - 2].iter().copied().fold(0.0, f64::max);
    assert!(at >= 1 && fixture.book.exposure[at - 1] == most);
    assert_eq!(change.rows.len(), 3);
    for (s, rows) in &change.rows {
        for (new, old) in rows.iter().zip(fixture.before(*s)) {
            let factor = if old.date < date { 1.0 } else { 0.9 };
            assert_eq!(
                [new.open, new.high, new.low, new.close],
                [old.open, old.high, old.low, old.close].map(|p| p * factor)
            );
            assert_eq!((new.volume, new.date), (old.volume, old.date));
        }
    }
    assert_eq!(change.benchmark.as_ref(), change.rows.get(&2));
    let seeded = fixture.apply(SCENARIOS[1]);
    assert_eq!(seeded.from, fixture.apply(SCENARIOS[1]).from);
    assert!(fixture.sessions.contains(&seeded.from.unwrap()));
}

#[test]
fn volatility_is_three_times_as_large_around_the_same_mean() {
    let fixture = Fixture::new();
    let change = fixture.apply(&Volatility { factor: 3.0 });
    for (s, rows) in &change.rows {
        let old = fixture.before(*s);
        assert_eq!(rows[..10], old[..10]);
        let moves = |rows: &[BarRow]| -> Vec<f64> {
            rows.windows(2).skip(9).map(|w| (w[1].close / w[0].close).ln()).collect()
        };
        let (new, was) = (moves(rows), moves(&old));
        assert!(near(mean(&new).unwrap(), mean(&was).unwrap()));
        assert!(near(sd(&new).unwrap(), 3.0 * sd(&was).unwrap()));
        // The gap and the range of one bar widen with it.
        let m = mean(&was).unwrap();
        let bend = |price: f64, before: f64| m + 3.0 * ((price / before).ln() - m);
        for k in [10, 25, 39] {
            let before = rows[k - 1].close;
            assert!(near((rows[k].open / before).ln(), bend(old[k].open, old[k - 1].close)));
            assert!(near((rows[k].low / before).ln(), bend(old[k].low, old[k - 1].close)));
            assert!(rows[k].has_valid_prices());
        }
        assert!(Bars::from_rows("X".parse().unwrap(), rows).is_ok());
    }
}

#[test]
fn correlation_becomes_one_and_each_volatility_stays() {
    let fixture = Fixture::new();
    let change = fixture.apply(&CorrelationToOne { strength: 1.0 });
    let moves = |rows: &[BarRow]| -> Vec<f64> {
        rows.windows(2).skip(9).map(|w| (w[1].close / w[0].close).ln()).collect()
    };
    let old: Vec<Vec<f64>> = (0..3).map(|s| moves(&fixture.before(s))).collect();
    let new: Vec<Vec<f64>> = (0..3).map(|s| moves(&change.rows[&s])).collect();
    assert!(pearson(&old[0], &old[1]).unwrap() < 0.9);
    for s in 0..3 {
        assert!(near(pearson(&new[0], &new[s]).unwrap(), 1.0));
        assert!(near(mean(&new[s]).unwrap(), mean(&old[s]).unwrap()));
        assert!(near(sd(&new[s]).unwrap(), sd(&old[s]).unwrap()));
        // The bar keeps its own shape: high over low is untouched.
        let (rows, was) = (&change.rows[&s], fixture.before(s));
        assert!(near(rows[20].high / rows[20].low, was[20].high / was[20].low));
    }
}

#[test]
fn limit_down_is_locked_without_volume_and_prices_move_on_from_there() {
    let fixture = Fixture::new();
    let change = fixture.apply(&LimitDown { band: 0.10, sessions: 3 });
    let k = fixture.before(0).iter().position(|r| Some(r.date) == change.from).unwrap();
    for (s, rows) in &change.rows {
        let old = fixture.before(*s);
        let mut level = old[k - 1].close;
        for locked in &rows[k..k + 3] {
            level *= 0.9;
            assert!([locked.open, locked.high, locked.low, locked.close].iter().all(|p| near(*p, level)));
            assert_eq!(locked.volume, 0.0);
        }
        assert!(near(rows[k + 3].open / rows[k + 2].close, old[k + 3].open / old[k + 2].close));
        assert!(near(rows[k + 4].close / rows[k + 3].close, old[k + 4].close / old[k + 3].close));
        assert_eq!(rows[..k], old[..k]);
    }
}

#[test]
fn spread_and_fees_change_what_they_say() {
    let fixture = Fixture::new();
    let wide = fixture.apply(&Spread { factor: 5.0 }).costs.unwrap();
    assert!(near(wide.slippage().0.half_spread, 5.0 * fixture.costs.slippage().0.half_spread));
    assert_eq!(wide.slippage().0.impact_coefficient, fixture.costs.slippage().0.impact_coefficient);
    let change = fixture.apply(&FeeReset { factor: 2.0 });
    let (costs, from) = (change.costs.unwrap(), change.from.unwrap());
    assert_eq!(from, fixture.sessions[15]);
    let total = |costs: &CostSchedule, date: Date| {
        costs.cost(date, Side::Sell, 100.0, 50.0, Default::default()).unwrap().total()
    };
    assert_eq!(total(&costs, from.plus_days(-1)), total(&fixture.costs, from.plus_days(-1)));
    assert!(near(total(&costs, from), 2.0 * total(&fixture.costs, from)));
}

#[test]
fn missing_bars_are_gone_and_named() {
    let fixture = Fixture::new();
    let random = fixture.apply(&MissingBars { id: "m", title: "", which: Which::Random { share: 0.10 } });
    let lost: usize = (0..3).map(|s| 40 - random.rows.get(&s).map_or(40, Vec::len)).sum();
    assert_eq!(lost, random.faulty.len());
    assert!((1..=25).contains(&lost), "{lost} of 87");
    for (date, s) in &random.faulty {
        assert!(random.rows[s].iter().all(|r| r.date != *date) && fixture.sessions.contains(date));
    }
    let block = fixture.apply(&MissingBars { id: "m", title: "", which: Which::Block { sessions: 10 } });
    assert!((1..=2).contains(&block.rows.len()));
    for rows in block.rows.values() {
        assert_eq!(rows.len(), 30);
        let from = block.from.unwrap();
        let at = fixture.sessions.iter().position(|d| *d == from).unwrap();
        assert!(rows.iter().all(|r| !fixture.sessions[at..at + 10].contains(&r.date)));
    }
}

#[test]
fn a_frozen_feed_repeats_its_last_bar_on_new_dates() {
    let fixture = Fixture::new();
    let change = fixture.apply(&FrozenFeed { sessions: 10 });
    for (s, rows) in &change.rows {
        let old = fixture.before(*s);
        let k = old.iter().position(|r| Some(r.date) == change.from).unwrap();
        for j in k..k + 10 {
            assert_eq!(
                rows[j],
                BarRow {
                    date: old[j].date,
                    event_time: old[j].event_time,
                    known_at: old[j].known_at,
                    ..old[k - 1]
                }
            );
            assert!(change.faulty.contains(&(old[j].date, *s)));
        }
        assert_eq!((&rows[..k], &rows[k + 10..]), (&old[..k], &old[k + 10..]));
    }
    assert_eq!(change.faulty.len(), 10 * change.rows.len());
}

#[test]
fn bad_bars_and_a_halt_hit_the_largest_holding() {
    let fixture = Fixture::new();
    let change = fixture.apply(&BadBar { id: "b", title: "", factor: 10.0 });
    let date = change.from.unwrap();
    // The largest position by hand: shares bought less sold, at the close before.
    let value = |s: usize| {
        let held: i64 = fixture
            .book
            .fills
            .iter()
            .filter(|f| f.date < date && f.symbol == *fixture.bars[s].symbol())
            .map(|f| if f.side == Side::Buy { f.quantity } else { -f.quantity })
            .sum();
        let row = fixture.bars[s].dates().partition_point(|d| *d < date);
        held as f64 * fixture.bars[s].close()[row - 1]
    };
    let largest = (0..3).max_by(|a, b| value(*a).total_cmp(&value(*b))).unwrap();
    assert_eq!(change.rows.keys().copied().collect::<Vec<_>>(), [largest]);
    for (new, old) in change.rows[&largest].iter().zip(fixture.before(largest)) {
        let factor = if old.date == date { 10.0 } else { 1.0 };
        assert_eq!(new.close, old.close * factor);
    }
    let zero = fixture.apply(&BadBar { id: "z", title: "", factor: 0.0 });
    assert_eq!(zero.rows[&largest].iter().filter(|r| r.close == 0.0).count(), 1);
    let halt = fixture.apply(&Halt { sessions: 15 });
    assert_eq!(halt.faulty.len(), 15);
    assert!(halt.rows.values().all(|rows| rows.len() == 25));
}

#[test]
fn what_the_window_cannot_hold_is_said() {
    let mut fixture = Fixture::new();
    fixture.sessions.truncate(10);
    let error = Halt { sessions: 15 }.apply(&fixture.world()).unwrap_err();
    assert!(error.why.contains("10 sessions"), "{error}");
    fixture.book.exposure.fill(0.0);
    let error = SCENARIOS[0].apply(&fixture.world()).unwrap_err();
    assert!(error.why.contains("holds nothing"), "{error}");
}
