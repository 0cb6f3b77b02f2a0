//! Dated headlines beside the checkout: evaluation only, nothing shipped comes from them.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "a test helper may fail loudly")]

mod attention;
