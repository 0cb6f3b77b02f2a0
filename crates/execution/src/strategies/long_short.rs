//! Long what ranks highest, short what ranks lowest.

use super::momentum::{RANKING, Ranked, past_return};
use super::{Param, Params, Recipe, Trader};

/// Long the best and short the worst fraction by past return, in equal parts.
pub(super) struct LongShort;

impl Recipe for LongShort {
    fn name(&self) -> &'static str {
        "long_short"
    }

    fn doc(&self) -> &'static str {
        "Long the fraction of the instruments that has risen most and short the one that has fallen most, in equal parts."
    }

    fn params(&self) -> &'static [Param] {
        &RANKING
    }

    fn columns(&self, params: &Params) -> Vec<String> {
        vec![past_return(params)]
    }

    fn build(&self, params: &Params, _: usize, _: u64) -> Box<dyn Trader> {
        Box::new(Ranked::new(params, true))
    }
}
