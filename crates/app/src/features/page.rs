//! A study of features as one self-contained page.

use std::collections::BTreeSet;

use proofmark_validation::{FeatureStudy, Study};

use crate::report::{Column, columns, escape, page, table};

/// Standard errors of a 95 % interval of a normal distribution.
const WIDE: f64 = 1.96;

/// The study as HTML: nothing is fetched, no script runs. The same study gives the same bytes.
pub fn study_page(study: &Study) -> String {
    let mut body = format!("<h1>Features</h1><p>{}</p>", escape(&study.facts()));
    body.push_str(
        "<p class=\"soft\">Each p is corrected over the features of this page: Holm bounds the chance of any false finding, BH (Benjamini and Hochberg) the share of false ones. The features tried before are not in it.</p>",
    );
    body.push_str(&table(&Study::HEAD, &study.rows()));
    body.push_str("<h2>Skill by horizon</h2><p class=\"soft\">Mean rank correlation with returns over 1 to 20 sessions and its 95 % interval (Newey-West). Horizons overlap and are no separate tests.</p>");
    for feature in &study.features {
        body.push_str(&format!(
            "<figure><figcaption>{}: {}</figcaption>{}</figure>",
            escape(&feature.name),
            escape(&caption(feature)),
            decay(feature)
        ));
    }
    body.push_str("<h2>Coverage by year</h2><p class=\"soft\">Share of the cells with a value, of names that were members with a bar then.</p>");
    body.push_str(&coverage(study));
    page("Features", &body)
}

/// A row a feature that lacks a value in some year, a column a year.
fn coverage(study: &Study) -> String {
    let years: BTreeSet<i32> =
        study.features.iter().flat_map(|own| &own.coverage.by_period).map(|(year, _)| *year).collect();
    let is_whole =
        |feature: &&FeatureStudy| feature.coverage.by_period.iter().all(|(_, share)| *share == 1.0);
    let gaps: Vec<&FeatureStudy> = study.features.iter().filter(|feature| !is_whole(feature)).collect();
    if gaps.is_empty() {
        return "<p>Every feature has a value in every such cell.</p>".to_owned();
    }
    let row = |feature: &&FeatureStudy| {
        let share = |year: &i32| {
            let found = feature.coverage.by_period.iter().find(|(period, _)| period == year);
            found.map_or_else(|| "-".to_owned(), |(_, share)| format!("{:.1} %", 100.0 * share))
        };
        std::iter::once(feature.name.clone()).chain(years.iter().map(share)).collect()
    };
    let head: Vec<String> =
        std::iter::once("feature".to_owned()).chain(years.iter().map(i32::to_string)).collect();
    let head: Vec<&str> = head.iter().map(String::as_str).collect();
    table(&head, &gaps.iter().map(row).collect::<Vec<Vec<String>>>())
}

fn caption(feature: &FeatureStudy) -> String {
    match feature.decay.iter().filter_map(|point| point.rank_ic.as_ref()).next() {
        Some(first) => format!("{:.4} over one session, {} dates", first.mean, first.n),
        None => "no date tells names apart".to_owned(),
    }
}

fn decay(feature: &FeatureStudy) -> String {
    let column = |point: &proofmark_validation::HorizonSkill| Column {
        label: point.horizon.to_string(),
        value: point.rank_ic.as_ref().map(|ic| (ic.mean, WIDE * ic.std_error)),
    };
    columns(&feature.name, &feature.decay.iter().map(column).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroUsize;

    use proofmark_validation::{FeatureGrid, StudyInput, study};

    use super::*;

    #[test]
    fn hostile_names_and_missing_numbers_make_a_page_that_is_whole() {
        // Ten names, sixty dates; the second feature is the same for all names.
        let cell = |k: usize| ((k * 7_919) % 1_009) as f64 / 1_009.0 - 0.5;
        let returns: Vec<f64> = (0..600).map(|k| 0.02 * cell(k + 5)).collect();
        let features = [
            FeatureGrid { name: "<script>alert(1)</script>", values: (0..600).map(cell).collect() },
            FeatureGrid { name: "market", values: (0..600).map(|k| cell(k / 10)).collect() },
        ];
        let input = StudyInput {
            features: &features,
            width: NonZeroUsize::new(10).unwrap(),
            symbols: &["N"; 10],
            there: &[true; 600],
            years: &[2020; 60],
            next_returns: &returns,
            earlier_rows: 30,
            horizon: NonZeroUsize::new(5).unwrap(),
            quantiles: 5,
        };
        let study = study(&input).unwrap();
        let html = study_page(&study);
        assert!(html.starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
        assert!(!html.contains("<script") && !html.contains("NaN") && !html.contains("http"), "{html}");
        assert_eq!((html.matches("<figure>").count(), html.matches("</figure>").count()), (2, 2));
        assert!(html.contains("no date tells names apart"));
        assert_eq!(html, study_page(&study));
    }
}
