//! Headlines cut into words, numbers and breaks.

/// A piece of a text, lower case.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Token {
    /// Letters, with `&` and inner apostrophes.
    Word(String),
    /// A number as written; grouping commas are dropped.
    Number { value: f64, percent: bool },
    /// `.`, `;`, `:`, `!`, a dash between words: another statement follows.
    Stop,
    /// A comma.
    Comma,
    /// A question mark: what was said is in doubt.
    Question,
}

impl Token {
    pub(crate) fn word(&self) -> Option<&str> {
        match self {
            Self::Word(word) => Some(word),
            _ => None,
        }
    }
}

pub(crate) fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().map(|c| if c == '\u{2019}' { '\'' } else { c }).collect();
    let at = |i: usize| chars.get(i).copied().unwrap_or(' ');
    // The point of `U.S.` ends no sentence.
    let initial = |i: usize| i > 0 && at(i - 1).is_alphabetic() && (i < 2 || !at(i - 2).is_alphanumeric());
    let mut out = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let c = chars[i];
        if c.is_ascii_digit() {
            let begin = i;
            while at(i).is_ascii_digit() || (matches!(at(i), '.' | ',') && at(i + 1).is_ascii_digit()) {
                i += 1;
            }
            let digits: String = chars[begin..i].iter().filter(|c| **c != ',').collect();
            // `1.2.3` is a version or a date: its first two parts say enough.
            let value = digits.parse().or_else(|_| digits.split('.').next().unwrap_or("0").parse());
            let minus = begin > 0 && at(begin - 1) == '-' && (begin == 1 || at(begin - 2).is_whitespace());
            let value: f64 = value.unwrap_or(0.0);
            let percent = at(i) == '%' || (at(i) == ' ' && at(i + 1) == '%');
            out.push(Token::Number { value: if minus { -value } else { value }, percent });
        } else if c.is_alphabetic() {
            let begin = i;
            while at(i).is_alphanumeric()
                || (matches!(at(i), '\'' | '&') && i > begin && at(i + 1).is_alphanumeric())
            {
                i += 1;
            }
            let word: String = chars[begin..i].iter().flat_map(|c| c.to_lowercase()).collect();
            out.push(Token::Word(word.strip_suffix("'s").map_or(word.clone(), str::to_owned)));
        } else {
            let between = at(i + 1).is_whitespace() && i > 0 && at(i - 1).is_whitespace();
            match c {
                ',' => out.push(Token::Comma),
                '?' => out.push(Token::Question),
                ';' | ':' | '!' | '|' => out.push(Token::Stop),
                '.' if at(i + 1).is_whitespace() && !initial(i) => out.push(Token::Stop),
                '-' | '\u{2013}' | '\u{2014}' if between => out.push(Token::Stop),
                _ => {}
            }
            i += 1;
        }
    }
    out
}

/// The forms under which a word may be listed: itself, then without its ending.
pub(crate) fn forms(word: &str) -> Vec<String> {
    let mut forms = vec![word.to_owned()];
    let mut add = |stem: &str, ending: &str| {
        if stem.len() >= 3 {
            forms.push(format!("{stem}{ending}"));
        }
    };
    let verb = |stem: &str, add: &mut dyn FnMut(&str, &str)| {
        add(stem, "");
        add(stem, "e");
        let mut last = stem.chars().rev();
        if let (Some(a), Some(b)) = (last.next(), last.next())
            && a == b
        {
            add(&stem[..stem.len() - a.len_utf8()], "");
        }
    };
    if let Some(stem) = word.strip_suffix("ies").or_else(|| word.strip_suffix("ied")) {
        add(stem, "y");
    } else if let Some(stem) = word.strip_suffix("ing").or_else(|| word.strip_suffix("ed")) {
        verb(stem, &mut add);
    } else if let Some(stem) = word.strip_suffix('s').filter(|stem| !stem.ends_with('s')) {
        add(stem, "");
        if let Some(stem) = stem.strip_suffix('e') {
            add(stem, "");
        }
    }
    forms
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        let show = |t: &Token| match t {
            Token::Word(word) => word.clone(),
            Token::Number { value, percent } => format!("<{value}{}>", if *percent { "%" } else { "" }),
            Token::Stop => ".".into(),
            Token::Comma => ",".into(),
            Token::Question => "?".into(),
        };
        tokens(text).iter().map(show).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn words_numbers_and_breaks() {
        let cases = [
            ("M&M's profit rose 12.5% to 1,234.50", "m&m profit rose <12.5%> to <1234.5>"),
            ("Q3 loss; EUR13.1mn", "q3 loss . eur13"),
            ("EUR 13.1mn, down -5 %", "eur <13.1> mn , down <-5%>"),
            ("Won\u{2019}t fall - analyst?", "won't fall . analyst ?"),
            ("record-high U.S. demand.", "record high u s demand"),
            ("", ""),
        ];
        for (text, want) in cases {
            assert!(shown(text).starts_with(want), "{text}: {}", shown(text));
        }
    }

    #[test]
    fn endings_come_off() {
        for (word, base) in [
            ("falling", "fall"),
            ("dropped", "drop"),
            ("losses", "loss"),
            ("rallies", "rally"),
            ("rises", "rise"),
            ("rising", "rise"),
            ("surged", "surge"),
            ("worried", "worry"),
            ("gains", "gain"),
        ] {
            assert!(forms(word).iter().any(|f| f == base), "{word}: {:?}", forms(word));
        }
        assert_eq!(forms("loss"), ["loss"]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_cut(text in "\\PC{0,80}") {
            for token in tokens(&text) {
                if let Token::Word(word) = token {
                    let _ = forms(&word);
                }
            }
        }
    }
}
