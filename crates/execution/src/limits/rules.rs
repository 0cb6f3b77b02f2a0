//! Every rule, one file each.

mod adv;
mod concentration;
mod drawdown;
mod factor;
mod gross;
mod leverage;
mod low_confidence;
mod name;
mod net;
mod sector;
mod stale_data;
mod standing;
mod tail;
mod turnover;

use super::rule::Rule;

/// Every rule in the order in which it is judged: first what forbids, then single names, groups, the book,
/// and last what trading costs, so that turnover and volume are spent on what the other rules let stand.
pub(super) const RULES: &[&dyn Rule] = &[
    &standing::Standing,
    &stale_data::StaleData,
    &low_confidence::LowConfidence,
    &drawdown::Drawdown,
    &name::Name,
    &sector::Sector,
    &factor::Factor,
    &concentration::Concentration,
    &gross::Gross,
    &net::Net,
    &leverage::Leverage,
    &tail::VALUE_AT_RISK,
    &tail::EXPECTED_SHORTFALL,
    &adv::Adv,
    &turnover::Turnover,
];
