//! A tree to nodes of the graph: types and constants are checked here.

use super::ast::{Expr, ExprKind, Field};
use super::error::{ExprError, ExprProblem};
use super::graph::{Graph, Slot};
use super::operator::{Args, Operator, Param, Type};
use super::{LONGEST_WINDOW, SMALLEST_ALPHA};
use crate::talib::Call;

/// Bounds beyond this are the indicator library's way to say that there is none.
const UNBOUNDED: f64 = 1e37;

/// Adds an expression to the graph.
pub(super) fn lower(graph: &mut Graph, expr: &Expr, text: &str) -> Result<Slot, ExprError> {
    let (slot, found) = Lowering { graph, text }.expression(expr)?;
    match found {
        Type::Group => Err(ExprError::new(text, expr.at.clone(), ExprProblem::NoColumn(found))),
        Type::Number | Type::Boolean => Ok(slot),
    }
}

struct Lowering<'a> {
    graph: &'a mut Graph,
    text: &'a str,
}

impl Lowering<'_> {
    fn expression(&mut self, expr: &Expr) -> Result<(Slot, Type), ExprError> {
        match &expr.kind {
            ExprKind::Number(value) => Ok((self.graph.constant(*value), Type::Number)),
            ExprKind::Field(Field::Group) => Ok((Slot::Field(Field::Group), Type::Group)),
            ExprKind::Field(field) => Ok((Slot::Field(*field), Type::Number)),
            ExprKind::Call(operator, args) => {
                let mut checked = Args::default();
                for (param, arg) in operator.params.iter().zip(args) {
                    let (slot, found) = self.expression(arg)?;
                    self.argument(operator, *param, slot, found, &mut checked)
                        .map_err(|problem| ExprError::new(self.text, arg.at.clone(), problem))?;
                }
                if let Some((function, output)) = operator.output {
                    let call = Call::new(function, &checked.constants).map_err(|_| {
                        let problem = ExprProblem::Refused { operator: operator.name };
                        ExprError::new(self.text, expr.at.clone(), problem)
                    })?;
                    checked.call = Some((call, output));
                }
                Ok(((operator.lower)(self.graph, &checked), operator.returns))
            }
        }
    }

    fn argument(
        &self,
        operator: &'static Operator,
        param: Param,
        slot: Slot,
        found: Type,
        args: &mut Args,
    ) -> Result<(), ExprProblem> {
        let wanted = match param {
            Param::Condition(_) => Type::Boolean,
            Param::Group(_) => Type::Group,
            _ => Type::Number,
        };
        // A boolean counts as a number, never the other way round.
        if found != wanted && !(wanted == Type::Number && found == Type::Boolean) {
            return Err(ExprProblem::Type { operator: operator.name, argument: param.name(), wanted, found });
        }
        match param {
            Param::Series(_) | Param::Condition(_) | Param::Group(_) => args.slots.push(slot),
            Param::Constant { least, most, .. } => {
                let allowed = |v: f64| (least..=most).contains(&v);
                let wanted = || match (least < -UNBOUNDED, most > UNBOUNDED) {
                    (true, true) => "a number below 3e37".to_owned(),
                    (false, true) => format!("at least {least}"),
                    _ => format!("from {least} to {most}"),
                };
                args.constants.push(self.constant(operator, param, slot, &allowed, wanted)?);
            }
            Param::Whole { least, most, .. } => {
                let allowed = |v: f64| v.fract() == 0.0 && (f64::from(least)..=f64::from(most)).contains(&v);
                let wanted = || format!("a whole number from {least} to {most}");
                args.constants.push(self.constant(operator, param, slot, &allowed, wanted)?);
            }
            Param::Choice { among, .. } => {
                let allowed = |v: f64| among.iter().any(|(number, _)| *number as f64 == v);
                let wanted = || {
                    let listed: Vec<String> =
                        among.iter().map(|(number, word)| format!("{number} ({word})")).collect();
                    format!("one of {}", listed.join(", "))
                };
                args.constants.push(self.constant(operator, param, slot, &allowed, wanted)?);
            }
            Param::Window { least, expanding, .. } => {
                let allowed = |v: f64| {
                    is_count(v)
                        && (v >= least as f64 || (expanding && v == 0.0))
                        && v <= LONGEST_WINDOW as f64
                };
                let zero = if expanding { ", or 0 for every bar so far" } else { "" };
                let wanted = || format!("a whole number from {least} to {LONGEST_WINDOW}{zero}");
                args.window = self.constant(operator, param, slot, &allowed, wanted)? as usize;
            }
            Param::Lag(_) => {
                if let Some(value) = self.graph.constant_of(slot).filter(|value| *value < 0.0) {
                    return Err(ExprProblem::Future { operator: operator.name, value });
                }
                let allowed = |v: f64| is_count(v) && v <= LONGEST_WINDOW as f64;
                let wanted = || format!("a whole number from 0 (the first bar) to {LONGEST_WINDOW}");
                args.window = self.constant(operator, param, slot, &allowed, wanted)? as usize;
            }
            Param::Span(_) => {
                let is_span = |v: f64| is_count(v) && v >= 1.0 && v <= LONGEST_WINDOW as f64;
                let allowed = |v: f64| is_span(v) || (SMALLEST_ALPHA..1.0).contains(&v);
                let wanted = || {
                    format!(
                        "a span of 1 to {LONGEST_WINDOW} bars or a factor from {SMALLEST_ALPHA} to below 1"
                    )
                };
                let value = self.constant(operator, param, slot, &allowed, wanted)?;
                args.constants.push(if is_span(value) { 2.0 / (value + 1.0) } else { value });
            }
        }
        Ok(())
    }

    fn constant(
        &self,
        operator: &'static Operator,
        param: Param,
        slot: Slot,
        allowed: &dyn Fn(f64) -> bool,
        wanted: impl Fn() -> String,
    ) -> Result<f64, ExprProblem> {
        let (operator, argument) = (operator.name, param.name());
        let Some(value) = self.graph.constant_of(slot) else {
            return Err(ExprProblem::NotConstant { operator, argument });
        };
        if allowed(value) {
            Ok(value)
        } else {
            Err(ExprProblem::Range { operator, argument, value, wanted: wanted() })
        }
    }
}

fn is_count(value: f64) -> bool {
    value >= 0.0 && value.fract() == 0.0
}
