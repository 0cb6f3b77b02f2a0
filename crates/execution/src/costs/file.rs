//! The TOML form of a schedule and its checks. Unknown keys are errors; an error names the row it is about.

use proofmark_units::Date;
use serde::Deserialize;

use super::{
    AnnualRate, BrokerPlan, CostError, CostKind, CostSchedule, DatedRate, ExerciseRate, Holding, HoldingKind,
    NamedPlan, PerUnitRate, Roll, SlippageModel, TierTable,
};

/// The kinds that are fractions of traded value, or of fees, and dated.
const OF_VALUE: [CostKind; 7] = [
    CostKind::Stt,
    CostKind::Exchange,
    CostKind::Sebi,
    CostKind::Ipft,
    CostKind::Stamp,
    CostKind::Tax,
    CostKind::Sec,
];

/// The kinds that are charged per unit and dated.
const PER_UNIT: [CostKind; 1] = [CostKind::Taf];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScheduleFile {
    name: String,
    product: String,
    currency: String,
    charges: Vec<CostKind>,
    #[serde(default)]
    rate: Vec<DatedRate>,
    #[serde(default)]
    per_unit: Vec<PerUnitRate>,
    #[serde(default)]
    exercise: Vec<ExerciseRate>,
    #[serde(default)]
    tiers: Vec<TierTable>,
    broker: PlanFile,
    #[serde(default)]
    plan: Vec<PlanFile>,
    slippage: SlippageFile,
    holding: Option<HoldingFile>,
    #[serde(default)]
    annual: Vec<AnnualRate>,
}

/// `[broker]`, or one of `[[plan]]`, which have names.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanFile {
    #[serde(default)]
    name: String,
    brokerage: f64,
    brokerage_max: f64,
    dp_per_sell_day: f64,
    #[serde(default)]
    brokerage_per_unit: f64,
    #[serde(default)]
    brokerage_min: f64,
    #[serde(default)]
    brokerage_max_fraction: f64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SlippageFile {
    half_spread: f64,
    impact_coefficient: f64,
    #[serde(default)]
    half_spread_price: f64,
    #[serde(default)]
    permanent_coefficient: f64,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HoldingFile {
    charges: Vec<HoldingKind>,
    roll: Option<RollFile>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RollFile {
    zone: String,
    time: String,
    days: [u8; 7],
    year_days: f64,
}

/// No rate and no amount of a schedule is larger: the sum of a fill's costs then stays finite.
pub(super) const COST_MAX: f64 = 1e9;

/// The first number that is not finite or below 0.
pub(super) fn not_a_cost(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    numbers.into_iter().find(|x| !(0.0..=COST_MAX).contains(x))
}

/// Checks the rows of one table, numbered as in the file: `Err` names the first that has no source, that starts where
/// another of its kind does, or that `fault` finds fault with.
fn check_rows<R>(
    table: &str,
    rows: &[R],
    describe: impl Fn(&R) -> (&'static str, Date, &str),
    fault: impl Fn(&R) -> Option<String>,
) -> Result<(), String> {
    for (i, row) in rows.iter().enumerate() {
        let (kind, from, source) = describe(row);
        let twin = rows[..i].iter().any(|other| {
            let (other_kind, other_from, _) = describe(other);
            (other_kind, other_from) == (kind, from)
        });
        let what = if twin {
            Some("starts where another row of its kind does".to_owned())
        } else if source.trim().is_empty() {
            Some("names no source".to_owned())
        } else {
            fault(row)
        };
        if let Some(what) = what {
            return Err(format!("row {} of `{table}` (`{kind}` from {from}): {what}", i + 1));
        }
    }
    Ok(())
}

fn costs(numbers: impl IntoIterator<Item = f64>) -> Option<String> {
    not_a_cost(numbers).map(|x| format!("{x} is not a cost (0 to {COST_MAX})"))
}

impl ScheduleFile {
    /// What is wrong with the content, if anything.
    fn check(&self) -> Result<(), String> {
        check_rows(
            "rate",
            &self.rate,
            |row| (row.kind.name(), row.from, row.source.as_str()),
            |row| {
                let dated = OF_VALUE.contains(&row.kind);
                if dated { costs([row.buy, row.sell]) } else { Some("is not a dated kind".to_owned()) }
            },
        )?;
        check_rows(
            "per_unit",
            &self.per_unit,
            |row| (row.kind.name(), row.from, row.source.as_str()),
            |row| {
                let dated = PER_UNIT.contains(&row.kind);
                let numbers = [row.buy, row.sell, row.max.unwrap_or(0.0)];
                if dated { costs(numbers) } else { Some("is not charged per unit".to_owned()) }
            },
        )?;
        check_rows(
            "exercise",
            &self.exercise,
            |row| ("stt", row.from, row.source.as_str()),
            |row| costs([row.rate]),
        )?;
        check_rows(
            "tiers",
            &self.tiers,
            |row| ("exchange", row.from, row.source.as_str()),
            TierTable::fault,
        )?;
        check_rows(
            "annual",
            &self.annual,
            |row| (row.kind.name(), row.from, row.source.as_str()),
            |row| costs([row.rate]),
        )?;
        self.check_charges()?;
        self.check_holding()?;
        for (i, plan) in self.plan.iter().enumerate() {
            if plan.name.is_empty() {
                return Err(format!("row {} of `plan` has no name", i + 1));
            }
            if self.plan[..i].iter().any(|other| other.name == plan.name) {
                return Err(format!("two plans are called `{}`", plan.name));
            }
            if let Some(what) = costs(plan.plan().numbers()) {
                return Err(format!("plan `{}`: {what}", plan.name));
            }
        }
        if let Some(what) = costs(self.broker.plan().numbers()) {
            return Err(format!("`broker`: {what}"));
        }
        costs(self.slippage.model().numbers()).map_or(Ok(()), |what| Err(format!("`slippage`: {what}")))
    }

    /// A kind that is said to be charged has a rate, and the other way round.
    fn check_charges(&self) -> Result<(), String> {
        let rated = |kind: CostKind| {
            self.rate.iter().any(|row| row.kind == kind)
                || self.per_unit.iter().any(|row| row.kind == kind)
                || (kind == CostKind::Exchange && !self.tiers.is_empty())
        };
        for kind in CostKind::ALL {
            match (self.charges.contains(&kind), rated(kind)) {
                (true, false) => return Err(format!("no `{}` rate, which `charges` names", kind.name())),
                (false, true) => {
                    return Err(format!("a `{}` rate that `charges` does not name", kind.name()));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn check_holding(&self) -> Result<(), String> {
        let charges = self.holding.as_ref().map_or(&[][..], |holding| &holding.charges);
        for kind in HoldingKind::ALL {
            // Funding is paid by events, not by the year.
            let needs = charges.contains(&kind) && kind != HoldingKind::Funding;
            match (needs, self.annual.iter().any(|row| row.kind == kind)) {
                (true, false) => return Err(format!("no annual `{}` rate", kind.name())),
                (false, true) => {
                    return Err(format!("an annual `{}` rate that nothing charges", kind.name()));
                }
                _ => {}
            }
            if needs && self.holding.as_ref().is_none_or(|holding| holding.roll.is_none()) {
                return Err(format!("`holding` charges `{}` and has no roll", kind.name()));
            }
        }
        Ok(())
    }
}

impl PlanFile {
    const fn plan(&self) -> BrokerPlan {
        BrokerPlan {
            brokerage: self.brokerage,
            brokerage_max: self.brokerage_max,
            dp_per_sell_day: self.dp_per_sell_day,
            brokerage_per_unit: self.brokerage_per_unit,
            brokerage_min: self.brokerage_min,
            brokerage_max_fraction: self.brokerage_max_fraction,
        }
    }
}

impl SlippageFile {
    const fn model(&self) -> SlippageModel {
        SlippageModel {
            half_spread: self.half_spread,
            impact_coefficient: self.impact_coefficient,
            half_spread_price: self.half_spread_price,
            permanent_coefficient: self.permanent_coefficient,
        }
    }
}

pub(super) fn read(origin: &str, text: &str) -> Result<CostSchedule, CostError> {
    let file: ScheduleFile = toml::from_str(text)
        .map_err(|e| CostError::Malformed { name: origin.to_owned(), source: Box::new(e) })?;
    let invalid = |what: String| CostError::Invalid { name: origin.to_owned(), what };
    file.check().map_err(invalid)?;
    let (broker, slippage) = (file.broker.plan(), file.slippage.model());
    let mut schedule = CostSchedule::bare(file.name, file.product, file.currency);
    schedule.rates = sorted(file.rate, |row| (row.kind, row.from));
    schedule.per_unit = sorted(file.per_unit, |row| (row.kind, row.from));
    schedule.exercise = sorted(file.exercise, |row| row.from);
    schedule.tiers = sorted(file.tiers, |row| row.from);
    schedule.plans = file
        .plan
        .into_iter()
        .map(|plan| NamedPlan { plan: plan.plan(), name: plan.name, source: plan.source })
        .collect();
    (schedule.broker, schedule.broker_source) = (broker, file.broker.source);
    (schedule.slippage, schedule.slippage_source) = (slippage, file.slippage.source);
    if let Some(holding) = file.holding {
        let roll = holding.roll.map(|roll| Roll::new(&roll.zone, &roll.time, roll.days, roll.year_days));
        schedule.holding = Some(Holding {
            charges: holding.charges,
            roll: roll.transpose().map_err(|what| invalid(format!("`holding.roll`: {what}")))?,
            source: holding.source,
            annual: sorted(file.annual, |row| (row.kind, row.from)),
        });
    }
    Ok(schedule)
}

fn sorted<R, K: Ord>(mut rows: Vec<R>, key: impl Fn(&R) -> K) -> Vec<R> {
    rows.sort_by_key(key);
    rows
}
