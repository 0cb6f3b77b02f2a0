//! News of stored articles, session by session.

use std::collections::{BTreeMap, BTreeSet};

use proofmark_features::news::{NEWS_FEATURES, NewsRow};
use proofmark_lake::Table;
use proofmark_lake::facts::Article;
use proofmark_sentiment::{Decay, Headline, Scorer, Usual, session_attention, session_values};
use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::source::{Ground, Made, Source, Yield, observations};
use crate::data::lake_error;
use crate::error::{AppError, Result};

/// Articles in the table `news`, scored by the shipped scorer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct StoredNews {
    /// Which symbols or topics; all with articles when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// Sessions after which a headline weighs half.
    half_life: f64,
    /// Sessions whose headlines count, the newest included.
    window: usize,
    /// Sessions before the present one in which a count of headlines is usual.
    usual: usize,
    /// The fewest of them, at least 2.
    least: usize,
}

impl Source for StoredNews {
    fn makes(&self) -> Vec<&'static str> {
        NEWS_FEATURES.iter().map(|feature| feature.definition.name).collect()
    }

    fn made_with(&self) -> String {
        crate::sentiment::scorer(None).map_or_else(|_| String::new(), |scorer| scorer.name())
    }

    fn check(&self) -> Result<()> {
        if !(self.half_life > 0.0 && self.half_life.is_finite()) || self.window == 0 {
            return Err(AppError::input("`half_life` and `window` must be more than 0")
                .hint("`half_life = 2.0` and `window = 10` are usual"));
        }
        if self.least < 2 || self.least > self.usual {
            return Err(AppError::input(format!(
                "`least` is {} of {} usual sessions",
                self.least, self.usual
            ))
            .hint("at least 2, and no more than `usual`; 21 of 63 are usual"));
        }
        Ok(())
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let scorer = crate::sentiment::scorer(None)?;
        let all = ground.lake.names(Table::News);
        let mut found = Yield::default();
        for symbol in if self.symbols.is_empty() { &all } else { &self.symbols } {
            let articles = ground
                .lake
                .read_fact_versions::<Article>(symbol)
                .map_err(|error| lake_error(&format!("failed to read the articles of `{symbol}`"), error))?;
            let (headlines, unscored) = scored(articles, scorer.as_ref());
            if unscored > 0 {
                found
                    .notes
                    .push(format!("{symbol}: {unscored} headlines could not be scored and count as none"));
            }
            let sessions = sessions(ground, symbol, &headlines)?;
            let rows = self.rows(&headlines, &sessions);
            for feature in NEWS_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name)) {
                found.made.push(Made {
                    feature: feature.definition.name,
                    symbol: Some(symbol.clone()),
                    values: observations(sessions.iter().copied(), feature.column(&rows)),
                });
            }
        }
        Ok(found)
    }
}

impl StoredNews {
    fn rows(&self, headlines: &[Headline], sessions: &[(Date, Instant)]) -> Vec<NewsRow> {
        let decay = Decay { half_life: self.half_life, window: self.window };
        let usual = Usual { window: self.usual, least: self.least };
        let mut rows: BTreeMap<Date, NewsRow> =
            sessions.iter().map(|(date, _)| (*date, NewsRow::default())).collect();
        for own in session_attention(headlines, sessions, usual) {
            let (headlines, dispersion, buzz) = (Some(own.headlines), own.dispersion, own.buzz);
            rows.insert(own.date, NewsRow { sentiment: None, headlines, dispersion, buzz });
        }
        for own in session_values(headlines, sessions, decay) {
            rows.entry(own.date).or_default().sentiment = Some(own.value);
        }
        rows.into_values().collect()
    }
}

/// Each article as it was first told, scored; and how many cannot be. A headline that was edited later is no other one, and
/// the same words of one instant count once.
fn scored(mut articles: Vec<Article>, scorer: &dyn Scorer) -> (Vec<Headline>, u64) {
    articles.sort_by(|a, b| {
        (a.known_at, &a.provider, &a.id, &a.headline).cmp(&(b.known_at, &b.provider, &b.id, &b.headline))
    });
    let (mut told, mut said) = (BTreeSet::new(), BTreeSet::new());
    let (mut headlines, mut unscored) = (Vec::new(), 0);
    for Article { known_at, provider, id, headline, .. } in articles {
        if !told.insert((provider, id)) || !said.insert((known_at, headline.to_lowercase())) {
            continue;
        }
        match scorer.score(&headline, None) {
            Some(score) => {
                headlines.push(Headline { known_at, value: score.value, confidence: score.confidence });
            }
            None => unscored += 1,
        }
    }
    (headlines, unscored)
}

/// The sessions that have closed, from the first headline's to the last one's: whether a feed still ran after that is not
/// known.
fn sessions(ground: &Ground<'_>, symbol: &Symbol, headlines: &[Headline]) -> Result<Vec<(Date, Instant)>> {
    let times = || headlines.iter().map(|headline| headline.known_at);
    let Some((first, last)) = times().min().zip(times().max()) else { return Ok(Vec::new()) };
    let calendar = ground.calendar;
    let begins = calendar.range().start;
    if first.utc_date() < begins {
        let id = calendar.id();
        return Err(AppError::input(format!("news of `{symbol}` is older than calendar `{id}`"))
            .hint(format!("it begins on {begins}; name another calendar in the spec")));
    }
    let all = calendar.sessions().iter().map(|date| (*date, calendar.session_close(*date)));
    let mut over = false;
    let sessions = all.skip_while(|(_, close)| *close < first).take_while(|(_, close)| {
        let within = *close <= ground.now && !over;
        over = *close >= last;
        within
    });
    Ok(sessions.collect())
}
