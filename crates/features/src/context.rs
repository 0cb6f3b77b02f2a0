//! Context: values of the world around an instrument, known at each session's close and worked out elsewhere.

use std::collections::BTreeMap;

use proofmark_market::Bars;
use proofmark_units::{Date, Symbol};

use crate::Feature;
use crate::expr::Field;

/// A column that is looked up by session and not computed from bars; NaN where nothing was known.
///
/// Who fills it promises that a session's value was known at its close: bars prove nothing about it.
#[derive(Debug, Clone, PartialEq)]
pub struct ContextColumn {
    /// See [`Feature::name`].
    pub name: String,
    /// See [`Feature::doc`].
    pub doc: String,
    /// See [`Feature::unit`].
    pub unit: String,
    /// See [`Feature::source`].
    pub source: String,
    /// Sessions that matter to a value, its own included.
    pub look_back: usize,
    /// Sessions, ascending.
    pub sessions: Vec<Date>,
    /// The values of those sessions.
    pub values: ContextValues,
}

/// Values by session, each list as long as the sessions.
#[derive(Debug, Clone, PartialEq)]
pub enum ContextValues {
    /// The same for every instrument.
    Market(Vec<f64>),
    /// Those of each instrument; one that is not there has none.
    BySymbol(BTreeMap<Symbol, Vec<f64>>),
}

impl Feature for ContextColumn {
    fn name(&self) -> &str {
        &self.name
    }
    fn doc(&self) -> &str {
        &self.doc
    }
    fn unit(&self) -> &str {
        &self.unit
    }
    fn source(&self) -> &str {
        &self.source
    }
    fn is_optional(&self) -> bool {
        true
    }
    fn inputs(&self) -> Vec<Field> {
        Vec::new()
    }
    fn look_back(&self) -> usize {
        self.look_back
    }
    fn compute(&self, bars: &Bars) -> Vec<f64> {
        let values = match &self.values {
            ContextValues::Market(values) => values.as_slice(),
            ContextValues::BySymbol(all) => all.get(bars.symbol()).map_or(&[][..], Vec::as_slice),
        };
        let mut next = 0;
        let value = |date: &Date| {
            next += self.sessions[next..].partition_point(|session| session < date);
            let there = self.sessions.get(next) == Some(date);
            values.get(next).copied().filter(|_| there).unwrap_or(f64::NAN)
        };
        bars.dates().iter().map(value).collect()
    }
}

#[cfg(test)]
mod tests {
    use proofmark_market::BarRow;

    use super::*;

    fn bars(symbol: &str, days: &[i32]) -> Bars {
        let row = |day: &i32| {
            let date = Date::from_days(*day);
            let at = date.midnight_utc();
            BarRow {
                date,
                event_time: at,
                known_at: at,
                open: 1.0,
                high: 1.0,
                low: 1.0,
                close: 1.0,
                volume: 0.0,
            }
        };
        Bars::from_rows(symbol.parse().unwrap(), &days.iter().map(row).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn a_bar_gets_the_value_of_its_own_session_or_none() {
        let values = BTreeMap::from([("A".parse().unwrap(), vec![1.0, f64::NAN, 3.0])]);
        let mut column = ContextColumn {
            name: "c".into(),
            doc: String::new(),
            unit: String::new(),
            source: String::new(),
            look_back: 1,
            sessions: [10, 11, 13].map(Date::from_days).to_vec(),
            values: ContextValues::BySymbol(values),
        };
        let bits = |column: &ContextColumn, bars: &Bars| -> Vec<Option<f64>> {
            column.compute(bars).into_iter().map(|v| Some(v).filter(|v| !v.is_nan())).collect()
        };
        let all = bars("A", &[9, 10, 11, 12, 13, 14]);
        assert_eq!(bits(&column, &all), [None, Some(1.0), None, None, Some(3.0), None]);
        assert_eq!(bits(&column, &bars("B", &[10])), [None], "of another instrument nothing is known");
        column.values = ContextValues::Market(vec![1.0, 2.0, 3.0]);
        assert_eq!(bits(&column, &bars("B", &[11, 13])), [Some(2.0), Some(3.0)]);
    }
}
