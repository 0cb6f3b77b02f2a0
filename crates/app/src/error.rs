//! What a use case reports when it cannot do what was asked: in words, with a hint and an exit code.

use std::error::Error;
use std::fmt;
use std::path::Path;

/// Whose move it is: decides the exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// Wrong usage or input: exit code 2.
    Input,
    /// A broken environment, such as an unwritable folder or a damaged ledger: exit code 3.
    Environment,
    /// Our bug: exit code 70.
    Bug,
}

/// A use case failed before it could produce an outcome.
///
/// A model that fails its gates is *not* an error; it is an outcome with exit code 1.
#[derive(Debug)]
pub struct AppError {
    fault: Fault,
    what: String,
    hint: Option<String>,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// Result of a use case.
pub type Result<T> = std::result::Result<T, AppError>;

impl AppError {
    /// Wrong usage or input.
    pub fn input(what: impl Into<String>) -> Self {
        Self { fault: Fault::Input, what: what.into(), hint: None, source: None }
    }

    /// A broken environment.
    pub fn environment(what: impl Into<String>) -> Self {
        Self { fault: Fault::Environment, what: what.into(), hint: None, source: None }
    }

    /// A state that should be impossible.
    pub fn bug(what: impl Into<String>) -> Self {
        Self { fault: Fault::Bug, what: what.into(), hint: None, source: None }
    }

    /// Adds one thing to try.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Adds the cause.
    #[must_use]
    pub fn because(mut self, source: impl Error + Send + Sync + 'static) -> Self {
        self.source = Some(Box::new(source));
        self
    }

    /// Reading or writing `path` failed.
    pub fn io(doing: &str, path: &Path, source: std::io::Error) -> Self {
        let hint = match source.kind() {
            std::io::ErrorKind::PermissionDenied => "check the owner and permissions of that folder",
            std::io::ErrorKind::NotFound => "check the path",
            _ => "`proofmark doctor` checks the workspace",
        };
        Self::environment(format!("failed to {doing} `{}`", path.display())).hint(hint).because(source)
    }

    /// Reading a file that the user named failed: a slip where there is no such file or it holds no text, else as [`Self::io`].
    pub fn named_file(doing: &str, path: &Path, source: std::io::Error) -> Self {
        use std::io::ErrorKind::{InvalidData, IsADirectory, NotFound};
        let is_slip = matches!(source.kind(), NotFound | IsADirectory | InvalidData);
        let error = Self::io(doing, path, source);
        if is_slip { Self { fault: Fault::Input, ..error } } else { error }
    }

    /// Writing a file durably failed.
    pub fn write(source: proofmark_lake::durable::WriteError) -> Self {
        let hint = source.hint();
        Self::environment(source.to_string()).hint(hint).because(source.source)
    }

    /// The exit code of PRODUCT's table.
    pub const fn exit_code(&self) -> u8 {
        match self.fault {
            Fault::Input => 2,
            Fault::Environment => 3,
            Fault::Bug => 70,
        }
    }

    /// One thing to try, if there is one.
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The message and every cause below it, one a line.
    pub fn chain(&self) -> Vec<String> {
        let mut lines = vec![self.what.clone()];
        let mut cause: Option<&(dyn Error + 'static)> = self.source.as_deref().map(|e| e as _);
        while let Some(error) = cause {
            lines.push(error.to_string());
            cause = error.source();
        }
        lines
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for AppError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|e| e as _)
    }
}
