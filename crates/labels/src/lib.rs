//! Forward-looking targets with their spans.
