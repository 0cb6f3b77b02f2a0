//! The 101 formulaic alphas of Kakushadze (2016), in the language of expressions.
//!
//! The paper's names, and what stands for them over bars:
//!
//! - `returns`: close to close; `vwap`: the typical price, since bars carry no traded value.
//! - `adv{d}`: mean volume of d bars. The paper says dollar volume, but several formulas compare it with `volume` itself
//!   (7, 21) or take their quotient, which needs the same unit.
//! - `rank`, `scale`: across the members at a date; `IndClass.*`, of whatever level: `$group`.
//! - Windows that are no whole number of bars are cut to one, as the paper says; windows fill up from the first bar.
//! - `min(x, d)` and `max(x, d)` are over time where d is a number, else of two columns.

use std::collections::BTreeSet;

use super::panel_set::PanelColumn;
use super::words::{TYPICAL, simple_return};
use crate::expr::{LookBack, Program};

/// Number and expression, a line each. `$returns`, `$vwap` and `$adv20` stand for the expressions above.
const TEXTS: &str = include_str!("alpha101.txt");

const SOURCE: &str = "Kakushadze (2016), 101 Formulaic Alphas, Wilmott 84, 72-81, arXiv 1601.00991";

/// Alphas whose values have a unit: changes of price, or sums of terms of several units.
const WITH_UNIT: &[u32] = &[9, 12, 18, 23, 24, 28, 41, 46, 49, 51, 52, 57, 83, 84, 101];

pub(super) fn columns() -> Vec<PanelColumn> {
    TEXTS.lines().filter_map(|line| line.split_once(' ')).map(|(number, text)| column(number, text)).collect()
}

fn column(number: &str, short: &str) -> PanelColumn {
    let (name, text) = (format!("alpha{number}"), expand(short));
    let program = Program::compile(&[(&name, &text)]).expect("a test compiles every shipped expression");
    let stationary = !number.parse().is_ok_and(|number| WITH_UNIT.contains(&number));
    PanelColumn {
        doc: format!("alpha {number} of the paper: {short}"),
        unit: if stationary { "none" } else { "as the paper has it" },
        source: SOURCE,
        inputs: program.inputs().concat(),
        look_back: program.look_backs().into_iter().max().unwrap_or(LookBack::Bars(1)),
        stationary,
        name,
        text,
    }
}

/// The expression in words of the language alone.
fn expand(short: &str) -> String {
    let mut text = short
        .replace("$returns", &format!("({})", simple_return(1)))
        .replace("$vwap", &format!("({TYPICAL})"));
    let spans: BTreeSet<usize> = text.split("$adv").skip(1).filter_map(span).collect();
    // The longest first: `$adv15` is the start of `$adv150`.
    for bars in spans.into_iter().rev() {
        text = text.replace(&format!("$adv{bars}"), &format!("Mean($volume, {bars})"));
    }
    text
}

fn span(rest: &str) -> Option<usize> {
    rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}
