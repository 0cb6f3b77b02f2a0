//! Configuration, models, headlines and times as text.

use std::str::FromStr;
use std::sync::OnceLock;

use proofmark_execution::costs::{CostContext, CostSchedule, Side};
use proofmark_ledger::EventKind;
use proofmark_lifecycle::{NamedPolicy, RunId};
use proofmark_market::Interval;
use proofmark_market::book::Fixed;
use proofmark_sentiment::{Polarity, Rules, Scorer as _};
use proofmark_units::{Date, Digest, Instant, Symbol, Zone};

/// Pipeline files.
pub fn pipeline(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = proofmark_app::pipeline::Pipeline::parse(text, "hostile.toml");
        let _ = proofmark_app::forecast::ForecastPipeline::parse(text, "hostile.toml");
    }
}

/// Gate policies: the default one's thresholds, and named ones.
pub fn policy(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = proofmark_lifecycle::Policy::from_toml(text);
        if let Ok(policy) = NamedPolicy::from_toml(text) {
            let _ = (policy.digest(), policy.gates().len());
        }
    }
}

/// Schedules of costs: what one says of a fill on each date at which a rate changes is a finite cost.
pub fn costs(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Ok(schedule) = CostSchedule::from_toml("hostile", text) else { return };
    let context = CostContext { sigma: Some(0.02), adv: Some(1e6), dp_charged: false };
    let mut next = schedule.first_date();
    while let Some(date) = next {
        for side in [Side::Buy, Side::Sell] {
            let cost =
                schedule.cost(date, side, 100.0, 250.0, context).expect("the first date is dated").total();
            assert!(cost.is_finite() && cost >= 0.0, "a fill costs {cost} on {date}");
        }
        next = schedule.next_change(date);
    }
}

/// Headlines: after the name that it may be about, on a line of its own.
pub fn headlines(data: &[u8]) {
    static RULES: OnceLock<Rules> = OnceLock::new();
    let Ok(text) = std::str::from_utf8(data) else { return };
    let (entity, text) = text.split_once('\n').unwrap_or(("", text));
    let rules = RULES.get_or_init(Rules::default);
    for entity in [None, Some(entity)] {
        if let Some(score) = rules.score(text, entity) {
            assert!(
                (-1.0..=1.0).contains(&score.value) && (0.0..=1.0).contains(&score.confidence),
                "{score:?}"
            );
        }
    }
}

/// Sources by configuration.
pub fn http_source(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        let _ = proofmark_sources::vendors::HttpSource::from_toml(text);
    }
}

/// What is written is read back.
fn reads_back<T: FromStr + PartialEq + std::fmt::Debug>(text: &str, write: impl Fn(&T) -> String) {
    if let Ok(value) = text.parse::<T>() {
        assert_eq!(write(&value).parse::<T>().ok(), Some(value), "what is written is read back");
    }
}

/// Dates, instants, symbols, numbers and names that stand in other texts, and the rules of time zones.
pub fn stamps(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    reads_back::<Symbol>(text, ToString::to_string);
    reads_back::<Instant>(text, ToString::to_string);
    reads_back::<Date>(text, ToString::to_string);
    reads_back::<Interval>(text, ToString::to_string);
    reads_back::<Fixed>(text, ToString::to_string);
    reads_back::<Digest>(text, ToString::to_string);
    reads_back::<RunId>(text, ToString::to_string);
    reads_back::<EventKind>(text, ToString::to_string);
    reads_back::<Polarity>(text, ToString::to_string);
    let _ = proofmark_sources::period_after(text);
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
