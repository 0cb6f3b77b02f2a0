//! Where credentials come from: the environment, or a file that only its owner can read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use proofmark_sources::net::Secret;
use proofmark_sources::vendors::VENDORS;

use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// The file that is read when no other is named.
const FILE: &str = "credentials.toml";

/// Credentials by name. A name that is set nowhere gives an empty secret, which a plan does not mind.
#[derive(Debug)]
pub(super) struct Credentials {
    values: BTreeMap<&'static str, Secret>,
}

impl Credentials {
    /// Reads the names that vendors know, and no others, from the environment and from `file` (`credentials.toml` of the
    /// workspace if it is there). The environment wins.
    pub(super) fn load(
        ws: &Workspace,
        file: Option<&Path>,
        environment: &dyn Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let own = ws.root().join(FILE);
        let path: Option<PathBuf> = match file {
            Some(path) => Some(path.to_owned()),
            None => own.is_file().then_some(own),
        };
        let written = path.map_or_else(|| Ok(BTreeMap::new()), |path| read(&path))?;
        let names = VENDORS.iter().flat_map(|vendor| vendor.credentials);
        let values = names.filter_map(|name| {
            let set = environment(name).or_else(|| written.get(*name).cloned())?;
            (!set.trim().is_empty()).then(|| (*name, Secret::new(set.trim())))
        });
        Ok(Self { values: values.collect() })
    }

    /// The secret called `name`; empty when it is set nowhere.
    pub(super) fn secret(&self, name: &str) -> Secret {
        self.values.get(name).cloned().unwrap_or_else(|| Secret::new(""))
    }

    /// Secrets separated by commas in `name`.
    pub(super) fn list(&self, name: &str) -> Vec<Secret> {
        let all = self.secret(name);
        all.expose().split(',').map(str::trim).filter(|key| !key.is_empty()).map(Secret::new).collect()
    }

    /// That every one of `names` is set.
    pub(super) fn need(&self, names: &[&str]) -> Result<()> {
        let missing: Vec<&str> =
            names.iter().copied().filter(|name| !self.values.contains_key(*name)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(AppError::input(format!("there is no {}", missing.join(" and no "))).hint(format!(
            "set it in the environment, or write `NAME = \"...\"` into `{FILE}` of the workspace (mode 0600)"
        )))
    }
}

fn read(path: &Path) -> Result<BTreeMap<String, String>> {
    refuse_if_open(path)?;
    let text =
        std::fs::read_to_string(path).map_err(|source| AppError::io("read the credentials", path, source))?;
    let bad = |what: String| {
        AppError::input(format!("`{}` {what}", path.display()))
            .hint("each line is `NAME = \"value\"`; the value is not repeated here")
    };
    // The parser's own message would quote the line, and with it the secret.
    let table: toml::Table = text.parse().map_err(|_| bad("is not TOML".into()))?;
    let known = |name: &str| VENDORS.iter().any(|vendor| vendor.credentials.contains(&name));
    table
        .into_iter()
        .map(|(name, value)| match value {
            toml::Value::String(value) if known(&name) => Ok((name, value)),
            toml::Value::String(_) => Err(bad(format!("holds `{name}`, which no vendor knows"))),
            _ => Err(bad(format!("holds a `{name}` that is no text"))),
        })
        .collect()
}

#[cfg(unix)]
fn refuse_if_open(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let metadata =
        std::fs::metadata(path).map_err(|source| AppError::io("read the credentials", path, source))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(AppError::input(format!(
            "others can read the credentials in `{}` ({mode:o})",
            path.display()
        ))
        .hint(format!("`chmod 600 {}`", path.display())));
    }
    Ok(())
}

#[cfg(not(unix))]
fn refuse_if_open(_: &Path) -> Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_environment_wins_and_unknown_names_are_never_taken() {
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let file = folder.path().join(FILE);
        proofmark_lake::durable::write_private(
            &file,
            b"FRED_API_KEY = \"from-file\"\nTWELVEDATA_API_KEYS = \"a1, b2,\"\n",
        )
        .unwrap();
        let environment = |name: &str| match name {
            "FRED_API_KEY" => Some("from-shell".to_owned()),
            "NEWSAPI_KEY" => Some(" ".to_owned()),
            _ => None,
        };
        let read = Credentials::load(&ws, None, &environment).unwrap();
        assert_eq!(read.secret("FRED_API_KEY").expose(), "from-shell");
        assert_eq!(read.list("TWELVEDATA_API_KEYS").len(), 2);
        assert!(read.need(&["FRED_API_KEY"]).is_ok());
        assert!(read.need(&["NEWSAPI_KEY"]).unwrap_err().to_string().contains("NEWSAPI_KEY"));
        assert!(!format!("{read:?}").contains("from-"));
    }

    #[cfg(unix)]
    #[test]
    fn an_open_or_odd_file_is_refused_without_repeating_it() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        Workspace::init(folder.path()).unwrap();
        let ws = Workspace::open(folder.path()).unwrap();
        let file = folder.path().join("mine.toml");
        let load = |text: &str, mode: u32| {
            std::fs::write(&file, text).unwrap();
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
            Credentials::load(&ws, Some(&file), &|_| None)
        };
        let error = load("FRED_API_KEY = \"hidden1\"\n", 0o644).unwrap_err();
        assert!(error.hint_text().unwrap().contains("chmod 600"));
        for text in ["FRED_API_KEY = hidden1\n", "PATH = \"hidden1\"\n", "FRED_API_KEY = [\"hidden1\"]\n"] {
            let error = load(text, 0o600).unwrap_err();
            assert!(!error.chain().join(" ").contains("hidden1"), "{error}");
        }
        assert!(load("FRED_API_KEY = \"hidden1\"\n", 0o600).is_ok());
    }
}
