//! Reading and writing the small part of YAML that manifests use: block mappings and sequences of JSON scalars.
//!
//! Every string is written in double quotes, so that no reader of any YAML version turns a digest into a number or a
//! date into a timestamp. Reading accepts only what is written here: no anchors, tags, aliases, comments or flow
//! collections, because a manifest of an exported bundle is a stranger's file.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

const DEPTH_MAX: usize = 32;

/// Text was not the YAML written here, or not of the wanted shape.
#[derive(Debug, thiserror::Error)]
pub enum YamlError {
    /// A line that the writer would not write.
    #[error("line {line}: {problem}")]
    Line {
        /// Line number, from 1.
        line: usize,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// Well-formed, but keys are missing, unknown, or of another type.
    #[error("the content has another shape")]
    Shape(#[source] serde_json::Error),
}

/// Writes a value as block YAML, ending in a line feed.
///
/// # Errors
/// Whatever serialising to JSON refuses; never for plain structs, lists, numbers and texts.
pub fn to_string(value: &impl Serialize) -> Result<String, serde_json::Error> {
    let value = serde_json::to_value(value)?;
    let mut text = String::new();
    match is_block(&value) {
        true => block(&value, 0, &mut text),
        false => text.push_str(&format!("{value}\n")),
    }
    Ok(text)
}

fn is_block(value: &Value) -> bool {
    match value {
        Value::Array(items) => !items.is_empty(),
        Value::Object(fields) => !fields.is_empty(),
        _ => false,
    }
}

fn block(value: &Value, indent: usize, text: &mut String) {
    let mut entry = |head: String, value: &Value| {
        text.push_str(&" ".repeat(indent));
        text.push_str(&head);
        if is_block(value) {
            text.push('\n');
            block(value, indent + 2, text);
        } else {
            text.push(' ');
            text.push_str(&value.to_string());
            text.push('\n');
        }
    };
    match value {
        Value::Array(items) => items.iter().for_each(|item| entry("-".to_owned(), item)),
        Value::Object(fields) => {
            fields.iter().for_each(|(key, field)| entry(format!("{}:", written_key(key)), field))
        }
        _ => {}
    }
}

fn is_plain_key(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic())
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !["true", "false", "null", "yes", "no", "on", "off", "y", "n"]
            .contains(&key.to_ascii_lowercase().as_str())
}

fn written_key(key: &str) -> String {
    match is_plain_key(key) {
        true => key.to_owned(),
        false => Value::from(key).to_string(),
    }
}

/// Reads what [`to_string`] wrote.
///
/// # Errors
/// [`YamlError`] with the line, or the shape that was expected.
pub fn from_str<T: DeserializeOwned>(text: &str) -> Result<T, YamlError> {
    let mut reader = Reader { lines: Vec::new(), next: 0 };
    for (i, line) in text.lines().enumerate() {
        let content = line.trim_start_matches(' ');
        match content.is_empty() {
            true => return Err(YamlError::Line { line: i + 1, problem: "an empty line" }),
            false => reader.lines.push((line.len() - content.len(), content)),
        }
    }
    let value = match reader.lines.as_slice() {
        [(0, only)] if !is_entry(only) => scalar(only).ok_or(reader.error("neither a value nor an entry"))?,
        _ => reader.block(0, 0)?,
    };
    match reader.next >= reader.lines.len() || reader.next == 0 {
        true => serde_json::from_value(value).map_err(YamlError::Shape),
        false => Err(reader.error("indented where nothing is open")),
    }
}

struct Reader<'a> {
    /// Indentation and content of each line.
    lines: Vec<(usize, &'a str)>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn error(&self, problem: &'static str) -> YamlError {
        YamlError::Line { line: self.next + 1, problem }
    }

    fn block(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        if depth > DEPTH_MAX {
            return Err(self.error("nested too deeply"));
        }
        match self.lines.get(self.next) {
            Some((found, line)) if *found == indent && is_item(line) => self.sequence(indent, depth),
            Some((found, _)) if *found == indent => self.mapping(indent, depth),
            _ => Err(self.error("an indented block was expected")),
        }
    }

    fn sequence(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        let mut items = Vec::new();
        while let Some(&(found, line)) = self.lines.get(self.next) {
            if found != indent || !is_item(line) {
                break;
            }
            items.push(self.value(&line[1..], indent, depth)?);
        }
        Ok(Value::Array(items))
    }

    fn mapping(&mut self, indent: usize, depth: usize) -> Result<Value, YamlError> {
        let mut fields = Map::new();
        while let Some(&(found, line)) = self.lines.get(self.next) {
            if found != indent || is_item(line) {
                break;
            }
            let (key, rest) =
                split_key(line).ok_or_else(|| self.error("neither `key: value` nor `- item`"))?;
            if fields.contains_key(&key) {
                return Err(self.error("a key twice in one mapping"));
            }
            let value = self.value(rest, indent, depth)?;
            fields.insert(key, value);
        }
        Ok(Value::Object(fields))
    }

    /// The value behind `-` or `key:`: on the same line, or as a block below.
    fn value(&mut self, rest: &str, indent: usize, depth: usize) -> Result<Value, YamlError> {
        let value = match rest.strip_prefix(' ') {
            Some(text) => scalar(text).ok_or_else(|| self.error("not a JSON value"))?,
            None if rest.is_empty() => {
                self.next += 1;
                return self.block(indent + 2, depth + 1);
            }
            None => return Err(self.error("a space is missing")),
        };
        self.next += 1;
        Ok(value)
    }
}

fn is_item(line: &str) -> bool {
    line == "-" || line.starts_with("- ")
}

fn is_entry(line: &str) -> bool {
    is_item(line) || split_key(line).is_some()
}

/// A scalar or an empty collection; a filled flow collection is not written here.
fn scalar(text: &str) -> Option<Value> {
    let value: Value = serde_json::from_str(text).ok()?;
    (!is_block(&value)).then_some(value)
}

fn split_key(line: &str) -> Option<(String, &str)> {
    if !line.starts_with('"') {
        let (key, rest) = line.split_once(':')?;
        return is_plain_key(key).then(|| (key.to_owned(), rest));
    }
    let mut stream = serde_json::Deserializer::from_str(line).into_iter::<String>();
    let key = stream.next()?.ok()?;
    let rest = line[stream.byte_offset()..].strip_prefix(':')?;
    Some((key, rest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn nested_lists_and_mappings_read_as_they_were_written() {
        let value = json!({
            "release_id": "r", "seed": 42, "share": 0.1, "none": null, "empty": [], "nothing": {},
            "artifacts": [{"path": "a: b.json", "bytes": 3}, {"path": "-", "tags": ["x", ["y"]]}],
            "training": {"symbols": ["NO", "1e5", "2024-01-01"]}, "odd key": true, "yes": false,
        });
        let text = to_string(&value).unwrap();
        assert!(text.starts_with("release_id: \"r\"\nseed: 42\n"), "{text}");
        assert!(text.contains("artifacts:\n  -\n    path: \"a: b.json\"\n    bytes: 3\n"), "{text}");
        assert_eq!(from_str::<Value>(&text).unwrap(), value);
    }

    #[test]
    fn everything_the_writer_does_not_write_is_refused_with_its_line() {
        for (text, line) in [
            ("a: 1\nb: *x\n", 2),
            ("a: &x 1\n", 1),
            ("a: !!str 1\n", 1),
            ("a: 1\na: 2\n", 2),
            ("a: {\"b\": 1}\n", 1),
            ("a: 1\n\nb: 2\n", 2),
            ("a: 1\n   b: 2\n", 2),
            ("a:\nb: 1\n", 2),
            ("a:1\n", 1),
            ("# comment\n", 1),
            ("", 1),
        ] {
            match from_str::<Value>(text) {
                Err(YamlError::Line { line: found, .. }) => assert_eq!(found, line, "{text}"),
                other => panic!("{text:?} gave {other:?}"),
            }
        }
        let deep: String = (0..100).map(|i| format!("{}-\n", " ".repeat(2 * i))).collect();
        assert!(from_str::<Value>(&deep).is_err());
    }

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(".*", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_json_value_round_trips(value in any_value()) {
            let text = to_string(&value).unwrap();
            prop_assert_eq!(from_str::<Value>(&text).unwrap(), value);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in "([ a:\"0-9{}\\[\\]\\-\\n]|\\PC){0,80}") {
            let _ = from_str::<Value>(&text);
        }
    }
}
