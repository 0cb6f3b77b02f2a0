use proofmark_sources::net::FetchError;
use proofmark_sources::vendors::{NewsApi, feed};
use proofmark_testkit::{Fault, Server, days, news_api, rss};

use super::desk::Desk;

#[test]
fn articles_are_searched_by_name_page_by_page() {
    let all = days("2024-01-01", "2024-12-31");
    let server = Server::start(move |seen| news_api(seen, "news-key-1", &all));
    let desk = Desk::new("2024-06-20", 1_440);
    let source = NewsApi::new(Some(&server.base()));
    let asked = days("2024-06-01", "2024-06-14");
    let outcome = desk.fetch(&source, &["news-key-1"], &["INFY=Infosys OR Narayana Murthy"], &asked);
    assert_eq!((outcome.rows, outcome.failures.len(), outcome.counts.requests), (28, 0, 2));
    let row = desk.read(&source, "INFY=Infosys OR Narayana Murthy", &asked).rows[0].clone();
    assert_eq!((row.title.as_str(), row.source.as_str()), ("Infosys OR Narayana Murthy at 8", "The Paper"));
    assert_eq!(row.fetched_at.utc_date().to_string(), "2024-06-20", "known when it was fetched, not before");
    let outcome = desk.fetch(&source, &["news-wrong-2"], &["TCS=Tata Consultancy"], &asked);
    let error = format!("{} {:?}", outcome.failures[0].error, outcome.failures[0].error);
    assert!(
        matches!(outcome.failures[0].error, FetchError::NotAllowed { .. }) && !error.contains("news-wrong")
    );
}

#[test]
fn a_feed_gives_its_items_and_lists_those_without_a_date() {
    let server = Server::start(|_| rss());
    let desk = Desk::new("2024-06-20", 1_440);
    let mut client = desk.client("the feed", &[], &NewsApi::LIMITS);
    let read = feed(&mut client, &server.base()).unwrap();
    let titles: Vec<&str> = read.rows.iter().map(|row| row.title.as_str()).collect();
    assert_eq!(titles, ["Rates & prices", "Gold <up>"]);
    assert_eq!(read.rows[0].published_at.to_string(), "2024-01-15T05:00:00Z");
    assert_eq!((read.flaws.len(), read.seen), (1, 3));
    server.misbehave([Fault::Body("<html><p>Sign in</p></html>".into())]);
    assert!(matches!(feed(&mut client, &server.base()), Err(FetchError::Schema { .. })));
}
