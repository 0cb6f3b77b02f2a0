//! The features made of microstructure bars, and their columns.

use super::bars::MicroBar;
use super::impact::{amihud, price_impact, resilience, roll_spread};
use crate::ContextDefinition;
use crate::context_definition::KNOWN_AT_ROW;

/// Bars in the window of a feature that needs many.
const WINDOW: usize = 60;

/// A feature over microstructure bars: its papers and its function of the trailing bars, the newest last.
#[derive(Debug, Clone, Copy)]
pub struct MicroFeature {
    /// Its papers; `look_back` counts bars.
    pub definition: ContextDefinition,
    value: fn(&[MicroBar]) -> Option<f64>,
}

impl MicroFeature {
    /// One value a bar, NaN where it is missing. Row `t` sees bars `t + 1 - look_back..=t` alone; the first rows, which have
    /// fewer, are missing.
    pub fn column(&self, bars: &[MicroBar]) -> Vec<f64> {
        let look_back = self.definition.look_back;
        let value = |t: usize| {
            let start = (t + 1).checked_sub(look_back)?;
            (self.value)(&bars[start..=t]).filter(|value| value.is_finite())
        };
        (0..bars.len()).map(|t| value(t).unwrap_or(f64::NAN)).collect()
    }
}

const QUOTES: &[&str] = &["quotes"];
const TRADES: &[&str] = &["quotes", "trades"];
const BOOKS: &[&str] = &["sampled books"];

const fn of_bar(
    name: &'static str,
    (inputs, unit, stationary): (&'static [&'static str], &'static str, bool),
    doc: &'static str,
    source: &'static str,
    value: fn(&[MicroBar]) -> Option<f64>,
) -> MicroFeature {
    MicroFeature {
        definition: ContextDefinition {
            name,
            doc,
            inputs,
            look_back: 1,
            lag: KNOWN_AT_ROW,
            unit,
            stationary,
            source,
        },
        value,
    }
}

const fn of_window(
    name: &'static str,
    (inputs, unit, stationary): (&'static [&'static str], &'static str, bool),
    doc: &'static str,
    source: &'static str,
    value: fn(&[MicroBar]) -> Option<f64>,
) -> MicroFeature {
    let one = of_bar(name, (inputs, unit, stationary), doc, source, value);
    MicroFeature { definition: ContextDefinition { look_back: WINDOW, ..one.definition }, value }
}

/// A feature of trades that are judged by a later mid.
const fn due_later(one: MicroFeature) -> MicroFeature {
    let lag = "the wait for the later mid, a setting; each trade counts in the bucket in which it ends";
    MicroFeature { definition: ContextDefinition { lag, ..one.definition }, ..one }
}

fn last(bars: &[MicroBar], value: fn(&MicroBar) -> Option<f64>) -> Option<f64> {
    bars.last().and_then(value)
}

fn all(bars: &[MicroBar], value: fn(&MicroBar) -> Option<f64>) -> Vec<Option<f64>> {
    bars.iter().map(value).collect()
}

fn mid_return(bar: &MicroBar) -> Option<f64> {
    let (mid, change) = (bar.mid?, bar.mid_change?);
    (mid - change > 0.0).then(|| change / (mid - change))
}

/// Every microstructure feature, in the order help and reports print them.
pub const MICRO_FEATURES: &[MicroFeature] = &[
    of_bar(
        "mic_spread",
        (QUOTES, "price", false),
        "best ask less best bid, weighted by the time each quote stood; missing while a side is missing or the book is crossed",
        "Hasbrouck (2007), Empirical Market Microstructure, chapter 2",
        |bars| last(bars, |bar| bar.spread),
    ),
    of_bar(
        "mic_spread_relative",
        (QUOTES, "fraction of mid", true),
        "spread over mid, weighted by the time each quote stood; missing as mic_spread",
        "Hasbrouck (2007), Empirical Market Microstructure, chapter 2",
        |bars| last(bars, |bar| bar.relative_spread),
    ),
    of_bar(
        "mic_quoted_share",
        (QUOTES, "fraction of time", true),
        "share of the bucket in which both sides were quoted and not crossed, 0 to 1",
        "own definition",
        |bars| last(bars, |bar| Some(bar.quoted_share)),
    ),
    of_bar(
        "mic_imbalance",
        (QUOTES, "ratio", true),
        "(bid size - ask size) / (bid size + ask size) of the best quotes, weighted by time, -1 to 1",
        "Gould & Bonart (2016), Queue imbalance as a one-tick-ahead price predictor",
        |bars| last(bars, |bar| bar.imbalance),
    ),
    of_bar(
        "mic_weighted_mid_gap",
        (QUOTES, "fraction of mid", true),
        "mid weighted by the other side's size, less mid, over mid, at the end of the bucket: above 0 the next move is up",
        "Stoikov (2018), The micro-price, weighted mid",
        |bars| last(bars, |bar| bar.weighted_mid_gap),
    ),
    of_bar(
        "mic_order_flow",
        (QUOTES, "size", false),
        "sum of the order-flow imbalance over all changes of the best quotes; changes from or to an unknown book are left out",
        "Cont, Kukanov & Stoikov (2014)",
        |bars| last(bars, |bar| bar.order_flow),
    ),
    of_bar(
        "mic_order_flow_scaled",
        (QUOTES, "best sizes", true),
        "mic_order_flow over the time-weighted mean size of a best quote",
        "Cont, Kukanov & Stoikov (2014): impact falls with depth",
        |bars| last(bars, |bar| Some(bar.order_flow? / bar.best_size.filter(|size| *size > 0.0)?)),
    ),
    of_bar(
        "mic_trade_imbalance",
        (TRADES, "ratio", true),
        "size that buyers took less size that sellers took, over size traded, -1 to 1; missing where nothing traded",
        "Lee & Ready (1991) where the venue does not say the taker",
        |bars| last(bars, |bar| Some(bar.signed_volume? / bar.volume.filter(|volume| *volume > 0.0)?)),
    ),
    of_bar(
        "mic_effective_spread",
        (TRADES, "fraction of mid", true),
        "twice the signed distance of price and mid before the trade, over mid, weighted by size; missing where nothing traded",
        "Huang & Stoll (1996)",
        |bars| last(bars, |bar| bar.effective_spread),
    ),
    due_later(of_bar(
        "mic_realised_spread",
        (TRADES, "fraction of mid", true),
        "twice the signed distance of price and later mid, over mid before the trade, weighted by size, of the trades whose later mid became due in the bucket",
        "Huang & Stoll (1996)",
        |bars| last(bars, |bar| bar.realised_spread),
    )),
    due_later(of_bar(
        "mic_trade_impact",
        (TRADES, "fraction of mid", true),
        "twice the signed change from the mid before the trade to the later mid, over the former: effective less realised spread of the same trades",
        "Huang & Stoll (1996)",
        |bars| last(bars, |bar| bar.trade_impact),
    )),
    of_bar(
        "mic_depth_imbalance",
        (BOOKS, "ratio", true),
        "(bids - asks) / (bids + asks) by size over the levels of the settings, mean of the sampled books, -1 to 1",
        "Cao, Hansch & Wang (2009)",
        |bars| last(bars, |bar| bar.depth_imbalance),
    ),
    of_bar(
        "mic_depth",
        (BOOKS, "size", false),
        "size of both sides over the levels of the settings, mean of the sampled books",
        "own definition",
        |bars| last(bars, |bar| bar.depth),
    ),
    of_bar(
        "mic_book_slope",
        (BOOKS, "size per fraction of price", false),
        "least squares through the origin of cumulated size on distance from the mid, mean of the sampled books",
        "own definition, after the book slope of Naes & Skjeltorp (2006)",
        |bars| last(bars, |bar| bar.slope),
    ),
    of_bar(
        "mic_depth_spread",
        (BOOKS, "fraction of mid", true),
        "mean ask price less mean bid price, each weighted by size over the levels of the settings, over the mid, mean of the sampled books",
        "own definition",
        |bars| last(bars, |bar| bar.depth_spread),
    ),
    of_bar(
        "mic_book_pressure",
        (BOOKS, "ratio", true),
        "(bids - asks) / (bids + asks) over the levels of the settings, each size over its distance from the mid, mean of the sampled books, -1 to 1",
        "own definition, after Cao, Hansch & Wang (2009)",
        |bars| last(bars, |bar| bar.pressure),
    ),
    of_window(
        "mic_kyle_lambda",
        (TRADES, "price per size", false),
        "slope of mid changes on signed volume over 60 bars; missing below 20 with both",
        "Kyle (1985), estimated as in Hasbrouck (2009)",
        |bars| Some(price_impact(&all(bars, |b| b.mid_change), &all(bars, |b| b.signed_volume))?.slope),
    ),
    of_window(
        "mic_flow_impact",
        (QUOTES, "price per size", false),
        "slope of mid changes on order flow over 60 bars; missing below 20 with both",
        "Cont, Kukanov & Stoikov (2014)",
        |bars| Some(price_impact(&all(bars, |b| b.mid_change), &all(bars, |b| b.order_flow))?.slope),
    ),
    of_window(
        "mic_amihud",
        (TRADES, "fraction per money", false),
        "mean of |mid return| over turnover of the last 60 bars, of those that traded",
        "Amihud (2002)",
        |bars| amihud(&all(bars, mid_return), &all(bars, |b| b.turnover)),
    ),
    of_window(
        "mic_roll_spread",
        (TRADES, "fraction of price", true),
        "spread implied by the bounce of the last prices of 60 bars; missing where their changes do not bounce or a bar has no trade",
        "Roll (1984)",
        |bars| roll_spread(&bars.iter().map(|bar| bar.last_price).collect::<Option<Vec<f64>>>()?),
    ),
    of_window(
        "mic_resilience",
        (BOOKS, "fraction per bar", true),
        "share of a gap of depth to its mean that closes in a bar, over 60 bars; missing below 20 steps",
        "Kempf, Mayston, Gehde-Trapp & Yadav (2015)",
        |bars| resilience(&all(bars, |bar| bar.depth)),
    ),
];
