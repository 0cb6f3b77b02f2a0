//! What the limits are judged on.

use std::collections::BTreeSet;

use proofmark_units::Symbol;
use serde::{Deserialize, Serialize};

use crate::matrix::check_covariance;

/// What is known of one name. `None` = unknown, which a rule that needs it never lets pass.
#[derive(Debug, Clone, PartialEq)]
pub struct NameState {
    /// The name.
    pub symbol: Symbol,
    /// Last price of one share, in the currency of equity.
    pub price: Option<f64>,
    /// Average daily volume, in shares.
    pub adv: Option<f64>,
    /// Sector at this date.
    pub sector: Option<String>,
    /// Seconds since the data behind the target was known.
    pub data_age_seconds: Option<f64>,
    /// Economic exposure per unit of market value: 1 for a share, 2 for a fund that doubles its index, the
    /// delta x spot / premium of an option. Its sign is not read.
    pub exposure_per_value: Option<f64>,
    /// How good the forecast behind the target is.
    pub forecast: ForecastQuality,
}

impl NameState {
    /// A share of which nothing else is known.
    pub fn share(symbol: Symbol) -> Self {
        Self {
            symbol,
            price: None,
            adv: None,
            sector: None,
            data_age_seconds: None,
            exposure_per_value: Some(1.0),
            forecast: ForecastQuality::default(),
        }
    }
}

/// Confidence of a forecast.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct ForecastQuality {
    /// Width of the forecast interval, a fraction of price.
    pub interval_width: Option<f64>,
    /// Share of belief that no evidence backs, 0 to 1 (Sensoy, Kaplan & Kandemir 2018, NeurIPS).
    pub vacuity: Option<f64>,
    /// Whether the model's calibration check passed.
    pub calibrated: Option<bool>,
}

/// A risk factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Factor {
    /// Its name.
    pub name: String,
    /// Loading of each name; NaN = unknown.
    pub loadings: Vec<f64>,
}

/// Covariance of the names' returns per period.
#[derive(Debug, Clone, PartialEq)]
pub enum Covariance {
    /// Row-major n x n; a name whose variance is NaN is unknown.
    Full(Vec<f64>),
    /// Loadings of the state's factors, their row-major k x k covariance, and each name's own variance (NaN =
    /// unknown).
    Factors {
        /// Covariance of the factors' returns, in the order of the state's factors.
        covariance: Vec<f64>,
        /// Variance of each name that no factor explains.
        specific: Vec<f64>,
    },
}

/// Past returns, row = period, column = name (`cell = row * names + column`); NaN = unknown.
#[derive(Debug, Clone, PartialEq)]
pub struct Scenarios(pub Vec<f64>);

/// What guards and people have said; everything `false` when trading is free.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Nothing is added, by pause, halt or breaker.
    pub additions_stopped: bool,
    /// Every position is closed.
    pub flatten: bool,
    /// Longs are not added to.
    pub longs_paused: bool,
    /// Shorts are not added to.
    pub shorts_paused: bool,
}

impl Standing {
    /// The stricter of two.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            additions_stopped: self.additions_stopped || other.additions_stopped,
            flatten: self.flatten || other.flatten,
            longs_paused: self.longs_paused || other.longs_paused,
            shorts_paused: self.shorts_paused || other.shorts_paused,
        }
    }
}

/// Everything a check reads beside the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct MarketState {
    /// Cash and positions at market, positive.
    pub equity: f64,
    /// The names, in the order of the weights.
    pub names: Vec<NameState>,
    /// Factors with loadings.
    pub factors: Vec<Factor>,
    /// Covariance per period, for losses under the normal distribution.
    pub covariance: Option<Covariance>,
    /// Past returns per period, for historical losses.
    pub scenarios: Option<Scenarios>,
    /// Drawdown of equity from its high-water mark, a positive fraction.
    pub drawdown: Option<f64>,
    /// Turnover of this period so far, a fraction of equity.
    pub turnover_spent: f64,
    /// What guards and people have said.
    pub standing: Standing,
}

/// A proposal could not be judged; nothing may be traded on it.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LimitError {
    /// A column does not fit the names.
    #[error("`{what}` has {found} values, {expected} are needed")]
    Shape {
        /// Which column.
        what: String,
        /// Values needed.
        expected: usize,
        /// Values given.
        found: usize,
    },
    /// A number of the state is impossible.
    #[error("`{what}` is {value}; it must be {rule}")]
    Value {
        /// Which number.
        what: String,
        /// Its value.
        value: f64,
        /// What it must be.
        rule: &'static str,
    },
    /// A name or factor stands twice.
    #[error("`{0}` stands twice")]
    Twice(String),
    /// A limit is out of range.
    #[error("the limits are not usable")]
    Limits(#[from] super::LimitConfigError),
}

impl MarketState {
    /// A state with free trading, and nothing else known.
    pub const fn new(equity: f64, names: Vec<NameState>) -> Self {
        Self {
            equity,
            names,
            factors: Vec::new(),
            covariance: None,
            scenarios: None,
            drawdown: None,
            turnover_spent: 0.0,
            standing: Standing {
                additions_stopped: false,
                flatten: false,
                longs_paused: false,
                shorts_paused: false,
            },
        }
    }

    /// Refuses what cannot be: shapes that do not fit, negative prices, an asymmetric covariance.
    pub(super) fn check(&self, current: &[f64], proposed: &[f64]) -> Result<(), LimitError> {
        let n = self.names.len();
        for (what, weights) in [("current", current), ("proposed", proposed)] {
            shape(what, n, weights.len())?;
            for (name, w) in self.names.iter().zip(weights) {
                value(w.is_finite(), || format!("{what} weight of {}", name.symbol), *w, "finite")?;
            }
        }
        positive("equity", Some(self.equity))?;
        let spent = self.turnover_spent;
        value(spent.is_finite() && spent >= 0.0, || "turnover_spent".into(), spent, "not negative")?;
        let drawdown = self.drawdown.unwrap_or(0.0);
        // A negative drawdown would pass every ladder: refuse the sign convention that is not ours.
        value((0.0..=1.0).contains(&drawdown), || "drawdown".into(), drawdown, "a fraction in [0, 1]")?;
        let mut seen = BTreeSet::new();
        for name in &self.names {
            if !seen.insert(&name.symbol) {
                return Err(LimitError::Twice(name.symbol.to_string()));
            }
            let label = |field: &str| format!("{field} of {}", name.symbol);
            positive(&label("price"), name.price)?;
            not_negative(&label("adv"), name.adv)?;
            not_negative(&label("data_age_seconds"), name.data_age_seconds)?;
            let exposure = name.exposure_per_value.unwrap_or(0.0);
            value(exposure.is_finite(), || label("exposure_per_value"), exposure, "finite")?;
            not_negative(&label("interval_width"), name.forecast.interval_width)?;
            not_negative(&label("vacuity"), name.forecast.vacuity)?;
        }
        let mut seen = BTreeSet::new();
        for factor in &self.factors {
            if !seen.insert(&factor.name) {
                return Err(LimitError::Twice(factor.name.clone()));
            }
            shape(&format!("loadings of {}", factor.name), n, factor.loadings.len())?;
        }
        self.check_risk(n)
    }

    fn check_risk(&self, n: usize) -> Result<(), LimitError> {
        match &self.covariance {
            Some(Covariance::Full(matrix)) => covariance("covariance", n, matrix)?,
            Some(Covariance::Factors { covariance, specific }) => {
                self::covariance("factor covariance", self.factors.len(), covariance)?;
                shape("specific variance", n, specific.len())?;
                for v in specific.iter().filter(|v| !v.is_nan()) {
                    value(*v >= 0.0, || "specific variance".into(), *v, "not negative")?;
                }
            }
            None => {}
        }
        if let Some(Scenarios(returns)) = &self.scenarios {
            let rows = returns.len().checked_div(n).unwrap_or(0).max(1);
            shape("scenarios", rows * n, returns.len())?;
        }
        Ok(())
    }
}

fn covariance(what: &str, n: usize, matrix: &[f64]) -> Result<(), LimitError> {
    shape(what, n * n, matrix.len())?;
    // Names without a variance are the rules' business.
    let known: Vec<usize> = (0..n).filter(|i| !matrix[i * n + i].is_nan()).collect();
    let cells = known.iter().flat_map(|i| known.iter().map(move |j| matrix[i * n + j]));
    let cells: Vec<f64> = cells.map(|c| if c.is_nan() { 0.0 } else { c }).collect();
    check_covariance(known.len(), &cells).map_err(|rule| LimitError::Value {
        what: what.to_owned(),
        value: f64::NAN,
        rule,
    })
}

fn shape(what: &str, expected: usize, found: usize) -> Result<(), LimitError> {
    if expected == found { Ok(()) } else { Err(LimitError::Shape { what: what.to_owned(), expected, found }) }
}

fn value(ok: bool, what: impl Fn() -> String, value: f64, rule: &'static str) -> Result<(), LimitError> {
    if ok { Ok(()) } else { Err(LimitError::Value { what: what(), value, rule }) }
}

fn positive(what: &str, x: Option<f64>) -> Result<(), LimitError> {
    let x = x.unwrap_or(1.0);
    value(x.is_finite() && x > 0.0, || what.to_owned(), x, "positive and finite")
}

fn not_negative(what: &str, x: Option<f64>) -> Result<(), LimitError> {
    let x = x.unwrap_or(0.0);
    value(x.is_finite() && x >= 0.0, || what.to_owned(), x, "finite and not negative")
}
