//! Skill planted into real returns: the same scores and book on bars that happened.

use proofmark_market::Bars;
use proofmark_units::{DateSpan, Seed};
use proofmark_validation::historical_periods;
use rand::seq::SliceRandom as _;

use super::world::{END, FIRST_TEST, Market, NAMES, START, date};
use crate::error::{AppError, Result};
use crate::pipeline::Pipeline;
use crate::run::prepare;
use crate::workspace::Workspace;

/// Bars of a workspace before its seal.
#[derive(Debug)]
pub(super) struct RealPanel {
    bars: Vec<Bars>,
    benchmark: Bars,
    stress: Vec<(String, DateSpan)>,
}

/// The length of the simulated worlds, so that strengths compare.
fn until_end(bars: &Bars) -> Bars {
    bars.slice(0..bars.dates().partition_point(|d| *d <= date(END)))
}

impl RealPanel {
    /// The snapshot a pipeline would take, without its sealed span.
    pub(super) fn load(workspace: &Workspace, pipeline: &Pipeline) -> Result<Self> {
        let data = prepare(&workspace.lake(), pipeline, None)?;
        let covers =
            |bars: &Bars| bars.dates().first().is_some_and(|first| first.plus_months(-1) <= date(START));
        let bars: Vec<Bars> = data.bars.iter().filter(|b| covers(b)).map(until_end).collect();
        if bars.len() < NAMES {
            return Err(AppError::input(format!(
                "{} names have bars from {START} on; a world needs {NAMES}",
                bars.len()
            ))
            .hint("bring a longer history"));
        }
        let benchmark = data
            .benchmark
            .ok_or_else(|| AppError::input("the pipeline names no benchmark").hint("set `data.benchmark`"))?;
        let market = pipeline.stress.market.as_deref();
        let stress = market
            .map(historical_periods)
            .unwrap_or_default()
            .into_iter()
            .filter(|p| p.start >= date(FIRST_TEST) && p.end <= date(END))
            .map(|p| (p.id, DateSpan { start: p.start, end: p.end }))
            .collect();
        Ok(Self { bars, benchmark: until_end(&benchmark), stress })
    }

    /// The market of a seed: some of the names, over the whole time.
    pub(super) fn market(&self, seed: &Seed) -> Market {
        let mut order: Vec<usize> = (0..self.bars.len()).collect();
        order.shuffle(&mut seed.rng());
        order.truncate(NAMES);
        order.sort_unstable();
        let bars: Vec<Bars> = order.into_iter().map(|k| self.bars[k].clone()).collect();
        Market::new(&bars, self.benchmark.clone(), self.stress.clone())
    }
}
