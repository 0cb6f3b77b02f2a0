//! Text to tokens.

use std::ops::Range;

use super::error::{ExprError, ExprProblem};
use super::operator::short;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Token<'a> {
    Number(f64),
    /// Without the dollar sign.
    Field(&'a str),
    Name(&'a str),
    /// An operator sign, a parenthesis or a comma.
    Sign(&'static str),
    End,
}

impl Token<'_> {
    pub(super) fn words(self) -> String {
        match self {
            Self::Number(value) => format!("`{value}`"),
            Self::Field(name) => format!("`${name}`"),
            Self::Name(name) => format!("`{name}`"),
            Self::Sign(sign) => format!("`{sign}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// Longest first, so that `**` is not read as two `*`.
const SIGNS: &[&str] =
    &["**", ">=", "<=", "==", "!=", ">", "<", "&", "|", "~", "+", "-", "*", "/", "(", ")", ","];

pub(super) struct Lexer<'a> {
    text: &'a str,
    next: usize,
}

impl<'a> Lexer<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, next: 0 }
    }

    /// The next token and its bytes.
    pub(super) fn token(&mut self) -> Result<(Token<'a>, Range<usize>), ExprError> {
        let rest = self.text[self.next..].trim_start();
        let start = self.text.len() - rest.len();
        let Some(first) = rest.chars().next() else {
            self.next = start;
            return Ok((Token::End, start..start));
        };
        let (token, length) = if first == '$' {
            let length = 1 + word(&rest[1..]);
            (Token::Field(&rest[1..length]), length)
        } else if first.is_ascii_digit()
            || (first == '.' && rest[1..].starts_with(|c: char| c.is_ascii_digit()))
        {
            let length = number(rest.as_bytes());
            let value = rest[..length].parse::<f64>().ok().filter(|value| value.is_finite());
            let problem = || ExprProblem::Number(short(&rest[..length]));
            let error = || ExprError::new(self.text, start..start + length, problem());
            (Token::Number(value.ok_or_else(error)?), length)
        } else if first.is_ascii_alphabetic() || first == '_' {
            let length = word(rest);
            (Token::Name(&rest[..length]), length)
        } else if let Some(sign) = SIGNS.iter().find(|sign| rest.starts_with(**sign)) {
            (Token::Sign(sign), sign.len())
        } else {
            let at = start..start + first.len_utf8();
            return Err(ExprError::new(self.text, at, ExprProblem::Character(first)));
        };
        self.next = start + length;
        Ok((token, start..start + length))
    }
}

fn word(text: &str) -> usize {
    text.bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count()
}

/// Bytes of the number that starts here: digits, a point, digits, an exponent.
fn number(text: &[u8]) -> usize {
    let digits = |from: usize| text[from..].iter().take_while(|b| b.is_ascii_digit()).count();
    let mut length = digits(0);
    if text.get(length) == Some(&b'.') {
        length += 1 + digits(length + 1);
    }
    if matches!(text.get(length), Some(b'e' | b'E')) {
        let signed = length + 1 + usize::from(matches!(text.get(length + 1), Some(b'+' | b'-')));
        let exponent = digits(signed);
        if exponent > 0 {
            return signed + exponent;
        }
    }
    length
}
