//! Source files as the rules see them: text, code without comments, strings and tests, and the paths it names.

use std::path::Path;

use super::paths;

pub(crate) struct SourceFile {
    /// Relative to the checkout, with forward slashes.
    pub(crate) path: String,
    pub(crate) text: String,
    /// Rust only: comments and literals blanked, lines kept.
    pub(crate) code: String,
    /// Rust only: `code` with `#[cfg(test)]` items blanked too.
    pub(crate) shipped: String,
    /// Rust only: `(line, path)` of every path in `code`, `use` groups flattened.
    pub(crate) paths: Vec<(usize, String)>,
    /// The same of `shipped`.
    pub(crate) shipped_paths: Vec<(usize, String)>,
}

impl SourceFile {
    pub(crate) fn new(path: &str, text: &str) -> Self {
        let rust = path.ends_with(".rs");
        let code = if rust { blank_comments_and_literals(text) } else { String::new() };
        let test_file = path.contains("/tests/") || path.contains("/benches/") || path.contains("/examples/");
        let shipped = if test_file { String::new() } else { blank_test_items(&code) };
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            paths: paths::find(&code),
            shipped_paths: paths::find(&shipped),
            code,
            shipped,
        }
    }

    /// The crate folder's name, if the file lies in `crates/<name>/`.
    pub(crate) fn krate(&self) -> Option<&str> {
        self.path.strip_prefix("crates/")?.split('/').next()
    }
}

/// Text files of the checkout in path order; build folders, virtual environments and workspaces are left out.
pub(crate) fn read_tree(root: &Path) -> Vec<SourceFile> {
    let mut files = Vec::new();
    walk(root, "", &mut files);
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

const TEXT: &[&str] =
    &["rs", "toml", "md", "py", "sh", "html", "css", "js", "sql", "yml", "yaml", "txt", "jinja"];

fn walk(folder: &Path, prefix: &str, files: &mut Vec<SourceFile>) {
    // Generated folders say so: cargo's by a tag, Python's by a configuration, a product workspace by its settings.
    let generated =
        ["CACHEDIR.TAG", "pyvenv.cfg", "proofmark.toml"].iter().any(|name| folder.join(name).exists());
    if generated && !prefix.is_empty() {
        return;
    }
    let entries = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("failed to list {}: {error}", folder.display()));
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = entry.path();
        let relative = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type().expect("a listed entry has a type");
        if kind.is_dir() {
            let hidden = name.starts_with('.') && name != ".ci" && name != ".cargo";
            if !hidden && !["target", "proofmark-demo", "__pycache__"].contains(&name.as_str()) {
                walk(&path, &relative, files);
            }
        } else if kind.is_file() {
            let extension = path.extension().map(|e| e.to_string_lossy().into_owned()).unwrap_or_default();
            if TEXT.contains(&extension.as_str()) || relative.starts_with(".ci/") {
                // A file that another process is replacing just now may be gone; the next run sees it.
                if let Ok(text) = std::fs::read_to_string(&path) {
                    files.push(SourceFile::new(&relative, &text));
                }
            }
        }
    }
}

/// Replaces comments and the inside of string and character literals by spaces; keeps every line break.
fn blank_comments_and_literals(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut i = 0;
    while i < bytes.len() {
        let rest = &bytes[i..];
        let end = if rest.starts_with(b"//") {
            i + rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len())
        } else if rest.starts_with(b"/*") {
            i + block_comment_length(rest)
        } else if let Some(length) = raw_string_length(rest, i.checked_sub(1).map(|j| bytes[j])) {
            i + length
        } else if rest[0] == b'"' {
            i + quoted_length(rest, b'"')
        } else if rest[0] == b'\'' && is_char_literal(rest) {
            i + quoted_length(rest, b'\'')
        } else {
            i += 1;
            continue;
        };
        for byte in &mut out[i..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        i = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

fn block_comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut i) = (0_usize, 0);
    while i < rest.len() {
        if rest[i..].starts_with(b"/*") {
            depth += 1;
            i += 2;
        } else if rest[i..].starts_with(b"*/") {
            depth -= 1;
            i += 2;
            if depth == 0 {
                return i;
            }
        } else {
            i += 1;
        }
    }
    rest.len()
}

/// Length of a raw string such as `r#"..."#` that starts here.
fn raw_string_length(rest: &[u8], before: Option<u8>) -> Option<usize> {
    let prefix = if rest.starts_with(b"br") { 2 } else { usize::from(rest.starts_with(b"r")) };
    if prefix == 0 || before.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return None;
    }
    let hashes = rest[prefix..].iter().take_while(|b| **b == b'#').count();
    if rest.get(prefix + hashes) != Some(&b'"') {
        return None;
    }
    let mut closing = vec![b'"'];
    closing.extend(std::iter::repeat_n(b'#', hashes));
    let body = prefix + hashes + 1;
    let found = rest[body..].windows(closing.len()).position(|window| window == closing);
    Some(found.map_or(rest.len(), |at| body + at + closing.len()))
}

fn quoted_length(rest: &[u8], quote: u8) -> usize {
    let mut i = 1;
    while i < rest.len() {
        match rest[i] {
            b'\\' => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    rest.len()
}

/// `'a'` and `'\n'` are characters; `'a` before anything but a quote is a lifetime.
fn is_char_literal(rest: &[u8]) -> bool {
    match rest.get(1) {
        Some(b'\\') => true,
        Some(byte) => {
            let width = match byte {
                0xF0.. => 4,
                0xE0.. => 3,
                0xC0.. => 2,
                _ => 1,
            };
            rest.get(1 + width) == Some(&b'\'')
        }
        None => false,
    }
}

/// Blanks every item under `#[cfg(test)]`: to its closing brace, or to the semicolon of `mod tests;`.
fn blank_test_items(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.as_bytes().to_vec();
    let mut from = 0;
    while let Some(at) = code[from..].find(MARK).map(|i| from + i) {
        let mut depth = 0_usize;
        let mut end = code.len();
        for (i, byte) in code.bytes().enumerate().skip(at + MARK.len()) {
            match byte {
                b'{' => depth += 1,
                b'}' if depth <= 1 => {
                    end = i + 1;
                    break;
                }
                b'}' => depth -= 1,
                b';' if depth == 0 => {
                    end = i + 1;
                    break;
                }
                _ => {}
            }
        }
        out[at..end].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        from = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn comments_literals_and_tests_are_blanked_and_lines_kept() {
    let text = "use std::fs; // std::net\nlet a = \"std::net\"; let b = r#\"x \" y\"#; /* a /* b */\nc */ let q = '\"';\n\
                fn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests {\n    fn g() { std::env::temp_dir(); }\n}\nfn h() {}\n";
    let file = SourceFile::new("crates/x/src/lib.rs", text);
    assert_eq!(file.code.lines().count(), text.lines().count());
    assert!(
        file.code.contains("std::fs") && !file.code.contains("std::net") && file.code.contains("fn f<'a>")
    );
    assert!(
        file.code.contains("temp_dir") && !file.shipped.contains("temp_dir") && file.shipped.contains("fn h")
    );
}
