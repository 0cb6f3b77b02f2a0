//! Headlines from files to one scored value a symbol and session.

mod names;
mod read;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use proofmark_lake::facts::SentimentScore;
use proofmark_lake::{Delivery, Observation};
use proofmark_market::Calendar;
use proofmark_sentiment::{
    Blend, Decay, Headline, Provider, Scorer, SessionValue, confidence_of, session_values,
};
use proofmark_units::{Date, Instant, ParseSymbolError, Symbol};
use serde::Serialize;

use self::names::Names;
use self::read::Article;
pub use self::read::Stamps;
use super::summary::{Account, Problem};
use crate::data::{calendar, lake_error, open_lake};
use crate::error::{AppError, Result};
use crate::workspace::Workspace;

/// A symbol with news on fewer of its sessions is a risk: most of what a model would read is missing.
const COVERAGE_MIN: f64 = 0.8;

/// What a symbol's series is called: this and the symbol.
const PREFIX: &str = "NEWS.";

/// How headlines are to be read and scored.
#[derive(Debug, Clone, Default)]
pub struct HeadlineRequest {
    /// The files, CSV or Parquet.
    pub files: Vec<PathBuf>,
    /// The file's names for the roles `time`, `text`, `symbol`, `entity`, `fetched` and `provider`.
    pub columns: Vec<(String, String)>,
    /// How dates are written, such as `%d-%m-%Y`.
    pub date_format: Option<String>,
    /// Store every headline under this symbol.
    pub symbol: Option<Symbol>,
    /// CSV of `symbol,name`: headlines belong to the symbols whose names they mention.
    pub names: Option<PathBuf>,
    /// Zone of stamps without an offset, and of the day that a date without a time ends with.
    pub zone: Option<String>,
    /// Calendar whose sessions the values belong to.
    pub calendar: String,
    /// A trained model; the shipped scorer when `None`.
    pub model: Option<PathBuf>,
    /// Sessions after which a headline weighs half.
    pub half_life: f64,
    /// Sessions that count, the newest included.
    pub window: usize,
    /// Providers and their weights; empty takes all headlines alike.
    pub weights: Vec<(String, f64)>,
}

/// What an ingest of headlines did.
#[derive(Debug, Serialize)]
pub struct HeadlineSummary {
    /// Data rows seen, readable or not.
    pub rows_read: u64,
    /// Rows with a text, a time and a symbol; one that names two symbols counts once.
    pub headlines: u64,
    /// Rows that name none of the symbols.
    pub of_no_symbol: u64,
    /// Rows that the scorer could not score: missing, not neutral.
    pub unscored: u64,
    /// Rows of providers without a weight.
    pub of_other_providers: u64,
    /// Rows said again: one text of one symbol at one time.
    pub repeated: u64,
    /// The scorer.
    pub scorer: String,
    /// How far the stamps can be trusted.
    pub stamps: Stamps,
    /// Session values that the lake did not hold.
    pub values_added: u64,
    /// Session values held already.
    pub values_known: u64,
    /// Session values that differ from what was held: stored as a later version.
    pub values_restated: u64,
    /// Rows of the table `sentiment` that were not there: the same values with who scored and how surely.
    pub scores_added: u64,
    /// By symbol.
    pub symbols: Vec<NewsCoverage>,
    /// What should not be relied on, in words.
    pub risks: Vec<String>,
    /// Rows that could not be read, by rule.
    pub problems: Vec<Problem>,
}

/// The news of one symbol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NewsCoverage {
    /// The symbol.
    pub symbol: Symbol,
    /// Its series in the lake.
    pub series: Symbol,
    /// Headlines scored.
    pub headlines: u64,
    /// First session with a value.
    pub first: Date,
    /// Last session with a value.
    pub last: Date,
    /// Sessions from first to last.
    pub sessions: u64,
    /// Those with a value.
    pub covered: u64,
    /// `covered` of `sessions`, a fraction.
    pub share: f64,
    /// Confidence in a session of the median number of headlines, a fraction.
    pub median_confidence: Option<f64>,
}

/// Scores headlines and stores one value a symbol and session, known from the session's close on.
///
/// A headline is known when it was published, or when it was fetched if the file says so; a date without a time is known at
/// the end of that day. Sessions without news have no value.
///
/// # Errors
/// A file, column, name, zone, calendar, model or weight cannot be used; nothing is stored then.
pub fn headlines(ws: &Workspace, request: &HeadlineRequest) -> Result<HeadlineSummary> {
    if request.files.is_empty() {
        return Err(AppError::input("no file of headlines was named").hint("give one or more files"));
    }
    if !(request.half_life > 0.0 && request.half_life.is_finite()) || request.window == 0 {
        return Err(AppError::input("a half-life and a window of sessions must be more than 0")
            .hint("for example `--half-life 2 --window 10`"));
    }
    let decay = Decay { half_life: request.half_life, window: request.window };
    let calendar = calendar(&request.calendar)?;
    let scorer = crate::sentiment::scorer(request.model.as_deref())?;
    let names = request.names.as_deref().map(Names::read).transpose()?;
    let blend = blend(&request.weights)?;
    let now = crate::clock::now();
    let mut account = Account::default();
    let mut pot = Pot::default();
    let mut stamps = Stamps::default();
    for file in &request.files {
        let articles = read::articles(file, request, now, &mut account, &mut stamps)?;
        for article in &articles {
            pot.put(article, request, names.as_ref(), scorer.as_ref(), blend.as_ref());
        }
    }
    let (values, symbols, scores) = values(&pot, &calendar, now, decay, blend.as_ref(), &scorer.name())?;
    let mut lake = open_lake(ws)?;
    let source = request.files.iter().map(|file| super::source(file)).collect::<Vec<_>>().join(", ");
    for (series, rows) in &values {
        let delivery = Delivery { source: source.clone(), arrived_at: now };
        let report = lake
            .append_observations(series, rows, &delivery)
            .map_err(|error| lake_error("failed to store the values", error))?;
        account.stored(&report);
    }
    let delivery = Delivery { source, arrived_at: now };
    let stored = lake
        .append_facts(&scores, &delivery)
        .map_err(|error| lake_error("failed to store the scores", error))?;
    let done = account.finish();
    let risks = risks(&symbols, &stamps);
    Ok(HeadlineSummary {
        rows_read: done.rows_read,
        headlines: pot.headlines,
        of_no_symbol: pot.of_no_symbol,
        unscored: pot.unscored,
        of_other_providers: pot.of_other_providers,
        repeated: pot.repeated,
        scorer: scorer.name(),
        stamps,
        values_added: done.rows_added,
        values_known: done.rows_known,
        values_restated: done.rows_restated,
        scores_added: stored.iter().map(|report| report.rows_added).sum(),
        symbols,
        risks,
        problems: done.problems,
    })
}

fn blend(weights: &[(String, f64)]) -> Result<Option<Blend>> {
    if weights.is_empty() {
        return Ok(None);
    }
    let providers = weights.iter().map(|(name, weight)| Provider { name: name.clone(), weight: *weight });
    Blend::new(providers.collect()).map(Some).map_err(|error| {
        AppError::input("the providers cannot be blended")
            .hint("for example `--weight news=0.6 --weight posts=0.4`")
            .because(error)
    })
}

/// Scored headlines by symbol and provider (0 without weights).
#[derive(Default)]
struct Pot {
    scored: BTreeMap<Symbol, BTreeMap<usize, Vec<Headline>>>,
    seen: BTreeSet<(Symbol, Instant, String)>,
    headlines: u64,
    of_no_symbol: u64,
    unscored: u64,
    of_other_providers: u64,
    repeated: u64,
}

impl Pot {
    fn put(
        &mut self,
        article: &Article,
        request: &HeadlineRequest,
        names: Option<&Names>,
        scorer: &dyn Scorer,
        blend: Option<&Blend>,
    ) {
        let provider = match blend {
            None => 0,
            Some(blend) => {
                match blend
                    .providers()
                    .iter()
                    .position(|p| Some(p.name.as_str()) == article.provider.as_deref())
                {
                    Some(place) => place,
                    None => return self.of_other_providers += 1,
                }
            }
        };
        let own = request.symbol.as_ref().or(article.symbol.as_ref());
        let linked: Vec<(&Symbol, Option<&str>)> = match (own, names) {
            (Some(symbol), _) => vec![(symbol, article.entity.as_deref())],
            (None, Some(names)) => names.mentioned(&article.text),
            (None, None) => Vec::new(),
        };
        if linked.is_empty() {
            return self.of_no_symbol += 1;
        }
        let (mut scored, mut new) = (false, false);
        for (symbol, entity) in linked {
            if !self.seen.insert((symbol.clone(), article.known_at, article.text.to_lowercase())) {
                continue;
            }
            new = true;
            let Some(score) = scorer.score(&article.text, entity) else { continue };
            scored = true;
            let headline =
                Headline { known_at: article.known_at, value: score.value, confidence: score.confidence };
            self.scored.entry(symbol.clone()).or_default().entry(provider).or_default().push(headline);
        }
        match (new, scored) {
            (false, _) => self.repeated += 1,
            (true, false) => self.unscored += 1,
            (true, true) => self.headlines += 1,
        }
    }
}

/// A series and its rows.
type Rows = (Symbol, Vec<Observation>);

fn values(
    pot: &Pot,
    calendar: &Calendar,
    now: Instant,
    decay: Decay,
    blend: Option<&Blend>,
    scorer: &str,
) -> Result<(Vec<Rows>, Vec<NewsCoverage>, Vec<SentimentScore>)> {
    // A session that has not closed may still get news.
    let closes: Vec<(Date, Instant)> = calendar
        .sessions()
        .iter()
        .map(|date| (*date, calendar.session_close(*date)))
        .take_while(|(_, close)| *close <= now)
        .collect();
    let (mut series, mut coverage, mut scores) = (Vec::new(), Vec::new(), Vec::new());
    for (symbol, providers) in &pot.scored {
        let name: Symbol = format!("{PREFIX}{symbol}").parse().map_err(|error: ParseSymbolError| {
            AppError::input(format!("the news of `{symbol}` cannot be named"))
                .hint("a symbol of at most 27 characters")
                .because(error)
        })?;
        let first = providers.values().flatten().map(|headline| headline.known_at).min();
        let begin = closes.partition_point(|(_, close)| first.is_some_and(|first| *close < first));
        if begin == 0 && first.is_some_and(|first| first.utc_date() < calendar.range().start) {
            return Err(AppError::input(format!(
                "news of `{symbol}` is older than calendar `{}`, which begins on {}",
                calendar.id(),
                calendar.range().start
            ))
            .hint("name another calendar with `--calendar`, or leave those rows out"));
        }
        let by_provider: Vec<Vec<SessionValue>> = match blend {
            None => {
                vec![session_values(providers.get(&0).map_or(&[], Vec::as_slice), &closes[begin..], decay)]
            }
            Some(blend) => (0..blend.providers().len())
                .map(|p| {
                    session_values(providers.get(&p).map_or(&[], Vec::as_slice), &closes[begin..], decay)
                })
                .collect(),
        };
        let (sessions, sources): (Vec<SessionValue>, Vec<Option<String>>) =
            blended(&by_provider, blend).into_iter().unzip();
        scores.extend(sessions.iter().zip(sources).map(|(session, source)| SentimentScore {
            topic: symbol.clone(),
            event_time: session.known_at,
            known_at: session.known_at,
            provider: source.map_or_else(|| scorer.to_owned(), |source| format!("{source}/{scorer}")),
            score: session.value,
            confidence: confidence_of(session.headlines),
        }));
        let (Some(first), Some(last)) = (sessions.first(), sessions.last()) else { continue };
        let place = |date| closes.partition_point(|(session, _)| *session < date);
        let between = (place(last.date) - place(first.date) + 1) as u64;
        let mut counts: Vec<u64> = sessions.iter().map(|s| s.headlines).collect();
        counts.sort_unstable();
        coverage.push(NewsCoverage {
            symbol: symbol.clone(),
            series: name.clone(),
            headlines: counts.iter().sum(),
            first: first.date,
            last: last.date,
            sessions: between,
            covered: sessions.len() as u64,
            share: sessions.len() as f64 / between as f64,
            median_confidence: confidence_of(counts[counts.len() / 2]),
        });
        let rows =
            sessions.iter().map(|s| Observation { date: s.date, known_at: s.known_at, value: s.value });
        series.push((name, rows.collect()));
    }
    Ok((series, coverage, scores))
}

/// The providers' values of each session as one, and whose they are; a session is there where any of them has one.
fn blended(by_provider: &[Vec<SessionValue>], blend: Option<&Blend>) -> Vec<(SessionValue, Option<String>)> {
    let Some(blend) = blend else {
        return by_provider.iter().take(1).flatten().map(|value| (*value, None)).collect();
    };
    let mut sessions: BTreeMap<Date, Vec<Option<SessionValue>>> = BTreeMap::new();
    for (p, values) in by_provider.iter().enumerate() {
        for value in values {
            sessions.entry(value.date).or_insert_with(|| vec![None; by_provider.len()])[p] = Some(*value);
        }
    }
    sessions
        .into_values()
        .filter_map(|answers| {
            let readings: Vec<Option<f64>> = answers.iter().map(|a| a.map(|a| a.value)).collect();
            let headlines = answers.iter().flatten().map(|a| a.headlines).sum();
            let any = answers.iter().flatten().next()?;
            let blended = blend.of(&readings)?;
            Some((SessionValue { value: blended.value, headlines, ..*any }, Some(blended.source)))
        })
        .collect()
}

fn risks(symbols: &[NewsCoverage], stamps: &Stamps) -> Vec<String> {
    let mut risks: Vec<String> = symbols
        .iter()
        .filter(|s| s.share < COVERAGE_MIN)
        .map(|s| {
            format!(
                "{}: news on {} of {} sessions, fewer than {} %; on the others there is no value",
                s.symbol,
                s.covered,
                s.sessions,
                COVERAGE_MIN * 100.0
            )
        })
        .collect();
    if stamps.without_fetch_time > 0 {
        risks.push(format!(
            "{} rows do not say when they were fetched and are taken as known when published: an archive may have been \
             corrected, thinned out or stamped since",
            stamps.without_fetch_time
        ));
    }
    if stamps.fetched_before_published > 0 {
        risks.push(format!(
            "{} rows were fetched before they were published: one of their clocks is wrong; the later time counts",
            stamps.fetched_before_published
        ));
    }
    risks
}

#[cfg(test)]
mod tests;
