//! The shipped schedules: a new one is a file and a line.

/// Name and text of each.
pub(super) const SHIPPED: [(&str, &str); 7] = [
    ("nse_delivery", include_str!("../../data/nse_delivery.toml")),
    ("nse_intraday", include_str!("../../data/nse_intraday.toml")),
    ("nse_futures", include_str!("../../data/nse_futures.toml")),
    ("nse_options", include_str!("../../data/nse_options.toml")),
    ("us_equity", include_str!("../../data/us_equity.toml")),
    ("crypto_tiers", include_str!("../../data/crypto_tiers.toml")),
    ("fx_spot", include_str!("../../data/fx_spot.toml")),
];
