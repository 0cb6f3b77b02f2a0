//! The limits of a book, read from strict TOML.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a broken limit does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Recorded, nothing is changed.
    Observe,
    /// The names of the limit are cut by one factor until it holds.
    #[default]
    Clip,
    /// All additions of the limit's names are refused; what is kept is left alone, even where it breaks the
    /// limit.
    Reject,
    /// All additions of the book are refused, and the outcome names the rule so that the caller can stop
    /// trading.
    Halt,
}

/// All limits. An absent table is not enforced; an unknown key is refused. Fractions are fractions (0.02 = 2
/// %).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Limits {
    /// Oldest data on which a position may be added to.
    pub stale_data: Option<StaleData>,
    /// Least quality of a forecast on which a position may be added to.
    pub low_confidence: Option<LowConfidence>,
    /// Gross exposure by current drawdown.
    pub drawdown: Option<DrawdownLadder>,
    /// Weight of one name, either sign.
    pub name: Option<ByName>,
    /// Sum of `|weight|` within a sector.
    pub sector: Option<BySector>,
    /// `|sum of loading x weight|` of a factor.
    pub factor: Option<FactorCaps>,
    /// Herfindahl index of the weights.
    pub concentration: Option<Concentration>,
    /// Sum of `|weight|`.
    pub gross: Option<Cap>,
    /// `|sum of weights|`.
    pub net: Option<Cap>,
    /// Sum of `|weight| x exposure per value`: the economic exposure of funds and derivatives.
    pub leverage: Option<Cap>,
    /// Loss per period that is exceeded with probability 1 - confidence, as a fraction of equity.
    pub value_at_risk: Option<TailCap>,
    /// Mean loss per period beyond the value at risk, as a fraction of equity.
    pub expected_shortfall: Option<TailCap>,
    /// Traded value of a name over its average daily traded value.
    pub adv: Option<Participation>,
    /// Sum of `|trade|` in a period, both sides, over equity: a book turned from +1 to -1 in one name has
    /// turned over 2.
    pub turnover: Option<Cap>,
}

/// One number for the whole book.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cap {
    /// Largest value, a fraction of equity.
    pub max: f64,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// A weight for each name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ByName {
    /// Largest `|weight|` of a name.
    pub max: f64,
    /// Names with a limit of their own.
    #[serde(default)]
    pub overrides: BTreeMap<String, f64>,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// A gross exposure for each sector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BySector {
    /// Largest sum of `|weight|` in a sector.
    pub max: f64,
    /// Sectors with a limit of their own.
    #[serde(default)]
    pub overrides: BTreeMap<String, f64>,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// An exposure for each factor named.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FactorCaps {
    /// Largest `|exposure|` by factor, in the unit of its loadings.
    pub max: BTreeMap<String, f64>,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// Herfindahl index of the weights on equity, `sum of weight^2`.
///
/// Cash counts as perfectly spread, so that closing one position never makes the others too concentrated. For
/// a fully invested long book this is the usual index, and `1 / max` the least effective number of names.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Concentration {
    /// Largest index.
    pub max_herfindahl: f64,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// How the distribution of the next period's return is forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Normal with mean 0 and the covariance of the state.
    Normal,
    /// The state's past returns of the names at the weights of today.
    Historical,
}

/// A loss of the next period.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TailCap {
    /// Largest loss, positive, a fraction of equity.
    pub max: f64,
    /// Probability that the loss stays below the value at risk, such as 0.99.
    pub confidence: f64,
    /// Where the distribution comes from.
    pub method: Method,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// Share of a day's volume.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Participation {
    /// Largest traded value over average daily traded value.
    pub max_participation: f64,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// How old data may be.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StaleData {
    /// Largest age in seconds; an unknown age is too old.
    pub max_age_seconds: f64,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// How good a forecast has to be; a quality that is asked for and unknown is too low.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LowConfidence {
    /// Largest width of the forecast interval, a fraction of price.
    pub max_interval_width: Option<f64>,
    /// Largest vacuity (share of belief that no evidence backs), 0 to 1.
    pub max_vacuity: Option<f64>,
    /// The model must have passed its calibration check.
    #[serde(default)]
    pub require_calibrated: bool,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// Largest gross exposure by drawdown: `full_gross` times the scale of the deepest step reached.
///
/// A cap rather than a multiplier of the proposal, since a multiplier would halve again whatever is checked
/// twice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawdownLadder {
    /// Gross exposure of the undiminished book.
    pub full_gross: f64,
    /// Steps with rising drawdown and falling scale, such as 0.05 -> 0.5 and 0.10 -> 0.
    pub steps: Vec<DrawdownStep>,
    /// What a breach does.
    #[serde(default)]
    pub mode: Mode,
}

/// One step of a ladder.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DrawdownStep {
    /// Drawdown from the high-water mark at which the step begins, a positive fraction.
    pub drawdown: f64,
    /// Share of the full gross exposure that is left.
    pub scale: f64,
}

impl DrawdownLadder {
    /// The scale at a drawdown (positive fraction): 1 above the first step.
    pub fn scale(&self, drawdown: f64) -> f64 {
        self.steps.iter().rev().find(|step| drawdown >= step.drawdown).map_or(1.0, |step| step.scale)
    }
}

/// A limits file could not be used.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LimitConfigError {
    /// Not TOML, an unknown key, a missing key or a wrong type.
    #[error("limits could not be read: {0}")]
    Toml(String),
    /// A setting is out of its range.
    #[error("limit `{setting}` is {value}; it must be {rule}")]
    Setting {
        /// Table and key.
        setting: String,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
}

impl Limits {
    /// Reads limits from TOML and checks every number.
    ///
    /// # Errors
    /// [`LimitConfigError`] with the line of an unknown key, or the first setting out of range.
    pub fn from_toml(text: &str) -> Result<Self, LimitConfigError> {
        let limits: Self = toml::from_str(text).map_err(|e| LimitConfigError::Toml(e.to_string()))?;
        limits.check()?;
        Ok(limits)
    }

    /// Checks every number.
    ///
    /// # Errors
    /// [`LimitConfigError::Setting`] for the first one out of range.
    pub fn check(&self) -> Result<(), LimitConfigError> {
        for (table, cap) in [
            ("gross", self.gross),
            ("net", self.net),
            ("leverage", self.leverage),
            ("turnover", self.turnover),
        ] {
            if let Some(cap) = cap {
                not_negative(&format!("{table}.max"), cap.max)?;
            }
        }
        for (table, cap) in
            [("value_at_risk", self.value_at_risk), ("expected_shortfall", self.expected_shortfall)]
        {
            if let Some(cap) = cap {
                not_negative(&format!("{table}.max"), cap.max)?;
                let ok = cap.confidence > 0.5 && cap.confidence < 1.0;
                ensure(ok, &format!("{table}.confidence"), cap.confidence, "in (0.5, 1)")?;
            }
        }
        if let Some(name) = &self.name {
            not_negative("name.max", name.max)?;
            for (symbol, max) in &name.overrides {
                not_negative(&format!("name.overrides.{symbol}"), *max)?;
            }
        }
        if let Some(sector) = &self.sector {
            not_negative("sector.max", sector.max)?;
            for (name, max) in &sector.overrides {
                not_negative(&format!("sector.overrides.{name}"), *max)?;
            }
        }
        for (factor, max) in self.factor.iter().flat_map(|f| &f.max) {
            not_negative(&format!("factor.max.{factor}"), *max)?;
        }
        if let Some(c) = self.concentration {
            not_negative("concentration.max_herfindahl", c.max_herfindahl)?;
        }
        if let Some(adv) = self.adv {
            not_negative("adv.max_participation", adv.max_participation)?;
        }
        if let Some(stale) = self.stale_data {
            not_negative("stale_data.max_age_seconds", stale.max_age_seconds)?;
        }
        if let Some(low) = self.low_confidence {
            not_negative("low_confidence.max_interval_width", low.max_interval_width.unwrap_or(0.0))?;
            let vacuity = low.max_vacuity.unwrap_or(0.0);
            ensure((0.0..=1.0).contains(&vacuity), "low_confidence.max_vacuity", vacuity, "in [0, 1]")?;
        }
        self.drawdown.as_ref().map_or(Ok(()), DrawdownLadder::check)
    }
}

impl DrawdownLadder {
    pub(super) fn check(&self) -> Result<(), LimitConfigError> {
        not_negative("drawdown.full_gross", self.full_gross)?;
        let (mut deepest, mut least) = (0.0, 1.0);
        for step in &self.steps {
            let deeper = step.drawdown > deepest && step.drawdown < 1.0;
            ensure(deeper, "drawdown.steps.drawdown", step.drawdown, "rising within (0, 1)")?;
            let less = step.scale < least && step.scale >= 0.0;
            ensure(less, "drawdown.steps.scale", step.scale, "falling within [0, 1)")?;
            (deepest, least) = (step.drawdown, step.scale);
        }
        Ok(())
    }
}

fn ensure(ok: bool, setting: &str, value: f64, rule: &'static str) -> Result<(), LimitConfigError> {
    if ok { Ok(()) } else { Err(LimitConfigError::Setting { setting: setting.to_owned(), value, rule }) }
}

fn not_negative(setting: &str, value: f64) -> Result<(), LimitConfigError> {
    ensure(value.is_finite() && value >= 0.0, setting, value, "finite and not negative")
}
