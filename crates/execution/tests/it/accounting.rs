//! Books small enough to check with a pencil.

use proofmark_execution::book::{
    BookConfig, BookError, Delisting, ExitReason, Selection, Sizing, run_book, run_naive_books,
};
use proofmark_execution::costs::{BrokerPlan, CostSchedule, Side};
use proofmark_units::{DateSpan, Seed};

use crate::support::{Row, date, flat, panel, panel_with_volume, plain, whole};

fn free() -> CostSchedule {
    CostSchedule::flat_bps(0.0)
}

#[test]
fn three_names_bought_at_the_next_open_with_the_cash_there_is() {
    let panel = panel(&[
        ("A", vec![flat(100.0), Some([110.0, 110.0, 110.0, 110.0]), flat(121.0)]),
        ("B", vec![flat(50.0), flat(50.0), flat(50.0)]),
        ("C", vec![flat(200.0), flat(190.0), flat(190.0)]),
    ]);
    let book = run_book(&panel, None, &plain(30_000.0), &free(), whole(&panel)).unwrap();
    // Wanted 100 A, 200 B, 50 C = 30,500 at the opens; scaled by 30,000 / 30,500 and cut to whole shares.
    let bought: Vec<(i64, f64)> = book.fills.iter().map(|f| (f.quantity, f.price)).collect();
    assert_eq!(bought, [(98, 110.0), (196, 50.0), (49, 190.0)]);
    assert_eq!(book.cash, [30_000.0, 110.0, 110.0]);
    assert_eq!(book.equity, [30_000.0, 30_000.0, 31_078.0]);
    assert_eq!(book.positions_value[2], 98.0 * 121.0 + 196.0 * 50.0 + 49.0 * 190.0);
    assert!((book.net_return[2] - 1_078.0 / 30_000.0).abs() < 1e-15);
    assert!((book.turnover[1] - 29_890.0 / 30_000.0).abs() < 1e-15);
    assert_eq!(book.names_held, [0, 3, 3]);
    assert!((book.max_name_weight[2] - 98.0 * 121.0 / 31_078.0).abs() < 1e-15);
    assert!((book.exposure[1] - 29_890.0 / 30_000.0).abs() < 1e-15);
}

#[test]
fn costs_come_out_of_cash_and_out_of_nothing_else() {
    let panel = panel(&[("A", vec![flat(100.0), flat(100.0), flat(110.0), flat(110.0)])]);
    let config = BookConfig { max_hold: Some(2), ..plain(100_000.0) };
    let book = run_book(&panel, None, &config, &CostSchedule::flat_bps(10.0), whole(&panel)).unwrap();
    // 1,000 shares cost 100,100 with fees: 999 are bought for 99,900 + 99.90.
    assert_eq!(book.fills[0].quantity, 999);
    assert!((book.cash[1] - 0.1).abs() < 1e-9);
    let trade = &book.trades[0];
    assert_eq!((trade.reason, trade.days_held), (ExitReason::MaxHold, 2));
    assert!((trade.costs - (99.9 + 109.89)).abs() < 1e-9);
    assert!((trade.pnl - (9_990.0 - 209.79)).abs() < 1e-9);
    assert!((book.equity[3] - 109_780.21).abs() < 1e-9);
    assert!((book.gross_return[2] - 9_990.0 / book.equity[1]).abs() < 1e-12);
    assert!((book.gross_return[1]).abs() < 1e-12 && (book.net_return[1] + 99.9 / 100_000.0).abs() < 1e-12);
    assert!((book.cost_by_kind.total() - 209.79).abs() < 1e-9);
    assert!((book.costs[1] - 99.9).abs() < 1e-9);
    let steps = book.cost_waterfall(252.0);
    let names: Vec<&str> = steps.iter().map(|s| s.name.as_str()).collect();
    assert_eq!(names, ["gross", "brokerage", "net"]);
    assert!((steps[0].annual + steps[1].annual - steps[2].annual).abs() < 1e-12);
    assert!(book.break_even_multiple().unwrap() > 1.0);
}

#[test]
fn inverse_volatility_weights_are_one_over_sigma() {
    // A moves by 1 % a session, B by 2 %: weights 2/3 and 1/3.
    let zigzag =
        |step: f64| -> Vec<Row> { (0..12).map(|t| flat(100.0 * (step * f64::from(t % 2)).exp())).collect() };
    let panel = panel(&[("A", zigzag(0.01)), ("B", zigzag(0.02))]);
    let sizing = |target_annual_volatility, max_weight| Sizing::InverseVolatility {
        window: 4,
        target_annual_volatility,
        max_weight,
    };
    let span = DateSpan::new(date(10), date(11)).unwrap();
    let run = |sizing| {
        let config = BookConfig { sizing, ..plain(3_000_000.0) };
        run_book(&panel, None, &config, &free(), span).unwrap()
    };
    let quantities = |sizing| run(sizing).fills.iter().map(|f| f.quantity).collect::<Vec<_>>();
    // Decided at closes of 100; bought one session later at the higher open, so cash scales both.
    let opens = [100.0 * 0.01_f64.exp(), 100.0 * 0.02_f64.exp()];
    let factor = 3_000_000.0 / (20_000.0 * opens[0] + 10_000.0 * opens[1]);
    let expected = [20_000.0 * factor, 10_000.0 * factor];
    for (got, want) in quantities(sizing(None, 1.0)).iter().zip(expected) {
        assert!((*got as f64 - want).abs() <= 2.0, "{got} {want}");
    }
    let half: Vec<i64> = quantities(sizing(None, 0.5));
    assert!((half[0] - half[1]).abs() <= 2);
    // The two move together: sigma of the weighted return = 2/3 x 1.155 % + 1/3 x 2.309 % = 1.5396 % a session.
    let annual = (2.0 / 3.0 * 0.01 + 1.0 / 3.0 * 0.02) * (4.0_f64 / 3.0).sqrt() * 252.0_f64.sqrt();
    let scaled = quantities(sizing(Some(annual / 2.0), 1.0));
    assert!((scaled[0] - 10_000).abs() <= 2 && (scaled[1] - 5_000).abs() <= 2, "{scaled:?}");
    // Too little history to size by: nothing is held.
    let early = DateSpan::new(date(3), date(4)).unwrap();
    let config = BookConfig { sizing: sizing(None, 1.0), ..plain(1e6) };
    assert!(run_book(&panel, None, &config, &free(), early).unwrap().fills.is_empty());
}

#[test]
fn an_order_waits_for_a_bar_and_expires_after_five_sessions() {
    let steady = ("B", vec![flat(50.0); 9]);
    let late = |bars_from: usize| -> Vec<Row> {
        (0..9).map(|t| if t == 0 || t >= bars_from { flat(100.0) } else { None }).collect()
    };
    let run = |bars_from| {
        let panel = panel(&[("A", late(bars_from)), steady.clone()]);
        run_book(&panel, None, &plain(10_000.0), &free(), whole(&panel)).unwrap()
    };
    let waited = run(5);
    assert_eq!(waited.fills[1].date, date(5));
    assert_eq!((waited.fills.len(), waited.expired_orders), (2, 0));
    let expired = run(6);
    assert_eq!((expired.fills.len(), expired.expired_orders), (1, 1));
}

#[test]
fn participation_spreads_an_order_over_sessions() {
    let panel = panel_with_volume(&[("A", vec![flat(100.0); 9])], 400.0);
    let config = BookConfig { participation: 0.1, ..plain(10_000.0) };
    let book = run_book(&panel, None, &config, &free(), whole(&panel)).unwrap();
    // 100 shares at 40 a session.
    assert_eq!(book.fills.iter().map(|f| f.quantity).collect::<Vec<_>>(), [40, 40, 20]);
    // The order is 25 % of daily volume at 10,000: 10 % is reached at 4,000.
    let capacity = book.capacity(0.1, 0.001);
    assert!((capacity.by_participation.unwrap() - 4_000.0).abs() < 1e-9);
    assert_eq!((capacity.by_impact, capacity.binding()), (None, capacity.by_participation));
    let unknown = panel_with_volume(&[("A", vec![flat(100.0); 3])], f64::NAN);
    let book = run_book(&unknown, None, &config, &free(), whole(&unknown)).unwrap();
    assert_eq!((book.fills[0].quantity, book.fills_without_volume), (100, 1));
}

#[test]
fn impact_capacity_is_where_impact_eats_the_mean() {
    let rows: Vec<Row> = (0..30).map(|t| flat(100.0 * 1.01_f64.powi(t % 3))).collect();
    let panel = panel_with_volume(&[("A", rows)], 2_000.0);
    let costs = CostSchedule::named("nse_delivery").unwrap();
    let span = DateSpan::new(date(5), date(29)).unwrap();
    let book = run_book(&panel, None, &plain(100_000.0), &costs, span).unwrap();
    assert!(book.cost_by_kind.impact > 0.0);
    let mean_equity = book.equity.iter().sum::<f64>() / book.equity.len() as f64;
    // A mean return of zero is eaten right here; one of -impact or worse carries nothing.
    assert!((book.capacity(1.0, 0.0).by_impact.unwrap() / mean_equity - 1.0).abs() < 1e-12);
    assert_eq!(book.capacity(1.0, -1.0).by_impact, Some(0.0));
}

#[test]
fn bars_that_stop_are_priced() {
    let mut a = vec![flat(100.0); 4];
    a.extend([None; 6]);
    let panel = panel(&[("A", a), ("B", vec![flat(50.0); 10])]);
    let delisting = Delisting { after_sessions: 4, haircut: 0.3 };
    let config = BookConfig { delisting, ..plain(20_000.0) };
    let book = run_book(&panel, None, &config, &free(), whole(&panel)).unwrap();
    let trade = &book.trades[0];
    assert_eq!((trade.reason, trade.exit_date, trade.exit_price), (ExitReason::Delisted, date(7), 70.0));
    assert_eq!(book.stale_names, [0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
    assert_eq!(book.equity[9], 17_000.0);
}

#[test]
fn scores_choose_names_and_a_decision_on_the_last_date_cannot_fill() {
    let panel = panel(&[("A", vec![flat(100.0); 6]), ("B", vec![flat(50.0); 6]), ("C", vec![flat(20.0); 6])]);
    let config = BookConfig {
        rebalance_every: 2,
        selection: Selection::TopFraction { fraction: 0.3, hysteresis: None },
        ..plain(10_000.0)
    };
    let mut scores = vec![f64::NAN; 18];
    scores[0..3].copy_from_slice(&[0.9, 0.1, 0.5]);
    scores[6..9].copy_from_slice(&[0.2, 0.8, f64::NAN]);
    scores[12..15].copy_from_slice(&[0.1, 0.2, 0.9]);
    let run = |end| {
        let span = DateSpan::new(date(0), date(end)).unwrap();
        run_book(&panel, Some(&scores), &config, &free(), span).unwrap()
    };
    let held = |book: &proofmark_execution::book::Book| book.open_positions[0].symbol.to_string();
    assert_eq!(held(&run(1)), "A");
    assert_eq!(held(&run(2)), "A");
    let third = run(3);
    assert_eq!(held(&third), "B");
    assert_eq!((third.trades[0].reason, third.trades[0].exit_date), (ExitReason::Rebalance, date(3)));
    assert_eq!(held(&run(4)), "B");
    assert_eq!(held(&run(5)), "C");
}

#[test]
fn a_resize_band_leaves_small_changes_alone() {
    let rows = vec![flat(100.0), flat(100.0), flat(102.0), flat(102.0), flat(102.0)];
    let panel = panel(&[("A", rows), ("B", vec![flat(50.0); 5])]);
    let run = |resize_band| {
        let config = BookConfig { rebalance_every: 2, resize_band, ..plain(100_000.0) };
        run_book(&panel, None, &config, &free(), whole(&panel)).unwrap().fills.len()
    };
    assert_eq!((run(0.0), run(0.1)), (4, 2));
}

#[test]
fn fees_never_make_cash_negative() {
    let panel = panel(&[("A", vec![flat(100.0), flat(100.0), flat(1.0), flat(1.0)])]);
    let plan = BrokerPlan { dp_per_sell_day: 50.0, ..BrokerPlan::default() };
    let costs = free().with_broker(plan);
    let config = BookConfig { stop_loss: Some(0.03), ..plain(1_000.0) };
    let book = run_book(&panel, None, &config, &costs, whole(&panel)).unwrap();
    // Ten shares worth 10 cannot pay a charge of 50: they stay.
    assert!(book.trades.is_empty());
    assert_eq!((book.cash[3], book.equity[3]), (0.0, 10.0));
}

#[test]
fn settings_read_from_toml_and_unknown_keys_are_refused() {
    let text = r#"
        capital = 1000000.0
        rebalance_every = 5
        stop_loss = 0.08
        participation = 0.05
        selection = { kind = "top_fraction", fraction = 0.2, hysteresis = 0.4 }
        sizing = { kind = "inverse_volatility", window = 60, max_weight = 0.15 }
    "#;
    let config: BookConfig = toml::from_str(text).unwrap();
    config.check().unwrap();
    assert_eq!((config.lot, config.take_profit, config.delisting.after_sessions), (1, None, 20));
    let again: BookConfig = serde_json::from_str(&serde_json::to_string(&config).unwrap()).unwrap();
    assert_eq!(again, config);
    assert!(toml::from_str::<BookConfig>(&text.replace("hysteresis", "hysterisis")).is_err());
    assert!(toml::from_str::<BookConfig>(&text.replace("stop_loss", "stoploss")).is_err());
}

#[test]
fn bad_input_is_named() {
    let panel = panel(&[("A", vec![flat(100.0); 3])]);
    let span = whole(&panel);
    let error = |config: &BookConfig, scores: Option<&[f64]>, span| {
        run_book(&panel, scores, config, &free(), span).unwrap_err()
    };
    let top = BookConfig {
        selection: Selection::TopFraction { fraction: 0.5, hysteresis: None },
        ..plain(1_000.0)
    };
    assert_eq!(error(&top, None, span), BookError::NoScores);
    assert_eq!(error(&top, Some(&[1.0]), span), BookError::ScoresShape { expected: 3, found: 1 });
    let later = DateSpan::new(date(10), date(20)).unwrap();
    assert_eq!(error(&plain(1_000.0), None, later), BookError::EmptySpan { span: later });
    let wrong = BookConfig { stop_loss: Some(3.0), ..plain(1_000.0) };
    assert_eq!(error(&wrong, None, span).to_string(), "book setting `stop_loss` is 3; it must be in (0, 1)");
    for wrong in [
        BookConfig { capital: f64::NAN, ..plain(1.0) },
        BookConfig { participation: 0.0, ..plain(1.0) },
        BookConfig { lot: 0, ..plain(1.0) },
        BookConfig { sizing: Sizing::Equal { max_weight: 1.5 }, ..plain(1.0) },
        BookConfig { max_hold: Some(0), ..plain(1.0) },
    ] {
        assert!(matches!(wrong.check(), Err(BookError::Setting { .. })));
    }
}

#[test]
fn an_undated_fill_is_refused_unless_asked_for() {
    let mut panel = panel(&[("A", vec![flat(100.0); 3])]);
    panel.dates.iter_mut().for_each(|d| *d = d.plus_days(-3_000));
    let costs = CostSchedule::named("nse_delivery").unwrap();
    let run = |costs: &CostSchedule| run_book(&panel, None, &plain(1e4), costs, whole(&panel));
    assert!(matches!(run(&costs), Err(BookError::Undated(_))));
    assert!(run(&costs.with_earliest_rates_before()).is_ok());
}

#[test]
fn only_members_are_bought_and_a_pause_leaves_things_as_they_are() {
    use proofmark_market::Standing::{Member, Outside, Paused};
    let mut panel =
        panel(&[("A", vec![flat(100.0); 8]), ("B", vec![flat(50.0); 8]), ("C", vec![flat(20.0); 8])]);
    // A is a member until session 3, C from session 4 on; B is paused on session 2.
    for t in 0..8 {
        let (a, b, c) = (panel.cell(t, 0), panel.cell(t, 1), panel.cell(t, 2));
        panel.standing[a] = if t < 4 { Member } else { Outside };
        panel.standing[b] = if t == 2 { Paused } else { Member };
        panel.standing[c] = if t < 4 { Outside } else { Member };
    }
    let config = BookConfig { rebalance_every: 2, resize_band: 0.9, ..plain(10_000.0) };
    let book = run_book(&panel, None, &config, &free(), whole(&panel)).unwrap();
    let fills: Vec<(String, i64, Side)> = book
        .fills
        .iter()
        .map(|f| (f.symbol.to_string(), i64::from(f.date.days() - date(0).days()), f.side))
        .collect();
    let fill = |symbol: &str, day, side| (symbol.to_owned(), day, side);
    // Decided after sessions 0 and 4, filled on the next. The pause of session 2 sold no B, and A went to C.
    assert_eq!(
        fills,
        [fill("A", 1, Side::Buy), fill("B", 1, Side::Buy), fill("A", 5, Side::Sell), fill("C", 5, Side::Buy)]
    );
    let naive = run_naive_books(&panel, &config, &free(), whole(&panel), &Seed::root(3)).unwrap();
    for (name, book) in naive {
        let early = book.fills.iter().any(|f| f.symbol.as_str() == "C" && f.date < date(5));
        assert!(!early, "{name} bought C before it was a member");
    }
}
