//! Shocks of the out-of-sample span: a market that charges more to cross it, and one that opens against the position.

use serde_json::{Value, json};

use super::{Figures, beside};
use crate::error::Result;
use crate::forecast::books::BookAndNulls;
use crate::forecast::definition::ForecastPipeline;
use crate::forecast::schedule::Decision;
use crate::forecast::series::Series;
use crate::forecast::signals::Call;
use crate::forecast::simulate::{Market, Traded};

/// How many times as wide the spread is.
const SPREAD: f64 = 5.0;
/// How far the price opens against the position, a fraction.
const GAP: f64 = 0.10;

/// What a shock did.
pub(in crate::forecast) struct Shock {
    /// When and how much, in words.
    pub(super) what: String,
    pub(super) candidate: Figures,
    pub(super) unstressed: Figures,
    beside: Value,
}

/// A shock, or why it could not strike.
pub(in crate::forecast) struct ShockOutcome {
    /// That of the same shock of a book of names.
    pub(super) id: &'static str,
    title: &'static str,
    pub(super) shock: std::result::Result<Shock, String>,
}

impl ShockOutcome {
    /// The line of `stress_summary.json`; `None` where it could not strike.
    pub(super) fn told(&self) -> Option<Value> {
        let shock = self.shock.as_ref().ok()?;
        Some(json!({
            "id": self.id,
            "title": self.title,
            "what": shock.what,
            "candidate": shock.candidate,
            "unstressed": shock.unstressed,
            "beside": shock.beside,
        }))
    }
}

/// The out-of-sample span that shocks bend.
pub(in crate::forecast) struct Grounds<'a> {
    pub(in crate::forecast) pipeline: &'a ForecastPipeline,
    pub(in crate::forecast) series: &'a Series,
    pub(in crate::forecast) decisions: &'a [Decision],
    pub(in crate::forecast) calls: &'a [Call],
    /// The candidate's own book.
    pub(in crate::forecast) unstressed: &'a Traded,
}

impl Grounds<'_> {
    /// Both shocks. `decide` gives the calls in another world: models are asked again there, since their inputs are others.
    pub(in crate::forecast) fn shocks(
        &self,
        decide: impl Fn(&Series) -> Result<Vec<Call>>,
    ) -> Result<Vec<ShockOutcome>> {
        Ok(vec![
            ShockOutcome {
                id: "shock.spread_5x",
                title: "The bid-ask spread is five times as wide.",
                shock: self.spread()?,
            },
            ShockOutcome {
                id: "shock.gap_10_exposed",
                title: "The price opens 10 % against the position after the most exposed close.",
                shock: self.gap(decide)?,
            },
        ])
    }

    /// Half spread of the cost schedule times [`SPREAD`]; impact, charges and carry stay.
    fn spread(&self) -> Result<std::result::Result<Shock, String>> {
        let market = Market::new(self.pipeline, self.series, self.decisions)?;
        let (model, _) = market.costs().slippage();
        if model.half_spread == 0.0 {
            return Ok(Err("the cost schedule charges no spread".to_owned()));
        }
        let what = format!("half spread {} instead of {}", model.half_spread * SPREAD, model.half_spread);
        let books = BookAndNulls::trade(&market.with_spread(SPREAD), self.calls)?;
        Ok(Ok(self.shock(what, self.series, &books)))
    }

    /// Every price from the open after the most exposed close on is [`GAP`] lower, or higher where the position is short; nothing
    /// recovers. Stops fill at the open that is beyond them.
    fn gap(
        &self,
        decide: impl Fn(&Series) -> Result<Vec<Call>>,
    ) -> Result<std::result::Result<Shock, String>> {
        let held = self.unstressed.held();
        // The last session has no open after it.
        let open = &held[..held.len().saturating_sub(1)];
        let mut most: Option<(usize, f64)> = None;
        for (k, position) in open.iter().enumerate() {
            let share = position.share(self.series).abs();
            if share > most.map_or(0.0, |(_, most)| most) {
                most = Some((k, share));
            }
        }
        let Some((k, share)) = most else {
            return Ok(Err("the book holds nothing from one session to the next".to_owned()));
        };
        let (date, factor) = (held[k + 1].date, 1.0 - GAP * held[k].quantity.signum());
        let bent = self.series.scaled_from(date, factor)?;
        let calls = decide(&bent)?;
        let market = Market::new(self.pipeline, &bent, self.decisions)?;
        let books = BookAndNulls::trade(&market, &calls)?;
        let what = format!("at the open of {date}, prices times {factor}; {share:.3} of equity was held");
        Ok(Ok(self.shock(what, &bent, &books)))
    }

    fn shock(&self, what: String, world: &Series, books: &BookAndNulls) -> Shock {
        Shock {
            what,
            candidate: Figures::of(&books.candidate, world),
            unstressed: Figures::of(self.unstressed, self.series),
            beside: json!(beside(books)),
        }
    }
}
