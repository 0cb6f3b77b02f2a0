//! A study as a table in Markdown.

use std::fmt::Write as _;

use super::Study;

impl Study {
    /// The columns of [`Self::rows`].
    pub const HEAD: [&'static str; 16] = [
        "feature",
        "missing",
        "most common",
        "unchanged",
        "outliers",
        "lag 1",
        "half-life",
        "PSI",
        "KS",
        "KS p (BH)",
        "rank IC",
        "t",
        "p",
        "p (Holm)",
        "p (BH)",
        "turnover",
    ];

    /// One row a feature, as text; `-` where there is no number.
    pub fn rows(&self) -> Vec<Vec<String>> {
        self.features
            .iter()
            .map(|feature| {
                let (profile, drift) = (&feature.profile, feature.drift.as_ref());
                let lasting = feature.persistence.as_ref();
                let skill = feature.rank_ic_p;
                let both = feature.turnover.top.zip(feature.turnover.bottom);
                vec![
                    feature.name.clone(),
                    number(profile.missing, 3),
                    number(profile.most_common, 3),
                    number(profile.unchanged, 3),
                    number(profile.outliers, 4),
                    number(lasting.map(|own| own.lag_one), 3),
                    number(lasting.and_then(|own| own.half_life), 1),
                    number(drift.map(|own| own.stability.psi), 3),
                    number(drift.map(|own| own.kolmogorov.distance), 3),
                    number(feature.drift_p.map(|own| own.benjamini_hochberg), 4),
                    number(feature.rank_ic.as_ref().map(|own| own.mean), 4),
                    number(feature.rank_ic.as_ref().and_then(|own| own.t), 2),
                    number(skill.map(|own| own.p), 4),
                    number(skill.map(|own| own.holm), 4),
                    number(skill.map(|own| own.benjamini_hochberg), 4),
                    number(both.map(|(top, bottom)| 0.5 * (top + bottom)), 3),
                ]
            })
            .collect()
    }

    /// What was studied, in one paragraph.
    pub fn facts(&self) -> String {
        format!(
            "{} features, {} dates, {} names. Drift from the first {} dates to the rest; skill over {} sessions; turnover of the outer of {} quantiles.",
            self.features.len(),
            self.dates,
            self.names,
            self.earlier_rows,
            self.horizon,
            self.quantiles
        )
    }

    /// The study as a Markdown table with its facts above.
    pub fn markdown(&self) -> String {
        let mut out = format!("{}\n\n", self.facts());
        let _ = writeln!(out, "| {} |", Self::HEAD.join(" | "));
        let _ = writeln!(out, "|---|{}", "---:|".repeat(Self::HEAD.len() - 1));
        for mut row in self.rows() {
            // A name is the user's; a bar would split its cell.
            row[0] = row[0].replace('|', "\\|").replace(['\n', '\r'], " ");
            let _ = writeln!(out, "| {} |", row.join(" | "));
        }
        out
    }
}

fn number(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}
