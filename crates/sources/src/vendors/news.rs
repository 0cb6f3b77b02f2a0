//! News: the search form of NewsAPI, and feeds (RSS 2.0 and Atom).
//!
//! Protocols: <https://newsapi.org/docs/endpoints/everything>, <https://www.rssboard.org/rss-specification>, RFC 4287.
//! An article is known from the moment it was fetched: nobody can say that it read the same before.

use proofmark_units::{DateSpan, Instant};
use quick_xml::events::Event;
use serde::Deserialize;
use serde_json::Value;

use super::reply::{self, Odd};
use crate::fetch::{Article, Caps, Delivered, FlawRule, Instrument, Source};
use crate::net::{Attempt, Client, FetchError, Judgement, Limits, Request, Response, by_status};

const VENDOR: &str = "NewsAPI";
const PAGE: usize = 100;

/// Articles that match a query. The instrument's code is the query: a company's name finds what a ticker does not.
#[derive(Debug, Clone)]
pub struct NewsApi {
    base: String,
}

impl NewsApi {
    /// `base` replaces the vendor's own address, for a test.
    pub fn new(base: Option<&str>) -> Self {
        Self { base: base.unwrap_or("https://newsapi.org").trim_end_matches('/').to_owned() }
    }

    /// What the free plan allows.
    pub const LIMITS: Limits = Limits { per_minute: 30, burst: 5, per_day: Some(100) };
}

#[derive(Deserialize)]
struct Found {
    #[serde(rename = "totalResults")]
    total: usize,
    articles: Vec<Value>,
}

impl Source for NewsApi {
    type Row = Article;

    fn caps(&self) -> Caps {
        Caps {
            vendor: VENDOR,
            folder: ("newsapi", "articles".to_owned()),
            rows_per_request: 100,
            pages: true,
            row_each_day: false,
            days_per_chunk: 7,
            limits: Self::LIMITS,
        }
    }

    /// A guess, for the printed plan: how much is written about something differs.
    fn rows_per_day(&self, _session_minutes: u32) -> u32 {
        10
    }

    fn fetch(
        &self,
        client: &mut Client<'_>,
        instrument: &Instrument,
        span: DateSpan,
    ) -> Result<Delivered<Article>, FetchError> {
        let mut delivered = Delivered::default();
        for page in 1.. {
            let build = |a: &Attempt<'_>| {
                Request::get(format!("{}/v2/everything", self.base))
                    .query("q", &instrument.code)
                    .query("from", format!("{}T00:00:00", span.start))
                    .query("to", format!("{}T23:59:59", span.end))
                    .query("language", "en")
                    .query("sortBy", "publishedAt")
                    .query("pageSize", PAGE)
                    .query("page", page)
                    .header("X-Api-Key", a.key_text())
            };
            let response = client.send(&build, &judge)?;
            let found: Found = client.json(&response, "a list of `articles`")?;
            let fetched_at = client.now();
            for row in &found.articles {
                delivered.take(article(row, fetched_at));
            }
            if page * PAGE >= found.total || found.articles.is_empty() {
                break;
            }
        }
        Ok(delivered)
    }
}

fn article(row: &Value, fetched_at: Instant) -> Result<Article, Odd> {
    let published_at = reply::rfc3339("publishedAt", row.get("publishedAt"))?;
    let text = |value: Option<&Value>| value.and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let title = text(row.get("title"));
    if title.is_empty() {
        return Err(Odd::new(FlawRule::MissingValue, "the article has no `title`".into()));
    }
    Ok(Article {
        date: published_at.utc_date(),
        published_at,
        fetched_at,
        source: text(row.get("source").and_then(|source| source.get("name"))),
        title,
        summary: text(row.get("description")),
        url: text(row.get("url")),
    })
}

#[derive(Deserialize)]
struct Complaint {
    code: String,
    message: String,
}

fn judge(response: &Response) -> Judgement {
    match serde_json::from_slice::<Complaint>(&response.body) {
        Ok(c) if c.code.starts_with("apiKey") && c.code != "apiKeyExhausted" => Judgement::NotAllowed,
        Ok(c) if matches!(c.code.as_str(), "rateLimited" | "apiKeyExhausted") => Judgement::TooOften(None),
        Ok(c) if response.status < 500 => Judgement::Refused(format!("{}: {}", c.code, c.message)),
        _ => by_status(response),
    }
}

/// The items of a feed as it is now; those without a title or a date are listed.
///
/// # Errors
/// [`FetchError`]; what is no RSS or Atom feed is [`FetchError::Schema`].
pub fn feed(client: &mut Client<'_>, address: &str) -> Result<Delivered<Article>, FetchError> {
    let response = client.send(&|_: &Attempt<'_>| Request::get(address), &by_status)?;
    let wanted = "an RSS or Atom feed";
    let text = std::str::from_utf8(&response.body).map_err(|e| client.schema(wanted, &e.to_string()))?;
    let fetched_at = client.now();
    read_feed(text, fetched_at).map_err(|found| client.schema(wanted, &found))
}

/// The parts of an item that are kept, while it is read.
#[derive(Default)]
struct Item {
    title: String,
    url: String,
    summary: String,
    time: String,
}

fn read_feed(text: &str, fetched_at: Instant) -> Result<Delivered<Article>, String> {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut delivered = Delivered::default();
    let (mut path, mut feed_title): (Vec<String>, String) = (Vec::new(), String::new());
    let mut item: Option<Item> = None;
    // Text comes in pieces, cut at references: a title is whole when its element ends.
    let (mut is_feed, mut is_titled) = (false, false);
    loop {
        let event = reader.read_event().map_err(|error| error.to_string())?;
        let piece = match event {
            Event::Eof => break,
            Event::Start(start) => {
                let name = start.local_name().as_ref().to_owned();
                is_feed |= path.is_empty() && matches!(name.as_str(), "rss" | "feed" | "RDF");
                if matches!(name.as_str(), "item" | "entry") {
                    item = Some(Item::default());
                }
                link(&start, item.as_mut());
                path.push(name);
                continue;
            }
            Event::Empty(start) => {
                link(&start, item.as_mut());
                continue;
            }
            Event::End(end) => {
                let ended = path.pop();
                is_titled |= item.is_none() && ended.as_deref() == Some("title");
                if matches!(end.local_name().as_ref(), "item" | "entry")
                    && let Some(item) = item.take()
                {
                    delivered.take(item.article(&feed_title, fetched_at));
                }
                continue;
            }
            Event::Text(text) => text.xml10_content().into_owned(),
            Event::CData(text) => text.xml10_content().into_owned(),
            Event::GeneralRef(reference) => resolved(&reference),
            _ => continue,
        };
        let slot = match (&mut item, path.last().map(String::as_str)) {
            (Some(item), Some("title")) => &mut item.title,
            (Some(item), Some("link")) => &mut item.url,
            (Some(item), Some("description" | "summary")) => &mut item.summary,
            (Some(item), Some("pubDate" | "published" | "updated" | "date")) => &mut item.time,
            (None, Some("title")) if !is_titled => &mut feed_title,
            _ => continue,
        };
        slot.push_str(&piece);
    }
    if is_feed { Ok(delivered) } else { Err("the document is something else".into()) }
}

/// Atom writes the address of an entry as an attribute.
fn link(start: &quick_xml::events::BytesStart<'_>, item: Option<&mut Item>) {
    if let (Some(item), "link") = (item, start.local_name().as_ref())
        && item.url.is_empty()
        && let Ok(Some(href)) = start.try_get_attribute("href")
    {
        item.url = href.value.into_owned();
    }
}

/// A character reference or one of the five names of XML; no document type can add others.
fn resolved(reference: &quick_xml::events::BytesRef<'_>) -> String {
    if let Ok(Some(character)) = reference.resolve_char_ref() {
        return character.to_string();
    }
    match reference.as_ref() {
        "amp" => "&".into(),
        "lt" => "<".into(),
        "gt" => ">".into(),
        "quot" => "\"".into(),
        "apos" => "'".into(),
        other => format!("&{other};"),
    }
}

impl Item {
    fn article(self, source: &str, fetched_at: Instant) -> Result<Article, Odd> {
        let time = self.time.trim();
        // Feeds write GMT where RFC 2822 wants a zone; RSS uses that form, Atom RFC 3339.
        let parsed = time
            .parse::<jiff::Timestamp>()
            .ok()
            .or_else(|| jiff::fmt::rfc2822::parse(time).ok().map(|zoned| zoned.timestamp()));
        let nanos = parsed.and_then(|timestamp| i64::try_from(timestamp.as_nanosecond()).ok());
        let published_at = nanos
            .and_then(|nanos| reply::instant(nanos, 1))
            .ok_or_else(|| Odd::date("pubDate", (!time.is_empty()).then(|| Value::from(time)).as_ref()))?;
        let title = self.title.trim().to_owned();
        if title.is_empty() {
            return Err(Odd::new(FlawRule::MissingValue, "the item has no `title`".into()));
        }
        Ok(Article {
            date: published_at.utc_date(),
            published_at,
            fetched_at,
            source: source.trim().to_owned(),
            title,
            summary: self.summary.trim().to_owned(),
            url: self.url.trim().to_owned(),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Instant = Instant::from_nanos(0);

    #[test]
    fn atom_is_read_too_and_other_documents_are_not() {
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><title>A &lt;B&gt;</title><entry><title>One &#8212; \
            two</title><link href='https://a.example/1'/><updated>2024-01-15T10:00:00Z</updated></entry></feed>";
        let read = read_feed(atom, NOW).unwrap();
        let article = &read.rows[0];
        assert_eq!((article.title.as_str(), article.source.as_str()), ("One \u{2014} two", "A <B>"));
        assert_eq!(
            (article.url.as_str(), article.date.to_string().as_str()),
            ("https://a.example/1", "2024-01-15")
        );
        assert!(read_feed("<html><body>Log in</body></html>", NOW).is_err());
        assert!(read_feed("{\"not\": \"xml\"}", NOW).is_err());
    }

    proptest! {
        #[test]
        fn hostile_documents_never_panic(text in "(<|>|/|rss|item|title|pubDate|&|#|;|\\[CDATA\\[|\\]\\]|x|é| ){0,60}") {
            let _ = read_feed(&text, NOW);
            let _ = read_feed(&format!("<rss><item>{text}</item></rss>"), NOW);
        }
    }
}
