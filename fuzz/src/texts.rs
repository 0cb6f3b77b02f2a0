//! Configuration, models and times as text.

use proofmark_units::{Date, Instant, Symbol, Zone};

/// Pipeline files.
pub fn pipeline(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = proofmark_app::pipeline::Pipeline::parse(text, "hostile.toml");
    }
}

/// Gate policies.
pub fn policy(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = proofmark_lifecycle::Policy::from_toml(text);
    }
}

/// Sources by configuration.
pub fn http_source(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = proofmark_sources::vendors::HttpSource::from_toml(text);
    }
}

/// Dates, instants, symbols and the rules of time zones.
pub fn stamps(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let _ = text.parse::<Symbol>();
    if let Ok(instant) = text.parse::<Instant>() {
        assert_eq!(
            instant.to_string().parse::<Instant>().ok(),
            Some(instant),
            "what is written is read back"
        );
    }
    if let Ok(date) = text.parse::<Date>() {
        assert_eq!(date.to_string().parse::<Date>().ok(), Some(date), "what is written is read back");
    }
    let (zone, rest) = text.split_once(' ').unwrap_or((text, "2024-03-31"));
    if let (Ok(zone), Ok(date)) = (Zone::named(zone), rest.parse::<Date>()) {
        for hour in 0..24 {
            if let Some(instant) = zone.instant(date, hour * 3_600_000_000_000) {
                let _ = zone.local(instant);
            }
        }
    }
}

/// Model files.
pub fn models(data: &[u8]) {
    let _ = proofmark_models::ModelFile::load_bytes(data, None);
    let _ = proofmark_models::RegressionFile::load_bytes(data, None);
    let _ = proofmark_sentiment::Trained::from_json(data);
}
