//! Feature registry and sets; prefix-invariance check. No label, no I/O, no clock.
