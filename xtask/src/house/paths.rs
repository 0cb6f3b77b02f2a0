//! The paths that Rust code names, with `use` groups flattened: `use std::{fs, io::Read}` gives `std::fs` and
//! `std::io::Read`.

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token<'a> {
    Word(&'a str),
    Separator,
    Open,
    Close,
    Comma,
    Other,
}

/// `(line, path)` of every path and lone identifier in `code`, which must be free of comments and literals.
pub(crate) fn find(code: &str) -> Vec<(usize, String)> {
    let tokens = tokens(code);
    let mut found = Vec::new();
    // Prefixes of the open groups of a `use` tree; empty outside of one.
    let mut groups: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut current_line = 0;
    let mut expects_word = true;
    for (index, (line, token)) in tokens.iter().enumerate() {
        match token {
            Token::Word(word) => {
                if !expects_word || current.is_empty() {
                    flush(&mut found, &mut current, current_line);
                    current = groups.last().cloned().unwrap_or_default();
                    current_line = *line;
                }
                current.push_str(word);
                expects_word = false;
            }
            Token::Separator => {
                if current.is_empty() {
                    current = groups.last().cloned().unwrap_or_default();
                    current_line = *line;
                }
                // A leading `::` names the root and adds nothing to the path.
                if !current.is_empty() && !current.ends_with("::") {
                    current.push_str("::");
                }
                expects_word = true;
            }
            Token::Open if index > 0 && tokens[index - 1].1 == Token::Separator => {
                groups.push(std::mem::take(&mut current));
                expects_word = true;
            }
            Token::Close if !groups.is_empty() => {
                flush(&mut found, &mut current, current_line);
                groups.pop();
                expects_word = true;
            }
            Token::Open | Token::Close | Token::Comma | Token::Other => {
                flush(&mut found, &mut current, current_line);
                expects_word = true;
            }
        }
    }
    flush(&mut found, &mut current, current_line);
    found
}

fn flush(found: &mut Vec<(usize, String)>, current: &mut String, line: usize) {
    if !current.is_empty() {
        found.push((line, std::mem::take(current)));
    }
}

fn tokens(code: &str) -> Vec<(usize, Token<'_>)> {
    let bytes = code.as_bytes();
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let (mut tokens, mut line, mut i) = (Vec::new(), 1, 0);
    while i < bytes.len() {
        let (token, length) = match bytes[i] {
            b'\n' => {
                line += 1;
                i += 1;
                continue;
            }
            b if b.is_ascii_whitespace() => {
                i += 1;
                continue;
            }
            b if word(b) => {
                let length = bytes[i..].iter().take_while(|b| word(**b)).count();
                (Token::Word(&code[i..i + length]), length)
            }
            b':' if bytes.get(i + 1) == Some(&b':') => (Token::Separator, 2),
            b'{' => (Token::Open, 1),
            b'}' => (Token::Close, 1),
            b',' => (Token::Comma, 1),
            _ => (Token::Other, 1),
        };
        tokens.push((line, token));
        i += length;
    }
    tokens
}

#[test]
fn groups_are_flattened_and_calls_are_paths() {
    let found: Vec<String> =
        find("use std::{fs, io::{self, Read}};\nlet x = ::std::net::TcpStream::connect(y);")
            .into_iter()
            .map(|p| p.1)
            .collect();
    for want in ["std::fs", "std::io::self", "std::io::Read", "std::net::TcpStream::connect", "y"] {
        assert!(found.iter().any(|path| path == want), "{want} not in {found:?}");
    }
    assert_eq!(
        find("struct A { b: u8 }\nfn f() { std::fs::read() }").last(),
        Some(&(2, "std::fs::read".to_owned()))
    );
}
