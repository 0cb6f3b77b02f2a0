//! Tokens to a tree, with Python's precedence: qlib hands the text to Python.

use std::ops::Range;

use super::ast::{Expr, ExprKind, Field};
use super::error::{ExprError, ExprProblem};
use super::lex::{Lexer, Token};
use super::operator::{self, Operator, short};
use super::{MAX_DEPTH, MAX_LENGTH};

/// Reads an expression in qlib's syntax, such as `Mean($close, 5) / $close - 1`.
///
/// `$open`, `$high`, `$low`, `$close`, `$volume`; numbers; calls; `+ - * / **`; `> >= < <= == !=`; `& | ~`. Precedence
/// is Python's, so `&` and `|` bind tighter than comparisons: `($close > $open) & ($volume > 0)` needs its parentheses.
///
/// # Errors
/// [`ExprError`] with the place; text of any content and length is answered without a panic and in bounded memory.
pub fn parse(text: &str) -> Result<Expr, ExprError> {
    if text.len() > MAX_LENGTH {
        return Err(ExprError::new("", 0..0, ExprProblem::TooLong(text.len())));
    }
    let mut lexer = Lexer::new(text);
    let (token, at) = lexer.token()?;
    let mut parser = Parser { text, lexer, token, at, depth: 0 };
    let expr = parser.expression(COMPARISON)?;
    match parser.token {
        Token::End => Ok(expr),
        _ => Err(parser.unexpected("an operator sign or the end")),
    }
}

const COMPARISON: u8 = 1;
const UNARY: u8 = 6;

/// How tightly an infix sign binds, and its operator. Signs of one level group from the left, `**` from the right.
fn infix(sign: &str) -> Option<(u8, &'static str)> {
    Some(match sign {
        ">" => (COMPARISON, "Gt"),
        ">=" => (COMPARISON, "Ge"),
        "<" => (COMPARISON, "Lt"),
        "<=" => (COMPARISON, "Le"),
        "==" => (COMPARISON, "Eq"),
        "!=" => (COMPARISON, "Ne"),
        "|" => (2, "Or"),
        "&" => (3, "And"),
        "+" => (4, "Add"),
        "-" => (4, "Sub"),
        "*" => (5, "Mul"),
        "/" => (5, "Div"),
        "**" => (7, "Power"),
        _ => return None,
    })
}

struct Parser<'a> {
    text: &'a str,
    lexer: Lexer<'a>,
    token: Token<'a>,
    at: Range<usize>,
    depth: usize,
}

/// qlib's field that bars do not hold: what stands for it is the typical price.
const TYPICAL: &str = "vwap";

/// `($high + $low + $close) / 3`, read from one place.
fn typical(at: &Range<usize>) -> Expr {
    let leaf = |kind| Expr { kind, at: at.clone(), height: 1 };
    let call = |name, left: Expr, right: Expr| {
        let height = 1 + left.height.max(right.height);
        let kind = ExprKind::Call(operator::known(name), vec![left, right]);
        Expr { kind, at: at.clone(), height }
    };
    let [high, low, close] =
        [Field::High, Field::Low, Field::Close].map(|field| leaf(ExprKind::Field(field)));
    let sum = call("Add", call("Add", high, low), close);
    call("Div", sum, leaf(ExprKind::Number(3.0)))
}

impl<'a> Parser<'a> {
    fn advance(&mut self) -> Result<(), ExprError> {
        (self.token, self.at) = self.lexer.token()?;
        Ok(())
    }

    fn error(&self, at: Range<usize>, problem: ExprProblem) -> ExprError {
        ExprError::new(self.text, at, problem)
    }

    fn unexpected(&self, wanted: &'static str) -> ExprError {
        let wanted = match self.token {
            Token::Name("and") => "`&`",
            Token::Name("or") => "`|`",
            Token::Name("not") => "`~`",
            _ => wanted,
        };
        self.error(self.at.clone(), ExprProblem::Token { found: self.token.words(), wanted })
    }

    /// An expression whose infix signs bind at least as tightly as `least`.
    fn expression(&mut self, least: u8) -> Result<Expr, ExprError> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(self.at.clone(), ExprProblem::TooDeep));
        }
        self.depth += 1;
        let mut left = self.operand()?;
        while let Token::Sign(sign) = self.token {
            let Some((binds, name)) = infix(sign).filter(|(binds, _)| *binds >= least) else { break };
            self.advance()?;
            // The right side of `**` may start with a sign and takes what binds as tightly; all others group left.
            let right = self.expression(if binds > UNARY { UNARY } else { binds + 1 })?;
            let is_comparison =
                |token| matches!(token, Token::Sign(s) if infix(s).is_some_and(|(b, _)| b == COMPARISON));
            if binds == COMPARISON && is_comparison(self.token) {
                return Err(self.error(self.at.clone(), ExprProblem::ChainedComparison));
            }
            left = self.call(operator::known(name), vec![left, right])?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn operand(&mut self) -> Result<Expr, ExprError> {
        let (token, at) = (self.token, self.at.clone());
        match token {
            Token::Number(value) => {
                self.advance()?;
                Ok(Expr { kind: ExprKind::Number(value), at, height: 1 })
            }
            Token::Field(name) => {
                self.advance()?;
                match Field::named(name) {
                    Some(field) => Ok(Expr { kind: ExprKind::Field(field), at, height: 1 }),
                    None if name == TYPICAL => Ok(typical(&at)),
                    None => Err(self.error(at, ExprProblem::UnknownField { name: short(name) })),
                }
            }
            Token::Sign("(") => {
                self.advance()?;
                let inner = self.expression(COMPARISON)?;
                self.close("`)` or an operator sign")?;
                Ok(inner)
            }
            Token::Sign(sign @ ("-" | "~" | "+")) => {
                self.advance()?;
                let inner = self.expression(UNARY)?;
                match sign {
                    "-" => self.prefixed(at, operator::known("Neg"), inner),
                    "~" => self.prefixed(at, operator::known("Not"), inner),
                    _ => Ok(inner),
                }
            }
            Token::Name(name) => self.named_call(name, at),
            _ => Err(self.unexpected("a number, a field, an operator or `(`")),
        }
    }

    fn prefixed(
        &self,
        sign: Range<usize>,
        operator: &'static Operator,
        inner: Expr,
    ) -> Result<Expr, ExprError> {
        let mut call = self.call(operator, vec![inner])?;
        call.at.start = sign.start;
        Ok(call)
    }

    fn named_call(&mut self, name: &'a str, at: Range<usize>) -> Result<Expr, ExprError> {
        if matches!(name, "and" | "or" | "not") {
            return Err(self.unexpected("a number, a field, an operator or `(`"));
        }
        let operator = operator::find(name).map_err(|problem| self.error(at.clone(), problem))?;
        self.advance()?;
        if self.token != Token::Sign("(") {
            return Err(self.unexpected("`(`: an operator is called, a field has a `$`"));
        }
        self.advance()?;
        let mut args = Vec::new();
        while self.token != Token::Sign(")") {
            args.push(self.expression(COMPARISON)?);
            if self.token != Token::Sign(",") {
                break;
            }
            self.advance()?;
        }
        let end = self.at.end;
        self.close("`,` or `)`")?;
        if args.len() != operator.params.len() {
            let (wanted, found) = (operator.params.len(), args.len());
            let problem = ExprProblem::Count { usage: operator.usage(), wanted, found };
            return Err(self.error(at.start..end, problem));
        }
        let mut call = self.call(operator, args)?;
        call.at = at.start..end;
        Ok(call)
    }

    fn close(&mut self, wanted: &'static str) -> Result<(), ExprError> {
        if self.token != Token::Sign(")") {
            return Err(self.unexpected(wanted));
        }
        self.advance()
    }

    fn call(&self, operator: &'static Operator, args: Vec<Expr>) -> Result<Expr, ExprError> {
        // `a + a + a` nests to the left without a deeper call of this parser: the height bounds every later walk.
        let height = 1 + args.iter().map(|arg| arg.height).max().unwrap_or(0);
        let at = args.first().map_or(0, |arg| arg.at.start)..args.last().map_or(0, |arg| arg.at.end);
        if height > MAX_DEPTH {
            return Err(self.error(at, ExprProblem::TooDeep));
        }
        Ok(Expr { kind: ExprKind::Call(operator, args), at, height })
    }
}
