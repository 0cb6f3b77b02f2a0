//! Rotation: whether a name leads or lags the others of its sector.

use std::collections::BTreeMap;

use proofmark_market::Bars;
use proofmark_units::{Date, DateSpan, Symbol};

use super::rule::{Labelled, Levels, Rule, at_least};
use super::{Bands, RegimeSpecError, Sectors};

pub(super) struct Rotation<'a> {
    pub(super) momentum: usize,
    pub(super) sectors: &'a Sectors,
    pub(super) min_names: usize,
    pub(super) bands: Bands,
}

impl Rule for Rotation<'_> {
    fn name(&self) -> &'static str {
        "rotation_role"
    }
    fn values(&self) -> &'static [&'static str] {
        &["sector_laggard", "sector_neutral", "sector_leader"]
    }
    fn unknown(&self) -> &'static str {
        "rotation_unknown"
    }
    fn compares(&self) -> bool {
        true
    }

    fn check(&self) -> Result<(), RegimeSpecError> {
        at_least(self.momentum, 1, "momentum", "at least 1")?;
        at_least(self.min_names, 2, "min_names", "at least 2")?;
        self.sectors.check()?;
        self.bands.check()
    }

    fn label(&self, bars: &[Bars], paused: &[(Symbol, DateSpan)]) -> Vec<Result<Labelled, String>> {
        let sectors: Vec<_> = bars.iter().map(|bars| self.sectors.of(bars.symbol(), bars.dates())).collect();
        let mut levels: Vec<Levels> = bars.iter().map(|bars| vec![None; bars.len()]).collect();
        for mut names in
            self.groups(bars, &sectors, paused).into_values().filter(|names| names.len() >= self.min_names)
        {
            names.sort_by(|a, b| a.momentum.total_cmp(&b.momentum));
            let most = (names.len() - 1) as f64;
            let mut before = 0;
            for equals in names.chunk_by(|a, b| a.momentum == b.momentum) {
                let share = (before as f64 + (equals.len() - 1) as f64 / 2.0) / most;
                for name in equals {
                    levels[name.instrument][name.bar] = Some(self.bands.level(share));
                }
                before += equals.len();
            }
        }
        let named = sectors.iter().zip(levels).map(|(sectors, levels)| {
            if sectors.iter().any(Option::is_some) {
                Ok(levels.into())
            } else {
                Err("has no sector".to_owned())
            }
        });
        named.collect()
    }
}

/// One name on one date.
struct Name {
    instrument: usize,
    bar: usize,
    momentum: f64,
}

impl Rotation<'_> {
    /// The names of each date and sector, with the log return over their own last `momentum` bars.
    fn groups<'s>(
        &self,
        bars: &[Bars],
        sectors: &[Vec<Option<&'s str>>],
        paused: &[(Symbol, DateSpan)],
    ) -> BTreeMap<(Date, &'s str), Vec<Name>> {
        let mut groups: BTreeMap<(Date, &str), Vec<Name>> = BTreeMap::new();
        for (instrument, (bars, sectors)) in bars.iter().zip(sectors).enumerate() {
            let close = bars.close();
            let own: Vec<DateSpan> =
                paused.iter().filter(|(name, _)| name == bars.symbol()).map(|(_, span)| *span).collect();
            for bar in self.momentum..close.len() {
                let Some(sector) = sectors[bar] else { continue };
                if own.iter().any(|span| span.contains(bars.dates()[bar])) {
                    continue;
                }
                let momentum = (close[bar] / close[bar - self.momentum]).ln();
                let name = Name { instrument, bar, momentum };
                groups.entry((bars.dates()[bar], sector)).or_default().push(name);
            }
        }
        groups
    }
}
