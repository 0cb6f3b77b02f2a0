//! Prices without their corporate actions, as a dated view.

use proofmark_units::{Date, Instant, Symbol};
use serde::{Deserialize, Serialize};

use super::{ActionKind, CorporateAction};
use crate::{BarRow, Bars};

/// Which actions a view takes out of the prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adjust {
    /// Prices as delivered.
    #[default]
    None,
    /// Splits, bonuses and reverse splits.
    Splits,
    /// Those and cash dividends (total return).
    SplitsDividends,
}

/// An action cannot be taken out of the prices.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum AdjustError {
    /// A split's factor, or a dividend, is not a positive number.
    #[error("the {kind} of `{symbol}` on {ex_date} has the value {value}, which is not positive", kind = kind.name())]
    NotPositive {
        /// The share.
        symbol: Symbol,
        /// Its ex-date.
        ex_date: Date,
        /// What it is.
        kind: ActionKind,
        /// Its value.
        value: f64,
    },
    /// All actions of a share together would scale its prices beyond what can be meant.
    #[error("the splits and dividends of `{symbol}` together scale a price by {factor}")]
    Beyond {
        /// The share.
        symbol: Symbol,
        /// The product of all factors.
        factor: f64,
    },
    /// A dividend as large as the price it is paid from.
    #[error("the dividend of `{symbol}` on {ex_date} is {value}, the close before only {close}")]
    DividendAbovePrice {
        /// The share.
        symbol: Symbol,
        /// Its ex-date.
        ex_date: Date,
        /// The dividend per share.
        value: f64,
        /// The raw close before.
        close: f64,
    },
}

/// What each bar's prices and volume are multiplied by.
#[derive(Debug, Clone, PartialEq)]
pub struct Factors {
    /// For open, high, low and close.
    pub price: Vec<f64>,
    /// For volume.
    pub volume: Vec<f64>,
}

/// The factors of `bars` (raw, from their source) for a view as known at `as_of`; the last bar's are 1.
///
/// An action counts when it is the symbol's, is known by `as_of` (`None`: whenever), and its ex-date is that of a bar or
/// lies before the last one. Bars before the ex-date are divided by a split's factor and their volume multiplied by it;
/// for a dividend they are multiplied by 1 - dividend / close before (CRSP's rule), volume stays. Actions whose factor
/// is not known are never applied, and a day with two splits is divided by both.
///
/// # Errors
/// [`AdjustError`] for a value that cannot be.
pub fn adjustment(
    bars: &Bars,
    actions: &[CorporateAction],
    adjust: Adjust,
    as_of: Option<Instant>,
) -> Result<Factors, AdjustError> {
    let Factors { price: mut at, volume: mut volume_at } = steps(bars, actions, adjust, as_of)?;
    // Each entry says what its bar and all before it are multiplied by: gather them from the end.
    for row in (1..bars.len()).rev() {
        at[row - 1] *= at[row];
        volume_at[row - 1] *= volume_at[row];
    }
    plausible(bars, Factors { price: at, volume: volume_at })
}

/// The factors of [`adjustment`] up to one number a name, chosen such that the first bar's are 1: bars from an ex-date on are
/// scaled and none before, so that an action changes no bit of an earlier price.
///
/// # Errors
/// As [`adjustment`].
pub fn adjustment_from_first(
    bars: &Bars,
    actions: &[CorporateAction],
    adjust: Adjust,
) -> Result<Factors, AdjustError> {
    let steps = steps(bars, actions, adjust, None)?;
    let gathered = |mut steps: Vec<f64>| {
        let mut so_far = 1.0;
        for step in &mut steps {
            let next = so_far / *step;
            *step = std::mem::replace(&mut so_far, next);
        }
        steps
    };
    plausible(bars, Factors { price: gathered(steps.price), volume: gathered(steps.volume) })
}

/// At the last bar before each ex-date, what it and all before it are multiplied by; 1 elsewhere.
fn steps(
    bars: &Bars,
    actions: &[CorporateAction],
    adjust: Adjust,
    as_of: Option<Instant>,
) -> Result<Factors, AdjustError> {
    let n = bars.len();
    let mut own: Vec<&CorporateAction> = actions
        .iter()
        .filter(|a| a.symbol == *bars.symbol() && as_of.is_none_or(|as_of| a.known_at <= as_of))
        .filter(|a| match adjust {
            Adjust::None => false,
            Adjust::Splits => a.kind.is_split(),
            Adjust::SplitsDividends => a.kind.is_split() || a.kind == ActionKind::Dividend,
        })
        .collect();
    // A fixed order: the product of factors is then the same to the bit, whatever order the actions came in.
    own.sort_by(|a, b| (a.ex_date, a.kind).cmp(&(b.ex_date, b.kind)).then(a.value.total_cmp(&b.value)));
    let (mut at, mut volume_at) = (vec![1.0; n], vec![1.0; n]);
    for action in own {
        let CorporateAction { ex_date, kind, value, .. } = *action;
        let symbol = || action.symbol.clone();
        if !(value.is_finite() && value > 0.0) {
            return Err(AdjustError::NotPositive { symbol: symbol(), ex_date, kind, value });
        }
        let first = bars.dates().partition_point(|date| *date < ex_date);
        if first == 0 || first == n {
            continue; // nothing before it, or nothing traded after it yet
        }
        if kind.is_split() {
            at[first - 1] /= value;
            volume_at[first - 1] *= value;
        } else {
            let close = bars.close()[first - 1];
            if value >= close {
                return Err(AdjustError::DividendAbovePrice { symbol: symbol(), ex_date, value, close });
            }
            at[first - 1] *= 1.0 - value / close;
        }
    }
    Ok(Factors { price: at, volume: volume_at })
}

/// Within this range no price can leave the positive numbers; real shares stay far inside.
fn plausible(bars: &Bars, factors: Factors) -> Result<Factors, AdjustError> {
    let within = |factor: f64| (1e-12..=1e12).contains(&factor);
    match factors.price.iter().chain(&factors.volume).find(|factor| !within(**factor)) {
        Some(factor) => Err(AdjustError::Beyond { symbol: bars.symbol().clone(), factor: *factor }),
        None => Ok(factors),
    }
}

impl Factors {
    /// The adjusted view of `bars`; dates and times stay.
    ///
    /// # Panics
    /// If the factors are of other bars: they differ in number.
    #[must_use]
    pub fn apply(&self, bars: &Bars) -> Bars {
        self.scaled(bars, |value, factor| value * factor)
    }

    /// The raw bars of an adjusted view, to rounding.
    ///
    /// # Panics
    /// As [`apply`](Self::apply).
    #[must_use]
    pub fn undo(&self, adjusted: &Bars) -> Bars {
        self.scaled(adjusted, |value, factor| value / factor)
    }

    fn scaled(&self, bars: &Bars, by: impl Fn(f64, f64) -> f64) -> Bars {
        assert_eq!(self.price.len(), bars.len(), "factors of other bars");
        let row = |i: usize| {
            let (bar, price) = (bars.row(i), self.price[i]);
            BarRow {
                open: by(bar.open, price),
                high: by(bar.high, price),
                low: by(bar.low, price),
                close: by(bar.close, price),
                volume: by(bar.volume, self.volume[i]),
                ..bar
            }
        };
        let rows: Vec<BarRow> = (0..bars.len()).map(row).collect();
        Bars::from_rows(bars.symbol().clone(), &rows)
            .expect("one positive factor for a bar's prices keeps their order")
    }
}
