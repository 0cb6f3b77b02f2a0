//! What holds on every random market.

use proofmark_execution::book::{Book, BookConfig, FillReason, NaiveRule, run_book};
use proofmark_execution::costs::{BrokerPlan, CostKind, CostSchedule};
use proofmark_market::Panel;
use proofmark_units::{DateSpan, Seed};
use proptest::prelude::*;

use crate::support::{Dice, random_config, random_panel, whole};

pub(crate) struct World {
    pub(crate) panel: Panel,
    pub(crate) config: BookConfig,
    pub(crate) costs: CostSchedule,
    scores: Vec<f64>,
    span: DateSpan,
}

pub(crate) fn world(seed: u64) -> World {
    let mut dice = Dice::new(seed);
    let (symbols, sessions) = (1 + dice.below(6), 20 + dice.below(60));
    let panel = random_panel(&mut dice, symbols, sessions);
    let config = random_config(&mut dice);
    let costs = match dice.below(3) {
        0 => CostSchedule::flat_bps(0.0),
        1 => CostSchedule::named("nse_delivery").unwrap(),
        _ => {
            let plan = BrokerPlan {
                brokerage: 0.002,
                brokerage_max: 20.0,
                dp_per_sell_day: 40.0,
                ..BrokerPlan::default()
            };
            CostSchedule::named("nse_delivery").unwrap().with_broker(plan).scaled(2.0)
        }
    };
    let scores = (0..panel.len() * panel.width())
        .map(|_| if dice.unit() < 0.1 { f64::NAN } else { dice.unit() - 0.2 })
        .collect();
    let start = panel.dates[dice.below(panel.len() / 2)];
    let span = DateSpan::new(start, whole(&panel).end).unwrap();
    World { panel, config, costs, scores, span }
}

impl World {
    pub(crate) fn run(&self) -> Book {
        run_book(&self.panel, Some(&self.scores), &self.config, &self.costs, self.span).unwrap()
    }
}

fn truncated(panel: &Panel, sessions: usize) -> Panel {
    let cells = sessions * panel.width();
    let cut = |column: &[f64]| column[..cells].to_vec();
    Panel {
        symbols: panel.symbols.clone(),
        dates: panel.dates[..sessions].to_vec(),
        open: cut(&panel.open),
        high: cut(&panel.high),
        low: cut(&panel.low),
        close: cut(&panel.close),
        volume: cut(&panel.volume),
        standing: panel.standing[..cells].to_vec(),
        group: panel.group[..cells].to_vec(),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn money_is_conserved(seed in any::<u64>()) {
        let w = world(seed);
        let book = w.run();
        for i in 0..book.dates.len() {
            let identity = book.cash[i] + book.positions_value[i];
            prop_assert!((book.equity[i] - identity).abs() <= 1e-9 * book.equity[i]);
            prop_assert!(book.cash[i] >= 0.0 && book.costs[i] >= 0.0);
            prop_assert!(book.gross_return[i] >= book.net_return[i]);
            prop_assert!(book.exposure[i] <= 1.0 + 1e-12);
        }
        let pnl: f64 = book.trades.iter().map(|t| t.pnl).sum::<f64>()
            + book.open_positions.iter().map(|p| p.pnl).sum::<f64>();
        let gained = book.equity[book.dates.len() - 1] - w.config.capital;
        prop_assert!((pnl - gained).abs() <= 1e-9 * w.config.capital, "{pnl} {gained}");
        let daily: f64 = book.costs.iter().sum();
        prop_assert!((book.cost_by_kind.total() - daily).abs() <= 1e-9 * w.config.capital);
        prop_assert!(CostKind::ALL.iter().all(|kind| book.cost_by_kind.get(*kind) >= 0.0));
        let compounded = book.net_return.iter().fold(w.config.capital, |e, r| e * (1.0 + r));
        prop_assert!((compounded / book.equity[book.dates.len() - 1] - 1.0).abs() < 1e-9);
        for t in &book.trades {
            let gross = t.quantity as f64 * (t.exit_price - t.entry_price);
            prop_assert!((t.pnl - (gross - t.costs)).abs() <= 1e-6 && t.mae <= 0.0 && t.mfe >= 0.0);
            prop_assert!(t.exit_date >= t.entry_date && t.quantity > 0);
        }
    }

    #[test]
    fn nothing_fills_before_or_on_its_decision_nor_off_the_bar(seed in any::<u64>()) {
        let w = world(seed);
        for fill in w.run().fills {
            let t = w.panel.at_or_after(fill.date);
            let s = w.panel.symbols.iter().position(|x| *x == fill.symbol).unwrap();
            prop_assert!(fill.quantity > 0 && fill.quantity % i64::from(w.config.lot) == 0);
            match fill.reason {
                FillReason::Decision(decided) => {
                    prop_assert!(decided < fill.date && w.span.contains(decided));
                    prop_assert_eq!(fill.price, w.panel.open[w.panel.cell(t, s)]);
                    let late = t - w.panel.at_or_after(decided);
                    prop_assert!(late <= 5);
                }
                FillReason::Exit(_) if w.panel.has_bar(t, s) => {
                    let cell = w.panel.cell(t, s);
                    prop_assert!(w.panel.low[cell] <= fill.price && fill.price <= w.panel.high[cell]);
                }
                FillReason::Exit(reason) => prop_assert_eq!(reason.name(), "delisted"),
            }
        }
    }

    #[test]
    fn the_future_never_changes_the_past(seed in any::<u64>(), cut in 0.0..1.0_f64) {
        let w = world(seed);
        let whole = w.run();
        let first = w.panel.at_or_after(w.span.start);
        let sessions = first + 1 + ((w.panel.len() - first - 1) as f64 * cut) as usize;
        let panel = truncated(&w.panel, sessions);
        let scores = w.scores[..sessions * panel.width()].to_vec();
        let part = World { panel, scores, ..w }.run();
        let n = part.dates.len();
        prop_assert_eq!(n, sessions - first);
        prop_assert_eq!(&part.dates[..], &whole.dates[..n]);
        prop_assert_eq!(&part.equity[..], &whole.equity[..n]);
        prop_assert_eq!(&part.cash[..], &whole.cash[..n]);
        prop_assert_eq!(&part.turnover[..], &whole.turnover[..n]);
        prop_assert_eq!(&part.stale_names[..], &whole.stale_names[..n]);
        prop_assert_eq!(&part.fills[..], &whole.fills[..part.fills.len()]);
        prop_assert!(whole.fills.iter().skip(part.fills.len()).all(|f| f.date > part.dates[n - 1]));
        prop_assert_eq!(&part.trades[..], &whole.trades[..part.trades.len()]);
    }

    #[test]
    fn zero_scores_never_trade_and_runs_repeat(seed in any::<u64>()) {
        let w = world(seed);
        let book = w.run();
        prop_assert_eq!(&book, &w.run());
        let text = serde_json::to_string(&book).unwrap();
        prop_assert!(!text.contains("null,null"));
        let back: Book = serde_json::from_str(&text).unwrap();
        prop_assert_eq!(back, Book { fills: Vec::new(), ..book });
        let config = BookConfig {
            selection: proofmark_execution::book::Selection::TopFraction { fraction: 0.5, hysteresis: None },
            ..w.config
        };
        let zero = NaiveRule::AlwaysZero.scores(&w.panel, &Seed::root(0));
        let idle = run_book(&w.panel, Some(&zero), &config, &w.costs, w.span).unwrap();
        prop_assert!(idle.fills.is_empty() && idle.net_return.iter().all(|r| *r == 0.0));
    }
}
