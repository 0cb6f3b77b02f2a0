//! The curves of the briefing.

use proofmark_lifecycle::briefing::Curve;
use proofmark_lifecycle::{Source, SpanKind};
use proofmark_stats::performance::{drawdown_series, running_sum, wealth};

use crate::error::Result;
use crate::run::engine::Run;

/// Points kept of each curve: enough for a picture, every extreme included.
const CURVE_POINTS: usize = 600;

/// Curves for drawing, thinned from `curves.json`.
pub(super) fn curves(run: &Run<'_>) -> Result<Vec<Curve>> {
    let tested = run.state.tested()?;
    let validated = run.state.validated()?;
    let dates = &tested.active.dates;
    let source = |pointer: String| Source { file: "curves.json".into(), pointer, sha256: tested.curves };
    let curve = |name: &str, title: &str, unit: &str, pointer: String, values: Vec<f64>| {
        Curve {
            name: name.into(),
            title: title.into(),
            unit: unit.into(),
            span_kind: SpanKind::OutOfSample,
            dates: dates.clone(),
            values,
            source: source(pointer),
        }
        .thinned(CURVE_POINTS)
    };
    let mut out = vec![curve(
        "equity.candidate",
        "candidate",
        "multiple",
        "/equity/0/values".into(),
        wealth(validated.books.net()),
    )];
    for (k, (name, returns)) in validated.books.factors().iter().enumerate() {
        out.push(curve(
            &format!("equity.{name}"),
            &name.replace('_', " "),
            "multiple",
            format!("/equity/{}/values", k + 1),
            wealth(returns),
        ));
    }
    if let Some(falls) = drawdown_series(validated.books.net()) {
        out.push(curve(
            "drawdown.candidate",
            "candidate",
            "fraction",
            "/drawdown".into(),
            falls.iter().map(|v| -v).collect(),
        ));
    }
    out.push(curve(
        "active.cumulated",
        "active return, sum",
        "fraction",
        "/active_cumulated".into(),
        running_sum(&tested.active.fit.series),
    ));
    Ok(out)
}
