//! The languages in which features and regimes are written, read and run over a few bars.

use std::sync::OnceLock;

use proofmark_features::expr::{Everyone, Expr, ExprProblem, Members, Program, Row, parse};
use proofmark_features::regimes::{RegimeSpec, label_regimes};
use proofmark_market::{BarRow, Bars};
use proofmark_units::Date;

/// Columns of one program, and bars of a name: enough for two chunks of no operator, for the windows of most.
const COLUMNS: usize = 16;
const BARS: i32 = 90;

/// Three names that rise, fall and stand still, with days left out and volumes missing or zero.
fn bars() -> &'static [Bars] {
    static BARS_OF: OnceLock<Vec<Bars>> = OnceLock::new();
    BARS_OF.get_or_init(|| (0..3).map(name).collect())
}

fn name(k: i32) -> Bars {
    let row = |day: i32| {
        let date = Date::from_days(18_000 + day);
        let step = f64::from((day * 37 + k * 11) % 23 - 11);
        let close = if (40..52).contains(&day) { 100.0 } else { 100.0 + step + f64::from(k * day) / 9.0 };
        let open = if day % 7 == 3 { close } else { close - step / 5.0 };
        let (high, low) = (open.max(close) + 1.0, open.min(close) * if day == 20 { 1e-9 } else { 0.99 });
        let volume = match day % 13 {
            4 => f64::NAN,
            9 => 0.0,
            _ => f64::from(1_000 + day * k),
        };
        let at = date.midnight_utc();
        BarRow { date, event_time: at, known_at: at, open, high, low, close, volume }
    };
    let rows: Vec<BarRow> = (0..BARS).filter(|day| (day + k) % 6 != 5).map(row).collect();
    Bars::from_rows(format!("N{k}").parse().expect("a symbol"), &rows).expect("whole bars")
}

/// Two names are of one group; the third is of none, and a member on even days only.
struct Groups;

impl Members for Groups {
    fn is_member(&self, k: usize, date: Date) -> bool {
        k < 2 || date.days() % 2 == 0
    }
    fn group(&self, k: usize, _: Date) -> Option<u32> {
        (k < 2).then_some(7)
    }
}

/// Expressions, one a line: each is read and printed, those that compile run together, at once and bar by bar.
pub fn expressions(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let mut columns: Vec<(String, &str)> = Vec::new();
    for (k, line) in text.lines().take(COLUMNS).enumerate() {
        match parse(line) {
            Ok(expr) => prints(&expr),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
        let column = (format!("c{k}"), line);
        match Program::compile(std::slice::from_ref(&column)) {
            Ok(_) => columns.push(column),
            Err(error) => assert!(error.at.start <= line.len(), "{error}"),
        }
    }
    let Ok(program) = Program::compile(&columns) else { return };
    assert!(program.inputs().len() == columns.len() && program.look_backs().len() == columns.len());
    if program.is_cross_sectional() {
        assert!(program.columns(&bars()[0]).is_err());
        panel(&program);
    } else {
        alone(&program);
    }
}

/// What is printed is read as the same, where its parentheses do not bring it beyond the limits.
fn prints(expr: &Expr) {
    let printed = expr.to_string();
    match parse(&printed) {
        Ok(again) => assert_eq!(again.to_string(), printed),
        Err(error) => {
            let beyond = matches!(*error.problem, ExprProblem::TooLong(_) | ExprProblem::TooDeep);
            assert!(beyond, "{error}");
        }
    }
}

fn alone(program: &Program) {
    let bars = &bars()[0];
    let columns = program.columns(bars).expect("no column compares names");
    let mut stream = program.start().expect("no column compares names");
    for t in 0..bars.len() {
        for (k, value) in stream.push(&bars.row(t)).iter().enumerate() {
            same(columns[k][t], *value, &program.names()[k]);
        }
    }
    let prefix = program.columns(&bars.slice(0..bars.len() / 2)).expect("no column compares names");
    for ((early, all), name) in prefix.iter().zip(&columns).zip(program.names()) {
        early.iter().zip(all).for_each(|(early, value)| same(*value, *early, name));
    }
}

fn panel(program: &Program) {
    let (bars, width) = (bars(), program.names().len());
    let columns = program.panel(bars, &Groups);
    let mut stream = program.start_panel(bars.len());
    let mut next = [0; 3];
    for day in 0..BARS {
        let date = Date::from_days(18_000 + day);
        let here: Vec<Option<usize>> = bars
            .iter()
            .zip(&mut next)
            .map(|(bars, next)| {
                let t = *next;
                (bars.dates().get(t) == Some(&date)).then(|| {
                    *next += 1;
                    t
                })
            })
            .collect();
        let rows: Vec<Option<Row>> =
            here.iter().zip(bars).map(|(t, bars)| t.map(|t| Row::from(&bars.row(t)))).collect();
        let values = stream.push(date, &rows, &Groups);
        for (name, t) in here.iter().enumerate() {
            let Some(t) = t else { continue };
            for column in 0..width {
                same(columns[name][column][*t], values[name * width + column], &program.names()[column]);
            }
        }
    }
    let _ = program.panel(bars, &Everyone);
}

fn same(batch: f64, streamed: f64, name: &str) {
    let equal = batch.to_bits() == streamed.to_bits() || (batch.is_nan() && streamed.is_nan());
    assert!(equal, "`{name}`: {batch} at once, {streamed} bar by bar");
}

/// Definitions of regimes: the bars are labelled, and no earlier label depends on a later bar.
pub fn regimes(data: &[u8]) {
    let Ok(spec) = std::str::from_utf8(data)
        .map_err(|_| ())
        .and_then(|text| toml::from_str::<RegimeSpec>(text).map_err(|_| ()))
    else {
        return;
    };
    let _ = spec.digest();
    let Ok(table) = label_regimes(bars(), &[], &spec) else { return };
    assert_eq!(table.rows.len(), bars().iter().map(Bars::len).sum::<usize>(), "a label a bar");
    let early: Vec<Bars> = bars().iter().map(|bars| bars.slice(0..bars.len() / 2)).collect();
    let last = early.iter().filter_map(|bars| bars.dates().last()).min().copied();
    let early = label_regimes(&early, &[], &spec).expect("what labels all bars labels the first");
    let before = |row: &&proofmark_features::regimes::RegimeRow| Some(row.date) <= last;
    assert!(
        early.rows.iter().filter(before).eq(table.rows.iter().filter(before)),
        "a later bar changed a label"
    );
}
