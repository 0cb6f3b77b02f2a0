use std::path::Path;

use proofmark_units::DateSpan;

use super::*;

fn workspace() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    Workspace::init(folder.path()).unwrap();
    let ws = Workspace::open(folder.path()).unwrap();
    (folder, ws)
}

fn request(file: &Path) -> HeadlineRequest {
    HeadlineRequest {
        files: vec![file.to_owned()],
        calendar: "XNSE".into(),
        zone: Some("Asia/Kolkata".into()),
        half_life: 2.0,
        window: 10,
        ..HeadlineRequest::default()
    }
}

fn stored(ws: &Workspace, series: &str) -> Vec<Observation> {
    let span = DateSpan::new("2000-01-01".parse().unwrap(), "2030-01-01".parse().unwrap()).unwrap();
    open_lake(ws).unwrap().read_observations(&series.parse().unwrap(), span, None).unwrap()
}

const FILE: &str = "time,symbol,headline,provider\n\
    2024-01-15T09:00:00+05:30,AAA,Profit jumps,news\n\
    2024-01-15T16:00:00+05:30,AAA,Profit falls,news\n\
    2024-01-17,AAA,Shares rally,news\n\
    2024-01-17,AAA,shares rally,news\n\
    2024-01-18T08:00:00+05:30,BBB,Loss widens,posts\n\
    2199-01-01T00:00:01Z,AAA,From the future,news\n\
    2024-01-18T08:00:00+05:30,B B,Loss widens,posts\n";

#[test]
fn a_headline_counts_from_the_first_close_after_it_was_known() {
    let (folder, ws) = workspace();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, FILE).unwrap();
    let done = headlines(&ws, &request(&file)).unwrap();
    assert_eq!((done.rows_read, done.headlines, done.repeated, done.values_added), (7, 4, 1, 4));
    let rules: Vec<&str> = done.problems.iter().map(|p| p.rule.as_str()).collect();
    assert_eq!(rules, ["bad_symbol", "future_stamp"]);
    assert_eq!((done.stamps.dates_only, done.stamps.without_fetch_time), (2, 6));
    let rows = stored(&ws, "NEWS.AAA");
    let dates: Vec<String> = rows.iter().map(|r| r.date.to_string()).collect();
    // Before the close of the 15th; after it, so the 16th; a date alone is known at its end, so the 18th.
    assert_eq!(dates, ["2024-01-15", "2024-01-16", "2024-01-18"]);
    assert!(rows[0].value > 0.25 && rows.iter().all(|r| r.known_at.utc_date() == r.date));
    assert!(rows[1].value < rows[0].value);
    assert!(stored(&ws, "NEWS.BBB")[0].value < -0.25);
    assert!(done.risks.iter().any(|risk| risk.contains("AAA: news on 3 of 4 sessions")), "{:?}", done.risks);
    let again = headlines(&ws, &request(&file)).unwrap();
    assert_eq!((again.values_added, again.values_known, again.values_restated), (0, 4, 0));
}

#[test]
fn what_is_fetched_later_is_known_later() {
    let (folder, ws) = workspace();
    let file = folder.path().join("a.csv");
    let text = "published,fetched_at,symbol,title\n\
        2024-01-15T03:00:00Z,2024-01-16T03:00:00Z,AAA,Profit jumps\n\
        2024-01-17T03:00:00Z,2024-01-17T02:00:00Z,AAA,Profit jumps again\n";
    std::fs::write(&file, text).unwrap();
    let done = headlines(&ws, &request(&file)).unwrap();
    assert_eq!((done.stamps.fetched_before_published, done.stamps.without_fetch_time), (1, 0));
    let dates: Vec<String> = stored(&ws, "NEWS.AAA").iter().map(|r| r.date.to_string()).collect();
    assert_eq!(dates, ["2024-01-16", "2024-01-17"]);
}

#[test]
fn names_link_headlines_and_providers_blend() {
    let (folder, ws) = workspace();
    let (file, names) = (folder.path().join("a.csv"), folder.path().join("names.csv"));
    let text = "time,headline,provider\n\
        2024-01-15T03:00:00Z,\"Alpha Motors gains, Beta Steel slips\",news\n\
        2024-01-15T04:00:00Z,Alpha Motors slips,posts\n\
        2024-01-15T04:00:00Z,Alphabet soup gains,news\n\
        2024-01-15T04:00:00Z,Alpha Motors slips,rumours\n";
    std::fs::write(&file, text).unwrap();
    std::fs::write(&names, "symbol,name\nALPHA,Alpha Motors\nBETA,Beta Steel\n").unwrap();
    let weights = vec![("news".to_owned(), 0.6), ("posts".to_owned(), 0.4)];
    let request = HeadlineRequest { names: Some(names), weights, ..request(&file) };
    let done = headlines(&ws, &request).unwrap();
    assert_eq!((done.headlines, done.of_no_symbol, done.of_other_providers), (2, 1, 1));
    let (alpha, beta) = (stored(&ws, "NEWS.ALPHA")[0].value, stored(&ws, "NEWS.BETA")[0].value);
    assert!(alpha > 0.0 && beta < 0.0, "0.6 of good news, 0.4 of bad: {alpha}; {beta}");
    // The table of scores says whose they are, and how surely: two headlines, one headline.
    let scores = |topic: &str| -> Vec<SentimentScore> {
        open_lake(&ws).unwrap().read_facts(&topic.parse().unwrap(), DateSpan::EVERY, None).unwrap()
    };
    let [of_alpha] = &scores("ALPHA")[..] else { panic!("one score a session") };
    assert_eq!((of_alpha.score, of_alpha.confidence), (alpha, Some(0.35)));
    assert!(of_alpha.provider.starts_with("hybrid[news, posts]/"), "{}", of_alpha.provider);
    assert!(scores("BETA")[0].provider.starts_with("news/") && done.scores_added == 2);
}

#[test]
fn times_need_a_zone_and_roles_a_column() {
    let (folder, ws) = workspace();
    let file = folder.path().join("a.csv");
    std::fs::write(&file, FILE).unwrap();
    let fails = |request: HeadlineRequest| headlines(&ws, &request).unwrap_err();
    let no_zone = fails(HeadlineRequest { zone: None, ..request(&file) });
    assert!(no_zone.hint_text().unwrap().contains("--zone"));
    let columns = vec![("headline".to_owned(), "x".to_owned())];
    assert!(fails(HeadlineRequest { columns, ..request(&file) }).hint_text().unwrap().contains("text"));
    assert_eq!(fails(HeadlineRequest { window: 0, ..request(&file) }).exit_code(), 2);
    assert!(open_lake(&ws).unwrap().series().is_empty());
}

#[test]
fn real_gold_news_arrive_as_values_of_later_sessions() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let file = root.join("text/gold_news_headlines_dated_labelled.parquet");
    if !file.exists() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return;
    }
    let (_folder, ws) = workspace();
    let columns = vec![("time".to_owned(), "date".to_owned())];
    let zone = Some("America/New_York".to_owned());
    let request = HeadlineRequest {
        columns,
        zone,
        symbol: Some("XAUUSD".parse().unwrap()),
        calendar: "24/5".into(),
        ..request(&file)
    };
    let done = headlines(&ws, &request).unwrap();
    assert_eq!(done.rows_read, 10_570);
    // Every stamp of the archive is midnight: dates, known at the end of their day.
    assert!(done.stamps.dates_only > 10_000 && done.headlines > 9_000);
    let rows = stored(&ws, "NEWS.XAUUSD");
    assert!(rows.iter().all(|r| (-1.0..=1.0).contains(&r.value)));
    assert!(rows.first().unwrap().date.to_string().as_str() > "2000-01-01");
}
