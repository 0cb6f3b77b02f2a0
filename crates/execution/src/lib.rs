//! Costs, orders, fills, portfolio: the one engine.
