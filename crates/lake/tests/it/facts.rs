//! Tables of facts: what was known when, for every kind; formats; refusal.

use proofmark_lake::facts::{
    Article, BookLevel, Fact, FundingPayment, IndexMember, Listing, OptionQuote, SentimentScore,
};
use proofmark_lake::{Lake, LakeError, Table};
use proofmark_market::actions::{ActionKind, CorporateAction, DETECTED, Evidence, Ratio};
use proofmark_market::book::{Fixed, Level, Side};
use proofmark_market::options::Right;
use proofmark_units::Instant;

use crate::fixtures::{always, date, delivery, series, symbol};

const VENUE: &str = "binance-spot";

fn at(text: &str) -> Instant {
    text.parse().unwrap()
}

fn split(source: &str, value: f64, known: &str) -> CorporateAction {
    CorporateAction {
        symbol: symbol("A"),
        ex_date: date("2020-03-02"),
        kind: ActionKind::Split,
        value,
        known_at: at(known),
        source: source.to_owned(),
        evidence: None,
    }
}

/// Appends the first version, then the second a year later, and reads each at its time.
#[track_caller]
fn keeps_both_versions<F: Fact + Clone + PartialEq + std::fmt::Debug>(first: &F, second: &F) {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let name = first.name().clone();
    let one = std::slice::from_ref(first);
    let reports = lake.append_facts(one, &delivery("one", "2021-01-01")).unwrap();
    assert_eq!((reports.len(), reports[0].rows_added), (1, 1));
    let again = lake.append_facts(one, &delivery("again", "2021-02-01")).unwrap();
    assert_eq!((again[0].rows_added, again[0].rows_unchanged), (0, 1));
    let later = lake.append_facts(std::slice::from_ref(second), &delivery("two", "2022-01-01")).unwrap();
    assert_eq!((later[0].rows_added, later[0].restated.len()), (1, 1), "{first:?}");

    let lake = Lake::open(folder.path()).unwrap();
    let read = |as_of: Option<&str>| -> Vec<F> {
        lake.read_facts(&name, always(), as_of.map(|text| date(text).midnight_utc())).unwrap()
    };
    assert_eq!(read(Some("2021-12-31")), std::slice::from_ref(first));
    assert_eq!(read(Some("2001-01-01")), []);
    // The later version says when it became known: it is the second one with the arrival of its delivery.
    let [now] = &read(None)[..] else { panic!("one fact, as last known") };
    assert_eq!(now.record().values, second.record().values);
    assert_eq!(now.record().known_at, date("2022-01-01").midnight_utc());
    assert_eq!(read(Some("2022-01-01")), std::slice::from_ref(now));
    assert_eq!(lake.names(F::SHAPE.table), [name]);
    assert_eq!(lake.verify().unwrap(), []);
}

#[test]
fn every_kind_of_fact_keeps_what_was_known_before() {
    let announced = split("nse.csv", 2.0, "2020-02-10T09:00:00Z");
    keeps_both_versions(&announced, &CorporateAction { value: 5.0, ..announced.clone() });

    let listing = Listing {
        symbol: symbol("A"),
        first_session: date("2005-01-03"),
        last_session: None,
        delisting_return: None,
        exchange: Some("XNSE".to_owned()),
        isin: Some("INE009A01021".to_owned()),
        known_at: at("2005-01-03T03:45:00Z"),
    };
    let delisted =
        Listing { last_session: Some(date("2021-11-30")), delisting_return: Some(-0.3), ..listing.clone() };
    keeps_both_versions(&listing, &delisted);

    let member = IndexMember {
        index: symbol("NIFTY50"),
        member: symbol("M&M"),
        from_session: date("2019-04-01"),
        to_session: None,
        known_at: at("2019-03-20T12:00:00Z"),
    };
    keeps_both_versions(&member, &IndexMember { to_session: Some(date("2021-09-30")), ..member.clone() });

    let payment = FundingPayment {
        symbol: symbol("BTCUSDT"),
        event_time: at("2020-01-01T08:00:00Z"),
        known_at: at("2020-01-01T08:00:01Z"),
        rate: 1e-4,
        interval_hours: Some(8.0),
    };
    keeps_both_versions(&payment, &FundingPayment { rate: -1e-4, ..payment.clone() });

    let article = Article {
        topic: symbol("A"),
        event_time: at("2020-05-01T10:00:00Z"),
        known_at: at("2020-05-01T10:00:05Z"),
        provider: "wire".to_owned(),
        id: "7".to_owned(),
        headline: "Profit doubles".to_owned(),
        summary: None,
        url: Some("https://example.org/7".to_owned()),
    };
    keeps_both_versions(
        &article,
        &Article { headline: "Profit does not double".to_owned(), ..article.clone() },
    );

    let score = SentimentScore {
        topic: symbol("A"),
        event_time: at("2020-05-01T10:00:00Z"),
        known_at: at("2020-05-01T10:00:05Z"),
        provider: "lexicon".to_owned(),
        score: 0.25,
        confidence: None,
    };
    keeps_both_versions(&score, &SentimentScore { confidence: Some(0.5), ..score.clone() });

    let level = level("2020-05-01T10:00:00Z");
    let size = Level { size: "0.5".parse().unwrap(), ..level.at };
    keeps_both_versions(&level, &BookLevel { at: size, ..level.clone() });

    let quote = OptionQuote {
        underlying: symbol("NIFTY"),
        event_time: at("2020-05-01T10:00:00Z"),
        known_at: at("2020-05-01T10:00:00Z"),
        venue: "breeze".to_owned(),
        expiry: date("2020-05-28"),
        strike: 9_500.0,
        right: Right::Put,
        bid: Some(101.5),
        ask: None,
        last: Some(102.0),
        volume: Some(0.0),
        open_interest: None,
    };
    keeps_both_versions(&quote, &OptionQuote { ask: Some(102.5), ..quote.clone() });
}

fn level(time: &str) -> BookLevel {
    BookLevel {
        symbol: symbol("BTCUSDT"),
        event_time: at(time),
        known_at: at(time),
        venue: VENUE.to_owned(),
        side: Side::Bid,
        level: 1,
        at: Level { price: "61685.99".parse().unwrap(), size: Fixed::from_units(1) },
        update_id: Some(i64::MAX),
    }
}

#[test]
fn times_finer_than_the_files_are_one_row_and_never_known_early() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let seen = level("2020-05-01T10:00:00.123456789Z");
    for added in [1, 0] {
        let reports = lake.append_facts(std::slice::from_ref(&seen), &delivery("x", "2021-01-01")).unwrap();
        assert_eq!(reports[0].rows_added, added);
    }
    let [stored] = &lake.read_facts::<BookLevel>(&seen.symbol, always(), None).unwrap()[..] else {
        panic!("one")
    };
    assert_eq!(stored.event_time, at("2020-05-01T10:00:00.123456Z"));
    assert_eq!(stored.known_at, at("2020-05-01T10:00:00.123457Z"));
}

#[test]
fn what_was_seen_once_is_forgotten_after_its_days_and_nothing_else_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let times = ["2020-05-01T23:59:59Z", "2020-05-02T00:00:00Z", "2020-05-03T10:00:00Z"];
    for time in times {
        lake.append_facts(&[level(time)], &delivery("x", "2021-01-01")).unwrap();
    }
    let name = symbol("BTCUSDT");
    let left = |lake: &Lake| -> Vec<Instant> {
        let levels = lake.read_facts::<BookLevel>(&name, always(), None).unwrap();
        levels.iter().map(|level| level.event_time).collect()
    };
    // Merged, the days stand in one file, which is cut.
    lake.compact().unwrap();
    assert_eq!(lake.forget(Table::BookSnapshots, &name, VENUE, date("2020-05-01")).unwrap(), 0);
    assert_eq!(lake.forget(Table::BookSnapshots, &name, VENUE, date("2020-05-02")).unwrap(), 1);
    assert_eq!(left(&lake), times[1..].iter().map(|time| at(time)).collect::<Vec<_>>());
    assert_eq!((lake.files()[0].first, lake.verify().unwrap()), (date("2020-05-02"), Vec::new()));
    assert_eq!(lake.forget(Table::BookSnapshots, &name, VENUE, date("2020-05-03")).unwrap(), 1);
    assert_eq!(left(&Lake::open(folder.path()).unwrap()), [at(times[2])]);
    assert_eq!(lake.forget(Table::BookSnapshots, &symbol("OTHER"), VENUE, date("2030-01-01")).unwrap(), 0);
    assert_eq!(lake.forget(Table::BookSnapshots, &name, VENUE, date("2030-01-01")).unwrap(), 1);
    assert!(lake.files().is_empty());

    // Another venue's rows of the symbol are its own.
    lake.append_facts(&[level(times[0])], &delivery("x", "2021-01-01")).unwrap();
    assert_eq!(lake.forget(Table::BookSnapshots, &name, "elsewhere", date("2030-01-01")).unwrap(), 0);
    assert_eq!(lake.forget(Table::BookSnapshots, &name, VENUE, date("2030-01-01")).unwrap(), 1);

    lake.append_bars(&name, &series(&[1.0, 2.0]), &delivery("x", "2024-01-01")).unwrap();
    for table in [Table::Bars, Table::Observations, Table::News] {
        let error = lake.forget(table, &name, VENUE, date("2030-01-01")).unwrap_err();
        assert!(matches!(error, LakeError::KeptForGood { .. }), "{error}");
    }
    assert_eq!(lake.files().len(), 1);
}

#[test]
fn a_declared_action_stands_beside_a_detected_one_with_its_evidence() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let evidence = Evidence {
        gap: -0.69,
        market_gap: 0.001,
        scale: 0.02,
        ratio: Ratio { new: 2, old: 1 },
        fit: 0.003,
        turnover_change: None,
        range_change: Some(0.1),
        kept: 0.98,
        log_odds: Some(7.5),
    };
    let detected =
        CorporateAction { evidence: Some(evidence), ..split(DETECTED, 2.0, "2020-03-05T10:30:00Z") };
    let declared = split("nse.csv", 2.0, "2020-02-10T09:00:00Z");
    let dividend = CorporateAction {
        ex_date: date("2021-07-01"),
        kind: ActionKind::Dividend,
        value: 4.5,
        ..split("nse.csv", 0.0, "2021-06-01T09:00:00Z")
    };
    let all = [dividend.clone(), detected.clone(), declared.clone()];
    lake.append_facts(&all, &delivery("x", "2022-01-01")).unwrap();
    let read = |as_of: Option<Instant>| -> Vec<CorporateAction> {
        lake.read_facts(&symbol("A"), always(), as_of).unwrap()
    };
    assert_eq!(read(None), [detected, declared.clone(), dividend]);
    assert_eq!(read(Some(date("2020-03-01").midnight_utc())), [declared], "announced before its ex-date");
    let year = proofmark_units::DateSpan::new(date("2021-01-01"), date("2021-12-31")).unwrap();
    assert_eq!(lake.read_facts::<CorporateAction>(&symbol("A"), year, None).unwrap().len(), 1);
    let error = lake.read_facts::<Listing>(&symbol("A"), always(), None).unwrap_err();
    assert!(matches!(error, LakeError::Unknown { .. }), "{error}");
}

#[test]
fn facts_that_cannot_be_are_refused_and_change_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let good = SentimentScore {
        topic: symbol("A"),
        event_time: at("2020-05-01T10:00:00Z"),
        known_at: at("2020-05-01T10:00:05Z"),
        provider: "lexicon".to_owned(),
        score: 0.25,
        confidence: None,
    };
    let early = SentimentScore { known_at: at("2020-05-01T09:59:59Z"), ..good.clone() };
    let error = lake.append_facts(&[good.clone(), early], &delivery("x", "2022-01-01")).unwrap_err();
    assert!(matches!(error, LakeError::KnownBeforeEvent { .. }), "{error}");
    let unknown = SentimentScore { score: f64::NAN, ..good.clone() };
    let error = lake.append_facts(&[good, unknown], &delivery("x", "2022-01-01")).unwrap_err();
    assert!(error.to_string().contains("column `score` cannot hold NaN or infinity"), "{error}");
    assert!(matches!(error, LakeError::BadFact { .. }), "{error}");
    assert!(lake.files().is_empty() && !folder.path().join("manifest.json").exists());
}

#[test]
fn a_lake_without_facts_keeps_its_old_format() {
    let folder = tempfile::tempdir().unwrap();
    let mut lake = Lake::open(folder.path()).unwrap();
    let format = || {
        let text = std::fs::read_to_string(folder.path().join("manifest.json")).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["format"].as_u64()
    };
    lake.append_bars(&symbol("A"), &series(&[1.0, 2.0]), &delivery("x", "2024-01-01")).unwrap();
    assert_eq!(format(), Some(1), "an earlier program reads it");
    let member = IndexMember {
        index: symbol("NIFTY50"),
        member: symbol("A"),
        from_session: date("2019-04-01"),
        to_session: None,
        known_at: at("2019-03-20T12:00:00Z"),
    };
    lake.append_facts(&[member], &delivery("x", "2024-01-01")).unwrap();
    assert_eq!(format(), Some(2));
    lake.append_facts(&[level("2020-05-01T10:00:00Z")], &delivery("x", "2024-01-01")).unwrap();
    assert_eq!(format(), Some(3));
    assert_eq!(lake.read_bars(&symbol("A"), always(), None).unwrap().len(), 2);
    assert_eq!((lake.symbols().len(), lake.series().len()), (1, 0));
}
