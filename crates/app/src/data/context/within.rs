//! The path of prices within each session, from bars of the lake that are shorter than one.

use proofmark_features::path::{PATH_FEATURES, SessionPath};
use proofmark_lake::Observation;
use proofmark_market::actions::adjustment_from_first;
use proofmark_market::{Interval, IntradayBar};
use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::source::{Ground, Made, Source, Yield, known_by};
use crate::data::within;
use crate::error::{AppError, Result};

/// Bars shorter than a session, splits taken out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct BarsWithin {
    /// Which names; all with such bars when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// How long the bars are.
    interval: Interval,
}

impl Source for BarsWithin {
    fn makes(&self) -> Vec<&'static str> {
        PATH_FEATURES.iter().map(|feature| feature.definition.name).collect()
    }

    fn check(&self) -> Result<()> {
        if self.interval == Interval::Day1 {
            return Err(AppError::input("a bar of a day is a session, and has no path in it")
                .hint("`interval = \"5m\"` or another that is shorter"));
        }
        Ok(())
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let names = within::read(ground.lake, ground.calendar, self.interval, &self.symbols)?;
        let splits = within::splits(ground.calendar, &names)?;
        let all = within::without_splits(&names, &splits, adjustment_from_first)?;
        ground.work.expect(names.len() as u64);
        let mut found = Yield::default();
        for (name, rows) in names.iter().zip(&all) {
            let symbol = name.daily.symbol();
            let mut sessions: Vec<&[IntradayBar]> = rows.chunk_by(|a, b| a.session == b.session).collect();
            // A session that is not over has no path yet.
            sessions.retain(|bars| ground.calendar.session_close(bars[0].session) <= ground.now);
            let own = splits.iter().filter(|split| split.symbol == *symbol);
            let known = known(ground, &sessions, own.map(|split| (split.ex_date, split.known_at)));
            for feature in PATH_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name)) {
                let value = |(k, bars): (usize, &&[IntradayBar])| {
                    let before = k.checked_sub(1).and_then(|before| Some(sessions[before].last()?.close));
                    let value = SessionPath::of(bars, before).map_or(f64::NAN, |path| feature.value(&path));
                    Observation { date: bars[0].session, known_at: known[k], value }
                };
                found.made.push(Made {
                    feature: feature.definition.name,
                    symbol: Some(symbol.clone()),
                    values: sessions.iter().enumerate().map(value).collect(),
                });
            }
            ground.work.step();
        }
        Ok(found)
    }
}

/// When each session was over and its bars, those before it and the splits in them were known.
fn known(
    ground: &Ground<'_>,
    sessions: &[&[IntradayBar]],
    splits: impl Iterator<Item = (Date, Instant)>,
) -> Vec<Instant> {
    let of_session = |bars: &&[IntradayBar]| {
        let (date, close) = (bars[0].session, ground.calendar.session_close(bars[0].session));
        (date, bars.iter().map(|bar| bar.known_at).fold(close, Instant::max))
    };
    known_by(
        sessions.iter().map(of_session).chain(splits).collect(),
        sessions.iter().map(|bars| bars[0].session),
    )
}
