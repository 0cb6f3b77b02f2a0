//! Alternative histories: regime blocks of the out-of-sample span dealt again, all names together.

mod deal;
mod regimes;

use std::ops::Range;

use proofmark_features::{SetProgram, set_look_back};
use proofmark_lifecycle::Evidence;
use proofmark_market::Panel;
use proofmark_stats::active::appraisal_ratio;
use proofmark_stats::moments::quantile;
use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use self::deal::Deck;
pub use self::regimes::{MarketRegime, RegimeBlock, market_regimes, regime_blocks};
use super::books::{Bent, Seen, trade};
use super::desk::{StressDesk, StressError};
use super::failure::{Failure, FailureFacts};
use super::measure::{BookFigures, ScenarioRecord, beside, null_returns, resilience_score};
use super::scenario::{Family, ScenarioOutcome};
use crate::record::Recorder;

/// Sessions of real history before a path, at least: features, volatilities and volumes are warm when it begins.
const WARM_UP: usize = 252;

/// Quantiles that are reported.
const QUANTILES: [(&str, f64); 5] =
    [("q05", 0.05), ("q25", 0.25), ("q50", 0.50), ("q75", 0.75), ("q95", 0.95)];

/// How many paths and how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathSpec {
    /// Paths.
    pub count: usize,
    /// Sessions a path, at most; a shorter out-of-sample span gives shorter paths.
    pub sessions: usize,
}

/// The ids of `count` paths.
pub fn path_names(count: usize) -> Vec<String> {
    (0..count).map(|k| format!("path.{k:02}")).collect()
}

/// Distribution over paths.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PathSummary {
    /// Paths that ran.
    pub paths: usize,
    /// Share of them with an active mean above zero; `None` without one.
    pub share_active_above_zero: Option<f64>,
    /// (figure, quantile, value), figures `active_mean`, `appraisal_ratio`, `sharpe`, `max_drawdown`, `total_return`.
    pub quantiles: Vec<(String, String, Option<f64>)>,
}

impl PathSummary {
    /// Quantiles (Hyndman-Fan type 7) over the paths that ran.
    pub fn of(outcomes: &[ScenarioOutcome]) -> Self {
        let records: Vec<&ScenarioRecord> = outcomes.iter().filter_map(ScenarioOutcome::tested).collect();
        let book = |r: &ScenarioRecord, f: fn(&BookFigures) -> Option<f64>| r.candidate.as_ref().and_then(f);
        let active: Vec<f64> = records.iter().filter_map(|r| r.active_mean).collect();
        let figures: [(&str, Vec<f64>); 5] = [
            ("appraisal_ratio", records.iter().filter_map(|r| r.appraisal_ratio).collect()),
            ("sharpe", records.iter().filter_map(|r| book(r, |b| b.sharpe)).collect()),
            ("max_drawdown", records.iter().filter_map(|r| book(r, |b| b.max_drawdown)).collect()),
            ("total_return", records.iter().filter_map(|r| book(r, |b| Some(b.total_return))).collect()),
            ("active_mean", active.clone()),
        ];
        let quantiles = figures.iter().flat_map(|(figure, values)| {
            QUANTILES.map(|(name, q)| ((*figure).to_owned(), name.to_owned(), quantile(values, q)))
        });
        let above = active.iter().filter(|m| **m > 0.0).count() as f64;
        Self {
            paths: records.len(),
            share_active_above_zero: (!active.is_empty()).then(|| above / active.len() as f64),
            quantiles: quantiles.collect(),
        }
    }
}

/// The distribution as records.
pub fn path_evidence(recorder: &Recorder, summary: &PathSummary) -> Vec<Evidence> {
    let mut out = vec![
        recorder
            .record("stress.paths.share_active_above_zero", summary.share_active_above_zero, "share", summary.paths)
            .with_note("regime blocks of the out-of-sample span dealt again; each block scored by the model of its own fold"),
    ];
    for (figure, name, value) in &summary.quantiles {
        let unit = match figure.as_str() {
            "active_mean" => "fraction/year",
            "appraisal_ratio" | "sharpe" => "ratio",
            _ => "fraction",
        };
        out.push(recorder.record(format!("stress.paths.{figure}.{name}"), *value, unit, summary.paths));
    }
    out
}

/// The sessions that paths are dealt from.
pub(super) struct History {
    /// Every session of the panel.
    dates: Vec<Date>,
    /// Those of the out-of-sample span.
    source: Range<usize>,
    blocks: Vec<RegimeBlock>,
}

impl StressDesk<'_> {
    /// Runs path `k` of `spec`.
    ///
    /// Blocks are maximal runs of one volatility regime of the equal-weight market ([`market_regimes`], causal), drawn
    /// with replacement and laid end to end: a block bootstrap (Kunsch 1989, Annals of Statistics 17(3), 1217-1241)
    /// whose blocks are cut where the market changes. Each session keeps its cross-section, each bar its move on the
    /// close before it (open, high, low, close), its traded value, its standing in the universe and its group. The path takes
    /// the place of the last sessions of the out-of-sample span, after real history as warm-up; its dates, hence its dated
    /// costs, are theirs. Features are recomputed from the path's bars. A block is scored by the frozen student of the fold
    /// whose test span it comes from, so no path shows a model its own training sessions.
    ///
    /// # Errors
    /// [`StressError`].
    pub fn path(&self, spec: &PathSpec, k: usize) -> Result<ScenarioOutcome, StressError> {
        let id = format!("path.{k:02}");
        let inputs = &self.inputs;
        let History { dates, source, blocks } = self.history.get_or_init(|| {
            let panel = Panel::from_bars(inputs.bars);
            let span = inputs.out_of_sample;
            let source = panel.at_or_after(span.start)..panel.at_or_after(span.end.plus_days(1));
            let blocks = regime_blocks(&market_regimes(&panel), source.clone());
            History { dates: panel.dates, source, blocks }
        });
        let length = spec.sessions.min(source.len());
        if blocks.is_empty() || length < 2 {
            let why = "the out-of-sample span holds no volatility regime to draw from".to_owned();
            return Ok(ScenarioOutcome::NotTested { id, why });
        }
        let seed = inputs.seed.child("stress").child("paths").nth(k as u64);
        let plan = deal::plan(blocks, length, &seed);
        let first = source.end - length;
        let warm = WARM_UP.max(set_look_back(inputs.features) + 1);
        let deck = Deck { bars: inputs.bars, dates, first, warm_from: first.saturating_sub(warm) };
        let bars = deck.deal(&plan)?;
        let benchmark = match inputs.benchmark {
            Some((index, _)) => Some(deck.deal_one(index, &plan)?),
            None => None,
        };
        let window = DateSpan { start: dates[first], end: dates[source.end - 1] };
        let model = |date: Date| {
            let u = dates.partition_point(|d| *d < date).checked_sub(first)?;
            let drawn = dates[*plan.get(u)?];
            inputs.models.iter().position(|(span, _)| span.contains(drawn))
        };
        let drawn = |panel: &mut Panel| {
            for s in 0..panel.width() {
                let own = inputs.universe.standing(&panel.symbols[s], dates);
                let groups = inputs.universe.group(&panel.symbols[s], dates);
                for (u, session) in plan.iter().enumerate() {
                    let t = panel.at_or_after(dates[first + u]);
                    if panel.dates.get(t) == Some(&dates[first + u]) {
                        let cell = panel.cell(t, s);
                        panel.standing[cell] = own[*session];
                        panel.group[cell] = groups[*session];
                    }
                }
            }
        };
        let mut members = Panel::of(&bars, inputs.universe);
        drawn(&mut members);
        let columns = SetProgram::new(inputs.features).panel(&bars, &members);
        let columns = columns.into_iter().map(|own| own.columns).collect();
        let ran = trade(
            inputs,
            &Bent {
                standing: Some(&drawn),
                seen: &Seen { bars, columns },
                benchmark: benchmark.as_ref(),
                costs: inputs.costs,
                delay: 0,
                window,
                model: &model,
            },
        )?;
        let ran = self.audited(&id, ran)?;
        let year = inputs.periods_per_year;
        let active = ran.active;
        let candidate = BookFigures::of(&ran.books.candidate, year);
        let failure = Failure::of(&FailureFacts {
            book: Some(&candidate),
            usually_blocked: 0,
            fills_since: candidate.fills,
            expects_fills: true,
            nulls: &null_returns(&ran.books),
            drawdown_limit: inputs.drawdown_limit,
        });
        let turbulent = plan.iter().filter(|t| {
            let holds = |b: &&RegimeBlock| b.first <= **t && **t < b.first + b.len;
            blocks.iter().find(holds).is_some_and(|b| b.regime == MarketRegime::Turbulent)
        });
        let what = format!(
            "{length} sessions, {} of them turbulent, from {} blocks",
            turbulent.count(),
            1 + plan.windows(2).filter(|pair| pair[1] != pair[0] + 1).count()
        );
        Ok(ScenarioOutcome::Tested(Box::new(ScenarioRecord {
            family: Family::Path,
            title: "Volatility regimes of the out-of-sample span, dealt again.".to_owned(),
            what,
            span: window,
            unstressed: None,
            beside: beside(&ran.books, &ran.hold),
            active_mean: active.as_ref().map(|a| a.fit.alpha_per_period * year),
            appraisal_ratio: active.and_then(|a| appraisal_ratio(&a.fit.series, year)),
            precision: ran.precision,
            resilience: resilience_score(candidate.max_drawdown, ran.precision, candidate.sharpe),
            candidate: Some(candidate),
            failure,
            feed: None,
            seed: Some(seed.as_u64()),
            command: ScenarioRecord::command(&id),
            id,
        })))
    }
}
