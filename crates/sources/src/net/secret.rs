//! Secrets: values that no message, log or artefact may show.

use std::fmt;
use std::sync::Arc;

use super::request::percent_encoded;

/// A key, token or password. It can be shown nowhere: `Debug` prints stars, and there is no `Display` and no
/// serialisation.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text itself, for the one place that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(***)")
    }
}

/// Takes secrets out of text that a vendor sent back, since some vendors repeat the key in their error messages.
#[derive(Debug, Clone, Default)]
pub struct Redactor(Vec<Secret>);

/// Shorter values occur by chance in ordinary text.
const SHORTEST: usize = 4;

impl Redactor {
    /// Knows `secrets`.
    pub fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self(secrets.into_iter().filter(|secret| secret.0.len() >= SHORTEST).collect())
    }

    /// Also knows `secret` from now on.
    pub fn add(&mut self, secret: Secret) {
        if secret.0.len() >= SHORTEST {
            self.0.push(secret);
        }
    }

    /// `text` with every known secret replaced, plain or as it stands in a URL.
    pub fn clean(&self, text: &str) -> String {
        let mut clean = text.to_owned();
        for secret in &self.0 {
            clean = clean.replace(secret.expose(), "***").replace(&percent_encoded(secret.expose()), "***");
        }
        clean
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_never_shown() {
        let secret = Secret::new("k3y+with/odd=");
        let redactor = Redactor::new([secret.clone(), Secret::new("ab")]);
        assert!(!format!("{secret:?} {redactor:?}").contains("k3y"));
        let said = "your key k3y+with/odd= or ?apikey=k3y%2Bwith%2Fodd%3D is absent";
        assert_eq!(redactor.clean(said), "your key *** or ?apikey=*** is absent");
    }
}
