//! Articles as rows of the lake.

use proofmark_lake::facts;
use proofmark_sources::fetch::Article;
use proofmark_units::{Digest, Symbol};

/// An article as the lake holds it. It is known from the moment it was fetched, or published if a clock was wrong: nobody can
/// say that it read the same before.
pub(super) fn fact(provider: &str, topic: &Symbol, article: &Article) -> facts::Article {
    let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    let id = if article.url.is_empty() {
        // Without an address, what it says is all there is to tell it by.
        Digest::of_parts([article.source.as_bytes(), article.title.as_bytes()]).short()
    } else {
        article.url.clone()
    };
    facts::Article {
        topic: topic.clone(),
        event_time: article.published_at,
        known_at: article.fetched_at.max(article.published_at),
        provider: provider.to_owned(),
        id,
        headline: article.title.clone(),
        summary: given(&article.summary),
        url: given(&article.url),
    }
}
