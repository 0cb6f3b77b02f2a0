//! Adapters from files and the market simulator to rows and row problems.
