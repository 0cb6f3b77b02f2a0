use proofmark_sources::fetch::FlawRule;
use proofmark_sources::net::FetchError;
use proofmark_sources::vendors::{Fred, Release};
use proofmark_testkit::{Server, days};

use super::desk::Desk;

const KEY: &str = "abcdef0123456789";

fn archive() -> Server {
    let months = days("2018-01-01", "2024-05-31").into_iter().filter(|day| day.day() == 1).collect();
    let archive = proofmark_testkit::Fred { key: KEY.into(), months, page: 50 };
    Server::start(move |seen| archive.answer(seen))
}

#[test]
fn a_value_is_known_from_its_first_release_on() {
    let (server, desk) = (archive(), Desk::new("2024-06-20", 1_440));
    let source = Fred::new(Release::First, Some(&server.base()));
    let asked = days("2018-01-01", "2024-06-19");
    let outcome = desk.fetch(&source, &[KEY], &["CPIAUCSL"], &asked);
    assert_eq!((outcome.fetched, outcome.failures.len()), (2, 0));
    let stored = desk.read(&source, "CPIAUCSL", &asked);
    assert_eq!(stored.rows.len(), 77 - 6, "no value in July");
    assert!(stored.flaws.iter().all(|(_, flaw)| flaw.rule == FlawRule::MissingValue));
    let row = stored.rows.iter().find(|row| row.date.to_string() == "2024-01-01").unwrap();
    assert_eq!(row.known_at.to_string(), "2024-02-13T06:00:00Z", "published on 12 February");
    assert_eq!(row.value, f64::from(row.date.days().rem_euclid(97)), "not the revised value");
    // Only what lies after the last value is asked for again.
    let plan = desk.plan(&source, &["CPIAUCSL"], &asked);
    assert_eq!(plan.series[0].chunks.len(), 1);
    assert_eq!(plan.series[0].chunks[0].span.to_string(), "2024-05-02 to 2024-06-19");
    assert!(!desk.everything_written().contains(KEY));
}

#[test]
fn every_release_or_todays_with_a_stated_lag() {
    let (server, desk) = (archive(), Desk::new("2024-06-20", 1_440));
    let asked = days("2024-01-01", "2024-03-31");
    let all = Fred::new(Release::All, Some(&server.base()));
    desk.fetch(&all, &[KEY], &["CPIAUCSL"], &asked);
    let known: Vec<String> = desk
        .read(&all, "CPIAUCSL", &asked)
        .rows
        .iter()
        .map(|row| format!("{} {}", row.date, row.known_at.utc_date().plus_days(-1)))
        .collect();
    assert_eq!(known[..3], ["2024-01-01 2024-02-12", "2024-01-01 2024-03-12", "2024-02-01 2024-03-12"]);
    let lag = Fred::new(Release::Latest { lag_days: 1 }, Some(&server.base()));
    desk.fetch(&lag, &[KEY], &["CPIAUCSL"], &asked[..1]);
    let row = desk.read(&lag, "CPIAUCSL", &asked[..1]).rows[0];
    assert_eq!(row.known_at.to_string(), "2024-01-03T06:00:00Z");
}

#[test]
fn a_wrong_key_is_never_repeated_in_a_message() {
    let (server, desk) = (archive(), Desk::new("2024-06-20", 1_440));
    let source = Fred::new(Release::First, Some(&server.base()));
    let outcome = desk.fetch(&source, &["0123456789wrong"], &["CPIAUCSL"], &days("2024-01-01", "2024-03-31"));
    let error = &outcome.failures[0].error;
    assert!(matches!(error, FetchError::NotAllowed { .. }));
    assert!(!format!("{error} {error:?} {}", desk.everything_written()).contains("0123456789wrong"));
    let outcome = desk.fetch(&source, &[KEY], &["NONE"], &days("2024-01-01", "2024-03-31"));
    assert!(outcome.failures[0].error.to_string().contains("does not exist"));
}
