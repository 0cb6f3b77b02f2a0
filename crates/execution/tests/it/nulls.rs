use proofmark_execution::book::{
    BookConfig, NaiveRule, Selection, Sizing, null_books, run_book, run_naive_books, run_null_books,
};
use proofmark_execution::costs::CostSchedule;
use proofmark_units::Seed;

use crate::support::{Dice, plain, random_panel, whole};

fn candidate() -> BookConfig {
    BookConfig {
        rebalance_every: 5,
        selection: Selection::TopFraction { fraction: 0.3, hysteresis: Some(0.5) },
        sizing: Sizing::InverseVolatility { window: 20, target_annual_volatility: None, max_weight: 0.5 },
        stop_loss: Some(0.08),
        ..plain(1e6)
    }
}

#[test]
fn null_books_keep_everything_but_the_score() {
    let config = candidate();
    let nulls = null_books(&config);
    assert_eq!(
        nulls.iter().map(|(name, _)| *name).collect::<Vec<_>>(),
        ["all_names_vol_scaled", "all_names_equal"]
    );
    for (_, null) in &nulls {
        assert_eq!(null.selection, Selection::AllNames);
        assert_eq!((null.stop_loss, null.rebalance_every), (config.stop_loss, config.rebalance_every));
    }
    assert_eq!(nulls[0].1.sizing, config.sizing);
    assert_eq!(nulls[1].1.sizing, Sizing::Equal { max_weight: 0.5 });
}

#[test]
fn naive_rules_do_what_their_names_say() {
    let panel = random_panel(&mut Dice::new(7), 6, 150);
    let costs = CostSchedule::named("nse_delivery").unwrap();
    let (config, seed) = (candidate(), Seed::root(1));
    let books = run_naive_books(&panel, &config, &costs, whole(&panel), &seed).unwrap();
    assert_eq!(books.iter().map(|(name, _)| *name).collect::<Vec<_>>(), NaiveRule::ALL.map(NaiveRule::name));
    assert!(books[0].1.fills.is_empty() && books[0].1.equity.iter().all(|e| *e == 1e6));
    let first_momentum = books[1].1.fills.first().unwrap().date;
    assert!(first_momentum > panel.dates[60], "{first_momentum}");
    assert!(!books[2].1.trades.is_empty());
    assert!(books[3].1.fills.iter().all(|f| f.date <= panel.dates[5] || f.costs.total() == 0.0));
    assert_eq!(run_naive_books(&panel, &config, &costs, whole(&panel), &seed).unwrap(), books);
    let other = NaiveRule::RandomScores.scores(&panel, &Seed::root(2));
    assert_ne!(other, NaiveRule::RandomScores.scores(&panel, &seed));
    assert!(other.iter().all(|u| *u > 0.0 && *u < 1.0));
}

#[test]
fn all_names_held_by_score_is_the_null_book() {
    let panel = random_panel(&mut Dice::new(9), 5, 120);
    let costs = CostSchedule::flat_bps(10.0);
    let config =
        BookConfig { selection: Selection::TopFraction { fraction: 1.0, hysteresis: None }, ..candidate() };
    let scores = vec![0.5; panel.len() * panel.width()];
    let scored = run_book(&panel, Some(&scores), &config, &costs, whole(&panel)).unwrap();
    let nulls = run_null_books(&panel, &config, &costs, whole(&panel)).unwrap();
    assert_eq!(scored, nulls[0].1);
}
