//! One look at the mood of today's news: providers asked, scored, blended and stored as known now.
//!
//! Invariant: a score is never dated back. A command has no date: what is read today was not known before.
//! Invariant: a provider that cannot be asked is missing, or stands in with an older answer that is marked; never neutral.

mod config;
mod memory;

use std::path::Path;

use proofmark_lake::facts::SentimentScore;
use proofmark_lake::{Delivery, Lake};
use proofmark_sentiment::{Blended, Scorer, confidence_of};
use proofmark_sources::fetch::{Article, Instrument, Source as _};
use proofmark_sources::net::{Client, FetchError, Limits, Pace, Secret, Transport};
use proofmark_sources::vendors::{NewsApi, feed};
use proofmark_units::{DateSpan, Digest, Instant, Seed, Symbol};
use serde::Serialize;

pub use self::config::{ProviderKind, ProviderRule, Providers};
pub use self::memory::Counts;
use self::memory::{Held, Memory};
use super::credentials::Credentials;
use super::fetch::transport;
use super::network;
use super::snapshot::{file_name, filed, remove_older};
use crate::clock::Wall;
use crate::data::{lake_error, open_lake};
use crate::error::Result;
use crate::json;
use crate::progress::{Reporter, Work};
use crate::workspace::{Workspace, read, write};

/// Where snapshots are filed and what is remembered, below the workspace; the version is part of the path.
const FOLDER: &str = "fetched/snapshots/v1/sentiment";
const MEMORY: &str = "cache/sentiment-v1.json";

/// What one look gave.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct MoodReport {
    /// Who scored the headlines.
    pub scorer: String,
    /// By symbol, in the order asked for.
    pub symbols: Vec<Mood>,
    /// Rows that the lake took.
    pub rows_added: u64,
    /// Filed snapshots that were older than they are kept, and are gone.
    pub removed: usize,
    /// How often each provider's answer was there, over all commands.
    pub providers: Vec<ProviderCounts>,
}

/// A provider's counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ProviderCounts {
    /// Its name.
    pub provider: String,
    /// The counts.
    #[serde(flatten)]
    pub counts: Counts,
}

/// The mood about one symbol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Mood {
    /// The symbol.
    pub symbol: Symbol,
    /// When it was looked at; event and known-at of the stored row.
    pub at: Instant,
    /// The blend; `None` where no provider had anything to say, which is not 0.
    pub blend: Option<Blended>,
    /// From the number of headlines; `None` when an answer is stale.
    pub confidence: Option<f64>,
    /// What each provider said.
    pub answers: Vec<Answer>,
    /// Why nothing was looked at, if so.
    pub skipped: Option<String>,
    /// The filed snapshot, below the workspace.
    pub file: Option<String>,
}

/// Where an answer comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Freshness {
    /// Asked now.
    Fresh,
    /// Young enough not to be asked for again.
    Cached,
    /// An older answer in place of one that could not be had.
    Stale,
    /// There is none.
    Missing,
}

/// One provider's answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Answer {
    /// The provider.
    pub provider: String,
    /// Where it comes from.
    pub freshness: Freshness,
    /// Mean score of its headlines, -1 to 1; `None` when none could be scored.
    pub value: Option<f64>,
    /// Headlines scored.
    pub headlines: u64,
    /// Seconds since it was given; `None` when there is none.
    pub age_seconds: Option<u64>,
    /// Why it could not be asked now, if so.
    pub why: Option<String>,
}

/// Looks once at the news of each symbol. What is seen is filed under the present time and stored in the lake's table
/// `sentiment`, known now; a killed command goes on from the answers it had.
///
/// # Errors
/// The network is switched off, a credential is missing, or the workspace cannot be read or written. A provider that fails is
/// in the report instead.
pub fn mood(
    ws: &Workspace,
    providers: &Providers,
    instruments: &[Instrument],
    model: Option<&Path>,
    credentials: Option<&Path>,
    reporter: &dyn Reporter,
) -> Result<MoodReport> {
    network(ws)?;
    let keys = Credentials::load(ws, credentials, &|name| std::env::var(name).ok())?;
    if providers.providers.iter().any(|provider| provider.kind == ProviderKind::NewsApi) {
        keys.need(&["NEWSAPI_KEY"])?;
    }
    let scorer = crate::sentiment::scorer(model)?;
    let scored_by = match model {
        Some(file) => Digest::of(&read(file)?),
        None => Digest::of(scorer.name().as_bytes()),
    };
    let transport = &transport();
    let desk = Desk { ws, providers, scorer: scorer.as_ref(), scored_by, transport, pace: &Wall };
    let work = Work::begin("news", 1, 1, vec![reporter]);
    work.expect(instruments.len() as u64);
    let report = desk.look(instruments, &keys.list("NEWSAPI_KEY"), &|| work.step());
    work.end(if report.is_ok() { "done" } else { "failed" });
    report
}

/// Everything that one look needs; the clock is handed in.
struct Desk<'a> {
    ws: &'a Workspace,
    providers: &'a Providers,
    scorer: &'a dyn Scorer,
    /// What tells scorers apart: a model's bytes, or the lexicon's name.
    scored_by: Digest,
    transport: &'a dyn Transport,
    pace: &'a dyn Pace,
}

impl Desk<'_> {
    fn look(&self, instruments: &[Instrument], keys: &[Secret], done: &dyn Fn()) -> Result<MoodReport> {
        let path = self.ws.root().join(MEMORY);
        let mut memory = Memory::read(&path);
        let mut clients: Vec<Client<'_>> =
            self.providers.providers.iter().map(|rule| self.client(rule, keys)).collect();
        let mut lake = open_lake(self.ws)?;
        let (mut symbols, mut rows_added, mut removed) = (Vec::new(), 0, 0);
        for instrument in instruments {
            let folder = self.ws.root().join(FOLDER).join(instrument.symbol.as_str());
            let mut mood = self.one(&mut memory, &mut clients, instrument, &folder)?;
            // What was answered must not be asked again after a kill.
            memory.write(&path)?;
            if mood.skipped.is_none() {
                let at = mood.at;
                let name = file_name(at);
                write(&folder.join(&name), &json::bytes(&mood))?;
                mood.file = Some(self.ws.relative(&folder.join(&name)));
                rows_added += self.store(&mut lake, &mood)?;
                let limit = at.plus_seconds(-86_400 * i64::from(self.providers.keep_days));
                removed += remove_older(&folder, limit)?;
            }
            symbols.push(mood);
            done();
        }
        let count = |rule: &ProviderRule| {
            let counts = memory.of(&rule.name).counts;
            ProviderCounts { provider: rule.name.clone(), counts }
        };
        let providers = self.providers.providers.iter().map(count).collect();
        Ok(MoodReport { scorer: self.scorer.name(), symbols, rows_added, removed, providers })
    }

    fn client(&self, rule: &ProviderRule, keys: &[Secret]) -> Client<'_> {
        // Two commands must not wait in step; no result depends on it.
        let seed = Seed::root(self.pace.now().nanos().unsigned_abs()).child("news").child(&rule.name);
        let limits = Limits { per_minute: rule.per_minute, burst: rule.per_minute.min(5), per_day: None };
        let (vendor, keys) = match rule.kind {
            ProviderKind::NewsApi => ("NewsAPI", keys.to_vec()),
            ProviderKind::Feed => ("the feed", Vec::new()),
        };
        Client::new(vendor, self.transport, self.pace, keys, &limits, &seed)
    }

    fn one(
        &self,
        memory: &mut Memory,
        clients: &mut [Client<'_>],
        instrument: &Instrument,
        folder: &Path,
    ) -> Result<Mood> {
        let mut mood = Mood {
            symbol: instrument.symbol.clone(),
            at: self.pace.now(),
            blend: None,
            confidence: None,
            answers: Vec::new(),
            skipped: None,
            file: None,
        };
        let today = mood.at.compact_utc()[..8].to_owned();
        let taken = if folder.is_dir() {
            filed(folder)?.iter().filter(|(at, _)| at.starts_with(&today)).count()
        } else {
            0
        };
        if taken >= self.providers.most_per_day {
            mood.skipped = Some(format!("{taken} snapshots were taken today (UTC), and that is the limit"));
            return Ok(mood);
        }
        for (rule, client) in self.providers.providers.iter().zip(clients) {
            mood.answers.push(self.answer(memory, client, rule, instrument));
        }
        let readings: Vec<Option<f64>> = mood.answers.iter().map(|answer| answer.value).collect();
        mood.blend = self.providers.blend()?.of(&readings);
        let said = || mood.answers.iter().filter(|answer| answer.value.is_some());
        if said().all(|answer| answer.freshness != Freshness::Stale) {
            mood.confidence = confidence_of(said().map(|answer| answer.headlines).sum());
        }
        // Answers took their time: the mood is known when the last of them is.
        mood.at = self.pace.now();
        Ok(mood)
    }

    fn answer(
        &self,
        memory: &mut Memory,
        client: &mut Client<'_>,
        rule: &ProviderRule,
        instrument: &Instrument,
    ) -> Answer {
        let (symbol, now) = (&instrument.symbol, self.pace.now());
        // An answer to another question, or by another scorer, is none to this one.
        let question = json::digest(&(self.scored_by, rule, &instrument.code, self.providers.window_days));
        let of = memory.of(&rule.name);
        let answer = |freshness, held: Option<(Held, u64)>, why| Answer {
            provider: rule.name.clone(),
            freshness,
            value: held.and_then(|(held, _)| held.value),
            headlines: held.map_or(0, |(held, _)| held.headlines),
            age_seconds: held.map(|(_, age)| age),
            why,
        };
        if let Some(held) = of.held(symbol, question, now, self.providers.ttl_seconds) {
            of.counts.hits += 1;
            return answer(Freshness::Cached, Some(held), None);
        }
        let why = match of.admit(symbol, now, self.providers.per_minute_per_symbol) {
            Err(why) => why,
            Ok(()) => match self.ask(client, rule, instrument, now) {
                Ok(articles) => {
                    let held = self.scored(&articles, question, now, self.pace.now());
                    of.answered(symbol, held);
                    return answer(Freshness::Fresh, Some((held, 0)), None);
                }
                Err(error) => {
                    of.failed(self.pace.now());
                    error.to_string()
                }
            },
        };
        match of.held(symbol, question, now, self.providers.stale_seconds) {
            Some(held) => {
                of.counts.stale += 1;
                answer(Freshness::Stale, Some(held), Some(why))
            }
            None => answer(Freshness::Missing, None, Some(why)),
        }
    }

    fn ask(
        &self,
        client: &mut Client<'_>,
        rule: &ProviderRule,
        instrument: &Instrument,
        now: Instant,
    ) -> std::result::Result<Vec<Article>, FetchError> {
        let today = now.utc_date();
        let days = i32::try_from(self.providers.window_days).unwrap_or(i32::MAX);
        let span = DateSpan { start: today.plus_days(1_i32.saturating_sub(days)), end: today };
        let delivered = match rule.kind {
            ProviderKind::NewsApi => NewsApi::new(rule.url.as_deref()).fetch(client, instrument, span)?,
            ProviderKind::Feed => {
                feed(client, &rule.url.as_deref().unwrap_or_default().replace("{code}", &instrument.code))?
            }
        };
        Ok(delivered.rows.into_iter().filter(|article| span.contains(article.date)).collect())
    }

    /// The mean of the headlines that can be scored. An article from the future has a wrong clock and is left out.
    fn scored(&self, articles: &[Article], question: Digest, asked_at: Instant, at: Instant) -> Held {
        let known = articles.iter().filter(|article| article.published_at <= asked_at);
        let values: Vec<f64> = known
            .filter_map(|article| self.scorer.score(&article.title, None))
            .map(|score| score.value)
            .collect();
        let headlines = values.len() as u64;
        let value = (headlines > 0).then(|| values.iter().sum::<f64>() / headlines as f64);
        Held { question, value, headlines, at }
    }

    /// Stores the blend, and each fresh answer beside it; where nobody said anything there is no row.
    fn store(&self, lake: &mut Lake, mood: &Mood) -> Result<u64> {
        let row = |provider: String, score: f64, confidence: Option<f64>| SentimentScore {
            topic: mood.symbol.clone(),
            event_time: mood.at,
            known_at: mood.at,
            provider: format!("{provider}/{}", self.scorer.name()),
            score,
            confidence,
        };
        let marked = |answer: &Answer| match answer.freshness {
            Freshness::Stale => format!("{} stale", answer.provider),
            _ => answer.provider.clone(),
        };
        let mut rows = Vec::new();
        if let Some(blend) = &mood.blend {
            let said = mood.answers.iter().filter(|answer| answer.value.is_some());
            let marked: Vec<String> = said.map(marked).collect();
            rows.push(row(format!("hybrid[{}]", marked.join(", ")), blend.value, mood.confidence));
        }
        for answer in mood.answers.iter().filter(|answer| answer.freshness == Freshness::Fresh) {
            let Some(value) = answer.value else { continue };
            rows.push(row(answer.provider.clone(), value, confidence_of(answer.headlines)));
        }
        let delivery = Delivery { source: "news/live".to_owned(), arrived_at: mood.at };
        let reports = lake
            .append_facts(&rows, &delivery)
            .map_err(|error| lake_error("failed to store the scores", error))?;
        Ok(reports.iter().map(|report| report.rows_added).sum())
    }
}

#[cfg(test)]
mod tests;
