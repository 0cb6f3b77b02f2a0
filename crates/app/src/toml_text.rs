//! TOML with errors that help: the line, and the key the user probably meant.

use serde::de::DeserializeOwned;

use crate::error::{AppError, Result};

/// Parses `text`; `what` names the document in messages.
///
/// # Errors
/// Not TOML, an unknown key (with a suggestion), a missing key or a wrong type, each with its line.
pub(crate) fn parse<T: DeserializeOwned>(text: &str, what: &str) -> Result<T> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| text[..span.start.min(text.len())].matches('\n').count() + 1);
        let place = line.map_or(String::new(), |line| format!(", line {line}"));
        let hint =
            suggestion(error.message()).unwrap_or_else(|| "the message names what is expected there".into());
        AppError::input(format!(
            "{what}{place}: {}",
            error.message().lines().next().unwrap_or("not valid TOML")
        ))
        .hint(hint)
    })
}

/// For "unknown field `x`, expected one of `a`, `b`", or a variant: the nearest of the expected names.
fn suggestion(message: &str) -> Option<String> {
    let of = |what: &str| message.split(what).nth(1);
    let (rest, known_are) = match of("unknown field `") {
        Some(rest) => (rest, "known keys"),
        None => (of("unknown variant `")?, "known are"),
    };
    let (unknown, rest) = rest.split_once('`')?;
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let nearest = known
        .iter()
        .max_by(|a, b| strsim::jaro_winkler(unknown, a).total_cmp(&strsim::jaro_winkler(unknown, b)))?;
    Some(format!("did you mean `{nearest}`? {known_are}: {}", known.join(", ")))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Doc {
        #[expect(dead_code, reason = "only parsed")]
        horizon: u32,
    }

    #[test]
    fn an_unknown_key_names_its_line_and_the_likely_one() {
        let error = super::parse::<Doc>("\nhorizn = 5\n", "pipeline `x`").unwrap_err();
        assert!(error.to_string().contains("line 2"), "{error}");
        assert!(error.hint_text().is_some_and(|hint| hint.contains("did you mean `horizon`")), "{error:?}");
    }
}
