//! A triple-barrier label ends where the book's own stop, target and maximum hold end the position.

use proofmark_execution::book::{self, BookConfig, Selection, Sizing, run_book};
use proofmark_execution::costs::CostSchedule;
use proofmark_labels::{ExitReason, LabelSpec, label_grid};
use proofmark_market::{Bars, Calendar, Panel};
use proofmark_sources::simulator::{Scenario, WorldSpec, simulate};
use proofmark_units::{DateSpan, Seed};

/// Names with halts, listings and fat tails.
fn market() -> Panel {
    let calendar = Calendar::named("XNSE").unwrap();
    let span: DateSpan =
        DateSpan { start: "2015-01-01".parse().unwrap(), end: "2018-12-31".parse().unwrap() };
    let seed = Seed::root(5).child("barriers");
    let spec = WorldSpec::on_calendar(Scenario::Crash, 6, &calendar, span, 0.18, seed);
    let bars: Vec<Bars> = simulate(&spec)
        .unwrap()
        .bars
        .iter()
        .map(|s| Bars::from_rows(s.symbol.clone(), &s.rows).unwrap())
        .collect();
    Panel::from_bars(&bars)
}

fn same(label: ExitReason, book: book::ExitReason) -> bool {
    matches!(
        (label, book),
        (ExitReason::GapExitSl, book::ExitReason::GapExitSl)
            | (ExitReason::GapExitTp, book::ExitReason::GapExitTp)
            | (ExitReason::SlHit, book::ExitReason::SlHit)
            | (ExitReason::TpHit, book::ExitReason::TpHit)
            | (ExitReason::MaxHold, book::ExitReason::MaxHold)
    )
}

#[test]
fn a_label_says_what_the_book_does_bar_by_bar() {
    let panel = market();
    let (stop_loss, take_profit, max_hold) = (0.03, 0.04, 7);
    let labels = label_grid(&panel, &LabelSpec::TripleBarrier { stop_loss, take_profit, max_hold });
    let config = BookConfig {
        capital: 1e5,
        rebalance_every: 0,
        selection: Selection::TopFraction { fraction: 1.0, hysteresis: None },
        sizing: Sizing::Equal { max_weight: 1.0 },
        stop_loss: Some(stop_loss),
        take_profit: Some(take_profit),
        max_hold: Some(max_hold),
        participation: 1.0,
        lot: 1,
        resize_band: 0.0,
        delisting: book::Delisting::default(),
        periods_per_year: 252.0,
    };
    let free = CostSchedule::flat_bps(0.0);
    let mut seen = std::collections::BTreeMap::new();
    for t in (0..panel.len()).step_by(3) {
        let s = t / 3 % panel.width();
        let cell = panel.cell(t, s);
        let (Some(start), Some(reason)) = (labels.start[cell], labels.exit_reason[cell]) else { continue };
        // An order waits five sessions for a bar; a label waits as long as a halt lasts.
        if panel.at_or_after(start) > t + 5 {
            continue;
        }
        let mut scores = vec![f64::NAN; panel.len() * panel.width()];
        scores[cell] = 1.0;
        let span = DateSpan { start: panel.dates[t], end: panel.dates[panel.len() - 1] };
        let book = run_book(&panel, Some(&scores), &config, &free, span).unwrap();
        let trade = book.trades.first().expect("every label that ended belongs to a trade that ended");
        assert_eq!(trade.entry_date, start, "entry of session {t}, name {s}");
        assert!(trade.exit_date <= labels.end[cell].unwrap(), "the span covers the exit");
        let earned = trade.exit_price / trade.entry_price - 1.0;
        assert!((earned - labels.forward_return[cell]).abs() < 1e-12, "return of session {t}, name {s}");
        assert!(same(reason, trade.reason), "{reason:?} against {:?} at session {t}, name {s}", trade.reason);
        *seen.entry(reason).or_insert(0) += 1;
    }
    assert_eq!(seen.len(), 5, "every kind of exit was met: {seen:?}");
}
