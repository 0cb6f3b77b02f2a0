//! Why too few rows have every column: the columns without values, and what they read.

use proofmark_features::Feature;
use proofmark_features::expr::Field;
use proofmark_market::Bars;

use crate::error::AppError;

/// Columns that are named; the others are counted.
const NAMED: usize = 5;

/// The error of a dataset of which `rows` rows have every column, where `least` are needed. `known[k]` counts the rows that have
/// `features[k]`; `bars` are what they were computed from.
pub(crate) fn too_few_rows(
    features: &[&dyn Feature],
    known: &[usize],
    bars: &[Bars],
    rows: usize,
    least: usize,
) -> AppError {
    let scarce: Vec<String> = features
        .iter()
        .zip(known)
        .filter(|(_, known)| **known < least)
        .map(|(feature, known)| described(*feature, *known, bars))
        .collect();
    let counted = match rows {
        0 => "no row has every column".to_owned(),
        rows => format!("{rows} rows have every column, where {least} are needed"),
    };
    if scarce.is_empty() {
        return AppError::input(format!("{counted}, though each column has values")).hint(
            "columns that are missing at different times leave no row: drop one, or bring more history",
        );
    }
    let more = match scarce.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    AppError::input(format!("{counted}: {}{more}", scarce[..scarce.len().min(NAMED)].join("; "))).hint(
        "bring what they read, or name features that do without it: `proofmark features show NAME` has a column's inputs",
    )
}

fn described(feature: &dyn Feature, known: usize, bars: &[Bars]) -> String {
    let name = feature.name();
    let values = match known {
        0 => format!("`{name}` has no value anywhere"),
        known => format!("`{name}` has a value in {known} rows"),
    };
    let inputs = feature.inputs();
    if inputs.is_empty() {
        return format!("{values}: it is of {}", feature.source());
    }
    let fields: Vec<&str> = inputs.iter().map(|field| field.name()).collect();
    let mut reads = format!("{values}: it reads {}", fields.join(", "));
    let never_traded = || bars.iter().flat_map(Bars::volume).all(|volume| volume.is_nan() || *volume <= 0.0);
    let longest = bars.iter().map(Bars::len).max().unwrap_or(0);
    if inputs.contains(&Field::Volume) && never_traded() {
        reads.push_str(", and volume is missing or zero in every bar");
    } else if feature.look_back() > longest {
        reads.push_str(&format!(" over {} bars, and there are {longest}", feature.look_back()));
    }
    reads
}

#[cfg(test)]
mod tests {
    use proofmark_features::feature_set;
    use proofmark_market::BarRow;
    use proofmark_units::Date;

    use super::*;

    fn bars(volume: f64) -> Bars {
        let rows: Vec<BarRow> = (0..30)
            .map(|t| {
                let date = Date::from_days(t);
                let (at, price) = (date.midnight_utc(), 100.0);
                let [open, high, low, close] = [price; 4];
                BarRow { date, event_time: at, known_at: at, open, high, low, close, volume }
            })
            .collect();
        Bars::from_rows("TEST".parse().unwrap(), &rows).unwrap()
    }

    #[test]
    fn columns_without_values_are_named_with_what_is_missing() {
        let set = feature_set("plus_ultra19").unwrap();
        let place = |name: &str| set.iter().position(|feature| feature.name() == name).unwrap();
        let said = |known: &[usize], volume: f64, rows: usize, least: usize| {
            too_few_rows(set, known, &[bars(volume)], rows, least).to_string()
        };
        let mut known = vec![20; set.len()];
        known[place("on_balance_volume")] = 0;
        let silent = said(&known, f64::NAN, 0, 1);
        assert!(silent.contains("`on_balance_volume` has no value anywhere"), "{silent}");
        assert!(silent.contains("volume is missing or zero in every bar"), "{silent}");
        assert!(!silent.contains("`rsi_14`"), "{silent}");
        // Traded, but for too short a time.
        known[place("regime_score")] = 3;
        let short = said(&known, 7.0, 3, 10);
        assert!(short.contains("3 rows have every column, where 10 are needed"), "{short}");
        assert!(
            short.contains(
                "`regime_score` has a value in 3 rows: it reads close over 100 bars, and there are 30"
            ),
            "{short}"
        );
        let apart = said(&vec![20; set.len()], 7.0, 0, 1);
        assert!(apart.contains("no row has every column, though each column has values"), "{apart}");
        let many = said(&vec![0; set.len()], 7.0, 0, 1);
        assert!(many.contains("; and 15 more"), "{many}");
    }
}
