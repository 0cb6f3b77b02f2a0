//! The instrument by session: bars, what was known at each close, and the rates of holding it.

use std::sync::Arc;

use proofmark_execution::costs::RateAt;
use proofmark_features::SetProgram;
use proofmark_lake::known::{KnownSeries, Level, Transform};
use proofmark_lake::{CleanOptions, Lake, Observation, Snapshot, SnapshotError, SnapshotRequest};
use proofmark_market::{BarRow, Bars, Calendar, IntradayBar};
use proofmark_training::Timeline;
use proofmark_units::{Date, DateSpan, Digest, Instant, Symbol};

use super::definition::{CarrySpec, ForecastPipeline};
use crate::error::{AppError, Result};
use crate::ingest::is_simulated;
use crate::pipeline::NamedFeatures;
use crate::run::context::{self, Context, with_context};
use crate::run::too_few_rows;

/// The instrument's bars as a snapshot holds them, and those within its sessions.
pub(super) struct Prices {
    lake: Lake,
    calendar: Calendar,
    pub(super) snapshot: Snapshot,
    pub(super) bars: Bars,
    intraday: Vec<IntradayBar>,
    pub(super) intraday_digest: Option<Digest>,
}

impl Prices {
    /// Reads the snapshot of a pipeline's data: by id, else taken now.
    pub(super) fn read(
        root: &std::path::Path,
        pipeline: &ForecastPipeline,
        known: Option<Digest>,
    ) -> Result<Self> {
        let lake = Lake::open(root).map_err(|e| {
            let hint = e.hint();
            AppError::environment("failed to open the lake").hint(hint).because(e)
        })?;
        let calendar = crate::data::calendar(&pipeline.data.calendar)?;
        let snapshot = match known {
            Some(id) => Snapshot::open(&lake, id),
            None => Snapshot::take(&lake, &request(&lake, pipeline)?, &calendar),
        }
        .map_err(refused)?;
        let bars = snapshot.load_bars(&lake, &calendar).map_err(refused)?;
        let bars = bars.into_iter().find(|bars| *bars.symbol() == pipeline.data.symbol);
        let bars = bars.ok_or_else(|| AppError::input("the snapshot holds no bar of the instrument"))?;
        let (intraday, intraday_digest) = intraday(&lake, pipeline, &bars)?;
        Ok(Self { lake, calendar, snapshot, bars, intraday, intraday_digest })
    }

    /// Refuses bars within sessions that are not the recorded ones: no snapshot pins them.
    pub(super) fn expect_intraday(
        &self,
        pipeline: &ForecastPipeline,
        recorded: Option<Digest>,
    ) -> Result<()> {
        if self.intraday_digest == recorded {
            return Ok(());
        }
        let interval = pipeline.data.interval.map_or_else(String::new, |interval| format!("{interval} "));
        Err(AppError::input(format!(
            "the {interval}bars of `{}` within its sessions are not those that the run read",
            pipeline.data.symbol
        ))
        .hint("they were restated or taken out since; `proofmark doctor` looks at every file of the lake"))
    }
}

/// Everything a forecast run computes on.
#[derive(Clone)]
pub(super) struct Series {
    pub(super) snapshot: Snapshot,
    pub(super) calendar: Calendar,
    pub(super) bars: Bars,
    /// Bars that orders meet, where they are shorter than a session; the sessions of `bars` only.
    pub(super) intraday: Vec<IntradayBar>,
    /// Digest of the bars that orders meet, where they are not those of the snapshot.
    pub(super) intraday_digest: Option<Digest>,
    pub(super) named: Arc<NamedFeatures>,
    pub(super) context: Arc<[Context]>,
    /// Inputs by row of `bars`.
    pub(super) inputs: Vec<Vec<f64>>,
    /// Base rate less quote rate, as known at each close.
    pub(super) differential: Vec<RateAt>,
    pub(super) synthetic: bool,
}

impl Series {
    /// Reads the snapshot of a pipeline's data, by id, else taken now, and works out every input.
    pub(super) fn read(
        root: &std::path::Path,
        pipeline: &ForecastPipeline,
        known: Option<Digest>,
    ) -> Result<Self> {
        Self::of(Prices::read(root, pipeline, known)?, pipeline)
    }

    /// Every input on prices that were read.
    pub(super) fn of(prices: Prices, pipeline: &ForecastPipeline) -> Result<Self> {
        let Prices { lake, calendar, snapshot, bars, intraday, intraday_digest } = prices;
        let named = Arc::new(pipeline.named_features()?);
        let context = context::read(&pipeline.observations, &lake, &snapshot, &calendar)?.into();
        let differential = match &pipeline.costs.carry {
            None => Vec::new(),
            Some(carry) => differential(&lake, &snapshot, carry, &bars)?,
        };
        let synthetic = lake
            .files()
            .iter()
            .filter(|file| file.symbol == pipeline.data.symbol)
            .any(|file| file.sources().any(is_simulated));
        let mut series = Self {
            snapshot,
            calendar,
            inputs: Vec::new(),
            bars,
            intraday,
            intraday_digest,
            named,
            context,
            differential,
            synthetic,
        };
        series.inputs = series.inputs_of(&series.bars);
        Ok(series)
    }

    /// The inputs on bars of the instrument, in the order of [`Self::names`].
    pub(super) fn inputs_of(&self, bars: &Bars) -> Vec<Vec<f64>> {
        SetProgram::new(&with_context(&self.named, &self.context)).compute(bars).columns
    }

    /// The same series where every price from `date` on is `factor` times as high, with its inputs; observations and rates stay.
    pub(super) fn scaled_from(&self, date: Date, factor: f64) -> Result<Self> {
        let mut rows: Vec<BarRow> = (0..self.bars.len()).map(|row| self.bars.row(row)).collect();
        for row in rows.iter_mut().filter(|row| row.date >= date) {
            for price in [&mut row.open, &mut row.high, &mut row.low, &mut row.close] {
                *price *= factor;
            }
        }
        let bars = Bars::from_rows(self.bars.symbol().clone(), &rows)
            .map_err(|e| AppError::bug("scaled bars are no bars").because(e))?;
        let mut intraday = self.intraday.clone();
        for bar in intraday.iter_mut().filter(|bar| bar.session >= date) {
            for price in [&mut bar.open, &mut bar.high, &mut bar.low, &mut bar.close] {
                *price *= factor;
            }
        }
        let inputs = self.inputs_of(&bars);
        Ok(Self { bars, intraday, inputs, ..self.clone() })
    }

    /// The inputs where everything observed from `from` on was another number.
    pub(super) fn inputs_of_other_context(&self, bars: &Bars, from: Date) -> Result<Vec<Vec<f64>>> {
        let context: Vec<Context> =
            self.context.iter().map(|column| column.with_other_future(from)).collect::<Result<_>>()?;
        Ok(SetProgram::new(&with_context(&self.named, &context)).compute(bars).columns)
    }

    /// Refuses data of which fewer than `least` rows have every input: no model could be fitted.
    pub(super) fn expect_rows(&self, least: usize) -> Result<()> {
        let timeline = self.timeline();
        let rows = (0..timeline.len()).filter(|row| timeline.is_complete(*row)).count();
        if rows >= least {
            return Ok(());
        }
        let count = |column: &Vec<f64>| column.iter().filter(|value| value.is_finite()).count();
        let known: Vec<usize> = self.inputs.iter().map(count).collect();
        let features = with_context(&self.named, &self.context);
        Err(too_few_rows(&features, &known, std::slice::from_ref(&self.bars), rows, least))
    }

    pub(super) fn names(&self) -> Vec<String> {
        with_context(&self.named, &self.context).iter().map(|f| f.name().to_owned()).collect()
    }

    pub(super) fn timeline(&self) -> Timeline<'_> {
        Timeline { inputs: &self.inputs, open: self.bars.open(), close: self.bars.close() }
    }

    /// Log returns from close to close that were known at the close of `row`, oldest first.
    pub(super) fn log_returns(&self, row: usize) -> Vec<f64> {
        self.bars.close()[..=row].windows(2).map(|pair| (pair[1] / pair[0]).ln()).collect()
    }

    pub(super) fn dates(&self) -> &[Date] {
        self.bars.dates()
    }
}

fn refused(error: SnapshotError) -> AppError {
    let hint = error.hint();
    AppError::input("failed to take the data snapshot").hint(hint).because(error)
}

fn request(lake: &Lake, pipeline: &ForecastPipeline) -> Result<SnapshotRequest> {
    let data = &pipeline.data;
    let Some(held) = lake.span(&data.symbol) else {
        return Err(AppError::input(format!("the lake has no bars of `{}` by session", data.symbol))
            .hint("`proofmark ingest parquet FILE --to-daily --zone ZONE` makes them of shorter ones"));
    };
    let end = data.end.unwrap_or(held.end);
    let span = DateSpan::new(data.start, end)
        .ok_or_else(|| AppError::input(format!("the range {} to {end} is empty", data.start)))?;
    let mut versions = context::wanted(lake, &pipeline.observations, std::slice::from_ref(&data.symbol))?;
    if let Some(carry) = &pipeline.costs.carry {
        for series in [&carry.base, &carry.quote] {
            if !lake.series().contains(series) {
                return Err(AppError::input(format!(
                    "the lake has no observation series `{series}` for carry"
                ))
                .hint("`proofmark data sources` lists what can be brought in"));
            }
            versions.push(series.clone());
        }
    }
    Ok(SnapshotRequest {
        symbols: vec![data.symbol.clone()],
        span,
        as_of: None,
        benchmark: None,
        observations: Vec::new(),
        observation_versions: versions,
        cleaning: CleanOptions { set_aside_before_breaks: false, ..CleanOptions::default() },
    })
}

/// Bars of valid prices within the sessions that have one, and their digest.
fn intraday(
    lake: &Lake,
    pipeline: &ForecastPipeline,
    bars: &Bars,
) -> Result<(Vec<IntradayBar>, Option<Digest>)> {
    let Some(interval) = pipeline.data.interval else { return Ok((Vec::new(), None)) };
    let (Some(first), Some(last)) = (bars.dates().first(), bars.dates().last()) else {
        return Ok((Vec::new(), None));
    };
    let span = DateSpan { start: *first, end: *last };
    let mut rows = lake.read_intraday(interval, &pipeline.data.symbol, span, None).map_err(|e| {
        let hint = e.hint();
        AppError::input(format!("failed to read the {interval} bars of `{}`", pipeline.data.symbol))
            .hint(hint)
            .because(e)
    })?;
    rows.retain(|row| bars.dates().binary_search(&row.session).is_ok());
    rows.dedup_by_key(|row| row.start);
    let numbers: Vec<f64> = rows
        .iter()
        .flat_map(|row| [row.start.nanos() as f64, row.open, row.high, row.low, row.close])
        .collect();
    Ok((rows, Some(Digest::of_f64s(&numbers))))
}

fn differential(lake: &Lake, snapshot: &Snapshot, carry: &CarrySpec, bars: &Bars) -> Result<Vec<RateAt>> {
    let closes: &[Instant] = bars.known_ats();
    let rates = |series: &Symbol| -> Result<Vec<f64>> {
        let facts: Vec<Observation> = snapshot.load_observation_versions(lake, series).map_err(refused)?;
        let known = KnownSeries::new(closes, &facts, carry.max_age_days)
            .map_err(|e| AppError::bug("closes cannot be joined with a rate").because(e))?;
        Ok(Transform::Level(Level {}).cells(&known).into_iter().map(|cell| cell.or_nan()).collect())
    };
    let (base, quote) = (rates(&carry.base)?, rates(&carry.quote)?);
    let pairs = closes.iter().zip(base.iter().zip(&quote));
    Ok(pairs
        .filter(|(_, (base, quote))| base.is_finite() && quote.is_finite())
        .map(|(at, (base, quote))| RateAt { at: *at, rate: base - carry.base_above - quote })
        .collect())
}
