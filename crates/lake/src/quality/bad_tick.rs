//! Rule `bad_tick`.

use proofmark_market::BarRow;

use super::jumps::{is_jump, percent};
use super::{Action, Context, Finding, Rule, Severity};

pub(super) struct BadTick;

impl Rule for BadTick {
    fn id(&self) -> &'static str {
        "bad_tick"
    }
    fn doc(&self) -> &'static str {
        "The close jumps (below -35 % or above +50 %) and within five bars jumps back to within 20 % of where it was: the rows between are dropped. This reads later bars; live, a jump is known to be a bad tick only once it is back."
    }
    fn severity(&self) -> Severity {
        Severity::Warning
    }
    fn action(&self) -> Action {
        Action::DropRow
    }

    fn check(&self, rows: &[BarRow], context: &Context<'_>) -> Vec<Finding> {
        let explained = |row: usize| context.explained_moves.binary_search(&rows[row].date).is_ok();
        let mut findings = Vec::new();
        let mut base = 0;
        let mut row = 1;
        while row < rows.len() {
            let level = rows[base].close;
            if !is_jump(level, rows[row].close) || explained(row) {
                base = row;
                row += 1;
                continue;
            }
            let back = (row + 1..rows.len().min(row + 1 + WITHIN)).find(|later| {
                let close = rows[*later].close;
                is_jump(rows[later - 1].close, close) && (close / level - 1.0).abs() <= NEAR
            });
            if let Some(back) = back {
                for (offset, bar) in rows[row..back].iter().enumerate() {
                    let change = percent(bar.close / level - 1.0);
                    let detail =
                        format!("close {} is {change} from {level}, back on {}", bar.close, rows[back].date);
                    findings.push(Finding { row: row + offset, date: bar.date, detail });
                }
                row = back;
            } else {
                base = row;
                row += 1;
            }
        }
        findings
    }
}

/// Bars within which a bad tick returns.
const WITHIN: usize = 5;

/// How near to the old level counts as returned (fraction).
const NEAR: f64 = 0.20;
