//! Whether the universe holds what its papers say; blind where nothing can be checked.

use proofmark_market::Membership;

use super::super::engine::Run;
use super::Seen;
use crate::error::Result;
use crate::progress::Work;

pub(super) fn look(run: &Run<'_>, _: &Work<'_>) -> Result<Seen> {
    let universe = &run.data.universe;
    Ok(match &universe.membership {
        Membership::CarriedBack { chosen_at } => {
            Seen::Blind(format!("membership at each date is not known, only a list drawn up on {chosen_at}"))
        }
        Membership::WholeMarket => match run.data.simulated.iter().find(|s| !universe.symbols.contains(s)) {
            Some(s) => Seen::Caught(format!("the universe claims the whole market and leaves out `{s}`")),
            None => Seen::Clear(universe.symbols.len()),
        },
        Membership::PointInTime { spans } => {
            match run.data.bars.iter().find(|b| !spans.iter().any(|(s, _)| s == b.symbol())) {
                Some(stray) => Seen::Caught(format!("`{}` is traded and never a member", stray.symbol())),
                None => Seen::Clear(universe.symbols.len()),
            }
        }
    })
}
