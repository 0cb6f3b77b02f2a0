//! Nothing is added to a name whose data is old or of unknown age.

use crate::limits::rule::{Constraint, Enforced, Rule};
use crate::limits::{Limits, MarketState, Subject};

pub(super) struct StaleData;

impl Rule for StaleData {
    fn id(&self) -> &'static str {
        "stale_data"
    }

    fn constraints<'a>(&self, limits: &'a Limits, state: &'a MarketState) -> Option<Enforced<'a>> {
        let stale = limits.stale_data?;
        let max = stale.max_age_seconds;
        let constraints = state
            .names
            .iter()
            .enumerate()
            .filter(|(_, name)| name.data_age_seconds.is_none_or(|age| age > max))
            .map(|(n, name)| {
                let subject = Subject::Name(name.symbol.to_string());
                let no = Constraint::no_addition(subject, max, name.data_age_seconds, move |i, _| i == n);
                match name.data_age_seconds {
                    Some(_) => no,
                    None => no.because(format!("age of the data of {}", name.symbol)),
                }
            })
            .collect();
        Some((stale.mode, constraints))
    }
}
