//! A study of features as one self-contained page.

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
    page("Features", &body)
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
