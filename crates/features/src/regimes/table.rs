//! The one shape of every regime's labels.

use std::collections::BTreeMap;

use proofmark_market::Bars;
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};
use serde::Serialize;

use super::dwell::hold;
use super::fit::RegimeFit;
use super::{RegimeSpec, RegimeSpecError};

/// The regime of one bar.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RegimeRow {
    /// Session of the bar.
    pub date: Date,
    /// The instrument.
    pub symbol: Symbol,
    /// When the bar ended.
    pub event_time: Instant,
    /// When every bar that the label reads could be known; never before `event_time`.
    pub known_at: Instant,
    /// Name of the regime, such as `volatility_regime`.
    pub name: &'static str,
    /// Name of the level, such as `low_vol`, or of an unknown one.
    pub value: &'static str,
    /// Place of the level among [`RegimeTable::values`]; `None` where unknown.
    pub level: Option<u8>,
}

/// An instrument that has no known label at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unlabelled {
    /// The instrument.
    pub symbol: Symbol,
    /// Why.
    pub reason: String,
}

/// One regime of several instruments: one row a bar, by date, then by symbol.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RegimeTable {
    /// Name of the regime.
    pub name: &'static str,
    /// Digest of the spec that made it.
    pub spec: Digest,
    /// Names of the levels, lowest first.
    pub values: &'static [&'static str],
    /// The rows.
    pub rows: Vec<RegimeRow>,
    /// Instruments the labeller could do nothing with; their rows are unknown.
    pub unlabelled: Vec<Unlabelled>,
    /// What was fitted, by symbol and then in order of time.
    pub fits: Vec<RegimeFit>,
}

/// Regimes that cannot be labelled.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum RegimeError {
    /// The definition means nothing.
    #[error(transparent)]
    Spec(#[from] RegimeSpecError),
    /// Two series of one instrument would give two labels to a bar.
    #[error("labelling `{name}`: `{symbol}` was given twice; merge its bars first")]
    SymbolTwice {
        /// The regime.
        name: &'static str,
        /// The instrument.
        symbol: Symbol,
    },
}

/// A table was made by another spec than the one asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("stale labels: `{name}` was made by spec {made}, and {wanted} is asked for; label again", made = .made.short(), wanted = .wanted.short())]
pub struct StaleRegimes {
    /// The regime asked for.
    pub name: &'static str,
    /// Digest of the spec that made the table.
    pub made: Digest,
    /// Digest of the spec asked for.
    pub wanted: Digest,
}

/// Labels every bar of `bars`, whose order does not matter.
///
/// On the days of `paused` it is not known yet what the prices of a name mean: its rows are unknown, and it is not compared
/// with others. Later bars may read the prices of those days.
///
/// # Errors
/// [`RegimeError`] if the spec means nothing or an instrument is there twice.
pub fn label_regimes(
    bars: &[Bars],
    paused: &[(Symbol, DateSpan)],
    spec: &RegimeSpec,
) -> Result<RegimeTable, RegimeError> {
    let rule = spec.rule();
    rule.check()?;
    let name = rule.name();
    let mut bars = bars.to_vec();
    bars.sort_by(|a, b| a.symbol().cmp(b.symbol()));
    if let Some(pair) = bars.windows(2).find(|pair| pair[0].symbol() == pair[1].symbol()) {
        return Err(RegimeError::SymbolTwice { name, symbol: pair[0].symbol().clone() });
    }
    let known: Vec<Vec<Instant>> = bars.iter().map(known_by).collect();
    let shared = rule.compares().then(|| latest_of_dates(&bars, &known));
    let (mut rows, mut unlabelled, mut fits) = (Vec::new(), Vec::new(), Vec::new());
    for ((bars, known), labelled) in bars.iter().zip(&known).zip(rule.label(&bars, paused)) {
        let labelled = labelled.unwrap_or_else(|reason| {
            unlabelled.push(Unlabelled { symbol: bars.symbol().clone(), reason });
            vec![None; bars.len()].into()
        });
        let of_name = |fit| RegimeFit { symbol: bars.symbol().clone(), fit };
        fits.extend(labelled.fits.into_iter().map(of_name));
        let own: Vec<DateSpan> =
            paused.iter().filter(|(name, _)| name == bars.symbol()).map(|(_, span)| *span).collect();
        for (t, level) in hold(labelled.levels, spec.min_dwell).into_iter().enumerate() {
            let date = bars.dates()[t];
            let level = level.filter(|_| !own.iter().any(|span| span.contains(date)));
            let known_at = shared.as_ref().and_then(|all| all.get(&date)).copied().unwrap_or(known[t]);
            let value = level.map_or(rule.unknown(), |level| rule.values()[usize::from(level)]);
            let (symbol, event_time) = (bars.symbol().clone(), bars.event_times()[t]);
            rows.push(RegimeRow { date, symbol, event_time, known_at, name, value, level });
        }
    }
    rows.sort_by(by_date_and_symbol);
    Ok(RegimeTable { name, spec: spec.digest(), values: rule.values(), rows, unlabelled, fits })
}

fn by_date_and_symbol(a: &RegimeRow, b: &RegimeRow) -> std::cmp::Ordering {
    (a.date, &a.symbol).cmp(&(b.date, &b.symbol))
}

/// When all bars up to each one were known.
fn known_by(bars: &Bars) -> Vec<Instant> {
    let mut latest = None;
    let running = bars.known_ats().iter().map(|at| {
        let now = latest.map_or(*at, |before: Instant| before.max(*at));
        latest = Some(now);
        now
    });
    running.collect()
}

/// When the bars of all instruments up to each date were known.
fn latest_of_dates(bars: &[Bars], known: &[Vec<Instant>]) -> BTreeMap<Date, Instant> {
    let mut latest: BTreeMap<Date, Instant> = BTreeMap::new();
    for (date, at) in bars.iter().zip(known).flat_map(|(bars, known)| bars.dates().iter().zip(known)) {
        latest.entry(*date).and_modify(|so_far| *so_far = (*so_far).max(*at)).or_insert(*at);
    }
    latest
}

impl RegimeTable {
    /// Tables of one spec, each of other names and ascending by them, where names are not compared ([`RegimeSpec::compares`]): what
    /// labelling all of them at once gives. `None` without a table.
    pub fn joined(tables: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut tables = tables.into_iter();
        let mut all = tables.next()?;
        for other in tables {
            debug_assert_eq!(all.spec, other.spec, "two specs make no table");
            all.rows.extend(other.rows);
            all.unlabelled.extend(other.unlabelled);
            all.fits.extend(other.fits);
        }
        all.rows.sort_by(by_date_and_symbol);
        Some(all)
    }

    /// Refuses the table where `wanted` would give other labels.
    ///
    /// # Errors
    /// [`StaleRegimes`] if the digests differ.
    pub fn check(&self, wanted: &RegimeSpec) -> Result<(), StaleRegimes> {
        let digest = wanted.digest();
        if self.spec == digest {
            return Ok(());
        }
        Err(StaleRegimes { name: wanted.name(), made: self.spec, wanted: digest })
    }

    /// Levels as numbers on a time-major grid (cell `t * symbols + s`) of ascending `dates`; NaN where unknown or without a
    /// bar. What columns and conditions of a pipeline read.
    pub fn level_grid(&self, dates: &[Date], symbols: &[Symbol]) -> Vec<f64> {
        let mut grid = vec![f64::NAN; dates.len() * symbols.len()];
        let places: BTreeMap<&Symbol, usize> =
            symbols.iter().enumerate().map(|(s, name)| (name, s)).collect();
        for row in &self.rows {
            let (Some(level), Some(s)) = (row.level, places.get(&row.symbol)) else { continue };
            if let Ok(t) = dates.binary_search(&row.date) {
                grid[t * symbols.len() + s] = f64::from(level);
            }
        }
        grid
    }

    /// How many rows have each level, lowest first, and how many are unknown.
    pub fn counts(&self) -> (Vec<usize>, usize) {
        let mut counts = vec![0; self.values.len()];
        let mut unknown = 0;
        for row in &self.rows {
            match row.level {
                Some(level) => counts[usize::from(level)] += 1,
                None => unknown += 1,
            }
        }
        (counts, unknown)
    }
}
