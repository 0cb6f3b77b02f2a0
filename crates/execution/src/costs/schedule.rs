//! Cost schedules: rates with the date from which each holds.

use proofmark_units::{Date, DateSpan, Instant};
use serde::Serialize;

use super::rates::PerUnit;
use super::tiers::fee_at;
use super::{
    BrokerPlan, CostBreakdown, CostContext, CostError, CostKind, DatedRate, ExerciseBasis, ExerciseError,
    ExerciseRate, Held, Holding, HoldingCost, HoldingError, HoldingRates, NamedPlan, PerUnitRate, Rates,
    Side, SlippageModel, TierRule, TierTable, Undated, file, shipped,
};

/// A schedule of costs: statutory rates by date, a broker's plan, a slippage model, charges for holding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostSchedule {
    name: String,
    product: String,
    currency: String,
    /// By kind, then date; so are the tables below.
    pub(super) rates: Vec<DatedRate>,
    pub(super) per_unit: Vec<PerUnitRate>,
    pub(super) exercise: Vec<ExerciseRate>,
    pub(super) tiers: Vec<TierTable>,
    tier_rule: TierRule,
    pub(super) broker: BrokerPlan,
    pub(super) broker_source: String,
    pub(super) plans: Vec<NamedPlan>,
    pub(super) slippage: SlippageModel,
    pub(super) slippage_source: String,
    pub(super) holding: Option<Holding>,
    multiplier: f64,
    /// From this date on every cost is multiplied once more.
    reset: Option<(Date, f64)>,
    earliest_before: bool,
}

impl CostSchedule {
    /// Names of the shipped schedules.
    pub fn names() -> impl Iterator<Item = &'static str> {
        shipped::SHIPPED.iter().map(|(name, _)| *name)
    }

    /// The shipped schedule called `name`.
    ///
    /// # Errors
    /// [`CostError::Unknown`] with the names there are.
    pub fn named(name: &str) -> Result<Self, CostError> {
        match shipped::SHIPPED.iter().find(|(known, _)| *known == name) {
            Some((_, text)) => Self::from_toml(name, text),
            None => Err(CostError::Unknown {
                name: name.to_owned(),
                known: Self::names().collect::<Vec<_>>().join(", "),
            }),
        }
    }

    /// A schedule from TOML in the format of `data/nse_delivery.toml`; `origin` names it in errors.
    ///
    /// # Errors
    /// [`CostError`] if the text is not TOML of that form; a number is negative or not finite; a row has no source or
    /// starts where another of its kind does; what `charges` names has no rate, or a rate is not named there.
    pub fn from_toml(origin: &str, text: &str) -> Result<Self, CostError> {
        file::read(origin, text)
    }

    /// A schedule that charges nothing, on any date.
    pub(super) fn bare(name: String, product: String, currency: String) -> Self {
        Self {
            name,
            product,
            currency,
            rates: Vec::new(),
            per_unit: Vec::new(),
            exercise: Vec::new(),
            tiers: Vec::new(),
            tier_rule: TierRule::default(),
            broker: BrokerPlan::default(),
            broker_source: "none".to_owned(),
            plans: Vec::new(),
            slippage: SlippageModel::default(),
            slippage_source: "none".to_owned(),
            holding: None,
            multiplier: 1.0,
            reset: None,
            earliest_before: false,
        }
    }

    /// `bps` basis points of traded value a side and nothing else, on any date; booked as brokerage.
    pub fn flat_bps(bps: f64) -> Self {
        let mut flat = Self::bare(format!("flat_{bps}_bps"), "any".to_owned(), "any".to_owned());
        flat.broker.brokerage = bps / 1e4;
        flat.broker_source = "declared by the caller".to_owned();
        flat
    }

    /// This schedule with every cost of a fill multiplied by `multiplier` (>= 0), slippage and impact included. What
    /// holding costs stays: it may be income.
    #[must_use]
    pub fn scaled(&self, multiplier: f64) -> Self {
        Self { multiplier: self.multiplier * multiplier, ..self.clone() }
    }

    /// This schedule with every cost multiplied by `multiplier` (>= 0) from `from` on: a fee reset nobody announced.
    /// Asked twice, the later call holds.
    #[must_use]
    pub fn scaled_from(&self, from: Date, multiplier: f64) -> Self {
        Self { reset: Some((from, multiplier)), ..self.clone() }
    }

    /// This schedule with another broker's plan.
    #[must_use]
    pub fn with_broker(&self, broker: BrokerPlan) -> Self {
        Self { broker, broker_source: "declared by the caller".to_owned(), ..self.clone() }
    }

    /// This schedule with the broker's plan that it calls `name`.
    ///
    /// # Errors
    /// [`CostError::UnknownPlan`] with the names there are.
    pub fn with_plan(&self, name: &str) -> Result<Self, CostError> {
        match self.plans.iter().find(|plan| plan.name == name) {
            Some(plan) => Ok(Self { broker: plan.plan, broker_source: plan.source.clone(), ..self.clone() }),
            None => Err(CostError::UnknownPlan {
                schedule: self.name.clone(),
                name: name.to_owned(),
                known: match self.plans.len() {
                    0 => "none beside its own".to_owned(),
                    _ => self.plans.iter().map(|plan| plan.name.as_str()).collect::<Vec<_>>().join(", "),
                },
            }),
        }
    }

    /// This schedule with fees between two tiers by `rule`.
    #[must_use]
    pub fn with_tier_rule(&self, rule: TierRule) -> Self {
        Self { tier_rule: rule, ..self.clone() }
    }

    /// This schedule with another slippage model.
    #[must_use]
    pub fn with_slippage(&self, slippage: SlippageModel) -> Self {
        Self { slippage, slippage_source: "declared by the caller".to_owned(), ..self.clone() }
    }

    /// This schedule charging its earliest rates before its first date. [`Self::covers`] still says those are undated.
    #[must_use]
    pub fn with_earliest_rates_before(&self) -> Self {
        Self { earliest_before: true, ..self.clone() }
    }

    /// The schedule's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Currency of its amounts.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// What is traded: `delivery`, `intraday`, `futures`, `options`, `equity`, `spot`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Every dated rate with its source, by kind then date.
    pub fn rates(&self) -> &[DatedRate] {
        &self.rates
    }

    /// Every charge per unit, by kind then date.
    pub fn per_unit(&self) -> &[PerUnitRate] {
        &self.per_unit
    }

    /// Every rate of exercising an option, by date.
    pub fn exercise_rates(&self) -> &[ExerciseRate] {
        &self.exercise
    }

    /// Every table of tiers, by date.
    pub fn tiers(&self) -> &[TierTable] {
        &self.tiers
    }

    /// What holds between two tiers.
    pub const fn tier_rule(&self) -> TierRule {
        self.tier_rule
    }

    /// Broker's plans beside the schedule's own.
    pub fn plans(&self) -> &[NamedPlan] {
        &self.plans
    }

    /// What holding is charged, if anything.
    pub const fn holding(&self) -> Option<&Holding> {
        self.holding.as_ref()
    }

    /// The broker's plan and its source.
    pub fn broker(&self) -> (BrokerPlan, &str) {
        (self.broker, &self.broker_source)
    }

    /// The slippage model and its source.
    pub fn slippage(&self) -> (SlippageModel, &str) {
        (self.slippage, &self.slippage_source)
    }

    /// What every cost is multiplied by.
    pub const fn multiplier(&self) -> f64 {
        self.multiplier
    }

    /// Every row that a fill may be charged by: its kind and first date. Tiers are rows of `exchange`.
    fn rows(&self) -> impl Iterator<Item = (CostKind, Date)> {
        let of_value = self.rates.iter().map(|r| (r.kind, r.from));
        let per_unit = self.per_unit.iter().map(|r| (r.kind, r.from));
        of_value.chain(per_unit).chain(self.tiers.iter().map(|t| (CostKind::Exchange, t.from)))
    }

    /// First date with a rate of every kind; `None` where the schedule has no dates (flat).
    pub fn first_date(&self) -> Option<Date> {
        let first = |kind| self.rows().filter(|(of, _)| *of == kind).map(|(_, from)| from).min();
        CostKind::ALL.into_iter().filter_map(first).max()
    }

    /// Whether `date` has a dated rate of every kind.
    pub fn covers(&self, date: Date) -> bool {
        self.first_date().is_none_or(|first| first <= date)
    }

    /// Share of the calendar days of `span` that are dated, 0 to 1.
    pub fn dated_share(&self, span: DateSpan) -> f64 {
        let Some(first) = self.first_date() else { return 1.0 };
        let days = f64::from(span.end.days() - span.start.days() + 1);
        let dated = f64::from((span.end.days() - first.max(span.start).days() + 1).max(0));
        dated / days
    }

    /// The first date after `date` on which a rate changes; `None` if the last rates are in force.
    pub fn next_change(&self, date: Date) -> Option<Date> {
        let reset = self.reset.map(|(from, _)| from);
        self.rows().map(|(_, from)| from).chain(reset).filter(|from| *from > date).min()
    }

    /// The rates in force on `date`.
    ///
    /// # Errors
    /// [`Undated`] before the first date, unless [`Self::with_earliest_rates_before`] was asked for.
    pub fn on(&self, date: Date) -> Result<Rates, Undated> {
        self.dated(date)?;
        let at = |kind: CostKind| {
            let row = in_force(self.rates.iter().filter(|r| r.kind == kind), |r| r.from, date);
            row.map_or([0.0; 2], |rate| [rate.buy, rate.sell])
        };
        let taf = in_force(self.per_unit.iter().filter(|r| r.kind == CostKind::Taf), |r| r.from, date);
        let lowest = self.tiers_on(date).map(|place| fee_at(&self.tiers[place].levels, self.tier_rule, 0.0));
        Ok(Rates {
            stt: at(CostKind::Stt),
            exchange: at(CostKind::Exchange),
            sebi: at(CostKind::Sebi),
            ipft: at(CostKind::Ipft),
            stamp: at(CostKind::Stamp),
            tax: at(CostKind::Tax),
            sec: at(CostKind::Sec),
            taf: taf.map_or(PerUnit::default(), |row| PerUnit {
                charge: [row.buy, row.sell],
                max: row.max.unwrap_or(f64::INFINITY),
            }),
            venue: lowest.unwrap_or_default(),
            broker: self.broker,
            slippage: self.slippage,
            multiplier: self.multiplier_on(date),
        })
    }

    fn dated(&self, date: Date) -> Result<(), Undated> {
        match self.first_date() {
            Some(first) if date < first && !self.earliest_before => {
                Err(Undated { schedule: self.name.clone(), first, date })
            }
            _ => Ok(()),
        }
    }

    fn multiplier_on(&self, date: Date) -> f64 {
        match self.reset {
            Some((from, factor)) if date >= from => self.multiplier * factor,
            _ => self.multiplier,
        }
    }

    /// Place of the tiers in force on `date`; the earliest ones before their first date.
    pub(super) fn tiers_on(&self, date: Date) -> Option<usize> {
        let begun = self.tiers.partition_point(|table| table.from <= date);
        (!self.tiers.is_empty()).then(|| begun.max(1) - 1)
    }

    /// The cost of one fill; see [`Rates::cost`].
    ///
    /// # Errors
    /// As [`Self::on`].
    pub fn cost(
        &self,
        date: Date,
        side: Side,
        quantity: f64,
        price: f64,
        context: CostContext,
    ) -> Result<CostBreakdown, Undated> {
        Ok(self.on(date)?.cost(side, quantity, price, context))
    }

    /// What exercising `quantity` units of options at expiry costs their holder: transaction tax on the basis that holds
    /// on `date`. `settlement` and `strike` are prices of the underlying; the option is in the money.
    ///
    /// Options on shares are settled by delivery, which costs what `nse_delivery` says beside it.
    ///
    /// # Errors
    /// [`ExerciseError`] where the schedule is not one of options, or has no rate for the date.
    pub fn exercise_cost(
        &self,
        date: Date,
        quantity: f64,
        multiplier: f64,
        settlement: f64,
        strike: f64,
    ) -> Result<CostBreakdown, ExerciseError> {
        let Some(first) = self.exercise.first() else {
            return Err(ExerciseError::NotOptions { schedule: self.name.clone() });
        };
        if date < first.from && !self.earliest_before {
            return Err(Undated { schedule: self.name.clone(), first: first.from, date }.into());
        }
        let row = in_force(self.exercise.iter(), |r| r.from, date).unwrap_or(first);
        let basis = match row.basis {
            ExerciseBasis::Settlement => settlement,
            ExerciseBasis::Intrinsic => (settlement - strike).abs(),
        };
        let stt = quantity * multiplier * basis * row.rate;
        Ok(CostBreakdown { stt: stt * self.multiplier_on(date), ..CostBreakdown::default() })
    }

    /// What `held` costs by being held after `from` and up to `to`: every roll and funding payment in between, at the
    /// mark given. Nothing where the schedule charges no holding.
    ///
    /// # Errors
    /// [`HoldingError`] where a rate that is charged is not known: it is never taken for 0.
    pub fn accrue(
        &self,
        held: Held,
        from: Instant,
        to: Instant,
        rates: &HoldingRates<'_>,
    ) -> Result<HoldingCost, HoldingError> {
        match &self.holding {
            Some(holding) => holding.accrue(&self.name, self.earliest_before, held, (from, to), rates),
            None => Ok(HoldingCost::default()),
        }
    }
}

/// The last of `rows`, which ascend, that starts no later than `date`; the first where all start later.
fn in_force<'a, R>(
    rows: impl Iterator<Item = &'a R>,
    from: impl Fn(&R) -> Date,
    date: Date,
) -> Option<&'a R> {
    let mut rows = rows;
    let mut found = rows.next()?;
    for row in rows {
        if from(row) <= date {
            found = row;
        }
    }
    Some(found)
}
