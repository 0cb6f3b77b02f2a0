//! Markets to judge candidates in: bars, forward returns and everything a candidate is told.

use proofmark_execution::book::{BookConfig, Selection, Sizing};
use proofmark_execution::costs::CostSchedule;
use proofmark_labels::{LabelSpec, label_grid};
use proofmark_market::{Bars, Calendar, Membership, Panel};
use proofmark_sources::simulator::{Scenario, WorldSpec, simulate};
use proofmark_units::{Date, DateSpan, Seed};
use proofmark_validation::{TrialFacts, TrialReturns};

use super::Variant;
use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;

/// Names of a world.
pub(super) const NAMES: usize = 12;
/// Largest weight of a name: with few names, room below the policy's limit for what a week's drift adds.
const MAX_WEIGHT: f64 = 0.2;
/// Sessions of a holding: the label's and the decision's horizon.
pub(super) const HORIZON: usize = 5;
const CALENDAR: &str = "XNSE";
pub(super) const START: &str = "2009-01-01";
pub(super) const FIRST_TEST: &str = "2013-01-01";
pub(super) const END: &str = "2022-12-31";

/// A simulated market without any link from scores to returns.
pub(super) struct Market {
    pub(super) panel: Panel,
    pub(super) benchmark: Bars,
    /// Simple return from the next open to the open `HORIZON` sessions later, on the panel's grid.
    pub(super) forward: Vec<f64>,
    pub(super) span: DateSpan,
    pub(super) stress: Vec<(String, DateSpan)>,
}

/// A candidate in a market.
pub(super) struct Case {
    pub(super) market: Market,
    /// On the panel's grid, NaN where there is none.
    pub(super) scores: Vec<f64>,
    pub(super) config: BookConfig,
    pub(super) costs: CostSchedule,
    pub(super) membership: Membership,
    pub(super) trials: TrialFacts,
}

pub(super) fn date(text: &str) -> Date {
    text.parse().expect("a date of this file")
}

/// The market of a seed.
pub(super) fn market(names: usize, seed: &Seed) -> Result<Market> {
    let bug = |what: &'static str| AppError::bug(what);
    let calendar = Calendar::named(CALENDAR).map_err(|e| bug("the bench's calendar").because(e))?;
    let whole = DateSpan { start: date(START), end: date(END) };
    let spec = WorldSpec::on_calendar(Scenario::Null, names, &calendar, whole, 0.0, *seed);
    let world = simulate(&spec).map_err(|e| bug("the bench's world").because(e))?;
    let bars = |s: &proofmark_sources::simulator::SimulatedSymbol| {
        Bars::from_rows(s.symbol.clone(), &s.rows).map_err(|e| bug("a simulated bar").because(e))
    };
    let all: Vec<Bars> = world.bars.iter().map(bars).collect::<Result<_>>()?;
    Ok(Market::new(&all, bars(&world.benchmark)?, world.stress_periods))
}

impl Market {
    pub(super) fn new(bars: &[Bars], benchmark: Bars, stress: Vec<(String, DateSpan)>) -> Self {
        let panel = Panel::from_bars(bars);
        let spec =
            LabelSpec::FixedHorizon { horizon: HORIZON, vol_window: 20, threshold: 0.0, relative: false };
        let forward = label_grid(&panel, &spec).forward_return;
        let span = DateSpan { start: date(FIRST_TEST), end: *panel.dates.last().unwrap_or(&date(END)) };
        Self { panel, benchmark, forward, span, stress }
    }

    /// A grid filled session by session; `fill` gets the row and writes one value a name.
    pub(super) fn grid(&self, mut fill: impl FnMut(usize, &mut [f64])) -> Vec<f64> {
        let width = self.panel.width();
        let mut grid = vec![f64::NAN; self.panel.len() * width];
        for (t, row) in grid.chunks_exact_mut(width).enumerate() {
            fill(t, row);
            for (s, value) in row.iter_mut().enumerate() {
                if !self.panel.has_bar(t, s) {
                    *value = f64::NAN;
                }
            }
        }
        grid
    }

    /// Close-to-close return of a name over the last `length` sessions; `None` without both bars.
    pub(super) fn past_return(&self, t: usize, s: usize, length: usize) -> Option<f64> {
        let from = t.checked_sub(length)?;
        let close = |t: usize| self.panel.close[self.panel.cell(t, s)];
        let change = close(t) / close(from) - 1.0;
        change.is_finite().then_some(change)
    }
}

impl Case {
    /// A weekly top-third book on these scores, one trial, the whole market.
    pub(super) fn new(market: Market, scores: Vec<f64>, variant: Variant) -> Result<Self> {
        let costs = match variant {
            Variant::Costs => CostSchedule::named("nse_delivery")
                .map_err(|e| AppError::bug("the bench's costs").because(e))?
                .with_earliest_rates_before(),
            Variant::Free => CostSchedule::flat_bps(0.0),
        };
        Ok(Self {
            market,
            scores,
            config: book()?,
            costs,
            membership: Membership::WholeMarket,
            trials: TrialFacts { others: Vec::new(), without_returns: 0, declared: 0 },
        })
    }

    pub(super) fn with_trials(self, others: Vec<TrialReturns>) -> Self {
        Self { trials: TrialFacts { others, ..self.trials }, ..self }
    }
}

/// The book of the demo's pipeline, holding four of twelve names with a fifth of the book each: more in one name would
/// break the policy's limit by drift alone, whatever the skill.
fn book() -> Result<BookConfig> {
    let pipeline = Pipeline::parse(include_str!("../../../../pipelines/demo.toml"), "demo.toml")?;
    let selection = Selection::TopFraction { fraction: 1.0 / 3.0, hysteresis: Some(0.5) };
    let sizing =
        Sizing::InverseVolatility { window: 60, target_annual_volatility: None, max_weight: MAX_WEIGHT };
    Ok(BookConfig { selection, sizing, ..pipeline.book })
}
