//! Small panels and plain settings.

use proofmark_execution::book::{BookConfig, Delisting, Selection, Sizing};
use proofmark_market::{BarRow, Bars, Panel};
use proofmark_units::{Date, DateSpan, Seed};
use rand_chacha::rand_core::Rng;

pub(crate) const DAY0: i32 = 14_000; // 2008-05-01

/// Open, high, low, close; `None` = no bar.
pub(crate) type Row = Option<[f64; 4]>;

pub(crate) fn flat(price: f64) -> Row {
    Some([price; 4])
}

pub(crate) fn panel_with_volume(columns: &[(&str, Vec<Row>)], volume: f64) -> Panel {
    let bars: Vec<Bars> = columns
        .iter()
        .map(|(symbol, rows)| {
            let rows: Vec<BarRow> = rows
                .iter()
                .zip(DAY0..)
                .filter_map(|(row, day)| {
                    let [open, high, low, close] = (*row)?;
                    let date = Date::from_days(day);
                    let event_time = date.midnight_utc();
                    Some(BarRow { date, event_time, known_at: event_time, open, high, low, close, volume })
                })
                .collect();
            Bars::from_rows(symbol.parse().unwrap(), &rows).unwrap()
        })
        .collect();
    Panel::from_bars(&bars)
}

pub(crate) fn panel(columns: &[(&str, Vec<Row>)]) -> Panel {
    panel_with_volume(columns, 1e9)
}

pub(crate) fn date(day: i32) -> Date {
    Date::from_days(DAY0 + day)
}

pub(crate) fn whole(panel: &Panel) -> DateSpan {
    DateSpan::new(panel.dates[0], panel.dates[panel.len() - 1]).unwrap()
}

/// Everything, equally weighted, decided once; no exits.
pub(crate) fn plain(capital: f64) -> BookConfig {
    BookConfig {
        capital,
        rebalance_every: 0,
        selection: Selection::AllNames,
        sizing: Sizing::Equal { max_weight: 1.0 },
        stop_loss: None,
        take_profit: None,
        max_hold: None,
        participation: 1.0,
        lot: 1,
        resize_band: 0.0,
        delisting: Delisting::default(),
        periods_per_year: 252.0,
    }
}

pub(crate) struct Dice(rand_chacha::ChaCha8Rng);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(Seed::root(seed).rng())
    }

    /// Uniform in [0, 1).
    pub(crate) fn unit(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    pub(crate) fn below(&mut self, n: usize) -> usize {
        (self.unit() * n as f64) as usize
    }
}

/// Random walks with gaps, jumps, missing bars and an occasional death.
pub(crate) fn random_panel(dice: &mut Dice, symbols: usize, sessions: usize) -> Panel {
    let columns: Vec<(String, Vec<Row>)> = (0..symbols)
        .map(|s| {
            let mut price = 5.0 + 500.0 * dice.unit();
            let death = if dice.unit() < 0.2 { dice.below(sessions) } else { sessions };
            let rows = (0..sessions)
                .map(|t| {
                    let open = price * (1.0 + 0.06 * (dice.unit() - 0.5));
                    let close = open * (1.0 + 0.08 * (dice.unit() - 0.5));
                    let high = open.max(close) * (1.0 + 0.03 * dice.unit());
                    let low = open.min(close) * (1.0 - 0.03 * dice.unit());
                    price = close;
                    // Session 0 always has its bar so that every truncated panel keeps its columns.
                    (t == 0 || (t < death && dice.unit() > 0.05)).then_some([open, high, low, close])
                })
                .collect();
            (format!("S{s}"), rows)
        })
        .collect();
    let columns: Vec<(&str, Vec<Row>)> = columns.iter().map(|(s, rows)| (s.as_str(), rows.clone())).collect();
    panel_with_volume(&columns, 10.0 + 1e5 * dice.unit())
}

pub(crate) fn random_config(dice: &mut Dice) -> BookConfig {
    let fraction = 0.1 + 0.5 * dice.unit();
    BookConfig {
        capital: 500.0 + 1e6 * dice.unit() * dice.unit(),
        rebalance_every: 1 + dice.below(7),
        selection: if dice.unit() < 0.7 {
            let hysteresis = (dice.unit() < 0.5).then(|| (fraction * 1.5).min(1.0));
            Selection::TopFraction { fraction, hysteresis }
        } else {
            Selection::AllNames
        },
        sizing: if dice.unit() < 0.6 {
            Sizing::InverseVolatility {
                window: 2 + dice.below(10),
                target_annual_volatility: (dice.unit() < 0.5).then_some(0.2),
                max_weight: 0.2 + 0.8 * dice.unit(),
            }
        } else {
            Sizing::Equal { max_weight: 0.2 + 0.8 * dice.unit() }
        },
        stop_loss: (dice.unit() < 0.6).then(|| 0.01 + 0.1 * dice.unit()),
        take_profit: (dice.unit() < 0.6).then(|| 0.01 + 0.1 * dice.unit()),
        max_hold: (dice.unit() < 0.5).then(|| 1 + dice.below(15)),
        participation: 0.01 + 0.99 * dice.unit(),
        lot: 1 + u32::from(dice.unit() < 0.3) * 4,
        resize_band: if dice.unit() < 0.5 { 0.0 } else { 0.2 },
        delisting: Delisting { after_sessions: 1 + dice.below(10), haircut: dice.unit() },
        periods_per_year: 252.0,
    }
}
