//! From a proposal to an approved book.

use super::path::{Book, cut, kept};
use super::rule::Constraint;
use super::rules::RULES;
use super::{Decision, LimitError, Limits, MarketState, Mode, Outcome, Subject};

/// Passes over all rules before the book is cut by one factor for all rules at once.
///
/// Cutting one side can break a limit on the difference of two (net, factors); cuts alternate then and shrink
/// like a geometric series. Real books settle in two or three passes.
const PASSES: usize = 32;

struct Armed<'a> {
    rule: &'static str,
    mode: Mode,
    constraint: Constraint<'a>,
}

/// Judges `proposed` weights against every limit, in the order of [`super::rule_ids`], until a whole pass
/// changes nothing.
///
/// - `current`, `proposed`: one signed weight per name of `state`, fractions of equity, finite.
///
/// A broken limit in mode `clip` scales the names that can lower it by one factor that just meets it: their
/// additions first, and what is kept only when no addition is left. So a book that already breaks a limit is
/// only ever reduced. A reduction that the proposal asks for always passes, even where it uses up turnover or
/// volume; additions get what is left.
///
/// # Errors
/// [`LimitError`] where the state or the limits are impossible. What is merely unknown is no error: whatever
/// needs it is not added to.
pub fn check(
    current: &[f64],
    proposed: &[f64],
    state: &MarketState,
    limits: &Limits,
) -> Result<Outcome, LimitError> {
    limits.check()?;
    state.check(current, proposed)?;
    let armed: Vec<Armed<'_>> = RULES
        .iter()
        .filter_map(|rule| Some((rule.id(), rule.constraints(limits, state)?)))
        .flat_map(|(rule, (mode, constraints))| {
            constraints.into_iter().map(move |constraint| Armed { rule, mode, constraint })
        })
        .collect();
    let mut outcome = Outcome { approved: proposed.to_vec(), decisions: Vec::new(), halted_by: None };
    for pass in 0..PASSES {
        let mut changed = false;
        for one in &armed {
            changed |= one.judge(current, &mut outcome, pass == 0);
        }
        if !changed {
            return Ok(outcome);
        }
    }
    settle(current, &armed, &mut outcome);
    Ok(outcome)
}

impl Armed<'_> {
    /// Applies one constraint; whether it changed the book. What it leaves as it is, is logged on the first
    /// pass only.
    fn judge(&self, current: &[f64], outcome: &mut Outcome, first: bool) -> bool {
        let before = outcome.approved.clone();
        let book = Book { current, target: &before };
        if self.constraint.holds(book) {
            return false;
        }
        let scope = self.constraint.scope(&before);
        let after = match self.mode {
            Mode::Observe => before.clone(),
            Mode::Clip => cut(book, &scope, |b| self.constraint.holds(b)),
            Mode::Reject => without_additions(book, &scope),
            Mode::Halt => without_additions(book, &vec![true; before.len()]),
        };
        if self.mode == Mode::Halt && outcome.halted_by.is_none() {
            outcome.halted_by = Some(self.rule.to_owned());
        }
        let changed = after != before;
        if first || changed {
            outcome.decisions.push(Decision {
                rule: self.rule.to_owned(),
                mode: self.mode,
                subject: self.constraint.subject.clone(),
                before: gross(&before, &scope),
                after: gross(&after, &scope),
                limit: self.constraint.limit,
                measured: self.constraint.measured(book),
                missing: self.constraint.missing.clone(),
            });
        }
        outcome.approved = after;
        changed
    }
}

/// The last resort: no additions, and one factor for the whole book at which every clipping constraint holds.
fn settle(current: &[f64], armed: &[Armed<'_>], outcome: &mut Outcome) {
    let before = outcome.approved.clone();
    let everything = vec![true; before.len()];
    let clips = |b: Book<'_>| armed.iter().filter(|a| a.mode == Mode::Clip).all(|a| a.constraint.holds(b));
    let target = without_additions(Book { current, target: &before }, &everything);
    let book = Book { current, target: &target };
    let after = if clips(book) { target.clone() } else { cut(book, &everything, clips) };
    outcome.decisions.push(Decision {
        rule: "joint".to_owned(),
        mode: Mode::Clip,
        subject: Subject::Book,
        before: gross(&before, &everything),
        after: gross(&after, &everything),
        limit: PASSES as f64,
        measured: Some(PASSES as f64),
        missing: None,
    });
    outcome.approved = after;
}

fn without_additions(book: Book<'_>, scope: &[bool]) -> Vec<f64> {
    let one = |i: usize| if scope[i] { kept(book.current[i], book.target[i]) } else { book.target[i] };
    (0..scope.len()).map(one).collect()
}

fn gross(weights: &[f64], scope: &[bool]) -> f64 {
    weights.iter().zip(scope).filter(|(_, s)| **s).map(|(w, _)| w.abs()).sum()
}
