//! News: the search form of NewsAPI and a feed.

use proofmark_units::Date;
use serde_json::{Value, json};

use crate::{Reply, Seen};

/// NewsAPI's `everything`: two articles a day of `days`, for the key `key`.
pub fn news_api(seen: &Seen, key: &str, days: &[Date]) -> Reply {
    if seen.header("x-api-key") != key {
        let words = format!("Your API key {} is invalid.", seen.header("x-api-key"));
        return Reply::status(401, json!({ "status": "error", "code": "apiKeyInvalid", "message": words }));
    }
    let day = |name: &str| seen.query(name).get(..10).and_then(|date| date.parse::<Date>().ok());
    let (Some(from), Some(to)) = (day("from"), day("to")) else {
        return Reply::status(
            400,
            json!({ "status": "error", "code": "parameterInvalid", "message": "from" }),
        );
    };
    let all: Vec<Value> = days
        .iter()
        .filter(|day| (from..=to).contains(*day))
        .flat_map(|day| {
            [8, 16].map(|hour| {
                json!({
                    "source": { "id": null, "name": "The Paper" }, "title": format!("{} at {hour}", seen.query("q")),
                    "description": "words", "url": format!("https://paper.example/{day}/{hour}"),
                    "publishedAt": format!("{day}T{hour:02}:00:00Z"),
                })
            })
        })
        .collect();
    let size: usize = seen.query("pageSize").parse().unwrap_or(100);
    let page: usize = seen.query("page").parse().unwrap_or(1);
    let articles: Vec<Value> = all.iter().skip((page - 1) * size).take(size).cloned().collect();
    Reply::ok(json!({ "status": "ok", "totalResults": all.len(), "articles": articles }))
}

/// A feed with one good item, one in CDATA and one without a date.
pub fn rss() -> Reply {
    Reply::ok(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\"><channel><title>The Feed</title>\n\
         <item><title>Rates &amp; prices</title><link>https://feed.example/1</link>\
         <description>first</description><pubDate>Mon, 15 Jan 2024 10:30:00 +0530</pubDate></item>\n\
         <item><title><![CDATA[Gold <up>]]></title><link>https://feed.example/2</link>\
         <pubDate>Tue, 16 Jan 2024 09:00:00 GMT</pubDate></item>\n\
         <item><title>No date</title><link>https://feed.example/3</link></item>\n</channel></rss>",
    )
}
