//! What is seen once: quotes, option chains, news and its mood, from local servers into the lake.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use proofmark_testkit::{Breeze, Fault, Reply, Server, Twist, days, news_api, rss};
use serde_json::{Value, json};

use crate::proofmark::{Said, run};
use crate::vendors::{all_bytes, ask, workspace};

const KEYS: [(&str, &str); 4] = [
    ("BREEZE_API_KEY", "hidden-key"),
    ("BREEZE_API_SECRET", "hidden-secret"),
    ("BREEZE_SESSION_TOKEN", "hidden-session"),
    ("NEWSAPI_KEY", "hidden-news"),
];

fn broker(expired: &Arc<AtomicBool>) -> Server {
    let broker = Breeze {
        app_key: "hidden-key".into(),
        secret_key: "hidden-secret".into(),
        api_session: "hidden-session".into(),
        sessions: Vec::new(),
        session_minutes: 375,
        codes: Vec::new(),
        expired: Arc::clone(expired),
        twist: Twist::Honest,
    };
    Server::start(move |seen| broker.answer(seen))
}

/// NewsAPI's search with two articles on every day asked for, whose headlines say something good.
fn search() -> Server {
    Server::start(|seen| {
        let day = |name: &str| seen.query(name).get(..10).unwrap_or("2024-01-01").to_owned();
        let mut reply = news_api(seen, "hidden-news", &days(&day("from"), &day("to")));
        reply.body = reply.body.replace("Infosys at", "Infosys profit jumps, shares surge at");
        reply
    })
}

fn held(folder: &Path, table: &str) -> (u64, u64) {
    let tables = run(folder, &["data", "tables", "--json"]).json();
    let found = tables["tables"].as_array().unwrap().iter().find(|t| t["table"] == table).cloned();
    let found = found.unwrap_or_else(|| panic!("no `{table}` in {tables}"));
    (found["rows"].as_u64().unwrap(), found["current"].as_u64().unwrap())
}

/// Nothing that was said or written holds a secret.
fn no_secret(folder: &Path, said: &[&Said]) {
    let mut everything = all_bytes(folder);
    said.iter().for_each(|said| everything.push_str(&[said.stdout.as_str(), &said.stderr].concat()));
    for secret in KEYS.iter().map(|(_, secret)| *secret).chain(["VEVTVFVTRVI6"]) {
        assert!(!everything.contains(secret), "`{secret}` was written");
    }
}

#[test]
fn an_option_chain_lands_in_the_lake_and_an_expired_token_is_told_once() {
    let (folder, expired) = (workspace(), Arc::new(AtomicBool::new(true)));
    let server = broker(&expired);
    let base = server.base();
    let look =
        ["ingest", "breeze", "--symbols", "NIFTY", "--chain", "2024-01-25", "--base-url", &base, "--json"];
    let keyless = ask(folder.path(), &[], &look);
    assert_eq!((keyless.exit, server.requests()), (2, 0));
    assert!(keyless.stderr.contains("BREEZE_API_KEY"), "{}", keyless.stderr);
    let off = run(folder.path(), &look);
    assert_eq!((off.exit, server.requests()), (2, 0), "the network is off by default");

    let late = ask(folder.path(), &KEYS, &look);
    assert_eq!((late.exit, server.requests()), (3, 1), "one question, no storm: {}", late.stderr);
    assert_eq!(late.stderr.matches("hint:").count(), 1, "{}", late.stderr);
    assert!(late.stderr.contains("BREEZE_SESSION_TOKEN"), "{}", late.stderr);
    assert_eq!(held(folder.path(), "option_chains"), (0, 0));

    expired.store(false, Ordering::SeqCst);
    let first = ask(folder.path(), &KEYS, &look);
    assert_eq!(first.exit, 0, "{}", first.stderr);
    // Two strikes of either right; the row without a strike is left out.
    assert_eq!(first.json()["rows_added"], 4, "{}", first.stdout);
    assert_eq!(held(folder.path(), "option_chains"), (4, 4));
    // Another look is another moment: its rows stand beside the first, and restate none of them.
    let second = ask(folder.path(), &KEYS, &look);
    assert_eq!((second.exit, second.json()["rows_added"].as_u64()), (0, Some(4)), "{}", second.stderr);
    assert_eq!(held(folder.path(), "option_chains"), (8, 8));
    no_secret(folder.path(), &[&keyless, &late, &first, &second]);
}

#[test]
fn a_quote_is_two_levels_of_a_book_and_a_reply_of_another_form_changes_nothing() {
    let (folder, expired) = (workspace(), Arc::new(AtomicBool::new(false)));
    let server = broker(&expired);
    let base = server.base();
    let look = ["ingest", "breeze", "--symbols", "RELIANCE=RELIND", "--quote", "--base-url", &base, "--json"];
    let first = ask(folder.path(), &KEYS, &look);
    assert_eq!((first.exit, first.json()["rows_added"].as_u64()), (0, Some(2)), "{}", first.stderr);
    assert_eq!(held(folder.path(), "book_snapshots"), (2, 2));
    let file = folder.path().join(first.json()["files"][0].as_str().unwrap());
    let filed: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    assert_eq!((&filed["symbol"], &filed["kind"]), (&json!("RELIANCE"), &json!("breeze/quote")));

    let words = r#"{"Success": "hidden-session is wrong", "Status": 200, "Error": null}"#;
    server.misbehave([Fault::None, Fault::Body(words.into())]);
    let odd = ask(folder.path(), &KEYS, &look);
    assert_eq!(odd.exit, 3, "{}{}", odd.stdout, odd.stderr);
    assert_eq!(held(folder.path(), "book_snapshots"), (2, 2));
    no_secret(folder.path(), &[&first, &odd]);
}

#[test]
fn articles_arrive_once_known_from_their_fetch_and_never_before() {
    let (folder, server) = (workspace(), search());
    let base = server.base();
    let look = [
        "ingest",
        "news",
        "--symbols",
        "INFY=Infosys",
        "--start-date",
        "2024-01-01",
        "--end-date",
        "2024-01-05",
        "--base-url",
        &base,
        "--json",
    ];
    let wrong = ask(folder.path(), &[("NEWSAPI_KEY", "hidden-key")], &look);
    assert_eq!((wrong.exit, server.requests()), (1, 1), "{}{}", wrong.stdout, wrong.stderr);
    let failures = wrong.json()["fetched"]["failures"].clone();
    assert!(failures[0]["hint"].as_str().unwrap().contains("credentials"), "{failures}");

    let first = ask(folder.path(), &KEYS, &look);
    assert_eq!(first.exit, 0, "{}", first.stderr);
    assert_eq!(first.json()["stored"]["rows_added"], 10, "{}", first.stdout);
    let requests = server.requests();
    let again = ask(folder.path(), &KEYS, &look).json();
    assert_eq!((&again["stored"]["rows_added"], server.requests()), (&json!(0), requests));
    assert_eq!(held(folder.path(), "news"), (10, 10));
    no_secret(folder.path(), &[&wrong, &first]);

    // What was read today was not known when it was published.
    let lake = proofmark_lake::Lake::open(folder.path().join("lake")).unwrap();
    let then = Some("2024-12-31T00:00:00Z".parse().unwrap());
    let read = |as_of| {
        let topic = "INFY".parse().unwrap();
        let all = proofmark_units::DateSpan::EVERY;
        lake.read_facts::<proofmark_lake::facts::Article>(&topic, all, as_of).unwrap()
    };
    assert_eq!((read(then).len(), read(None).len()), (0, 10));
    assert!(read(None).iter().all(|article| article.headline.starts_with("Infosys profit jumps")));
}

#[test]
fn the_items_of_a_feed_arrive_once_and_a_broken_feed_keeps_them() {
    let (folder, server) = (workspace(), Server::start(|_| rss()));
    let code = format!("RATES={}/rss", server.base());
    let look = ["ingest", "news", "--feed", "--symbols", &code, "--json"];
    let first = ask(folder.path(), &[], &look);
    assert_eq!((first.exit, first.json()["rows_added"].as_u64()), (0, Some(2)), "{}", first.stderr);
    let again = ask(folder.path(), &[], &look);
    assert_eq!((again.exit, again.json()["rows_added"].as_u64()), (0, Some(0)), "{}", again.stderr);
    server.misbehave([Fault::Body("<html>come back later".into())]);
    let broken = ask(folder.path(), &[], &look);
    assert_eq!(broken.exit, 3, "{}{}", broken.stdout, broken.stderr);
    assert!(broken.stderr.contains("RATES"), "{}", broken.stderr);
    assert_eq!(held(folder.path(), "news"), (2, 2));
}

#[test]
fn the_mood_of_two_providers_lands_in_the_lake_and_silence_is_no_row() {
    let (folder, search, wire) = (workspace(), search(), Server::start(|_| rss()));
    let providers = format!(
        "most_per_day = 3\n[[provider]]\nname = \"search\"\nkind = \"newsapi\"\nweight = 0.6\nurl = \"{}\"\n\
         [[provider]]\nname = \"wire\"\nkind = \"feed\"\nweight = 0.4\nurl = \"{}/rss?q={{code}}\"\n",
        search.base(),
        wire.base()
    );
    std::fs::write(folder.path().join("providers.toml"), providers).unwrap();
    let look = [
        "data",
        "sentiment",
        "snapshot",
        "--providers",
        "providers.toml",
        "--symbols",
        "INFY=Infosys",
        "--json",
    ];
    let keyless = ask(folder.path(), &[], &look);
    assert_eq!((keyless.exit, search.requests() + wire.requests()), (2, 0));
    assert!(keyless.stderr.contains("NEWSAPI_KEY"), "{}", keyless.stderr);

    let first = ask(folder.path(), &KEYS, &look);
    assert_eq!(first.exit, 0, "{}{}", first.stdout, first.stderr);
    let report = first.json();
    assert_eq!(report["rows_added"], 2, "the blend, and the one provider that had a value: {report}");
    let mood = &report["symbols"][0];
    assert!(mood["blend"]["value"].as_f64().unwrap() > 0.0, "{mood}");
    // The feed's items are years old: it was asked, and has nothing to say about these days.
    let answers: Vec<(&Value, bool)> =
        mood["answers"].as_array().unwrap().iter().map(|a| (&a["freshness"], a["value"].is_null())).collect();
    assert_eq!(answers, [(&json!("fresh"), false), (&json!("fresh"), true)]);
    let (asked, fed) = (search.requests(), wire.requests());

    // Within the hour nobody is asked again; the mood of another moment is another row, of the blend alone.
    let second = ask(folder.path(), &KEYS, &look).json();
    assert_eq!((search.requests(), wire.requests()), (asked, fed));
    assert_eq!(second["symbols"][0]["answers"][0]["freshness"], "cached");
    assert_eq!(held(folder.path(), "sentiment"), (3, 3));
    assert_eq!(second["symbols"][0]["blend"]["value"], mood["blend"]["value"]);

    // Nobody knows anything about this name: no row, never a neutral 0, and the exit code says so.
    let quiet = Server::start(|_| Reply::ok(r#"{"status": "ok", "totalResults": 0, "articles": []}"#));
    let text = std::fs::read_to_string(folder.path().join("providers.toml")).unwrap();
    std::fs::write(folder.path().join("providers.toml"), text.replace(&search.base(), &quiet.base()))
        .unwrap();
    let other = look.map(|word| if word == "INFY=Infosys" { "TCS=Tata" } else { word });
    let silent = ask(folder.path(), &KEYS, &other);
    assert_eq!((silent.exit, silent.json()["rows_added"].as_u64()), (1, Some(0)), "{}", silent.stdout);
    assert_eq!(held(folder.path(), "sentiment"), (3, 3));
    // Yet another look at the first name is the third of its day; the fourth is refused.
    assert!(ask(folder.path(), &KEYS, &look).json()["symbols"][0]["skipped"].is_null());
    let skipped = ask(folder.path(), &KEYS, &look).json();
    assert!(skipped["symbols"][0]["skipped"].as_str().unwrap().contains("limit"), "{skipped}");
    no_secret(folder.path(), &[&keyless, &first, &silent]);
}
