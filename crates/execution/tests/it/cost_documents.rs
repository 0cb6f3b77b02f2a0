//! docs/COSTS.md shows the rates that the data files hold.

use std::fmt::Write;

use proofmark_execution::costs::{CostSchedule, ExerciseBasis};

/// At most ten digits after the point, without trailing zeros.
fn number(x: f64) -> String {
    let text = format!("{x:.10}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn mark(assumption: bool) -> &'static str {
    if assumption { "assumption" } else { "" }
}

fn tables() -> String {
    let mut out = String::new();
    for name in CostSchedule::names() {
        let schedule = CostSchedule::named(name).unwrap();
        let first =
            schedule.first_date().map_or("no dated rate".to_owned(), |date| format!("dated from {date} on"));
        writeln!(out, "### `{name}`\n\n{}, {}, {first}\n", schedule.product(), schedule.currency()).unwrap();
        out.push_str("| what | from | buyer | seller | |\n|---|---|---|---|---|\n");
        for row in schedule.rates() {
            let (buy, sell) = (number(100.0 * row.buy), number(100.0 * row.sell));
            let kind = row.kind.name();
            writeln!(out, "| `{kind}` | {} | {buy} % | {sell} % | {} |", row.from, mark(row.assumption))
                .unwrap();
        }
        for row in schedule.per_unit() {
            let most = row.max.map_or(String::new(), |max| format!(", at most {}", number(max)));
            let (kind, buy, sell) = (row.kind.name(), number(row.buy), number(row.sell));
            let each = format!("| `{kind}` | {} | {buy} a unit | {sell} a unit{most} |", row.from);
            writeln!(out, "{each} {} |", mark(row.assumption)).unwrap();
        }
        for row in schedule.exercise_rates() {
            let basis = match row.basis {
                ExerciseBasis::Settlement => "settlement price",
                ExerciseBasis::Intrinsic => "intrinsic value",
            };
            let rate = number(100.0 * row.rate);
            let each = format!("| exercise | {} | {rate} % of {basis} | |", row.from);
            writeln!(out, "{each} {} |", mark(row.assumption)).unwrap();
        }
        for table in schedule.tiers() {
            for tier in &table.levels {
                let (maker, taker) = (number(100.0 * tier.maker), number(100.0 * tier.taker));
                let level = format!("| tier above {} | {}", number(tier.above), table.from);
                writeln!(out, "{level} | maker {maker} % | taker {taker} % | {} |", mark(table.assumption))
                    .unwrap();
            }
        }
        if let Some(holding) = schedule.holding() {
            for row in holding.annual() {
                let rate = number(100.0 * row.rate);
                let each = format!("| `{}` | {} | {rate} % a year | |", row.kind.name(), row.from);
                writeln!(out, "{each} {} |", mark(row.assumption)).unwrap();
            }
        }
        let (slippage, _) = schedule.slippage();
        let (half, k) = (number(100.0 * slippage.half_spread), number(slippage.impact_coefficient));
        writeln!(out, "| half spread; `k` | | {half} %; {k} | {half} %; {k} | assumption |\n").unwrap();
    }
    out
}

#[test]
fn the_page_shows_the_rates_of_the_files() {
    let page = include_str!("../../../../docs/COSTS.md");
    let wanted = tables();
    if !page.contains(wanted.trim_end()) {
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join("costs_tables.md");
        std::fs::write(&path, &wanted).unwrap();
        panic!(
            "the tables of docs/COSTS.md are not those of the data files; the ones wanted lie in {path:?}"
        );
    }
}
