//! Nothing is added to a name whose forecast is too wide, too empty or not calibrated.

use crate::limits::rule::{Constraint, Enforced, Rule};
use crate::limits::{Limits, MarketState, NameState, Subject};

pub(super) struct LowConfidence;

impl Rule for LowConfidence {
    fn id(&self) -> &'static str {
        "low_confidence"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let low = limits.low_confidence?;
        let asked = |name: &NameState| {
            let forecast = name.forecast;
            let calibrated = forecast.calibrated.map(|yes| f64::from(u8::from(!yes)));
            [
                (low.max_interval_width, forecast.interval_width, "interval width"),
                (low.max_vacuity, forecast.vacuity, "vacuity"),
                // Shown as 1 = not calibrated, against a limit of 0.
                (low.require_calibrated.then_some(0.0), calibrated, "calibration"),
            ]
        };
        let mut constraints = Vec::new();
        for (n, name) in state.names.iter().enumerate() {
            for (limit, found, what) in asked(name) {
                let Some(limit) = limit else { continue };
                if found.is_some_and(|x| x <= limit) {
                    continue;
                }
                let subject = Subject::Name(name.symbol.to_string());
                let no = Constraint::no_addition(subject, limit, found, move |i, _| i == n);
                constraints.push(match found {
                    Some(_) => no,
                    None => no.because(format!("{what} of {}", name.symbol)),
                });
            }
        }
        Some((low.mode, constraints))
    }
}
