//! Which providers are asked, how often, and what each counts for.

use std::path::Path;

use proofmark_sentiment::{Blend, Provider};
use serde::{Deserialize, Serialize};

use crate::error::{AppError, Result};

/// Providers of news and the rules for asking them, as a TOML file says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Providers {
    /// Seconds for which an answer is taken as it is, without asking again.
    #[serde(default = "hour")]
    pub ttl_seconds: u32,
    /// Seconds for which an older answer stands in when its provider cannot be asked; it is marked with its age.
    #[serde(default = "day")]
    pub stale_seconds: u32,
    /// Days of news, today included, that an answer looks at.
    #[serde(default = "two")]
    pub window_days: u32,
    /// Most questions a minute to one provider about one symbol.
    #[serde(default = "ten")]
    pub per_minute_per_symbol: usize,
    /// Most snapshots of one symbol a UTC day.
    #[serde(default = "hundred")]
    pub most_per_day: usize,
    /// Days for which filed snapshots are kept.
    #[serde(default = "month")]
    pub keep_days: u32,
    /// The providers, in the order in which a blend names them.
    #[serde(rename = "provider")]
    pub providers: Vec<ProviderRule>,
}

/// One provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderRule {
    /// Its name in reports and in the lake.
    pub name: String,
    /// How it is asked.
    pub kind: ProviderKind,
    /// Its share of the blend, positive; shares need not sum to 1.
    pub weight: f64,
    /// For a feed its address, where `{code}` stands for the symbol's code; for NewsAPI an address in place of its own.
    pub url: Option<String>,
    /// Requests a minute, of all symbols together.
    #[serde(default = "thirty")]
    pub per_minute: u32,
}

/// How a provider is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProviderKind {
    /// NewsAPI's search; the symbol's code is the query. Wants `NEWSAPI_KEY`.
    NewsApi,
    /// An RSS or Atom feed.
    Feed,
}

const fn hour() -> u32 {
    3_600
}
const fn day() -> u32 {
    86_400
}
const fn two() -> u32 {
    2
}
const fn ten() -> usize {
    10
}
const fn hundred() -> usize {
    100
}
const fn month() -> u32 {
    30
}
const fn thirty() -> u32 {
    30
}

impl Providers {
    /// The providers that the file `path` names.
    ///
    /// # Errors
    /// The file cannot be read or is none of its kind; a weight, name or address cannot be used.
    pub fn read(path: &Path) -> Result<Self> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| AppError::named_file("read the list of providers", path, source))?;
        Self::parse(&text).map_err(|error| error.hint("docs/SENTIMENT.md shows a whole file"))
    }

    fn parse(text: &str) -> Result<Self> {
        let read: Self = toml::from_str(text)
            .map_err(|error| AppError::input("the list of providers cannot be read").because(error))?;
        read.blend()?;
        for provider in &read.providers {
            let refused = |what: &str| Err(AppError::input(format!("provider `{}` {what}", provider.name)));
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
            if provider.name.is_empty() || provider.name.len() > 24 || !provider.name.chars().all(plain) {
                return refused("must be named by 1 to 24 letters, digits, `-` or `_`");
            }
            if provider.per_minute == 0 {
                return refused("must be asked at least once a minute");
            }
            if provider.kind == ProviderKind::Feed && provider.url.is_none() {
                return refused("is a feed and has no `url`");
            }
        }
        if read.keep_days > 36_500 {
            return Err(AppError::input("`keep_days` in the list of providers is more than a century"));
        }
        if read.window_days == 0
            || read.per_minute_per_symbol == 0
            || read.most_per_day == 0
            || read.keep_days == 0
        {
            return Err(AppError::input("a limit of 0 in the list of providers lets nothing through"));
        }
        Ok(read)
    }

    /// The blend of all of them.
    pub(super) fn blend(&self) -> Result<Blend> {
        let each = self.providers.iter().map(|p| Provider { name: p.name.clone(), weight: p.weight });
        Blend::new(each.collect())
            .map_err(|error| AppError::input("the providers cannot be blended").because(error))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "ttl_seconds = 60\n[[provider]]\nname = \"search\"\nkind = \"newsapi\"\nweight = 0.6\n\
        [[provider]]\nname = \"wire\"\nkind = \"feed\"\nweight = 0.4\nurl = \"https://wire.example/{code}\"\n";

    #[test]
    fn what_is_not_said_has_its_documented_value() {
        let read = Providers::parse(WHOLE).unwrap();
        assert_eq!(
            (read.ttl_seconds, read.stale_seconds, read.keep_days, read.most_per_day),
            (60, 86_400, 30, 100)
        );
        assert_eq!(read.providers[1].per_minute, 30);
    }

    #[test]
    fn what_cannot_be_used_is_told_by_name() {
        for (from, to, want) in [
            ("weight = 0.6", "weight = 0", "blended"),
            ("name = \"wire\"", "name = \"search\"", "blended"),
            ("name = \"wire\"", "name = \"a, b\"", "must be named"),
            ("url = \"https://wire.example/{code}\"", "", "no `url`"),
            ("ttl_seconds = 60", "most_per_day = 0", "limit of 0"),
            ("ttl_seconds", "ttl", "cannot be read"),
            ("newsapi", "twitter", "cannot be read"),
        ] {
            let error = Providers::parse(&WHOLE.replace(from, to)).unwrap_err();
            assert!(error.to_string().contains(want), "{from}: {error}");
        }
    }
}
