//! Cost schedules: rates with the date from which each holds.

use proofmark_units::{Date, DateSpan};
use serde::{Deserialize, Serialize};

use super::{CostBreakdown, CostContext, CostKind, Rates, Side};

/// The shipped schedules, by name.
const SHIPPED: [(&str, &str); 2] = [
    ("nse_delivery", include_str!("../../data/nse_delivery.toml")),
    ("nse_intraday", include_str!("../../data/nse_intraday.toml")),
];

/// No rate and no amount of a schedule is larger: the sum of a fill's costs then stays finite.
const COST_MAX: f64 = 1e9;

/// The kinds that a schedule dates; the others are the broker's and the market's.
const DATED: [CostKind; 6] =
    [CostKind::Stt, CostKind::Exchange, CostKind::Sebi, CostKind::Ipft, CostKind::Stamp, CostKind::Tax];

/// One rate and the date from which it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatedRate {
    /// What is charged.
    pub kind: CostKind,
    /// First date on which the rate holds.
    pub from: Date,
    /// Fraction of traded value charged to a buyer (for `tax`: fraction of the fees taxed).
    pub buy: f64,
    /// Fraction charged to a seller.
    pub sell: f64,
    /// Where the rate comes from.
    pub source: String,
    /// The source does not settle the rate or its date.
    #[serde(default)]
    pub assumption: bool,
}

/// What a broker charges.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct BrokerPlan {
    /// Fraction of traded value.
    pub brokerage: f64,
    /// Most an order pays, in the schedule's currency; 0 = no cap.
    pub brokerage_max: f64,
    /// Depository charge per scrip and day with a sale, before tax.
    pub dp_per_sell_day: f64,
}

/// What the market charges beyond the printed price.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct SlippageModel {
    /// Half the bid-ask spread, a fraction of price.
    pub half_spread: f64,
    /// `k` of impact = k sigma sqrt(quantity / adv).
    pub impact_coefficient: f64,
}

/// A schedule of costs: statutory rates by date, a broker's plan, a slippage model.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostSchedule {
    name: String,
    product: String,
    currency: String,
    /// Grouped by kind in the order of `DATED`, ascending by date within a kind.
    rates: Vec<DatedRate>,
    broker: BrokerPlan,
    broker_source: String,
    slippage: SlippageModel,
    slippage_source: String,
    multiplier: f64,
    /// From this date on every cost is multiplied once more.
    reset: Option<(Date, f64)>,
    earliest_before: bool,
}

/// The schedule has no rates for the date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cost schedule `{schedule}` is dated from {first}; it has no rates for {date}")]
pub struct Undated {
    /// The schedule.
    pub schedule: String,
    /// Its first dated day.
    pub first: Date,
    /// The date asked for.
    pub date: Date,
}

/// A cost schedule could not be had.
#[derive(Debug, thiserror::Error)]
pub enum CostError {
    /// No schedule of that name is shipped.
    #[error("there is no cost schedule `{name}`; there are {known}")]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: String,
    },
    /// The text is not a schedule.
    #[error("cost schedule `{name}` cannot be read")]
    Malformed {
        /// The schedule.
        name: String,
        /// What the TOML reader says.
        #[source]
        source: Box<toml::de::Error>,
    },
    /// The text reads as a schedule whose content is wrong.
    #[error("cost schedule `{name}`: {what}")]
    Invalid {
        /// The schedule.
        name: String,
        /// What is wrong.
        what: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleFile {
    name: String,
    product: String,
    currency: String,
    rate: Vec<DatedRate>,
    broker: BrokerFile,
    slippage: SlippageFile,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct BrokerFile {
    brokerage: f64,
    brokerage_max: f64,
    dp_per_sell_day: f64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlippageFile {
    half_spread: f64,
    impact_coefficient: f64,
    source: String,
}

impl CostSchedule {
    /// Names of the shipped schedules.
    pub fn names() -> impl Iterator<Item = &'static str> {
        SHIPPED.iter().map(|(name, _)| *name)
    }

    /// The shipped schedule called `name`.
    ///
    /// # Errors
    /// [`CostError::Unknown`] with the names there are.
    pub fn named(name: &str) -> Result<Self, CostError> {
        match SHIPPED.iter().find(|(known, _)| *known == name) {
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
    /// [`CostError`] if the text is not TOML of that form, a rate is negative or above 1e9, a kind has no rate, or
    /// two rates of a kind start on the same date.
    pub fn from_toml(origin: &str, text: &str) -> Result<Self, CostError> {
        let file: ScheduleFile = toml::from_str(text)
            .map_err(|e| CostError::Malformed { name: origin.to_owned(), source: Box::new(e) })?;
        let invalid = |what: String| CostError::Invalid { name: origin.to_owned(), what };
        let mut rates = file.rate;
        if let Some(rate) = rates.iter().find(|r| !DATED.contains(&r.kind)) {
            return Err(invalid(format!("`{}` is not a dated kind", rate.kind.name())));
        }
        rates.sort_by_key(|r| (r.kind, r.from));
        for pair in rates.windows(2) {
            if (pair[0].kind, pair[0].from) == (pair[1].kind, pair[1].from) {
                return Err(invalid(format!("two `{}` rates from {}", pair[0].kind.name(), pair[0].from)));
            }
        }
        if let Some(kind) = DATED.iter().find(|kind| rates.iter().all(|r| r.kind != **kind)) {
            return Err(invalid(format!("no `{}` rate", kind.name())));
        }
        let broker = BrokerPlan {
            brokerage: file.broker.brokerage,
            brokerage_max: file.broker.brokerage_max,
            dp_per_sell_day: file.broker.dp_per_sell_day,
        };
        let slippage = SlippageModel {
            half_spread: file.slippage.half_spread,
            impact_coefficient: file.slippage.impact_coefficient,
        };
        let numbers = rates.iter().flat_map(|r| [r.buy, r.sell]).chain([
            broker.brokerage,
            broker.brokerage_max,
            broker.dp_per_sell_day,
            slippage.half_spread,
            slippage.impact_coefficient,
        ]);
        for number in numbers {
            if !(0.0..=COST_MAX).contains(&number) {
                return Err(invalid(format!("{number} is not a cost (0 to {COST_MAX})")));
            }
        }
        Ok(Self {
            name: file.name,
            product: file.product,
            currency: file.currency,
            rates,
            broker,
            broker_source: file.broker.source,
            slippage,
            slippage_source: file.slippage.source,
            multiplier: 1.0,
            reset: None,
            earliest_before: false,
        })
    }

    /// `bps` basis points of traded value a side and nothing else, on any date; booked as brokerage.
    pub fn flat_bps(bps: f64) -> Self {
        Self {
            name: format!("flat_{bps}_bps"),
            product: "any".to_owned(),
            currency: "any".to_owned(),
            rates: Vec::new(),
            broker: BrokerPlan { brokerage: bps / 1e4, ..BrokerPlan::default() },
            broker_source: "declared by the caller".to_owned(),
            slippage: SlippageModel::default(),
            slippage_source: "none".to_owned(),
            multiplier: 1.0,
            reset: None,
            earliest_before: false,
        }
    }

    /// This schedule with every cost multiplied by `multiplier` (>= 0), slippage and impact included.
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

    /// What is traded: `delivery`, `intraday`.
    pub fn product(&self) -> &str {
        &self.product
    }

    /// Every dated rate with its source, by kind then date.
    pub fn rates(&self) -> &[DatedRate] {
        &self.rates
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

    /// First date with a rate of every kind; `None` where the schedule has no dates (flat).
    pub fn first_date(&self) -> Option<Date> {
        DATED.iter().filter_map(|kind| self.rates.iter().find(|r| r.kind == *kind)).map(|r| r.from).max()
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
        self.rates.iter().map(|r| r.from).chain(reset).filter(|from| *from > date).min()
    }

    /// The rates in force on `date`.
    ///
    /// # Errors
    /// [`Undated`] before the first date, unless [`Self::with_earliest_rates_before`] was asked for.
    pub fn on(&self, date: Date) -> Result<Rates, Undated> {
        if let Some(first) = self.first_date()
            && date < first
            && !self.earliest_before
        {
            return Err(Undated { schedule: self.name.clone(), first, date });
        }
        let at = |kind: CostKind| {
            let mut found = [0.0; 2];
            let mut earliest = true;
            for rate in self.rates.iter().filter(|r| r.kind == kind) {
                if rate.from <= date || earliest {
                    found = [rate.buy, rate.sell];
                }
                earliest = false;
            }
            found
        };
        Ok(Rates {
            stt: at(CostKind::Stt),
            exchange: at(CostKind::Exchange),
            sebi: at(CostKind::Sebi),
            ipft: at(CostKind::Ipft),
            stamp: at(CostKind::Stamp),
            tax: at(CostKind::Tax),
            broker: self.broker,
            slippage: self.slippage,
            multiplier: match self.reset {
                Some((from, factor)) if date >= from => self.multiplier * factor,
                _ => self.multiplier,
            },
        })
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
}
