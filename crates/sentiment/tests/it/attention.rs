//! Nineteen years of gold headlines: attention and sentiment by session.

use std::path::Path;

use proofmark_sentiment::{Decay, Headline, Rules, Scorer, Usual, session_attention, session_values};
use proofmark_sources::{Field, FieldKind, ReadOptions, Wanted, read_records};
use proofmark_units::{Date, Instant};

/// Headlines known at the end of their day, in UTC: the file has dates alone.
fn gold() -> Option<Vec<Headline>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    if !folder.is_dir() {
        eprintln!("SKIPPED: ../shared/data is not here");
        return None;
    }
    let want =
        |role: &'static str, kind| Wanted { role, named: Some(role), aliases: &[], kind, required: true };
    let wanted = [want("date", FieldKind::Time), want("headline", FieldKind::Text)];
    let file = folder.join("text/gold_news_headlines_dated_labelled.parquet");
    let read = read_records(file, &wanted, &ReadOptions::default()).unwrap();
    let rules = Rules::default();
    let headline = |fields: &[Field]| {
        let [Field::Time(date, _), Field::Text(text)] = fields else { return None };
        let score = rules.score(text, None)?;
        let known_at = date.plus_days(1).midnight_utc();
        Some(Headline { known_at, value: score.value, confidence: score.confidence })
    };
    Some(read.records.iter().filter_map(|record| headline(&record.fields)).collect())
}

/// Weekdays of 2000 to 2018 with a close at 22:00 UTC.
fn sessions() -> Vec<(Date, Instant)> {
    let first = Date::from_ymd(2000, 1, 3).unwrap();
    let last = Date::from_ymd(2018, 12, 31).unwrap();
    let days = (0..).map(|d| first.plus_days(d)).take_while(|date| *date <= last);
    days.filter(|date| date.weekday() < 5)
        .map(|date| (date, date.midnight_utc().plus_seconds(79_200)))
        .collect()
}

#[test]
fn attention_of_gold_adds_up_and_knows_no_later_headline() {
    let Some(headlines) = gold() else { return };
    let sessions = sessions();
    let rows = session_attention(&headlines, &sessions, Usual::default());
    let close = sessions.last().unwrap().1;
    let known = headlines.iter().filter(|headline| headline.known_at <= close).count();
    assert_eq!(rows.iter().map(|row| row.headlines).sum::<u64>(), known as u64);
    assert!(known > 8_000, "{known} headlines");
    for (row, before) in rows.iter().skip(1).zip(&rows) {
        let own: Vec<f64> = headlines
            .iter()
            .filter(|h| h.known_at > before.known_at && h.known_at <= row.known_at)
            .map(|h| h.value)
            .collect();
        assert_eq!(row.headlines as usize, own.len());
        assert_eq!(row.dispersion.is_some(), own.len() >= 2, "one headline cannot disagree");
        if let Some(dispersion) = row.dispersion {
            let mean = own.iter().sum::<f64>() / own.len() as f64;
            let squares: f64 = own.iter().map(|v| (v - mean).powi(2)).sum();
            assert!((dispersion - (squares / (own.len() - 1) as f64).sqrt()).abs() < 1e-9);
        }
    }
    let buzz: Vec<f64> = rows.iter().filter_map(|row| row.buzz).collect();
    let mean = buzz.iter().sum::<f64>() / buzz.len() as f64;
    assert!(
        buzz.len() * 10 > rows.len() * 7 && mean.abs() < 0.3,
        "{} of {}, mean {mean}",
        buzz.len(),
        rows.len()
    );

    let cut = Date::from_ymd(2010, 6, 1).unwrap().midnight_utc();
    let early: Vec<Headline> = headlines.iter().filter(|h| h.known_at <= cut).copied().collect();
    let part = session_attention(&early, &sessions, Usual::default());
    let until = part.partition_point(|row| row.known_at <= cut);
    assert!(until > 1_000);
    assert_eq!(part[..until], rows[..until]);

    // A session without a headline has a count of 0 and no sentiment, rather than a neutral one.
    let decay = Decay { half_life: 2.0, window: 10 };
    let scored = session_values(&headlines, &sessions, decay);
    assert_eq!(scored.len(), rows.iter().filter(|row| row.headlines > 0).count());
    assert!(rows.iter().any(|row| row.headlines == 0));
}
