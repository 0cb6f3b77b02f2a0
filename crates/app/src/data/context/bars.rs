//! Features of the bars of several names: beside a benchmark, and among members.

use std::collections::BTreeSet;

use proofmark_features::cross_market::{Breadth, CROSS_MARKET_FEATURES, CrossMarketValue, breadth};
use proofmark_market::actions::Adjust;
use proofmark_market::{Bars, Membership, Panel, Universe};
use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::source::{Ground, Made, Source, Yield, known_by, observations};
use crate::data::lake_error;
use crate::data::prices::Prices;
use crate::error::{AppError, Result};

/// Returns of names beside those of a benchmark.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct AgainstBenchmark {
    /// Which names; all with bars but the benchmark when left out.
    #[serde(default)]
    symbols: Vec<Symbol>,
    /// The benchmark, a symbol with bars.
    benchmark: Symbol,
    /// What is taken out of the prices.
    adjust: Adjust,
}

/// How many of the members take part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::data) struct AmongMembers {
    /// An index whose members the lake knows by date; every name with a bar is a member when left out.
    index: Option<Symbol>,
    /// Names that are no members, such as an index among the bars.
    #[serde(default)]
    exclude: Vec<Symbol>,
    /// What is taken out of the prices.
    adjust: Adjust,
}

impl Source for AgainstBenchmark {
    fn makes(&self) -> Vec<&'static str> {
        let pair = |value: &CrossMarketValue| matches!(value, CrossMarketValue::Pair(_));
        named(pair)
    }

    fn check(&self) -> Result<()> {
        if self.symbols.contains(&self.benchmark) {
            return Err(AppError::input(format!("`{}` is its own benchmark", self.benchmark))
                .hint("leave it out of `symbols`"));
        }
        Ok(())
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let prices = Prices::of(ground.lake, ground.calendar, self.adjust)?;
        refuse_absent(self.symbols.iter().chain([&self.benchmark]), &prices)?;
        let is_wanted = |bars: &&Bars| {
            *bars.symbol() != self.benchmark
                && (self.symbols.is_empty() || self.symbols.contains(bars.symbol()))
        };
        let Some(benchmark) = prices.bars.iter().find(|bars| *bars.symbol() == self.benchmark) else {
            return Err(AppError::bug(format!("the bars of `{}` are gone", self.benchmark)));
        };
        let mut found = Yield::default();
        for own in prices.bars.iter().filter(is_wanted) {
            let panel = Panel::from_bars(&[own.clone(), benchmark.clone()]);
            let returns = |s: usize| returns(&panel, s);
            let known = known(&panel.dates, &[own, benchmark]);
            let paused = |date| [own, benchmark].iter().any(|bars| prices.is_paused(bars.symbol(), date));
            let times = || panel.dates.iter().copied().zip(known.iter().copied());
            for feature in CROSS_MARKET_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name)) {
                let CrossMarketValue::Pair(compute) = feature.value else { continue };
                let values = compute(&returns(0), &returns(1)).into_iter().zip(&panel.dates);
                let values = values.map(|(value, date)| if paused(*date) { f64::NAN } else { value });
                found.made.push(Made {
                    feature: feature.definition.name,
                    symbol: Some(own.symbol().clone()),
                    values: observations(times(), values),
                });
            }
        }
        Ok(found)
    }
}

impl Source for AmongMembers {
    fn makes(&self) -> Vec<&'static str> {
        named(|value| matches!(value, CrossMarketValue::Members(_)))
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn values(&self, ground: &Ground<'_>, wanted: &[&str]) -> Result<Yield> {
        let mut found = Yield::default();
        let prices = Prices::of(ground.lake, ground.calendar, self.adjust)?;
        refuse_absent(self.exclude.iter(), &prices)?;
        let there: BTreeSet<&Symbol> = prices.bars.iter().map(Bars::symbol).collect();
        let membership = match &self.index {
            Some(index) => {
                let spans = ground.lake.members_as_known(index).map_err(|error| {
                    lake_error(&format!("failed to read the members of `{index}`"), error)
                        .hint("`proofmark ingest membership FILE --index NAME` brings members in")
                })?;
                let without: BTreeSet<&Symbol> =
                    spans.iter().map(|(symbol, _)| symbol).filter(|symbol| !there.contains(symbol)).collect();
                if let Some(first) = without.first() {
                    found.notes.push(format!(
                        "{} members of {index} have no bars and are not counted, {first} among them",
                        without.len()
                    ));
                }
                Membership::PointInTime { spans }
            }
            None => Membership::WholeMarket,
        };
        let mut bars = prices.bars.clone();
        bars.retain(|bars| !self.exclude.contains(bars.symbol()));
        if let Membership::PointInTime { spans } = &membership {
            bars.retain(|bars| spans.iter().any(|(symbol, _)| symbol == bars.symbol()));
        }
        let symbols = bars.iter().map(|bars| bars.symbol().clone()).collect();
        let panel =
            Panel::of(&bars, &Universe { symbols, membership, pauses: prices.pauses, groups: Vec::new() });
        let rows: Vec<Breadth> = breadth(&panel);
        let known = known(&panel.dates, &bars.iter().collect::<Vec<_>>());
        for feature in CROSS_MARKET_FEATURES.iter().filter(|f| wanted.contains(&f.definition.name)) {
            let CrossMarketValue::Members(value) = feature.value else { continue };
            let times = panel.dates.iter().copied().zip(known.iter().copied());
            found.made.push(Made {
                feature: feature.definition.name,
                symbol: None,
                values: observations(times, rows.iter().map(|row| value(row).unwrap_or(f64::NAN))),
            });
        }
        Ok(found)
    }
}

/// When the bars of `names` up to each of `dates` were known.
fn known(dates: &[Date], names: &[&Bars]) -> Vec<Instant> {
    let events =
        names.iter().flat_map(|own| own.dates().iter().copied().zip(own.known_ats().iter().copied()));
    known_by(events.collect(), dates.iter().copied())
}

fn refuse_absent<'a>(asked: impl IntoIterator<Item = &'a Symbol>, prices: &Prices) -> Result<()> {
    asked.into_iter().find(|symbol| !prices.has(symbol)).map_or(Ok(()), |absent| {
        Err(AppError::input(format!("the lake has no bars of `{absent}`"))
            .hint("`proofmark data symbols` lists them all"))
    })
}

/// Simple returns from each date of the panel to the next; NaN where either has no bar.
fn returns(panel: &Panel, s: usize) -> Vec<f64> {
    let close = |t: usize| panel.close[panel.cell(t, s)];
    let one = |t: usize| t.checked_sub(1).map_or(f64::NAN, |before| close(t) / close(before) - 1.0);
    (0..panel.len()).map(one).collect()
}

fn named(makes: impl Fn(&CrossMarketValue) -> bool) -> Vec<&'static str> {
    let own = CROSS_MARKET_FEATURES.iter().filter(|feature| makes(&feature.value));
    own.map(|feature| feature.definition.name).collect()
}
